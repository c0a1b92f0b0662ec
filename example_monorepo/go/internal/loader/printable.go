package loader

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how many bytes of one value are shown.
const longest = 4096

// commands are what the runners of CI systems obey in a line of a log: ##[group], ##vso[task].
var commands = regexp.MustCompile(`##(\w*\[)`)

// printable returns text of a stranger on one line and cut where it is long, with what does not show or moves the cursor
// escaped: controls, bidi overrides, zero width, odd line ends.
func printable(text string) string {
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	text = commands.ReplaceAllString(text, `\x23\x23$1`)
	var shown strings.Builder
	for len(text) > 0 {
		char, size := utf8.DecodeRuneInString(text)
		switch {
		case char == utf8.RuneError && size == 1:
			fmt.Fprintf(&shown, `\x%02x`, text[0])
		case unicode.IsGraphic(char):
			shown.WriteRune(char)
		case char < 0x100:
			fmt.Fprintf(&shown, `\x%02x`, char)
		case char < 0x10000:
			fmt.Fprintf(&shown, `\u%04x`, char)
		default:
			fmt.Fprintf(&shown, `\U%08x`, char)
		}
		text = text[size:]
	}
	return shown.String()
}
