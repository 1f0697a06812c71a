package engine

const (
	errNotHll     Error = "WRONGTYPE Key is not a valid HyperLogLog string value."
	errCorruptHll Error = "INVALIDOBJ Corrupted HLL object detected"
)

// readHll finds a HyperLogLog. ok false: the key holds something else, and
// that has been answered.
func (c *Call) readHll(key []byte) (value []byte, found, ok bool) {
	value, found, ok = c.GetString(key)
	if found && ok && !hllCheck(value) {
		c.Err(errNotHll)
		return nil, true, false
	}
	return value, found, ok
}

// saveHll stores a changed one; its cached count no longer holds.
func (c *Call) saveHll(key, b []byte) {
	b[hllHead-1] |= 0x80
	c.SetString(key, b, keepTTL)
	c.keepBlob(b)
	c.Notify(NotifyString, "pfadd", key)
}

func cmdPfadd(c *Call) {
	key := c.Args[1]
	b, found, ok := c.readHll(key)
	if !ok {
		return
	}
	if found {
		b = c.blobCopy(b)
	} else {
		b = hllNew(c.work().blob)
	}
	changed := !found
	for _, e := range c.Args[2:] {
		register, rank := hllPlace(e)
		var raised bool
		if b, raised, ok = hllRaise(b, register, rank, c.e.opt.Encoding.HllSparseMaxBytes); !ok {
			c.Err(errCorruptHll)
			return
		}
		changed = changed || raised
	}
	if !changed {
		c.Int(0)
		return
	}
	c.saveHll(key, b)
	c.Int(1)
}

// gatherHll takes the greatest value of each register over some keys. dense:
// one of them is.
func (c *Call) gatherHll(keys [][]byte, greatest *[hllRegisters]byte) (dense, ok bool) {
	for _, key := range keys {
		b, found, ok := c.readHll(key)
		if !ok {
			return false, false
		}
		if !found {
			continue
		}
		dense = dense || b[4] == hllDense
		if !hllEach(b, func(i, v int) { greatest[i] = max(greatest[i], byte(v)) }) {
			c.Err(errCorruptHll)
			return false, false
		}
	}
	return dense, true
}

func cmdPfcount(c *Call) {
	var greatest [hllRegisters]byte
	if _, ok := c.gatherHll(c.Args[1:], &greatest); !ok {
		return
	}
	var histogram [64]int
	for _, v := range greatest {
		histogram[v]++
	}
	c.Int(hllCount(&histogram))
}

func cmdPfmerge(c *Call) {
	var greatest [hllRegisters]byte
	dense, ok := c.gatherHll(c.Args[1:], &greatest)
	if !ok {
		return
	}
	key := c.Args[1]
	b, found, _ := c.readHll(key)
	if found {
		b = c.blobCopy(b)
	} else {
		b = hllNew(c.work().blob)
	}
	if dense {
		b, _ = hllToDense(b) // gatherHll has read it
	}
	for i, v := range greatest {
		if v != 0 {
			if b, _, ok = hllRaise(b, i, int(v), c.e.opt.Encoding.HllSparseMaxBytes); !ok {
				c.Err(errCorruptHll)
				return
			}
		}
	}
	c.saveHll(key, b)
	c.OK()
}
