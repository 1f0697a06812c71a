package wal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// sectorBytes is what a disk writes whole or not at all.
const sectorBytes = 512

// MemFS is a disk in memory for tests and the simulator. It keeps apart what
// was synced and what was not, so that Crash can lose the latter as a real disk
// may: any subset of the unsynced sectors, any suffix of the unsynced names. It
// does exactly what the random source given to Crash says.
//
// It may be used from several goroutines.
type MemFS struct {
	// OnSync and OnWrite may fail a call; nil means never. They are set before
	// use, or between calls, and must not call the MemFS.
	OnSync  func(name string) error
	OnWrite func(name string, off int64, n int) error
	// SyncCost says how long a sync of so many bytes takes on this disk;
	// SyncTime adds it up. No call really waits.
	SyncCost func(bytes int64) time.Duration

	mu       sync.Mutex
	dirs     map[string]*memDir
	locked   map[string]bool
	quota    int64
	epoch    int // files opened before the last crash are dead
	misplace int64
	cut      int  // power is cut at this many changes from now; 0: not planned
	dead     bool // it is cut: nothing works before Crash
	syncTime time.Duration
	syncs    int64
}

// NewMemFS returns an empty disk without a size limit.
func NewMemFS() *MemFS {
	return &MemFS{dirs: map[string]*memDir{}, locked: map[string]bool{}}
}

// memDir is a directory: its names now, its names as of the last SyncDir, and
// the changes between them in order.
type memDir struct {
	now, durable map[string]*inode
	pending      []func(map[string]*inode)
}

func (d *memDir) change(op func(map[string]*inode)) {
	op(d.now)
	d.pending = append(d.pending, op)
}

// inode is a file's contents.
type inode struct {
	data        []byte
	durableSize int64
	// undo holds, for each sector written since the last sync, its durable
	// bytes; nil if it lay behind the durable end. lost is the same for sectors
	// that a failed sync has dropped: no later sync brings them to the disk.
	undo, lost map[int64][]byte
}

func newInode() *inode { return &inode{undo: map[int64][]byte{}, lost: map[int64][]byte{}} }

// ErrPowerCut is what every call returns between a planned power cut and Crash.
var ErrPowerCut = errors.New("wal: MemFS: the power is cut")

// CutPowerAfter lets n more changes (writes, syncs, names) happen and cuts the
// power in the next one, which may be in the middle of a call of the log.
func (m *MemFS) CutPowerAfter(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = n + 1
}

// changing counts a change. REQUIRES: m.mu held.
func (m *MemFS) changing() error {
	if m.cut > 0 {
		if m.cut--; m.cut == 0 {
			m.dead = true
		}
	}
	if m.dead {
		return ErrPowerCut
	}
	return nil
}

func (m *MemFS) dir(path string) (*memDir, error) {
	d := m.dirs[filepath.Clean(path)]
	if d == nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return d, nil
}

// MkdirAll makes one directory; parents are implied.
func (m *MemFS) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir = filepath.Clean(dir)
	if m.dirs[dir] == nil {
		m.dirs[dir] = &memDir{now: map[string]*inode{}, durable: map[string]*inode{}}
	}
	return nil
}

// List returns a directory's names, sorted.
func (m *MemFS) List(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.dir(dir)
	if err != nil {
		return nil, err
	}
	return sortedKeys(d.now), nil
}

func sortedKeys[K ~string | ~int64, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Open opens a file.
func (m *MemFS) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.dir(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	ino := d.now[filepath.Base(name)]
	if ino == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{m: m, ino: ino, name: name, epoch: m.epoch}, nil
}

// OpenRead opens a file.
func (m *MemFS) OpenRead(name string) (File, error) { return m.Open(name) }

// Create makes or empties a file.
func (m *MemFS) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.changing(); err != nil {
		return nil, err
	}
	d, err := m.dir(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	ino := d.now[base]
	if ino == nil {
		ino = newInode()
		d.change(func(names map[string]*inode) { names[base] = ino })
	} else {
		ino.truncate(0)
	}
	return &memFile{m: m, ino: ino, name: name, epoch: m.epoch}, nil
}

// Rename moves a file within its directory.
func (m *MemFS) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.changing(); err != nil {
		return err
	}
	d, err := m.dir(filepath.Dir(from))
	if err != nil {
		return err
	}
	a, b := filepath.Base(from), filepath.Base(to)
	ino := d.now[a]
	if ino == nil || filepath.Dir(from) != filepath.Dir(to) {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	d.change(func(names map[string]*inode) { delete(names, a); names[b] = ino })
	return nil
}

// Remove removes a file.
func (m *MemFS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.changing(); err != nil {
		return err
	}
	d, err := m.dir(filepath.Dir(name))
	if err != nil {
		return err
	}
	base := filepath.Base(name)
	if d.now[base] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	d.change(func(names map[string]*inode) { delete(names, base) })
	return nil
}

// SyncDir makes a directory's names durable.
func (m *MemFS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.changing(); err != nil {
		return err
	}
	d, err := m.dir(dir)
	if err != nil {
		return err
	}
	if m.OnSync != nil {
		if err := m.OnSync(dir); err != nil {
			return err
		}
	}
	for _, op := range d.pending {
		op(d.durable)
	}
	d.pending = nil
	return nil
}

// Lock claims a directory until the Closer is closed, or a crash.
func (m *MemFS) Lock(dir string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir = filepath.Clean(dir)
	if m.locked[dir] {
		return nil, &LockedError{Dir: dir}
	}
	m.locked[dir] = true
	return &memLock{m: m, dir: dir, epoch: m.epoch}, nil
}

type memLock struct {
	m     *MemFS
	dir   string
	epoch int
}

func (k *memLock) Close() error {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.epoch == k.m.epoch {
		delete(k.m.locked, k.dir)
	}
	return nil
}

// FreeBytes is what the quota leaves.
func (m *MemFS) FreeBytes(string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.quota == 0 {
		return 1 << 50, nil
	}
	return max(m.quota-m.usedBytes(), 0), nil
}

func (m *MemFS) usedBytes() (n int64) {
	for _, d := range m.dirs {
		for _, ino := range d.now {
			n += int64(len(ino.data))
		}
	}
	return n
}

// SetQuota limits the bytes of all files together; 0 lifts the limit.
func (m *MemFS) SetQuota(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.quota = bytes
}

// UsedBytes is the bytes of all files together.
func (m *MemFS) UsedBytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usedBytes()
}

// SyncTime is what the syncs so far would have cost; Syncs how many they were.
func (m *MemFS) SyncTime() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.syncTime
}

// Syncs counts the successful syncs of files.
func (m *MemFS) Syncs() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.syncs
}

// Corrupt flips the bits of mask in a durable byte, as a decaying disk would.
func (m *MemFS) Corrupt(name string, off int64, mask byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.dir(filepath.Dir(name))
	if err != nil {
		return err
	}
	ino := d.now[filepath.Base(name)]
	if ino == nil || off < 0 || off >= int64(len(ino.data)) {
		return fmt.Errorf("wal: MemFS: no byte %d in %s", off, name)
	}
	ino.data[off] ^= mask
	return nil
}

// MisplaceNextWrite lets the next write land so many bytes from where it should.
func (m *MemFS) MisplaceNextWrite(by int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.misplace = by
}

// Kill ends the process but not the machine: open files and locks are gone,
// what was written stays, synced or not.
func (m *MemFS) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	m.cut, m.dead = 0, false
	clear(m.locked)
}

// Crash cuts the power. Of what was not synced, the random source decides what
// the disk had already written.
func (m *MemFS) Crash(r *rand.Rand) {
	m.Kill()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, path := range sortedKeys(m.dirs) {
		d := m.dirs[path]
		if n := len(d.pending); n > 0 {
			for _, op := range d.pending[:r.IntN(n+1)] {
				op(d.durable)
			}
			d.pending = nil
		}
		d.now = map[string]*inode{}
		for _, name := range sortedKeys(d.durable) {
			ino := d.durable[name]
			ino.crash(r)
			d.now[name] = ino
		}
	}
}

// Clone returns a copy that shares nothing, without open files and hooks. What
// was not synced counts as synced in it.
func (m *MemFS) Clone() *MemFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := NewMemFS()
	for path, d := range m.dirs {
		cd := &memDir{now: map[string]*inode{}, durable: map[string]*inode{}}
		for name, ino := range d.now {
			ci := newInode()
			ci.data = slices.Clone(ino.data)
			ci.durableSize = int64(len(ci.data))
			cd.now[name], cd.durable[name] = ci, ci
		}
		c.dirs[path] = cd
	}
	return c
}
