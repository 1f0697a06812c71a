package acceptance

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

var long = flag.Bool("long", false, "as many rounds as a release takes")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(harness.Main(m))
}

// rounds is how often a fault is repeated.
func rounds(short, all int) int {
	if *long {
		return all
	}
	return short
}

// within fails the test if a condition does not come about in time.
func within(t *testing.T, limit time.Duration, what string, ask func() error) {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		err := ask()
		if err == nil {
			return
		}
		if time.Since(begin) > limit {
			t.Fatalf("%s: after %v: %v", what, limit, err)
		}
	}
}

// do runs a command that must succeed.
func do(t *testing.T, n *harness.Node, args ...string) string {
	t.Helper()
	v, err := harness.Ask(n.Addr(), args...)
	if err != nil {
		t.Fatalf("%s: %q: %v", n.Name, args, err)
	}
	return v.Str
}
