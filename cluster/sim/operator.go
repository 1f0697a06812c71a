package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/cluster/wal"
)

// operate is what people and scripts do around a cluster: they let new nodes
// in, and make new ones of those that were removed.
func (w *world) operate() {
	for _, p := range w.procs {
		switch {
		case p.node == nil || p.paused > 0:
		case p.node.Joining():
			w.admit(p)
		case p.removed():
			w.trace.add(p.i, "removed", "")
			p.wipe()
		}
	}
	if w.faults != nil && w.faults.stopped {
		w.promote()
	}
	w.after(100*time.Millisecond, w.operate)
}

// removed: no group counts on its vote any more.
func (p *proc) removed() bool {
	for _, g := range p.stats.Groups {
		if g.Role != "removed" {
			return false
		}
	}
	return len(p.stats.Groups) > 0
}

// admit asks some member, through that member's loop, to let a node in.
func (w *world) admit(p *proc) {
	via := w.member(p)
	if via == nil {
		return
	}
	life := p.life
	req := p.node.JoinRequest(false)
	via.post(func() {
		via.node.Admit(req, func(t cluster.JoinTicket, err error) {
			w.trace.add(p.i, "admit", "through node %d: number %d err %v", via.i, t.Number, err)
			if err != nil {
				return
			}
			w.after(w.net.delay(via, p), func() {
				if p.life == life {
					p.post(func() { p.adopt(t) })
				}
			})
		})
	})
}

func (p *proc) adopt(t cluster.JoinTicket) {
	if !p.node.Joining() {
		return
	}
	err := p.node.Adopt(t)
	p.w.trace.add(p.i, "adopt", "number %d err %v", t.Number, err)
	switch {
	case err == nil:
		p.w.stats.Joins++
		if p.core != nil {
			p.core.Ready()
		}
		p.look()
	case errors.Is(err, wal.ErrPowerCut), errors.Is(err, errSync), p.disk.quota && errors.Is(err, wal.ErrNoSpace):
		p.crash(true)
		p.restartAfter(time.Second)
	default:
		p.w.failf("node %d cannot adopt its ticket: %v", p.i, err)
	}
}

// member is some running member but this one.
func (w *world) member(but *proc) *proc {
	var ms []*proc
	for _, p := range w.procs {
		if p != but && p.member() {
			ms = append(ms, p)
		}
	}
	if len(ms) == 0 {
		return nil
	}
	return ms[w.net.rand.IntN(len(ms))]
}

// promote gives the votes back that faults took.
func (w *world) promote() {
	for _, p := range w.procs {
		if !p.member() {
			continue
		}
		for _, m := range p.stats.Members {
			if m.NonVoter {
				p.post(func() { p.node.Promote(m.ID, func(error) {}) })
			}
		}
		return
	}
}

// voters of group 1, as its leader has them; 0 if nobody leads.
func (w *world) voters() (n int) {
	if l := w.leader(1); l != nil {
		for _, m := range l.stats.Groups[1].Members {
			if m.Voter {
				n++
			}
		}
	}
	return n
}

// leader is the running leader of a group with the highest term.
func (w *world) leader(group uint32) (l *proc) {
	term := uint64(0)
	for _, p := range w.procs {
		if p.member() && int(group) < len(p.stats.Groups) {
			if g := &p.stats.Groups[group]; g.Role == "leader" && g.Term > term {
				l, term = p, g.Term
			}
		}
	}
	return l
}

// settled: every node runs, is a member, votes if it should, and has applied
// what the others have.
func (w *world) settled() bool {
	var ids []string
	for _, p := range w.procs {
		if p.used {
			if !p.ready() || p.node.Joining() {
				return false
			}
			ids = append(ids, p.stats.NodeID)
		}
	}
	slices.Sort(ids)
	for id := range w.groups + 1 {
		l := w.leader(id)
		if l == nil || !w.groupSettled(l, id, ids) {
			return false
		}
	}
	return true
}

func (w *world) groupSettled(l *proc, id uint32, ids []string) bool {
	g := &l.stats.Groups[id]
	var members []string
	nonVoter := map[uint64]bool{}
	want := 0
	for _, m := range l.stats.Members {
		members = append(members, m.ID)
		nonVoter[m.Number] = m.NonVoter
		if !m.NonVoter {
			want++
		}
	}
	slices.Sort(members)
	if want = min(want, 5); want%2 == 0 {
		want--
	}
	voters := 0
	for _, m := range g.Members {
		if m.Voter {
			voters++
		}
		if m.Voter && nonVoter[m.Number] { // about to change
			return false
		}
	}
	if !slices.Equal(members, ids) || len(g.Members) != len(ids) || voters < want || voters > want && !w.votesGiven() {
		return false
	}
	for _, p := range w.procs {
		if p.used && p.stats.Groups[id].Applied != g.Applied {
			return false
		}
	}
	return true
}

// votesGiven: as many voters as it takes are not more than need be, but where
// somebody asked for it: nobody's vote is taken away for the number's sake.
func (w *world) votesGiven() bool {
	return w.faults != nil && w.faults.injected[faultVote]+w.faults.injected[faultRemove] > 0
}

// describe says where everybody is, for a failure's sake.
func (w *world) describe() string {
	var s strings.Builder
	for _, p := range w.procs {
		switch {
		case !p.used:
			continue
		case p.node == nil:
			fmt.Fprintf(&s, "node %d: down, off %v\n", p.i, p.off)
			continue
		}
		st := p.node.Status()
		fmt.Fprintf(&s, "node %d: id %.8s number %d paused %d joining %v removed %v ready %v full %v, %d members\n",
			p.i, st.NodeID, st.Number, p.paused, st.Joining, st.Removed, st.Ready, st.NoSpace, len(st.Members))
		if p.core != nil {
			e := p.core.State()
			at, _ := e.Deadline()
			fmt.Fprintf(&s, "  %d calls wait (%d of absent processes), next deadline %d, clock %d, %d batches in flight\n",
				e.Blocked(), e.BlockedAbsent(), at-epochMs, p.instant().UnixMs-epochMs, p.node.InFlight(sessionsGroup))
		}
		for _, g := range st.Groups {
			fmt.Fprintf(&s, "  group %d: %s term %d leader %d commit %d applied %d log %d..%d snapshot %d:", g.Group, g.Role, g.Term, g.Leader, g.Commit, g.Applied, g.First, g.Last, g.SnapshotIndex)
			for _, m := range g.Members {
				fmt.Fprintf(&s, " %d", m.Number)
				if !m.Voter {
					s.WriteString("(learner)")
				}
				if g.Role == "leader" {
					fmt.Fprintf(&s, "[%d %s]", m.Match, m.State)
				}
			}
			s.WriteString("\n")
		}
	}
	s.WriteString(w.net.describe())
	return s.String()
}
