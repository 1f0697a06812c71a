package main

import (
	"context"
	"fmt"
	"time"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

func measureOne(ctx context.Context, b *bench) error {
	ours, yard, err := b.inMemory(ctx)
	if err == nil {
		err = b.fill(ctx, ours, yard)
	}
	if err != nil {
		return err
	}
	keys := b.keys
	for _, l := range []struct {
		name string
		cmd  load.Command
	}{{"GET in memory", load.Get(keys)}, {"SET in memory", load.Set(keys, 64)}} {
		if err := b.wait(ctx, l.name, l.cmd, atMost(1.15, 1.0), ours, yard); err != nil {
			return err
		}
	}
	if err := b.fleet.Stop(); err != nil {
		return err
	}
	one, three, yard, err := b.durable(ctx)
	if err != nil {
		return err
	}
	set := load.Set(keys, 64)
	if err := b.wait(ctx, "SET on disk, one node", set, atMost(1.05, 0.95), at("one node", one), yard); err != nil {
		return err
	}
	return b.wait(ctx, "SET on disk, three nodes", set, atMost(2.0, 1.3), at("three nodes", three...), yard)
}

// wait compares the median latency of one client in alternating rounds.
func (b *bench) wait(ctx context.Context, name string, cmd load.Command, goal report.Goal, all ...contender) error {
	p50 := map[string][]float64{}
	var text [2]string
	meter := server.Watch(watched(all...))
	for round := range b.rounds {
		for i, who := range all {
			if who.name == "" {
				continue
			}
			r, err := load.One(ctx, who.addr, cmd, b.reading)
			if err == nil {
				err = r.Err()
			}
			if err != nil {
				return fmt.Errorf("%s: %w", who.name, err)
			}
			p50[who.name] = append(p50[who.name], micros(r.P(50)))
			text[i] = fmt.Sprintf("%s µs", report.Figure(report.Median(p50[who.name])))
			b.sample(name, who.name, round+1, "p50", "µs", micros(r.P(50)))
			b.sample(name, who.name, round+1, "p99", "µs", micros(r.P(99)))
		}
	}
	noise, err := meter.Stop()
	if err != nil {
		return err
	}
	ours, theirs := all[0].name, all[1].name
	r := report.Row{Name: name + ": p50", Goal: goal, Unit: "x", Ours: text[0], Noise: noise.String()}
	if theirs == "" {
		r.Value, r.Unit, r.Goal = report.Median(p50[ours]), "µs", report.Goal{}
	} else {
		ratios := ratio(p50[ours], p50[theirs])
		r.Value, r.Low, r.High, r.Theirs = report.Median(ratios), report.Quantile(ratios, 0), report.Quantile(ratios, 1), theirs+" "+text[1]
	}
	b.row(r)
	return nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// percentiles of the charts; X of a chart is how rare they are.
var percentiles = []struct {
	name string
	p    float64
}{{"50 %", 50}, {"90 %", 90}, {"99 %", 99}, {"99.9 %", 99.9}, {"99.99 %", 99.99}}

// latencyChart has percentiles on X.
func latencyChart(file, title string) report.Chart {
	c := report.Chart{File: file, Title: title, X: "requests that waited no longer", Y: "ms", LogX: true, LogY: true}
	for _, p := range percentiles {
		c.Ticks, c.TickNames = append(c.Ticks, rarity(p.p)), append(c.TickNames, p.name)
	}
	return c
}

func rarity(p float64) float64 { return 100 / (100 - p) }

// curve adds a result to a latency chart.
func curve(c *report.Chart, name string, r load.Result) {
	for _, p := range percentiles {
		c.Point(name, report.Point{X: rarity(p.p), Y: millis(r.P(p.p))})
	}
}

// measureLatency loads each server at half of what redis-server can do.
func measureLatency(ctx context.Context, b *bench) error {
	ours, yard, err := b.inMemory(ctx)
	if err == nil {
		err = b.fill(ctx, ours, yard)
	}
	if err != nil {
		return err
	}
	keys := b.keys
	if err := b.percentiles(ctx, "get", load.Get(keys), latencyChart("latency-get", "GET in memory, 50 clients, half of redis-server's load"), ours, yard); err != nil {
		return err
	}
	if err := b.percentiles(ctx, "set", load.Set(keys, 64), latencyChart("latency-set", "SET in memory, 50 clients, half of redis-server's load"), ours, yard); err != nil {
		return err
	}
	if err := b.fleet.Stop(); err != nil {
		return err
	}
	one, three, yard, err := b.durable(ctx)
	if err != nil {
		return err
	}
	chart := latencyChart("latency-fsync", "SET, every write on disk, 50 clients, half of redis-server's load")
	return b.percentiles(ctx, "set", load.Set(keys, 64), chart, at("one node", one), at("three nodes", three...), yard)
}

// percentiles runs an open loop at each contender, the last being the yardstick,
// and makes rows of p99 and a chart.
func (b *bench) percentiles(ctx context.Context, test string, cmd load.Command, chart report.Chart, all ...contender) error {
	yard := all[len(all)-1]
	if yard.name == "" {
		all = all[:len(all)-1]
		yard = all[0]
	}
	out, err := b.race(ctx, b.cell(test, 1), yard)
	if err != nil {
		return err
	}
	full, _ := out.median(yard.name)
	results := map[string]load.Result{}
	meter := server.Watch(watched(all...))
	for round := range b.rounds {
		for _, who := range all {
			r, err := load.Open{Addr: who.addr, Clients: 50, Rate: full / 2, Command: cmd, For: 2 * b.reading, Skip: b.reading / 5}.Run(ctx)
			if err == nil {
				err = r.Err()
			}
			if err != nil {
				return fmt.Errorf("%s: %w", who.name, err)
			}
			for _, p := range percentiles {
				b.sample(chart.Title, who.name, round+1, "p"+p.name, "ms", millis(r.P(p.p)))
			}
			if before, ok := results[who.name]; ok {
				r.Latency.Merge(before.Latency)
			}
			results[who.name] = r
		}
	}
	noise, err := meter.Stop()
	if err != nil {
		return err
	}
	for _, who := range all {
		r := results[who.name]
		curve(&chart, who.name, r)
		b.row(report.Row{Name: fmt.Sprintf("%s, %s, %s/s: p99.9", chart.Title, who.name, report.Figure(full/2)), Value: millis(r.P(99.9)), Unit: "ms", Noise: noise.String(),
			Ours: fmt.Sprintf("p50 %s, p99 %s, p99.99 %s ms", report.Figure(millis(r.P(50))), report.Figure(millis(r.P(99))), report.Figure(millis(r.P(99.99))))})
	}
	b.book.Chart(chart)
	return nil
}
