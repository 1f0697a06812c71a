package resp

import (
	"bufio"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMonitorLikeRedis compares the lines but for time and address. Those
// of a transaction are shown before EXEC, as there.
func TestMonitorLikeRedis(t *testing.T) {
	redis := startOracle(t)
	h := newHarness(t)
	m, c := h.dial(), h.dial()
	if got := redis.do("MONITOR"); got != "+OK\r\n" {
		t.Fatal(got)
	}
	m.expect("+OK\r\n", "MONITOR")
	client := &oracle{t: t, conn: dialOracle(t, redis)}
	client.r = bufio.NewReader(client.conn)
	shown := regexp.MustCompile(`\+\d+\.\d{6} \[(\d+) [^\]]*\]([^\r]*)\r\n`)
	lines := func(s string) string {
		var out []string
		for _, l := range shown.FindAllStringSubmatch(s, -1) {
			if !strings.Contains(l[2], "fence-") {
				out = append(out, l[1]+l[2])
			}
		}
		return strings.Join(out, "\n")
	}
	for _, words := range [][]string{
		{"SET", "a", "x\r\n\t\a\b\"\\\x00\xff y"}, {"get", "a"}, {"SELECT", "3"}, {"GET", "a"}, {"AUTH", "secret"}, {"AUTH", "me", "secret"},
		{"HELLO", "2", "AUTH", "me", "secret", "SETNAME", "x"}, {"CONFIG", "SET", "maxclients", "9999"}, {"nosuch"}, {"GET"}, {"PUBLISH", "a", "b"},
	} {
		client.do(words...)
		client.do("ECHO", "fence-")
		seen := ""
		for !strings.Contains(seen, "fence-") {
			line, err := redis.r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			seen += line
		}
		want := lines(seen)
		c.do(words...)
		h.rest(m, c)
		if got := lines(m.got()); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
}

func TestMonitorShowsTransactionsAndEnds(t *testing.T) {
	h := newHarness(t)
	m, c := h.dial(), h.dial()
	m.do("MONITOR")
	for _, words := range [][]string{{"MULTI"}, {"SET", "a", "1"}, {"GET", "a"}, {"EXEC"}} {
		c.do(words...)
	}
	h.rest(m)
	if got := m.got(); strings.Count(got, "\r\n") != 4 || !strings.Contains(got, `"SET" "a" "1"`) {
		t.Errorf("got %q", got)
	}
	m.expect("+RESET\r\n", "RESET")
	c.do("GET", "a")
	h.rest(m)
	if got := m.got(); got != "" {
		t.Errorf("after RESET: %q", got)
	}
}

func TestSlowMonitorIsCutOff(t *testing.T) {
	h := newHarness(t, "--client-output-buffer-limit", "pubsub 10000 0 0")
	m, c := h.dial(), h.dial()
	m.do("MONITOR")
	m.sock.room = 0
	for range 20 {
		c.do("SET", "a", strings.Repeat("x", 1000))
	}
	if !m.sock.closed || len(h.srv.monitoring) != 0 {
		t.Error("the slow monitor is still there")
	}
}

func dialOracle(t *testing.T, o *oracle) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", o.conn.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}
