package lua

// A chunk becomes closures: one for each node of its tree. Statements charge
// for the nodes of their expressions at once.

type control int

const (
	goOn control = iota
	broken
	returned
)

type (
	evalFn  func(f *frame) Value
	multiFn func(f *frame) []Value
	execFn  func(f *frame) control
	storeFn func(f *frame, v Value)
)

// compiler builds the closures of one function.
type compiler struct {
	p     *proto
	cost  int // of the statement being compiled
	depth int
}

func compileProto(p *proto) {
	c := &compiler{p: p}
	body := c.block(p.body)
	p.run = func(f *frame) control { return body(f) }
	p.body = nil
}

func (c *compiler) down() func() {
	c.depth++
	c.p.depth = max(c.p.depth, c.depth)
	return func() { c.depth-- }
}

func (c *compiler) block(b block) execFn {
	defer c.down()()
	list := make([]execFn, len(b))
	for i, s := range b {
		list[i] = c.stat(s)
	}
	switch len(list) {
	case 0:
		return func(*frame) control { return goOn }
	case 1:
		return list[0]
	}
	return func(f *frame) control {
		for _, exec := range list {
			if ctl := exec(f); ctl != goOn {
				return ctl
			}
		}
		return goOn
	}
}

// charged compiles the expressions of a statement and answers their cost.
func (c *compiler) charged(build func()) int {
	outer := c.cost
	c.cost = 1
	build()
	n := c.cost
	c.cost = outer
	return n
}

func (c *compiler) stat(s stat) execFn {
	switch s := s.(type) {
	case *sLocal:
		return c.local(s)
	case *sAssign:
		return c.assign(s)
	case *sCall:
		var call multiFn
		cost := c.charged(func() { call = c.multi(s.call) })
		return func(f *frame) control {
			f.vm.step(cost)
			f.line = s.line
			call(f)
			return goOn
		}
	case *sDo:
		return c.block(s.body)
	case *sWhile:
		return c.while(s)
	case *sRepeat:
		return c.repeat(s)
	case *sIf:
		return c.ifStat(s)
	case *sNumFor:
		return c.numFor(s)
	case *sGenFor:
		return c.genFor(s)
	case *sLocalFunc:
		make := c.function(s.fn)
		v := s.v
		if !v.captured {
			return func(f *frame) control {
				f.vm.step(2)
				f.slots[v.slot] = make(f)
				return goOn
			}
		}
		return func(f *frame) control {
			f.vm.step(2)
			f.declare(v, nil)
			f.slots[v.slot].(*cell).v = make(f)
			return goOn
		}
	case *sReturn:
		return c.returnStat(s)
	}
	return func(*frame) control { return broken } // sBreak
}

func (c *compiler) local(s *sLocal) execFn {
	var one evalFn
	var list multiFn
	cost := c.charged(func() {
		if len(s.vars) == 1 && len(s.exprs) == 1 {
			one = c.expr(s.exprs[0])
		} else {
			list = c.exprs(s.exprs)
		}
	})
	if one != nil {
		v := s.vars[0]
		if !v.captured {
			return func(f *frame) control {
				f.vm.step(cost)
				f.line = s.line
				f.slots[v.slot] = one(f)
				return goOn
			}
		}
		return func(f *frame) control {
			f.vm.step(cost)
			f.line = s.line
			f.declare(v, one(f))
			return goOn
		}
	}
	return func(f *frame) control {
		f.vm.step(cost)
		f.line = s.line
		vals := list(f)
		for i, v := range s.vars {
			var val Value
			if i < len(vals) {
				val = vals[i]
			}
			f.declare(v, val)
		}
		return goOn
	}
}

func (c *compiler) assign(s *sAssign) execFn {
	if len(s.targets) == 1 && len(s.exprs) == 1 {
		return c.assignOne(s)
	}
	prepare := make([]func(f *frame) func(Value), len(s.targets))
	var list multiFn
	cost := c.charged(func() {
		for i, t := range s.targets {
			prepare[i] = c.target(t)
		}
		list = c.exprs(s.exprs)
	})
	return func(f *frame) control {
		f.vm.step(cost)
		f.line = s.line
		stores := make([]func(Value), len(prepare))
		for i, p := range prepare {
			stores[i] = p(f)
		}
		vals := list(f)
		for i := len(stores) - 1; i >= 0; i-- {
			var v Value
			if i < len(vals) {
				v = vals[i]
			}
			stores[i](v)
		}
		return goOn
	}
}

func (c *compiler) assignOne(s *sAssign) execFn {
	var val evalFn
	if x, ok := s.targets[0].(*eIndex); ok {
		var obj, key evalFn
		cost := c.charged(func() { obj, key, val = c.expr(x.obj), c.expr(x.key), c.expr(s.exprs[0]) })
		name, line := describe(x.obj), s.line
		return func(f *frame) control {
			f.vm.step(cost)
			f.line = line
			o, k := obj(f), key(f)
			v := val(f)
			f.line = line
			f.vm.setIndex(o, k, v, name)
			return goOn
		}
	}
	cost := c.charged(func() { val = c.expr(s.exprs[0]) })
	store := c.store(s.targets[0])
	return func(f *frame) control {
		f.vm.step(cost)
		f.line = s.line
		v := val(f)
		store(f, v)
		return goOn
	}
}

// store compiles an assignment to a name.
func (c *compiler) store(target expr) storeFn {
	switch t := target.(type) {
	case *eLocal:
		slot := t.v.slot
		if t.v.captured {
			return func(f *frame, v Value) { f.slots[slot].(*cell).v = v }
		}
		return func(f *frame, v Value) { f.slots[slot] = v }
	case *eUp:
		return func(f *frame, v Value) { f.fn.up[t.index].v = v }
	}
	name := target.(*eGlobal).name
	return func(f *frame, v Value) { f.vm.setIndex(f.vm.globals, name, v, "") }
}

// target compiles a target of a multiple assignment, whose parts are evaluated
// before any value.
func (c *compiler) target(t expr) func(f *frame) func(Value) {
	x, ok := t.(*eIndex)
	if !ok {
		store := c.store(t)
		return func(f *frame) func(Value) { return func(v Value) { store(f, v) } }
	}
	obj, key, name := c.expr(x.obj), c.expr(x.key), describe(x.obj)
	return func(f *frame) func(Value) {
		o, k := obj(f), key(f)
		return func(v Value) { f.vm.setIndex(o, k, v, name) }
	}
}

func (c *compiler) while(s *sWhile) execFn {
	var cond evalFn
	cost := c.charged(func() { cond = c.expr(s.cond) })
	body := c.block(s.body)
	return func(f *frame) control {
		for {
			f.vm.step(cost)
			f.line = s.line
			if !truthy(cond(f)) {
				return goOn
			}
			switch body(f) {
			case broken:
				return goOn
			case returned:
				return returned
			}
		}
	}
}

func (c *compiler) repeat(s *sRepeat) execFn {
	body := c.block(s.body)
	var cond evalFn
	cost := c.charged(func() { cond = c.expr(s.cond) })
	return func(f *frame) control {
		for {
			switch body(f) {
			case broken:
				return goOn
			case returned:
				return returned
			}
			f.vm.step(cost)
			if truthy(cond(f)) {
				return goOn
			}
		}
	}
}

func (c *compiler) ifStat(s *sIf) execFn {
	conds, blocks := make([]evalFn, len(s.conds)), make([]execFn, len(s.conds))
	costs := make([]int, len(s.conds))
	for i := range s.conds {
		costs[i] = c.charged(func() { conds[i] = c.expr(s.conds[i]) })
		blocks[i] = c.block(s.blocks[i])
	}
	orelse := c.block(s.orelse)
	return func(f *frame) control {
		f.line = s.line
		for i, cond := range conds {
			f.vm.step(costs[i])
			if truthy(cond(f)) {
				return blocks[i](f)
			}
		}
		return orelse(f)
	}
}

func (c *compiler) numFor(s *sNumFor) execFn {
	var from, limit, step evalFn
	cost := c.charged(func() { from, limit, step = c.expr(s.from), c.expr(s.limit), c.expr(s.step) })
	body := c.block(s.body)
	v := s.v
	return func(f *frame) control {
		f.vm.step(cost)
		f.line = s.line
		a, b, d := from(f), limit(f), step(f)
		i, ok := toNumber(a)
		if !ok {
			f.vm.throw("'for' initial value must be a number")
		}
		end, ok := toNumber(b)
		if !ok {
			f.vm.throw("'for' limit must be a number")
		}
		by, ok := toNumber(d)
		if !ok {
			f.vm.throw("'for' step must be a number")
		}
		for ; by > 0 && i <= end || by <= 0 && i >= end; i += by {
			f.vm.step(1)
			if v.captured {
				f.declare(v, num(i))
			} else {
				f.slots[v.slot] = num(i)
			}
			switch body(f) {
			case broken:
				return goOn
			case returned:
				return returned
			}
		}
		return goOn
	}
}

func (c *compiler) genFor(s *sGenFor) execFn {
	var list multiFn
	cost := c.charged(func() { list = c.exprs(s.exprs) })
	body := c.block(s.body)
	return func(f *frame) control {
		vm := f.vm
		vm.step(cost)
		f.line = s.line
		vals := append(list(f), nil, nil, nil)
		next, state, key := vals[0], vals[1], vals[2]
		for {
			vm.step(1)
			f.line = s.line
			f.callee, f.calleeMethod = "(for generator)", false
			if _, ok := next.(*Function); !ok && vm.metaOf(next, "__call") == nil {
				vm.typeFail(next, "call", "")
			}
			r := vm.call(next, []Value{state, key})
			if key = first(r); key == nil {
				return goOn
			}
			for i, v := range s.vars {
				var val Value
				if i < len(r) {
					val = r[i]
				}
				f.declare(v, val)
			}
			switch body(f) {
			case broken:
				return goOn
			case returned:
				return returned
			}
		}
	}
}

func (c *compiler) returnStat(s *sReturn) execFn {
	if len(s.exprs) == 1 {
		switch e := s.exprs[0].(type) {
		case *eCall, *eMethod:
			return c.tailCall(e, s.line)
		}
	}
	var list multiFn
	cost := c.charged(func() { list = c.exprs(s.exprs) })
	return func(f *frame) control {
		f.vm.step(cost)
		f.line = s.line
		f.ret = list(f)
		return returned
	}
}

func (c *compiler) tailCall(e expr, line int) execFn {
	var prepare func(f *frame) (Value, []Value)
	var name string
	cost := c.charged(func() { prepare, name = c.callee(e) })
	return func(f *frame) control {
		f.vm.step(cost)
		f.line = line
		fn, args := prepare(f)
		if lf, ok := fn.(*Function); ok && lf.goFn == nil {
			f.tail, f.ret = lf, args
			return returned
		}
		f.ret = f.vm.callNamed(fn, args, name)
		return returned
	}
}

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
