package engine

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
)

// node is an engine under test with the log entries it was fed.
type node struct {
	t     testing.TB
	e     *Engine
	reply wireReply
	batch Batch
	nowMs int64
	log   []Entry
}

// testStartMs is the first entry's time.
const testStartMs = 1_700_000_000_000

func newNode(t testing.TB) *node {
	return &node{t: t, e: New(Options{HashSeed: [4]uint64{1, 2, 3, 4}}), nowMs: testStartMs, reply: wireReply{proto: 2}}
}

// oneReply is a sink whose only operation answers into reply; a call that waits
// is taken for one that finds nothing.
type oneReply struct{ reply Reply }

func (s oneReply) Reply(int) Reply      { return s.reply }
func (s oneReply) Done()                {}
func (s oneReply) Blocked(int, uint64)  { s.reply.NullArray() }
func (s oneReply) Unblock(uint64) Reply { return Discard }

// apply feeds the batch as the next entry.
func (n *node) apply() {
	n.t.Helper()
	entry := Entry{
		Index: n.e.Applied() + 1, Term: 1, UnixMs: n.nowMs, Seed: n.e.Applied()*7919 + 1, Data: bytes.Clone(n.batch.Bytes()),
	}
	n.log = append(n.log, entry)
	if err := n.e.Apply(entry, oneReply{&n.reply}); err != nil {
		n.t.Fatalf("Apply: %v", err)
	}
	n.batch.Reset()
}

// args splits a command line at blanks.
func args(line string) [][]byte { return bytes.Fields([]byte(line)) }

// do runs a command as a session would, by Apply or View, and returns the
// answer's bytes.
func (n *node) do(a [][]byte) string {
	n.t.Helper()
	n.reply.out = n.reply.out[:0]
	cmd, fault := Resolve(a)
	switch {
	case fault != "":
		n.reply.Err(fault)
	case cmd.Flags.Logged():
		n.batch.Command(0, a)
		n.apply()
	default:
		n.e.View(0, cmd, a, n.nowMs, &n.reply)
	}
	return string(n.reply.out)
}

func (n *node) want(line, reply string) {
	n.t.Helper()
	got := strings.TrimSuffix(strings.ReplaceAll(n.do(args(line)), "\r\n", " "), " ")
	if got != reply {
		n.t.Errorf("%s\n got %s\nwant %s", line, got, reply)
	}
}

func TestFirstCommands(t *testing.T) {
	n := newNode(t)
	n.want("SET a 1", "+OK")
	n.want("GET a", "$1 1")
	n.want("INCR a", ":2")
	n.want("APPEND a x", ":2")
	n.want("GET a", "$2 2x")
	n.want("INCR a", "-ERR value is not an integer or out of range")
	n.want("DEL a b", ":1")
	n.want("GET a", "$-1")
	n.want("INCRBYFLOAT f 10.5", "$4 10.5")
	n.want("INCRBYFLOAT f 0.1", "$4 10.6")
	n.want("SET k v PX 1000", "+OK")
	n.want("PTTL k", ":1000")
	n.nowMs += 400
	n.want("PTTL k", ":600")
	n.nowMs += 600
	n.want("EXISTS k", ":1") // no entry has moved the clock yet
	n.apply()
	n.want("EXISTS k", ":0")
}

func TestExecWatch(t *testing.T) {
	n := newNode(t)
	exec := func(at uint64, key string, lines ...string) string {
		var q []Queued
		for _, l := range lines {
			q = append(q, Queued{Args: args(l)})
		}
		n.batch.Exec(0, []Watch{{Key: []byte(key), Index: at}}, q)
		n.reply.out = n.reply.out[:0]
		n.apply()
		return strings.ReplaceAll(string(n.reply.out), "\r\n", " ")
	}
	n.want("SET a 1", "+OK")
	at := n.e.Applied()
	if got := exec(at, "a", "GET a", "SET a 2", "GET", "NOSUCH x"); got != "*4 $1 1 +OK -ERR wrong number of arguments for 'get' command -ERR unknown command 'NOSUCH', with args beginning with: 'x'  " {
		t.Errorf("EXEC: %q", got)
	}
	if got := exec(at, "a", "SET a 3"); got != "*-1 " {
		t.Errorf("EXEC after a change: %q", got)
	}
	for _, change := range []string{"SET b 1", "DEL b", "FLUSHALL", "SWAPDB 0 1"} {
		if change == "FLUSHALL" {
			n.want("SET b 1", "+OK")
		}
		at = n.e.Applied()
		n.do(args(change))
		if got := exec(at, "b", "SET x 1"); got != "*-1 " {
			t.Errorf("EXEC after %s: %q", change, got)
		}
	}
	at = n.e.Applied()
	n.want("SET b 1", "+OK")
	n.want("DEL b", ":1")
	if got := exec(at, "b", "SET x 1"); got != "*-1 " {
		t.Errorf("EXEC after SET and DEL of an absent key: %q", got)
	}
}

// TestRandomKeyInExec checks that a RANDOMKEY among writes picks the same key
// on a replica whose keyspace has grown in another way.
func TestRandomKeyInExec(t *testing.T) {
	a := newNode(t)
	for i := range 5000 {
		a.batch.Command(0, args("SET key:"+strconv.Itoa(i)+" v"))
	}
	a.apply()
	for i := range 4900 {
		a.batch.Command(0, args("DEL key:"+strconv.Itoa(i)))
	}
	a.apply()
	b := newNode(t)
	b.e = mustRestore(t, snapshotBytes(t, a.e))
	seen := map[string]bool{}
	for range 300 {
		for _, n := range []*node{a, b} {
			n.reply.out = n.reply.out[:0]
			n.batch.Exec(0, nil, []Queued{{0, args("RANDOMKEY")}})
			n.apply()
		}
		if string(a.reply.out) != string(b.reply.out) {
			t.Fatalf("one picks %q, the other %q", a.reply.out, b.reply.out)
		}
		seen[string(a.reply.out)] = true
	}
	if len(seen) < 50 {
		t.Errorf("300 draws of 100 keys gave only %d", len(seen))
	}
}
