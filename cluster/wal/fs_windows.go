package wal

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

const (
	errorLockViolation = syscall.Errno(33)
	errorDiskFull      = syscall.Errno(112)

	lockExclusive       = 2
	lockFailImmediately = 1
)

var (
	kernel32           = syscall.NewLazyDLL("kernel32.dll")
	procLockFileEx     = kernel32.NewProc("LockFileEx")
	procGetDiskFreeExW = kernel32.NewProc("GetDiskFreeSpaceExW")
)

func isNoSpace(err error) bool { return errors.Is(err, errorDiskFull) }

// tryLock locks one byte far behind the process id, so that the id stays
// readable by the process that is refused.
func tryLock(f *os.File) error {
	ol := syscall.Overlapped{Offset: 1 << 30}
	r, _, err := procLockFileEx.Call(f.Fd(), lockExclusive|lockFailImmediately, 0, 1, 0, uintptr(unsafe.Pointer(&ol)))
	if r == 0 {
		return err
	}
	return nil
}

func isLocked(err error) bool { return errors.Is(err, errorLockViolation) }

// syncDir does nothing: Windows has no such call, and its file system journals
// names.
func syncDir(string) error { return nil }

func (osFS) FreeBytes(dir string) (int64, error) {
	p, err := syscall.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free int64
	r, _, err := procGetDiskFreeExW.Call(uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(&free)), 0, 0)
	if r == 0 {
		return 0, err
	}
	return free, nil
}
