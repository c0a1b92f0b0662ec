package stamp

import (
	"encoding/binary"
	"strings"
	"testing"
)

var envelope64 = `{"payload":"e30=","payloadType":"a/b","signatures":[{"keyid":"` + zeros + `","sig":"` + strings.Repeat("A", 86) + `=="}]}`

func TestEnvelopesAreReadStrictly(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		isRead         bool
	}{
		{"the same", "", "", true},
		{"no JSON", "{", "", false},
		{"a blank", `"payload":`, `"payload": `, false},
		{"an unknown member", `{"payload":`, `{"more":1,"payload":`, false},
		{"a key twice", `{"payload":`, `{"payload":"","payload":`, false},
		{"another spelling of base64", "e30=", "e31=", false},
		{"no signature", envelope64[strings.Index(envelope64, "[{")+1 : len(envelope64)-2], "", false},
		{"a short signature", "AAAA", "", false},
		{"a short key", `"keyid":"0`, `"keyid":"`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			read, err := ParseEnvelope([]byte(strings.Replace(envelope64, test.old, test.new, 1)))
			if (err == nil) != test.isRead {
				t.Errorf("got %+v, %v", read, err)
			}
		})
	}
	if _, err := ParseEnvelope(make([]byte, maxEnvelope+1)); err == nil {
		t.Error("a large one is read")
	}
}

func TestAnEnvelopeLiesBehindTheImage(t *testing.T) {
	framed := func(length uint64, envelope string) string {
		return envelope + string(binary.LittleEndian.AppendUint64(nil, length)) + string(mark())
	}
	for _, test := range []struct{ name, data, image, envelope string }{
		{"none", "image", "image", ""},
		{"one", "image" + framed(2, "{}"), "image", "{}"},
		{"one that something follows", "image" + framed(2, "{}") + "x", "image" + framed(2, "{}") + "x", ""},
		{"two", "image" + framed(2, "{}") + framed(2, "{}"), "image" + framed(2, "{}") + framed(2, "{}"), "damaged"},
		{"an empty one", "image" + framed(0, ""), "image" + framed(0, ""), "damaged"},
		{"one longer than the file", "image" + framed(1<<63, ""), "image" + framed(1<<63, ""), "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			image, envelope, err := Split([]byte(test.data))
			if err != nil {
				envelope = []byte("damaged")
			}
			if string(image) != test.image || string(envelope) != test.envelope {
				t.Errorf("got %q, %q", image, envelope)
			}
		})
	}
}
