package engine

import (
	"math"
	"strconv"
)

// zaddOptions are those of ZADD; ZINCRBY is ZADD INCR.
type zaddOptions struct {
	nx, xx, gt, lt, ch, incr bool
}

func cmdZadd(c *Call) {
	var o zaddOptions
	i := 2
options:
	for ; i < len(c.Args); i++ {
		switch {
		case c.ArgIs(i, "nx"):
			o.nx = true
		case c.ArgIs(i, "xx"):
			o.xx = true
		case c.ArgIs(i, "gt"):
			o.gt = true
		case c.ArgIs(i, "lt"):
			o.lt = true
		case c.ArgIs(i, "ch"):
			o.ch = true
		case c.ArgIs(i, "incr"):
			o.incr = true
		default:
			break options
		}
	}
	pairs := c.Args[i:]
	switch {
	case len(pairs) == 0 || len(pairs)%2 != 0:
		c.Err(ErrSyntax)
	case o.nx && o.xx:
		c.Err("ERR XX and NX options at the same time are not compatible")
	case o.gt && o.nx || o.lt && o.nx || o.gt && o.lt:
		c.Err("ERR GT, LT, and/or NX options at the same time are not compatible")
	case o.incr && len(pairs) > 2:
		c.Err("ERR INCR option supports a single increment-element pair")
	default:
		c.zadd(o, pairs)
	}
}

func cmdZincrby(c *Call) { c.zadd(zaddOptions{incr: true}, c.Args[2:4]) }

// zadd stores pairs of score and member.
func (c *Call) zadd(o zaddOptions, pairs [][]byte) {
	var few [4]float64
	scores := few[:0]
	for i := 0; i < len(pairs); i += 2 {
		score, ok := ParseFloat(pairs[i])
		if !ok {
			c.Err(ErrNotFloat)
			return
		}
		scores = append(scores, score)
	}
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeZset)
	if !ok {
		return
	}
	if !found && o.xx {
		if o.incr {
			c.Null()
		} else {
			c.Int(0)
		}
		return
	}
	s := zsetOf(rec, found)
	editing := false
	added, updated := int64(0), int64(0)
	for i, score := range scores {
		member := pairs[2*i+1]
		old, has := s.score(member)
		score, change, ok := o.judge(score, old, has)
		if !ok {
			c.Err("ERR resulting score is not a number (NaN)")
			return // INCR takes one pair: nothing has been changed
		}
		scores[i] = score
		switch {
		case !change:
			if o.incr {
				c.zaddIncrReply(score, has && !o.nx && (!o.gt || score > old) && (!o.lt || score < old))
				return
			}
			continue
		case has:
			updated++
		default:
			added++
		}
		if !editing {
			s, editing = c.editZset(key, rec, found), true
		}
		s.set(c, member, score)
	}
	if editing {
		c.saveZset(key, &s)
		if o.incr {
			c.Notify(NotifyZset, "zincr", key)
		} else {
			c.Notify(NotifyZset, "zadd", key)
		}
	}
	switch {
	case o.incr:
		c.Double(scores[0])
	case o.ch:
		c.Int(added + updated)
	default:
		c.Int(added)
	}
}

// zaddIncrReply answers an INCR that changed nothing: the score if that was
// for its being the same, nothing if the options forbade it.
func (c *Call) zaddIncrReply(score float64, same bool) {
	if same {
		c.Double(score)
	} else {
		c.Null()
	}
}

// judge tells the new score and whether it is to be stored. ok false: it would
// be no number.
func (o zaddOptions) judge(score, old float64, has bool) (result float64, change, ok bool) {
	if !has {
		return score, !o.xx, true
	}
	if o.nx {
		return old, false, true
	}
	if o.incr {
		if score += old; math.IsNaN(score) {
			return 0, false, false
		}
	}
	if o.gt && score <= old || o.lt && score >= old {
		return score, false, true
	}
	return score, score != old, true
}

func cmdZrem(c *Call) {
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeZset)
	if !ok {
		return
	}
	s := zsetOf(rec, found)
	any := false
	for _, m := range c.Args[2:] {
		_, has := s.score(m)
		any = any || has
	}
	if !any {
		c.Int(0)
		return
	}
	s = c.editZset(key, rec, true)
	n := int64(0)
	for _, m := range c.Args[2:] {
		if s.delete(m) {
			n++
		}
	}
	c.Notify(NotifyZset, "zrem", key)
	c.saveZset(key, &s)
	c.Int(n)
}

func cmdZcard(c *Call) {
	if s, ok := c.readZset(c.Args[1]); ok {
		c.Int(int64(s.len()))
	}
}

func cmdZscore(c *Call) {
	if s, ok := c.readZset(c.Args[1]); ok {
		c.zscoreReply(&s, c.Args[2])
	}
}

func (c *Call) zscoreReply(s *zsetValue, member []byte) {
	if score, has := s.score(member); has {
		c.Double(score)
	} else {
		c.Null()
	}
}

func cmdZmscore(c *Call) {
	s, ok := c.readZset(c.Args[1])
	if !ok {
		return
	}
	c.Array(len(c.Args) - 2)
	for _, m := range c.Args[2:] {
		c.zscoreReply(&s, m)
	}
}

func cmdZrank(c *Call)    { c.zrank(false) }
func cmdZrevrank(c *Call) { c.zrank(true) }

func (c *Call) zrank(reverse bool) {
	withScore := len(c.Args) == 4
	if len(c.Args) > 4 || withScore && !c.ArgIs(3, "withscore") {
		c.Err(ErrSyntax)
		return
	}
	s, ok := c.readZset(c.Args[1])
	if !ok {
		return
	}
	score, has := s.score(c.Args[2])
	if !has {
		if withScore {
			c.NullArray()
		} else {
			c.Null()
		}
		return
	}
	rank := s.rank(c.Args[2], score)
	if reverse {
		rank = s.len() - 1 - rank
	}
	if withScore {
		c.Array(2)
	}
	c.Int(int64(rank))
	if withScore {
		c.Double(score)
	}
}

func cmdZpopmin(c *Call) { c.zpop(false) }
func cmdZpopmax(c *Call) { c.zpop(true) }

func (c *Call) zpop(fromMax bool) {
	if len(c.Args) > 3 {
		c.Err(ErrSyntax)
		return
	}
	count, counted := int64(1), len(c.Args) == 3
	if counted {
		var ok bool
		if count, ok = c.argPositive(2); !ok {
			return
		}
	}
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeZset)
	if !ok {
		return
	}
	if !found || count == 0 {
		c.Array(0)
		return
	}
	c.zpopReply(key, rec, fromMax, count, counted && c.Proto() == 3)
}

// zpopReply answers up to count members from one end and removes them. nested:
// each pair is an array.
func (c *Call) zpopReply(key []byte, rec record, fromMax bool, count int64, nested bool) {
	s := zsetOf(rec, true)
	n := int(min(count, int64(s.len())))
	if nested {
		c.Array(n)
	} else {
		c.Array(2 * n)
	}
	c.zpopPairs(key, rec, fromMax, n, nested)
}

// zpopPairs is zpopReply within an array that has been announced: n members, no
// more than there are.
func (c *Call) zpopPairs(key []byte, rec record, fromMax bool, n int, nested bool) {
	s := c.editZset(key, rec, true)
	left := n
	reply := func(m ranked) bool {
		if nested {
			c.Array(2)
		}
		c.element(m.member)
		c.Double(m.score)
		left--
		return left > 0
	}
	if fromMax {
		s.descend(s.len()-1, reply)
		s.deleteRange(s.len()-n, n)
		c.Notify(NotifyZset, "zpopmax", key)
	} else {
		s.ascend(0, reply)
		s.deleteRange(0, n)
		c.Notify(NotifyZset, "zpopmin", key)
	}
	c.saveZset(key, &s)
}

func cmdZmpop(c *Call) {
	keys, fromMax, count, ok := c.argZmpop(1)
	if ok && !c.zmpop(keys, fromMax, count) {
		c.NullArray()
	}
}

// argZmpop reads what ZMPOP and BZMPOP have in common, from argument i on.
func (c *Call) argZmpop(i int) (keys [][]byte, fromMax bool, count int64, ok bool) {
	keys, i, ok = c.argKeys(i)
	if !ok {
		return nil, false, 0, false
	}
	if i >= len(c.Args) {
		c.Err(ErrSyntax)
		return nil, false, 0, false
	}
	fromMax = c.ArgIs(i, "max")
	if !fromMax && !c.ArgIs(i, "min") {
		c.Err(ErrSyntax)
		return nil, false, 0, false
	}
	count, ok = c.argPopCount(i + 1)
	return keys, fromMax, count, ok
}

// zmpop pops from the first key that is a sorted set; false: none is, and
// nothing has been answered.
func (c *Call) zmpop(keys [][]byte, fromMax bool, count int64) bool {
	for _, key := range keys {
		rec, found, ok := c.Find(key, TypeZset)
		if !ok {
			return true
		}
		if found {
			c.Array(2)
			c.Bulk(key)
			c.zpopReply(key, rec, fromMax, count, true)
			return true
		}
	}
	return false
}

func cmdZrandmember(c *Call) {
	o, ok := c.parseRand("withscores")
	if !ok {
		return
	}
	s, ok := c.readZset(c.Args[1])
	if !ok {
		return
	}
	// A score travels in the bits of a number.
	pair := func(f func(a, b element)) func(ranked) {
		return func(m ranked) { f(m.member, element{num: int64(math.Float64bits(m.score))}) }
	}
	pick := func(r uniform, f func(a, b element)) { s.pick(r, pair(f)) }
	pickSome := func(r uniform, n int, f func(a, b element)) { s.pickSome(r, n, pair(f)) }
	c.randReply(o, s.len(), pick, pickSome, func(e element) { c.Double(math.Float64frombits(uint64(e.num))) })
}

func cmdZscan(c *Call) {
	cursor, ok := c.argCursor(2)
	if !ok {
		return
	}
	s, ok := c.readZset(c.Args[1])
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
	keep := func(m ranked) bool {
		if o.pattern == nil || Match(o.pattern, m.member.append(nil)) {
			score := appendScore(nil, m.score)
			if s.z != nil && !math.IsInf(m.score, 0) { // 17 digits there, and the sign of -0
				score = strconv.AppendFloat(nil, m.score, 'g', 17, 64)
			}
			hits = append(hits, m.member, element{str: score})
		}
		return true
	}
	next := uint64(0)
	if s.z == nil {
		s.ascend(0, keep)
	} else {
		next = s.z.index.scan(cursor, o.count, func(member, value []byte) {
			keep(ranked{element{str: member}, scoreOf(value)})
		})
	}
	c.scanReply(next, hits)
}
