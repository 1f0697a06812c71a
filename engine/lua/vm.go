package lua

import (
	"fmt"
	"iter"
)

// Limits of one run. They count what a script does, never time, so that a
// script is stopped at the same point on every node.
const (
	// stepsMax is about how many operations a script may execute. A call of
	// the database and work in the libraries cost steps as well. It is reached
	// in well under a second on a current machine.
	stepsMax = 10_000_000
	// bytesMax is how many bytes a script may allocate in all; what it drops
	// again counts too, as what is garbage at a given moment differs between
	// nodes.
	bytesMax = 256 << 20

	callsMax   = 20_000  // depth of Lua calls (LUAI_MAXCALLS)
	goCallsMax = 200     // depth of calls through library functions (LUAI_MAXCCALLS)
	depthMax   = 300_000 // depth of nested syntax over all active calls
	stackMax   = 8000    // LUAI_MAXCSTACK
	unpackMax  = 7997    // values on the stack at a time (LUAI_MAXCSTACK)
)

// abort ends a run; pcall does not catch it.
type abort string

const (
	abortSteps  abort = "Script exceeded its instruction budget"
	abortMemory abort = "Script exceeded its memory budget"
)

// luaError is an error that a script has raised.
type luaError struct{ value Value }

// callInfo is one active function. f is nil for a library function.
type callInfo struct {
	fn    *Function
	f     *frame
	tails int // calls that gave their place to this one
}

// thread is what the main program and each coroutine has of its own.
type thread struct {
	calls   []callInfo
	goCalls int
	co      *Coroutine // nil: the main program
}

// VM executes scripts, one at a time.
type VM struct {
	globals    *Table
	stringMeta *Table

	steps, bytes int
	ids, baseIDs uint32
	depth        int
	th           *thread
	main         thread
	running      []*Coroutine // to be ended with the run
	random       uint64
	json         jsonConfig
	// quiet: the database is being called, whose work must not be cut off
	// half-way; an exhausted budget shows when it has answered.
	quiet bool

	script scriptState
}

// step charges work.
func (vm *VM) step(n int) {
	if vm.steps -= n; vm.steps < 0 {
		vm.exhausted(abortSteps)
	}
}

// alloc charges memory, and the time to fill it.
func (vm *VM) alloc(n int) {
	vm.steps -= n >> 6
	if vm.bytes -= n; vm.bytes < 0 {
		vm.exhausted(abortMemory)
	}
}

func (vm *VM) exhausted(why abort) {
	if !vm.quiet {
		panic(why)
	}
}

func (vm *VM) spent() bool { return vm.steps < 0 || vm.bytes < 0 }

// text charges a new string.
func (vm *VM) text(s string) string {
	vm.alloc(len(s) + 16)
	return s
}

// concatText joins two strings.
func (vm *VM) concatText(a, b string) string {
	vm.alloc(len(a) + len(b) + 16)
	return a + b
}

// where is the position of the function at a level, as it begins a message;
// empty for a library function.
func (vm *VM) where(level int) string {
	calls := vm.th.calls
	for i := len(calls) - 1; i >= 0; i-- {
		c := &calls[i]
		if level == 0 {
			if c.f == nil {
				return ""
			}
			return fmt.Sprintf("%s:%d: ", c.fn.code.chunk, c.f.line)
		}
		if level--; level < c.tails {
			return ""
		}
		level -= c.tails
	}
	return ""
}

func (vm *VM) throwValue(v Value) { panic(&luaError{v}) }

// throw raises an error of the machine itself: with the position if a Lua
// function runs (luaG_runerror).
func (vm *VM) throw(format string, args ...any) {
	vm.throwValue(vm.text(vm.where(0) + fmt.Sprintf(format, args...)))
}

// fail raises an error of a library function, with the position of its caller
// (luaL_error).
func (vm *VM) fail(format string, args ...any) {
	vm.throwValue(vm.text(vm.where(1) + fmt.Sprintf(format, args...)))
}

// argFail raises "bad argument" (luaL_argerror). i counts from 1.
func (vm *VM) argFail(i int, msg string) {
	name := vm.goName()
	if vm.goMethod() {
		if i--; i == 0 {
			vm.fail("calling '%s' on bad self (%s)", name, msg)
		}
	}
	vm.fail("bad argument #%d to '%s' (%s)", i, name, msg)
}

// goName is how the running library function was called.
func (vm *VM) goName() string {
	calls := vm.th.calls
	if n := len(calls); n > 1 && calls[n-2].f != nil {
		if name := calls[n-2].f.callee; name != "" {
			return name
		}
	}
	return "?"
}

func (vm *VM) goMethod() bool {
	calls := vm.th.calls
	n := len(calls)
	return n > 1 && calls[n-2].f != nil && calls[n-2].f.calleeMethod
}

// frame is a Lua function being executed.
type frame struct {
	vm    *VM
	fn    *Function
	slots []Value // locals; a captured one as a *cell
	va    []Value
	ret   []Value
	line  int

	// tail is the Lua function that takes this one's place, with ret as its
	// arguments.
	tail *Function
	// callee names the function being called, for messages.
	callee       string
	calleeMethod bool
}

// call runs a function value. Errors are panics.
func (vm *VM) call(fn Value, args []Value) []Value {
	f, ok := fn.(*Function)
	if !ok {
		h := vm.metaOf(fn, "__call")
		if f, ok = h.(*Function); !ok {
			vm.throw("attempt to call a %s value", typeName(fn))
		}
		args = append([]Value{fn}, args...)
	}
	if f.goFn != nil {
		return vm.callGo(f, args)
	}
	return vm.callLua(f, args)
}

// callInner is call from a library function or for a metamethod.
func (vm *VM) callInner(fn Value, args ...Value) []Value {
	th := vm.th
	if th.goCalls >= goCallsMax {
		vm.throw("C stack overflow")
	}
	th.goCalls++
	vm.step(5)
	r := vm.call(fn, args)
	th.goCalls--
	return r
}

func (vm *VM) callGo(f *Function, args []Value) []Value {
	vm.step(2 + len(args)>>3)
	th := vm.th
	if len(th.calls) >= callsMax {
		vm.throw("stack overflow")
	}
	th.calls = append(th.calls, callInfo{fn: f})
	r := f.goFn(vm, args)
	th.calls = th.calls[:len(th.calls)-1]
	return r
}

func (vm *VM) callLua(fn *Function, args []Value) []Value {
	th := vm.th
	at := len(th.calls)
	depth := vm.depth
	th.calls = append(th.calls, callInfo{})
	for tails := 0; ; tails++ {
		p := fn.code
		vm.depth += p.depth
		vm.step(3 + (p.slots+len(args))>>3)
		f := &frame{vm: vm, fn: fn, slots: make([]Value, p.slots), line: p.line}
		th.calls[at] = callInfo{fn: fn, f: f, tails: tails}
		if len(th.calls) > callsMax || vm.depth > depthMax {
			th.calls = th.calls[:at]
			vm.depth = depth
			vm.throw("stack overflow")
		}
		f.bind(args)
		p.run(f)
		if f.tail == nil {
			th.calls = th.calls[:at]
			vm.depth = depth
			return f.ret
		}
		fn, args = f.tail, f.ret
		vm.depth = depth
	}
}

// bind stores arguments in parameters.
func (f *frame) bind(args []Value) {
	p := f.fn.code
	for i, v := range p.params {
		var arg Value
		if i < len(args) {
			arg = args[i]
		}
		f.declare(v, arg)
	}
	if !p.vararg {
		return
	}
	if len(args) > len(p.params) {
		f.va = args[len(p.params):]
	}
	if p.argTable != nil && (!p.argUsed || p.dotsUsed) {
		f.declare(p.argTable, nil)
	} else if p.argTable != nil {
		t := f.vm.newTable(len(f.va), 1)
		copy(t.array, f.va)
		t.setStr("n", num(float64(len(f.va))))
		f.declare(p.argTable, t)
	}
}

// declare begins the life of a local.
func (f *frame) declare(v *localVar, val Value) {
	if v.captured {
		f.vm.alloc(32)
		f.slots[v.slot] = &cell{val}
		return
	}
	f.slots[v.slot] = val
}

// protect runs fn and answers the error it raised; handler, if any, sees it
// while the stack still stands. Only errors of the script are caught.
func (vm *VM) protect(fn func() []Value, handler func(Value) Value) (ret []Value, err *luaError) {
	vm.step(10)
	th := vm.th
	calls, goCalls, depth := len(th.calls), th.goCalls, vm.depth
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *luaError:
			vm.step(100)
			if handler != nil {
				r = &luaError{vm.handled(handler, r.value)}
			}
			th.calls, th.goCalls, vm.depth = th.calls[:calls], goCalls, depth
			ret, err = nil, r
		default:
			panic(r)
		}
	}()
	return fn(), nil
}

// handled runs an error handler, whose own errors become its answer.
func (vm *VM) handled(handler func(Value) Value, v Value) (out Value) {
	r, err := vm.protect(func() []Value { return []Value{handler(v)} }, nil)
	if err != nil {
		return err.value
	}
	return r[0]
}

// metaOf is a metamethod of a value, nil if it has none.
func (vm *VM) metaOf(v Value, event string) Value {
	var mt *Table
	switch v := v.(type) {
	case *Table:
		mt = v.meta
	case string:
		mt = vm.stringMeta
	}
	if mt == nil {
		return nil
	}
	return mt.getStr(event)
}

// endCoroutines ends what a run has left suspended.
func (vm *VM) endCoroutines() {
	for _, co := range vm.running {
		if co.stop != nil {
			co.stop()
		}
	}
	vm.running = nil
}

// Coroutine is a thread of Lua. It runs on iter.Pull's switch between stacks,
// so never beside anything else.
type Coroutine struct {
	id     uint32
	fn     *Function
	th     thread
	status string // suspended, running, normal, dead
	in     []Value
	next   func() ([]Value, bool)
	stop   func()
	err    any // what ended it: *luaError, or a panic to pass on
	yield  func([]Value) bool
	base   int // goCalls of its thread when it was resumed
}

// killed unwinds a coroutine that is ended from outside.
type killed struct{}

func (vm *VM) newCoroutine(fn *Function) *Coroutine {
	vm.alloc(4096)
	vm.step(400)
	vm.ids++
	co := &Coroutine{id: vm.ids, fn: fn, status: "suspended"}
	co.th.co = co
	co.next, co.stop = iter.Pull(iter.Seq[[]Value](func(yield func([]Value) bool) {
		defer func() {
			if r := recover(); r != nil {
				if _, isKill := r.(killed); !isKill {
					co.err = r
				}
			}
		}()
		co.yield = yield
		out := vm.call(co.fn, co.in)
		co.status = "dead"
		yield(out)
	}))
	vm.running = append(vm.running, co)
	return co
}

// resume continues a coroutine; ok false: ret holds the error value.
func (vm *VM) resume(co *Coroutine, args []Value) (ret []Value, ok bool) {
	if co.status != "suspended" {
		return []Value{"cannot resume " + adjective(co.status) + " coroutine"}, false
	}
	before, depth := vm.th, vm.depth
	if before.goCalls >= goCallsMax {
		return []Value{"C stack overflow"}, false
	}
	if before.co != nil {
		before.co.status = "normal"
	}
	vm.step(50)
	co.status, co.in = "running", args
	co.th.goCalls = before.goCalls + 1
	co.base = co.th.goCalls
	vm.th = &co.th
	ret, more := co.next()
	vm.th, vm.depth = before, depth
	if before.co != nil {
		before.co.status = "running"
	}
	if !more || co.err != nil {
		co.status = "dead"
		if e, isError := co.err.(*luaError); isError {
			return []Value{e.value}, false
		}
		if co.err != nil {
			panic(co.err)
		}
	}
	if co.status == "running" {
		co.status = "suspended"
	}
	return ret, true
}

func adjective(status string) string {
	if status == "normal" {
		return "normal"
	}
	if status == "running" {
		return "running"
	}
	return "dead"
}

// suspend leaves the running coroutine until it is resumed.
func (vm *VM) suspend(values []Value) []Value {
	co := vm.th.co
	if co == nil {
		vm.throw("attempt to yield from outside a coroutine")
	}
	if vm.th.goCalls > co.base {
		vm.throw("attempt to yield across metamethod/C-call boundary")
	}
	if !co.yield(values) {
		panic(killed{})
	}
	return co.in
}
