package signature

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"acme/internal/stamp"
)

var (
	stamped  = []byte(`{"name":"filter"}`)
	private  = map[string]ed25519.PrivateKey{"ci": seeded(1), "release": seeded(2), "stranger": seeded(3)}
	ci       = trusted("ci")
	release  = trusted("release")
	fromBoth = []stamp.Key{ci, release}
)

func seeded(number byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{number}, ed25519.SeedSize))
}

func trusted(name string, maySign ...string) stamp.Key {
	if maySign == nil {
		maySign = []string{"*"}
	}
	return stamp.Key{Name: name, Public: private[name].Public().(ed25519.PublicKey), MaySign: maySign}
}

func ending(key stamp.Key, day string) stamp.Key {
	key.Until = day
	return key
}

// envelope returns a stamp in an envelope, with the signatures of these keys over it.
func envelope(kind string, payload []byte, names ...string) []byte {
	var made []string
	for _, name := range names {
		over := fmt.Sprintf("DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
		value := base64.StdEncoding.EncodeToString(ed25519.Sign(private[name], []byte(over)))
		made = append(made, fmt.Sprintf(`{"keyid":"%s","sig":"%s"}`, keyID(trusted(name).Public), value))
	}
	slices.Sort(made)
	text := `{"payload":"%s","payloadType":"%s","signatures":[%s]}`
	return fmt.Appendf(nil, text, base64.StdEncoding.EncodeToString(payload), kind, strings.Join(made, ","))
}

func TestWhoSignedAStamp(t *testing.T) {
	good := string(envelope(payloadType, stamped, "ci"))
	for _, test := range []struct{ name, envelope, signers, code string }{
		{"a trusted key", good, "ci", ""},
		{"two", string(envelope(payloadType, stamped, "release", "ci")), "ci, release", ""},
		{"a stranger too", string(envelope(payloadType, stamped, "ci", "stranger")), "ci", ""},
		{"a stranger", string(envelope(payloadType, stamped, "stranger")), "", "PK603"},
		{"another stamp", string(envelope(payloadType, []byte("{}"), "ci")), "", "PK602"},
		{"another kind of thing", string(envelope("application/vnd.in-toto+json", stamped, "ci")), "", "PK602"},
		{"an edit of the signature", strings.Replace(good, `"sig":"`+good[strings.Index(good, `"sig":"`)+7:][:4], `"sig":"AAAA`, 1), "", "PK602"},
		{"nothing", "{}", "", "PK602"},
	} {
		t.Run(test.name, func(t *testing.T) {
			signers, objection := Authenticate(stamped, []byte(test.envelope), fromBoth)
			found := map[string]bool{}
			for _, key := range signers {
				found[key.Name] = true
			}
			for _, name := range strings.Split(test.signers, ", ") {
				if name != "" && !found[name] {
					t.Errorf("%q did not sign: %+v", name, objection)
				}
			}
			if objection != nil && objection.Code != test.code || objection == nil && test.code != "" {
				t.Errorf("got %+v, want %q", objection, test.code)
			}
		})
	}
	if _, objection := Authenticate(stamped, nil, fromBoth); objection == nil || objection.Code != "PK601" {
		t.Errorf("no envelope: %+v, want PK601", objection)
	}
}

func TestWhatASignatureIsWorth(t *testing.T) {
	for _, test := range []struct {
		name    string
		signers []stamp.Key
		trust   stamp.Trust
		plugin  string
		release int64
		says    string
	}{
		{"all of it", fromBoth[:1], stamp.Trust{}, "filter", 0, ""},
		{"another name", []stamp.Key{trusted("ci", "a-*")}, stamp.Trust{}, "filter", 0, "may not sign"},
		{"a name in another spelling", []stamp.Key{trusted("ci", "a-b")}, stamp.Trust{}, "A_.b", 0, ""},
		{"the last day", []stamp.Key{ending(ci, "2026-05-01")}, stamp.Trust{}, "filter", 0, ""},
		{"the day after", []stamp.Key{ending(ci, "2026-04-30")}, stamp.Trust{}, "filter", 0, "no longer counts"},
		{"one of two", fromBoth[:1], stamp.Trust{Threshold: map[string]int64{"f*": 2}}, "filter", 0, "fewer keys"},
		{"two of two", fromBoth, stamp.Trust{Threshold: map[string]int64{"f*": 2}}, "filter", 0, ""},
		{"the release that is asked for", fromBoth[:1], stamp.Trust{MinimumRelease: 3}, "filter", 3, ""},
		{"an older release", fromBoth[:1], stamp.Trust{MinimumRelease: 3}, "filter", 2, "before the first"},
	} {
		t.Run(test.name, func(t *testing.T) {
			objection := Authorize(test.signers, &test.trust, test.plugin, test.release, "2026-05-01")
			if objection == nil && test.says == "" {
				return
			}
			if objection == nil || objection.Code != "PK603" || !strings.Contains(objection.Message, test.says) || test.says == "" {
				t.Errorf("got %+v, want %q", objection, test.says)
			}
		})
	}
}
