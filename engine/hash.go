package engine

import "slices"

// hashValue is a hash while a command works on it: a blob of fields and values
// in turn, or a table.
type hashValue struct {
	pack  []byte
	table *fieldTable
	kept  bool // the table belongs to the key already
}

func (h *hashValue) len() int {
	if h.table != nil {
		return h.table.len()
	}
	return packLen(h.pack) / 2
}

// get reads a field's value; it is valid until the hash changes.
func (h *hashValue) get(field []byte) (element, bool) {
	if h.table != nil {
		value, ok := h.table.get(field)
		return element{str: value}, ok
	}
	pos := packFind(h.pack, packHead, 2, want(field))
	if pos < 0 {
		return element{}, false
	}
	value, _ := elementAt(h.pack, elementSkip(h.pack, pos))
	return value, true
}

// each calls f for each field until it returns false.
func (h *hashValue) each(f func(field, value element) bool) {
	if h.table != nil {
		h.table.each(func(field, value []byte) bool {
			return f(element{str: field}, element{str: value})
		})
		return
	}
	for pos := packHead; pos < len(h.pack); {
		var field, value element
		field, pos = elementAt(h.pack, pos)
		value, pos = elementAt(h.pack, pos)
		if !f(field, value) {
			return
		}
	}
}

// set stores a value and says whether the field is new. REQUIRES: h is from
// editHash.
func (h *hashValue) set(c *Call, field, value []byte) bool {
	limits := &c.e.opt.Encoding
	if h.table == nil && max(len(field), len(value)) > limits.HashMaxListpackValue {
		h.spread(c)
	}
	if h.table != nil {
		return h.table.set(field, value)
	}
	if pos := packFind(h.pack, packHead, 2, want(field)); pos >= 0 {
		h.pack = packReplace(h.pack, elementSkip(h.pack, pos), value)
		return false
	}
	if h.len() >= limits.HashMaxListpackEntries {
		h.spread(c)
		return h.table.set(field, value)
	}
	h.pack = packAppend(packAppend(h.pack, field), value)
	return true
}

// spread turns the blob into a table.
func (h *hashValue) spread(c *Call) {
	t := newFieldTable(c.tableSeed())
	var buf []byte
	h.each(func(field, value element) bool {
		buf = field.append(buf[:0])
		n := len(buf)
		buf = value.append(buf)
		t.set(buf[:n], buf[n:])
		return true
	})
	h.table, h.kept = t, false
}

// delete removes a field and says whether it was there. REQUIRES: h is from
// editHash.
func (h *hashValue) delete(field []byte) bool {
	if h.table != nil {
		return h.table.delete(field)
	}
	pos := packFind(h.pack, packHead, 2, want(field))
	if pos < 0 {
		return false
	}
	h.pack = packDelete(h.pack, pos, 2)
	return true
}

// readHash finds a hash to be read only; empty if absent. ok false: the key
// holds another type, and that has been answered.
func (c *Call) readHash(key []byte) (h hashValue, ok bool) {
	rec, found, ok := c.Find(key, TypeHash)
	if !ok {
		return h, false
	}
	return hashOf(rec, found), true
}

// emptyPack is what an absent collection reads as.
var emptyPack = packNew(nil)

func hashOf(rec record, found bool) hashValue {
	if !found {
		return hashValue{pack: emptyPack}
	}
	if obj := rec.Object(); obj != nil {
		return hashValue{table: obj.(*fieldTable), kept: true}
	}
	return hashValue{pack: rec.Value()}
}

// editHash makes the hash of a record changeable. saveHash must follow.
func (c *Call) editHash(key []byte, rec record, found bool) hashValue {
	h := hashOf(rec, found)
	if h.table != nil {
		h.table = c.Mutate(key).(*fieldTable)
	} else {
		h.pack = c.blobCopy(h.pack)
	}
	return h
}

// saveHash stores what editHash gave, or deletes the key if the hash is empty.
func (c *Call) saveHash(key []byte, h *hashValue) {
	switch {
	case h.len() == 0:
		c.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
	case h.table == nil:
		c.putBlob(key, TypeHash, 0, h.pack)
	case !h.kept:
		c.PutObject(key, TypeHash, 0, h.table)
	}
}

func tableEncoding(rec record) string {
	if rec.Object() != nil {
		return "hashtable"
	}
	return "listpack"
}

// sample picks n of size things by chance, each with the same one, and gives
// their numbers in ascending order. REQUIRES: n <= size.
func sample(r uniform, n, size int) []int {
	if n*8 < size {
		picked := make(map[int]bool, n)
		all := make([]int, 0, n)
		for len(all) < n {
			if i := int(r.Uint64N(uint64(size))); !picked[i] {
				picked[i] = true
				all = append(all, i)
			}
		}
		slices.Sort(all)
		return all
	}
	all := make([]int, 0, n)
	for i := range size {
		if int(r.Uint64N(uint64(size-i))) < n-len(all) {
			all = append(all, i)
		}
	}
	return all
}

// pick calls f for an entry chosen by chance.
func (h *hashValue) pick(r uniform, f func(field, value element)) {
	if h.table != nil {
		field, value := h.table.random(r)
		f(element{str: field}, element{str: value})
		return
	}
	pos := packSeek(h.pack, 2*int(r.Uint64N(uint64(h.len()))))
	field, next := elementAt(h.pack, pos)
	value, _ := elementAt(h.pack, next)
	f(field, value)
}

// pickSome calls f for n different entries chosen by chance.
func (h *hashValue) pickSome(r uniform, n int, f func(field, value element)) {
	if h.table != nil && n*4 < h.len() {
		h.table.pickSome(r, n, func(field, value []byte) { f(element{str: field}, element{str: value}) })
		return
	}
	chosen, i := sample(r, n, h.len()), 0
	h.each(func(field, value element) bool {
		if len(chosen) > 0 && chosen[0] == i {
			chosen = chosen[1:]
			f(field, value)
		}
		i++
		return len(chosen) > 0
	})
}

// pickSome is for a number that is small beside the table's.
func (t *fieldTable) pickSome(r uniform, n int, f func(field, value []byte)) {
	seen := make(map[string]bool, n)
	for len(seen) < n {
		field, value := t.random(r)
		if !seen[string(field)] {
			seen[string(field)] = true
			f(field, value)
		}
	}
}
