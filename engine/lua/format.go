package lua

import (
	"math"
	"strconv"
	"strings"
)

// spec is one conversion of string.format.
type spec struct {
	minus, plus, space, alt, zero bool
	width, prec                   int // prec -1: none
	verb                          byte
}

// parseSpec reads a conversion after its %.
func parseSpec(vm *VM, s string) (sp spec, rest string) {
	i := 0
	for ; i < len(s) && strings.IndexByte("-+ #0", s[i]) >= 0; i++ {
		switch s[i] {
		case '-':
			sp.minus = true
		case '+':
			sp.plus = true
		case ' ':
			sp.space = true
		case '#':
			sp.alt = true
		case '0':
			sp.zero = true
		}
	}
	if i > 5 {
		vm.fail("invalid format (repeated flags)")
	}
	digits := func() (n int) {
		for k := 0; k < 2 && i < len(s) && isDigit(s[i]); k++ {
			n = n*10 + int(s[i]-'0')
			i++
		}
		return n
	}
	sp.width, sp.prec = digits(), -1
	if i < len(s) && s[i] == '.' {
		i++
		sp.prec = digits()
	}
	if i < len(s) && isDigit(s[i]) {
		vm.fail("invalid format (width or precision too long)")
	}
	if i < len(s) {
		sp.verb = s[i]
		i++
	}
	return sp, s[i:]
}

func stringFormat(vm *VM, args []Value) []Value {
	f := vm.checkString(args, 1)
	var b strings.Builder
	n := 1
	for f != "" {
		i := strings.IndexByte(f, '%')
		if i < 0 {
			i = len(f)
		}
		vm.alloc(i)
		b.WriteString(f[:i])
		if i == len(f) {
			break
		}
		if f = f[i+1:]; strings.HasPrefix(f, "%") {
			b.WriteByte('%')
			f = f[1:]
			continue
		}
		if n++; n > len(args) {
			vm.argFail(n, "no value")
		}
		var sp spec
		sp, f = parseSpec(vm, f)
		vm.step(4)
		out := vm.convert(sp, args, n)
		vm.alloc(len(out))
		b.WriteString(out)
	}
	return one(b.String())
}

func (vm *VM) convert(sp spec, args []Value, n int) string {
	switch sp.verb {
	case 'c':
		c := byte(0) // as of what no int holds
		if f := vm.checkNumber(args, n); f > math.MinInt32-1 && f < math.MaxInt32+1 {
			c = byte(int32(f))
		}
		s, _, _ := strings.Cut(sp.pad(string([]byte{c})), "\x00") // sprintf's text ends there
		return s
	case 'd', 'i':
		return sp.integer(toInt(vm.checkNumber(args, n)))
	case 'o', 'u', 'x', 'X':
		return sp.unsigned(toUnsigned(vm.checkNumber(args, n)))
	case 'e', 'E', 'f', 'g', 'G':
		return sp.float(vm.checkNumber(args, n))
	case 'q':
		return vm.quote(vm.checkString(args, n))
	case 's':
		s := vm.checkString(args, n)
		if sp.prec < 0 && len(s) >= 100 {
			return s
		}
		if i := strings.IndexByte(s, 0); i >= 0 {
			s = s[:i]
		}
		if sp.prec >= 0 && sp.prec < len(s) {
			s = s[:sp.prec]
		}
		return sp.pad(s)
	}
	if sp.verb == 0 {
		vm.fail("invalid option '%%' to 'format'")
	}
	vm.fail("invalid option '%%%c' to 'format'", sp.verb)
	return ""
}

// toUnsigned is C's conversion of a double to unsigned long, as x86-64 does.
func toUnsigned(f float64) uint64 {
	if f >= 1<<63 {
		return uint64(toInt(f-(1<<63))) ^ 1<<63
	}
	return uint64(toInt(f))
}

func (sp spec) pad(s string) string {
	if len(s) >= sp.width {
		return s
	}
	fill := strings.Repeat(" ", sp.width-len(s))
	if sp.minus {
		return s + fill
	}
	return fill + s
}

// number pads a sign and digits; zeros go between them.
func (sp spec) number(sign, digits string, zero bool) string {
	if zero && !sp.minus && len(sign)+len(digits) < sp.width {
		digits = strings.Repeat("0", sp.width-len(sign)-len(digits)) + digits
	}
	return sp.pad(sign + digits)
}

func (sp spec) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case sp.plus:
		return "+"
	case sp.space:
		return " "
	}
	return ""
}

func (sp spec) digits(s string) string {
	if sp.prec == 0 && s == "0" {
		return ""
	}
	if len(s) < sp.prec {
		s = strings.Repeat("0", sp.prec-len(s)) + s
	}
	return s
}

func (sp spec) integer(n int64) string {
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	return sp.number(sp.sign(n < 0), sp.digits(strconv.FormatUint(u, 10)), sp.zero && sp.prec < 0)
}

func (sp spec) unsigned(u uint64) string {
	base, prefix := 10, ""
	switch sp.verb {
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
		if sp.alt && u != 0 {
			prefix = "0x"
		}
	}
	s := sp.digits(strconv.FormatUint(u, base))
	if base == 8 && sp.alt && !strings.HasPrefix(s, "0") {
		s = "0" + s
	}
	if sp.verb == 'X' {
		s, prefix = strings.ToUpper(s), strings.ToUpper(prefix)
	}
	return sp.number(prefix, s, sp.zero && sp.prec < 0)
}

func (sp spec) float(f float64) string {
	prec := sp.prec
	if prec < 0 {
		prec = 6
	}
	upper := sp.verb < 'a'
	negative := math.Signbit(f)
	if s, special := inexact(f); special {
		s = strings.TrimPrefix(s, "-")
		return sp.pad(sp.sign(negative || math.IsNaN(f)) + foldCase(s, upper))
	}
	f = math.Abs(f)
	var s string
	switch sp.verb | 0x20 {
	case 'e':
		s = foldCase(strconv.FormatFloat(f, 'e', prec, 64), upper)
	case 'f':
		s = strconv.FormatFloat(f, 'f', prec, 64)
	default:
		s = string(appendG(nil, f, prec, sp.alt, upper))
	}
	if sp.alt && prec == 0 && sp.verb|0x20 != 'g' {
		s = strings.Replace(s+".", "e", ".e", 1)
		if strings.Contains(s, ".e") {
			s = strings.TrimSuffix(s, ".")
		}
	}
	return sp.number(sp.sign(negative), s, sp.zero)
}

// quote is %q.
func (vm *VM) quote(s string) string {
	vm.alloc(len(s))
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\r':
			b.WriteString("\\r")
		case 0:
			b.WriteString("\\000")
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
