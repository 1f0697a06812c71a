package cluster

import (
	"errors"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"

	"github.com/laurocaetano/foxtail/cluster/plant"
	"github.com/laurocaetano/foxtail/cluster/wal"
)

const (
	ticksMax       = 2       // of a turn: what a pause swallowed is not made up for
	turnBytesMax   = 8 << 20 // applied in one turn before clients and peers get theirs
	turnRoundsMax  = 64
	spaceRetryTime = 200 * time.Millisecond
	quietWake      = time.Second
)

// Turn does everything there is to do: it steps time, hands proposals on, sends
// to peers, writes the log, applies what is committed, and tells owners and
// readers. It returns when it wants to be called again at the latest. After an
// error the node must not be used any more.
func (n *Node) Turn(now Instant) (wake time.Duration, err error) {
	n.now = now
	n.runLater()
	n.tick()
	applied, busy := 0, true
	for round := 0; busy && n.fatal == nil && round < turnRoundsMax && applied < turnBytesMax; round++ {
		if busy, err = n.round(&applied); err != nil {
			n.fail(err)
		}
	}
	for _, g := range n.groups {
		g.expire()
		g.expireReads()
	}
	n.flushLinks()
	if n.fatal != nil {
		return 0, n.fatal
	}
	if busy || len(n.laters) > 0 {
		return now.Mono, nil
	}
	return n.wake(), nil
}

// round serves what raft has ready once, in the order that the invariants ask
// for: apply (I8), messages to peers, one write and one sync for all groups,
// then the messages that were waiting for the disk (I2).
func (n *Node) round(applied *int) (busy bool, err error) {
	if n.meta.ClusterID == "" {
		n.initMeta()
	}
	for _, g := range n.groups {
		g.campaignAlone()
		g.fastFailover()
		g.pump()
		g.startRead()
		busy = g.collect() || busy
	}
	for _, g := range n.groups {
		b, err := g.apply()
		if err != nil {
			return false, err
		}
		*applied += b
		busy = g.finishReads() || busy
		g.send()
	}
	n.flushLinks()
	wrote, err := n.persist()
	if err != nil {
		return false, err
	}
	for _, g := range n.groups {
		g.send()
		busy = busy || g.rn.HasReady()
	}
	return busy || wrote, nil
}

// persist writes what all groups wait for, with one append and one sync. Where
// a full disk has let several messages of a group pile up, each waits for the
// one before it.
func (n *Node) persist() (wrote bool, err error) {
	if n.writing || n.noSpace && n.now.Mono < n.spaceAt {
		return false, nil
	}
	sync, full := false, false
	for !full {
		must, bytes := n.gatherUpdates()
		if len(n.updates) == 0 || bytes > besideBytesMin && wrote {
			break
		}
		if bytes > besideBytesMin {
			if full, err = n.persistBeside(must); err != nil || !full {
				return false, err
			}
			break
		}
		sync = sync || must
		err = n.log.Append(n.updates)
		clear(n.updates)
		switch full = errors.Is(err, wal.ErrNoSpace); {
		case full:
		case err != nil:
			return false, err
		default:
			n.updatesAppended()
			wrote = true
		}
	}
	n.setNoSpace(full)
	for _, g := range n.groups {
		sync = sync || g.commitWanted > g.commitDurable && g.commitWritten >= g.commitWanted
	}
	if sync {
		if !plant.Is("ack-before-sync") {
			done, err := n.sync()
			if err != nil && !plant.Is("sync-error-ignored") {
				return false, err
			}
			if !done {
				return false, nil
			}
		}
		n.synced()
	}
	return wrote, n.storedAll()
}

// gatherUpdates makes n.updates of the first message that each group has to
// write.
func (n *Node) gatherUpdates() (sync bool, bytes int64) {
	n.updates = n.updates[:0]
	for _, g := range n.groups {
		if g.gathered = nil; len(g.appends) > 0 {
			g.gathered = g.appends[0]
			u, must := g.update(g.appends[0])
			sync = sync || must
			bytes += entriesBytes(u.Entries)
			n.updates = append(n.updates, u)
		}
	}
	return sync, bytes
}

// updatesAppended: what gatherUpdates found is in the log.
func (n *Node) updatesAppended() {
	for _, g := range n.groups {
		if len(g.appends) > 0 && g.gathered == g.appends[0] {
			m := g.appends[0]
			g.commitWritten = max(g.commitWritten, m.GetCommit())
			g.appended, g.appends = append(g.appended, m), g.appends[1:]
		}
	}
}

// synced: the log is on the disk as far as it was written.
func (n *Node) synced() {
	for _, g := range n.groups {
		g.commitDurable = g.commitWritten
		g.durable = g.lastWritten()
	}
}

// lastWritten is the last entry in the log, synced or not.
func (g *group) lastWritten() uint64 {
	last, _ := g.st.LastIndex() // it never fails
	return last
}

// storedAll goes on with everything appended.
func (n *Node) storedAll() error {
	for _, g := range n.groups {
		for i, m := range g.appended {
			g.appended[i] = nil
			if err := g.stored(m); err != nil {
				return err
			}
		}
		g.appended = g.appended[:0]
	}
	return nil
}

// update turns a MsgStorageAppend into what the store writes. Only entries, a
// vote, a new term or a snapshot must be durable before the responses leave;
// a commit index need not, and a message that only carries responses (the
// answer to an empty append) has nothing to write. With appendfsync everysec
// or no, entries are left to the system, but never votes, terms and snapshots.
func (g *group) update(m *pb.Message) (u wal.Update, mustSync bool) {
	u.Group, u.Entries = g.id, m.GetEntries()
	if len(u.Entries) > 0 { // what they replace is not on the disk any more
		before := u.Entries[0].GetIndex() - 1
		g.durable, g.syncingUpTo = min(g.durable, before), min(g.syncingUpTo, before)
	}
	if m.Term != nil {
		u.HardState = &pb.HardState{Term: m.Term, Vote: m.Vote, Commit: m.Commit}
		if plant.Is("vote-forgotten") {
			u.HardState.Vote = nil
		}
		mustSync = m.GetTerm() != g.savedTerm || m.GetVote() != g.savedVote
	}
	if !raft.IsEmptySnap(m.GetSnapshot()) {
		u.Snapshot = m.GetSnapshot().GetMetadata()
		mustSync = true
	}
	return u, mustSync || len(u.Entries) > 0 && g.n.cfg.Sync == Always
}

// stored goes on with a message whose contents are durable.
func (g *group) stored(m *pb.Message) error {
	if m.Term != nil {
		g.savedTerm, g.savedVote = m.GetTerm(), m.GetVote()
	}
	if !raft.IsEmptySnap(m.GetSnapshot()) {
		if err := g.installed(m.GetSnapshot()); err != nil {
			return err
		}
	}
	g.written(m)
	return nil
}

// syncSometimes is appendfsync everysec: what was written by now is made
// durable in Background, at most a second after it was.
func (n *Node) syncSometimes() {
	if n.cfg.Sync != EverySec || n.syncing || !n.log.Unsynced() || n.now.Mono-n.syncedAt < time.Second {
		return
	}
	n.syncing, n.syncedAt = true, n.now.Mono
	run, done := n.log.StartSync()
	for _, g := range n.groups {
		g.syncingUpTo = g.lastWritten()
	}
	var err error
	n.cfg.Background(func() { err = run() }, func() {
		n.syncing = false
		if err := done(err); err != nil {
			n.fail(err)
			return
		}
		for _, g := range n.groups {
			g.durable = min(g.syncingUpTo, g.lastWritten()) // a new leader may have cut the log meanwhile
		}
	})
}

// markLog lets the log say, when nothing was written since the last tick, that
// all of it is durable: from then on damage in its end is not taken for a torn
// append.
func (n *Node) markLog() {
	written := n.log.Stats().BytesWritten
	if written == n.loggedBytes && !n.writing && !n.syncing && !n.noSpace {
		if err := n.log.Mark(); err != nil {
			n.fail(err)
		}
	}
	n.loggedBytes = written
}

// setNoSpace notes a full disk, and its end. What raft wants written waits in
// the groups; nothing new is proposed here, and a leader looks for a voter
// whose disk has room. Reads go on.
func (n *Node) setNoSpace(full bool) {
	if full {
		n.spaceAt = n.now.Mono + spaceRetryTime
	}
	if full == n.noSpace {
		return
	}
	n.noSpace = full
	if !full {
		n.cfg.Log.Info("the disk has room again: writes are taken")
		return
	}
	n.cfg.Log.Error("the disk is full: writes are refused until there is room")
	for _, g := range n.groups {
		g.refuseAll()
		if g.isLeader() && !g.alone() {
			g.handOver()
		}
	}
}

// tick lets the elapsed time pass in whole ticks. After a pause only a few
// ticks pass, so that a node never acts on silence it was not there to hear.
func (n *Node) tick() {
	d := time.Duration(n.cfg.TickMs) * time.Millisecond
	if !n.ticking {
		n.ticking, n.lastTick = true, n.now.Mono
	}
	k := int((n.now.Mono - n.lastTick) / d)
	if k <= 0 {
		return
	}
	if n.lastTick += time.Duration(k) * d; k > ticksMax {
		n.cfg.Log.Debug("ticks dropped", "count", k-ticksMax)
		k = ticksMax
	}
	n.ticks, n.ticksBefore = n.ticks+uint64(k), n.ticks
	for range k {
		n.muteTicks = max(0, n.muteTicks-1)
		for _, g := range n.groups {
			g.tick()
		}
	}
	n.housekeep()
}

// every: in the ticks that have just passed was one in so many.
func (n *Node) every(ticks uint64) bool { return n.ticks/ticks != n.ticksBefore/ticks }

func (n *Node) wake() time.Duration {
	ticks := 1
	if n.calm() {
		ticks = min(n.cfg.HeartbeatTicks, ticksMax) // the next that does something
	}
	at := n.lastTick + time.Duration(ticks*n.cfg.TickMs)*time.Millisecond
	if n.quiet() {
		at = n.now.Mono + quietWake
	}
	if held, ok := n.heldWake(); ok {
		at = min(at, held)
	}
	for _, g := range n.groups {
		if d, ok := g.deadlineWake(); ok {
			at = min(at, n.now.Mono+d)
		}
		if g.fastAt != 0 {
			at = min(at, g.fastAt)
		}
	}
	return at
}

// calm: everybody is connected and nothing is under way, so that but for
// heartbeats, and the silence of a leader, ticks are only counted.
func (n *Node) calm() bool {
	if n.muteTicks > 0 || n.stopping || n.noSpace || len(n.strangers) > 0 || n.cfg.Sync == EverySec && n.log.Unsynced() {
		return false
	}
	for _, number := range n.order {
		if !n.peers[number].up() {
			return false
		}
	}
	for _, g := range n.groups {
		if g.lead == raft.None || g.elapsed > n.cfg.HeartbeatTicks || len(g.own) > 0 || g.reads.inFlight != 0 || g.inFlightSnapshots() || g.transfer.done != nil {
			return false
		}
	}
	return true
}

// quiet: nothing but clients can make this node act.
func (n *Node) quiet() bool {
	if len(n.peers) > 0 || len(n.strangers) > 0 || n.noSpace || n.cfg.Sync == EverySec && n.log.Unsynced() {
		return false
	}
	for _, g := range n.groups {
		if !g.alone() || !g.leaderReady() || g.inFlight != 0 || len(g.own) > 0 {
			return false
		}
	}
	return true
}

// later runs f at the beginning of the next turn.
func (n *Node) later(f func()) { n.laters = append(n.laters, f) }

func (n *Node) runLater() {
	fs := n.laters
	n.laters = nil
	for _, f := range fs {
		f()
	}
}

// fail stops the node: the turn returns err.
func (n *Node) fail(err error) {
	if n.fatal == nil {
		n.fatal = err
	}
}
