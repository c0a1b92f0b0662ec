package stamp

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
)

const most = 16 // two are one too many

var payload = regexp.MustCompile(`"payload":"(sha256:[0-9a-f]{64})"`)

// Span is where the JSON of a stamp begins and ends in the bytes of a binary.
type Span struct{ Start, End int }

// Begin returns the mark before a stamp. It is put together here so that this program does not contain it twice.
func Begin() []byte {
	return append([]byte{0xff}, "pluginkit stamp 1, what this binary was built against; `pluginkit inspect` shows it: "...)
}

// OfHost returns the stamp in the variable PluginkitStamp, nil where the build was not pluginkit's.
func OfHost(text string) (*Stamp, error) {
	if text == "" {
		return nil, nil
	}
	inner, found := strings.CutPrefix(text, string(Begin()))
	inner, ended := strings.CutSuffix(inner, "\xff")
	if !found || !ended {
		return nil, fmt.Errorf("the host's own stamp is damaged: build it again")
	}
	stamp, err := Parse([]byte(inner))
	if err != nil {
		return nil, fmt.Errorf("the host's own stamp: %w", err)
	}
	return stamp, nil
}

// Find returns where the stamps of a binary are. One whose end is missing ends where the longest stamp would.
func Find(data []byte) (found []Span) {
	if IsModule(data) {
		return findInModule(data)
	}
	mark := Begin()
	start := 0
	for len(found) < most {
		at := bytes.Index(data[start:], mark)
		if at < 0 {
			break
		}
		start += at + len(mark)
		limit := min(len(data), start+maxSize+1)
		end := bytes.IndexByte(data[start:limit], 0xff)
		if end < 0 {
			end = limit - start
		}
		found = append(found, Span{start, start + end})
	}
	return found
}

// Payload returns the digest of a binary as it was linked, when its stamp named zeros.
func Payload(data []byte, at Span) string {
	hash := sha256.New()
	if found := payload.FindSubmatchIndex(data[at.Start:at.End]); found != nil {
		hash.Write(data[:at.Start+found[2]])
		hash.Write([]byte("sha256:" + strings.Repeat("0", 64)))
		data = data[at.Start+found[3]:]
	}
	hash.Write(data)
	return fmt.Sprintf("sha256:%x", hash.Sum(nil))
}
