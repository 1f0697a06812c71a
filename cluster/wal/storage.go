package wal

import (
	"errors"
	"fmt"
	"io"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// Storage is one group's log as the raft library sees it. It may be made before
// the group has any record.
type Storage struct {
	l  *Log
	id uint32
}

var _ raft.Storage = (*Storage)(nil)

// Storage returns the raft.Storage of a group.
func (l *Log) Storage(group uint32) *Storage { return &Storage{l: l, id: group} }

// noGroup is what a group without records looks like.
var noGroup = newGroup(NodeMeta)

func (s *Storage) group() *group {
	if g := s.l.groups[s.id]; g != nil {
		return g
	}
	return noGroup
}

// InitialState returns the hard state, and the members as of the snapshot.
func (s *Storage) InitialState() (*raftpb.HardState, *raftpb.ConfState, error) {
	g := s.group()
	return g.hardState(), g.snapshotMeta().GetConfState(), nil
}

func (g *group) hardState() *raftpb.HardState {
	h := g.hard
	return &raftpb.HardState{Term: &h.term, Vote: &h.vote, Commit: &h.commit}
}

func (g *group) snapshotMeta() *raftpb.SnapshotMetadata {
	m := g.snap
	cs := &raftpb.ConfState{}
	if m.index > 0 {
		var err error
		if cs, err = decodeConf(m.conf); err != nil {
			panic(fmt.Sprintf("wal: group %d: conf state was checked when it was read: %v", g.id, err))
		}
	}
	return &raftpb.SnapshotMetadata{Index: &m.index, Term: &m.term, ConfState: cs}
}

// FirstIndex is the index of the first entry behind the compacted ones.
func (s *Storage) FirstIndex() (uint64, error) { return s.group().base + 1, nil }

// LastIndex is the index of the last entry.
func (s *Storage) LastIndex() (uint64, error) { return s.group().last, nil }

// Term returns the term of entry i, which may be the last compacted one.
func (s *Storage) Term(i uint64) (uint64, error) {
	g := s.group()
	if i < g.base {
		return 0, raft.ErrCompacted
	}
	t, ok := g.term(i)
	if !ok {
		return 0, raft.ErrUnavailable
	}
	return t, nil
}

// Snapshot returns the newest snapshot's description, without data: the store
// has that, and it is streamed to a peer beside the log.
func (s *Storage) Snapshot() (*raftpb.Snapshot, error) {
	return &raftpb.Snapshot{Metadata: s.group().snapshotMeta()}, nil
}

// Entries returns entries [lo, hi), but not more than maxSize bytes of them
// (one at least). Those no longer in memory are read back from the segments and
// checked; damage found there is a *DamageError, and the node must stop.
func (s *Storage) Entries(lo, hi, maxSize uint64) ([]*raftpb.Entry, error) {
	g := s.group()
	if lo <= g.base {
		return nil, raft.ErrCompacted
	}
	if lo > hi || hi > g.last+1 {
		return nil, raft.ErrUnavailable
	}
	if lo == hi {
		return nil, nil
	}
	t := &g.tail
	if t.len() == 0 || lo < t.first {
		if t.len() > 0 {
			hi = min(hi, t.first) // the library asks again for the rest
		}
		return s.l.read(g, lo, hi, maxSize)
	}
	var size uint64
	n := uint64(0)
	for i := lo; i < hi; i++ {
		size += entrySize(t.at(i))
		if size > maxSize && n > 0 {
			break
		}
		n++
	}
	list := make([]*raftpb.Entry, n)
	copy(list, t.ents[t.head+int(lo-t.first):])
	return list, nil
}

// entrySize is the size the library counts an entry as: that of its protobuf
// form.
func entrySize(e *raftpb.Entry) uint64 {
	n := 2 + 1 + varintLen(e.GetTerm()) + 1 + varintLen(e.GetIndex())
	if d := uint64(len(e.GetData())); d > 0 {
		n += 1 + varintLen(d) + d
	}
	return n
}

func varintLen(v uint64) (n uint64) {
	for n = 1; v >= 0x80; n++ {
		v >>= 7
	}
	return n
}

// readBytes is how much is read from a segment at a time, if entries are small.
const readBytes = 256 << 10

// read returns entries [lo, hi) from the segments.
func (l *Log) read(g *group, lo, hi, maxSize uint64) ([]*raftpb.Entry, error) {
	if l.failed != nil && errors.Is(l.failed, ErrClosed) {
		return nil, ErrClosed
	}
	var list []*raftpb.Entry
	var size uint64
	var chunk []byte // of the segment chunkSeq, from chunkOff on
	var chunkSeq uint32
	var chunkOff int64
	for i := lo; i < hi; i++ {
		at := g.locs[i-g.have]
		size += uint64(at.size) + 24
		if size > maxSize && len(list) > 0 {
			break
		}
		off, want := int64(at.off8)*8, int64(at.size)+recordHeader
		if at.seq != chunkSeq || off < chunkOff || off+want > chunkOff+int64(len(chunk)) {
			n := l.readAhead(g, i, hi, maxSize)
			chunk, chunkSeq, chunkOff = make([]byte, n), at.seq, off
			seg := l.segmentOf(at)
			if k, err := seg.file.ReadAt(chunk, off); int64(k) < want {
				if err == nil || errors.Is(err, io.EOF) {
					return nil, seg.damage(off, fmt.Sprintf("group %d: entry %d is cut off", g.id, i))
				}
				return nil, fmt.Errorf("wal: read %s offset %d: %w", seg.name, off, err)
			} else {
				chunk = chunk[:k]
			}
		}
		e, err := l.decodeEntry(g, i, at, chunk[off-chunkOff:][:want:want])
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// readAhead is how many bytes to read at entry i's place, so that the entries
// behind it that are wanted too come along, and little else.
func (l *Log) readAhead(g *group, i, hi, maxSize uint64) int64 {
	at := g.locs[i-g.have]
	start := int64(at.off8) * 8
	end := start + recordHeader + int64(at.size)
	size := uint64(at.size)
	for i++; i < hi; i++ {
		next := g.locs[i-g.have]
		stop := int64(next.off8)*8 + recordHeader + int64(next.size)
		size += uint64(next.size)
		if next.seq != at.seq || stop < end || stop-start > readBytes || size > maxSize {
			break
		}
		end = stop
	}
	return end - start
}

// stored is an entry read back, with what it points to.
type stored struct {
	entry       raftpb.Entry
	term, index uint64
	kind        raftpb.EntryType
}

// decodeEntry checks a record read back against what the log knows of it.
func (l *Log) decodeEntry(g *group, i uint64, at loc, b []byte) (*raftpb.Entry, error) {
	seg, off := l.segmentOf(at), int64(at.off8)*8
	h, ok := decodeHeader(b, seg.salt, off)
	if !ok {
		return nil, seg.damage(off, fmt.Sprintf("group %d: no valid record header for entry %d", g.id, i))
	}
	term, _ := g.term(i)
	if h.kind != kindEntry && h.kind != kindMoved || h.group != g.id || h.index != i || h.term != term || h.length != at.size {
		return nil, seg.damage(off, fmt.Sprintf("group %d: another record than entry %d of term %d", g.id, i, term))
	}
	data := b[recordHeader:]
	if payloadCRC(data) != h.payloadCRC {
		return nil, seg.damage(off, fmt.Sprintf("group %d: checksum of entry %d does not match", g.id, i))
	}
	s := &stored{term: h.term, index: i, kind: raftpb.EntryType(h.sub)}
	s.entry.Term, s.entry.Index, s.entry.Type = &s.term, &s.index, &s.kind
	if len(data) > 0 {
		s.entry.Data = data
	}
	return &s.entry, nil
}
