package lua

import (
	"math"
	"strings"
)

// metaLoopMax bounds a chain of __index tables (MAXTAGLOOP).
const metaLoopMax = 100

// typeFail raises an error about a value's type; name is what the source calls
// it, such as "local 'x'".
func (vm *VM) typeFail(v Value, verb, name string) {
	if name != "" {
		vm.throw("attempt to %s %s (a %s value)", verb, name, typeName(v))
	}
	vm.throw("attempt to %s a %s value", verb, typeName(v))
}

func first(r []Value) Value {
	if len(r) == 0 {
		return nil
	}
	return r[0]
}

func (vm *VM) index(o, key Value, name string) Value {
	for range metaLoopMax {
		var h Value
		if t, ok := o.(*Table); ok {
			v := t.get(key)
			if v != nil || t.meta == nil {
				return v
			}
			if h = t.meta.getStr("__index"); h == nil {
				return nil
			}
		} else if h = vm.metaOf(o, "__index"); h == nil {
			vm.typeFail(o, "index", name)
		}
		if f, ok := h.(*Function); ok {
			return first(vm.callInner(f, o, key))
		}
		o, name = h, ""
	}
	vm.throw("loop in gettable")
	return nil
}

func (vm *VM) setIndex(o, key, val Value, name string) {
	for range metaLoopMax {
		var h Value
		if t, ok := o.(*Table); ok {
			if t.readonly {
				vm.throw("Attempt to modify a readonly table")
			}
			if t.meta == nil {
				vm.rawSet(t, key, val)
				return
			}
			h = t.meta.getStr("__newindex")
			if h == nil || t.get(key) != nil {
				vm.rawSet(t, key, val)
				return
			}
		} else if h = vm.metaOf(o, "__newindex"); h == nil {
			vm.typeFail(o, "index", name)
		}
		if f, ok := h.(*Function); ok {
			vm.callInner(f, o, key, val)
			return
		}
		o, name = h, ""
	}
	vm.throw("loop in settable")
}

// rawSet stores past metamethods.
func (vm *VM) rawSet(t *Table, key, val Value) {
	switch k := key.(type) {
	case nil:
		vm.throw("table index is nil")
	case float64:
		if math.IsNaN(k) {
			vm.throw("table index is NaN")
		}
	}
	if t.readonly {
		vm.throw("Attempt to modify a readonly table")
	}
	t.set(key, val)
}

func calculate(op token, a, b float64) float64 {
	switch op {
	case '+':
		return a + b
	case '-':
		return a - b
	case '*':
		return a * b
	case '/':
		return a / b
	case '%':
		product := float64(math.Floor(a/b) * b) // rounded: no processor may fuse it
		return a - product
	}
	return power(a, b)
}

// power is pow, the same on all processors. Where the exponent is an integer it
// is rounded right, which Go's own is not: that is worked out in two doubles,
// whose sum has 106 bits.
func power(a, b float64) float64 {
	if b == 2 {
		return a * a
	}
	if b != math.Trunc(b) || math.Abs(b) > 1024 || a == 0 {
		return math.Pow(a, b)
	}
	high, low, x, y := 1.0, 0.0, a, 0.0
	for n := int(math.Abs(b)); n > 0; n >>= 1 {
		if n&1 == 1 {
			high, low = times(high, low, x, y)
		}
		x, y = times(x, y, x, y)
	}
	if size := math.Abs(high); !(size > 1e-280 && size < 1e280) { // the low part may be lost
		return math.Pow(a, b)
	}
	if b < 0 {
		q := 1 / high
		rest := math.FMA(-q, high, 1) - float64(q*low)
		return q + float64(q*rest)
	}
	return high + low
}

// times multiplies two numbers of two doubles each (Dekker).
func times(a, b, x, y float64) (high, low float64) {
	p := a * x
	rest := math.FMA(a, x, -p) + float64(float64(a*y)+float64(b*x))
	high = p + rest
	return high, p - high + rest
}

var arithEvents = map[token]string{'+': "__add", '-': "__sub", '*': "__mul", '/': "__div", '%': "__mod", '^': "__pow"}

// arith is arithmetic on what are not two numbers.
func (vm *VM) arith(op token, a, b Value, nameA, nameB string) Value {
	x, okX := toNumber(a)
	y, okY := toNumber(b)
	if okX && okY {
		return num(calculate(op, x, y))
	}
	h := vm.metaOf(a, arithEvents[op])
	if h == nil {
		h = vm.metaOf(b, arithEvents[op])
	}
	if h != nil {
		return first(vm.callInner(h, a, b))
	}
	if !okX {
		vm.typeFail(a, "perform arithmetic on", nameA)
	}
	vm.typeFail(b, "perform arithmetic on", nameB)
	return nil
}

func (vm *VM) negate(v Value, name string) Value {
	if f, ok := toNumber(v); ok {
		return num(-f)
	}
	if h := vm.metaOf(v, "__unm"); h != nil {
		return first(vm.callInner(h, v, v))
	}
	vm.typeFail(v, "perform arithmetic on", name)
	return nil
}

func (vm *VM) length(v Value, name string) Value {
	switch v := v.(type) {
	case string:
		return num(float64(len(v)))
	case *Table:
		return num(float64(v.length()))
	}
	vm.typeFail(v, "get length of", name)
	return nil
}

// concat joins values as .. does, from the right. names are for messages.
func (vm *VM) concat(vals []Value, names []string) Value {
	acc := vals[len(vals)-1]
	accName := names[len(vals)-1]
	for i := len(vals) - 2; i >= 0; {
		tail, ok := toString(acc)
		head, okHead := toString(vals[i])
		if !ok || !okHead {
			acc, accName = vm.concatMeta(vals[i], acc, names[i], accName), ""
			i--
			continue
		}
		from, size := i, len(tail)+len(head)
		for from > 0 {
			s, isText := toString(vals[from-1])
			if !isText {
				break
			}
			size += len(s)
			from--
		}
		vm.alloc(size + 16)
		var b strings.Builder
		b.Grow(size)
		for _, v := range vals[from : i+1] {
			s, _ := toString(v)
			b.WriteString(s)
		}
		b.WriteString(tail)
		acc, accName, i = b.String(), "", from-1
	}
	return acc
}

func (vm *VM) concatMeta(a, b Value, nameA, nameB string) Value {
	h := vm.metaOf(a, "__concat")
	if h == nil {
		h = vm.metaOf(b, "__concat")
	}
	if h != nil {
		return first(vm.callInner(h, a, b))
	}
	if _, ok := toString(a); ok {
		a, nameA = b, nameB
	}
	vm.typeFail(a, "concatenate", nameA)
	return nil
}

// equal compares with metamethods.
func (vm *VM) equal(a, b Value) bool {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		if !ok || len(x) != len(y) {
			return false
		}
		vm.step(len(x) >> 8)
		return x == y
	case *Table:
		y, ok := b.(*Table)
		if !ok {
			return false
		}
		if x == y || x.meta == nil || y.meta == nil {
			return x == y
		}
		h := x.meta.getStr("__eq")
		if h == nil || x.meta != y.meta && !rawEqual(h, y.meta.getStr("__eq")) {
			return false
		}
		return truthy(first(vm.callInner(h, a, b)))
	}
	return a == b
}

func (vm *VM) less(a, b Value) bool {
	switch x := a.(type) {
	case float64:
		if y, ok := b.(float64); ok {
			return x < y
		}
	case string:
		if y, ok := b.(string); ok {
			vm.step(min(len(x), len(y)) >> 8)
			return x < y
		}
	}
	h, ok := vm.compareMeta(a, b, "__lt")
	if !ok {
		vm.compareFail(a, b)
	}
	return truthy(first(vm.callInner(h, a, b)))
}

func (vm *VM) lessEqual(a, b Value) bool {
	switch x := a.(type) {
	case float64:
		if y, ok := b.(float64); ok {
			return x <= y
		}
	case string:
		if y, ok := b.(string); ok {
			vm.step(min(len(x), len(y)) >> 8)
			return x <= y
		}
	}
	if h, ok := vm.compareMeta(a, b, "__le"); ok {
		return truthy(first(vm.callInner(h, a, b)))
	}
	h, ok := vm.compareMeta(b, a, "__lt")
	if !ok {
		vm.compareFail(a, b)
	}
	return !truthy(first(vm.callInner(h, b, a)))
}

func (vm *VM) compareMeta(a, b Value, event string) (Value, bool) {
	if typeName(a) != typeName(b) {
		return nil, false
	}
	h := vm.metaOf(a, event)
	if h == nil {
		return nil, false
	}
	return h, rawEqual(h, vm.metaOf(b, event))
}

func (vm *VM) compareFail(a, b Value) {
	x, y := typeName(a), typeName(b)
	if x == y {
		vm.throw("attempt to compare two %s values", x)
	}
	vm.throw("attempt to compare %s with %s", x, y)
}
