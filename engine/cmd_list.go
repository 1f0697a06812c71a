package engine

import "math"

func cmdLpush(c *Call)  { c.push(true, false) }
func cmdRpush(c *Call)  { c.push(false, false) }
func cmdLpushx(c *Call) { c.push(true, true) }
func cmdRpushx(c *Call) { c.push(false, true) }

func (c *Call) push(front, mustExist bool) {
	key, values := c.Args[1], c.Args[2:]
	rec, found, ok := c.Find(key, TypeList)
	if !ok {
		return
	}
	if !found && mustExist {
		c.Int(0)
		return
	}
	l := c.editList(key, rec, found)
	l.growBy(values)
	for _, v := range values {
		l.push(v, front)
	}
	n := l.len()
	c.saveList(key, l)
	c.Notify(NotifyList, pushEvent(front), key)
	c.Int(int64(n))
}

func pushEvent(front bool) string {
	if front {
		return "lpush"
	}
	return "rpush"
}

func popEvent(front bool) string {
	if front {
		return "lpop"
	}
	return "rpop"
}

func (l *list) growBy(values [][]byte) {
	size := 0
	for _, v := range values {
		size += len(v)
	}
	l.grow(size, len(values))
}

func (l *list) push(s []byte, front bool) {
	if front {
		l.pushFront(s)
	} else {
		l.pushBack(s)
	}
}

func (l *list) pop(front bool) element {
	if front {
		return l.popFront()
	}
	return l.popBack()
}

func cmdLpop(c *Call) { c.pop(true) }
func cmdRpop(c *Call) { c.pop(false) }

func (c *Call) pop(front bool) {
	if len(c.Args) > 3 {
		c.Err(errArity(c.cmd))
		return
	}
	key, counted, count := c.Args[1], len(c.Args) == 3, int64(1)
	if counted {
		var ok bool
		if count, ok = c.argPositive(2); !ok {
			return
		}
	}
	rec, found, ok := c.Find(key, TypeList)
	switch {
	case !ok:
	case !found && counted:
		c.NullArray()
	case !found:
		c.Null()
	case count == 0:
		c.Array(0)
	case !counted:
		l := c.editList(key, rec, true)
		c.element(l.pop(front))
		c.popped(key, l, front)
	default:
		l := c.editList(key, rec, true)
		c.popMany(l, front, count)
		c.popped(key, l, front)
	}
}

// argPositive reads argument i as an integer not below zero.
func (c *Call) argPositive(i int) (int64, bool) {
	n, isInt := ParseInt(c.Args[i])
	if !isInt || n < 0 {
		c.Err(ErrNotPositive)
		return 0, false
	}
	return n, true
}

// element answers one element of a blob.
func (c *Call) element(e element) {
	if e.isInt {
		var text [20]byte
		c.Bulk(e.append(text[:0]))
		return
	}
	c.Bulk(e.str)
}

// popMany answers up to count elements from one end and removes them.
func (c *Call) popMany(l *list, front bool, count int64) {
	n := int(min(count, int64(l.len())))
	c.Array(n)
	for range n {
		c.element(l.pop(front))
	}
}

// popped ends a command that removed elements from an end of a list.
func (c *Call) popped(key []byte, l *list, front bool) {
	l.shrink()
	c.Notify(NotifyList, popEvent(front), key)
	c.saveList(key, l)
}

func cmdLlen(c *Call) {
	l, ok := c.readList(c.Args[1])
	switch {
	case !ok:
	case l == nil:
		c.Int(0)
	default:
		c.Int(int64(l.len()))
	}
}

func cmdLindex(c *Call) {
	l, ok := c.readList(c.Args[1])
	if !ok {
		return
	}
	if l == nil {
		c.Null()
		return
	}
	i, ok := c.ArgInt(2)
	if !ok {
		return
	}
	if at, ok := indexIn(i, l.len()); ok {
		c.element(l.get(l.seek(at)))
	} else {
		c.Null()
	}
}

// indexIn turns an index, from the end if negative, into one from the start.
func indexIn(i int64, n int) (int, bool) {
	if i < 0 {
		i += int64(n)
	}
	return int(i), i >= 0 && i < int64(n)
}

func cmdLset(c *Call) {
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeList)
	if !ok {
		return
	}
	if !found {
		c.Err(ErrNoSuchKey)
		return
	}
	i, ok := c.ArgInt(2)
	if !ok {
		return
	}
	at, ok := indexIn(i, c.listOf(rec).len())
	if !ok {
		c.Err("ERR index out of range")
		return
	}
	l := c.editList(key, rec, true)
	l.grow(len(c.Args[3]), 0)
	l.set(l.seek(at), c.Args[3])
	l.shrink()
	c.saveList(key, l)
	c.Notify(NotifyList, "lset", key)
	c.OK()
}

// rangeIn cuts the indices from start to end, both included and from the end
// if negative, to those of n elements; count 0 if there are none.
func rangeIn(start, end int64, n int) (from, count int) {
	length := int64(n)
	if start < 0 {
		start = max(start+length, 0)
	}
	if end < 0 {
		end += length
	}
	end = min(end, length-1)
	if start > end {
		return 0, 0
	}
	return int(start), int(end - start + 1)
}

func cmdLrange(c *Call) {
	start, ok := c.ArgInt(2)
	if !ok {
		return
	}
	end, ok := c.ArgInt(3)
	if !ok {
		return
	}
	l, ok := c.readList(c.Args[1])
	if !ok {
		return
	}
	if l == nil {
		c.Array(0)
		return
	}
	from, n := rangeIn(start, end, l.len())
	if c.beside(n) {
		return
	}
	c.Array(n)
	if n == 0 {
		return
	}
	p := l.seek(from)
	blocks := l.blocks()
	for b := blocks[p.block]; ; b = blocks[p.block] {
		for pos := p.pos; pos < len(b.buf); {
			var e element
			e, pos = elementAt(b.buf, pos)
			c.element(e)
			if n--; n == 0 {
				return
			}
		}
		p.block++
		p.pos = blocks[p.block].head
	}
}

func cmdLtrim(c *Call) {
	start, ok := c.ArgInt(2)
	if !ok {
		return
	}
	end, ok := c.ArgInt(3)
	if !ok {
		return
	}
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeList)
	if !ok {
		return
	}
	if found {
		l := c.editList(key, rec, true)
		from, n := rangeIn(start, end, l.len())
		l.removeRange(from+n, l.len()-from-n)
		l.removeRange(0, from)
		l.shrink()
		c.Notify(NotifyList, "ltrim", key)
		c.saveList(key, l)
	}
	c.OK()
}

func cmdLinsert(c *Call) {
	key, after := c.Args[1], c.ArgIs(2, "after")
	if !after && !c.ArgIs(2, "before") {
		c.Err(ErrSyntax)
		return
	}
	rec, found, ok := c.Find(key, TypeList)
	if !ok {
		return
	}
	if !found {
		c.Int(0)
		return
	}
	p, found := c.listOf(rec).find(want(c.Args[3]))
	if !found {
		c.Int(-1)
		return
	}
	l := c.editList(key, rec, true)
	l.grow(len(c.Args[4]), 1)
	if after {
		l.insertAfter(p, c.Args[4])
	} else {
		l.insertBefore(p, c.Args[4])
	}
	n := l.len()
	c.saveList(key, l)
	c.Notify(NotifyList, "linsert", key)
	c.Int(int64(n))
}

// find gives the place of the first element that is w.
func (l *list) find(w wanted) (listPos, bool) {
	for i, b := range l.blocks() {
		if pos := packFind(b.buf, b.head, 1, w); pos >= 0 {
			return listPos{i, pos}, true
		}
	}
	return listPos{}, false
}

func cmdLrem(c *Call) {
	key := c.Args[1]
	count, ok := c.ArgInt(2)
	if !ok {
		return
	}
	rec, found, ok := c.Find(key, TypeList)
	if !ok {
		return
	}
	w := want(c.Args[3])
	if found {
		_, found = c.listOf(rec).find(w)
	}
	if !found {
		c.Int(0)
		return
	}
	l := c.editList(key, rec, true)
	n := 0
	if count < 0 {
		n = l.removeBackward(w, uint64(-count))
	} else {
		n = l.removeForward(w, uint64(count))
	}
	l.merge()
	l.shrink()
	c.Notify(NotifyList, "lrem", key)
	c.saveList(key, l)
	c.Int(int64(n))
}

// removeForward removes the first most elements that are w, all if most is 0;
// removeBackward the last ones.

func (l *list) removeForward(w wanted, most uint64) (n int) {
	p, ok := l.find(w)
	for ok && p.block < len(l.blocks()) {
		if !w.is(l.get(p)) {
			if p, ok = l.next(p); ok {
				continue
			}
			return n
		}
		p = l.remove(p)
		if n++; uint64(n) == most {
			return n
		}
	}
	return n
}

func (l *list) removeBackward(w wanted, most uint64) (n int) {
	at := l.len() - 1
	p := l.seek(at)
	for {
		hit := w.is(l.get(p))
		if hit {
			l.remove(p)
			n++
		}
		at--
		if at < 0 || hit && uint64(n) == most {
			return n
		}
		if hit {
			p = l.seek(at)
		} else {
			p, _ = l.prev(p)
		}
	}
}

func cmdLpos(c *Call) {
	o, ok := c.parseLpos()
	if !ok {
		return
	}
	l, ok := c.readList(c.Args[1])
	if !ok {
		return
	}
	if l == nil {
		if o.counted {
			c.Array(0)
		} else {
			c.Null()
		}
		return
	}
	hits := l.positions(want(c.Args[2]), o)
	if !o.counted {
		if len(hits) == 0 {
			c.Null()
		} else {
			c.Int(int64(hits[0]))
		}
		return
	}
	c.Array(len(hits))
	for _, i := range hits {
		c.Int(int64(i))
	}
}

// lposOptions: the matches to skip, how many to find (0: all), and how many
// elements to look at (0: all).
type lposOptions struct {
	backward, counted  bool
	skip, count, limit uint64
}

func (c *Call) parseLpos() (o lposOptions, ok bool) {
	o.count = 1
	for i := 3; i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) || !c.ArgIs(i, "rank") && !c.ArgIs(i, "count") && !c.ArgIs(i, "maxlen") {
			c.Err(ErrSyntax)
			return o, false
		}
		n, isInt := ParseInt(c.Args[i+1])
		switch {
		case c.ArgIs(i, "rank"):
			if !isInt {
				c.Err(ErrNotInt)
				return o, false
			}
			if n == math.MinInt64 {
				c.Err("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
				return o, false
			}
			if n == 0 {
				c.Err("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list")
				return o, false
			}
			o.backward = n < 0
			o.skip = uint64(max(n, -n) - 1)
		case (!isInt || n < 0) && c.ArgIs(i, "count"):
			c.Err("ERR COUNT can't be negative")
			return o, false
		case !isInt || n < 0:
			c.Err("ERR MAXLEN can't be negative")
			return o, false
		case c.ArgIs(i, "count"):
			o.counted, o.count = true, uint64(n)
		default:
			o.limit = uint64(n)
		}
	}
	return o, true
}

func (l *list) positions(w wanted, o lposOptions) (hits []int) {
	i, step, p, more := 0, 1, listPos{0, l.blocks()[0].head}, true
	if o.backward {
		i, step = l.len()-1, -1
		p = l.seek(i)
	}
	for looked := uint64(0); more && (o.limit == 0 || looked < o.limit); looked++ {
		if w.is(l.get(p)) {
			if o.skip > 0 {
				o.skip--
			} else if hits = append(hits, i); uint64(len(hits)) == o.count {
				return hits
			}
		}
		if o.backward {
			p, more = l.prev(p)
		} else {
			p, more = l.next(p)
		}
		i += step
	}
	return hits
}
