package main

import (
	"context"
	"fmt"
	"net"

	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/wire"
)

// measureConnections: two nodes, one with idle connections, and what these weigh.
func measureConnections(ctx context.Context, b *bench) error {
	idle := b.size(1000, 10_000)
	limit := []string{"--maxclients", fmt.Sprint(idle + 1000)}
	with, yard, err := b.inMemory(ctx, limit...)
	if err != nil {
		return err
	}
	without, err := b.fleet.StartFoxtail(ctx, "--appendonly", "no")
	if err == nil {
		err = b.fill(ctx, with, at(foxtail, without))
	}
	if err != nil {
		return err
	}
	with.name = "beside idle ones"
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	weights := []float64{0, 0}
	for i, who := range []contender{with, yard} {
		if who.name == "" {
			continue
		}
		n := idle
		if who.name == redis { // its maxclients is 10,000
			n = idle / 2
		}
		before, err := who.processes[0].RSS()
		if err != nil {
			return err
		}
		for range n {
			c, err := net.Dial("tcp", who.addr)
			if err != nil {
				return err
			}
			conns = append(conns, c)
			if _, err := c.Write(wire.Append(nil, "PING")); err != nil {
				return err
			}
			if err := wire.NewReader(c).Skip(); err != nil {
				return err
			}
		}
		after, err := who.processes[0].RSS()
		if err != nil {
			return err
		}
		weights[i] = float64(after-before) / float64(n)
		b.sample("idle connection", who.name, 1, "resident", "bytes", weights[i])
	}
	row := report.Row{Name: "memory of an idle connection", Value: weights[0] / 1024, Unit: "KB", Goal: atMost(4, 1)}
	if weights[1] > 0 {
		row.Theirs = fmt.Sprintf("%s %s KB", redis, report.Figure(weights[1]/1024))
	}
	b.row(row)
	for _, test := range []string{"get", "set"} {
		for _, p := range []int{1, 16} {
			alone := at("alone", without)
			if _, err := b.compare(ctx, b.cell(test, p), alone, entry{with, fmt.Sprintf("beside %d idle connections: ", idle), atLeast(0.95, 1)}); err != nil {
				return err
			}
		}
	}
	return nil
}
