package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

// bench is one run: what every measurement uses.
type bench struct {
	options
	fleet *server.Fleet
	book  *report.Book
	group string // the measurement under way
	redis bool   // redis-server is installed
}

// measure runs the chosen measurements. One that fails, or is interrupted, is a
// row of the table; what others found is kept.
func measure(ctx context.Context, opt options, chosen []measurement) (err error) {
	b := &bench{options: opt, book: &report.Book{Title: "Measurements"}}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.fleet.Close()) }()
	began := time.Now()
	for i, m := range chosen {
		if ctx.Err() != nil {
			break
		}
		b.group = m.name
		b.say("\n[%d/%d] %s: %s", i+1, len(chosen), m.name, m.about)
		start := time.Now()
		failed := b.limited(ctx, m)
		if failed != nil {
			b.row(report.Row{Name: "the rest of " + m.name, Err: failed})
		}
		if err := b.fleet.Stop(); err != nil {
			return err
		}
		b.say("    %s", time.Since(start).Round(time.Second))
		if err := b.write(); err != nil {
			return err
		}
	}
	b.say("\n%s in all; see %s", time.Since(began).Round(time.Second), filepath.Join(b.out, report.TableFile))
	return ctx.Err()
}

// limited runs a measurement; what hangs ends at the limit.
func (b *bench) limited(ctx context.Context, m measurement) error {
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	err := m.run(ctx, b)
	if ctx.Err() != nil {
		return ctx.Err() // what it broke elsewhere is no news
	}
	return err
}

// prepare fills in what the command line left open, and builds Foxtail.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.rounds == 0 {
		b.rounds = b.size(2, 5)
	}
	if b.keys == 0 {
		b.keys = b.size(100_000, 1_000_000)
	}
	if b.reading == 0 {
		b.reading = time.Duration(b.size(300, 1000)) * time.Millisecond
	}
	redis, ok := server.Installed("redis-server")
	if b.redis = ok && !b.alone; !b.redis {
		redis = "without redis-server: no ratios"
	}
	if _, ok := server.Installed("redis-benchmark"); b.generator == "" {
		if b.generator = "go"; ok {
			b.generator = "redis-benchmark"
		}
	}
	if b.fleet, err = server.NewFleet(b.tmp, b.port); err != nil {
		return err
	}
	if b.foxtail != "" {
		b.fleet.Foxtail, err = filepath.Abs(b.foxtail)
	} else {
		b.say("building Foxtail")
		err = b.fleet.Build(ctx)
	}
	if err != nil {
		return errors.Join(err, b.fleet.Close())
	}
	b.book.Facts = []string{
		time.Now().UTC().Format("2006-01-02 15:04 UTC") + ", `go run ./bench " + strings.Join(os.Args[1:], " ") + "`",
		server.Describe() + ": clients and all servers share the cores, so the wall figures of three nodes say what one machine can do, not three",
		redis,
		fmt.Sprintf("closed loops by %s; %d pairs of readings of %s, median of their ratios; 50 clients, 16-byte keys and 64-byte values unless said", b.generator, b.rounds, b.reading),
		"CPU: operations per second of server CPU, all processes of a cluster together, over that of the server beside; pairs: the lowest and highest ratio",
	}
	return nil
}

// size is a quantity of the quick run, or of the full one.
func (b *bench) size(quick, full int) int {
	if b.full {
		return full
	}
	return quick
}

// say reports progress.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// row adds a row of the measurement under way and shows it.
func (b *bench) row(r report.Row) {
	r.Group = b.group
	b.book.Row(r)
	b.say("    %s", r.Line())
}

func (b *bench) sample(cell, who string, round int, metric, unit string, value float64) {
	b.book.Sample(report.Sample{Group: b.group, Cell: cell, Who: who, Round: round, Metric: metric, Unit: unit, Value: value})
}

// write writes what there is so far.
func (b *bench) write() error {
	if err := b.book.Write(b.out); err != nil || b.readme == "" {
		return err
	}
	return b.book.Splice(b.readme, b.out)
}

// atLeast and atMost are goals; stretch 0: none.
func atLeast(goal, stretch float64) report.Goal { return report.Goal{Goal: goal, Stretch: stretch} }
func atMost(goal, stretch float64) report.Goal {
	return report.Goal{AtMost: true, Goal: goal, Stretch: stretch}
}

// both is a goal for wall and CPU.
func both(goal, stretch float64) report.Goal {
	return report.Goal{Goal: goal, Stretch: stretch, CPUToo: true}
}
