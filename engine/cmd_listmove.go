package engine

// Commands that move elements between lists, or take them from the first of
// several.

// argSide reads LEFT or RIGHT.
func (c *Call) argSide(i int) (front, ok bool) {
	switch {
	case c.ArgIs(i, "left"):
		return true, true
	case c.ArgIs(i, "right"):
		return false, true
	}
	c.Err(ErrSyntax)
	return false, false
}

func cmdLmove(c *Call) {
	from, ok := c.argSide(3)
	if !ok {
		return
	}
	if to, ok := c.argSide(4); ok {
		c.lmove(from, to)
	}
}

func cmdRpoplpush(c *Call) { c.lmove(false, true) }

func (c *Call) lmove(fromFront, toFront bool) {
	from, to := c.Args[1], c.Args[2]
	src, found, ok := c.Find(from, TypeList)
	if !ok {
		return
	}
	if !found {
		c.Null()
		return
	}
	if _, _, ok := c.Find(to, TypeList); !ok {
		return
	}
	l := c.editList(from, src, true)
	value := l.pop(fromFront).append(c.blobCopy(nil))
	c.keepBlob(value)
	l.shrink()
	if string(from) == string(to) {
		l.growBy([][]byte{value})
		l.push(value, toFront)
		c.saveList(from, l)
		c.Notify(NotifyList, pushEvent(toFront), to)
		c.Notify(NotifyList, popEvent(fromFront), from)
		c.Bulk(value)
		return
	}
	empty := l.len() == 0
	if empty {
		c.Delete(from)
	} else {
		c.saveList(from, l)
	}
	dst, found := c.find(to)
	l = c.editList(to, dst, found)
	l.growBy([][]byte{value})
	l.push(value, toFront)
	c.saveList(to, l)
	c.Notify(NotifyList, pushEvent(toFront), to)
	c.Notify(NotifyList, popEvent(fromFront), from)
	if empty {
		c.Notify(NotifyGeneric, "del", from)
	}
	c.Bulk(value)
}

func cmdLmpop(c *Call) {
	keys, i, ok := c.argKeys(1)
	if !ok {
		return
	}
	if i >= len(c.Args) {
		c.Err(ErrSyntax)
		return
	}
	front, ok := c.argSide(i)
	if !ok {
		return
	}
	count, ok := c.argPopCount(i + 1)
	if !ok {
		return
	}
	if !c.lmpop(keys, front, count) {
		c.NullArray()
	}
}

// lmpop pops from the first key that is a list; false: none is, and nothing
// has been answered.
func (c *Call) lmpop(keys [][]byte, front bool, count int64) bool {
	for _, key := range keys {
		rec, found, ok := c.Find(key, TypeList)
		if !ok {
			return true
		}
		if found {
			l := c.editList(key, rec, true)
			c.Array(2)
			c.Bulk(key)
			c.popMany(l, front, count)
			c.popped(key, l, front)
			return true
		}
	}
	return false
}

// argKeys reads a number and as many keys, from argument i on, and gives the
// place of the argument after them.
func (c *Call) argKeys(i int) (keys [][]byte, next int, ok bool) {
	n, isInt := ParseInt(c.Args[i])
	if !isInt || n <= 0 {
		c.Err("ERR numkeys should be greater than 0")
		return nil, 0, false
	}
	if n > int64(len(c.Args)-i-1) {
		c.Err(ErrSyntax)
		return nil, 0, false
	}
	next = i + 1 + int(n)
	return c.Args[i+1 : next], next, true
}

// argPopCount reads an optional COUNT at the end of the arguments.
func (c *Call) argPopCount(i int) (int64, bool) {
	count := int64(0)
	for ; i < len(c.Args); i += 2 {
		if count > 0 || i+1 == len(c.Args) || !c.ArgIs(i, "count") {
			c.Err(ErrSyntax)
			return 0, false
		}
		n, isInt := ParseInt(c.Args[i+1])
		if !isInt || n <= 0 {
			c.Err("ERR count should be greater than 0")
			return 0, false
		}
		count = n
	}
	return max(count, 1), true
}
