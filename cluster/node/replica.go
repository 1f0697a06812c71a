package node

import (
	"errors"
	"math"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/resp"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// replica is the node as the sessions see it.
type replica struct{ *Core }

// dataGroup is the group that all keys are in.
const dataGroup = 1

// owner ties a batch to its proposal.
type owner struct {
	cluster.Proposal
	batch *resp.Batch
}

// Failed implements cluster.Owner.
func (o *owner) Failed(err error) { o.batch.Failed(sessionError(err)) }

// sessionError says what a client must be told. What is not surely dropped is
// uncertain.
func sessionError(err error) error {
	switch {
	case errors.Is(err, cluster.ErrNoSpace):
		return resp.Refusal("NOSPACE the disk is full: the write was not applied, reads go on")
	case errors.Is(err, cluster.ErrTooBig):
		return resp.Refusal("ERR the write was not applied: it is too big for one entry of the log")
	case errors.Is(err, cluster.ErrDropped), errors.Is(err, cluster.ErrNoLeader), errors.Is(err, cluster.ErrNotMember):
		return resp.ErrDropped
	}
	if plant.Is("session-unknown-as-failed") {
		return resp.ErrDropped
	}
	return resp.ErrUncertain
}

// Propose implements resp.Replica.
func (r replica) Propose(b *resp.Batch) {
	o := &owner{batch: b}
	o.Data, o.Whole, o.Owner = b.Bytes(), b.Whole(), o
	r.propose(&o.Proposal)
}

// InFlight implements resp.Replica. Before the node is there nothing is taken.
func (r replica) InFlight() int {
	if r.node == nil {
		return math.MaxInt
	}
	return r.node.InFlight(dataGroup)
}

// Read implements resp.Replica.
func (r replica) Read() (ticket uint64, now bool) { return r.node.Read(dataGroup) }

// Status implements resp.Replica.
func (r replica) Status() resp.Status {
	if r.node == nil {
		return resp.Status{AppendOnly: r.cfg.Bool("appendonly")}
	}
	always := r.cfg.Bool("appendonly") && r.cfg.Str("appendfsync") == "always"
	n := r.node.Status()
	s := resp.Status{NodeID: n.NodeID, Number: n.Number, Ready: n.Ready, AppendOnly: r.cfg.Bool("appendonly"), SyncsAlways: always, Fsyncs: n.Log.Syncs,
		FsyncUsec: r.syncUsec(), DiskSlow: n.SlowDisk, SyncMean: n.SyncMean, SyncWorst: n.SyncWorst}
	syncs := map[uint64]time.Duration{}
	for _, m := range n.Members {
		syncs[m.Number] = m.SyncMean
	}
	if n.NoSpace {
		s.DiskError = "no space left for the log"
	}
	for _, g := range n.Groups {
		s.LogBytes += g.LogBytes
		if g.Group == dataGroup {
			s.SnapshotInProgress, s.SnapshotLastUnixMs = g.SnapshotTaking, g.SnapshotUnixMs
			if g.SnapshotError != nil {
				s.SnapshotLastError = g.SnapshotError.Error()
			}
		}
		out := resp.GroupStatus{
			Group: g.Group, Role: g.Role, Term: g.Term, Leader: g.Leader, Commit: g.Commit, Applied: g.Applied, FirstIndex: g.First, LastIndex: g.Last,
			LastTerm: g.LastTerm, Durable: g.Durable,
			StateChecks: g.State.Checks, StateCheckIndex: g.State.Index, StateDiffers: g.State.Differ,
		}
		for _, m := range g.Members {
			out.Members = append(out.Members, resp.MemberStatus{
				ID: m.ID, Number: m.Number, Host: m.Addr.Host, Port: m.Addr.Port, BusPort: m.Addr.BusPort,
				Voter: m.Voter, Match: m.Match, Lag: m.Lag, Active: m.Active, SyncMean: syncs[m.Number],
			})
		}
		s.Groups = append(s.Groups, out)
	}
	return s
}
