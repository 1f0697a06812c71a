package keyspace

import (
	"bytes"
	"errors"
)

// ErrUnsorted is returned by Load for a stream whose keys are not strictly ascending.
var ErrUnsorted = errors.New("keyspace: load: keys not strictly ascending")

// ErrNotEmpty is returned by Load on a space that holds keys.
var ErrNotEmpty = errors.New("keyspace: load: space is not empty")

// loadLeaf is the block a loaded leaf fills: not the greatest one, so that the next insert grows it and does not split it.
const loadLeaf = 1792

// loader builds a space from a sorted stream: leaves are appended, the index is built at the end from all hashes at once.
type loader struct {
	s     *Space
	leaf  leaf
	last  []byte     // the key before; a copy
	slots [][]uint64 // hash<<32 | handle, in chunks, so that growing copies nothing
	n     int
}

// Load fills an empty space from a stream of strictly ascending keys, until next returns false. It copies keys and values and
// owns the objects. After an error the space is of no use.
func (s *Space) Load(next func() (Item, bool)) error {
	if s.index.n > 0 || len(s.snapshots) > 0 {
		return ErrNotEmpty
	}
	b := loader{s: s}
	for {
		it, ok := next()
		if !ok {
			break
		}
		if b.n > 0 && bytes.Compare(b.last, it.Key) >= 0 {
			return ErrUnsorted
		}
		b.add(&it)
	}
	b.flush()
	s.index.load(b.slots, b.n)
	return nil
}

func (b *loader) add(it *Item) {
	s := b.s
	l := layout{typ: it.Type, enc: it.Encoding, version: it.Version & versionMax, deadline: clampDeadline(it.DeadlineMs), key: it.Key}
	switch {
	case it.Object != nil:
		l.sideFlags = flagObject
		s.putSide(&l, 0, Record{})
		x := s.sides.entries[l.side]
		x.obj, x.bytes = it.Object, it.Object.Bytes()
		s.sides.objects += x.bytes
	case len(it.Value) > valueInlineMax:
		l.sideFlags = flagValSide
		s.putSide(&l, 0, Record{}, bytes.Clone(it.Value))
	default:
		l.value, l.valueLen = it.Value, len(it.Value)
		s.putSide(&l, 0, Record{})
	}
	h := s.arena.alloc(l.size())
	l.write(s.arena.at(h), false)
	hash := s.hashOf(it.Key)
	s.latest = max(s.latest, l.version)
	s.data += s.record(h).settledSize()
	s.changeDeadline(hash, 0, 0, h, l.deadline)
	b.append(it.Key, h)
	b.note(uint64(hash)<<32 | uint64(h))
	b.last = append(b.last[:0], it.Key...)
}

const loadChunk = 1 << 15

func (b *loader) note(slot uint64) {
	if b.n%loadChunk == 0 {
		b.slots = append(b.slots, make([]uint64, 0, min(loadChunk, 256+b.n)))
	}
	last := &b.slots[len(b.slots)-1]
	*last = append(*last, slot)
	b.n++
}

// append adds a key after all others. The leaf's prefix is the whole sep at first, shortened as keys come.
func (b *loader) append(key []byte, h handle) {
	if b.leaf != nil && b.leaf.n() == b.leaf.cap() {
		b.flush()
	}
	if b.leaf == nil {
		sep := sepOf(key, commonPrefix(b.last, key))
		room := (loadLeaf - leafStart(len(sep))) / 8
		if leafStart(len(sep)) > leafBlock/8 {
			room = leafKeys
		}
		b.leaf = b.s.newLeaf(sep, room)
		b.leaf.setPrefix(len(sep))
	}
	addKey(b.leaf, b.leaf.n(), key, h)
}

// flush puts the leaf into the tree, with heads from its final prefix.
func (b *loader) flush() {
	l := b.leaf
	if l == nil {
		return
	}
	b.leaf = nil
	b.s.order.tree.Load(itemOf(l))
	b.s.order.bytes += len(l)
	b.s.order.leaves++
}
