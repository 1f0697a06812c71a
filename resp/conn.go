package resp

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// stall says why a connection is not parsed. Its input stays where it is; the
// socket is not read either, so that the client feels it.
type stall uint8

const (
	stallPending stall = 1 << iota // until the FIFO is empty
	stallUnsent                    // until the client has taken its answers
	stallPause                     // CLIENT PAUSE
	stallGrowth                    // until there is a larger input buffer
)

// Conn is one client's connection and session. It belongs to the loop.
type Conn struct {
	srv  *Server
	sock Socket
	face *Face
	id   uint64

	in   wire.Input
	out  replyWriter // answers in order, to be written
	side replyWriter // answers of session commands behind unanswered requests
	pend pending

	ahead       int      // so many of the commands to come the engine has read ahead for
	counted     int      // of its memory in Server.clientBytes
	readyTicket uint64   // reads with a ticket up to this one may run
	waitID      uint64   // the engine's id of the call that waits; 0: none does
	waitTook    int64    // ns; 0: not measured
	waitArgs    [][]byte // what the slow log shows of that call; nil: its name
	acks        *ackWait
	waitsFor    uint64 // the last ticket noted in Server.waiting

	stalled  stall
	heldArgs [][]byte // the command that could not run yet; the next to run
	inExec   bool     // the session command being run is part of a transaction
	again    bool     // the command now dispatched was held before

	closed   bool // the socket is gone
	closing  bool // no more parsing; close once the answers are written
	ended    bool // the client sends no more (it may still receive)
	dirty    bool // in Server.dirty
	runnable bool // in Server.runnable
	heldBack bool // in Server.held
	readOff  bool
	writeOn  bool
	cutOff   bool          // over its output limit: to be closed with the next flush
	busy     time.Duration // since when more than the soft limit is unsent; 0: it is not

	subs  *subscriptions // nil: none
	track *trackingMode  // nil: off
	stale bool           // missed invalidations

	monitors bool // in Server.monitoring

	session
}

// session is what RESET brings back to its start.
type session struct {
	db       int
	authed   bool
	loggedIn bool // by a password, rather than because none is needed
	userName string
	user     *aclUser // nil: may do everything
	name     string
	libName  string
	libVer   string
	noEvict  bool
	noTouch  bool
	replyOff bool
	skip     skipState
	multi    *multi
	watches  watchList

	created time.Duration
	active  time.Duration // last interaction
	last    *command
}

type skipState uint8

const (
	skipNone skipState = iota
	skipNext           // the next command is not answered
	skipThis
)

// Face is how a listener presents the cluster to its clients. Sessions of
// another face than the standalone one come with the cluster.
type Face struct {
	Kind FaceKind
	Name string // the listener's address
}

// FaceKind is the kind of a Face.
type FaceKind uint8

// The faces.
const (
	Standalone FaceKind = iota
	ClusterFace
	SentinelFace
)

// Mode is how HELLO and INFO name the face.
func (k FaceKind) Mode() string {
	switch k {
	case ClusterFace:
		return "cluster"
	case SentinelFace:
		return "sentinel"
	}
	return "standalone"
}

var standaloneFace = &Face{}

// deniedText is Redis' answer to a stranger at an unprotected server.
const deniedText = "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
	"In this mode connections are only accepted from the loopback interface. " +
	"If you want to connect from external computers to Redis you may adopt one of the following solutions: " +
	"1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface " +
	"by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. " +
	"Use CONFIG REWRITE to make this change permanent. " +
	"2) Alternatively you can just disable the protected mode by editing the Redis configuration file, " +
	"and setting the protected mode option to 'no', and then restarting the server. " +
	"3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. " +
	"4) Setup a an authentication password for the default user. " +
	"NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside."

// Accept takes over a new client's socket. It returns nil when the client was
// turned away; the socket is closed then. face may be nil: standalone.
func (s *Server) Accept(sock Socket, face *Face) *Conn {
	s.stats.connections++
	if s.leaving {
		sock.Close()
		return nil
	}
	if len(s.conns) >= s.lim.maxClients {
		s.stats.rejected++
		s.turnAway(sock, errMaxClients)
		return nil
	}
	if s.lim.protected && s.openToAll() && !isLoopback(sock) {
		s.stats.rejected++
		s.turnAway(sock, deniedText)
		return nil
	}
	if face == nil {
		face = standaloneFace
	}
	s.nextID++
	c := &Conn{srv: s, sock: sock, face: face, id: s.nextID}
	c.in = wire.NewInput(s.scratch)
	c.out.init(s)
	c.side.init(s)
	c.session = s.newSession()
	c.bind("default")
	c.created = s.now.Mono
	if s.lim.keepAlive > 0 {
		if err := sock.SetKeepAlive(s.lim.keepAlive); err != nil {
			s.log.Debug("keepalive not set", "client", sock.RemoteAddr(), "error", err)
		}
	}
	s.conns[c.id] = c
	s.order = append(s.order, c)
	return c
}

func (s *Server) newSession() session {
	return session{authed: s.openToAll(), userName: "default", active: s.now.Mono}
}

// turnAway tells why, if the socket takes it at once, and closes.
func (s *Server) turnAway(sock Socket, e engine.Error) {
	// The client is gone either way: what the socket does not take is lost.
	_, _ = sock.Write([]byte("-" + string(e) + "\r\n"))
	sock.Close()
}

// isLoopback: connections over a Unix socket count as local, too.
func isLoopback(sock Socket) bool {
	addr := sock.RemoteAddr()
	return strings.HasPrefix(addr, "127.") || strings.HasPrefix(addr, "[::1]") || strings.HasPrefix(addr, "[::ffff:127.") ||
		strings.HasPrefix(addr, "/") || strings.HasPrefix(addr, "@") || addr == ""
}

// Readable reads once and runs what is complete.
func (c *Conn) Readable() {
	switch {
	case c.closed:
		return
	case c.waitID != 0 || c.acks != nil:
		c.listen()
		return
	case c.stalled != 0 || c.closing || c.ended:
		// Level-triggered: without this the loop would spin.
		c.wantRead(false)
		return
	case c.srv.holding():
		c.holdBack()
		return
	}
	if c.srv.background != nil && c.in.BufferSize() >= growBesideMin && c.growBeside() {
		return
	}
	n, err := c.sock.Read(c.in.Space())
	if n > 0 {
		c.in.Filled(n)
		c.srv.stats.netIn += uint64(n)
		c.active = c.srv.now.Mono
		c.process()
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		c.end()
	default:
		c.kill()
	}
}

// growBesideMin is the size of an input buffer from which a larger one is made
// beside the loop.
const growBesideMin = 512 << 10

// growBeside makes a larger input buffer beside the loop, if one is needed next.
func (c *Conn) growBeside() bool {
	grow := c.in.Growth()
	if grow == nil {
		return false
	}
	c.wantRead(false)
	c.stall(stallGrowth)
	var buf []byte
	c.srv.background(func() { buf = grow() }, func() {
		if !c.closed {
			c.in.Grown(buf)
			c.unstall(stallGrowth)
		}
	})
	return true
}

// Writable goes on with a write that did not fit.
func (c *Conn) Writable() {
	if !c.closed {
		c.flush()
	}
}

// Closed: the socket is dead in both directions.
func (c *Conn) Closed() {
	c.kill()
}

// end: the client has sent all it wants to send. What it asked for is still
// answered, if it listens.
func (c *Conn) end() {
	c.ended = true
	c.wantRead(false)
	c.srv.markDirty(c)
}

// finished reports that nothing is left to be done for an ended client.
func (c *Conn) finished() bool {
	return c.pend.empty() && c.out.Len() == 0 && (c.closing || c.ended && c.stalled == 0 && !c.heldBack && !c.runnable)
}

// kill closes the connection now. Operations in flight keep the Conn and are
// answered into nothing (S4).
func (c *Conn) kill() {
	if c.closed {
		return
	}
	c.closed = true
	c.count()
	c.left()
	c.forgetAcks()
	s := c.srv
	delete(s.conns, c.id)
	s.dead++
	c.sock.Close()
	c.in.Park()
	c.in = wire.NewInput(s.scratch)
	c.out.Reset()
	c.side.Reset()
	c.multi, c.watches, c.heldArgs = nil, watchList{}, nil
	c.unsubscribeAll()
	c.endTracking()
	c.endMonitor()
	if s.dead > 64 && s.dead > len(s.order)/2 {
		s.sweepOrder()
	}
}

// sweepOrder drops closed connections from the list by id.
func (s *Server) sweepOrder() {
	kept := s.order[:0]
	for _, c := range s.order {
		if !c.closed {
			kept = append(kept, c)
		}
	}
	clear(s.order[len(kept):])
	s.order = kept
	s.dead = 0
}

// process runs complete commands until the input is used up or the connection
// stalls.
func (c *Conn) process() {
	s := c.srv
	for c.stalled == 0 && !c.closing && !c.closed {
		if c.out.Len()+c.side.Len() > unsentParseMax || c.pend.size() > pendingSizeMax {
			c.stallOutput()
			break
		}
		if s.holding() {
			c.holdBack()
			break
		}
		args := c.heldArgs
		if c.again = args != nil; c.again {
			c.heldArgs = nil
		} else {
			var err error
			args, err = c.in.Next(c.authed)
			if err != nil {
				c.protocolError(err)
				break
			}
			if args == nil {
				break
			}
		}
		c.dispatch(args)
		if c.track != nil && c.heldArgs == nil {
			c.cachingOver()
		}
	}
	if int64(c.in.Buffered()) > s.lim.queryBuffer && !c.closed {
		s.stats.queryLimit++
		s.log.Warn("closing client that reached max query buffer length", "client", c.describe())
		c.kill()
		return
	}
	if c.in.BufferSize() > inputSizeKept && c.stalled&stallGrowth == 0 && c.heldArgs == nil {
		c.in.Park() // a large argument was consumed: let its buffer go
	}
	s.markDirty(c)
}

// holdBack stops parsing and reading until the batch is on its way.
func (c *Conn) holdBack() {
	c.wantRead(false)
	if !c.heldBack {
		c.heldBack = true
		c.srv.held = append(c.srv.held, c)
	}
}

// stallOutput stops parsing until the client has taken its answers or its
// waiting reads have run.
func (c *Conn) stallOutput() {
	if c.pend.empty() {
		c.stall(stallUnsent)
	} else {
		c.stall(stallPending)
	}
}

func (c *Conn) stall(why stall) { c.stalled |= why }

// unstall takes one reason away; the connection goes on with the next Flush.
func (c *Conn) unstall(why stall) {
	if c.stalled&why == 0 {
		return
	}
	c.stalled &^= why
	c.goOn()
}

// goOn has the input parsed on with the next Flush, if nothing is against it.
func (c *Conn) goOn() {
	if c.stalled == 0 && !c.heldBack && !c.closed && !c.runnable {
		c.runnable = true
		c.srv.runnable = append(c.srv.runnable, c)
	}
}

// hold keeps a command that can't run yet. Its bytes are copied, as the input
// buffer may move; this is the rare path.
func (c *Conn) hold(args [][]byte, why stall) {
	if !c.again && c.in.BufferSize() >= adoptSizeMin {
		args = slices.Clone(args) // their buffer stays where it is until they have run
	} else if !c.again {
		size := 0
		for _, a := range args {
			size += len(a)
		}
		buf := make([]byte, 0, size)
		kept := make([][]byte, len(args))
		for i, a := range args {
			start := len(buf)
			buf = append(buf, a...)
			kept[i] = buf[start:len(buf):len(buf)]
		}
		args = kept
	}
	c.heldArgs = args
	c.stall(why)
}

// protocolError answers and closes once everything before it is answered.
func (c *Conn) protocolError(err error) {
	var perr *wire.ProtocolError
	if !errors.As(err, &perr) {
		panic("resp: parser failed with something else than a protocol error: " + err.Error())
	}
	c.srv.log.Debug("protocol error", "client", c.describe(), "error", perr.Reply)
	c.answer(func(r engine.Reply) { r.Err(perr.Reply) })
	c.closing = true
}

func (c *Conn) wantRead(on bool) {
	if c.readOff == !on || c.closed || on && (c.ended || c.closing) {
		return
	}
	c.readOff = !on
	c.sock.WantRead(on)
}

// flush writes what the socket takes.
func (c *Conn) flush() {
	if c.closed {
		return
	}
	if c.cutOff || c.out.Overflowed() {
		c.outputTooLarge()
		return
	}
	if c.out.Len() > 0 {
		if err := c.writeOut(); err != nil {
			c.kill()
			return
		}
	}
	unsent := c.out.Len()
	if c.stale && unsent < staleMax/2 {
		c.refresh()
		unsent = c.out.Len()
	}
	if on := unsent > 0; on != c.writeOn {
		c.writeOn = on
		c.sock.WantWrite(on)
	}
	switch {
	case unsent > unsentReadMax:
		c.wantRead(false)
		if c.overLimit(unsent) {
			return
		}
	case unsent == 0 && c.finished():
		c.kill()
		return
	default:
		c.busy = 0
		c.unstall(stallUnsent)
		if c.stalled == 0 && !c.heldBack {
			c.wantRead(true)
		}
	}
}

// writeOut writes what the socket takes, but no more than others should wait for.
func (c *Conn) writeOut() error {
	for total := 0; total < writeSizeMax && c.out.Len() > 0; {
		p := c.out.Pending()
		p = p[:min(len(p), writeSizeMax)]
		n, err := c.sock.Write(p)
		if err != nil {
			return err
		}
		if n > 0 {
			c.srv.stats.netOut += uint64(n)
			c.out.Sent(n)
			c.active = c.srv.now.Mono
			total += n
		}
		if n < len(p) {
			break
		}
	}
	return nil
}

// overLimit closes a client that does not read its answers.
func (c *Conn) overLimit(unsent int) bool {
	lim := &c.srv.lim.output
	if c.receivesPushes() {
		lim = &c.srv.lim.pubsub
	}
	hard := lim.hard > 0 && int64(unsent) >= lim.hard
	soft := lim.soft > 0 && int64(unsent) >= lim.soft
	switch {
	case !soft:
		c.busy = 0
	case c.busy == 0:
		c.busy = max(c.srv.now.Mono, 1)
	}
	if hard || soft && c.srv.now.Mono-c.busy >= lim.softFor && c.busy != c.srv.now.Mono {
		c.outputTooLarge()
		return true
	}
	return false
}

func (c *Conn) outputTooLarge() {
	c.srv.stats.outputLimit++
	c.srv.log.Warn("client closed for overcoming of output buffer limits", "client", c.describe())
	c.kill()
}

// sweep closes idle clients and those over a soft limit, once a second.
func (s *Server) sweep() {
	if s.lim.timeout <= 0 && !s.limitsSoftly() {
		return
	}
	for _, c := range s.order {
		switch {
		case c.closed:
		case s.lim.timeout > 0 && c.pend.empty() && s.now.Mono-c.active > s.lim.timeout:
			s.log.Debug("closing idle client", "client", c.describe())
			c.kill()
		case c.busy != 0:
			c.overLimit(c.out.Len())
		}
	}
	s.sweepOrder()
}
