package wal

import "io"

// FS is what the log and the snapshot store need of a disk. OS is the real one,
// MemFS one in memory that can crash and fail. Names are paths with the parts
// joined by filepath.Join.
//
// An error that means "the disk is full" must match errors.Is(err, ErrNoSpace);
// a missing file must match errors.Is(err, fs.ErrNotExist).
type FS interface {
	// MkdirAll makes a directory and its parents, durably.
	MkdirAll(dir string) error
	// List returns the names (not paths) of a directory's files, sorted.
	List(dir string) ([]string, error)
	// Open opens an existing file for reading and writing.
	Open(name string) (File, error)
	// OpenRead opens an existing file for reading only.
	OpenRead(name string) (File, error)
	// Create makes an empty file, or empties an existing one.
	Create(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes the creations, renames and removals in a directory durable.
	SyncDir(dir string) error
	// Lock claims a directory for this process until the Closer is closed or
	// the process ends. A directory in use gives a *LockedError.
	Lock(dir string) (io.Closer, error)
	// FreeBytes is what an ordinary process may still write.
	FreeBytes(dir string) (int64, error)
}

// File is an open file of an FS. Sync makes its contents and size durable
// (fdatasync), not its name.
type File interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
	Truncate(size int64) error
	Size() (int64, error)
	Close() error
}
