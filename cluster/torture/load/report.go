package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Report is what a load has done and found.
type Report struct {
	Acknowledged, Refused, Uncertain int64 // writes
	Reads                            int64
	Histories, Calls, Undecided      int
	Queues, Elements                 int
	Published, Heard                 int64
	Reread                           int            // keys, by Verify
	Errors                           map[string]int // error replies by their first word
	Problems                         []string       // the first of them
	ProblemsCount                    int
}

// Report of what is known by now.
func (l *Load) Report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Report{
		Acknowledged: l.acknowledged.Load(), Refused: l.refused.Load(), Uncertain: l.uncertain.Load(), Reads: l.reads.Load(),
		Histories: l.histories, Calls: l.calls, Undecided: l.undecided, Queues: l.queuesChecked, Elements: l.elements,
		Published: l.published.Load(), Heard: l.heard.Load(), Reread: l.reread,
		Errors: maps.Clone(l.errors), Problems: slices.Clone(l.problems), ProblemsCount: l.problemsCount,
	}
}

// Bad says what keeps a report from being a proof, nil if nothing does.
func (r Report) Bad() error {
	switch {
	case r.ProblemsCount > 0:
		return fmt.Errorf("%d problems, the first ones:\n  %s", r.ProblemsCount, strings.Join(r.Problems, "\n  "))
	case r.Undecided > 0:
		return fmt.Errorf("%d histories were too hard to decide", r.Undecided)
	case r.Calls == 0 || r.Reread == 0:
		return fmt.Errorf("nothing was checked: %d calls, %d keys read again", r.Calls, r.Reread)
	}
	return nil
}

// String is the report in a few lines.
func (r Report) String() string {
	var codes []string
	for _, code := range slices.Sorted(maps.Keys(r.Errors)) {
		codes = append(codes, fmt.Sprintf("%s %d", code, r.Errors[code]))
	}
	return fmt.Sprintf(`operations   %d: %d writes acknowledged, %d refused, %d of unknown fate; %d reads
checked      %d histories of %d calls, %d queues of %d elements, %d messages heard of %d; %d keys read again
errors       %s`, r.Acknowledged+r.Refused+r.Uncertain+r.Reads, r.Acknowledged, r.Refused, r.Uncertain, r.Reads,
		r.Histories, r.Calls, r.Queues, r.Elements, r.Heard, r.Published, r.Reread, strings.Join(codes, ", "))
}
