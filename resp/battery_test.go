package resp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/resp/wire"
)

// attack is one way to harm others. The oracle is the same for all: the server
// goes on, another client's PING is answered in time all along, memory comes
// back, and what the attacker is told is what Redis would say.
type attack struct {
	name  string
	heavy bool // only with -long
	run   func(t *testing.T, tg *target)
}

// turn is how much of the processor a turn may take: others wait for it.
func (a attack) turn() time.Duration {
	switch {
	case raceDetector:
		return 5 * time.Second
	case strings.Contains(a.name, "Lua"): // 10 million steps, or 256 MB
		return time.Second
	}
	return 250 * time.Millisecond
}

// send writes bytes and returns what comes back until the server closes the
// connection, or the first of the lines wanted.
func (tg *target) send(in string, want ...string) string {
	c, r := tg.dial()
	defer c.Close()
	go func() { _, _ = io.WriteString(c, in) }() // it may well be closed before it has all
	var got strings.Builder
	for {
		line, err := r.ReadString('\n')
		got.WriteString(line)
		for _, w := range want {
			if strings.Contains(line, w) {
				return got.String()
			}
		}
		if err != nil || got.Len() > 1<<20 {
			return got.String()
		}
	}
}

// told is an attack by bytes with the answer it must get.
func told(name, in, want string) attack {
	return attack{name: name, run: func(t *testing.T, tg *target) {
		if got := tg.send(in, want); !strings.Contains(got, want) {
			t.Errorf("got %.100q, want %q", got, want)
		}
	}}
}

// closed is an attack by bytes that ends the connection without a word.
func closed(name, in string) attack {
	return attack{name: name, run: func(t *testing.T, tg *target) {
		if got := tg.send(in); got != "" {
			t.Errorf("got %.100q, want a closed connection", got)
		}
	}}
}

func eval(script string) string { return string(wire.AppendCommand(nil, "EVAL", script, "0")) }

func battery() []attack {
	bulk := strings.Repeat("a", 1<<20)
	return []attack{
		told("multibulk length beyond the most", "*2147483648\r\n", "-ERR Protocol error: invalid multibulk length"),
		told("multibulk length that is no number", "*x\r\n", "-ERR Protocol error: invalid multibulk length"),
		told("multibulk length without end", "*"+strings.Repeat("1", 70000), "-ERR Protocol error: too big mbulk count string"),
		told("bulk length beyond the most", "*2\r\n$3\r\nGET\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length"),
		told("negative bulk length", "*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length"),
		told("bulk length without end", "*1\r\n$"+strings.Repeat("1", 70000), "-ERR Protocol error: too big bulk count string"),
		told("no bulk", "*1\r\n:5\r\n", "-ERR Protocol error: expected '$', got ':'"),
		told("inline without end", strings.Repeat("x", 70000), "-ERR Protocol error: too big inline request"),
		told("quotes without end", "SET \"a\r\n", "-ERR Protocol error: unbalanced quotes in request"),
		told("a name of a megabyte", string(wire.AppendCommand(nil, bulk)), "-ERR unknown command"),
		told("a key of a megabyte, an option of another", string(wire.AppendCommand(nil, "SET", bulk, "v", bulk)), "-ERR syntax error"),
		told("empty frames", strings.Repeat("*0\r\n*-1\r\n\r\n", 50000)+"PING\r\n", "+PONG"),
		closed("a browser", "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		closed("a browser that hides its verb", "Host: localhost\r\nPING\r\n"),
		told("a Lua string of a gigabyte", eval("return #string.rep('x', 1024*1024*1024)"), "-ERR"),
		told("a Lua loop without end", eval("while true do end"), "-ERR"),
		told("a Lua table without end", eval("local t = {} while true do t[#t+1] = t end"), "-ERR"),
		told("a Lua string that doubles", eval("local s = 'x' while true do s = s .. s end"), "-ERR"),
		told("a Lua pattern that goes back", eval("return string.find(string.rep('a', 200000), string.rep('a*', 40) .. 'b')"), "-ERR"),
		told("a Lua recursion without end", eval("local function f() return 1 + f() end return f()"), "-ERR"),
		told("a glob that goes back", "MSET "+strings.Repeat("a", 60000)+" 1\r\nKEYS "+strings.Repeat("a*", 5000)+"b\r\n", "*0"),
		told("a random member a billion times", "SADD s a\r\nSRANDMEMBER s -1000000000\r\nPING\r\n", "-ERR"),
		{name: "half a header, many times", run: halfOpen(500)},
		{name: "half a header, ten thousand times", heavy: true, run: halfOpen(9000)},
		{name: "one byte at a time", run: slowloris},
		{name: "a pipeline whose answers nobody reads", run: unread(100_000)},
		{name: "a million commands whose answers nobody reads", heavy: true, run: unread(1_000_000)},
		{name: "a transaction that never ends", run: endlessMulti(3 << 20)},
		{name: "a transaction of a gigabyte", heavy: true, run: endlessMulti(1 << 30)},
		{name: "input beyond the query buffer", run: queryBuffer},
		{name: "MGET of more than there is memory", run: hugeMget},
	}
}

func TestBattery(t *testing.T) {
	for _, a := range battery() {
		t.Run(a.name, func(t *testing.T) {
			if a.heavy && !*longFlag {
				t.Skip("only with -long")
			}
			tg := newTarget(t, "--client-query-buffer-limit", "8mb", "--maxmemory-clients", "64mb")
			tg.do("PING")
			before := heapAlive()
			stop := tg.watch(t)
			a.run(t, tg)
			slowest := stop()
			wall, turn := tg.slowestTurn()
			tg.healthy(before)
			t.Logf("others waited %v, a turn took %v, %v of the processor", slowest, wall, turn)
			if limit := max(5*time.Second, 4*a.turn()); slowest > limit { // on a busy machine
				t.Errorf("another client waited %v", slowest)
			}
			if limit := a.turn(); turn > limit {
				t.Errorf("a turn took %v of the processor, more than %v", turn, limit)
			}
		})
	}
}

// watch pings all along; the function it returns ends that, and tells the
// slowest answer.
func (tg *target) watch(t *testing.T) (stop func() time.Duration) {
	c, r := tg.dial()
	end, slowest := make(chan struct{}), make(chan time.Duration)
	go func() {
		worst := time.Duration(0)
		for {
			began := time.Now()
			if v, err := ask(c, r, "PING"); err != nil || v.Str != "PONG" {
				t.Errorf("another client's PING: %q, %v", v.Str, err)
				break
			}
			worst = max(worst, time.Since(began))
			select {
			case <-end:
				slowest <- worst
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
		<-end
		slowest <- worst
	}()
	return func() time.Duration { close(end); return <-slowest }
}

func halfOpen(n int) func(t *testing.T, tg *target) {
	return func(t *testing.T, tg *target) {
		for range n {
			c, _ := tg.dial()
			if _, err := io.WriteString(c, "*3\r\n$3\r\nSET\r\n$9\r\nhalf"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func slowloris(t *testing.T, tg *target) {
	frame := wire.AppendCommand(nil, "SET", "slow", "value")
	var conns []net.Conn
	var readers []*bufio.Reader
	for range 50 {
		c, r := tg.dial()
		conns, readers = append(conns, c), append(readers, r)
	}
	for i := range frame {
		for _, c := range conns {
			if _, err := c.Write(frame[i : i+1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range readers {
		if line, err := r.ReadString('\n'); line != "+OK\r\n" {
			t.Fatalf("%q, %v", line, err)
		}
	}
}

func unread(n int) func(t *testing.T, tg *target) {
	return func(t *testing.T, tg *target) {
		tg.do("SET", "v", strings.Repeat("x", 1000))
		c, _ := tg.dial()
		sent := make(chan error, 1)
		go func() {
			w := bufio.NewWriter(c)
			for range n {
				if _, err := w.WriteString("GET v\r\n"); err != nil {
					sent <- err
					return
				}
			}
			sent <- w.Flush()
		}()
		select {
		case err := <-sent: // all of it fits into the sockets, or the client was cut off
			t.Log("sent:", err)
		case <-time.After(500 * time.Millisecond):
		}
		c.Close()
	}
}

// endlessMulti queues until the server has enough: it closes the connection.
func endlessMulti(most int) func(t *testing.T, tg *target) {
	return func(t *testing.T, tg *target) {
		c, r := tg.dial()
		go func() { _, _ = io.Copy(io.Discard, r) }()
		cmd := bytes.Repeat(wire.AppendCommand(nil, "APPEND", "k", strings.Repeat("q", 50)), 1000)
		if _, err := io.WriteString(c, "MULTI\r\n"); err != nil {
			t.Fatal(err)
		}
		for sent := 0; sent < most; sent += len(cmd) {
			if _, err := c.Write(cmd); err != nil {
				return
			}
		}
		if most > 64<<20 {
			t.Errorf("%d MB were queued", most>>20)
		}
	}
}

func queryBuffer(t *testing.T, tg *target) {
	c, r := tg.dial()
	if _, err := fmt.Fprintf(c, "*2\r\n$4\r\nECHO\r\n$%d\r\n", 100<<20); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 100 {
		if _, err = c.Write(make([]byte, 1<<20)); err != nil {
			break
		}
	}
	if err == nil {
		_, err = r.ReadByte()
	}
	if err == nil || errors.Is(err, io.ErrNoProgress) {
		t.Error("100 MB came through a query buffer of 8")
	}
}

func hugeMget(t *testing.T, tg *target) {
	tg.do("SET", "v", strings.Repeat("x", 60<<10))
	words := append([]string{"MGET"}, strings.Fields(strings.Repeat("v ", 3000))...)
	c, _ := tg.dial()
	go func() { _, _ = c.Write(wire.AppendCommand(nil, words...)) }()
	if n, err := io.Copy(io.Discard, c); n > 128<<20 {
		t.Errorf("%d MB came, then %v", n>>20, err)
	}
}

// The largest clients go first, and none that must not.
func TestMaxmemoryClients(t *testing.T) {
	h := newHarness(t, "--maxmemory-clients", "1mb")
	var conns []*testConn
	for i := range 4 {
		c := h.dial()
		if i == 0 {
			c.expect("+OK\r\n", "CLIENT", "NO-EVICT", "on")
		}
		c.do("MULTI")
		for range 1 + (4-i)*2 {
			c.do("SET", "k", strings.Repeat("x", 50_000))
		}
		conns = append(conns, c)
	}
	h.rest(conns...)
	for i, c := range conns {
		if want := i == 1; c.sock.closed != want {
			t.Errorf("client %d closed: %v, want %v", i, c.sock.closed, want)
		}
	}
	if h.srv.stats.evicted != 1 {
		t.Errorf("%d were evicted", h.srv.stats.evicted)
	}
	conns[2].expect("+OK\r\n", "DISCARD")
	conns[2].expect("+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "0")
	conns[2].expect("+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "400kb")
	h.turn(conns...)
	if got := fmt.Sprint(conns[0].sock.closed, conns[2].sock.closed, conns[3].sock.closed); got != "false true true" && got != "false false true" {
		t.Errorf("after the limit fell: closed %v", got)
	}
}
