package acceptance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
	"github.com/laurocaetano/foxtail/cluster/torture/load"
)

// underLoad is clients at work on a cluster while a test breaks it.
type underLoad struct {
	*load.Load
	t *testing.T
}

// startLoad lets clients work until the returned load is ended.
func startLoad(t *testing.T, c *harness.Cluster) *underLoad {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return &underLoad{load.Start(load.Options{Addrs: c.Addrs(), Seed: seed, Pages: t.ArtifactDir()}), t}
}

// waitProgress waits until n more writes of a client that retries came through.
func (l *underLoad) waitProgress(n int64) {
	l.t.Helper()
	want := l.Progress() + n
	within(l.t, harness.WaitMax, "writes to go through", func() error {
		if got := l.Progress(); got < want {
			return fmt.Errorf("%d of %d", got, want)
		}
		return nil
	})
}

// end stops the clients and checks what they saw, with a last look at a node.
func (l *underLoad) end(n *harness.Node) {
	l.t.Helper()
	l.Stop()
	if err := l.Verify(n.Addr()); err != nil {
		l.t.Error(err)
	}
	r := l.Report()
	if err := r.Bad(); err != nil {
		l.t.Error(err)
	}
	l.t.Log(r)
}

// median of durations.
func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}
