package resp

import (
	"math/bits"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// stats are the counters of INFO stats.
type stats struct {
	commands      uint64
	connections   uint64
	rejected      uint64
	netIn, netOut uint64
	errors        uint64
	errorCodes    map[string]*uint64
	queryLimit    uint64
	outputLimit   uint64
	evicted       uint64
	batches       uint64

	// A ring of rates, one per sample period.
	ops, in, out ring
	sampledAt    time.Duration
}

const ringSize = 16

// ring keeps the last rates of a counter.
type ring struct {
	last  uint64
	rates [ringSize]uint64
	next  int
}

func (r *ring) add(counter uint64, elapsed time.Duration) {
	r.rates[r.next] = (counter - r.last) * uint64(time.Second) / uint64(elapsed)
	r.next = (r.next + 1) % ringSize
	r.last = counter
}

func (r *ring) rate() uint64 {
	var sum uint64
	for _, n := range r.rates {
		sum += n
	}
	return sum / ringSize
}

// sample notes rates at most once per period. An idle server is not woken for
// it: the next sample then covers all the time since.
func (s *stats) sample(now time.Duration) {
	elapsed := now - s.sampledAt
	if elapsed < statsSamplePeriod {
		return
	}
	s.sampledAt = now
	for i := time.Duration(0); i < min(elapsed/(ringSize*statsSamplePeriod), 1)*(ringSize-1); i++ {
		// After a long idle time nothing older than this sample counts.
		s.ops.rates[i], s.in.rates[i], s.out.rates[i] = 0, 0, 0
	}
	s.ops.add(s.commands, elapsed)
	s.in.add(s.netIn, elapsed)
	s.out.add(s.netOut, elapsed)
}

// reset is CONFIG RESETSTAT.
func (s *Server) resetStats() {
	s.stats = stats{errorCodes: map[string]*uint64{}, sampledAt: s.now.Mono}
	s.table.each(func(c *command) {
		c.calls, c.rejected, c.failed, c.runs, c.timedCalls, c.timedNs = 0, 0, 0, 0, 0, 0
		c.latency = histogram{}
	})
	s.engine().ResetStats()
}

// One in sampleEvery calls of a cheap command is timed, which adds some 6 ns to a
// GET of 90 (BenchmarkPipeline). What is not cheap is always timed.
const sampleEvery = 16

// timesThis decides whether a call is timed.
func timesThis(cmd *command) bool {
	cmd.runs++
	return !cmd.cheap || cmd.runs%sampleEvery == 1
}

// took notes the time of one call. args may be nil where they are no longer
// known; c is nil where nobody waits.
func (s *Server) took(cmd *command, ns int64, args [][]byte, c *Conn) {
	ns = max(ns, 0)
	cmd.timedCalls++
	cmd.timedNs += uint64(ns)
	cmd.latency.add(uint64(ns))
	if s.monitor.threshold > 0 {
		event := "command"
		if cmd.row != nil && cmd.row.Flags&engine.Fast != 0 {
			event = "fast-command"
		}
		s.Took(event, time.Duration(ns))
	}
	if s.slowlog.on() && ns/1000 >= s.slowlog.slowerThan {
		s.logSlow(cmd, ns/1000, args, c)
	}
}

// usec is the time that so many calls took, by the mean of those that were timed.
// ok is false if none was.
func (c *command) usec(calls uint64) (total uint64, perCall float64, ok bool) {
	if c.timedCalls == 0 {
		return 0, 0, false
	}
	perCall = float64(c.timedNs) / 1000 / float64(c.timedCalls)
	return uint64(perCall * float64(calls)), perCall, true
}

// histogram counts times by their power of two in nanoseconds, with four steps
// in each.
type histogram struct {
	counts [40 * 4]uint32
	total  uint64
}

func (h *histogram) add(ns uint64) {
	h.total++
	h.counts[histogramSlot(ns)]++
}

func histogramSlot(ns uint64) int {
	if ns < 4 {
		return int(ns)
	}
	e := bits.Len64(ns) - 1 // >= 2
	return min((e-1)*4+int(ns>>(e-2)&3), 40*4-1)
}

// histogramTop is the largest time of a slot.
func histogramTop(slot int) uint64 {
	if slot < 4 {
		return uint64(slot)
	}
	e := slot/4 + 1
	return uint64(slot%4+5)<<(e-2) - 1
}

// percentile returns the time in nanoseconds that p percent of the calls did
// not exceed.
func (h *histogram) percentile(p float64) uint64 {
	want := max(uint64(p/100*float64(h.total)+0.5), 1)
	var seen uint64
	for i, n := range h.counts {
		seen += uint64(n)
		if n > 0 && seen >= want {
			return histogramTop(i)
		}
	}
	return 0
}
