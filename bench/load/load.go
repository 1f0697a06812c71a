// Package load makes requests and measures the answers. It knows addresses and
// commands; not who serves them.
//
//	closed.go     closed loop: as fast as answers come, for throughput
//	one.go        one client that waits, for the latency of an idle server
//	open.go       open loop: at a set rate whether or not answers come
//	fill.go       keys before a measurement
//	benchmark.go  redis-benchmark, Redis' own yardstick
//	etcd.go       the same against etcd
//	command.go    what is asked for
//
// Latency is in nanoseconds throughout.
package load

import (
	"errors"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/laurocaetano/foxtail/bench/wire"
)

// Result is what a run saw.
type Result struct {
	Ops       int64
	Elapsed   time.Duration
	Latency   *hdrhistogram.Histogram
	Refused   int64 // error replies, of which Reason is one
	Reason    error
	Unclaimed int64 // open loop: sent, but not answered in time
}

// PerSecond is the throughput.
func (r Result) PerSecond() float64 { return float64(r.Ops) / r.Elapsed.Seconds() }

// Err is not nil if requests failed: then the figures mean something else.
func (r Result) Err() error {
	if r.Refused > 0 {
		return r.Reason
	}
	return nil
}

// P is a percentile of the latency.
func (r Result) P(percentile float64) time.Duration {
	return time.Duration(r.Latency.ValueAtQuantile(percentile))
}

// histogram takes a nanosecond to a minute, at three digits.
func histogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Minute.Nanoseconds(), 3)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	h.RecordValue(min(max(d.Nanoseconds(), 1), h.HighestTrackableValue())) // in range: no error
}

// tally counts one answer; what is no reply is returned.
func (r *Result) tally(err error) error {
	r.Ops++
	if refused := wire.Error(""); errors.As(err, &refused) {
		r.Refused, r.Reason = r.Refused+1, err
		return nil
	}
	return err
}

// add joins the results of clients that ran side by side.
func (r *Result) add(o Result) {
	r.Ops, r.Refused, r.Unclaimed = r.Ops+o.Ops, r.Refused+o.Refused, r.Unclaimed+o.Unclaimed
	if o.Reason != nil {
		r.Reason = o.Reason
	}
	if r.Latency == nil {
		r.Latency = o.Latency
	} else if o.Latency != nil {
		r.Latency.Merge(o.Latency)
	}
}
