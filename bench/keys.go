package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
)

// measureKeys: the same load at nodes that hold more and more, and at
// redis-servers; then what a full collection costs with the most.
func measureKeys(ctx context.Context, b *bench) error {
	counts := []int{10_000, b.size(100_000, 1_000_000), b.size(300_000, 10_000_000)}
	ports, err := b.fleet.Ports(1)
	if err != nil {
		return err
	}
	profiles := server.Local(ports[0])
	var nodes, yards []contender
	var biggest *server.Server
	for i, n := range counts {
		directives := []string{"--appendonly", "no"}
		if i == len(counts)-1 {
			directives = append(directives, "--pprof-bind", profiles)
		}
		if biggest, err = b.fleet.StartFoxtail(ctx, directives...); err != nil {
			return err
		}
		node := at(fmt.Sprintf("%s %s", foxtail, report.Count(float64(n))), biggest)
		yard, err := b.yardstick(ctx)
		if err != nil {
			return err
		}
		for _, who := range []contender{node, yard} {
			if who.name != "" {
				if err := load.Fill(ctx, who.addr, n, 64, true); err != nil {
					return fmt.Errorf("%s: %w", who.name, err)
				}
			}
		}
		nodes, yards = append(nodes, node), append(yards, yard)
	}
	for _, test := range []string{"get", "set"} {
		chart := report.Chart{File: "keys-" + test, Title: display(test) + " in memory by the number of keys, pipeline 16", X: "keys", Y: "requests per second", LogX: true, Ticks: floats(counts)}
		for _, p := range []int{1, 16} {
			if err := b.byKeys(ctx, test, p, counts, nodes, yards, &chart); err != nil {
				return err
			}
		}
		b.book.Chart(chart)
	}
	return b.collector(ctx, profiles, biggest, counts[len(counts)-1])
}

// byKeys makes a row of the greatest count beside the least, and two lines of a chart.
func (b *bench) byKeys(ctx context.Context, test string, p int, counts []int, nodes, yards []contender, chart *report.Chart) error {
	walls := map[string][]float64{}
	cpu := map[string]float64{}
	var all []contender
	for i, n := range counts {
		all = append(all, nodes[i])
		if yards[i].name != "" {
			yards[i].name = fmt.Sprintf("%s %s", redis, report.Count(float64(n)))
			all = append(all, yards[i])
		}
	}
	meter := server.Watch(watched(all...))
	for round := range b.rounds {
		for i, n := range counts {
			for _, who := range []contender{nodes[i], yards[i]} {
				if who.name == "" {
					continue
				}
				c := b.cell(test, p)
				c.keys, c.requests = n, p*b.size(10_000, 40_000)
				r, err := b.read(ctx, c, who)
				if err != nil {
					return fmt.Errorf("%s: %w", who.name, err)
				}
				walls[who.name] = append(walls[who.name], r.perSecond)
				cpu[who.name] = r.cpuNs
				b.sample(c.name, who.name, round+1, "throughput", "1/s", r.perSecond)
				b.sample(c.name, who.name, round+1, "server CPU", "ns/op", r.cpuNs)
			}
		}
	}
	noise, err := meter.Stop()
	if err != nil {
		return err
	}
	least, most := nodes[0].name, nodes[len(nodes)-1].name
	ratios := ratio(walls[most], walls[least])
	b.row(report.Row{Name: fmt.Sprintf("%s P%d at %s keys beside %s", display(test), p, report.Count(float64(counts[len(counts)-1])), report.Count(float64(counts[0]))),
		Value: report.Median(ratios), Low: report.Quantile(ratios, 0), High: report.Quantile(ratios, 1), CPU: cpu[least] / cpu[most], Unit: "x", Goal: atLeast(0.75, 0.9),
		Ours: report.Figure(report.Median(walls[most])) + "/s", Theirs: report.Figure(report.Median(walls[least])) + "/s", Noise: noise.String()})
	if p == 16 {
		for i, n := range counts {
			for k, who := range []contender{nodes[i], yards[i]} {
				if v := walls[who.name]; len(v) > 0 {
					chart.Point([]string{foxtail, redis}[k], report.Point{X: float64(n), Y: report.Median(v), Low: report.Quantile(v, 0), High: report.Quantile(v, 1)})
				}
			}
		}
	}
	return nil
}

func floats(counts []int) (out []float64) {
	for _, n := range counts {
		out = append(out, float64(n))
	}
	return out
}

// collector reads the garbage collector's figures through pprof-bind.
func (b *bench) collector(ctx context.Context, profiles string, node *server.Server, keys int) error {
	// Without gc=1 the page costs the profile alone, which is taken off.
	plain, _, err := heapPage(ctx, profiles, "debug=1", node)
	if err != nil {
		return err
	}
	full, _, err := heapPage(ctx, profiles, "debug=1&gc=1", node)
	if err != nil {
		return err
	}
	work := millis(full - plain)
	b.sample("full collection", foxtail, 1, "CPU", "ms", work)
	b.row(report.Row{Name: fmt.Sprintf("full collection at %s keys: CPU", report.Count(float64(keys))), Value: max(work, 0), Unit: "ms", Goal: atMost(100, 30)})
	before, err := node.CPU()
	if err != nil {
		return err
	}
	_, gcBefore, err := heapPage(ctx, profiles, "debug=1", node)
	if err != nil {
		return err
	}
	c := b.cell("set", 16)
	c.keys, c.requests = keys, b.size(200_000, 3_000_000)
	if _, err := b.read(ctx, c, at(foxtail, node)); err != nil {
		return err
	}
	_, gcAfter, err := heapPage(ctx, profiles, "debug=1", node)
	if err != nil {
		return err
	}
	after, err := node.CPU()
	if err != nil {
		return err
	}
	share := 100 * (gcAfter - gcBefore) / (after - before).Seconds()
	b.sample("collector under load", foxtail, 1, "share of CPU", "%", share)
	b.row(report.Row{Name: "collector's share of CPU under SET P16", Value: share, Unit: "%", Goal: atMost(3, 1)})
	return nil
}

var gcFields = regexp.MustCompile(`# (GCCPUFraction|LastGC) = (\S+)`)

// heapPage reads the heap profile's page: the CPU that this cost, and what the
// collector has used since the process began, in CPU seconds.
func heapPage(ctx context.Context, addr, query string, node *server.Server) (cost time.Duration, gcSeconds float64, err error) {
	before, err := node.CPU()
	if err != nil {
		return 0, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/debug/pprof/heap?"+query, nil)
	if err != nil {
		return 0, 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, err
	}
	text, err := io.ReadAll(res.Body)
	err = errors.Join(err, res.Body.Close())
	if err != nil {
		return 0, 0, err
	}
	after, err := node.CPU()
	if err != nil {
		return 0, 0, err
	}
	fields := map[string]float64{}
	for _, m := range gcFields.FindAllSubmatch(text, -1) {
		if fields[string(m[1])], err = strconv.ParseFloat(string(m[2]), 64); err != nil {
			return 0, 0, err
		}
	}
	if len(fields) != 2 {
		return 0, 0, fmt.Errorf("the heap profile's page lacks the collector's figures: %.200q", text)
	}
	// The fraction is of all cores' time until the last collection.
	age := time.Unix(0, int64(fields["LastGC"])).Sub(node.Began).Seconds()
	return after - before, fields["GCCPUFraction"] * age * float64(runtime.NumCPU()), nil
}
