package wal

import (
	"fmt"
	"slices"

	"go.etcd.io/raft/v3/raftpb"
)

// group is what the log knows of one Raft group, in memory: everything but the
// data of older entries. The same methods change it when records are appended
// and when they are replayed, so both see the same log.
type group struct {
	id   uint32
	hard hardState
	snap snapMeta
	meta []byte

	// The log is (base, last]. Entries in (base, have) have no known place:
	// that is so only during a replay that begins behind them, and only if a
	// later record drops them.
	base, baseTerm uint64
	have           uint64
	last           uint64
	locs           []loc     // of have..last; unused without files
	runs           []termRun // terms of have..last

	bytes int64 // of the payloads in (base, last], headers included
	since int64 // of these, behind the snapshot

	tail tail
	fill fill
}

// fill gathers entries that were moved and whose old places are not known, in
// ascending order, until they reach have. Used by a replay alone.
type fill struct {
	first uint64
	locs  []loc
	terms []uint64
}

type hardState struct{ term, vote, commit uint64 }

// snapMeta describes the group's newest snapshot. index 0: none.
type snapMeta struct {
	index, term uint64
	conf        []byte // encoded conf state
}

// termRun says that entries from first on have this term, up to the next run.
type termRun struct{ first, term uint64 }

func newGroup(id uint32) *group { return &group{id: id, have: 1} }

// term of entry i; false if i is outside [base, last] or not known.
func (g *group) term(i uint64) (uint64, bool) {
	if i == g.base {
		return g.baseTerm, true
	}
	if i < g.have || i > g.last {
		return 0, false
	}
	for k := len(g.runs) - 1; k >= 0; k-- { // recent entries are asked for most
		if g.runs[k].first <= i {
			return g.runs[k].term, true
		}
	}
	return 0, false
}

// place records that entry (index, term) lies at a place, and drops what the log
// has at its index and behind it.
// REQUIRES: base < index <= last+1.
func (l *Log) place(g *group, index, term uint64, at loc) {
	l.truncate(g, index)
	if n := len(g.runs); n == 0 || g.runs[n-1].term != term {
		g.runs = append(g.runs, termRun{index, term})
	}
	g.last = index
	n := recordSize(int64(at.size))
	g.bytes += n
	if index > g.snap.index {
		g.since += n
	}
	if l.fs != nil {
		g.locs = append(g.locs, at)
		l.hold(at)
	}
}

// move records that an entry of the log now lies at another place too. It may
// be one whose old place is not known (see group.have).
// REQUIRES: base < index <= last, and term is that of the entry.
func (l *Log) move(g *group, index, term uint64, at loc) {
	if index >= g.have {
		l.drop(g.locs[index-g.have])
		g.locs[index-g.have] = at
		l.hold(at)
		l.reclaim = true
		return
	}
	f := &g.fill
	if len(f.locs) == 0 || f.first+uint64(len(f.locs)) != index {
		*f = fill{first: index}
	}
	f.locs = append(f.locs, at)
	f.terms = append(f.terms, term)
	if index+1 == g.have {
		l.join(g)
	}
}

// join puts the entries of the fill, which reach up to have, before the others.
func (l *Log) join(g *group) {
	f := g.fill
	g.fill = fill{}
	if f.first <= g.base {
		skip := g.base + 1 - f.first
		f.first, f.locs, f.terms = g.base+1, f.locs[skip:], f.terms[skip:]
	}
	var runs []termRun
	for i, at := range f.locs {
		if n := len(runs); n == 0 || runs[n-1].term != f.terms[i] {
			runs = append(runs, termRun{f.first + uint64(i), f.terms[i]})
		}
		n := recordSize(int64(at.size))
		g.bytes += n
		if f.first+uint64(i) > g.snap.index {
			g.since += n
		}
		l.hold(at)
	}
	if len(g.runs) > 0 && len(runs) > 0 && g.runs[0].term == runs[len(runs)-1].term {
		g.runs = g.runs[1:]
	}
	g.runs = append(runs, g.runs...)
	g.locs = append(f.locs, g.locs...)
	g.have = f.first
}

// truncate drops the entries from index on.
func (l *Log) truncate(g *group, index uint64) {
	if index > g.last {
		return
	}
	from := max(index, g.have)
	for i := from; i <= g.last; i++ {
		n := recordSize(l.sizeOf(g, i))
		g.bytes -= n
		if i > g.snap.index {
			g.since -= n
		}
		if l.fs != nil {
			l.drop(g.locs[i-g.have])
		}
	}
	if l.fs != nil {
		g.locs = g.locs[:from-g.have]
	}
	g.have = min(g.have, index)
	l.tailBytes -= g.tail.truncate(index)
	g.last = index - 1
	for n := len(g.runs); n > 0 && g.runs[n-1].first >= index; n-- {
		g.runs = g.runs[:n-1]
	}
	l.reclaim = true
}

// compact drops the entries up to index.
// REQUIRES: base <= index <= last, or the term given is that of index.
func (l *Log) compact(g *group, index, term uint64) {
	if index <= g.base {
		return
	}
	if upto := min(index, g.last); upto >= g.have {
		n := int(upto - g.have + 1)
		for i := g.have; i <= upto; i++ {
			size := recordSize(l.sizeOf(g, i))
			g.bytes -= size
			if i > g.snap.index {
				g.since -= size
			}
		}
		if l.fs != nil {
			for _, at := range g.locs[:n] {
				l.drop(at)
			}
			g.locs = slices.Delete(g.locs, 0, n)
			if cap(g.locs) > 1024 && cap(g.locs) > 4*len(g.locs) {
				g.locs = slices.Clone(g.locs)
			}
		}
		g.have = upto + 1
	}
	l.tailBytes -= g.tail.compact(index)
	g.base, g.baseTerm = index, term
	if index >= g.last {
		g.last = index
		g.have = index + 1
		g.runs = g.runs[:0]
	} else {
		g.cutRuns()
	}
	l.reclaim = true
}

// cutRuns drops the runs that end before have.
func (g *group) cutRuns() {
	k := 0
	for k+1 < len(g.runs) && g.runs[k+1].first <= g.have {
		k++
	}
	if k > 0 {
		g.runs = slices.Delete(g.runs, 0, k)
	}
}

// installed records a snapshot. replaces: the log before it is void.
func (l *Log) installed(g *group, m snapMeta, replaces bool) {
	if replaces {
		l.truncate(g, g.base+1)
		l.compact(g, m.index, m.term)
		if g.base != m.index { // a snapshot behind the base replaces nothing
			panic(fmt.Sprintf("wal: group %d: snapshot %d replaces a log that begins at %d", g.id, m.index, g.base))
		}
	}
	g.hard.commit = max(g.hard.commit, m.index) // what is in a snapshot was committed
	g.snap = m
	g.since = 0
	for i := max(m.index+1, g.have); i <= g.last; i++ {
		g.since += recordSize(l.sizeOf(g, i))
	}
}

// removeGroup forgets everything about a group.
func (l *Log) removeGroup(g *group) {
	l.truncate(g, g.base+1)
	delete(l.groups, g.id)
	if i, ok := slices.BinarySearch(l.ids, g.id); ok {
		l.ids = slices.Delete(l.ids, i, i+1)
	}
}

// groupOf returns a group, new and empty if the log has none of this number.
func (l *Log) groupOf(id uint32) *group {
	if g := l.groups[id]; g != nil {
		return g
	}
	g := newGroup(id)
	l.groups[id] = g
	i, _ := slices.BinarySearch(l.ids, id)
	l.ids = slices.Insert(l.ids, i, id)
	return g
}

// sizeOf is the payload size of entry i.
// REQUIRES: have <= i <= last.
func (l *Log) sizeOf(g *group, i uint64) int64 {
	if l.fs != nil {
		return int64(g.locs[i-g.have].size)
	}
	return int64(len(g.tail.at(i).GetData()))
}

// hold and drop count the entries that keep a segment alive.
func (l *Log) hold(at loc) { l.segmentOf(at).live++ }

func (l *Log) drop(at loc) { l.segmentOf(at).live-- }

// segmentOf finds a segment by the sequence in a place.
func (l *Log) segmentOf(at loc) *segment {
	return l.segs[uint64(at.seq)-l.segs[0].seq]
}

// tail holds the newest entries of a group in memory, as the caller's own
// objects.
type tail struct {
	first uint64 // index of ents[head]
	head  int    // ents[:head] are gone and nil
	ents  []*raftpb.Entry
	bytes int64
}

func (t *tail) len() int { return len(t.ents) - t.head }

// at returns entry i. REQUIRES: it is in the tail.
func (t *tail) at(i uint64) *raftpb.Entry { return t.ents[t.head+int(i-t.first)] }

// tailCost is what an entry in memory is counted as.
func tailCost(e *raftpb.Entry) int64 { return int64(len(e.GetData())) + 128 }

// push appends an entry, and returns its cost. REQUIRES: its index follows.
func (t *tail) push(e *raftpb.Entry) int64 {
	if t.len() == 0 {
		t.first = e.GetIndex()
	}
	if t.head > 32 && t.head > len(t.ents)/2 && len(t.ents) == cap(t.ents) {
		n := copy(t.ents, t.ents[t.head:])
		clear(t.ents[n:])
		t.ents, t.head = t.ents[:n], 0
	}
	t.ents = append(t.ents, e)
	c := tailCost(e)
	t.bytes += c
	return c
}

// truncate drops index and all behind it, and returns what that frees.
func (t *tail) truncate(index uint64) (freed int64) {
	for t.len() > 0 && t.first+uint64(t.len())-1 >= index {
		n := len(t.ents) - 1
		freed += tailCost(t.ents[n])
		t.ents[n] = nil
		t.ents = t.ents[:n]
	}
	t.bytes -= freed
	return freed
}

// compact drops the entries up to index, and returns what that frees.
func (t *tail) compact(index uint64) (freed int64) {
	for t.len() > 0 && t.first <= index {
		freed += t.pop()
	}
	return freed
}

// pop drops the oldest entry.
func (t *tail) pop() int64 {
	c := tailCost(t.ents[t.head])
	t.ents[t.head] = nil
	t.head++
	t.first++
	if t.head == len(t.ents) {
		t.ents, t.head = t.ents[:0], 0
	}
	t.bytes -= c
	return c
}
