package main

import (
	"context"
	"fmt"
	"time"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/wire"
)

// calm is how long a server gets to tidy up before its memory is read.
func (b *bench) calm() time.Duration { return time.Duration(b.size(500, 5000)) * time.Millisecond }

// measureBytes: resident memory by key, the whole process included, of a node
// whose log is on disk, and of redis-server without persistence.
func measureBytes(ctx context.Context, b *bench) error {
	keys := b.size(300_000, 5_000_000)
	chart := report.Chart{File: "bytes", Title: fmt.Sprintf("Memory of a key at %s keys, 16-byte keys, 64-byte values", report.Count(float64(keys))), Y: "resident bytes"}
	shapes := []struct {
		name string
		load func(ctx context.Context, addr string, keys int) error
		next bool // goes on with the keys that the shape before has left
	}{
		{"in order", func(ctx context.Context, addr string, keys int) error { return load.Fill(ctx, addr, keys, 64, false) }, false},
		{"shuffled", func(ctx context.Context, addr string, keys int) error { return load.Fill(ctx, addr, keys, 64, true) }, false},
		{"after churn", churn, true},
		{"30 % with a deadline", deadlines, true},
	}
	goal := atMost(0.65, 0.55)
	if !b.full {
		goal = report.Goal{} // the process itself weighs more than a few keys
	}
	ours, yard := contender{}, contender{}
	for _, shape := range shapes {
		if !shape.next {
			if err := b.fleet.Stop(); err != nil {
				return err
			}
			var err error
			if ours, yard, err = b.pair(ctx); err != nil {
				return err
			}
		}
		rss, err := b.rssOf(ctx, func(addr string) error { return shape.load(ctx, addr, keys) }, ours, yard)
		if err != nil {
			return fmt.Errorf("%s: %w", shape.name, err)
		}
		for i, who := range []contender{ours, yard} {
			if who.name != "" {
				rss[i] /= float64(keys)
				b.sample(shape.name, who.name, 1, "resident", "bytes/key", rss[i])
				chart.Bar(who.name, shape.name, report.Point{Y: rss[i]})
			}
		}
		b.weight("bytes a key, "+shape.name, goal, rss)
	}
	b.book.Chart(chart)
	return nil
}

// rssOf loads each contender and returns what it has resident then.
func (b *bench) rssOf(ctx context.Context, fill func(addr string) error, all ...contender) (rss []float64, err error) {
	for _, who := range all {
		if who.name == "" {
			rss = append(rss, 0)
			continue
		}
		if err := fill(who.addr); err != nil {
			return nil, fmt.Errorf("%s: %w", who.name, err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(b.calm()):
		}
		n, err := who.processes[0].RSS()
		if err != nil {
			return nil, err
		}
		rss = append(rss, float64(n))
	}
	return rss, nil
}

// weight makes the row of two weights in bytes.
func (b *bench) weight(name string, goal report.Goal, bytes []float64) {
	r := report.Row{Name: name, Goal: goal, Unit: "x", Ours: report.Figure(bytes[0])}
	if bytes[1] == 0 {
		r.Value, r.Unit, r.Goal = bytes[0], "bytes", report.Goal{}
	} else {
		r.Value, r.Theirs = bytes[0]/bytes[1], redis+" "+report.Figure(bytes[1])
	}
	b.row(r)
}

// churn deletes a third of the keys, sets as many new ones, and overwrites
// another third, all in a shuffled order.
func churn(ctx context.Context, addr string, keys int) error {
	order, value := load.Order(keys, true), load.Value(64)
	set := func(buf []byte, n uint64) []byte {
		buf = append(wire.Array(buf, 3), "$3\r\nSET\r\n"...)
		return append(load.AppendKey(buf, n), value...)
	}
	third := keys / 3
	return load.Each(ctx, addr, 3*third, func(buf []byte, i int) []byte {
		n := order(i / 3)
		switch i % 3 {
		case 0:
			return load.AppendKey(append(wire.Array(buf, 2), "$3\r\nDEL\r\n"...), n)
		case 1:
			return set(buf, n+uint64(keys))
		}
		return set(buf, order(third+i/3))
	})
}

// deadlines gives three of ten keys a day to live: those that churn left where
// they were are among them.
func deadlines(ctx context.Context, addr string, keys int) error {
	order, third := load.Order(keys, true), keys/3
	return load.Each(ctx, addr, keys*3/10, func(buf []byte, i int) []byte {
		buf = append(wire.Array(buf, 3), "$6\r\nEXPIRE\r\n"...)
		return append(load.AppendKey(buf, order(third+i)), "$5\r\n86400\r\n"...)
	})
}

// measureCollections: five fields, members or elements in each.
func measureCollections(ctx context.Context, b *bench) error {
	count := b.size(100_000, 500_000)
	chart := report.Chart{File: "collections", Title: "Memory of a collection of five", Y: "resident bytes"}
	for _, kind := range []struct {
		name, command string
		args          []string
	}{
		{"hash", "HSET", []string{"name", "a fox", "age", "7", "colour", "red", "weight", "5200", "tail", "long"}},
		{"set", "SADD", []string{"alpha", "beta", "gamma", "delta", "epsilon"}},
		{"list", "RPUSH", []string{"alpha", "beta", "gamma", "delta", "epsilon"}},
		{"zset", "ZADD", []string{"1", "alpha", "2", "beta", "3", "gamma", "4", "delta", "5", "epsilon"}},
	} {
		ours, yard, err := b.pair(ctx)
		if err != nil {
			return err
		}
		head := wire.Arguments(wire.Array(nil, len(kind.args)+2), kind.command)
		tail := wire.Arguments(nil, kind.args...)
		fill := func(n int) func(addr string) error {
			return func(addr string) error {
				return load.Each(ctx, addr, n, func(buf []byte, i int) []byte {
					return append(load.AppendKey(append(buf, head...), uint64(i)), tail...)
				})
			}
		}
		empty, err := b.rssOf(ctx, fill(1), ours, yard)
		if err != nil {
			return err
		}
		full, err := b.rssOf(ctx, fill(count), ours, yard)
		if err != nil {
			return err
		}
		for i, who := range []contender{ours, yard} {
			if who.name != "" {
				full[i] = (full[i] - empty[i]) / float64(count)
				b.sample(kind.name, who.name, 1, "resident", "bytes/collection", full[i])
				chart.Bar(who.name, kind.name, report.Point{Y: full[i]})
			}
		}
		b.weight("bytes a "+kind.name+" of five", atMost(1.0, 0.8), full)
		if err := b.fleet.Stop(); err != nil {
			return err
		}
	}
	b.book.Chart(chart)
	return nil
}
