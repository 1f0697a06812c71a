package script

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"
)

// Stream is a connection to a server; net.Conn is one.
type Stream interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
}

// Server is what a Remote needs of the process, or processes, behind it.
type Server struct {
	// Dial connects. Names spread connections over the nodes of a cluster.
	Dial func(conn string) (Stream, error)
	// Restart, Snapshot and Kill do what the directives say; nil where the
	// server cannot: the script ends there.
	Restart  func() error
	Snapshot func() error
	Kill     func(target string) error
	// Proto is what connections speak if the script does not say: 2 or 3.
	Proto int
}

// sleepMax is the longest @sleep that is really slept.
const sleepMax = time.Second

// replyWait bounds the wait for any reply, so that a test fails by name
// instead of by the time limit of all tests.
const replyWait = 20 * time.Second

// Remote is a Backend over a network.
type Remote struct {
	server  Server
	proto   int // asked for by the script; 0: server.Proto
	conns   map[string]*remoteConn
	control map[string]*remoteConn // ask the server of a connection about blocked clients
	waiting map[string]int         // connections with a blocked command, by the server's run_id
}

type remoteConn struct {
	stream  Stream
	r       *bufio.Reader
	proto   int
	db      []byte // selected; survives a reconnect of the backend's own making
	waiting bool
	runID   string // of the server it waits at
}

// NewRemote makes a Backend. The caller has emptied the server.
func NewRemote(s Server) *Remote {
	if s.Proto == 0 {
		s.Proto = 2
	}
	return &Remote{server: s, conns: map[string]*remoteConn{}, control: map[string]*remoteConn{}, waiting: map[string]int{}}
}

// Close closes all connections.
func (b *Remote) Close() {
	for name, c := range b.conns {
		c.stream.Close()
		delete(b.conns, name)
	}
	for name, c := range b.control {
		c.stream.Close()
		delete(b.control, name)
	}
	clear(b.waiting)
}

// Reconnect closes all connections; each opens again at its next use, with
// the database it had selected. It is for runs that restart the server between
// the steps of a script that knows nothing of it.
// REQUIRES: nothing is open on any connection.
func (b *Remote) Reconnect() error {
	dbs := map[string][]byte{}
	for name, c := range b.conns {
		if c.db != nil {
			dbs[name] = c.db
		}
	}
	b.Close()
	for name, db := range dbs {
		v, _, err := b.Do(name, [][]byte{[]byte("SELECT"), db})
		if err != nil || v.Kind == Error {
			return fmt.Errorf("selecting %s again: %s%w", db, v.Str, err)
		}
	}
	return nil
}

func (b *Remote) conn(name string) (*remoteConn, error) {
	want := b.proto
	if want == 0 {
		want = b.server.Proto
	}
	c := b.conns[name]
	if c == nil {
		stream, err := b.server.Dial(name)
		if err != nil {
			return nil, err
		}
		c = &remoteConn{stream: stream, r: bufio.NewReader(stream), proto: 2}
		b.conns[name] = c
	}
	if c.proto != want {
		v, err := c.roundTrip([][]byte{[]byte("HELLO"), []byte(strconv.Itoa(want))})
		if err != nil {
			return nil, err
		}
		if v.Kind == Error {
			return nil, fmt.Errorf("HELLO %d: %s", want, v.Str)
		}
		c.proto = want
	}
	return c, nil
}

func (c *remoteConn) roundTrip(args [][]byte) (Value, error) {
	if _, err := c.stream.Write(AppendCommand(nil, args)); err != nil {
		return Value{}, err
	}
	return c.read(replyWait)
}

func (c *remoteConn) read(wait time.Duration) (Value, error) {
	if err := c.stream.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return Value{}, err
	}
	// Waiting for the first byte alone keeps the stream in order: a deadline
	// that passes has taken nothing from it.
	if _, err := c.r.Peek(1); err != nil {
		return Value{}, err
	}
	if err := c.stream.SetReadDeadline(time.Now().Add(replyWait)); err != nil {
		return Value{}, err
	}
	return ReadValue(c.r)
}

// Do implements Backend. A command counts as blocked when the server says that
// one more client is blocked; the absence of a reply alone proves nothing.
func (b *Remote) Do(name string, args [][]byte) (Value, bool, error) {
	c, err := b.conn(name)
	if err != nil {
		return Value{}, false, err
	}
	if c.waiting {
		return Value{}, false, fmt.Errorf("connection %q still waits for a reply", name)
	}
	if _, err := c.stream.Write(AppendCommand(nil, args)); err != nil {
		return Value{}, false, err
	}
	giveUp := time.Now().Add(replyWait)
	for {
		v, err := c.read(10 * time.Millisecond)
		if err == nil {
			b.noteDB(c, args, v)
			return v, false, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return v, false, err
		}
		runID, n, err := b.blocked(name)
		if err != nil {
			return v, false, err
		}
		if n > b.waiting[runID] {
			c.waiting, c.runID = true, runID
			b.waiting[runID]++
			return v, true, nil
		}
		if time.Now().After(giveUp) {
			return v, false, fmt.Errorf("no reply within %v, and the server counts no blocked client", replyWait)
		}
	}
}

func (b *Remote) noteDB(c *remoteConn, args [][]byte, v Value) {
	if len(args) == 2 && bytes.EqualFold(args[0], []byte("SELECT")) && v.Kind == Status && string(v.Str) == "OK" {
		c.db = args[1]
	}
}

var (
	runIDField     = regexp.MustCompile(`(?m)^run_id:([0-9a-f]+)`)
	blockedClients = regexp.MustCompile(`(?m)^blocked_clients:([0-9]+)`)
)

// blocked asks the server of a connection who it is, and how many of its
// clients are blocked.
func (b *Remote) blocked(name string) (runID string, n int, err error) {
	c := b.control[name]
	if c == nil {
		stream, err := b.server.Dial(name)
		if err != nil {
			return "", 0, err
		}
		c = &remoteConn{stream: stream, r: bufio.NewReader(stream), proto: 2}
		b.control[name] = c
	}
	v, err := c.roundTrip([][]byte{[]byte("INFO"), []byte("everything")})
	if err != nil {
		return "", 0, err
	}
	id, count := runIDField.FindSubmatch(v.Str), blockedClients.FindSubmatch(v.Str)
	if id == nil || count == nil {
		return "", 0, fmt.Errorf("INFO shows no run_id or no blocked_clients: %q", v.Str)
	}
	n, err = strconv.Atoi(string(count[1]))
	return string(id[1]), n, err
}

// Next implements Backend.
func (b *Remote) Next(name string) (Value, error) {
	c := b.conns[name]
	if c == nil {
		return Value{}, fmt.Errorf("connection %q has asked nothing", name)
	}
	v, err := c.read(replyWait)
	if c.waiting {
		c.waiting = false
		b.waiting[c.runID]--
	}
	return v, err
}

// Proto implements Backend.
func (b *Remote) Proto(version int) error {
	b.proto = version
	return nil
}

// Sleep implements Backend.
func (b *Remote) Sleep(d time.Duration) error {
	if d > sleepMax {
		return ErrEnd
	}
	// A little longer than asked: a server may round its timers up.
	time.Sleep(d + 20*time.Millisecond)
	return nil
}

// Restart implements Backend.
func (b *Remote) Restart() error {
	b.Close()
	if b.server.Restart == nil {
		return ErrEnd
	}
	return b.server.Restart()
}

// Snapshot implements Backend.
func (b *Remote) Snapshot() error {
	if b.server.Snapshot == nil {
		return nil // nothing visible hangs on it
	}
	return b.server.Snapshot()
}

// Kill implements Backend.
func (b *Remote) Kill(target string) error {
	if b.server.Kill == nil {
		return b.Restart()
	}
	b.Close()
	return b.server.Kill(target)
}
