package lua

import (
	"math"
	"strconv"
	"strings"
)

// Value is a Lua value: nil, bool, float64, string, *Table, *Function,
// *Coroutine or *Userdata. No other Go type may get in.
type Value = any

// Userdata is an opaque value that is equal only to itself.
type Userdata struct{ id uint32 }

// Null is cjson.null, a light userdata that holds the null pointer.
var Null = &Userdata{}

// GoFunc is a function of the libraries. args is its own to change; what it
// returns belongs to the caller.
type GoFunc func(vm *VM, args []Value) []Value

// Function is a Lua closure, or a function of the libraries.
type Function struct {
	id   uint32
	name string
	goFn GoFunc // nil: a Lua closure
	code *proto
	up   []*cell
}

// cell holds a local variable that a closure has captured.
type cell struct{ v Value }

// smallNumbers are boxed once, as most numbers in scripts are small.
var smallNumbers = func() (t [1024]Value) {
	for i := range t {
		t[i] = float64(i)
	}
	return t
}()

func num(f float64) Value {
	if i := int(f); f >= 0 && f < 1024 && float64(i) == f && (i != 0 || !math.Signbit(f)) {
		return smallNumbers[i]
	}
	return f
}

func truthy(v Value) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	}
	return true
}

func typeName(v Value) string {
	switch v.(type) {
	case nil:
		return "nil"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case *Table:
		return "table"
	case *Function:
		return "function"
	case *Coroutine:
		return "thread"
	}
	return "userdata"
}

// formatNumber is tostring of a number: C's %.14g.
func formatNumber(f float64) string {
	if i := int64(f); f > -1e14 && f < 1e14 && float64(i) == f && (i != 0 || !math.Signbit(f)) {
		return strconv.FormatInt(i, 10)
	}
	return string(appendG(nil, f, 14, false, false))
}

// appendG appends f as C's %g does with a precision.
func appendG(dst []byte, f float64, prec int, alt, upper bool) []byte {
	if s, special := inexact(f); special {
		return append(dst, foldCase(s, upper)...)
	}
	if prec == 0 {
		prec = 1
	}
	if f == 0 {
		if math.Signbit(f) {
			dst = append(dst, '-')
		}
		dst = append(dst, '0')
		if alt {
			dst = append(append(dst, '.'), strings.Repeat("0", prec-1)...)
		}
		return dst
	}
	e := strconv.AppendFloat(nil, f, 'e', prec-1, 64)
	at := strings.LastIndexByte(string(e), 'e')
	exp, _ := strconv.Atoi(string(e[at+1:])) // written by AppendFloat
	var out []byte
	if exp < -4 || exp >= prec {
		mant, tail := e[:at], e[at:]
		if !alt {
			mant = trimZeros(mant)
		}
		out = append(append(out, mant...), tail...)
	} else {
		out = strconv.AppendFloat(nil, f, 'f', prec-1-exp, 64)
		if !alt {
			out = trimZeros(out)
		}
	}
	return append(dst, foldCase(string(out), upper)...)
}

func trimZeros(b []byte) []byte {
	if !strings.Contains(string(b), ".") {
		return b
	}
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

func foldCase(s string, upper bool) string {
	if upper {
		return strings.ToUpper(s)
	}
	return s
}

// inexact is how C prints infinities and NaN. The sign of a NaN is the
// machine's: what 0/0 gives has one on the machines that Redis runs on, and
// replicas must agree, so every NaN shows it.
func inexact(f float64) (string, bool) {
	switch {
	case math.IsNaN(f):
		return "-nan", true
	case math.IsInf(f, 1):
		return "inf", true
	case math.IsInf(f, -1):
		return "-inf", true
	}
	return "", false
}

// toNumber converts as Lua does for arithmetic: numbers, and strings that
// read as one.
func toNumber(v Value) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		return parseNumber(v)
	}
	return 0, false
}

const blanks = " \t\n\v\f\r"

// parseNumber reads a number as strtod and lua_str2number do: blanks around
// it, decimal or hexadecimal, inf and nan.
func parseNumber(s string) (float64, bool) {
	if len(s) > numeralMax {
		return 0, false
	}
	s, _, _ = strings.Cut(s, "\x00") // where C ends it
	s = strings.Trim(s, blanks)
	body, negative := s, false
	if body != "" && (body[0] == '-' || body[0] == '+') {
		negative, body = body[0] == '-', body[1:]
	}
	if body == "" || strings.ContainsAny(body, "_") {
		return 0, false
	}
	f, ok := 0.0, false
	switch c := body[0] | 0x20; {
	case c == 'i' || c == 'n':
		switch strings.ToLower(body) {
		case "inf", "infinity":
			f, ok = math.Inf(1), true
		case "nan":
			f, ok = math.NaN(), true
		}
	case len(body) > 1 && body[0] == '0' && body[1]|0x20 == 'x':
		f, ok = parseHex(body)
	case c >= '0' && c <= '9' || c == '.':
		f, ok = parseFloat(body)
	}
	if negative {
		f = -f
	}
	return f, ok
}

// numeralMax bounds the time spent on a string that may be a number.
const numeralMax = 4096

func parseFloat(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func parseHex(s string) (float64, bool) {
	if !strings.ContainsAny(s, "pP") {
		s += "p0"
	}
	return parseFloat(s)
}

// toString converts numbers and strings; other values have no string.
func toString(v Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		return formatNumber(v), true
	}
	return "", false
}

// toInt truncates as a C cast to a 64-bit integer does on x86-64, whatever
// the processor.
func toInt(f float64) int64 {
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f)
	}
	return math.MinInt64
}

// rawEqual compares without metamethods.
func rawEqual(a, b Value) bool { return a == b }
