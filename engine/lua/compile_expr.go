package lua

// Expressions: each becomes a closure that answers its value.

// exprs compiles a list, of which the last may give any number of values.
func (c *compiler) exprs(list []expr) multiFn {
	if len(list) == 0 {
		return func(*frame) []Value { return nil }
	}
	last := list[len(list)-1]
	single := make([]evalFn, 0, len(list))
	for _, e := range list[:len(list)-1] {
		single = append(single, c.expr(e))
	}
	if !isMulti(last) {
		single = append(single, c.expr(last))
		return func(f *frame) []Value {
			out := make([]Value, len(single))
			for i, eval := range single {
				out[i] = eval(f)
			}
			return out
		}
	}
	rest := c.multi(last)
	if len(single) == 0 {
		return rest
	}
	return func(f *frame) []Value {
		out := make([]Value, len(single), len(single)+4)
		for i, eval := range single {
			out[i] = eval(f)
		}
		more := rest(f)
		f.vm.step(len(more) >> 3)
		return append(out, more...)
	}
}

func isMulti(e expr) bool {
	switch e.(type) {
	case *eCall, *eMethod, eVararg:
		return true
	}
	return false
}

func (c *compiler) multi(e expr) multiFn {
	defer c.down()()
	if _, ok := e.(eVararg); ok {
		c.cost++
		return func(f *frame) []Value {
			f.vm.step(len(f.va) >> 3)
			return append([]Value(nil), f.va...)
		}
	}
	prepare, name := c.callee(e)
	line := lineOf(e)
	return func(f *frame) []Value {
		fn, args := prepare(f)
		f.line = line
		return f.vm.callNamed(fn, args, name)
	}
}

func lineOf(e expr) int {
	switch e := e.(type) {
	case *eCall:
		return e.line
	case *eMethod:
		return e.line
	}
	return 0
}

// callNamed calls what the source calls name.
func (vm *VM) callNamed(fn Value, args []Value, name string) []Value {
	if f, ok := fn.(*Function); ok {
		if f.goFn == nil {
			return vm.callLua(f, args)
		}
		return vm.callGo(f, args)
	}
	if vm.metaOf(fn, "__call") == nil {
		vm.typeFail(fn, "call", name)
	}
	return vm.call(fn, args)
}

// callee compiles the function and the arguments of a call.
func (c *compiler) callee(e expr) (prepare func(f *frame) (Value, []Value), name string) {
	c.cost += 2
	switch e := e.(type) {
	case *eCall:
		fn, args, short := c.expr(e.fn), c.exprs(e.args), shortName(e.fn)
		line := e.line
		return func(f *frame) (Value, []Value) {
			v := fn(f)
			list := args(f)
			f.line = line
			f.callee, f.calleeMethod = short, false
			return v, list
		}, describe(e.fn)
	case *eMethod:
		obj, args, what := c.expr(e.obj), c.exprs(e.args), describe(e.obj)
		line, method := e.line, e.name
		return func(f *frame) (Value, []Value) {
			o := obj(f)
			f.line = line
			v := f.vm.index(o, method, what)
			list := args(f)
			list = append(list, nil)
			copy(list[1:], list)
			list[0] = o
			f.line = line
			f.callee, f.calleeMethod = method, true
			return v, list
		}, "method '" + e.name + "'"
	}
	panic("lua: not a call")
}

// describe is what messages call the value of an expression.
func describe(e expr) string {
	switch e := e.(type) {
	case *eLocal:
		return "local '" + e.v.name + "'"
	case *eUp:
		return "upvalue '" + e.name + "'"
	case *eGlobal:
		return "global '" + e.name + "'"
	case *eIndex:
		return "field '" + shortName(e) + "'"
	case *eParen:
		return describe(e.e)
	case *eBin: // of which Lua compiles the right side only, if the left one is a constant that lets it
		if k, ok := e.l.(*eConst); ok && (e.op == tAnd && truthy(k.v) || e.op == tOr && !truthy(k.v)) {
			return describe(e.r)
		}
	}
	return ""
}

func shortName(e expr) string {
	switch e := e.(type) {
	case *eLocal:
		return e.v.name
	case *eUp:
		return e.name
	case *eGlobal:
		return e.name
	case *eIndex:
		if k, ok := e.key.(*eConst); ok {
			if s, isString := k.v.(string); isString {
				return s
			}
		}
		return "?"
	}
	return ""
}

func (c *compiler) expr(e expr) evalFn {
	defer c.down()()
	c.cost++
	switch e := e.(type) {
	case *eConst:
		v := e.v
		return func(*frame) Value { return v }
	case *eLocal:
		slot := e.v.slot
		if e.v.captured {
			return func(f *frame) Value { return f.slots[slot].(*cell).v }
		}
		return func(f *frame) Value { return f.slots[slot] }
	case *eUp:
		i := e.index
		return func(f *frame) Value { return f.fn.up[i].v }
	case *eGlobal:
		name := e.name
		var key Value = name
		return func(f *frame) Value {
			if v := f.vm.globals.getStr(name); v != nil {
				return v
			}
			return f.vm.index(f.vm.globals, key, "")
		}
	case *eIndex:
		return c.indexExpr(e)
	case eVararg:
		return func(f *frame) Value { return first(f.va) }
	case *eCall, *eMethod:
		call := c.multi(e)
		return func(f *frame) Value { return first(call(f)) }
	case *eParen:
		return c.expr(e.e)
	case *eFunc:
		return c.function(e)
	case *eTable:
		return c.table(e)
	case *eUn:
		return c.unary(e)
	case *eBin:
		return c.binary(e)
	}
	panic("lua: an expression of no kind")
}

func (c *compiler) indexExpr(e *eIndex) evalFn {
	obj, name, line := c.expr(e.obj), describe(e.obj), e.line
	if k, ok := e.key.(*eConst); ok {
		if s, isString := k.v.(string); isString {
			return func(f *frame) Value {
				o := obj(f)
				if t, isTable := o.(*Table); isTable {
					if v := t.getStr(s); v != nil || t.meta == nil {
						return v
					}
				}
				f.line = line
				return f.vm.index(o, k.v, name)
			}
		}
	}
	key := c.expr(e.key)
	return func(f *frame) Value {
		o := obj(f)
		k := key(f)
		f.line = line
		return f.vm.index(o, k, name)
	}
}

func (c *compiler) function(e *eFunc) evalFn {
	p := e.p
	compileProto(p)
	size := 64 + 16*len(p.upvals)
	return func(f *frame) Value {
		f.vm.alloc(size)
		f.vm.ids++
		fn := &Function{id: f.vm.ids, code: p, up: make([]*cell, len(p.upvals))}
		for i, d := range p.upvals {
			if d.local != nil {
				fn.up[i] = f.slots[d.local.slot].(*cell)
			} else {
				fn.up[i] = f.fn.up[d.index]
			}
		}
		return fn
	}
}

// byteSize rounds a size as the bytecode of Lua does, in a mantissa of three
// bits (luaO_int2fb): a constructor's table starts with such a size.
func byteSize(n int) int {
	if n < 8 {
		return n
	}
	e := 0
	for n >= 16 {
		n = (n + 1) >> 1
		e++
	}
	return n << e
}

func (c *compiler) table(e *eTable) evalFn {
	type field struct{ key, val evalFn }
	fields := make([]field, len(e.values))
	var rest multiFn
	narray := e.narray
	for i := range e.values {
		if e.keys[i] != nil {
			fields[i].key = c.expr(e.keys[i])
		} else if i == len(e.values)-1 && isMulti(e.values[i]) {
			rest = c.multi(e.values[i])
			narray--
			continue
		}
		fields[i].val = c.expr(e.values[i])
	}
	asize, hsize := byteSize(narray), byteSize(e.nhash)
	return func(f *frame) Value {
		t := f.vm.newTable(asize, hsize)
		n := 0
		for i := range fields {
			fd := &fields[i]
			switch {
			case fd.key != nil:
				k := fd.key(f)
				f.vm.rawSet(t, k, fd.val(f))
			case fd.val != nil:
				v := fd.val(f)
				n++
				t.setInt(n, v)
			}
		}
		if rest != nil {
			more := rest(f)
			t.growArray(n + len(more))
			for i, v := range more {
				t.setInt(n+1+i, v)
			}
		}
		return t
	}
}

func (c *compiler) unary(e *eUn) evalFn {
	x, name, line := c.expr(e.e), describe(e.e), e.line
	switch e.op {
	case tNot:
		return func(f *frame) Value { return !truthy(x(f)) }
	case '-':
		return func(f *frame) Value {
			v := x(f)
			if n, ok := v.(float64); ok {
				return num(-n)
			}
			f.line = line
			return f.vm.negate(v, name)
		}
	}
	return func(f *frame) Value {
		v := x(f)
		f.line = line
		return f.vm.length(v, name)
	}
}

func (c *compiler) binary(e *eBin) evalFn {
	if e.op == tConcat {
		return c.concat(e)
	}
	l, r, line := c.expr(e.l), c.expr(e.r), e.line
	switch e.op {
	case tAnd:
		return func(f *frame) Value {
			if v := l(f); !truthy(v) {
				return v
			}
			return r(f)
		}
	case tOr:
		return func(f *frame) Value {
			if v := l(f); truthy(v) {
				return v
			}
			return r(f)
		}
	case tEq:
		return func(f *frame) Value { a := l(f); return f.vm.equal(a, r(f)) }
	case tNe:
		return func(f *frame) Value { a := l(f); return !f.vm.equal(a, r(f)) }
	case '<':
		return func(f *frame) Value { a, b := l(f), r(f); f.line = line; return f.vm.less(a, b) }
	case '>':
		return func(f *frame) Value { a, b := l(f), r(f); f.line = line; return f.vm.less(b, a) }
	case tLe:
		return func(f *frame) Value { a, b := l(f), r(f); f.line = line; return f.vm.lessEqual(a, b) }
	case tGe:
		return func(f *frame) Value { a, b := l(f), r(f); f.line = line; return f.vm.lessEqual(b, a) }
	}
	op, nameL, nameR := e.op, describe(e.l), describe(e.r)
	return func(f *frame) Value {
		a, b := l(f), r(f)
		if x, ok := a.(float64); ok {
			if y, ok := b.(float64); ok {
				return num(calculate(op, x, y))
			}
		}
		f.line = line
		return f.vm.arith(op, a, b, nameL, nameR)
	}
}

func (c *compiler) concat(e *eBin) evalFn {
	var parts []evalFn
	var names []string
	add := func(x expr) {
		parts = append(parts, c.expr(x))
		names = append(names, describe(x))
	}
	var last expr = e
	for {
		b, ok := last.(*eBin)
		if !ok || b.op != tConcat {
			break
		}
		add(b.l)
		last = b.r
	}
	add(last)
	line := e.line
	return func(f *frame) Value {
		vals := make([]Value, len(parts))
		for i, eval := range parts {
			vals[i] = eval(f)
		}
		f.line = line
		return f.vm.concat(vals, names)
	}
}
