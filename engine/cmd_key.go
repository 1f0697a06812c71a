package engine

import (
	"math"
	"strconv"
)

// Commands on keys of any type.

func cmdDel(c *Call)    { c.del() }
func cmdUnlink(c *Call) { c.del() }

func (c *Call) del() {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if c.Delete(key) {
			c.Notify(NotifyGeneric, "del", key)
			n++
		}
	}
	c.Int(n)
}

func cmdExists(c *Call) { c.countPresent() }
func cmdTouch(c *Call)  { c.countPresent() }

func (c *Call) countPresent() {
	n := int64(0)
	for _, key := range c.Args[1:] {
		if c.Exists(key) {
			n++
		}
	}
	c.Int(n)
}

func cmdType(c *Call) {
	rec, found := c.find(c.Args[1])
	if !found {
		c.Status("none")
		return
	}
	c.Status(typeOf(rec).String())
}

func cmdRename(c *Call)   { c.rename(false) }
func cmdRenamenx(c *Call) { c.rename(true) }

func (c *Call) rename(nx bool) {
	from, to := c.Args[1], c.Args[2]
	if !c.Exists(from) {
		c.Err(ErrNoSuchKey)
		return
	}
	same := string(from) == string(to)
	switch {
	case same && nx:
		c.Int(0)
		return
	case same:
		c.OK()
		return
	case nx && c.Exists(to):
		c.Int(0)
		return
	}
	c.moveKey(from, c.db, to)
	c.Notify(NotifyGeneric, "rename_from", from)
	c.Notify(NotifyGeneric, "rename_to", to)
	if nx {
		c.Int(1)
	} else {
		c.OK()
	}
}

// argDB reads a database number, which Redis keeps in 32 bits.
func (c *Call) argDB(i int) (db int, ok bool) {
	n, isInt := c.ArgInt(i)
	switch {
	case !isInt:
		return 0, false
	case n < math.MinInt32 || n > math.MaxInt32:
		c.Err("ERR value is out of range, value must between -2147483648 and 2147483647")
		return 0, false
	case n < 0 || n >= int64(len(c.e.dbs)):
		c.Err(ErrDBRange)
		return 0, false
	}
	return int(n), true
}

func cmdMove(c *Call) {
	key := c.Args[1]
	to, ok := c.argDB(2)
	if !ok {
		return
	}
	if to == c.db {
		c.Err(ErrSameObject)
		return
	}
	if !c.Exists(key) || c.existsIn(to, key) {
		c.Int(0)
		return
	}
	c.moveKey(key, to, key)
	c.Notify(NotifyGeneric, "move_from", key)
	c.notifyIn(to, NotifyGeneric, "move_to", key)
	c.Int(1)
}

func cmdCopy(c *Call) {
	from, to := c.Args[1], c.Args[2]
	db, replace := c.db, false
	for i := 3; i < len(c.Args); i++ {
		switch {
		case EqualFold(c.Args[i], "replace"):
			replace = true
		case EqualFold(c.Args[i], "db") && i+1 < len(c.Args):
			i++
			var ok bool
			if db, ok = c.argDB(i); !ok {
				return
			}
		default:
			c.Err(ErrSyntax)
			return
		}
	}
	if db == c.db && string(from) == string(to) {
		c.Err(ErrSameObject)
		return
	}
	if !c.Exists(from) || !replace && c.existsIn(db, to) {
		c.Int(0)
		return
	}
	c.copyKey(from, db, to)
	c.notifyIn(db, NotifyGeneric, "copy_to", to)
	c.Int(1)
}

func cmdObjectHelp(c *Call) {
	c.replyHelp(
		"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
		"ENCODING <key>",
		"    Return the kind of internal representation used in order to store the value",
		"    associated with a <key>.",
		"FREQ <key>",
		"    Return the access frequency index of the <key>. The returned integer is",
		"    proportional to the logarithm of the recent access frequency of the key.",
		"IDLETIME <key>",
		"    Return the idle time of the <key>, that is the approximated number of",
		"    seconds elapsed since the last access to the key.",
		"REFCOUNT <key>",
		"    Return the number of references of the value associated with the specified",
		"    <key>.",
		"HELP",
		"    Prints this help.",
	)
}

func (c *Call) replyHelp(lines ...string) {
	c.Array(len(lines))
	for _, l := range lines {
		c.Status(l)
	}
}

func cmdObjectEncoding(c *Call) {
	if rec, found := c.find(c.Args[2]); found {
		c.BulkString(c.shownEncoding(rec))
	} else {
		c.Null()
	}
}

func cmdObjectFreq(c *Call) {
	if !c.Exists(c.Args[2]) {
		c.Null()
		return
	}
	c.Err("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when " +
		"switching between policies at runtime LRU and LFU data will take some time to adjust.")
}

// cmdObjectIdletime answers the time since the key last changed: a read
// changes no state, so it leaves no trace of when it was.
func cmdObjectIdletime(c *Call) {
	rec, found := c.find(c.Args[2])
	if !found {
		c.Null()
		return
	}
	c.Int(max(c.shownMs-c.e.ages.timeOf(rec.Version(), c.e.clockMs), 0) / 1000)
}

func cmdObjectRefcount(c *Call) {
	if rec, found := c.find(c.Args[2]); !found {
		c.Null()
	} else if sharedInteger(rec) {
		c.Int(sharedRefcount)
	} else {
		c.Int(1)
	}
}

// Redis keeps one object for each of the integers 0 to 9999 and answers this
// count for it. Programs that look at the count expect it for those.
const (
	sharedIntegers = 10000
	sharedRefcount = 1<<31 - 1
)

func sharedInteger(rec record) bool {
	if encodingOf(rec) != "int" {
		return false
	}
	n, err := strconv.Atoi(string(rec.Value()))
	return err == nil && n >= 0 && n < sharedIntegers
}
