package resp

import (
	"slices"
	"time"
)

// latencyMonitor keeps the last moments in which something took longer than
// latency-monitor-threshold. It keeps nothing while that is 0.
type latencyMonitor struct {
	threshold time.Duration
	events    map[string]*latencyEvent
}

// latencySamples is how many seconds with a spike are kept per event.
const latencySamples = 160

// latencyEvent is a ring of samples, at most one per second.
type latencyEvent struct {
	samples []latencySample // oldest first
	worst   int64           // of all time, in ms
}

type latencySample struct{ unixSec, ms int64 }

// Took notes how long an event of the node took: "aof-fsync-always" for a sync of
// the log, "expire-cycle" for the entries that remove what is due. Commands are
// noted as "command", or "fast-command" for those of small constant cost.
func (s *Server) Took(event string, d time.Duration) {
	if m := &s.monitor; m.threshold > 0 && d >= m.threshold {
		m.add(event, s.now.UnixMs/1000, d.Milliseconds())
	}
}

func (m *latencyMonitor) add(event string, unixSec, ms int64) {
	e := m.events[event]
	if e == nil {
		if m.events == nil {
			m.events = map[string]*latencyEvent{}
		}
		e = &latencyEvent{}
		m.events[event] = e
	}
	e.worst = max(e.worst, ms)
	if n := len(e.samples); n > 0 && e.samples[n-1].unixSec == unixSec {
		e.samples[n-1].ms = max(e.samples[n-1].ms, ms)
		return
	}
	if len(e.samples) == latencySamples {
		e.samples = e.samples[:copy(e.samples, e.samples[1:])]
	}
	e.samples = append(e.samples, latencySample{unixSec, ms})
}

// names are the events in order.
func (m *latencyMonitor) names() []string {
	names := make([]string, 0, len(m.events))
	for name := range m.events {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// latencyStats sum up what is kept of an event, in ms and seconds.
type latencyStats struct {
	low, high, mean, deviation int64
	period                     float64
}

func (e *latencyEvent) stats(nowSec int64) (st latencyStats) {
	n := int64(len(e.samples))
	if n == 0 {
		return st
	}
	st.low, st.high = e.samples[0].ms, e.samples[0].ms
	sum := int64(0)
	for _, x := range e.samples {
		st.low, st.high = min(st.low, x.ms), max(st.high, x.ms)
		sum += x.ms
	}
	st.mean = sum / n
	off := int64(0)
	for _, x := range e.samples {
		off += max(x.ms-st.mean, st.mean-x.ms)
	}
	st.deviation = off / n
	st.period = float64(max(nowSec-e.samples[0].unixSec, 1)) / float64(n)
	return st
}
