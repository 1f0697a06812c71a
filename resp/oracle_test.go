package resp

import (
	"bufio"
	"fmt"
	"net"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// oracle is a redis-server of its own; the test is skipped without one.
type oracle struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	buf  []byte
}

func startOracle(t *testing.T) *oracle {
	t.Helper()
	path, err := osexec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := osexec.Command(path, "--port", fmt.Sprint(port), "--save", "", "--dir", t.TempDir(), "--bind", "127.0.0.1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // killed: the error says so
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			break
		}
	}
	go func() {
		for lines.Scan() { // keep the pipe empty
		}
	}()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &oracle{t: t, conn: conn, r: bufio.NewReader(conn)}
}

// do sends one command and returns the whole reply as it came.
func (o *oracle) do(words ...string) string {
	o.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := o.conn.Write([]byte(b.String())); err != nil {
		o.t.Fatal(err)
	}
	for {
		if n := replyLen(o.buf); n > 0 {
			reply := string(o.buf[:n])
			o.buf = o.buf[n:]
			return reply
		}
		chunk := make([]byte, 64<<10)
		n, err := o.r.Read(chunk)
		if err != nil {
			o.t.Fatal(err)
		}
		o.buf = append(o.buf, chunk[:n]...)
	}
}

// TestCommandLikeRedis compares COMMAND's answers about every command that both
// servers know, in both protocols.
func TestCommandLikeRedis(t *testing.T) {
	redis := startOracle(t)
	h := newHarness(t)
	c := h.dial()
	compared := 0
	for _, proto := range []string{"2", "3"} {
		redis.do("HELLO", proto)
		c.do("HELLO", proto)
		h.srv.table.each(func(cmd *command) {
			if cmd.row.Sub != nil || isNewer(cmd.row) {
				return // the sets of subcommands differ
			}
			for _, what := range []string{"INFO", "DOCS"} {
				want := redis.do("COMMAND", what, cmd.name)
				if unknown := map[string]bool{"*1\r\n$-1\r\n": true, "*1\r\n_\r\n": true, "*0\r\n": true, "%0\r\n": true, "*1\r\n*0\r\n": true}; unknown[want] {
					return
				}
				got := c.do("COMMAND", what, cmd.name)
				compared++
				if got != want {
					t.Errorf("RESP%s COMMAND %s %s:\n got %q\nwant %q", proto, what, cmd.name, got, want)
				}
			}
		})
	}
	if compared < 100 {
		t.Errorf("only %d answers were compared", compared)
	}
}

// inScripts72 are commands that 7.2 lets scripts call, as they don't block there.
var inScripts72 = map[string]bool{"blmove": true, "blpop": true, "brpop": true, "brpoplpush": true, "bzpopmax": true, "bzpopmin": true, "wait": true}

// isNewer: the row is that of 7.2, and the oracle may be a 7.0.
func isNewer(row *engine.Command) bool {
	newer := strings.HasPrefix(row.Since, "7.2") || inScripts72[row.Name]
	for _, h := range row.History {
		newer = newer || strings.HasPrefix(h[0], "7.2")
	}
	return newer
}

// TestErrorsLikeRedis: session commands refuse what Redis refuses, in its words.
func TestErrorsLikeRedis(t *testing.T) {
	redis := startOracle(t)
	h := newHarness(t)
	c := h.dial()
	for _, line := range []string{
		"PING a b", "ECHO", "SELECT a", "SELECT -1", "SELECT 99", "SELECT 99999999999", "HELLO 4", "HELLO x", "HELLO 2 foo", "HELLO 2 AUTH x",
		"HELLO 2 SETNAME", "HELLO 2 AUTH default x foo", "AUTH x", "AUTH a b", "AUTH a b c", "AUTH", "CLIENT", "CLIENT nosuch",
		"CLIENT KILL", "CLIENT KILL a b", "CLIENT KILL 1:1", "CLIENT KILL ID x", "CLIENT KILL ID 0", "CLIENT KILL TYPE x", "CLIENT KILL TYPE pubsub",
		"CLIENT KILL ID 999", "CLIENT KILL USER x", "CLIENT KILL SKIPME x", "CLIENT KILL ID 1 x", "CLIENT LIST x", "CLIENT LIST TYPE x",
		"CLIENT LIST TYPE master", "CLIENT LIST ID x", "CLIENT LIST ID 999", "CLIENT PAUSE x", "CLIENT PAUSE -1", "CLIENT PAUSE 1 x",
		"CLIENT UNBLOCK x", "CLIENT UNBLOCK 1 x", "CLIENT UNBLOCK 99", "CLIENT NO-EVICT x", "CLIENT NO-EVICT on", "CLIENT GETREDIR",
		"CLIENT REPLY x", "CLIENT TRACKINGINFO", "CLIENT GETNAME", "CLIENT SETNAME x", "CLIENT GETNAME", "CLIENT SETNAME \x01",
		"COMMAND x", "COMMAND GETKEYS", "COMMAND GETKEYS PING", "COMMAND GETKEYS nosuch x", "COMMAND GETKEYS GET", "COMMAND GETKEYS GET a b", "COMMAND GETKEYS MSET a b c d",
		"COMMAND GETKEYS EVAL x 5 a", "COMMAND GETKEYS FCALL f x a", "COMMAND GETKEYS ZUNION 5 a", "COMMAND GETKEYSANDFLAGS EVAL x 5 a", "COMMAND GETKEYSANDFLAGS SET a b", "COMMAND GETKEYSANDFLAGS MSET a b c d", "COMMAND GETKEYSANDFLAGS COPY a b",
		"COMMAND LIST x", "COMMAND LIST FILTERBY x y", "COMMAND LIST FILTERBY MODULE x", "COMMAND LIST FILTERBY ACLCAT x",
		"COMMAND INFO nosuch", "COMMAND DOCS nosuch", "COMMAND INFO config|nosuch", "COMMAND HELP", "CONFIG", "CONFIG x", "CONFIG GET", "CONFIG GET nosuch",
		"CONFIG SET", "CONFIG SET a", "CONFIG SET a b", "CONFIG SET maxclients 1 a", "CONFIG SET maxclients x", "CONFIG SET maxclients 0",
		"CONFIG SET maxclients 100 maxclients 100", "CONFIG SET slowlog-max-len -1", "CONFIG SET proto-max-bulk-len x",
		"CONFIG SET protected-mode x", "CONFIG SET save x", "CONFIG SET client-output-buffer-limit x", "CONFIG SET databases 3", "CONFIG REWRITE", "CONFIG HELP",
		"CONFIG RESETSTAT", "CONFIG GET hash-max-ziplist-v*", "CONFIG GET client-o*-limit", "CONFIG GET timeout",
		"SLOWLOG", "SLOWLOG x", "SLOWLOG GET x", "SLOWLOG GET -2", "SLOWLOG LEN", "SLOWLOG RESET", "SLOWLOG HELP", "SLOWLOG GET", "LATENCY x", "LATENCY LATEST",
		"LATENCY HISTORY x", "LATENCY RESET", "CLUSTER", "CLUSTER x", "CLUSTER SLOTS", "CLUSTER HELP", "CLUSTER INFO", "CLUSTER KEYSLOT a",
		"READONLY", "READWRITE", "ASKING", "DEBUG", "DEBUG SLEEP 0", "MULTI x", "EXEC", "DISCARD", "WATCH", "UNWATCH", "UNWATCH x", "ROLE x", "SHUTDOWN x", "SHUTDOWN SAVE NOSAVE",
		"BGSAVE x", "TIME x", "MEMORY x", "nosuch", "nosuch a b c", "INFO nosuch", "RESET x", "SHUTDOWN ABORT",
		"MULTI", "WATCH a", "MULTI", "GET", "EXEC", "MULTI", "PING", "SELECT 1", "SET a 1", "SELECT 99", "INCR a", "ECHO x", "GET a", "EXEC", "GET a", "SELECT 0",
		"WATCH a", "SET a 2", "MULTI", "GET a", "EXEC", "MULTI", "DISCARD", "RESET",
		"MULTI", "EXEC x", "EXEC", "WATCH a", "SET a 3", "EXEC x", "MULTI", "GET a", "EXEC", "MULTI", "SSUBSCRIBE a", "EXEC",
		"EVAL_RO return{} 0", "SCRIPT EXISTS 8f0732537dcef5e06b4e8371446724937f2bc51f", "EVALSHA_RO 8f0732537dcef5e06b4e8371446724937f2bc51f 0", "MULTI", "EVAL_RO return{{}} 0", "EXEC", "EVALSHA_RO 2821c64eb99704d2f0b9dd168659fa1cc47227c4 0", "QUIT now",
	} {
		words := strings.Split(line, " ")
		want := redis.do(words...)
		if got := c.do(words...); got != want {
			t.Errorf("%s:\n got %q\nwant %q", line, got, want)
		}
	}
}
