// Package link is the network between the nodes of a cluster on one machine,
// made so that it can be broken without root: in front of each node's peers'
// port stands a proxy, whose port the node announces. A connection's first
// frames (see cluster/handshake.go) tell the proxy who dials, so each direction
// between each two nodes can be cut, slowed down or broken on its own.
//
//	net, err := link.New(ports, buses)       // peers dial ports[i], the proxy dials buses[i]
//	net.Set(0, 2, link.Condition{Cut: true}) // nothing from node 0 reaches node 2
//	net.Heal()
//
// What a cut holds back is not lost: as TCP does, it arrives later or when the
// connection breaks never. All methods are safe for concurrent use. Two
// goroutines per connection copy bytes, one per node accepts.
package link

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"
)

// Condition is the state of one direction between two nodes.
type Condition struct {
	Cut   bool
	Delay time.Duration // of each piece of at most 32 KiB: latency, and so bandwidth
	// Stall is how long a piece now and then (one in StallOneIn) has to wait,
	// as for a lost packet that is sent again.
	Stall      time.Duration
	StallOneIn int
}

// Net is the links between some nodes.
type Net struct {
	ports, buses []int

	mu        sync.Mutex
	links     map[[2]int]Condition // from, to
	changed   chan struct{}        // closed at each change of links
	listeners []net.Listener       // nil: the node is down
	conns     map[*conn]bool
	strange   error
}

// New prepares proxies for nodes whose peers dial 127.0.0.1:ports[i] and that
// listen at buses[i]. None is up.
func New(ports, buses []int) *Net {
	return &Net{
		ports: ports, buses: buses, links: map[[2]int]Condition{}, changed: make(chan struct{}),
		listeners: make([]net.Listener, len(ports)), conns: map[*conn]bool{},
	}
}

// Up lets peers connect to a node that is about to start.
func (n *Net) Up(node int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[node] != nil {
		return nil
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", n.ports[node]))
	if err != nil {
		return err
	}
	n.listeners[node] = l
	go n.accept(node, l)
	return nil
}

// Down does what the end of a node's process does: its connections break, and
// nobody listens.
func (n *Net) Down(node int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.listeners[node]; l != nil {
		l.Close()
		n.listeners[node] = nil
	}
	for c := range n.conns {
		if c.to == node || c.from == node {
			c.close()
		}
	}
}

// Set changes the direction from one node to another.
func (n *Net) Set(from, to int, c Condition) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[[2]int{from, to}] = c
	n.wake()
}

// Heal makes all links good.
func (n *Net) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.links)
	n.wake()
}

// wake lets waiting pieces look again. REQUIRES: n.mu held.
func (n *Net) wake() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// Break resets all connections between two nodes.
func (n *Net) Break(a, b int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		if c.from == a && c.to == b || c.from == b && c.to == a {
			c.close()
		}
	}
}

// Strange is an error if a dialler could not be told from others: cuts would
// have missed it.
func (n *Net) Strange() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.strange
}

// Close ends all proxies.
func (n *Net) Close() {
	for i := range n.ports {
		n.Down(i)
	}
}

// conn is one connection through a proxy.
type conn struct {
	to            int
	from          int // -1: not known yet
	dialler, node net.Conn
	done          chan struct{}
	once          sync.Once
	head          []byte // the dialler's first bytes
}

func (c *conn) close() {
	c.once.Do(func() {
		close(c.done)
		c.dialler.Close()
		c.node.Close()
	})
}

func (n *Net) accept(node int, l net.Listener) {
	for {
		dialler, err := l.Accept()
		if err != nil {
			return // it was closed
		}
		go n.serve(node, dialler)
	}
}

func (n *Net) serve(node int, dialler net.Conn) {
	target, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", n.buses[node]), 2*time.Second)
	if err != nil {
		dialler.Close()
		return
	}
	c := &conn{to: node, from: -1, dialler: dialler, node: target, done: make(chan struct{})}
	n.mu.Lock()
	n.conns[c] = true
	up := n.listeners[node] != nil
	n.mu.Unlock()
	if !up {
		c.close()
	}
	var both sync.WaitGroup
	both.Go(func() { n.pump(c, true) })
	both.Go(func() { n.pump(c, false) })
	both.Wait()
	n.mu.Lock()
	delete(n.conns, c)
	n.mu.Unlock()
}

const pieceBytes = 32 << 10

// pump copies one direction of a connection. Its end is passed on as late as
// bytes would be.
func (n *Net) pump(c *conn, forward bool) {
	src, dst := c.dialler, c.node
	if !forward {
		src, dst = dst, src
	}
	b, known := make([]byte, pieceBytes), false
	for {
		k, err := src.Read(b)
		if forward && !known {
			known = n.identify(c, b[:k])
		}
		if !n.pass(c, forward) {
			return
		}
		if k > 0 {
			if _, werr := dst.Write(b[:k]); werr != nil {
				n.pass(c, !forward)
				c.close()
				return
			}
		}
		if err != nil {
			c.close()
			return
		}
	}
}

// pass waits until a piece may go on. It is false if the connection is closed.
func (n *Net) pass(c *conn, forward bool) bool {
	delayed := false
	for {
		n.mu.Lock()
		from, to := c.from, c.to
		if !forward {
			from, to = to, from
		}
		cond, changed := n.links[[2]int{from, to}], n.changed
		n.mu.Unlock()
		var wait <-chan time.Time
		switch {
		case cond.Cut:
		case delayed:
			return true
		default:
			delayed = true
			d := cond.Delay
			if cond.StallOneIn > 0 && rand.IntN(cond.StallOneIn) == 0 {
				d += cond.Stall
			}
			if d == 0 {
				return true
			}
			changed, wait = nil, time.After(d)
		}
		select {
		case <-changed:
		case <-wait:
		case <-c.done:
			return false
		}
	}
}

// Of the handshake: frames are length 4 | checksum 4 | type 1 | version 1 |
// payload, and the one of this type ends with the dialler's address as JSON.
const (
	framePrefix = 8
	frameHeader = 10
	authType    = 3
	authFixed   = 3*8 + 32
	headMax     = 4 << 10
)

var errUnknown = errors.New("link: the handshake does not tell who dials")

// identify reads the dialler's announced address off its first frames, and
// tells whether it has seen enough of them.
func (n *Net) identify(c *conn, b []byte) bool {
	c.head = append(c.head, b...)
	for f := c.head; len(f) >= frameHeader; {
		size := framePrefix + int(binary.LittleEndian.Uint32(f))
		if size > len(f) {
			break
		}
		if f[8] == authType && size >= frameHeader+authFixed {
			var addr struct {
				BusPort int `json:"bus_port"`
			}
			err := json.Unmarshal(f[frameHeader+authFixed:size], &addr)
			from := slices.Index(n.ports, addr.BusPort)
			n.mu.Lock()
			defer n.mu.Unlock()
			if c.from = from; err != nil || from < 0 {
				n.strange = fmt.Errorf("%w: port %d, %v", errUnknown, addr.BusPort, err)
			}
			return true
		}
		f = f[size:]
	}
	if len(c.head) > headMax {
		n.mu.Lock()
		n.strange = errUnknown
		n.mu.Unlock()
		return true
	}
	return false
}
