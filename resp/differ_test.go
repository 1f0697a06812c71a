package resp

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// Random commands of several clients go to Foxtail's sessions and to a
// redis-server, and everything that any client receives is compared. A
// difference is shrunk to a short list of commands:
//
//	go test ./resp -run Differ -differ-commands 2000000 -differ-seed 7 -timeout 0
var (
	differCommands = flag.Int("differ-commands", 2500, "random commands that are compared with redis-server")
	differSeed     = flag.Uint64("differ-seed", 1, "their seed")
)

func TestDiffer(t *testing.T) {
	redis := startOracle(t)
	for done, seed := 0, *differSeed; done < *differCommands; seed++ {
		d := newDiffer(t, redis)
		r := rand.New(rand.NewPCG(seed, 1))
		length := 600 // commands that go to one state
		if r.IntN(10) == 0 {
			length = 4000
		}
		var steps []move
		g := newGen(r)
		g.typeOf, g.blocked = d.typeOf, func(client int) bool { return d.waiting[client] != nil }
		fault := ""
		for len(steps) < min(length, *differCommands-done) && fault == "" {
			steps = append(steps, g.next())
			fault = d.do(steps[len(steps)-1])
		}
		done += len(steps)
		if fault == "" {
			fault = d.state()
		}
		if fault == "" {
			fault = sameWhenRestored(r, d.ours.rep)
		}
		d.close()
		if fault == "" {
			continue
		}
		steps, fault = shrink(steps, fault, func(s []move) (int, string) { return replay(t, redis, s) })
		for _, s := range steps {
			t.Log(s)
		}
		t.Fatalf("-differ-seed %d: %s", seed, fault)
	}
}

// String is the command as redis-cli takes it.
func (s move) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d>", s.client)
	for _, w := range s.words {
		fmt.Fprintf(&b, " %q", w)
	}
	if s.pause {
		b.WriteString(" (and a pause)")
	}
	return b.String()
}

// differ is a conversation of several clients with both servers.
type differ struct {
	t       *testing.T
	ours    *harness
	clients [differClients]*testConn
	look    *testConn // sees how things are

	redis  *oracle
	theirs [differClients]*rawConn

	queued  [differClients][][]string // of the open transaction
	waiting [differClients][]string   // the command that waits for its answer
	ids     [2][differClients]string
	lookDB  int
}

func newDiffer(t *testing.T, redis *oracle) *differ {
	t.Helper()
	d := &differ{t: t, ours: newHarness(t), redis: redis}
	d.ours.rep.keepLog = true
	d.tick()
	for _, words := range [][]string{{"FLUSHALL"}, {"SCRIPT", "FLUSH"}, {"FUNCTION", "FLUSH"}} {
		if got := redis.do(words...); got != "+OK\r\n" {
			t.Fatalf("%q: %q", words, got)
		}
	}
	d.look = d.ours.dial()
	for i, proto := range differProtos {
		d.clients[i] = d.ours.dial()
		d.theirs[i] = dialRaw(t, redis.conn.RemoteAddr().String())
		for _, words := range [][]string{{"HELLO", strconv.Itoa(proto)}, {"CLIENT", "ID"}} {
			d.clients[i].send(words...)
			d.theirs[i].send(t, words)
			d.ours.rest(d.clients[i])
			d.ids[0][i] = strings.Trim(d.clients[i].got(), ":\r\n")
			d.fence()
			d.ids[1][i] = strings.Trim(d.theirs[i].received(t), ":\r\n")
		}
	}
	return d
}

func (d *differ) close() {
	for i := range d.theirs {
		d.theirs[i].Close()
	}
	d.fence()
}

// tick moves Foxtail's clock to the present, by which redis-server goes.
func (d *differ) tick() {
	now := time.Now().UnixMilli()
	d.ours.now = Instant{Mono: d.ours.now.Mono + time.Millisecond, UnixMs: now}
	d.ours.rep.unixMs = now
}

// fence returns when redis-server has worked off all that was sent to it before
// and has written every answer: what comes with the second PING was ready
// before the first was read.
func (d *differ) fence() {
	if err := d.redis.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		d.t.Fatal(err)
	}
	d.redis.do("PING")
	d.redis.do("PING")
}

func (d *differ) typeOf(db int, key string) string {
	if db != d.lookDB {
		d.look.do("SELECT", strconv.Itoa(db))
		d.lookDB = db
	}
	return strings.Trim(d.look.do("TYPE", key), "+\r\n")
}

// do runs a step on both sides and tells how they differ, "" if they don't.
func (d *differ) do(s move) string {
	if d.waiting[s.client] != nil { // a shrunk list may not have served it
		return ""
	}
	ours, theirs := s.words, s.words
	if n, ok := strings.CutPrefix(s.words[min(2, len(s.words)-1)], "id-of-"); ok {
		i, _ := strconv.Atoi(n)
		ours, theirs = append([]string{}, s.words...), append([]string{}, s.words...)
		ours[2], theirs[2] = d.ids[0][i], d.ids[1][i]
	}
	d.tick()
	d.clients[s.client].send(ours...)
	d.ours.rest(d.clients[:]...)
	d.theirs[s.client].send(d.t, theirs)
	d.fence()
	for i := range d.clients {
		words := s.words
		if i != s.client {
			words = d.waiting[i]
		}
		got, want := d.clients[i].got(), d.theirs[i].received(d.t)
		if words == nil && got == want {
			continue
		}
		if words == nil {
			words = []string{"a push"}
		}
		if !sameReply(words, d.queued[i], got, want) {
			return fmt.Sprintf("client %d in RESP%d receives\ngot  %.1500q\nwant %.1500q", i, differProtos[i], got, want)
		}
		d.follow(i, words, got, i == s.client)
	}
	if s.pause { // the deadline is found by a command: Redis' own cycle may or may not have been there
		time.Sleep(3 * time.Millisecond)
		d.tick()
		d.ours.rep.index++
		if err := d.ours.rep.eng.Apply(d.ours.rep.entry(nil), nobody{}); err != nil { // as a node does at a deadline
			return err.Error()
		}
		return d.do(move{client: s.client, words: []string{"EXISTS", s.words[1]}})
	}
	return ""
}

// follow notes what became of a client.
func (d *differ) follow(i int, words []string, got string, own bool) {
	d.waiting[i] = nil
	name := strings.ToLower(words[0])
	switch {
	case got == "":
		if own || name != "a push" {
			d.waiting[i] = words
		}
	case got == "+QUEUED\r\n":
		d.queued[i] = append(d.queued[i], words)
	case name == "multi" && got == "+OK\r\n" || name == "exec" || name == "discard":
		d.queued[i] = nil
	}
}

// state compares what the keys of all databases hold.
func (d *differ) state() string {
	for i := range d.waiting { // nobody changes anything any more
		if d.waiting[i] != nil {
			if fault := d.do(move{client: 0, words: []string{"RESET"}}); fault != "" {
				return fault
			}
			if fault := d.do(move{client: 0, words: []string{"CLIENT", "UNBLOCK", fmt.Sprintf("id-of-%d", i)}}); fault != "" {
				return fault
			}
		}
	}
	for db := range differDBs {
		for _, words := range [][]string{{"RESET"}, {"SELECT", strconv.Itoa(db)}} {
			if fault := d.do(move{words: words}); fault != "" {
				return fault
			}
		}
		keys, _ := parseReply(d.clients[0].do("KEYS", "*"))
		if fault := d.do(move{words: []string{"KEYS", "*"}}); fault != "" {
			return fault
		}
		for _, k := range keys.sub {
			for _, words := range lookAt(d.typeOf(db, k.text), k.text) {
				if fault := d.do(move{words: words}); fault != "" {
					return fmt.Sprintf("in the end, %q in database %d: %s", words, db, fault)
				}
			}
			if fault := d.dump(k.text); fault != "" {
				return fmt.Sprintf("in the end, %q in database %d: %s", k.text, db, fault)
			}
		}
	}
	return ""
}

// lookAt are the commands that show all of a key.
func lookAt(kind, key string) [][]string {
	ttl := []string{"PEXPIRETIME", key}
	switch kind {
	case "string":
		if strings.HasPrefix(key, "p") {
			return [][]string{{"PFCOUNT", key}, ttl}
		}
		return [][]string{{"GET", key}, ttl}
	case "list":
		return [][]string{{"LRANGE", key, "0", "-1"}, ttl}
	case "set":
		return [][]string{{"SMEMBERS", key}, ttl}
	case "hash":
		return [][]string{{"HGETALL", key}, ttl}
	case "zset":
		return [][]string{{"ZRANGE", key, "0", "-1", "WITHSCORES"}, ttl}
	case "stream":
		return [][]string{{"XRANGE", key, "-", "+"}, {"XINFO", "STREAM", key}, {"XINFO", "GROUPS", key}, ttl}
	}
	return nil
}

// dump takes a key from each server to the other: what it makes of it is the
// same.
func (d *differ) dump(key string) string {
	kind := d.typeOf(d.lookDB, key)
	theirs, _ := parseReply(d.redis.ask(d.lookDB, "DUMP", key))
	ours, _ := parseReply(d.clients[0].do("DUMP", key))
	if got := d.clients[0].do("RESTORE", "copy", "0", theirs.text, "REPLACE"); got != "+OK\r\n" {
		return fmt.Sprintf("RESTORE of redis-server's DUMP %.200q: %q", theirs.text, got)
	}
	if want := d.redis.ask(d.lookDB, "RESTORE", "copy", "0", ours.text, "REPLACE"); want != "+OK\r\n" {
		return fmt.Sprintf("redis-server restores the DUMP %.200q: %q", ours.text, want)
	}
	if strings.HasPrefix(key, "p") {
		return ""
	}
	for _, words := range lookAt(kind, "copy") {
		if fault := d.do(move{words: words}); fault != "" {
			return fmt.Sprintf("what was dumped by the other, %q: %s", words, fault)
		}
	}
	for _, words := range [][]string{{"DEL", "copy"}} {
		if fault := d.do(move{words: words}); fault != "" {
			return fault
		}
	}
	return ""
}

// ask runs a command in a database of the control connection.
func (o *oracle) ask(db int, words ...string) string {
	o.do("SELECT", strconv.Itoa(db))
	return o.do(words...)
}

// replay runs steps on fresh servers; it returns the first that differs, or
// their number if only the end does, and how; -1: nothing differs.
func replay(t *testing.T, redis *oracle, steps []move) (int, string) {
	d := newDiffer(t, redis)
	defer d.close()
	for i, s := range steps {
		if fault := d.do(s); fault != "" {
			return i, fault
		}
	}
	if fault := d.state(); fault != "" {
		return len(steps) - 1, fault
	}
	if fault := sameWhenRestored(rand.New(rand.NewPCG(1, 1)), d.ours.rep); fault != "" {
		return len(steps) - 1, fault
	}
	return -1, ""
}

// shrink drops steps, in ever smaller pieces, as long as the rest differs.
func shrink(steps []move, fault string, fails func([]move) (int, string)) ([]move, string) {
	deadline := time.Now().Add(10 * time.Second)
	for size := len(steps) / 2; size > 0 && time.Now().Before(deadline); {
		dropped := false
		for at := 0; at+size <= len(steps); {
			less := append(append([]move{}, steps[:at]...), steps[at+size:]...)
			if i, f := fails(less); i >= 0 {
				steps, fault, dropped = less[:i+1], f, true
				continue
			}
			at += size
		}
		if !dropped || size > len(steps) {
			size /= 2
		}
	}
	return steps, fault
}

// sameWhenRestored feeds the log to a replica that is restored from its own
// snapshot at random entries; in the end the two have the same snapshot.
func sameWhenRestored(r *rand.Rand, rep *stubReplica) string {
	replica := engine.New(engine.DefaultOptions())
	every := 1 + len(rep.log)/4
	for i, entry := range rep.log {
		if r.IntN(every) == 0 {
			again, err := engine.Restore(engine.DefaultOptions(), bytes.NewReader(snapshotOf(replica)))
			if err != nil {
				return fmt.Sprintf("entry %d: %v", i, err)
			}
			replica = again
		}
		if err := replica.Apply(entry, nobody{}); err != nil {
			return fmt.Sprintf("entry %d: %v", i, err)
		}
	}
	if !bytes.Equal(snapshotOf(rep.eng), snapshotOf(replica)) {
		return "a replica restored on the way has another snapshot"
	}
	return ""
}

func snapshotOf(e *engine.Engine) []byte {
	s := e.Snapshot()
	defer s.Release()
	var b bytes.Buffer
	if _, err := s.WriteTo(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// nobody hears what a replica answers.
type nobody struct{}

func (nobody) Reply(int) engine.Reply      { return engine.Discard }
func (nobody) Done()                       {}
func (nobody) Blocked(int, uint64)         {}
func (nobody) Unblock(uint64) engine.Reply { return engine.Discard }

// rawConn is a client of redis-server.
type rawConn struct {
	net.Conn
	raw syscall.RawConn
	buf []byte
}

func dialRaw(t *testing.T, addr string) *rawConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return &rawConn{Conn: conn, raw: raw}
}

func (c *rawConn) send(t *testing.T, words []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := c.Write([]byte(b.String())); err != nil {
		t.Fatal(err)
	}
}

// received is what has arrived, to the end of the last reply.
func (c *rawConn) received(t *testing.T) string {
	t.Helper()
	chunk := make([]byte, 64<<10)
	for {
		var n int
		var err error
		if e := c.raw.Read(func(fd uintptr) bool {
			n, err = syscall.Read(int(fd), chunk)
			return !errors.Is(err, syscall.EAGAIN) || wholeReplies(c.buf)
		}); e != nil {
			t.Fatal(e)
		}
		if errors.Is(err, syscall.EAGAIN) {
			got := string(c.buf)
			c.buf = c.buf[:0]
			return got
		}
		if err != nil || n == 0 {
			t.Fatalf("redis-server: %v after %q", err, c.buf)
		}
		c.buf = append(c.buf, chunk[:n]...)
	}
}

// wholeReplies tells whether no reply is cut off.
func wholeReplies(b []byte) bool {
	for len(b) > 0 {
		n := replyLen(b)
		if n == 0 {
			return false
		}
		b = b[n:]
	}
	return true
}
