package loader

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Stamp is what pluginkit wrote into a host or plugin about its build. It is self-asserted: it tells a stale plugin
// from a good one, not a good author from a bad one.
type Stamp struct {
	Schema       int               `json:"schema"`
	Kind         string            `json:"kind"`
	Name         string            `json:"name"`
	Version      string            `json:"version"`
	Language     string            `json:"language"`
	APIs         []API             `json:"apis"`
	Lock         string            `json:"lock"`
	Toolchain    map[string]string `json:"toolchain"`
	Capabilities []string          `json:"capabilities"`
	Contract     Contract          `json:"contract"`
	Inputs       string            `json:"inputs"`
	Payload      string            `json:"payload"`
	Builder      string            `json:"builder"`
}

// API is one copy of a shared API.
type API struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Digest  string   `json:"digest"`
	Modules []string `json:"modules"`
	Surface []string `json:"surface"`
}

// Contract is what the host asks of its plugins.
type Contract struct {
	Factory  string            `json:"factory"`
	Symbols  map[string]string `json:"symbols"`
	Group    string            `json:"group"`
	Known    []string          `json:"known"`
	Required []string          `json:"required"`
	Policy   string            `json:"policy"`
	SameLock bool              `json:"same-lock"`
}

const (
	schema     = 1
	maxStamp   = 1 << 20
	payloadKey = `"payload":"sha256:`
	digits     = 64
)

// begin is the mark before a stamp. It is put together here so that this program does not contain it twice.
func begin() []byte {
	return append([]byte{0xff}, "pluginkit stamp 1, what this binary was built against; `pluginkit inspect` shows it: "...)
}

// parseStamp reads the JSON of a stamp, with nothing left over and no unknown field.
func parseStamp(data []byte) (*Stamp, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	stamp := new(Stamp)
	if err := decoder.Decode(stamp); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("something follows the stamp")
	}
	return stamp, nil
}

// hostStamp returns the stamp in the variable PluginkitStamp, nil where the build was not pluginkit's.
func hostStamp(text string) (*Stamp, error) {
	if text == "" {
		return nil, nil
	}
	inner, found := bytes.CutPrefix([]byte(text), begin())
	inner, ended := bytes.CutSuffix(inner, []byte{0xff})
	if !found || !ended {
		return nil, fmt.Errorf("the host's own stamp is damaged: build it anew")
	}
	return parseStamp(inner)
}

// readStamp finds the one stamp in a plugin's bytes, and holds the rest of the bytes against it.
func readStamp(data []byte) (*Stamp, *Finding) {
	mark := begin()
	at := bytes.Index(data, mark)
	if at < 0 {
		return nil, &Finding{Code: "PK201", Message: "no stamp: nothing says which API it was built against"}
	}
	start := at + len(mark)
	if bytes.Contains(data[start:], mark) {
		return nil, &Finding{Code: "PK204", Message: "more than one stamp"}
	}
	size := bytes.IndexByte(data[start:min(len(data), start+maxStamp+1)], 0xff)
	if size < 0 {
		return nil, &Finding{Code: "PK202", Message: "a stamp without end, or too large"}
	}
	stamp, err := parseStamp(data[start : start+size])
	switch {
	case err != nil:
		return nil, &Finding{Code: "PK202", Message: fmt.Sprintf("a stamp that cannot be read: %v", err)}
	case stamp.Schema != schema:
		return nil, &Finding{Code: "PK203", Message: fmt.Sprintf("a stamp of schema %d, this host reads %d", stamp.Schema, schema)}
	}
	if payload := payloadOf(data, start, start+size); payload != stamp.Payload {
		return nil, &Finding{
			Code: "PK104", Message: "its bytes are not those that were stamped", Found: payload, Expected: stamp.Payload,
		}
	}
	return stamp, nil
}

// payloadOf returns the digest of a plugin as it was linked, when its stamp at data[start:end] named zeros.
func payloadOf(data []byte, start, end int) string {
	hash := sha256.New()
	if at := bytes.Index(data[start:end], []byte(payloadKey)); at >= 0 && at+len(payloadKey)+digits <= end-start {
		at += start + len(payloadKey)
		hash.Write(data[:at])
		hash.Write(bytes.Repeat([]byte{'0'}, digits))
		data = data[at+digits:]
	}
	hash.Write(data)
	return fmt.Sprintf("sha256:%x", hash.Sum(nil))
}

// compareStamps returns why a plugin with that stamp is none of this host's.
func compareStamps(host, plugin *Stamp) []Finding {
	var found []Finding
	if plugin.Kind != "plugin" || plugin.Language != host.Language {
		found = append(found, Finding{
			Code: "PK105", Message: "not stamped as a plugin", Found: plugin.Kind, Expected: "plugin",
		})
	}
	if len(plugin.APIs) == 0 {
		found = append(found, Finding{Code: "PK301", Message: "built against none of the host's APIs"})
	}
	for _, used := range plugin.APIs {
		at := slices.IndexFunc(host.APIs, func(api API) bool { return api.Name == used.Name })
		if at < 0 {
			found = append(found, Finding{Code: "PK301", Message: "built against another API", Found: used.Name})
			continue
		}
		found = append(found, compareAPIs(host.APIs[at], used)...)
	}
	for _, required := range host.Contract.Required {
		if !slices.Contains(plugin.Capabilities, required) {
			found = append(found, Finding{
				Code:     "PK504",
				Message:  fmt.Sprintf("lacks the capability %q", required),
				Found:    strings.Join(plugin.Capabilities, ", "),
				Expected: required,
			})
		}
	}
	return append(found, compareLocks(host, plugin)...)
}

// compareLocks warns of another lock, or refuses it where the contract says so. The lock seals the API: where that
// differs, a warning would only say it again.
func compareLocks(host, plugin *Stamp) []Finding {
	other := Finding{Code: "PK406", Message: "built under another lock", Found: plugin.Lock, Expected: host.Lock}
	switch {
	case host.Lock == "" || plugin.Lock == host.Lock:
		return nil
	case host.Contract.SameLock:
		return []Finding{other}
	case !slices.ContainsFunc(plugin.APIs, func(used API) bool { return !offers(host, used) }):
		other.Severity = Warning
		return []Finding{other}
	}
	return nil
}

// offers tells whether a host has that very copy of an API.
func offers(host *Stamp, used API) bool {
	return slices.ContainsFunc(host.APIs, func(own API) bool { return own.Name == used.Name && own.Digest == used.Digest })
}

func compareAPIs(offered, used API) []Finding {
	var found []Finding
	if used.Version != offered.Version {
		found = append(found, Finding{
			Code:     "PK302",
			Message:  fmt.Sprintf("built against %s %s", used.Name, used.Version),
			Found:    used.Version,
			Expected: offered.Version,
		})
	}
	if used.Digest != offered.Digest {
		found = append(found, Finding{
			Code:     "PK303",
			Message:  fmt.Sprintf("built against another copy of %s %s", used.Name, used.Version),
			Found:    used.Digest,
			Expected: offered.Digest,
			Details:  changes(used.Surface, offered.Surface),
		})
	}
	return found
}

// changes lists what the host's copy of an API has (+) and has not (-), as against the plugin's.
func changes(used, offered []string) []string {
	var found []string
	for _, line := range used {
		if !slices.Contains(offered, line) {
			found = append(found, "- "+line)
		}
	}
	for _, line := range offered {
		if !slices.Contains(used, line) {
			found = append(found, "+ "+line)
		}
	}
	return found
}
