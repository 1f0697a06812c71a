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
