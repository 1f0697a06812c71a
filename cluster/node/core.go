package node

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp"
	"github.com/laurocaetano/foxtail/resp/config"
)

// Core is a node without a process around it: the sessions, the replicated
// groups and the state, joined. It starts no goroutine and reads no clock. Who
// drives it, the loop of Serve or the simulator, brings sockets and time:
//
//	c.Begin(now)
//	link.Readable(), c.AcceptPeer(socket), ...   // peers first: heartbeats must not wait for clients
//	conn.Readable(), c.Accept(socket, face), ...
//	wake, err := c.Turn(now)
//
// All of it belongs to one goroutine.
type Core struct {
	cfg     *config.Config
	server  *resp.Server
	node    *cluster.Node // nil while the log is being opened
	machine *machine      // until then it belongs to the goroutine that opens
	empty   *engine.Engine
	foreign engine.Sink // of entries that other nodes proposed
	orphan  engine.Sink // of own entries that nobody waits for any more
	propose func(*cluster.Proposal)

	clockOffset int64 // ms, by DEBUG CLOCK-OFFSET: part of the wall clock's time that is brought

	unsent   bool // links got something to send since the node's turn
	leaving  bool // clients are sent away once leadership is in other hands
	shutdown func(why string)
	syncUsec func() uint64
}

// CoreOptions are what a Core is made of.
type CoreOptions struct {
	Config  *config.Config
	Log     *slog.Logger
	Rand    *rand.Rand
	Clock   func() time.Duration // for measuring commands only; nil: they are not timed
	Now     cluster.Instant
	Version string
	// Shutdown is asked to end the process, on the loop.
	Shutdown func(why string)
	// SyncUsec says how long the syncs of the log have taken, in microseconds; nil: it is not known.
	SyncUsec func() uint64
	// Propose takes a batch on its way to the node; nil: it goes there.
	Propose func(*cluster.Proposal)
	// Background runs work beside the loop, and done on it; nil: reads that take long hold up the loop.
	Background func(work, done func())
}

// NewCore returns a node whose log is not opened yet: commands that need data
// are answered -LOADING.
func NewCore(opt CoreOptions) (*Core, error) {
	c := &Core{cfg: opt.Config, empty: engine.New(engine.DefaultOptions()), shutdown: opt.Shutdown, syncUsec: opt.SyncUsec, propose: opt.Propose}
	c.machine = &machine{core: c, engine: engine.New(engine.DefaultOptions()), opening: true}
	if c.syncUsec == nil {
		c.syncUsec = func() uint64 { return 0 }
	}
	if c.propose == nil {
		c.propose = func(p *cluster.Proposal) { c.node.Propose(dataGroup, p) }
	}
	var err error
	c.server, err = resp.NewServer(resp.Options{
		Config: opt.Config, Engine: c.engine, Replica: replica{c}, Log: opt.Log, Rand: opt.Rand, Clock: opt.Clock,
		Now: resp.Instant(opt.Now), Version: opt.Version, Broadcast: c.broadcast, Background: opt.Background,
	})
	if err != nil {
		return nil, err
	}
	c.foreign, c.orphan = c.server.Foreign(), c.server.Orphan()
	c.server.SetLoading(true)
	return c, nil
}

// Connect fills in what the node tells the sessions and the state.
func (c *Core) Connect(cfg *cluster.Config) {
	cfg.NewStateMachine = func(uint32) cluster.StateMachine { return c.machine }
	cfg.ReadsReady = func(_ uint32, ticket uint64) { c.server.ReadsReady(ticket) }
	cfg.ReadsFailed = func(_ uint32, ticket uint64, err error) { c.server.ReadsFailed(ticket, err) }
	cfg.Received = c.server.Deliver
	cfg.Listening = c.server.Listening
}

// Opened gives the Core the node that was opened with the Config of Connect.
func (c *Core) Opened(n *cluster.Node) {
	c.node, c.machine.opening = n, false
	c.server.SetOrigin(n.Incarnation())
}

// Ready: the node is a member. From now on clients are served.
func (c *Core) Ready() { c.server.SetLoading(false) }

// Begin tells the time of the turn.
func (c *Core) Begin(now cluster.Instant) { c.server.Begin(resp.Instant(now)) }

// Accept takes over a client's socket; nil: the client was turned away.
func (c *Core) Accept(sock resp.Socket, face *resp.Face) *resp.Conn {
	return c.server.Accept(sock, face)
}

// AcceptPeer takes over a peer's socket; nil: it has to dial again.
func (c *Core) AcceptPeer(sock cluster.Socket) *cluster.Link {
	if c.node == nil {
		sock.Close()
		return nil
	}
	return c.node.Accept(sock)
}

// Turn is the order of everything: the writes that the turn's clients sent
// become one batch, the node sends, writes, syncs and applies it, and every
// client with an answer gets one write. Nothing in it blocks but the disk. It
// returns when the next turn is due without events, at the latest.
func (c *Core) Turn(now cluster.Instant) (wake time.Duration, err error) {
	wake = quietWake + now.Mono
	if c.leaving && c.node != nil && c.node.HandedOver() {
		c.server.Leave()
	}
	if c.node != nil {
		c.doubtSilent()
		c.server.Gather()
		w, err := c.node.Turn(now)
		if err != nil {
			return 0, err
		}
		wake = min(wake, w)
		if c.machine.engine.Maintain(maintainBudget) {
			wake = now.Mono
		}
	}
	c.unsent = false
	wake = min(wake, c.server.Flush(resp.Instant(now)))
	if c.unsent {
		c.node.Flush()
	}
	return wake, nil
}

const (
	quietWake      = time.Hour
	maintainBudget = 16
)

// doubtSilent is the leader's care for blocked calls: nothing is to be handed to
// clients of a process that it does not hear.
func (c *Core) doubtSilent() {
	if _, leads := c.node.Leads(dataGroup); !leads {
		return
	}
	c.machine.engine.EachPresent(func(origin uint64) {
		if !c.node.Alive(origin) {
			c.server.Doubt(origin)
		}
	})
}

// Leave begins an orderly end. Leadership goes to another node; until it is
// there, clients are served, then what they have sent is answered and their
// connections are closed.
func (c *Core) Leave() {
	c.leaving = true
	if c.node != nil {
		c.node.Shutdown()
	}
}

// Left: nothing is left to wait for.
func (c *Core) Left() bool {
	return c.leaving && (c.node == nil || c.node.HandedOver() && c.server.Clients() == 0 && c.node.Idle())
}

// State is the replicated state as it is now.
func (c *Core) State() *engine.Engine { return c.machine.engine }

// engine is what the sessions read: nothing while the log is being opened.
func (c *Core) engine() *engine.Engine {
	if c.node == nil {
		return c.empty
	}
	return c.machine.engine
}

// broadcast sends a client's message to the other nodes.
func (c *Core) broadcast(data []byte) {
	if c.node != nil {
		c.node.Broadcast(data)
		c.unsent = true
	}
}
