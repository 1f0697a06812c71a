package lua

import (
	"fmt"
	"strconv"
	"strings"
)

func (vm *VM) openBase() {
	g := vm.globals
	g.setStr("_G", g)
	g.setStr("_VERSION", "Lua 5.1")
	vm.register(g, []entry{
		{"assert", baseAssert}, {"collectgarbage", baseCollect}, {"error", baseError}, {"gcinfo", baseGcinfo},
		{"getmetatable", baseGetmetatable}, {"load", baseLoad}, {"loadstring", baseLoadstring}, {"next", baseNext},
		{"pcall", basePcall}, {"rawequal", baseRawequal}, {"rawget", baseRawget}, {"rawset", baseRawset},
		{"select", baseSelect}, {"setmetatable", baseSetmetatable}, {"tonumber", baseTonumber},
		{"tostring", baseTostring}, {"type", baseType}, {"unpack", baseUnpack}, {"xpcall", baseXpcall},
		{"pairs", basePairs}, {"ipairs", baseIpairs},
	})
}

func baseAssert(vm *VM, args []Value) []Value {
	if !truthy(vm.checkAny(args, 1)) {
		vm.fail("%s", vm.optString(args, 2, "assertion failed!"))
	}
	return args
}

// baseCollect has nothing to do: what it tells is what the script has
// allocated, the same on every node.
func baseCollect(vm *VM, args []Value) []Value {
	switch opt := vm.optString(args, 1, "collect"); opt {
	case "count":
		return number(float64(bytesMax-vm.bytes) / 1024)
	case "step":
		return one(true)
	case "collect", "stop", "restart", "setpause", "setstepmul":
		return number(0)
	default:
		vm.argFail(1, fmt.Sprintf("invalid option '%s'", opt))
	}
	return nil
}

func baseGcinfo(vm *VM, _ []Value) []Value { return number(float64((bytesMax - vm.bytes) / 1024)) }

func baseError(vm *VM, args []Value) []Value {
	level := vm.optInt(args, 2, 1)
	v := arg(args, 1)
	if s, ok := toString(v); ok && level > 0 {
		v = vm.text(vm.where(level) + s)
	}
	vm.throwValue(v)
	return nil
}

func baseGetmetatable(vm *VM, args []Value) []Value {
	var mt *Table
	switch v := vm.checkAny(args, 1).(type) {
	case *Table:
		mt = v.meta
	case string:
		mt = vm.stringMeta
	}
	if mt == nil {
		return one(nil)
	}
	if shown := mt.getStr("__metatable"); shown != nil {
		return one(shown)
	}
	return one(mt)
}

func baseSetmetatable(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	mt, ok := arg(args, 2).(*Table)
	if !ok && (len(args) < 2 || args[1] != nil) {
		vm.argFail(2, "nil or table expected")
	}
	if t.meta != nil && t.meta.getStr("__metatable") != nil {
		vm.fail("cannot change a protected metatable")
	}
	if t.readonly {
		vm.throw("Attempt to modify a readonly table")
	}
	t.meta = mt
	return one(t)
}

func baseNext(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	k, v, ok := t.next(arg(args, 2))
	if !ok {
		vm.throw("invalid key to 'next'")
	}
	if k == nil {
		return one(nil)
	}
	return []Value{k, v}
}

func basePairs(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	return []Value{vm.globals.getStr("next"), t, nil}
}

func baseIpairs(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	return []Value{vm.script.ipairs, t, num(0)}
}

func ipairsStep(vm *VM, args []Value) []Value {
	i := vm.checkInt(args, 2) + 1
	v := vm.checkTable(args, 1).getInt(i)
	if v == nil {
		return nil
	}
	return []Value{num(float64(i)), v}
}

func basePcall(vm *VM, args []Value) []Value {
	fn := vm.checkAny(args, 1)
	r, err := vm.protect(func() []Value { return vm.callInner(fn, args[1:]...) }, nil)
	if err != nil {
		v := err.value
		if t, ok := v.(*Table); ok { // Redis shows the text of its own errors
			if s, isText := toString(t.getStr("err")); isText {
				v = s
			}
		}
		return []Value{false, v}
	}
	return append([]Value{true}, r...)
}

func baseXpcall(vm *VM, args []Value) []Value {
	if len(args) < 2 {
		vm.argFail(2, "value expected")
	}
	r, err := vm.protect(
		func() []Value { return vm.callInner(args[0]) },
		func(v Value) Value { return first(vm.callInner(args[1], v)) },
	)
	if err != nil {
		return []Value{false, err.value}
	}
	return append([]Value{true}, r...)
}

func baseRawequal(vm *VM, args []Value) []Value {
	a, b := vm.checkAny(args, 1), vm.checkAny(args, 2)
	if s, ok := a.(string); ok {
		vm.step(len(s) >> 8)
	}
	return one(rawEqual(a, b))
}

func baseRawget(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	return one(t.get(vm.checkAny(args, 2)))
}

func baseRawset(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	vm.rawSet(t, vm.checkAny(args, 2), vm.checkAny(args, 3))
	return one(t)
}

func baseSelect(vm *VM, args []Value) []Value {
	if s, ok := arg(args, 1).(string); ok && strings.HasPrefix(s, "#") {
		return number(float64(len(args) - 1))
	}
	n := vm.checkInt(args, 1)
	if n < 0 {
		n = len(args) + n
	} else if n > len(args) {
		n = len(args)
	}
	if n < 1 {
		vm.argFail(1, "index out of range")
	}
	return args[n:]
}

func baseTonumber(vm *VM, args []Value) []Value {
	base := vm.optInt(args, 2, 10)
	if base == 10 {
		if f, ok := toNumber(vm.checkAny(args, 1)); ok {
			return number(f)
		}
		return one(nil)
	}
	s := vm.checkString(args, 1)
	if base < 2 || base > 36 {
		vm.argFail(2, "base out of range")
	}
	return one(parseBase(s, base))
}

// parseBase is tonumber with a base: strtoul.
func parseBase(s string, base int) Value {
	if len(s) > numeralMax {
		return nil
	}
	s, _, _ = strings.Cut(s, "\x00") // where C ends it
	s = strings.Trim(s, blanks)
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative, s = s[0] == '-', s[1:]
	}
	if base == 16 && len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	for i := range len(s) { // all of it, also behind what is too big
		if _, err := strconv.ParseUint(s[i:i+1], base, 8); err != nil {
			return nil
		}
	}
	if s == "" {
		return nil
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil { // too big
		negative = false
	}
	if negative {
		n = -n
	}
	return num(float64(n))
}

// toText is tostring. A table shows a number of its own where Lua shows an
// address, which would differ between nodes.
func (vm *VM) toText(v Value) string {
	if h := vm.metaOf(v, "__tostring"); h != nil {
		s, ok := toString(first(vm.callInner(h, v)))
		if !ok {
			vm.fail("'tostring' must return a string to 'print'")
		}
		return s
	}
	id := uint32(0)
	switch v := v.(type) {
	case nil:
		return "nil"
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return formatNumber(v)
	case string:
		return v
	case *Table:
		id = v.id
	case *Function:
		id = v.id
	case *Coroutine:
		id = v.id
	case *Userdata:
		if v == Null {
			return "userdata: (nil)"
		}
		id = v.id
	}
	return fmt.Sprintf("%s: 0x%012x", typeName(v), uint64(id)*16)
}

func baseTostring(vm *VM, args []Value) []Value {
	v := vm.checkAny(args, 1)
	if _, ok := v.(string); ok && vm.stringMeta.getStr("__tostring") == nil {
		return one(v)
	}
	return one(vm.text(vm.toText(v)))
}

func baseType(vm *VM, args []Value) []Value { return one(typeName(vm.checkAny(args, 1))) }

func baseUnpack(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	i := vm.optInt(args, 2, 1)
	e := 0
	if arg(args, 3) == nil {
		e = t.length()
	} else {
		e = vm.checkInt(args, 3)
	}
	if i > e {
		return nil
	}
	n := e - i + 1
	if n <= 0 || n+len(args) > stackMax {
		vm.fail("too many results to unpack")
	}
	vm.step(n >> 2)
	out := make([]Value, n)
	for k := range out {
		out[k] = t.getInt(i + k)
	}
	return out
}

// loadChunk compiles source that a script has made.
func (vm *VM) loadChunk(src, name string) []Value {
	vm.step(len(src))
	vm.alloc(32 * len(src))
	p, err := Compile(chunkID(name), src)
	if err != nil {
		return []Value{nil, err.Error()}
	}
	vm.ids++
	return one(&Function{id: vm.ids, code: p.main})
}

// chunkID shortens the name of a chunk for messages (luaO_chunkid).
func chunkID(name string) string {
	const most = 60
	if name != "" && (name[0] == '=' || name[0] == '@') {
		return name[1:min(len(name), most)]
	}
	line, more, _ := strings.Cut(name, "\n")
	room := most - len(`[string "..."]`) - 1
	if more != "" || len(line) < len(name) || len(line) > room {
		return `[string "` + line[:min(len(line), room)] + `..."]`
	}
	return `[string "` + line + `"]`
}

func baseLoadstring(vm *VM, args []Value) []Value {
	src := vm.checkString(args, 1)
	return vm.loadChunk(src, vm.optString(args, 2, src))
}

func baseLoad(vm *VM, args []Value) []Value {
	fn := vm.checkFunction(args, 1)
	name := vm.optString(args, 2, "=(load)")
	var b strings.Builder
	for {
		v := first(vm.callInner(fn))
		if v == nil || v == "" {
			break
		}
		s, ok := toString(v)
		if !ok {
			return []Value{nil, "reader function must return a string"}
		}
		vm.alloc(len(s))
		b.WriteString(s)
	}
	return vm.loadChunk(b.String(), name)
}
