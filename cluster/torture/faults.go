package torture

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/link"
	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

// fault is one way to break a cluster. do breaks, and hands s.mend what makes
// it whole again.
type fault struct {
	name, what string
	do         func(s *step) error
	outage     bool // no majority may be left: writes can't go through
	gentle     bool // takes no node away: another fault may happen on top of it
	instant    bool // it does not last
	alone      bool // nothing else at the same time
	netns      bool // only with Options.Netns (packets.go)
}

var faults = []fault{
	{name: "kill-leader", what: "kill -9 of the leader", do: (*step).killLeader},
	{name: "kill-follower", what: "kill -9 of a follower", do: (*step).killFollower},
	{name: "kill-majority", what: "kill -9 of a majority", do: (*step).killMajority, outage: true},
	{name: "kill-all", what: "kill -9 of all nodes", do: (*step).killAll, outage: true},
	{name: "kill-starting", what: "a node is killed again and again while it starts", do: (*step).killStarting, instant: true},
	{name: "stop-leader", what: "SIGTERM to the leader", do: (*step).stopLeader},
	{name: "rolling-restart", what: "one node after the other stops and starts", do: (*step).rollingRestart, instant: true},
	{name: "pause-leader", what: "SIGSTOP of the leader", do: (*step).pauseLeader},
	{name: "pause-follower", what: "SIGSTOP of a follower", do: (*step).pauseFollower},
	{name: "cut-leader", what: "the leader is cut off", do: (*step).cutLeader},
	{name: "cut-follower", what: "a follower is cut off", do: (*step).cutFollower},
	{name: "cut-one-way", what: "the leader is not heard, or hears nobody", do: (*step).cutOneWay},
	{name: "wake-alone", what: "the leader is paused, and cut off when it wakes", do: (*step).wakeAlone},
	{name: "partition", what: "nodes in groups that don't hear each other", do: (*step).partition, outage: true},
	{name: "cut-some", what: "some links, each in one direction", do: (*step).cutSome, outage: true},
	{name: "bridge", what: "two halves with one node between them", do: (*step).bridge, outage: true},
	{name: "flap", what: "a node's links break again and again", do: (*step).flap, instant: true},
	{name: "slow", what: "slow links", do: (*step).slow, gentle: true},
	{name: "lossy", what: "links that stall as if packets were lost", do: (*step).lossy, gentle: true},
	{name: "disk-full", what: "a node's disk is full", do: (*step).diskFull},
	{name: "disks-full", what: "all disks are full", do: (*step).disksFull, outage: true},
	{name: "damage", what: "flipped bytes in a follower's files, which it must name", do: (*step).damaged, instant: true, alone: true},
	{name: "wipe", what: "a follower loses its directory and joins again", do: (*step).wipe, instant: true, alone: true},
	{name: "remove", what: "a follower is removed, and added again as a new member", do: (*step).remove, instant: true, alone: true},
	{name: "transfer", what: "leadership is handed over", do: (*step).transfer, instant: true, gentle: true},
	{name: "snapshot", what: "all nodes take a snapshot", do: (*step).snapshot, instant: true, gentle: true},
	{name: "clock", what: "a node's wall clock jumps", do: (*step).clock, gentle: true},
	{name: "unplug", what: "a node is cut off, from its clients as well", do: (*step).unplug, netns: true},
	{name: "vanish", what: "a node is cut off and dies, unheard", do: (*step).vanish, netns: true},
	{name: "reset", what: "connections are reset, and one end is not told", do: (*step).resets, netns: true, instant: true},
	{name: "blink", what: "a node's links come and go, and connections stay", do: (*step).blink, netns: true, instant: true},
	{name: "lose", what: "packets are lost, also those of clients", do: (*step).lose, netns: true, gentle: true},
	{name: "reorder", what: "packets overtake each other", do: (*step).reorder, netns: true, gentle: true},
	{name: "duplicate", what: "packets come twice", do: (*step).duplicate, netns: true, gentle: true},
	{name: "corrupt", what: "bits of packets are flipped", do: (*step).corrupt, netns: true, gentle: true},
	{name: "narrow", what: "links of little bandwidth and short queues", do: (*step).narrow, netns: true, gentle: true},
}

// choose finds faults by their names; all that can be done if there are none.
func choose(names []string, netns bool) (out []fault, err error) {
	if len(names) == 0 {
		for _, f := range faults {
			if netns || !f.netns {
				out = append(out, f)
			}
		}
		return out, nil
	}
	for _, name := range names {
		at := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no fault %q; --list shows all", name)
		}
		if faults[at].netns && !netns {
			return nil, fmt.Errorf("the fault %q needs --netns", name)
		}
		out = append(out, faults[at])
	}
	return out, nil
}

func (s *step) leader() (int, error) { return process.Leader(s.nodes) }

// follower is one of them, by chance.
func (s *step) follower() (int, error) {
	leader, err := s.leader()
	return (leader + 1 + s.rng.IntN(len(s.nodes)-1)) % len(s.nodes), err
}

// killed kills nodes, which start again when it is mended.
func (s *step) killed(nodes ...int) error {
	for _, i := range nodes {
		if err := s.kill(i); err != nil {
			return err
		}
	}
	s.mend(func() error {
		for _, i := range nodes {
			if err := s.launch(i); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

func (s *step) killLeader() error {
	i, err := s.leader()
	s.note("kill -9 of the leader, node %d", i+1)
	return errors.Join(err, s.killed(i))
}

func (s *step) killFollower() error {
	i, err := s.follower()
	s.note("kill -9 of a follower, node %d", i+1)
	return errors.Join(err, s.killed(i))
}

func (s *step) killMajority() error {
	all := s.rng.Perm(len(s.nodes))
	all = all[:len(all)/2+1]
	s.note("kill -9 of a majority, nodes %s", numbers(all))
	return s.killed(all...)
}

func (s *step) killAll() error {
	s.note("kill -9 of all nodes")
	return s.killed(s.rng.Perm(len(s.nodes))...)
}

func (s *step) killStarting() error {
	i := s.rng.IntN(len(s.nodes))
	times := 2 + s.rng.IntN(4)
	s.note("kill -9 of node %d, %d times while it starts", i+1, times)
	for range times {
		if err := s.kill(i); err != nil {
			return err
		}
		if err := s.launch(i); err != nil {
			return err
		}
		time.Sleep(time.Duration(s.rng.IntN(200)) * time.Millisecond) // how far it gets is the fault
	}
	return nil
}

func (s *step) stopLeader() error {
	i, err := s.leader()
	if err != nil {
		return err
	}
	s.note("SIGTERM to the leader, node %d", i+1)
	s.mend(func() error { return s.launch(i) })
	return s.stop(i)
}

func (s *step) rollingRestart() error {
	s.note("rolling restart")
	for i := range s.nodes {
		if err := s.stop(i); err != nil {
			return err
		}
		if err := s.startNode(i); err != nil {
			return err
		}
		if err := s.nodes[i].WaitReady(); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) paused(i int, err error) error {
	if err != nil {
		return err
	}
	s.mend(s.nodes[i].Resume)
	return s.nodes[i].Pause()
}

func (s *step) pauseLeader() error {
	i, err := s.leader()
	s.note("SIGSTOP of the leader, node %d", i+1)
	return s.paused(i, err)
}

func (s *step) pauseFollower() error {
	i, err := s.follower()
	s.note("SIGSTOP of a follower, node %d", i+1)
	return s.paused(i, err)
}

// link sets the direction between each two nodes for which yes says so.
func (s *step) link(c link.Condition, yes func(from, to int) bool) {
	s.mend(func() error { s.net.Heal(); return nil })
	for from := range s.nodes {
		for to := range s.nodes {
			if from != to && yes(from, to) {
				s.net.Set(from, to, c)
			}
		}
	}
}

var cut = link.Condition{Cut: true}

func (s *step) cutLeader() error {
	i, err := s.leader()
	s.note("the leader, node %d, is cut off", i+1)
	s.link(cut, func(from, to int) bool { return from == i || to == i })
	return err
}

func (s *step) cutFollower() error {
	i, err := s.follower()
	s.note("a follower, node %d, is cut off", i+1)
	s.link(cut, func(from, to int) bool { return from == i || to == i })
	return err
}

func (s *step) cutOneWay() error {
	i, err := s.leader()
	if s.rng.IntN(2) == 0 {
		s.note("nobody hears the leader, node %d", i+1)
		s.link(cut, func(from, _ int) bool { return from == i })
	} else {
		s.note("the leader, node %d, hears nobody", i+1)
		s.link(cut, func(_, to int) bool { return to == i })
	}
	return err
}

// wakeAlone lets others take over without a word of it to the leader, which
// finds clients' reads waiting when it wakes.
func (s *step) wakeAlone() error {
	i, err := s.leader()
	if err != nil {
		return err
	}
	pause := time.Duration(1500+s.rng.IntN(1500)) * time.Millisecond
	s.note("the leader, node %d, is paused for %v and wakes up cut off", i+1, pause)
	s.link(cut, func(from, to int) bool { return from == i || to == i })
	if err := s.nodes[i].Pause(); err != nil {
		return err
	}
	time.Sleep(pause) // how long it sleeps is the fault
	return s.nodes[i].Resume()
}

func (s *step) partition() error {
	side := make([]int, len(s.nodes))
	for i := range side {
		side[i] = s.rng.IntN(2 + s.rng.IntN(2))
	}
	s.note("partition %v", side)
	s.link(cut, func(from, to int) bool { return side[from] != side[to] })
	return nil
}

func (s *step) cutSome() error {
	var which []string
	rng := rand.New(rand.NewPCG(s.rng.Uint64(), 0))
	s.link(cut, func(from, to int) bool {
		yes := rng.IntN(5) < 2
		if yes {
			which = append(which, fmt.Sprintf("%d>%d", from+1, to+1))
		}
		return yes
	})
	s.note("cut %s", strings.Join(which, " "))
	return nil
}

func (s *step) bridge() error {
	order := s.rng.Perm(len(s.nodes))
	middle, half := order[0], len(order)/2
	place := make([]int, len(order))
	for at, i := range order {
		place[i] = at
	}
	s.note("node %d bridges %s and %s", middle+1, numbers(order[1:half+1]), numbers(order[half+1:]))
	s.link(cut, func(from, to int) bool {
		return from != middle && to != middle && (place[from] <= half) != (place[to] <= half)
	})
	return nil
}

func (s *step) flap() error {
	i := s.rng.IntN(len(s.nodes))
	times := 3 + s.rng.IntN(15)
	s.note("the links of node %d break %d times", i+1, times)
	for range times {
		for k := range s.nodes {
			s.net.Break(i, k)
		}
		time.Sleep(time.Duration(20+s.rng.IntN(200)) * time.Millisecond) // the pace is the fault
	}
	return nil
}

func (s *step) slow() error {
	c := link.Condition{Delay: time.Duration(2+s.rng.IntN(60)) * time.Millisecond}
	i := s.rng.IntN(2 * len(s.nodes))
	if i >= len(s.nodes) {
		s.note("all links are slow by %v", c.Delay)
		s.link(c, func(int, int) bool { return true })
		return nil
	}
	s.note("the links of node %d are slow by %v", i+1, c.Delay)
	s.link(c, func(from, to int) bool { return from == i || to == i })
	return nil
}

func (s *step) lossy() error {
	c := link.Condition{Stall: 200 * time.Millisecond, StallOneIn: 5 + s.rng.IntN(100)}
	s.note("one packet in %d is lost", c.StallOneIn)
	s.link(c, func(int, int) bool { return true })
	return nil
}

func (s *step) transfer() error {
	i, err := s.leader()
	s.note("the leader, node %d, hands over", i+1)
	if err == nil {
		_, err = process.Ask(s.nodes[i].Addr(), "RAFT", "TRANSFER")
	}
	return trouble(err)
}

func (s *step) snapshot() error {
	s.note("snapshots")
	for _, n := range s.nodes {
		if _, err := process.Ask(n.Addr(), "RAFT", "SNAPSHOT", "NOW"); trouble(err) != nil {
			return fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	return nil
}

func (s *step) clock() error {
	i := s.rng.IntN(len(s.nodes))
	ms := int64(s.rng.IntN(20000) - 10000)
	s.note("the clock of node %d jumps by %d ms", i+1, ms)
	s.load.Moved()
	s.mend(func() error { return s.tell(i, "DEBUG", "CLOCK-OFFSET", "0") })
	return s.tell(i, "DEBUG", "CLOCK-OFFSET", fmt.Sprint(ms))
}

// tell has a node do something that is for itself alone, once it listens.
func (s *step) tell(i int, args ...string) error {
	n := s.nodes[i]
	return n.WaitFor(args[0], func() error {
		_, err := process.Ask(n.Addr(), args...)
		return err
	})
}

// trouble is nil for errors that say that it could not be done just now.
func trouble(err error) error {
	if err != nil && (strings.Contains(err.Error(), "UNCERTAIN") || strings.Contains(err.Error(), "transfer") || strings.Contains(err.Error(), "i/o timeout")) {
		return nil
	}
	return err
}

func numbers(nodes []int) string {
	var out []string
	for _, i := range nodes {
		out = append(out, fmt.Sprint(i+1))
	}
	return strings.Join(out, " ")
}
