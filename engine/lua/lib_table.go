package lua

import (
	"strings"
)

func (vm *VM) openTable() {
	vm.library("table", []entry{
		{"concat", tableConcat}, {"foreach", tableForeach}, {"foreachi", tableForeachi}, {"getn", tableGetn},
		{"maxn", tableMaxn}, {"insert", tableInsert}, {"remove", tableRemove}, {"setn", tableSetn}, {"sort", tableSort},
	})
}

// putInt stores from a library function, which a read-only table refuses.
func (vm *VM) putInt(t *Table, i int, v Value) {
	if t.readonly {
		vm.throw("Attempt to modify a readonly table")
	}
	t.setInt(i, v)
}

func tableConcat(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	sep := vm.optString(args, 2, "")
	i := vm.optInt(args, 3, 1)
	last := 0
	if arg(args, 4) == nil {
		last = t.length()
	} else {
		last = vm.checkInt(args, 4)
	}
	var b strings.Builder
	for ; i <= last; i++ {
		v := t.getInt(i)
		s, ok := toString(v)
		if !ok {
			vm.fail("invalid value (%s) at index %d in table for 'concat'", typeName(v), i)
		}
		vm.step(1)
		vm.alloc(len(s) + len(sep))
		b.WriteString(s)
		if i != last {
			b.WriteString(sep)
		}
	}
	return one(b.String())
}

func tableForeach(vm *VM, args []Value) []Value {
	t, fn := vm.checkTable(args, 1), vm.checkFunction(args, 2)
	for k, v, ok := t.next(nil); k != nil; k, v, ok = t.next(k) {
		if !ok {
			vm.throw("invalid key to 'next'")
		}
		if r := first(vm.callInner(fn, k, v)); r != nil {
			return one(r)
		}
	}
	return nil
}

func tableForeachi(vm *VM, args []Value) []Value {
	t, fn := vm.checkTable(args, 1), vm.checkFunction(args, 2)
	for i, n := 1, t.length(); i <= n; i++ {
		if r := first(vm.callInner(fn, num(float64(i)), t.getInt(i))); r != nil {
			return one(r)
		}
	}
	return nil
}

func tableGetn(vm *VM, args []Value) []Value {
	return number(float64(vm.checkTable(args, 1).length()))
}

func tableMaxn(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	most := 0.0
	for k, _, _ := t.next(nil); k != nil; k, _, _ = t.next(k) {
		vm.step(1)
		if f, ok := k.(float64); ok && f > most {
			most = f
		}
	}
	return number(most)
}

func tableSetn(vm *VM, args []Value) []Value {
	vm.checkTable(args, 1)
	vm.fail("'setn' is obsolete")
	return nil
}

func tableInsert(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	e := t.length() + 1
	switch len(args) {
	case 2:
		vm.putInt(t, e, args[1])
	case 3:
		pos := vm.checkInt(args, 2)
		if pos > e {
			e = pos
		}
		for i := e; i > pos; i-- {
			vm.step(1)
			vm.putInt(t, i, t.getInt(i-1))
		}
		vm.putInt(t, pos, args[2])
	default:
		vm.fail("wrong number of arguments to 'insert'")
	}
	return nil
}

func tableRemove(vm *VM, args []Value) []Value {
	t := vm.checkTable(args, 1)
	e := t.length()
	pos := vm.optInt(args, 2, e)
	if pos < 1 || pos > e {
		return nil
	}
	v := t.getInt(pos)
	for ; pos < e; pos++ {
		vm.step(1)
		vm.putInt(t, pos, t.getInt(pos+1))
	}
	vm.putInt(t, e, nil)
	return one(v)
}

// sorter is Lua's own quicksort, so that a comparison function is called for
// the same pairs, and an inconsistent one fails alike.
type sorter struct {
	vm   *VM
	t    *Table
	less Value
}

func tableSort(vm *VM, args []Value) []Value {
	s := &sorter{vm: vm, t: vm.checkTable(args, 1)}
	n := s.t.length()
	if arg(args, 2) != nil {
		s.less = vm.checkFunction(args, 2)
	}
	s.sort(1, n)
	return nil
}

func (s *sorter) before(a, b Value) bool {
	s.vm.step(2)
	if s.less != nil {
		return truthy(first(s.vm.callInner(s.less, a, b)))
	}
	return s.vm.less(a, b)
}

func (s *sorter) put(i int, a Value, j int, b Value) {
	s.vm.putInt(s.t, i, a)
	s.vm.putInt(s.t, j, b)
}

func (s *sorter) sort(l, u int) {
	t := s.t
	for l < u {
		if a, b := t.getInt(l), t.getInt(u); s.before(b, a) {
			s.put(l, b, u, a)
		}
		if u-l == 1 {
			return
		}
		i := (l + u) / 2
		if a, b := t.getInt(i), t.getInt(l); s.before(a, b) {
			s.put(i, b, l, a)
		} else if b := t.getInt(u); s.before(b, a) {
			s.put(i, b, u, a)
		}
		if u-l == 2 {
			return
		}
		pivot := t.getInt(i)
		s.put(i, t.getInt(u-1), u-1, pivot)
		i = s.partition(l, u, pivot)
		j := l
		if i-l < u-i {
			l, i, j = i+1, i-1, l
			s.sort(j, i)
		} else {
			s.sort(i+1, u)
			u = i - 1
		}
	}
}

// partition leaves the pivot at the index it answers.
func (s *sorter) partition(l, u int, pivot Value) int {
	t := s.t
	i, j := l, u-1
	for {
		var a, b Value
		for i++; ; i++ {
			if a = t.getInt(i); !s.before(a, pivot) {
				break
			}
			if i > u {
				s.vm.fail("invalid order function for sorting")
			}
		}
		for j--; ; j-- {
			if b = t.getInt(j); !s.before(pivot, b) {
				break
			}
			if j < l {
				s.vm.fail("invalid order function for sorting")
			}
		}
		if j < i {
			break
		}
		s.put(i, b, j, a)
	}
	a, b := t.getInt(u-1), t.getInt(i)
	s.put(u-1, b, i, a)
	return i
}
