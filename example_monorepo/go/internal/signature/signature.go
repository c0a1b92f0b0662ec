// Package signature decides what signatures are worth to a host, as `pluginkit verify` does.
package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"acme/internal/glob"
	"acme/internal/stamp"
)

const payloadType = "application/vnd.pluginkit.stamp+json"

// Objection is why a signature, or the lack of one, speaks against a plugin; Code is the rule that says so.
type Objection struct{ Code, Message, Found, Expected string }

// Authenticate returns which keys signed just this stamp, or an objection where none did, or where a signature is wrong.
// Both are bytes as they were found; the envelope is nil where nobody signed the stamp. Only the envelope is parsed.
func Authenticate(signed, envelope []byte, keys []stamp.Key) ([]stamp.Key, *Objection) {
	if envelope == nil {
		return nil, &Objection{Code: "PK601", Message: "nobody signed it", Expected: Names(keys)}
	}
	read, err := stamp.ParseEnvelope(envelope)
	if err != nil {
		return nil, &Objection{Code: "PK602", Message: "its envelope cannot be read: " + err.Error()}
	}
	if read.PayloadType != payloadType {
		found := read.PayloadType[:min(len(read.PayloadType), 80)]
		return nil, &Objection{"PK602", "what was signed is of another type", found, payloadType}
	}
	if !bytes.Equal(read.Payload, signed) {
		return nil, &Objection{Code: "PK602", Message: "what was signed is something else than what it has"}
	}
	encoded := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(signed), signed)
	var signers []stamp.Key
	var ids []string
	for _, one := range read.Signatures {
		ids = append(ids, one.KeyID[:12])
		at := slices.IndexFunc(keys, func(key stamp.Key) bool { return keyID(key.Public) == one.KeyID })
		if at < 0 {
			continue
		}
		if !ed25519.Verify(keys[at].Public, encoded, one.Value) {
			message := fmt.Sprintf("the signature of '%s' is wrong: it is of other bytes, or of another key", keys[at].Name)
			return nil, &Objection{Code: "PK602", Message: message}
		}
		signers = append(signers, keys[at])
	}
	if len(signers) == 0 {
		return nil, &Objection{"PK603", "no key that is trusted signed it", strings.Join(ids, ", "), Names(keys)}
	}
	return signers, nil
}

// Authorize returns what speaks against a plugin of that name which these keys signed, nil where nothing does. The name is
// that in its stamp, release the number that the stamp states, 0 for none, and today an ISO 8601 date.
func Authorize(signers []stamp.Key, trust *stamp.Trust, name string, release int64, today string) *Objection {
	name = normal(name)
	maySign := func(key stamp.Key) bool { return matches(name, key.MaySign) }
	allowed := kept(signers, maySign)
	if len(allowed) == 0 {
		return &Objection{"PK603", "who signed it may not sign '" + name + "'", Names(signers), Names(kept(trust.Keys, maySign))}
	}
	valid := kept(allowed, func(key stamp.Key) bool { return key.Until == "" || today <= key.Until })
	if len(valid) == 0 {
		var ends []string
		for _, key := range allowed {
			ends = append(ends, key.Name+" until "+key.Until)
		}
		return &Objection{"PK603", "the key that signed it no longer counts", strings.Join(ends, ", "), today}
	}
	if needed := threshold(trust, name); int64(len(valid)) < needed {
		found := fmt.Sprintf("%d: %s", len(valid), Names(valid))
		return &Objection{"PK603", "fewer keys signed it than have to", found, strconv.FormatInt(needed, 10)}
	}
	if release < trust.MinimumRelease {
		expected := fmt.Sprintf("%d or later", trust.MinimumRelease)
		return &Objection{"PK603", "it is of a release before the first that is accepted", numbered(release), expected}
	}
	return nil
}

func numbered(release int64) string {
	if release == 0 {
		return "no number"
	}
	return strconv.FormatInt(release, 10)
}

// threshold returns how many keys have to sign the plugin of a name: the most that any glob asks.
func threshold(trust *stamp.Trust, name string) int64 {
	needed := int64(1)
	for pattern, count := range trust.Threshold {
		if glob.Match(pattern, name) {
			needed = max(needed, count)
		}
	}
	return needed
}

func matches(name string, globs []string) bool {
	return slices.ContainsFunc(globs, func(pattern string) bool { return glob.Match(pattern, name) })
}

// keyID returns the name of a public key in envelopes, as securesystemslib and TUF have it.
func keyID(public ed25519.PublicKey) string {
	named := fmt.Sprintf(`{"keytype":"ed25519","keyval":{"public":"%x"},"scheme":"ed25519"}`, []byte(public))
	return fmt.Sprintf("%x", sha256.Sum256([]byte(named)))
}

// normal returns the normal form of a name (PEP 503): lower case, runs of `-_.` as one `-`.
func normal(name string) string {
	name = strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	return name
}

func kept(keys []stamp.Key, keep func(stamp.Key) bool) (found []stamp.Key) {
	for _, key := range keys {
		if keep(key) {
			found = append(found, key)
		}
	}
	return found
}

// Names returns how a trust calls its keys, for people.
func Names(keys []stamp.Key) string {
	var found []string
	for _, key := range keys {
		found = append(found, key.Name)
	}
	return strings.Join(found, ", ")
}
