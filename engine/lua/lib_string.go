package lua

import (
	"strings"
)

func (vm *VM) openString() {
	t := vm.library("string", []entry{
		{"byte", stringByte}, {"char", stringChar}, {"dump", stringDump}, {"find", stringFind},
		{"format", stringFormat}, {"gfind", stringGfind}, {"gmatch", stringGmatch}, {"gsub", stringGsub},
		{"len", stringLen}, {"lower", stringLower}, {"match", stringMatch}, {"rep", stringRep},
		{"reverse", stringReverse}, {"sub", stringSub}, {"upper", stringUpper},
	})
	t.setStr("gfind", t.getStr("gmatch"))
	vm.stringMeta = vm.newTable(0, 1)
	vm.stringMeta.setStr("__index", t)
	vm.stringMeta.readonly = true
}

// position makes an index that may count from the end absolute; at least 0.
func position(i, size int) int {
	if i < 0 {
		i += size + 1
	}
	return max(i, 0)
}

func stringLen(vm *VM, args []Value) []Value { return number(float64(len(vm.checkString(args, 1)))) }

func stringSub(vm *VM, args []Value) []Value {
	s := vm.checkString(args, 1)
	i, j := position(vm.checkInteger(args, 2), len(s)), position(vm.optInteger(args, 3, -1), len(s))
	i, j = max(i, 1), min(j, len(s))
	if i > j {
		return one("")
	}
	return one(vm.text(s[i-1 : j]))
}

func stringByte(vm *VM, args []Value) []Value {
	s := vm.checkString(args, 1)
	i := position(vm.optInteger(args, 2, 1), len(s))
	j := position(vm.optInteger(args, 3, i), len(s))
	i, j = max(i, 1), min(j, len(s))
	if i > j {
		return nil
	}
	if j-i+1 > unpackMax {
		vm.fail("string slice too long")
	}
	vm.step((j - i) >> 2)
	out := make([]Value, j-i+1)
	for k := range out {
		out[k] = num(float64(s[i-1+k]))
	}
	return out
}

func stringChar(vm *VM, args []Value) []Value {
	b := make([]byte, len(args))
	for i := range args {
		n := vm.checkInt(args, i+1)
		if n < 0 || n > 255 {
			vm.argFail(i+1, "invalid value")
		}
		b[i] = byte(n)
	}
	return one(vm.text(string(b)))
}

func stringDump(vm *VM, args []Value) []Value {
	if f := vm.checkFunction(args, 1); f.code == nil {
		vm.fail("unable to dump given function")
	}
	return one("\x1bLua") // as Redis, nothing loads what is dumped
}

func stringGfind(vm *VM, args []Value) []Value { return stringGmatch(vm, args) }

// mapBytes changes the letters of ASCII, whatever the machine's locale.
func (vm *VM) mapBytes(s string, from, to byte) []Value {
	vm.alloc(len(s) + 16)
	b := []byte(s)
	for i, c := range b {
		if c >= from && c <= to {
			b[i] = c ^ 0x20
		}
	}
	return one(string(b))
}

func stringLower(vm *VM, args []Value) []Value { return vm.mapBytes(vm.checkString(args, 1), 'A', 'Z') }

func stringUpper(vm *VM, args []Value) []Value { return vm.mapBytes(vm.checkString(args, 1), 'a', 'z') }

func stringRep(vm *VM, args []Value) []Value {
	s, n := vm.checkString(args, 1), vm.checkInt(args, 2)
	if n <= 0 || s == "" {
		return one("")
	}
	if n > bytesMax/len(s) {
		vm.exhausted(abortMemory)
	}
	vm.alloc(len(s)*n + 16)
	return one(strings.Repeat(s, n))
}

func stringReverse(vm *VM, args []Value) []Value {
	s := vm.checkString(args, 1)
	vm.alloc(len(s) + 16)
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return one(string(b))
}
