package node

import (
	cryptorand "crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/resp"
	"github.com/laurocaetano/foxtail/resp/collector"
	"github.com/laurocaetano/foxtail/resp/config"
	"github.com/laurocaetano/foxtail/resp/reactor"
)

// Node is one running node: a Core, and the process that drives it with the
// sockets, the timers and the files of the system. All of it belongs to the
// loop, the goroutine that calls turn.
type Node struct {
	*Core
	version  string // Foxtail's own
	log      *slog.Logger
	started  time.Time
	reactor  *reactor.Reactor
	clients  map[*reactor.Listener]*resp.Face
	peers    map[*reactor.Listener]bool
	security security
	disk     timedFS
	stopBy   time.Duration
	fatal    error
}

// Serve runs a node until it is told to stop, by a signal or by SHUTDOWN. The
// error says why it never served, or why it had to stop.
func Serve(cfg *config.Config, version string) error {
	log, closeLog, err := cfg.OpenLog()
	if err != nil {
		return err
	}
	defer closeLog()
	db := &Node{version: version, log: log, started: time.Now(), clients: map[*reactor.Listener]*resp.Face{}, peers: map[*reactor.Listener]bool{}}
	seed, err := randomSeed()
	if err != nil {
		return err
	}
	db.Core, err = NewCore(CoreOptions{
		Config: cfg, Log: log, Rand: rand.New(rand.NewChaCha8(seed)), Clock: func() time.Duration { return time.Since(db.started) },
		Now: cluster.Instant{UnixMs: db.started.UnixMilli()}, Version: version, Shutdown: db.stop, SyncUsec: db.disk.syncUsec.Load, Background: db.background,
	})
	if err != nil {
		return err
	}
	if db.reactor, err = reactor.New(); err != nil {
		return err
	}
	defer db.reactor.Close()
	if err := db.security.follow(cfg); err != nil {
		return err
	}
	if err := db.listen(); err != nil {
		return err
	}
	stopPprof, err := servePprof(cfg.Str("pprof-bind"))
	if err != nil {
		return err
	}
	defer stopPprof()
	if err := cfg.WritePidFile(); err != nil {
		return err
	}
	if db.disk.FS, err = openDisk(cfg); err != nil {
		return err
	}
	db.timeSyncs()
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
func (db *Node) listen() error {
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

func (db *Node) listenAt(network, host string) error {
	for _, at := range []struct {
		directive string
		secure    *tls.Config
	}{{"port", nil}, {"tls-port", db.security.clients()}} {
		port := db.cfg.Int(at.directive)
		if port == 0 {
			continue
		}
		addr := net.JoinHostPort(host, strconv.FormatInt(port, 10))
		l, err := db.reactor.ListenTLS(network, addr, at.secure)
		if err != nil {
			return err
		}
		db.clients[l] = &resp.Face{Name: addr}
	}
	l, err := db.reactor.ListenTLS(network, net.JoinHostPort(host, strconv.Itoa(db.cfg.BusPort())), db.security.listenPeers())
	if err != nil {
		return err
	}
	db.peers[l] = true
	return nil
}

func (db *Node) announce() cluster.Addr {
	host, port, busPort := db.cfg.Announce()
	return cluster.Addr{Host: host, Port: port, BusPort: busPort}
}

func (db *Node) now() cluster.Instant {
	t := time.Now()
	return cluster.Instant{Mono: t.Sub(db.started), UnixMs: t.UnixMilli() + db.clockOffset}
}

// background runs work beside the loop, and done on it.
func (db *Node) background(work, done func()) {
	go func() {
		work()
		db.reactor.Post(done)
	}()
}

// open makes the node of what the data directory holds, beside the loop, which
// answers -LOADING meanwhile and owns the configuration.
func (db *Node) open(cfg cluster.Config) {
	node, err := cluster.Open(cfg)
	db.reactor.Post(func() {
		if err != nil {
			db.fatal = explain(err)
			return
		}
		db.Opened(node)
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

func (db *Node) ready() {
	db.Ready()
	a := db.announce()
	mode := "durable, appendfsync " + db.cfg.Str("appendfsync")
	if !db.cfg.Bool("appendonly") {
		mode = "in memory"
	}
	db.log.Info("ready to accept connections", "version", db.version, "address", a.Client(), "peers", a.Bus(),
		"mode", mode, "took", time.Since(db.started).Round(time.Millisecond), "pid", os.Getpid())
}

func (db *Node) nodeConfig() cluster.Config {
	sync := map[string]cluster.SyncMode{"always": cluster.Always, "everysec": cluster.EverySec, "no": cluster.No}
	var seed [16]byte
	if _, err := cryptorand.Read(seed[:]); err != nil {
		panic(err) // crypto/rand never fails on supported systems
	}
	ticks := 10
	cfg := cluster.Config{
		Dir: db.cfg.Str("dir"), FS: &db.disk, InMemory: !db.cfg.Bool("appendonly"), Sync: sync[db.cfg.Str("appendfsync")],
		Groups: 1, Announce: db.announce(), Join: db.cfg.Str("join"),
		TickMs: int(db.cfg.Int("cluster-node-timeout")) / ticks, ElectionTicks: ticks, HoldMs: int(db.cfg.Int("failover-hold")),
		StateCheck:    time.Duration(db.cfg.Int("state-check-period")) * time.Second,
		SnapshotBytes: db.cfg.Int("auto-aof-rewrite-min-size"),
		Rand:          rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:]))),
		Clock:         func() time.Duration { return time.Since(db.started) },
		Log:           db.log, Background: db.background, Dial: db.dial,
	}
	db.Connect(&cfg)
	return cfg
}

const dialTimeout = time.Second

func (db *Node) dial(addr string, done func(cluster.Socket, error) *cluster.Link) {
	db.reactor.DialTLS(addr, dialTimeout, db.security.dialPeers(), func(c *reactor.Conn, err error) {
		if err != nil {
			done(nil, err)
			return
		}
		if link := done(c, nil); link != nil {
			c.Data = link
		}
	})
}

// signals waits for the request to stop. The second one is not waited for.
func (db *Node) signals() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	s := <-c
	db.reactor.Post(func() { db.stop(s.String()) })
	<-c
	os.Exit(1)
}

// stop begins an orderly end: no new clients, and what Leave says.
func (db *Node) stop(why string) {
	if db.leaving {
		return
	}
	db.log.Info("stopping", "because", why)
	for l := range db.clients {
		l.Close()
	}
	db.stopBy = db.now().Mono + time.Duration(db.cfg.Int("shutdown-timeout"))*time.Second
	db.Leave()
}

// mayStop: nothing is left to wait for, or it has been waited for long enough.
func (db *Node) mayStop() bool { return db.Left() || db.leaving && db.now().Mono >= db.stopBy }
