package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

func measureEtcd(ctx context.Context, b *bench) error {
	version, ok := server.Installed("etcd")
	if !ok {
		return errors.New("etcd is not installed")
	}
	three, err := b.fleet.StartThree(ctx)
	if err != nil {
		return err
	}
	members, err := b.fleet.StartEtcd(ctx, 3)
	if err != nil {
		return err
	}
	ours, theirs := at("three nodes", three...), at("etcd", members...)
	if err := b.fill(ctx, ours); err != nil {
		return err
	}
	for _, test := range []string{"set", "get"} {
		c := b.cell(test, 1)
		call := load.Etcd{Addr: theirs.addr, Clients: c.clients, Keys: c.keys, Size: c.size, Write: test == "set", For: b.reading}
		c.throughput = func(ctx context.Context, c cell, who contender) (load.Result, error) {
			if who.name == theirs.name {
				return call.Run(ctx)
			}
			return b.closed(ctx, c, who)
		}
		goal := report.Goal{}
		if test == "set" {
			goal = atLeast(15, 30)
		}
		if _, err := b.compare(ctx, c, theirs, entry{ours, version + ": ", goal}); err != nil {
			return err
		}
	}
	return nil
}

func measurePeers(ctx context.Context, b *bench) error {
	if len(b.peers) == 0 {
		return errors.New("no -peer was named")
	}
	three, err := b.fleet.StartThree(ctx)
	if err != nil {
		return err
	}
	ours := at("three nodes", three...)
	if err := b.fill(ctx, ours); err != nil {
		return err
	}
	for _, peer := range b.peers {
		for _, test := range []string{"set", "get"} {
			for _, p := range []int{1, 16} {
				c, goal := b.cell(test, p), report.Goal{}
				if test == "set" {
					goal = atLeast(3, []float64{5, 10}[p/16])
				}
				if _, err := b.compare(ctx, c, peer, entry{ours, fmt.Sprintf("beside %s: ", peer.name), goal}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
