package resp

import (
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// The engine's events are those of applied entries, whoever proposed them, so
// every node tells its own subscribers and its own caching clients. Nothing
// listens, and nothing is paid, while notify-keyspace-events is empty and no
// client tracks keys.

// notifyClasses are the letters of notify-keyspace-events that stand for events.
var notifyClasses = map[rune]engine.NotifyClass{
	'g': engine.NotifyGeneric, '$': engine.NotifyString, 'l': engine.NotifyList, 's': engine.NotifySet, 'h': engine.NotifyHash,
	'z': engine.NotifyZset, 'x': engine.NotifyExpired, 'e': engine.NotifyEvicted, 't': engine.NotifyStream,
	'm': engine.NotifyKeyMiss, 'n': engine.NotifyNew,
}

// notifySettings are notify-keyspace-events.
type notifySettings struct {
	keyspace, keyevent bool
	classes            engine.NotifyClass
}

func parseNotify(letters string) (n notifySettings) {
	for _, c := range strings.ReplaceAll(letters, "A", "g$lshzxet") {
		switch c {
		case 'K':
			n.keyspace = true
		case 'E':
			n.keyevent = true
		default:
			n.classes |= notifyClasses[c]
		}
	}
	if !n.keyspace && !n.keyevent {
		n.classes = 0
	}
	return n
}

// listen makes the engine tell what somebody wants to hear, after either has
// changed.
func (s *Server) listen() {
	e := s.engine()
	if e == nil {
		return
	}
	s.listened = e
	e.OnPublish(s.published)
	e.ShowLimits(s.encodingLimits())
	if s.lim.notify.classes == 0 && s.tracking.clients == 0 {
		e.Listen(nil)
		return
	}
	extra := s.lim.notify.classes & (engine.NotifyKeyMiss | engine.NotifyNew)
	if s.tracking.clients > 0 {
		extra |= engine.NotifyRead
	}
	e.Listen(listener{s}, extra)
}

// listener hears the engine.
type listener struct{ srv *Server }

// Event implements engine.Listener. The command that made it may be in the
// middle of its answer: what there is to tell becomes news (P1).
func (l listener) Event(ev engine.Event) {
	s := l.srv
	if s.tracking.clients > 0 {
		s.tracking.event(s, ev)
	}
	n := &s.lim.notify
	if ev.Class&n.classes == 0 || s.pubsub.clients == 0 {
		return
	}
	if n.keyspace {
		b := append(s.pubsub.channelOf("__keyspace@", ev.DB), ev.Key...)
		s.news.addMessage(b, ev.Name)
		s.pubsub.name = b[:0]
	}
	if n.keyevent {
		b := append(s.pubsub.channelOf("__keyevent@", ev.DB), ev.Name...)
		s.news.add(newsItem{kind: newsMessage, topic: channelTopic}, b, ev.Key)
		s.pubsub.name = b[:0]
	}
}

func (p *pubsub) channelOf(prefix string, db int) []byte {
	if cap(p.name) > scratchSizeKept {
		p.name = nil
	}
	b := append(p.name[:0], prefix...)
	b = strconv.AppendInt(b, int64(db), 10)
	return append(b, "__:"...)
}

// published takes a message that a script has published; the other nodes run
// the script as well, and tell their own. The script's command
// is in the middle of its answer: the message becomes news (P1).
func (s *Server) published(m engine.Message) {
	k := channelTopic
	if m.Shard {
		k = shardTopic
	}
	if s.pubsub.receivers(k, m.Channel) > 0 {
		s.news.add(newsItem{kind: newsMessage, topic: k}, m.Channel, m.Text)
	}
}
