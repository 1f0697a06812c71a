package wal

import (
	"os"
	"syscall"
)

// syncData is fdatasync: contents, and the size if it changed, without the
// times. An interrupted call has reported nothing yet and is made again.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err == nil {
			return nil
		}
		if err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
