package wal

import (
	"fmt"
	"path/filepath"
	"sync"
)

// Quota is an FS whose files may hold so many bytes together: a small disk, for
// tests and for directories that share one. It counts the files' sizes, not the
// blocks behind them. Safe for concurrent use.
type Quota struct {
	FS
	mu    sync.Mutex
	max   int64             // 0: no limit
	sizes map[string]*int64 // by name; an open file keeps its own
	used  int64
}

// NewQuota counts the files in dir, if it is there, and whatever is written
// through the returned FS from then on.
func NewQuota(fs FS, dir string, bytes int64) (*Quota, error) {
	q := &Quota{FS: fs, max: bytes, sizes: map[string]*int64{}}
	if err := fs.MkdirAll(dir); err != nil {
		return nil, err
	}
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := q.OpenRead(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// SetMax changes the quota. 0: no limit.
func (q *Quota) SetMax(bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.max = bytes
}

// Used is the sum of the files' sizes.
func (q *Quota) Used() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.used
}

// grow makes room for a file of this size, or refuses to.
func (q *Quota) grow(f *int64, size int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	more := size - *f
	if more <= 0 {
		return nil
	}
	if q.max > 0 && q.used+more > q.max {
		return fmt.Errorf("%w: %d bytes of the quota of %d are used, %d more are needed", ErrNoSpace, q.used, q.max, more)
	}
	q.used += more
	*f = size
	return nil
}

// set notes the size that a file has.
func (q *Quota) set(f *int64, size int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used += size - *f
	*f = size
}

func (q *Quota) opened(name string, f File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		f.Close()
		return nil, err
	}
	q.mu.Lock()
	noted := q.sizes[name]
	if noted == nil {
		noted = new(int64)
		q.sizes[name] = noted
	}
	q.mu.Unlock()
	q.set(noted, size)
	return quotaFile{File: f, q: q, size: noted}, nil
}

// Open implements FS.
func (q *Quota) Open(name string) (File, error) {
	f, err := q.FS.Open(name)
	return q.opened(name, f, err)
}

// OpenRead implements FS.
func (q *Quota) OpenRead(name string) (File, error) {
	f, err := q.FS.OpenRead(name)
	return q.opened(name, f, err)
}

// Create implements FS.
func (q *Quota) Create(name string) (File, error) {
	f, err := q.FS.Create(name)
	return q.opened(name, f, err)
}

// Rename implements FS.
func (q *Quota) Rename(from, to string) error {
	if err := q.FS.Rename(from, to); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(to)
	q.sizes[to] = q.sizes[from]
	delete(q.sizes, from)
	return nil
}

// Remove implements FS.
func (q *Quota) Remove(name string) error {
	if err := q.FS.Remove(name); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(name)
	return nil
}

// drop forgets a name. REQUIRES: q.mu held.
func (q *Quota) drop(name string) {
	if size := q.sizes[name]; size != nil {
		q.used -= *size
		delete(q.sizes, name)
	}
}

// FreeBytes implements FS.
func (q *Quota) FreeBytes(dir string) (int64, error) {
	free, err := q.FS.FreeBytes(dir)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.max > 0 {
		free = min(free, max(0, q.max-q.used))
	}
	return free, err
}

// quotaFile is a file that counts.
type quotaFile struct {
	File
	q    *Quota
	size *int64 // guarded by q.mu
}

// WriteAt implements File.
func (f quotaFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.q.grow(f.size, off+int64(len(p))); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, off)
}

// Truncate implements File.
func (f quotaFile) Truncate(size int64) error {
	if err := f.q.grow(f.size, size); err != nil {
		return err
	}
	if err := f.File.Truncate(size); err != nil {
		return err
	}
	f.q.set(f.size, size)
	return nil
}
