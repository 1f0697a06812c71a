package harness

import (
	"fmt"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

// Conn is one connection to one node.
type Conn = process.Conn

// Dial connects to an address.
func Dial(addr string) (*Conn, error) { return process.Dial(addr) }

// Ask connects, sends one command and reads its reply.
var Ask = process.Ask

// WaitMax bounds every wait for a state.
const WaitMax = process.WaitMax

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

// WaitReady waits for all running nodes.
func (c *Cluster) WaitReady() {
	c.t.Helper()
	for _, n := range c.Nodes {
		if n.Running() {
			n.WaitReady()
		}
	}
}

func (c *Cluster) processes() (out []*process.Node) {
	for _, n := range c.Nodes {
		out = append(out, n.Node)
	}
	return out
}

// WaitVoters waits until the cluster has want voters.
func (c *Cluster) WaitVoters(want int) {
	c.t.Helper()
	if err := process.WaitVoters(c.processes(), want); err != nil {
		c.t.Fatal(err)
	}
}

// Leader finds the running node that leads, and waits until there is one.
func (c *Cluster) Leader() *Node {
	c.t.Helper()
	i, err := process.Leader(c.processes())
	if err != nil {
		c.t.Fatal(err)
	}
	return c.Nodes[i]
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
