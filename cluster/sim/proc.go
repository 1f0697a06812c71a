package sim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/cluster/node"
	"github.com/laurocaetano/foxtail/cluster/wal"
)

// proc is a machine with one process on it: the loop that drives the real node
// code in turns, its clocks and its disk.
//
// A turn happens at one instant of the queue, but takes time: every sync costs
// some, and what is sent or answered after it carries the later time. Until
// that time has passed the process does nothing else.
type proc struct {
	w    *world
	i    int
	addr cluster.Addr
	rand *rand.Rand

	fs       *wal.MemFS
	node     *cluster.Node // nil: not running
	core     *node.Core    // nil: clients speak to the cluster layer
	machines []*machine    // by group, 0 is unused
	life     int           // a new one with every start and every end
	leaving  bool          // it was told to shut down
	used     bool          // it was started once, and shall be running in the end
	off      bool          // the machine has no power
	paused   int           // faults that have stopped the process

	skew   time.Duration // of the wall clock
	drift  float64       // of both clocks
	booted time.Duration

	posts []func()
	heard []*socket
	spare struct { // what the two were before the turn, to be used again
		posts []func()
		heard []*socket
	}
	wake      func()        // wakeUp
	turnAt    time.Duration // of the next turn; never: none
	busyUntil time.Duration
	inTurn    bool
	syncBase  time.Duration // the disk's time when the turn began

	disk    disk
	ambush  func() // called when it enters a term of group 1, once
	term    uint64
	waiting [][]*op        // by group: writes not proposed
	asking  [][]*op        // by group: reads without a ticket
	reads   []*reading     // with one
	batches []*batch       // proposed, and not yet forgotten
	stats   cluster.Status // not older than lookEvery
	number  uint64
	lookAt  time.Duration
	idle    int // turns
}

// disk is what is wrong with it.
type disk struct {
	slow     time.Duration // added to each sync
	stall    time.Duration // added to the next one
	failSync bool          // the next sync of a log file fails
	failed   bool          // it has: the process must stop
	cut      bool          // a power cut is planned at some change
	cutKill  bool          // ... which is only the process' end
	quota    bool
	damaged  bool
}

const never = time.Duration(math.MaxInt64)

func newProc(w *world, i int) *proc {
	p := &proc{
		w: w, i: i, addr: cluster.Addr{Host: fmt.Sprintf("n%d", i), Port: 1, BusPort: 2}, rand: w.rng("process", i), turnAt: never,
	}
	p.drift = (p.rand.Float64() - 0.5) * 0.01
	p.skew = time.Duration(p.rand.Int64N(int64(2*time.Second))) - time.Second
	p.wake = p.wakeUp
	p.newDisk()
	return p
}

func (p *proc) newDisk() {
	p.fs = wal.NewMemFS()
	p.fs.SyncCost = func(bytes int64) time.Duration {
		d := p.w.cfg.syncCost + time.Duration(p.rand.Int64N(int64(p.w.cfg.syncCost)+1)) + p.disk.stall
		p.disk.stall = 0
		if p.disk.slow > 0 {
			d += time.Duration(p.rand.Int64N(int64(p.disk.slow)))
		}
		return d
	}
	p.fs.OnSync = func(name string) error {
		if p.disk.failSync && strings.Contains(name, "wal-") {
			p.disk.failSync, p.disk.failed = false, true
			return errSync
		}
		return nil
	}
}

var errSync = errors.New("input/output error")

// start runs the process. join: an empty directory asks to be let in.
func (p *proc) start(join string) {
	w := p.w
	p.life++
	p.used, p.off, p.inTurn, p.leaving = true, false, true, false
	p.posts, p.heard, p.reads = nil, nil, nil
	p.waiting, p.asking = make([][]*op, w.groups+1), make([][]*op, w.groups+1)
	p.machines = make([]*machine, w.groups+1)
	p.booted, p.syncBase, p.turnAt = w.now, p.fs.SyncTime(), never
	life := p.life
	cfg := cluster.Config{
		Dir: "data", FS: p.fs, InMemory: w.mode == Memory, Groups: w.groups, Announce: p.addr, Join: join,
		StateCheck: 2 * time.Second, SnapshotBytes: w.cfg.snapshotBytes, TailEntries: w.cfg.tailEntries,
		WAL:  wal.Options{SegmentBytes: w.cfg.segmentBytes, ExtendBytes: 16 << 10, ReserveBytes: 8 << 10, TailBytes: 64 << 10},
		Rand: w.rng("node", p.i<<20+p.life), Log: w.trace.logger(p.i),
		Background: func(work, done func()) { p.background(life, work, done) },
		Dial:       func(addr string, done func(cluster.Socket, error) *cluster.Link) { w.net.dial(p, addr, done) },
		Clock:      p.localNow,
	}
	if w.mode == EverySec {
		cfg.Sync = cluster.EverySec
	}
	p.core = nil
	if w.sessions {
		p.core = newCore(p)
		p.core.Connect(&cfg)
	}
	p.connect(&cfg)
	n, err := cluster.Open(cfg)
	p.busyUntil, p.inTurn = p.localNow(), false
	w.trace.add(p.i, "start", "join=%q err=%v", join, err)
	w.stats.Restarts++
	w.net.booted(p)
	if err != nil {
		p.openFailed(err)
		return
	}
	p.node = n
	if p.core != nil {
		p.core.Opened(n)
		if !n.Joining() {
			p.core.Ready()
		}
	}
	p.look()
	p.kick(w.now)
}

// openFailed: only what was done to the disk may keep a process from starting.
func (p *proc) openFailed(err error) {
	switch {
	case p.disk.damaged:
		p.w.stats.Damaged++
	case errors.Is(err, wal.ErrPowerCut):
		p.powerCut()
	case p.disk.quota && errors.Is(err, wal.ErrNoSpace):
		p.fs.Kill()
		p.restartAfter(500 * time.Millisecond)
	case p.disk.failed && errors.Is(err, errSync):
		p.stop(true)
		p.restartAfter(500 * time.Millisecond)
	default:
		p.w.failf("node %d does not start: %v", p.i, err)
	}
}

// stop ends the process; with power, the machine too, and what was not synced
// is lost as the random source says.
func (p *proc) stop(power bool) {
	p.life++
	p.node, p.core, p.inTurn, p.turnAt = nil, nil, false, never
	p.off = power
	p.w.net.gone(p)
	if power {
		p.fs.Crash(p.rand)
	} else {
		p.fs.Kill()
	}
	p.disk.failed, p.disk.failSync, p.disk.cut = false, false, false
	for g := range p.waiting {
		for _, o := range p.waiting[g] {
			o.never()
		}
		for _, o := range p.asking[g] {
			o.never()
		}
	}
	for _, r := range p.reads {
		for _, o := range r.ops {
			o.never()
		}
	}
	p.w.load.died(p)
	p.waiting, p.asking, p.reads = nil, nil, nil
}

// crash ends the process the hard way that the durability mode allows.
func (p *proc) crash(power bool) {
	power = power && p.w.mode == Always
	p.w.trace.add(p.i, "crash", "power=%v", power)
	p.stop(power)
}

// powerCut is noticed by the first change of the disk that fails.
func (p *proc) powerCut() {
	if p.disk.cut {
		p.crash(!p.disk.cutKill)
		p.restartAfter(between(p.rand, 0, 2*time.Second))
	}
}

func (p *proc) restartAfter(d time.Duration) {
	life := p.life
	p.w.after(d, func() {
		if p.life == life && p.node == nil {
			p.start("join")
		}
	})
}

// startDamaged starts the process on a disk that is not what it wrote. It must
// see that; if it does not, what it reads must be as everybody knows it (C1,
// C6). Either way the disk is replaced.
func (p *proc) startDamaged() {
	p.disk.damaged = true
	p.start("join")
	p.wipe()
}

// wipe replaces the disk: the node comes back as another one.
func (p *proc) wipe() {
	if p.node != nil {
		p.stop(true)
	}
	p.w.trace.add(p.i, "wipe", "")
	p.newDisk()
	p.disk = disk{}
	p.start("join")
}

// localNow is the time as the process sees it: a turn's syncs take their time.
func (p *proc) localNow() time.Duration {
	if p.inTurn {
		return p.w.now + p.fs.SyncTime() - p.syncBase
	}
	return p.w.now
}

func (p *proc) instant() cluster.Instant {
	mono := time.Duration(float64(p.w.now) * (1 + p.drift))
	return cluster.Instant{Mono: mono, UnixMs: epochMs + int64((mono+p.skew)/time.Millisecond)}
}

const epochMs = 1_700_000_000_000

// turnCost is what a turn takes apart from the disk.
const turnCost = 20 * time.Microsecond

// idleMax is how many turns a node may ask for, one right after the other,
// without any news.
const idleMax = 500

func (p *proc) post(f func()) {
	if p == p.w.outside {
		p.w.at(p.w.now, f)
		return
	}
	p.posts = append(p.posts, f)
	p.kick(p.w.now)
}

// background does the work on another goroutine, as it were: at some later
// time, without holding up the turns.
func (p *proc) background(life int, work, done func()) {
	p.w.after(between(p.rand, 10*time.Microsecond, 3*time.Millisecond), func() {
		if p.life != life {
			return
		}
		base := p.fs.SyncTime()
		work()
		took := p.fs.SyncTime() - base
		p.syncBase += took
		p.w.after(took, func() {
			if p.life == life {
				p.post(done)
			}
		})
	})
}

// kick asks for a turn at a time, or as soon as the process can.
func (p *proc) kick(at time.Duration) {
	at = max(at, p.busyUntil, p.w.now)
	if at >= p.turnAt || p.node == nil {
		return
	}
	p.turnAt = at
	p.w.at(at, p.wake)
}

// wakeUp takes the turn that was asked for, if it was not taken already.
func (p *proc) wakeUp() {
	if p.turnAt <= p.w.now {
		p.turnAt = never
		p.turn()
	}
}

func (p *proc) pause(d time.Duration) {
	p.paused++
	p.w.after(d, p.resume)
}

func (p *proc) resume() {
	if p.paused > 0 {
		p.paused--
		p.kick(p.w.now)
	}
}

// turn is main's: what has arrived, what clients ask, then the node's turn.
func (p *proc) turn() {
	if p.paused > 0 || p.node == nil {
		return
	}
	w := p.w
	life := p.life
	p.inTurn, p.syncBase = true, p.fs.SyncTime()
	news := len(p.posts) + len(p.heard)
	w.trace.mix(uint64(w.now)<<8 + uint64(p.i))
	if p.core != nil {
		p.core.Begin(p.instant())
	}
	p.forget()
	if p.runPosts(); p.life != life {
		return
	}
	p.hear()
	p.gather()
	turn := p.node.Turn
	if p.core != nil {
		turn = p.core.Turn
	}
	wake, err := turn(p.instant())
	if err == nil && p.disk.failed {
		w.failf("node %d goes on after a failed sync of its log", p.i)
	}
	if err != nil {
		p.turnFailed(err)
		return
	}
	p.node.Flush()
	p.busyUntil = p.localNow() + turnCost
	p.inTurn = false
	if p.idle++; news > 0 || wake > p.instant().Mono {
		p.idle = 0
	} else if p.idle > idleMax {
		w.failf("node %d turns and turns, and has nothing to do", p.i)
	}
	p.kick(time.Duration(float64(wake) / (1 + p.drift)))
	if p.waits() {
		p.kick(w.now)
	}
	p.observe()
}

// waits: something can be done that nothing else will ask for.
func (p *proc) waits() bool {
	for g := uint32(1); g <= p.w.groups; g++ {
		if len(p.waiting[g]) > 0 && p.node.InFlight(g) < inFlightMax {
			return true
		}
	}
	return len(p.posts) > 0 || len(p.heard) > 0
}

// runPosts runs what others have left for the loop to do, while the process
// lives.
func (p *proc) runPosts() {
	posts, life := p.posts, p.life
	p.posts, p.spare.posts = p.spare.posts[:0], nil
	for i, f := range posts {
		if f(); p.life != life {
			return
		}
		posts[i] = nil
	}
	p.spare.posts = posts
}

// hear serves the sockets with news, peers first.
func (p *proc) hear() {
	heard := p.heard
	p.heard, p.spare.heard = p.spare.heard[:0], nil
	for _, peers := range [2]bool{true, false} {
		for _, s := range heard {
			if (s.other.p != p.w.outside) == peers {
				s.tell()
			}
		}
	}
	clear(heard)
	p.spare.heard = heard
}

func (p *proc) acceptPeer(s *socket) user {
	if link := p.node.Accept(s); link != nil {
		return link
	}
	return nil
}

// acceptClient takes in a client; nil: it was turned away.
func (p *proc) acceptClient(s *socket) user {
	if conn := p.core.Accept(s, nil); conn != nil {
		return conn
	}
	return nil
}

// turnFailed: a node stops only for what was done to its disk.
func (p *proc) turnFailed(err error) {
	switch {
	case errors.Is(err, wal.ErrPowerCut) && p.disk.cut:
		p.powerCut()
	case errors.Is(err, errSync):
		p.w.trace.add(p.i, "stopped", "%v", err)
		p.stop(p.w.mode == Always && p.rand.IntN(2) == 0)
		p.restartAfter(between(p.rand, 0, time.Second))
	default:
		p.w.failf("node %d stopped: %v", p.i, err)
	}
}

// observe looks at what the node says of itself; at all of it from time to
// time only, since that is much.
func (p *proc) observe() {
	for g := uint32(1); g <= p.w.groups; g++ {
		term, leads := p.node.Leads(g)
		if leads {
			p.w.books[g-1].leads(p, term, p.number)
		}
		if g == 1 && term > p.term {
			if p.term = term; p.ambush != nil {
				p.ambush()
			}
		}
	}
	if p.w.now >= p.lookAt {
		p.look()
	}
}

const lookEvery = 100 * time.Millisecond

func (p *proc) look() {
	p.lookAt = p.w.now + lookEvery
	p.stats = p.node.Status()
	p.number = p.stats.Number
	for i := range p.stats.Groups {
		if g := &p.stats.Groups[i]; g.Applied > g.Commit {
			p.w.failf("node %d group %d: applied %d beyond the commit index %d", p.i, g.Group, g.Applied, g.Commit)
		}
	}
}

// member: it runs, and is in the cluster for all it knows.
func (p *proc) member() bool {
	return p.node != nil && p.paused == 0 && p.stats.Number != 0 && !p.stats.Removed && !p.stats.Joining
}

func (p *proc) ready() bool { return p.member() && p.stats.Ready }
