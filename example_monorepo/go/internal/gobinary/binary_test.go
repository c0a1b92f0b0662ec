package gobinary

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestAProgramIsReadAndWhatIsDamagedIsNot(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Read(whole)
	if err != nil || found.Kind != Executable || found.GoVersion != runtime.Version() || found.Platform != "linux/"+runtime.GOARCH {
		t.Errorf("got %+v, %v", found, err)
	}
	machine := slices.Clone(whole)
	machine[18], machine[19] = 1, 1
	for _, test := range []struct {
		name string
		data []byte
		code string
	}{
		{"nothing", nil, "PK101"},
		{"text", []byte("not a plugin, but as long as the header of one is, which takes 64 bytes"), "PK101"},
		{"half", whole[:len(whole)/4], "PK101"},
		{"another machine", machine, "PK403"},
	} {
		_, err := Read(test.data)
		if damage, ok := err.(*Error); !ok || damage.Code != test.code {
			t.Errorf("%s: %v, want %s", test.name, err, test.code)
		}
	}
}

// The programs of other platforms are tested where they can be built; these are as short as they can be.
func TestProgramsOfOtherPlatformsAreRead(t *testing.T) {
	pe := make([]byte, 256)
	copy(pe, peMagic)
	pe[0x3c] = 128
	copy(pe[128:], "PE\x00\x00\x64\x86")
	macho := make([]byte, 64)
	copy(macho, machoMagic+"\x0c\x00\x00\x01")
	macho[12] = 2
	elf := make([]byte, 64+32)
	copy(elf, "\x7fELF\x01\x01")
	elf[16], elf[18], elf[28], elf[42], elf[44] = 2, 40, 64, 32, 1
	for _, test := range []struct {
		platform string
		data     []byte
		at       int
		code     string // with other bytes there
	}{
		{"windows/amd64", pe, 128, "PK101"}, {"windows/amd64", pe, 132, "PK403"}, {"windows/amd64", pe, 0x3f, "PK101"},
		{"windows/amd64", pe, 128 + 7, "PK101"}, {"windows/amd64", pe, 128 + 23, "PK101"},
		{"darwin/arm64", macho, 4, "PK403"}, {"darwin/arm64", macho, 12, "PK101"}, {"darwin/arm64", macho, 19, "PK101"},
		{"darwin/arm64", macho, 16, "PK101"}, {"darwin/arm64", macho, 23, "PK101"},
		{"linux/arm", elf, 31, "PK101"}, {"linux/arm", elf, 42, "PK101"}, {"linux/arm", elf, 45, "PK101"}, {"linux/arm", elf, 18, "PK403"},
	} {
		found, err := Read(test.data)
		if err != nil || found.Kind != Executable || found.Platform != test.platform || !IsProgram(test.data) {
			t.Errorf("%s: got %+v, %v", test.platform, found, err)
		}
		damaged := slices.Clone(test.data)
		damaged[test.at] ^= 0xff
		if _, err := Read(damaged); err == nil || err.(*Error).Code != test.code {
			t.Errorf("%s, byte %d: %v, want %s", test.platform, test.at, err, test.code)
		}
	}
}

// sized returns content behind its length.
func sized(content ...string) string {
	text := strings.Join(content, "")
	return string(rune(len(text))) + text // of fewer than 128 bytes
}

func TestAModuleIsReadAndWhatIsDamagedIsNot(t *testing.T) {
	producers := "\x00" + sized(sized("producers"), "\x02", sized("language"), "\x01", sized("Go"), sized("go1.27.3"), sized("x"), "\x00")
	lines := "path\tacme/p\nmod\tacme\tv1.0.0\t\nbuild\t-tags=a\n"
	memory := "\x0b" + sized("\x01\x00A\x00", string(infoStart), lines, string(infoEnd))
	module := moduleHeader + "\x01\x00" + producers + memory
	for _, test := range []struct{ name, data, version, main string }{
		{"whole", module, "go1.27.3", "acme/p"},
		{"an empty one", moduleHeader, "", ""},
		{"without a producer", moduleHeader + memory, "", ""},
		{"of another language", strings.Replace(module, "Go", "Oz", 1), "", "acme/p"},
		{"of another version", strings.Replace(module, "asm\x01", "asm\x02", 1), "damaged", ""},
		{"cut off", module[:len(module)-1], "damaged", ""},
		{"lines without an end", strings.Replace(module, "\x41\x16\xd8", "\x41\x16\xd9", 1), "damaged", ""},
		{"a producer past its end", strings.Replace(module, sized("go1.27.3"), "\x7fgo1.27.3", 1), "damaged", ""},
		{"a number of 36 bits", moduleHeader + "\x00\xff\xff\xff\xff\xff\x00", "damaged", ""},
		{"a section past its end", moduleHeader + "\x00\xff\xff\xff\xff\x0f", "damaged", ""},
	} {
		found, err := Read([]byte(test.data))
		if damage, ok := err.(*Error); (ok && damage.Code == "PK101") != (test.version == "damaged") {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && (found.Kind != WebAssembly || found.GoVersion != test.version || found.Main != test.main || found.Platform != "wasip1/wasm") {
			t.Errorf("%s: %+v", test.name, found)
		}
	}
}
