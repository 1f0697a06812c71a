package lua

import (
	"fmt"
	"strings"
)

type token int

const (
	tEOF token = iota + 256
	tAnd
	tBreak
	tDo
	tElse
	tElseif
	tEnd
	tFalse
	tFor
	tFunction
	tIf
	tIn
	tLocal
	tNil
	tNot
	tOr
	tRepeat
	tReturn
	tThen
	tTrue
	tUntil
	tWhile
	tConcat
	tDots
	tEq
	tGe
	tLe
	tNe
	tNumber
	tName
	tString
)

var tokenTexts = map[token]string{
	tEOF: "<eof>", tAnd: "and", tBreak: "break", tDo: "do", tElse: "else", tElseif: "elseif", tEnd: "end",
	tFalse: "false", tFor: "for", tFunction: "function", tIf: "if", tIn: "in", tLocal: "local", tNil: "nil",
	tNot: "not", tOr: "or", tRepeat: "repeat", tReturn: "return", tThen: "then", tTrue: "true", tUntil: "until",
	tWhile: "while", tConcat: "..", tDots: "...", tEq: "==", tGe: ">=", tLe: "<=", tNe: "~=",
	tNumber: "<number>", tName: "<name>", tString: "<string>",
}

var reserved = func() map[string]token {
	m := map[string]token{}
	for t := tAnd; t <= tWhile; t++ {
		m[tokenTexts[t]] = t
	}
	return m
}()

func (t token) String() string {
	if s, ok := tokenTexts[t]; ok {
		return s
	}
	if t < 32 {
		return fmt.Sprintf("char(%d)", int(t))
	}
	return string([]byte{byte(t)})
}

// syntaxError is what a chunk that does not compile raises.
type syntaxError string

// lexer splits a chunk into tokens.
type lexer struct {
	src   string
	chunk string // name in messages
	pos   int
	line  int
	last  int // line of the token before

	tok   token
	str   string
	num   float64
	start int // of the current token, for messages
	// partial is what has been read of a string with an error in it.
	partial string

	ahead      token
	aheadStr   string
	aheadNum   float64
	aheadStart int
	hasAhead   bool
}

func (x *lexer) fail(msg string, at token) {
	text := fmt.Sprintf("%s:%d: %s", x.chunk, x.line, msg)
	if at != 0 {
		text += fmt.Sprintf(" near '%s'", x.text(at))
	}
	panic(syntaxError(text))
}

// text shows a token in a message; names, strings and numbers as written.
func (x *lexer) text(t token) string {
	switch t {
	case tName, tString, tNumber:
		s := x.partial
		if s == "" {
			s = x.src[x.start:min(x.pos, len(x.src))]
		}
		if i := strings.IndexByte(s, 0); i >= 0 {
			s = s[:i]
		}
		return s
	}
	return t.String()
}

func (x *lexer) failHere(msg string) { x.fail(msg, x.tok) }

func (x *lexer) next() {
	x.last = x.line
	if x.hasAhead {
		x.hasAhead = false
		x.tok, x.str, x.num, x.start = x.ahead, x.aheadStr, x.aheadNum, x.aheadStart
		return
	}
	x.tok = x.scan()
}

func (x *lexer) peek() token {
	tok, str, n, start := x.tok, x.str, x.num, x.start
	x.ahead = x.scan()
	x.aheadStr, x.aheadNum, x.aheadStart, x.hasAhead = x.str, x.num, x.start, true
	x.tok, x.str, x.num, x.start = tok, str, n, start
	return x.ahead
}

func (x *lexer) at(i int) byte {
	if x.pos+i < len(x.src) {
		return x.src[x.pos+i]
	}
	return 0
}

func (x *lexer) newline() {
	c := x.src[x.pos]
	x.pos++
	if n := x.at(0); (n == '\n' || n == '\r') && n != c {
		x.pos++
	}
	x.line++
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

func (x *lexer) scan() token {
	for x.pos < len(x.src) {
		x.start = x.pos
		c := x.src[x.pos]
		switch c {
		case '\n', '\r':
			x.newline()
			continue
		case ' ', '\t', '\v', '\f':
			x.pos++
			continue
		case '-':
			if x.at(1) != '-' {
				x.pos++
				return '-'
			}
			x.comment()
			continue
		case '[':
			if level := x.longOpen(); level >= 0 {
				x.str = x.long(level, "string")
				return tString
			} else if level == -1 {
				x.pos++
				return '['
			}
			x.pos++
			x.fail("invalid long string delimiter", tString)
		case '=':
			return x.either('=', tEq)
		case '<':
			return x.either('=', tLe)
		case '>':
			return x.either('=', tGe)
		case '~':
			return x.either('=', tNe)
		case '"', '\'':
			x.quoted(c)
			return tString
		case '.':
			if x.at(1) == '.' {
				if x.at(2) == '.' {
					x.pos += 3
					return tDots
				}
				x.pos += 2
				return tConcat
			}
			if !isDigit(x.at(1)) {
				x.pos++
				return '.'
			}
			x.number()
			return tNumber
		}
		if isDigit(c) {
			x.number()
			return tNumber
		}
		if isAlpha(c) {
			for x.pos < len(x.src) && (isAlpha(x.src[x.pos]) || isDigit(x.src[x.pos])) {
				x.pos++
			}
			x.str = x.src[x.start:x.pos]
			if t, ok := reserved[x.str]; ok {
				return t
			}
			return tName
		}
		x.pos++
		return token(c)
	}
	x.start = len(x.src)
	return tEOF
}

func (x *lexer) either(second byte, two token) token {
	c := x.src[x.pos]
	x.pos++
	if x.at(0) == second && x.pos < len(x.src) {
		x.pos++
		return two
	}
	return token(c)
}

func (x *lexer) comment() {
	x.pos += 2
	if x.at(0) == '[' {
		if level := x.longOpen(); level >= 0 {
			x.long(level, "comment")
			return
		}
	}
	for x.pos < len(x.src) && x.src[x.pos] != '\n' && x.src[x.pos] != '\r' {
		x.pos++
	}
}

// longOpen is the level of the long bracket that begins here; -1: just a
// bracket, -2: a broken one.
func (x *lexer) longOpen() int {
	n := 0
	for x.at(1+n) == '=' {
		n++
	}
	if x.at(1+n) == '[' {
		return n
	}
	if n == 0 {
		return -1
	}
	return -2
}

func (x *lexer) long(level int, what string) string {
	x.pos += level + 2
	if x.pos < len(x.src) && (x.src[x.pos] == '\n' || x.src[x.pos] == '\r') {
		x.newline()
	}
	var b strings.Builder
	for x.pos < len(x.src) {
		switch c := x.src[x.pos]; c {
		case ']':
			n := 0
			for x.at(1+n) == '=' {
				n++
			}
			if n == level && x.at(1+n) == ']' {
				x.pos += n + 2
				return b.String()
			}
			b.WriteByte(c)
			x.pos++
		case '\n', '\r':
			x.newline()
			b.WriteByte('\n')
		default:
			b.WriteByte(c)
			x.pos++
		}
	}
	x.fail("unfinished long "+what, tEOF)
	return ""
}

func (x *lexer) quoted(quote byte) {
	var b strings.Builder
	x.pos++
	for {
		if x.pos >= len(x.src) {
			x.fail("unfinished string", tEOF)
		}
		c := x.src[x.pos]
		switch c {
		case quote:
			x.pos++
			x.str = b.String()
			return
		case '\n', '\r':
			x.partial = string(quote) + b.String()
			x.fail("unfinished string", tString)
		case '\\':
			x.escape(&b, quote)
		default:
			b.WriteByte(c)
			x.pos++
		}
	}
}

var escapes = map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func (x *lexer) escape(b *strings.Builder, quote byte) {
	x.pos++
	if x.pos >= len(x.src) {
		return
	}
	c := x.src[x.pos]
	switch {
	case c == '\n' || c == '\r':
		x.newline()
		b.WriteByte('\n')
	case isDigit(c):
		n := 0
		for i := 0; i < 3 && isDigit(x.at(0)); i++ {
			n = n*10 + int(x.at(0)-'0')
			x.pos++
		}
		if n > 255 {
			x.partial = string(quote) + b.String()
			x.fail("escape sequence too large", tString)
		}
		b.WriteByte(byte(n))
	default:
		if e, ok := escapes[c]; ok {
			c = e
		}
		b.WriteByte(c)
		x.pos++
	}
}

func (x *lexer) number() {
	for isDigit(x.at(0)) || x.at(0) == '.' {
		x.pos++
	}
	if c := x.at(0); c|0x20 == 'e' {
		x.pos++
		if c := x.at(0); c == '+' || c == '-' {
			x.pos++
		}
	}
	for isAlpha(x.at(0)) || isDigit(x.at(0)) {
		x.pos++
	}
	f, ok := parseNumber(x.src[x.start:x.pos])
	if !ok {
		x.fail("malformed number", tNumber)
	}
	x.num = f
}
