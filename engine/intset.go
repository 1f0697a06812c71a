package engine

import "encoding/binary"

// An intset is a small set of integers in one blob, in Redis' own layout: the
// width of a number (2, 4 or 8) and the count, 4 bytes each, then the numbers
// in ascending order, all little endian. The width only grows.

const intsetHead = 8

func intsetNew(buf []byte) []byte {
	return append(buf[:0], 2, 0, 0, 0, 0, 0, 0, 0)
}

func intsetWidth(p []byte) int { return int(p[0]) }
func intsetLen(p []byte) int   { return int(binary.LittleEndian.Uint32(p[4:])) }

func intsetAt(p []byte, i int) int64 {
	switch p[0] {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(p[intsetHead+2*i:])))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(p[intsetHead+4*i:])))
	}
	return int64(binary.LittleEndian.Uint64(p[intsetHead+8*i:]))
}

func intsetPut(p []byte, width, i int, v int64) {
	switch width {
	case 2:
		binary.LittleEndian.PutUint16(p[intsetHead+2*i:], uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(p[intsetHead+4*i:], uint32(v))
	default:
		binary.LittleEndian.PutUint64(p[intsetHead+8*i:], uint64(v))
	}
}

// intsetFind gives the place of v, or where it would go.
func intsetFind(p []byte, v int64) (i int, found bool) {
	low, high := 0, intsetLen(p)
	if high > 0 && v > intsetAt(p, high-1) {
		return high, false
	}
	for low < high {
		mid := int(uint(low+high) / 2)
		if intsetAt(p, mid) < v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < intsetLen(p) && intsetAt(p, low) == v
}

func intsetWidthOf(v int64) int {
	switch {
	case v == int64(int16(v)):
		return 2
	case v == int64(int32(v)):
		return 4
	}
	return 8
}

// intsetAdd and intsetRemove change an owned blob and return it.

func intsetAdd(p []byte, v int64) ([]byte, bool) {
	i, found := intsetFind(p, v)
	if found {
		return p, false
	}
	if width := intsetWidthOf(v); width > intsetWidth(p) {
		p = intsetWiden(p, width)
	}
	width := intsetWidth(p)
	p = openGap(p, intsetHead+width*i, 0, width)
	intsetPut(p, width, i, v)
	binary.LittleEndian.PutUint32(p[4:], uint32(intsetLen(p)+1))
	return p, true
}

func intsetWiden(p []byte, width int) []byte {
	n, old := intsetLen(p), intsetWidth(p)
	p = openGap(p, len(p), 0, n*(width-old))
	for i := n - 1; i >= 0; i-- { // from the end: no number is overwritten unread
		intsetPut(p, width, i, intsetAt(p, i))
	}
	p[0] = byte(width)
	return p
}

func intsetRemove(p []byte, v int64) ([]byte, bool) {
	i, found := intsetFind(p, v)
	if !found {
		return p, false
	}
	return intsetRemoveAt(p, i), true
}

func intsetRemoveAt(p []byte, i int) []byte {
	width := intsetWidth(p)
	p = openGap(p, intsetHead+width*i, width, 0)
	binary.LittleEndian.PutUint32(p[4:], uint32(intsetLen(p)-1))
	return p
}

// intsetCheck says whether p is a well-formed intset.
func intsetCheck(p []byte) bool {
	if len(p) < intsetHead {
		return false
	}
	width, n := binary.LittleEndian.Uint32(p), uint64(binary.LittleEndian.Uint32(p[4:]))
	if width != 2 && width != 4 && width != 8 || uint64(len(p)) != intsetHead+n*uint64(width) {
		return false
	}
	for i := 1; i < int(n); i++ {
		if intsetAt(p, i-1) >= intsetAt(p, i) {
			return false
		}
	}
	return true
}
