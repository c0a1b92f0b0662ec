package stamp

import (
	"fmt"
	"strings"
	"testing"
)

var zeros = strings.Repeat("0", 64)

var good = `{"apis":[{"digest":"h1:` + strings.Repeat("a", 43) + `=","modules":["pluginapi"],"name":"acme/pluginapi","surface":["type A"],` +
	`"version":"v1.0.0"}],"builder":"pluginkit","capabilities":[],"contract":{"factory":"New","group":"","known":[],` +
	`"policy":"exact","required":["filter"],"same-lock":false,"symbols":{"New":"func() pluginapi.Plugin"}},` +
	`"ignores":[{"plugin":"old-*","reason":"not yet","rule":"PK504","until":"2030-01-31"}],"inputs":"sha256:` + zeros +
	`","kind":"host","language":"go","lock":"sha256:` + zeros + `","name":"it","payload":"sha256:` + zeros +
	`","schema":2,"toolchain":{"go":"go1.27.3"},"version":""}`

const key = `"keys":[{"may-sign":["*"],"name":"a","public-key":"MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABI=","until":""},` +
	`{"may-sign":["a-*"],"name":"b","public-key":"MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABM=","until":"2030-01-31"}]`

// trusting returns the members that a host which asks for signatures has more.
func trusting(most int, keys string) string {
	return fmt.Sprintf(`"trust":{%s,"minimum-release":0,"threshold":{"*":%d}},"version":""`, keys, most)
}

// linking returns the member that a host has more which plugins are linked into.
func linking(more string) string {
	return `"linked":[{"capabilities":["filter"],"inputs":"sha256:` + zeros + `",` + more + `"name":"filter","version":"1.0.0"}],`
}

func TestStampsAreReadStrictly(t *testing.T) {
	for _, test := range []struct{ name, old, new, code string }{
		{"the same", "", "", ""},
		{"no JSON", "{", "", "PK202"},
		{"a blank", `"name":"it"`, `"name": "it"`, "PK202"},
		{"an unknown member", `"name":"it"`, `"name":"it","nick":"i"`, "PK202"},
		{"one that a newer version may have", `"name":"it"`, `"minor":5,"name":"it","nick":"i"`, ""},
		{"one that this version has not", `"name":"it"`, `"minor":4,"name":"it","nick":"i"`, "PK202"},
		{"a minor version of nothing", `"name":"it"`, `"minor":0,"name":"it"`, "PK202"},
		{"a member that is not read yet", `"schema":2`, `"release":3,"schema":2`, ""},
		{"a key twice", `"name":"it"`, `"name":"it","name":"it"`, "PK202"},
		{"a missing member", `"name":"it",`, "", "PK202"},
		{"null", `"schema":2`, `"release":null,"schema":2`, "PK202"},
		{"a fraction", `"schema":2`, `"release":3.5,"schema":2`, "PK202"},
		{"half a surrogate pair", `"name":"it"`, `"name":"\ud800"`, "PK202"},
		{"a date that is none", "2030-01-31", "next week", "PK202"},
		{"schema 1, which knows no ignores", `"schema":2`, `"schema":1`, "PK202"},
		{"a trust", `"version":""`, trusting(2, key), ""},
		{"a trust that no number of keys can meet", `"version":""`, trusting(3, key), "PK202"},
		{"a trust with more", `"version":""`, trusting(2, `"more":1,`+key), "PK202"},
		{"a key that no name matches", `"version":""`, trusting(2, strings.Replace(key, "a-*", "A-*", 1)), "PK202"},
		{"a key for which anybody signs", `"version":""`, trusting(2, strings.Replace(key, "ABI=", "AAA=", 1)), "PK202"},
		{"a key until no day", `"version":""`, trusting(2, strings.Replace(key, "2030-01-31", "2030-02-31", 1)), "PK202"},
		{"one key twice", `"version":""`, trusting(2, strings.Replace(key, `"b"`, `"a"`, 1)), "PK202"},
		{"a mode", `"name":"it"`, `"minor":4,"mode":"wasm","name":"it"`, ""},
		{"no mode there is", `"name":"it"`, `"minor":4,"mode":"grpc","name":"it"`, "PK202"},
		{"linked plugins", `"lock"`, linking("") + `"lock"`, ""},
		{"a linked plugin with more", `"lock"`, linking(`"mode":"linked",`) + `"lock"`, "PK202"},
		{"a linked plugin without inputs", `"lock"`, strings.Replace(linking(""), "sha256:", "", 1) + `"lock"`, "PK202"},
		{"a newer schema", `"schema":2`, `"schema":3`, "PK203"},
		{"nesting", `"schema":2`, `"roles":` + strings.Repeat("[", 100000) + `,"schema":2`, "PK202"},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, err := Parse([]byte(strings.Replace(good, test.old, test.new, 1)))
			switch {
			case err != nil && err.Code != test.code:
				t.Errorf("got %v, want %q", err, test.code)
			case err == nil && (test.code != "" || found.Name != "it" || found.Ignores[0].Until != "2030-01-31"):
				t.Errorf("got %+v, want %q", found, test.code)
			}
		})
	}
}

func TestStampsAreFoundAndWhatIsAroundThemIsDigested(t *testing.T) {
	mark := string(Begin())
	for _, test := range []struct {
		data  string
		count int
	}{{"nothing here", 0}, {mark + "{}\xff", 1}, {mark + "{}", 1}, {mark + "{}\xff" + mark, 2}} {
		if found := Find([]byte(test.data)); len(found) != test.count {
			t.Errorf("%q has %d stamps, want %d", test.data, len(found), test.count)
		}
	}
	linked := []byte("code " + mark + good + "\xff and more")
	digest := Payload(linked, Find(linked)[0])
	stamped := []byte(strings.Replace(string(linked), `"payload":"sha256:`+zeros, `"payload":"`+digest, 1))
	if again := Payload(stamped, Find(stamped)[0]); again != digest || len(stamped) != len(linked) {
		t.Errorf("%s became %s", digest, again)
	}
	stamped[0] = 'C'
	if again := Payload(stamped, Find(stamped)[0]); again == digest {
		t.Error("an edit has the same digest")
	}
}

func TestAHostMayHaveNoStampAndNoDamagedOne(t *testing.T) {
	if found, err := OfHost(""); found != nil || err != nil {
		t.Errorf("got %v, %v", found, err)
	}
	whole := string(Begin()) + good + "\xff"
	if found, err := OfHost(whole); err != nil || found.Contract.Required[0] != "filter" {
		t.Errorf("got %v, %v", found, err)
	}
	for _, damaged := range []string{whole[1:], whole[:len(whole)-1], strings.Replace(whole, "{", "[", 1)} {
		if _, err := OfHost(damaged); err == nil {
			t.Errorf("no error for %.20q", damaged)
		}
	}
}
