package loader

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// forgiving is how long a probe's finding is remembered. It may have had its cause in the machine; a pass has none.
const forgiving = time.Hour

// memory is what probes found, by the digest of the plugin's bytes: all of it, whatever the host lives with that day. Each build of the host has its own; where that cannot
// be read or written, plugins are probed again.
type memory struct {
	path    string // empty where this user has no cache
	mutex   sync.Mutex
	changed bool
	probed
}

// probed is the file: a JSON object.
type probed struct {
	Version int                `json:"version"`
	Plugins map[string]verdict `json:"plugins"`
}

type verdict struct {
	At       time.Time `json:"at"`
	Findings []Finding `json:"findings"`
}

// recall reads what earlier starts of this host found.
func recall() *memory {
	found := &memory{path: place(), probed: probed{Version: 1, Plugins: map[string]verdict{}}}
	if found.path == "" {
		return found
	}
	if other := writable(found.path); other != "" {
		log.Printf("what was probed before is ignored, since others can write to %s: remove it", printable(other))
		found.path = ""
		return found
	}
	data, err := read(found.path)
	if err != nil {
		return found
	}
	var old probed
	if json.Unmarshal(data, &old) == nil && old.Version == 1 && old.Plugins != nil {
		found.probed = old
	}
	return found
}

// writable returns the file, or what it lies in, where others than this user and root can write; empty where they cannot.
func writable(path string) string {
	for range 3 { // the file, probes, pluginkit
		if info, err := os.Stat(path); err == nil {
			owner := ownerOf(info)
			if info.Mode().Perm()&0o022 != 0 || owner != 0 && owner != os.Geteuid() {
				return path
			}
		}
		path = filepath.Dir(path)
	}
	return ""
}

// place returns the file's path, named by the digest of this program.
func place() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	executable, err := openSelf()
	if err != nil {
		return ""
	}
	defer executable.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, executable); err != nil {
		return ""
	}
	return filepath.Join(cache, "pluginkit", "probes", fmt.Sprintf("%s-%x.json", filepath.Base(os.Args[0]), hash.Sum(nil)))
}

func (m *memory) get(key string) ([]Finding, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	known, ok := m.Plugins[key]
	age := time.Since(known.At)
	return known.Findings, ok && (len(known.Findings) == 0 || age >= 0 && age < forgiving)
}

func (m *memory) knows(key string) bool {
	_, known := m.get(key)
	return known
}

// put keeps what a probe found, and returns it with a word on how to have it forgotten.
func (m *memory) put(key string, found []Finding) []Finding {
	found = settle(found)
	if m.path != "" {
		for i := range found {
			found[i].Hint += fmt.Sprintf("; to probe it again within the hour, remove %s", m.path)
		}
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.Plugins[key] = verdict{At: time.Now(), Findings: found}
	m.changed = true
	return found
}

// save writes the memory as a whole or not at all.
func (m *memory) save() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.path == "" || !m.changed {
		return
	}
	data, err := json.Marshal(m.probed)
	if err != nil || os.MkdirAll(filepath.Dir(m.path), 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(filepath.Dir(m.path), "new-")
	if err != nil {
		return
	}
	defer os.Remove(file.Name()) // once renamed, there is none
	_, err = file.Write(data)
	if file.Close() == nil && err == nil {
		m.changed = os.Rename(file.Name(), m.path) != nil
	}
}

func digest(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// self returns a path of this program. Linux has one that still holds after the file was replaced.
func self() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func openSelf() (*os.File, error) { return os.Open(self()) }
