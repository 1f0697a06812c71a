package lua

import (
	"encoding/binary"
	"math"
	"strings"
)

// struct, as Redis' lua_struct.c has it on a 64-bit little-endian machine.

const (
	structIntMax   = 32
	structAlignMax = 8
)

func (vm *VM) openStruct() {
	vm.library("struct", []entry{{"pack", structPack}, {"unpack", structUnpack}, {"size", structSize}})
}

// layout walks over a format.
type layout struct {
	vm    *VM
	fmt   string
	big   bool
	align int
}

func (l *layout) number(def int) int {
	if l.fmt == "" || !isDigit(l.fmt[0]) {
		return def
	}
	n := 0
	for l.fmt != "" && isDigit(l.fmt[0]) {
		d := int(l.fmt[0] - '0')
		if n > math.MaxInt32/10 || n*10 > math.MaxInt32-d {
			l.vm.fail("integral size overflow")
		}
		n = n*10 + d
		l.fmt = l.fmt[1:]
	}
	return n
}

// next takes an option and its size.
func (l *layout) next() (opt byte, size int) {
	l.vm.step(1)
	opt = l.fmt[0]
	l.fmt = l.fmt[1:]
	switch opt {
	case 'b', 'B', 'x':
		size = 1
	case 'h', 'H':
		size = 2
	case 'f':
		size = 4
	case 'l', 'L', 'T', 'd':
		size = 8
	case 'c':
		size = l.number(1)
	case 'i', 'I':
		if size = l.number(4); size > structIntMax {
			l.vm.fail("integral size %d is larger than limit of %d", size, structIntMax)
		}
	}
	return opt, size
}

func (l *layout) padding(at int, opt byte, size int) int {
	if size == 0 || opt == 'c' {
		return 0
	}
	size = min(size, l.align)
	return (size - at&(size-1)) & (size - 1)
}

func (l *layout) control(opt byte) {
	switch opt {
	case ' ':
	case '>':
		l.big = true
	case '<':
		l.big = false
	case '!':
		a := l.number(structAlignMax)
		if a <= 0 || a&(a-1) != 0 {
			l.vm.fail("alignment %d is not a power of 2", a)
		}
		l.align = a
	default:
		l.vm.argFail(1, "invalid format option '"+string([]byte{opt})+"'")
	}
}

func newLayout(vm *VM, args []Value) *layout {
	f := vm.checkString(args, 1)
	if i := strings.IndexByte(f, 0); i >= 0 {
		f = f[:i]
	}
	return &layout{vm: vm, fmt: f, align: 1}
}

func isIntOption(opt byte) bool { return strings.IndexByte("bBhHlLTiI", opt) >= 0 }

func (l *layout) order() binary.AppendByteOrder {
	if l.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (l *layout) appendInt(dst []byte, f float64, size int) []byte {
	v := toUnsigned(f)
	if f < 0 {
		v = uint64(toInt(f))
	}
	at := len(dst)
	for range size {
		dst = append(dst, byte(v))
		v >>= 8
	}
	if l.big {
		reverse(dst[at:])
	}
	return dst
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

func structPack(vm *VM, args []Value) []Value {
	l := newLayout(vm, args)
	var out []byte
	n, total := 1, 0
	for l.fmt != "" {
		opt, size := l.next()
		pad := l.padding(total, opt, size)
		vm.alloc(pad + size)
		out = append(out, make([]byte, pad)...)
		total += pad
		switch {
		case isIntOption(opt):
			n++
			out = l.appendInt(out, vm.checkNumber(args, n), size)
		case opt == 'x':
			out = append(out, 0)
		case opt == 'f':
			n++
			out = l.order().AppendUint32(out, math.Float32bits(float32(vm.checkNumber(args, n))))
		case opt == 'd':
			n++
			out = l.order().AppendUint64(out, math.Float64bits(vm.checkNumber(args, n)))
		case opt == 'c' || opt == 's':
			n++
			s := vm.checkString(args, n)
			if size == 0 {
				size = len(s)
			}
			if len(s) < size {
				vm.argFail(n+1, "string too short")
			}
			vm.alloc(size)
			out = append(out, s[:size]...)
			if opt == 's' {
				out = append(out, 0)
				size++
			}
		default:
			l.control(opt)
		}
		total += size
	}
	return one(vm.text(string(out)))
}

func (l *layout) readInt(s string, signed bool) float64 {
	var v uint64
	for i := range len(s) {
		c := s[len(s)-1-i]
		if l.big {
			c = s[i]
		}
		v = v<<8 | uint64(c)
	}
	if !signed {
		return float64(v)
	}
	// The shift count wraps as the processor's does.
	mask := ^uint64(0) << (uint(len(s)*8-1) & 63)
	if v&mask != 0 {
		v |= mask
	}
	return float64(int64(v))
}

func structUnpack(vm *VM, args []Value) []Value {
	l := newLayout(vm, args)
	data := vm.checkString(args, 2)
	pos := vm.optInt(args, 3, 1)
	if pos <= 0 {
		vm.argFail(3, "offset must be 1 or greater")
	}
	pos--
	var out []Value
	for l.fmt != "" {
		opt, size := l.next()
		pos += l.padding(pos, opt, size)
		short := func() {
			if size < 0 || size > len(data) || pos > len(data)-size {
				vm.argFail(2, "data string too short")
			}
		}
		short()
		if len(out) >= unpackMax {
			vm.fail("stack overflow (too many results)")
		}
		switch {
		case isIntOption(opt):
			out = append(out, num(l.readInt(data[pos:pos+size], opt >= 'a')))
		case opt == 'x':
		case opt == 'f':
			b := []byte(data[pos : pos+4])
			if !l.big {
				reverse(b)
			}
			out = append(out, num(float64(math.Float32frombits(binary.BigEndian.Uint32(b)))))
		case opt == 'd':
			b := []byte(data[pos : pos+8])
			if !l.big {
				reverse(b)
			}
			out = append(out, num(math.Float64frombits(binary.BigEndian.Uint64(b))))
		case opt == 'c':
			if size == 0 {
				f, ok := 0.0, false
				if len(out) > 0 {
					f, ok = toNumber(out[len(out)-1])
				}
				if !ok {
					vm.fail("format 'c0' needs a previous size")
				}
				size = int(toInt(f))
				out = out[:len(out)-1]
				short()
			}
			out = append(out, vm.text(data[pos:pos+size]))
		case opt == 's':
			e := strings.IndexByte(data[pos:], 0)
			if e < 0 {
				vm.fail("unfinished string in data")
			}
			vm.step(e >> 4)
			out = append(out, vm.text(data[pos:pos+e]))
			size = e + 1
		default:
			l.control(opt)
		}
		pos += size
	}
	return append(out, num(float64(pos+1)))
}

func structSize(vm *VM, args []Value) []Value {
	l := newLayout(vm, args)
	pos := 0
	for l.fmt != "" {
		opt, size := l.next()
		pos += l.padding(pos, opt, size)
		switch {
		case opt == 's':
			vm.argFail(1, "variable-size format in 'size'")
		case opt == 'c' && size == 0:
			vm.argFail(1, "variable-length format in 'size'")
		case !isDigit(opt) && !isAlpha(opt):
			l.control(opt)
		}
		pos += size
	}
	return number(float64(pos))
}
