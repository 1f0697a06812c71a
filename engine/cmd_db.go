package engine

import "math"

// Commands on whole databases.

func cmdDbsize(c *Call) { c.Int(int64(c.e.dbs[c.db].len())) }

// flushOptions: SYNC and ASYNC are the same here, as dropping a keyspace
// leaves its memory to the collector in both.
func (c *Call) flushOptions() bool {
	if len(c.Args) > 2 || len(c.Args) == 2 && !EqualFold(c.Args[1], "sync") && !EqualFold(c.Args[1], "async") {
		c.Err(ErrSyntax)
		return false
	}
	return true
}

func cmdFlushdb(c *Call) {
	if c.flushOptions() {
		c.flush(c.db)
		c.OK()
	}
}

func cmdFlushall(c *Call) {
	if !c.flushOptions() {
		return
	}
	for db := range c.e.dbs {
		c.flush(db)
	}
	c.OK()
}

func cmdSwapdb(c *Call) {
	var db [2]int64
	for i, fault := range []Error{"ERR invalid first DB index", "ERR invalid second DB index"} {
		n, isInt := ParseInt(c.Args[1+i])
		if !isInt || n < math.MinInt32 || n > math.MaxInt32 {
			c.Err(fault)
			return
		}
		db[i] = n
	}
	for _, n := range db {
		if n < 0 || n >= int64(len(c.e.dbs)) {
			c.Err(ErrDBRange)
			return
		}
	}
	c.swap(int(db[0]), int(db[1]))
	c.OK()
}
