package load

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/laurocaetano/foxtail/bench/wire"
)

// Closed is a closed loop: each of Clients sends Pipeline requests, waits for
// their answers, and so on. Latency is that of a whole pipeline.
type Closed struct {
	Addr     string
	Clients  int
	Pipeline int
	Command  Command
	Requests int
}

// Run makes at least Requests of them.
func (l Closed) Run(ctx context.Context) (Result, error) {
	conns, err := dial(l.Addr, l.Clients)
	if err != nil {
		return Result{}, err
	}
	defer closeAll(conns)
	defer context.AfterFunc(ctx, func() { closeAll(conns) })()
	results, errs := make([]Result, l.Clients), make([]error, l.Clients)
	var wg sync.WaitGroup
	rounds := atomic.Int64{}
	rounds.Store(int64((l.Requests + l.Pipeline - 1) / l.Pipeline))
	began := time.Now()
	for i, c := range conns {
		wg.Go(func() { results[i], errs[i] = l.client(c, &rounds) })
	}
	wg.Wait()
	var sum Result
	for i, r := range results {
		if errs[i] != nil {
			return sum, errs[i]
		}
		sum.add(r)
	}
	sum.Elapsed = time.Since(began)
	return sum, nil
}

func (l Closed) client(c net.Conn, rounds *atomic.Int64) (r Result, err error) {
	r.Latency = histogram()
	replies, rnd := wire.NewReader(c), newRand()
	var buf []byte
	for now := time.Now(); rounds.Add(-1) >= 0; {
		buf = buf[:0]
		for range l.Pipeline {
			buf = l.Command(buf, rnd)
		}
		if _, err := c.Write(buf); err != nil {
			return r, err
		}
		for range l.Pipeline {
			if err := r.tally(replies.Skip()); err != nil {
				return r, err
			}
		}
		done := time.Now()
		record(r.Latency, done.Sub(now))
		now = done
	}
	return r, nil
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) }

func dial(addr string, n int) (conns []net.Conn, err error) {
	for range n {
		c, err := net.DialTimeout("tcp", addr, 5*time.Second)
		if err != nil {
			closeAll(conns)
			return nil, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		c.Close()
	}
}

// merge is one histogram of several.
func merge(parts []*hdrhistogram.Histogram) *hdrhistogram.Histogram {
	sum := histogram()
	for _, p := range parts {
		sum.Merge(p)
	}
	return sum
}
