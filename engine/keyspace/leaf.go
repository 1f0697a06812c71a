package keyspace

import (
	"bytes"
	"encoding/binary"
)

// A leaf is one block without pointers:
//
//	n u16 | cap u16 | prefix u32 | epoch u32 | sepLen u32 | sep, padded to 4 | heads cap x u32 | handles cap x u32
//
// sep is the leaf's place in the tree: not above its first key, above the last key of the leaf before, except in the first
// leaf, which takes whatever is below it. It never changes. All keys of the leaf begin with the first prefix bytes of sep; a
// head is the next four bytes of a key, padded with zeros, as a number. So most comparisons read no record.
type leaf []byte

const (
	leafHeader = 16
	leafBlock  = 2048 // bytes of the greatest block, unless sep is long
	leafKeys   = 256
)

// leafSteps are lengths of a block that Go's allocator gives without rounding up.
var leafSteps = [...]int{128, 256, 384, 512, 768, 1024, 1280, 1536, 1792, leafBlock}

func (l leaf) n() int           { return int(binary.LittleEndian.Uint16(l)) }
func (l leaf) setN(n int)       { binary.LittleEndian.PutUint16(l, uint16(n)) }
func (l leaf) cap() int         { return int(binary.LittleEndian.Uint16(l[2:])) }
func (l leaf) prefix() int      { return int(binary.LittleEndian.Uint32(l[4:])) }
func (l leaf) setPrefix(n int)  { binary.LittleEndian.PutUint32(l[4:], uint32(n)) }
func (l leaf) epoch() uint32    { return binary.LittleEndian.Uint32(l[8:]) }
func (l leaf) sepLen() int      { return int(binary.LittleEndian.Uint32(l[12:])) }
func (l leaf) sep() []byte      { return l[leafHeader : leafHeader+l.sepLen()] }
func (l leaf) handlesAt() int   { return leafStart(l.sepLen()) + 4*l.cap() }
func (l leaf) heads() leafWords { return leafWords(l[leafStart(l.sepLen()):l.handlesAt()]) }
func (l leaf) handles() leafWords {
	at := l.handlesAt()
	return leafWords(l[at : at+4*l.cap()])
}

func leafStart(sepLen int) int { return leafHeader + (sepLen+3)&^3 }

// leafWords is an array of numbers inside a block.
type leafWords []byte

func (w leafWords) at(i int) uint32     { return binary.LittleEndian.Uint32(w[4*i:]) }
func (w leafWords) set(i int, v uint32) { binary.LittleEndian.PutUint32(w[4*i:], v) }

// leafMax returns the most keys a leaf with a sep of sepLen bytes may hold.
func leafMax(sepLen int) int {
	if start := leafStart(sepLen); start <= leafBlock/8 {
		return min((leafBlock-start)/8, leafKeys)
	}
	return leafKeys
}

// leafSize returns the bytes of a block with a sep of sepLen bytes and room for at least room keys.
func leafSize(sepLen, room int) int {
	start := leafStart(sepLen)
	if start > leafBlock/8 {
		return start + 8*max(room, 32)
	}
	for _, size := range leafSteps {
		if (size-start)/8 >= room {
			return size
		}
	}
	return leafBlock
}

// reset makes an empty leaf of a block.
func (l leaf) reset(sep []byte, epoch uint32) {
	clear(l[:leafHeader])
	binary.LittleEndian.PutUint16(l[2:], uint16(min((len(l)-leafStart(len(sep)))/8, leafKeys)))
	binary.LittleEndian.PutUint32(l[8:], epoch)
	binary.LittleEndian.PutUint32(l[12:], uint32(len(sep)))
	copy(l[leafHeader:], sep)
}

// take appends the keys from to to of another leaf with the same prefix.
func (l leaf) take(from leaf, i, j int) {
	n := l.n()
	copy(l.heads()[4*n:], from.heads()[4*i:4*j])
	copy(l.handles()[4*n:], from.handles()[4*i:4*j])
	l.setN(n + j - i)
}

func (l leaf) insert(i int, head uint32, h handle) {
	n := l.n()
	heads, handles := l.heads(), l.handles()
	copy(heads[4*i+4:4*n+4], heads[4*i:4*n])
	copy(handles[4*i+4:4*n+4], handles[4*i:4*n])
	heads.set(i, head)
	handles.set(i, h)
	l.setN(n + 1)
}

func (l leaf) remove(i int) {
	n := l.n()
	heads, handles := l.heads(), l.handles()
	copy(heads[4*i:], heads[4*i+4:4*n])
	copy(handles[4*i:], handles[4*i+4:4*n])
	l.setN(n - 1)
}

// headOf returns the four bytes of key after prefix bytes, padded with zeros.
func headOf(key []byte, prefix int) uint32 {
	if len(key) >= prefix+4 {
		return binary.BigEndian.Uint32(key[prefix:])
	}
	var h uint32
	for i := range 4 {
		h <<= 8
		if prefix+i < len(key) {
			h |= uint32(key[prefix+i])
		}
	}
	return h
}

// equalHeads returns the positions whose head is that of key: from lo, below hi. If key does not begin with the leaf's prefix,
// both are 0 or n, as key is below or above all keys.
func (l leaf) equalHeads(key []byte) (lo, hi int) {
	n, p := l.n(), l.prefix()
	if p > 0 {
		if c := bytes.Compare(key[:min(p, len(key))], l.sep()[:p]); c != 0 {
			if c < 0 {
				return 0, 0
			}
			return n, n
		}
	}
	head, heads := headOf(key, p), l.heads()
	lo, hi = 0, n
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if heads.at(m) < head {
			lo = m + 1
		} else {
			hi = m
		}
	}
	for hi < n && heads.at(hi) == head {
		hi++
	}
	return lo, hi
}

// shorten lowers the prefix to p. The heads follow from sep and the old heads, without reading a record.
func (l leaf) shorten(p int) {
	old := l.prefix()
	first := headOf(l.sep()[:old], p)
	shift := 8 * min(old-p, 4)
	heads := l.heads()
	for i := range l.n() {
		heads.set(i, first|uint32(uint64(heads.at(i))>>shift))
	}
	l.setPrefix(p)
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for i+8 <= n {
		if binary.LittleEndian.Uint64(a[i:]) != binary.LittleEndian.Uint64(b[i:]) {
			break
		}
		i += 8
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
