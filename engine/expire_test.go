package engine

import (
	"fmt"
	"testing"
)

type eventLog []string

func (l *eventLog) Event(ev Event) { *l = append(*l, fmt.Sprintf("%d %s %s", ev.DB, ev.Name, ev.Key)) }

// TestExpiryBacklog has more keys due at once than one entry removes: the
// rest is absent to every command, and Deadline asks for the entries that
// remove it.
func TestExpiryBacklog(t *testing.T) {
	n := newNode(t)
	const keys = dueMax + 500
	for i := range keys {
		n.batch.Command(i%2, args(fmt.Sprintf("SET key:%d v PX 1000", i)))
	}
	n.apply()
	at, ok := n.e.Deadline()
	if !ok || at != n.nowMs+1000 {
		t.Fatalf("Deadline = %d %v, want %d", at, ok, n.nowMs+1000)
	}
	before := n.e.Applied()
	n.nowMs = at
	n.apply()
	left := n.e.dbs[0].len() + n.e.dbs[1].len()
	if left != keys-dueMax {
		t.Errorf("%d keys left after one entry, want %d", left, keys-dueMax)
	}
	for i := 1; i < keys; i += 2 {
		key := fmt.Appendf(nil, "key:%d", i)
		n.reply.out = n.reply.out[:0]
		n.e.View(1, Lookup([]byte("get")), [][]byte{nil, key}, n.nowMs, &n.reply)
		if string(n.reply.out) != "$-1\r\n" {
			t.Fatalf("GET %s = %q after its deadline", key, n.reply.out)
		}
		if n.e.Unchanged([]Watch{{DB: 1, Key: key, Index: before}}) {
			t.Fatalf("%s has expired, but WATCH misses it", key)
		}
	}
	n.reply.out = n.reply.out[:0]
	for _, line := range []string{"KEYS *", "RANDOMKEY"} {
		cmd, _ := Resolve(args(line))
		n.e.View(1, cmd, args(line), n.nowMs, &n.reply)
	}
	if got := string(n.reply.out); got != "*0\r\n$-1\r\n" {
		t.Errorf("KEYS and RANDOMKEY show keys past their deadline: %.100q", got)
	}
	for left > 0 {
		if at, ok = n.e.Deadline(); !ok || at > n.nowMs {
			t.Fatalf("Deadline = %d %v with %d keys left to remove", at, ok, left)
		}
		n.apply()
		left = n.e.dbs[0].len() + n.e.dbs[1].len()
	}
	if _, ok := n.e.Deadline(); ok || n.e.Stats().ExpiredKeys != keys {
		t.Errorf("a deadline is left, or %d keys counted as expired", n.e.Stats().ExpiredKeys)
	}
}

// TestWriteToExpiredKey writes to a key that is due but not removed yet: it
// finds nothing there.
func TestWriteToExpiredKey(t *testing.T) {
	n := newNode(t)
	for i := range dueMax {
		n.batch.Command(0, args(fmt.Sprintf("SET a%d v PX 1000", i)))
	}
	for i := range 4 {
		n.batch.Command(0, args(fmt.Sprintf("SET z%d v PX 1001", i)))
	}
	n.apply()
	n.nowMs += 5000
	n.want("APPEND z0 new", ":3")
	n.want("PTTL z0", ":-1")
	n.nowMs -= 5000 // the clock of a new leader may be behind
	n.want("SET z1 v XX", "$-1")
	n.want("SETRANGE z2 1 x", ":2")
	n.want("GETSET z3 w", "$-1")
	n.want("DBSIZE", ":3")
}

func TestEvents(t *testing.T) {
	n := newNode(t)
	var got eventLog
	n.e.Listen(&got)
	for _, line := range []string{
		"SET a 1 EX 10", "GET a", "INCR a", "APPEND a x", "SETRANGE a 0 z", "RENAME a b", "COPY b c", "MOVE c 1", "PERSIST b",
		"GETEX b PX 1000", "DEL b nothing", "SET n 5 NX", "SET n 6 NX", "INCRBYFLOAT n 1", "GETDEL n", "MSET x 1 y 2", "EXPIRE x -1",
		"SETEX y 1 v", "FLUSHALL",
	} {
		n.do(args(line))
	}
	n.do(args("SET last 1 PX 5"))
	n.nowMs += 5
	n.apply()
	want := []string{
		"0 set a", "0 expire a", "0 incrby a", "0 append a", "0 setrange a", "0 rename_from a", "0 rename_to b", "0 copy_to c",
		"0 move_from c", "1 move_to c", "0 persist b", "0 expire b", "0 del b", "0 set n", "0 incrbyfloat n", "0 del n", "0 set x",
		"0 set y", "0 del x", "0 set y", "0 expire y", "0 flush ", "1 flush ", "0 set last", "0 expire last", "0 expired last",
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("event %d\n got %q\nwant %q", i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

// TestAgesFollowTheClock checks OBJECT IDLETIME: seconds since the last change,
// by marks that thin out with age.
func TestAgesFollowTheClock(t *testing.T) {
	n := newNode(t)
	n.do(args("SET old 1"))
	for i := range 3 * ageMarksMax {
		n.nowMs += 1000
		n.do(args(fmt.Sprintf("SET k%d 1", i%50)))
	}
	if len(n.e.ages.marks) > ageMarksMax {
		t.Errorf("%d marks", len(n.e.ages.marks))
	}
	n.want("OBJECT IDLETIME k43", ":0")
	n.want("OBJECT IDLETIME k40", ":3")
	n.want("OBJECT IDLETIME old", fmt.Sprintf(":%d", 3*ageMarksMax))
	n.nowMs += 10_000
	n.want("OBJECT IDLETIME k40", ":13")
}
