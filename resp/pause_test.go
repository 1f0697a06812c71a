package resp

import "testing"

// CLIENT PAUSE WRITE holds up whatever Redis would tell its replicas, which is
// more than what writes; the rest goes on.
func TestPauseOfWritesStopsWhatReplicates(t *testing.T) {
	h := newHarness(t)
	admin := h.dial()
	admin.expect("+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
	var stopped []*testConn
	want := []string{"+OK\r\n", ":0\r\n", ":0\r\n", ":0\r\n", ":1\r\n"}
	for _, words := range [][]string{{"SET", "k", "v"}, {"PFCOUNT", "h"}, {"PUBLISH", "c", "m"}, {"SPUBLISH", "c", "m"}, {"EVAL", "return 1", "0"}} {
		c := h.dial()
		c.expect("", words...)
		stopped = append(stopped, c)
	}
	reader := h.dial()
	reader.expect("$-1\r\n", "GET", "k")
	reader.expect(":1\r\n", "EVAL_RO", "return 1", "0")
	admin.expect("+OK\r\n", "CLIENT", "UNPAUSE")
	h.turn(append(stopped, admin)...)
	for i, c := range stopped {
		if got := c.got(); got != want[i] {
			t.Errorf("after the pause, command %d: %q, want %q", i, got, want[i])
		}
	}
}
