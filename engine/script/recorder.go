package script

import (
	"math"
	"strconv"

	"github.com/laurocaetano/foxtail/engine"
)

// Recorder is an engine.Reply that builds Values.
type Recorder struct {
	Version int // protocol, 2 or 3
	values  []Value
	open    []frame // aggregates that still miss elements, outermost first
}

type frame struct {
	v       Value
	missing int
}

// Take returns the replies that are complete, and forgets them.
func (r *Recorder) Take() []Value {
	v := r.values
	r.values = nil
	return v
}

// Partial reports whether an aggregate has announced more elements than came.
func (r *Recorder) Partial() bool { return len(r.open) > 0 }

func (r *Recorder) add(v Value) {
	for len(r.open) > 0 {
		top := &r.open[len(r.open)-1]
		top.v.Elems = append(top.v.Elems, v)
		if top.missing--; top.missing > 0 {
			return
		}
		v = top.v
		r.open = r.open[:len(r.open)-1]
	}
	r.values = append(r.values, v)
}

func (r *Recorder) begin(k Kind, n int) {
	if n == 0 {
		r.add(Value{Kind: k})
		return
	}
	r.open = append(r.open, frame{Value{Kind: k}, n})
}

func (r *Recorder) Proto() int          { return r.Version }
func (r *Recorder) OK()                 { r.Status("OK") }
func (r *Recorder) Null()               { r.add(Value{Kind: Null}) }
func (r *Recorder) NullArray()          { r.add(Value{Kind: Null}) }
func (r *Recorder) Status(s string)     { r.add(Value{Kind: Status, Str: []byte(s)}) }
func (r *Recorder) Err(e engine.Error)  { r.add(Value{Kind: Error, Str: []byte(e)}) }
func (r *Recorder) Int(n int64)         { r.add(Value{Kind: Integer, Int: n}) }
func (r *Recorder) Bulk(b []byte)       { r.add(Value{Kind: Bulk, Str: append([]byte{}, b...)}) }
func (r *Recorder) BulkString(s string) { r.add(Value{Kind: Bulk, Str: []byte(s)}) }
func (r *Recorder) Array(n int)         { r.begin(Array, n) }
func (r *Recorder) Map(n int)           { r.begin(Map, 2*n) }
func (r *Recorder) Set(n int)           { r.begin(Set, n) }
func (r *Recorder) Push(n int)          { r.begin(Push, n) }

func (r *Recorder) Verbatim(format string, b []byte) {
	r.add(Value{Kind: Verbatim, Str: append([]byte{}, b...)})
}

func (r *Recorder) Bool(b bool) {
	v := Value{Kind: Bool}
	if b {
		v.Int = 1
	}
	r.add(v)
}

func (r *Recorder) Double(f float64) {
	r.add(Value{Kind: Double, Str: []byte(FormatDouble(f))})
}

// FormatDouble is the shortest text that reads back as f, without an exponent
// where that stays short.
func FormatDouble(f float64) string {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		if f < 0 {
			return "-inf"
		}
		return "inf"
	case abs != 0 && (abs < 1e-5 || abs >= 1e21):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
