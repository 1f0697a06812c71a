package engine

import (
	"encoding/binary"
	"sync"
)

// lzf compresses as liblzf does with Redis' settings (HLOG 16, VERY_FAST), so
// that payloads have the very bytes that Redis writes.
type lzf struct {
	// table holds where three bytes with a hash were seen last, plus base: what
	// is below base is of a string before.
	table [1 << 16]uint32
	base  uint32
	out   []byte
	body  []byte // a string being put together
}

const (
	lzfMin    = 20      // Redis compresses what is longer
	lzfMax    = 1 << 20 // DUMP runs between the commands of others
	lzfLit    = 1 << 5
	lzfOffMax = 1 << 13
	lzfRefMax = 1<<8 + 1<<3
)

var lzfPool = sync.Pool{New: func() any { return &lzf{base: 1} }}

// compress returns in's short form, or nil where Redis would keep the long
// one. It is valid until the next call.
func (z *lzf) compress(in []byte) []byte {
	if len(in) <= lzfMin || len(in) > lzfMax {
		return nil
	}
	if z.base > 1<<31 {
		clear(z.table[:])
		z.base = 1
	}
	base := z.base
	z.base += uint32(len(in))
	end := len(in) - 4 // four bytes must be won
	if cap(z.out) < end+4 {
		z.out = make([]byte, 2*end+4)
	}
	out := z.out[:cap(z.out)]
	slot := func(i int) *uint32 { // of the three bytes at i
		h := uint32(in[i])<<16 | uint32(in[i+1])<<8 | uint32(in[i+2])
		return &z.table[(h>>8-h*5)&(1<<16-1)]
	}
	lit, op := 0, 1
	literal := func(b byte) {
		out[op] = b
		op++
		if lit++; lit == lzfLit {
			out[op-lit-1] = byte(lit - 1)
			lit = 0
			op++
		}
	}
	ip := 0
	for ip < len(in)-2 {
		s := slot(ip)
		ref := int(*s) - int(base)
		*s = base + uint32(ip)
		off := ip - ref - 1
		if !(ref > 0 && off < lzfOffMax && in[ref+2] == in[ip+2] && in[ref+1] == in[ip+1] && in[ref] == in[ip]) {
			if op >= end {
				return nil
			}
			literal(in[ip])
			ip++
			continue
		}
		undo := 0 // a run that has not begun
		if lit == 0 {
			undo = 1
		}
		if op-undo+3+1 >= end {
			return nil
		}
		out[op-lit-1] = byte(lit - 1)
		op -= undo
		n := matchLen(in, ref, ip)
		if n-2 < 7 {
			out[op] = byte(off>>8 + (n-2)<<5)
			op++
		} else {
			out[op], out[op+1] = byte(off>>8+7<<5), byte(n-2-7)
			op += 2
		}
		out[op] = byte(off)
		op += 2 // and a run begins
		lit = 0
		if ip += n; ip >= len(in)-2 {
			break
		}
		*slot(ip - 2) = base + uint32(ip-2)
		*slot(ip - 1) = base + uint32(ip-1)
	}
	if op+3 > end {
		return nil
	}
	for ; ip < len(in); ip++ {
		literal(in[ip])
	}
	out[op-lit-1] = byte(lit - 1)
	if lit == 0 {
		op--
	}
	return out[:op]
}

// matchLen is how many bytes at ref and ip are the same, at least 3; the first
// sixteen steps look past the bound a little, as liblzf's do.
func matchLen(in []byte, ref, ip int) int {
	most := min(len(in)-ip-2, lzfRefMax)
	n := 2
	if most > 16 {
		for range 16 {
			if n++; in[ref+n] != in[ip+n] {
				return n
			}
		}
	}
	for n++; n < most && in[ref+n] == in[ip+n]; n++ {
	}
	return n
}

// appendRDBRaw writes a string as it is, or compressed where that is shorter.
func appendRDBRaw(dst, s []byte) []byte {
	if len(s) > lzfMin && len(s) <= lzfMax {
		z := lzfPool.Get().(*lzf)
		defer lzfPool.Put(z)
		return z.appendRaw(dst, s)
	}
	return append(appendRDBLen(dst, len(s)), s...)
}

func (z *lzf) appendRaw(dst, s []byte) []byte {
	short := z.compress(s)
	if short == nil {
		return append(appendRDBLen(dst, len(s)), s...)
	}
	dst = appendRDBLen(append(dst, rdbSpecial|rdbLZF), len(short))
	return append(appendRDBLen(dst, len(s)), short...)
}

// appendRDBPack writes elements as one string that holds a Redis listpack.
func appendRDBPack(dst, elements []byte, n int) []byte {
	z := lzfPool.Get().(*lzf)
	defer lzfPool.Put(z)
	size := len(elements) + rdbPackOverhead
	body := binary.LittleEndian.AppendUint32(z.body[:0], uint32(size))
	body = binary.LittleEndian.AppendUint16(body, uint16(min(n, 1<<16-1)))
	body = append(append(body, elements...), rdbPackEnd)
	if cap(body) <= workBytesMax {
		z.body = body
	}
	return z.appendRaw(dst, body)
}
