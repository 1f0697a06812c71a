package resp

import (
	"fmt"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

func cmdLatencyLatest(c *Conn, _ [][]byte, r engine.Reply) {
	m := &c.srv.monitor
	r.Array(len(m.events))
	for _, name := range m.names() {
		e := m.events[name]
		last := e.samples[len(e.samples)-1]
		r.Array(4)
		r.BulkString(name)
		r.Int(last.unixSec)
		r.Int(last.ms)
		r.Int(e.worst)
	}
}

func cmdLatencyHistory(c *Conn, args [][]byte, r engine.Reply) {
	e := c.srv.monitor.events[string(args[2])]
	if e == nil {
		r.Array(0)
		return
	}
	r.Array(len(e.samples))
	for _, x := range e.samples {
		r.Array(2)
		r.Int(x.unixSec)
		r.Int(x.ms)
	}
}

func cmdLatencyReset(c *Conn, args [][]byte, r engine.Reply) {
	m := &c.srv.monitor
	had := len(m.events)
	if len(args) == 2 {
		clear(m.events)
	}
	for _, name := range args[2:] {
		delete(m.events, string(name))
	}
	r.Int(int64(had - len(m.events)))
}

func cmdLatencyGraph(c *Conn, args [][]byte, r engine.Reply) {
	name := string(args[2])
	e := c.srv.monitor.events[name]
	if e == nil {
		r.Err(engine.Error(strings.NewReplacer("\r", " ", "\n", " ").Replace(fmt.Sprintf("ERR No samples available for event '%s'", clip(args[2])))))
		return
	}
	r.Verbatim("txt", []byte(e.graph(name, c.srv.now.UnixMs/1000)))
}

// graph draws a column per sample, and how long ago each was beneath it.
func (e *latencyEvent) graph(name string, nowSec int64) string {
	const rows, steps = 4, "_-`"
	st := e.stats(nowSec)
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n%s\n", name, st.high, st.low, e.worst, strings.Repeat("-", 80))
	level := func(ms int64) int {
		if st.high == st.low {
			return 0
		}
		return int((ms - st.low) * (rows*int64(len(steps)) - 1) / (st.high - st.low))
	}
	for row := rows - 1; row >= 0; row-- {
		for _, x := range e.samples {
			switch at := level(x.ms); {
			case at/len(steps) == row:
				b.WriteByte(steps[at%len(steps)])
			case at/len(steps) > row:
				b.WriteByte('|')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	ages := make([]string, len(e.samples))
	longest := 0
	for i, x := range e.samples {
		ages[i] = age(nowSec - x.unixSec)
		longest = max(longest, len(ages[i]))
	}
	for i := range longest {
		for _, a := range ages {
			if i < len(a) {
				b.WriteByte(a[i])
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// age is a time in the greatest unit that it fills.
func age(sec int64) string {
	switch {
	case sec < 60:
		return fmt.Sprintf("%ds", sec)
	case sec < 3600:
		return fmt.Sprintf("%dm", sec/60)
	case sec < 86400:
		return fmt.Sprintf("%dh", sec/3600)
	}
	return fmt.Sprintf("%dd", sec/86400)
}

func cmdLatencyDoctor(c *Conn, _ [][]byte, r engine.Reply) {
	m := &c.srv.monitor
	var b strings.Builder
	switch {
	case m.threshold == 0 && len(m.events) == 0:
		b.WriteString("Latency monitoring is off on this node. CONFIG SET latency-monitor-threshold <milliseconds> turns it on.\n")
	case len(m.events) == 0:
		b.WriteString("No latency spike was observed on this node since it started, or since LATENCY RESET.\n")
	default:
		b.WriteString("Latency spikes were observed on this node:\n\n")
		for i, name := range m.names() {
			e := m.events[name]
			st := e.stats(c.srv.now.UnixMs / 1000)
			fmt.Fprintf(&b, "%d. %s: %d latency spikes (average %dms, mean deviation %dms, period %.2f sec). Worst all time event %dms.\n",
				i+1, name, len(e.samples), st.mean, st.deviation, st.period, e.worst)
		}
		b.WriteString("\nAdvice:\n\n")
		if m.events["command"] != nil {
			b.WriteString("- SLOWLOG GET names the slow commands. Large collections are read cheaper in parts (SCAN and its kin).\n")
		}
		if m.events["aof-fsync-always"] != nil {
			b.WriteString("- The disk is slow to sync: every write waits for it on a majority. RAFT INFO and INFO persistence tell more.\n")
		}
		if m.events["expire-cycle"] != nil {
			b.WriteString("- Many keys ran out at once: spread their deadlines.\n")
		}
		if m.events["fast-command"] != nil {
			b.WriteString("- A command of constant cost was slow: the machine lacks CPU or memory, or swaps.\n")
		}
	}
	r.Verbatim("txt", []byte(b.String()))
}
