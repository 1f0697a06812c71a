package script

import (
	"fmt"
	"strconv"
)

// Kind is the type of a reply: its first byte in RESP3.
type Kind byte

const (
	Status    Kind = '+'
	Error     Kind = '-'
	Integer   Kind = ':'
	Bulk      Kind = '$'
	Null      Kind = '_' // also RESP2's null string and null array
	Array     Kind = '*'
	Map       Kind = '%'
	Set       Kind = '~'
	Push      Kind = '>'
	Double    Kind = ','
	Bool      Kind = '#'
	BigNumber Kind = '('
	Verbatim  Kind = '='
)

// Value is one reply.
type Value struct {
	Kind Kind
	// Str is the text of a Status, Error, Bulk, Verbatim (without its format),
	// BigNumber or Double (as it stood on the wire).
	Str []byte
	// Int is the number of an Integer, and 1 or 0 of a Bool.
	Int int64
	// Elems are the elements of an aggregate; a Map has key, value, key, ...
	Elems []Value
}

// Err makes the Value of an error reply.
func Err(format string, args ...any) Value {
	return Value{Kind: Error, Str: fmt.Appendf(nil, format, args...)}
}

// String renders the reply as redis-cli prints it on a terminal, each line
// ended by a newline.
func (v Value) String() string { return string(v.append(nil, "")) }

// append renders v. All lines but the first begin with prefix, because the
// caller has put the element's number there.
func (v Value) append(out []byte, prefix string) []byte {
	switch v.Kind {
	case Status, Verbatim, BigNumber:
		out = append(out, v.Str...)
	case Error:
		out = append(append(out, "(error) "...), v.Str...)
	case Integer:
		out = strconv.AppendInt(append(out, "(integer) "...), v.Int, 10)
	case Double:
		out = append(append(out, "(double) "...), v.Str...)
	case Bulk:
		out = appendQuoted(out, v.Str)
	case Null:
		out = append(out, "(nil)"...)
	case Bool:
		if v.Int != 0 {
			out = append(out, "(true)"...)
		} else {
			out = append(out, "(false)"...)
		}
	default:
		if len(v.Elems) > 0 {
			return v.appendElems(out, prefix)
		}
		out = append(out, emptyText(v.Kind)...)
	}
	return append(out, '\n')
}

func emptyText(k Kind) string {
	switch k {
	case Array:
		return "(empty array)"
	case Map:
		return "(empty hash)"
	case Set:
		return "(empty set)"
	}
	return "(empty aggregate type)"
}

// appendElems numbers the elements, right-aligned: "1) ", in a set "1~ ", in
// a map "1# key => value".
func (v Value) appendElems(out []byte, prefix string) []byte {
	n, step, sep := len(v.Elems), 1, byte(')')
	switch v.Kind {
	case Map:
		n, step, sep = n/2, 2, '#'
	case Set:
		sep = '~'
	}
	width := len(strconv.Itoa(n))
	inner := prefix + fmt.Sprintf("%*s", width+2, "")
	for i := 0; i < len(v.Elems); i += step {
		if i > 0 {
			out = append(out, prefix...)
		}
		out = fmt.Appendf(out, "%*d%c ", width, i/step+1, sep)
		out = v.Elems[i].append(out, inner)
		if v.Kind == Map {
			out = append(out[:len(out)-1], " => "...)
			if e := v.Elems[i+1]; len(e.Elems) > 0 && e.Kind != Map {
				out = append(append(out, '\n'), inner...)
			}
			out = v.Elems[i+1].append(out, inner)
		}
	}
	return out
}

// pairs is an array of pairs as a flat array.
func (v Value) pairs() (flat Value, ok bool) {
	flat.Kind = Array
	for _, e := range v.Elems {
		if e.Kind != Array || len(e.Elems) != 2 {
			return v, false
		}
		flat.Elems = append(flat.Elems, e.Elems...)
	}
	return flat, v.Kind == Array && len(v.Elems) > 0
}

// nested is a map as an array of pairs.
func (v Value) nested() (list Value, ok bool) {
	list.Kind = Array
	if v.Kind != Map {
		return v, false
	}
	for i := 0; i+1 < len(v.Elems); i += 2 {
		list.Elems = append(list.Elems, Value{Kind: Array, Elems: []Value{v.Elems[i].RESP2(), v.Elems[i+1].RESP2()}})
	}
	return list, true
}

// RESP2 is the reply as a RESP2 connection would get it, where the protocols
// differ in the encoding alone.
func (v Value) RESP2() Value {
	switch v.Kind {
	case Map, Set, Push:
		v.Kind = Array
	case Double, Verbatim, BigNumber:
		v.Kind = Bulk
	case Bool:
		v.Kind = Integer
	}
	if len(v.Elems) > 0 {
		elems := make([]Value, len(v.Elems))
		for i, e := range v.Elems {
			elems[i] = e.RESP2()
		}
		v.Elems = elems
	}
	return v
}
