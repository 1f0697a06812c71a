package engine

import "math"

// XINFO.

func cmdXinfoHelp(c *Call) {
	c.replyHelp(
		"XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
		"CONSUMERS <key> <groupname>",
		"    Show consumers of <groupname>.",
		"GROUPS <key>",
		"    Show the stream consumer groups.",
		"STREAM <key> [FULL [COUNT <count>]",
		"    Show information about the stream.",
		"HELP",
		"    Prints this help.",
	)
}

// infoStream finds the stream of argument 2, which must be there.
func (c *Call) infoStream() (*stream, bool) {
	s, ok := c.readStream(c.Args[2])
	if ok && s == nil {
		c.Err(ErrNoSuchKey)
	}
	return s, ok && s != nil
}

// infoCount is how many entries XINFO STREAM FULL shows of each kind if
// nothing else is said.
const infoCount = 10

func cmdXinfoStream(c *Call) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	count := int64(infoCount)
	full := len(c.Args) > 3
	if full {
		if len(c.Args) != 4 && len(c.Args) != 6 || !c.ArgIs(3, "full") || len(c.Args) == 6 && !c.ArgIs(4, "count") {
			c.subcommandSyntax()
			return
		}
		if len(c.Args) == 6 {
			if count, ok = c.ArgInt(5); !ok {
				return
			}
			if count < 0 {
				count = infoCount
			}
		}
	}
	if full {
		c.Map(9)
	} else {
		c.Map(10)
	}
	c.infoInt("length", int64(s.length))
	c.infoInt("radix-tree-keys", int64(s.nodes.Len()))
	c.infoInt("radix-tree-nodes", int64(s.nodes.Len())+1)
	c.infoID("last-generated-id", s.last)
	c.infoID("max-deleted-entry-id", s.maxRemoved)
	c.infoInt("entries-added", s.added)
	c.infoID("recorded-first-entry-id", s.first)
	if full {
		c.infoFull(s, count)
		return
	}
	c.infoInt("groups", int64(s.groups.Len()))
	c.BulkString("first-entry")
	c.infoEntry(s, s.first)
	c.BulkString("last-entry")
	c.infoEntry(s, s.lastAlive())
}

func (c *Call) infoInt(name string, n int64) {
	c.BulkString(name)
	c.Int(n)
}

func (c *Call) infoID(name string, id streamID) {
	c.BulkString(name)
	c.streamID(id)
}

// infoEntry answers an entry; in place of one that is not there, nothing.
func (c *Call) infoEntry(s *stream, id streamID) {
	if e, found := s.find(id); found {
		c.entry(e)
	} else {
		c.Null()
	}
}

// infoProgress answers how far a group has read.
func (c *Call) infoProgress(s *stream, g *streamGroup) {
	c.infoID("last-delivered-id", g.last)
	c.BulkString("entries-read")
	if g.read != readUnknown {
		c.Int(g.read)
	} else {
		c.Null()
	}
	c.BulkString("lag")
	if lag, ok := s.lag(g); ok {
		c.Int(lag)
	} else {
		c.Null()
	}
}

// infoFull answers the entries and groups with up to count elements each; 0:
// all.
func (c *Call) infoFull(s *stream, count int64) {
	c.BulkString("entries")
	c.entries(s, streamID{}, streamIDMax, count, false)
	c.BulkString("groups")
	c.Array(s.groups.Len())
	limit := int(min(count, math.MaxInt32))
	if limit == 0 {
		limit = math.MaxInt
	}
	s.groups.Scan(func(x streamGroupItem) bool {
		g := x.group
		c.Map(7)
		c.BulkString("name")
		c.BulkString(g.name)
		c.infoProgress(s, g)
		c.infoInt("pel-count", int64(g.pending.Len()))
		c.BulkString("pending")
		c.infoPending(g, limit)
		c.BulkString("consumers")
		c.Array(g.consumers.Len())
		g.consumers.Scan(func(x streamConsumerItem) bool {
			c.infoConsumer(g, x.consumer, limit)
			return true
		})
		return true
	})
}

func (c *Call) infoPending(g *streamGroup, limit int) {
	left := min(limit, g.pending.Len())
	c.Array(left)
	g.pending.Scan(func(p pendingEntry) bool {
		if left == 0 {
			return false
		}
		left--
		c.Array(4)
		c.streamID(p.id)
		c.BulkString(p.consumer)
		c.Int(p.deliveredMs)
		c.Int(p.deliveries)
		return true
	})
}

func (c *Call) infoConsumer(g *streamGroup, u *streamConsumer, limit int) {
	c.Map(5)
	c.BulkString("name")
	c.BulkString(u.name)
	c.infoInt("seen-time", u.seenMs)
	c.infoInt("active-time", u.activeMs)
	c.infoInt("pel-count", int64(u.pending.Len()))
	c.BulkString("pending")
	left := min(limit, u.pending.Len())
	c.Array(left)
	u.pending.Scan(func(id streamID) bool {
		if left == 0 {
			return false
		}
		left--
		p, _ := g.pending.Get(pendingEntry{id: id})
		c.Array(3)
		c.streamID(p.id)
		c.Int(p.deliveredMs)
		c.Int(p.deliveries)
		return true
	})
}

func cmdXinfoGroups(c *Call) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	c.Array(s.groups.Len())
	s.groups.Scan(func(x streamGroupItem) bool {
		c.Map(6)
		c.BulkString("name")
		c.BulkString(x.name)
		c.infoInt("consumers", int64(x.group.consumers.Len()))
		c.infoInt("pending", int64(x.group.pending.Len()))
		c.infoProgress(s, x.group)
		return true
	})
}

func cmdXinfoConsumers(c *Call) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	g := s.group(c.Args[3])
	if g == nil {
		key, name := cut(c.Args[2], len(c.Args[2])), cut(c.Args[3], len(c.Args[3]))
		c.Err(Error(oneLine("NOGROUP No such consumer group '" + string(name) + "' for key name '" + string(key) + "'")))
		return
	}
	c.Array(g.consumers.Len())
	g.consumers.Scan(func(x streamConsumerItem) bool {
		u := x.consumer
		inactive := int64(-1)
		if u.activeMs >= 0 {
			inactive = max(c.shownMs-u.activeMs, 0)
		}
		c.Map(4)
		c.BulkString("name")
		c.BulkString(u.name)
		c.infoInt("pending", int64(u.pending.Len()))
		c.infoInt("idle", max(c.shownMs-u.seenMs, 0))
		c.infoInt("inactive", inactive)
		return true
	})
}
