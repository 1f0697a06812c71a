package resp

// news is what happened while a command was being answered, and is told when it
// has been (P1): messages published inside a transaction, keyspace
// notifications, invalidations. It is empty between turns.
type news struct {
	items []newsItem
	bytes []byte // their texts, one after the other
}

type newsItem struct {
	kind         newsKind
	topic        topicKind
	writer       *Conn // of newsInvalid: who changed the key; nil: another node, or time
	at, mid, end int   // bytes[at:mid] is the channel or key, bytes[mid:end] the message
}

type newsKind uint8

const (
	newsMessage newsKind = iota
	newsInvalid          // a key has changed
	newsEvicted          // a key is no longer tracked
	newsFlushed          // all keys have changed
)

// newsSizeKept is how much memory stays for the next news.
const newsSizeKept = 256 << 10

func (n *news) add(it newsItem, first, second []byte) {
	it.at = len(n.bytes)
	n.bytes = append(n.bytes, first...)
	it.mid = len(n.bytes)
	n.bytes = append(n.bytes, second...)
	it.end = len(n.bytes)
	n.items = append(n.items, it)
}

func (n *news) addMessage(channel []byte, message string) {
	n.add(newsItem{kind: newsMessage, topic: channelTopic}, channel, nil)
	n.bytes = append(n.bytes, message...)
	n.items[len(n.items)-1].end = len(n.bytes)
}

// addFlushed tells of several databases that are emptied at once only once.
func (n *news) addFlushed() {
	if k := len(n.items); k == 0 || n.items[k-1].kind != newsFlushed {
		n.add(newsItem{kind: newsFlushed}, nil, nil)
	}
}

// tell delivers the news.
//
// REQUIRES: no connection is in the middle of an answer.
func (s *Server) tell() {
	n := &s.news
	if len(n.items) == 0 {
		return
	}
	for i := range n.items {
		it := &n.items[i]
		first := n.bytes[it.at:it.mid]
		switch it.kind {
		case newsMessage:
			s.deliver(it.topic, first, n.bytes[it.mid:it.end])
		case newsInvalid:
			s.tracking.invalidate(s, first, it.writer)
		case newsEvicted:
			s.tracking.evict(s, first)
		case newsFlushed:
			s.tracking.flush(s)
		}
	}
	clear(n.items)
	n.items, n.bytes = n.items[:0], n.bytes[:0]
	if cap(n.bytes) > newsSizeKept {
		n.items, n.bytes = nil, nil
	}
}
