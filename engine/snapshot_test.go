package engine

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

func snapshotBytes(t testing.TB, e *Engine) []byte {
	t.Helper()
	s := e.Snapshot()
	defer s.Release()
	var b bytes.Buffer
	n, err := s.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo = %d, %v; wrote %d", n, err, b.Len())
	}
	return b.Bytes()
}

func mustRestore(t testing.TB, data []byte) *Engine {
	t.Helper()
	e, err := Restore(Options{}, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// randomEntry fills the batch with random commands, some inside MULTI.
func (n *node) randomEntry(r *rand.Rand, all []*Command) {
	watch := []Watch{{Key: []byte("k1"), Index: n.e.Applied() - uint64(r.IntN(3))}}
	for range 1 + r.IntN(5) {
		c := all[r.IntN(len(all))]
		switch {
		case c.Group == "server" && r.IntN(30) > 0:
		case r.IntN(8) == 0:
			n.batch.Exec(0, watch, []Queued{{r.IntN(3), randomArgs(r, c)}, {0, randomArgs(r, all[r.IntN(len(all))])}})
		default:
			n.batch.Command(r.IntN(3), randomArgs(r, c))
		}
	}
	n.nowMs += int64(r.IntN(400))
}

// TestSameLogSameState feeds one log to two engines, one of which is stored
// and restored on the way, again and again: replies and snapshots stay equal.
func TestSameLogSameState(t *testing.T) {
	r := testRand(t)
	all := leaves()
	a := newNode(t)
	a.e = New(Options{}) // the hash seed comes from the log
	b := New(Options{})
	var replyB wireReply
	replyB.proto = 2
	rounds := 3000
	if *long {
		rounds = 100_000
	}
	for i := range rounds {
		a.randomEntry(r, all)
		a.reply.out, replyB.out = a.reply.out[:0], replyB.out[:0]
		a.apply()
		entry := a.log[len(a.log)-1]
		if err := b.Apply(entry, oneReply{&replyB}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.reply.out, replyB.out) {
			t.Fatalf("entry %d answers differ\n%q\n%q", i, a.reply.out, replyB.out)
		}
		if i%100 == 99 {
			sa, sb := snapshotBytes(t, a.e), snapshotBytes(t, b)
			if !bytes.Equal(sa, sb) {
				t.Fatalf("snapshots differ after entry %d", i)
			}
			b = mustRestore(t, sb)
			if again := snapshotBytes(t, b); !bytes.Equal(again, sb) {
				t.Fatalf("the snapshot of the restored state differs after entry %d", i)
			}
		}
	}
}

// smallState is an engine with a bit of everything a snapshot can hold.
func smallState(t testing.TB) *Engine {
	n := newNode(t)
	for _, line := range []string{
		"SET a 1", "SET b hello PX 5000", "APPEND a 2", "SETRANGE raw 3 x", "SET gone 1", "DEL gone", "INCRBYFLOAT f 2.5",
		"MSET k1 v1 k2 v2", "MOVE k1 3", "SWAPDB 3 4", "SET z 0",
	} {
		n.do(args(line))
		n.nowMs += 1500
	}
	return n.e
}

func TestSnapshotFindsEveryFlippedByte(t *testing.T) {
	data := snapshotBytes(t, smallState(t))
	for i := range data {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			bad := bytes.Clone(data)
			bad[i] ^= flip
			if _, err := Restore(Options{}, bytes.NewReader(bad)); !errors.Is(err, ErrSnapshot) {
				t.Fatalf("byte %d of %d ^ %#x: %v", i, len(data), flip, err)
			}
		}
		if _, err := Restore(Options{}, bytes.NewReader(data[:i])); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("cut at %d of %d: %v", i, len(data), err)
		}
	}
	if _, err := Restore(Options{}, bytes.NewReader(append(data, 0))); !errors.Is(err, ErrSnapshot) {
		t.Fatalf("a byte more: %v", err)
	}
}

func TestRestoreKeepsEverything(t *testing.T) {
	e := smallState(t)
	n := newNode(t)
	n.e = mustRestore(t, snapshotBytes(t, e))
	if n.e.Applied() != e.Applied() || n.e.ClockMs() != e.ClockMs() {
		t.Errorf("restored index %d and clock %d, want %d and %d", n.e.Applied(), n.e.ClockMs(), e.Applied(), e.ClockMs())
	}
	if got, want := n.e.MemoryUsed(), e.MemoryUsed(); got != want {
		t.Errorf("restored %d bytes, want %d", got, want)
	}
	n.want("GET a", "$2 12")
	n.want("GET raw", "$4 \x00\x00\x00x")
	n.want("OBJECT ENCODING raw", "$3 raw")
	n.want("OBJECT ENCODING f", "$6 embstr")
	if n.e.Unchanged([]Watch{{Key: []byte("gone"), Index: 4}}) {
		t.Error("the deletion of a key before the snapshot is forgotten")
	}
	if n.e.Unchanged([]Watch{{DB: 4, Key: []byte("x"), Index: 4}}) {
		t.Error("SWAPDB before the snapshot is forgotten")
	}
}

// TestSnapshotBesideWrites walks a snapshot while the engine goes on.
func TestSnapshotBesideWrites(t *testing.T) {
	n := newNode(t)
	for i := range 2000 {
		n.batch.Command(0, args(fmt.Sprintf("SET key:%d %d", i, i)))
	}
	n.apply()
	want := snapshotBytes(t, n.e)
	s := n.e.Snapshot()
	written := make(chan []byte)
	go func() {
		var b bytes.Buffer
		_, err := s.WriteTo(&b)
		if err != nil {
			t.Error(err)
		}
		written <- b.Bytes()
	}()
	var got []byte
	for i := 0; got == nil; i++ {
		n.batch.Command(0, args(fmt.Sprintf("SET key:%d x", i%2000)))
		n.batch.Command(0, args(fmt.Sprintf("DEL key:%d", (i*7)%2000)))
		n.batch.Command(0, args(fmt.Sprintf("APPEND key:%d y", (i*3)%2000)))
		n.apply()
		n.e.Maintain(10)
		select {
		case got = <-written:
		default:
		}
	}
	s.Release()
	if !bytes.Equal(got, want) {
		t.Error("the snapshot shows changes made after it was taken")
	}
}

func TestGoldenSnapshots(t *testing.T) {
	const file = "testdata/snapshot/v1"
	if flag.Lookup("rewrite").Value.String() == "true" { // the flag of the session scripts
		if err := os.WriteFile(file, snapshotBytes(t, smallState(t)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := snapshotBytes(t, mustRestore(t, data)); !bytes.Equal(got, data) {
		t.Error("the golden snapshot is read, but written anew it differs")
	}
	if !bytes.Equal(data, snapshotBytes(t, smallState(t))) {
		t.Error("the same commands give another snapshot than when the golden one was written")
	}
}

// FuzzRestore gives arbitrary payloads under right checksums, as those of a
// block are the reader's only proof.
func FuzzRestore(f *testing.F) {
	s := smallState(f).Snapshot()
	header := s.appendHeader(nil)
	f.Add(header, []byte{0, 0, 0, 0}, []byte{})
	f.Add(header, []byte{1, 1, 0, 0}, []byte{0, 1, 5, 9, 1, 'a', 1, 'b'})
	f.Fuzz(func(t *testing.T, header, database, keys []byte) {
		var data bytes.Buffer
		b := newBlockWriter(&data)
		b.block(blockHeader, header, nil)
		b.block(blockDatabase, database, nil)
		b.block(blockKeys, keys, nil)
		b.block(blockEnd, []byte{3, 1}, nil)
		e, err := Restore(Options{}, &data)
		if err == nil {
			if _, err := e.Snapshot().WriteTo(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
	})
}
