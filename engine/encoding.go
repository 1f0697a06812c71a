package engine

// ShowLimits sets the sizes by which OBJECT ENCODING names a value, where they
// are not the defaults. They shape no state: how a value is kept is the same on
// all replicas, and what a script or transaction is told follows the defaults.
func (e *Engine) ShowLimits(l EncodingLimits) {
	kept := &e.opt.Encoding // nothing shows these
	l.StreamNodeMaxBytes, l.StreamNodeMaxEntries, l.HllSparseMaxBytes = kept.StreamNodeMaxBytes, kept.StreamNodeMaxEntries, kept.HllSparseMaxBytes
	e.shown = l
}

// shownEncoding is the name that Redis would answer for a value at the
// configured limits.
func (c *Call) shownEncoding(rec record) string {
	kept, shown := &c.e.opt.Encoding, &c.e.shown
	if c.applying || *shown == (EncodingLimits{}) || *shown == *kept {
		return encodingOf(rec)
	}
	switch typeOf(rec) {
	case TypeList:
		if shown.ListMaxListpackSize != kept.ListMaxListpackSize {
			return listEncodingAt(rec, shown.ListMaxListpackSize)
		}
	case TypeHash:
		h := hashOf(rec, true)
		f := fit{entries: shown.HashMaxListpackEntries, value: shown.HashMaxListpackValue}
		return f.name("hashtable", h.len(), func(take func(element) bool) {
			h.each(func(field, value element) bool { return take(field) && take(value) })
		})
	case TypeZset:
		z := zsetOf(rec, true)
		f := fit{entries: shown.ZsetMaxListpackEntries, value: shown.ZsetMaxListpackValue}
		return f.name("skiplist", z.len(), func(take func(element) bool) {
			z.ascend(0, func(r ranked) bool { return take(r.member) })
		})
	case TypeSet:
		s := setOf(rec, true)
		f := fit{entries: shown.SetMaxListpackEntries, value: shown.SetMaxListpackValue}
		if s.kind == setInts {
			if s.len() <= shown.SetMaxIntsetEntries {
				return "intset"
			}
			if shown.SetMaxIntsetEntries > 0 {
				return "hashtable"
			}
		}
		f.ints = s.kind == setTable && s.len() <= shown.SetMaxIntsetEntries
		name := f.name("hashtable", s.len(), func(take func(element) bool) { s.each(take) })
		if f.ints {
			return "intset"
		}
		return name
	}
	return encodingOf(rec)
}

// fit judges whether elements are few and short enough for a listpack.
type fit struct {
	entries, value int
	ints           bool // all of them are integers, so far
}

// fitMax bounds the elements that are looked at: a value of more is big.
const fitMax = 1 << 16

func (f *fit) name(big string, n int, each func(take func(element) bool)) string {
	if n > fitMax {
		f.ints = false
		return big
	}
	small := n <= f.entries
	each(func(e element) bool {
		small = small && e.len() <= f.value
		f.ints = f.ints && isIntElement(e)
		return small || f.ints
	})
	if small {
		return "listpack"
	}
	return big
}

func isIntElement(e element) bool {
	if e.isInt {
		return true
	}
	_, ok := canonicalInt(e.str)
	return ok
}

// listEncodingAt judges by list-max-listpack-size: how many elements, or, if
// negative, 4 to 64 KiB.
func listEncodingAt(rec record, size int) string {
	n, bytes := 0, 0
	if l, _ := rec.Object().(*list); l != nil {
		n, bytes = l.len(), l.bytes
	} else {
		n, bytes = packLen(rec.Value()), len(rec.Value())-packHead
	}
	if size >= 0 && n <= max(size, 1) && bytes <= 8<<10 || size < 0 && bytes+rdbPackOverhead <= 4<<10<<(min(-size, 5)-1) {
		return "listpack"
	}
	return "quicklist"
}
