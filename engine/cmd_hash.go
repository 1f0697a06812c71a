package engine

import (
	"math"
	"strconv"
)

func cmdHset(c *Call) {
	if len(c.Args)%2 != 0 {
		c.Err(errArity(c.cmd))
		return
	}
	if n, ok := c.hset(); ok {
		c.Int(n)
	}
}

func cmdHmset(c *Call) {
	if len(c.Args)%2 != 0 {
		c.Err(errArity(c.cmd))
		return
	}
	if _, ok := c.hset(); ok {
		c.OK()
	}
}

// hset stores the pairs of the arguments and counts the new fields.
func (c *Call) hset() (added int64, ok bool) {
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeHash)
	if !ok {
		return 0, false
	}
	h := c.editHash(key, rec, found)
	for i := 2; i < len(c.Args); i += 2 {
		if h.set(c, c.Args[i], c.Args[i+1]) {
			added++
		}
	}
	c.saveHash(key, &h)
	c.Notify(NotifyHash, "hset", key)
	return added, true
}

func cmdHsetnx(c *Call) {
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeHash)
	if !ok {
		return
	}
	h := hashOf(rec, found)
	if _, has := h.get(c.Args[2]); has {
		c.Int(0)
		return
	}
	h = c.editHash(key, rec, found)
	h.set(c, c.Args[2], c.Args[3])
	c.saveHash(key, &h)
	c.Notify(NotifyHash, "hset", key)
	c.Int(1)
}

func cmdHget(c *Call) {
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	if value, has := h.get(c.Args[2]); has {
		c.element(value)
	} else {
		c.Null()
	}
}

func cmdHmget(c *Call) {
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	c.Array(len(c.Args) - 2)
	for _, field := range c.Args[2:] {
		if value, has := h.get(field); has {
			c.element(value)
		} else {
			c.Null()
		}
	}
}

func cmdHdel(c *Call) {
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeHash)
	if !ok {
		return
	}
	h := hashOf(rec, found)
	any := false
	for _, field := range c.Args[2:] {
		_, has := h.get(field)
		any = any || has
	}
	if !any {
		c.Int(0)
		return
	}
	h = c.editHash(key, rec, true)
	n := int64(0)
	for _, field := range c.Args[2:] {
		if h.delete(field) {
			n++
		}
	}
	c.Notify(NotifyHash, "hdel", key)
	c.saveHash(key, &h)
	c.Int(n)
}

func cmdHlen(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok {
		c.Int(int64(h.len()))
	}
}

func cmdHstrlen(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok {
		value, _ := h.get(c.Args[2])
		if value.isInt {
			c.Int(int64(value.len()))
		} else {
			c.Int(int64(len(value.str)))
		}
	}
}

func cmdHexists(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok {
		if _, has := h.get(c.Args[2]); has {
			c.Int(1)
		} else {
			c.Int(0)
		}
	}
}

func cmdHincrby(c *Call) {
	by, ok := c.ArgInt(3)
	if !ok {
		return
	}
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeHash)
	if !ok {
		return
	}
	h := hashOf(rec, found)
	n := int64(0)
	if value, has := h.get(c.Args[2]); has {
		isInt := value.isInt
		if n = value.num; !isInt {
			n, isInt = ParseInt(value.str)
		}
		if !isInt {
			c.Err("ERR hash value is not an integer")
			return
		}
	}
	if by < 0 && n < math.MinInt64-by || by > 0 && n > math.MaxInt64-by {
		c.Err("ERR increment or decrement would overflow")
		return
	}
	var text [20]byte
	h = c.editHash(key, rec, found)
	h.set(c, c.Args[2], strconv.AppendInt(text[:0], n+by, 10))
	c.saveHash(key, &h)
	c.Notify(NotifyHash, "hincrby", key)
	c.Int(n + by)
}

func cmdHincrbyfloat(c *Call) {
	var sum, by longDouble
	if !by.parse(c.Args[3]) {
		c.Err(ErrNotFloat)
		return
	}
	if by.inf {
		c.Err("ERR value is NaN or Infinity")
		return
	}
	key := c.Args[1]
	rec, found, ok := c.Find(key, TypeHash)
	if !ok {
		return
	}
	h := hashOf(rec, found)
	if value, has := h.get(c.Args[2]); has && !sum.parse(value.append(nil)) {
		c.Err("ERR hash value is not a float")
		return
	}
	if !sum.add(&by) {
		c.Err("ERR increment would produce NaN or Infinity")
		return
	}
	text := sum.appendTo(nil)
	h = c.editHash(key, rec, found)
	h.set(c, c.Args[2], text)
	c.saveHash(key, &h)
	c.Notify(NotifyHash, "hincrbyfloat", key)
	c.Bulk(text)
}

func cmdHkeys(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok && !c.beside(h.len()) {
		c.Array(h.len())
		h.each(func(field, _ element) bool {
			c.element(field)
			return true
		})
	}
}

func cmdHvals(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok && !c.beside(h.len()) {
		c.Array(h.len())
		h.each(func(_, value element) bool {
			c.element(value)
			return true
		})
	}
}

func cmdHgetall(c *Call) {
	if h, ok := c.readHash(c.Args[1]); ok && !c.beside(h.len()) {
		c.Map(h.len())
		h.each(func(field, value element) bool {
			c.element(field)
			c.element(value)
			return true
		})
	}
}

// randOptions are the count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER, and
// whether values or scores go along.
type randOptions struct {
	counted, repeats, values bool
	count                    int64
}

// randCountMax keeps the size of a reply with values inside 64 bits.
const randCountMax = math.MaxInt64 / 2

// parseRand reads what follows the key; with is the word that asks for values.
func (c *Call) parseRand(with string) (o randOptions, ok bool) {
	o.count = 1
	if len(c.Args) == 2 {
		return o, true
	}
	n, isInt := ParseInt(c.Args[2])
	switch {
	case !isInt:
		c.Err(ErrNotInt)
		return o, false
	case n == math.MinInt64:
		c.Err("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
		return o, false
	case len(c.Args) > 4 || len(c.Args) == 4 && !c.ArgIs(3, with):
		c.Err(ErrSyntax)
		return o, false
	}
	o = randOptions{counted: true, repeats: n < 0, count: max(n, -n), values: len(c.Args) == 4}
	if o.values && o.count > randCountMax {
		c.Err(ErrOutOfRange)
		return o, false
	}
	return o, true
}

// repliesMax bounds the elements of a reply whose size a number in the request
// chooses freely: picks with repetition.
const repliesMax = 10_000_000

func cmdHrandfield(c *Call) {
	o, ok := c.parseRand("withvalues")
	if !ok {
		return
	}
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	c.randReply(o, h.len(), h.pick, h.pickSome, func(value element) { c.element(value) })
}

// randReply answers random entries of a hash or sorted set: one or none, or an
// array, of pairs in RESP3 if values go along.
func (c *Call) randReply(o randOptions, size int, pick func(uniform, func(a, b element)),
	pickSome func(uniform, int, func(a, b element)), value func(element)) {
	one := func(a, b element) {
		if o.values && c.Proto() == 3 {
			c.Array(2)
		}
		c.element(a)
		if o.values {
			value(b)
		}
	}
	switch {
	case size == 0 && !o.counted:
		c.Null()
		return
	case !o.counted:
		pick(c.Rand(), one)
		return
	case size == 0 || o.count == 0:
		c.Array(0)
		return
	case o.repeats && o.count > repliesMax:
		c.Err(ErrOutOfRange)
		return
	case !o.repeats:
		o.count = min(o.count, int64(size))
	}
	n := int(o.count)
	if c.beside(n) {
		return
	}
	if o.values && c.Proto() != 3 {
		c.Array(2 * n)
	} else {
		c.Array(n)
	}
	if !o.repeats {
		pickSome(c.Rand(), n, one)
		return
	}
	for range n {
		pick(c.Rand(), one)
	}
}

func cmdHscan(c *Call) {
	cursor, ok := c.argCursor(2)
	if !ok {
		return
	}
	h, ok := c.readHash(c.Args[1])
	if !ok {
		return
	}
	if h.len() == 0 {
		c.scanReply(0, nil)
		return
	}
	o, ok := c.parseScanOptions(3)
	if !ok {
		return
	}
	var hits []element
	keep := func(field, value element) bool {
		if o.pattern == nil || Match(o.pattern, field.append(nil)) {
			hits = append(hits, field, value)
		}
		return true
	}
	next := uint64(0)
	if h.table == nil {
		h.each(keep)
	} else {
		next = h.table.scan(cursor, o.count, func(field, value []byte) {
			keep(element{str: field}, element{str: value})
		})
	}
	c.scanReply(next, hits)
}

func (c *Call) argCursor(i int) (uint64, bool) {
	cursor, isInt := ParseCursor(c.Args[i])
	if !isInt {
		c.Err(ErrInvalidCursor)
	}
	return cursor, isInt
}

// scanReply answers one step of HSCAN, SSCAN or ZSCAN.
func (c *Call) scanReply(next uint64, hits []element) {
	c.Array(2)
	c.BulkString(strconv.FormatUint(next, 10))
	c.Array(len(hits))
	for _, e := range hits {
		c.element(e)
	}
}
