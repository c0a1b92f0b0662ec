package loader

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

const hashSymbol = "go:link.pkghashbytes."

// flags are the build settings that change what the compiler writes.
var flags = []string{"-trimpath", "-tags", "-race", "-msan", "-asan", "-gcflags", "CGO_ENABLED", "GOAMD64", "GOARM64", "GOEXPERIMENT"}

// binary is what the linker wrote about a host or plugin. Go's runtime compares these hashes in plugin.Open, and says
// of the first that differs which package it is, but not why.
type binary struct {
	packages map[string]string // import path to the hash of that package's build
	info     *debug.BuildInfo
}

// readBinary reads a host or plugin without loading it.
func readBinary(r io.ReaderAt) (*binary, error) {
	file, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	found := &binary{packages: map[string]string{}}
	for _, symbol := range symbols {
		path, ok := strings.CutPrefix(symbol.Name, hashSymbol)
		if !ok || symbol.Section == elf.SHN_UNDEF {
			continue
		}
		hash := make([]byte, min(symbol.Size, 64))
		if err := readAt(file, symbol.Value, hash); err != nil {
			return nil, fmt.Errorf("%s: %w", symbol.Name, err)
		}
		found.packages[path] = string(hash)
	}
	found.info, err = buildinfo.Read(r)
	if err != nil {
		found.info = new(debug.BuildInfo)
	}
	return found, nil
}

func readAt(file *elf.File, address uint64, data []byte) error {
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_LOAD && address >= segment.Vaddr && address-segment.Vaddr < segment.Filesz {
			_, err := segment.ReadAt(data, int64(address-segment.Vaddr))
			return err
		}
	}
	return fmt.Errorf("address %#x lies in no segment", address)
}

// compareBinaries returns why plugin.Open would refuse a plugin, the causes before the consequences. Loaded are the
// packages that earlier plugins brought into the process.
func compareBinaries(host, plugin *binary, loaded map[string]string) []Finding {
	if len(plugin.packages) == 0 {
		return []Finding{{Code: "PK507", Message: "no Go plugin: opening it would end the host"}}
	}
	var differing []string
	for path, hash := range plugin.packages {
		have, ok := host.packages[path]
		if !ok {
			have, ok = loaded[path]
		}
		if ok && have != hash {
			differing = append(differing, path)
		}
	}
	if len(differing) == 0 {
		return nil
	}
	slices.Sort(differing)
	if found := causes(host.info, plugin.info); len(found) > 0 {
		found[0].Details = differing
		return found
	}
	return []Finding{{
		Code:    "PK405",
		Message: fmt.Sprintf("%d of the packages it shares with the host are other builds", len(differing)),
		Details: differing,
	}}
}

// causes returns what in the way of building explains that packages differ.
func causes(host, plugin *debug.BuildInfo) []Finding {
	var found []Finding
	if host.GoVersion != plugin.GoVersion {
		found = append(found, Finding{
			Code: "PK401", Message: "compiled by another Go", Found: plugin.GoVersion, Expected: host.GoVersion,
		})
	}
	for _, flag := range flags {
		mine, theirs := setting(plugin, flag), setting(host, flag)
		if mine != theirs {
			found = append(found, Finding{
				Code: "PK402", Message: "compiled with another " + flag, Found: mine, Expected: theirs,
			})
		}
	}
	return found
}

func setting(info *debug.BuildInfo, name string) string {
	for _, setting := range info.Settings {
		if setting.Key == name {
			return setting.Value
		}
	}
	return ""
}

// readPlugin reads a plugin's bytes.
func readPlugin(data []byte) (*binary, *Finding) {
	found, err := readBinary(bytes.NewReader(data))
	if err != nil {
		return nil, &Finding{Code: "PK101", Message: fmt.Sprintf("cannot be read: %v", err)}
	}
	return found, nil
}
