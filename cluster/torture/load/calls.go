package load

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/history"
)

// Scripts that read and write.
const (
	scriptReplace = `if (redis.call('GET', KEYS[1]) or '') == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) return 1 end return 0`
	scriptIncr    = `local n = tonumber(redis.call('GET', KEYS[1]) or '0') + 1 redis.call('SET', KEYS[1], n) return n`
	scriptPush    = `redis.call('RPUSH', KEYS[1], ARGV[1]) return redis.call('LLEN', KEYS[1])`
)

// mix is what clients do, and how often.
var mix = []struct {
	parts int
	do    func(l *Load, c *client, value string)
}{
	{40, (*Load).onRegister},
	{10, (*Load).onCounter},
	{12, (*Load).onList},
	{5, (*Load).onText},
	{10, (*Load).onPair},
	{8, (*Load).onExpiring},
	{5, (*Load).onLedger},
	{5, (*Load).readLedger},
	{3, (*Load).onTotal},
	{6, (*Load).push},
	{4, (*Load).publish},
}

var mixParts = func() (sum int) {
	for _, m := range mix {
		sum += m.parts
	}
	return sum
}()

// step does one thing. value is one that no other step writes.
func (l *Load) step(c *client, value string) {
	at := c.rng.IntN(mixParts)
	for _, m := range mix {
		if at -= m.parts; at < 0 {
			m.do(l, c, value)
			return
		}
	}
}

// call makes a call on a key and notes it in the key's history. It returns the
// answer.
func (l *Load) call(c *client, k *key, in history.Call, args ...string) (string, outcome) {
	in.Client, in.Begin = c.id, l.now()
	v, o := c.do(args...)
	in.End, in.Value, in.Unknown = l.now(), answer(v), o == unknown
	switch {
	case in.Kind == history.Read:
		in.Value = readAnswer(k.Type, in.Value)
	case in.Kind == history.Replace:
		in.Refused = in.Value == "0"
	}
	l.note(k, in, o)
	return in.Value, o
}

// note enters a call of a history.
func (l *Load) note(k *key, in history.Call, o outcome) {
	if o != refused {
		k.Add(in)
	}
	if in.Kind != history.Read {
		l.count(o)
	} else if o == done {
		l.reads.Add(1)
	}
}

func (l *Load) read(c *client, k *key) (string, outcome) {
	return l.call(c, k, history.Call{Kind: history.Read}, readCommand(k.Type, k.Key)...)
}

func (l *Load) onRegister(c *client, value string) {
	k, _ := l.take(c, history.Register)
	defer l.give(k)
	switch p := c.rng.IntN(100); {
	case p < 45:
		l.read(c, k)
	case p < 70:
		l.call(c, k, history.Call{Kind: history.Write, Arg: value}, "SET", k.Key, value)
	case p < 80:
		if seen, o := l.read(c, k); o == done {
			l.call(c, k, history.Call{Kind: history.Replace, Old: seen, Arg: value}, "EVAL", scriptReplace, "1", k.Key, seen, value)
		}
	default:
		l.swap(c, k, value)
	}
}

// swap replaces a value if nobody else did in between.
func (l *Load) swap(c *client, k *key, value string) {
	if _, o := c.session([]string{"WATCH", k.Key}); o != done {
		return
	}
	seen, o := l.read(c, k)
	if o != done || c.conn == nil {
		c.close()
		return
	}
	if _, o := c.session([]string{"MULTI"}, []string{"SET", k.Key, value}); o != done {
		c.close()
		return
	}
	in := history.Call{Client: c.id, Kind: history.Swap, Old: seen, Arg: value, Begin: l.now()}
	v, o := c.session([]string{"EXEC"})
	in.End, in.Refused, in.Unknown = l.now(), v.Null, o == unknown
	l.note(k, in, o)
}

func (l *Load) onCounter(c *client, _ string) {
	k, _ := l.take(c, history.Counter)
	defer l.give(k)
	switch p := c.rng.IntN(10); {
	case p < 3:
		l.read(c, k)
	case p < 5:
		l.call(c, k, history.Call{Kind: history.Incr}, "EVAL", scriptIncr, "1", k.Key)
	default:
		l.call(c, k, history.Call{Kind: history.Incr}, "INCR", k.Key)
	}
}

func (l *Load) onList(c *client, value string) {
	k, _ := l.take(c, history.List)
	defer l.give(k)
	in := history.Call{Kind: history.Append, Arg: value}
	switch p := c.rng.IntN(10); {
	case p < 4:
		l.read(c, k)
	case p < 6:
		l.call(c, k, in, "EVAL", scriptPush, "1", k.Key, value)
	default:
		l.call(c, k, in, "RPUSH", k.Key, value)
	}
}

func (l *Load) onText(c *client, value string) {
	k, _ := l.take(c, history.Text)
	defer l.give(k)
	if c.rng.IntN(2) == 0 {
		l.read(c, k)
		return
	}
	value += ";"
	l.call(c, k, history.Call{Kind: history.Append, Arg: value}, "APPEND", k.Key, value)
}

func (l *Load) onPair(c *client, value string) {
	k, _ := l.take(c, history.Pair)
	defer l.give(k)
	if c.rng.IntN(10) < 6 {
		l.read(c, k)
		return
	}
	if _, o := c.session([]string{"MULTI"}, []string{"SET", k.Key + ":a", value}, []string{"SET", k.Key + ":b", value}); o != done {
		c.close()
		return
	}
	in := history.Call{Client: c.id, Kind: history.Write, Arg: value, Begin: l.now()}
	_, o := c.session([]string{"EXEC"})
	in.End, in.Unknown = l.now(), o == unknown
	l.note(k, in, o)
}

// pairAnswer is the value of both halves; of halves that differ, one that
// nobody wrote.
func pairAnswer(reply string) string {
	a, b, _ := strings.Cut(reply, ",")
	if a == b {
		return a
	}
	return a + "|" + b
}

// expirySlack is by how much a key may seem to vanish early: entries have
// times in milliseconds.
const expirySlack = int64(5 * time.Millisecond)

func (l *Load) onExpiring(c *client, value string) {
	k, first := l.take(c, history.Expiring)
	defer l.give(k)
	if first {
		ttl := time.Duration(100+c.rng.IntN(1500)) * time.Millisecond
		k.slot.mu.Lock()
		k.written, k.ttl = l.now(), int64(ttl)
		k.slot.mu.Unlock()
		_, o := l.call(c, k, history.Call{Kind: history.Write, Arg: value}, "SET", k.Key, value, "PX", strconv.FormatInt(ttl.Milliseconds(), 10))
		if o == done {
			k.slot.mu.Lock()
			k.seen = true
			k.slot.mu.Unlock()
		}
		return
	}
	k.slot.mu.Lock()
	there := k.seen
	k.slot.mu.Unlock()
	got, o := l.read(c, k)
	if early := k.written + k.ttl - expirySlack - l.now(); o == done && got == "" && there && early > 0 && !l.moved.Load() {
		l.problem("L6: %s vanished %v before its time", k.Key, time.Duration(early))
	}
}

// onLedger writes a key that nobody writes again.
func (l *Load) onLedger(c *client, value string) {
	k := "ledger:" + value
	_, o := c.do("SET", k, value)
	if l.count(o); o == done {
		l.settle(settledKey{k, history.Register, value})
	}
}

// readLedger reads what was settled, recently or some time ago.
func (l *Load) readLedger(c *client, _ string) {
	l.mu.Lock()
	n := len(l.settled)
	if n == 0 {
		l.mu.Unlock()
		return
	}
	back := c.rng.IntN(min(n, settledMax-2*settledStep)) // not what is being forgotten
	if c.rng.IntN(2) == 0 {
		back = c.rng.IntN(min(n, 8))
	}
	k := l.settled[n-1-back]
	l.mu.Unlock()
	v, o := c.do(readCommand(k.of, k.name)...)
	if o != done {
		return
	}
	l.reads.Add(1)
	l.compareOne(k, answer(v))
}

func (l *Load) onTotal(c *client, _ string) {
	_, o := c.do("INCR", "total")
	switch l.count(o); o {
	case done:
		l.totalDone.Add(1)
	case unknown:
		l.totalUnknown.Add(1)
	}
}

func (l *Load) publish(c *client, _ string) {
	if !c.connect() {
		return
	}
	c.published++
	if _, o := c.do("PUBLISH", channel(c.rng.IntN(channels)), fmt.Sprintf("%d.%d:%d", c.id, c.epoch, c.published)); o == done {
		l.published.Add(1)
	}
}
