package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

func measureFsync(ctx context.Context, b *bench) error {
	one, three, yard, err := b.durable(ctx)
	if err != nil {
		return err
	}
	single, leader := at("one node", one), at("three nodes", three...)
	follower := leader
	follower.name, follower.addr = "three nodes, follower", three[1].Addr
	if err := b.fill(ctx, single, leader, yard); err != nil {
		return err
	}
	goalsOne := map[int]report.Goal{1: atLeast(1.2, 1.6), 16: atLeast(2.0, 2.5), 64: atLeast(3.0, 4.0)}
	goalsThree := map[int]report.Goal{1: atLeast(0.9, 1.3), 16: atLeast(0.9, 1.5), 64: atLeast(1.0, 1.3)}
	chart := report.Chart{File: "fsync", Title: "SET, every write on disk, beside redis-server with appendfsync always",
		Y: "throughput, redis-server = 1", Line: 1, LineName: "redis-server, appendfsync always"}
	began, terms := time.Now(), three[0].Term(ctx)
	for _, p := range pipelines {
		c := b.cell("set", p)
		out, err := b.compare(ctx, c, yard, entry{single, "one node: ", goalsOne[p]}, entry{leader, "three nodes, at the leader: ", goalsThree[p]},
			entry{follower, "three nodes, at a follower: ", report.Goal{}})
		if err != nil {
			return err
		}
		if yard.name != "" && out.readings[redis] != nil {
			for _, who := range []contender{single, leader, follower} {
				chart.Bar(who.name, "pipeline "+strconv.Itoa(p), out.point(who.name, redis))
			}
		}
	}
	b.book.Chart(chart)
	elections := three[0].Term(ctx) - terms
	b.row(report.Row{Name: fmt.Sprintf("elections in %s at full load", time.Since(began).Round(time.Second)), Value: float64(elections),
		Goal: report.Goal{None: true}})
	return nil
}

func measureThree(ctx context.Context, b *bench) error {
	three, err := b.fleet.StartThree(ctx, "--appendonly", "no")
	if err != nil {
		return err
	}
	yard, err := b.yardstick(ctx)
	if err != nil {
		return err
	}
	leader := at("three nodes", three...)
	if err := b.fill(ctx, leader, yard); err != nil {
		return err
	}
	goals := map[int]report.Goal{1: atLeast(0.7, 0.9), 16: atLeast(0.6, 0.8), 64: atLeast(0.6, 0.8)}
	chart := ratioChart("three", "SET at three nodes in memory, beside one redis-server without persistence")
	for _, p := range pipelines {
		c := b.cell("set", p)
		out, err := b.compare(ctx, c, yard, entry{leader, "", goals[p]})
		if err != nil {
			return err
		}
		if yard.name != "" && out.readings[redis] != nil {
			chart.Bar("wall", "pipeline "+strconv.Itoa(p), out.point(leader.name, redis))
			chart.Bar("CPU of all three nodes", "pipeline "+strconv.Itoa(p), out.cpuPoint(leader.name, redis))
		}
	}
	b.book.Chart(chart)
	return nil
}

func measureReads(ctx context.Context, b *bench) error {
	three, err := b.fleet.StartThree(ctx)
	if err != nil {
		return err
	}
	yard, err := b.yardstick(ctx)
	if err != nil {
		return err
	}
	leader, follower := at("at the leader", three...), at("at a follower", three...)
	follower.addr = three[1].Addr
	if err := b.fill(ctx, leader, yard); err != nil {
		return err
	}
	atLeader := map[int]report.Goal{1: atLeast(1.0, 1.2), 16: atLeast(1.15, 1.4), 64: atLeast(1.3, 1.5)}
	atFollower := map[int]report.Goal{1: atLeast(0.85, 1.0), 16: atLeast(0.85, 1.2), 64: atLeast(1.2, 1.5)}
	chart := ratioChart("reads", "Linearizable GET at one of three nodes, beside redis-server without persistence")
	for _, p := range pipelines {
		c := b.cell("get", p)
		out, err := b.compare(ctx, c, yard, entry{leader, "at the leader: ", atLeader[p]}, entry{follower, "at a follower: ", atFollower[p]})
		if err != nil {
			return err
		}
		if yard.name != "" && out.readings[redis] != nil {
			chart.Bar(leader.name, "pipeline "+strconv.Itoa(p), out.point(leader.name, redis))
			chart.Bar(follower.name, "pipeline "+strconv.Itoa(p), out.point(follower.name, redis))
		}
	}
	b.book.Chart(chart)
	return nil
}

// watched are the processes of several contenders, for a meter.
func watched(all ...contender) (out []*server.Process) {
	for _, c := range all {
		out = append(out, c.processes...)
	}
	return out
}
