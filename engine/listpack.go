package engine

import (
	"encoding/binary"
	"strconv"
	"unsafe"
)

// A small collection is one blob: its number of elements (4 bytes, little
// endian), then the elements in the encoding of Redis' listpack. Integers in
// decimal form are stored as integers, 1 to 9 bytes; other strings carry their
// length; each element ends with its own length, so that the blob is read in
// both directions. Redis' header and end byte are left out: the record knows
// its length.
//
// An element's position is its offset in the blob, packHead for the first; the
// end is len(blob).

const (
	packHead     = 4 // size of the count
	packOverhead = 7 // what Redis' header and end byte would take, for its size limits
)

// element is one value of a blob: a string that still lies in the blob, or an
// integer.
type element struct {
	str   []byte
	num   int64
	isInt bool
}

// append adds the element's text to dst.
func (e element) append(dst []byte) []byte {
	if e.isInt {
		return strconv.AppendInt(dst, e.num, 10)
	}
	return append(dst, e.str...)
}

func (e element) len() int {
	if e.isInt {
		return decimalLen(e.num)
	}
	return len(e.str)
}

// wanted is a search argument, parsed once.
type wanted struct {
	str   []byte
	num   int64
	isInt bool
}

func want(str []byte) wanted {
	n, ok := canonicalInt(str)
	return wanted{str, n, ok}
}

func (w wanted) is(e element) bool {
	if e.isInt || w.isInt {
		return e.isInt && w.isInt && e.num == w.num
	}
	return string(e.str) == string(w.str)
}

// packNew starts an empty blob in buf, which it overwrites.
func packNew(buf []byte) []byte {
	return append(buf[:0], 0, 0, 0, 0)
}

func packLen(p []byte) int { return int(binary.LittleEndian.Uint32(p)) }

func packSetLen(p []byte, n int) { binary.LittleEndian.PutUint32(p, uint32(n)) }

// canonicalInt parses s if it is exactly the text that the integer would be
// printed as, so that storing the integer loses nothing.
func canonicalInt(s []byte) (int64, bool) {
	if len(s) == 0 || len(s) > 20 {
		return 0, false
	}
	digits, negative := s, false
	if s[0] == '-' {
		digits, negative = s[1:], true
		if len(digits) == 0 || digits[0] == '0' {
			return 0, false
		}
	}
	if digits[0] == '0' {
		return 0, len(s) == 1
	}
	if len(digits) > 19 {
		return 0, false
	}
	var u uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		u = u*10 + uint64(c-'0') // 19 digits stay below 2^64
	}
	if negative {
		if u > 1<<63 {
			return 0, false
		}
		return -int64(u), true
	}
	return int64(u), u < 1<<63
}

func decimalLen(n int64) int {
	length, u := 1, uint64(n)
	if n < 0 {
		length, u = 2, -u
	}
	for ; u >= 10; u /= 10 {
		length++
	}
	return length
}

// elementHeadMax is the longest encoding before the string's own bytes.
const elementHeadMax = 9

// elementHead writes the encoding of s before its bytes: for an integer all of
// it, with no payload to follow.
func elementHead(head *[elementHeadMax]byte, s []byte) (n int, payload []byte) {
	if v, ok := canonicalInt(s); ok {
		return intHead(head, v), nil
	}
	switch l := len(s); {
	case l < 64:
		head[0] = 0x80 | byte(l)
		return 1, s
	case l < 4096:
		head[0], head[1] = 0xE0|byte(l>>8), byte(l)
		return 2, s
	default:
		head[0] = 0xF0
		binary.LittleEndian.PutUint32(head[1:], uint32(l))
		return 5, s
	}
}

func intHead(head *[elementHeadMax]byte, v int64) int {
	switch {
	case v >= 0 && v <= 127:
		head[0] = byte(v)
		return 1
	case v >= -4096 && v <= 4095:
		u := uint16(v) & 0x1FFF
		head[0], head[1] = 0xC0|byte(u>>8), byte(u)
		return 2
	case v >= -1<<15 && v < 1<<15:
		head[0] = 0xF1
		binary.LittleEndian.PutUint16(head[1:], uint16(v))
		return 3
	case v >= -1<<23 && v < 1<<23:
		head[0], head[1], head[2], head[3] = 0xF2, byte(v), byte(v>>8), byte(v>>16)
		return 4
	case v >= -1<<31 && v < 1<<31:
		head[0] = 0xF3
		binary.LittleEndian.PutUint32(head[1:], uint32(v))
		return 5
	default:
		head[0] = 0xF4
		binary.LittleEndian.PutUint64(head[1:], uint64(v))
		return 9
	}
}

// backLen is the size of the trailing length of an element of n bytes.
func backLen(n int) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14-1:
		return 2
	case n < 1<<21-1:
		return 3
	case n < 1<<28-1:
		return 4
	}
	return 5
}

// putBackLen writes the trailing length so that it can be read backwards: the
// last byte holds the lowest seven bits, a set high bit says "more before".
func putBackLen(b []byte, n int) {
	last := len(b) - 1
	for i := last; i >= 0; i-- {
		b[i] = byte(n & 0x7F)
		if i > 0 {
			b[i] |= 0x80
		}
		n >>= 7
	}
}

// elementSize is what s takes in a blob.
func elementSize(s []byte) int {
	var head [elementHeadMax]byte
	n, payload := elementHead(&head, s)
	n += len(payload)
	return n + backLen(n)
}

// putElement writes s into b, which has exactly elementSize bytes.
func putElement(b, s []byte) {
	var head [elementHeadMax]byte
	n, payload := elementHead(&head, s)
	copy(b, head[:n])
	copy(b[n:], payload)
	n += len(payload)
	putBackLen(b[n:], n)
}

// appendElement adds s at the end of raw elements.
func appendElement(dst, s []byte) []byte {
	var head [elementHeadMax]byte
	n, payload := elementHead(&head, s)
	dst = append(dst, head[:n]...)
	dst = append(dst, payload...)
	n += len(payload)
	var back [5]byte
	w := backLen(n)
	putBackLen(back[:w], n)
	return append(dst, back[:w]...)
}

// appendIntElement is appendElement of the number's text.
func appendIntElement(dst []byte, v int64) []byte {
	var head [elementHeadMax]byte
	n := intHead(&head, v)
	dst = append(dst, head[:n]...)
	return append(dst, byte(n))
}

// elementAt reads the element at pos of a well-formed blob and says where the
// next one starts.
func elementAt(p []byte, pos int) (e element, next int) {
	b := p[pos:]
	c := b[0]
	switch {
	case c < 0x80:
		return element{num: int64(c), isInt: true}, pos + 2
	case c < 0xC0:
		n := int(c & 0x3F)
		return element{str: b[1 : 1+n : 1+n]}, pos + 1 + n + 1
	case c < 0xE0:
		v := int64(c&0x1F)<<8 | int64(b[1])
		if v >= 1<<12 {
			v -= 1 << 13
		}
		return element{num: v, isInt: true}, pos + 3
	case c < 0xF0:
		n := int(c&0x0F)<<8 | int(b[1])
		return element{str: b[2 : 2+n : 2+n]}, pos + 2 + n + backLen(2+n)
	}
	switch c {
	case 0xF0:
		n := int(binary.LittleEndian.Uint32(b[1:]))
		return element{str: b[5 : 5+n : 5+n]}, pos + 5 + n + backLen(5+n)
	case 0xF1:
		return element{num: int64(int16(binary.LittleEndian.Uint16(b[1:]))), isInt: true}, pos + 4
	case 0xF2:
		v := int64(b[1]) | int64(b[2])<<8 | int64(int8(b[3]))<<16
		return element{num: v, isInt: true}, pos + 5
	case 0xF3:
		return element{num: int64(int32(binary.LittleEndian.Uint32(b[1:]))), isInt: true}, pos + 6
	}
	return element{num: int64(binary.LittleEndian.Uint64(b[1:])), isInt: true}, pos + 10
}

// elementSkip says where the element after the one at pos starts.
func elementSkip(p []byte, pos int) int {
	b := p[pos:]
	c := b[0]
	switch {
	case c < 0x80:
		return pos + 2
	case c < 0xC0:
		return pos + int(c&0x3F) + 2
	case c < 0xE0:
		return pos + 3
	case c < 0xF0:
		n := 2 + int(c&0x0F)<<8 + int(b[1])
		return pos + n + backLen(n)
	}
	switch c {
	case 0xF0:
		n := 5 + int(binary.LittleEndian.Uint32(b[1:]))
		return pos + n + backLen(n)
	case 0xF1:
		return pos + 4
	case 0xF2:
		return pos + 5
	case 0xF3:
		return pos + 6
	}
	return pos + 10
}

// elementBefore says where the element that ends at pos starts.
func elementBefore(p []byte, pos int) int {
	size, shift, i := 0, 0, pos-1
	for {
		size |= int(p[i]&0x7F) << shift
		if p[i]&0x80 == 0 {
			break
		}
		shift += 7
		i--
	}
	return i - size
}

// packSeek finds the position of the element number i; REQUIRES: 0 <= i < packLen.
func packSeek(p []byte, i int) int {
	n := packLen(p)
	if i <= n/2 {
		pos := packHead
		for ; i > 0; i-- {
			pos = elementSkip(p, pos)
		}
		return pos
	}
	pos := len(p)
	for ; i < n; i++ {
		pos = elementBefore(p, pos)
	}
	return pos
}

// packFind searches every step-th element from position pos; -1 if none is w.
func packFind(p []byte, pos, step int, w wanted) int {
	for pos < len(p) {
		e, next := elementAt(p, pos)
		if w.is(e) {
			return pos
		}
		for i := 1; i < step; i++ {
			next = elementSkip(p, next)
		}
		pos = next
	}
	return -1
}

// openGap makes b hold gap bytes at pos in place of the del bytes there.
func openGap(b []byte, pos, del, gap int) []byte {
	old := len(b)
	switch d := gap - del; {
	case d > 0:
		if cap(b) >= old+d {
			b = b[:old+d]
		} else {
			b = append(b, make([]byte, d)...)
		}
		copy(b[pos+gap:], b[pos+del:old])
	case d < 0:
		copy(b[pos+gap:], b[pos+del:])
		b = b[:old+d]
	}
	return b
}

// packAppend, packInsert, packReplace and packDelete change an owned blob and
// return it.

func packAppend(p, s []byte) []byte {
	p = appendElement(p, s)
	packSetLen(p, packLen(p)+1)
	return p
}

func packInsert(p []byte, pos int, s []byte) []byte {
	size := elementSize(s)
	p = openGap(p, pos, 0, size)
	putElement(p[pos:pos+size], s)
	packSetLen(p, packLen(p)+1)
	return p
}

func packReplace(p []byte, pos int, s []byte) []byte {
	size := elementSize(s)
	p = openGap(p, pos, elementSkip(p, pos)-pos, size)
	putElement(p[pos:pos+size], s)
	return p
}

// packDelete removes n elements from position pos on.
func packDelete(p []byte, pos, n int) []byte {
	end := pos
	for i := 0; i < n; i++ {
		end = elementSkip(p, end)
	}
	p = openGap(p, pos, end-pos, 0)
	packSetLen(p, packLen(p)-n)
	return p
}

// packCheck says whether p is a well-formed blob of a multiple of step
// elements. Everything that comes from outside passes here before elementAt.
func packCheck(p []byte, step int) bool {
	if len(p) < packHead {
		return false
	}
	n, ok := elementsCheck(p[packHead:])
	return ok && n == packLen(p) && n%step == 0
}

// elementsCheck walks raw elements and counts them.
func elementsCheck(b []byte) (n int, ok bool) {
	for len(b) > 0 {
		size := elementSizeAt(b)
		if size < 0 {
			return 0, false
		}
		b = b[size:]
		n++
	}
	return n, true
}

// elementSizeAt is the size of the first element of untrusted bytes with its
// trailing length, which must agree; -1 if it is malformed.
func elementSizeAt(b []byte) int {
	c, n := b[0], 0
	switch {
	case c < 0x80:
		n = 1
	case c < 0xC0:
		n = 1 + int(c&0x3F)
	case c < 0xE0:
		n = 2
	case c < 0xF0:
		if len(b) < 2 {
			return -1
		}
		n = 2 + int(c&0x0F)<<8 + int(b[1])
	case c == 0xF0:
		if len(b) < 5 {
			return -1
		}
		n = 5 + int(binary.LittleEndian.Uint32(b[1:]))
	case c <= 0xF3:
		n = 2 + int(c-0xF0)
	case c == 0xF4:
		n = 9
	default:
		return -1
	}
	w := backLen(n)
	if len(b) < n+w {
		return -1
	}
	var back [5]byte
	putBackLen(back[:w], n)
	if string(back[:w]) != string(b[n:n+w]) {
		return -1
	}
	return n + w
}

// stringBytes reads a string as bytes without a copy. They must not be written.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
