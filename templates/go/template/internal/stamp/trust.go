package stamp

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Trust is whose signatures a host accepts. No newer minor version adds to it: that could ask for more.
type Trust struct {
	Keys           []Key
	Threshold      map[string]int64 // glob over names to how many keys have to sign what matches it
	MinimumRelease int64            // lowest number of a release that is accepted; 0: any, even one without a number
}

// Key is one public key, and what its signature is worth.
type Key struct {
	Name    string
	Public  ed25519.PublicKey
	MaySign []string // globs (* and ?) over names of artifacts in normal form (PEP 503)
	Until   string   // last day on which it counts (ISO 8601), whenever it signed; empty: for good
}

// Release is what a key has to be allowed to sign, to sign releases; no artifact has this name.
const Release = "release.json"

const longestGlob = 500 // bytes

var (
	trustMembers = []string{"keys", "threshold", "minimum-release"}
	keyMembers   = []string{"name", "public-key", "may-sign", "until"}
	// publicKey is a SubjectPublicKeyInfo (RFC 8410) in base64; the part in parentheses is the key.
	publicKey = regexp.MustCompile(`^MCowBQYDK2VwAyEA([A-Za-z0-9+/]{43}=)$`)
	// nameGlob is what a name in normal form can match, but for two dashes in a row.
	nameGlob = regexp.MustCompile(`^[a-z0-9*?-]+$`)
)

func (p *parser) trust(value object) *Trust {
	p.refuseOthers(value, trustMembers)
	found := &Trust{Threshold: map[string]int64{}, MinimumRelease: p.number(value, "minimum-release", 0)}
	for _, one := range p.objects(value, "keys") {
		found.Keys = append(found.Keys, p.key(one, found.Keys))
	}
	if len(found.Keys) == 0 {
		p.fail("has a 'trust' without a key, so nothing could be accepted")
	}
	threshold := p.table(value, "threshold")
	for glob := range threshold {
		p.glob(glob)
		found.Threshold[glob] = p.number(threshold, glob, 1)
		if found.Threshold[glob] > int64(len(found.Keys)) {
			p.fail("has a threshold of %.80q that the number of keys does not reach", glob)
		}
	}
	return found
}

// key reads a key that stands behind others.
func (p *parser) key(value object, others []Key) Key {
	p.refuseOthers(value, keyMembers)
	found := Key{Name: p.text(value, "name"), Public: p.public(value), MaySign: p.list(value, "may-sign"), Until: p.text(value, "until")}
	if len(found.MaySign) == 0 {
		p.fail("trusts %.80q, which may sign nothing", found.Name)
	}
	for _, glob := range found.MaySign {
		p.glob(glob)
	}
	if day, err := time.Parse(time.DateOnly, found.Until); found.Until != "" && (err != nil || day.Year() == 0) {
		p.fail("trusts %.80q until %.80q, which is not a day", found.Name, found.Until)
	}
	for _, other := range others {
		if other.Name >= found.Name || bytes.Equal(other.Public, found.Public) {
			p.fail("trusts %.80q and %.80q, which are one key, or not in the order of their names", other.Name, found.Name)
		}
	}
	return found
}

func (p *parser) glob(text string) {
	if text != Release && (len(text) > longestGlob || !nameGlob.MatchString(text) || strings.Contains(text, "--")) {
		p.fail("trusts keys for %.80q, which no name matches", text)
	}
}

func (p *parser) public(value object) ed25519.PublicKey {
	spelled := publicKey.FindStringSubmatch(p.matching(value, "public-key", publicKey))
	if spelled == nil {
		return nil
	}
	found, err := base64.StdEncoding.Strict().DecodeString(spelled[1])
	if err != nil || isWeak(found) {
		p.fail("has a 'public-key' in another spelling, or for which anybody can sign")
	}
	return found
}

// prime is 2^255-19, in the order in which people write numbers.
const prime = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"

// weak are the y of points of small order.
var weak = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000001",
	"05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
	"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
}

// isWeak returns whether a key is a point of small order, for which anybody can make signatures (RFC 8032, section 5.1).
func isWeak(public []byte) bool {
	y := slices.Clone(public)
	slices.Reverse(y)
	y[0] &= 0x7f // the sign of x
	spelled := hex.EncodeToString(y)
	return spelled >= prime || slices.Contains(weak, spelled)
}
