package subprocess

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

const (
	setOwner  = 8  // F_SETOWN
	setSignal = 10 // F_SETSIG
	limitData = 2  // RLIMIT_DATA

	// headroom is what a Go process takes before it has allocated anything: a few MiB that it uses, and more that it only maps.
	headroom = 192 << 20
	// stack is what the C library maps for a thread.
	stack = 8 << 20
)

// confine has the system end a process group with the host, and refuse it memory beyond a limit. The first helps where the process itself
// cannot see that its lifeline has ended.
func confine(pid int, lifeline *os.File, memory int64) error {
	descriptor := lifeline.Fd()
	for _, call := range [][2]uintptr{
		{setOwner, uintptr(-pid)},
		{setSignal, uintptr(syscall.SIGKILL)},
		{syscall.F_SETFL, syscall.O_ASYNC},
	} {
		syscall.Syscall(syscall.SYS_FCNTL, descriptor, call[0], call[1]) // where that does not work, the process still looks itself
	}
	if memory <= 0 {
		return nil
	}
	if err := limit(pid, memory, 8); err != nil && !errors.Is(err, syscall.ESRCH) { // it ended already
		return fmt.Errorf("its memory cannot be limited: %w", err)
	}
	return nil
}

// limit has the system refuse a process more memory than it may have, and what its threads need beside that. The limit is a soft one, which
// is raised as there are more threads: a plugin could raise it, too, and would be found by what it then has.
func limit(pid int, memory int64, threads int) error {
	var found syscall.Rlimit
	if err := prlimit(pid, nil, &found); err != nil {
		return err
	}
	found.Cur = min(uint64(memory)+headroom+uint64(threads)*stack, found.Max)
	return prlimit(pid, &found, nil)
}

func prlimit(pid int, set, get *syscall.Rlimit) error {
	_, _, failed := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), limitData,
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(get)), 0, 0)
	if failed != 0 {
		return failed
	}
	return nil
}

// adjust fits the limit of a process to the threads that it has now.
func adjust(pid int, memory int64) {
	if tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task"); err == nil {
		limit(pid, memory, len(tasks)+8)
	}
}

// resident returns how many bytes of memory a process has; 0 where that cannot be read.
func resident(pid int) int64 {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}
