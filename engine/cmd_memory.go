package engine

// keyOverhead is about what the keyspace takes for a key beside its bytes: the
// record's head and its places in the hash index and in the order.
const keyOverhead = 40

// cmdMemoryUsage answers the memory of a key by the lengths of all it holds,
// which are known without a walk: SAMPLES is judged and changes nothing.
func cmdMemoryUsage(c *Call) {
	for i := 3; i < len(c.Args); i += 2 {
		if !c.ArgIs(i, "samples") || i+1 == len(c.Args) {
			c.Err(ErrSyntax)
			return
		}
		n, ok := c.ArgInt(i + 1)
		if !ok {
			return
		}
		if n < 0 {
			c.Err(ErrSyntax)
			return
		}
	}
	rec, found := c.find(c.Args[2])
	if !found {
		c.Null()
		return
	}
	size := keyOverhead + len(rec.Key())
	if obj := rec.Object(); obj != nil {
		size += obj.Bytes()
	} else {
		size += len(rec.Value())
	}
	c.Int(int64(size))
}
