package sim

import (
	"math/rand/v2"
	"time"
)

// faults breaks things while the load runs: one fault after the other, many of
// them lasting into the next ones.
type faults struct {
	w        *world
	rand     *rand.Rand
	gap      time.Duration
	n        int            // numbered
	injected map[string]int // by name
	stopped  bool
	lasting  []*lasting
	at, soon time.Duration // of the last one, and of the next
	under    int           // that last still
	alone    time.Duration // until when nothing else is to be broken

	changing  int           // changes of members asked for and not answered
	changedAt time.Duration // when the last one was asked for, or answered
}

// lasting is a fault that has to be undone.
type lasting struct {
	undo  func()
	ended bool
}

// fault is one kind. It returns false if it makes no sense as things are.
type fault struct {
	name   string
	weight int
	run    func(f *faults, r *rand.Rand) bool
}

func newFaults(w *world) *faults {
	f := &faults{w: w, rand: w.rng("faults", 0), injected: map[string]int{}}
	f.gap = pick(f.rand, 300*time.Millisecond, 700*time.Millisecond, 2*time.Second)
	return f
}

func (f *faults) start() { f.next() }

func (f *faults) next() {
	f.soon = max(f.w.now, f.alone) + between(f.rand, f.gap/2, f.gap*3/2)
	f.w.at(f.soon, func() {
		if f.stopped {
			return
		}
		f.n++
		f.at = f.w.now
		if id := f.n; !f.w.opt.Skip[id] {
			f.inject(id, f.w.rng("fault", id))
		}
		f.next()
	})
}

func (f *faults) inject(id int, r *rand.Rand) {
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	at := r.IntN(total)
	for _, k := range kinds {
		if at -= k.weight; at < 0 {
			f.w.trace.add(0, "fault", "%d: %s", id, k.name)
			if k.run(f, r) {
				f.injected[k.name]++
			}
			return
		}
	}
}

// lasts ends a fault after some time, or when all faults end.
func (f *faults) lasts(d time.Duration, undo func()) *lasting {
	l := &lasting{undo: undo}
	f.lasting = append(f.lasting, l)
	f.under++
	f.w.after(d, func() { f.end(l) })
	return l
}

func (f *faults) end(l *lasting) {
	if !l.ended {
		l.ended, f.at = true, f.w.now
		f.under--
		l.undo()
	}
}

// rest is by how much longer than else a client may think, and for how long:
// until shortly before the next fault. While something is broken it is less.
func (f *faults) rest() (factor, atMost time.Duration) {
	const before, after = 50 * time.Millisecond, 300 * time.Millisecond
	if f.w.now < f.at+after {
		return 1, 0
	}
	factor = 10
	if f.under > 0 {
		factor = 3
	}
	for _, p := range f.w.procs {
		if p.used && p.node == nil {
			factor = 3
		}
	}
	return factor, max(f.soon-before-f.w.now, 0)
}

// stop ends all faults, and starts what is down.
func (f *faults) stop() {
	f.stopped, f.soon = true, 0
	for _, l := range f.lasting {
		f.end(l)
	}
	for _, p := range f.w.procs {
		p.paused = 0
		p.disk.slow, p.disk.stall, p.disk.failSync = 0, 0, false
		if p.disk.cut && p.node != nil { // it may have happened already
			p.crash(!p.disk.cutKill)
		}
		if p.used && p.node == nil {
			p.start("join")
		}
		p.kick(f.w.now)
	}
}

// mayBeAlone: half of the time nothing else is broken for so long.
func (f *faults) mayBeAlone(r *rand.Rand, d time.Duration) {
	if r.IntN(2) == 0 {
		f.alone = f.w.now + d
	}
}

// any is some process that was started; running, if there is one.
func (f *faults) any(r *rand.Rand) *proc {
	var running, all []*proc
	for _, p := range f.w.procs {
		if p.used {
			all = append(all, p)
			if p.node != nil {
				running = append(running, p)
			}
		}
	}
	if len(running) == 0 {
		return all[r.IntN(len(all))]
	}
	return running[r.IntN(len(running))]
}

// leader is the data group's leader half of the time, else anybody.
func (f *faults) likelyLeader(r *rand.Rand) *proc {
	if l := f.w.leader(1); l != nil && r.IntN(2) == 0 {
		return l
	}
	return f.any(r)
}

// mayDie: the end of this process loses nothing that was promised. Without a
// log on disk, the others must be enough to go on.
func (f *faults) mayDie(p *proc) bool {
	return p.node != nil && (f.w.mode != Memory || f.mayLose(p))
}

// mayLose: the node's disk may be lost for good: all is well, and the others
// are a majority that has everything.
func (f *faults) mayLose(p *proc) bool {
	if f.changing > 0 || f.w.now-f.changedAt < time.Second {
		return false // the majority may soon be another one
	}
	for _, o := range f.w.procs {
		if o.node != nil {
			o.look()
		}
		if o != p && o.node != nil && o.leaving {
			return false // it votes, and is no candidate any more
		}
	}
	if !f.w.settled() {
		return false
	}
	g := f.w.leader(1).stats.Groups
	for i := range g {
		for _, m := range g[i].Members {
			if m.Number == p.stats.Number && !m.Voter {
				return true // its end is nobody's loss
			}
		}
	}
	return f.w.voters() >= 3
}

// change asks a member for a change of members.
func (f *faults) change(via *proc, ask func(done func(error))) {
	f.changing++
	life := via.life
	over := false
	done := func(error) {
		if !over {
			over = true
			f.changing--
			f.changedAt = f.w.now
		}
	}
	via.post(func() { ask(done) })
	// A process that has died does not answer; what it had asked for is
	// settled by then.
	f.w.after(10*time.Second, func() {
		if via.life != life {
			done(nil)
		}
	})
}

func (f *faults) kill(r *rand.Rand, p *proc, power bool) bool {
	if !f.mayDie(p) {
		return false
	}
	p.crash(power)
	p.restartAfter(between(r, 0, pick(r, 100*time.Millisecond, time.Second, 4*time.Second)))
	return true
}

// lasting times are mostly about as long as an election, at times much longer.
func spell(r *rand.Rand) time.Duration {
	return between(r, 10*time.Millisecond, pick(r, 200*time.Millisecond, time.Second, 3*time.Second, 8*time.Second))
}
