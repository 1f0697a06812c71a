package engine

import (
	"bytes"
	"slices"
)

// sortOptions are those of SORT and SORT_RO.
type sortOptions struct {
	by, store     []byte // nil: not given
	gets          [][]byte
	desc, alpha   bool
	unsorted      bool // BY a pattern without a star
	offset, count int64
}

// sortItem is one element with what it is ordered by.
type sortItem struct {
	element []byte
	text    []byte // ALPHA; nil: the key BY names is absent
	number  float64
}

func cmdSort(c *Call)   { c.sort(true) }
func cmdSortRo(c *Call) { c.sort(false) }

func (c *Call) sort(mayStore bool) {
	o, ok := c.parseSort(mayStore)
	if !ok {
		return
	}
	if !mayStore && c.besideKey(c.Args[1]) {
		return
	}
	items, ok := c.sortInput(&o)
	if !ok {
		return
	}
	if !o.unsorted {
		if !c.sortWeights(&o, items) {
			return
		}
		slices.SortStableFunc(items, func(a, b sortItem) int {
			if o.desc {
				return o.compare(&b, &a)
			}
			return o.compare(&a, &b)
		})
	}
	n := int64(len(items))
	start := min(max(o.offset, 0), n)
	end := n
	if o.count >= 0 {
		end = min(start+min(o.count, n), n)
	}
	items = items[start:end]
	if o.store != nil {
		c.sortStore(&o, items)
		return
	}
	c.Array(len(items) * max(len(o.gets), 1))
	c.sortOutput(&o, items, func(value []byte, found bool) {
		if found {
			c.Bulk(value)
		} else {
			c.Null()
		}
	})
}

func (c *Call) parseSort(mayStore bool) (o sortOptions, ok bool) {
	o.count = -1
	for i := 2; i < len(c.Args); i++ {
		left := len(c.Args) - i - 1
		switch {
		case c.ArgIs(i, "asc"):
			o.desc = false
		case c.ArgIs(i, "desc"):
			o.desc = true
		case c.ArgIs(i, "alpha"):
			o.alpha = true
		case c.ArgIs(i, "limit") && left >= 2:
			if o.offset, ok = c.ArgInt(i + 1); !ok {
				return o, false
			}
			if o.count, ok = c.ArgInt(i + 2); !ok {
				return o, false
			}
			i += 2
		case mayStore && c.ArgIs(i, "store") && left >= 1:
			i++
			o.store = c.Args[i]
		case c.ArgIs(i, "by") && left >= 1:
			i++
			o.by = c.Args[i]
			o.unsorted = bytes.IndexByte(o.by, '*') < 0
		case c.ArgIs(i, "get") && left >= 1:
			i++
			o.gets = append(o.gets, c.Args[i])
		default:
			c.Err(ErrSyntax)
			return o, false
		}
	}
	return o, true
}

// sortInput copies the elements of a list, set or sorted set.
func (c *Call) sortInput(o *sortOptions) ([]sortItem, bool) {
	rec, found := c.find(c.Args[1])
	if !found {
		return nil, true
	}
	var items []sortItem
	add := func(e element) bool {
		items = append(items, sortItem{element: e.append(nil)})
		return true
	}
	switch typeOf(rec) {
	case TypeList:
		c.listOf(rec).each(add)
		if o.unsorted && o.desc {
			slices.Reverse(items)
		}
	case TypeSet:
		s := setOf(rec, true)
		s.each(add)
		if o.unsorted && o.store != nil {
			// What is stored must not hang on the order inside a set.
			o.unsorted, o.alpha, o.by = false, true, nil
		}
	case TypeZset:
		z := zsetOf(rec, true)
		each := func(m ranked) bool { return add(m.member) }
		if o.unsorted && o.desc {
			z.descend(z.len()-1, each)
		} else {
			z.ascend(0, each)
		}
	default:
		c.Err(ErrWrongType)
		return nil, false
	}
	return items, true
}

// sortWeights finds what each element is ordered by.
func (c *Call) sortWeights(o *sortOptions, items []sortItem) bool {
	for i := range items {
		item := &items[i]
		value, found := item.element, true
		if o.by != nil {
			if value, found = c.byPattern(o.by, item.element); !found {
				continue
			}
		}
		if o.alpha {
			item.text = append([]byte{}, value...)
			continue
		}
		number, inRange, ok := strtod(value)
		if !ok || !inRange {
			c.Err("ERR One or more scores can't be converted into double")
			return false
		}
		item.number = number
	}
	return true
}

// compare orders by weight, and elements of the same weight by their bytes,
// so that the result is the same everywhere.
func (o *sortOptions) compare(a, b *sortItem) int {
	switch {
	case !o.alpha && a.number < b.number:
		return -1
	case !o.alpha && a.number > b.number:
		return 1
	case !o.alpha || o.by == nil:
		return bytes.Compare(a.element, b.element)
	case a.text == nil && b.text == nil:
		return 0
	case a.text == nil:
		return -1
	case b.text == nil:
		return 1
	}
	return bytes.Compare(a.text, b.text)
}

// byPattern puts the element in the place of the pattern's first star and
// reads the string of that name, or the field after "->" of that hash.
func (c *Call) byPattern(pattern, element []byte) (value []byte, found bool) {
	star := bytes.IndexByte(pattern, '*')
	if star < 0 {
		return nil, false
	}
	tail, field := pattern[star+1:], []byte(nil)
	if at := bytes.Index(tail, []byte("->")); at >= 0 && at+2 < len(tail) {
		tail, field = tail[:at], tail[at+2:]
	}
	key := slices.Concat(pattern[:star], element, tail)
	rec, found := c.find(key)
	switch {
	case !found:
		return nil, false
	case field == nil && typeOf(rec) == TypeString:
		return rec.Value(), true
	case field != nil && typeOf(rec) == TypeHash:
		h := hashOf(rec, true)
		e, has := h.get(field)
		return e.append(nil), has
	}
	return nil, false
}

// sortOutput calls f for what is to be told of each element.
func (c *Call) sortOutput(o *sortOptions, items []sortItem, f func(value []byte, found bool)) {
	for i := range items {
		if len(o.gets) == 0 {
			f(items[i].element, true)
		}
		for _, get := range o.gets {
			if string(get) == "#" {
				f(items[i].element, true)
			} else {
				f(c.byPattern(get, items[i].element))
			}
		}
	}
}

func (c *Call) sortStore(o *sortOptions, items []sortItem) {
	var values [][]byte
	c.sortOutput(o, items, func(value []byte, _ bool) {
		values = append(values, append([]byte{}, value...)) // storing moves what it lies in
	})
	existed := c.Delete(o.store)
	switch {
	case len(values) > 0:
		l := c.editList(o.store, record{}, false)
		l.growBy(values)
		for _, v := range values {
			l.pushBack(v)
		}
		c.saveList(o.store, l)
		c.Notify(NotifyList, "sortstore", o.store)
	case existed:
		c.Notify(NotifyGeneric, "del", o.store)
	}
	c.Int(int64(len(values)))
}
