package engine

// setValue is a set while a command works on it: an intset, a blob of members,
// or a table. The zero value of kind is an intset.
type setValue struct {
	kind  uint8
	blob  []byte // of setInts and setPack
	table *fieldTable
	kept  bool // the table belongs to the key already
}

// Encodings of TypeSet; the first two are kept with the record.
const (
	setInts uint8 = iota
	setPack
	setTable
)

// emptyInts is what an absent set reads as.
var emptyInts = intsetNew(nil)

func (s *setValue) len() int {
	switch s.kind {
	case setInts:
		return intsetLen(s.blob)
	case setPack:
		return packLen(s.blob)
	}
	return s.table.len()
}

// has says whether m is a member. buf is memory for its text.
func (s *setValue) has(m element, buf *[]byte) bool {
	switch s.kind {
	case setInts:
		if !m.isInt {
			if m.num, m.isInt = canonicalInt(m.str); !m.isInt {
				return false
			}
		}
		_, found := intsetFind(s.blob, m.num)
		return found
	case setPack:
		w := wanted(m)
		if !m.isInt {
			w = want(m.str)
		}
		return packFind(s.blob, packHead, 1, w) >= 0
	}
	if m.isInt {
		*buf = m.append((*buf)[:0])
		m.str = *buf
	}
	_, found := s.table.get(m.str)
	return found
}

// each calls f for each member until it returns false.
func (s *setValue) each(f func(element) bool) {
	switch s.kind {
	case setInts:
		for i := range intsetLen(s.blob) {
			if !f(element{num: intsetAt(s.blob, i), isInt: true}) {
				return
			}
		}
	case setPack:
		for pos := packHead; pos < len(s.blob); {
			var e element
			if e, pos = elementAt(s.blob, pos); !f(e) {
				return
			}
		}
	default:
		s.table.each(func(member, _ []byte) bool { return f(element{str: member}) })
	}
}

// at is the member number i in the order of each; quick for blobs only.
func (s *setValue) at(i int) element {
	switch s.kind {
	case setInts:
		return element{num: intsetAt(s.blob, i), isInt: true}
	case setPack:
		e, _ := elementAt(s.blob, packSeek(s.blob, i))
		return e
	}
	member, _ := s.table.at(i)
	return element{str: member}
}

// pick is a member chosen by chance. REQUIRES: s is not empty.
func (s *setValue) pick(r uniform) element {
	if s.kind == setTable {
		member, _ := s.table.random(r)
		return element{str: member}
	}
	return s.at(int(r.Uint64N(uint64(s.len()))))
}

// pickSome gives n different members chosen by chance.
func (s *setValue) pickSome(r uniform, n int) []element {
	all := make([]element, 0, n)
	if s.kind == setTable && n*4 < s.len() {
		s.table.pickSome(r, n, func(member, _ []byte) { all = append(all, element{str: member}) })
		return all
	}
	chosen, i := sample(r, n, s.len()), 0
	s.each(func(m element) bool {
		if len(chosen) > 0 && chosen[0] == i {
			chosen = chosen[1:]
			all = append(all, m)
		}
		i++
		return len(chosen) > 0
	})
	return all
}

// add puts a member in and says whether it is new. REQUIRES: s is from
// editSet or newSet.
func (s *setValue) add(c *Call, member []byte) bool {
	limits := &c.e.opt.Encoding
	switch s.kind {
	case setInts:
		if n, isInt := canonicalInt(member); isInt {
			var added bool
			s.blob, added = intsetAdd(s.blob, n)
			if added && intsetLen(s.blob) > limits.SetMaxIntsetEntries {
				s.spread(c)
			}
			return added
		}
		if s.len() < limits.SetMaxListpackEntries && len(member) <= limits.SetMaxListpackValue && s.textMax() <= limits.SetMaxListpackValue {
			s.toPack()
			s.blob = packAppend(s.blob, member)
			return true
		}
		s.spread(c)
	case setPack:
		if packFind(s.blob, packHead, 1, want(member)) >= 0 {
			return false
		}
		if s.len() < limits.SetMaxListpackEntries && len(member) <= limits.SetMaxListpackValue {
			s.blob = packAppend(s.blob, member)
			return true
		}
		s.spread(c)
	}
	return s.table.set(member, nil)
}

// textMax is the length of the longest number of an intset.
func (s *setValue) textMax() int {
	n := intsetLen(s.blob)
	if n == 0 {
		return 0
	}
	return max(decimalLen(intsetAt(s.blob, 0)), decimalLen(intsetAt(s.blob, n-1)))
}

func (s *setValue) toPack() {
	pack := packNew(make([]byte, 0, 2*len(s.blob)+64))
	n := intsetLen(s.blob)
	for i := range n {
		pack = appendIntElement(pack, intsetAt(s.blob, i))
	}
	packSetLen(pack, n)
	s.kind, s.blob = setPack, pack
}

// spread turns a blob into a table.
func (s *setValue) spread(c *Call) {
	t := newFieldTable(c.tableSeed())
	var buf []byte
	s.each(func(m element) bool {
		buf = m.append(buf[:0])
		t.set(buf, nil)
		return true
	})
	*s = setValue{kind: setTable, table: t}
}

// expect makes room for that many members to be added by one command, as Redis
// chooses the encoding by their number at once.
func (s *setValue) expect(c *Call, n int) {
	limits := &c.e.opt.Encoding
	if s.kind == setInts && n > limits.SetMaxIntsetEntries || s.kind == setPack && n > limits.SetMaxListpackEntries {
		s.spread(c)
	}
}

// remove takes a member out and says whether it was there. REQUIRES: s is
// from editSet.
func (s *setValue) remove(member []byte) bool {
	switch s.kind {
	case setInts:
		n, isInt := canonicalInt(member)
		if !isInt {
			return false
		}
		var removed bool
		s.blob, removed = intsetRemove(s.blob, n)
		return removed
	case setPack:
		pos := packFind(s.blob, packHead, 1, want(member))
		if pos < 0 {
			return false
		}
		s.blob = packDelete(s.blob, pos, 1)
		return true
	}
	return s.table.delete(member)
}

func setOf(rec record, found bool) setValue {
	if !found {
		return setValue{blob: emptyInts}
	}
	if obj := rec.Object(); obj != nil {
		return setValue{kind: setTable, table: obj.(*fieldTable), kept: true}
	}
	return setValue{kind: rec.Encoding(), blob: rec.Value()}
}

// newSet is a set to be filled and stored by saveSet.
func (c *Call) newSet() setValue { return setValue{blob: intsetNew(c.work().blob)} }

// readSet finds a set to be read only; empty if absent. ok false: the key
// holds another type, and that has been answered.
func (c *Call) readSet(key []byte) (s setValue, ok bool) {
	rec, found, ok := c.Find(key, TypeSet)
	if !ok {
		return s, false
	}
	return setOf(rec, found), true
}

// editSet makes the set of a record changeable. saveSet must follow.
func (c *Call) editSet(key []byte, rec record, found bool) setValue {
	s := setOf(rec, found)
	if s.table != nil {
		s.table = c.Mutate(key).(*fieldTable)
	} else {
		s.blob = c.blobCopy(s.blob)
	}
	return s
}

// saveSet stores what editSet gave, or deletes the key if the set is empty.
func (c *Call) saveSet(key []byte, s *setValue) {
	switch {
	case s.len() == 0:
		c.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
	case s.table == nil:
		c.putBlob(key, TypeSet, s.kind, s.blob)
	case !s.kept:
		c.PutObject(key, TypeSet, setTable, s.table)
	}
}

func setEncoding(rec record) string {
	switch s := setOf(rec, true); s.kind {
	case setInts:
		return "intset"
	case setPack:
		return "listpack"
	}
	return "hashtable"
}
