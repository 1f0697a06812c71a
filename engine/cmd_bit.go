package engine

import (
	"encoding/binary"
	"math/bits"
)

// Commands on the bits of strings, numbered from the highest of the first byte.

const (
	errBitOffset Error = "ERR bit offset is not an integer or out of range"
	errBitValue  Error = "ERR bit is not an integer or out of range"
)

// argBitOffset reads the number of a bit. With hash set, "#n" means the n-th
// field of that many bits.
func (c *Call) argBitOffset(i int, hash bool, width int) (int64, bool) {
	text, unit := c.Args[i], int64(1)
	if hash && len(text) > 0 && text[0] == '#' {
		text, unit = text[1:], int64(width)
	}
	n, ok := ParseInt(text)
	if !ok || n < 0 || n > c.e.opt.StringBytesMax*8/unit || n*unit+int64(width)-1 >= c.e.opt.StringBytesMax*8 {
		c.Err(errBitOffset)
		return 0, false
	}
	return n * unit, true
}

// growString makes a string at least n bytes long, with zeros at its end, and
// gives its bytes to be written to before the next change.
func (c *Call) growString(key []byte, n int) []byte {
	c.WriteString(key, c.Exists(key), n, nil)
	value, _ := c.space().Extend(key, n, stringRaw, c.e.index)
	return value
}

func bitAt(b []byte, i int64) int64 {
	if i>>3 >= int64(len(b)) {
		return 0
	}
	return int64(b[i>>3] >> (7 - uint(i&7)) & 1)
}

func cmdSetbit(c *Call) {
	i, ok := c.argBitOffset(2, false, 1)
	if !ok {
		return
	}
	on, isInt := ParseInt(c.Args[3])
	if !isInt || on != 0 && on != 1 {
		c.Err(errBitValue)
		return
	}
	key := c.Args[1]
	value, _, ok := c.GetString(key)
	if !ok {
		return
	}
	old := bitAt(value, i)
	if old == on && i>>3 < int64(len(value)) { // nothing changes, nobody is told
		c.Int(old)
		return
	}
	b := c.growString(key, int(i>>3)+1)
	mask := byte(1) << (7 - uint(i&7))
	b[i>>3] &^= mask
	if on == 1 {
		b[i>>3] |= mask
	}
	c.Notify(NotifyString, "setbit", key)
	c.Int(old)
}

func cmdGetbit(c *Call) {
	i, ok := c.argBitOffset(2, false, 1)
	if !ok {
		return
	}
	if value, _, ok := c.GetString(c.Args[1]); ok {
		c.Int(bitAt(value, i))
	}
}

// bitRange is the part of a string that BITCOUNT or BITPOS looks at, in bits;
// the end is included.
type bitRange struct {
	from, to int64
	endGiven bool
}

// argBitRange reads [start [end [BYTE|BIT]]] from argument i on; empty ranges
// have from above to. needEnd, for BITCOUNT: a start alone is a syntax error,
// and a range that ends before it starts is empty before all else.
func (c *Call) argBitRange(i, size int, needEnd bool) (r bitRange, ok bool) {
	n := len(c.Args) - i
	total := int64(size)
	if n == 0 {
		return bitRange{from: 0, to: total*8 - 1}, true
	}
	if n > 3 || needEnd && n < 2 {
		c.Err(ErrSyntax)
		return r, false
	}
	start, ok := c.ArgInt(i)
	if !ok {
		return r, false
	}
	asBits := n == 3 && c.ArgIs(i+2, "bit")
	badUnit := n == 3 && !asBits && !c.ArgIs(i+2, "byte")
	if badUnit && !needEnd {
		c.Err(ErrSyntax)
		return r, false
	}
	if asBits {
		total *= 8
	}
	end := total - 1
	if r.endGiven = n >= 2; r.endGiven {
		if end, ok = c.ArgInt(i + 1); !ok {
			return r, false
		}
	}
	if needEnd && start < 0 && end < 0 && start > end {
		return bitRange{from: 1, to: 0}, true
	}
	if badUnit {
		c.Err(ErrSyntax)
		return r, false
	}
	if start < 0 {
		start = max(start+total, 0)
	}
	if end < 0 {
		end = max(end+total, 0)
	}
	end = min(end, total-1)
	switch {
	case start > end:
		r.from, r.to = 1, 0
	case asBits:
		r.from, r.to = start, end
	default:
		r.from, r.to = start*8, end*8+7
	}
	return r, true
}

func cmdBitcount(c *Call) {
	value, found, ok := c.GetString(c.Args[1])
	if !ok {
		return
	}
	if !found {
		c.Int(0)
		return
	}
	r, ok := c.argBitRange(2, len(value), true)
	if !ok || c.beside(int((r.to-r.from)/8/bytesPerStep)) {
		return
	}
	c.Int(countBits(value, r.from, r.to))
}

// countBits counts the ones from a bit to another, both included.
func countBits(b []byte, from, to int64) int64 {
	if from > to {
		return 0
	}
	first, last := from>>3, to>>3
	head, tail := byte(0xff)>>uint(from&7), byte(0xff)<<uint(7-to&7)
	if first == last {
		return int64(bits.OnesCount8(b[first] & head & tail))
	}
	n := bits.OnesCount8(b[first]&head) + bits.OnesCount8(b[last]&tail)
	b = b[first+1 : last]
	for ; len(b) >= 8; b = b[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b))
	}
	for _, c := range b {
		n += bits.OnesCount8(c)
	}
	return int64(n)
}

func cmdBitpos(c *Call) {
	bit, ok := c.ArgInt(2)
	if !ok {
		return
	}
	if bit != 0 && bit != 1 {
		c.Err("ERR The bit argument must be 1 or 0.")
		return
	}
	value, found, ok := c.GetString(c.Args[1])
	if !ok {
		return
	}
	if !found {
		c.Int(-bit)
		return
	}
	r, ok := c.argBitRange(3, len(value), false)
	if !ok || c.beside(int((r.to-r.from)/8/bytesPerStep)) {
		return
	}
	switch pos, hit := findBit(value, bit, r.from, r.to); {
	case hit:
		c.Int(pos)
	case r.from > r.to || bit == 1 || r.endGiven:
		c.Int(-1)
	default:
		c.Int(int64(len(value)) * 8) // after the string all bits are 0
	}
}

func findBit(b []byte, bit, from, to int64) (int64, bool) {
	skip := byte(0xff) // a byte without the bit
	if bit == 1 {
		skip = 0
	}
	for i := from; i <= to; {
		if i&7 == 0 && b[i>>3] == skip {
			i += 8
			continue
		}
		if bitAt(b, i) == bit {
			return i, true
		}
		i++
	}
	return 0, false
}

func cmdBitop(c *Call) {
	var op func(x, y byte) byte
	not := false
	switch {
	case c.ArgIs(1, "and"):
		op = func(x, y byte) byte { return x & y }
	case c.ArgIs(1, "or"):
		op = func(x, y byte) byte { return x | y }
	case c.ArgIs(1, "xor"):
		op = func(x, y byte) byte { return x ^ y }
	case c.ArgIs(1, "not"):
		not = true
	default:
		c.Err(ErrSyntax)
		return
	}
	if not && len(c.Args) != 4 {
		c.Err("ERR BITOP NOT must be called with a single source key.")
		return
	}
	sources := make([][]byte, len(c.Args)-3)
	size := 0
	for i, key := range c.Args[3:] {
		var ok bool
		if sources[i], _, ok = c.GetString(key); !ok {
			return
		}
		size = max(size, len(sources[i]))
	}
	to := c.Args[2]
	if size == 0 {
		if c.Delete(to) {
			c.Notify(NotifyGeneric, "del", to)
		}
		c.Int(0)
		return
	}
	result := make([]byte, size)
	copy(result, sources[0])
	for i := range result {
		if not {
			result[i] = ^result[i]
		}
	}
	for _, s := range sources[1:] {
		for i := range result {
			y := byte(0)
			if i < len(s) {
				y = s[i]
			}
			result[i] = op(result[i], y)
		}
	}
	c.setString(to, result, stringRaw, noTTL, false)
	c.Notify(NotifyString, "set", to)
	c.Int(int64(size))
}
