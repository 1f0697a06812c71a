package main

import (
	"context"
	"fmt"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

// contender is what is measured: where requests go, and whose CPU they cost.
type contender struct {
	name, addr string
	processes  []*server.Process
}

// at makes a contender of the first server; the CPU is that of all of them.
func at(name string, servers ...*server.Server) contender {
	c := contender{name: name, addr: servers[0].Addr}
	for _, s := range servers {
		c.processes = append(c.processes, s.Process)
	}
	return c
}

// cell is one load, the same for all contenders.
type cell struct {
	name              string
	test              string // of redis-benchmark
	clients, pipeline int
	keys, size        int
	requests          int                                                                   // of each reading; 0: as many as fit into the reading's length
	throughput        func(ctx context.Context, c cell, who contender) (load.Result, error) // nil: a closed loop over RESP
}

func (b *bench) cell(test string, pipeline int) cell {
	return cell{name: fmt.Sprintf("%s P%d", display(test), pipeline), test: test, clients: 50, pipeline: pipeline, keys: b.keys, size: 64}
}

// reading is one contender's share of a pair.
type reading struct {
	perSecond float64
	cpuNs     float64 // of server CPU per operation; 0: unknown
}

// entry is a contender with the row it gets.
type entry struct {
	contender
	row  string // before the cell's name
	goal report.Goal
}

// outcome is what a race found: readings by contender, in the order of rounds.
type outcome struct {
	readings map[string][]reading
	noise    string
}

// race lets all contenders take turns: A B A B.
func (b *bench) race(ctx context.Context, c cell, all ...contender) (outcome, error) {
	out := outcome{readings: map[string][]reading{}}
	requests := map[string]int{}
	var processes []*server.Process
	for _, who := range all {
		processes = append(processes, who.processes...)
		probe := c
		probe.requests = max(c.clients*c.pipeline, 2000*min(c.pipeline, 16)) // to warm up, and to know how many requests to make
		r, err := b.read(ctx, probe, who)
		if err != nil {
			return out, fmt.Errorf("%s: %w", who.name, err)
		}
		if requests[who.name] = c.requests; c.requests == 0 {
			requests[who.name] = max(c.clients*c.pipeline, int(r.perSecond*b.reading.Seconds()))
		}
	}
	meter := server.Watch(processes)
	for round := range b.rounds {
		for _, who := range all {
			run := c
			run.requests = requests[who.name]
			r, err := b.read(ctx, run, who)
			if err != nil {
				return out, fmt.Errorf("%s: %w", who.name, err)
			}
			out.readings[who.name] = append(out.readings[who.name], r)
			b.sample(c.name, who.name, round+1, "throughput", "1/s", r.perSecond)
			b.sample(c.name, who.name, round+1, "server CPU", "ns/op", r.cpuNs)
		}
	}
	noise, err := meter.Stop()
	out.noise = noise.String()
	return out, err
}

// read takes one reading.
func (b *bench) read(ctx context.Context, c cell, who contender) (reading, error) {
	before, err := server.CPU(who.processes)
	if err != nil {
		return reading{}, err
	}
	throughput := b.closed
	if c.throughput != nil {
		throughput = c.throughput
	}
	r, err := throughput(ctx, c, who)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return reading{}, err
	}
	after, err := server.CPU(who.processes)
	return reading{r.PerSecond(), float64(after-before) / float64(r.Ops)}, err
}

// closed is a closed loop over RESP.
func (b *bench) closed(ctx context.Context, c cell, who contender) (load.Result, error) {
	if b.generator == "redis-benchmark" {
		return load.Benchmark{Addr: who.addr, Test: c.test, Clients: c.clients, Pipeline: c.pipeline, Keys: c.keys, Size: c.size, Requests: c.requests}.Run(ctx)
	}
	return load.Closed{Addr: who.addr, Clients: c.clients, Pipeline: c.pipeline, Command: load.Test(c.test, c.keys, c.size), Requests: c.requests}.Run(ctx)
}

// compare races the entries beside the last contender, and makes a row of each
// entry. Without a yardstick (its name is empty) rows are absolute.
func (b *bench) compare(ctx context.Context, c cell, yard contender, entries ...entry) (outcome, error) {
	var all []contender
	for _, e := range entries {
		all = append(all, e.contender)
	}
	if yard.name != "" {
		all = append(all, yard)
	}
	out, err := b.race(ctx, c, all...)
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	for _, e := range entries {
		r := report.Row{Name: e.row + c.name, Goal: e.goal, Unit: "x", Noise: out.noise, Err: err}
		if err == nil {
			ours, theirs := out.readings[e.name], out.readings[yard.name]
			if r.Ours = describe(ours); yard.name == "" {
				r.Value, r.Unit, r.Goal = report.Median(walls(ours)), "/s", report.Goal{}
			} else {
				r.Theirs = yard.name + " " + describe(theirs)
				ratios := ratio(walls(ours), walls(theirs))
				r.Value, r.Low, r.High = report.Median(ratios), report.Quantile(ratios, 0), report.Quantile(ratios, 1)
				r.CPU = report.Median(ratio(cpus(theirs), cpus(ours)))
			}
		}
		b.row(r)
	}
	return out, nil
}

// point is the ratio of two contenders for a chart.
func (o outcome) point(ours, theirs string) report.Point {
	ratios := ratio(walls(o.readings[ours]), walls(o.readings[theirs]))
	return report.Point{Y: report.Median(ratios), Low: report.Quantile(ratios, 0), High: report.Quantile(ratios, 1)}
}

// cpuPoint is the same of operations per second of server CPU.
func (o outcome) cpuPoint(ours, theirs string) report.Point {
	ratios := ratio(cpus(o.readings[theirs]), cpus(o.readings[ours]))
	return report.Point{Y: report.Median(ratios), Low: report.Quantile(ratios, 0), High: report.Quantile(ratios, 1)}
}

// median is a contender's throughput, and its microseconds of CPU per operation.
func (o outcome) median(who string) (perSecond, cpuUs float64) {
	return report.Median(walls(o.readings[who])), report.Median(cpus(o.readings[who])) / 1000
}

func describe(rs []reading) string {
	text := report.Figure(report.Median(walls(rs))) + "/s"
	if cpu := report.Median(cpus(rs)); cpu > 0 {
		text += ", " + report.Figure(cpu/1000) + " µs CPU"
	}
	return text
}

func walls(rs []reading) (out []float64) {
	for _, r := range rs {
		out = append(out, r.perSecond)
	}
	return out
}

func cpus(rs []reading) (out []float64) {
	for _, r := range rs {
		out = append(out, r.cpuNs)
	}
	return out
}

// ratio divides pair by pair; a pair with nothing below the line is left out.
func ratio(a, b []float64) (out []float64) {
	for i := range min(len(a), len(b)) {
		if b[i] > 0 {
			out = append(out, a[i]/b[i])
		}
	}
	return out
}
