package lua

import (
	"github.com/laurocaetano/foxtail/engine/fpconv"
	"strings"
)

// Reply takes the answer of a script. Aggregates announce their size, then
// their elements follow.
type Reply interface {
	Null()
	Err(text string)
	Status(s string)
	Int(n int64)
	Double(f float64)
	Bool(b bool)
	BulkString(s string)
	Verbatim(format string, b []byte)
	Array(n int)
	Map(n int)
	Set(n int)
}

// replyDepthMax bounds tables within tables, which may contain themselves.
const replyDepthMax = 500

// answer converts what a script returned. fault: it can't be.
func (vm *VM) answer(v Value, out Reply) (fault string) {
	fault = func() (fault string) {
		defer func() {
			if r, ok := recover().(abort); ok {
				fault = "ERR " + string(r)
			} else if r != "" {
				panic(r)
			}
		}()
		vm.measure(v, 0)
		return ""
	}()
	if fault == "" {
		vm.emit(v, out, 0)
	}
	return fault
}

// measure charges for a reply before any of it is sent.
func (vm *VM) measure(v Value, depth int) {
	t, ok := v.(*Table)
	if !ok {
		if s, isText := v.(string); isText {
			vm.alloc(len(s) + 16)
		}
		return
	}
	vm.step(4)
	vm.alloc(16)
	if depth > replyDepthMax {
		return
	}
	for _, name := range []string{"map", "set"} {
		if inner, ok := t.getStr(name).(*Table); ok {
			for k, v, _ := inner.next(nil); k != nil; k, v, _ = inner.next(k) {
				vm.measure(k, depth+1)
				vm.measure(v, depth+1)
			}
			return
		}
	}
	for i := 1; ; i++ {
		v := t.getInt(i)
		if v == nil {
			return
		}
		vm.measure(v, depth+1)
	}
}

func (vm *VM) emit(v Value, out Reply, depth int) {
	if depth > replyDepthMax {
		out.Err("ERR reached lua stack limit")
		return
	}
	switch v := v.(type) {
	case string:
		out.BulkString(v)
	case float64:
		out.Int(toInt(v))
	case bool:
		switch {
		case vm.script.resp == 3:
			out.Bool(v)
		case v:
			out.Int(1)
		default:
			out.Null()
		}
	case *Table:
		vm.emitTable(v, out, depth)
	default:
		out.Null()
	}
}

func oneLine(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
}

func (vm *VM) emitTable(t *Table, out Reply, depth int) {
	if s, ok := t.getStr("err").(string); ok {
		out.Err(oneLine(s))
		return
	}
	if s, ok := t.getStr("ok").(string); ok {
		out.Status(oneLine(s))
		return
	}
	if f, ok := t.getStr("double").(float64); ok {
		out.Double(f)
		return
	}
	if inner, ok := t.getStr("map").(*Table); ok {
		out.Map(inner.count())
		for k, v, _ := inner.next(nil); k != nil; k, v, _ = inner.next(k) {
			vm.emit(k, out, depth+1)
			vm.emit(v, out, depth+1)
		}
		return
	}
	if inner, ok := t.getStr("set").(*Table); ok {
		out.Set(inner.count())
		for k, _, _ := inner.next(nil); k != nil; k, _, _ = inner.next(k) {
			vm.emit(k, out, depth+1)
		}
		return
	}
	if s, ok := t.getStr("big_number").(string); ok {
		out.BulkString(oneLine(s))
		return
	}
	if inner, ok := t.getStr("verbatim_string").(*Table); ok {
		text, okText := inner.getStr("string").(string)
		format, okFormat := inner.getStr("format").(string)
		if okText && okFormat && len(format) == 3 {
			out.Verbatim(format, []byte(text))
			return
		}
	}
	n := 0
	for t.getInt(n+1) != nil {
		n++
	}
	out.Array(n)
	for i := 1; i <= n; i++ {
		vm.emit(t.getInt(i), out, depth+1)
	}
}

func (t *Table) count() (n int) {
	for k, _, _ := t.next(nil); k != nil; k, _, _ = t.next(k) {
		n++
	}
	return n
}

// Answer takes one reply of the database and makes it a Lua value.
type Answer struct {
	vm     *VM
	resp   int
	value  Value
	failed bool
	open   []building
}

// building is an aggregate whose elements are still to come.
type building struct {
	value   Value // what it is to the script
	t       *Table
	kind    byte // a, m or s
	missing int
	n       int
	key     Value
}

func (a *Answer) begin(vm *VM, resp int) {
	a.vm, a.resp, a.value, a.failed, a.open = vm, resp, nil, false, a.open[:0]
}

func (a *Answer) add(v Value) {
	if a.vm.spent() {
		return
	}
	for len(a.open) > 0 {
		b := &a.open[len(a.open)-1]
		switch {
		case b.kind == 'a':
			b.n++
			b.t.setInt(b.n, v)
		case b.kind == 's':
			if v != nil {
				b.t.set(v, true)
			}
		case b.missing%2 == 0:
			b.key = v
		default:
			if b.key != nil {
				b.t.set(b.key, v)
			}
		}
		if b.missing--; b.missing > 0 {
			return
		}
		v = b.value
		b.value, b.t, b.key = nil, nil, nil
		a.open = a.open[:len(a.open)-1]
	}
	a.value = v
}

// Pay takes steps from the budget for work that the answer does not show. false:
// it is spent, and the script ends when the call returns.
func (a *Answer) Pay(steps int) bool {
	a.vm.step(steps)
	return !a.vm.spent()
}

func (a *Answer) field(name string, v Value) *Table {
	t := a.vm.newTable(0, 1)
	t.setStr(name, v)
	return t
}

// Proto is the protocol that redis.setresp chose.
func (a *Answer) Proto() int { return a.resp }

func (a *Answer) OK() { a.Status("OK") }

func (a *Answer) Null() {
	if a.resp == 3 {
		a.add(nil)
		return
	}
	a.add(false)
}

func (a *Answer) NullArray() { a.Null() }

func (a *Answer) Status(s string) { a.add(a.field("ok", a.vm.text(s))) }

// Fail takes an error reply.
func (a *Answer) Fail(text string) {
	t := a.vm.errorTable("-" + text)
	t.setStr("ignore_error_stats_update", true) // as Redis marks what it has counted already
	a.failed = a.failed || len(a.open) == 0
	a.add(t)
}

// Failed tells whether the answer is an error.
func (a *Answer) Failed() bool { return a.failed }

func (a *Answer) Int(n int64) { a.vm.step(1); a.add(num(float64(n))) }

func (a *Answer) Double(f float64) {
	if a.resp == 3 {
		a.add(a.field("double", num(f)))
		return
	}
	a.add(a.vm.text(string(fpconv.Append(nil, f))))
}

func (a *Answer) Bool(b bool) {
	switch {
	case a.resp == 3:
		a.add(b)
	case b:
		a.add(num(1))
	default:
		a.add(num(0))
	}
}

func (a *Answer) Bulk(b []byte) {
	if a.vm.alloc(len(b)); !a.vm.spent() {
		a.vm.step(1)
		a.add(string(b))
	}
}

func (a *Answer) BulkString(s string) {
	a.vm.step(1)
	a.add(a.vm.text(s))
}

func (a *Answer) Verbatim(format string, b []byte) {
	text := a.vm.text(string(b))
	if a.resp != 3 {
		a.add(text)
		return
	}
	t := a.field("string", text)
	t.setStr("format", format)
	a.add(a.field("verbatim_string", t))
}

func (a *Answer) begins(kind byte, n int, wrap string) {
	if a.vm.alloc(n * slotBytes); a.vm.spent() {
		return
	}
	var t *Table
	missing := n
	switch kind {
	case 'a':
		t = a.vm.newTable(n, 0)
	case 'm':
		missing = 2 * n
		t = a.vm.newTable(0, n)
	case 's':
		t = a.vm.newTable(0, n)
	}
	var v Value = t
	if wrap != "" {
		v = a.field(wrap, t)
	}
	if n == 0 {
		a.add(v)
		return
	}
	a.open = append(a.open, building{value: v, t: t, kind: kind, missing: missing})
}

func (a *Answer) Array(n int) { a.begins('a', n, "") }

func (a *Answer) Push(n int) { a.Array(n) }

func (a *Answer) Map(n int) {
	if a.resp == 3 {
		a.begins('m', n, "map")
		return
	}
	a.Array(2 * n)
}

func (a *Answer) Set(n int) {
	if a.resp == 3 {
		a.begins('s', n, "set")
		return
	}
	a.Array(n)
}
