//go:build unix

package loader

import (
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// ownerOf returns the number of the user whose a file is.
func ownerOf(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return os.Geteuid()
}

// setGroup has a child begin a group of processes: it, and what it starts.
func setGroup(child *exec.Cmd) { child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends all processes of a group.
func killGroup(leader int) error { return syscall.Kill(-leader, syscall.SIGKILL) }

// keepFromChildren closes a descriptor in processes that this one starts.
func keepFromChildren(descriptor int) { syscall.CloseOnExec(descriptor) }
