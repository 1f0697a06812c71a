package engine

import (
	"math"
	"strconv"
)

// Strings as numbers: INCR and its kin.

func cmdIncr(c *Call) { c.incr(1) }
func cmdDecr(c *Call) { c.incr(-1) }

func cmdIncrby(c *Call) {
	if by, ok := c.ArgInt(2); ok {
		c.incr(by)
	}
}

func cmdDecrby(c *Call) {
	by, ok := c.ArgInt(2)
	if !ok {
		return
	}
	if by == math.MinInt64 {
		c.Err("ERR decrement would overflow")
		return
	}
	c.incr(-by)
}

func (c *Call) incr(by int64) {
	key := c.Args[1]
	value, found, ok := c.GetString(key)
	if !ok {
		return
	}
	var n int64
	if found {
		if n, ok = ParseInt(value); !ok {
			c.Err(ErrNotInt)
			return
		}
	}
	if by < 0 && n < math.MinInt64-by || by > 0 && n > math.MaxInt64-by {
		c.Err("ERR increment or decrement would overflow")
		return
	}
	n += by
	c.SetString(key, strconv.AppendInt(c.scratch(), n, 10), keepTTL)
	c.Notify(NotifyString, "incrby", key)
	c.Int(n)
}

func cmdIncrbyfloat(c *Call) {
	key := c.Args[1]
	value, found, ok := c.GetString(key)
	if !ok {
		return
	}
	sum := new(longDouble)
	if found && !sum.parse(value) {
		c.Err(ErrNotFloat)
		return
	}
	by := new(longDouble)
	if !by.parse(c.Args[2]) {
		c.Err(ErrNotFloat)
		return
	}
	if !sum.add(by) {
		c.Err("ERR increment would produce NaN or Infinity")
		return
	}
	text := sum.appendTo(c.scratch())
	c.setString(key, text, stringText, keepTTL, false)
	c.Notify(NotifyString, "incrbyfloat", key)
	c.Bulk(text)
}
