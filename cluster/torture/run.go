package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/link"
	"github.com/laurocaetano/foxtail/cluster/torture/load"
	"github.com/laurocaetano/foxtail/cluster/torture/netns"
	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

// Options of a run.
type Options struct {
	Seed   uint64
	Time   time.Duration // of load and faults; checks come after
	Nodes  int
	Faults []string // names; all if empty
	Rate   int      // calls per second
	Netns  bool     // each node in a network namespace of its own, if this is root's
	Dir    string   // data, logs and pages of illegal histories
	Exe    string   // the program whose serve is run
	Out    io.Writer
}

// run is a cluster under torture.
type run struct {
	opt   Options
	begin time.Time
	nodes []*process.Node
	net   network
	ns    *netns.Net // nil without Options.Netns; the same as net
	load  *load.Load
	tally map[string]*tally
}

// network between the nodes.
type network interface {
	Up(node int) error // before its process starts
	Down(node int)     // after its process ended
	Set(from, to int, c link.Condition)
	Heal()
	Break(a, b int)
	Strange() error
	Close()
}

// tally of a fault.
type tally struct {
	times int
	gap   time.Duration // the longest time without a write
}

// Run tortures a cluster and returns nil if it kept every promise.
func Run(ctx context.Context, opt Options) (err error) {
	chosen, err := choose(opt.Faults, opt.Netns)
	if err != nil {
		return err
	}
	r := &run{opt: opt, begin: time.Now(), tally: map[string]*tally{}}
	defer func() {
		for _, n := range r.nodes {
			n.Cleanup()
		}
		if r.net != nil {
			r.net.Close()
		}
	}()
	if err := r.start(); err != nil {
		return r.withLogs(err)
	}
	r.say("%d nodes are up", len(r.nodes))
	r.load = load.Start(load.Options{Addrs: r.addrs(), Seed: opt.Seed, Rate: opt.Rate, Pages: opt.Dir})
	err = r.torture(ctx, chosen)
	r.load.Stop()
	if err == nil {
		err = r.verify()
	}
	report := r.load.Report()
	if bad := report.Bad(); bad != nil && (err == nil || report.ProblemsCount > 0) {
		err = errors.Join(err, bad)
	}
	fmt.Fprintf(opt.Out, "\n%v\n%s", report, r.summary())
	return r.withLogs(err)
}

func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.opt.Out, "%7.1fs  %s\n", time.Since(r.begin).Seconds(), fmt.Sprintf(format, args...))
}

func (r *run) addrs() (out []string) {
	for _, n := range r.nodes {
		out = append(out, n.Addr())
	}
	return out
}

// start prepares and starts the nodes.
func (r *run) start() error {
	rng := rand.New(rand.NewPCG(r.opt.Seed, 0))
	args := []string{"--enable-debug-command", "local", "--dir-quota", noQuota}
	if r.opt.Netns {
		args = append(args, "--enable-debug-command", "yes", "--protected-mode", "no") // we come from another host
	}
	args = append(args, "--auto-aof-rewrite-min-size", []string{"256kb", "1mb", "64mb"}[rng.IntN(3)])
	if rng.IntN(2) == 0 {
		args = append(args, "--kill-loses-unsynced", "yes")
	}
	r.say("starting with %s", strings.Join(args, " "))
	for i := range r.opt.Nodes {
		var p [2]int
		for k := range p {
			var err error
			if p[k], err = process.FreePort(); err != nil {
				return err
			}
		}
		name := fmt.Sprintf("node %d", i+1)
		n := &process.Node{
			Name: name, Exe: r.opt.Exe, Port: p[0], Bus: p[1],
			Dir: filepath.Join(r.opt.Dir, fmt.Sprint(i+1)), LogFile: filepath.Join(r.opt.Dir, fmt.Sprintf("%d.log", i+1)),
			Args: args,
		}
		r.nodes = append(r.nodes, n)
	}
	if err := r.connect(); err != nil {
		return err
	}
	for i, n := range r.nodes {
		if i > 0 {
			n.Join = r.nodes[0].Addr()
		}
		if err := r.startNode(i); err != nil {
			return err
		}
		if err := n.WaitReady(); err != nil {
			return err
		}
	}
	return process.WaitVoters(r.nodes, len(r.nodes))
}

// connect makes the network: namespaces, or proxies, and then nodes hear of each
// other's proxies only.
func (r *run) connect() (err error) {
	if r.opt.Netns {
		return r.separate()
	}
	ports, buses := make([]int, len(r.nodes)), make([]int, len(r.nodes))
	for i, n := range r.nodes {
		if n.Announced, err = process.FreePort(); err != nil {
			return err
		}
		ports[i], buses[i] = n.Announced, n.Bus
	}
	r.net = link.New(ports, buses)
	return nil
}

func (r *run) startNode(i int) error {
	if err := r.launch(i); err != nil {
		return err
	}
	return r.nodes[i].WaitFor("PONG", func() error {
		_, err := process.Ask(r.nodes[i].Addr(), "PING")
		return err
	})
}

// launch starts a node and waits for nothing.
func (r *run) launch(i int) error {
	if err := r.net.Up(i); err != nil {
		return err
	}
	return r.nodes[i].Launch()
}

func (r *run) kill(i int) error {
	err := r.nodes[i].Kill()
	r.net.Down(i)
	return err
}

func (r *run) stop(i int) error {
	err := r.nodes[i].Stop()
	r.net.Down(i)
	return err
}

// torture breaks and mends until the time is over, and once at least.
func (r *run) torture(ctx context.Context, faults []fault) error {
	var bag []fault
	for n := uint64(1); (n == 1 || time.Since(r.begin) < r.opt.Time) && ctx.Err() == nil; n++ {
		s := &step{run: r, rng: rand.New(rand.NewPCG(r.opt.Seed, n))}
		if len(bag) == 0 {
			bag = slices.Clone(faults)
			s.rng.Shuffle(len(bag), func(i, k int) { bag[i], bag[k] = bag[k], bag[i] })
		}
		f := bag[0]
		bag = bag[1:]
		if err := s.do(ctx, f, faults); err != nil {
			return fmt.Errorf("after %s: %w", s.text, err)
		}
	}
	return ctx.Err()
}

// step is one fault, perhaps with a gentle one beside it, from the breaking to
// the mending.
type step struct {
	*run
	rng   *rand.Rand
	text  string
	mends []func() error
}

// note says what is done to whom.
func (s *step) note(format string, args ...any) {
	if s.text != "" {
		s.text += ", "
	}
	s.text += fmt.Sprintf(format, args...)
}

func (s *step) mend(f func() error) { s.mends = append(s.mends, f) }

func (s *step) do(ctx context.Context, f fault, all []fault) error {
	s.load.TakeGap()
	names := []string{f.name}
	if beside := all[s.rng.IntN(len(all))]; beside.gentle && beside.name != f.name && !f.alone && s.rng.IntN(3) == 0 {
		names = append(names, beside.name)
		if err := beside.do(s); err != nil {
			return err
		}
	}
	if err := f.do(s); err != nil {
		return err
	}
	hold := time.Duration(s.rng.IntN(2500)) * time.Millisecond
	if !f.instant {
		sleep(ctx, hold) // how long it lasts is the fault
	}
	for _, m := range slices.Backward(s.mends) {
		if err := m(); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := s.recovered(); err != nil {
		return err
	}
	took := time.Since(began)
	sleep(ctx, time.Duration(200+s.rng.IntN(800))*time.Millisecond)
	gap := s.load.TakeGap()
	for i, name := range names {
		t := s.tally[name]
		if t == nil {
			t = &tally{}
			s.tally[name] = t
		}
		t.times++
		if i == 0 {
			t.gap = max(t.gap, gap)
		}
	}
	s.say("%s: no write for %v, all well %v after mending", s.text, gap.Round(time.Millisecond), took.Round(time.Millisecond))
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// recovered waits until all nodes answer and vote (T1, T2).
func (r *run) recovered() error {
	for _, n := range r.nodes {
		if err := n.WaitReady(); err != nil {
			return err
		}
	}
	if err := process.WaitVoters(r.nodes, len(r.nodes)); err != nil {
		return err
	}
	want := r.load.Progress() + 5
	if err := process.Until("writes to go through", func() error {
		if got := r.load.Progress(); got < want {
			return fmt.Errorf("%d are missing", want-got)
		}
		return nil
	}); err != nil {
		return err
	}
	return r.net.Strange()
}

// withLogs adds what processes that ended said last.
func (r *run) withLogs(err error) error {
	if err == nil {
		return nil
	}
	for _, n := range r.nodes {
		if ended := n.Ended(); ended != nil {
			log, logErr := n.Log()
			err = errors.Join(err, logErr, fmt.Errorf("%s: %w; its log ends:\n%s", n.Name, ended, process.LogEnd(log)))
		}
	}
	return err
}
