package gobinary

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

const longestInfo = 1 << 21

// experiments stand behind a hyphen in the version of a release, behind a blank in others (cmd/link).
var experiments = regexp.MustCompile(`[ -]X:([a-z0-9,]+)`)

// Module is one module of the build list, as `go version -m` prints it.
type Module struct {
	Path, Version string
	Sum           string // empty for the main module, for a directory that replaces one, and where modules are vendored
	ReplacedBy    string // path and version, or the path alone, of the replacement
}

// buildInfo is what `go version -m` prints; empty where there is none.
type buildInfo struct {
	goVersion, experiments string
	main                   string // import path of the main package
	mainModule             string
	settings               map[string]string
	modules                []Module
}

// readBuildInfo reads an object's build information. The magic also stands in programs that read build information,
// followed by something else.
func readBuildInfo(o *object) buildInfo {
	var damaged *Error
	magic := append([]byte{0xff}, " Go buildinf:"...)
	for address := range o.find(magic, 16, data, constants, code) {
		var found buildInfo
		inline := false
		err := attempt(func() {
			if inline = o.bytesAt(address, 32)[15]&2 != 0; inline {
				version, rest := o.counted(address + 32)
				lines, _ := o.counted(rest)
				found = parseInfo(version, lines)
			}
		})
		if err == nil && inline {
			return found
		}
		if damaged == nil {
			damaged = err
		}
	}
	if damaged != nil {
		panic(damaged)
	}
	return buildInfo{settings: map[string]string{}}
}

// counted returns the bytes behind a varint that counts them, and the address past them.
func (o *object) counted(address uint64) ([]byte, uint64) {
	var size uint64
	for shift := 0; ; shift += 7 {
		if shift == 63 {
			fail("its build information has a number without end")
		}
		one := o.bytesAt(address, 1)[0]
		address++
		size |= uint64(one&127) << shift
		if one < 128 {
			break
		}
	}
	if size > longestInfo {
		fail("its build information has %d bytes", size)
	}
	return o.bytesAt(address, size), address + size
}

func parseInfo(version, lines []byte) buildInfo {
	if size := len(lines); size >= 33 && lines[size-17] == '\n' {
		lines = lines[16 : size-16]
	}
	return parseLines(version, lines)
}

func parseLines(version, lines []byte) buildInfo {
	found := buildInfo{settings: map[string]string{}}
	if words := strings.Fields(string(bytes.ToValidUTF8(version, []byte("\ufffd")))); len(words) > 0 {
		found.goVersion, _, _ = strings.Cut(words[0], "-X:")
	}
	if beyond := experiments.FindSubmatch(version); beyond != nil {
		found.experiments = string(beyond[1])
	}
	replaceable, named := false, false
	for line := range strings.SplitSeq(string(lines), "\n") {
		row := append(strings.Split(line, "\t"), "", "")
		switch columns := len(row) - 2; {
		case row[0] == "build" && columns > 1:
			name, value := parseSetting(strings.TrimPrefix(line, "build\t"))
			found.settings[name] = value
		case row[0] == "path" && columns > 1 && found.main == "":
			found.main = row[1]
		case row[0] == "=>" && replaceable:
			found.modules[len(found.modules)-1].ReplacedBy = strings.TrimSpace(row[1] + " " + row[2])
		}
		if row[0] == "mod" && len(row) > 3 && !named {
			found.mainModule, named = row[1], true
		}
		replaceable = (row[0] == "mod" || row[0] == "dep") && len(row) > 3
		if replaceable {
			found.modules = append(found.modules, Module{Path: row[1], Version: row[2], Sum: row[3]})
		}
	}
	return found
}

// parseSetting returns the two sides of name=value, each a Go string literal where it holds blanks or quotes.
func parseSetting(line string) (name, value string) {
	if strings.HasPrefix(line, `"`) && strings.Contains(line, `"=`) {
		name, value, _ = strings.Cut(line, `"=`)
		return unquoted(name + `"`), unquoted(value)
	}
	name, value, _ = strings.Cut(line, "=")
	return name, unquoted(value)
}

func unquoted(text string) string {
	size := len(text)
	if size < 2 || text[0] != text[size-1] || text[0] != '"' && text[0] != '`' {
		return text
	}
	if found, err := strconv.Unquote(text); err == nil {
		return found
	}
	return text[1 : size-1]
}
