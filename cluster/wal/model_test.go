package wal

import (
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

var (
	long     = flag.Bool("long", false, "run the long versions of the tests")
	seedFlag = flag.Uint64("seed", 0, "run one seed of the crash test")
)

// model is what a log should hold, kept in the plainest way.
type model map[uint32]*modelGroup

type modelGroup struct {
	term, vote, commit uint64
	snap, snapTerm     uint64
	conf               string
	base, baseTerm     uint64
	entries            []modelEntry
	meta               string
}

type modelEntry struct {
	term uint64
	kind raftpb.EntryType
	data string
}

func (g *modelGroup) last() uint64 { return g.base + uint64(len(g.entries)) }

func (m model) clone() model {
	c := model{}
	for id, g := range m {
		n := *g
		n.entries = slices.Clone(g.entries)
		c[id] = &n
	}
	return c
}

func (m model) group(id uint32) *modelGroup {
	if m[id] == nil {
		m[id] = &modelGroup{}
	}
	return m[id]
}

// String says everything the log must agree with.
func (m model) String() string {
	var b strings.Builder
	for _, id := range sortedIDs(m) {
		g := m[id]
		fmt.Fprintf(&b, "%d: hard %d/%d/%d snap %d/%d %s base %d/%d meta %q [", id, g.term, g.vote, g.commit, g.snap, g.snapTerm, g.conf, g.base, g.baseTerm, g.meta)
		for _, e := range g.entries {
			fmt.Fprintf(&b, "%d/%d/%d/%08x ", e.term, e.kind, len(e.data), crc32.ChecksumIEEE([]byte(e.data)))
		}
		b.WriteString("]\n")
	}
	return b.String()
}

func sortedIDs(m model) []uint32 {
	ids := make([]uint32, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// observe reads everything a log holds through its public face.
func observe(l *Log) (string, error) {
	m := model{}
	for _, id := range l.ids {
		st := l.Storage(id)
		hs, cs, err := st.InitialState()
		if err != nil {
			return "", err
		}
		first, _ := st.FirstIndex()
		last, _ := st.LastIndex()
		baseTerm, err := st.Term(first - 1)
		if err != nil {
			return "", err
		}
		sn, err := st.Snapshot()
		if err != nil {
			return "", err
		}
		g := &modelGroup{term: hs.GetTerm(), vote: hs.GetVote(), commit: hs.GetCommit(), base: first - 1, baseTerm: baseTerm, meta: string(l.Meta(id))}
		g.snap, g.snapTerm = sn.GetMetadata().GetIndex(), sn.GetMetadata().GetTerm()
		if g.snap > 0 {
			g.conf = fmt.Sprint(cs.GetVoters())
		}
		for i := first; i <= last; {
			list, err := st.Entries(i, last+1, 3000)
			if err != nil {
				return "", err
			}
			for _, e := range list {
				t, err := st.Term(i)
				if err != nil || t != e.GetTerm() || e.GetIndex() != i {
					return "", fmt.Errorf("entry %d of group %d came as (%d, term %d); Term says %d, %v", i, id, e.GetIndex(), e.GetTerm(), t, err)
				}
				g.entries = append(g.entries, modelEntry{e.GetTerm(), e.GetType(), string(e.GetData())})
				i++
			}
		}
		if _, err := st.Entries(first-1, first, 1); !errors.Is(err, raft.ErrCompacted) {
			return "", fmt.Errorf("entry before the first: %v", err)
		}
		if _, err := st.Entries(last+1, last+2, 1); !errors.Is(err, raft.ErrUnavailable) {
			return "", fmt.Errorf("entry behind the last: %v", err)
		}
		m[id] = g
	}
	return m.String(), nil
}

// step is the effect of one record on the model.
type step func(model)

// driver makes random calls on a log and the same changes to a model.
type driver struct {
	t    *testing.T
	r    *rand.Rand
	fs   *MemFS
	opt  Options
	l    *Log
	now  model // all that was appended
	safe model // what was durable at the last sync
	open []step
	// ghosts are batches in the middle of which the power was cut: a prefix of
	// one may be there after the restart.
	ghosts  []ghost
	pending []pendingSync
	log     []string
}

type ghost struct {
	after int // steps of open before it
	steps []step
}

type pendingSync struct {
	err  error
	done func(error) error
	safe model
	open int
}

func (d *driver) say(format string, args ...any) {
	d.log = append(d.log, fmt.Sprintf(format, args...))
}

func (d *driver) fail(format string, args ...any) {
	d.t.Helper()
	n := max(0, len(d.log)-40)
	d.t.Fatalf("%s\nlast calls:\n%s", fmt.Sprintf(format, args...), strings.Join(d.log[n:], "\n"))
}

// try accounts for a call that writes: its steps are in the log unless it failed.
func (d *driver) try(err error, steps ...step) {
	d.t.Helper()
	switch {
	case err == nil:
		for _, s := range steps {
			s(d.now)
		}
		d.open = append(d.open, steps...)
	case errors.Is(err, ErrNoSpace):
		d.say("  no space") // and nothing of it may ever be seen
	case errors.Is(err, ErrPowerCut):
		d.ghosts = append(d.ghosts, ghost{len(d.open), steps})
		d.crash("power cut")
	default:
		d.fail("call failed: %v", err)
	}
}

func (d *driver) crash(why string) {
	d.t.Helper()
	d.say("%s", why)
	d.fs.Crash(d.r)
	d.fs.SetQuota(0)
	d.reopen(why)
}

func (d *driver) durable() {
	d.safe = d.now.clone()
	d.open, d.ghosts, d.pending = nil, nil, nil
}

func (d *driver) data() string {
	n := d.r.IntN(200)
	switch d.r.IntN(30) {
	case 0:
		n = d.r.IntN(9000)
	case 1:
		n = 0
	case 2:
		n = copyMax + d.r.IntN(3000)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.r.Uint32())
	}
	return string(b)
}

func (d *driver) randomUpdate() (Update, []step) {
	id := uint32(d.r.IntN(3))
	u := Update{Group: id}
	g := d.now.clone().group(id)
	var steps []step
	if d.r.IntN(12) == 0 {
		index, term := g.last()+uint64(d.r.IntN(5))+1, g.term+1
		if index <= g.commit {
			index = g.commit + 1
		}
		u.Snapshot = snapAt(index, term, uint64(id), index)
		g.term = term
		steps = append(steps, func(m model) { installModel(m.group(id), u.Snapshot, true) })
		steps[0](model{id: g})
	}
	if d.r.IntN(4) > 0 {
		first := g.last() + 1
		if low := max(g.commit, g.base) + 1; d.r.IntN(5) == 0 && low < first {
			first = low + d.r.Uint64N(first-low)
			g.term++
		}
		for k := range uint64(d.r.IntN(4) + 1) {
			e := entry(first+k, g.term, d.data())
			kind := raftpb.EntryType(d.r.IntN(3))
			e.Type = &kind
			u.Entries = append(u.Entries, e)
			s := func(m model) {
				g := m.group(id)
				g.entries = append(g.entries[:e.GetIndex()-g.base-1:e.GetIndex()-g.base-1], modelEntry{e.GetTerm(), kind, string(e.GetData())})
			}
			s(model{id: g})
			steps = append(steps, s)
		}
	}
	if d.r.IntN(2) == 0 {
		commit := max(g.commit, g.base)
		commit += d.r.Uint64N(g.last() - commit + 1)
		u.HardState = hard(g.term, d.r.Uint64N(5), commit)
		steps = append(steps, func(m model) {
			g := m.group(id)
			g.term, g.vote, g.commit = u.HardState.GetTerm(), u.HardState.GetVote(), commit
		})
	}
	return u, steps
}

func installModel(g *modelGroup, s *raftpb.SnapshotMetadata, replaces bool) {
	if replaces {
		g.entries, g.base, g.baseTerm = nil, s.GetIndex(), s.GetTerm()
	}
	g.snap, g.snapTerm, g.conf = s.GetIndex(), s.GetTerm(), fmt.Sprint(s.GetConfState().GetVoters())
	g.commit = max(g.commit, g.snap)
}

// act makes one random call.
func (d *driver) act() {
	id := uint32(d.r.IntN(3))
	g := d.now[id]
	switch k := d.r.IntN(100); {
	case k < 45:
		var us []Update
		var steps []step
		seen := map[uint32]bool{}
		for range d.r.IntN(3) + 1 {
			u, s := d.randomUpdate()
			if !seen[u.Group] {
				seen[u.Group] = true
				us, steps = append(us, u), append(steps, s...)
			}
		}
		d.say("append %d updates, %d records", len(us), len(steps))
		d.try(d.l.Append(us), steps...)
	case k < 65:
		d.say("sync")
		if err := d.l.Sync(); err != nil {
			d.try(err)
			return
		}
		d.durable()
	case k < 70:
		run, done := d.l.StartSync()
		d.say("start sync")
		err := run()
		d.pending = append(d.pending, pendingSync{err: err, done: done, safe: d.now.clone(), open: len(d.open)})
	case k < 75 && len(d.pending) > 0:
		d.say("sync done")
		p := d.pending[0]
		if err := p.done(p.err); err != nil {
			d.try(err)
			return
		}
		d.safe, d.open = p.safe, d.open[p.open:]
		for i := range d.ghosts {
			d.ghosts[i].after -= p.open // may be negative: it can't come back
		}
		d.pending = d.pending[1:]
		for i := range d.pending {
			d.pending[i].open -= p.open
		}
	case k < 82 && g != nil && g.last() > max(g.base, g.snap):
		index := max(g.base, g.snap) + 1
		index += d.r.Uint64N(g.last() - index + 1)
		m := snapAt(index, g.entries[index-g.base-1].term, 7, index)
		d.say("snapshot group %d at %d", id, index)
		d.try(d.l.SetSnapshot(id, m), func(mo model) { installModel(mo.group(id), m, false) })
	case k < 90 && g != nil && g.snap > g.base:
		index := g.base + 1 + d.r.Uint64N(g.snap-g.base)
		term := g.entries[index-g.base-1].term
		d.say("compact group %d to %d", id, index)
		d.try(d.l.Compact(id, index), func(mo model) {
			g := mo.group(id)
			g.entries = slices.Clone(g.entries[index-g.base:])
			g.base, g.baseTerm = index, term
		})
	case k < 92:
		meta := fmt.Sprint("meta ", d.r.Uint32())
		d.say("meta of group %d", id)
		d.try(d.l.SetMeta(id, []byte(meta)), func(mo model) { mo.group(id).meta = meta })
	case k < 93 && g != nil:
		d.say("remove group %d", id)
		d.try(d.l.RemoveGroup(id), func(mo model) { delete(mo, id) })
	case k < 95:
		used := d.fs.UsedBytes()
		d.say("quota")
		d.fs.SetQuota([]int64{0, used, used + d.r.Int64N(50000)}[d.r.IntN(3)])
	case k < 96:
		d.compare(d.now.String())
	case k < 97:
		d.say("mark")
		if err := d.l.Mark(); err != nil {
			d.try(err)
			return
		}
	case k == 97:
		d.say("close")
		d.fs.SetQuota(0)
		if err := d.l.Close(); err != nil {
			d.try(err)
			return
		}
		d.durable()
		d.reopen("close")
	case k == 98:
		d.say("kill")
		d.fs.Kill()
		d.fs.SetQuota(0)
		d.reopen("kill")
	case k == 99 && d.r.IntN(2) == 0:
		n := d.r.IntN(20)
		d.say("power cut in %d changes", n)
		d.fs.CutPowerAfter(n)
	default:
		d.crash("crash")
	}
}

func (d *driver) compare(want string) {
	d.t.Helper()
	got, err := observe(d.l)
	if err != nil {
		d.fail("read: %v", err)
	}
	if got != want {
		d.fail("the log holds\n%swant\n%s", got, want)
	}
}

// reopen opens the log again and finds the state it should have among those
// that are allowed: at least what was synced, at most what was appended, cut
// between two records.
func (d *driver) reopen(why string) {
	d.t.Helper()
	if d.r.IntN(8) == 0 { // and again while it starts
		d.fs.CutPowerAfter(d.r.IntN(8))
		if l, _, err := Open(d.fs, "d", d.opt); err == nil {
			d.fs.Crash(d.r)
			_ = l.Close() // its files are gone
		} else if !errors.Is(err, ErrPowerCut) {
			d.fail("open after %s: %v", why, err)
		}
		d.fs.Crash(d.r)
		why += " and another"
	}
	rep, err := Check(d.fs, "d")
	if err != nil || rep.LogError != nil {
		d.fail("check after %s: %v, %v", why, err, rep.LogError)
	}
	l, _, err := Open(d.fs, "d", d.opt)
	for errors.Is(err, ErrPowerCut) { // one that was planned before
		d.fs.Crash(d.r)
		why += " and a power cut"
		l, _, err = Open(d.fs, "d", d.opt)
	}
	if err != nil {
		d.fail("open after %s: %v", why, err)
	}
	d.l = l
	got, err := observe(l)
	if err != nil {
		d.fail("read after %s: %v", why, err)
	}
	m := d.safe.clone()
	for i := 0; ; i++ {
		if m.String() == got {
			if why == "kill" && got != d.now.String() {
				d.fail("a killed process lost records")
			}
			d.now = m
			d.durable()
			return
		}
		for _, gh := range d.ghosts {
			if gh.after != i {
				continue
			}
			a := m.clone()
			for _, s := range gh.steps {
				s(a)
				if a.String() == got {
					d.now = a
					d.durable()
					return
				}
			}
		}
		if i == len(d.open) {
			break
		}
		d.open[i](m)
	}
	d.fail("after %s the log holds\n%snot between what was synced\n%sand what was appended\n%s", why, got, d.safe, d.now)
}

func TestCrashKeepsWhatWasSynced(t *testing.T) {
	seeds, calls := 25, 400
	if *long {
		seeds, calls = 1000, 600
	}
	base := rand.Uint64()
	if *seedFlag != 0 {
		base, seeds = *seedFlag, 1
	}
	var moved, recycled, full uint64
	for i := range uint64(seeds) {
		seed := base + i
		r := rand.New(rand.NewPCG(seed, 1))
		d := &driver{t: t, r: r, fs: NewMemFS(), now: model{}, safe: model{}}
		d.say("seed %d", seed)
		d.opt = Options{SegmentBytes: 16 << 10, ExtendBytes: 4 << 10, ReserveBytes: 1 << 10, TailBytes: int64(r.IntN(20000) + 1), SparesMax: r.IntN(4) - 1, Rand: r.Uint64}
		l, _, err := Open(d.fs, "d", d.opt)
		if err != nil {
			t.Fatal(err)
		}
		d.l = l
		ok := t.Run("", func(t *testing.T) {
			d.t = t
			defer func() {
				if t.Failed() {
					t.Logf("repeat with -run TestCrashKeepsWhatWasSynced -seed %d", seed)
				}
			}()
			for range calls {
				d.act()
				st := d.l.Stats()
				moved, recycled, full = moved+st.Moved, recycled+st.Recycled, full+st.NoSpace
			}
		})
		if !ok {
			return
		}
	}
	if *seedFlag == 0 && (moved == 0 || recycled == 0 || full == 0) {
		t.Fatalf("the test has not met everything: moved %d, recycled %d, full disk %d", moved, recycled, full)
	}
}
