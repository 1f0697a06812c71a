package main

import (
	"context"
	"fmt"
	"time"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

// measureRestart: both loaded, redis-server saves its RDB, both killed and
// started: the time to the first PONG that is no -LOADING.
func measureRestart(ctx context.Context, b *bench) error {
	keys := b.size(300_000, 5_000_000)
	node, err := b.fleet.StartFoxtail(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := load.Fill(ctx, node.Addr, keys, 64, true); err != nil {
		return err
	}
	b.row(report.Row{Name: fmt.Sprintf("loading %s keys, every write on disk", report.Count(float64(keys))), Value: time.Since(began).Seconds(), Unit: "s"})
	servers := []*server.Server{node}
	if b.redis {
		other, err := b.fleet.StartRedis(ctx)
		if err != nil {
			return err
		}
		if err := load.Fill(ctx, other.Addr, keys, 64, true); err != nil {
			return err
		}
		if _, err := other.Ask(ctx, "SAVE"); err != nil {
			return err
		}
		servers = append(servers, other)
	}
	took := make([][]float64, 2)
	meter := server.Watch(nil)
	for round := range min(b.rounds, 3) {
		for i, s := range servers {
			if err := s.Kill(); err != nil {
				return err
			}
			began := time.Now()
			if err := s.Process.Start(); err != nil {
				return err
			}
			if err := s.Ready(ctx); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(began).Seconds())
			b.sample("restart", []string{foxtail, redis}[i], round+1, "time", "s", took[i][round])
		}
	}
	noise, err := meter.Stop()
	if err != nil {
		return err
	}
	noise.Others = 0 // the servers themselves
	r := report.Row{Name: "kill -9, start, first PONG", Goal: atMost(0.5, 0.25), Unit: "x", Noise: noise.String(), Ours: report.Figure(report.Median(took[0])) + " s"}
	if b.redis {
		ratios := ratio(took[0], took[1])
		r.Value, r.Low, r.High = report.Median(ratios), report.Quantile(ratios, 0), report.Quantile(ratios, 1)
		r.Theirs = redis + " " + report.Figure(report.Median(took[1])) + " s from its RDB"
	} else {
		r.Value, r.Unit, r.Goal = report.Median(took[0]), "s", report.Goal{}
	}
	b.row(r)
	rss, err := node.RSS()
	if err != nil {
		return err
	}
	b.row(report.Row{Name: "restarted, every write on disk: bytes a key", Value: float64(rss) / float64(keys), Unit: "bytes"})
	return nil
}
