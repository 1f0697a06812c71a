package resp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestFailedBatch: a dropped write is surely not applied, an unknown one says so,
// and reads that rode on it are not answered from a state they must not see.
func TestFailedBatch(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{ErrDropped, "-" + string(errMasterDown)},
		{ErrUncertain, "-" + string(errUncertain)},
	} {
		h := newHarness(t)
		h.rep.atOnce = false
		c := h.dial()
		for _, w := range [][]string{{"SET", "a", "1"}, {"GET", "a"}, {"GET", "a"}, {"PING"}, {"INCR", "a"}, {"PING", "end"}} {
			c.send(w...)
		}
		h.turn(c)
		if got := c.got(); got != "" {
			t.Fatalf("answered before the fate is known: %q", got)
		}
		h.rep.failOne(tc.err)
		h.turn(c)
		read := "-" + string(errMasterDown) + "\r\n"
		want := tc.want + "\r\n" + read + read + "+PONG\r\n" + tc.want + "\r\n$3\r\nend\r\n"
		if got := c.got(); got != want {
			t.Errorf("%v: got %q, want %q", tc.err, got, want)
		}
		h.rep.atOnce = true
		c.expect("+OK\r\n", "SET", "a", "5")
	}
}

// A full disk holds an earlier write up and refuses a later one.
func TestLaterBatchFailsFirst(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	c, other := h.dial(), h.dial()
	c.send("SET", "a", "1")
	h.turn(c)
	c.send("SET", "a", "2")
	c.send("GET", "a")
	c.send("PING")
	other.send("SET", "b", "2")
	h.turn(c, other)
	h.rep.fail(1, ErrDropped)
	h.turn(c, other)
	failed := "-" + string(errMasterDown) + "\r\n"
	if got := other.got(); got != failed {
		t.Errorf("a client without an earlier write: got %q", got)
	}
	if got := c.got(); got != "" {
		t.Fatalf("answered before the earlier write is settled: %q", got)
	}
	c.send("GET", "a") // it must not ride on the batch that is used again
	h.turn(c)
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.turn(c)
	if got, want := c.got(), "+OK\r\n"+failed+failed+"+PONG\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	h.rep.readsReady()
	h.turn(c)
	if got, want := c.got(), "$1\r\n1\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	h.rep.atOnce = true
	c.expect("$1\r\n1\r\n", "GET", "a")
}

func TestFailedReads(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	c := h.dial()
	c.send("GET", "a")
	c.send("PING")
	c.send("SET", "a", "1") // waits behind the read
	h.turn(c)
	h.srv.ReadsFailed(1, ErrDropped)
	h.turn(c)
	if got, want := c.got(), "-"+string(errMasterDown)+"\r\n+PONG\r\n"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	h.turn(c)
	if len(h.rep.queue) != 1 {
		t.Fatalf("the write behind the failed read was not proposed")
	}
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.turn(c)
	if got := c.got(); got != "+OK\r\n" {
		t.Errorf("got %q", got)
	}
}

// TestReadBehindProposedWrite: such a read must not ride.
func TestReadBehindProposedWrite(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	c := h.dial()
	c.send("SET", "a", "1")
	h.turn(c)
	c.send("GET", "a")
	h.turn(c)
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.turn(c)
	if got := c.got(); got != "+OK\r\n" {
		t.Fatalf("the read was answered without its ticket: %q", got)
	}
	h.rep.readsReady()
	h.turn(c)
	if got := c.got(); got != "$1\r\n1\r\n" {
		t.Errorf("got %q", got)
	}
}

// TestKilledInFlight: the answer of a dead client goes nowhere, and not to the
// one that has its descriptor now.
func TestKilledInFlight(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	a, b := h.dial(), h.dial()
	a.send("INCR", "n")
	a.send("GET", "n")
	b.send("INCR", "n")
	h.turn(a, b)
	a.Closed()
	next := h.dial()
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.turn(b, next)
	if got := b.got(); got != ":2\r\n" {
		t.Errorf("the other client got %q", got)
	}
	if got := a.got() + next.got(); got != "" {
		t.Errorf("the dead client's answer went to somebody: %q", got)
	}
	if h.srv.Clients() != 2 {
		t.Errorf("%d clients, want 2", h.srv.Clients())
	}
}

// TestHalfClosed: a client that shut its sending side down is still answered.
func TestHalfClosed(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	c := h.dial()
	c.send("SET", "a", "1")
	c.send("GET", "a")
	c.sock.eof = true
	h.turn(c)
	h.turn(c)
	if c.sock.closed {
		t.Fatal("closed with a write under way")
	}
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.turn(c)
	if got := c.got(); got != "+OK\r\n$1\r\n1\r\n" || !c.sock.closed {
		t.Errorf("got %q, closed %v", got, c.sock.closed)
	}
}

// TestSlowReader: answers pile up to a bound, the socket is not polled meanwhile,
// and all answers arrive once the client reads.
func TestSlowReader(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.expect("+OK\r\n", "SET", "a", strings.Repeat("x", 100<<10))
	c.sock.room = 0
	const asked = 200
	for range asked {
		c.send("GET", "a")
	}
	for range 50 {
		h.turn(c)
	}
	if n := c.out.Len(); n > unsentParseMax+200<<10 {
		t.Errorf("%d bytes of answers wait", n)
	}
	if c.sock.readOn {
		t.Error("a stalled connection is still polled")
	}
	total := 0
	for i := 0; i < 10000 && total < asked*(100<<10); i++ {
		c.sock.room = 64 << 10
		h.turn(c)
		total += len(c.got())
	}
	if want := asked * (100<<10 + len("$102400\r\n\r\n")); total < want-(64<<10) {
		t.Errorf("%d bytes arrived, want about %d", total, want)
	}
	if !c.sock.readOn {
		t.Error("the connection is not polled again")
	}
}

func TestOutputBufferLimit(t *testing.T) {
	h := newHarness(t, "--client-output-buffer-limit", "normal", "1mb", "300kb", "10")
	c := h.dial()
	c.expect("+OK\r\n", "SET", "a", strings.Repeat("x", 400<<10))
	c.sock.room = 0
	c.send("GET", "a")
	h.turn(c)
	h.now.Mono += 5 * time.Second
	h.turn(c)
	if c.sock.closed {
		t.Fatal("closed before the soft limit's time")
	}
	h.now.Mono += 6 * time.Second
	h.turn(c)
	if !c.sock.closed {
		t.Error("not closed at the soft limit")
	}
	d := h.dial()
	d.sock.room = 0
	for range 4 {
		d.send("GET", "a")
	}
	h.turn(d)
	if !d.sock.closed {
		t.Error("not closed at the hard limit")
	}
}

// TestHold: a batch that nobody takes stops the reading of clients, without
// spinning, and they go on once it is taken.
func TestHold(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	var conns []*testConn
	for range 4 {
		conns = append(conns, h.dial())
	}
	value := strings.Repeat("v", 40<<10)
	for range 150 {
		for i, c := range conns {
			c.send("SET", fmt.Sprint("k", i), value)
		}
		h.turn(conns...)
	}
	if n := h.srv.batch.Size(); n > batchHoldSize+8*(64<<10) {
		t.Errorf("the waiting batch has %d bytes", n)
	}
	for i, c := range conns {
		if c.sock.readOn {
			t.Errorf("connection %d is still polled", i)
		}
	}
	answers := 0
	for range 1000 {
		for len(h.rep.queue) > 0 {
			if err := h.rep.applyOne(); err != nil {
				t.Fatal(err)
			}
		}
		h.turn(conns...)
		for _, c := range conns {
			answers += strings.Count(c.got(), "+OK\r\n")
		}
	}
	if answers != 600 {
		t.Errorf("%d answers, want 600", answers)
	}
}

func TestAuth(t *testing.T) {
	h := newHarness(t, "--requirepass", "secret")
	c := h.dial()
	c.expect("-NOAUTH Authentication required.\r\n", "GET", "a")
	c.expect("-NOAUTH Authentication required.\r\n", "PING")
	c.expect("-"+string(errHelloAuth)+"\r\n", "HELLO", "3")
	c.expect("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "wrong")
	c.expect("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "other", "secret")
	c.expect("+OK\r\n", "AUTH", "default", "secret")
	c.expect("+PONG\r\n", "PING")
	c.expect("+RESET\r\n", "RESET")
	c.expect("-NOAUTH Authentication required.\r\n", "PING")
	if got := c.do("HELLO", "3", "AUTH", "default", "secret", "SETNAME", "me"); !strings.HasPrefix(got, "%7\r\n") {
		t.Errorf("HELLO: %q", got)
	}
	c.expect("$2\r\nme\r\n", "CLIENT", "GETNAME")

	d := h.dial()
	d.sock.in = []byte("*20\r\n")
	h.rest(d)
	if got := d.got(); got != "-ERR Protocol error: unauthenticated multibulk length\r\n" || !d.sock.closed {
		t.Errorf("a large frame before AUTH: %q, closed %v", got, d.sock.closed)
	}
	open := newHarness(t).dial()
	open.expect("-"+string(errNoPassword)+"\r\n", "AUTH", "x")
	open.expect("+OK\r\n", "AUTH", "default", "anything")
}

func TestDoor(t *testing.T) {
	h := newHarness(t, "--maxclients", "1")
	h.dial()
	sock := newSocket()
	if h.srv.Accept(sock, nil) != nil || sock.out.String() != "-ERR max number of clients reached\r\n" || !sock.closed {
		t.Errorf("second client: %q, closed %v", sock.out.String(), sock.closed)
	}
	h = newHarness(t)
	stranger := newSocket()
	stranger.remote = "10.0.0.9:5"
	if h.srv.Accept(stranger, nil) != nil || !strings.HasPrefix(stranger.out.String(), "-DENIED Redis is running in protected mode") {
		t.Errorf("stranger: %q", stranger.out.String())
	}
	h.dial().expect("+OK\r\n", "CONFIG", "SET", "protected-mode", "no")
	if h.srv.Accept(stranger, nil) == nil {
		t.Error("stranger turned away without protected mode")
	}
}

func TestHTTP(t *testing.T) {
	for _, text := range []string{"POST / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\nSET a 1\r\n"} {
		h := newHarness(t)
		c := h.dial()
		c.sock.in = []byte(text)
		h.rest(c)
		c.got()
		if !c.sock.closed {
			t.Errorf("%q: not closed", text)
		}
		h.dial().expect("$-1\r\n", "GET", "a")
	}
}

func TestIdleTimeout(t *testing.T) {
	h := newHarness(t, "--timeout", "10")
	c, d := h.dial(), h.dial()
	for range 12 {
		h.now.Mono += time.Second
		d.expect("+PONG\r\n", "PING")
	}
	if !c.sock.closed || d.sock.closed {
		t.Errorf("idle closed: %v, busy closed: %v", c.sock.closed, d.sock.closed)
	}
}

func TestPause(t *testing.T) {
	h := newHarness(t)
	c, d := h.dial(), h.dial()
	d.expect("+OK\r\n", "CLIENT", "PAUSE", "1000", "WRITE")
	c.expect("$-1\r\n", "GET", "a")
	c.expect("", "SET", "a", "1")
	if got := d.do("INFO", "clients"); !strings.Contains(got, "blocked_clients:1\r\n") {
		t.Errorf("%q", got)
	}
	h.now.Mono += 2 * time.Second
	h.turn(c)
	h.rest(c)
	if got := c.got(); got != "+OK\r\n" {
		t.Errorf("after the pause: %q", got)
	}
	d.expect("+OK\r\n", "CLIENT", "PAUSE", "100000")
	c.expect("", "GET", "a")
	d.expect("+OK\r\n", "CLIENT", "UNPAUSE")
	h.rest(c)
	if got := c.got(); got != "$1\r\n1\r\n" {
		t.Errorf("after UNPAUSE: %q", got)
	}
}

func TestMulti(t *testing.T) {
	h := newHarness(t)
	c, d := h.dial(), h.dial()
	c.expect("-ERR EXEC without MULTI\r\n", "EXEC")
	c.expect("+OK\r\n", "MULTI")
	c.expect("-ERR MULTI calls can not be nested\r\n", "MULTI")
	c.expect("-ERR WATCH inside MULTI is not allowed\r\n", "WATCH", "a")
	c.expect("+QUEUED\r\n", "SET", "a", "1")
	c.expect("-ERR unknown command 'nosuch', with args beginning with: \r\n", "nosuch")
	c.expect("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
	c.expect("$-1\r\n", "GET", "a")
	c.expect("+OK\r\n", "WATCH", "a")
	d.expect("+OK\r\n", "SET", "a", "2")
	d.expect(":1\r\n", "DEL", "a")
	c.expect("+OK\r\n", "MULTI")
	c.expect("+QUEUED\r\n", "SELECT", "2")
	c.expect("+QUEUED\r\n", "GET", "a")
	c.expect("*-1\r\n", "EXEC")
	if c.db != 0 {
		t.Error("an aborted transaction selected a database")
	}
	c.expect("+OK\r\n", "MULTI")
	for _, w := range [][]string{{"PING"}, {"SELECT", "2"}, {"SET", "b", "1"}, {"ECHO", "x"}, {"INCR", "b"}, {"GET", "b"}} {
		c.expect("+QUEUED\r\n", w...)
	}
	c.expect("*6\r\n+PONG\r\n+OK\r\n+OK\r\n$1\r\nx\r\n:2\r\n$1\r\n2\r\n", "EXEC")
	c.expect("$1\r\n2\r\n", "GET", "b")
	c.expect("+OK\r\n", "MULTI")
	c.expect("-ERR Command not allowed inside a transaction\r\n", "RAFT", "LEADER")
	c.expect("+OK\r\n", "DISCARD")
	c.expect("+OK\r\n", "MULTI")
	c.expect("*0\r\n", "EXEC")
}

func TestReplyMode(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.expect("", "CLIENT", "REPLY", "SKIP")
	c.expect("", "SET", "a", "1")
	c.expect("$1\r\n1\r\n", "GET", "a")
	c.expect("", "CLIENT", "REPLY", "OFF")
	c.expect("", "SET", "a", "2")
	c.expect("", "GET", "a")
	c.expect("", "NOSUCH")
	c.expect("+OK\r\n", "CLIENT", "REPLY", "ON")
	c.expect("$1\r\n2\r\n", "GET", "a")
	c.expect("-ERR syntax error\r\n", "CLIENT", "REPLY", "MAYBE")
}

func TestClient(t *testing.T) {
	h := newHarness(t)
	c, d := h.dial(), h.dial()
	c.expect(":1\r\n", "CLIENT", "ID")
	c.expect("-ERR unknown subcommand 'nosuch'. Try CLIENT HELP.\r\n", "CLIENT", "nosuch")
	c.expect("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", "redis-py")
	c.expect("-ERR Unrecognized option 'x'\r\n", "CLIENT", "SETINFO", "x", "y")
	c.expect("-ERR lib-ver cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETINFO", "lib-ver", "a b")
	c.expect("-ERR Client names cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETNAME", "a b")
	list := c.do("CLIENT", "LIST")
	if strings.Count(list, "id=") != 2 || !strings.Contains(list, "lib-name=redis-py") || !strings.Contains(list, "cmd=client|list") {
		t.Errorf("CLIENT LIST: %q", list)
	}
	c.expect(":1\r\n", "CLIENT", "KILL", "ID", "2")
	if !d.sock.closed {
		t.Error("killed client is not closed")
	}
	c.expect("-ERR No such client\r\n", "CLIENT", "KILL", "1.2.3.4:5")
	c.expect("-ERR client-id should be greater than 0\r\n", "CLIENT", "KILL", "ID", "0")
	c.expect(":1\r\n", "CLIENT", "KILL", "SKIPME", "no")
	if !c.sock.closed {
		t.Error("a client that kills itself is answered, then closed")
	}
}

func TestAdmin(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.send("RAFT", "TRANSFER", "2")
	c.send("PING")
	h.rest(c)
	if got := c.got(); got != "" || len(h.rep.admins) != 1 {
		t.Fatalf("answered before it is done: %q", got)
	}
	h.rep.adminCb[0](AdminResult{Err: "ERR no such member"})
	h.rest(c)
	if got := c.got(); got != "-ERR no such member\r\n+PONG\r\n" {
		t.Errorf("got %q", got)
	}
	c.expect("$14\r\n127.0.0.1:6379\r\n", "RAFT", "LEADER")
	c.expect("*3\r\n$6\r\nmaster\r\n:10\r\n*0\r\n", "ROLE")
	c.expect("-"+string(errNoCluster)+"\r\n", "CLUSTER", "SLOTS")
	c.expect("-ERR unknown subcommand 'nosuch'. Try CLUSTER HELP.\r\n", "CLUSTER", "nosuch")
	c.expect("-"+string(errReplicaof)+"\r\n", "REPLICAOF", "a", "1")
	c.expect("-"+string(errDebug)+"\r\n", "DEBUG", "protocol", "map")
}

func TestConfig(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.expect("*2\r\n$10\r\nmaxclients\r\n$5\r\n10000\r\n", "CONFIG", "GET", "maxc*")
	c.expect("+OK\r\n", "CONFIG", "SET", "maxclients", "5", "timeout", "7")
	if h.srv.lim.maxClients != 5 || h.srv.lim.timeout != 7*time.Second {
		t.Errorf("the server does not follow: %+v", h.srv.lim)
	}
	c.expect("-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'\r\n", "CONFIG", "SET", "nosuch", "1")
	c.expect("-ERR The server is running without a config file\r\n", "CONFIG", "REWRITE")
	c.do("GET", "a")
	c.expect("+OK\r\n", "CONFIG", "RESETSTAT")
	if got := c.do("INFO", "commandstats"); strings.Contains(got, "cmdstat_get:") {
		t.Errorf("after RESETSTAT: %q", got)
	}
}

func TestInfo(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.do("SET", "a", "1")
	c.do("GET", "a")
	c.do("GET", "none")
	c.do("NOSUCH")
	c.do("GET")
	all := c.do("INFO", "everything")
	for _, want := range []string{
		"# Server\r\nredis_version:7.2.4\r\n", "foxtail_version:0.0.0-test", "connected_clients:1\r\n", "keyspace_hits:1\r\n", "keyspace_misses:1\r\n",
		"role:master\r\n", "cmdstat_get:calls=2,", "rejected_calls=1", "errorstat_ERR:count=2\r\n", "db0:keys=1,expires=0", "# Raft\r\n",
		"raft_role:leader\r\n", "cluster_enabled:0\r\n", "loading:0\r\n", "aof_enabled:1\r\n",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("INFO everything lacks %q", want)
		}
	}
	if got := c.do("INFO", "cluster", "keyspace"); got != "$58\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n\r\n" && !strings.HasPrefix(got[strings.Index(got, "\n")+1:], "# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\ndb0:keys=1") {
		t.Errorf("two sections: %q", got)
	}
	h.rep.status.Groups[0].Role, h.rep.status.Groups[0].Leader = "follower", 0
	if got := c.do("INFO", "replication"); !strings.Contains(got, "role:slave\r\n") || !strings.Contains(got, "master_link_status:down\r\n") {
		t.Errorf("at a follower: %q", got)
	}
}

func TestLoading(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	h.srv.SetLoading(true)
	c.expect("-"+string(errLoading)+"\r\n", "GET", "a")
	if got := c.do("INFO", "persistence"); !strings.Contains(got, "loading:1\r\n") {
		t.Errorf("INFO while loading: %q", got)
	}
	h.srv.SetLoading(false)
	h.srv.RefuseWrites("NOSPACE disk is full")
	c.expect("-NOSPACE disk is full\r\n", "SET", "a", "1")
	c.expect("$-1\r\n", "GET", "a")
}

func TestKeySlot(t *testing.T) {
	for key, want := range map[string]int{"": 0, "123456789": 12739, "foo": 12182, "{foo}bar": 12182, "foo{}{bar}": 8363, "{user1000}.following": 3443} {
		if got := KeySlot([]byte(key)); got != want {
			t.Errorf("%q: slot %d, want %d", key, got, want)
		}
	}
}

func TestStatistics(t *testing.T) {
	h := newHarness(t)
	clock := time.Duration(0)
	h.srv.clock = func() time.Duration { clock += 20 * time.Millisecond; return clock }
	c := h.dial()
	c.do("CONFIG", "SET", "slowlog-log-slower-than", "1000")
	c.do("DEL", "a", strings.Repeat("k", 200))
	c.do("KEYS", "*")
	got := c.do("SLOWLOG", "GET", "2")
	if !strings.Contains(got, "$4\r\nKEYS\r\n") || !strings.Contains(got, "(72 more bytes)") || !strings.Contains(got, ":20000\r\n") {
		t.Errorf("SLOWLOG GET: %q", got)
	}
	for range 100 {
		c.do("GET", "a")
	}
	info := c.do("INFO", "commandstats")
	i := strings.Index(info, "cmdstat_get:")
	if i < 0 || !strings.HasPrefix(info[i:], "cmdstat_get:calls=100,usec=2000000,usec_per_call=20000.00,") {
		t.Errorf("commandstats: %q", info)
	}
	if got := c.do("LATENCY", "HISTOGRAM", "slowlog"); !strings.HasPrefix(got, "*2\r\n$11\r\nslowlog|get\r\n") {
		t.Errorf("LATENCY HISTOGRAM of a container: %q", got)
	}
	// At a threshold of 0 everything is logged, blocked calls and sleeps when they are over.
	c.do("CONFIG", "SET", "slowlog-log-slower-than", "0")
	c.do("SLOWLOG", "RESET")
	h.srv.lim.debug = "yes"
	b := h.dial()
	for range 20 {
		c.do("SET", "a", "1")
		c.do("GET", "a")
	}
	if got := c.do("SLOWLOG", "LEN"); got != ":41\r\n" {
		t.Errorf("SLOWLOG LEN: %q", got)
	}
	c.do("SLOWLOG", "RESET")
	b.block("BLPOP", "list", "0")
	if got := c.do("SLOWLOG", "GET"); strings.Contains(got, "BLPOP") {
		t.Errorf("a call that waits: %q", got)
	}
	c.do("RPUSH", "list", "x")
	c.send("DEBUG", "SLEEP", "3")
	h.turn(c)
	h.now.Mono += 3 * time.Second
	h.rest(c)
	c.got()
	if got := c.do("SLOWLOG", "GET", "2"); !strings.Contains(got, ":3000000\r\n*3\r\n$5\r\nDEBUG\r\n") {
		t.Errorf("a sleep: %q", got)
	}
	if got := c.do("SLOWLOG", "GET"); strings.Count(got, "BLPOP") != 1 {
		t.Errorf("a call that has waited: %q", got)
	}
	c.do("CONFIG", "SET", "slowlog-log-slower-than", "10000")
	if !h.srv.table.named([]byte("get")).cheap || h.srv.table.named([]byte("keys")).cheap {
		t.Error("what is cheap is forgotten")
	}
	// What scripts call counts.
	c.do("CONFIG", "RESETSTAT")
	c.do("EVAL", "redis.call('INCR', 'n') redis.pcall('INCR', 'a b') redis.call('SET', 'a b', 'x') redis.pcall('INCR', 'a b') redis.pcall('INCR') redis.call('XINFO', 'HELP') redis.call('PING') return redis.call('GET', 'n')", "0")
	c.do("GET", "n")
	info = c.do("INFO", "commandstats")
	for _, want := range []string{
		"cmdstat_get:calls=2,usec=40000,usec_per_call=20000.00,rejected_calls=0,failed_calls=0\r\n",
		"cmdstat_incr:calls=3,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=1\r\n",
		"cmdstat_xinfo|help:calls=1,", "cmdstat_ping:calls=1,", "cmdstat_eval:calls=1,",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("commandstats: %q lack %q", info, want)
		}
	}
	var hist histogram
	for _, ns := range []uint64{1, 5, 100, 1000, 1500, 1 << 20} {
		hist.add(ns)
		if top := histogramTop(histogramSlot(ns)); top < ns || top > ns+ns/4+1 {
			t.Errorf("%d ns is counted as up to %d", ns, top)
		}
	}
}

// TestLargeArgument: a connection does not keep the buffer of a large argument.
func TestLargeArgument(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.expect("+OK\r\n", "SET", "a", strings.Repeat("x", 3<<20))
	if n := c.in.BufferSize(); n > inputSizeKept {
		t.Errorf("%d bytes of input buffer are kept", n)
	}
	if got := c.do("STRLEN", "a"); got != ":3145728\r\n" {
		t.Errorf("STRLEN: %q", got)
	}
}
