package resp

import (
	"testing"
	"time"
)

// BenchmarkPipeline measures the session layer and the engine with 16 commands a
// turn, without sockets: ns/op is per command.
func BenchmarkPipeline(b *testing.B) {
	for _, words := range [][]string{{"PING"}, {"GET", "key"}, {"SET", "key", "value"}} {
		for _, clock := range []bool{false, true} {
			name := words[0]
			if clock {
				name += "/timed"
			}
			b.Run(name, func(b *testing.B) {
				h := newHarness(b)
				if clock {
					began := time.Now()
					h.srv.clock = func() time.Duration { return time.Since(began) }
				}
				c := h.dial()
				for range 16 {
					c.send(words...)
				}
				in := c.sock.in
				b.ReportAllocs()
				for i := 0; i < b.N; i += 16 {
					c.sock.in = in
					h.turn(c)
					c.sock.out.Reset()
				}
			})
		}
	}
}
