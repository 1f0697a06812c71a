package resp

import (
	"strings"
	"testing"
)

// Over maxmemory, commands that need more of it are refused before they reach
// the log; those that free it, and reads, are not.
func TestMaxMemory(t *testing.T) {
	h := newHarness(t, "--maxmemory", "10kb")
	c := h.dial()
	c.expect("+OK\r\n", "SET", "big", strings.Repeat("x", 20<<10))
	c.expect("-OOM command not allowed when used memory > 'maxmemory'.\r\n", "SET", "a", "1")
	c.expect("$-1\r\n", "GET", "a")
	c.expect("+OK\r\n", "MULTI")
	c.expect("-OOM command not allowed when used memory > 'maxmemory'.\r\n", "SET", "a", "1")
	c.expect("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
	c.expect(":1\r\n", "DEL", "big")
	c.expect("+OK\r\n", "SET", "a", "1")
	c.expect("+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
	c.expect("+OK\r\n", "SET", "big", strings.Repeat("x", 20<<10))
	c.expect("+OK\r\n", "SET", "b", "1")
}
