package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/bench/report"
)

// smallest are options of a run that needs nothing but Go.
func smallest(t *testing.T) options {
	t.Helper()
	return options{alone: true, generator: "go", out: filepath.Join(t.TempDir(), "out"), tmp: t.TempDir(), port: 21000, rounds: 1, reading: 20 * time.Millisecond, keys: 1000, limit: time.Minute}
}

// One failed measurement, and real ones on a node built from this tree.
func TestARunKeepsWhatItFound(t *testing.T) {
	opt := smallest(t)
	broken := measurement{name: "broken", run: func(context.Context, *bench) error { return errors.New("it is broken") }}
	chosen := []measurement{broken}
	for _, m := range measurements {
		if m.name == "memory" || m.name == "one" {
			chosen = append(chosen, m)
		}
	}
	if err := measure(t.Context(), opt, chosen); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(opt.out, report.TableFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"it is broken", "| SET P64 |", "| GET P1 |", "| SET on disk, three nodes: p50 |"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	left, err := os.ReadDir(opt.tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("data left behind: %v, %v", left, err)
	}
}

func TestWhatHangsIsGivenUp(t *testing.T) {
	b := &bench{options: options{limit: time.Millisecond}}
	err := b.limited(t.Context(), measurement{run: func(ctx context.Context, _ *bench) error {
		<-ctx.Done()
		return errors.New("a connection was closed")
	}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAnInterruptedRunEndsItsServers(t *testing.T) {
	opt := smallest(t)
	opt.foxtail = "/bin/sleep"
	ctx, cancel := context.WithCancel(t.Context())
	var done <-chan struct{}
	hang := measurement{name: "hang", run: func(ctx context.Context, b *bench) error {
		dir, err := b.fleet.Dir("sleep")
		if err != nil {
			return err
		}
		p, err := b.fleet.Start(dir, "/bin/sleep", "1000")
		if err != nil {
			return err
		}
		done = p.Done()
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}
	if err := measure(ctx, opt, []measurement{hang, hang}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	select {
	case <-done:
	default:
		t.Error("the server still runs")
	}
}

func TestMeasurementsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range measurements {
		if seen[m.name] || m.name == "" || m.about == "" || m.run == nil {
			t.Errorf("%q stands twice, or is not whole", m.name)
		}
		seen[m.name] = true
	}
}

// Charts and histograms are for those who measure, not for those who serve.
func TestFoxtailLinksNothingOfTheBench(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/laurocaetano/foxtail").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, not := range []string{"gonum.org/", "HdrHistogram/", "foxtail/bench"} {
		if strings.Contains(string(out), not) {
			t.Errorf("the server depends on %s", not)
		}
	}
}
