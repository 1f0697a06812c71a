package keyspace

import (
	"bytes"
	"runtime"
)

// AheadMax is how many keys LookAhead takes at once: about as many loads as a core keeps under way.
const AheadMax = 16

const (
	aheadKeyMax  = 256 // longer arguments are not hashed for a hint
	aheadLeafMax = 32  // nor are the leaves of longer keys remembered
	cacheLine    = 64
)

// ahead is LookAhead's scratch, and what it has found out for orderInsert.
type ahead struct {
	n       int
	hashes  [AheadMax]uint32
	records [AheadMax][]byte
	leaves  [AheadMax]aheadLeaf
	changes int // order.changes when leaves were found
}

// aheadLeaf is the leaf that a key belongs into; nil if it was not sought.
type aheadLeaf struct {
	leaf leaf
	key  [aheadLeafMax]byte
	size int
}

// LookAhead reads what Get, Set and Delete of these keys will read first, and, if absent keys will be added, the leaves they go
// into; it changes nothing. The index and the records of a large space lie in no cache of the CPU: key by key, each waits for
// memory several times; here the loads of one kind don't depend on each other, so the waits overlap (group prefetching: Chen,
// Ailamaki, Gibbons, Mowry, "Improving Hash Join Performance through Prefetching", 2004). Keys beyond AheadMax count for
// nothing, and what is no key at all does no harm.
func (s *Space) LookAhead(keys [][]byte, adding bool) {
	a := &s.ahead
	a.n = min(len(keys), AheadMax)
	keys = keys[:a.n]
	for i, key := range keys {
		a.hashes[i] = 0
		if len(key) <= aheadKeyMax {
			a.hashes[i] = s.hashOf(key)
		}
	}
	hashes, records := a.hashes[:a.n], a.records[:a.n]
	sum := uint64(0)
	for _, hash := range hashes {
		g := s.index.segment(hash)
		sum += g.slots[g.home(hash)]
	}
	for i, hash := range hashes {
		g := s.index.segment(hash)
		records[i] = nil
		if e := g.slots[g.lower(hash)]; e>>32 == uint64(hash) && e != 0 {
			records[i] = s.arena.at(handle(e))
		}
	}
	for _, b := range records {
		if len(b) > 0 {
			sum += uint64(b[0]) + uint64(b[len(b)-1])
		}
	}
	if a.changes = -1; adding {
		sum += s.lookAheadLeaves(keys)
	}
	runtime.KeepAlive(sum)
}

// Ahead returns the object that the i-th key of the last LookAhead is likely to hold: a hint, not to be changed. It is valid
// until the next change of s.
func (s *Space) Ahead(i int) Object {
	b := s.ahead.records[i]
	if len(b) == 0 || b[0]&flagSide == 0 {
		return nil
	}
	return s.sides.entries[Record{b: b}.sideID()].obj
}

// lookAheadLeaves finds and reads the leaves that absent keys go into.
func (s *Space) lookAheadLeaves(keys [][]byte) (sum uint64) {
	a := &s.ahead
	a.changes = s.order.changes
	for i, key := range keys {
		x := &a.leaves[i]
		if x.leaf = nil; a.records[i] == nil && len(key) <= aheadLeafMax {
			x.leaf, x.size = s.order.leafFor(key), copy(x.key[:], key)
		}
	}
	for i := range keys {
		l := a.leaves[i].leaf
		for at := 0; at < len(l); at += cacheLine {
			sum += uint64(l[at])
		}
	}
	return sum
}

// leafToAdd is order.leafFor for a key that is not there, whose leaf LookAhead may know.
func (s *Space) leafToAdd(hash uint32, key []byte) leaf {
	if a := &s.ahead; a.changes == s.order.changes {
		for i, h := range a.hashes[:a.n] {
			if x := &a.leaves[i]; h == hash && x.leaf != nil && bytes.Equal(x.key[:x.size], key) {
				return x.leaf
			}
		}
	}
	return s.order.leafFor(key)
}
