package torture_test

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
	"github.com/laurocaetano/foxtail/cluster/torture/netns"
)

var long = flag.Bool("long", false, "longer runs, and on five nodes as well")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(harness.Main(m))
}

// torture runs the command and returns what it printed.
func torture(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(harness.Binary(t), append([]string{"torture", "--dir", t.TempDir() + "/data"}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A cluster that keeps its promises passes.
func TestShortRun(t *testing.T) {
	runs := [][]string{{"--seed", "3", "--time", "6s", "--faults", "kill-all,damage,remove,wipe,disks-full"}}
	if *long {
		runs = [][]string{{"--seed", "4", "--time", "100s"}, {"--seed", "5", "--time", "100s", "--nodes", "5"}}
	}
	for _, args := range runs {
		out, err := torture(t, args...)
		if err != nil || !strings.Contains(out, "PASS") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
		t.Log(out)
	}
}

// The same in network namespaces, for whom may make them.
func TestNamespaces(t *testing.T) {
	if err := netns.Possible(); err != nil {
		t.Skip(err)
	}
	runs := [][]string{{"--netns", "--seed", "6", "--time", "2s", "--faults", "reset,unplug"}}
	if *long {
		runs = [][]string{{"--netns", "--seed", "4", "--time", "100s"}, {"--netns", "--seed", "5", "--time", "100s", "--nodes", "5"}}
	}
	for _, args := range runs {
		out, err := torture(t, args...)
		if err != nil || !strings.Contains(out, "PASS") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
		t.Log(out)
	}
}

func TestSimulation(t *testing.T) {
	out, err := torture(t, "--sim", "2", "--seed", "8")
	if err != nil || !strings.Contains(out, "2 seeds: ") || !strings.Contains(out, "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := torture(t, "--sim", "1", "--seed", "8"); err != nil || !strings.Contains(out, "seed 8: ") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{{"--nodes", "4"}, {"--faults", "earthquake"}, {"--faults", "vanish"}, {"--rate", "0"}, {"--sim", "-1"}, {"more"}} {
		if out, err := torture(t, args...); err == nil || strings.Contains(out, "PASS") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}
