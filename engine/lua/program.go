package lua

import (
	"errors"
	"fmt"
)

// SourceMax is the longest script, in bytes.
const SourceMax = 1 << 20

// Program is a compiled chunk. It is never changed, and may run on any
// machine.
type Program struct {
	main *proto
	size int
}

// Size is the length of the source, as what a cache of programs holds.
func (p *Program) Size() int { return p.size }

// Compile compiles a chunk. name is what messages call it.
func Compile(name, src string) (p *Program, err error) {
	if len(src) > SourceMax {
		return nil, fmt.Errorf("%s: the script has %d bytes, the most is %d", name, len(src), SourceMax)
	}
	if src != "" && src[0] == '\x1b' {
		return nil, errors.New(name + ": bad header in precompiled chunk")
	}
	defer func() {
		if r := recover(); r != nil {
			text, ok := r.(syntaxError)
			if !ok {
				panic(r)
			}
			p, err = nil, errors.New(string(text))
		}
	}()
	main := parse(src, name)
	compileProto(main)
	return &Program{main: main, size: len(src)}, nil
}

// Run is one execution of a program.
type Run struct {
	// Name is what errors call the script: its SHA1, or a function's name.
	Name string
	// Function is the one to call of those that the program registers; empty:
	// the program is itself the script.
	Function string
	Keys     [][]byte
	Args     [][]byte
}

// Run executes a program and gives its reply to out. It changes nothing
// outside but by what it calls on the host.
func (vm *VM) Run(p *Program, run Run, host Host, out Reply) {
	vm.reset()
	vm.script.begin(host, run.Name)
	defer vm.finish()
	v, fault := vm.outermost(func() Value {
		if run.Function == "" {
			vm.setArguments(run.Keys, run.Args)
			return first(vm.callLua(vm.mainOf(p), nil))
		}
		fns := vm.load(p)
		for _, fn := range fns {
			if fn.Name == run.Function {
				return first(vm.callInner(fn.callback, vm.bytesTable(run.Keys), vm.bytesTable(run.Args)))
			}
		}
		vm.throwValue("the library does not register the function")
		return nil
	})
	if fault == "" {
		fault = vm.answer(v, out)
	}
	if fault != "" {
		out.Err(fault)
	}
}

// FunctionInfo is a function that a library registers.
type FunctionInfo struct {
	Name        string
	Description string
	Described   bool
	Flags       []string

	callback *Function
}

// Load runs a library and answers what it registers; fault is the error it
// raised, without a code.
func (vm *VM) Load(p *Program, host Host) (fns []FunctionInfo, fault string) {
	vm.reset()
	vm.script.begin(host, "")
	defer vm.finish()
	_, fault = vm.outermost(func() Value {
		fns = vm.load(p)
		return nil
	})
	return fns, fault
}

func (vm *VM) load(p *Program) []FunctionInfo {
	scriptGlobals := vm.globals
	vm.globals = vm.script.loadGlobals
	vm.script.loading, vm.script.functions = true, nil
	vm.callLua(vm.mainOf(p), nil)
	vm.script.loading = false
	vm.globals = scriptGlobals
	return vm.script.functions
}

func (vm *VM) mainOf(p *Program) *Function {
	vm.ids++
	return &Function{id: vm.ids, code: p.main}
}

// finish lets go of all that the run has left.
func (vm *VM) finish() {
	vm.endCoroutines()
	vm.globals = vm.script.runGlobals
	vm.clearArguments()
	vm.script.host, vm.script.functions, vm.script.loading = nil, nil, false
	vm.main = thread{}
	vm.th = &vm.main
}

// outermost runs what is protected by nothing else; fault is the text of the
// error reply.
func (vm *VM) outermost(fn func() Value) (v Value, fault string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case abort:
			fault = vm.withSource("ERR "+vm.where(0)+string(r), true)
		default:
			panic(r)
		}
	}()
	r, err := vm.protect(func() []Value { return one(fn()) }, func(v Value) Value { return vm.withSource(vm.faultText(v)) })
	if err != nil {
		text, ok := err.value.(string)
		if !ok {
			text = "ERR unknown error"
		}
		return nil, text
	}
	return r[0], ""
}

// faultText is the text of an error value: a table's err, or ERR and the value.
func (vm *VM) faultText(v Value) (text string, placed bool) {
	if t, ok := v.(*Table); ok {
		if s, isText := toString(t.getStr("err")); isText {
			return s, true
		}
		return "ERR unknown error", true
	}
	return "ERR " + vm.toText(v), true
}

// withSource adds which script failed, and where.
func (vm *VM) withSource(text string, placed bool) string {
	if !placed || vm.script.loading {
		return text
	}
	calls := vm.th.calls
	at := len(calls) - 1
	if at > 0 && calls[at].f == nil {
		at--
	}
	if at < 0 {
		return text
	}
	source, line := "=[C]", -1
	if f := calls[at].f; f != nil {
		source, line = "@"+calls[at].fn.code.chunk, f.line
	}
	return fmt.Sprintf("%s script: %s, on %s:%d.", text, vm.script.name, source, line)
}
