package engine

import (
	"bytes"
	"encoding/binary"
	"runtime"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// fieldTable maps fields to values: the big form of hashes and sets, and the
// member index of sorted sets.
//
// It is an extendible hash table. The top depth bits of a field's keyed hash
// choose a place in dir; neighbouring places may share a segment, which covers
// the hashes that begin with its own, fewer bits. A full segment splits in two;
// two half-empty ones join. Segments hold their entries in hash order, packed
// into one slice, so the collector sees one pointer for dozens of entries.
//
// Iteration is in the order of (hash, field), whatever came first. Random picks
// depend on the segments, too; those depend on the log alone, and a snapshot
// restores them as they were. So scans and picks are the same on every node. A
// scan's cursor is a hash: an entry never moves past it.
type fieldTable struct {
	owner   *owner
	seed    *[4]uint64
	dir     []*segment // 1 << depth places
	depth   uint8      // the greatest depth of any segment
	deepest int        // segments of that depth
	count   int
	bytes   int // of all fields and values
}

// segment holds the entries whose hashes begin with its depth bits.
type segment struct {
	owner *owner
	depth uint8
	// index has hash<<32 | offset into data per entry, ordered by hash and field.
	index []uint64
	// data has the entries: length of field + 1 (varint), field, length of
	// value (varint), value. A zero first byte says that the entry is big[n],
	// n being the four bytes that follow.
	data []byte
	dead int      // bytes of data that no entry uses
	big  [][]byte // long entries, never changed in place; nil: free
}

const (
	segmentMax      = 64  // entries, unless dir must not grow
	segmentJoin     = 32  // neighbours with fewer entries in sum become one
	depthMax        = 26  // of the 32 bits of a hash
	entryInlineMax  = 512 // longer entries lie outside of data
	segmentDeadFree = 256 // dead bytes that are never worth a rewrite
)

func newFieldTable(seed *[4]uint64) *fieldTable {
	t := &fieldTable{owner: new(owner), seed: seed}
	t.dir, t.deepest = []*segment{{owner: t.owner}}, 1
	return t
}

// Clone is a copy that shares all segments until either side changes them.
func (t *fieldTable) Clone() keyspace.Object { return t.clone() }

func (t *fieldTable) clone() *fieldTable {
	c := *t
	c.dir = append([]*segment(nil), t.dir...)
	c.owner, t.owner = new(owner), new(owner)
	return &c
}

func (t *fieldTable) len() int { return t.count }

// Bytes is the memory held, computed from lengths alone.
func (t *fieldTable) Bytes() int { return t.bytes + 16*t.count + 128 }

func (t *fieldTable) place(hash uint32) int {
	return int(uint64(hash) >> (32 - t.depth))
}

// entry reads the entry at an offset.
func (s *segment) entry(offset uint32) (field, value []byte) {
	b := s.data[offset:]
	if b[0] == 0 {
		b = s.big[binary.LittleEndian.Uint32(b[1:])]
	}
	n, w := uint64(b[0]), 1
	if n >= 0x80 {
		n, w = binary.Uvarint(b)
	}
	field, b = b[w:w+int(n)-1:w+int(n)-1], b[w+int(n)-1:]
	n, w = uint64(b[0]), 1
	if n >= 0x80 {
		n, w = binary.Uvarint(b)
	}
	return field, b[w : w+int(n) : w+int(n)]
}

// entrySize is what the entry at offset takes of data.
func (s *segment) entrySize(offset uint32) int {
	b := s.data[offset:]
	if b[0] == 0 {
		return 5
	}
	n, w := binary.Uvarint(b)
	size := w + int(n) - 1
	n, w = binary.Uvarint(b[size:])
	return size + w + int(n)
}

// lower is the place of the first entry whose hash is not below.
func (s *segment) lower(hash uint32) int {
	low, high := 0, len(s.index)
	for low < high {
		mid := int(uint(low+high) / 2)
		if uint32(s.index[mid]>>32) < hash {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// find gives the place of the field; where it would go if it is not there.
func (s *segment) find(hash uint32, field []byte) (i int, value []byte, found bool) {
	for i = s.lower(hash); i < len(s.index) && uint32(s.index[i]>>32) == hash; i++ {
		f, v := s.entry(uint32(s.index[i]))
		switch c := bytes.Compare(f, field); {
		case c == 0:
			return i, v, true
		case c > 0:
			return i, nil, false
		}
	}
	return i, nil, false
}

// get reads a field's value; it stays valid until the table changes.
func (t *fieldTable) get(field []byte) (value []byte, ok bool) {
	hash := hashField(t.seed, field)
	_, value, ok = t.dir[t.place(hash)].find(hash, field)
	return value, ok
}

// set stores a value and says whether the field is new.
func (t *fieldTable) set(field, value []byte) bool {
	hash := hashField(t.seed, field)
	s := t.mine(t.place(hash))
	i, old, found := s.find(hash, field)
	if found {
		t.bytes += len(value) - len(old)
		if len(old) == len(value) && s.data[uint32(s.index[i])] != 0 {
			copy(old, value)
			return false
		}
		s.forget(uint32(s.index[i]))
		s.index[i] = uint64(hash)<<32 | uint64(s.put(field, value))
		s.tidy()
		return false
	}
	t.count++
	t.bytes += len(field) + len(value)
	s.index = append(s.index, 0)
	copy(s.index[i+1:], s.index[i:])
	s.index[i] = uint64(hash)<<32 | uint64(s.put(field, value))
	// Fields whose hashes begin alike, which without the seed is no more than
	// chance, must not make dir grow beyond the number of fields.
	for len(s.index) > segmentMax && s.depth < depthMax && 1<<(s.depth+1) <= t.count {
		t.split(hash)
		s = t.dir[t.place(hash)]
	}
	return true
}

// delete removes a field and says whether it was there.
func (t *fieldTable) delete(field []byte) bool {
	hash := hashField(t.seed, field)
	at := t.place(hash)
	i, value, found := t.dir[at].find(hash, field)
	if !found {
		return false
	}
	t.count--
	t.bytes -= len(field) + len(value)
	s := t.mine(at)
	s.forget(uint32(s.index[i]))
	s.index = append(s.index[:i], s.index[i+1:]...)
	s.tidy()
	for t.join(hash) {
	}
	return true
}

// put adds an entry to data. The field must not lie in data.
func (s *segment) put(field, value []byte) (offset uint32) {
	offset = uint32(len(s.data))
	if len(field)+len(value) <= entryInlineMax {
		s.data = appendEntry(s.data, field, value)
		return offset
	}
	b := appendEntry(make([]byte, 0, len(field)+len(value)+2*binary.MaxVarintLen32), field, value)
	n := 0
	for n < len(s.big) && s.big[n] != nil {
		n++
	}
	if n == len(s.big) {
		s.big = append(s.big, nil)
	}
	s.big[n] = b
	s.data = append(s.data, 0)
	s.data = binary.LittleEndian.AppendUint32(s.data, uint32(n))
	return offset
}

func appendEntry(b, field, value []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(field))+1)
	b = append(b, field...)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

// forget counts the bytes of an entry that is going away as dead.
func (s *segment) forget(offset uint32) {
	if s.data[offset] == 0 {
		s.big[binary.LittleEndian.Uint32(s.data[offset+1:])] = nil
	}
	s.dead += s.entrySize(offset)
}

// tidy rewrites data when half of it is dead.
func (s *segment) tidy() {
	if s.dead > segmentDeadFree && 2*s.dead > len(s.data) {
		s.data = s.pack(make([]byte, 0, len(s.data)-s.dead+64))
		s.dead = 0
	}
}

// pack writes the live entries to data and points index to them.
func (s *segment) pack(data []byte) []byte {
	for i, x := range s.index {
		offset := uint32(x)
		s.index[i] = x>>32<<32 | uint64(len(data))
		data = append(data, s.data[offset:int(offset)+s.entrySize(offset)]...)
	}
	return data
}

// mine makes the segment at a place of dir changeable.
func (t *fieldTable) mine(at int) *segment {
	s := t.dir[at]
	if s.owner == t.owner {
		return s
	}
	c := &segment{owner: t.owner, depth: s.depth, big: append([][]byte(nil), s.big...)}
	c.index = append(make([]uint64, 0, len(s.index)+len(s.index)/4+4), s.index...)
	c.data = append(make([]byte, 0, len(s.data)+len(s.data)/8+32), s.data...)
	c.dead = s.dead
	t.fill(at, c)
	return c
}

// fill puts s at all places it covers, of which at is one.
func (t *fieldTable) fill(at int, s *segment) {
	width := 1 << (t.depth - s.depth)
	first := at &^ (width - 1)
	for i := first; i < first+width; i++ {
		t.dir[i] = s
	}
}

// split cuts the segment of a hash in two by the next bit.
func (t *fieldTable) split(hash uint32) {
	s := t.dir[t.place(hash)]
	if s.depth == t.depth {
		t.double()
	} else if s.depth+1 == t.depth {
		t.deepest++ // one more is counted below
	}
	at := t.place(hash)
	bit := uint64(1) << (63 - s.depth)
	cut := 0
	for cut < len(s.index) && s.index[cut]&bit == 0 {
		cut++
	}
	low, high := t.part(s, s.index[:cut]), t.part(s, s.index[cut:])
	if low.depth == t.depth {
		t.deepest++
	}
	width := 1 << (t.depth - low.depth)
	first := at &^ (2*width - 1)
	t.fill(first, low)
	t.fill(first+width, high)
}

// double gives dir one more bit.
func (t *fieldTable) double() {
	dir := make([]*segment, 2*len(t.dir))
	for i, s := range t.dir {
		dir[2*i], dir[2*i+1] = s, s
	}
	t.dir, t.deepest = dir, 1 // the two halves about to come: this and one more
	t.depth++
}

// part is a new segment, one bit deeper, with some entries of s.
func (t *fieldTable) part(s *segment, index []uint64) *segment {
	p := &segment{owner: t.owner, depth: s.depth + 1}
	p.index = append(make([]uint64, 0, max(len(index)+8, segmentMax*3/4)), index...)
	size := 0
	for _, x := range index {
		size += s.entrySize(uint32(x))
	}
	p.data = make([]byte, 0, size+size/4)
	for i, x := range p.index {
		p.index[i] = x>>32<<32 | uint64(p.take(s, uint32(x)))
	}
	return p
}

// take copies an entry from another segment.
func (s *segment) take(from *segment, offset uint32) uint32 {
	at := uint32(len(s.data))
	if from.data[offset] == 0 {
		s.big = append(s.big, from.big[binary.LittleEndian.Uint32(from.data[offset+1:])])
		s.data = append(s.data, 0)
		s.data = binary.LittleEndian.AppendUint32(s.data, uint32(len(s.big)-1))
		return at
	}
	s.data = append(s.data, from.data[offset:int(offset)+from.entrySize(offset)]...)
	return at
}

// join makes one segment of that of a hash and its sibling if both are small,
// and says whether it did.
func (t *fieldTable) join(hash uint32) bool {
	at := t.place(hash)
	s := t.dir[at]
	if s.depth == 0 || len(s.index) >= segmentJoin {
		return false
	}
	width := 1 << (t.depth - s.depth)
	first := at &^ (2*width - 1)
	low, high := t.dir[first], t.dir[first+width]
	if low.depth != high.depth || len(low.index)+len(high.index) >= segmentJoin {
		return false
	}
	both := &segment{owner: t.owner, depth: low.depth - 1, index: make([]uint64, 0, segmentMax*3/4)}
	for _, s := range [2]*segment{low, high} {
		for _, x := range s.index {
			both.index = append(both.index, x>>32<<32|uint64(both.take(s, uint32(x))))
		}
	}
	t.fill(first, both)
	if low.depth == t.depth {
		t.deepest -= 2
		if t.deepest == 0 {
			t.halve()
		}
	}
	return true
}

// halve takes bits from dir until some segment needs them all.
func (t *fieldTable) halve() {
	for t.deepest == 0 && t.depth > 0 {
		dir := make([]*segment, len(t.dir)/2)
		t.depth--
		for i := range dir {
			dir[i] = t.dir[2*i]
			if dir[i].depth == t.depth {
				t.deepest++
			}
		}
		t.dir = dir
	}
}

// segments calls f for each segment in hash order.
func (t *fieldTable) segments(f func(*segment) bool) {
	for i := 0; i < len(t.dir); i += 1 << (t.depth - t.dir[i].depth) {
		if !f(t.dir[i]) {
			return
		}
	}
}

// each calls f for each entry in hash order; REQUIRES: f does not change t.
func (t *fieldTable) each(f func(field, value []byte) bool) {
	for i := 0; i < len(t.dir); i += 1 << (t.depth - t.dir[i].depth) {
		s := t.dir[i]
		for _, x := range s.index {
			if !f(s.entry(uint32(x))) {
				return
			}
		}
	}
}

// scan calls f for at least count entries from the cursor on, if there are as
// many, and gives the cursor to go on from; 0 is the start, and the end.
// Entries of equal hash are never left for the next call.
func (t *fieldTable) scan(cursor uint64, count int, f func(field, value []byte)) uint64 {
	if cursor > 1<<32-1 {
		return 0
	}
	at := t.place(uint32(cursor))
	i := t.dir[at].lower(uint32(cursor))
	last := uint32(0)
	for n := 0; ; i = 0 {
		s := t.dir[at]
		for ; i < len(s.index); i++ {
			hash := uint32(s.index[i] >> 32)
			if n >= count && hash != last {
				return uint64(hash)
			}
			f(s.entry(uint32(s.index[i])))
			last = hash
			n++
		}
		width := 1 << (t.depth - s.depth)
		at = at&^(width-1) + width
		if at >= len(t.dir) {
			return 0
		}
	}
}

// uniform is the engine's randomness: *rand.Rand of math/rand/v2.
type uniform interface {
	Uint64N(n uint64) uint64
}

// random picks an entry, each with the same chance. REQUIRES: t is not empty.
//
// A place and a number below the size of a full segment are drawn until they
// hit an entry; a segment that covers many places takes only one of them. Four
// are drawn at a time and the first hit counts, so that the segments, which lie
// in no cache, are waited for together.
func (t *fieldTable) random(r uniform) (field, value []byte) {
	const triesMax, atOnce = 1000, 4
	var draws [atOnce]uint64
	var segments [atOnce]*segment
	for range triesMax / atOnce {
		for k := range draws {
			draws[k] = r.Uint64N(uint64(len(t.dir)) * segmentMax)
			segments[k] = t.dir[draws[k]/segmentMax]
		}
		touched := 0
		for _, s := range segments {
			touched += len(s.index)
		}
		runtime.KeepAlive(touched)
		for k, s := range segments {
			at, i := int(draws[k]/segmentMax), int(draws[k]%segmentMax)
			if i < len(s.index) && at&(1<<(t.depth-s.depth)-1) == 0 {
				return s.entry(uint32(s.index[i]))
			}
		}
	}
	return t.at(int(r.Uint64N(uint64(t.count))))
}

// at finds the entry number n in hash order by counting segments.
func (t *fieldTable) at(n int) (field, value []byte) {
	t.segments(func(s *segment) bool {
		if n < len(s.index) {
			field, value = s.entry(uint32(s.index[n]))
			return false
		}
		n -= len(s.index)
		return true
	})
	return field, value
}
