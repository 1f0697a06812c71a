package process

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Member is one line of RAFT SERVER LIST.
type Member struct {
	ID, Addr string
	Leader   bool
	Voter    bool
}

// Members asks a node who belongs to the cluster.
func (n *Node) Members() ([]Member, error) {
	v, err := Ask(n.Addr(), "RAFT", "SERVER", "LIST")
	if err != nil {
		return nil, err
	}
	var members []Member
	for _, e := range v.Elems {
		var m Member
		for i := 0; i+1 < len(e.Elems); i += 2 {
			text := e.Elems[i+1].Str
			switch e.Elems[i].Str {
			case "id":
				m.ID = text
			case "address":
				m.Addr = text
			case "leader":
				m.Leader = text == "true"
			case "role":
				m.Voter = text != "learner"
			}
		}
		if m.ID == "" || m.Addr == "" {
			return nil, fmt.Errorf("RAFT SERVER LIST: a member without id or address: %v", e)
		}
		members = append(members, m)
	}
	return members, nil
}

// WaitVoters waits until a running node knows of want voters.
func WaitVoters(nodes []*Node, want int) error {
	return Until(fmt.Sprintf("%d voters", want), func() error {
		last := errors.New("no node runs")
		for _, n := range nodes {
			if !n.Running() {
				continue
			}
			var members []Member
			if members, last = n.Members(); last != nil {
				continue
			}
			voters := 0
			for _, m := range members {
				if m.Voter {
					voters++
				}
			}
			if voters == want {
				return nil
			}
			last = fmt.Errorf("%s sees %d voters in %v", n.Name, voters, members)
		}
		return last
	})
}

// Leader finds the running node that leads, by its place, and waits until
// there is one that the others do not contradict: it has to answer a read
// itself.
func Leader(nodes []*Node) (leader int, err error) {
	err = Until("a leader", func() error {
		last := errors.New("no node runs")
		for i, n := range nodes {
			if !n.Running() {
				continue
			}
			if last = n.leads(); last == nil {
				leader = i
				return nil
			}
		}
		return last
	})
	return leader, err
}

// leads returns nil if the node leads: it says so, and a linearizable read
// that it had to confirm with the others after that was answered.
func (n *Node) leads() error {
	conn, err := Dial(n.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.Timeout = 2 * time.Second
	for _, cmd := range [][]string{{"EXISTS", "process:ready"}, {"ROLE"}} {
		v, err := conn.Do(cmd...)
		if err != nil {
			return err
		}
		if v.IsError() {
			return errors.New(v.Str)
		}
		if cmd[0] == "ROLE" && (len(v.Elems) == 0 || v.Elems[0].Str != "master") {
			return fmt.Errorf("%s does not lead", n.Name)
		}
	}
	return nil
}

// Ports that a system hands out for outgoing connections begin at 32768; a
// server that is killed must find its port free when it comes back, so ours
// are below.
const (
	portMin = 20000
	portMax = 32000
)

var handedOut struct {
	sync.Mutex
	ports map[int]bool
}

// FreePort finds a port on 127.0.0.1 that nobody listens on, and that was not
// given before.
func FreePort() (int, error) {
	handedOut.Lock()
	defer handedOut.Unlock()
	if handedOut.ports == nil {
		handedOut.ports = map[int]bool{}
	}
	for range 1000 {
		p := portMin + rand.IntN(portMax-portMin)
		if handedOut.ports[p] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err != nil {
			continue
		}
		l.Close()
		handedOut.ports[p] = true
		return p, nil
	}
	return 0, errors.New("no free port")
}
