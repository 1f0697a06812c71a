package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"go.etcd.io/raft/v3/raftpb"
)

// writer gathers the records of one batch.
type writer struct {
	buf   []byte
	at    int64 // where buf goes
	next  int64 // where the next record goes
	chain uint32
	err   error // of a payload already written by itself
}

// sealBytes is kept free behind the records of a segment.
const sealBytes = recordHeader + 16

// nonceBytes is a nonce record: its random number is the header's index.
const nonceBytes = recordHeader

// Append writes what several groups have to say, with one write. It is durable
// after the next Sync. The entries are kept in memory as they are: nobody may
// change them, nor the bytes they point to, afterwards.
//
// errors.Is ErrNoSpace: nothing of it is in the log, and the disk is full.
// errors.As *FatalError: the node must stop.
func (l *Log) Append(updates []Update) error {
	if l.failed != nil {
		return l.failed
	}
	size, urgent, err := l.measure(updates)
	if err != nil || size == 0 {
		return err
	}
	l.places = l.places[:0]
	if l.fs != nil {
		err := l.write(size, urgent, func() {
			for i := range updates {
				l.putUpdate(&updates[i])
			}
		})
		if err != nil {
			return err
		}
	}
	l.stats.Appends++
	places := l.places
	for i := range updates {
		places = l.remember(&updates[i], places)
	}
	if l.fs != nil && l.tailBytes > l.opt.TailBytes {
		l.shrinkTails()
	}
	return nil
}

// measure adds up what the records of a batch take, and checks it against the
// log. urgent: it may use the reserve.
func (l *Log) measure(updates []Update) (size int64, urgent bool, err error) {
	urgent = true
	for i := range updates {
		u := &updates[i]
		if u.Snapshot != nil {
			size += recordSize(int64(confSize(u.Snapshot.GetConfState())))
		}
		if u.HardState != nil {
			size += recordSize(8)
		}
		if len(u.Entries) > 0 {
			urgent = false
			l.checkFollows(u)
		}
		for _, e := range u.Entries {
			n := int64(len(e.GetData()))
			if n > maxEntryBytes {
				return 0, false, fmt.Errorf("%w: entry %d of group %d has %d bytes", ErrTooBig, e.GetIndex(), u.Group, n)
			}
			size += recordSize(n)
		}
	}
	if size > maxBatchBytes {
		return 0, false, fmt.Errorf("%w: %d bytes", ErrTooBig, size)
	}
	return size, urgent, nil
}

// checkFollows holds the caller to Raft's rule: a log has no holes.
func (l *Log) checkFollows(u *Update) {
	var base, last uint64
	if g := l.groups[u.Group]; g != nil {
		base, last = g.base, g.last
	}
	if u.Snapshot != nil {
		base = u.Snapshot.GetIndex()
		last = base
	}
	for i, e := range u.Entries {
		want := u.Entries[0].GetIndex() + uint64(i)
		if e.GetIndex() != want {
			panic(fmt.Sprintf("wal: group %d: entry %d where %d was expected", u.Group, e.GetIndex(), want))
		}
	}
	if first := u.Entries[0].GetIndex(); first <= base || first > last+1 {
		panic(fmt.Sprintf("wal: group %d: entry %d does not follow a log of (%d, %d]", u.Group, first, base, last))
	}
}

// putUpdate encodes one group's records.
func (l *Log) putUpdate(u *Update) {
	if m := u.Snapshot; m != nil {
		h := header{kind: kindSnapshot, sub: 1, group: u.Group, term: m.GetTerm(), index: m.GetIndex()}
		l.put(&h, encodeConf(nil, m.GetConfState()))
	}
	for _, e := range u.Entries {
		h := header{kind: kindEntry, sub: uint16(e.GetType()), group: u.Group, term: e.GetTerm(), index: e.GetIndex()}
		if u.moved {
			h.kind = kindMoved
		}
		off := l.put(&h, e.GetData())
		l.places = append(l.places, loc{seq: uint32(l.active().seq), off8: uint32(off / 8), size: uint32(len(e.GetData()))})
	}
	if hs := u.HardState; hs != nil {
		h := header{kind: kindHardState, group: u.Group, term: hs.GetTerm(), index: hs.GetCommit()}
		binary.LittleEndian.PutUint64(l.vote[:], hs.GetVote())
		l.put(&h, l.vote[:])
	}
}

// remember brings the groups in memory up to what was written.
func (l *Log) remember(u *Update, places []loc) []loc {
	if u.Snapshot == nil && len(u.Entries) == 0 && u.HardState == nil {
		return places // no record, so no group
	}
	g := l.groupOf(u.Group)
	if m := u.Snapshot; m != nil {
		l.installed(g, metaOf(m), true)
	}
	for _, e := range u.Entries {
		at := loc{size: uint32(len(e.GetData()))}
		if l.fs != nil {
			at, places = places[0], places[1:]
		}
		if u.moved {
			l.move(g, e.GetIndex(), e.GetTerm(), at)
			continue
		}
		l.place(g, e.GetIndex(), e.GetTerm(), at)
		l.tailBytes += g.tail.push(e)
	}
	if hs := u.HardState; hs != nil {
		g.hard = hardState{term: hs.GetTerm(), vote: hs.GetVote(), commit: hs.GetCommit()}
	}
	return places
}

// shrinkTails lets go of entries in memory, of the group with the most first,
// until an eighth of the limit is free.
func (l *Log) shrinkTails() {
	want := l.opt.TailBytes / 8 * 7
	for l.tailBytes > want {
		var most *group
		for _, id := range l.ids {
			if g := l.groups[id]; most == nil || g.tail.bytes > most.tail.bytes {
				most = g
			}
		}
		stop := max(most.tail.bytes/2, 1)
		for most.tail.bytes >= stop && l.tailBytes > want {
			l.tailBytes -= most.tail.pop()
		}
	}
}

// SetSnapshot records that a snapshot of the state after entry m.Index is in
// the store. The group's entries stay until Compact.
func (l *Log) SetSnapshot(group uint32, m *raftpb.SnapshotMetadata) error {
	g := l.Storage(group).group()
	if t, ok := g.term(m.GetIndex()); g.id != group || m.GetIndex() > g.last || ok && t != m.GetTerm() {
		panic(fmt.Sprintf("wal: group %d: snapshot (%d, term %d) is not of a log up to %d", group, m.GetIndex(), m.GetTerm(), g.last))
	}
	h := header{kind: kindSnapshot, group: group, term: m.GetTerm(), index: m.GetIndex()}
	if err := l.writeOne(&h, encodeConf(nil, m.GetConfState())); err != nil {
		return err
	}
	l.installed(g, metaOf(m), false)
	return nil
}

// Compact drops a group's entries up to index, which the last snapshot must
// cover. The disk space comes back after a later Sync.
func (l *Log) Compact(group uint32, index uint64) error {
	g := l.Storage(group).group()
	if index <= g.base {
		return nil
	}
	term, ok := g.term(index)
	if !ok || index > g.snap.index {
		panic(fmt.Sprintf("wal: group %d: compact to %d of a log of (%d, %d], snapshot %d", group, index, g.base, g.last, g.snap.index))
	}
	h := header{kind: kindCompact, group: group, term: term, index: index}
	if err := l.writeOne(&h, nil); err != nil {
		return err
	}
	l.compact(g, index, term)
	return l.moveForward()
}

// SetMeta stores a few opaque bytes for a group (or for NodeMeta).
func (l *Log) SetMeta(group uint32, data []byte) error {
	if len(data) > maxMetaBytes {
		return fmt.Errorf("%w: metadata of %d bytes", ErrTooBig, len(data))
	}
	h := header{kind: kindMeta, group: group}
	if err := l.writeOne(&h, data); err != nil {
		return err
	}
	l.groupOf(group).meta = append([]byte(nil), data...)
	return nil
}

// RemoveGroup forgets a group: its entries, its state and its metadata.
func (l *Log) RemoveGroup(group uint32) error {
	g := l.groups[group]
	if g == nil {
		return nil
	}
	h := header{kind: kindRemove, group: group}
	if err := l.writeOne(&h, nil); err != nil {
		return err
	}
	l.removeGroup(g)
	return l.moveForward()
}

// writeOne writes a single record, which may use the reserve.
func (l *Log) writeOne(h *header, payload []byte) error {
	if l.failed != nil {
		return l.failed
	}
	if l.fs == nil {
		return nil
	}
	return l.write(recordSize(int64(len(payload))), true, func() { l.put(h, payload) })
}

// write makes room for size bytes of records, lets put encode them, and writes
// them. The log in memory is unchanged but for where the next record goes.
func (l *Log) write(size int64, urgent bool, put func()) error {
	direct, err := l.makeRoom(size, urgent)
	if err != nil {
		if errors.Is(err, ErrNoSpace) {
			l.stats.NoSpace++
		}
		return err
	}
	s := l.active()
	l.w.buf, l.w.at, l.w.next, l.w.chain, l.w.err = l.w.buf[:0], s.used, s.used, l.chain, nil
	if s.used == segmentHeader {
		l.put(&header{kind: kindCheckpoint}, l.encodeCheckpoint())
	}
	if l.broken {
		l.put(&header{kind: kindNonce, index: l.opt.Rand()}, nil)
	}
	put()
	if l.flush(); l.w.err != nil {
		return l.undo(direct)
	}
	l.stats.BytesWritten += uint64(l.w.next - s.used)
	s.used, l.chain, l.broken = l.w.next, l.w.chain, false
	s.size = max(s.size, s.used)
	if cap(l.w.buf) > 8<<20 {
		l.w.buf = nil
	}
	return nil
}

// undo leaves the log as it was before a write that failed. What reached the
// file lies behind the log; the broken chain keeps it from being read as
// records, now or by a recovery (W1).
func (l *Log) undo(size int64) error {
	s := l.active()
	err := l.w.err
	l.broken = true
	if !errors.Is(err, ErrNoSpace) {
		return l.fatal("write", s.name, err)
	}
	l.stats.NoSpace++
	if err := s.file.Truncate(size); err != nil {
		return l.fatal("truncate", s.name, err)
	}
	s.size = size
	return err
}

// put encodes a record behind the others of the batch, and returns its offset.
func (l *Log) put(h *header, payload []byte) (off int64) {
	w, s := &l.w, l.active()
	off = w.next
	h.prev = w.chain
	h.durable = uint64(l.synced)
	h.length = uint32(len(payload))
	h.payloadCRC = payloadCRC(payload)
	n := len(w.buf)
	w.buf = append(w.buf, zeroHeader[:]...)
	w.chain = h.encode(w.buf[n:], s.salt, off)
	w.next = off + recordSize(int64(len(payload)))
	if len(payload) > copyMax {
		l.flush()
		if w.err == nil {
			_, w.err = s.file.WriteAt(payload, w.at)
		}
		w.at += int64(len(payload))
	} else {
		w.buf = append(w.buf, payload...)
	}
	w.buf = append(w.buf, zeroHeader[:w.next-w.at-int64(len(w.buf))]...)
	return off
}

var zeroHeader [recordHeader]byte

// flush writes what is gathered.
func (l *Log) flush() {
	w := &l.w
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = l.active().file.WriteAt(w.buf, w.at)
	}
	w.at += int64(len(w.buf))
	w.buf = w.buf[:0]
}

// makeRoom sees to it that size bytes of records fit, beginning a new segment if
// the last one is full. It returns the size to cut the file back to should the
// write fail.
func (l *Log) makeRoom(size int64, urgent bool) (restore int64, err error) {
	s := l.active()
	need := size + l.overhead()
	if s.used+need+sealBytes > l.opt.SegmentBytes && s.used > segmentHeader && size > 0 {
		err := l.rotate()
		switch {
		case err == nil:
			s = l.active()
			need = size + l.overhead()
		case !errors.Is(err, ErrNoSpace) || !urgent:
			return 0, err
		}
	}
	need += sealBytes
	want := s.used + need
	if !urgent {
		want += l.opt.ReserveBytes
	}
	restore = s.size
	if want <= s.size {
		return restore, nil
	}
	if need > l.opt.ExtendBytes {
		// Zeros first would double the work of a big batch. Only the reserve
		// behind it is written ahead; what lies before it is a hole until the
		// records are there.
		s.size = max(s.size, s.used+need)
		if err = l.extend(s, want); err == nil {
			return restore, nil
		}
		if terr := s.file.Truncate(restore); terr != nil {
			return 0, l.fatal("truncate", s.name, terr)
		}
		s.size = restore
	} else {
		err = l.extend(s, max(want, min(s.size+l.opt.ExtendBytes, l.opt.SegmentBytes)))
		if err == nil || s.size >= want {
			return s.size, nil
		}
	}
	if !errors.Is(err, ErrNoSpace) {
		return 0, l.fatal("write", s.name, err)
	}
	if urgent && s.used+need <= s.size {
		return s.size, nil
	}
	return 0, err
}

// overhead is what the next write carries besides its own records.
func (l *Log) overhead() (n int64) {
	if l.active().used == segmentHeader {
		n += recordSize(int64(len(l.encodeCheckpoint())))
	}
	if l.broken {
		n += nonceBytes
	}
	return n
}

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
	l.w.buf, l.w.at, l.w.next, l.w.chain, l.w.err = l.w.buf[:0], old.used, old.used, l.chain, nil
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
	l.synced, l.chain, l.broken = segmentHeader, s.crc, true
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
	for _, name := range l.spares {
		if err := l.fs.Remove(filepath.Join(l.dir, name)); err != nil {
			return l.fatal("remove", name, err)
		}
	}
	l.spares = nil
	return nil
}
