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
	writer       *Conn // invalidation: who changed the key; nil: another node, or time
	at, key, end int   // bytes[at:key] is the channel or key, bytes[key:end] the message
}

type newsKind uint8

const (
	newsMessage newsKind = iota
	newsInvalidKey
	newsInvalidAll
)

// newsSizeKept is how much memory stays for the next news.
const newsSizeKept = 256 << 10

func (n *news) add(it newsItem, first, second []byte) {
	it.at = len(n.bytes)
	n.bytes = append(n.bytes, first...)
	it.key = len(n.bytes)
	n.bytes = append(n.bytes, second...)
	it.end = len(n.bytes)
	n.items = append(n.items, it)
}

// tell delivers the news.
//
// REQUIRES: no connection is in the middle of an answer.
func (s *Server) tell() {
	n := &s.news
	if len(n.items) == 0 {
		return
	}
	for i := 0; i < len(n.items); i++ {
		it := &n.items[i]
		first, second := n.bytes[it.at:it.key], n.bytes[it.key:it.end]
		switch it.kind {
		case newsMessage:
			s.deliver(it.topic, first, second)
		}
	}
	clear(n.items)
	n.items, n.bytes = n.items[:0], n.bytes[:0]
	if cap(n.bytes) > newsSizeKept {
		n.items, n.bytes = nil, nil
	}
}
