package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
	"github.com/laurocaetano/foxtail/bench/wire"
)

func newRand() *rand.Rand { return rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) }

// measureFailover kills the leader again and again while clients write through
// all nodes. Each client waits for its answer and tries another node when it
// gets none; the outage is the longest time that any of them went without an
// acknowledged write.
func measureFailover(ctx context.Context, b *bench) error {
	nodes, err := b.fleet.StartThree(ctx)
	if err != nil {
		return err
	}
	kills := b.size(3, 30)
	const clients = 12
	writers := make([]*writer, clients)
	var wg sync.WaitGroup
	loadCtx, stop := context.WithCancel(ctx)
	defer wg.Wait()
	defer stop()
	for i := range writers {
		writers[i] = &writer{nodes: nodes, at: i % len(nodes)}
		wg.Go(func() { writers[i].run(loadCtx) })
	}
	chart := report.Chart{File: "failover", Title: fmt.Sprintf("kill -9 of the leader under load, %d times", kills), X: "outages, shortest first", Y: "ms"}
	var outages []float64
	meter := server.Watch(nil)
	for i := range kills {
		ms, err := killLeader(ctx, nodes, writers)
		if err != nil {
			return fmt.Errorf("kill %d: %w", i+1, err)
		}
		outages = append(outages, ms)
		b.sample("kill -9", "three nodes", i+1, "outage", "ms", ms)
	}
	noise, err := meter.Stop()
	if err != nil {
		return err
	}
	noise.Others = 0 // the nodes come and go
	for i := range outages {
		chart.Point("longest wait of a client", report.Point{X: float64(i + 1), Y: report.Quantile(outages, float64(i+1)/float64(kills))})
	}
	b.book.Chart(chart)
	text := fmt.Sprintf("%s–%s ms", report.Figure(report.Quantile(outages, 0)), report.Figure(report.Quantile(outages, 1)))
	b.row(report.Row{Name: fmt.Sprintf("outage of a client, median of %d kills", kills), Value: report.Median(outages), Unit: "ms", Goal: atMost(400, 150), Ours: text, Noise: noise.String()})
	b.row(report.Row{Name: "the same, p99", Value: report.Quantile(outages, 0.99), Unit: "ms", Goal: atMost(800, 400), Ours: text, Noise: noise.String()})
	return nil
}

// killLeader returns the outage in milliseconds, with the node back.
func killLeader(ctx context.Context, nodes []*server.Server, writers []*writer) (float64, error) {
	leader, err := leaderOf(ctx, nodes)
	if err != nil {
		return 0, err
	}
	killed := time.Now()
	if err := leader.Kill(); err != nil {
		return 0, err
	}
	var outage time.Duration
	for _, w := range writers {
		gap, err := w.recovered(ctx, killed)
		if err != nil {
			return 0, err
		}
		outage = max(outage, gap)
	}
	if err := leader.Process.Start(); err != nil {
		return 0, err
	}
	for _, n := range nodes {
		if err := n.Joined(ctx, len(nodes)); err != nil {
			return 0, err
		}
	}
	select { // a voter that has just started is in no election for a while
	case <-ctx.Done():
	case <-time.After(betweenKills):
	}
	return millis(outage), ctx.Err()
}

// leaderOf waits until some node says that it leads.
func leaderOf(ctx context.Context, nodes []*server.Server) (*server.Server, error) {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		for _, n := range nodes {
			if r, err := n.Raft(ctx); err == nil && r["role"] == "leader" {
				return n, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-poll.C:
		}
	}
}

// writer is a client that retries.
type writer struct {
	nodes []*server.Server
	at    int

	mu   sync.Mutex
	acks []time.Time
}

const (
	answerTimeout = 5 * time.Second
	betweenKills  = time.Second            // with three voters again
	settle        = 100 * time.Millisecond // of steady answers, before an outage is called over
)

func (w *writer) run(ctx context.Context) {
	for ctx.Err() == nil {
		w.session(ctx)
		w.at = (w.at + 1) % len(w.nodes)
	}
}

// session writes through one node until that fails.
func (w *writer) session(ctx context.Context) {
	c, err := net.DialTimeout("tcp", w.nodes[w.at].Addr, answerTimeout)
	if err != nil {
		return
	}
	defer c.Close()
	replies, rnd, set := wire.NewReader(c), newRand(), load.Set(10_000, 64)
	var buf []byte
	for ctx.Err() == nil {
		buf = set(buf[:0], rnd)
		if c.SetDeadline(time.Now().Add(answerTimeout)) != nil {
			return
		}
		if _, err := c.Write(buf); err != nil {
			return
		}
		if err := replies.Skip(); err != nil {
			if refused, ok := err.(wire.Error); ok && strings.HasPrefix(string(refused), "UNCERTAIN") {
				continue // a SET may be sent again
			}
			return
		}
		w.mu.Lock()
		w.acks = append(w.acks, time.Now())
		w.mu.Unlock()
	}
}

// recovered waits until writes have been acknowledged again for a while, and
// returns the longest time since killed without one.
func (w *writer) recovered(ctx context.Context, killed time.Time) (gap time.Duration, err error) {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		w.mu.Lock()
		acks := w.acks
		w.mu.Unlock()
		last, gapEnd := killed, killed
		gap = 0
		for i := len(acks) - 1; i >= 0 && acks[i].After(killed); i-- {
			since := killed
			if i > 0 && acks[i-1].After(killed) {
				since = acks[i-1]
			}
			if d := acks[i].Sub(since); d > gap {
				gap, gapEnd = d, acks[i]
			}
			if acks[i].After(last) {
				last = acks[i]
			}
		}
		// A follower may answer for a moment what was committed before the kill.
		if gap > 0 && last.Sub(gapEnd) > settle && time.Since(killed) > 2*settle {
			return gap, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-poll.C:
		}
	}
}
