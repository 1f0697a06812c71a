package engine

import "math/big"

const (
	errTimeoutFloat    Error = "ERR timeout is not a float or out of range"
	errTimeoutInt      Error = "ERR timeout is not an integer or out of range"
	errTimeoutRange    Error = "ERR timeout is out of range"
	errTimeoutNegative Error = "ERR timeout is negative"
)

// argTimeout reads seconds and gives the time at which they are over; 0: they
// never are. Parts of a millisecond count as a whole one. It is computed as
// Redis does it, in extended precision.
func (c *Call) argTimeout(i int) (deadlineMs int64, ok bool) {
	if c.serving != nil {
		return 0, true // the call has waited; its deadline is known
	}
	var x longDouble
	if !x.parse(c.Args[i]) {
		c.Err(errTimeoutFloat)
		return 0, false
	}
	if x.inf {
		if c.Args[i][0] == '-' {
			c.Err(errTimeoutNegative)
		} else {
			c.Err(errTimeoutRange)
		}
		return 0, false
	}
	x.f.Mul(&x.f, new(big.Float).SetPrec(longDoubleBits).SetInt64(1000))
	ms, exact := x.f.Int64()
	if !x.f.IsInt() && x.f.Sign() > 0 {
		ms++
	} else if x.f.IsInt() && exact != big.Exact && x.f.Sign() > 0 {
		c.Err(errTimeoutRange)
		return 0, false
	}
	return c.deadlineAfter(ms)
}

// argTimeoutMs is argTimeout for milliseconds.
func (c *Call) argTimeoutMs(i int) (deadlineMs int64, ok bool) {
	if c.serving != nil {
		return 0, true
	}
	ms, isInt := ParseInt(c.Args[i])
	if !isInt {
		c.Err(errTimeoutInt)
		return 0, false
	}
	return c.deadlineAfter(ms)
}

func (c *Call) deadlineAfter(ms int64) (deadlineMs int64, ok bool) {
	switch {
	case ms < 0:
		c.Err(errTimeoutNegative)
		return 0, false
	case ms == 0:
		return 0, true
	case ms > 1<<63-1-c.nowMs:
		c.Err(errTimeoutRange)
		return 0, false
	}
	return c.nowMs + ms, true
}

// wait lets the call wait, or answers that there is nothing.
func (c *Call) wait(kind Type, keys [][]byte, deadlineMs int64) {
	if !c.Block(Wait{Kind: kind, Keys: keys, DeadlineMs: deadlineMs}) {
		c.NullArray()
	}
}

func cmdBlpop(c *Call) { c.bpop(true) }
func cmdBrpop(c *Call) { c.bpop(false) }

func (c *Call) bpop(front bool) {
	last := len(c.Args) - 1
	deadline, ok := c.argTimeout(last)
	if !ok {
		return
	}
	for _, key := range c.waitKeys(c.Args[1:last]) {
		rec, found, ok := c.Find(key, TypeList)
		if !ok {
			return
		}
		if found {
			l := c.editList(key, rec, true)
			c.Array(2)
			c.Bulk(key)
			c.element(l.pop(front))
			c.popped(key, l, front)
			return
		}
	}
	c.wait(TypeList, c.Args[1:last], deadline)
}

func cmdBlmpop(c *Call) {
	keys, i, ok := c.argKeys(2)
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
	deadline, ok := c.argTimeout(1)
	if !ok || c.lmpop(c.waitKeys(keys), front, count) {
		return
	}
	c.wait(TypeList, keys, deadline)
}

func cmdBlmove(c *Call) {
	from, ok := c.argSide(3)
	if !ok {
		return
	}
	if to, ok := c.argSide(4); ok {
		c.blmove(from, to, 5)
	}
}

func cmdBrpoplpush(c *Call) { c.blmove(false, true, 3) }

func (c *Call) blmove(fromFront, toFront bool, timeoutAt int) {
	deadline, ok := c.argTimeout(timeoutAt)
	if !ok {
		return
	}
	_, found, ok := c.Find(c.Args[1], TypeList)
	switch {
	case !ok:
	case found:
		c.lmove(fromFront, toFront)
	case !c.Block(Wait{Kind: TypeList, Keys: c.Args[1:2], DeadlineMs: deadline}):
		c.Null()
	}
}

func cmdBzpopmin(c *Call) { c.bzpop(false) }
func cmdBzpopmax(c *Call) { c.bzpop(true) }

func (c *Call) bzpop(fromMax bool) {
	last := len(c.Args) - 1
	deadline, ok := c.argTimeout(last)
	if !ok {
		return
	}
	for _, key := range c.waitKeys(c.Args[1:last]) {
		rec, found, ok := c.Find(key, TypeZset)
		if !ok {
			return
		}
		if found {
			c.Array(3)
			c.Bulk(key)
			c.zpopPairs(key, rec, fromMax, 1, false)
			return
		}
	}
	c.wait(TypeZset, c.Args[1:last], deadline)
}

func cmdBzmpop(c *Call) {
	keys, fromMax, count, ok := c.argZmpop(2)
	if !ok {
		return
	}
	deadline, ok := c.argTimeout(1)
	if !ok || c.zmpop(c.waitKeys(keys), fromMax, count) {
		return
	}
	c.wait(TypeZset, keys, deadline)
}
