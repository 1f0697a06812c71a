package engine

import (
	"errors"
	"strconv"
	"testing"
)

// Commands are decoded and looked ahead of in runs; whatever else stands
// between them, each runs in its place and for its own user.
func TestRunsOfCommandsKeepTheirPlaces(t *testing.T) {
	var b Batch
	for i := range 3*AheadMax + 5 {
		switch {
		case i%11 == 10:
			b.Exec(0, nil, []Queued{{0, args("INCR n")}})
			continue
		case i%7 == 6:
			b.As("nobody")
		case i%5 == 4:
			b.Command(1, args("INCR n"))
			continue
		}
		b.Command(0, args("APPEND s "+strconv.Itoa(i%10)))
	}
	whole := New(Options{})
	if err := whole.Apply(Entry{Index: 1, Data: b.Bytes()}, oneReply{Discard}); err != nil {
		t.Fatal(err)
	}
	want := ""
	for i := range 3*AheadMax + 5 {
		if i%11 != 10 && (i%7 == 6 || i%5 != 4) {
			want += strconv.Itoa(i % 10)
		}
	}
	if got, _ := whole.dbs[0].space.Get([]byte("s")); string(got.Value()) != want {
		t.Errorf("s is %q, want %q", got.Value(), want)
	}
	if whole.user != "" {
		t.Errorf("the last command ran for %q", whole.user)
	}
	if whole.ahead.waiting() {
		t.Error("a command has not run")
	}
}

// Where a command can't be decoded, those before it have run, as ever.
func TestBrokenCommandInARun(t *testing.T) {
	var b Batch
	for range 5 {
		b.Command(0, args("APPEND s x"))
	}
	e := New(Options{})
	if err := e.Apply(Entry{Index: 1, Data: b.Bytes()[:b.Size()-1]}, oneReply{Discard}); !errors.Is(err, ErrBatch) {
		t.Fatalf("%v", err)
	}
	if got, _ := e.dbs[0].space.Get([]byte("s")); string(got.Value()) != "xxxx" || e.ahead.waiting() {
		t.Errorf("s is %q, want xxxx; waiting: %v", got.Value(), e.ahead.waiting())
	}
}
