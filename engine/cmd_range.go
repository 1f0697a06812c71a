package engine

// Strings as bytes with positions: STRLEN, APPEND, GETRANGE, SETRANGE.

func cmdStrlen(c *Call) {
	value, _, ok := c.GetString(c.Args[1])
	if ok {
		c.Int(int64(len(value)))
	}
}

func cmdAppend(c *Call) {
	key, tail := c.Args[1], c.Args[2]
	value, found, ok := c.GetString(key)
	if !ok {
		return
	}
	if !found {
		c.SetString(key, tail, noTTL)
	} else {
		if !c.checkStringLength(int64(len(value)), int64(len(tail))) {
			return
		}
		c.AppendString(key, len(value), tail)
	}
	c.Notify(NotifyString, "append", key)
	c.Int(int64(len(value) + len(tail)))
}

// checkStringLength refuses strings longer than a client could send or read.
func (c *Call) checkStringLength(size, more int64) bool {
	if total := size + more; total > c.e.opt.StringBytesMax || total < size {
		c.Err(ErrTooLong)
		return false
	}
	return true
}

func cmdSubstr(c *Call) { cmdGetrange(c) }

func cmdGetrange(c *Call) {
	start, ok := c.ArgInt(2)
	if !ok {
		return
	}
	end, ok := c.ArgInt(3)
	if !ok {
		return
	}
	value, _, ok := c.GetString(c.Args[1])
	if !ok {
		return
	}
	c.Bulk(byteRange(value, start, end))
}

// byteRange cuts the bytes from start to end, both included, negative ones
// counted from the end.
func byteRange(b []byte, start, end int64) []byte {
	n := int64(len(b))
	if start < 0 && end < 0 && start > end {
		return nil
	}
	if start < 0 {
		start = max(n+start, 0)
	}
	if end < 0 {
		end = max(n+end, 0)
	}
	end = min(end, n-1)
	if start > end || n == 0 {
		return nil
	}
	return b[start : end+1]
}

func cmdSetrange(c *Call) {
	offset, ok := c.ArgInt(2)
	if !ok {
		return
	}
	if offset < 0 {
		c.Err("ERR offset is out of range")
		return
	}
	key, patch := c.Args[1], c.Args[3]
	value, found, ok := c.GetString(key)
	if !ok {
		return
	}
	if len(patch) == 0 {
		c.Int(int64(len(value)))
		return
	}
	if !c.checkStringLength(offset, int64(len(patch))) {
		return
	}
	size := c.WriteString(key, found, int(offset), patch)
	c.Notify(NotifyString, "setrange", key)
	c.Int(int64(size))
}
