//go:build !linux

package wal

import "os"

// syncData is the full sync; on macOS Go makes it F_FULLFSYNC, which reaches
// the medium.
func syncData(f *os.File) error { return f.Sync() }
