package resp

import (
	"fmt"
	"strings"
	"testing"
)

// Parser, session, batch, entry, engine and reply: a pipeline of the usual
// commands on keys that are there allocates nothing.
func TestPipelinesDoNotAllocate(t *testing.T) {
	value := strings.Repeat("v", 64)
	for _, words := range [][]string{
		{"PING"}, {"GET", "key"}, {"SET", "key", value}, {"INCR", "counter"}, {"MGET", "key", "counter"}, {"MSET", "key", value, "other", value},
	} {
		h := newHarness(t)
		c := h.dial()
		c.send("MSET", "key1", value, "counter1", "1000", "key2", value, "counter2", "1000", "other1", "", "other2", "")
		h.turn(c)
		for i := range 16 {
			numbered := []string{words[0]}
			for j, w := range words[1:] {
				if words[0] != "MSET" && words[0] != "SET" || j%2 == 0 {
					w = fmt.Sprint(w, 1+i%2)
				}
				numbered = append(numbered, w)
			}
			c.send(numbered...)
		}
		in := c.sock.in
		if a := testing.AllocsPerRun(200, func() {
			c.sock.in = in
			h.turn(c)
			c.sock.out.Reset()
		}); a != 0 {
			t.Errorf("16 times %s: %v allocations", words[0], a)
		}
	}
}
