package server

import (
	"context"
	"testing"
	"time"
)

func started(t *testing.T, program string, args ...string) (*Fleet, *Process) {
	t.Helper()
	f, err := NewFleet(t.TempDir(), 22000)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	dir, err := f.Dir("program")
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Start(dir, program, args...)
	if err != nil {
		t.Fatal(err)
	}
	return f, p
}

func TestClocksTellABusyProcessFromAnIdleOne(t *testing.T) {
	_, busy := started(t, "/bin/sh", "-c", "while :; do :; done")
	_, idle := started(t, "/bin/sleep", "1000")
	meter := Watch(nil)
	for end := time.Now().Add(10 * time.Second); ; {
		b, err := busy.CPU()
		if err != nil {
			t.Fatal(err)
		}
		i, err := idle.CPU()
		if err != nil {
			t.Fatal(err)
		}
		if b > 200*time.Millisecond && i < 50*time.Millisecond {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("busy %s, idle %s", b, i)
		}
	}
	noise, err := meter.Stop()
	if err != nil || noise.Others < othersMax || noise.String() == "" {
		t.Errorf("a busy process that is not ours: %+v, %v", noise, err)
	}
	if rss, err := idle.RSS(); err != nil || rss < 100<<10 || rss > 100<<20 {
		t.Errorf("resident: %d, %v", rss, err)
	}
}

func TestAKilledProcessIsGoneAndStartsAgain(t *testing.T) {
	_, p := started(t, "/bin/sleep", "1000")
	first := p.PID()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CPU(); err == nil {
		t.Error("it has CPU")
	}
	if err := p.Start(); err != nil || p.PID() == first {
		t.Errorf("pid %d again, %v", first, err)
	}
}

func TestAProcessThatEndsSaysWhy(t *testing.T) {
	_, p := started(t, "/bin/sh", "-c", "echo no disk here; exit 1")
	err := p.waitFor(t.Context(), 10*time.Second, func(context.Context) bool { return false })
	if err == nil || err.Error() != "sh ended: no disk here\n" {
		t.Errorf("got %v", err)
	}
}
