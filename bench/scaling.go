package main

import (
	"context"
	"fmt"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
)

func measureClients(ctx context.Context, b *bench) error {
	counts := []int{1, 5, 20, 50, 200, 1000}
	return b.scale(ctx, "clients", "by the number of clients, no pipeline", "clients", counts, func(c *cell, n int) { c.clients = n })
}

func measurePipeline(ctx context.Context, b *bench) error {
	depths := []int{1, 4, 16, 64, 256}
	return b.scale(ctx, "pipeline", "by the depth of the pipeline, 50 clients", "requests of a pipeline", depths, func(c *cell, n int) { c.pipeline = n })
}

func measureValues(ctx context.Context, b *bench) error {
	sizes := []int{16, 100, 1000, 10_000, 100_000, 1_000_000}
	return b.scale(ctx, "values", "by the size of values, 50 clients, no pipeline", "bytes of a value", sizes, func(c *cell, n int) {
		c.size, c.keys = n, min(c.keys, max(100, 200_000_000/n)) // 200 MB of them at most
	})
}

// scale measures GET and SET in memory at each x, and draws them. No goals: the
// charts are the result, and the table has their ratios.
func (b *bench) scale(ctx context.Context, file, title, axis string, xs []int, set func(c *cell, x int)) error {
	ours, yard, err := b.inMemory(ctx)
	if err != nil {
		return err
	}
	short := *b // these are many cells, and no goal hangs on them
	short.rounds, short.reading = max(1, b.rounds*3/5), b.reading/2
	chart := report.Chart{File: file, Title: "In memory " + title, X: axis, Y: "requests per second", LogX: true, LogY: true, Ticks: floats(xs)}
	for _, test := range []string{"set", "get"} {
		for _, x := range xs {
			c := b.cell(test, 1)
			set(&c, x)
			c.name = fmt.Sprintf("%s, %s %s", display(test), report.Count(float64(x)), axis)
			for _, who := range []contender{ours, yard} {
				if test == "get" && who.name != "" { // all keys are there, and of that size
					if err := load.Fill(ctx, who.addr, c.keys, c.size, true); err != nil {
						return err
					}
				}
			}
			out, err := short.compare(ctx, c, yard, entry{ours, "", report.Goal{}})
			if err != nil {
				return err
			}
			for _, who := range []string{foxtail, redis} {
				if perSecond, _ := out.median(who); perSecond > 0 {
					v := walls(out.readings[who])
					chart.Point(who+" "+display(test), report.Point{X: float64(x), Y: perSecond, Low: report.Quantile(v, 0), High: report.Quantile(v, 1)})
				}
			}
		}
	}
	b.book.Chart(chart)
	return nil
}
