package wal

import (
	"encoding/binary"
	"errors"

	"go.etcd.io/raft/v3/raftpb"
)

var errShort = errors.New("payload is cut short")

func le64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// A conf state is four lists of members (a count, then the numbers) and a byte
// for auto-leave; all numbers are uvarints.
func encodeConf(b []byte, cs *raftpb.ConfState) []byte {
	for _, list := range [][]uint64{cs.GetVoters(), cs.GetLearners(), cs.GetVotersOutgoing(), cs.GetLearnersNext()} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, v := range list {
			b = binary.AppendUvarint(b, v)
		}
	}
	if cs.GetAutoLeave() {
		return append(b, 1)
	}
	return append(b, 0)
}

// confSize is at least the encoded size.
func confSize(cs *raftpb.ConfState) int { return len(encodeConf(nil, cs)) }

func decodeConf(b []byte) (*raftpb.ConfState, error) {
	d := decoder{b: b}
	cs := &raftpb.ConfState{}
	for _, list := range []*[]uint64{&cs.Voters, &cs.Learners, &cs.VotersOutgoing, &cs.LearnersNext} {
		for n := d.uvarint(); n > 0 && d.err == nil; n-- {
			*list = append(*list, d.uvarint())
		}
	}
	if auto := d.uvarint() == 1; auto {
		cs.AutoLeave = &auto
	}
	return cs, d.end()
}

func metaOf(m *raftpb.SnapshotMetadata) snapMeta {
	return snapMeta{index: m.GetIndex(), term: m.GetTerm(), conf: encodeConf(nil, m.GetConfState())}
}

// decoder reads uvarints and byte strings; after the first error it reads zeros.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.err, d.b = errShort, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.err, d.b = errShort, nil
		return nil
	}
	p := d.b[:n:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) end() error {
	if d.err == nil && len(d.b) > 0 {
		d.err = errors.New("bytes behind the payload")
	}
	return d.err
}

// A checkpoint is a count of groups, then the groups in ascending order.
func (l *Log) encodeCheckpoint() []byte {
	b := binary.AppendUvarint(nil, uint64(len(l.ids)))
	for _, id := range l.ids {
		b = l.groups[id].encodeState(b)
	}
	return b
}

func (g *group) encodeState(b []byte) []byte {
	for _, v := range [...]uint64{
		uint64(g.id), g.hard.term, g.hard.vote, g.hard.commit,
		g.base, g.baseTerm, g.last, g.snap.index, g.snap.term,
	} {
		b = binary.AppendUvarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(g.snap.conf)))
	b = append(b, g.snap.conf...)
	b = binary.AppendUvarint(b, uint64(len(g.meta)))
	return append(b, g.meta...)
}

// decodeCheckpoint returns the groups, with none of their entries.
func decodeCheckpoint(b []byte) ([]*group, error) {
	d := decoder{b: b}
	var list []*group
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		g := newGroup(uint32(d.uvarint()))
		g.hard = hardState{term: d.uvarint(), vote: d.uvarint(), commit: d.uvarint()}
		g.base, g.baseTerm, g.last = d.uvarint(), d.uvarint(), d.uvarint()
		g.snap.index, g.snap.term = d.uvarint(), d.uvarint()
		g.snap.conf = append([]byte(nil), d.bytes()...)
		if m := d.bytes(); len(m) > 0 {
			g.meta = append([]byte(nil), m...)
		}
		if d.err == nil && (g.last < g.base || g.last == ^uint64(0) || len(list) > 0 && g.id <= list[len(list)-1].id) {
			d.err = errors.New("a group's state contradicts itself")
		}
		g.have = g.last + 1
		list = append(list, g)
	}
	return list, d.end()
}

func leU32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

func leU64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
