package stamp

import (
	"strings"
	"testing"
)

func custom(name, content string) string {
	return string([]byte{0, byte(1 + len(name) + len(content)), byte(len(name))}) + name + content
}

func TestStampAndEnvelopeAreTheLastSectionsOfAModule(t *testing.T) {
	code := moduleHeader + "\x0a\x01\x00" + custom("producers", "\x00")
	stamped, signed := code+custom(stampSection, "{}"), custom(signatureSection, "[]")
	for _, test := range []struct {
		name, data, image, envelope string
		stamps                      int
	}{
		{"neither", code, code, "", 0},
		{"a stamp", stamped, stamped, "", 1},
		{"both", stamped + signed, stamped, "[]", 1},
		{"two stamps", stamped + custom(stampSection, ""), stamped + custom(stampSection, ""), "", 2},
		{"two envelopes", stamped + signed + signed, stamped + signed + signed, "damaged", 1},
		{"code behind the stamp", moduleHeader + stamped[len(code):] + code[8:], moduleHeader + stamped[len(code):] + code[8:], "damaged", 1},
		{"an empty envelope", stamped + custom(signatureSection, ""), stamped + custom(signatureSection, ""), "damaged", 1},
		{"a section that is cut", stamped[:len(stamped)-1], stamped[:len(stamped)-1], "damaged", 0},
		{"a section of 4 GiB", code + "\x00\xff\xff\xff\xff\x0f", code + "\x00\xff\xff\xff\xff\x0f", "damaged", 0},
		{"another version", strings.Replace(stamped, "\x01", "\x02", 1), strings.Replace(stamped, "\x01", "\x02", 1), "damaged", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			image, envelope, err := Split([]byte(test.data))
			if err != nil {
				envelope = []byte("damaged")
			}
			if string(image) != test.image || string(envelope) != test.envelope || len(Find(image)) != test.stamps {
				t.Errorf("got %q, %q, %v", image, envelope, Find(image))
			}
		})
	}
}
