package resp

import (
	"errors"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/config"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// Instant is a moment as the loop tells it.
type Instant struct {
	Mono   time.Duration // never jumps; for durations
	UnixMs int64         // wall clock; for what people see
}

// Socket is one client's connection as the reactor offers it. Nothing blocks.
type Socket interface {
	Read(p []byte) (n int, err error)  // (0, nil): nothing now; io.EOF: the peer has finished
	Write(p []byte) (n int, err error) // n < len(p) with nil error: full
	WantRead(on bool)                  // level-triggered; on at first
	WantWrite(on bool)
	Close() error
	RemoteAddr() string
	LocalAddr() string
	SetKeepAlive(seconds int) error
}

// Replica is the server's way to the replicated log.
type Replica interface {
	// Propose takes the batch over until it calls Done or Failed of it.
	Propose(b *Batch)
	// InFlight is the number of own batches proposed and not yet applied or failed.
	InFlight() int
	// Read asks for a linearizable read. now: the engine's state is good at
	// this instant. Else the read may run when ReadsReady(ticket) was called.
	// Tickets never decrease and are never 0.
	Read() (ticket uint64, now bool)
	Status() Status
	// Admin runs an operator's command (arguments with its name) that changes
	// or asks the cluster; done is called later on the loop, exactly once.
	Admin(args [][]byte, done func(AdminResult))
}

// AdminResult is the outcome of Replica.Admin: an error, a reply, or +OK.
type AdminResult struct {
	Err   engine.Error
	Reply func(r engine.Reply)
}

// Refusal is an error that tells Batch.Failed the very reply: surely not applied.
type Refusal engine.Error

func (r Refusal) Error() string { return string(r) }

// What else Batch.Failed and ReadsFailed are told.
var (
	ErrDropped   = errors.New("surely not applied")
	ErrUncertain = errors.New("may have been applied")
)

const (
	errMasterDown engine.Error = "MASTERDOWN Link with MASTER is down: no leader was found in time, the command was not applied"
	errUncertain  engine.Error = "UNCERTAIN the write may have been applied"
	errLoading    engine.Error = "LOADING Redis is loading the dataset in memory"
	errOOM        engine.Error = "OOM command not allowed when used memory > 'maxmemory'."
	errNoAuth     engine.Error = "NOAUTH Authentication required."
	errMaxClients engine.Error = "ERR max number of clients reached"
)

// Limits of a turn and of a connection.
const (
	batchesInFlight   = 2
	batchHoldSize     = 4 << 20   // a waiting batch larger than this stops the reading of clients
	unsentParseMax    = 1 << 20   // more unsent answers stop the parsing of a connection
	unsentReadMax     = 256 << 10 // more unwritten answers stop its reading
	pendingSizeMax    = 1 << 20   // more waiting reads stop its parsing
	inputSizeKept     = 64 << 10  // a larger input buffer is given up once it is empty
	writeSizeMax      = 512 << 10 // written to a connection in one turn
	freeBatches       = 4
	batchSizeKept     = 8 << 20
	statsSamplePeriod = 100 * time.Millisecond
)

// Options are what a server is made of.
type Options struct {
	Config  *config.Config
	Engine  func() *engine.Engine // the current one; may be swapped between turns
	Replica Replica
	Log     *slog.Logger
	Rand    *rand.Rand           // nil: a fixed seed
	Clock   func() time.Duration // monotonic, for measuring commands only; nil: they are not timed
	Now     Instant              // the start
	Version string               // foxtail_version
	// Broadcast sends a message to all other nodes, whose Deliver gets it at most
	// once, those of one node in order. data is only lent. nil: there are none.
	Broadcast func(data []byte)
	// Background runs work on another goroutine, and done in a turn after it. nil:
	// there is none, and nothing is done beside the loop.
	Background func(work, done func())
}

// Server is the session layer of one node.
type Server struct {
	cfg     *config.Config
	engine  func() *engine.Engine
	replica Replica
	log     *slog.Logger
	rand    *rand.Rand
	clock   func() time.Duration
	started Instant
	version string
	runID   string

	scratch *wire.Scratch
	table   *table
	router  router
	now     Instant
	lim     limits // the settings that the hot path needs, from cfg
	stats   stats
	slowlog slowlog
	monitor latencyMonitor
	acl     acl
	pubsub  pubsub
	news    news

	tracking   tracking
	writer     *Conn   // of the operation being applied; nil: another node's, or none
	reader     *Conn   // the same, if what its script reads is to be tracked
	monitoring []*Conn // MONITOR

	background func(work, done func())
	besides    besides

	listened *engine.Engine // the one that listen was told

	cast func(data []byte) // to the other nodes; nil: there are none

	conns  map[uint64]*Conn
	order  []*Conn // the same, by id; closed ones are swept out later
	dead   int     // closed ones in order
	nextID uint64
	waits

	sealed  []*Batch // to be proposed before batch
	batch   *Batch   // being gathered
	free    []*Batch
	retired []*Batch // applied or failed this turn; free after it
	acks    acks

	clientBytes int      // of all clients, as last counted
	waiting     []waiter // reads by ascending ticket
	waitingHead int
	dirty       []*Conn // may have answers to write
	runnable    []*Conn // no longer stalled: to be parsed again
	held        []*Conn // not read while the batch is too large

	loading  bool
	imports  userImport
	upToDate upToDate
	leaving  bool         // no connection begins, and all end
	refusal  engine.Error // writes are refused with it (disk full)
	pause    pause

	nextSweep time.Duration
	peak      uint64 // of used_memory, as INFO saw it

	argScratch [][]byte        // arguments of the waiting read being run
	keysAhead  [][]byte        // of lookAhead
	queued     []engine.Queued // the transaction being encoded
}

type waiter struct {
	ticket uint64
	conn   *Conn
}

// NewServer returns a server without connections. It fails if a command's name
// is taken twice.
func NewServer(opt Options) (*Server, error) {
	t, err := newTable()
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: opt.Config, engine: opt.Engine, replica: opt.Replica, log: opt.Log, rand: opt.Rand, clock: opt.Clock,
		started: opt.Now, now: opt.Now, version: opt.Version, cast: opt.Broadcast, background: opt.Background, pubsub: newPubsub(), tracking: newTracking(),
		table: t, conns: map[uint64]*Conn{}, waits: waits{blocked: map[uint64]*Conn{}},
		acks: acks{held: map[uint64]holding{}},
	}
	if s.log == nil {
		s.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if s.rand == nil {
		s.rand = rand.New(rand.NewPCG(1, 2))
	}
	if s.cfg == nil {
		s.cfg = config.New()
	}
	s.runID = hexID(s.rand)
	s.stats.errorCodes = map[string]*uint64{}
	s.scratch = wire.NewScratch(wire.DefaultLimits)
	s.followConfig()
	s.batch = s.newBatch()
	s.keysAhead = make([][]byte, 0, engine.AheadMax)
	s.nextSweep = opt.Now.Mono
	if s.aclPath() != "" {
		if s.imports.lines, err = s.readACLFile(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Begin tells the time of the turn.
func (s *Server) Begin(now Instant) {
	s.now = now
	s.stats.sample(now.Mono)
	if s.engine() != s.listened {
		s.listen()
	}
	s.followUsers()
}

// RefuseWrites answers every write with e from now on ("" takes writes again):
// a full disk, say.
func (s *Server) RefuseWrites(e engine.Error) { s.refusal = e }

// Clients is the number of connections.
func (s *Server) Clients() int { return len(s.conns) }

// Gather proposes what the turn gathered, unless enough is in flight: then the
// batch keeps growing. Batches need no timer and no minimum size, since they grow by
// themselves with the time an entry takes.
func (s *Server) Gather() {
	for len(s.sealed) > 0 && s.replica.InFlight() < batchesInFlight {
		b := s.sealed[0]
		s.sealed[0] = nil
		s.sealed = s.sealed[1:]
		s.stats.batches++
		s.replica.Propose(b)
	}
	if s.replica.InFlight() >= batchesInFlight {
		return
	}
	s.retryEnds()
	s.importUsers()
	s.catchUp()
	s.renew()
	if s.batch.Len() == 0 && !s.batch.renews {
		s.readHeld()
		return
	}
	b := s.batch
	s.batch = s.newBatch()
	s.stats.batches++
	s.replica.Propose(b)
	s.readHeld()
}

// holding reports that clients are not to be read for now: they would only pile
// up in a batch that nobody takes.
func (s *Server) holding() bool { return s.batch.Size() > batchHoldSize || len(s.sealed) > 0 }

// closeBatch lets nothing more into the batch.
func (s *Server) closeBatch() {
	if s.batch.Len() > 0 {
		s.sealed = append(s.sealed, s.batch)
		s.batch = s.newBatch()
	}
}

// readHeld reads again the connections that holding stopped.
func (s *Server) readHeld() {
	if len(s.held) == 0 || s.holding() {
		return
	}
	for i, c := range s.held {
		c.heldBack = false
		c.goOn()
		s.held[i] = nil
	}
	s.held = s.held[:0]
}

// Listening: some client, though it asks for nothing, waits for what others write.
func (s *Server) Listening() bool {
	return len(s.blocked) > 0 || s.pubsub.clients > 0 || s.tracking.clients > 0 || len(s.monitoring) > 0
}

// ReadsReady: reads with a ticket up to this one may run.
func (s *Server) ReadsReady(ticket uint64) {
	s.readsDone(ticket, func(c *Conn) { c.readyTicket = max(c.readyTicket, ticket) })
	s.caughtUp(ticket, false)
}

// ReadsFailed: reads with a ticket up to this one will not become possible.
func (s *Server) ReadsFailed(ticket uint64, err error) {
	s.readsDone(ticket, func(c *Conn) { c.pend.failReads(ticket) })
	s.caughtUp(ticket, true)
}

func (s *Server) readsDone(ticket uint64, mark func(c *Conn)) {
	for s.waitingHead < len(s.waiting) && s.waiting[s.waitingHead].ticket <= ticket {
		c := s.waiting[s.waitingHead].conn
		s.waiting[s.waitingHead] = waiter{}
		s.waitingHead++
		if c.closed {
			continue
		}
		mark(c)
		c.drain()
		s.markDirty(c)
	}
	if s.waitingHead == len(s.waiting) {
		s.waiting, s.waitingHead = s.waiting[:0], 0
	} else if s.waitingHead > 1024 && s.waitingHead > len(s.waiting)/2 {
		n := copy(s.waiting, s.waiting[s.waitingHead:])
		clear(s.waiting[n:])
		s.waiting, s.waitingHead = s.waiting[:n], 0
	}
}

// wait notes that a connection waits for a ticket.
func (s *Server) wait(ticket uint64, c *Conn) {
	if c.waitsFor == ticket {
		return
	}
	c.waitsFor = ticket
	s.waiting = append(s.waiting, waiter{ticket, c})
}

func (s *Server) markDirty(c *Conn) {
	if !c.dirty {
		c.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

// Flush ends the turn: connections that were stalled go on, every connection
// with answers gets one write, periodic work is done. wake is the Mono time of
// the next turn that the server needs by itself.
func (s *Server) Flush(now Instant) (wake time.Duration) {
	s.now = now
	s.followUsers()
	s.recycle()
	s.resume()
	s.tracking.bcast.tell()
	wake = s.periodic()
	// Connections that this makes runnable again go on in the next turn.
	for i := 0; i < len(s.dirty); i++ {
		c := s.dirty[i]
		s.dirty[i] = nil
		c.dirty = false
		c.flush()
		c.count()
	}
	s.dirty = s.dirty[:0]
	s.evict()
	if s.imports.pending && !s.imports.proposed {
		wake = min(wake, max(now.Mono, s.quietTill))
	}
	if len(s.runnable) > 0 || (s.batch.Len() > 0 || len(s.sealed) > 0 || s.mustRenew()) && s.replica.InFlight() < batchesInFlight {
		return now.Mono
	}
	return wake
}

// resume parses on where a stall has ended. Connections stalled again by it
// come back with their next chance.
func (s *Server) resume() {
	s.unpause()
	n := len(s.runnable)
	for i := 0; i < n; i++ {
		c := s.runnable[i]
		c.runnable = false
		if c.stalled == 0 && !c.closed {
			c.process()
			if c.stalled == 0 && !c.heldBack {
				c.wantRead(true)
			}
		}
	}
	s.runnable = s.runnable[:copy(s.runnable, s.runnable[n:])]
}

// periodic does what is due by time.
func (s *Server) periodic() (wake time.Duration) {
	wake = math.MaxInt64
	if s.pause.on {
		wake = s.pause.until
	}
	wake = min(wake, s.serveAcks())
	if s.quietTill > s.now.Mono {
		wake = min(wake, s.quietTill)
	}
	if len(s.conns) == 0 {
		return wake
	}
	if s.now.Mono >= s.nextSweep {
		s.sweep()
		s.nextSweep = s.now.Mono + time.Second
	}
	if s.lim.timeout > 0 || s.limitsSoftly() {
		wake = min(wake, s.nextSweep)
	}
	return wake
}

// limitsSoftly: there may be clients whose time over a soft limit runs.
func (s *Server) limitsSoftly() bool {
	return s.lim.output.soft > 0 || s.lim.pubsub.soft > 0 && s.pubsub.clients+len(s.monitoring) > 0
}

func (s *Server) recycle() {
	for i, b := range s.retired {
		s.retired[i] = nil
		if len(s.free) < freeBatches && b.Size() <= batchSizeKept {
			b.reset()
			s.free = append(s.free, b)
		}
	}
	s.retired = s.retired[:0]
}

func hexID(r *rand.Rand) string {
	const digits = "0123456789abcdef"
	id := make([]byte, 40)
	for i := range id {
		id[i] = digits[r.IntN(16)]
	}
	return string(id)
}
