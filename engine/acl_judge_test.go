package engine

import (
	"errors"
	"strings"
	"testing"
)

func applyAs(t *testing.T, e *Engine, user string, words ...string) string {
	t.Helper()
	b := &Batch{}
	b.As(user)
	args := make([][]byte, len(words))
	for i, w := range words {
		args[i] = []byte(w)
	}
	b.Command(0, args)
	if b.Len() != 1 {
		t.Fatalf("%d operations", b.Len())
	}
	sink := &errorSink{}
	if err := e.Apply(Entry{Index: e.Applied() + 1, Term: 1, UnixMs: 1, Seed: 1, Data: b.Bytes()}, sink); err != nil {
		t.Fatal(err)
	}
	return sink.err
}

// errorSink keeps the last error that was answered.
type errorSink struct {
	discard
	err string
}

func (s *errorSink) Reply(int) Reply      { return s }
func (s *errorSink) Done()                {}
func (s *errorSink) Blocked(int, uint64)  {}
func (s *errorSink) Unblock(uint64) Reply { return Discard }
func (s *errorSink) Err(e Error)          { s.err = string(e) }

// The rights are those at the entry's place in the log, and a user that is gone
// has none.
func TestScriptsOfUsersThatChange(t *testing.T) {
	e := New(DefaultOptions())
	set := func(rules ...string) {
		t.Helper()
		b := &Batch{}
		b.SetUser("u", nil, rules)
		if err := e.Apply(Entry{Index: e.Applied() + 1, Term: 1, UnixMs: 1, Seed: 1, Data: b.Bytes()}, &errorSink{}); err != nil {
			t.Fatal(err)
		}
	}
	const script = "return redis.call('SET', KEYS[1], 'v')"
	set("on", "nopass", "~a", "+eval", "+set")
	if got := applyAs(t, e, "u", "EVAL", script, "1", "a"); got != "" {
		t.Errorf("allowed: %s", got)
	}
	if got := applyAs(t, e, "u", "EVAL", script, "1", "b"); !strings.Contains(got, deniedKey.inScript("u", "")) {
		t.Errorf("another key: %q", got)
	}
	set("-set")
	if got := applyAs(t, e, "u", "EVAL", script, "1", "a"); !strings.Contains(got, deniedCommand.inScript("u", "set")) {
		t.Errorf("without SET: %q", got)
	}
	b := &Batch{}
	b.DelUsers([]string{"u"})
	if err := e.Apply(Entry{Index: e.Applied() + 1, Term: 1, UnixMs: 1, Seed: 1, Data: b.Bytes()}, &errorSink{}); err != nil {
		t.Fatal(err)
	}
	if got := applyAs(t, e, "u", "EVAL", script, "1", "a"); !strings.Contains(got, deniedCommand.inScript("u", "set")) {
		t.Errorf("without the user: %q", got)
	}
}

func TestUserWithoutOperation(t *testing.T) {
	b := &Batch{}
	b.As("u")
	e := New(DefaultOptions())
	if err := e.Apply(Entry{Index: 1, Term: 1, Data: b.Bytes()}, &errorSink{}); !errors.Is(err, ErrBatch) {
		t.Errorf("got %v", err)
	}
}
