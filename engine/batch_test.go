package engine

import (
	"bytes"
	"errors"
	"testing"
)

// opsSink answers every operation into the reply of its own number.
type opsSink struct {
	t    testing.TB
	ops  int
	done bool
}

func (s *opsSink) Reply(op int) Reply {
	if op != s.ops {
		s.t.Fatalf("Reply(%d), expected %d", op, s.ops)
	}
	s.ops++
	return Discard
}
func (s *opsSink) Done()                { s.done = true }
func (s *opsSink) Blocked(int, uint64)  {}
func (s *opsSink) Unblock(uint64) Reply { return Discard }

func TestBatchCountsAndRepliesInOrder(t *testing.T) {
	var b Batch
	b.Command(0, args("SET a 1"))
	b.Exec(3, []Watch{{DB: 3, Key: []byte("a"), Index: 1}}, []Queued{{3, args("SET b 1")}, {4, args("SET c 1")}})
	b.Command(15, args("NOSUCH"))
	b.Command(99, args("SET a 1"))
	b.Command(0, nil)
	if b.Len() != 5 || b.Size() != len(b.Bytes()) {
		t.Errorf("Len %d, Size %d of %d", b.Len(), b.Size(), len(b.Bytes()))
	}
	e := New(Options{})
	s := &opsSink{t: t}
	if err := e.Apply(Entry{Index: 5, Data: b.Bytes()}, s); err != nil {
		t.Fatal(err)
	}
	if s.ops != 5 || !s.done || e.Applied() != 5 {
		t.Errorf("%d operations, done %v, applied %d", s.ops, s.done, e.Applied())
	}
	b.Reset()
	if b.Len() != 0 || b.Size() != 0 {
		t.Error("Reset leaves something")
	}
}

func TestApplyRefusesWhatItCannotDecode(t *testing.T) {
	var b Batch
	b.Command(0, args("SET a 1"))
	b.Exec(0, nil, []Queued{{0, args("SET a 2")}})
	good := bytes.Clone(b.Bytes())
	for name, data := range map[string][]byte{
		"version":     {2},
		"kind":        {1, 9},
		"long number": append([]byte{1, 1}, bytes.Repeat([]byte{0xff}, 11)...),
		"count":       {1, 1, 0, 200, 1, 'a'},
		"length":      {1, 1, 0, 1, 200, 'a'},
	} {
		if err := New(Options{}).Apply(Entry{Index: 1, Data: data}, &opsSink{t: t}); !errors.Is(err, ErrBatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for cut := 1; cut < len(good); cut++ {
		e := New(Options{})
		err := e.Apply(Entry{Index: 1, Data: good[:cut]}, &opsSink{t: t})
		if whole := cut == 1 || cut == 1+1+1+1+4+2+2; (err == nil) != whole {
			t.Errorf("cut at %d of %d: %v", cut, len(good), err)
		}
	}
	e := New(Options{})
	if err := e.Apply(Entry{Index: 1}, &opsSink{t: t}); err != nil {
		t.Error(err)
	}
	if err := e.Apply(Entry{Index: 1}, &opsSink{t: t}); err == nil {
		t.Error("the same entry was applied twice")
	}
}

func FuzzApply(f *testing.F) {
	var b Batch
	b.Command(0, args("SET a 1 EX 10"))
	b.Command(2, args("SWAPDB 0 1"))
	b.Exec(0, []Watch{{Key: []byte("a"), Index: 3}}, []Queued{{0, args("GET a")}, {1, args("LCS a b IDX")}})
	f.Add(bytes.Clone(b.Bytes()))
	for _, c := range leaves() {
		b.Reset()
		b.Command(0, randomArgs(testRand(f), c))
		f.Add(bytes.Clone(b.Bytes()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := New(Options{StringBytesMax: 1 << 20})
		for i := range 2 {
			err := e.Apply(Entry{Index: uint64(i + 1), UnixMs: testStartMs, Data: data}, oneReply{Discard})
			if err != nil && !errors.Is(err, ErrBatch) {
				t.Fatal(err)
			}
		}
	})
}

// FuzzCommand runs any command of the table with any arguments, twice over
// the same keys, and checks that it answers exactly once.
func FuzzCommand(f *testing.F) {
	all := leaves()
	for i := range all {
		f.Add(i, []byte("a"), []byte("1"), []byte("EX"), []byte("10"))
		f.Add(i, []byte("a"), []byte("a"), []byte("5"), []byte("xyz"))
	}
	f.Fuzz(func(t *testing.T, which int, a1, a2, a3, a4 []byte) {
		c := all[uint(which)%uint(len(all))]
		line := [][]byte{[]byte(c.Name)}
		if c.Parent != nil {
			line = [][]byte{[]byte(c.Parent.Name), []byte(c.Name)}
		}
		line = append(line, a1, a2, a3, a4)
		if c.Arity > 0 {
			for len(line) < c.Arity {
				line = append(line, a4)
			}
			line = line[:c.Arity]
		}
		n := newNode(t)
		n.e = New(Options{StringBytesMax: 1 << 20})
		n.batch.Command(0, [][]byte{[]byte("SET"), a1, a2})
		n.apply()
		for range 2 {
			wire := n.do(line)
			if _, err := readReply(bytes.NewReader([]byte(wire)), ""); err != nil {
				t.Fatalf("%q answers %q: %v", line, wire, err)
			}
			if got := len(wire); got != replyLength(t, wire) {
				t.Fatalf("%q answers more than once: %q", line, wire)
			}
		}
		mustRestore(t, snapshotBytes(t, n.e))
	})
}

// replyLength is how many bytes the first answer in wire takes.
func replyLength(t *testing.T, wire string) int {
	r := bytes.NewReader([]byte(wire))
	if _, err := readReply(r, ""); err != nil {
		t.Fatal(err)
	}
	return len(wire) - r.Len()
}
