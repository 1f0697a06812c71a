package load

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/bench/wire"
)

// answering starts a server that counts requests by their first argument and
// answers each with reply; before that it calls stall.
func answering(t *testing.T, reply string, stall func()) (addr string, seen *counts) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen = &counts{by: map[string]int{}}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				in := wire.NewReader(c)
				for {
					text, err := in.Text() // a command is an array of bulk strings
					if err != nil {
						return
					}
					seen.add(strings.SplitN(text, "\n", 2)[0])
					stall()
					if _, err := c.Write([]byte(reply)); err != nil {
						return
					}
				}
			})
		}
	})
	return l.Addr().String(), seen
}

type counts struct {
	mu sync.Mutex
	by map[string]int
}

func (c *counts) add(command string) {
	c.mu.Lock()
	c.by[command]++
	c.mu.Unlock()
}

func (c *counts) of(command string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[command]
}

func nothing() {}

func TestClosedLoopMakesTheRequestsItCounts(t *testing.T) {
	addr, seen := answering(t, "+OK\r\n", nothing)
	r, err := Closed{Addr: addr, Clients: 3, Pipeline: 4, Command: Set(10, 8), Requests: 1000}.Run(t.Context())
	if err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	if got := seen.of("SET"); got != 1000 || r.Ops != 1000 || r.Latency.TotalCount() != 250 || r.PerSecond() <= 0 {
		t.Errorf("the server saw %d requests, the result has %d in %d pipelines", got, r.Ops, r.Latency.TotalCount())
	}
}

func TestErrorRepliesFailAResult(t *testing.T) {
	addr, _ := answering(t, "-ERR no\r\n", nothing)
	r, err := Closed{Addr: addr, Clients: 1, Pipeline: 1, Command: Get(10), Requests: 10}.Run(t.Context())
	if err != nil || r.Err() == nil || r.Refused != 10 {
		t.Errorf("got %v, %v, %d refused", err, r.Err(), r.Refused)
	}
	if err := Fill(t.Context(), addr, 10, 8, false); err == nil {
		t.Error("Fill: no error")
	}
}

// A server that stalls once for 200 ms keeps 200 requests at 1,000 a second from
// being answered: a closed loop sees one slow request, an open one all of them.
func TestOpenLoopChargesTheServerForWhatItHeldUp(t *testing.T) {
	var once sync.Once
	began := time.Now()
	addr, _ := answering(t, "+OK\r\n", func() {
		if time.Since(began) > 100*time.Millisecond {
			once.Do(func() { time.Sleep(200 * time.Millisecond) }) // the stall that is measured
		}
	})
	r, err := Open{Addr: addr, Clients: 1, Rate: 1000, Command: Get(10), For: 600 * time.Millisecond}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Ops != 600 || r.Latency.TotalCount() != 600 {
		t.Errorf("%d answers, %d recorded, want 600", r.Ops, r.Latency.TotalCount())
	}
	slow := int64(0)
	for _, bar := range r.Latency.Distribution() {
		if bar.From > (50 * time.Millisecond).Nanoseconds() {
			slow += bar.Count
		}
	}
	if slow < 120 {
		t.Errorf("%d requests waited longer than 50 ms, want about 150", slow)
	}
}

func TestOneClientOnABlockingSocket(t *testing.T) {
	addr, seen := answering(t, "$1\r\nx\r\n", nothing)
	r, err := One(t.Context(), addr, Get(10), 30*time.Millisecond)
	if err != nil || r.Ops == 0 || int(r.Ops) != seen.of("GET") || r.Latency.TotalCount() != r.Ops {
		t.Errorf("got %d of %d answers, %v", r.Ops, seen.of("GET"), err)
	}
}

func TestAnInterruptedLoopEnds(t *testing.T) {
	addr, _ := answering(t, "+OK\r\n", func() { time.Sleep(time.Millisecond) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (Closed{Addr: addr, Clients: 2, Pipeline: 1, Command: Get(10), Requests: 1e9}).Run(ctx); err == nil {
		t.Error("closed loop: no error")
	}
}

func TestOrderIsAPermutation(t *testing.T) {
	for _, n := range []int{1, 2, 3, 1000, 4097} {
		order, seen, inPlace := Order(n, true), make([]bool, n), 0
		for i := range n {
			k := order(i)
			if k >= uint64(n) || seen[k] {
				t.Fatalf("n %d: %d is %d: out of range, or twice", n, i, k)
			}
			seen[k] = true
			if k == uint64(i) {
				inPlace++
			}
		}
		if n > 100 && inPlace > n/10 {
			t.Errorf("n %d: %d are in their places", n, inPlace)
		}
	}
}

func TestCommandsAreWellFormed(t *testing.T) {
	rnd := newRand()
	for name, template := range tests {
		request := string(Test(name, 1000, 8)(nil, rnd))
		text, err := wire.NewReader(strings.NewReader(request)).Text()
		if err != nil || len(strings.Split(text, "\n")) != len(strings.Fields(template)) || strings.Contains(text, "VALUE") || strings.Contains(text, randomArg) {
			t.Errorf("%s: %q, %v", name, request, err)
		}
	}
	for n, want := range map[uint64]string{0: "key:000000000000", 42: "key:000000000042", 999_999_999_999: "key:999999999999"} {
		if got := string(AppendKey(nil, n)); got != fmt.Sprintf("$16\r\n%s\r\n", want) {
			t.Errorf("key %d: got %q", n, got)
		}
	}
}

func TestBenchmarkOutputIsRead(t *testing.T) {
	const head = `"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"` + "\n"
	const line = `"SET key:__rand_int__ x","81300.81","0.3","0.1","0.3","0.4","0.5","1.0"` + "\n"
	if got, err := parseBenchmark([]byte(head + line)); got != 81300.81 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", head, head + `"SET","inf` + "\n", head + `"SET","0.00"` + "\n", "Error from server: NOSPACE\n" + head + line} {
		if got, err := parseBenchmark([]byte(bad)); err == nil {
			t.Errorf("%q: got %v", bad, got)
		}
	}
}

func TestEtcdMessage(t *testing.T) {
	m := Etcd{Keys: 1, Size: 3, Write: true}.message(newRand())
	const want = "\x00\x00\x00\x00\x17\x0a\x10key:000000000000\x12\x03xxx"
	if string(m) != want {
		t.Errorf("got %q, want %q", m, want)
	}
}
