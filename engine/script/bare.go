package script

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// bareStartMs is when a bare engine's virtual clock begins.
const bareStartMs = 1_700_000_000_000

// Bare is a Backend without any server: engines that are handed the same
// entries, and just enough session to select databases and queue
// transactions. Time stands still but for @sleep. It holds the replicas
// together: every reply must be the same on all engines.
type Bare struct {
	engines []*engine.Engine
	// reopen gives an engine that stands where e stood, from what can be
	// kept of it: its snapshot.
	reopen func(e *engine.Engine) (*engine.Engine, error)

	index uint64
	term  uint64 // a restart begins a new one, in which other processes are the origins
	nowMs int64
	proto int
	batch engine.Batch
	conns map[string]*bareConn
	// blocked calls by id, in which engines agree too
	waiters map[uint64]*bareConn
}

type bareConn struct {
	db      int
	multi   bool
	faulty  bool // a command was refused while queueing
	queue   []engine.Queued
	watches []engine.Watch
	inbox   []Value
	waiting bool
}

// NewBare runs scripts on n engines side by side.
func NewBare(n int, reopen func(*engine.Engine) (*engine.Engine, error)) *Bare {
	b := &Bare{reopen: reopen, term: 1, nowMs: bareStartMs, proto: 2, conns: map[string]*bareConn{}, waiters: map[uint64]*bareConn{}}
	for range n {
		b.engines = append(b.engines, engine.New(engine.DefaultOptions()))
	}
	return b
}

// Engines are the engines as they stand.
func (b *Bare) Engines() []*engine.Engine { return b.engines }

// Do implements Backend.
func (b *Bare) Do(name string, args [][]byte) (Value, bool, error) {
	c := b.conns[name]
	if c == nil {
		c = &bareConn{}
		b.conns[name] = c
	}
	if c.waiting {
		return Value{}, false, fmt.Errorf("connection %q still waits for a reply", name)
	}
	if v, ok := b.session(c, args); ok {
		return v, false, nil
	}
	cmd, fault := engine.Resolve(args)
	if c.multi {
		if fault != "" {
			c.faulty = true
			return Err("%s", string(fault)), false, nil
		}
		c.queue = append(c.queue, engine.Queued{DB: c.db, Args: slices.Clone(args)})
		return Value{Kind: Status, Str: []byte("QUEUED")}, false, nil
	}
	if fault != "" {
		return Err("%s", string(fault)), false, nil
	}
	if !cmd.Flags.Logged() && !cmd.Blocks(args) {
		v, err := b.view(c.db, cmd, args)
		return v, false, err
	}
	b.batch.Reset()
	b.batch.Command(c.db, args)
	return b.apply(c)
}

// session answers the few commands that are a session's own.
func (b *Bare) session(c *bareConn, args [][]byte) (Value, bool) {
	ok := Value{Kind: Status, Str: []byte("OK")}
	switch name := strings.ToUpper(string(args[0])); {
	case name == "SELECT" && len(args) == 2 && !c.multi:
		n, err := strconv.Atoi(string(args[1]))
		if err != nil {
			return Err("ERR value is not an integer or out of range"), true
		}
		if n < 0 || n >= engine.DefaultOptions().Databases {
			return Err("ERR DB index is out of range"), true
		}
		c.db = n
		return ok, true
	case name == "MULTI" && len(args) == 1:
		if c.multi {
			return Err("ERR MULTI calls can not be nested"), true
		}
		c.multi = true
		return ok, true
	case name == "DISCARD" && len(args) == 1:
		if !c.multi {
			return Err("ERR DISCARD without MULTI"), true
		}
		c.endMulti()
		return ok, true
	case name == "EXEC" && len(args) == 1:
		return b.exec(c), true
	case name == "WATCH" && len(args) > 1:
		if c.multi {
			return Err("ERR WATCH inside MULTI is not allowed"), true
		}
		for _, k := range args[1:] {
			c.watches = append(c.watches, engine.Watch{DB: c.db, Key: bytes.Clone(k), Index: b.index})
		}
		return ok, true
	case name == "UNWATCH" && len(args) == 1 && !c.multi:
		c.watches = nil
		return ok, true
	}
	return Value{}, false
}

func (c *bareConn) endMulti() {
	c.multi, c.faulty, c.queue, c.watches = false, false, nil, nil
}

func (b *Bare) exec(c *bareConn) Value {
	if !c.multi {
		return Err("ERR EXEC without MULTI")
	}
	defer c.endMulti()
	if c.faulty {
		return Err("EXECABORT Transaction discarded because of previous errors.")
	}
	b.batch.Reset()
	b.batch.Exec(c.db, c.watches, c.queue)
	v, _, err := b.apply(c)
	if err != nil {
		return Err("ERR %v", err)
	}
	return v
}

// view reads on all engines, which must agree.
func (b *Bare) view(db int, cmd *engine.Command, args [][]byte) (Value, error) {
	var replies []Value
	for _, e := range b.engines {
		r := &Recorder{Version: b.proto}
		e.View(db, cmd, args, b.nowMs, r)
		v, err := r.one()
		if err != nil {
			return v, err
		}
		replies = append(replies, v)
	}
	return b.agree(replies)
}

func (r *Recorder) one() (Value, error) {
	if v := r.Take(); len(v) == 1 && !r.Partial() {
		return v[0], nil
	} else {
		return Value{}, fmt.Errorf("%d replies to one command, open aggregates: %v", len(v), r.Partial())
	}
}

func (b *Bare) agree(replies []Value) (Value, error) {
	for _, v := range replies[1:] {
		if got, want := v.String(), replies[0].String(); got != want {
			return v, fmt.Errorf("engines disagree:\n%sand:\n%s", want, got)
		}
	}
	return replies[0], nil
}

// apply hands the batch to all engines as the next entry.
func (b *Bare) apply(c *bareConn) (Value, bool, error) {
	b.index++
	entry := engine.Entry{Index: b.index, Term: b.term, UnixMs: b.nowMs, Seed: b.index * 0x9e3779b97f4a7c15, Data: b.batch.Bytes()}
	if c != nil {
		entry.Origin = b.term
	}
	var replies []Value
	waiting := 0
	for i, e := range b.engines {
		s := &bareSink{b: b, c: c, first: i == 0, own: Recorder{Version: b.proto}}
		if err := e.Apply(entry, s); err != nil {
			return Value{}, false, err
		}
		s.deliver()
		if s.blocked {
			waiting++
			continue
		}
		if b.batch.Len() == 0 {
			continue
		}
		v, err := s.own.one()
		if err != nil {
			return v, false, err
		}
		replies = append(replies, v)
	}
	switch {
	case waiting == len(b.engines):
		c.waiting = true
		return Value{}, true, nil
	case waiting > 0:
		return Value{}, false, fmt.Errorf("a command blocks on %d of %d engines", waiting, len(b.engines))
	case len(replies) == 0:
		return Value{}, false, nil
	}
	v, err := b.agree(replies)
	return v, false, err
}

// bareSink takes the answers of one engine to one entry.
type bareSink struct {
	b       *Bare
	c       *bareConn
	first   bool // the engine whose late replies reach the connections
	own     Recorder
	blocked bool
	late    []lateReply
}

type lateReply struct {
	c *bareConn
	r *Recorder
}

func (s *bareSink) Reply(int) engine.Reply { return &s.own }
func (s *bareSink) Done()                  {}

func (s *bareSink) Blocked(_ int, id uint64) {
	s.blocked = true
	s.b.waiters[id] = s.c
}

func (s *bareSink) Unblock(id uint64) engine.Reply {
	c := s.b.waiters[id]
	if c == nil || !s.first {
		return engine.Discard
	}
	delete(s.b.waiters, id)
	r := &Recorder{Version: s.b.proto}
	s.late = append(s.late, lateReply{c, r})
	return r
}

func (s *bareSink) deliver() {
	for _, l := range s.late {
		l.c.inbox = append(l.c.inbox, l.r.Take()...)
		l.c.waiting = false
	}
}

// Next implements Backend.
func (b *Bare) Next(name string) (Value, error) {
	c := b.conns[name]
	if c == nil || len(c.inbox) == 0 {
		return Value{}, fmt.Errorf("connection %q has received nothing", name)
	}
	v := c.inbox[0]
	c.inbox = c.inbox[1:]
	return v, nil
}

// Proto implements Backend.
func (b *Bare) Proto(version int) error {
	b.proto = max(version, 2)
	return nil
}

// Sleep implements Backend. As a leader would, it hands in an empty entry for
// each deadline that passes, and none for the others: reads must judge by
// what the log says.
func (b *Bare) Sleep(d time.Duration) error {
	end := b.nowMs + d.Milliseconds()
	for {
		at, ok := b.engines[0].Deadline()
		for _, e := range b.engines[1:] {
			if at2, ok2 := e.Deadline(); at2 != at || ok2 != ok {
				return fmt.Errorf("engines have the deadlines %d, %v and %d, %v", at, ok, at2, ok2)
			}
		}
		if !ok || at > end {
			break
		}
		b.nowMs = max(at, b.nowMs)
		b.batch.Reset()
		if _, _, err := b.apply(nil); err != nil {
			return err
		}
		if next, ok := b.engines[0].Deadline(); ok && next <= at {
			return fmt.Errorf("the deadline %d is still there after an entry of that time", at)
		}
	}
	b.nowMs = end
	return nil
}

// Restart implements Backend.
func (b *Bare) Restart() error {
	b.conns, b.waiters = map[string]*bareConn{}, map[uint64]*bareConn{}
	b.term++
	return b.Reopen()
}

// Reopen replaces each engine by one restored from its snapshot. Sessions stay.
func (b *Bare) Reopen() error {
	for i, e := range b.engines {
		fresh, err := b.reopen(e)
		if err != nil {
			return err
		}
		b.engines[i] = fresh
	}
	return nil
}

// Snapshot implements Backend.
func (b *Bare) Snapshot() error { return b.Reopen() }

// Kill implements Backend.
func (b *Bare) Kill(string) error { return b.Restart() }
