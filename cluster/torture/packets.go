package torture

import (
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/link"
	"github.com/laurocaetano/foxtail/cluster/torture/netns"
)

// packets is the network of namespaces, for the faults that proxies can do as well.
type packets struct{ *netns.Net }

func (packets) Up(int) error   { return nil }
func (packets) Down(int)       {} // the kernel tells peers
func (packets) Strange() error { return nil }

func (p packets) Set(from, to int, c link.Condition) {
	n := netns.Condition{Cut: c.Cut, Delay: c.Delay}
	if c.StallOneIn > 0 {
		n.Lose = 1 / float64(c.StallOneIn)
	}
	p.Net.Set(from, to, n)
}

func (p packets) Break(a, b int) {
	p.Net.Break(a, b)
	p.Net.Break(b, a)
}

// separate gives each node a network namespace.
func (r *run) separate() (err error) {
	if r.ns, err = netns.New(len(r.nodes), r.opt.Seed); err != nil {
		return err
	}
	r.net = packets{r.ns}
	for i, n := range r.nodes {
		n.Host, n.Starter = r.ns.Addr(i), func(cmd *exec.Cmd) error { return r.ns.Start(i, cmd) }
	}
	return nil
}

func (s *step) heal() error { s.net.Heal(); return nil }

// someNode is the leader or, as often, any.
func (s *step) someNode() (int, error) {
	if s.rng.IntN(2) == 0 {
		return s.rng.IntN(len(s.nodes)), nil
	}
	return s.leader()
}

func (s *step) unplug() error {
	i, err := s.someNode()
	s.note("node %d is cut off, from its clients as well", i+1)
	s.mend(s.heal)
	s.ns.SetAll(i, netns.Condition{Cut: true})
	s.long()
	return err
}

// long makes some faults outlast what connections are given to answer.
func (s *step) long() {
	if s.rng.IntN(3) == 0 {
		time.Sleep(time.Duration(s.rng.IntN(8000)) * time.Millisecond)
	}
}

// vanish leaves peers and clients with connections to nobody: what the kernel
// sends when a process ends is lost.
func (s *step) vanish() error {
	i, err := s.someNode()
	s.note("node %d is cut off and dies", i+1)
	s.ns.SetAll(i, netns.Condition{Cut: true})
	err = errors.Join(err, s.killed(i))
	s.mend(s.heal)
	s.long()
	return err
}

func (s *step) resets() error {
	times := 1 + s.rng.IntN(6)
	s.note("connections are reset %d times, and one end is not told", times)
	for range times {
		for from := range s.nodes {
			if to := s.rng.IntN(len(s.nodes)); to != from {
				s.ns.Break(from, to)
			}
			if s.rng.IntN(4) == 0 {
				s.ns.Break(from, s.ns.Clients())
			}
			if s.rng.IntN(4) == 0 {
				s.ns.Break(s.ns.Clients(), from)
			}
		}
		time.Sleep(time.Duration(s.rng.IntN(300)) * time.Millisecond) // the pace is the fault
	}
	return nil
}

func (s *step) blink() error {
	i, err := s.someNode()
	times := 2 + s.rng.IntN(8)
	s.note("the links of node %d come and go, %d times", i+1, times)
	for k := range 2 * times {
		s.ns.SetAll(i, netns.Condition{Cut: k%2 == 0})
		time.Sleep(time.Duration(20+s.rng.IntN(400)) * time.Millisecond) // the pace is the fault
	}
	return err
}

// degrade makes all links bad, or those of one node, or only in one direction.
func (s *step) degrade(what string, c netns.Condition) {
	s.mend(s.heal)
	i := s.rng.IntN(2 * len(s.nodes))
	switch {
	case i >= len(s.nodes):
		s.note("%s", what)
		for i := range s.nodes {
			s.ns.SetAll(i, c)
		}
	case s.rng.IntN(2) == 0:
		s.note("%s at node %d", what, i+1)
		s.ns.SetAll(i, c)
	default:
		s.note("%s from node %d", what, i+1)
		for to := range s.ns.Clients() + 1 {
			s.ns.Set(i, to, c)
		}
	}
}

func (s *step) lose() error {
	percent := 1 + s.rng.IntN(30)
	s.degrade(fmt.Sprintf("%d%% of packets are lost", percent), netns.Condition{Lose: float64(percent) / 100})
	return nil
}

func (s *step) reorder() error {
	c := netns.Condition{Delay: time.Duration(s.rng.IntN(20)) * time.Millisecond, Jitter: time.Duration(1+s.rng.IntN(50)) * time.Millisecond}
	s.degrade(fmt.Sprintf("packets are late by %v to %v", c.Delay, c.Delay+c.Jitter), c)
	return nil
}

func (s *step) duplicate() error {
	percent := 1 + s.rng.IntN(60)
	c := netns.Condition{Double: float64(percent) / 100, Jitter: time.Duration(s.rng.IntN(20)) * time.Millisecond}
	s.degrade(fmt.Sprintf("%d%% of packets come twice, up to %v late", percent, c.Jitter), c)
	return nil
}

func (s *step) corrupt() error {
	percent := 1 + s.rng.IntN(20)
	s.degrade(fmt.Sprintf("a bit is flipped in %d%% of packets", percent), netns.Condition{Corrupt: float64(percent) / 100})
	return nil
}

func (s *step) narrow() error {
	c := netns.Condition{Rate: 20_000 << s.rng.IntN(6)}
	s.degrade(fmt.Sprintf("links take %d kB/s", c.Rate/1000), c)
	return nil
}
