package engine

import (
	"math"
	"strconv"
)

// wireReply writes answers as Redis puts them on the wire, so that tests can
// compare with a real server byte for byte.
type wireReply struct {
	proto int
	out   []byte
}

func (w *wireReply) Proto() int { return w.proto }
func (w *wireReply) OK()        { w.Status("OK") }
func (w *wireReply) line(kind byte, s string) {
	w.out = append(append(append(w.out, kind), s...), "\r\n"...)
}
func (w *wireReply) number(kind byte, n int64) { w.line(kind, strconv.FormatInt(n, 10)) }

func (w *wireReply) Null() {
	if w.proto == 3 {
		w.line('_', "")
	} else {
		w.line('$', "-1")
	}
}

func (w *wireReply) NullArray() {
	if w.proto == 3 {
		w.line('_', "")
	} else {
		w.line('*', "-1")
	}
}

func (w *wireReply) Status(s string) { w.line('+', s) }
func (w *wireReply) Err(e Error)     { w.line('-', string(e)) }
func (w *wireReply) Int(n int64)     { w.number(':', n) }

func (w *wireReply) Double(f float64) {
	s := string(appendScore(nil, f))
	if f == 0 && math.Signbit(f) {
		s = "-0"
	}
	if w.proto == 3 {
		w.line(',', s)
	} else {
		w.BulkString(s)
	}
}

func (w *wireReply) Bool(b bool) {
	switch {
	case w.proto == 3 && b:
		w.line('#', "t")
	case w.proto == 3:
		w.line('#', "f")
	case b:
		w.Int(1)
	default:
		w.Int(0)
	}
}

func (w *wireReply) Bulk(b []byte) {
	w.number('$', int64(len(b)))
	w.out = append(append(w.out, b...), "\r\n"...)
}

func (w *wireReply) BulkString(s string) { w.Bulk([]byte(s)) }

func (w *wireReply) Verbatim(format string, b []byte) {
	if w.proto == 3 {
		w.number('=', int64(len(b)+4))
		w.out = append(append(append(append(w.out, format...), ':'), b...), "\r\n"...)
	} else {
		w.Bulk(b)
	}
}

func (w *wireReply) Array(n int) { w.number('*', int64(n)) }

func (w *wireReply) Map(n int) {
	if w.proto == 3 {
		w.number('%', int64(n))
	} else {
		w.Array(2 * n)
	}
}

func (w *wireReply) Set(n int) {
	if w.proto == 3 {
		w.number('~', int64(n))
	} else {
		w.Array(n)
	}
}

func (w *wireReply) Push(n int) { w.number('>', int64(n)) }
