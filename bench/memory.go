package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
	"github.com/laurocaetano/foxtail/bench/wire"
)

// Names of contenders.
const (
	foxtail = "Foxtail"
	redis   = "redis"
)

var pipelines = []int{1, 16, 64}

// display is a test's name in rows.
func display(test string) string { return strings.ToUpper(test) }

// inMemory starts a node and, if it is installed, a redis-server, neither with a disk.
func (b *bench) inMemory(ctx context.Context, directives ...string) (ours, yard contender, err error) {
	return b.pair(ctx, append([]string{"--appendonly", "no"}, directives...)...)
}

// pair starts a node and, if it is installed, a redis-server without persistence.
func (b *bench) pair(ctx context.Context, directives ...string) (ours, yard contender, err error) {
	node, err := b.fleet.StartFoxtail(ctx, directives...)
	if err != nil {
		return ours, yard, err
	}
	yard, err = b.yardstick(ctx)
	return at(foxtail, node), yard, err
}

// yardstick starts a redis-server; without one installed it has no name.
func (b *bench) yardstick(ctx context.Context, directives ...string) (contender, error) {
	if !b.redis {
		return contender{}, nil
	}
	s, err := b.fleet.StartRedis(ctx, directives...)
	if err != nil {
		return contender{}, err
	}
	return at(redis, s), nil
}

// durable starts one node, three nodes and, if it is installed, a redis-server,
// all of which sync every write.
func (b *bench) durable(ctx context.Context) (one *server.Server, three []*server.Server, yard contender, err error) {
	if one, err = b.fleet.StartFoxtail(ctx); err != nil {
		return one, three, yard, err
	}
	if three, err = b.fleet.StartThree(ctx); err != nil {
		return one, three, yard, err
	}
	yard, err = b.yardstick(ctx, "--appendonly", "yes", "--appendfsync", "always")
	return one, three, yard, err
}

// fill sets all keys of the usual loads at each contender.
func (b *bench) fill(ctx context.Context, all ...contender) error {
	for _, c := range all {
		if c.name == "" {
			continue
		}
		if err := load.Fill(ctx, c.addr, b.keys, 64, true); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func measureMemory(ctx context.Context, b *bench) error {
	ours, yard, err := b.inMemory(ctx)
	if err == nil {
		err = b.fill(ctx, ours, yard)
	}
	if err != nil {
		return err
	}
	goals := map[int]report.Goal{1: both(1.0, 1.15), 16: both(1.6, 2.0), 64: both(1.8, 2.2)}
	ratios := ratioChart("memory", "In memory, beside redis-server without persistence")
	cpu := report.Chart{File: "cpu", Title: "Server CPU of one request, in memory", Y: "µs"}
	for _, test := range []string{"set", "get"} {
		for _, p := range pipelines {
			c := b.cell(test, p)
			out, err := b.compare(ctx, c, yard, entry{ours, "", goals[p]})
			if err != nil {
				return err
			}
			if yard.name != "" {
				ratios.Bar("wall", c.name, out.point(foxtail, redis))
				ratios.Bar("server CPU", c.name, out.cpuPoint(foxtail, redis))
			}
			for _, who := range []string{foxtail, redis} {
				if _, us := out.median(who); us > 0 {
					cpu.Bar(who, c.name, report.Point{Y: us})
				}
			}
		}
	}
	b.book.Chart(ratios)
	b.book.Chart(cpu)
	return nil
}

// ratioChart is a chart of ratios to redis-server.
func ratioChart(file, title string) report.Chart {
	return report.Chart{File: file, Title: title, Y: "ratio, redis-server = 1", Line: 1, LineName: "redis-server"}
}

// commands are redis-benchmark's default list but GET and SET, and which part of
// the usual number of requests each gets: pops must not empty what was pushed,
// and a range is a hundred elements.
var commands = []struct {
	test  string
	share float64
}{
	{"incr", 1}, {"lpush", 1}, {"rpush", 1}, {"lrange_100", 0.1}, {"lpop", 0.9}, {"rpop", 0.9}, {"sadd", 1}, {"hset", 1}, {"spop", 0.3},
	{"zadd", 1}, {"zpopmin", 0.3}, {"mset", 0.2},
}

func measureCommands(ctx context.Context, b *bench) error {
	ours, yard, err := b.inMemory(ctx)
	if err != nil {
		return err
	}
	chart := ratioChart("commands", "redis-benchmark's other tests, in memory, beside redis-server without persistence")
	goals := map[int]report.Goal{1: both(0.95, 1.1), 16: both(1.2, 1.6)}
	for _, p := range []int{1, 16} {
		if err := flush(ctx, ours, yard); err != nil {
			return err
		}
		base := b.cell("set", p)
		probe, err := b.race(ctx, base, ours)
		if err != nil {
			return err
		}
		perSecond, _ := probe.median(foxtail)
		for _, t := range commands {
			c := b.cell(t.test, p)
			c.requests = max(c.clients*p, int(perSecond*b.reading.Seconds()*0.6*t.share)) // the same for both, so that both have the same data
			out, err := b.compare(ctx, c, yard, entry{ours, "", goals[p]})
			if err != nil {
				return err
			}
			if yard.name != "" && out.readings[redis] != nil {
				chart.Bar(fmt.Sprintf("pipeline %d", p), display(t.test), out.point(foxtail, redis))
			}
		}
	}
	b.book.Chart(chart)
	return nil
}

func flush(ctx context.Context, all ...contender) error {
	for _, c := range all {
		if c.name == "" {
			continue
		}
		if _, err := wire.Ask(ctx, c.addr, "FLUSHALL"); err != nil {
			return err
		}
	}
	return nil
}
