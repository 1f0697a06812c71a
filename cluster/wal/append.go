package wal

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/raft/v3/raftpb"
)

// Append writes what several groups have to say, with one write. It is durable
// after the next Sync. The entries are kept in memory as they are: nobody may
// change them, nor the bytes they point to, afterwards.
//
// errors.Is ErrNoSpace: nothing of it is in the log, and the disk is full.
// errors.As *FatalError: the node must stop.
func (l *Log) Append(updates []Update) error {
	l.settle()
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
	l.rememberAll(updates)
	return nil
}

// rememberAll brings the log in memory up to what was written.
func (l *Log) rememberAll(updates []Update) {
	l.stats.Appends++
	places := l.places
	for i := range updates {
		places = l.remember(&updates[i], places)
	}
	if l.fs != nil && l.tailBytes > l.tailLimit {
		l.shrinkTails()
	}
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
		l.places = append(l.places, loc{seq: uint32(l.w.seg.seq), off8: uint32(off / 8), size: uint32(len(e.GetData()))})
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

// LimitTail sets how many bytes of the newest entries are kept in memory, at
// most what Options.TailBytes says. Who reads others gets them from the disk.
func (l *Log) LimitTail(bytes int64) {
	l.tailLimit = min(bytes, l.opt.TailBytes)
}

// shrinkTails lets go of entries in memory, of the group with the most first,
// until an eighth of the limit is free. Each group keeps its last one: it is about
// to be applied, and may be too big to be read back in a moment.
func (l *Log) shrinkTails() {
	want := l.tailLimit / 8 * 7
	for l.tailBytes > want {
		var most *group
		for _, id := range l.ids {
			if g := l.groups[id]; g.tail.len() > 1 && (most == nil || g.tail.bytes > most.tail.bytes) {
				most = g
			}
		}
		if most == nil {
			return
		}
		stop := max(most.tail.bytes/2, 1)
		for most.tail.len() > 1 && most.tail.bytes >= stop && l.tailBytes > want {
			l.tailBytes -= most.tail.pop()
		}
	}
}

// SetSnapshot records that a snapshot of the state after entry m.Index is in
// the store. The group's entries stay until Compact.
func (l *Log) SetSnapshot(group uint32, m *raftpb.SnapshotMetadata) error {
	l.settle()
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
	l.settle()
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
	l.settle()
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
	l.settle()
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
