package cluster

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// Instant is one reading of the clocks, made by whoever drives the node.
type Instant struct {
	Mono   time.Duration // monotonic, from any origin
	UnixMs int64         // wall clock; only stamped into entries
}

// SyncMode says when the log is made durable, in Redis' words.
type SyncMode int

const (
	Always SyncMode = iota // before anything is acknowledged
	EverySec
	No
)

// Addr is where a node can be found.
type Addr struct {
	Host    string `json:"host"`
	Port    int    `json:"port"`     // clients
	BusPort int    `json:"bus_port"` // peers
}

// Bus is the address that peers dial.
func (a Addr) Bus() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.BusPort)) }

// Client is the address that clients dial.
func (a Addr) Client() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// ParseAddr reads HOST:PORT@BUSPORT. Without the last part peers are at PORT +
// 10000.
func ParseAddr(s string) (a Addr, err error) {
	client, bus, hasBus := strings.Cut(s, "@")
	host, port, err := net.SplitHostPort(client)
	if err == nil {
		a.Host = host
		a.Port, err = strconv.Atoi(port)
		a.BusPort = a.Port + 10000
	}
	if err == nil && hasBus {
		a.BusPort, err = strconv.Atoi(bus)
	}
	if err != nil {
		return a, fmt.Errorf("the address must be HOST:PORT or HOST:PORT@BUSPORT: %w", err)
	}
	return a, nil
}

// Socket is a non-blocking byte stream; the reactor's connections and the
// simulator's have this shape.
type Socket interface {
	Read(p []byte) (n int, err error)  // (0, nil): nothing now
	Write(p []byte) (n int, err error) // n < len(p) with a nil error: full
	WantRead(bool)
	WantWrite(bool)
	Close() error
	RemoteAddr() string
	LocalAddr() string
	SetKeepAlive(seconds int) error
}

// StateMachine is all that cluster knows of the database; one per group. All
// methods are called on the loop, except Restore, which runs in Background.
type StateMachine interface {
	Apply(run []Entry) error
	// Snapshot is quick; what it returns is written out in Background beside
	// later Applies, and released on the loop.
	Snapshot() (Snapshot, error)
	// Restore builds a state beside the running one; commit swaps it in, on
	// the loop.
	Restore(r io.Reader) (commit func(), err error)
	// Deadline is when the leader must propose an empty entry.
	Deadline() (unixMs int64, ok bool)
}

// Snapshot is a state frozen at one entry.
type Snapshot interface {
	io.WriterTo
	Release()
}

// Entry is one committed entry as the state machine sees it. Data belongs to
// the log: it must not be changed, and is kept alive by whoever keeps it.
type Entry struct {
	Index, Term uint64
	UnixMs      int64
	Seed        uint64
	Origin      uint64    // the incarnation of the process that proposed it; 0: none
	Data        []byte    // nobody ever changes it
	Own         *Proposal // not nil: proposed by this process, whose owner waits
}

// Config is everything a node is made of. Whatever it does not carry, a node
// does not use: no clock, no sockets, no goroutines, no global randomness.
type Config struct {
	Dir             string
	FS              wal.FS
	InMemory        bool // log and identity are not kept: see join.go
	Sync            SyncMode
	Groups          uint32 // data groups at creation
	NewStateMachine func(group uint32) StateMachine
	Announce        Addr
	Join            string // not empty: an empty directory waits for Adopt
	MaxVoters       int

	TickMs, ElectionTicks, HeartbeatTicks, HoldMs int
	NoFastFailover                                bool // wait out the election timeout even if the leader's process died

	StateCheck time.Duration // between two comparisons of the nodes' states (statecheck.go); 0: never

	// UncommittedBytes limits what a leader takes while nothing is committed, as
	// when it hears its followers but their disks take nothing; a single entry may
	// be bigger. 0: 256 MiB.
	UncommittedBytes uint64

	SnapshotBytes int64       // log bytes after which a snapshot is due
	TailEntries   uint64      // kept in the log behind a snapshot, for followers that are a little behind
	WAL           wal.Options // Rand is the node's own

	Rand       *rand.Rand
	Clock      func() time.Duration // monotonic, from any origin; only measures the disk. nil: nothing is measured
	Log        *slog.Logger
	Background func(work, done func())
	// Dial connects to a peer. The link that done returns gets the socket's
	// events; it is nil if err is not.
	Dial func(addr string, done func(s Socket, err error) *Link)

	ReadsReady  func(group uint32, ticket uint64)
	ReadsFailed func(group uint32, ticket uint64, err error)
	Received    func(data []byte) // another node's Broadcast; data is only lent
	Listening   func() bool       // clients of this node wait for what others write; nil: none ever does
	BeforeSync  func()            // called in a turn before it waits for the disk; may be nil
}

func (c *Config) setDefaults() error {
	def := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	def(&c.TickMs, 50)
	def(&c.ElectionTicks, 10)
	def(&c.HeartbeatTicks, 2)
	def(&c.HoldMs, 1500)
	def(&c.MaxVoters, 5)
	if c.Groups == 0 {
		c.Groups = 1
	}
	if c.SnapshotBytes == 0 {
		c.SnapshotBytes = 64 << 20
	}
	if c.UncommittedBytes == 0 {
		c.UncommittedBytes = 256 << 20
	}
	if c.TailEntries == 0 {
		c.TailEntries = 4096
	}
	switch {
	case c.NewStateMachine == nil, c.Rand == nil, c.Background == nil:
		return fmt.Errorf("cluster: NewStateMachine, Rand and Background are required")
	case c.Groups > Slots:
		return fmt.Errorf("cluster: %d groups are more than the %d slots", c.Groups, Slots)
	case c.ElectionTicks <= c.HeartbeatTicks:
		return fmt.Errorf("cluster: the election timeout (%d ticks) must be longer than a heartbeat (%d)", c.ElectionTicks, c.HeartbeatTicks)
	}
	if c.FS == nil {
		c.FS = wal.OS
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = func() time.Duration { return 0 }
	}
	if c.ReadsReady == nil {
		c.ReadsReady = func(uint32, uint64) {}
	}
	if c.Received == nil {
		c.Received = func([]byte) {}
	}
	if c.ReadsFailed == nil {
		c.ReadsFailed = func(uint32, uint64, error) {}
	}
	return nil
}
