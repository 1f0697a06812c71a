package engine

import "encoding/binary"

// The packed forms of small collections in payloads, read as a run of
// elements. Each walk stops at the first byte that is wrong and says so.

const (
	rdbPackHead     = 6 // bytes in all, number of elements
	rdbPackOverhead = rdbPackHead + 1
	rdbPackEnd      = 0xFF
)

// eachListpack calls f for the elements of a Redis listpack until it returns
// false; ok: all was well-formed and f agreed to all.
func eachListpack(p []byte, f func(element) bool) (ok bool) {
	if len(p) < rdbPackOverhead || uint64(binary.LittleEndian.Uint32(p)) != uint64(len(p)) || p[len(p)-1] != rdbPackEnd {
		return false
	}
	told := int(binary.LittleEndian.Uint16(p[4:]))
	body := p[rdbPackHead : len(p)-1]
	n := 0
	for ; len(body) > 0; n++ {
		size := elementSizeAt(body)
		if size < 0 {
			return false
		}
		e, _ := elementAt(body, 0)
		if !f(e) {
			return false
		}
		body = body[size:]
	}
	const unknown = 0xFFFF
	return n == told || told == unknown
}

const (
	ziplistHead  = 10 // bytes in all, offset of the last element, number of elements
	ziplistEnd   = 0xFF
	ziplistLong  = 0xFE // the size of the element before follows in four bytes
	ziplistShort = 0xF0 // and more: a number from 0 to 12
)

// eachZiplist is eachListpack for the form that Redis had before.
func eachZiplist(p []byte, f func(element) bool) (ok bool) {
	if len(p) < ziplistHead+1 || uint64(binary.LittleEndian.Uint32(p)) != uint64(len(p)) || p[len(p)-1] != ziplistEnd {
		return false
	}
	told := int(binary.LittleEndian.Uint16(p[8:]))
	pos, end, n, before := ziplistHead, len(p)-1, 0, 0
	for ; pos < end; n++ {
		start := pos
		prev, size := int(p[pos]), 1
		if prev == ziplistLong {
			if end-pos < 5 {
				return false
			}
			prev, size = int(binary.LittleEndian.Uint32(p[pos+1:])), 5
		}
		e, used := ziplistElement(p[pos+size : end])
		if used == 0 || prev != before || !f(e) {
			return false
		}
		pos += size + used
		before = pos - start
	}
	const unknown = 0xFFFF
	return n == told || told == unknown
}

// ziplistElement reads one element after the size of the one before; used is 0
// if it is malformed.
func ziplistElement(b []byte) (e element, used int) {
	if len(b) == 0 {
		return e, 0
	}
	head, size, n := b[0], 1, 0
	switch head >> 6 {
	case 0:
		n = int(head & 63)
	case 1:
		if len(b) < 2 {
			return e, 0
		}
		size, n = 2, int(head&63)<<8|int(b[1])
	case 2:
		if len(b) < 5 || head != 0x80 {
			return e, 0
		}
		size, n = 5, int(binary.BigEndian.Uint32(b[1:]))
	default:
		return ziplistInt(b)
	}
	if n > len(b)-size {
		return e, 0
	}
	return element{str: b[size : size+n : size+n]}, size + n
}

func ziplistInt(b []byte) (e element, used int) {
	head, b := b[0], b[1:]
	size := ziplistIntSize(head)
	if size > len(b) {
		return e, 0
	}
	e.isInt = true
	switch {
	case head == 0xFE:
		e.num = int64(int8(b[0]))
	case head == 0xC0:
		e.num = int64(int16(binary.LittleEndian.Uint16(b)))
	case head == 0xF0:
		e.num = int64(b[0]) | int64(b[1])<<8 | int64(int8(b[2]))<<16
	case head == 0xD0:
		e.num = int64(int32(binary.LittleEndian.Uint32(b)))
	case head == 0xE0:
		e.num = int64(binary.LittleEndian.Uint64(b))
	case head > ziplistShort && head < 0xFE:
		e.num = int64(head&15) - 1
	default:
		return e, 0
	}
	return e, 1 + size
}

// eachZipmap calls f for the fields and values in turn of a hash as Redis kept
// it before 2.6.
func eachZipmap(p []byte, f func(element) bool) (ok bool) {
	if len(p) < 2 || p[len(p)-1] != 0xFF {
		return false
	}
	b := p[1 : len(p)-1]
	for value := false; len(b) > 0; value = !value {
		n, head := int(b[0]), 1
		if n == 254 {
			if len(b) < 5 {
				return false
			}
			n, head = int(binary.LittleEndian.Uint32(b[1:])), 5
		}
		free := 0
		if value {
			if len(b) <= head {
				return false
			}
			free = int(b[head])
			head++
		}
		if n == 255 || n > len(b)-head || free > len(b)-head-n || !f(element{str: b[head : head+n : head+n]}) {
			return false
		}
		b = b[head+n+free:]
	}
	return true
}

// ziplistIntSize is the number of bytes that follow the head of a number.
func ziplistIntSize(head byte) int {
	switch head {
	case 0xFE:
		return 1
	case 0xC0:
		return 2
	case 0xF0:
		return 3
	case 0xD0:
		return 4
	case 0xE0:
		return 8
	}
	return 0
}
