package wal

import (
	"errors"
	"path/filepath"
)

// rotate seals the last segment and begins a new one (W3).
func (l *Log) rotate() error {
	old := l.active()
	if err := l.extend(old, old.used+sealBytes); err != nil {
		if errors.Is(err, ErrNoSpace) {
			return err
		}
		return l.fatal("write", old.name, err)
	}
	s, err := l.newSegment(old.seq + 1)
	if err != nil {
		return err
	}
	payload := append(le64(s.seq), le64(s.salt)...)
	l.beginBatch(old)
	if l.broken {
		// The nonce takes the seal's place only if both fit; extend it first.
		if err := l.extend(old, old.used+nonceBytes+sealBytes); err != nil {
			return l.abandon(s, err)
		}
		l.put(&header{kind: kindNonce, index: l.opt.Rand()}, nil)
	}
	l.put(&header{kind: kindSeal}, payload)
	if l.flush(); l.w.err != nil {
		l.broken = true
		return l.abandon(s, l.w.err)
	}
	old.used = l.w.next
	if err := old.file.Sync(); err != nil {
		s.file.Close()
		return l.fatal("sync", old.name, err)
	}
	l.stats.Syncs++
	l.stats.Rotations++
	old.checkpointed = true
	l.segs = append(l.segs, s)
	l.synced, l.chain, l.broken, l.marked = segmentHeader, s.crc, true, false
	return nil
}

// abandon takes back a new segment whose predecessor could not be sealed.
func (l *Log) abandon(s *segment, err error) error {
	if !errors.Is(err, ErrNoSpace) {
		s.file.Close()
		return l.fatal("write", l.active().name, err)
	}
	if cerr := s.file.Close(); cerr != nil {
		return l.fatal("close", s.name, cerr)
	}
	if rerr := l.fs.Remove(s.name); rerr != nil {
		return l.fatal("remove", s.name, rerr)
	}
	if serr := l.fs.SyncDir(l.dir); serr != nil {
		return l.fatal("sync", l.dir, serr)
	}
	return err
}

// Sync makes everything appended durable. An error is fatal to the node.
func (l *Log) Sync() error {
	l.settle()
	if l.failed != nil {
		return l.failed
	}
	if !l.Unsynced() {
		return nil
	}
	s := l.active()
	if err := s.file.Sync(); err != nil {
		return l.fatal("sync", s.name, err)
	}
	l.stats.Syncs++
	return l.nowDurable(s, s.used)
}

// StartSync is Sync in two parts: run may be called on another goroutine,
// beside later Appends; done, with run's result, on the log's own. Both must be
// called, once. What was appended before StartSync is then durable.
func (l *Log) StartSync() (run func() error, done func(error) error) {
	if l.failed != nil || !l.Unsynced() {
		err := l.failed
		return func() error { return nil }, func(error) error { return err }
	}
	s, upto := l.active(), l.active().used
	s.syncs++
	return s.file.Sync, func(err error) error {
		s.syncs--
		if l.failed != nil {
			return l.failed
		}
		if err != nil {
			return l.fatal("sync", s.name, err)
		}
		l.stats.Syncs++
		return l.nowDurable(s, upto)
	}
}

func (l *Log) nowDurable(s *segment, upto int64) error {
	s.checkpointed = true
	if s == l.active() {
		l.synced = max(l.synced, upto)
	}
	if l.reclaim && !l.Unsynced() {
		return l.release()
	}
	return nil
}

// release gives up the oldest segments that nobody needs.
// REQUIRES: everything appended is durable (W4).
func (l *Log) release() error {
	l.reclaim = false
	for len(l.segs) > 1 && l.segs[0].live == 0 && l.segs[1].checkpointed {
		s := l.segs[0]
		if s.syncs > 0 {
			l.reclaim = true
			return nil
		}
		if err := l.giveUp(s); err != nil {
			return err
		}
		l.segs = l.segs[1:]
	}
	return nil
}

// giveUp makes a segment a spare, or removes it. The directory is synced each
// time: a removal that is durable before an older one would leave a gap, and a
// spare is overwritten only when it surely no longer has a segment's name.
func (l *Log) giveUp(s *segment) error {
	if err := s.file.Close(); err != nil {
		return l.fatal("close", s.name, err)
	}
	if len(l.spares) < l.opt.SparesMax {
		spare := spareName(s.seq)
		if err := l.fs.Rename(s.name, filepath.Join(l.dir, spare)); err != nil {
			return l.fatal("rename", s.name, err)
		}
		l.spares = append(l.spares, spare)
		l.stats.Recycled++
	} else if err := l.fs.Remove(s.name); err != nil {
		return l.fatal("remove", s.name, err)
	}
	if err := l.fs.SyncDir(l.dir); err != nil {
		return l.fatal("sync", l.dir, err)
	}
	return nil
}

// DropSpares removes the files kept to be recycled, for a disk that is full.
func (l *Log) DropSpares() error {
	l.settle()
	for _, name := range l.spares {
		if err := l.fs.Remove(filepath.Join(l.dir, name)); err != nil {
			return l.fatal("remove", name, err)
		}
	}
	l.spares = nil
	return nil
}
