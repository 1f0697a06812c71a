package lua

import "fmt"

const (
	levelsMax   = 200  // nesting of syntax, as in Lua (LUAI_MAXCCALLS)
	localsMax   = 200  // per function (LUAI_MAXVARS)
	upvaluesMax = 60   // per function (LUAI_MAXUPVALUES)
	chainMax    = 4000 // operators or suffixes in a row, which nest to the left
)

// funcState is a function being parsed.
type funcState struct {
	parent *funcState
	p      *proto
	active []*localVar
	blocks []int // number of active locals at each block's start
	loops  int
}

type parser struct {
	lexer
	fs     *funcState
	levels int
}

// parse reads a chunk; a syntax error panics with syntaxError.
func parse(src, chunk string) *proto {
	p := &parser{lexer: lexer{src: src, chunk: chunk, line: 1, last: 1}}
	p.open(0)
	p.fs.p.vararg = true
	p.next()
	p.fs.p.body = p.chunkBody()
	p.check(tEOF)
	return p.close()
}

func (p *parser) open(line int) {
	p.fs = &funcState{parent: p.fs, p: &proto{chunk: p.chunk, line: line}}
}

func (p *parser) close() *proto {
	done := p.fs.p
	p.fs = p.fs.parent
	return done
}

func (p *parser) enter() {
	if p.levels++; p.levels > levelsMax {
		p.fail("chunk has too many syntax levels", 0)
	}
}

func (p *parser) leave() { p.levels-- }

func (p *parser) expected(t token) {
	p.failHere(fmt.Sprintf("'%s' expected", t))
}

func (p *parser) check(t token) {
	if p.tok != t {
		p.expected(t)
	}
}

func (p *parser) accept(t token) bool {
	if p.tok != t {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(t token) {
	p.check(t)
	p.next()
}

// match closes what open began at a line.
func (p *parser) match(what, open token, line int) {
	if p.accept(what) {
		return
	}
	if line == p.line {
		p.expected(what)
	}
	p.failHere(fmt.Sprintf("'%s' expected (to close '%s' at line %d)", what, open, line))
}

func (p *parser) name() string {
	p.check(tName)
	s := p.str
	p.next()
	return s
}

func (p *parser) limit(n, most int, what string) {
	if n <= most {
		return
	}
	if p.fs.p.line == 0 {
		p.fail(fmt.Sprintf("main function has more than %d %s", most, what), 0)
	}
	p.fail(fmt.Sprintf("function at line %d has more than %d %s", p.fs.p.line, most, what), 0)
}

func (p *parser) newLocal(name string) *localVar { return &localVar{name: name} }

// activate makes locals visible.
func (p *parser) activate(vars ...*localVar) {
	fs := p.fs
	for _, v := range vars {
		v.slot = len(fs.active)
		fs.active = append(fs.active, v)
	}
	p.limit(len(fs.active), localsMax, "local variables")
	fs.p.slots = max(fs.p.slots, len(fs.active))
}

func (p *parser) openBlock() { p.fs.blocks = append(p.fs.blocks, len(p.fs.active)) }

func (p *parser) closeBlock() {
	fs := p.fs
	n := len(fs.blocks) - 1
	fs.active = fs.active[:fs.blocks[n]]
	fs.blocks = fs.blocks[:n]
}

// resolve finds a name: a local, an upvalue or a global.
func (p *parser) resolve(name string) expr {
	if v := p.fs.find(name); v != nil {
		return &eLocal{v}
	}
	if i := p.upvalue(p.fs, name); i >= 0 {
		return &eUp{i, name}
	}
	return &eGlobal{name, p.line}
}

func (fs *funcState) find(name string) *localVar {
	for i := len(fs.active) - 1; i >= 0; i-- {
		if fs.active[i].name == name {
			if fs.active[i] == fs.p.argTable {
				fs.p.argUsed = true
			}
			return fs.active[i]
		}
	}
	return nil
}

func (p *parser) upvalue(fs *funcState, name string) int {
	for i := range fs.p.upvals {
		if fs.p.upvals[i].name == name {
			return i
		}
	}
	if fs.parent == nil {
		return -1
	}
	d := upvalDesc{name: name}
	if d.local = fs.parent.find(name); d.local != nil {
		d.local.captured = true
	} else if d.index = p.upvalue(fs.parent, name); d.index < 0 {
		return -1
	}
	fs.p.upvals = append(fs.p.upvals, d)
	p.limit(len(fs.p.upvals), upvaluesMax, "upvalues")
	return len(fs.p.upvals) - 1
}

func (p *parser) blockEnds() bool {
	switch p.tok {
	case tElse, tElseif, tEnd, tEOF, tUntil:
		return true
	}
	return false
}

func (p *parser) chunkBody() (b block) {
	p.enter()
	for last := false; !last && !p.blockEnds(); {
		var s stat
		s, last = p.statement()
		b = append(b, s)
		p.accept(';')
	}
	p.leave()
	return b
}

func (p *parser) block() block {
	p.openBlock()
	b := p.chunkBody()
	p.closeBlock()
	return b
}

func (p *parser) statement() (s stat, last bool) {
	line := p.line
	switch p.tok {
	case tIf:
		return p.ifStat(line), false
	case tWhile:
		p.next()
		cond := p.expr()
		p.expect(tDo)
		body := p.loopBody()
		p.match(tEnd, tWhile, line)
		return &sWhile{cond, body, line}, false
	case tDo:
		p.next()
		body := p.block()
		p.match(tEnd, tDo, line)
		return &sDo{body}, false
	case tFor:
		return p.forStat(line), false
	case tRepeat:
		return p.repeatStat(line), false
	case tFunction:
		return p.funcStat(line), false
	case tLocal:
		p.next()
		if p.accept(tFunction) {
			v := p.newLocal(p.name())
			p.activate(v)
			return &sLocalFunc{v, p.function(false, p.line), line}, false
		}
		return p.localStat(line), false
	case tReturn:
		p.next()
		var list []expr
		if !p.blockEnds() && p.tok != ';' {
			list = p.exprList()
		}
		return &sReturn{list, line}, true
	case tBreak:
		p.next()
		if p.fs.loops == 0 {
			p.failHere("no loop to break")
		}
		return sBreak{}, true
	}
	return p.exprStat(line), false
}

func (p *parser) loopBody() block {
	p.fs.loops++
	b := p.block()
	p.fs.loops--
	return b
}

func (p *parser) ifStat(line int) stat {
	s := &sIf{line: line}
	for {
		p.next() // if, elseif
		s.conds = append(s.conds, p.expr())
		p.expect(tThen)
		s.blocks = append(s.blocks, p.block())
		if p.tok != tElseif {
			break
		}
	}
	if p.accept(tElse) {
		s.orelse = p.block()
	}
	p.match(tEnd, tIf, line)
	return s
}

func (p *parser) repeatStat(line int) stat {
	p.next()
	p.fs.loops++
	p.openBlock()
	body := p.chunkBody()
	p.match(tUntil, tRepeat, line)
	cond := p.expr() // sees the locals of the body
	p.closeBlock()
	p.fs.loops--
	return &sRepeat{body, cond, line}
}

func (p *parser) forStat(line int) stat {
	p.next()
	first := p.newLocal(p.name())
	var s stat
	switch p.tok {
	case '=':
		p.next()
		f := &sNumFor{v: first, line: line, step: &eConst{num(1)}}
		f.from = p.expr()
		p.expect(',')
		f.limit = p.expr()
		if p.accept(',') {
			f.step = p.expr()
		}
		f.body = p.forBody(first)
		s = f
	case ',', tIn:
		f := &sGenFor{vars: []*localVar{first}}
		for p.accept(',') {
			f.vars = append(f.vars, p.newLocal(p.name()))
		}
		p.expect(tIn)
		f.line = p.line
		f.exprs = p.exprList()
		f.body = p.forBody(f.vars...)
		s = f
	default:
		p.failHere("'=' or 'in' expected")
	}
	p.match(tEnd, tFor, line)
	return s
}

func (p *parser) forBody(vars ...*localVar) block {
	p.expect(tDo)
	p.openBlock()
	// Lua keeps three hidden locals of a loop, which count for its limit.
	p.activate(&localVar{}, &localVar{}, &localVar{})
	p.activate(vars...)
	b := p.loopBody()
	p.closeBlock()
	return b
}

func (p *parser) funcStat(line int) stat {
	p.next()
	var target expr = p.resolve(p.name())
	method := false
	for p.tok == '.' || p.tok == ':' {
		method = p.tok == ':'
		p.next()
		target = &eIndex{target, &eConst{p.name()}, p.last}
		if method {
			break
		}
	}
	return &sAssign{[]expr{target}, []expr{p.function(method, line)}, line}
}

func (p *parser) localStat(line int) stat {
	s := &sLocal{line: line}
	for {
		s.vars = append(s.vars, p.newLocal(p.name()))
		if !p.accept(',') {
			break
		}
	}
	if p.accept('=') {
		s.exprs = p.exprList()
	}
	s.line = p.last
	p.activate(s.vars...)
	return s
}

func (p *parser) exprStat(line int) stat {
	e := p.suffixed()
	switch e.(type) {
	case *eCall, *eMethod:
		if p.tok != '=' && p.tok != ',' {
			return &sCall{e, line}
		}
	}
	targets := []expr{p.assignable(e)}
	for p.accept(',') {
		targets = append(targets, p.assignable(p.suffixed()))
		if len(targets) > levelsMax {
			p.fail("variable names level limit", 0)
		}
	}
	p.expect('=')
	list := p.exprList()
	return &sAssign{targets, list, p.last}
}

func (p *parser) assignable(e expr) expr {
	switch e.(type) {
	case *eLocal, *eUp, *eGlobal, *eIndex:
		return e
	}
	p.failHere("syntax error")
	return nil
}

func (p *parser) exprList() []expr {
	list := []expr{p.expr()}
	for p.accept(',') {
		list = append(list, p.expr())
	}
	return list
}

// primary parses a name or a parenthesis.
func (p *parser) primary() expr {
	switch p.tok {
	case tName:
		return p.resolve(p.name())
	case '(':
		line := p.line
		p.next()
		e := p.expr()
		p.match(')', '(', line)
		return &eParen{e}
	}
	p.failHere("unexpected symbol")
	return nil
}

func (p *parser) suffixed() expr {
	e := p.primary()
	for n := 0; ; n++ {
		if n > chainMax {
			p.fail("chunk has too many syntax levels", 0)
		}
		switch p.tok {
		case '.':
			p.next()
			key := p.name()
			e = &eIndex{e, &eConst{key}, p.last}
		case '[':
			p.next()
			key := p.expr()
			p.expect(']')
			e = &eIndex{e, key, p.last}
		case ':':
			p.next()
			name := p.name()
			line := p.line
			e = &eMethod{e, name, p.args(), line}
		case '(', tString, '{':
			line := p.line
			e = &eCall{e, p.args(), line}
		default:
			return e
		}
	}
}

func (p *parser) args() []expr {
	switch p.tok {
	case '(':
		line := p.line
		if line != p.last {
			p.failHere("ambiguous syntax (function call x new statement)")
		}
		p.next()
		if p.accept(')') {
			return nil
		}
		list := p.exprList()
		p.match(')', '(', line)
		return list
	case '{':
		return []expr{p.table()}
	case tString:
		s := p.str
		p.next()
		return []expr{&eConst{s}}
	}
	p.failHere("function arguments expected")
	return nil
}

func (p *parser) table() expr {
	t := &eTable{line: p.line}
	open := p.line
	p.expect('{')
	for p.tok != '}' {
		switch {
		case p.tok == tName && p.peek() == '=':
			key := p.name()
			p.next()
			t.keys, t.values = append(t.keys, &eConst{key}), append(t.values, p.expr())
			t.nhash++
		case p.tok == '[':
			p.next()
			key := p.expr()
			p.expect(']')
			p.expect('=')
			t.keys, t.values = append(t.keys, key), append(t.values, p.expr())
			t.nhash++
		default:
			t.keys, t.values = append(t.keys, nil), append(t.values, p.expr())
			t.narray++
		}
		if !p.accept(',') && !p.accept(';') {
			break
		}
	}
	p.match('}', '{', open)
	return t
}

func (p *parser) function(method bool, line int) *eFunc {
	p.open(line)
	fn := p.fs.p
	if method {
		fn.params = append(fn.params, p.newLocal("self"))
	}
	p.expect('(')
	for p.tok != ')' {
		if p.accept(tDots) {
			fn.vararg = true
			break
		}
		if p.tok != tName {
			p.failHere("<name> or '...' expected")
		}
		fn.params = append(fn.params, p.newLocal(p.name()))
		if !p.accept(',') {
			break
		}
		if p.tok == ')' {
			p.failHere("<name> or '...' expected")
		}
	}
	p.expect(')')
	p.activate(fn.params...)
	if fn.vararg {
		fn.argTable = p.newLocal("arg")
		p.activate(fn.argTable)
	}
	fn.body = p.chunkBody()
	p.match(tEnd, tFunction, line)
	return &eFunc{p.close(), line}
}

func (p *parser) simple() expr {
	var e expr
	switch p.tok {
	case tNumber:
		e = &eConst{num(p.num)}
	case tString:
		e = &eConst{p.str}
	case tNil:
		e = &eConst{nil}
	case tTrue:
		e = &eConst{true}
	case tFalse:
		e = &eConst{false}
	case tDots:
		if !p.fs.p.vararg {
			p.failHere("cannot use '...' outside a vararg function")
		}
		p.fs.p.dotsUsed = true
		e = eVararg{}
	case '{':
		return p.table()
	case tFunction:
		line := p.line
		p.next()
		return p.function(false, line)
	default:
		return p.suffixed()
	}
	p.next()
	return e
}

// priorities are the left and right ones of the binary operators.
var priorities = map[token][2]int{
	'+': {6, 6}, '-': {6, 6}, '*': {7, 7}, '/': {7, 7}, '%': {7, 7},
	'^': {10, 9}, tConcat: {5, 4},
	tNe: {3, 3}, tEq: {3, 3}, '<': {3, 3}, tLe: {3, 3}, '>': {3, 3}, tGe: {3, 3},
	tAnd: {2, 2}, tOr: {1, 1},
}

const unaryPriority = 8

func (p *parser) expr() expr { return p.subexpr(0) }

func (p *parser) subexpr(limit int) expr {
	p.enter()
	var e expr
	switch p.tok {
	case tNot, '-', '#':
		op, line := p.tok, p.line
		p.next()
		e = fold(op, p.subexpr(unaryPriority), line)
	default:
		e = p.simple()
	}
	for n := 0; ; n++ {
		op := p.tok
		pri, isOp := priorities[op]
		if !isOp || pri[0] <= limit {
			break
		}
		if n > chainMax {
			p.fail("chunk has too many syntax levels", 0)
		}
		p.next()
		r := p.subexpr(pri[1])
		e = &eBin{op, e, r, p.last}
	}
	p.leave()
	return e
}

func fold(op token, e expr, line int) expr {
	if c, ok := e.(*eConst); ok && op == '-' {
		if f, isNumber := c.v.(float64); isNumber {
			return &eConst{num(-f)}
		}
	}
	return &eUn{op, e, line}
}
