package sim

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// Options say which run to make. The same options give the same run.
type Options struct {
	Seed   uint64
	Faulty time.Duration // virtual time with faults; 12 s if 0
	Nodes  int           // 0: the seed decides among 1, 3 and 5
	Mode   Mode          // Any: the seed decides

	// Skip leaves faults out, by their numbers in the trace. The others stay as
	// they were: each draws from a source of its own.
	Skip map[int]bool

	fail func(w *world) bool // a test's own check, at the end

	// Trace receives every line; nil keeps only the tail.
	Trace io.Writer
	// Debug adds what the nodes log at the debug level.
	Debug bool
}

// Mode is the durability that the cluster is configured with.
type Mode int

const (
	Any      Mode = iota
	Always        // every acknowledged write is on the disks of a majority
	EverySec      // survives killed processes; power cuts are not simulated
	Memory        // appendonly no: a restarted process is a new member
)

func (m Mode) String() string { return [...]string{"any", "always", "everysec", "memory"}[m] }

// Result is what a run did and found.
type Result struct {
	Seed      uint64
	Nodes     int
	Mode      Mode
	Simulated time.Duration
	Hash      uint64         // of everything that happened
	Faults    int            // injected
	Kinds     map[string]int // the same, by name
	FaultsMax int            // the highest number of one
	Stats     Stats
	Err       error    // what is wrong; nil if nothing
	Tail      []string // the last lines of the trace
}

// Stats counts, so that a run that tested nothing can be told from a good one.
type Stats struct {
	Acked, Dropped, Uncertain int // writes
	Reads, ReadsFailed        int
	Entries                   int // committed
	Leaders                   int // terms that had one
	Snapshots, Restores       int
	Restarts, Joins           int
	Damaged                   int           // disks that were refused
	Outage                    time.Duration // from the end of the faults to the first write at every node
}

// failure is how a check ends the run.
type failure struct{ err error }

// world is one run: everything in it is driven by one queue of events, on one
// goroutine, in virtual time.
type world struct {
	opt    Options
	mode   Mode
	size   int // nodes at the beginning
	now    time.Duration
	queue  eventQueue
	net    *network
	procs  []*proc
	books  []*book // by group
	load   *load
	faults *faults
	trace  trace
	stats  Stats
	groups uint32
	cfg    knobs

	sessions bool          // group 1 is reached by RESP, through sessions
	calm     time.Duration // since when no fault is at work; 0: they are
	outside  *proc         // where the clients of sessions are: no machine of the cluster's
}

// knobs are what the seed chooses for all nodes of a run.
type knobs struct {
	snapshotBytes int64
	tailEntries   uint64
	segmentBytes  int64
	syncCost      time.Duration
	netDelay      time.Duration
	think         time.Duration
	sendBuffer    int
}

// Run makes the run that the options describe.
func Run(opt Options) (res Result) {
	if opt.Faulty == 0 {
		opt.Faulty = 12 * time.Second
	}
	w := newWorld(opt)
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				f.err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
			res = w.result(f.err)
		}
	}()
	w.run()
	return w.result(nil)
}

func newWorld(opt Options) *world {
	w := &world{opt: opt}
	w.trace.init(w)
	r := w.rng("world", 0)
	w.size = opt.Nodes
	if w.size == 0 {
		w.size = pick(r, 1, 3, 3, 3, 3, 3, 5, 5, 5, 5)
	}
	if w.mode = opt.Mode; w.mode == Any {
		w.mode = pick(r, Always, Always, Always, Always, Always, Always, EverySec, Memory)
	}
	if w.size == 1 && w.mode == Memory {
		w.mode = Always // nothing to be held to
	}
	w.groups = pick[uint32](r, 1, 1, 2)
	w.cfg = knobs{
		snapshotBytes: pick[int64](r, 8<<10, 32<<10, 128<<10),
		tailEntries:   pick[uint64](r, 8, 32, 200, 1000),
		segmentBytes:  pick[int64](r, 32<<10, 128<<10, 1<<20),
		syncCost:      pick(r, 50*time.Microsecond, time.Millisecond, 4*time.Millisecond),
		netDelay:      pick(r, 50*time.Microsecond, 500*time.Microsecond, 5*time.Millisecond),
		think:         pick(r, 10*time.Millisecond, 40*time.Millisecond, 100*time.Millisecond),
		sendBuffer:    pick(r, 16<<10, 64<<10, 1<<20),
	}
	w.sessions = w.rng("sessions", 0).IntN(3) > 0
	w.net = newNetwork(w)
	w.outside = newProc(w, 0)
	for g := range w.groups {
		w.books = append(w.books, newBook(w, g+1))
	}
	for i := 1; i <= w.size+1; i++ { // one to spare
		w.procs = append(w.procs, newProc(w, i))
	}
	w.load = newLoad(w)
	w.faults = newFaults(w)
	return w
}

// rng is a source of randomness of its own for each use, so that more or fewer
// draws in one place do not change the others.
func (w *world) rng(use string, id int) *rand.Rand {
	h := uint64(14695981039346656037)
	for i := range len(use) {
		h = (h ^ uint64(use[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(w.opt.Seed, h+uint64(id)))
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func between(r *rand.Rand, lo, hi time.Duration) time.Duration {
	return lo + time.Duration(r.Int64N(int64(hi-lo)+1))
}

// Limits of liveness, all in virtual time.
const (
	formLimit   = 20 * time.Second // a new cluster, all members with their votes
	healLimit   = 8 * time.Second  // a write at each member after the last fault
	settleLimit = 60 * time.Second // all members where they belong, and caught up
	readLimit   = 10 * time.Second // the last look at every key
)

func (w *world) run() {
	w.trace.add(0, "begin", "%d nodes, %v, %d groups, sessions %v, %+v", w.size, w.mode, w.groups, w.sessions, w.cfg)
	w.operate()
	w.procs[0].start("")
	w.until("the first node leads", formLimit, func() bool { return w.procs[0].ready() })
	for _, p := range w.procs[1:w.size] {
		p.start("join")
	}
	w.until("all are members with their votes", formLimit, w.settled)
	w.load.start()
	w.faults.start()
	w.runFor(w.opt.Faulty)
	w.heal()
	w.beCalm()
	w.load.stop()
	w.until("all members have caught up", settleLimit, w.settled)
	w.load.lastLook()
	w.until("the last reads are answered, and all is applied", readLimit, func() bool { return w.load.idle() && w.level() && w.told() })
	w.check()
	if w.opt.fail != nil && w.opt.fail(w) {
		w.failf("a test asked for this failure")
	}
}

// heal ends all faults and holds the cluster to its promise to come back.
func (w *world) heal() {
	w.trace.add(0, "heal", "")
	w.faults.stop()
	since := w.now
	w.load.progress = map[*proc]bool{}
	w.until("every member takes a write again", healLimit, func() bool {
		members := 0
		for _, p := range w.procs {
			if p.used && p.member() {
				members++
				if !w.load.progress[p] {
					return false
				}
			}
		}
		return members >= w.size/2+1
	})
	w.load.progress = nil
	w.stats.Outage = w.now - since
}

// beCalm lets clients go on for a while in a cluster that is well, but for a
// change of its leader: each gets its answers.
func (w *world) beCalm() {
	w.calm = w.now
	w.faults.soon = w.now + 100*time.Millisecond
	w.runFor(100 * time.Millisecond)
	w.faults.at, w.faults.soon = w.now, w.now+700*time.Millisecond
	if l := w.leader(1); l != nil {
		l.post(func() { l.node.Transfer(1, "", func(error) {}) })
	}
	w.runFor(700 * time.Millisecond)
}

// callsWait: calls wait whose time is not over yet, and is not for so long. The
// time of a group does not go on, when a leader's clock was ahead, until
// another's has caught up.
func (w *world) callsWait(least time.Duration) bool {
	l := w.leader(sessionsGroup)
	if l == nil {
		return false
	}
	e := l.machines[sessionsGroup].state()
	at, ok := e.Deadline()
	return e.Blocked() > 0 && ok && at > l.instant().UnixMs+least.Milliseconds()
}

// told: every owner of a proposal was told its fate.
func (w *world) told() bool {
	for _, p := range w.procs {
		for _, t := range p.batches {
			if !t.done {
				return false
			}
		}
	}
	return true
}

// level: all nodes have applied the same entries at this instant.
func (w *world) level() bool {
	for _, b := range w.books {
		for _, p := range w.procs {
			if p.used && (p.node == nil || p.machines[b.group] == nil || p.machines[b.group].state().Applied() != b.last) {
				return false
			}
		}
		if l := w.leader(b.group); l != nil {
			if ms, ok := l.machines[b.group].state().Deadline(); ok && ms <= l.instant().UnixMs {
				return false // something is past its time
			}
		}
	}
	return true
}

func (w *world) runFor(d time.Duration) {
	for end := w.now + d; w.step(end); {
	}
}

func (w *world) until(what string, limit time.Duration, ok func() bool) {
	// The condition is looked at every millisecond rather than after each event.
	for end := w.now + limit; !ok(); {
		if w.now >= end {
			w.failf("liveness: waited %v in vain: %s\n%s", limit, what, w.describe())
		}
		next := w.now + time.Millisecond
		for w.step(next) {
		}
	}
}

// step runs the next event before end, or moves time to end.
func (w *world) step(end time.Duration) bool {
	if e := w.queue.peek(); e == nil || e.at > end {
		w.now = end
		return false
	}
	e := w.queue.pop()
	w.now = max(w.now, e.at)
	e.f()
	return true
}

func (w *world) at(t time.Duration, f func())    { w.queue.push(t, f) }
func (w *world) after(d time.Duration, f func()) { w.queue.push(w.now+d, f) }

func (w *world) failf(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

func (w *world) result(err error) Result {
	for _, b := range w.books {
		w.stats.Entries += len(b.entries)
		w.stats.Leaders += len(b.leaders)
	}
	faults := 0
	for _, n := range w.faults.injected {
		faults += n
	}
	return Result{
		Seed: w.opt.Seed, Nodes: w.size, Mode: w.mode, Simulated: w.now, Hash: w.trace.hash, Faults: faults, Kinds: w.faults.injected, FaultsMax: w.faults.n,
		Stats: w.stats, Err: err, Tail: w.trace.tail(),
	}
}

// String says in one line what a run did.
func (r Result) String() string {
	s := r.Stats
	return fmt.Sprintf("seed %d: %d nodes, %v, %v simulated, %d faults; %d entries, %d terms with leaders, %d restarts, %d joins, %d snapshots, %d restored, %d damaged disks; "+
		"writes %d acknowledged, %d dropped, %d uncertain; reads %d, %d failed; %v from healing to a write at every node; hash %016x",
		r.Seed, r.Nodes, r.Mode, r.Simulated.Round(time.Millisecond), r.Faults, s.Entries, s.Leaders, s.Restarts, s.Joins, s.Snapshots, s.Restores, s.Damaged,
		s.Acked, s.Dropped, s.Uncertain, s.Reads, s.ReadsFailed, s.Outage.Round(time.Millisecond), r.Hash)
}

var errTimeout = errors.New("i/o timeout")
