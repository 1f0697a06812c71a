package acceptance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// load is clients at work on a cluster: registers and a counter whose history
// is checked, a ledger of acknowledged writes, and a prober that measures how
// long it can't get a write through.
type load struct {
	t       *testing.T
	addrs   []string
	history *history
	stop    chan struct{}
	wg      sync.WaitGroup

	slots [keySlots]atomic.Int64 // operations so far, by register

	mu     sync.Mutex
	ledger map[string]string // acknowledged, never written again
	errors map[string]int    // error replies, by text

	acked, unknown atomic.Int64 // increments of "total"

	gapMu    sync.Mutex
	lastOK   time.Time
	longest  time.Duration
	progress atomic.Int64 // probes that came through
}

const (
	keySlots = 4
	// A register is left for a fresh one after this many operations: the
	// checker's work grows with those of unknown fate in one history.
	operationsPerKey = 300
	workers          = 6
	// pace keeps a worker from taking a whole core from the nodes.
	pace = time.Millisecond
)

// startLoad lets clients work until the returned load is ended.
func startLoad(t *testing.T, c *harness.Cluster) *load {
	t.Helper()
	l := &load{
		t: t, addrs: c.Addrs(), history: newHistory(), stop: make(chan struct{}),
		ledger: map[string]string{}, errors: map[string]int{}, lastOK: time.Now(),
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range workers {
		l.wg.Go(func() { l.work(i, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	l.wg.Go(l.probe)
	return l
}

func (l *load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// client is a worker's connection to some node, made anew when it breaks.
type client struct {
	l    *load
	rng  *rand.Rand
	conn *harness.Conn
}

// do sends one command. known is false if there was no answer, or the answer
// was that the fate is unknown; done is true if it was carried out.
func (c *client) do(args ...string) (v wire.Value, done, known bool) {
	if c.conn == nil {
		conn, err := harness.Dial(c.l.addrs[c.rng.IntN(len(c.l.addrs))])
		if err != nil {
			return v, false, true // it was never sent
		}
		conn.Timeout = 5 * time.Second
		c.conn = conn
	}
	v, err := c.conn.Do(args...)
	if err != nil {
		c.close()
		return v, false, false
	}
	if !v.IsError() {
		return v, true, true
	}
	c.l.mu.Lock()
	c.l.errors[v.Str]++
	c.l.mu.Unlock()
	return v, false, !strings.HasPrefix(v.Str, "UNCERTAIN")
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

func (l *load) work(id int, rng *rand.Rand) {
	c := &client{l: l, rng: rng}
	defer c.close()
	for n := 0; !l.stopped(); n++ {
		slot := rng.IntN(keySlots)
		gen := l.slots[slot].Add(1) / operationsPerKey
		key := fmt.Sprintf("register:%d:%d", slot, gen)
		value := fmt.Sprintf("%d.%d", id, n)
		switch p := rng.IntN(100); {
		case p < 40:
			l.read(c, id, key)
		case p < 60:
			l.simple(c, id, key, input{kind: opWrite, to: value}, "SET", key, value)
		case p < 75:
			l.swap(c, id, key, value)
		case p < 85:
			key = fmt.Sprintf("counter:%d:%d", slot, gen)
			l.simple(c, id, key, input{kind: opIncr}, "INCR", key)
		case p < 90:
			switch _, done, known := c.do("INCR", "total"); {
			case done:
				l.acked.Add(1)
			case !known:
				l.unknown.Add(1)
			}
		default:
			key = "ledger:" + value
			if _, done, _ := c.do("SET", key, value); done {
				l.mu.Lock()
				l.ledger[key] = value
				l.mu.Unlock()
			}
		}
		if rng.IntN(200) == 0 {
			c.close() // go to another node now and then
		}
		time.Sleep(pace)
	}
}

func text(v wire.Value) string {
	if v.Kind == wire.Integer {
		return strconv.FormatInt(v.Int, 10)
	}
	return v.Str
}

func (l *load) read(c *client, id int, key string) {
	call := l.history.now()
	if v, done, _ := c.do("GET", key); done {
		l.history.add(id, key, input{kind: opRead}, output{value: text(v)}, call, l.history.now())
	}
}

func (l *load) simple(c *client, id int, key string, in input, args ...string) {
	call := l.history.now()
	v, done, known := c.do(args...)
	if done || !known {
		l.history.add(id, key, in, output{value: text(v), unknown: !known}, call, l.history.now())
	}
}

// swap replaces a value if nobody else did in between.
func (l *load) swap(c *client, id int, key, value string) {
	call := l.history.now()
	c.close() // a fresh session: nothing is watched but what we watch here
	if _, done, _ := c.do("WATCH", key); !done {
		return
	}
	seen, done, _ := c.do("GET", key)
	for _, args := range [][]string{{"MULTI"}, {"SET", key, value}} {
		// A connection that broke took the watch along: stop there.
		if !done || c.conn == nil {
			c.close()
			return
		}
		_, done, _ = c.do(args...)
	}
	if !done {
		c.close()
		return
	}
	v, done, known := c.do("EXEC")
	if done || !known {
		in := input{kind: opSwap, from: text(seen), to: value}
		l.history.add(id, key, in, output{applied: done && !v.Null, unknown: !known}, call, l.history.now())
	}
}

// probe writes again and again, as a client does that retries at the next node
// whatever happens.
func (l *load) probe() {
	var conn *harness.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for node, n := 0, 0; !l.stopped(); n++ {
		if conn == nil {
			var err error
			if conn, err = harness.Dial(l.addrs[node%len(l.addrs)]); err != nil {
				conn = nil
				node++
				time.Sleep(pace)
				continue
			}
			conn.Timeout = 2 * time.Second
		}
		v, err := conn.Do("SET", "probe", strconv.Itoa(n))
		if err != nil || v.IsError() {
			conn.Close()
			conn = nil
			node++
			continue
		}
		l.gapMu.Lock()
		now := time.Now()
		l.longest = max(l.longest, now.Sub(l.lastOK))
		l.lastOK = now
		l.gapMu.Unlock()
		l.progress.Add(1)
		time.Sleep(pace)
	}
}

// takeGap returns the longest time between two writes that came through since
// the last call.
func (l *load) takeGap() time.Duration {
	l.gapMu.Lock()
	defer l.gapMu.Unlock()
	gap := max(l.longest, time.Since(l.lastOK))
	l.longest = 0
	return gap
}

// waitProgress waits until n more probes came through.
func (l *load) waitProgress(n int64) {
	l.t.Helper()
	want := l.progress.Load() + n
	within(l.t, harness.WaitMax, "writes to go through", func() error {
		if got := l.progress.Load(); got < want {
			return fmt.Errorf("%d of %d", got, want)
		}
		return nil
	})
}

// end stops the clients and checks what they saw: every acknowledged write is
// there, the counter counts each acknowledged increment once, and each key's
// history is linearizable.
func (l *load) end(n *harness.Node) {
	t := l.t
	t.Helper()
	close(l.stop)
	l.wg.Wait()
	conn, err := harness.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	lost := 0
	for key, want := range l.ledger {
		v, err := conn.Do("GET", key)
		if err != nil || v.IsError() {
			t.Fatalf("GET %s: %v %s", key, err, v.Str)
		}
		if v.Str != want {
			t.Errorf("%s was acknowledged as %q and is %q (absent: %v)", key, want, v.Str, v.Null)
			lost++
		}
	}
	v, err := conn.Do("GET", "total")
	if err != nil {
		t.Fatal(err)
	}
	total, _ := strconv.ParseInt(v.Str, 10, 64) // absent: 0
	if acked, all := l.acked.Load(), l.acked.Load()+l.unknown.Load(); total < acked || total > all {
		t.Errorf("the counter is %d; %d increments were acknowledged and %d more sent", total, acked, all-acked)
	}
	l.history.check(t)
	t.Logf("%d acknowledged writes, %d lost; counter %d = %d acknowledged + %d of %d uncertain; error replies %v",
		len(l.ledger), lost, total, l.acked.Load(), total-l.acked.Load(), l.unknown.Load(), l.errors)
}

// median of durations; logs all of them.
func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}
