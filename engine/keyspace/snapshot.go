package keyspace

import (
	"runtime"

	"github.com/tidwall/btree"
)

// Snapshot is the state of a Space at one moment. Len, Seed, Each and AppendDeletions may be called on any goroutine beside
// changes of the space; they take no lock.
type Snapshot struct {
	space   *Space
	tree    *btree.BTreeG[leafItem]
	pages   []page
	sides   []*side
	seed    [4]uint64
	deleted deletions
	n       int
	latest  uint64 // K2: records up to this version may be seen here
	epoch   uint32 // leaves and side entries up to this epoch may be seen here

	limbo limbo // owner only: what was given up while this was the newest snapshot
}

// newest returns the newest live snapshot.
func (s *Space) newest() *Snapshot {
	if n := len(s.snapshots); n > 0 {
		return s.snapshots[n-1]
	}
	return nil
}

// Snapshot returns the present state in O(1). Until it is released, changed records are kept twice.
func (s *Space) Snapshot() *Snapshot {
	s.settle()
	s.stopCompaction()
	sn := &Snapshot{
		space: s, tree: s.order.tree.Copy(), pages: s.arena.pages, sides: s.sides.entries,
		seed: s.seed, deleted: s.deleted.share(), n: s.index.n, latest: s.latest, epoch: s.epoch,
	}
	s.epoch++
	s.snapshots = append(s.snapshots, sn)
	return sn
}

// Len returns the number of keys.
func (sn *Snapshot) Len() int { return sn.n }

// Seed returns the hash seed of the space.
func (sn *Snapshot) Seed() [4]uint64 { return sn.seed }

// AppendDeletions appends the table of deleted versions as it was to dst, for LoadDeletions.
func (sn *Snapshot) AppendDeletions(dst []byte) []byte { return sn.deleted.append(dst) }

// Each calls f for every key in ascending order until f returns false. The Record is valid until Release.
//
// The records of neighbouring keys lie anywhere in memory. A leaf's are all touched before the first is used: these loads
// do not depend on each other, so the processor waits for many at a time.
func (sn *Snapshot) Each(f func(Record) bool) {
	sn.tree.Scan(func(it leafItem) bool {
		handles := it.l.handles()
		touched := byte(0)
		for i := range it.l.n() {
			touched |= slotOf(sn.pages, handles.at(i))[0]
		}
		runtime.KeepAlive(touched)
		for i := range it.l.n() {
			if !f(sn.record(handles.at(i))) {
				return false
			}
		}
		return true
	})
}

func (sn *Snapshot) record(h handle) Record {
	r := Record{b: slotOf(sn.pages, h)}
	if r.b[0]&flagSide != 0 {
		r.x = sn.sides[r.sideID()]
	}
	return r
}

// Release gives the snapshot up. The owner calls it; no walk may be going on. What only this snapshot held is freed in slices
// by Maintain (K3). A second Release does nothing.
func (sn *Snapshot) Release() {
	s := sn.space
	for i, o := range s.snapshots {
		if o != sn {
			continue
		}
		if i > 0 {
			s.snapshots[i-1].limbo.join(&sn.limbo)
		} else {
			s.limbo.join(&sn.limbo)
		}
		copy(s.snapshots[i:], s.snapshots[i+1:])
		s.snapshots[len(s.snapshots)-1] = nil
		s.snapshots = s.snapshots[:len(s.snapshots)-1]
		break
	}
	*sn = Snapshot{space: s, n: sn.n, seed: sn.seed}
	sn.tree = btree.NewBTreeGOptions(leafLess, btree.Options{NoLocks: true})
}

// limbo holds handles of records that nothing live refers to, in chunks, so that joining moves no handles.
type limbo struct {
	chunks [][]handle
	n      int
}

const limboChunk = 2048

func (l *limbo) add(h handle) {
	if k := len(l.chunks); k == 0 || len(l.chunks[k-1]) == cap(l.chunks[k-1]) {
		size := 64
		if k > 0 {
			size = limboChunk
		}
		l.chunks = append(l.chunks, make([]handle, 0, size))
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, h)
	l.n++
}

func (l *limbo) join(from *limbo) {
	l.chunks = append(l.chunks, from.chunks...)
	l.n += from.n
	*from = limbo{}
}

func (l *limbo) pop() (handle, bool) {
	if l.n == 0 {
		return 0, false
	}
	last := &l.chunks[len(l.chunks)-1]
	h := (*last)[len(*last)-1]
	*last = (*last)[:len(*last)-1]
	if len(*last) == 0 {
		l.chunks[len(l.chunks)-1] = nil
		l.chunks = l.chunks[:len(l.chunks)-1]
	}
	l.n--
	return h, true
}
