package engine

import "math"

// The handlers of the string commands; the rows are in row_string.go.

// setOptions are the options of SET and GETEX.
type setOptions struct {
	nx, xx, get, keepTTL, persist bool

	expire   expireUnit
	expireAt []byte // the argument of EX, PX, EXAT, PXAT
}

// expireUnit says how an expiry was given.
type expireUnit uint8

const (
	expireNone expireUnit = iota
	expireSeconds
	expireMs
	expireUnixSeconds
	expireUnixMs
)

// parseSetOptions reads the options from argument i on. getex: those of GETEX,
// else those of SET. The rules of what excludes what are Redis'; an expiry
// given twice in the same unit counts with the last.
func (c *Call) parseSetOptions(i int, getex bool) (o setOptions, ok bool) {
	for ; i < len(c.Args); i++ {
		unit := expireNone
		switch a := c.Args[i]; {
		case EqualFold(a, "nx") && !o.xx && !getex:
			o.nx = true
		case EqualFold(a, "xx") && !o.nx && !getex:
			o.xx = true
		case EqualFold(a, "get") && !getex:
			o.get = true
		case EqualFold(a, "keepttl") && o.expire == expireNone && !getex:
			o.keepTTL = true
		case EqualFold(a, "persist") && o.expire == expireNone && getex:
			o.persist = true
		case EqualFold(a, "ex"):
			unit = expireSeconds
		case EqualFold(a, "px"):
			unit = expireMs
		case EqualFold(a, "exat"):
			unit = expireUnixSeconds
		case EqualFold(a, "pxat"):
			unit = expireUnixMs
		default:
			c.Err(ErrSyntax)
			return o, false
		}
		if unit == expireNone {
			continue
		}
		if o.keepTTL || o.persist || o.expire != expireNone && o.expire != unit || i+1 == len(c.Args) {
			c.Err(ErrSyntax)
			return o, false
		}
		i++
		o.expire, o.expireAt = unit, c.Args[i]
	}
	return o, true
}

// deadline turns the argument of an expiry into unix milliseconds; it must
// lie in what can be, and a relative one must be positive.
func (c *Call) deadline(arg []byte, unit expireUnit) (unixMs int64, ok bool) {
	n, isInt := ParseInt(arg)
	if !isInt {
		c.Err(ErrNotInt)
		return 0, false
	}
	if n > 0 {
		if unixMs, ok = c.toUnixMs(n, unit); ok && unixMs > 0 {
			return unixMs, true
		}
	}
	c.Err(errInvalidExpire(c.cmd))
	return 0, false
}

// toUnixMs converts n of the unit into unix milliseconds; false: too large.
func (c *Call) toUnixMs(n int64, unit expireUnit) (unixMs int64, ok bool) {
	if unit == expireSeconds || unit == expireUnixSeconds {
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			return 0, false
		}
		n *= 1000
	}
	if unit == expireSeconds || unit == expireMs {
		if n > math.MaxInt64-c.nowMs {
			return 0, false
		}
		n += c.nowMs
	}
	return n, true
}

func errInvalidExpire(cmd *Command) Error {
	return Error("ERR invalid expire time in '" + cmd.FullName() + "' command")
}

func cmdSet(c *Call) {
	o, ok := c.parseSetOptions(3, false)
	if !ok {
		return
	}
	ttl := noTTL
	if o.expire != expireNone {
		if ttl, ok = c.deadline(o.expireAt, o.expire); !ok {
			return
		}
	} else if o.keepTTL {
		ttl = keepTTL
	}
	c.set(c.Args[1], c.Args[2], ttl, o)
}

// set is SET after its options: the answer is the old value with GET, else OK
// or, if NX or XX forbade it, null.
func (c *Call) set(key, value []byte, ttl int64, o setOptions) {
	var found bool
	if o.get {
		old, exists, ok := c.GetString(key)
		if !ok {
			return
		}
		if found = exists; found {
			c.Bulk(old)
		} else {
			c.Null()
		}
	} else if o.nx || o.xx || o.keepTTL {
		found = c.Exists(key)
	}
	if o.nx && found || o.xx && !found {
		if !o.get {
			c.Null()
		}
		return
	}
	c.setString(key, value, stringCompact, ttl, true)
	c.Notify(NotifyString, "set", key)
	if o.expire != expireNone {
		c.Notify(NotifyGeneric, "expire", key)
	}
	if !o.get {
		c.OK()
	}
}

func cmdSetnx(c *Call) {
	if c.Exists(c.Args[1]) {
		c.Int(0)
		return
	}
	c.SetString(c.Args[1], c.Args[2], noTTL)
	c.Notify(NotifyString, "set", c.Args[1])
	c.Int(1)
}

func cmdSetex(c *Call)  { c.setex(expireSeconds) }
func cmdPsetex(c *Call) { c.setex(expireMs) }

func (c *Call) setex(unit expireUnit) {
	ttl, ok := c.deadline(c.Args[2], unit)
	if ok {
		c.set(c.Args[1], c.Args[3], ttl, setOptions{expire: unit})
	}
}

func cmdGet(c *Call) {
	rec, found, ok := c.Find(c.Args[1], TypeString)
	if !ok {
		return
	}
	if !found {
		c.Null()
		return
	}
	c.value(rec)
}

func cmdGetset(c *Call) {
	old, found, ok := c.GetString(c.Args[1])
	if !ok {
		return
	}
	if found {
		c.Bulk(old)
	} else {
		c.Null()
	}
	c.SetString(c.Args[1], c.Args[2], noTTL)
	c.Notify(NotifyString, "set", c.Args[1])
}

func cmdGetdel(c *Call) {
	value, found, ok := c.GetString(c.Args[1])
	if !ok {
		return
	}
	if !found {
		c.Null()
		return
	}
	c.Bulk(value)
	c.Delete(c.Args[1])
	c.Notify(NotifyGeneric, "del", c.Args[1])
}

func cmdGetex(c *Call) {
	o, ok := c.parseSetOptions(2, true)
	if !ok {
		return
	}
	key := c.Args[1]
	value, found, ok := c.GetString(key)
	if !ok {
		return
	}
	if !found {
		c.Null()
		return
	}
	var unixMs int64
	if o.expire != expireNone {
		if unixMs, ok = c.deadline(o.expireAt, o.expire); !ok {
			return
		}
	}
	c.Bulk(value)
	switch {
	case o.expire != expireNone && unixMs <= c.nowMs:
		c.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
	case o.expire != expireNone:
		c.SetDeadline(key, unixMs)
		c.Notify(NotifyGeneric, "expire", key)
	case o.persist:
		if c.Deadline(key) != 0 {
			c.SetDeadline(key, 0)
			c.Notify(NotifyGeneric, "persist", key)
		}
	}
}

func cmdMget(c *Call) {
	c.Array(len(c.Args) - 1)
	for i, key := range c.Args[1:] {
		c.lookAhead(1+i, 1, false)
		if rec, found := c.find(key); found && typeOf(rec) == TypeString {
			c.value(rec)
		} else {
			c.Null()
		}
	}
}

func cmdMset(c *Call) {
	if len(c.Args)%2 == 0 {
		c.Err(errArity(c.cmd))
		return
	}
	c.mset()
	c.OK()
}

func cmdMsetnx(c *Call) {
	if len(c.Args)%2 == 0 {
		c.Err(errArity(c.cmd))
		return
	}
	for i := 1; i < len(c.Args); i += 2 {
		if c.Exists(c.Args[i]) {
			c.Int(0)
			return
		}
	}
	c.mset()
	c.Int(1)
}

func (c *Call) mset() {
	for i := 1; i < len(c.Args); i += 2 {
		c.lookAhead(i, 2, true)
		c.SetString(c.Args[i], c.Args[i+1], noTTL)
		c.Notify(NotifyString, "set", c.Args[i])
	}
}
