package sim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Faults after which a group may have an even number of voters.
const (
	faultRemove = "remove a node"
	faultVote   = "take or give a vote"
)

// kinds are all faults there are, with how often each comes.
var kinds = []fault{
	{"kill a process", 6, func(f *faults, r *rand.Rand) bool { return f.kill(r, f.likelyLeader(r), false) }},
	{"cut the power of a machine", 6, func(f *faults, r *rand.Rand) bool { return f.kill(r, f.likelyLeader(r), true) }},
	{"cut the power in the middle of a change of the disk", 8, cutLater},
	{"cut the power in the middle of a start", 3, cutAtStart},
	{"kill every process", 1, killAll},
	{"set all clocks back, take snapshots, and kill every process", 3, snapshotsAndKill},
	{"shut a process down", 2, shutDown},
	{"pause a process", 6, pause},
	{"pause the leader, cut it off, and resume it", 3, pauseAndCut},
	{"kill voters in an election", 4, killVoters},
	{"kill voters between two candidates", 4, twoCandidates},
	{"move leadership away and back behind a stall", 6, awayAndBack},
	{"hold up what a leader tells a follower", 7, holdLeaderUp},
	{"stall one direction between two machines", 6, stallOneWay},
	{"cut a machine off in one direction", 4, isolateOneWay},
	{"part the network in two", 6, partition},
	{"part the network into a chain", 2, chain},
	{"let the network flap", 2, flap},
	{"break connections", 8, breakConnections},
	{"slow a path down", 4, slowPath},
	{"slow a disk down", 4, slowDisk},
	{"stall a disk", 4, stallDisk},
	{"fail a sync", 3, failSync},
	{"fill a disk", 3, fillDisk},
	{"damage a disk", 2, damageDisk},
	{"misdirect a write", 2, misdirectWrite},
	{"break the connections of clients", 4, breakClients},
	{"stall the connections of clients", 4, stallClients},
	{"set a clock", 4, setClock},
	{"transfer leadership", 5, transferLeader},
	{"take a snapshot", 3, takeSnapshot},
	{"replace a node's disk", 5, replaceDisk},
	{faultRemove, 3, removeNode},
	{faultVote, 3, vote},
	{"add a node", 3, addNode},
}

// cutLater: power goes (or only the process does) at some later write, sync or
// rename, wherever in the node's work that is.
func cutLater(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	if p.node == nil || f.w.mode == Memory || p.disk.cut {
		return false
	}
	p.disk.cut, p.disk.cutKill = true, r.IntN(3) == 0 || f.w.mode != Always
	p.fs.CutPowerAfter(r.IntN(pick(r, 5, 50, 400)))
	return true
}

// cutAtStart: a machine dies again while it recovers.
func cutAtStart(f *faults, r *rand.Rand) bool {
	p := f.any(r)
	if p.node == nil || f.w.mode != Always {
		return false
	}
	p.crash(true)
	n := r.IntN(pick(r, 4, 40))
	life := p.life
	f.w.after(between(r, 0, time.Second), func() {
		if p.life == life && !f.stopped {
			p.disk.cut, p.disk.cutKill = true, false
			p.fs.CutPowerAfter(n)
			p.start("join")
		}
	})
	return true
}

func killAll(f *faults, r *rand.Rand) bool {
	if f.w.mode == Memory {
		return false
	}
	power := r.IntN(2) == 0
	for _, p := range f.w.procs {
		if p.node != nil {
			p.crash(power)
			p.restartAfter(between(r, 0, time.Second))
		}
	}
	return true
}

// snapshotsAndKill: what a leader knows of time is in its snapshot alone. At
// times the clients keep still for it, so that nothing comes behind it.
func snapshotsAndKill(f *faults, r *rand.Rand) bool {
	if f.w.mode == Memory {
		return false
	}
	back := between(r, 0, time.Minute)
	still := time.Duration(r.IntN(4)) * 50 * time.Millisecond
	if still > 0 {
		f.w.load.hush = f.w.now + still + 50*time.Millisecond
	}
	f.w.after(still, func() {
		if f.stopped {
			return
		}
		for _, p := range f.w.procs {
			p.skew -= back
			if p.member() {
				p.post(func() { p.node.Snapshot(1, func(error) {}) })
			}
		}
		f.w.after(between(r, time.Millisecond, 30*time.Millisecond), func() {
			if !f.stopped {
				killAll(f, r)
			}
		})
	})
	return true
}

func shutDown(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	if !f.mayDie(p) {
		return false
	}
	life := p.life
	p.leaving = true
	p.post(func() { p.node.Shutdown() })
	f.w.after(between(r, 0, 2*time.Second), func() {
		if p.life == life && f.mayDie(p) {
			p.crash(false)
			p.restartAfter(between(r, 0, time.Second))
		} else if p.life == life { // it cannot take its word back: only a new process serves
			f.shutDownLater(p, life)
		}
	})
	return true
}

func (f *faults) shutDownLater(p *proc, life int) {
	f.w.after(100*time.Millisecond, func() {
		switch {
		case p.life != life:
		case f.mayDie(p):
			p.crash(false)
			p.restartAfter(0)
		default:
			f.shutDownLater(p, life)
		}
	})
}

func pause(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	if p.node == nil {
		return false
	}
	p.pause(spell(r))
	return true
}

// pauseAndCut: the others elect another leader, and the old one wakes up to
// clients that are still connected to it.
func pauseAndCut(f *faults, r *rand.Rand) bool {
	l := f.w.leader(1)
	if l == nil {
		return false
	}
	d := between(r, time.Second, 3*time.Second)
	l.pause(d)
	for _, p := range f.w.procs {
		if p != l && p.used {
			f.stallBoth(p, l, d+between(r, 0, time.Second))
		}
	}
	return true
}

// killVoters: the leader is cut off, and while the others elect another, each
// that enters a new term dies, with what it has voted, and comes back at once.
// Some of what candidates ask for arrives much later.
func killVoters(f *faults, r *rand.Rand) bool {
	l := f.w.leader(1)
	if l == nil || f.w.mode == Memory {
		return false
	}
	d := between(r, time.Second, 3*time.Second)
	for _, p := range f.w.procs {
		if p == l || !p.used {
			continue
		}
		f.stallBoth(p, l, d)
		p.ambush = func() {
			p.ambush = nil
			f.dieWithVote(r, p)
		}
		f.lasts(d, func() { p.ambush = nil })
		for _, o := range f.w.procs {
			if o != p && o != l && o.used && r.IntN(2) == 0 {
				from, late := between(r, 300*time.Millisecond, d), between(r, 300*time.Millisecond, 1200*time.Millisecond)
				f.w.after(from, func() {
					if !f.stopped {
						f.stallFor(o, p, late)
					}
				})
			}
		}
	}
	return true
}

// twoCandidates: the leader is cut off. While the others elect another one, some
// of them die with the vote they have given, and when they are back hear the old
// leader, which asks for votes in the same term, rather than the new one.
func twoCandidates(f *faults, r *rand.Rand) bool {
	l := f.w.leader(1)
	if l == nil || f.w.mode == Memory {
		return false
	}
	var others []*proc
	for _, p := range f.w.procs {
		if p != l && p.member() {
			others = append(others, p)
		}
	}
	f.mayBeAlone(r, 2500*time.Millisecond)
	d := between(r, 3*time.Second, 5*time.Second)
	var candidate *proc // who is the first in the new term
	die := len(others) / 2
	for _, p := range others {
		in, out := f.stallFor(l, p, d), f.stallFor(p, l, d)
		p.ambush = func() {
			p.ambush = nil
			if candidate == nil {
				candidate = p
				return
			}
			if die--; die < 0 {
				return
			}
			for _, o := range others {
				if o != p {
					f.stallFor(o, p, 2*time.Second)
				}
			}
			f.dieWithVote(r, p)
			f.w.after(between(r, 0, 300*time.Millisecond), func() { f.end(in); f.end(out) })
		}
		f.lasts(d, func() { p.ambush = nil })
	}
	return die > 0
}

// dieWithVote: a process that has just entered a term dies in a moment, and is
// back soon.
func (f *faults) dieWithVote(r *rand.Rand, p *proc) {
	life := p.life
	f.w.after(between(r, 0, 3*time.Millisecond), func() {
		if p.life == life && p.node != nil && !f.stopped {
			p.crash(true)
			p.restartAfter(between(r, 0, 20*time.Millisecond))
		}
	})
}

// awayAndBack: what a follower has sent to the leader arrives when that one
// leads again, in another term.
func awayAndBack(f *faults, r *rand.Rand) bool {
	l := f.w.leader(1)
	p := f.follower(r, l)
	to := f.follower(r, l, p)
	if to == nil || !f.votes(l, to) {
		return false
	}
	away := between(r, 50*time.Millisecond, 400*time.Millisecond)
	back := away + between(r, 100*time.Millisecond, time.Second)
	over := back + between(r, 10*time.Millisecond, time.Second)
	f.mayBeAlone(r, over)
	f.w.load.rush(p, r, 600*time.Millisecond)
	f.stallFor(p, l, over)
	f.transferAfter(away, l, to)
	f.transferAfter(back, to, l)
	return true
}

// follower is some member but the leader and others; nil if there is none.
func (f *faults) follower(r *rand.Rand, but ...*proc) *proc {
	var others []*proc
	for _, p := range f.w.procs {
		if p.member() && !slices.Contains(but, p) {
			others = append(others, p)
		}
	}
	if slices.Contains(but, nil) || len(others) == 0 {
		return nil
	}
	return others[r.IntN(len(others))]
}

// votes: the leader of group 1 counts on a node's vote.
func (f *faults) votes(leader, p *proc) bool {
	for _, m := range leader.stats.Groups[1].Members {
		if m.Number == p.stats.Number {
			return m.Voter
		}
	}
	return false
}

// holdLeaderUp: a follower is behind for some moments, shorter than an election,
// while many clients ask it, and go on asking before they are answered.
func holdLeaderUp(f *faults, r *rand.Rand) bool {
	l := f.w.leader(1)
	p := f.follower(r, l)
	if p == nil {
		return false
	}
	f.mayBeAlone(r, time.Second)
	f.w.load.rush(p, r, time.Second)
	for at, n := time.Duration(0), 1+r.IntN(4); n > 0; n-- {
		at += between(r, 50*time.Millisecond, 300*time.Millisecond)
		d := between(r, 10*time.Millisecond, 250*time.Millisecond)
		f.w.after(at, func() {
			if !f.stopped {
				f.stallFor(l, p, d)
			}
		})
	}
	return true
}

func (f *faults) transferAfter(d time.Duration, from, to *proc) {
	f.w.after(d, func() {
		if from.member() && to.member() {
			id := to.stats.NodeID
			from.post(func() {
				from.node.Transfer(1, id, func(err error) { f.w.trace.add(to.i, "transfer", "from node %d: %v", from.i, err) })
			})
		}
	})
}

func (f *faults) stallFor(a, b *proc, d time.Duration) *lasting {
	f.w.net.stall(a, b)
	return f.lasts(d, func() { f.w.net.heal(a, b) })
}

func (f *faults) stallBoth(a, b *proc, d time.Duration) {
	f.stallFor(a, b, d)
	f.stallFor(b, a, d)
}

func (f *faults) two(r *rand.Rand) (a, b *proc) {
	a = f.likelyLeader(r)
	for range 10 {
		if b = f.any(r); a != b {
			return a, b
		}
	}
	return a, nil
}

func stallOneWay(f *faults, r *rand.Rand) bool {
	a, b := f.two(r)
	if b == nil {
		return false
	}
	if r.IntN(2) == 0 {
		a, b = b, a
	}
	f.stallFor(a, b, spell(r))
	return true
}

func isolateOneWay(f *faults, r *rand.Rand) bool {
	p, in, d := f.likelyLeader(r), r.IntN(2) == 0, spell(r)
	for _, o := range f.w.procs {
		switch {
		case o == p || !o.used:
		case in:
			f.stallFor(o, p, d)
		default:
			f.stallFor(p, o, d)
		}
	}
	return true
}

func partition(f *faults, r *rand.Rand) bool {
	d := spell(r)
	side := make([]bool, len(f.w.procs))
	for i := range side {
		side[i] = r.IntN(2) == 0
	}
	f.separate(d, func(i, j int) bool { return side[i] != side[j] })
	return true
}

// chain: each node hears its neighbours only, so that one in the middle may be
// the only one that sees a majority.
func chain(f *faults, r *rand.Rand) bool {
	at := r.Perm(len(f.w.procs))
	f.separate(spell(r), func(i, j int) bool { return at[i]-at[j] > 1 || at[j]-at[i] > 1 })
	return true
}

func (f *faults) separate(d time.Duration, apart func(i, j int) bool) {
	for i, a := range f.w.procs {
		for j, b := range f.w.procs {
			if i < j && a.used && b.used && apart(i, j) {
				f.stallBoth(a, b, d)
			}
		}
	}
}

func flap(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	for t := time.Duration(0); t < 3*time.Second; {
		d := between(r, 20*time.Millisecond, 400*time.Millisecond)
		f.w.after(t, func() {
			if f.stopped {
				return
			}
			for _, o := range f.w.procs {
				if o != p && o.used {
					f.stallBoth(p, o, d)
				}
			}
		})
		t += d + between(r, 20*time.Millisecond, 400*time.Millisecond)
	}
	return true
}

func breakConnections(f *faults, r *rand.Rand) bool {
	a, b := f.two(r)
	if b == nil {
		return false
	}
	for range 1 + r.IntN(3) {
		f.w.after(between(r, 0, 300*time.Millisecond), func() { f.w.net.snap(a, b, r) })
	}
	return true
}

func slowPath(f *faults, r *rand.Rand) bool {
	a, b := f.two(r)
	if b == nil {
		return false
	}
	p := f.w.net.path(a, b)
	if r.IntN(2) == 0 {
		p.slow = between(r, 5*time.Millisecond, 300*time.Millisecond)
	} else {
		p.bytesPerS = int64(20<<10 + r.IntN(500<<10))
	}
	f.lasts(spell(r), func() { f.w.net.fast(a, b) })
	return true
}

func slowDisk(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	p.disk.slow = between(r, 5*time.Millisecond, 150*time.Millisecond)
	f.lasts(spell(r), func() { p.disk.slow = 0 })
	return true
}

// stallDisk makes one sync take very long: a process pause in the middle of a
// turn.
func stallDisk(f *faults, r *rand.Rand) bool {
	f.likelyLeader(r).disk.stall = between(r, 100*time.Millisecond, 4*time.Second)
	return true
}

func failSync(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	if f.w.mode != Always || p.node == nil {
		return false
	}
	p.disk.failSync = true
	return true
}

func fillDisk(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	if f.w.mode == Memory || p.disk.quota {
		return false
	}
	fs := p.fs
	fs.SetQuota(fs.UsedBytes() + int64(r.IntN(64<<10)))
	p.disk.quota = true
	f.lasts(spell(r), func() {
		fs.SetQuota(0)
		if p.fs == fs {
			p.disk.quota = false
		}
	})
	return true
}

// damageDisk flips bits of a file of a process that is down.
func damageDisk(f *faults, r *rand.Rand) bool {
	p := f.any(r)
	if f.w.mode == Memory || !f.mayLose(p) {
		return false
	}
	p.crash(false)
	names, err := p.fs.List("data")
	if err != nil {
		f.w.failf("node %d: %v", p.i, err)
	}
	for range 100 {
		name := "data/" + names[r.IntN(len(names))]
		if file, err := p.fs.OpenRead(name); err == nil {
			if size, err := file.Size(); err == nil && size > 0 && p.fs.Corrupt(name, r.Int64N(size), byte(1+r.IntN(255))) == nil {
				f.w.trace.add(p.i, "damage", "%s", name)
				break
			}
		}
	}
	p.startDamaged()
	return true
}

// misdirectWrite lets a write land elsewhere in its file. The process knows
// nothing of it before it starts again.
func misdirectWrite(f *faults, r *rand.Rand) bool {
	p := f.any(r)
	if f.w.mode == Memory || !f.mayLose(p) {
		return false
	}
	p.fs.MisplaceNextWrite(pick[int64](r, 512, 4096, 64<<10, -512, -4096))
	life := p.life
	f.w.after(between(r, time.Millisecond, 50*time.Millisecond), func() {
		if p.life == life && p.node != nil {
			p.crash(false)
			p.startDamaged()
		}
	})
	return true
}

// breakClients resets what is between a node and its clients.
func breakClients(f *faults, r *rand.Rand) bool {
	if f.w.sessions {
		f.w.net.snap(f.likelyLeader(r), f.w.outside, r)
	}
	return f.w.sessions
}

// stallClients: requests, or answers, are held up.
func stallClients(f *faults, r *rand.Rand) bool {
	if p := f.likelyLeader(r); f.w.sessions && r.IntN(2) == 0 {
		f.stallFor(p, f.w.outside, spell(r))
	} else if f.w.sessions {
		f.stallFor(f.w.outside, p, spell(r))
	}
	return f.w.sessions
}

func setClock(f *faults, r *rand.Rand) bool {
	p := f.likelyLeader(r)
	d := between(r, 0, pick(r, 100*time.Millisecond, 5*time.Second, time.Hour))
	if r.IntN(2) == 0 {
		d = -d
	}
	p.skew += d
	return true
}

func transferLeader(f *faults, r *rand.Rand) bool {
	p, to := f.any(r), f.any(r)
	if !p.member() || !to.member() {
		return false
	}
	g := uint32(r.IntN(int(f.w.groups) + 1))
	id := to.stats.NodeID
	if r.IntN(3) == 0 {
		id = ""
	}
	p.post(func() { p.node.Transfer(g, id, func(error) {}) })
	return true
}

func takeSnapshot(f *faults, r *rand.Rand) bool {
	p := f.any(r)
	if !p.member() {
		return false
	}
	g := uint32(r.IntN(int(f.w.groups) + 1))
	p.post(func() { p.node.Snapshot(g, func(error) {}) })
	return true
}

func replaceDisk(f *faults, r *rand.Rand) bool {
	p := f.any(r)
	if !f.mayLose(p) {
		return false
	}
	p.wipe()
	return true
}

func removeNode(f *faults, r *rand.Rand) bool {
	p := f.any(r)
	if !f.mayLose(p) {
		return false
	}
	via, id := f.any(r), p.stats.NodeID
	f.change(via, func(done func(error)) { via.node.RemoveMember(id, done) })
	return true
}

func vote(f *faults, r *rand.Rand) bool {
	p, via := f.any(r), f.any(r)
	if !p.member() || !via.member() {
		return false
	}
	id := p.stats.NodeID
	give := r.IntN(2) == 0
	if !give && f.w.voters() < 3 {
		return false
	}
	f.change(via, func(done func(error)) {
		if give {
			via.node.Promote(id, done)
		} else {
			via.node.Demote(id, done)
		}
	})
	return true
}

func addNode(f *faults, r *rand.Rand) bool {
	for _, p := range f.w.procs {
		if !p.used {
			p.start("join")
			return true
		}
	}
	return false
}
