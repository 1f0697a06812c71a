package lua

import (
	"encoding/binary"
	"math"
)

// cmsgpack, as lua-cmsgpack 0.4.0 has it.

const (
	msgpackNesting  = 16   // tables deeper than it are packed as nil
	msgpackStackMax = 2000 // nesting of what is unpacked
)

func (vm *VM) openMsgpack() {
	t := vm.library("cmsgpack", []entry{
		{"pack", msgpackPack}, {"unpack", msgpackUnpack}, {"unpack_one", msgpackUnpackOne},
		{"unpack_limit", msgpackUnpackLimit},
	})
	t.setStr("_NAME", "cmsgpack")
	t.setStr("_VERSION", "lua-cmsgpack 0.4.0")
	t.setStr("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo")
	t.setStr("_DESCRIPTION", "MessagePack C implementation for Lua")
}

func msgpackPack(vm *VM, args []Value) []Value {
	if len(args) == 0 {
		vm.argFail(0, "MessagePack pack needs input.")
	}
	p := &packer{vm: vm}
	for _, v := range args {
		p.value(v, 0)
	}
	return one(vm.text(string(p.out)))
}

type packer struct {
	vm  *VM
	out []byte
}

func (p *packer) value(v Value, level int) {
	p.vm.step(1)
	p.vm.alloc(9)
	switch v := v.(type) {
	case bool:
		if v {
			p.out = append(p.out, 0xc3)
		} else {
			p.out = append(p.out, 0xc2)
		}
	case float64:
		p.number(v)
	case string:
		p.vm.alloc(len(v))
		p.head(len(v), 0xa0, 32, 0xd9, 0xda)
		p.out = append(p.out, v...)
	case *Table:
		if level == msgpackNesting {
			p.out = append(p.out, 0xc0)
			return
		}
		p.table(v, level)
	default:
		p.out = append(p.out, 0xc0)
	}
}

// head writes a length: in the first byte if it is below fix, in one byte if
// there is a form for that (one not 0), in two or in four.
func (p *packer) head(n int, first byte, fix int, one, two byte) {
	switch {
	case n < fix:
		p.out = append(p.out, first|byte(n))
	case n <= 0xff && one != 0:
		p.out = append(p.out, one, byte(n))
	case n <= 0xffff:
		p.out = binary.BigEndian.AppendUint16(append(p.out, two), uint16(n))
	default:
		p.out = binary.BigEndian.AppendUint32(append(p.out, two+1), uint32(n))
	}
}

func (p *packer) number(f float64) {
	if f == float64(toInt(f)) && f < 1<<63 {
		p.integer(toInt(f))
		return
	}
	if single := float32(f); float64(single) == f {
		p.out = binary.BigEndian.AppendUint32(append(p.out, 0xca), math.Float32bits(single))
		return
	}
	p.out = binary.BigEndian.AppendUint64(append(p.out, 0xcb), math.Float64bits(f))
}

func (p *packer) integer(n int64) {
	be := binary.BigEndian
	switch {
	case n >= 0 && n <= 127, n < 0 && n >= -32:
		p.out = append(p.out, byte(n))
	case n >= 0 && n <= math.MaxUint8:
		p.out = append(p.out, 0xcc, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		p.out = be.AppendUint16(append(p.out, 0xcd), uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		p.out = be.AppendUint32(append(p.out, 0xce), uint32(n))
	case n >= 0:
		p.out = be.AppendUint64(append(p.out, 0xcf), uint64(n))
	case n >= math.MinInt8:
		p.out = append(p.out, 0xd0, byte(n))
	case n >= math.MinInt16:
		p.out = be.AppendUint16(append(p.out, 0xd1), uint16(n))
	case n >= math.MinInt32:
		p.out = be.AppendUint32(append(p.out, 0xd2), uint32(n))
	default:
		p.out = be.AppendUint64(append(p.out, 0xd3), uint64(n))
	}
}

func (p *packer) table(t *Table, level int) {
	count, most, array := 0, 0.0, true
	for k, _, _ := t.next(nil); k != nil; k, _, _ = t.next(k) {
		p.vm.step(1)
		count++
		f, ok := k.(float64)
		if !ok || f <= 0 || float64(toInt(f)) != f {
			array = false
		}
		most = max(most, f)
	}
	if array && most == float64(count) {
		p.head(count, 0x90, 16, 0, 0xdc)
		for i := 1; i <= count; i++ {
			p.value(t.getInt(i), level+1)
		}
		return
	}
	p.head(count, 0x80, 16, 0, 0xde)
	for k, v, _ := t.next(nil); k != nil; k, v, _ = t.next(k) {
		p.value(k, level+1)
		p.value(v, level+1)
	}
}

type unpacker struct {
	vm  *VM
	src string
	pos int
}

func (u *unpacker) take(n int) string {
	if n > len(u.src)-u.pos {
		u.vm.fail("Missing bytes in input.")
	}
	s := u.src[u.pos : u.pos+n]
	u.pos += n
	return s
}

func (u *unpacker) uint(size int) uint64 {
	var n uint64
	for _, c := range []byte(u.take(size)) {
		n = n<<8 | uint64(c)
	}
	return n
}

func (u *unpacker) value(depth int) Value {
	u.vm.step(1)
	c := u.take(1)[0]
	switch {
	case c <= 0x7f:
		return num(float64(c))
	case c <= 0x8f:
		return u.table(int(c&0xf), depth)
	case c <= 0x9f:
		return u.array(int(c&0xf), depth)
	case c <= 0xbf:
		return u.vm.text(u.take(int(c & 0x1f)))
	case c >= 0xe0:
		return num(float64(int8(c)))
	}
	switch c {
	case 0xc0:
		return nil
	case 0xc2:
		return false
	case 0xc3:
		return true
	case 0xca:
		return num(float64(math.Float32frombits(uint32(u.uint(4)))))
	case 0xcb:
		return num(math.Float64frombits(u.uint(8)))
	case 0xcf: // as Redis has it, whose Lua integers have a sign
		return num(float64(int64(u.uint(8))))
	case 0xcc, 0xcd, 0xce:
		return num(float64(u.uint(1 << (c - 0xcc))))
	case 0xd0:
		return num(float64(int8(u.uint(1))))
	case 0xd1:
		return num(float64(int16(u.uint(2))))
	case 0xd2:
		return num(float64(int32(u.uint(4))))
	case 0xd3:
		return num(float64(int64(u.uint(8))))
	case 0xd9, 0xda, 0xdb:
		return u.vm.text(u.take(int(u.uint(1 << (c - 0xd9)))))
	case 0xdc, 0xdd:
		return u.array(int(u.uint(2<<(c-0xdc))), depth)
	case 0xde, 0xdf:
		return u.table(int(u.uint(2<<(c-0xde))), depth)
	}
	u.vm.fail("Bad data format in input.")
	return nil
}

func (u *unpacker) down(depth int, what string) {
	if depth > msgpackStackMax {
		u.vm.fail("stack overflow (in function mp_decode_to_lua_%s)", what)
	}
}

func (u *unpacker) array(n, depth int) Value {
	u.down(depth, "array")
	t := u.vm.newTable(0, 0)
	for i := 1; i <= n; i++ {
		t.setInt(i, u.value(depth+1))
	}
	return t
}

func (u *unpacker) table(n, depth int) Value {
	u.down(depth, "hash")
	t := u.vm.newTable(0, 0)
	for range n {
		k := u.value(depth + 1)
		u.vm.rawSet(t, k, u.value(depth+1))
	}
	return t
}

// unpack answers up to limit values from an offset; the position after them
// comes first unless all are asked for.
func (vm *VM) unpack(s string, limit, offset int, all bool) []Value {
	if offset < 0 || limit < 0 {
		vm.fail("Invalid request to unpack with offset of %d and limit of %d.", offset, len(s))
	}
	if offset > len(s) {
		vm.fail("Start offset %d greater than input length %d.", offset, len(s))
	}
	u := &unpacker{vm: vm, src: s, pos: offset}
	var out []Value
	if !all {
		out = append(out, nil)
	}
	for n := 0; u.pos < len(s) && n < limit; n++ {
		if n >= unpackMax {
			vm.fail("stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)")
		}
		out = append(out, u.value(0))
	}
	if !all {
		out[0] = num(float64(u.pos))
		if u.pos == len(s) {
			out[0] = num(-1)
		}
	}
	return out
}

func msgpackUnpack(vm *VM, args []Value) []Value {
	return vm.unpack(vm.checkString(args, 1), math.MaxInt, 0, true)
}

func msgpackUnpackOne(vm *VM, args []Value) []Value {
	return vm.unpack(vm.checkString(args, 1), 1, vm.optInt(args, 2, 0), false)
}

func msgpackUnpackLimit(vm *VM, args []Value) []Value {
	s, limit := vm.checkString(args, 1), vm.checkInt(args, 2)
	return vm.unpack(s, limit, vm.optInt(args, 3, 0), false)
}
