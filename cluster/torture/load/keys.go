package load

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"path/filepath"
	"sync"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/history"
)

// slot is one of the keys of a type that are in use at a time. The first slot
// of a type is used for half of the calls, the second for a quarter, and so on:
// there are keys that see many clients at once, and keys that live long.
type slot struct {
	of   history.Type
	name string

	mu  sync.Mutex
	gen int
	key *key
}

// key is in use, or was left and waits for its last calls. The slot's mutex
// guards it.
type key struct {
	*history.History
	slot     *slot
	calls    int // begun
	inflight int
	left     bool
	// Of an expiring key: begin of its write, and its time to live. 0: not written.
	written, ttl int64
	seen         bool // it was acknowledged
}

const (
	slotsPerType = 6
	// A key is left after so many calls, or so many of unknown fate: the
	// checker's work grows with them.
	callsMax   = 300
	unknownMax = 5
	// Lists and strings are read whole.
	appendsMax = 120
	expiresMax = 60
)

var typeNames = map[history.Type]string{
	history.Register: "register", history.Counter: "counter", history.List: "list", history.Text: "text",
	history.Pair: "pair", history.Expiring: "expiring",
}

func newSlots(of history.Type) (s []*slot) {
	for i := range slotsPerType {
		s = append(s, &slot{of: of, name: fmt.Sprintf("%s:%d", typeNames[of], i)})
	}
	return s
}

func (t *slot) callsMax() int {
	switch t.of {
	case history.List, history.Text:
		return appendsMax
	case history.Expiring:
		return expiresMax
	}
	return callsMax
}

// take begins a call on the key of a slot. first: it is the key's first one.
func (l *Load) take(c *client, of history.Type) (k *key, first bool) {
	t := l.slots[of][min(bits.TrailingZeros64(c.rng.Uint64()), slotsPerType-1)]
	t.mu.Lock()
	old := t.key
	if old == nil || old.calls >= t.callsMax() || old.Unknown() >= unknownMax {
		t.gen++
		t.key = &key{History: history.New(fmt.Sprintf("%s:%d", t.name, t.gen), t.of), slot: t}
	} else {
		old = nil
	}
	k = t.key
	k.calls++
	k.inflight++
	first = k.calls == 1
	leave := old != nil && old.inflight == 0
	if old != nil {
		old.left = true
	}
	t.mu.Unlock()
	if leave {
		l.left <- old
	}
	return k, first
}

// give ends a call.
func (l *Load) give(k *key) {
	k.slot.mu.Lock()
	k.inflight--
	leave := k.left && k.inflight == 0
	k.slot.mu.Unlock()
	if leave {
		l.left <- k
	}
}

// settledKey is a key that nobody will change, with its value.
type settledKey struct {
	name  string
	of    history.Type
	value string // as fingerprint has it
}

// fingerprint is a value, or a digest of a long one.
func fingerprint(v string) string {
	if len(v) <= 64 {
		return v
	}
	return fmt.Sprintf("%.20s... %d bytes, sha256 %x", v, len(v), sha256.Sum256([]byte(v)))
}

// readCommand reads a whole key.
func readCommand(of history.Type, key string) []string {
	switch of {
	case history.List:
		return []string{"LRANGE", key, "0", "-1"}
	case history.Pair:
		return []string{"MGET", key + ":a", key + ":b"}
	}
	return []string{"GET", key}
}

// readAnswer is the state that a reply to readCommand shows.
func readAnswer(of history.Type, reply string) string {
	if of != history.Pair {
		return reply
	}
	return pairAnswer(reply)
}

const (
	checkLimit = 20 * time.Second
	openMax    = 500 // keys with calls of unknown fate that are kept until the end
	// Of settled keys, so many are kept, and so many forgotten at once.
	settledMax  = 20000
	settledStep = 500
)

// checkKeys reads and checks keys that were left, until all clients have ended.
func (l *Load) checkKeys() {
	defer close(l.checked)
	c := l.newClient(checkerID)
	defer c.close()
	for k := range l.left {
		begin := l.now()
		v, o := c.do(readCommand(k.Type, k.Key)...)
		for o != done && !l.stopped() {
			time.Sleep(20 * time.Millisecond) // between attempts at nodes that may be down
			begin = l.now()
			v, o = c.do(readCommand(k.Type, k.Key)...)
		}
		value := readAnswer(k.Type, answer(v))
		if o == done {
			k.Add(history.Call{Client: c.id, Kind: history.Read, Value: value, Begin: begin, End: l.now()})
		}
		l.check(k.History)
		switch {
		case k.Type == history.Expiring:
		case o == done && k.Unknown() == 0:
			l.settle(settledKey{k.Key, k.Type, fingerprint(value)})
		default:
			l.mu.Lock()
			l.open = append(l.open, k.History)
			l.open = l.open[max(0, len(l.open)-openMax):]
			l.mu.Unlock()
		}
		l.checkQueues(c)
		l.forget(c)
	}
}

// check judges a history and counts it.
func (l *Load) check(h *history.History) {
	verdict := h.Check(checkLimit)
	l.mu.Lock()
	l.histories++
	l.calls += h.Len()
	if verdict == history.Undecided {
		l.undecided++
	}
	l.mu.Unlock()
	if verdict == history.Illegal {
		l.illegal(h)
	}
}

func (l *Load) illegal(h *history.History) {
	shown := ""
	if l.opt.Pages != "" {
		page := filepath.Join(l.opt.Pages, "illegal-"+h.Key+".html")
		shown = "see " + page
		if err := h.Draw(page, checkLimit); err != nil {
			shown = err.Error()
		}
	}
	l.problem("L1: %s: %d calls are not linearizable %s\n%s", h.Key, h.Len(), shown, tail(h.String(), 40))
}

// settle notes a key that must never change again.
func (l *Load) settle(k settledKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled = append(l.settled, k)
}

// forget keeps memory bounded, the nodes' as well: the oldest settled keys are
// read again and deleted.
func (l *Load) forget(c *client) {
	l.mu.Lock()
	var old []settledKey
	if len(l.settled) > settledMax {
		old = append(old, l.settled[:settledStep]...)
	}
	l.mu.Unlock()
	if old == nil || !c.connect() || l.compare(c.conn, old) != nil {
		c.close()
		return // later
	}
	l.mu.Lock()
	l.settled = append(l.settled[:0:0], l.settled[settledStep:]...)
	l.mu.Unlock()
	for _, k := range old {
		if _, o := c.do("DEL", k.name, k.name+":a", k.name+":b"); o != done {
			return // it stays, and nobody looks at it again
		}
	}
}
