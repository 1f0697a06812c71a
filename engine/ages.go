package engine

import "sort"

// ages maps log indexes to times, so that a key's version tells when it last
// changed. It holds a mark per second of the engine's clock at most, and ever
// fewer for the past: part of the state, and bounded.
type ages struct {
	marks []ageMark // ascending in both fields
}

type ageMark struct {
	index  uint64
	unixMs int64
}

const (
	ageMarksMax   = 2048
	ageMarkStepMs = 1000
)

// note remembers that the entry index came at unixMs.
func (a *ages) note(index uint64, unixMs int64) {
	n := len(a.marks)
	if n > 0 && unixMs-a.marks[n-1].unixMs < ageMarkStepMs {
		return
	}
	if n == ageMarksMax {
		a.thin()
	}
	a.marks = append(a.marks, ageMark{index, unixMs})
}

// thin drops every second mark of the older three quarters.
func (a *ages) thin() {
	older := len(a.marks) * 3 / 4
	kept := a.marks[:0]
	for i, m := range a.marks {
		if i >= older || i%2 == 0 {
			kept = append(kept, m)
		}
	}
	a.marks = kept
}

// timeOf is the time of the entry with that index, or of a mark before it.
func (a *ages) timeOf(index uint64, none int64) int64 {
	i := sort.Search(len(a.marks), func(i int) bool { return a.marks[i].index > index })
	if i == 0 {
		return none
	}
	return a.marks[i-1].unixMs
}
