package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/laurocaetano/foxtail/bench/load"
	"github.com/laurocaetano/foxtail/bench/report"
	"github.com/laurocaetano/foxtail/bench/server"
	"github.com/laurocaetano/foxtail/bench/wire"
)

// offence is what one client does to the others, until ctx ends and its
// connection is closed.
type offence struct {
	name string
	do   func(ctx context.Context, c net.Conn, keys int) error
}

const (
	hugePipeline = 1_000_000
	hugeValue    = 100 << 20
	slowReplies  = 4000
	slowReply    = 100 << 10
)

var offences = []offence{
	{"a pipeline of 1M commands", func(_ context.Context, c net.Conn, keys int) error {
		set, rnd := load.Set(keys, 64), newRand()
		var buf []byte
		for range 1000 {
			buf = set(buf, rnd)
		}
		go io.Copy(io.Discard, c) // until the connection is closed
		for {
			if _, err := c.Write(buf); err != nil {
				return err
			}
		}
	}},
	{"a value of 100 MB", func(_ context.Context, c net.Conn, _ int) error {
		head := append(wire.Bulk([]byte("*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n"), hugeValue), bytes.Repeat([]byte("x"), 1<<20)...)
		block, replies := head[len(head)-1<<20:], wire.NewReader(c)
		for {
			if _, err := c.Write(head); err != nil {
				return err
			}
			for range hugeValue>>20 - 1 {
				if _, err := c.Write(block); err != nil {
					return err
				}
			}
			if _, err := c.Write(wire.Append([]byte("\r\n"), "GET", "huge")); err != nil {
				return err
			}
			for range 2 {
				if err := replies.Skip(); err != nil {
					return err
				}
			}
		}
	}},
	{"KEYS over all keys", func(_ context.Context, c net.Conn, _ int) error {
		replies := wire.NewReader(c)
		for {
			if _, err := c.Write(wire.Append(nil, "KEYS", "*")); err != nil {
				return err
			}
			if err := replies.Skip(); err != nil {
				return err
			}
		}
	}},
	{"a reader that asks for 400 MB and reads none", func(ctx context.Context, c net.Conn, _ int) error {
		request := wire.Append(nil, "SET", "slow", strings.Repeat("x", slowReply))
		for range slowReplies {
			request = wire.Append(request, "GET", "slow")
		}
		_, err := c.Write(request)
		<-ctx.Done()
		return err
	}},
}

func (b *bench) hostileKeys() int { return b.size(200_000, 1_000_000) }

// measureHostile: one client's GET, at a set rate, beside each offence.
func measureHostile(ctx context.Context, b *bench) error {
	ours, yard, err := b.inMemory(ctx)
	if err != nil {
		return err
	}
	chart := latencyChart("hostile", "GET of one client beside another that is hard on the server")
	all := []contender{ours, yard}
	for _, who := range all {
		if who.name == "" {
			continue
		}
		if err := load.Fill(ctx, who.addr, b.hostileKeys(), 64, true); err != nil {
			return err
		}
	}
	for _, o := range offences {
		row := report.Row{Name: "p99.9 of GET beside " + o.name, Goal: atMost(5, 1), Unit: "ms"}
		meter := server.Watch(watched(all...))
		for i, who := range all {
			if who.name == "" {
				continue
			}
			r, err := b.beside(ctx, o, who.addr)
			if err != nil {
				row.Err = fmt.Errorf("%s: %w", who.name, err)
				break
			}
			for _, p := range percentiles {
				b.sample(o.name, who.name, 1, "p"+p.name, "ms", millis(r.P(p.p)))
			}
			text := fmt.Sprintf("p50 %s, max %s ms", report.Figure(millis(r.P(50))), report.Figure(millis(r.P(100))))
			if i > 0 {
				row.Theirs = fmt.Sprintf("%s p99.9 %s, %s", redis, report.Figure(millis(r.P(99.9))), text)
				continue
			}
			row.Value, row.Ours = millis(r.P(99.9)), text
			curve(&chart, o.name, r)
		}
		noise, err := meter.Stop()
		row.Noise = noise.String()
		row.Err = errors.Join(row.Err, err)
		b.row(row)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	b.book.Chart(chart)
	return nil
}

// victimRate is that of GET per second: a thousandth of a reading must be many.
const victimRate = 4000

func (b *bench) beside(ctx context.Context, o offence, addr string) (load.Result, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return load.Result{}, err
	}
	var wg sync.WaitGroup
	offending, stop := context.WithCancel(ctx)
	wg.Go(func() { o.do(offending, c, b.hostileKeys()) }) // its error is its connection's end
	d := max(time.Second, 5*b.reading)
	r, err := load.Open{Addr: addr, Clients: 1, Rate: victimRate, Command: load.Get(b.hostileKeys()), For: d, Skip: b.reading / 5}.Run(ctx)
	stop()
	c.Close()
	wg.Wait()
	return r, errors.Join(err, r.Err())
}
