package harness

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// Cluster is some nodes that belong together.
type Cluster struct {
	Nodes []*Node
	t     testing.TB
}

// Start runs n nodes, the second and further ones joining the first, and waits
// until all answer and as many vote as makes an odd number.
func Start(t testing.TB, n int, args ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	for range n {
		c.Add(args...)
	}
	c.WaitVoters(n - (n+1)%2)
	return c
}

// Add starts one more node that joins the first one, and waits until it
// answers. It gets its vote when that makes the voters odd in number.
func (c *Cluster) Add(args ...string) *Node {
	c.t.Helper()
	n := NewNode(c.t, fmt.Sprintf("node %d", len(c.Nodes)+1), args...)
	if len(c.Nodes) > 0 {
		n.Join = c.Nodes[0].Addr()
	}
	c.Nodes = append(c.Nodes, n)
	n.Start()
	n.WaitReady()
	return n
}

// WaitReady waits until a read is answered, which takes a leader that this
// node has heard of.
func (n *Node) WaitReady() {
	n.t.Helper()
	n.WaitFor("a linearizable read", func() error {
		_, err := Ask(n.Addr(), "EXISTS", "harness:ready")
		return err
	})
}

// WaitReady waits for all running nodes.
func (c *Cluster) WaitReady() {
	c.t.Helper()
	for _, n := range c.Nodes {
		if n.Running() {
			n.WaitReady()
		}
	}
}

// WaitVoters waits until the cluster has want voters.
func (c *Cluster) WaitVoters(want int) {
	c.t.Helper()
	var last error
	for begin := time.Now(); time.Since(begin) < WaitMax; time.Sleep(5 * time.Millisecond) {
		for _, n := range c.Nodes {
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
				return
			}
			last = fmt.Errorf("%s sees %d voters in %v", n.Name, voters, members)
		}
	}
	c.t.Fatalf("waiting for %d voters: %v", want, last)
}

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

// Leader finds the running node that leads, and waits until there is one that
// the others do not contradict: it has to answer a read itself.
func (c *Cluster) Leader() *Node {
	c.t.Helper()
	var last error
	for begin := time.Now(); time.Since(begin) < WaitMax; time.Sleep(5 * time.Millisecond) {
		for _, n := range c.Nodes {
			if !n.Running() {
				continue
			}
			if last = n.leads(); last == nil {
				return n
			}
		}
	}
	c.t.Fatalf("no leader: %v", last)
	return nil
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
	for _, cmd := range [][]string{{"EXISTS", "harness:ready"}, {"ROLE"}} {
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

// Followers are the running nodes but the leader.
func (c *Cluster) Followers() []*Node {
	c.t.Helper()
	leader := c.Leader()
	var out []*Node
	for _, n := range c.Nodes {
		if n != leader && n.Running() {
			out = append(out, n)
		}
	}
	return out
}

// Addrs are the addresses of all nodes.
func (c *Cluster) Addrs() []string {
	var out []string
	for _, n := range c.Nodes {
		out = append(out, n.Addr())
	}
	return out
}
