package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// crowd is an engine with clients of several processes, whose late answers it
// keeps by the id of the call.
type crowd struct {
	t     testing.TB
	e     *Engine
	nowMs int64
	term  uint64
	batch Batch
	reply wireReply
	ids   []uint64 // of the calls that began to wait in the last entry
	late  map[uint64]*wireReply
}

func newCrowd(t testing.TB) *crowd {
	return &crowd{
		t: t, e: New(Options{HashSeed: [4]uint64{1, 2, 3, 4}}), nowMs: testStartMs, term: 1,
		reply: wireReply{proto: 2}, late: map[uint64]*wireReply{},
	}
}

func (c *crowd) Reply(int) Reply          { return &c.reply }
func (c *crowd) Done()                    {}
func (c *crowd) Blocked(_ int, id uint64) { c.ids = append(c.ids, id) }
func (c *crowd) Unblock(id uint64) Reply {
	if c.late[id] != nil {
		c.t.Errorf("call %d is answered twice", id)
	}
	c.late[id] = &wireReply{proto: 2}
	return c.late[id]
}

// apply feeds the batch as an entry of a process and gives what it answered.
func (c *crowd) apply(origin uint64) string {
	c.t.Helper()
	c.reply.out, c.ids = c.reply.out[:0], nil
	entry := Entry{
		Index: c.e.Applied() + 1, Term: c.term, UnixMs: c.nowMs, Seed: c.e.Applied() + 1, Origin: origin, Data: c.batch.Bytes(),
	}
	if err := c.e.Apply(entry, c); err != nil {
		c.t.Fatal(err)
	}
	c.batch.Reset()
	return string(c.reply.out)
}

func (c *crowd) do(origin uint64, line string) string {
	c.t.Helper()
	c.batch.Command(0, args(line))
	return c.apply(origin)
}

// block runs a command that must wait, and gives its id.
func (c *crowd) block(origin uint64, line string) uint64 {
	c.t.Helper()
	if got := c.do(origin, line); got != "" || len(c.ids) != 1 {
		c.t.Fatalf("%s: answered %q, %d calls wait", line, got, len(c.ids))
	}
	return c.ids[0]
}

// answered checks what a call has been answered so far; "" for nothing.
func (c *crowd) answered(id uint64, want string) {
	c.t.Helper()
	got := ""
	if r := c.late[id]; r != nil {
		got = strings.ReplaceAll(string(r.out), "\r\n", " ")
	}
	if got != want {
		c.t.Errorf("call %d was answered %q, want %q", id, got, want)
	}
}

func pop(key, value string) string {
	return fmt.Sprintf("*2 $%d %s $%d %s ", len(key), key, len(value), value)
}

func TestNothingIsHandedToTheAbsent(t *testing.T) {
	c := newCrowd(t)
	dead, live := c.block(1, "BLPOP q 0"), c.block(2, "BLPOP q 0")
	c.batch.Absent(1)
	c.apply(3)
	if c.e.Present(1) || !c.e.Present(2) {
		t.Error("the wrong one is absent")
	}
	c.do(3, "RPUSH q a")
	c.answered(dead, "")
	c.answered(live, pop("q", "a"))
	c.do(3, "RPUSH q b c")
	c.answered(dead, "")
	// It was only cut off: any entry of its own serves its clients.
	c.apply(1)
	c.answered(dead, pop("q", "b"))
	if got := c.do(3, "LPOP q"); got != "$1\r\nc\r\n" {
		t.Errorf("left in the list: %q", got)
	}
}

func TestANewTermKeepsTheCallsOfTheLiving(t *testing.T) {
	c := newCrowd(t)
	a, b, lost := c.block(1, "BLPOP q 0"), c.block(2, "BLPOP q 0"), c.block(3, "BLPOP q 0")
	c.term++
	c.do(2, "RPUSH q x y z")
	c.answered(a, "")
	c.answered(b, pop("q", "x"))
	c.answered(lost, "")
	c.apply(1)
	c.answered(a, pop("q", "y"))
	at, ok := c.e.Deadline()
	if want := c.nowMs + absentMaxMs; !ok || at != want {
		t.Fatalf("the deadline is %d, %v, want %d", at, ok, want)
	}
	c.nowMs = at - 1
	c.apply(0)
	c.answered(lost, "")
	c.nowMs = at
	c.apply(0)
	c.answered(lost, "-"+string(errInstanceMoved)+" ")
	if _, ok := c.e.Deadline(); ok || c.e.Blocked() != 0 {
		t.Error("something still waits")
	}
	if got := c.do(1, "LLEN q"); got != ":1\r\n" {
		t.Errorf("LLEN q: %q", got)
	}
}

func TestUnblock(t *testing.T) {
	c := newCrowd(t)
	a, b := c.block(1, "BLMOVE q r LEFT LEFT 0"), c.block(1, "BLPOP q 0")
	for _, u := range []struct {
		id   uint64
		mode UnblockMode
		want string
	}{{a, UnblockTimeout, ":1\r\n"}, {b, UnblockError, ":1\r\n"}, {b, UnblockError, ":0\r\n"}, {99, UnblockTimeout, ":0\r\n"}} {
		c.batch.Unblock(u.id, u.mode)
		if got := c.apply(2); got != u.want {
			t.Errorf("unblocking %d: %q, want %q", u.id, got, u.want)
		}
	}
	c.answered(a, "*-1 ")
	c.answered(b, "-UNBLOCKED client unblocked via CLIENT UNBLOCK ")
	if c.do(1, "RPUSH q 1"); c.e.Blocked() != 0 || c.e.MemoryUsed() > 1000 {
		t.Errorf("%d calls wait, %d bytes used", c.e.Blocked(), c.e.MemoryUsed())
	}
}

// The time runs out when an entry says so, and in the order of the deadlines.
func TestTimeoutIsExact(t *testing.T) {
	c := newCrowd(t)
	late, soon := c.block(1, "BLPOP q 0.1500001"), c.block(1, "BRPOPLPUSH q q .1")
	for _, want := range []int64{100, 151} {
		at, ok := c.e.Deadline()
		if !ok || at != testStartMs+want {
			t.Fatalf("the deadline is %d, %v, want %d", at-testStartMs, ok, want)
		}
		c.nowMs = at
		c.apply(0)
	}
	c.answered(soon, "*-1 ")
	c.answered(late, "*-1 ")
	// An element in the very entry of the deadline comes too late.
	id := c.block(1, "BLPOP q 1")
	c.nowMs += 1000
	c.do(1, "RPUSH q x")
	c.answered(id, "*-1 ")
}

// The keys are served in the order in which they were filled, also one that a
// call has emptied in between.
func TestServedInTheOrderOfTheKeys(t *testing.T) {
	c := newCrowd(t)
	fromB, fromD, last := c.block(1, "BRPOPLPUSH b d 0"), c.block(1, "BLMOVE d a LEFT RIGHT 0"), c.block(1, "BRPOP a b d 0")
	c.batch.Exec(0, nil, []Queued{{Args: args("RPUSH d 1")}, {Args: args("RPUSH b 2")}})
	c.apply(2)
	c.answered(fromD, "$1 1 ")
	c.answered(fromB, "$1 2 ")
	c.answered(last, pop("a", "1"))
}

// A long queue of waiters costs each push no more than a short one.
func TestManyWaiters(t *testing.T) {
	c := newCrowd(t)
	var ids []uint64
	for range 5000 {
		ids = append(ids, c.block(1, "BLPOP q 0"))
	}
	allocs := testing.AllocsPerRun(100, func() {
		c.do(2, "RPUSH q x")
	})
	if allocs > 60 {
		t.Errorf("%v allocations to serve one of many", allocs)
	}
	for i, id := range ids[:102] {
		if i < 101 {
			c.answered(id, pop("q", "x"))
		} else {
			c.answered(id, "")
		}
	}
}

// waitModel is what the queues must do, in the plainest form: slices.
type waitModel struct {
	lists   map[string][]string
	calls   []*modelCall
	absent  map[uint64]bool
	answers map[uint64]string
}

type modelCall struct {
	id, origin uint64
	keys       []string
	front      bool
	to         string // BLMOVE: to the back of it
	deadlineMs int64
}

func (m *waitModel) take(key string, front bool) string {
	l := m.lists[key]
	var v string
	if front {
		v, l = l[0], l[1:]
	} else {
		v, l = l[len(l)-1], l[:len(l)-1]
	}
	if m.lists[key] = l; len(l) == 0 {
		delete(m.lists, key)
	}
	return v
}

// try runs a call on one key.
func (m *waitModel) try(k *modelCall, key string) (answer string, ready []string) {
	v := m.take(key, k.front)
	if k.to == "" {
		return pop(key, v), nil
	}
	m.lists[k.to] = append(slices.Clone(m.lists[k.to]), v)
	return fmt.Sprintf("$%d %s ", len(v), v), []string{k.to}
}

func (m *waitModel) serve(ready []string) {
	for ; len(ready) > 0; ready = ready[1:] {
		key := ready[0]
		for i := 0; i < len(m.calls); i++ {
			k := m.calls[i]
			if m.lists[key] == nil || m.absent[k.origin] || !slices.Contains(k.keys, key) {
				continue
			}
			m.calls = slices.Delete(m.calls, i, i+1)
			i--
			answer, more := m.try(k, key)
			m.answers[k.id] = answer
			for _, key := range more {
				if !slices.Contains(ready[1:], key) {
					ready = append(ready, key)
				}
			}
		}
	}
}

func (m *waitModel) end(which func(k *modelCall) bool, answer string) {
	m.calls = slices.DeleteFunc(m.calls, func(k *modelCall) bool {
		if which(k) {
			m.answers[k.id] = answer
			return true
		}
		return false
	})
}

// returned: an entry of an origin came.
func (m *waitModel) returned(origin uint64) {
	if !m.absent[origin] {
		return
	}
	delete(m.absent, origin)
	var ready []string
	for _, k := range m.calls {
		if k.origin != origin {
			continue
		}
		for _, key := range k.keys {
			if !slices.Contains(ready, key) {
				ready = append(ready, key)
			}
		}
	}
	m.serve(ready)
}

func TestWaitersMatchAModel(t *testing.T) {
	r := testRand(t)
	rounds := 20_000
	if *long {
		rounds = 1_000_000
	}
	c := newCrowd(t)
	m := &waitModel{lists: map[string][]string{}, absent: map[uint64]bool{}, answers: map[uint64]string{}}
	key := func() string { return string(rune('a' + r.IntN(4))) }
	for i := range rounds {
		origin := uint64(1 + r.IntN(3))
		c.nowMs += int64(r.IntN(30))
		if r.IntN(200) == 0 {
			c.term++
			for _, k := range m.calls {
				m.absent[k.origin] = true
			}
		}
		m.end(func(k *modelCall) bool { return k.deadlineMs != 0 && k.deadlineMs <= c.nowMs }, "*-1 ")
		m.returned(origin)
		for o := range m.absent {
			if !slices.ContainsFunc(m.calls, func(k *modelCall) bool { return k.origin == o }) {
				delete(m.absent, o)
			}
		}
		waitModelStep(c, m, r, i, origin, key)
		for id, want := range m.answers {
			c.answered(id, want)
			delete(c.late, id)
		}
		clear(m.answers)
		for id, reply := range c.late {
			t.Errorf("call %d was answered %q", id, reply.out)
		}
		if c.e.Blocked() != len(m.calls) {
			t.Errorf("%d calls wait, want %d", c.e.Blocked(), len(m.calls))
		}
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
		if r.IntN(50) == 0 {
			c.e = reopened(t, c.e)
		}
	}
}

// waitModelStep does one random thing on both sides. absentMaxMs is out of its
// reach: whoever is absent returns within some entries.
func waitModelStep(c *crowd, m *waitModel, r *rand.Rand, i int, origin uint64, key func() string) {
	switch r.IntN(10) {
	case 0, 1, 2, 3: // block
		k := &modelCall{origin: origin, front: r.IntN(2) == 0, keys: []string{key()}}
		timeout := 0
		if r.IntN(2) == 0 {
			timeout = 1 + r.IntN(300)
			k.deadlineMs = c.nowMs + int64(timeout)
		}
		line := map[bool]string{true: "BLPOP", false: "BRPOP"}[k.front]
		if r.IntN(3) == 0 {
			k.to = key()
			line = fmt.Sprintf("BLMOVE %s %s %s RIGHT %de-3", k.keys[0], k.to, map[bool]string{true: "LEFT", false: "RIGHT"}[k.front], timeout)
		} else {
			k.keys = append(k.keys, key(), key())
			line = fmt.Sprintf("%s %s %de-3", line, strings.Join(k.keys, " "), timeout)
		}
		got := strings.ReplaceAll(c.do(origin, line), "\r\n", " ")
		at := slices.IndexFunc(k.keys, func(key string) bool { return m.lists[key] != nil })
		if at < 0 {
			if got != "" || len(c.ids) != 1 {
				c.t.Fatalf("%s: answered %q, %d calls wait", line, got, len(c.ids))
			}
			k.id = c.ids[0]
			m.calls = append(m.calls, k)
			return
		}
		want, ready := m.try(k, k.keys[at])
		if got != want {
			c.t.Errorf("%s: got %q, want %q", line, got, want)
		}
		m.serve(ready)
	case 4, 5, 6: // push, in a transaction or not
		var queued []Queued
		var ready []string
		for range 1 + r.IntN(3) {
			to, v := key(), fmt.Sprint(i)
			queued = append(queued, Queued{Args: args("RPUSH " + to + " " + v)})
			m.lists[to] = append(slices.Clone(m.lists[to]), v)
			if !slices.Contains(ready, to) {
				ready = append(ready, to)
			}
		}
		c.batch.Exec(0, nil, queued)
		c.apply(origin)
		m.serve(ready)
	case 7:
		k := key()
		c.do(origin, "DEL "+k)
		delete(m.lists, k)
	case 8:
		if len(m.calls) > 0 {
			id := m.calls[r.IntN(len(m.calls))].id
			c.batch.Unblock(id, UnblockError)
			c.apply(origin)
			m.end(func(k *modelCall) bool { return k.id == id }, "-"+string(errUnblocked)+" ")
		} else {
			c.apply(origin)
		}
	case 9:
		gone := uint64(1 + r.IntN(3))
		c.batch.Absent(gone)
		c.apply(origin)
		if gone != origin && slices.ContainsFunc(m.calls, func(k *modelCall) bool { return k.origin == gone }) {
			m.absent[gone] = true
		}
	}
}

// reopened is the engine restored from its snapshot, whose own is the same.
func reopened(t testing.TB, e *Engine) *Engine {
	t.Helper()
	before := snapshotBytes(t, e)
	fresh, err := Restore(Options{}, bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, snapshotBytes(t, fresh)) {
		t.Fatal("the snapshot of a restored engine is another one")
	}
	return fresh
}

// A snapshot is not changed by what comes after it, and holds more waiters than
// one block.
func TestSnapshotOfWaiters(t *testing.T) {
	c := newCrowd(t)
	long := strings.Repeat("k", 300)
	for i := range 1000 {
		c.block(uint64(i%3), fmt.Sprintf("BLPOP %s%d q %d", long, i, i))
	}
	c.batch.Absent(2)
	c.apply(1)
	before := snapshotBytes(t, c.e)
	s := c.e.Snapshot()
	c.do(0, "RPUSH q 1 2 3 4 5 6 7 8 9")
	c.nowMs += 100_000
	c.apply(0)
	var b bytes.Buffer
	if _, err := s.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	s.Release()
	if !bytes.Equal(b.Bytes(), before) {
		t.Error("the snapshot has changed")
	}
	fresh, err := Restore(Options{}, bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	if fresh.Blocked() != 1000 || fresh.Present(2) || !fresh.Present(1) {
		t.Errorf("%d calls wait, present: %v, %v", fresh.Blocked(), fresh.Present(1), fresh.Present(2))
	}
}

// FuzzRestoreWaits puts any bytes, with right checksums, where a snapshot tells
// of waiting calls.
func FuzzRestoreWaits(f *testing.F) {
	c := newCrowd(f)
	c.block(1, "BLPOP a b 0")
	c.block(2, "BZPOPMIN a 5")
	s := c.e.Snapshot()
	var waits, waiters []byte
	waits = append(waits, waitsVersion, 2, 2, 1, 0, 2, 0)
	s.waits.byID.Scan(func(w *waiter) bool { waiters = w.append(waiters); return true })
	f.Add(waits, waiters)
	f.Add([]byte{waitsVersion, 1, 0}, []byte{})
	f.Fuzz(func(t *testing.T, waits, waiters []byte) {
		var b bytes.Buffer
		w := newBlockWriter(&b)
		w.block(blockHeader, s.appendHeader(nil), nil)
		w.block(blockWaits, waits, nil)
		w.block(blockWaiters, waiters, nil)
		w.block(blockEnd, binary.AppendUvarint(binary.AppendUvarint(nil, w.blocks), 0), nil)
		e, err := Restore(Options{}, &b)
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		// What was taken can be run and stored.
		for i, line := range []string{"RPUSH a 1 2 3", "ZADD b 1 m", "RPUSH b 1"} {
			var batch Batch
			batch.Command(0, args(line))
			if err := e.Apply(Entry{Index: e.Applied() + 1, UnixMs: testStartMs + int64(i), Origin: 1, Data: batch.Bytes()}, oneReply{Discard}); err != nil {
				t.Fatal(err)
			}
		}
		reopened(t, e)
	})
}
