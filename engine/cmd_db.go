package engine

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
	a, ok := c.argDB(1, "ERR invalid first DB index")
	if !ok {
		return
	}
	b, ok := c.argDB(2, "ERR invalid second DB index")
	if !ok {
		return
	}
	c.swap(a, b)
	c.OK()
}
