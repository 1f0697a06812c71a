package lua

import (
	"fmt"
	"math"
)

// entry is one function of a library.
type entry struct {
	name string
	fn   GoFunc
}

func (vm *VM) newFunction(name string, fn GoFunc) *Function {
	vm.ids++
	return &Function{id: vm.ids, name: name, goFn: fn}
}

// register adds functions to a table, in order.
func (vm *VM) register(t *Table, list []entry) {
	for _, e := range list {
		t.setStr(e.name, vm.newFunction(e.name, e.fn))
	}
}

// library makes a global table of functions.
func (vm *VM) library(name string, list []entry) *Table {
	t := vm.newTable(0, len(list))
	vm.register(t, list)
	vm.globals.setStr(name, t)
	return t
}

func arg(args []Value, i int) Value {
	if i <= len(args) {
		return args[i-1]
	}
	return nil
}

// argType names argument i in a message.
func argType(args []Value, i int) string {
	if i > len(args) {
		return "no value"
	}
	return typeName(args[i-1])
}

func (vm *VM) typeExpected(args []Value, i int, want string) {
	vm.argFail(i, fmt.Sprintf("%s expected, got %s", want, argType(args, i)))
}

func (vm *VM) checkAny(args []Value, i int) Value {
	if i > len(args) {
		vm.argFail(i, "value expected")
	}
	return args[i-1]
}

func (vm *VM) checkTable(args []Value, i int) *Table {
	t, ok := arg(args, i).(*Table)
	if !ok {
		vm.typeExpected(args, i, "table")
	}
	return t
}

func (vm *VM) checkFunction(args []Value, i int) *Function {
	f, ok := arg(args, i).(*Function)
	if !ok {
		vm.typeExpected(args, i, "function")
	}
	return f
}

func (vm *VM) checkNumber(args []Value, i int) float64 {
	f, ok := toNumber(arg(args, i))
	if !ok {
		vm.typeExpected(args, i, "number")
	}
	return f
}

// checkInt is luaL_checkint, which cuts to 32 bits, as most of Lua's library does.
func (vm *VM) checkInt(args []Value, i int) int { return int(int32(vm.checkInteger(args, i))) }

// checkInteger is luaL_checkinteger.
func (vm *VM) checkInteger(args []Value, i int) int { return int(toInt(vm.checkNumber(args, i))) }

func (vm *VM) optInt(args []Value, i, def int) int {
	if arg(args, i) == nil {
		return def
	}
	return vm.checkInt(args, i)
}

func (vm *VM) optInteger(args []Value, i, def int) int {
	if arg(args, i) == nil {
		return def
	}
	return vm.checkInteger(args, i)
}

func (vm *VM) checkString(args []Value, i int) string {
	s, ok := toString(arg(args, i))
	if !ok {
		vm.typeExpected(args, i, "string")
	}
	return s
}

func (vm *VM) optString(args []Value, i int, def string) string {
	if arg(args, i) == nil {
		return def
	}
	return vm.checkString(args, i)
}

func one(v Value) []Value { return []Value{v} }

func number(f float64) []Value { return []Value{num(f)} }

// New makes a machine with all libraries. Scripts can change none of them, so
// that one machine runs one script after another.
func New() *VM {
	vm := &VM{steps: math.MaxInt, bytes: math.MaxInt}
	vm.th = &vm.main
	vm.globals = vm.newTable(0, 64)
	vm.openBase()
	vm.openTable()
	vm.openString()
	vm.openMath()
	vm.openCoroutine()
	vm.openRedis()
	vm.globals.setStr("cjson", vm.newJSON())
	vm.openMsgpack()
	vm.openStruct()
	vm.openBit()
	guard := vm.newTable(0, 1)
	guard.setStr("__index", vm.newFunction("__index", func(vm *VM, args []Value) []Value {
		name, _ := toString(arg(args, 2))
		vm.fail("Script attempted to access nonexistent global variable '%s'", name)
		return nil
	}))
	vm.globals.meta = guard
	s := &vm.script
	s.runGlobals, s.loadGlobals = vm.globals, vm.newTable(0, 1)
	s.loadGlobals.setStr("redis", s.loadAPI)
	s.loadGlobals.meta, s.loadAPI.meta = guard, guard
	vm.protectTables(vm.globals)
	vm.protectTables(s.loadGlobals)
	vm.baseIDs = vm.ids
	return vm
}

// protectTables makes a table and all that can be reached from it read-only.
func (vm *VM) protectTables(t *Table) {
	if t == nil || t.readonly {
		return
	}
	t.readonly = true
	vm.protectTables(t.meta)
	for i := range t.nodes {
		if inner, ok := t.nodes[i].val.(*Table); ok {
			vm.protectTables(inner)
		}
	}
}

// reset gives a run its budgets and a state that nothing before can show in.
func (vm *VM) reset() {
	vm.steps, vm.bytes = stepsMax, bytesMax
	vm.ids, vm.depth = vm.baseIDs, 0
	vm.main = thread{}
	vm.th = &vm.main
	vm.random = randomSeed(0)
	vm.json = defaultJSON()
	vm.quiet = false
}
