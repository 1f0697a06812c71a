package wal

import (
	"errors"
	"math"
)

// livesIn says whether a segment holds an entry the group needs.
func (g *group) livesIn(seq uint64) bool {
	for _, at := range g.locs {
		if uint64(at.seq) == seq {
			return true
		}
	}
	return false
}

// moveForward appends the few entries of quiet groups again when nothing else
// keeps the oldest segment alive, so that a group with ten entries a day does
// not hold gigabytes. What is written again is at most a quarter of what it
// frees. All of a group's entries move, so it does not hold the next one either.
func (l *Log) moveForward() error {
	if l.fs == nil || len(l.segs) < 3 || l.segs[0].live == 0 {
		return nil
	}
	oldest := l.segs[0]
	var sum int64
	var move []*group
	for _, id := range l.ids {
		g := l.groups[id]
		if !g.livesIn(oldest.seq) {
			continue
		}
		if sum += g.bytes; sum > l.opt.SegmentBytes/4 {
			return nil
		}
		move = append(move, g)
	}
	for _, g := range move {
		if err := l.moveGroup(g); err != nil {
			if errors.Is(err, ErrNoSpace) {
				return nil // it was only to save space
			}
			return err
		}
	}
	return nil
}

// moveGroup appends a group's entries again, as they are. A crash in the middle
// leaves some places new and some old: both hold the same entries.
func (l *Log) moveGroup(g *group) error {
	s := Storage{l: l, id: g.id}
	for i := g.base + 1; i <= g.last; {
		list, err := s.Entries(i, g.last+1, math.MaxUint64)
		if err != nil {
			return err
		}
		if err := l.Append([]Update{{Group: g.id, Entries: list, moved: true}}); err != nil {
			return err
		}
		i += uint64(len(list))
		l.stats.Moved += uint64(len(list))
	}
	return nil
}
