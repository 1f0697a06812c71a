package sim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
)

// book is what is known of one group from outside: every entry that any node
// ever applied, the states they led to, and what became of each proposal. No
// node may ever contradict it.
type book struct {
	w         *world
	group     uint32
	entries   map[uint64]entry
	states    map[uint64]state
	leaders   map[uint64]leader // by term
	proposals []proposal        // by number, from 1
	last      uint64            // highest index
	lastMs    int64
	lastTerm  uint64
}

// entry is the first node's word on an index.
type entry struct {
	term     uint64
	prev     uint64 // index of the entry that the state machine got before it
	sum      uint32 // of everything the state machine got
	proposal uint64
	node     int
	at       time.Duration
}

type state struct {
	hash uint64
	node int
}

type leader struct {
	number uint64
	node   int
}

type proposal struct {
	index uint64 // where it was applied; 0: nowhere
	fate  fate
}

type fate byte

const (
	open fate = iota
	acknowledged
	dropped
	uncertain
)

func newBook(w *world, group uint32) *book {
	return &book{w: w, group: group, entries: map[uint64]entry{}, states: map[uint64]state{}, leaders: map[uint64]leader{}}
}

// applied compares an entry that a node is about to apply with what others
// have applied at its place.
func (b *book) applied(p *proc, e *cluster.Entry) {
	m := p.machines[b.group]
	sum := crc32.Checksum(e.Data, castagnoli)
	sum = crc32.Update(sum, castagnoli, binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(e.UnixMs)), e.Seed))
	got := entry{term: e.Term, prev: m.state().Applied(), sum: sum, node: p.i, at: p.localNow()}
	if len(e.Data) >= proposalIDBytes {
		got.proposal = binary.LittleEndian.Uint64(e.Data)
	}
	b.w.trace.mix(e.Index<<32 ^ uint64(sum)<<8 ^ uint64(p.i))
	if e.Own != nil {
		if t := e.Own.Owner.(*batch); t.id != got.proposal || t.p != p {
			b.w.failf("node %d group %d: entry %d of proposal %d is given to the owner of %d", p.i, b.group, e.Index, got.proposal, t.id)
		}
	}
	if was, ok := b.entries[e.Index]; ok {
		if was.term != got.term || was.sum != got.sum || was.prev != got.prev || was.proposal != got.proposal {
			b.w.failf("group %d: entry %d is (term %d, proposal %d, sum %08x, after %d) at node %d and (term %d, proposal %d, sum %08x, after %d) at node %d",
				b.group, e.Index, was.term, was.proposal, was.sum, was.prev, was.node, got.term, got.proposal, got.sum, got.prev, p.i)
		}
	} else {
		b.first(p, e, got)
	}
	if e.Own != nil {
		b.proposals[got.proposal-1].fate = acknowledged
	}
}

// first enters an index that nobody has applied before.
func (b *book) first(p *proc, e *cluster.Entry, got entry) {
	if e.Index <= b.last {
		b.w.failf("group %d: node %d applies entry %d, which others passed over on their way to %d", b.group, p.i, e.Index, b.last)
	}
	if e.Term < b.lastTerm || e.UnixMs < b.lastMs {
		b.w.failf("group %d: entry %d has term %d and time %d, the one before it %d and %d", b.group, e.Index, e.Term, e.UnixMs, b.lastTerm, b.lastMs)
	}
	b.entries[e.Index] = got
	b.last, b.lastMs, b.lastTerm = e.Index, e.UnixMs, e.Term
	if got.proposal == 0 {
		return
	}
	r := &b.proposals[got.proposal-1]
	switch {
	case r.index != 0:
		b.w.failf("group %d: proposal %d is applied twice, by entries %d and %d", b.group, got.proposal, r.index, e.Index)
	case r.fate == dropped:
		b.w.failf("group %d: proposal %d was said to be surely not applied, and is by entry %d", b.group, got.proposal, e.Index)
	}
	r.index = e.Index
}

// in is the entry that an op is in, whose proposals are known; 0: it is in none.
func (b *book) in(o *op) uint64 {
	for _, id := range o.proposals {
		if index := b.proposals[id-1].index; index != 0 {
			return index
		}
	}
	return 0
}

// state compares the hash of a node's whole state with that of others.
func (b *book) state(p *proc, index, hash uint64, how string) {
	b.w.trace.mix(hash)
	if was, ok := b.states[index]; ok && was.hash != hash {
		b.w.failf("group %d: after entry %d the state of node %d (%s) is not that of node %d", b.group, index, p.i, how, was.node)
	} else if !ok {
		b.states[index] = state{hash, p.i}
	}
}

// leads notes a leader; a term has at most one.
func (b *book) leads(p *proc, term, number uint64) {
	was, ok := b.leaders[term]
	if !ok {
		b.leaders[term] = leader{number, p.i}
		b.w.trace.add(p.i, "leads", "group %d term %d number %d", b.group, term, number)
	} else if was.number != number {
		b.w.failf("group %d: term %d has two leaders, numbers %d (node %d) and %d (node %d)", b.group, term, was.number, was.node, number, p.i)
	}
}

// failed notes what an owner was told; sure: that it is not applied.
func (b *book) failed(t *batch, err error) (sure bool) {
	r := &b.proposals[t.id-1]
	sure = errors.Is(err, cluster.ErrDropped) || errors.Is(err, cluster.ErrNoSpace) || errors.Is(err, cluster.ErrNotMember)
	if !sure && !errors.Is(err, cluster.ErrUncertain) {
		b.w.failf("group %d: an owner was told %v, which says nothing about its proposal", b.group, err)
	}
	if sure && r.index != 0 {
		b.w.failf("group %d: proposal %d is applied by entry %d, and its owner is told: %v", b.group, t.id, r.index, err)
	}
	r.fate = uncertain
	if sure {
		r.fate = dropped
	}
	b.w.trace.add(t.p.i, "failed", "group %d proposal %d: %v", b.group, t.id, err)
	return sure
}

// check is the last look: all nodes hold all of it, in the same state.
func (b *book) check() {
	for _, p := range b.w.procs {
		if !p.used {
			continue
		}
		m := p.machines[b.group]
		if m.state().Applied() != b.last {
			b.w.failf("group %d: node %d ends at entry %d of %d", b.group, p.i, m.state().Applied(), b.last)
		}
		b.state(p, b.last, m.hash(), "at the end")
		for _, t := range p.batches {
			if !t.done {
				b.w.failf("group %d: the owner of proposal %d at node %d was never told anything", t.book.group, t.id, p.i)
			}
		}
	}
	for i, r := range b.proposals {
		if r.fate == acknowledged && (r.index == 0 || r.index > b.last) {
			b.w.failf("group %d: proposal %d was acknowledged and is lost", b.group, i+1)
		}
	}
}

func (b *book) String() string {
	return fmt.Sprintf("group %d: %d entries up to %d, %d proposals", b.group, len(b.entries), b.last, len(b.proposals))
}
