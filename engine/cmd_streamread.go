package engine

import "math"

const (
	errXreadDollar Error = "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by " +
		"specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set."
	errXreadNew     Error = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
	errXreadGroup   Error = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
	errXreadNoack   Error = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
	errXreadNoGroup Error = "ERR Missing GROUP option for XREADGROUP"
)

// errNoGroup is the answer where a key or its group must be there.
func errNoGroup(key, group []byte, where string) Error {
	return Error(oneLine("NOGROUP No such key '" + string(cut(key, len(key))) + "' or consumer group '" + string(cut(group, len(group))) + "'" + where))
}

// xreadOptions are the arguments of XREAD and XREADGROUP.
type xreadOptions struct {
	grouped, block, noAck bool
	group, consumer       []byte
	deadlineMs            int64
	count                 int64
	at, n                 int // the streams' keys and, after them, their IDs
}

// fromNew stands for the ID ">": what the group has not delivered yet.
var fromNew = streamIDMax

// parseXread reads the arguments up to the IDs; false: the error has been
// answered.
func (c *Call) parseXread(o *xreadOptions) bool {
	var ok bool
	for i := 1; i < len(c.Args) && o.at == 0; i++ {
		more := len(c.Args) - i - 1
		switch {
		case more > 0 && c.ArgIs(i, "block"):
			i++
			if o.deadlineMs, ok = c.argTimeoutMs(i); !ok {
				return false
			}
			o.block = true
		case more > 0 && c.ArgIs(i, "count"):
			i++
			if o.count, ok = c.ArgInt(i); !ok {
				return false
			}
			o.count = max(o.count, 0)
		case more > 0 && c.ArgIs(i, "streams"):
			if more%2 != 0 {
				name, id := "xread", "$"
				if o.grouped {
					name, id = "xreadgroup", ">"
				}
				c.Err(Error("ERR Unbalanced '" + name + "' list of streams: for each stream key an ID or '" + id + "' must be specified."))
				return false
			}
			o.at, o.n = i+1, more/2
		case more > 1 && c.ArgIs(i, "group"):
			if !o.grouped {
				c.Err(errXreadGroup)
				return false
			}
			o.group, o.consumer = c.Args[i+1], c.Args[i+2]
			i += 2
		case c.ArgIs(i, "noack"):
			if !o.grouped {
				c.Err(errXreadNoack)
				return false
			}
			o.noAck = true
		default:
			c.Err(ErrSyntax)
			return false
		}
	}
	switch {
	case o.at == 0:
		c.Err(ErrSyntax)
	case o.grouped && o.group == nil:
		c.Err(errXreadNoGroup)
	default:
		return true
	}
	return false
}

// xreadSource is one of the streams to read.
type xreadSource struct {
	key   []byte
	s     *stream // nil: there is none
	after streamID
	ready bool // it has something to answer
}

// sources finds the streams, or the one that has become ready, and what to
// read of them.
func (c *Call) sources(o *xreadOptions) (list []xreadSource, ok bool) {
	list = make([]xreadSource, 0, o.n)
	for i := o.at; i < o.at+o.n; i++ {
		if c.serving != nil && string(c.serving[0]) != string(c.Args[i]) {
			continue
		}
		src := xreadSource{key: c.Args[i]}
		if src.s, ok = c.readStream(src.key); !ok {
			return nil, false
		}
		if o.grouped && (src.s == nil || src.s.group(o.group) == nil) {
			c.Err(errNoGroup(src.key, o.group, " in XREADGROUP with GROUP option"))
			return nil, false
		}
		if src.after, ok = c.xreadID(i+o.n, o.grouped, src.s); !ok {
			return nil, false
		}
		list = append(list, src)
	}
	return list, true
}

// xreadID reads the ID after which a stream is read.
func (c *Call) xreadID(i int, grouped bool, s *stream) (id streamID, ok bool) {
	if b := c.Args[i]; len(b) == 1 {
		switch {
		case b[0] == '$' && grouped:
			c.Err(errXreadDollar)
			return id, false
		case b[0] == '$' && s == nil:
			return streamID{}, true
		case b[0] == '$':
			return s.last, true
		case b[0] == '>' && !grouped:
			c.Err(errXreadNew)
			return id, false
		case b[0] == '>':
			return fromNew, true
		}
	}
	return c.argStreamID(i, 0)
}

func cmdXread(c *Call) {
	var o xreadOptions
	if !c.parseXread(&o) {
		return
	}
	list, ok := c.sources(&o)
	if !ok {
		return
	}
	ready := 0
	for i := range list {
		src := &list[i]
		if src.ready = src.s != nil && src.s.hasNew(src.after); src.ready {
			ready++
		}
	}
	if ready == 0 {
		c.xreadWait(&o, list)
		return
	}
	c.xreadHead(ready)
	for _, src := range list {
		if src.ready {
			c.xreadKey(src.key)
			from, _ := src.after.next()
			c.entries(src.s, from, streamIDMax, o.count, false)
		}
	}
}

// xreadHead begins the answer about n streams, and xreadKey about each.

func (c *Call) xreadHead(n int) {
	if c.Proto() == 3 {
		c.Map(n)
	} else {
		c.Array(n)
	}
}

func (c *Call) xreadKey(key []byte) {
	if c.Proto() != 3 {
		c.Array(2)
	}
	c.Bulk(key)
}

// xreadWait lets the call wait for an entry, or answers that there is none.
// "$" means what it means now.
func (c *Call) xreadWait(o *xreadOptions, list []xreadSource) {
	if !o.block || !c.mayBlock {
		c.NullArray()
		return
	}
	args := c.Args
	if !o.grouped {
		args = append([][]byte(nil), c.Args...)
		for i := range list {
			args[o.at+o.n+i] = list[i].after.append(nil)
		}
	}
	c.Block(Wait{Kind: TypeStream, Keys: c.Args[o.at : o.at+o.n], DeadlineMs: o.deadlineMs, Args: args})
}

func cmdXreadgroup(c *Call) {
	o := xreadOptions{grouped: true}
	if !c.parseXread(&o) {
		return
	}
	list, ok := c.sources(&o)
	if !ok {
		return
	}
	ready := 0
	for i := range list {
		if list[i].ready = list[i].after != fromNew || o.hasNew(list, i); list[i].ready {
			ready++
		}
	}
	if ready > 0 {
		c.xreadHead(ready)
	}
	for i := range list {
		c.xreadgroup(&o, &list[i])
	}
	if ready == 0 {
		c.xreadWait(&o, list)
	}
}

// hasNew reports whether there is a new entry for source i, when those before
// it have been read.
func (o *xreadOptions) hasNew(list []xreadSource, i int) bool {
	read := int64(0)
	for _, other := range list[:i] {
		if other.after == fromNew && string(other.key) == string(list[i].key) {
			if o.count == 0 {
				return false
			}
			read += min(o.count, math.MaxInt32)
		}
	}
	s := list[i].s
	last := s.group(o.group).last
	if read == 0 {
		return s.hasNew(last)
	}
	from, ok := last.next()
	return ok && int64(s.count(from, streamIDMax, int(read)+1)) > read
}

// xreadgroup reads one stream for a consumer, which it makes if need be.
func (c *Call) xreadgroup(o *xreadOptions, src *xreadSource) {
	s := c.editStream(src.key)
	g := s.mineGroup(s.group(o.group))
	u := c.lookupConsumer(s, g, o.consumer, src.key)
	if !src.ready {
		return
	}
	c.xreadKey(src.key)
	if src.after != fromNew {
		c.xreadHistory(o, s, g, u, src.after)
		return
	}
	u.activeMs = c.nowMs
	from, _ := g.last.next()
	limit := o.count
	if limit == 0 {
		limit = math.MaxInt
	}
	left := s.count(from, streamIDMax, int(limit))
	c.Array(left)
	s.ascend(from, streamIDMax, func(e streamEntry) bool {
		s.advance(g, e.id)
		c.entry(e)
		if !o.noAck {
			s.deliver(g, u, pendingEntry{id: e.id, deliveredMs: c.nowMs, deliveries: 1})
		}
		left--
		return left > 0
	})
}

// xreadHistory answers what is pending for the consumer after an ID; that
// counts as one more delivery. Of an entry that is gone only the ID is told.
func (c *Call) xreadHistory(o *xreadOptions, s *stream, g *streamGroup, u *streamConsumer, after streamID) {
	var ids []streamID
	if from, ok := after.next(); ok {
		u.pending.Ascend(from, func(id streamID) bool {
			ids = append(ids, id)
			return o.count == 0 || int64(len(ids)) < o.count
		})
	}
	c.Array(len(ids))
	for _, id := range ids {
		e, found := s.find(id)
		if !found {
			c.Array(2)
			c.streamID(id)
			c.NullArray()
			continue
		}
		c.entry(e)
		p, _ := g.pending.Get(pendingEntry{id: id})
		p.deliveredMs = c.nowMs
		p.deliveries++
		s.deliver(g, u, p)
	}
}

// lookupConsumer finds a consumer that has made a call, or makes it.
func (c *Call) lookupConsumer(s *stream, g *streamGroup, name, key []byte) *streamConsumer {
	if u := g.consumer(name); u != nil {
		u = g.mineConsumer(u)
		u.seenMs = c.nowMs
		return u
	}
	u := s.addConsumer(g, name, c.nowMs)
	c.Notify(NotifyStream, "xgroup-createconsumer", key)
	return u
}

// readyXread and readyXreadgroup: a call that waits answers as soon as there
// is an entry for it, XREADGROUP also if what it waits for is gone.

func readyXread(c *Call, key []byte, rec record, found bool) bool {
	if !found || typeOf(rec) != TypeStream {
		return false
	}
	s := rec.Object().(*stream)
	_, at := waitingStreams(c.Args)
	n := (len(c.Args) - at) / 2
	for i := at; i < at+n; i++ {
		if string(c.Args[i]) == string(key) {
			if after, ok := parseStreamID(c.Args[i+n], 0); ok && s.hasNew(after) {
				return true
			}
		}
	}
	return false
}

func readyXreadgroup(c *Call, key []byte, rec record, found bool) bool {
	if !found || typeOf(rec) != TypeStream {
		return true
	}
	s := rec.Object().(*stream)
	name, _ := waitingStreams(c.Args)
	g := s.group(name)
	return g == nil || s.hasNew(g.last)
}

// waitingStreams finds the group and where the streams begin in the arguments
// of a call that waits, which are in order.
func waitingStreams(args [][]byte) (group []byte, at int) {
	for i := 1; ; i++ {
		switch {
		case EqualFold(args[i], "streams"):
			return group, i + 1
		case EqualFold(args[i], "group"):
			group = args[i+1]
			i += 2
		case !EqualFold(args[i], "noack"):
			i++ // the value of BLOCK or COUNT
		}
	}
}
