package lua

import (
	"strings"
	"unicode/utf8"
)

type jsonToken string

const (
	jsonObjBegin jsonToken = "T_OBJ_BEGIN"
	jsonObjEnd   jsonToken = "T_OBJ_END"
	jsonArrBegin jsonToken = "T_ARR_BEGIN"
	jsonArrEnd   jsonToken = "T_ARR_END"
	jsonString   jsonToken = "T_STRING"
	jsonNumber   jsonToken = "T_NUMBER"
	jsonBoolean  jsonToken = "T_BOOLEAN"
	jsonNull     jsonToken = "T_NULL"
	jsonColon    jsonToken = "T_COLON"
	jsonComma    jsonToken = "T_COMMA"
	jsonEnd      jsonToken = "T_END"
)

var jsonMarks = [...]jsonToken{jsonObjBegin, jsonObjEnd, jsonArrBegin, jsonArrEnd, jsonColon, jsonComma}

type jsonDecoder struct {
	vm    *VM
	cfg   *jsonConfig
	src   string
	pos   int
	depth int

	tok   jsonToken // or the text of an error
	index int       // where it begins
	val   Value
}

func (vm *VM) jsonDecode(cfg *jsonConfig, args []Value) []Value {
	if len(args) != 1 {
		vm.argFail(1, "expected 1 argument")
	}
	s := vm.checkString(args, 1)
	if len(s) >= 2 && (s[0] == 0 || s[1] == 0) {
		vm.fail("JSON parser does not support UTF-16 or UTF-32")
	}
	d := &jsonDecoder{vm: vm, cfg: cfg, src: s}
	d.next()
	v := d.value()
	d.next()
	if d.tok != jsonEnd {
		d.expected("the end")
	}
	return one(v)
}

func (d *jsonDecoder) expected(what string) {
	d.vm.fail("Expected %s but found %s at character %d", what, d.tok, d.index+1)
}

func (d *jsonDecoder) at(i int) byte {
	if d.pos+i < len(d.src) {
		return d.src[d.pos+i]
	}
	return 0
}

func (d *jsonDecoder) invalid(what string) {
	d.tok, d.index = jsonToken(what), d.pos
}

func (d *jsonDecoder) next() {
	from := d.pos
	for c := d.at(0); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = d.at(0) {
		d.pos++
	}
	d.vm.step(1 + (d.pos-from)>>3)
	d.index = d.pos
	if d.pos >= len(d.src) || d.src[d.pos] == 0 {
		d.tok = jsonEnd // C ends a text at a zero byte
		return
	}
	c := d.src[d.pos]
	if i := strings.IndexByte("{}[]:,", c); i >= 0 {
		d.tok = jsonMarks[i]
		d.pos++
		return
	}
	rest := d.src[d.pos:]
	switch {
	case c == '"':
		d.string()
	case c == '-' || isDigit(c):
		if !d.cfg.decodeInvalid && d.oddNumber() {
			d.invalid("invalid number")
			return
		}
		d.number()
	case strings.HasPrefix(rest, "true"):
		d.tok, d.val = jsonBoolean, true
		d.pos += 4
	case strings.HasPrefix(rest, "false"):
		d.tok, d.val = jsonBoolean, false
		d.pos += 5
	case strings.HasPrefix(rest, "null"):
		d.tok, d.val = jsonNull, Null
		d.pos += 4
	case strings.IndexByte("+iInN", c) >= 0 && d.cfg.decodeInvalid && d.oddNumber():
		d.number()
	default:
		d.invalid("invalid token")
	}
}

// oddNumber: a number that JSON does not have.
func (d *jsonDecoder) oddNumber() bool {
	s := d.src[d.pos:]
	if s[0] == '+' {
		return true
	}
	s = strings.TrimPrefix(s, "-")
	if s == "" {
		return false
	}
	if s[0] == '0' {
		return len(s) > 1 && (s[1]|0x20 == 'x' || isDigit(s[1]))
	}
	if s[0] <= '9' {
		return false
	}
	head := strings.ToLower(s[:min(3, len(s))])
	return head == "inf" || head == "nan"
}

// number reads as far as strtod does.
func (d *jsonDecoder) number() {
	n := numberPrefix(d.src[d.pos:])
	f, ok := parseNumber(d.src[d.pos : d.pos+n])
	if n == 0 || !ok {
		d.invalid("invalid number")
		return
	}
	d.tok, d.val = jsonNumber, num(f)
	d.pos += n
}

// numberPrefix is how many bytes strtod would take.
func numberPrefix(s string) int {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	low := strings.ToLower(s[i:min(len(s), i+8)])
	switch {
	case low == "infinity":
		return i + 8
	case strings.HasPrefix(low, "inf"), strings.HasPrefix(low, "nan"):
		return i + 3
	}
	digit := isDigit
	mark := byte('e')
	hex := len(low) > 2 && strings.HasPrefix(low, "0x") && (isHex(low[2]) || low[2] == '.')
	if hex {
		i += 2
		digit, mark = isHex, 'p'
	}
	from := i
	for i < len(s) && digit(s[i]) {
		i++
	}
	digits := i - from
	if i < len(s) && s[i] == '.' {
		i++
		from = i
		for i < len(s) && digit(s[i]) {
			i++
		}
		digits += i - from
	}
	if digits == 0 {
		return 0
	}
	if i < len(s) && s[i]|0x20 == mark {
		j := i + 1
		if j < len(s) && (s[j] == '-' || s[j] == '+') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for j < len(s) && isDigit(s[j]) {
				j++
			}
			i = j
		}
	}
	return i
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func (d *jsonDecoder) string() {
	d.pos++
	begin := d.pos
	for d.pos < len(d.src) && d.src[d.pos] != '"' && d.src[d.pos] != '\\' && d.src[d.pos] != 0 {
		d.pos++
	}
	if d.at(0) == '"' {
		d.tok, d.val = jsonString, d.vm.text(d.src[begin:d.pos])
		d.pos++
		return
	}
	b := []byte(d.src[begin:d.pos])
	for {
		c := d.at(0)
		switch c {
		case 0:
			d.invalid("unexpected end of string")
			return
		case '"':
			d.pos++
			d.tok, d.val = jsonString, d.vm.text(string(b))
			return
		case '\\':
			e := d.at(1)
			if e == 'u' {
				r, n := d.unicode()
				if n == 0 {
					d.invalid("invalid unicode escape code")
					return
				}
				b = utf8.AppendRune(b, r)
				d.pos += n
				continue
			}
			i := strings.IndexByte(`"\/btnfr`, e)
			if i < 0 || e == 0 {
				d.invalid("invalid escape code")
				return
			}
			b = append(b, "\"\\/\b\t\n\f\r"[i])
			d.pos += 2
		default:
			b = append(b, c)
			d.pos++
		}
	}
}

// unicode reads \u and four digits, two of them where they are a pair; n 0: it is none.
func (d *jsonDecoder) unicode() (r rune, n int) {
	hi, ok := d.hex4(2)
	if !ok {
		return 0, 0
	}
	if hi&0xF800 != 0xD800 {
		return hi, 6
	}
	if hi&0x400 != 0 || d.at(6) != '\\' || d.at(7) != 'u' {
		return 0, 0
	}
	lo, ok := d.hex4(8)
	if !ok || lo&0xFC00 != 0xDC00 {
		return 0, 0
	}
	return (hi&0x3FF)<<10 + lo&0x3FF + 0x10000, 12
}

func (d *jsonDecoder) hex4(from int) (r rune, ok bool) {
	for i := range 4 {
		c := d.at(from + i)
		switch {
		case isDigit(c):
			r = r<<4 + rune(c-'0')
		case isHex(c):
			r = r<<4 + rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
	}
	return r, true
}

// value makes the value that begins with the current token.
func (d *jsonDecoder) value() Value {
	switch d.tok {
	case jsonString, jsonNumber, jsonBoolean, jsonNull:
		return d.val
	case jsonObjBegin:
		return d.object()
	case jsonArrBegin:
		return d.array()
	}
	d.expected("value")
	return nil
}

func (d *jsonDecoder) descend() {
	if d.depth++; d.depth > d.cfg.decodeDepth || d.depth > jsonStackMax {
		d.vm.fail("Found too many nested data structures (%d)", d.depth)
	}
}

func (d *jsonDecoder) object() Value {
	d.descend()
	t := d.vm.newTable(0, 0)
	d.next()
	if d.tok == jsonObjEnd {
		d.depth--
		return t
	}
	for {
		if d.tok != jsonString {
			d.expected("object key string")
		}
		key := d.val
		d.next()
		if d.tok != jsonColon {
			d.expected("colon")
		}
		d.next()
		t.set(key, d.value())
		d.next()
		if d.tok == jsonObjEnd {
			d.depth--
			return t
		}
		if d.tok != jsonComma {
			d.expected("comma or object end")
		}
		d.next()
	}
}

func (d *jsonDecoder) array() Value {
	d.descend()
	t := d.vm.newTable(0, 0)
	d.next()
	if d.tok == jsonArrEnd {
		d.depth--
		return t
	}
	for i := 1; ; i++ {
		t.setInt(i, d.value())
		d.next()
		if d.tok == jsonArrEnd {
			d.depth--
			return t
		}
		if d.tok != jsonComma {
			d.expected("comma or array end")
		}
		d.next()
	}
}
