package load

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/history"
	"github.com/laurocaetano/foxtail/cluster/torture/process"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// Options of a load. Addrs is required.
type Options struct {
	Addrs []string // of the nodes, for clients
	Seed  uint64   // of what the clients choose
	Rate  int      // calls per second, of all clients; 2000 if 0
	Pages string   // directory for a picture of each illegal history; none if empty
}

const (
	rateDefault = 2000
	workers     = 12
	checkerID   = 1000
	problemsMax = 20
)

// Load is clients at work. Its methods are safe for concurrent use, but Stop is
// called once, and Verify after it.
type Load struct {
	opt     Options
	begin   time.Time
	stop    chan struct{}
	clients sync.WaitGroup
	checked chan struct{} // closed when all keys are

	slots      map[history.Type][]*slot
	left       chan *key
	queues     queues
	leftQueues bookList

	acknowledged, refused, uncertain atomic.Int64 // writes
	reads, published, heard          atomic.Int64
	totalDone, totalUnknown          atomic.Int64
	moved                            atomic.Bool

	mu            sync.Mutex
	problems      []string
	problemsCount int
	errors        map[string]int // error replies by code
	open          []*history.History
	settled       []settledKey
	histories     int
	calls         int
	undecided     int
	queuesChecked int
	elements      int
	reread        int

	gap gap
}

// Start lets clients work until Stop.
func Start(opt Options) *Load {
	if opt.Rate == 0 {
		opt.Rate = rateDefault
	}
	l := &Load{
		opt: opt, begin: time.Now(), stop: make(chan struct{}), checked: make(chan struct{}),
		slots: map[history.Type][]*slot{}, left: make(chan *key, 256), errors: map[string]int{},
	}
	for of := range typeNames {
		l.slots[of] = newSlots(of)
	}
	l.gap.last = l.begin
	for id := range workers {
		l.clients.Go(func() { l.work(id) })
	}
	for i := range consumers {
		l.clients.Go(func() { l.consume(100 + i) })
	}
	for i := range subscribers {
		l.clients.Go(func() { l.subscribe(200 + i) })
	}
	for i, addr := range opt.Addrs {
		l.clients.Go(func() { l.patient(300+i, addr) })
	}
	l.clients.Go(l.probe)
	go l.checkKeys()
	return l
}

func (l *Load) now() int64 { return int64(time.Since(l.begin)) }

func (l *Load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// pause is between attempts at nodes that may be down.
func (l *Load) pause() {
	select {
	case <-l.stop:
	case <-time.After(10 * time.Millisecond):
	}
}

// work does one thing after the other, at the client's share of the rate.
func (l *Load) work(id int) {
	c := l.newClient(id)
	defer c.close()
	every := time.Duration(workers) * time.Second / time.Duration(l.opt.Rate)
	next := time.Now()
	for n := 0; !l.stopped(); n++ {
		l.step(c, fmt.Sprintf("%d.%d", id, n))
		if c.conn == nil {
			l.pause()
		} else if c.rng.IntN(50) == 0 {
			c.close() // go to another node now and then
		}
		if next = next.Add(every); time.Since(next) > time.Second/10 {
			next = time.Now() // what could not be done in time is not made up for
		}
		time.Sleep(time.Until(next))
	}
}

func (l *Load) count(o outcome) {
	switch o {
	case done:
		l.acknowledged.Add(1)
	case refused:
		l.refused.Add(1)
	case unknown:
		l.uncertain.Add(1)
	}
}

// problem notes something that must not be.
func (l *Load) problem(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.problemsCount++; len(l.problems) < problemsMax {
		l.problems = append(l.problems, fmt.Sprintf("%.3fs ", time.Since(l.begin).Seconds())+fmt.Sprintf(format, args...))
	}
}

// Moved says that clocks were moved: from now on keys may expire early.
func (l *Load) Moved() { l.moved.Store(true) }

// Stop ends the clients and checks what they saw.
func (l *Load) Stop() {
	close(l.stop)
	l.clients.Wait()
	for _, slots := range l.slots {
		for _, t := range slots {
			if t.key != nil {
				l.left <- t.key
			}
		}
	}
	close(l.left)
	<-l.checked
	for _, q := range l.queues.now {
		if q != nil {
			q.leave(l)
		}
	}
}

// Verify reads everything again at one node, which must be able to answer. An
// error says why it could not; what is wrong is in the report.
func (l *Load) Verify(addr string) error {
	conn, err := process.Dial(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.Timeout = time.Minute
	c := l.newClient(checkerID + 1)
	c.conn = conn
	l.checkQueues(c)
	if c.conn == nil {
		return fmt.Errorf("%s does not answer", addr)
	}
	l.mu.Lock()
	settled, open := l.settled, l.open
	l.mu.Unlock()
	for len(settled) > 0 {
		some := settled[:min(len(settled), 100)]
		if err := l.compare(conn, some); err != nil {
			return err
		}
		settled = settled[len(some):]
	}
	for _, h := range open {
		begin := l.now()
		v, err := conn.Do(readCommand(h.Type, h.Key)...)
		if err != nil || v.IsError() {
			return fmt.Errorf("%s: %w %s", h.Key, err, v.Str)
		}
		h.Add(history.Call{Client: c.id, Kind: history.Read, Value: readAnswer(h.Type, answer(v)), Begin: begin, End: l.now()})
		l.check(h)
	}
	v, err := conn.Do("GET", "total")
	if err != nil || v.IsError() {
		return fmt.Errorf("GET total: %w %s", err, v.Str)
	}
	total, _ := strconv.ParseInt(v.Str, 10, 64) // absent: 0
	if acked, all := l.totalDone.Load(), l.totalDone.Load()+l.totalUnknown.Load(); total < acked || total > all {
		l.problem("L3: the counter is %d; %d increments were acknowledged and %d more are of unknown fate", total, acked, all-acked)
	}
	return nil
}

// compare reads settled keys again.
func (l *Load) compare(conn *process.Conn, keys []settledKey) error {
	for _, k := range keys {
		if err := conn.Send(readCommand(k.of, k.name)...); err != nil {
			return err
		}
	}
	for _, k := range keys {
		v, err := conn.Receive()
		if err != nil {
			return err
		}
		if v.IsError() {
			return fmt.Errorf("%s: %s", k.name, v.Str)
		}
		l.compareOne(k, answer(v))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reread += len(keys)
	return nil
}

func (l *Load) compareOne(k settledKey, reply string) {
	if got := fingerprint(readAnswer(k.of, reply)); got != k.value {
		l.problem("L2: %s was %q for good, and is %q", k.name, k.value, got)
	}
}

func elements(v wire.Value) (out []string) {
	for _, e := range v.Elems {
		out = append(out, e.Str)
	}
	return out
}

// tail is the last lines of a text.
func tail(s string, lines int) string {
	all := strings.SplitAfter(s, "\n")
	return strings.Join(all[max(0, len(all)-lines-1):], "")
}
