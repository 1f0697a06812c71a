package resp

import "testing"

// A node says that its clients listen as long as one does, whatever for: else the
// leader makes it wait for what others write.
func TestListening(t *testing.T) {
	for _, words := range [][]string{
		{"BLPOP", "q", "0"}, {"SUBSCRIBE", "c"}, {"PSUBSCRIBE", "c*"}, {"SSUBSCRIBE", "c"}, {"CLIENT", "TRACKING", "ON", "BCAST"}, {"MONITOR"},
	} {
		h := newHarness(t)
		c := h.dial()
		c.do("HELLO", "3")
		if h.srv.Listening() {
			t.Fatal("nobody has asked for anything")
		}
		c.do(words...)
		if !h.srv.Listening() {
			t.Errorf("%q: the node does not listen", words)
		}
		c.sock.eof = true
		h.turn(c)
		if h.srv.Listening() {
			t.Errorf("%q: the client is gone, and the node listens", words)
		}
	}
}
