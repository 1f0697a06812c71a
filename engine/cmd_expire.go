package engine

import "math"

// The expiry commands. A relative time counts from the entry's time; a
// remaining time is shown by the clock of the node that is asked.

func cmdExpire(c *Call)    { c.expire(expireSeconds) }
func cmdPexpire(c *Call)   { c.expire(expireMs) }
func cmdExpireat(c *Call)  { c.expire(expireUnixSeconds) }
func cmdPexpireat(c *Call) { c.expire(expireUnixMs) }

// expireConditions are the options of the EXPIRE family.
type expireConditions struct{ nx, xx, gt, lt bool }

func (c *Call) parseExpireConditions() (o expireConditions, ok bool) {
	for _, a := range c.Args[3:] {
		switch {
		case EqualFold(a, "nx"):
			o.nx = true
		case EqualFold(a, "xx"):
			o.xx = true
		case EqualFold(a, "gt"):
			o.gt = true
		case EqualFold(a, "lt"):
			o.lt = true
		default:
			c.Err(Error(oneLine("ERR Unsupported option " + string(cut(a, len(a))))))
			return o, false
		}
	}
	if o.nx && (o.xx || o.gt || o.lt) {
		c.Err("ERR NX and XX, GT or LT options at the same time are not compatible")
		return o, false
	}
	if o.gt && o.lt {
		c.Err("ERR GT and LT options at the same time are not compatible")
		return o, false
	}
	return o, true
}

// allow judges the new deadline by the old one; 0 is no deadline, which is
// later than any.
func (o expireConditions) allow(old, new int64) bool {
	switch {
	case o.nx && old != 0, o.xx && old == 0:
		return false
	case o.gt && (old == 0 || new <= old):
		return false
	case o.lt && old != 0 && new >= old:
		return false
	}
	return true
}

func (c *Call) expire(unit expireUnit) {
	o, ok := c.parseExpireConditions()
	if !ok {
		return
	}
	n, ok := c.ArgInt(2)
	if !ok {
		return
	}
	unixMs, ok := c.toUnixMs(n, unit)
	if !ok {
		c.Err(errInvalidExpire(c.cmd))
		return
	}
	key := c.Args[1]
	rec, found := c.find(key)
	if !found || !o.allow(deadlineOf(rec), unixMs) {
		c.Int(0)
		return
	}
	if unixMs <= c.nowMs {
		c.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
	} else {
		c.SetDeadline(key, unixMs)
		c.Notify(NotifyGeneric, "expire", key)
	}
	c.Int(1)
}

func cmdPersist(c *Call) {
	key := c.Args[1]
	if rec, found := c.find(key); !found || deadlineOf(rec) == 0 {
		c.Int(0)
		return
	}
	c.SetDeadline(key, 0)
	c.Notify(NotifyGeneric, "persist", key)
	c.Int(1)
}

func cmdTtl(c *Call)  { c.ttl(func(leftMs int64) int64 { return leftMs/1000 + (leftMs%1000+500)/1000 }) }
func cmdPttl(c *Call) { c.ttl(func(leftMs int64) int64 { return leftMs }) }

func (c *Call) ttl(show func(leftMs int64) int64) {
	rec, found := c.find(c.Args[1])
	switch {
	case !found:
		c.Int(-2)
	case deadlineOf(rec) == 0:
		c.Int(-1)
	default:
		c.Int(show(max(deadlineOf(rec)-c.shownMs, 0)))
	}
}

func cmdExpiretime(c *Call)  { c.expireTime(1000) }
func cmdPexpiretime(c *Call) { c.expireTime(1) }

func (c *Call) expireTime(unitMs int64) {
	rec, found := c.find(c.Args[1])
	switch {
	case !found:
		c.Int(-2)
	case deadlineOf(rec) == 0:
		c.Int(-1)
	case deadlineOf(rec) > math.MaxInt64-unitMs/2:
		c.Int(deadlineOf(rec) / unitMs)
	default:
		c.Int((deadlineOf(rec) + unitMs/2) / unitMs)
	}
}
