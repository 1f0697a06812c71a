package engine

import (
	"slices"
)

func cmdSadd(c *Call) {
	key, members := c.Args[1], c.Args[2:]
	rec, found, ok := c.Find(key, TypeSet)
	if !ok {
		return
	}
	s := setOf(rec, found)
	members = s.unknown(members)
	if len(members) == 0 { // the set stays as it is, to WATCH and to clients' caches as well
		c.Int(0)
		return
	}
	s = c.editSet(key, rec, found)
	if !found {
		if _, isInt := canonicalInt(members[0]); !isInt {
			s.toPack()
		}
	}
	s.expect(c, len(c.Args)-2)
	n := int64(0)
	for _, m := range members {
		if s.add(c, m) {
			n++
		}
	}
	c.saveSet(key, &s)
	if n > 0 {
		c.Notify(NotifySet, "sadd", key)
	}
	c.Int(n)
}

func cmdSrem(c *Call) {
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeSet)
	if !ok {
		return
	}
	s := setOf(rec, found)
	if !s.hasAny(c.Args[2:]) {
		c.Int(0)
		return
	}
	s = c.editSet(key, rec, true)
	n := int64(0)
	for _, m := range c.Args[2:] {
		if s.remove(m) {
			n++
		}
	}
	c.Notify(NotifySet, "srem", key)
	c.saveSet(key, &s)
	c.Int(n)
}

func (s *setValue) hasAny(members [][]byte) bool {
	var buf []byte
	for _, m := range members {
		if s.has(element{str: m}, &buf) {
			return true
		}
	}
	return false
}

// unknown is the tail of members that begins with the first that is not in s.
func (s *setValue) unknown(members [][]byte) [][]byte {
	var buf []byte
	for i, m := range members {
		if !s.has(element{str: m}, &buf) {
			return members[i:]
		}
	}
	return nil
}

func cmdSmove(c *Call) {
	from, to, member := c.Args[1], c.Args[2], c.Args[3]
	src, found, ok := c.Find(from, TypeSet)
	if !ok {
		return
	}
	if !found {
		c.Int(0)
		return
	}
	if _, _, ok := c.Find(to, TypeSet); !ok {
		return
	}
	s := setOf(src, true)
	switch has := s.hasAny(c.Args[3:4]); {
	case !has:
		c.Int(0)
		return
	case string(from) == string(to):
		c.Int(1)
		return
	}
	s = c.editSet(from, src, true)
	s.remove(member)
	c.Notify(NotifySet, "srem", from)
	c.saveSet(from, &s)
	dst, found := c.find(to)
	if d := setOf(dst, found); !d.hasAny(c.Args[3:4]) { // else it stays as it is, to WATCH as well
		d = c.editSet(to, dst, found)
		d.add(c, member)
		c.saveSet(to, &d)
		c.Notify(NotifySet, "sadd", to)
	}
	c.Int(1)
}

func cmdSismember(c *Call) {
	if s, ok := c.readSet(c.Args[1]); ok {
		if s.hasAny(c.Args[2:3]) {
			c.Int(1)
		} else {
			c.Int(0)
		}
	}
}

func cmdSmismember(c *Call) {
	s, ok := c.readSet(c.Args[1])
	if !ok {
		return
	}
	c.Array(len(c.Args) - 2)
	for i := range c.Args[2:] {
		if s.hasAny(c.Args[2+i : 3+i]) {
			c.Int(1)
		} else {
			c.Int(0)
		}
	}
}

func cmdScard(c *Call) {
	if s, ok := c.readSet(c.Args[1]); ok {
		c.Int(int64(s.len()))
	}
}

func cmdSmembers(c *Call) {
	if s, ok := c.readSet(c.Args[1]); ok && !c.beside(s.len()) {
		c.Set(s.len())
		s.each(func(m element) bool {
			c.element(m)
			return true
		})
	}
}

func cmdSpop(c *Call) {
	if len(c.Args) > 3 {
		c.Err(ErrSyntax)
		return
	}
	key, counted, count := c.Args[1], len(c.Args) == 3, int64(1)
	if counted {
		var ok bool
		if count, ok = c.argPositive(2); !ok {
			return
		}
	}
	rec, found, ok := c.Find(key, TypeSet)
	switch {
	case !ok:
		return
	case !found && !counted:
		c.Null()
		return
	case !found || count == 0:
		c.Set(0)
		return
	}
	s := setOf(rec, true)
	if counted {
		c.Set(int(min(count, int64(s.len()))))
	}
	if count >= int64(s.len()) {
		s.each(func(m element) bool {
			c.element(m)
			return true
		})
		c.Notify(NotifySet, "spop", key)
		c.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
		return
	}
	s = c.editSet(key, rec, true)
	s.popSome(c, int(count))
	c.Notify(NotifySet, "spop", key)
	c.saveSet(key, &s)
}

// popSome answers n members chosen by chance and takes them out.
func (s *setValue) popSome(c *Call, n int) {
	r := c.Rand()
	buf := make([]byte, 0, 64)
	if n == 1 || s.kind == setTable && n*4 < s.len() {
		for range n {
			buf = s.pick(r).append(buf[:0])
			c.Bulk(buf)
			s.remove(buf)
		}
		return
	}
	var texts [][]byte
	for _, m := range s.pickSome(r, n) {
		texts = append(texts, m.append(nil)) // the members move as others go
	}
	for _, t := range texts {
		c.Bulk(t)
		s.remove(t)
	}
}

func cmdSrandmember(c *Call) {
	if len(c.Args) > 3 {
		c.Err(ErrSyntax)
		return
	}
	o, ok := c.parseRand("")
	if !ok {
		return
	}
	s, ok := c.readSet(c.Args[1])
	if !ok {
		return
	}
	pick := func(r uniform, f func(a, b element)) { f(s.pick(r), element{}) }
	pickSome := func(r uniform, n int, f func(a, b element)) {
		for _, m := range s.pickSome(r, n) {
			f(m, element{})
		}
	}
	c.randReply(o, s.len(), pick, pickSome, nil)
}

func cmdSscan(c *Call) {
	cursor, ok := c.argCursor(2)
	if !ok {
		return
	}
	s, ok := c.readSet(c.Args[1])
	if !ok {
		return
	}
	if s.len() == 0 {
		c.scanReply(0, nil)
		return
	}
	o, ok := c.parseScanOptions(3)
	if !ok {
		return
	}
	var hits []element
	keep := func(m element) bool {
		if o.pattern == nil || Match(o.pattern, m.append(nil)) {
			hits = append(hits, m)
		}
		return true
	}
	next := uint64(0)
	if s.kind != setTable {
		s.each(keep)
	} else {
		next = s.table.scan(cursor, o.count, func(member, _ []byte) { keep(element{str: member}) })
	}
	c.scanReply(next, hits)
}

func cmdSinter(c *Call)      { c.setOperation(interSets, c.Args[1:]) }
func cmdSunion(c *Call)      { c.setOperation(unionSets, c.Args[1:]) }
func cmdSdiff(c *Call)       { c.setOperation(diffSets, c.Args[1:]) }
func cmdSinterstore(c *Call) { c.setStore(interSets, "sinterstore") }
func cmdSunionstore(c *Call) { c.setStore(unionSets, "sunionstore") }
func cmdSdiffstore(c *Call)  { c.setStore(diffSets, "sdiffstore") }

// setOp calls f for each member of the result, each once, until it returns
// false.
type setOp func(c *Call, sets []setValue, f func(element) bool)

func (c *Call) readSets(keys [][]byte) ([]setValue, bool) {
	sets := make([]setValue, len(keys))
	for i, key := range keys {
		var ok bool
		if sets[i], ok = c.readSet(key); !ok {
			return nil, false
		}
	}
	return sets, true
}

// besideSets is beside for what walks the sets.
func (c *Call) besideSets(sets []setValue) bool {
	n := 0
	for i := range sets {
		n += sets[i].len()
	}
	return c.beside(n)
}

func (c *Call) setOperation(op setOp, keys [][]byte) {
	sets, ok := c.readSets(keys)
	if !ok || c.besideSets(sets) {
		return
	}
	var all []element
	op(c, sets, func(m element) bool {
		all = append(all, m)
		return true
	})
	c.Set(len(all))
	for _, m := range all {
		c.element(m)
	}
}

func (c *Call) setStore(op setOp, event string) {
	key := c.Args[1]
	sets, ok := c.readSets(c.Args[2:])
	if !ok {
		return
	}
	result := c.newSet()
	var buf []byte
	op(c, sets, func(m element) bool {
		buf = m.append(buf[:0])
		result.add(c, buf)
		return true
	})
	existed := c.Delete(key)
	n := result.len()
	if n > 0 {
		c.saveSet(key, &result)
		c.Notify(NotifySet, event, key)
	} else if existed {
		c.Notify(NotifyGeneric, "del", key)
	}
	c.Int(int64(n))
}

func interSets(_ *Call, sets []setValue, f func(element) bool) {
	sets = slices.Clone(sets)
	slices.SortStableFunc(sets, func(a, b setValue) int { return a.len() - b.len() })
	var buf []byte
	sets[0].each(func(m element) bool {
		for i := range sets[1:] {
			if !sets[1+i].has(m, &buf) {
				return true
			}
		}
		return f(m)
	})
}

func unionSets(_ *Call, sets []setValue, f func(element) bool) {
	var buf []byte
	for i := range sets {
		more := true
		sets[i].each(func(m element) bool {
			for j := range sets[:i] {
				if sets[j].has(m, &buf) {
					return true
				}
			}
			more = f(m)
			return more
		})
		if !more {
			return
		}
	}
}

func diffSets(_ *Call, sets []setValue, f func(element) bool) {
	var buf []byte
	sets[0].each(func(m element) bool {
		for j := range sets[1:] {
			if sets[1+j].has(m, &buf) {
				return true
			}
		}
		return f(m)
	})
}

func cmdSintercard(c *Call) {
	keys, limit, ok := c.parseIntercard()
	if !ok {
		return
	}
	sets, ok := c.readSets(keys)
	if !ok || c.besideSets(sets) {
		return
	}
	n := int64(0)
	interSets(c, sets, func(element) bool {
		n++
		return n != limit
	})
	c.Int(n)
}

// parseIntercard reads the arguments of SINTERCARD and ZINTERCARD; limit 0: none.
func (c *Call) parseIntercard() (keys [][]byte, limit int64, ok bool) {
	n, isInt := ParseInt(c.Args[1])
	if !isInt || n <= 0 {
		c.Err("ERR numkeys should be greater than 0")
		return nil, 0, false
	}
	if n > int64(len(c.Args)-2) {
		c.Err("ERR Number of keys can't be greater than number of args")
		return nil, 0, false
	}
	for i := 2 + int(n); i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) || !c.ArgIs(i, "limit") {
			c.Err(ErrSyntax)
			return nil, 0, false
		}
		if limit, isInt = ParseInt(c.Args[i+1]); !isInt || limit < 0 {
			c.Err("ERR LIMIT can't be negative")
			return nil, 0, false
		}
	}
	return c.Args[2 : 2+n], limit, true
}
