//go:build unix

package wasm

import (
	"io/fs"
	"os"
	"syscall"
)

// ours returns whether only this user and root can write there. In a directory above, others may where they cannot rename what is ours.
func ours(info fs.FileInfo, above bool) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return false
	}
	return info.Mode().Perm()&0o022 == 0 || above && info.Mode()&fs.ModeSticky != 0
}
