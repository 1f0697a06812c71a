package resp

import (
	"strings"
	"testing"
	"time"
)

func TestLatencyMonitor(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	h.srv.Took("aof-fsync-always", time.Second) // off: not noted
	c.expect("*0\r\n", "LATENCY", "LATEST")
	c.expect("+OK\r\n", "CONFIG", "SET", "latency-monitor-threshold", "100")
	h.srv.now.UnixMs = 1_700_000_000_500
	h.srv.Took("aof-fsync-always", 99*time.Millisecond)
	h.srv.Took("aof-fsync-always", 150*time.Millisecond)
	h.srv.Took("aof-fsync-always", 300*time.Millisecond) // the same second: the worse one is kept
	h.srv.Took("aof-fsync-always", 200*time.Millisecond)
	if e := h.srv.monitor.events["aof-fsync-always"]; len(e.samples) != 1 || e.samples[0] != (latencySample{1_700_000_000, 300}) || e.worst != 300 {
		t.Fatalf("%+v", e)
	}
	h.srv.took(h.srv.table.find([]byte("keys")), int64(time.Second), nil, nil)
	h.srv.took(h.srv.table.find([]byte("get")), int64(time.Second), nil, nil)
	c.expect("*3\r\n*4\r\n$16\r\naof-fsync-always\r\n:1700000000\r\n:300\r\n:300\r\n"+
		"*4\r\n$7\r\ncommand\r\n:1700000000\r\n:1000\r\n:1000\r\n*4\r\n$12\r\nfast-command\r\n:1700000000\r\n:1000\r\n:1000\r\n", "LATENCY", "LATEST")
	c.expect("*1\r\n*2\r\n:1700000000\r\n:300\r\n", "LATENCY", "HISTORY", "aof-fsync-always")
	c.expect("*0\r\n", "LATENCY", "HISTORY", "none")
	c.expect("-ERR No samples available for event 'none'\r\n", "LATENCY", "GRAPH", "none")
	c.expect(":1\r\n", "LATENCY", "RESET", "aof-fsync-always", "none")
	c.expect(":2\r\n", "LATENCY", "RESET")
}

// Samples are bounded, and the graph has the form of Redis' (its own example).
func TestLatencyGraph(t *testing.T) {
	m := latencyMonitor{}
	for i := range latencySamples + 10 {
		m.add("command", int64(i), int64(i))
	}
	if e := m.events["command"]; len(e.samples) != latencySamples || e.samples[0].ms != 10 {
		t.Fatalf("%d samples from %d on", len(e.samples), e.samples[0].ms)
	}
	m = latencyMonitor{}
	m.add("x", 100, 20)
	want := "x - high 20 ms, low 20 ms (all time high 20 ms)\n" + strings.Repeat("-", 80) + "\n \n \n \n_\n\n5\ns\n"
	if got := m.events["x"].graph("x", 105); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What the slow log shows of commands with passwords, as Redis does.
func TestSlowlogRedacts(t *testing.T) {
	h := newHarness(t)
	for name, line := range map[string][2]string{
		"acl|setuser": {"ACL SETUSER u on >p +get", "ACL SETUSER (redacted) (redacted) (redacted) (redacted)"},
		"config|set":  {"CONFIG SET maxclients 9000 masterauth x", "CONFIG SET maxclients 9000 masterauth (redacted)"},
		"auth":        {"AUTH default b", "AUTH (redacted) (redacted)"},
		"hello":       {"HELLO 3 AUTH u p SETNAME n", "HELLO 3 AUTH (redacted) (redacted) SETNAME n"},
		"migrate":     {"MIGRATE h 1 k 0 9 COPY AUTH2 u p", "MIGRATE h 1 k 0 9 COPY AUTH2 (redacted) (redacted)"},
		"set":         {"SET auth secret", "SET auth secret"},
	} {
		var args [][]byte
		for _, w := range strings.Fields(line[0]) {
			args = append(args, []byte(w))
		}
		h.srv.logSlow(h.srv.table.named([]byte(name)), 1, args, nil)
		last := h.srv.slowlog.entries[len(h.srv.slowlog.entries)-1]
		if got := strings.Join(last.args, " "); got != line[1] {
			t.Errorf("got %s, want %s", got, line[1])
		}
	}
}
