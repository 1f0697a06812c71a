package engine

import "math"

func cmdDump(c *Call) {
	rec, found := c.find(c.Args[1])
	if !found {
		c.Null()
		return
	}
	if c.beside(rec.Size() / bytesPerStep) {
		return
	}
	c.Bulk(appendRDB(nil, rec))
}

func cmdRestore(c *Call)       { c.restore() }
func cmdRestoreAsking(c *Call) { c.restore() }

type restoreOptions struct {
	replace, absolute bool
}

// restoreOptions reads the options. How long ago or how often the key was used
// elsewhere is judged and dropped: nothing here depends on it.
func (c *Call) restoreOptions() (o restoreOptions, ok bool) {
	idle, freq := false, false
	for i := 4; i < len(c.Args); i++ {
		more := i+1 < len(c.Args)
		switch {
		case c.ArgIs(i, "replace"):
			o.replace = true
		case c.ArgIs(i, "absttl"):
			o.absolute = true
		case c.ArgIs(i, "idletime") && more && !freq:
			i++
			if n, ok := c.ArgInt(i); !ok {
				return o, false
			} else if n < 0 {
				c.Err("ERR Invalid IDLETIME value, must be >= 0")
				return o, false
			}
			idle = true
		case c.ArgIs(i, "freq") && more && !idle:
			i++
			if n, ok := c.ArgInt(i); !ok {
				return o, false
			} else if n < 0 || n > 255 {
				c.Err("ERR Invalid FREQ value, must be >= 0 and <= 255")
				return o, false
			}
			freq = true
		default:
			c.Err(ErrSyntax)
			return o, false
		}
	}
	return o, true
}

func (c *Call) restore() {
	o, ok := c.restoreOptions()
	if !ok {
		return
	}
	key := c.Args[1]
	exists := c.Exists(key)
	if exists && !o.replace {
		c.Err("BUSYKEY Target key name already exists.")
		return
	}
	ttl, ok := c.ArgInt(2)
	if !ok {
		return
	}
	if ttl < 0 {
		c.Err("ERR Invalid TTL value, must be >= 0")
		return
	}
	if ttl > 0 && !o.absolute {
		ttl += min(c.nowMs, math.MaxInt64-ttl)
	}
	p, ok := openRDB(c.Args[3])
	if !ok {
		c.Err("ERR DUMP payload version or checksum are wrong")
		return
	}
	v, ok := c.readRDB(p)
	if !ok {
		c.Err("ERR Bad data format")
		return
	}
	if exists {
		c.Delete(key)
	}
	if ttl > 0 && ttl <= c.nowMs {
		if exists {
			c.Notify(NotifyGeneric, "del", key)
		}
		c.OK()
		return
	}
	c.saveRDB(key, &v)
	if ttl > 0 {
		c.SetDeadline(key, ttl)
	}
	c.Notify(NotifyGeneric, "restore", key)
	c.OK()
}
