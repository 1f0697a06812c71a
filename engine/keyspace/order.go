package keyspace

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/tidwall/btree"
)

// order keeps the keys in order: a B-tree of leaves. A record's handle is in exactly one leaf (K1).
//
// A leaf made before the newest live snapshot was taken is never written (K2): the epoch tells.
type order struct {
	tree    *btree.BTreeG[leafItem]
	bytes   int
	leaves  int
	changes int // how often a leaf has come or gone

	// Blocks that nothing refers to any more, by their step, for new leaves.
	spare      [len(leafSteps)][]leaf
	spareBytes int

	// Of the owner's own searches, so that they allocate nothing. Walkers of snapshots don't use them.
	probe leaf
	found leafItem
	take  func(leafItem) bool
}

// leafItem is a leaf in the tree, with the first 32 bytes of its sep inline: nearly all comparisons stay inside the tree's node.
// (With 16, keys like counter:000000123456 went to the leaves of all that begin alike, each in no cache.)
type leafItem struct {
	h0, h1, h2, h3 uint64
	l              leaf
}

func itemOf(l leaf) leafItem {
	sep := l.sep()
	return leafItem{wordOf(sep, 0), wordOf(sep, 8), wordOf(sep, 16), wordOf(sep, 24), l}
}

// wordOf returns the eight bytes of key from at on, padded with zeros.
func wordOf(key []byte, at int) uint64 {
	if len(key) >= at+8 {
		return binary.BigEndian.Uint64(key[at:])
	}
	return uint64(headOf(key, at))<<32 | uint64(headOf(key, at+4))
}

// leafLess reads only its arguments: a copy of the tree shares it, and may be searched on another goroutine.
func leafLess(a, b leafItem) bool {
	if a.h0 != b.h0 {
		return a.h0 < b.h0
	}
	if a.h1 != b.h1 {
		return a.h1 < b.h1
	}
	if a.h2 != b.h2 {
		return a.h2 < b.h2
	}
	if a.h3 != b.h3 {
		return a.h3 < b.h3
	}
	return bytes.Compare(a.l.sep(), b.l.sep()) < 0
}

func (o *order) init() {
	o.tree = btree.NewBTreeGOptions(leafLess, btree.Options{NoLocks: true})
	o.take = func(it leafItem) bool {
		o.found = it
		return false
	}
}

// pivot returns an item for key to search with. It is valid until the next call.
func (o *order) pivot(key []byte) leafItem {
	n := leafHeader + len(key)
	if cap(o.probe) < n || cap(o.probe) > 64<<10 {
		o.probe = make(leaf, n, n+64)
	}
	o.probe = o.probe[:n]
	fillProbe(o.probe, key)
	return itemOf(o.probe)
}

func fillProbe(l leaf, key []byte) {
	n := len(key)
	l[12], l[13], l[14], l[15] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
	copy(l[leafHeader:], key)
}

// leafFor returns the leaf that key is in or would be in, nil if there is none at all.
func (o *order) leafFor(key []byte) leaf {
	o.found.l = nil
	o.tree.Descend(o.pivot(key), o.take)
	if o.found.l == nil {
		it, _ := o.tree.Min()
		return it.l
	}
	return o.found.l
}

// leafAfter returns the leaf after l, nil if l is the last.
func (o *order) leafAfter(l leaf) leaf {
	var next leaf
	o.tree.Ascend(itemOf(l), func(it leafItem) bool {
		if len(it.l) > 0 && &it.l[0] == &l[0] {
			return true
		}
		next = it.l
		return false
	})
	return next
}

// putLeaf puts l into the tree, in the place of the leaf with the same sep if there is one.
func (s *Space) putLeaf(l leaf) {
	o := &s.order
	o.changes++
	old, replaced := o.tree.Set(itemOf(l))
	o.bytes += len(l)
	if replaced {
		o.bytes -= len(old.l)
		s.spend(old.l)
	} else {
		o.leaves++
	}
}

func (s *Space) dropLeaf(l leaf) {
	s.order.tree.Delete(itemOf(l))
	s.order.bytes -= len(l)
	s.order.leaves--
	s.order.changes++
	s.spend(l)
}

// newLeaf returns an empty leaf with room for at least room keys.
func (s *Space) newLeaf(sep []byte, room int) leaf {
	size := leafSize(len(sep), room)
	var l leaf
	if i := slices.Index(leafSteps[:], size); i >= 0 && len(s.order.spare[i]) > 0 {
		k := len(s.order.spare[i]) - 1
		l = s.order.spare[i][k]
		s.order.spare[i][k] = nil
		s.order.spare[i] = s.order.spare[i][:k]
		s.order.spareBytes -= size
	} else {
		l = make(leaf, size)
	}
	l.reset(sep, s.epoch)
	return l
}

// copyLeaf returns l with room for room keys.
func (s *Space) copyLeaf(l leaf, room int) leaf {
	c := s.newLeaf(l.sep(), room)
	c.setPrefix(l.prefix())
	c.take(l, 0, l.n())
	return c
}

// spend keeps the block of a leaf that has left the tree for a new leaf, unless a snapshot may see it (K2) or there are enough:
// so growing leaves leave next to nothing to the collector.
func (s *Space) spend(l leaf) {
	o := &s.order
	i := slices.Index(leafSteps[:], len(l))
	if i < 0 || s.leafPinned(l) || o.spareBytes > o.bytes/32+64<<10 {
		return
	}
	o.spare[i] = append(o.spare[i], l)
	o.spareBytes += len(l)
}

func (s *Space) leafPinned(l leaf) bool {
	sn := s.newest()
	return sn != nil && l.epoch() <= sn.epoch
}

// seek returns the position of the first key of l that is not below key.
func (s *Space) seek(l leaf, key []byte) int {
	lo, hi := l.equalHeads(key)
	handles := l.handles()
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if bytes.Compare(s.record(handles.at(m)).Key(), key) < 0 {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// find returns the leaf and position of a record. It must be there (K1).
func (s *Space) find(key []byte, h handle) (leaf, int) {
	l := s.order.leafFor(key)
	if l != nil {
		lo, hi := l.equalHeads(key)
		handles := l.handles()
		for i := lo; i < hi; i++ {
			if handles.at(i) == h {
				return l, i
			}
		}
	}
	panic("keyspace: a record is not in the order")
}

// orderMove changes the handle of a record.
func (s *Space) orderMove(key []byte, from, to handle) {
	l, i := s.find(key, from)
	if s.leafPinned(l) {
		l = s.copyLeaf(l, l.n())
		s.putLeaf(l)
	}
	l.handles().set(i, to)
}

// orderInsert adds a new key.
func (s *Space) orderInsert(hash uint32, key []byte, h handle) {
	l := s.leafToAdd(hash, key)
	if l == nil {
		l = s.newLeaf(sepOf(key, 0), 1)
		l.setPrefix(l.sepLen())
		l.insert(0, headOf(key, l.prefix()), h)
		s.putLeaf(l)
		return
	}
	i := s.seek(l, key)
	full := l.n() == l.cap()
	if full && l.n() >= leafMax(l.sepLen()) {
		s.split(l, i, key, h)
		return
	}
	if full || s.leafPinned(l) {
		l = s.copyLeaf(l, l.n()+1)
		s.putLeaf(l)
	}
	addKey(l, i, key, h)
}

// addKey inserts key at i into a leaf that may be written and has room.
func addKey(l leaf, i int, key []byte, h handle) {
	if p := commonPrefix(key, l.sep()[:l.prefix()]); p < l.prefix() {
		l.shorten(p)
	}
	l.insert(i, headOf(key, l.prefix()), h)
}

// sepOf returns the bytes of key that a leaf keeps as its place: all of it, but of a long key no more than tell it from the
// key before, with which it has common bytes in common.
func sepOf(key []byte, common int) []byte { return key[:min(len(key), max(common+1, 64))] }

// split makes two leaves of a full one and inserts key at what was position i. A key after the last of all starts a leaf of its
// own, so that ascending keys leave full leaves behind.
func (s *Space) split(l leaf, i int, key []byte, h handle) {
	l = s.relabel(l)
	n := l.n()
	if i == n && s.order.leafAfter(l) == nil {
		r := s.newLeaf(sepOf(key, commonPrefix(key, s.keyAt(l, n-1))), leafMax(64))
		r.setPrefix(min(r.sepLen(), len(key)))
		r.insert(0, headOf(key, r.prefix()), h)
		s.putLeaf(r)
		return
	}
	cut := n / 2
	first := s.keyAt(l, cut)
	r := s.newLeaf(sepOf(first, commonPrefix(first, s.keyAt(l, cut-1))), n-cut+1)
	r.setPrefix(l.prefix())
	// The old prefix may be longer than sep if keys are long: then it can't be kept.
	if p := r.sepLen(); p < l.prefix() {
		c := s.copyLeaf(l, n)
		c.shorten(p)
		l = c
		r.setPrefix(p)
	}
	r.take(l, cut, n)
	a := s.newLeaf(l.sep(), cut+1)
	a.setPrefix(l.prefix())
	a.take(l, 0, cut)
	s.tighten(a)
	s.tighten(r)
	if i < cut || i == cut && bytes.Compare(key, r.sep()) < 0 {
		addKey(a, i, key, h)
	} else {
		addKey(r, i-cut, key, h)
	}
	s.putLeaf(a)
	s.putLeaf(r)
}

// relabel gives the first leaf a sep not above its first key, which a split relies on.
func (s *Space) relabel(l leaf) leaf {
	first := s.keyAt(l, 0)
	if bytes.Compare(first, l.sep()) >= 0 {
		return l
	}
	old := s.copyLeaf(l, l.n())
	// The new sep is no longer than the old one: a full block has no room for it.
	sep := sepOf(first, 0)
	r := s.newLeaf(sep[:min(len(sep), l.sepLen())], l.n())
	if r.sepLen() < old.prefix() {
		old.shorten(r.sepLen())
	}
	r.setPrefix(old.prefix())
	r.take(old, 0, old.n())
	s.dropLeaf(l)
	s.putLeaf(r)
	return r
}

func (s *Space) keyAt(l leaf, i int) []byte { return s.record(l.handles().at(i)).Key() }

// tighten sets the prefix to what the keys have in common and computes the heads anew, if that is more than before: only then
// does it read more records than the first and the last.
func (s *Space) tighten(l leaf) {
	sep := l.sep()
	p := min(commonPrefix(sep, s.keyAt(l, 0)), commonPrefix(sep, s.keyAt(l, l.n()-1)))
	if p <= l.prefix() {
		return
	}
	l.setPrefix(p)
	heads := l.heads()
	for i := range l.n() {
		heads.set(i, headOf(s.keyAt(l, i), p))
	}
}

// orderRemove takes a key out.
func (s *Space) orderRemove(key []byte, h handle) {
	l, i := s.find(key, h)
	n := l.n() - 1
	if n == 0 {
		s.dropLeaf(l)
		return
	}
	if c := l.cap(); n < c/2 && len(l) > leafSteps[0] || s.leafPinned(l) {
		room := n + 1
		if n < c/2 {
			room = n + n/4 + 1
		}
		l = s.copyLeaf(l, room)
		s.putLeaf(l)
	}
	l.remove(i)
	if n < leafKeys/8 && n%8 == 0 {
		s.merge(l)
	}
}

// merge joins a small leaf with the next one if both together stay well below the most.
func (s *Space) merge(l leaf) {
	r := s.order.leafAfter(l)
	if r == nil || l.n()+r.n() > leafKeys/2 {
		return
	}
	m := s.newLeaf(l.sep(), l.n()+r.n())
	sep, last := m.sep(), s.keyAt(r, r.n()-1)
	m.setPrefix(min(l.prefix(), commonPrefix(sep, last)))
	for _, from := range []leaf{l, r} {
		handles := from.handles()
		for i := range from.n() {
			m.insert(m.n(), headOf(s.keyAt(from, i), m.prefix()), handles.at(i))
		}
	}
	s.dropLeaf(r)
	s.putLeaf(m)
	s.tighten(m)
}
