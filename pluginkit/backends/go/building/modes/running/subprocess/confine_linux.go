package subprocess

import (
	"bytes"
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

	// headroom is what a Go process takes before it has allocated anything: a few MiB that it uses, more that it only maps, and the stacks of
	// its threads.
	headroom = 256 << 20
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
	limit := syscall.Rlimit{Cur: uint64(memory) + headroom, Max: uint64(memory) + headroom}
	_, _, failed := syscall.RawSyscall6(
		syscall.SYS_PRLIMIT64, uintptr(pid), limitData, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if failed != 0 && failed != syscall.ESRCH {
		return fmt.Errorf("its memory cannot be limited: %w", failed)
	}
	return nil
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
