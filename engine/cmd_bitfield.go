package engine

import "math"

// bitField is one operation of BITFIELD.
type bitField struct {
	op       byte // 'g'et, 's'et, 'i'ncrby
	signed   bool
	width    int
	offset   int64
	value    int64 // to set or to add
	overflow byte  // 'w'rap, 's'at, 'f'ail
}

func cmdBitfield(c *Call)   { c.bitfield(false) }
func cmdBitfieldRo(c *Call) { c.bitfield(true) }

func (c *Call) bitfield(readOnly bool) {
	fields, grow, ok := c.parseBitfield(readOnly)
	if !ok {
		return
	}
	key := c.Args[1]
	value, _, ok := c.GetString(key)
	if !ok {
		return
	}
	changed := grow > len(value)
	if changed {
		value = c.growString(key, grow)
	}
	c.Array(len(fields))
	for i := range fields {
		f := &fields[i]
		old := f.read(value)
		if f.op == 'g' {
			c.Int(old)
			continue
		}
		result, fits := f.apply(old)
		if !fits && f.overflow == 'f' {
			c.Null()
			continue
		}
		if result != old && !changed {
			value, changed = c.growString(key, grow), true
		}
		if changed {
			f.write(value, result)
		}
		if f.op == 's' {
			c.Int(old)
		} else {
			c.Int(result)
		}
	}
	if changed {
		c.Notify(NotifyString, "setbit", key)
	}
}

// parseBitfield reads the operations and the length that the string must have
// for those that write.
func (c *Call) parseBitfield(readOnly bool) (fields []bitField, grow int, ok bool) {
	overflow := byte('w')
	for i := 2; i < len(c.Args); {
		left := len(c.Args) - i - 1
		f := bitField{overflow: overflow}
		switch {
		case c.ArgIs(i, "get") && left >= 2:
			f.op = 'g'
		case c.ArgIs(i, "set") && left >= 3:
			f.op = 's'
		case c.ArgIs(i, "incrby") && left >= 3:
			f.op = 'i'
		case c.ArgIs(i, "overflow") && left >= 1:
			switch {
			case c.ArgIs(i+1, "wrap"):
				overflow = 'w'
			case c.ArgIs(i+1, "sat"):
				overflow = 's'
			case c.ArgIs(i+1, "fail"):
				overflow = 'f'
			default:
				c.Err("ERR Invalid OVERFLOW type specified")
				return nil, 0, false
			}
			i += 2
			continue
		default:
			c.Err(ErrSyntax)
			return nil, 0, false
		}
		if !c.parseFieldType(&f, i+1) {
			return nil, 0, false
		}
		if f.offset, ok = c.argBitOffset(i+2, true, f.width); !ok {
			return nil, 0, false
		}
		i += 3
		if f.op != 'g' {
			if f.value, ok = c.ArgInt(i); !ok {
				return nil, 0, false
			}
			grow = max(grow, int((f.offset+int64(f.width)-1)>>3)+1)
			i++
		}
		fields = append(fields, f)
	}
	if readOnly && grow > 0 {
		c.Err("ERR BITFIELD_RO only supports the GET subcommand")
		return nil, 0, false
	}
	return fields, grow, true
}

// parseFieldType reads i1 to i64 or u1 to u63.
func (c *Call) parseFieldType(f *bitField, i int) bool {
	text := c.Args[i]
	if len(text) > 1 && (text[0] == 'i' || text[0] == 'u') {
		f.signed = text[0] == 'i'
		n, isInt := ParseInt(text[1:])
		if isInt && n >= 1 && (n <= 63 || f.signed && n == 64) {
			f.width = int(n)
			return true
		}
	}
	c.Err("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
	return false
}

// read gives the field's value in a string, which reads as zeros after its end.
func (f *bitField) read(b []byte) int64 {
	v := uint64(0)
	for i := range int64(f.width) {
		v = v<<1 | uint64(bitAt(b, f.offset+i))
	}
	if f.signed {
		shift := uint(64 - f.width)
		return int64(v<<shift) >> shift
	}
	return int64(v)
}

func (f *bitField) write(b []byte, value int64) {
	for i := range f.width {
		at := f.offset + int64(i)
		mask := byte(1) << (7 - uint(at&7))
		if uint64(value)>>uint(f.width-1-i)&1 != 0 {
			b[at>>3] |= mask
		} else {
			b[at>>3] &^= mask
		}
	}
}

// apply computes what the field becomes; fits false: it overflowed, and the
// value has been wrapped or cut.
func (f *bitField) apply(old int64) (result int64, fits bool) {
	base, add := old, f.value
	if f.op == 's' {
		base, add = f.value, 0
	}
	if f.signed {
		return f.applySigned(base, add)
	}
	return f.applyUnsigned(uint64(base), add)
}

// The judgements below are Redis' own, with sums that may wrap around: a value
// near the ends of 64 bits is judged as it does.

func (f *bitField) applyUnsigned(base uint64, add int64) (int64, bool) {
	greatest := uint64(1)<<uint(f.width) - 1
	over := base > greatest || add > int64(greatest-base)
	under := !over && add < int64(-base)
	switch {
	case !over && !under:
		return int64(base + uint64(add)), true
	case f.overflow == 's' && over:
		return int64(greatest), false
	case f.overflow == 's':
		return 0, false
	}
	return int64((base + uint64(add)) & greatest), false
}

func (f *bitField) applySigned(base, add int64) (int64, bool) {
	greatest := int64(math.MaxInt64) >> uint(64-f.width)
	least := -greatest - 1
	up, down, narrow := greatest-base, least-base, f.width != 64
	over := base > greatest || narrow && add > up || base >= 0 && add > 0 && add > up
	under := !over && (base < least || narrow && add < down || base < 0 && add < 0 && add < down)
	switch {
	case !over && !under:
		return base + add, true
	case f.overflow == 's' && over:
		return greatest, false
	case f.overflow == 's':
		return least, false
	}
	shift := uint(64 - f.width)
	return (base + add) << shift >> shift, false
}
