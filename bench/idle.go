package main

import (
	"context"
	"time"

	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

// measureIdle: nodes that nobody talks to.
func measureIdle(ctx context.Context, b *bench) error {
	var starts []float64
	var last *server.Server
	for i := range b.size(5, 20) {
		if last != nil {
			if err := last.Kill(); err != nil {
				return err
			}
		}
		began := time.Now()
		node, err := b.fleet.StartFoxtail(ctx)
		if err != nil {
			return err
		}
		starts, last = append(starts, millis(time.Since(began))), node
		b.sample("start", foxtail, i+1, "time", "ms", starts[i])
	}
	b.row(report.Row{Name: "start to first PONG, empty, on disk: median", Value: report.Median(starts), Unit: "ms", Goal: atMost(50, 20)})
	rss, err := last.RSS()
	if err != nil {
		return err
	}
	b.row(report.Row{Name: "resident memory, empty", Value: float64(rss) / (1 << 20), Unit: "MB", Goal: atMost(25, 15)})
	three, err := b.fleet.StartThree(ctx)
	if err != nil {
		return err
	}
	yard, err := b.yardstick(ctx)
	if err != nil {
		return err
	}
	text := ""
	for _, who := range []contender{yard, at("one node", last), at("the leader of three nodes", three[0]), at("a follower", three[1])} {
		if who.name == "" {
			continue
		}
		share, err := idleShare(ctx, who, time.Duration(b.size(1, 5))*time.Second)
		if err != nil {
			return err
		}
		b.sample("idle", who.name, 1, "CPU", "% of a core", share)
		if who.name == redis {
			text = redis + " " + report.Figure(share) + " %"
			continue
		}
		b.row(report.Row{Name: "idle, " + who.name + ": share of a core", Value: share, Unit: "%", Goal: atMost(0.5, 0.1), Theirs: text})
	}
	return nil
}

// idleShare is the CPU that a server uses, in percent of a core.
func idleShare(ctx context.Context, who contender, d time.Duration) (float64, error) {
	before, err := server.CPU(who.processes)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(d):
	}
	after, err := server.CPU(who.processes)
	return 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}
