package lua

import (
	"math"
	"math/bits"
)

// Table is a table of Lua 5.1, laid out and grown as Lua's own (ltable.c): the
// border that # finds, and the order of pairs, are what Redis shows for the
// same operations. A key that is a table or a function hashes by the order of
// creation, as an address would differ between nodes.
type Table struct {
	vm       *VM
	id       uint32
	readonly bool
	meta     *Table
	array    []Value
	nodes    []node // nil: no hash part; else a power of two
	lastFree int    // no node at or beyond it is free
}

type node struct {
	key, val Value // a key stays after its value became nil
	next     int32 // index of the next in the chain, -1: none
}

const (
	arrayBitsMax   = 26
	nodeBytes      = 40
	slotBytes      = 16
	tableBytes     = 96
	chainFree      = 4 // steps along a chain that cost nothing
	nodesBitsLimit = 26
)

func (vm *VM) newTable(narray, nhash int) *Table {
	vm.alloc(tableBytes)
	vm.ids++
	t := &Table{vm: vm, id: vm.ids}
	if narray > 0 {
		vm.alloc(narray * slotBytes)
		t.array = make([]Value, narray)
	}
	if nhash > 0 {
		t.setNodes(nhash)
	}
	return t
}

func (t *Table) setNodes(size int) {
	if size == 0 {
		t.nodes, t.lastFree = nil, 0
		return
	}
	lsize := bits.Len(uint(size - 1))
	if lsize > nodesBitsLimit {
		t.vm.throw("table overflow")
	}
	n := 1 << lsize
	t.vm.step(n)
	t.vm.alloc(n * nodeBytes)
	t.nodes = make([]node, n)
	for i := range t.nodes {
		t.nodes[i].next = -1
	}
	t.lastFree = n
}

func stringHash(s string) uint32 {
	h := uint32(len(s))
	step := len(s)>>5 + 1
	for l := len(s); l >= step; l -= step {
		h ^= h<<5 + h>>2 + uint32(s[l-1])
	}
	return h
}

func (t *Table) mod(n uint32) int { return int(n % uint32((len(t.nodes)-1)|1)) }

// mainPosition is where a key belongs. REQUIRES: there are nodes.
func (t *Table) mainPosition(key Value) int {
	switch k := key.(type) {
	case string:
		return int(stringHash(k)) & (len(t.nodes) - 1)
	case float64:
		return t.numberPosition(k)
	case bool:
		if k {
			return 1 & (len(t.nodes) - 1)
		}
		return 0
	case *Table:
		return t.mod(k.id)
	case *Function:
		return t.mod(k.id)
	case *Coroutine:
		return t.mod(k.id)
	case *Userdata:
		return t.mod(k.id)
	}
	panic("lua: a key of no type")
}

func (t *Table) numberPosition(f float64) int {
	if f == 0 {
		return 0
	}
	b := math.Float64bits(f)
	return t.mod(uint32(b) + uint32(b>>32))
}

// find answers the node of a key, -1 if there is none.
func (t *Table) find(key Value) int {
	if t.nodes == nil {
		return -1
	}
	i, steps := t.mainPosition(key), 0
	for i >= 0 {
		n := &t.nodes[i]
		if n.key == key {
			break
		}
		i = int(n.next)
		steps++
	}
	if steps > chainFree {
		t.vm.step(steps)
	}
	return i
}

func (t *Table) get(key Value) Value {
	switch k := key.(type) {
	case nil:
		return nil
	case float64:
		if i := int(k); i > 0 && i <= len(t.array) && float64(i) == k {
			return t.array[i-1]
		}
	}
	if i := t.find(key); i >= 0 {
		return t.nodes[i].val
	}
	return nil
}

func (t *Table) getInt(i int) Value {
	if i > 0 && i <= len(t.array) {
		return t.array[i-1]
	}
	if t.nodes == nil {
		return nil
	}
	return t.get(num(float64(i)))
}

func (t *Table) getStr(key string) Value {
	if t.nodes == nil {
		return nil
	}
	i, steps := int(stringHash(key))&(len(t.nodes)-1), 0
	for i >= 0 {
		n := &t.nodes[i]
		if s, ok := n.key.(string); ok && s == key {
			break
		}
		i = int(n.next)
		steps++
	}
	if steps > chainFree {
		t.vm.step(steps)
	}
	if i < 0 {
		return nil
	}
	return t.nodes[i].val
}

// set stores without asking metamethods or the read-only mark. The key is
// neither nil nor NaN.
func (t *Table) set(key, val Value) {
	if k, ok := key.(float64); ok {
		if i := int(k); i > 0 && i <= len(t.array) && float64(i) == k {
			t.array[i-1] = val
			return
		}
		if k == 0 {
			key = smallNumbers[0] // -0 and 0 are one key
		}
	}
	if i := t.find(key); i >= 0 {
		t.nodes[i].val = val
		return
	}
	t.insert(key, val)
}

func (t *Table) setInt(i int, val Value) {
	if i > 0 && i <= len(t.array) {
		t.array[i-1] = val
		return
	}
	t.set(num(float64(i)), val)
}

func (t *Table) setStr(key string, val Value) { t.set(key, val) }

// insert adds a key that is not there (luaH_newkey).
func (t *Table) insert(key, val Value) {
	if t.nodes == nil {
		t.rehash(key)
		t.set(key, val)
		return
	}
	mp := t.mainPosition(key)
	if n := &t.nodes[mp]; n.val != nil {
		free := t.freeNode()
		if free < 0 {
			t.rehash(key)
			t.set(key, val)
			return
		}
		other := t.mainPosition(n.key)
		if other != mp {
			// The colliding node is out of its main position: move it away.
			prev, steps := other, 0
			for int(t.nodes[prev].next) != mp {
				prev = int(t.nodes[prev].next)
				steps++
			}
			if steps > chainFree {
				t.vm.step(steps)
			}
			t.nodes[prev].next = int32(free)
			t.nodes[free] = *n
			n.next = -1
			n.val = nil
		} else {
			t.nodes[free].next = n.next
			n.next = int32(free)
			mp = free
		}
	}
	t.nodes[mp].key, t.nodes[mp].val = key, val
}

func (t *Table) freeNode() int {
	for t.lastFree > 0 {
		t.lastFree--
		if t.nodes[t.lastFree].key == nil {
			return t.lastFree
		}
	}
	return -1
}

// arrayIndex is the index that a key has in an array part, or -1.
func arrayIndex(key Value) int {
	if f, ok := key.(float64); ok {
		if i := int(f); float64(i) == f && i > 0 && i <= 1<<arrayBitsMax {
			return i
		}
	}
	return -1
}

func ceilLog2(n int) int { return bits.Len(uint(n - 1)) }

// rehash makes room for a key: it counts the integer keys and chooses the
// largest n such that more than n/2 of the slots 1..n are in use.
func (t *Table) rehash(extra Value) {
	var nums [arrayBitsMax + 1]int
	t.vm.step((len(t.array) + len(t.nodes)) / 8)
	narray := t.countArray(&nums)
	total := narray
	for i := range t.nodes {
		n := &t.nodes[i]
		if n.val == nil {
			continue
		}
		if k := arrayIndex(n.key); k > 0 {
			nums[ceilLog2(k)]++
			narray++
		}
		total++
	}
	if k := arrayIndex(extra); k > 0 {
		nums[ceilLog2(k)]++
		narray++
	}
	total++
	size, inArray := computeSizes(&nums, narray)
	t.resize(size, total-inArray)
}

func (t *Table) countArray(nums *[arrayBitsMax + 1]int) int {
	total := 0
	for i, v := range t.array {
		if v != nil {
			nums[ceilLog2(i+1)]++
			total++
		}
	}
	return total
}

func computeSizes(nums *[arrayBitsMax + 1]int, narray int) (size, used int) {
	a, twoToI := 0, 1
	for i := 0; i <= arrayBitsMax && twoToI/2 < narray; i++ {
		if nums[i] > 0 {
			a += nums[i]
			if a > twoToI/2 {
				size, used = twoToI, a
			}
		}
		if a == narray {
			break
		}
		twoToI *= 2
	}
	return size, used
}

func (t *Table) resize(narray, nhash int) {
	old, oldArray := t.nodes, t.array
	if narray != len(oldArray) {
		t.vm.alloc(narray * slotBytes)
		t.array = make([]Value, narray)
		copy(t.array, oldArray)
	}
	t.setNodes(nhash)
	for i := narray; i < len(oldArray); i++ {
		if oldArray[i] != nil {
			t.setInt(i+1, oldArray[i])
		}
	}
	for i := len(old) - 1; i >= 0; i-- {
		if old[i].val != nil {
			t.set(old[i].key, old[i].val)
		}
	}
}

// growArray makes the array part hold at least n (luaH_resizearray).
func (t *Table) growArray(n int) {
	if n <= len(t.array) {
		return
	}
	live := 0
	if t.nodes != nil {
		live = len(t.nodes)
	}
	t.resize(n, live)
}

// length is a border: t[n] is not nil and t[n+1] is (luaH_getn).
func (t *Table) length() int {
	j := len(t.array)
	if j > 0 && t.array[j-1] == nil {
		i := 0
		for j-i > 1 {
			m := (i + j) / 2
			if t.array[m-1] == nil {
				j = m
			} else {
				i = m
			}
		}
		return i
	}
	if t.nodes == nil {
		return j
	}
	i := j
	for j++; t.getInt(j) != nil; {
		i = j
		j *= 2
		if j > 1<<31-3 {
			for i = 1; t.getInt(i) != nil; i++ {
				t.vm.step(1)
			}
			return i - 1
		}
	}
	for j-i > 1 {
		m := (i + j) / 2
		if t.getInt(m) == nil {
			j = m
		} else {
			i = m
		}
	}
	return i
}

// next is the key and value that follow a key; ok false: the key is not in the
// table. A nil key begins; a nil key returned ends.
func (t *Table) next(key Value) (k, v Value, ok bool) {
	i := 0
	if key != nil {
		if a := arrayIndex(key); a > 0 && a <= len(t.array) {
			i = a
		} else {
			n := t.find(key)
			if n < 0 {
				return nil, nil, false
			}
			i = len(t.array) + n + 1
		}
	}
	from := i
	for ; i < len(t.array); i++ {
		if t.array[i] != nil {
			t.vm.step((i - from) / 4)
			return num(float64(i + 1)), t.array[i], true
		}
	}
	for n := i - len(t.array); n < len(t.nodes); n++ {
		if t.nodes[n].val != nil {
			t.vm.step((n + len(t.array) - from) / 4)
			return t.nodes[n].key, t.nodes[n].val, true
		}
	}
	t.vm.step((len(t.array) + len(t.nodes) - from) / 4)
	return nil, nil, true
}
