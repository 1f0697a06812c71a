// Foxtail is a distributed key-value database in one binary: it speaks the
// Redis protocol, replicates every write with Raft, and answers linearizably
// from any node. README.md says how to use it, the doc.go of engine, resp and
// cluster how it is built. This file joins the three: config, open, the order
// of the turn (database.turn), shut down, and thin subcommands.
package main

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/cluster/wal"
	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp"
	"github.com/laurocaetano/foxtail/resp/collector"
	"github.com/laurocaetano/foxtail/resp/config"
	"github.com/laurocaetano/foxtail/resp/demo"
	"github.com/laurocaetano/foxtail/resp/reactor"
)

// version is Foxtail's own; clients are told the Redis version it follows.
const version = "0.1.0"

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) > 0 {
		switch args[0] {
		case "--help", "-h", "help":
			fmt.Print(config.Usage)
			return 0
		case "--version", "-v", "version":
			fmt.Println("foxtail", version)
			return 0
		case "demo":
			return demo.Command(args[1:])
		case "check":
			return wal.CheckCommand(args[1:])
		case "serve":
			args = args[1:]
		}
	}
	cfg, err := config.Load(args, os.Environ())
	if err == nil {
		err = serve(cfg)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "foxtail:", err)
		return 1
	}
	return 0
}

// database is the running node: the reactor that brings bytes and time, the
// sessions, and the replica they stand on. All of it belongs to the loop, the
// goroutine that calls turn.
type database struct {
	cfg     *config.Config
	log     *slog.Logger
	started time.Time
	reactor *reactor.Reactor
	server  *resp.Server
	foreign engine.Sink // of entries that other nodes proposed
	orphan  engine.Sink // of own entries that nobody waits for any more
	clients map[*reactor.Listener]*resp.Face
	peers   map[*reactor.Listener]bool

	unsent   bool          // links got something to send since the node's turn
	node     *cluster.Node // nil while the log is being opened
	machine  *machine      // until then it belongs to the goroutine that opens
	empty    *engine.Engine
	stopping bool
	stopBy   time.Duration
	fatal    error
}

func serve(cfg *config.Config) error {
	log, closeLog, err := cfg.OpenLog()
	if err != nil {
		return err
	}
	defer closeLog()
	db := &database{cfg: cfg, log: log, started: time.Now(), clients: map[*reactor.Listener]*resp.Face{}, peers: map[*reactor.Listener]bool{}}
	if db.reactor, err = reactor.New(); err != nil {
		return err
	}
	defer db.reactor.Close()
	if err := db.listen(); err != nil {
		return err
	}
	seed, err := randomSeed()
	if err != nil {
		return err
	}
	db.machine = &machine{db: db, engine: engine.New(engine.DefaultOptions()), opening: true}
	db.empty = engine.New(engine.DefaultOptions())
	db.server, err = resp.NewServer(resp.Options{
		Config: cfg, Engine: db.engine, Replica: replica{db}, Log: log,
		Rand: rand.New(rand.NewChaCha8(seed)), Clock: func() time.Duration { return time.Since(db.started) },
		Now: resp.Instant(db.now()), Version: version, Broadcast: db.broadcast,
	})
	if err != nil {
		return err
	}
	db.foreign, db.orphan = db.server.Foreign(), db.server.Orphan()
	if err := cfg.WritePidFile(); err != nil {
		return err
	}
	db.server.SetLoading(true)
	collector.Pace()
	go db.open(db.nodeConfig())
	go db.signals()
	return db.loop()
}

func randomSeed() (seed [32]byte, err error) {
	_, err = cryptorand.Read(seed[:])
	return seed, err
}

// listen takes the ports first, so that a second server on them fails before
// it touches any data.
func (db *database) listen() error {
	for _, b := range db.cfg.Binds() {
		err := db.listenAt(b.Network, b.Host)
		if b.Optional && (errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)) {
			continue
		}
		if err != nil {
			return err
		}
	}
	if path := db.cfg.Str("unixsocket"); path != "" {
		l, err := db.reactor.Listen("unix", path)
		if err != nil {
			return err
		}
		if mode := db.cfg.Int("unixsocketperm"); mode != 0 {
			if err := os.Chmod(path, os.FileMode(mode)); err != nil {
				return err
			}
		}
		db.clients[l] = &resp.Face{Name: path}
	}
	return nil
}

func (db *database) listenAt(network, host string) error {
	if port := db.cfg.Int("port"); port != 0 {
		l, err := db.reactor.Listen(network, net.JoinHostPort(host, strconv.FormatInt(port, 10)))
		if err != nil {
			return err
		}
		db.clients[l] = &resp.Face{Name: net.JoinHostPort(host, strconv.FormatInt(port, 10))}
	}
	l, err := db.reactor.Listen(network, net.JoinHostPort(host, strconv.Itoa(db.cfg.BusPort())))
	if err != nil {
		return err
	}
	db.peers[l] = true
	return nil
}

func (db *database) announce() cluster.Addr {
	host, port, busPort := db.cfg.Announce()
	return cluster.Addr{Host: host, Port: port, BusPort: busPort}
}

func (db *database) now() cluster.Instant {
	t := time.Now()
	return cluster.Instant{Mono: t.Sub(db.started), UnixMs: t.UnixMilli()}
}

// loop turns until the node has stopped.
func (db *database) loop() error {
	wake := time.Duration(0)
	for db.fatal == nil && !db.mayStop() {
		events, err := db.reactor.Wait(db.started.Add(wake))
		if err != nil {
			return err
		}
		wake = db.turn(events)
	}
	if db.node != nil && db.fatal == nil {
		db.fatal = db.node.Close()
	}
	return db.fatal
}

// turn is the order of everything: what peers and clients sent is taken in,
// the writes of all of them become one batch, the node sends, writes, syncs
// and applies it, and every client with an answer gets one write. Nothing in it
// blocks but the disk. It returns when the next turn is due without events.
func (db *database) turn(events []reactor.Event) (wake time.Duration) {
	now := db.now()
	db.server.Begin(resp.Instant(now))
	for i := range events { // peers first: heartbeats must not wait for clients
		if ev := &events[i]; ev.Listener != nil && db.peers[ev.Listener] {
			db.acceptPeer(ev.Conn)
		} else if link, ok := ownerOf(ev).(*cluster.Link); ok {
			serveSocket(ev, link)
		}
	}
	for i := range events {
		if ev := &events[i]; ev.Listener != nil && db.clients[ev.Listener] != nil {
			if conn := db.server.Accept(ev.Conn, db.clients[ev.Listener]); conn != nil {
				ev.Conn.Data = conn
			}
		} else if conn, ok := ownerOf(ev).(*resp.Conn); ok {
			serveSocket(ev, conn)
		}
	}
	wake = quietWake + now.Mono
	if db.stopping && db.node != nil && db.node.HandedOver() {
		db.server.Leave()
	}
	if db.node != nil {
		db.doubtSilent()
		db.server.Gather()
		w, err := db.node.Turn(now)
		if err != nil {
			db.fatal = err
			return 0
		}
		wake = min(wake, w)
		if db.machine.engine.Maintain(maintainBudget) {
			wake = now.Mono
		}
	}
	db.unsent = false
	wake = min(wake, db.server.Flush(resp.Instant(now)))
	if db.unsent {
		db.node.Flush()
	}
	return wake
}

const (
	quietWake      = time.Hour
	maintainBudget = 16
)

// doubtSilent is the leader's care for blocked calls: nothing is to be handed to
// clients of a process that it does not hear.
func (db *database) doubtSilent() {
	if _, leads := db.node.Leads(dataGroup); !leads {
		return
	}
	db.machine.engine.EachPresent(func(origin uint64) {
		if !db.node.Alive(origin) {
			db.server.Doubt(origin)
		}
	})
}

// socketUser is who a socket's events are for.
type socketUser interface {
	Readable()
	Writable()
	Closed()
}

func ownerOf(ev *reactor.Event) any {
	if ev.Conn == nil { // closed by an earlier event of this turn
		return nil
	}
	return ev.Conn.Data
}

func serveSocket(ev *reactor.Event, u socketUser) {
	if ev.Writable {
		u.Writable()
	}
	if ev.Readable {
		u.Readable()
	}
	if ev.Closed {
		u.Closed()
	}
}

func (db *database) acceptPeer(c *reactor.Conn) {
	if db.node == nil {
		c.Close() // it dials again
		return
	}
	c.Data = db.node.Accept(c)
}

// background runs work beside the loop, and done on it.
func (db *database) background(work, done func()) {
	go func() {
		work()
		db.reactor.Post(done)
	}()
}

// engine is what the sessions read; nothing while the log is being opened.
func (db *database) engine() *engine.Engine {
	if db.node == nil {
		return db.empty
	}
	return db.machine.engine
}

// open makes the node of what the data directory holds, beside the loop, which
// answers -LOADING meanwhile and owns the configuration.
func (db *database) open(cfg cluster.Config) {
	node, err := cluster.Open(cfg)
	db.reactor.Post(func() {
		if err != nil {
			db.fatal = err
			return
		}
		db.node, db.machine.opening = node, false
		db.server.SetOrigin(node.Incarnation())
		if node.Joining() {
			members := node.Remembered()
			if join := db.cfg.Str("join"); join != "" {
				members = append([]string{join}, members...)
			}
			password := db.cfg.Str("masterauth")
			if password == "" {
				password = db.cfg.Str("requirepass")
			}
			go db.join(members, password, node.JoinRequest(false))
			return
		}
		db.ready()
	})
}

func (db *database) ready() {
	db.server.SetLoading(false)
	a := db.announce()
	mode := "durable, appendfsync " + db.cfg.Str("appendfsync")
	if !db.cfg.Bool("appendonly") {
		mode = "in memory"
	}
	db.log.Info("ready to accept connections", "version", version, "address", a.Client(), "peers", a.Bus(),
		"mode", mode, "keys", db.machine.keys(), "took", time.Since(db.started).Round(time.Millisecond), "pid", os.Getpid())
}

func (db *database) nodeConfig() cluster.Config {
	sync := map[string]cluster.SyncMode{"always": cluster.Always, "everysec": cluster.EverySec, "no": cluster.No}
	var seed [16]byte
	if _, err := cryptorand.Read(seed[:]); err != nil {
		panic(err) // crypto/rand never fails on supported systems
	}
	ticks := 10
	return cluster.Config{
		Dir: db.cfg.Str("dir"), InMemory: !db.cfg.Bool("appendonly"), Sync: sync[db.cfg.Str("appendfsync")],
		Groups: 1, NewStateMachine: func(uint32) cluster.StateMachine { return db.machine },
		Announce: db.announce(), Join: db.cfg.Str("join"),
		TickMs: int(db.cfg.Int("cluster-node-timeout")) / ticks, ElectionTicks: ticks, HoldMs: int(db.cfg.Int("failover-hold")),
		SnapshotBytes: db.cfg.Int("auto-aof-rewrite-min-size"),
		Rand:          rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:]))),
		Log:           db.log, Background: db.background, Dial: db.dial,
		ReadsReady:  func(_ uint32, ticket uint64) { db.server.ReadsReady(ticket) },
		ReadsFailed: func(_ uint32, ticket uint64, err error) { db.server.ReadsFailed(ticket, err) },
		Received:    func(data []byte) { db.server.Deliver(data) },
	}
}

const dialTimeout = time.Second

func (db *database) dial(addr string, done func(cluster.Socket, error) *cluster.Link) {
	db.reactor.Dial(addr, dialTimeout, func(c *reactor.Conn, err error) {
		if err != nil {
			done(nil, err)
			return
		}
		if link := done(c, nil); link != nil {
			c.Data = link
		}
	})
}

// broadcast sends a client's message to the other nodes.
func (db *database) broadcast(data []byte) {
	if db.node != nil {
		db.node.Broadcast(data)
		db.unsent = true
	}
}

// machine is the engine as the replicated state machine of group 1.
type machine struct {
	db      *database
	engine  *engine.Engine
	opening bool // restored beside the loop: the sessions don't see the engine yet
}

func (m *machine) keys() (n int) {
	for _, d := range m.engine.Stats().DBs {
		n += d.Keys
	}
	return n
}

// Apply implements cluster.StateMachine.
func (m *machine) Apply(run []cluster.Entry) error {
	for i := range run {
		e := &run[i]
		sink := m.db.foreign
		switch {
		case e.Own != nil:
			sink = e.Own.Owner.(*owner).batch
		case m.db.node != nil && e.Origin == m.db.node.Incarnation():
			sink = m.db.orphan
		}
		if err := m.engine.Apply(engine.Entry{
			Index: e.Index, Term: e.Term, UnixMs: e.UnixMs, Seed: e.Seed, Origin: e.Origin, Data: e.Data,
		}, sink); err != nil {
			return err
		}
	}
	return nil
}

// Snapshot implements cluster.StateMachine.
func (m *machine) Snapshot() (cluster.Snapshot, error) { return m.engine.Snapshot(), nil }

// Restore implements cluster.StateMachine.
func (m *machine) Restore(r io.Reader) (commit func(), err error) {
	e, err := engine.Restore(engine.DefaultOptions(), r)
	if err != nil {
		return nil, err
	}
	return func() {
		if m.engine = e; !m.opening {
			m.db.server.Restored()
		}
	}, nil
}

// Deadline implements cluster.StateMachine.
func (m *machine) Deadline() (unixMs int64, ok bool) { return m.engine.Deadline() }

// replica is the node as the sessions see it.
type replica struct{ db *database }

// dataGroup is the group that all keys are in.
const dataGroup = 1

// owner ties a batch to its proposal.
type owner struct {
	cluster.Proposal
	batch *resp.Batch
}

// Failed implements cluster.Owner.
func (o *owner) Failed(err error) { o.batch.Failed(sessionError(err)) }

// sessionError says what a client must be told. What is not surely dropped is
// uncertain.
func sessionError(err error) error {
	switch {
	case errors.Is(err, cluster.ErrNoSpace):
		return resp.Refusal("NOSPACE the disk is full: the write was not applied, reads go on")
	case errors.Is(err, cluster.ErrTooBig):
		return resp.Refusal("ERR the write was not applied: it is too big for one entry of the log")
	case errors.Is(err, cluster.ErrDropped), errors.Is(err, cluster.ErrNoLeader), errors.Is(err, cluster.ErrNotMember):
		return resp.ErrDropped
	}
	return resp.ErrUncertain
}

// Propose implements resp.Replica.
func (r replica) Propose(b *resp.Batch) {
	o := &owner{batch: b}
	o.Data, o.Owner = b.Bytes(), o
	r.db.node.Propose(dataGroup, &o.Proposal)
}

// InFlight implements resp.Replica. Before the node is there nothing is taken.
func (r replica) InFlight() int {
	if r.db.node == nil {
		return math.MaxInt
	}
	return r.db.node.InFlight(dataGroup)
}

// Read implements resp.Replica.
func (r replica) Read() (ticket uint64, now bool) { return r.db.node.Read(dataGroup) }

// Status implements resp.Replica.
func (r replica) Status() resp.Status {
	if r.db.node == nil {
		return resp.Status{AppendOnly: r.db.cfg.Bool("appendonly")}
	}
	n := r.db.node.Status()
	s := resp.Status{NodeID: n.NodeID, Number: n.Number, Ready: n.Ready, AppendOnly: r.db.cfg.Bool("appendonly"), Fsyncs: n.Log.Syncs}
	if n.NoSpace {
		s.DiskError = "no space left for the log"
	}
	for _, g := range n.Groups {
		s.LogBytes += g.LogBytes
		if g.Group == dataGroup {
			s.SnapshotInProgress, s.SnapshotLastUnixMs = g.SnapshotTaking, g.SnapshotUnixMs
			if g.SnapshotError != nil {
				s.SnapshotLastError = g.SnapshotError.Error()
			}
		}
		out := resp.GroupStatus{
			Group: g.Group, Role: g.Role, Term: g.Term, Leader: g.Leader, Commit: g.Commit, Applied: g.Applied, FirstIndex: g.First, LastIndex: g.Last,
		}
		for _, m := range g.Members {
			out.Members = append(out.Members, resp.MemberStatus{
				ID: m.ID, Number: m.Number, Host: m.Addr.Host, Port: m.Addr.Port, BusPort: m.Addr.BusPort,
				Voter: m.Voter, Match: m.Match, Lag: m.Lag, Active: m.Active,
			})
		}
		s.Groups = append(s.Groups, out)
	}
	return s
}

// Admin implements resp.Replica.
func (r replica) Admin(args [][]byte, done func(resp.AdminResult)) {
	db, words := r.db, make([]string, len(args))
	for i, a := range args {
		words[i] = string(a)
	}
	told := func(err error) {
		if err != nil {
			done(resp.AdminResult{Err: adminError(err)})
			return
		}
		done(resp.AdminResult{})
	}
	if db.node == nil && !isAdmin(words, "shutdown") {
		done(resp.AdminResult{Err: "LOADING Redis is loading the dataset in memory"})
		return
	}
	switch {
	case isAdmin(words, "foxtail join", 1):
		db.admit(words[2], done)
	case isAdmin(words, "raft server add", 2), isAdmin(words, "raft server add", 3):
		db.addServer(words[3:], told)
	case isAdmin(words, "raft server remove", 1):
		db.node.RemoveMember(words[3], told)
	case isAdmin(words, "raft server promote", 1):
		db.node.Promote(words[3], told)
	case isAdmin(words, "raft server demote", 1):
		db.node.Demote(words[3], told)
	case isAdmin(words, "raft transfer"):
		db.node.Transfer(dataGroup, "", told)
	case isAdmin(words, "raft transfer", 1):
		db.node.Transfer(dataGroup, words[2], told)
	case isAdmin(words, "raft snapshot now"):
		db.node.Snapshot(dataGroup, told)
	case isAdmin(words, "shutdown"):
		db.shutdown("SHUTDOWN")
		done(resp.AdminResult{})
	default:
		done(resp.AdminResult{Err: "ERR wrong number of arguments for this command"})
	}
}

// isAdmin says whether words begin with the command and have that many more.
func isAdmin(words []string, command string, more ...int) bool {
	want := strings.Fields(command)
	if len(words) < len(want) || len(more) > 0 && len(words) != len(want)+more[0] || len(more) == 0 && len(words) != len(want) {
		return false
	}
	return strings.EqualFold(strings.Join(words[:len(want)], " "), command)
}

// addServer admits a node that will be started.
func (db *database) addServer(words []string, told func(error)) {
	req := cluster.JoinRequest{NodeID: words[0]}
	if len(words) == 3 {
		if !strings.EqualFold(words[2], "nonvoter") {
			told(errors.New("syntax error"))
			return
		}
		req.NonVoter = true
	}
	var err error
	if req.Addr, err = cluster.ParseAddr(words[1]); err != nil {
		told(err)
		return
	}
	db.node.Admit(req, func(_ cluster.JoinTicket, err error) { told(err) })
}

// adminError is what an operator is told: what may have happened is no failure.
func adminError(err error) engine.Error {
	if errors.Is(err, cluster.ErrUncertain) {
		return "UNCERTAIN the change may have been applied"
	}
	return engine.Error("ERR " + err.Error())
}

// admit answers FOXTAIL JOIN: the request of a new node, and its ticket, are JSON.
func (db *database) admit(request string, done func(resp.AdminResult)) {
	var req cluster.JoinRequest
	if err := json.Unmarshal([]byte(request), &req); err != nil {
		done(resp.AdminResult{Err: engine.Error("ERR the request to join can't be read: " + err.Error())})
		return
	}
	db.node.Admit(req, func(t cluster.JoinTicket, err error) {
		ticket, encodeErr := json.Marshal(t)
		if err = errors.Join(err, encodeErr); err != nil {
			done(resp.AdminResult{Err: adminError(err)})
			return
		}
		done(resp.AdminResult{Reply: func(r engine.Reply) { r.Bulk(ticket) }})
	})
}

// join asks the members, until one says yes, for this node's place in the
// cluster. It runs beside the loop.
func (db *database) join(members []string, password string, req cluster.JoinRequest) {
	const first, last = 50 * time.Millisecond, 2 * time.Second
	said := ""
	for wait := first; ; wait = min(2*wait, last) {
		var failed error
		for _, addr := range members {
			ticket, err := askToJoin(addr, password, req)
			if err == nil {
				db.reactor.Post(func() { db.adopt(ticket) })
				return
			}
			failed = errors.Join(failed, fmt.Errorf("%s: %w", addr, err))
		}
		if wait > 4*first && failed.Error() != said { // a cluster that is just starting is no news
			said = failed.Error()
			db.log.Warn("can't join yet", "reason", failed)
		}
		time.Sleep(wait) // between attempts to reach a machine that may be down
	}
}

func (db *database) adopt(ticket cluster.JoinTicket) {
	if db.fatal = db.node.Adopt(ticket); db.fatal == nil {
		db.ready()
	}
}

func askToJoin(addr, password string, req cluster.JoinRequest) (t cluster.JoinTicket, err error) {
	request, err := json.Marshal(req)
	if err != nil {
		return t, err
	}
	ticket, err := resp.AskToJoin(addr, password, string(request))
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(ticket), &t)
}

// signals waits for the request to stop. The second one is not waited for.
func (db *database) signals() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	s := <-c
	db.reactor.Post(func() { db.shutdown(s.String()) })
	<-c
	os.Exit(1)
}

// shutdown begins an orderly end. Leadership goes to another node; until it is
// there, clients are served, then what they have sent is answered and their
// connections are closed.
func (db *database) shutdown(why string) {
	if db.stopping {
		return
	}
	db.stopping = true
	db.log.Info("stopping", "because", why)
	for l := range db.clients {
		l.Close()
	}
	db.stopBy = db.now().Mono + time.Duration(db.cfg.Int("shutdown-timeout"))*time.Second
	if db.node != nil {
		db.node.Shutdown()
	}
}

// mayStop: nothing is left to wait for, or it has been waited for long enough.
func (db *database) mayStop() bool {
	return db.stopping && (db.node == nil || db.node.HandedOver() && db.server.Clients() == 0 && db.node.Idle() || db.now().Mono >= db.stopBy)
}
