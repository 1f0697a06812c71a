package engine

// Ranges of sorted sets, by rank, score or member, for reading, counting,
// storing and removing.

type rangeBy uint8

const (
	byAny rangeBy = iota
	byRank
	byScore
	byLex
)

// zrange is a range as a command names it.
type zrange struct {
	by         rangeBy
	start, end int64 // byRank

	min, max         float64 // byScore
	minLex, maxLex   []byte  // byLex
	minOpen, maxOpen bool    // the bound itself is not in the range
	minEnd, maxEnd   int8    // byLex: -1 for "-", 1 for "+"

	reverse, limited bool
	offset, count    int64
}

// parseBounds reads the two bounds; lower is the argument of the lower one.
func (c *Call) parseBounds(z *zrange, lower, upper int) bool {
	var ok bool
	switch z.by {
	case byRank:
		if z.start, ok = c.ArgInt(lower); !ok {
			return false
		}
		z.end, ok = c.ArgInt(upper)
		return ok
	case byScore:
		if z.min, z.minOpen, ok = scoreBound(c.Args[lower]); ok {
			z.max, z.maxOpen, ok = scoreBound(c.Args[upper])
		}
		if !ok {
			c.Err("ERR min or max is not a float")
		}
		return ok
	default:
		if z.minLex, z.minOpen, z.minEnd, ok = lexBound(c.Args[lower]); ok {
			z.maxLex, z.maxOpen, z.maxEnd, ok = lexBound(c.Args[upper])
		}
		if !ok {
			c.Err("ERR min or max not valid string range item")
		}
		return ok
	}
}

func scoreBound(b []byte) (score float64, open, ok bool) {
	if len(b) > 0 && b[0] == '(' {
		b, open = b[1:], true
	}
	score, _, ok = strtod(b)
	return score, open, ok
}

func lexBound(b []byte) (member []byte, open bool, end int8, ok bool) {
	switch {
	case len(b) == 1 && b[0] == '-':
		return nil, false, -1, true
	case len(b) == 1 && b[0] == '+':
		return nil, false, 1, true
	case len(b) > 0 && b[0] == '(':
		return b[1:], true, 0, true
	case len(b) > 0 && b[0] == '[':
		return b[1:], false, 0, true
	}
	return nil, false, 0, false
}

// ranks turns the range into ranks: the first and the number of members.
func (z *zrange) ranks(s *zsetValue) (from, n int) {
	switch z.by {
	case byRank:
		from, n = rangeIn(z.start, z.end, s.len())
		if z.reverse {
			from = s.len() - from - n
		}
		return from, n
	case byScore:
		from = s.countWhile(func(m ranked) bool { return m.score < z.min || z.minOpen && m.score == z.min })
		n = s.countWhile(func(m ranked) bool { return m.score < z.max || !z.maxOpen && m.score == z.max }) - from
	default:
		from = s.countWhile(func(m ranked) bool { return before(m.member, z.minLex, z.minEnd, z.minOpen) })
		n = s.countWhile(func(m ranked) bool { return before(m.member, z.maxLex, z.maxEnd, !z.maxOpen) }) - from
	}
	n = max(n, 0)
	if z.limited {
		from, n = z.limit(from, n)
	}
	return from, n
}

// before says whether a member is below a bound, or at it if that counts, too.
func before(m element, bound []byte, end int8, atToo bool) bool {
	if end != 0 {
		return end > 0
	}
	text := m.str
	if m.isInt {
		var buf [20]byte
		text = m.append(buf[:0])
	}
	return string(text) < string(bound) || atToo && string(text) == string(bound)
}

// limit applies LIMIT, which counts from the end the range is read from.
func (z *zrange) limit(from, n int) (int, int) {
	if z.offset < 0 || z.offset >= int64(n) {
		return from, 0
	}
	take := n - int(z.offset)
	if z.count >= 0 {
		take = int(min(z.count, int64(take)))
	}
	if z.reverse {
		return from + n - int(z.offset) - take, take
	}
	return from + int(z.offset), take
}

// walk calls f for the members of the range in the order it is read.
func (z *zrange) walk(s *zsetValue, from, n int, f func(ranked)) {
	if n == 0 {
		return
	}
	step := func(m ranked) bool {
		f(m)
		n--
		return n > 0
	}
	if z.reverse {
		s.descend(from+n-1, step)
	} else {
		s.ascend(from, step)
	}
}

func cmdZrange(c *Call)           { c.zrange(1, zrange{}, false) }
func cmdZrangestore(c *Call)      { c.zrange(2, zrange{}, true) }
func cmdZrevrange(c *Call)        { c.zrange(1, zrange{by: byRank, reverse: true}, false) }
func cmdZrangebyscore(c *Call)    { c.zrangeForward(byScore) }
func cmdZrangebylex(c *Call)      { c.zrangeForward(byLex) }
func cmdZrevrangebyscore(c *Call) { c.zrange(1, zrange{by: byScore, reverse: true}, false) }
func cmdZrevrangebylex(c *Call)   { c.zrange(1, zrange{by: byLex, reverse: true}, false) }

func (c *Call) zrangeForward(by rangeBy) { c.zrangeParsed(1, zrange{by: by}, false, false) }

func (c *Call) zrange(key int, z zrange, store bool) {
	c.zrangeParsed(key, z, store, z.by == byAny)
}

// zrangeParsed reads the options after the bounds, then the bounds, and
// answers or stores the range. free: the options may say by what, and REV.
func (c *Call) zrangeParsed(key int, z zrange, store, free bool) {
	withScores := false
	z.count = -1
	for i := key + 3; i < len(c.Args); i++ {
		switch {
		case !store && c.ArgIs(i, "withscores"):
			withScores = true
		case c.ArgIs(i, "limit") && i+2 < len(c.Args):
			var ok bool
			if z.offset, ok = c.ArgInt(i + 1); !ok {
				return
			}
			if z.count, ok = c.ArgInt(i + 2); !ok {
				return
			}
			z.limited = true
			i += 2
		case free && !z.reverse && c.ArgIs(i, "rev"):
			z.reverse = true
		case z.by == byAny && c.ArgIs(i, "bylex"):
			z.by = byLex
		case z.by == byAny && c.ArgIs(i, "byscore"):
			z.by = byScore
		default:
			c.Err(ErrSyntax)
			return
		}
	}
	if z.by == byAny {
		z.by = byRank
	}
	if z.by == byRank && z.count != -1 {
		c.Err("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
		return
	}
	if withScores && z.by == byLex {
		c.Err("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
		return
	}
	lower, upper := key+1, key+2
	if z.reverse && z.by != byRank {
		lower, upper = upper, lower
	}
	if !c.parseBounds(&z, lower, upper) {
		return
	}
	s, ok := c.readZset(c.Args[key])
	if !ok {
		return
	}
	from, n := z.ranks(&s)
	if store {
		c.zrangeStore(&z, &s, from, n)
		return
	}
	if c.beside(n) {
		return
	}
	nested := withScores && c.Proto() == 3
	if withScores && !nested {
		c.Array(2 * n)
	} else {
		c.Array(n)
	}
	z.walk(&s, from, n, func(m ranked) {
		if nested {
			c.Array(2)
		}
		c.element(m.member)
		if withScores {
			c.Double(m.score)
		}
	})
}

func (c *Call) zrangeStore(z *zrange, s *zsetValue, from, n int) {
	members := make([]scored, 0, n)
	z.walk(s, from, n, func(m ranked) {
		members = append(members, scored{m.score, string(m.member.append(nil))})
	})
	c.storeZset(c.Args[1], members, "zrangestore", true)
}

func cmdZcount(c *Call)    { c.zcount(byScore) }
func cmdZlexcount(c *Call) { c.zcount(byLex) }

func (c *Call) zcount(by rangeBy) {
	z := zrange{by: by}
	if !c.parseBounds(&z, 2, 3) {
		return
	}
	if s, ok := c.readZset(c.Args[1]); ok {
		_, n := z.ranks(&s)
		c.Int(int64(n))
	}
}

func cmdZremrangebyrank(c *Call)  { c.zremrange(byRank, "zremrangebyrank") }
func cmdZremrangebyscore(c *Call) { c.zremrange(byScore, "zremrangebyscore") }
func cmdZremrangebylex(c *Call)   { c.zremrange(byLex, "zremrangebylex") }

func (c *Call) zremrange(by rangeBy, event string) {
	z := zrange{by: by}
	if !c.parseBounds(&z, 2, 3) {
		return
	}
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeZset)
	if !ok {
		return
	}
	s := zsetOf(rec, found)
	from, n := z.ranks(&s)
	if n > 0 {
		s = c.editZset(key, rec, true)
		s.deleteRange(from, n)
		c.Notify(NotifyZset, event, key)
		c.saveZset(key, &s)
	}
	c.Int(int64(n))
}
