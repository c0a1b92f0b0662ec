package stamp

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding/json reads too much: keys of another case, keys twice, text that is not UTF-8.

const (
	mostDepth  = 64
	mostDigits = 4300
	mostInt    = 1<<53 - 1
)

// object and array are what JSON calls so. Beside them there are string, bool, nil, integer and fraction.
type (
	object   map[string]any
	array    []any
	integer  string // as it is spelled
	fraction struct{}
)

var number = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`)

// reader reads JSON from the start of text on.
type reader struct {
	text  string
	depth int
}

func readJSON(data []byte) (any, error) {
	r := &reader{text: string(data)}
	if !utf8.ValidString(r.text) {
		return nil, errors.New("not UTF-8")
	}
	found, err := r.value()
	if err == nil && r.skip() {
		err = errors.New("something follows it")
	}
	return found, err
}

// skip skips blanks, and returns whether anything is left.
func (r *reader) skip() bool {
	r.text = strings.TrimLeft(r.text, " \t\r\n")
	return r.text != ""
}

func (r *reader) take(word string) (found bool) {
	r.skip()
	r.text, found = strings.CutPrefix(r.text, word)
	return found
}

var words = []struct {
	spelled string
	value   any
}{
	{"true", true}, {"false", false}, {"null", nil},
	{"NaN", fraction{}}, {"Infinity", fraction{}}, {"-Infinity", fraction{}}, // no JSON, but pluginkit reads them
}

func (r *reader) value() (any, error) {
	for _, word := range words {
		if r.take(word.spelled) {
			return word.value, nil
		}
	}
	switch {
	case r.take("{"):
		return r.nested(r.object)
	case r.take("["):
		return r.nested(r.array)
	case r.take(`"`):
		return r.string()
	}
	found := number.FindStringSubmatch(r.text)
	if found == nil {
		return nil, errors.New("not JSON")
	}
	r.text = r.text[len(found[0]):]
	switch {
	case found[1] != "" || found[2] != "":
		return fraction{}, nil
	case len(strings.TrimPrefix(found[0], "-")) > mostDigits:
		return nil, errors.New("a number of too many digits")
	}
	return integer(found[0]), nil
}

func (r *reader) nested(read func() (any, error)) (any, error) {
	if r.depth++; r.depth > mostDepth {
		return nil, errors.New("nested too deeply")
	}
	defer func() { r.depth-- }()
	return read()
}

func (r *reader) object() (any, error) {
	found := object{}
	for more := !r.take("}"); more; more = !r.take("}") {
		if len(found) > 0 && !r.take(",") || !r.take(`"`) {
			return nil, errors.New("not a JSON object")
		}
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		if !r.take(":") {
			return nil, errors.New("a key without a value")
		}
		if found[key], err = r.value(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (r *reader) array() (any, error) {
	found := array{}
	for more := !r.take("]"); more; more = !r.take("]") {
		if len(found) > 0 && !r.take(",") {
			return nil, errors.New("not a JSON array")
		}
		one, err := r.value()
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

// escapes are what follows a backslash, and what it stands for.
var escapes = map[byte]string{
	'"': `"`, '\\': `\`, '/': "/", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t",
}

// string reads to the closing quote. Half of a surrogate pair, which no UTF-8 has, becomes bytes that are not UTF-8.
func (r *reader) string() (string, error) {
	var text strings.Builder
	for {
		end := strings.IndexFunc(r.text, func(one rune) bool { return one == '"' || one == '\\' || one < ' ' })
		if end < 0 || r.text[end] < ' ' {
			return "", errors.New("a string without end, or with a control character")
		}
		text.WriteString(r.text[:end])
		ended := r.text[end] == '"'
		r.text = r.text[end+1:]
		if ended {
			return text.String(), nil
		}
		if r.text == "" {
			return "", errors.New("a string without end")
		}
		if spelled, ok := escapes[r.text[0]]; ok {
			text.WriteString(spelled)
			r.text = r.text[1:]
			continue
		}
		spelled, ok := r.unicode()
		if !ok {
			return "", errors.New("an unknown escape")
		}
		text.WriteString(spelled)
	}
}

// unicode reads an escaped code unit, with its other half where it is half of a pair.
func (r *reader) unicode() (string, bool) {
	one, ok := r.unit()
	if !ok || !utf16.IsSurrogate(one) {
		return string(one), ok
	}
	rest := *r
	var escaped bool
	if rest.text, escaped = strings.CutPrefix(rest.text, `\`); escaped {
		second, _ := rest.unit()
		if both := utf16.DecodeRune(one, second); both != utf8.RuneError {
			*r = rest
			return string(both), true
		}
	}
	return "\xff", true
}

// unit reads a UTF-16 code unit, behind its backslash.
func (r *reader) unit() (rune, bool) {
	if len(r.text) < 5 || r.text[0] != 'u' {
		return 0, false
	}
	found, err := strconv.ParseUint(r.text[1:5], 16, 16)
	if err == nil {
		r.text = r.text[5:]
	}
	return rune(found), err == nil
}

// canonical returns the one spelling of a value (RFC 8785), or an error for what has none. That of half of a surrogate pair
// is not UTF-8, and so equals nothing that was read.
func canonical(text []byte, value any) ([]byte, error) {
	var err error
	switch value := value.(type) {
	case string:
		return quoted(text, value), nil
	case bool:
		return strconv.AppendBool(text, value), nil
	case integer:
		return canonicalInt(text, string(value))
	case array:
		text = append(text, '[')
		for i, one := range value {
			if i > 0 {
				text = append(text, ',')
			}
			if text, err = canonical(text, one); err != nil {
				return nil, err
			}
		}
		return append(text, ']'), nil
	case object:
		text = append(text, '{')
		for i, key := range sortedKeys(value) {
			if i > 0 {
				text = append(text, ',')
			}
			if text, err = canonical(text, key); err != nil {
				return nil, err
			}
			if text, err = canonical(append(text, ':'), value[key]); err != nil {
				return nil, err
			}
		}
		return append(text, '}'), nil
	}
	return nil, errors.New("null or a fraction")
}

func canonicalInt(text []byte, spelled string) ([]byte, error) {
	found, err := strconv.ParseInt(spelled, 10, 64)
	if err != nil || found > mostInt || found < -mostInt {
		return nil, fmt.Errorf("an integer that does not fit 53 bits")
	}
	return strconv.AppendInt(text, found, 10), nil
}

func sortedKeys(value object) []string {
	keys := make([]string, 0, len(value))
	for key := range value {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	return keys
}

func quoted(text []byte, value string) []byte {
	const short = "\b\f\n\r\t"
	text = append(text, '"')
	for i := range len(value) {
		switch one := value[i]; {
		case one == '"' || one == '\\':
			text = append(text, '\\', one)
		case one >= ' ':
			text = append(text, one)
		case strings.IndexByte(short, one) >= 0:
			text = append(text, '\\', "bfnrt"[strings.IndexByte(short, one)])
		default:
			text = fmt.Appendf(text, `\u%04x`, one)
		}
	}
	return append(text, '"')
}
