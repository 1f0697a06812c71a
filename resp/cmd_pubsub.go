package resp

import (
	"fmt"
	"slices"

	"github.com/laurocaetano/foxtail/engine"
)

var pubsubHandlers = map[string]handler{
	"subscribe": cmdSubscribe, "psubscribe": cmdPsubscribe, "ssubscribe": cmdSsubscribe,
	"unsubscribe": cmdUnsubscribe, "punsubscribe": cmdPunsubscribe, "sunsubscribe": cmdSunsubscribe,
	"publish": cmdPublish, "spublish": cmdSpublish,
	"pubsub|channels": cmdPubsubChannels, "pubsub|shardchannels": cmdPubsubShardchannels, "pubsub|numpat": cmdPubsubNumpat,
	"pubsub|numsub": cmdPubsubNumsub, "pubsub|shardnumsub": cmdPubsubShardnumsub, "pubsub|help": cmdPubsubHelp,
}

// confirmed names what the client is told about its subscriptions.
var confirmed = [topicKinds]struct{ on, off string }{
	channelTopic: {"subscribe", "unsubscribe"},
	shardTopic:   {"ssubscribe", "sunsubscribe"},
	patternTopic: {"psubscribe", "punsubscribe"},
}

func cmdSubscribe(c *Conn, args [][]byte, _ engine.Reply)  { c.subscribeTo(channelTopic, args[1:]) }
func cmdPsubscribe(c *Conn, args [][]byte, _ engine.Reply) { c.subscribeTo(patternTopic, args[1:]) }
func cmdSsubscribe(c *Conn, args [][]byte, r engine.Reply) {
	if c.inExec {
		r.Err("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
		return
	}
	c.subscribeTo(shardTopic, args[1:])
}

func cmdUnsubscribe(c *Conn, args [][]byte, _ engine.Reply) {
	c.unsubscribeFrom(channelTopic, args[1:])
}
func cmdPunsubscribe(c *Conn, args [][]byte, _ engine.Reply) {
	c.unsubscribeFrom(patternTopic, args[1:])
}
func cmdSunsubscribe(c *Conn, args [][]byte, _ engine.Reply) {
	c.unsubscribeFrom(shardTopic, args[1:])
}

// subscribeTo confirms every channel with a push message. Those are no answers:
// CLIENT REPLY does not silence them, and they go where messages go.
func (c *Conn) subscribeTo(k topicKind, names [][]byte) {
	for _, name := range names {
		if c.closed {
			return // it went while its transaction was under way
		}
		c.subscribe(k, name)
		c.confirm(confirmed[k].on, k, name)
	}
	if c.subs != nil && int64(c.subs.bytes) > c.srv.lim.queryBuffer {
		c.srv.log.Warn("closing client whose subscriptions take more than max query buffer length", "client", c.describe())
		c.srv.stats.queryLimit++
		c.closing, c.ended = true, true
	}
}

func (c *Conn) unsubscribeFrom(k topicKind, names [][]byte) {
	if len(names) > 0 {
		for _, name := range names {
			c.unsubscribe(k, string(name))
			c.confirm(confirmed[k].off, k, name)
		}
		return
	}
	all := c.topicNames(k)
	for _, name := range all {
		c.unsubscribe(k, name)
		c.confirm(confirmed[k].off, k, []byte(name))
	}
	if len(all) == 0 {
		c.confirm(confirmed[k].off, k, nil)
	}
}

// confirm tells of a subscription that begins or ends, and how many are left.
func (c *Conn) confirm(what string, k topicKind, name []byte) {
	c.out.Push(3)
	c.out.BulkString(what)
	if name == nil {
		c.out.Null()
	} else {
		c.out.Bulk(name)
	}
	if k == shardTopic {
		c.out.Int(int64(c.subscribed(shardTopic)))
	} else {
		c.out.Int(int64(c.subscribed(channelTopic) + c.subscribed(patternTopic)))
	}
}

func cmdPublish(c *Conn, args [][]byte, r engine.Reply)  { c.publish(channelTopic, args, r) }
func cmdSpublish(c *Conn, args [][]byte, r engine.Reply) { c.publish(shardTopic, args, r) }

// publish answers with the number of receivers on this node, as Redis does.
func (c *Conn) publish(k topicKind, args [][]byte, r engine.Reply) {
	s := c.srv
	n := s.pubsub.receivers(k, args[1])
	r.Int(int64(n))
	if n > 0 {
		s.news.add(newsItem{kind: newsMessage, topic: k}, args[1], args[2])
	}
	s.broadcast(k, args[1], args[2])
}

func cmdPubsubChannels(c *Conn, args [][]byte, r engine.Reply) { c.listTopics(channelTopic, args, r) }

func cmdPubsubShardchannels(c *Conn, args [][]byte, r engine.Reply) {
	c.listTopics(shardTopic, args, r)
}

func (c *Conn) listTopics(k topicKind, args [][]byte, r engine.Reply) {
	if len(args) > 3 {
		r.Err(errSubcommandOrArity("PUBSUB", args[1]))
		return
	}
	var names []string
	for name := range c.srv.pubsub.topics[k] {
		if len(args) == 2 || engine.Match(args[2], []byte(name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	r.Array(len(names))
	for _, name := range names {
		r.BulkString(name)
	}
}

func errSubcommandOrArity(container string, sub []byte) engine.Error {
	return engine.Error(fmt.Sprintf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.", clip(sub), container))
}

func cmdPubsubNumpat(c *Conn, _ [][]byte, r engine.Reply) { r.Int(int64(len(c.srv.pubsub.patterns))) }

func cmdPubsubNumsub(c *Conn, args [][]byte, r engine.Reply) { c.countTopics(channelTopic, args, r) }

func cmdPubsubShardnumsub(c *Conn, args [][]byte, r engine.Reply) { c.countTopics(shardTopic, args, r) }

func (c *Conn) countTopics(k topicKind, args [][]byte, r engine.Reply) {
	r.Array(2 * (len(args) - 2))
	for _, name := range args[2:] {
		r.Bulk(name)
		n := 0
		if t := c.srv.pubsub.topics[k][string(name)]; t != nil {
			n = len(t.subs)
		}
		r.Int(int64(n))
	}
}

func cmdPubsubHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "PUBSUB",
		"CHANNELS [<pattern>]", "    Return the currently active channels matching a <pattern> (default: '*').",
		"NUMPAT", "    Return number of subscriptions to patterns.",
		"NUMSUB [<channel> ...]", "    Return the number of subscribers for the specified channels, excluding",
		"    pattern subscriptions(default: no channels).",
		"SHARDCHANNELS [<pattern>]", "    Return the currently active shard level channels matching a <pattern> (default: '*').",
		"SHARDNUMSUB [<shardchannel> ...]", "    Return the number of subscribers for the specified shard level channel(s)")
}
