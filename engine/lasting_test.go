package engine_test

import (
	"bytes"
	"testing"

	"github.com/laurocaetano/foxtail/engine"
)

// lentReply keeps the values it is lent.
type lentReply struct {
	engine.Reply
	values [][]byte
}

func (r *lentReply) BulkLent(b []byte) { r.values = append(r.values, b) }

// A big value stays where it came from, and whoever was lent it keeps what he was
// told, whatever becomes of the key.
func TestBigValuesAreNotCopied(t *testing.T) {
	e := engine.New(engine.DefaultOptions())
	value := bytes.Repeat([]byte("x"), 2<<20)
	index := uint64(0)
	apply := func(args ...string) {
		t.Helper()
		index++
		var b engine.Batch
		words := make([][]byte, len(args))
		for i, a := range args {
			words[i] = []byte(a)
		}
		b.Command(0, words)
		if err := e.Apply(engine.Entry{Index: index, Data: b.Bytes(), Lasting: true}, quietSink{}); err != nil {
			t.Fatal(err)
		}
	}
	get := func(key string) []byte {
		r := &lentReply{Reply: engine.Discard}
		e.View(0, engine.Lookup([]byte("get")), [][]byte{[]byte("GET"), []byte(key)}, 0, r)
		if len(r.values) != 1 {
			t.Fatalf("%d values are lent", len(r.values))
		}
		return r.values[0]
	}
	buf := append(make([]byte, engine.AdoptRoom+40), value...)
	at := len(buf) - len(value)
	buf = append(buf, make([]byte, 8)...)
	var b engine.Batch
	if !b.Adopt(0, [][]byte{[]byte("SET"), []byte("k"), buf[at : at+len(value)], []byte("EX"), []byte("99")}, 2, buf, at) {
		t.Fatal("not adopted")
	}
	var copied engine.Batch
	copied.Command(0, [][]byte{[]byte("SET"), []byte("k"), value, []byte("EX"), []byte("99")})
	if !bytes.Equal(b.Bytes(), copied.Bytes()) || len(b.Whole())-len(b.Bytes()) < engine.AdoptRoom {
		t.Fatalf("%d bytes in %d, want %d", len(b.Bytes()), len(b.Whole()), len(copied.Bytes()))
	}
	index++
	if err := e.Apply(engine.Entry{Index: index, Data: b.Bytes(), Lasting: true}, quietSink{}); err != nil {
		t.Fatal(err)
	}
	first := get("k")
	if &first[0] != &buf[at] {
		t.Error("the value was copied")
	}
	for _, args := range [][]string{{"SETRANGE", "k", "5", "yyy"}, {"APPEND", "k", "z"}, {"RENAME", "k", "j"}, {"SETBIT", "j", "1", "0"}, {"APPEND", "j", "z"}, {"SETRANGE", "j", "0", "a"}} {
		key := "k"
		if args[1] == "j" {
			key = "j"
		}
		before := get(key)
		kept := bytes.Clone(before)
		apply(args...)
		if !bytes.Equal(before, kept) {
			t.Errorf("%q changed what a reader was lent", args)
		}
	}
	if !bytes.Equal(first, value) {
		t.Error("the entry's data was changed")
	}
	before := get("j")
	kept := bytes.Clone(before)
	apply("SET", "j", string(bytes.Repeat([]byte("n"), len(before)))) // fits in place
	if !bytes.Equal(before, kept) {
		t.Error("SET changed what a reader was lent")
	}
}
