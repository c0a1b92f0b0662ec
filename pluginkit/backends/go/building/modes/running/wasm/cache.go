package wasm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tetratelabs/wazero"
)

const (
	mostCached = 32 // modules whose compiled code is kept
	sumsFile   = "sums"
)

// CacheDirectory returns where compiled code is kept for the next start of a host: in the user's cache; nowhere where there is none.
//
// It is run as it is found. So it is used only where nobody but this user and root can write, who can as well write to the host's own file.
// Each file is compared with its digest before: a damaged one is compiled anew.
func CacheDirectory() string {
	directory, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(directory, "pluginkit", "wasm")
}

// cache is the compiled code of one module.
type cache struct {
	wazero.CompilationCache
	place string
}

// openCache returns the compiled code of a module, if there is any, and keeps what is compiled; nil where others could put something there.
func openCache(directory string, module []byte) *cache {
	if directory == "" {
		return nil
	}
	place := filepath.Join(directory, fmt.Sprintf("%x", sha256.Sum256(module)))
	if os.MkdirAll(place, 0o700) != nil {
		return nil
	}
	place, err := filepath.EvalSymlinks(place)
	if err != nil || !isPrivate(place) {
		return nil
	}
	if kept, _ := os.ReadFile(filepath.Join(place, sumsFile)); kept == nil || !bytes.Equal(kept, sums(place)) {
		empty(place)
	}
	found, err := wazero.NewCompilationCacheWithDir(place)
	if err != nil {
		return nil
	}
	return &cache{found, place}
}

// seal writes down what there is, once it is complete.
func (c *cache) seal() {
	target := filepath.Join(c.place, sumsFile)
	if _, err := os.Stat(target); err == nil {
		return
	}
	file, err := os.CreateTemp(filepath.Dir(c.place), "new-")
	if err != nil {
		return
	}
	defer os.Remove(file.Name()) // once renamed, there is none
	_, err = file.Write(sums(c.place))
	if file.Close() == nil && err == nil {
		os.Rename(file.Name(), target)
	}
	prune(filepath.Dir(c.place))
}

func (c *cache) close() { c.Close(context.Background()) }

// sums returns the digest of each file in a directory.
func sums(directory string) []byte {
	var found bytes.Buffer
	filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == filepath.Join(directory, sumsFile) {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&found, "%x %q %v\n", sha256.Sum256(data), path[len(directory):], err)
		return nil
	})
	return found.Bytes()
}

// isPrivate returns whether only this user and root can change what is in a directory, or put another one in its place.
func isPrivate(directory string) bool {
	for place := directory; ; place = filepath.Dir(place) {
		info, err := os.Lstat(place)
		if err != nil || !ours(info, place != directory) {
			return false
		}
		if place == filepath.Dir(place) {
			break
		}
	}
	return filepath.WalkDir(directory, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil || !info.IsDir() && !info.Mode().IsRegular() || !ours(info, false) {
			return fs.ErrPermission
		}
		return nil
	}) == nil
}

// prune removes the modules that have not been compiled for longest, where there are too many.
func prune(directory string) {
	entries, _ := os.ReadDir(directory)
	age := func(one fs.DirEntry) int64 {
		if info, err := one.Info(); err == nil {
			return info.ModTime().UnixNano()
		}
		return 0
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return int(min(max(age(b)-age(a), -1), 1)) })
	for _, one := range entries[min(len(entries), mostCached):] {
		os.RemoveAll(filepath.Join(directory, one.Name()))
	}
}

// empty removes all files in a directory.
func empty(directory string) {
	entries, _ := os.ReadDir(directory)
	for _, one := range entries {
		os.RemoveAll(filepath.Join(directory, one.Name()))
	}
}
