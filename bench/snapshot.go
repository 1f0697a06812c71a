package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
	"github.com/laurocaetano/foxtail/bench/wire"
)

// measureSnapshot: GET at half load alone, beside overwrites, and beside
// overwrites and a snapshot; without a disk and with one.
func measureSnapshot(ctx context.Context, b *bench) error {
	keys := b.size(500_000, 5_000_000)
	for _, mode := range []struct {
		name, file string
		directives []string
		goal       report.Goal
	}{{"in memory", "snapshot-memory", []string{"--appendonly", "no"}, atMost(2, 1.2)}, {"every write on disk", "snapshot-disk", nil, report.Goal{}}} {
		node, err := b.fleet.StartFoxtail(ctx, mode.directives...)
		if err == nil {
			err = load.Fill(ctx, node.Addr, keys, 64, true)
		}
		if err != nil {
			return err
		}
		who := at(foxtail, node)
		probe := b.cell("get", 1)
		probe.keys = keys
		out, err := b.race(ctx, probe, who)
		if err != nil {
			return err
		}
		full, _ := out.median(foxtail)
		s := snapshotRun{b, who, keys, full / 2, latencyChart(mode.file, fmt.Sprintf("GET at half load, %s keys, %s", report.Count(float64(keys)), mode.name))}
		if err := s.run(ctx, mode.name, mode.goal); err != nil {
			return err
		}
		if err := b.fleet.Stop(); err != nil {
			return err
		}
	}
	return nil
}

type snapshotRun struct {
	b     *bench
	who   contender
	keys  int
	rate  float64
	chart report.Chart
}

// overwriteShare of the rate of GET is that of SET beside it.
const overwriteShare = 0.1

func (s snapshotRun) run(ctx context.Context, mode string, goal report.Goal) error {
	b := s.b
	cases := []struct {
		name                string
		overwrite, snapshot bool
	}{{"alone", false, false}, {"beside overwrites", true, false}, {"beside overwrites and a snapshot", true, true}}
	p999 := map[string][]float64{}
	all := map[string]load.Result{}
	meter := server.Watch(watched(s.who))
	for round := range b.rounds {
		for _, c := range cases {
			r, err := s.once(ctx, c.overwrite, c.snapshot)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			p999[c.name] = append(p999[c.name], millis(r.P(99.9)))
			b.sample(mode+", "+c.name, foxtail, round+1, "p99.9", "ms", millis(r.P(99.9)))
			b.sample(mode+", "+c.name, foxtail, round+1, "max", "ms", millis(r.P(100)))
			if before, ok := all[c.name]; ok {
				r.Latency.Merge(before.Latency)
			}
			all[c.name] = r
		}
	}
	noise, err := meter.Stop()
	if err != nil {
		return err
	}
	alone := p999["alone"]
	for i, c := range cases {
		curve(&s.chart, c.name, all[c.name])
		if i == 0 {
			continue
		}
		ratios := ratio(p999[c.name], alone)
		r := report.Row{Name: fmt.Sprintf("%s: p99.9 of GET %s", mode, c.name), Value: report.Median(ratios), Low: report.Quantile(ratios, 0), High: report.Quantile(ratios, 1),
			Unit: "x", Noise: noise.String(), Ours: fmt.Sprintf("%s ms at %s/s", report.Figure(report.Median(p999[c.name])), report.Figure(s.rate)),
			Theirs: fmt.Sprintf("alone %s ms", report.Figure(report.Median(alone)))}
		if c.snapshot {
			r.Goal = goal
		}
		b.row(r)
	}
	b.book.Chart(s.chart)
	return nil
}

// once runs GET at the rate, and beside it SET and as many snapshots as fit.
func (s snapshotRun) once(ctx context.Context, overwrite, snapshot bool) (load.Result, error) {
	d := 3 * s.b.reading
	var wg sync.WaitGroup
	var besides [2]error
	if overwrite {
		wg.Go(func() {
			_, besides[0] = load.Open{Addr: s.who.addr, Clients: 10, Rate: s.rate * overwriteShare, Command: load.Set(s.keys, 64), For: d}.Run(ctx)
		})
	}
	if snapshot {
		wg.Go(func() {
			for began := time.Now(); time.Since(began) < d*9/10 && besides[1] == nil; {
				_, besides[1] = wire.Ask(ctx, s.who.addr, "RAFT", "SNAPSHOT", "NOW")
			}
		})
	}
	r, err := load.Open{Addr: s.who.addr, Clients: 50, Rate: s.rate, Command: load.Get(s.keys), For: d, Skip: s.b.reading / 5}.Run(ctx)
	wg.Wait()
	return r, errors.Join(err, r.Err(), besides[0], besides[1])
}
