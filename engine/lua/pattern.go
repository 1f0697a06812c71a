package lua

import "strings"

const (
	capturesMax    = 32
	capUnfinished  = -1
	capPosition    = -2
	matchDepthMax  = 5000
	patternEscape  = '%'
	patternSpecial = "^$*+?.([%-"
)

// matcher matches patterns as Lua's lstrlib.c does. Each attempt costs a
// step, so that a pattern that tries for ever ends with the budget.
type matcher struct {
	vm    *VM
	src   string
	pat   string
	level int
	depth int
	caps  [capturesMax]struct{ at, size int }
}

func (m *matcher) classEnd(p int) int {
	if p >= len(m.pat) {
		m.vm.fail("malformed pattern (missing arguments to '%%')")
	}
	c := m.pat[p]
	p++
	switch c {
	case patternEscape:
		if p >= len(m.pat) {
			m.vm.fail("malformed pattern (ends with '%%')")
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
			if p >= len(m.pat) {
				m.vm.fail("malformed pattern (missing ']')")
			}
			c := m.pat[p]
			p++
			if c == patternEscape && p < len(m.pat) {
				p++
			}
		}
		return p + 1
	}
	return p
}

func inClass(c, class byte) bool {
	var in bool
	switch class | 0x20 {
	case 'a':
		in = c|0x20 >= 'a' && c|0x20 <= 'z'
	case 'c':
		in = c < 32 || c == 127
	case 'd':
		in = isDigit(c)
	case 'l':
		in = c >= 'a' && c <= 'z'
	case 'p':
		in = c > 32 && c < 127 && !isDigit(c) && !(c|0x20 >= 'a' && c|0x20 <= 'z')
	case 's':
		in = c == ' ' || c >= 9 && c <= 13
	case 'u':
		in = c >= 'A' && c <= 'Z'
	case 'w':
		in = isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
	case 'x':
		in = isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if class >= 'A' && class <= 'Z' {
		return !in
	}
	return in
}

// inSet judges a set; p is at '[', end at ']'.
func (m *matcher) inSet(c byte, p, end int) bool {
	m.vm.step((end - p) >> 3)
	sig := true
	if m.pat[p+1] == '^' {
		sig = false
		p++
	}
	for p++; p < end; p++ {
		switch {
		case m.pat[p] == patternEscape:
			p++
			if inClass(c, m.pat[p]) {
				return sig
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return sig
			}
			p += 2
		case m.pat[p] == c:
			return sig
		}
	}
	return !sig
}

func (m *matcher) single(s, p, ep int) bool {
	if s >= len(m.src) {
		return false
	}
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case patternEscape:
		return inClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, ep-1)
	}
	return m.pat[p] == c
}

// match answers the end of the match that begins at s, -1 if there is none.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > matchDepthMax {
		m.vm.fail("pattern too complex")
	}
	defer func() { m.depth-- }()
	for {
		m.vm.step(1)
		if p >= len(m.pat) {
			return s
		}
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.startCapture(s, p+2, capPosition)
			}
			return m.startCapture(s, p+1, capUnfinished)
		case ')':
			return m.endCapture(s, p+1)
		case patternEscape:
			if p+1 < len(m.pat) {
				switch c := m.pat[p+1]; {
				case c == 'b':
					if s = m.balance(s, p+2); s < 0 {
						return -1
					}
					p += 4
					continue
				case c == 'f':
					ep, ok := m.frontier(s, p+2)
					if !ok {
						return -1
					}
					p = ep
					continue
				case isDigit(c):
					if s = m.backReference(s, c); s < 0 {
						return -1
					}
					p += 2
					continue
				}
			}
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		}
		ep := m.classEnd(p)
		var suffix byte
		if ep < len(m.pat) {
			suffix = m.pat[ep]
		}
		switch suffix {
		case '?':
			if m.single(s, p, ep) {
				if r := m.match(s+1, ep+1); r >= 0 {
					return r
				}
			}
			p = ep + 1
		case '*':
			return m.expandMost(s, p, ep)
		case '+':
			if !m.single(s, p, ep) {
				return -1
			}
			return m.expandMost(s+1, p, ep)
		case '-':
			return m.expandLeast(s, p, ep)
		default:
			if !m.single(s, p, ep) {
				return -1
			}
			s++
			p = ep
		}
	}
}

func (m *matcher) expandMost(s, p, ep int) int {
	i := 0
	for m.single(s+i, p, ep) {
		i++
	}
	m.vm.step(i >> 2)
	for ; i >= 0; i-- {
		if r := m.match(s+i, ep+1); r >= 0 {
			return r
		}
	}
	return -1
}

func (m *matcher) expandLeast(s, p, ep int) int {
	for {
		if r := m.match(s, ep+1); r >= 0 {
			return r
		}
		if !m.single(s, p, ep) {
			return -1
		}
		s++
	}
}

func (m *matcher) startCapture(s, p, what int) int {
	if m.level >= capturesMax {
		m.vm.fail("too many captures")
	}
	m.caps[m.level].at, m.caps[m.level].size = s, what
	m.level++
	r := m.match(s, p)
	if r < 0 {
		m.level--
	}
	return r
}

func (m *matcher) endCapture(s, p int) int {
	l := -1
	for i := m.level - 1; i >= 0; i-- {
		if m.caps[i].size == capUnfinished {
			l = i
			break
		}
	}
	if l < 0 {
		m.vm.fail("invalid pattern capture")
	}
	m.caps[l].size = s - m.caps[l].at
	r := m.match(s, p)
	if r < 0 {
		m.caps[l].size = capUnfinished
	}
	return r
}

func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.vm.fail("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	begin, end, open := m.pat[p], m.pat[p+1], 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case end:
			if open--; open == 0 {
				m.vm.step((i - s) >> 2)
				return i + 1
			}
		case begin:
			open++
		}
	}
	m.vm.step((len(m.src) - s) >> 2)
	return -1
}

func (m *matcher) frontier(s, p int) (int, bool) {
	if p >= len(m.pat) || m.pat[p] != '[' {
		m.vm.fail("missing '[' after '%%f' in pattern")
	}
	ep := m.classEnd(p)
	var before, here byte
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		here = m.src[s]
	}
	return ep, !m.inSet(before, p, ep-1) && m.inSet(here, p, ep-1)
}

func (m *matcher) backReference(s int, digit byte) int {
	l := int(digit) - '1'
	if l < 0 || l >= m.level || m.caps[l].size == capUnfinished {
		m.vm.fail("invalid capture index")
	}
	c := m.caps[l]
	if c.size < 0 { // a position has no text
		c.size = 0
	}
	m.vm.step(c.size >> 4)
	if strings.HasPrefix(m.src[s:], m.src[c.at:c.at+c.size]) {
		return s + c.size
	}
	return -1
}

func (m *matcher) capture(i, s, e int) Value {
	if i >= m.level {
		if i != 0 {
			m.vm.fail("invalid capture index")
		}
		return m.vm.text(m.src[s:e])
	}
	c := m.caps[i]
	if c.size == capUnfinished {
		m.vm.fail("unfinished capture")
	}
	if c.size == capPosition {
		return num(float64(c.at + 1))
	}
	return m.vm.text(m.src[c.at : c.at+c.size])
}

// captures are all captures, or the whole match where there are none.
func (m *matcher) captures(s, e int, whole bool) []Value {
	n := m.level
	if n == 0 && whole {
		n = 1
	}
	out := make([]Value, n)
	for i := range out {
		out[i] = m.capture(i, s, e)
	}
	return out
}

func stringFind(vm *VM, args []Value) []Value { return findAux(vm, args, true) }

func stringMatch(vm *VM, args []Value) []Value { return findAux(vm, args, false) }

func findAux(vm *VM, args []Value, find bool) []Value {
	s, p := vm.checkString(args, 1), vm.checkString(args, 2)
	init := position(vm.optInteger(args, 3, 1), len(s)) - 1
	init = max(0, min(init, len(s)))
	if find && (truthy(arg(args, 4)) || !strings.ContainsAny(p, patternSpecial)) {
		vm.step((len(s) - init) >> 4)
		i := strings.Index(s[init:], p)
		if i < 0 {
			return one(nil)
		}
		return []Value{num(float64(init + i + 1)), num(float64(init + i + len(p)))}
	}
	m := &matcher{vm: vm, src: s, pat: p}
	anchor := p != "" && p[0] == '^'
	at := 0
	if anchor {
		at = 1
	}
	for i := init; ; i++ {
		m.level = 0
		if e := m.match(i, at); e >= 0 {
			if find {
				return append([]Value{num(float64(i + 1)), num(float64(e))}, m.captures(i, e, false)...)
			}
			return m.captures(i, e, true)
		}
		if anchor || i >= len(s) {
			return one(nil)
		}
	}
}

func stringGmatch(vm *VM, args []Value) []Value {
	s, p := vm.checkString(args, 1), vm.checkString(args, 2)
	at := 0
	return one(vm.newFunction("gmatch", func(vm *VM, _ []Value) []Value {
		m := &matcher{vm: vm, src: s, pat: p}
		for i := at; i <= len(s); i++ {
			m.level = 0
			if e := m.match(i, 0); e >= 0 {
				at = e
				if e == i {
					at++
				}
				return m.captures(i, e, true)
			}
		}
		at = len(s) + 1
		return nil
	}))
}

func stringGsub(vm *VM, args []Value) []Value {
	s, p := vm.checkString(args, 1), vm.checkString(args, 2)
	repl := arg(args, 3)
	switch repl.(type) {
	case string, float64, *Table, *Function:
	default:
		vm.argFail(3, "string/function/table expected")
	}
	most := vm.optInt(args, 4, len(s)+1)
	m := &matcher{vm: vm, src: s, pat: p}
	anchor := p != "" && p[0] == '^'
	from := 0
	if anchor {
		from = 1
	}
	var b strings.Builder
	i, n := 0, 0
	vm.alloc(len(s))
	for n < most {
		m.level = 0
		e := m.match(i, from)
		if e >= 0 {
			n++
			m.replace(&b, i, e, repl)
		}
		switch {
		case e > i:
			i = e
		case i < len(s):
			b.WriteByte(s[i])
			i++
		default:
			i++
		}
		if i > len(s) || anchor {
			break
		}
	}
	if i < len(s) {
		b.WriteString(s[i:])
	}
	return []Value{b.String(), num(float64(n))}
}

// replace writes what a match becomes.
func (m *matcher) replace(b *strings.Builder, s, e int, repl Value) {
	vm := m.vm
	var v Value
	switch r := repl.(type) {
	case *Function:
		v = first(vm.callInner(r, m.captures(s, e, true)...))
	case *Table:
		v = vm.index(r, m.capture(0, s, e), "")
	default:
		text, _ := toString(r)
		m.expand(b, s, e, text)
		return
	}
	if !truthy(v) {
		vm.alloc(e - s)
		b.WriteString(m.src[s:e])
		return
	}
	text, ok := toString(v)
	if !ok {
		vm.fail("invalid replacement value (a %s)", typeName(v))
	}
	vm.alloc(len(text))
	b.WriteString(text)
}

// expand writes a replacement text with its captures.
func (m *matcher) expand(b *strings.Builder, s, e int, text string) {
	m.vm.alloc(len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != patternEscape {
			b.WriteByte(c)
			continue
		}
		i++
		switch {
		case i >= len(text):
			b.WriteByte(0)
		case !isDigit(text[i]):
			b.WriteByte(text[i])
		case text[i] == '0':
			m.vm.alloc(e - s)
			b.WriteString(m.src[s:e])
		default:
			v, _ := toString(m.capture(int(text[i]-'1'), s, e))
			b.WriteString(v)
		}
	}
}
