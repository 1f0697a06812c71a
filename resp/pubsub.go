package resp

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/laurocaetano/foxtail/engine"
)

// Messages are of this node and of this moment: subscriptions live in the
// process, and what is published goes to the subscribers here at once and over
// the links to the other nodes, at most once, beside the log.
//
//	P1 A message is never put into the middle of an answer. Where a command may
//	   be answering, it waits in Server.news until that command is done.
//	P2 Messages of one connection to one channel reach every subscriber in the
//	   order in which they were published, whether inside MULTI or not.
//	P3 A subscriber that does not take its messages is cut off at its output
//	   limit; nobody waits for it.

// topicKind is what can be subscribed to.
type topicKind uint8

const (
	channelTopic topicKind = iota
	shardTopic
	patternTopic
	topicKinds
)

// topic is a channel or a pattern with its subscribers.
type topic struct {
	name string
	subs []*Conn
	at   int // patterns: in pubsub.patterns
}

// pubsub is who listens to what on this node.
type pubsub struct {
	topics   [topicKinds]map[string]*topic
	patterns []*topic // the same as topics[patternTopic], in a fixed order
	clients  int      // with a subscription
	scratch  []byte   // the message being encoded
	name     []byte   // the name of an event's channel
}

func newPubsub() pubsub {
	var p pubsub
	for k := range p.topics {
		p.topics[k] = map[string]*topic{}
	}
	return p
}

// subscriptions are a connection's own; nil while it has none.
type subscriptions struct {
	at    [topicKinds]map[string]int // where the connection stands in topic.subs
	bytes int                        // of the names
}

// subscribed is the number of subscriptions of a kind.
func (c *Conn) subscribed(k topicKind) int {
	if c.subs == nil {
		return 0
	}
	return len(c.subs.at[k])
}

// subscribe adds a connection to a topic.
func (c *Conn) subscribe(k topicKind, name []byte) {
	p := &c.srv.pubsub
	if c.subs == nil {
		c.subs = &subscriptions{}
		p.clients++
	}
	if _, ok := c.subs.at[k][string(name)]; ok {
		return
	}
	t := p.topics[k][string(name)]
	if t == nil {
		t = &topic{name: string(name)}
		p.topics[k][t.name] = t
		if k == patternTopic {
			t.at = len(p.patterns)
			p.patterns = append(p.patterns, t)
		}
	}
	if c.subs.at[k] == nil {
		c.subs.at[k] = map[string]int{}
	}
	c.subs.at[k][t.name] = len(t.subs)
	c.subs.bytes += len(t.name)
	t.subs = append(t.subs, c)
}

// unsubscribe takes a connection off a topic; it may not be on it.
func (c *Conn) unsubscribe(k topicKind, name string) {
	if c.subs == nil {
		return
	}
	i, ok := c.subs.at[k][name]
	if !ok {
		return
	}
	p := &c.srv.pubsub
	t := p.topics[k][name]
	last := len(t.subs) - 1
	if moved := t.subs[last]; moved != c {
		t.subs[i] = moved
		moved.subs.at[k][name] = i
	}
	t.subs[last] = nil
	t.subs = t.subs[:last]
	delete(c.subs.at[k], name)
	c.subs.bytes -= len(name)
	if last == 0 {
		p.drop(k, t)
	}
	if len(c.subs.at[channelTopic])+len(c.subs.at[shardTopic])+len(c.subs.at[patternTopic]) == 0 {
		c.subs = nil
		p.clients--
	}
}

// drop forgets a topic without subscribers.
func (p *pubsub) drop(k topicKind, t *topic) {
	delete(p.topics[k], t.name)
	if k != patternTopic {
		return
	}
	last := len(p.patterns) - 1
	p.patterns[t.at] = p.patterns[last]
	p.patterns[t.at].at = t.at
	p.patterns[last] = nil
	p.patterns = p.patterns[:last]
}

// topicNames are a connection's subscriptions of a kind, sorted.
func (c *Conn) topicNames(k topicKind) []string {
	if c.subs == nil {
		return nil
	}
	names := make([]string, 0, len(c.subs.at[k]))
	for name := range c.subs.at[k] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unsubscribeAll ends all subscriptions, without a word.
func (c *Conn) unsubscribeAll() {
	for k := topicKind(0); k < topicKinds; k++ {
		for _, name := range c.topicNames(k) {
			c.unsubscribe(k, name)
		}
	}
}

// receivers is the number of times that a message would be delivered here.
func (p *pubsub) receivers(k topicKind, channel []byte) (n int) {
	if t := p.topics[k][string(channel)]; t != nil {
		n = len(t.subs)
	}
	if k == channelTopic {
		for _, t := range p.patterns {
			if engine.Match([]byte(t.name), channel) {
				n += len(t.subs)
			}
		}
	}
	return n
}

// deliver gives a message to the subscribers on this node.
//
// REQUIRES: no connection is in the middle of an answer (P1).
func (s *Server) deliver(k topicKind, channel, message []byte) {
	p := &s.pubsub
	if t := p.topics[k][string(channel)]; t != nil {
		kind := "message"
		if k == shardTopic {
			kind = "smessage"
		}
		b := appendPush(p.scratch[:0], 3, kind)
		b = appendBulk(b, channel)
		b = appendBulk(b, message)
		p.spread(t, b)
	}
	if k != channelTopic {
		return
	}
	for _, t := range p.patterns {
		if !engine.Match([]byte(t.name), channel) {
			continue
		}
		b := appendPush(p.scratch[:0], 4, "pmessage")
		b = appendBulkString(b, t.name)
		b = appendBulk(b, channel)
		b = appendBulk(b, message)
		p.spread(t, b)
	}
}

// scratchSizeKept is the size of a message whose buffer is kept for the next.
const scratchSizeKept = 64 << 10

// spread pushes an encoded message to all subscribers of a topic.
func (p *pubsub) spread(t *topic, b []byte) {
	for _, c := range t.subs {
		c.push(b)
	}
	if cap(b) <= scratchSizeKept {
		p.scratch = b[:0]
	}
}

// push gives an encoded push message to a connection. One that is behind by
// more than its limit is cut off instead (P3), when it is flushed: until then
// it stays in the lists that are being walked.
func (c *Conn) push(b []byte) {
	if c.closed || c.closing {
		return
	}
	if hard := c.srv.lim.pubsub.hard; hard > 0 && int64(c.out.Len()+len(b)) > hard {
		c.cutOff, c.closing = true, true
		c.srv.markDirty(c)
		return
	}
	b[0] = '>'
	if c.out.Proto() == 2 {
		b[0] = '*'
	}
	c.out.Raw(b)
	c.srv.markDirty(c)
}

// appendPush begins a push message of n elements, the first of which is its kind.
func appendPush(b []byte, n int, kind string) []byte {
	b = append(b, '>', byte('0'+n), '\r', '\n')
	return appendBulkString(b, kind)
}

func appendArray(b []byte, n int) []byte {
	b = append(b, '*')
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '\r', '\n')
}

func appendBulk(b, p []byte) []byte {
	b = append(b, '$')
	b = strconv.AppendInt(b, int64(len(p)), 10)
	b = append(b, '\r', '\n')
	b = append(b, p...)
	return append(b, '\r', '\n')
}

func appendBulkString(b []byte, s string) []byte {
	b = append(b, '$')
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, '\r', '\n')
	b = append(b, s...)
	return append(b, '\r', '\n')
}

// receivesPushes: the stricter output limit holds, that of class pubsub.
func (c *Conn) receivesPushes() bool { return c.subs != nil || c.monitors }

func errSubscribed(cmd *command) engine.Error {
	return engine.Error("ERR Can't execute '" + cmd.name + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
}

// What goes to other nodes: version, kind, length of the channel, channel, message.
// acks.go has more kinds.
const castVersion = 1

// broadcast sends a message to the subscribers on the other nodes.
func (s *Server) broadcast(k topicKind, channel, message []byte) {
	if s.cast == nil {
		return
	}
	b := append(s.pubsub.scratch[:0], castVersion, byte(k))
	b = binary.AppendUvarint(b, uint64(len(channel)))
	b = append(b, channel...)
	b = append(b, message...)
	s.cast(b)
	if cap(b) <= scratchSizeKept {
		s.pubsub.scratch = b[:0]
	}
}

// Deliver takes what another node broadcast. What it can't read, that of a later
// version say, it drops.
func (s *Server) Deliver(data []byte) {
	if len(data) >= 2 && data[0] == castVersion && s.deliverAcks(data) {
		return
	}
	if len(data) < 2 || data[0] != castVersion || data[1] != byte(channelTopic) && data[1] != byte(shardTopic) {
		s.log.Debug("broadcast of an unknown kind")
		return
	}
	size, n := binary.Uvarint(data[2:])
	if n <= 0 || size > uint64(len(data)-2-n) {
		s.log.Warn("broadcast that can't be read")
		return
	}
	rest := data[2+n:]
	s.deliver(topicKind(data[1]), rest[:size], rest[size:])
}
