package engine

import "encoding/binary"

// lcsOptions are the options of LCS.
type lcsOptions struct {
	length, idx, withMatchLen bool
	minMatchLen               int64
}

func (c *Call) parseLcsOptions() (o lcsOptions, ok bool) {
	for i := 3; i < len(c.Args); i++ {
		switch a := c.Args[i]; {
		case EqualFold(a, "idx"):
			o.idx = true
		case EqualFold(a, "len"):
			o.length = true
		case EqualFold(a, "withmatchlen"):
			o.withMatchLen = true
		case EqualFold(a, "minmatchlen") && i+1 < len(c.Args):
			i++
			n, isInt := c.ArgInt(i)
			if !isInt {
				return o, false
			}
			o.minMatchLen = max(n, 0)
		default:
			c.Err(ErrSyntax)
			return o, false
		}
	}
	if o.idx && o.length {
		c.Err("ERR If you want both the length and indexes, please just use IDX.")
		return o, false
	}
	return o, true
}

func cmdLcs(c *Call) {
	var text [2][]byte
	for i := range text {
		rec, found := c.find(c.Args[1+i])
		if !found {
			continue
		}
		if typeOf(rec) != TypeString {
			c.Err("ERR The specified keys must contain string values")
			return
		}
		text[i] = rec.Value()
	}
	o, ok := c.parseLcsOptions()
	if !ok {
		return
	}
	a, b := text[0], text[1]
	cells := (uint64(len(a)) + 1) * (uint64(len(b)) + 1)
	if cells*4 > uint64(c.e.opt.StringBytesMax) {
		c.Err("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
		return
	}
	if c.beside(int(cells / bytesPerStep)) {
		return
	}
	m := lcsFill(a, b)
	switch {
	case o.idx:
		c.replyLcsRanges(m, o)
	case o.length:
		c.Int(int64(m.at(len(a), len(b))))
	default:
		c.Bulk(m.sequence())
	}
}

// lcsMatrix holds the length of the longest common subsequence of every pair
// of prefixes of a and b.
type lcsMatrix struct {
	a, b  []byte
	cells []byte // 4 bytes each, without pointers
}

func (m *lcsMatrix) at(i, j int) uint32 {
	return binary.NativeEndian.Uint32(m.cells[(i*(len(m.b)+1)+j)*4:])
}

func lcsFill(a, b []byte) *lcsMatrix {
	m := &lcsMatrix{a: a, b: b, cells: make([]byte, (len(a)+1)*(len(b)+1)*4)}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			var n uint32
			if a[i-1] == b[j-1] {
				n = m.at(i-1, j-1) + 1
			} else {
				n = max(m.at(i-1, j), m.at(i, j-1))
			}
			binary.NativeEndian.PutUint32(m.cells[(i*(len(b)+1)+j)*4:], n)
		}
	}
	return m
}

// back walks one longest common subsequence from its end and calls f for
// each pair of equal positions.
func (m *lcsMatrix) back(f func(i, j int)) {
	i, j := len(m.a), len(m.b)
	for i > 0 && j > 0 {
		switch {
		case m.a[i-1] == m.b[j-1]:
			i, j = i-1, j-1
			f(i, j)
		case m.at(i-1, j) > m.at(i, j-1):
			i--
		default:
			j--
		}
	}
}

func (m *lcsMatrix) sequence() []byte {
	n := m.at(len(m.a), len(m.b))
	out := make([]byte, n)
	m.back(func(i, _ int) {
		n--
		out[n] = m.a[i]
	})
	return out
}

// lcsRange is a run of equal bytes, ends included.
type lcsRange struct{ aStart, aEnd, bStart, bEnd int }

// ranges are the runs of one longest common subsequence, the last first.
func (m *lcsMatrix) ranges() []lcsRange {
	var runs []lcsRange
	m.back(func(i, j int) {
		if n := len(runs); n > 0 && runs[n-1].aStart == i+1 && runs[n-1].bStart == j+1 {
			runs[n-1].aStart, runs[n-1].bStart = i, j
			return
		}
		runs = append(runs, lcsRange{i, i, j, j})
	})
	return runs
}

func (c *Call) replyLcsRanges(m *lcsMatrix, o lcsOptions) {
	runs := m.ranges()
	kept := runs[:0]
	for _, r := range runs {
		if int64(r.aEnd-r.aStart+1) >= o.minMatchLen {
			kept = append(kept, r)
		}
	}
	c.Map(2)
	c.BulkString("matches")
	c.Array(len(kept))
	for _, r := range kept {
		if o.withMatchLen {
			c.Array(3)
		} else {
			c.Array(2)
		}
		c.Array(2)
		c.Int(int64(r.aStart))
		c.Int(int64(r.aEnd))
		c.Array(2)
		c.Int(int64(r.bStart))
		c.Int(int64(r.bEnd))
		if o.withMatchLen {
			c.Int(int64(r.aEnd - r.aStart + 1))
		}
	}
	c.BulkString("len")
	c.Int(int64(m.at(len(m.a), len(m.b))))
}
