package lua

import (
	"math"
	"math/bits"
)

// bit, as BitOp has it: 32-bit integers, of which the results are signed.

func (vm *VM) openBit() {
	vm.library("bit", []entry{
		{"tobit", bit1(func(b uint32) uint32 { return b })}, {"bnot", bit1(func(b uint32) uint32 { return ^b })},
		{"band", bitAll(func(a, b uint32) uint32 { return a & b })},
		{"bor", bitAll(func(a, b uint32) uint32 { return a | b })},
		{"bxor", bitAll(func(a, b uint32) uint32 { return a ^ b })},
		{"lshift", bit2(func(b, n uint32) uint32 { return b << n })},
		{"rshift", bit2(func(b, n uint32) uint32 { return b >> n })},
		{"arshift", bit2(func(b, n uint32) uint32 { return uint32(int32(b) >> n) })},
		{"rol", bit2(func(b, n uint32) uint32 { return bits.RotateLeft32(b, int(n)) })},
		{"ror", bit2(func(b, n uint32) uint32 { return bits.RotateLeft32(b, -int(n)) })},
		{"bswap", bit1(bits.ReverseBytes32)}, {"tohex", bitHex},
	})
}

// bits reads an argument modulo 2^32, rounded to the nearest integer.
func (vm *VM) bits(args []Value, i int) uint32 {
	const shift = 1<<52 + 1<<51
	return uint32(math.Float64bits(vm.checkNumber(args, i) + shift))
}

func signed(b uint32) []Value { return number(float64(int32(b))) }

func bit1(f func(b uint32) uint32) GoFunc {
	return func(vm *VM, args []Value) []Value { return signed(f(vm.bits(args, 1))) }
}

func bit2(f func(b, n uint32) uint32) GoFunc {
	return func(vm *VM, args []Value) []Value {
		b := vm.bits(args, 1)
		return signed(f(b, vm.bits(args, 2)&31))
	}
}

func bitAll(f func(a, b uint32) uint32) GoFunc {
	return func(vm *VM, args []Value) []Value {
		b := vm.bits(args, 1)
		for i := 2; i <= len(args); i++ {
			b = f(b, vm.bits(args, i))
		}
		return signed(b)
	}
}

func bitHex(vm *VM, args []Value) []Value {
	b, n, digits := vm.bits(args, 1), int32(8), hexDigits
	if len(args) > 1 {
		n = int32(vm.bits(args, 2))
	}
	if n < 0 {
		n, digits = -n, "0123456789ABCDEF"
	}
	if n > 8 || n < 0 {
		n = 8
	}
	out := make([]byte, n)
	for i := int(n) - 1; i >= 0; i-- {
		out[i] = digits[b&15]
		b >>= 4
	}
	return one(string(out))
}
