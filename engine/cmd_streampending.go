package engine

import (
	"math"
	"strconv"
)

// XPENDING, XCLAIM and XAUTOCLAIM: what has been delivered and not
// acknowledged.

// pendingGroup finds the stream and the group of arguments 1 and 2; false: the
// error has been answered.
func (c *Call) pendingGroup() (s *stream, g *streamGroup, ok bool) {
	if s, ok = c.readStream(c.Args[1]); !ok {
		return nil, nil, false
	}
	if s != nil {
		g = s.group(c.Args[2])
	}
	if g == nil {
		c.Err(errNoGroup(c.Args[1], c.Args[2], ""))
	}
	return s, g, g != nil
}

// xpendingOptions are the arguments of XPENDING with a range.
type xpendingOptions struct {
	idleMs   int64
	from, to streamID
	count    int64
	consumer []byte
}

func (c *Call) parseXpending() (o xpendingOptions, ok bool) {
	at := 3
	if c.ArgIs(3, "idle") {
		if o.idleMs, ok = c.ArgInt(4); !ok {
			return o, false
		}
		if len(c.Args) < 8 {
			c.Err(ErrSyntax)
			return o, false
		}
		at = 5
	}
	if o.count, ok = c.ArgInt(at + 2); !ok {
		return o, false
	}
	if o.from, o.to, ok = c.argStreamRange(at, at+1); !ok {
		return o, false
	}
	if at+3 < len(c.Args) {
		o.consumer = c.Args[at+3]
	}
	return o, true
}

func cmdXpending(c *Call) {
	n := len(c.Args)
	if n != 3 && (n < 6 || n > 9) {
		c.Err(ErrSyntax)
		return
	}
	var o xpendingOptions
	if n > 3 {
		var ok bool
		if o, ok = c.parseXpending(); !ok {
			return
		}
	}
	_, g, ok := c.pendingGroup()
	switch {
	case !ok:
	case n == 3:
		c.pendingSummary(g)
	default:
		c.pendingRange(&o, g)
	}
}

func (c *Call) pendingSummary(g *streamGroup) {
	c.Array(4)
	c.Int(int64(g.pending.Len()))
	first, any := g.pending.Min()
	if !any {
		c.Null()
		c.Null()
		c.NullArray()
		return
	}
	last, _ := g.pending.Max()
	c.streamID(first.id)
	c.streamID(last.id)
	busy := 0
	g.consumers.Scan(func(x streamConsumerItem) bool {
		if x.consumer.pending.Len() > 0 {
			busy++
		}
		return true
	})
	c.Array(busy)
	g.consumers.Scan(func(x streamConsumerItem) bool {
		if pending := x.consumer.pending.Len(); pending > 0 {
			c.Array(2)
			c.BulkString(x.name)
			c.BulkString(strconv.Itoa(pending))
		}
		return true
	})
}

func (c *Call) pendingRange(o *xpendingOptions, g *streamGroup) {
	var u *streamConsumer
	if o.consumer != nil {
		if u = g.consumer(o.consumer); u == nil {
			c.Array(0)
			return
		}
	}
	var list []pendingEntry
	keep := func(p pendingEntry) bool {
		if o.to.before(p.id) || int64(len(list)) >= o.count {
			return false
		}
		if o.idleMs == 0 || c.shownMs-p.deliveredMs >= o.idleMs {
			list = append(list, p)
		}
		return true
	}
	if u == nil {
		g.pending.Ascend(pendingEntry{id: o.from}, keep)
	} else {
		u.pending.Ascend(o.from, func(id streamID) bool {
			p, _ := g.pending.Get(pendingEntry{id: id})
			return keep(p)
		})
	}
	c.Array(len(list))
	for _, p := range list {
		c.Array(4)
		c.streamID(p.id)
		c.BulkString(p.consumer)
		c.Int(max(c.shownMs-p.deliveredMs, 0))
		c.Int(p.deliveries)
	}
}

// xclaimOptions are those after the IDs of XCLAIM.
type xclaimOptions struct {
	deliveredMs   int64
	retries       int64 // negative: not given
	force, justID bool
	last          streamID
}

// argNamed reads an integer whose error names it.
func (c *Call) argNamed(i int, what string) (int64, bool) {
	n, ok := ParseInt(c.Args[i])
	if !ok {
		c.Err(Error("ERR Invalid " + what + " for " + upper(c.cmd.Name)))
	}
	return n, ok
}

func (c *Call) parseXclaim(at int) (o xclaimOptions, ok bool) {
	o.retries = -1
	deliveredMs := int64(-1)
	for i := at; i < len(c.Args); i++ {
		ok = true
		switch more := i+1 < len(c.Args); {
		case c.ArgIs(i, "force"):
			o.force = true
		case c.ArgIs(i, "justid"):
			o.justID = true
		case more && c.ArgIs(i, "idle"):
			i++
			var idle int64
			idle, ok = c.argNamed(i, "IDLE option argument")
			deliveredMs = c.nowMs - idle
		case more && c.ArgIs(i, "time"):
			i++
			deliveredMs, ok = c.argNamed(i, "TIME option argument")
		case more && c.ArgIs(i, "retrycount"):
			i++
			o.retries, ok = c.argNamed(i, "RETRYCOUNT option argument")
		case more && c.ArgIs(i, "lastid"):
			i++
			o.last, ok = c.argStreamID(i, 0)
		default:
			c.Err(Error(oneLine("ERR Unrecognized XCLAIM option '" + string(cut(c.Args[i], len(c.Args[i]))) + "'")))
			ok = false
		}
		if !ok {
			return o, false
		}
	}
	if deliveredMs < 0 || deliveredMs > c.nowMs {
		deliveredMs = c.nowMs
	}
	o.deliveredMs = deliveredMs
	return o, true
}

func cmdXclaim(c *Call) {
	key := c.Args[1]
	if _, _, ok := c.pendingGroup(); !ok {
		return
	}
	idleMs, ok := c.argNamed(4, "min-idle-time argument")
	if !ok {
		return
	}
	var ids []streamID
	at := 5
	for ; at < len(c.Args); at++ {
		id, ok := parseStreamID(c.Args[at], 0)
		if !ok {
			break
		}
		ids = append(ids, id)
	}
	o, ok := c.parseXclaim(at)
	if !ok {
		return
	}
	s := c.editStream(key)
	g := s.mineGroup(s.group(c.Args[2]))
	if g.last.before(o.last) {
		g.last = o.last
	}
	u := c.lookupConsumer(s, g, c.Args[3], key)
	var claimed []streamID
	for _, id := range ids {
		p, had := g.pending.Get(pendingEntry{id: id})
		if _, exists := s.find(id); !exists {
			s.acknowledge(g, id)
			continue
		}
		switch {
		case !had && !o.force:
			continue
		case !had:
			p = pendingEntry{id: id, deliveries: 1}
		case idleMs > 0 && c.nowMs-p.deliveredMs < idleMs:
			continue
		}
		p.deliveredMs = o.deliveredMs
		if o.retries >= 0 {
			p.deliveries = o.retries
		} else if !o.justID {
			p.deliveries++
		}
		s.deliver(g, u, p)
		u.activeMs = c.nowMs
		claimed = append(claimed, id)
	}
	c.claimed(s, claimed, o.justID)
}

// claimed answers entries, or their IDs alone.
func (c *Call) claimed(s *stream, ids []streamID, justID bool) {
	c.Array(len(ids))
	for _, id := range ids {
		if justID {
			c.streamID(id)
			continue
		}
		e, _ := s.find(id)
		c.entry(e)
	}
}

// XAUTOCLAIM looks at this many pending entries for each that it may claim.
const (
	claimAttempts     = 10
	claimCountDefault = 100
	claimCountMax     = math.MaxInt64 / 16
)

func cmdXautoclaim(c *Call) {
	idleMs, ok := c.argNamed(4, "min-idle-time argument")
	if !ok {
		return
	}
	from, ok := c.argStreamFrom(5)
	if !ok {
		return
	}
	count, justID := int64(claimCountDefault), false
	for i := 6; i < len(c.Args); i++ {
		switch {
		case c.ArgIs(i, "count") && i+1 < len(c.Args):
			i++
			if count, ok = ParseInt(c.Args[i]); !ok || count < 1 || count > claimCountMax {
				c.Err("ERR COUNT must be > 0")
				return
			}
		case c.ArgIs(i, "justid"):
			justID = true
		default:
			c.Err(ErrSyntax)
			return
		}
	}
	if _, _, ok := c.pendingGroup(); !ok {
		return
	}
	s := c.editStream(c.Args[1])
	g := s.mineGroup(s.group(c.Args[2]))
	u := c.lookupConsumer(s, g, c.Args[3], c.Args[1])
	list, cursor := g.idle(from, c.nowMs-max(idleMs, 0), count, s)
	var claimed, gone []streamID
	for _, p := range list {
		if _, exists := s.find(p.id); !exists {
			s.acknowledge(g, p.id)
			gone = append(gone, p.id)
			continue
		}
		p.deliveredMs = c.nowMs
		if !justID {
			p.deliveries++
		}
		s.deliver(g, u, p)
		u.activeMs = c.nowMs
		claimed = append(claimed, p.id)
	}
	c.Array(3)
	c.streamID(cursor)
	c.claimed(s, claimed, justID)
	c.Array(len(gone))
	for _, id := range gone {
		c.streamID(id)
	}
}

// idle lists up to count pending entries from an ID on that were delivered at
// that time or before, or are gone from the stream, among a bounded number of
// entries. next is where to go on; zero at the end.
func (g *streamGroup) idle(from streamID, untilMs, count int64, s *stream) (list []pendingEntry, next streamID) {
	attempts := min(count, math.MaxInt64/claimAttempts) * claimAttempts
	g.pending.Ascend(pendingEntry{id: from}, func(p pendingEntry) bool {
		if attempts == 0 || int64(len(list)) == count {
			next = p.id
			return false
		}
		attempts--
		if _, exists := s.find(p.id); !exists || p.deliveredMs <= untilMs {
			list = append(list, p)
		}
		return true
	})
	return list, next
}
