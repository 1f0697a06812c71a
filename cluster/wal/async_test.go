package wal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

func bigUpdate(index uint64, size int) []Update {
	return []Update{{Group: 1, Entries: []*raftpb.Entry{entry(index, 1, strings.Repeat("b", size))}, HardState: hard(1, 1, index-1)}}
}

// The log in memory knows of an append only when it is done, and other writers
// come behind it however they are timed.
func TestStartAppend(t *testing.T) {
	for _, order := range []string{"run, done", "another writer first", "another writer while it runs"} {
		t.Run(order, func(t *testing.T) {
			m := NewMemFS()
			l, _, err := Open(m, "d", Options{Rand: counter()})
			must(t, err)
			must(t, l.Append(bigUpdate(1, 10)))
			updates := bigUpdate(2, 300<<10)
			run, done, err := l.StartAppend(updates, true)
			must(t, err)
			clear(updates) // the caller's slice is its own again
			if last, _ := l.Storage(1).LastIndex(); last != 1 {
				t.Fatalf("last index before the append is done: %d, want 1", last)
			}
			switch order {
			case "run, done":
				run()
				must(t, done())
			case "another writer first":
				must(t, l.SetMeta(NodeMeta, []byte("meta")))
				run()
				must(t, done())
			case "another writer while it runs":
				finished := make(chan struct{})
				go func() { run(); close(finished) }()
				must(t, l.Append(bigUpdate(3, 10)))
				<-finished
				must(t, done())
			}
			must(t, l.Append(bigUpdate(4-b2u(order != "another writer while it runs"), 10)))
			want, err := observe(l)
			must(t, err)
			m.Kill()
			l2, _, err := Open(m, "d", Options{Rand: counter()})
			must(t, err)
			if got, err := observe(l2); err != nil || got != want {
				t.Fatalf("after a restart: %v\n%s\nwant\n%s", err, got, want)
			}
			must(t, l2.Close())
		})
	}
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// What done reported survives a power cut; what was not done may be there or
// not, and never in part.
func TestStartAppendAndPowerCuts(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := NewMemFS()
		l, _, err := Open(m, "d", Options{Rand: counter()})
		must(t, err)
		must(t, l.Append(bigUpdate(1, 10)))
		must(t, l.Sync())
		want := uint64(1)
		run, done, err := l.StartAppend(bigUpdate(2, 200<<10), true)
		must(t, err)
		if seed%4 > 0 {
			run()
		}
		if seed%4 > 1 {
			must(t, done())
			want = 2
		}
		m.Crash(r)
		l2, _, err := Open(m, "d", Options{Rand: counter()})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		last, _ := l2.Storage(1).LastIndex()
		if last < want || last > 2 {
			t.Fatalf("seed %d: last index %d, want %d or more", seed, last, want)
		}
		if list, err := l2.Storage(1).Entries(1, last+1, 1<<40); err != nil || len(list) != int(last) {
			t.Fatalf("seed %d: %d entries, %v", seed, len(list), err)
		}
		must(t, l2.Close())
	}
}

// A disk that turns out to be full leaves the log as it was; a failed sync puts
// it out of service.
func TestStartAppendFails(t *testing.T) {
	m := NewMemFS()
	l, _, err := Open(m, "d", Options{Rand: counter()})
	must(t, err)
	must(t, l.Append(bigUpdate(1, 10)))
	before, err := observe(l)
	must(t, err)
	m.OnWrite = func(_ string, _ int64, n int) error {
		if n > 100<<10 {
			return fmt.Errorf("write: %w", ErrNoSpace)
		}
		return nil
	}
	run, done, err := l.StartAppend(bigUpdate(2, 200<<10), true)
	must(t, err)
	run()
	if err := done(); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("on a full disk: %v", err)
	}
	if got, err := observe(l); err != nil || got != before {
		t.Fatalf("the refused entry left traces: %v\n%s", err, got)
	}
	m.OnWrite = nil
	run, done, err = l.StartAppend(bigUpdate(2, 200<<10), true)
	must(t, err)
	broken := errors.New("broken")
	m.OnSync = func(string) error { return broken }
	run()
	if err := done(); !errors.Is(err, broken) {
		t.Fatalf("after a failed sync: %v", err)
	}
	m.OnSync = nil
	if err := l.Append(bigUpdate(2, 10)); !errors.Is(err, broken) {
		t.Fatalf("an append after a failed sync: %v", err)
	}
}
