package engine

import (
	"math"
	"slices"
)

// Unions, intersections and differences of sorted sets. Plain sets take part
// with the score 1.

// zsource is one input: a sorted set or a set.
type zsource struct {
	zset   zsetValue
	set    setValue
	isSet  bool
	weight float64
}

func (s *zsource) len() int {
	if s.isSet {
		return s.set.len()
	}
	return s.zset.len()
}

func (s *zsource) each(f func(m element, score float64) bool) {
	if s.isSet {
		s.set.each(func(m element) bool { return f(m, s.weigh(1)) })
		return
	}
	s.zset.ascend(0, func(m ranked) bool { return f(m.member, s.weigh(m.score)) })
}

// find gives the weighted score of a member, which may be no number: that
// counts as 0 only in the source whose members are walked, as in Redis.
func (s *zsource) find(member []byte) (float64, bool) {
	if s.isSet {
		var buf []byte
		return s.weight, s.set.has(element{str: member}, &buf)
	}
	score, has := s.zset.score(member)
	return float64(s.weight * score), has
}

func (s *zsource) weigh(score float64) float64 {
	w := float64(s.weight * score)
	if math.IsNaN(w) {
		return 0
	}
	return w
}

// aggregate joins the scores of one member in several sets.
type aggregate uint8

const (
	aggregateSum aggregate = iota
	aggregateMin
	aggregateMax
)

func (a aggregate) of(x, y float64) float64 {
	switch a {
	case aggregateMin:
		if y < x { // of 0 and -0 the first stays
			return y
		}
		return x
	case aggregateMax:
		if y > x {
			return y
		}
		return x
	}
	if sum := x + y; !math.IsNaN(sum) { // inf and -inf
		return sum
	}
	return 0
}

// zopOptions are the options of the family.
type zopOptions struct {
	sources    []zsource
	aggregate  aggregate
	withScores bool
}

// parseZop reads the number of keys at argument i, the keys and the options.
func (c *Call) parseZop(i int, diff, store bool) (o zopOptions, ok bool) {
	n, ok := c.ArgInt(i)
	if !ok {
		return o, false
	}
	if n < 1 {
		c.Err(Error("ERR at least 1 input key is needed for '" + c.cmd.FullName() + "' command"))
		return o, false
	}
	if n > int64(len(c.Args)-i-1) {
		c.Err(ErrSyntax)
		return o, false
	}
	keys := c.Args[i+1 : i+1+int(n)]
	o.sources = make([]zsource, len(keys))
	for j, key := range keys {
		if !c.readSource(&o.sources[j], key) {
			return o, false
		}
	}
	return o, c.parseZopOptions(&o, i+1+int(n), diff, store)
}

func (c *Call) readSource(s *zsource, key []byte) bool {
	s.weight = 1
	rec, found := c.find(key)
	switch {
	case !found:
		s.zset = zsetOf(rec, false)
	case typeOf(rec) == TypeZset:
		s.zset = zsetOf(rec, true)
	case typeOf(rec) == TypeSet:
		s.set, s.isSet = setOf(rec, true), true
	default:
		c.Err(ErrWrongType)
		return false
	}
	return true
}

func (c *Call) parseZopOptions(o *zopOptions, i int, diff, store bool) bool {
	for i < len(c.Args) {
		left := len(c.Args) - i
		switch {
		case !diff && left > len(o.sources) && c.ArgIs(i, "weights"):
			i++
			for j := range o.sources {
				w, isFloat := ParseFloat(c.Args[i])
				if !isFloat {
					c.Err("ERR weight value is not a float")
					return false
				}
				o.sources[j].weight = w
				i++
			}
		case !diff && left >= 2 && c.ArgIs(i, "aggregate"):
			switch {
			case c.ArgIs(i+1, "sum"):
				o.aggregate = aggregateSum
			case c.ArgIs(i+1, "min"):
				o.aggregate = aggregateMin
			case c.ArgIs(i+1, "max"):
				o.aggregate = aggregateMax
			default:
				c.Err(ErrSyntax)
				return false
			}
			i += 2
		case !store && c.ArgIs(i, "withscores"):
			o.withScores = true
			i++
		default:
			c.Err(ErrSyntax)
			return false
		}
	}
	return true
}

func cmdZunion(c *Call)      { c.zop(zunion, false) }
func cmdZinter(c *Call)      { c.zop(zinter, false) }
func cmdZdiff(c *Call)       { c.zop(zdiff, true) }
func cmdZunionstore(c *Call) { c.zopStore(zunion, false, "zunionstore") }
func cmdZinterstore(c *Call) { c.zopStore(zinter, false, "zinterstore") }
func cmdZdiffstore(c *Call)  { c.zopStore(zdiff, true, "zdiffstore") }

func (c *Call) zop(op func(*zopOptions) []scored, diff bool) {
	o, ok := c.parseZop(1, diff, false)
	if !ok || c.besideSources(o.sources) {
		return
	}
	members := op(&o)
	sortScored(members)
	nested := o.withScores && c.Proto() == 3
	if o.withScores && !nested {
		c.Array(2 * len(members))
	} else {
		c.Array(len(members))
	}
	for _, m := range members {
		if nested {
			c.Array(2)
		}
		c.BulkString(m.member)
		if o.withScores {
			c.Double(m.score)
		}
	}
}

// besideSources is beside for what walks the sources.
func (c *Call) besideSources(sources []zsource) bool {
	n := 0
	for i := range sources {
		n += sources[i].len()
	}
	return c.beside(n)
}

func (c *Call) zopStore(op func(*zopOptions) []scored, diff bool, event string) {
	if o, ok := c.parseZop(2, diff, true); ok {
		c.storeZset(c.Args[1], op(&o), event, false)
	}
}

// bySize puts the smallest sources first, which is also the order in which
// scores are added up.
func (o *zopOptions) bySize() {
	slices.SortStableFunc(o.sources, func(a, b zsource) int { return a.len() - b.len() })
}

func zunion(o *zopOptions) []scored {
	o.bySize()
	var members []scored
	places := map[string]int{}
	for i := range o.sources {
		var buf []byte
		o.sources[i].each(func(m element, score float64) bool {
			buf = m.append(buf[:0])
			if at, has := places[string(buf)]; has {
				members[at].score = o.aggregate.of(members[at].score, score)
				return true
			}
			name := string(buf)
			places[name] = len(members)
			members = append(members, scored{score, name})
			return true
		})
	}
	return members
}

func zinter(o *zopOptions) []scored {
	o.bySize()
	var members []scored
	var buf []byte
	o.sources[0].each(func(m element, score float64) bool {
		buf = m.append(buf[:0])
		for i := range o.sources[1:] {
			other, has := o.sources[1+i].find(buf)
			if !has {
				return true
			}
			score = o.aggregate.of(score, other)
		}
		members = append(members, scored{score, string(buf)})
		return true
	})
	return members
}

func zdiff(o *zopOptions) []scored {
	var members []scored
	var buf []byte
	o.sources[0].each(func(m element, score float64) bool {
		buf = m.append(buf[:0])
		for i := range o.sources[1:] {
			if _, has := o.sources[1+i].find(buf); has {
				return true
			}
		}
		members = append(members, scored{score, string(buf)})
		return true
	})
	return members
}

func cmdZintercard(c *Call) {
	n, ok := c.ArgInt(1)
	if !ok {
		return
	}
	if n < 1 {
		c.Err("ERR at least 1 input key is needed for 'zintercard' command")
		return
	}
	if n > int64(len(c.Args)-2) {
		c.Err(ErrSyntax)
		return
	}
	o := zopOptions{sources: make([]zsource, n)}
	for i := range o.sources { // Redis looks at the keys before the options
		if !c.readSource(&o.sources[i], c.Args[2+i]) {
			return
		}
	}
	_, limit, ok := c.parseIntercard()
	if !ok || c.besideSources(o.sources) {
		return
	}
	o.bySize()
	n = 0
	var buf []byte
	o.sources[0].each(func(m element, _ float64) bool {
		buf = m.append(buf[:0])
		for i := range o.sources[1:] {
			if _, has := o.sources[1+i].find(buf); !has {
				return true
			}
		}
		n++
		return n != limit
	})
	c.Int(n)
}
