package loader

import (
	"slices"
	"strings"
	"testing"
)

func TestStampsAreCompared(t *testing.T) {
	api := API{Name: "acme-api/pluginapi", Version: "v1.0.0", Digest: "h1:a", Surface: []string{"type A"}}
	host := &Stamp{Kind: "host", Language: "go", APIs: []API{api}, Lock: "1", Contract: Contract{Required: []string{"filter"}}}
	change := func(edit func(*Stamp)) *Stamp {
		stamp := &Stamp{Kind: "plugin", Language: "go", APIs: []API{api}, Lock: "1", Capabilities: []string{"filter"}}
		edit(stamp)
		return stamp
	}
	for _, test := range []struct {
		name   string
		plugin *Stamp
		codes  []string
	}{
		{"the same build", change(func(*Stamp) {}), nil},
		{"another copy of the API", change(func(s *Stamp) { s.APIs[0].Digest = "h1:b" }), []string{"PK303"}},
		{"another version of it", change(func(s *Stamp) { s.APIs[0].Version = "v2.0.0" }), []string{"PK302"}},
		{"another API", change(func(s *Stamp) { s.APIs[0].Name = "other" }), []string{"PK301"}},
		{"no API", change(func(s *Stamp) { s.APIs = nil }), []string{"PK301"}},
		{"a host as a plugin", change(func(s *Stamp) { s.Kind = "host" }), []string{"PK105"}},
		{"without a required capability", change(func(s *Stamp) { s.Capabilities = nil }), []string{"PK504"}},
		{"under another lock", change(func(s *Stamp) { s.Lock = "2" }), []string{"PK406"}},
		{"another lock, and the cause of it", change(func(s *Stamp) { s.Lock, s.APIs[0].Digest = "2", "h1:b" }), []string{"PK303"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var codes []string
			for _, finding := range compareStamps(host, test.plugin) {
				codes = append(codes, finding.Code)
			}
			if !slices.Equal(codes, test.codes) {
				t.Errorf("got %v, want %v", codes, test.codes)
			}
		})
	}
}

func TestStampsAreReadStrictly(t *testing.T) {
	mark := string(begin())
	for _, test := range []struct{ name, data, code string }{
		{"none", "nothing here", "PK201"},
		{"two", mark + "{}\xff" + mark + "{}\xff", "PK204"},
		{"no end", mark + "{}", "PK202"},
		{"no JSON", mark + "{\xff", "PK202"},
		{"an unknown field", mark + `{"schema":1,"kidn":"plugin"}` + "\xff", "PK202"},
		{"a newer schema", mark + `{"schema":2}` + "\xff", "PK203"},
		{"other bytes", mark + `{"schema":1,"payload":"sha256:` + strings.Repeat("0", 64) + `"}` + "\xff", "PK104"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, finding := readStamp([]byte(test.data)); finding == nil || finding.Code != test.code {
				t.Errorf("got %+v, want %s", finding, test.code)
			}
		})
	}
}

func TestAStampThatFitsIsReturned(t *testing.T) {
	zeros := []byte(string(begin()) + `{"schema":1,"name":"it","payload":"sha256:` + strings.Repeat("0", 64) + `"}` + "\xff and code")
	start := len(begin())
	end := slices.Index(zeros[start:], 0xff) + start
	data := []byte(strings.Replace(string(zeros), "sha256:"+strings.Repeat("0", 64), payloadOf(zeros, start, end), 1))
	stamp, finding := readStamp(data)
	if finding != nil || stamp.Name != "it" {
		t.Errorf("got %+v, %+v", stamp, finding)
	}
}
