package lua

func (vm *VM) openCoroutine() {
	vm.library("coroutine", []entry{
		{"create", coCreate}, {"resume", coResume}, {"running", coRunning}, {"status", coStatus},
		{"wrap", coWrap}, {"yield", func(vm *VM, args []Value) []Value { return vm.suspend(args) }},
	})
}

func (vm *VM) checkLuaFunction(args []Value) *Function {
	f, ok := arg(args, 1).(*Function)
	if !ok || f.goFn != nil {
		vm.argFail(1, "Lua function expected")
	}
	return f
}

func (vm *VM) checkCoroutine(args []Value) *Coroutine {
	co, ok := arg(args, 1).(*Coroutine)
	if !ok {
		vm.argFail(1, "coroutine expected")
	}
	return co
}

func coCreate(vm *VM, args []Value) []Value { return one(vm.newCoroutine(vm.checkLuaFunction(args))) }

func coResume(vm *VM, args []Value) []Value {
	co := vm.checkCoroutine(args)
	r, ok := vm.resume(co, args[1:])
	return append([]Value{ok}, r...)
}

func coRunning(vm *VM, _ []Value) []Value {
	if vm.th.co == nil {
		return one(nil)
	}
	return one(vm.th.co)
}

func coStatus(vm *VM, args []Value) []Value { return one(vm.checkCoroutine(args).status) }

func coWrap(vm *VM, args []Value) []Value {
	co := vm.newCoroutine(vm.checkLuaFunction(args))
	return one(vm.newFunction("wrap", func(vm *VM, args []Value) []Value {
		r, ok := vm.resume(co, args)
		if !ok {
			v := r[0]
			if s, isText := v.(string); isText {
				v = vm.concatText(vm.where(1), s)
			}
			vm.throwValue(v)
		}
		return r
	}))
}
