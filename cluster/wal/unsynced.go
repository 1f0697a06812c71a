package wal

import (
	"errors"
	"io"
	"math/rand/v2"
	"sync"
)

// Unsynced is an FS that keeps what was written in this process' memory until
// it is synced. kill -9 then loses it, as a power cut would; the system's page
// cache would have kept it. Now and then a write goes to the disk early, as
// that cache may decide, so that what is lost has any shape. For tests. Safe
// for concurrent use.
type Unsynced struct {
	FS
	mu    sync.Mutex
	files map[string]*unsynced // by name, as long as something is not synced
}

// NewUnsynced returns an FS upon another one.
func NewUnsynced(fs FS) *Unsynced { return &Unsynced{FS: fs, files: map[string]*unsynced{}} }

// unsynced is what a file will hold.
type unsynced struct {
	mu      sync.Mutex
	size    int64
	pending []piece // in the order of the writes
}

type piece struct {
	off  int64
	data []byte
}

// earlyOneIn is how many writes wait, by chance, beside one that does not.
const earlyOneIn = 4

// opened is a file of u's. All handles of a name share what is not synced.
func (u *Unsynced) opened(name string, f File, err error, empty bool) (File, error) {
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	in := u.files[name]
	if in == nil || empty {
		in = &unsynced{size: size}
		u.files[name] = in
	}
	return unsyncedFile{f, in}, nil
}

// Open implements FS.
func (u *Unsynced) Open(name string) (File, error) {
	f, err := u.FS.Open(name)
	return u.opened(name, f, err, false)
}

// OpenRead implements FS.
func (u *Unsynced) OpenRead(name string) (File, error) {
	f, err := u.FS.OpenRead(name)
	return u.opened(name, f, err, false)
}

// Create implements FS.
func (u *Unsynced) Create(name string) (File, error) {
	f, err := u.FS.Create(name)
	return u.opened(name, f, err, true)
}

// Rename implements FS.
func (u *Unsynced) Rename(from, to string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.FS.Rename(from, to); err != nil {
		return err
	}
	delete(u.files, to)
	if in := u.files[from]; in != nil {
		u.files[to] = in
		delete(u.files, from)
	}
	return nil
}

// Remove implements FS.
func (u *Unsynced) Remove(name string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.files, name)
	return u.FS.Remove(name)
}

type unsyncedFile struct {
	File
	in *unsynced
}

// ReadAt implements File: the disk, and above it what is not synced.
func (f unsyncedFile) ReadAt(p []byte, off int64) (n int, err error) {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	if n = int(min(int64(len(p)), f.in.size-off)); n <= 0 && len(p) > 0 {
		return 0, io.EOF
	}
	k, err := f.File.ReadAt(p[:n], off)
	if err != nil && err != io.EOF {
		return k, err
	}
	clear(p[k:n])
	for _, w := range f.in.pending {
		if from := w.off - off; from >= 0 && from < int64(n) {
			copy(p[from:n], w.data)
		} else if from < 0 && -from < int64(len(w.data)) {
			copy(p[:n], w.data[-from:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements File.
func (f unsyncedFile) WriteAt(p []byte, off int64) (int, error) {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	if rand.IntN(earlyOneIn) == 0 {
		if n, err := f.File.WriteAt(p, off); err != nil {
			return n, err
		}
	}
	// It stays in the list: an older write must not come out on top of it.
	f.in.pending = append(f.in.pending, piece{off, append([]byte(nil), p...)})
	f.in.size = max(f.in.size, off+int64(len(p)))
	return len(p), nil
}

// flush hands what waits to the disk. REQUIRES: f.in.mu held.
func (f unsyncedFile) flush() error {
	for _, w := range f.in.pending {
		if _, err := f.File.WriteAt(w.data, w.off); err != nil {
			return err
		}
	}
	f.in.pending = nil
	return nil
}

// Sync implements File.
func (f unsyncedFile) Sync() error {
	f.in.mu.Lock()
	err := f.flush()
	f.in.mu.Unlock()
	if err != nil {
		return err
	}
	return f.File.Sync()
}

// Truncate implements File.
func (f unsyncedFile) Truncate(size int64) error {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	if err := f.flush(); err != nil {
		return err
	}
	if err := f.File.Truncate(size); err != nil {
		return err
	}
	f.in.size = size
	return nil
}

// Size implements File.
func (f unsyncedFile) Size() (int64, error) {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	return f.in.size, nil
}
