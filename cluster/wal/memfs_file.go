package wal

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
)

// memFile is an open file.
type memFile struct {
	m      *MemFS
	ino    *inode
	name   string
	epoch  int
	closed bool
}

// check fails on closed files and on those of before a crash.
// REQUIRES: m.mu held.
func (f *memFile) check(op string) error {
	if f.closed || f.epoch != f.m.epoch {
		return &fs.PathError{Op: op, Path: f.name, Err: fs.ErrClosed}
	}
	return nil
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.check("read"); err != nil {
		return 0, err
	}
	if off >= int64(len(f.ino.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.ino.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	m := f.m
	m.mu.Lock()
	defer m.mu.Unlock()
	alive := !m.dead
	if err := m.changing(); err != nil {
		if alive && f.check("write") == nil {
			f.ino.write(p, off) // unsynced: Crash says how much of it came to be
		}
		return 0, err
	}
	if err := f.check("write"); err != nil {
		return 0, err
	}
	if m.OnWrite != nil {
		if err := m.OnWrite(f.name, off, len(p)); err != nil {
			return 0, err
		}
	}
	if m.misplace != 0 {
		off, m.misplace = max(off+m.misplace, 0), 0
	}
	var full error
	if grow := off + int64(len(p)) - int64(len(f.ino.data)); m.quota > 0 && grow > 0 {
		if over := m.usedBytes() + grow - m.quota; over > 0 {
			p = p[:max(int64(len(p))-over, 0)]
			full = fmt.Errorf("write %s: %w", f.name, ErrNoSpace)
		}
	}
	f.ino.write(p, off)
	return len(p), full
}

func (f *memFile) Sync() error {
	m := f.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.changing(); err != nil {
		return err
	}
	if err := f.check("sync"); err != nil {
		return err
	}
	if m.OnSync != nil {
		if err := m.OnSync(f.name); err != nil {
			f.ino.syncFailed()
			return err
		}
	}
	if m.SyncCost != nil {
		m.syncTime += m.SyncCost(int64(len(f.ino.undo)) * sectorBytes)
	}
	m.syncs++
	clear(f.ino.undo)
	f.ino.durableSize = int64(len(f.ino.data))
	return nil
}

func (f *memFile) Truncate(size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.changing(); err != nil {
		return err
	}
	if err := f.check("truncate"); err != nil {
		return err
	}
	f.ino.truncate(size)
	return nil
}

func (f *memFile) Size() (int64, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.check("size"); err != nil {
		return 0, err
	}
	return int64(len(f.ino.data)), nil
}

func (f *memFile) Close() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.check("close"); err != nil && !f.closed {
		f.closed = true
		return nil // the crash has closed it
	} else if err != nil {
		return err
	}
	f.closed = true
	return nil
}

// keep saves the durable bytes of the sectors in [from, to) before they change.
func (i *inode) keep(from, to int64) {
	for s := from / sectorBytes; s*sectorBytes < to; s++ {
		if _, ok := i.undo[s]; ok {
			continue
		}
		if old, ok := i.lost[s]; ok {
			i.undo[s] = old
			delete(i.lost, s)
			continue
		}
		start, end := s*sectorBytes, min((s+1)*sectorBytes, i.durableSize, int64(len(i.data)))
		if start >= end {
			i.undo[s] = nil
			continue
		}
		i.undo[s] = slices.Clone(i.data[start:end])
	}
}

func (i *inode) write(p []byte, off int64) {
	if len(p) == 0 {
		return
	}
	end := off + int64(len(p))
	i.keep(off, end)
	if n := int64(len(i.data)); end > n {
		i.data = append(i.data, make([]byte, end-n)...)
	}
	copy(i.data[off:], p)
}

func (i *inode) truncate(size int64) {
	n := int64(len(i.data))
	if size < n {
		i.keep(size, n)
		i.data = slices.Clone(i.data[:size])
	} else {
		i.data = append(i.data, make([]byte, size-n)...)
	}
}

// syncFailed is what systems do: the dirty pages count as clean, and are not
// written by a later sync.
func (i *inode) syncFailed() {
	for s, old := range i.undo {
		i.lost[s] = old
	}
	clear(i.undo)
}

// crash leaves the durable bytes, and of the others what r says.
func (i *inode) crash(r *rand.Rand) {
	now := i.data
	size := i.durableSize
	if n := int64(len(now)); n != size {
		switch r.IntN(3) {
		case 0:
			size = n
		case 1:
			size = min(size, n) + r.Int64N(max(size, n)-min(size, n)+1)
		}
	}
	keepChance := [...]float64{0, 1, r.Float64(), r.Float64()}[r.IntN(4)]
	cut := int64(-1) // a write in order that stopped somewhere
	sectors := sortedKeys(i.undo)
	if len(sectors) > 0 && r.IntN(3) == 0 {
		cut = sectors[r.IntN(len(sectors))]
	}
	data := make([]byte, size)
	copy(data, now)
	for s := range i.lost {
		restore(data, s, i.lost[s])
	}
	for _, s := range sectors {
		kept := r.Float64() < keepChance
		if cut >= 0 {
			kept = s < cut
		}
		if !kept {
			restore(data, s, i.undo[s])
		}
	}
	i.data, i.durableSize = data, size
	clear(i.undo)
	clear(i.lost)
}

// restore puts a sector's old bytes back; behind them, and where there were
// none, it held zeros.
func restore(data []byte, sector int64, old []byte) {
	start := sector * sectorBytes
	if start >= int64(len(data)) {
		return
	}
	end := min(start+sectorBytes, int64(len(data)))
	n := copy(data[start:end], old)
	clear(data[start+int64(n) : end])
}
