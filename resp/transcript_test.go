package resp

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// A transcript is a conversation of several connections, "A> COMMAND words", of
// which everything that any of them receives is compared with Redis, pushes and
// all. Each step is over on all connections before the next one begins.
func compareTranscript(t *testing.T, redis *oracle, proto int, lines string, flags ...string) {
	t.Helper()
	theirs := &oracleTalk{o: redis, conns: map[string]*oracleConn{}}
	defer theirs.close()
	ours := newTalk(t, flags...)
	steps := 0
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		name, command, ok := strings.Cut(strings.TrimSpace(line), "> ")
		if !ok {
			continue // an empty line, a comment
		}
		if proto == 3 && ours.conns[name] == nil { // what HELLO answers is not compared: it shows versions
			theirs.step(name, []string{"HELLO", "3"})
			ours.step(name, []string{"HELLO", "3"})
		}
		words := strings.Split(command, " ")
		want := theirs.step(name, words)
		got := ours.step(name, words)
		steps++
		for c := range want {
			if sameDenials(got[c]) != sameDenials(want[c]) {
				t.Errorf("%s: %s receives\n got %q\nwant %q", line, c, got[c], want[c])
			}
		}
	}
	if steps == 0 {
		t.Error("an empty transcript")
	}
}

// talk is a conversation with our server.
type talk struct {
	h     *harness
	conns map[string]*testConn
	order []*testConn
}

func newTalk(t *testing.T, flags ...string) *talk {
	return &talk{h: newHarness(t, flags...), conns: map[string]*testConn{}}
}

func (k *talk) step(name string, words []string) map[string]string {
	k.h.t.Helper()
	c := k.conns[name]
	if c == nil {
		c = k.h.dial()
		k.conns[name] = c
		k.order = append(k.order, c)
	}
	c.send(words...)
	k.h.rest(k.order...)
	got := map[string]string{}
	for n, c := range k.conns {
		got[n] = c.got()
	}
	return got
}

// oracleTalk is the same with redis-server.
type oracleTalk struct {
	o     *oracle
	conns map[string]*oracleConn
	fence int
}

type oracleConn struct {
	net.Conn
	multi, closed bool
	buf           []byte
}

func (k *oracleTalk) close() {
	for _, c := range k.conns {
		c.Close()
	}
}

func (k *oracleTalk) step(name string, words []string) map[string]string {
	t := k.o.t
	t.Helper()
	c := k.conns[name]
	if c == nil {
		conn, err := net.Dial("tcp", k.o.conn.RemoteAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		c = &oracleConn{Conn: conn}
		k.conns[name] = c
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := c.Write([]byte(b.String())); err != nil {
		t.Fatal(err)
	}
	answer := ""
	switch strings.ToLower(words[0]) {
	case "multi":
		c.multi = true
	case "exec", "discard", "reset":
		c.multi = false
	case "quit":
		c.closed = true
	}
	if c.multi || c.closed {
		answer = k.oneReply(c)
	}
	got := map[string]string{}
	if answer == "" && strings.EqualFold(words[0], "client") && len(words) > 1 && (strings.EqualFold(words[1], "caching") || strings.EqualFold(words[1], "trackinginfo")) {
		// A PING would end what CLIENT CACHING began.
		got[name] = k.oneReply(c)
		return got
	}
	// The one that acted comes first: when its fence is answered, all has happened.
	got[name] = answer + k.fenced(c)
	for n, other := range k.conns {
		if other != c {
			got[n] = k.fenced(other)
		}
	}
	return got
}

// fenced is what arrives before the answer to a PING.
func (k *oracleTalk) fenced(c *oracleConn) string {
	if c.multi || c.closed {
		return ""
	}
	k.fence++
	word := fmt.Sprintf("fence-%d", k.fence)
	if _, err := fmt.Fprintf(c, "*2\r\n$4\r\nPING\r\n$%d\r\n%s\r\n", len(word), word); err != nil {
		k.o.t.Fatal(err)
	}
	end := fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	for !strings.HasSuffix(string(c.buf), end) {
		k.read(c)
	}
	got := strings.TrimSuffix(string(c.buf), end)
	c.buf = nil
	return strings.TrimSuffix(got, "*2\r\n$4\r\npong\r\n")
}

func (k *oracleTalk) oneReply(c *oracleConn) string {
	for {
		if n := replyLen(c.buf); n > 0 {
			reply := string(c.buf[:n])
			c.buf = c.buf[n:]
			return reply
		}
		k.read(c)
	}
}

func (k *oracleTalk) read(c *oracleConn) {
	chunk := make([]byte, 64<<10)
	n, err := c.Read(chunk)
	if err != nil {
		k.o.t.Fatal(err)
	}
	c.buf = append(c.buf, chunk[:n]...)
}
