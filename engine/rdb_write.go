package engine

import (
	"encoding/binary"
	"math"
)

// Writing payloads.

// appendRDB is the payload of a key's value.
func appendRDB(dst []byte, rec record) []byte {
	from := len(dst)
	switch typeOf(rec) {
	case TypeString:
		dst = appendRDBString(append(dst, rdbString), rec.Value())
	case TypeList:
		dst = appendRDBList(dst, rec)
	case TypeSet:
		dst = appendRDBSet(dst, rec)
	case TypeHash:
		dst = appendRDBHash(dst, rec)
	case TypeZset:
		dst = appendRDBZset(dst, rec)
	case TypeStream:
		dst = appendRDBStream(dst, rec.Object().(*stream))
	}
	return appendRDBFooter(dst, from)
}

func appendRDBLen(dst []byte, n int) []byte {
	switch {
	case n < 1<<6:
		return append(dst, rdbLen6|byte(n))
	case n < 1<<14:
		return append(dst, rdbLen14|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, rdbLen32), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, rdbLen64), uint64(n))
}

// rdbIntLen is the longest text that is tried as a number.
const rdbIntLen = 11

func appendRDBString(dst, s []byte) []byte {
	if len(s) <= rdbIntLen {
		if n, ok := canonicalInt(s); ok && n == int64(int32(n)) {
			return appendRDBInt(dst, int32(n))
		}
	}
	return appendRDBRaw(dst, s)
}

func appendRDBInt(dst []byte, n int32) []byte {
	switch {
	case n == int32(int8(n)):
		return append(dst, rdbSpecial|rdbInt8, byte(n))
	case n == int32(int16(n)):
		return binary.LittleEndian.AppendUint16(append(dst, rdbSpecial|rdbInt16), uint16(n))
	}
	return binary.LittleEndian.AppendUint32(append(dst, rdbSpecial|rdbInt32), uint32(n))
}

func appendRDBList(dst []byte, rec record) []byte {
	const packed = 2 // the kind of a node; 1 is a single plain element
	dst = append(dst, rdbListQuick2)
	l, _ := rec.Object().(*list)
	if l == nil {
		blob := rec.Value()
		dst = append(appendRDBLen(dst, 1), packed)
		return appendRDBPack(dst, blob[packHead:], packLen(blob))
	}
	dst = appendRDBLen(dst, len(l.blocks()))
	for _, b := range l.blocks() {
		dst = appendRDBPack(append(dst, packed), b.buf[b.head:], b.n)
	}
	return dst
}

func appendRDBSet(dst []byte, rec record) []byte {
	s := setOf(rec, true)
	if s.kind == setInts {
		return appendRDBRaw(append(dst, rdbSetIntset), s.blob)
	}
	dst = appendRDBLen(append(dst, rdbSet), s.len())
	var text []byte
	s.each(func(m element) bool {
		text = m.append(text[:0])
		dst = appendRDBString(dst, text)
		return true
	})
	return dst
}

func appendRDBHash(dst []byte, rec record) []byte {
	h := hashOf(rec, true)
	if h.table == nil {
		return appendRDBPack(append(dst, rdbHashListpack), h.pack[packHead:], packLen(h.pack))
	}
	dst = appendRDBLen(append(dst, rdbHash), h.len())
	h.table.each(func(field, value []byte) bool {
		dst = appendRDBString(appendRDBString(dst, field), value)
		return true
	})
	return dst
}

func appendRDBZset(dst []byte, rec record) []byte {
	s := zsetOf(rec, true)
	if s.z == nil {
		return appendRDBPack(append(dst, rdbZsetListpack), s.pack[packHead:], packLen(s.pack))
	}
	dst = appendRDBLen(append(dst, rdbZset2), s.len())
	s.z.order.ascend(0, func(x scored) bool {
		dst = appendRDBString(dst, stringBytes(x.member))
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x.score))
		return true
	})
	return dst
}
