package torture

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

// verify is the last look, after kill -9 of all nodes at once (T3, T4, T5).
func (r *run) verify() error {
	r.say("the load has ended; all nodes are killed and started for the last look")
	for i := range r.nodes {
		if err := r.kill(i); err != nil {
			return err
		}
	}
	for i := range r.nodes {
		if err := r.launch(i); err != nil {
			return err
		}
	}
	for _, n := range r.nodes {
		if err := n.WaitReady(); err != nil {
			return err
		}
		if err := r.load.Verify(n.Addr()); err != nil {
			return fmt.Errorf("the last look at %s: %w", n.Name, err)
		}
	}
	if err := process.Until("equal states", r.sameState); err != nil {
		return fmt.Errorf("T4: %w", err)
	}
	for i, n := range r.nodes {
		if err := r.stop(i); err != nil {
			return fmt.Errorf("%s: SIGTERM: %w", n.Name, err)
		}
	}
	for _, n := range r.nodes {
		if out, err := r.check(n); err != nil {
			return fmt.Errorf("T5: foxtail check of %s: %w\n%s", n.Name, err, out)
		}
	}
	return nil
}

// sameState compares the nodes' digests. They may differ while a key expires.
func (r *run) sameState() error {
	var digests []string
	for _, n := range r.nodes {
		v, err := process.Ask(n.Addr(), "DEBUG", "DIGEST")
		if err != nil {
			return err
		}
		digests = append(digests, v.Str)
	}
	if len(slices.Compact(slices.Clone(digests))) > 1 || strings.Trim(digests[0], "0") == "" {
		return fmt.Errorf("the nodes' states have the digests %q", digests)
	}
	return nil
}

// summary is the faults, and how long writes could not go through.
func (r *run) summary() string {
	var parts []string
	var longest, expected time.Duration
	during := ""
	for _, name := range slices.Sorted(maps.Keys(r.tally)) {
		t := r.tally[name]
		parts = append(parts, fmt.Sprintf("%s %d", name, t.times))
		f := faults[slices.IndexFunc(faults, func(f fault) bool { return f.name == name })]
		if f.outage {
			expected = max(expected, t.gap)
		} else if t.gap > longest {
			longest, during = t.gap, name
		}
	}
	return fmt.Sprintf("faults       %s\nunavailable  %v at most with a majority there (%s), %v without\n",
		strings.Join(parts, ", "), longest.Round(time.Millisecond), during, expected.Round(time.Millisecond))
}
