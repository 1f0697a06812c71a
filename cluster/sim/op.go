package sim

import (
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/wire"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

type opKind byte

const (
	opSet opKind = iota
	opCAS
	opRecreate
	opIncr
	opAppend
	opSetPair
	opExpiring
	opPush
	opPop
	opWaitPop
	opGet // from here on: reads
	opGetPair
	opRange
	opWatch
	opEcho
)

var opNames = [...]string{
	"SET", "CAS", "DEL+SET", "INCR", "APPEND", "SETPAIR", "SETPX", "RPUSH", "LPOP", "BLPOP",
	"GET", "GETPAIR", "LRANGE", "WATCH", "ECHO",
}

type opState byte

const (
	waiting  opState = iota // with the client, or in the process' inbox
	proposed                // in a batch
	done                    // answered
	void                    // surely without effect
	unknown                 // may have happened
)

// op is one request of a client.
type op struct {
	load    *load
	client  *client  // nil: of the last look, or of a session
	session *session // nil: of a client
	p       *proc
	history *history
	kind    opKind
	arg     string
	watch   uint64 // of a CAS without a session: the index at which the register was read
	ms      int
	named   bool // it has a number
	other   bool // the other way of saying the same: by a script, in MULTI

	state     opState
	proposals []uint64 // in which it is
	call, ret time.Duration
	seq       int // in its session
	rank      int // of those of its history that were answered (check.go)
	replies   int // so many of them have come
	out       string
}

// traced: it is known in which proposals it is.
func (o *op) traced() bool { return o.named || o.session == nil }

func (o *op) reads() bool { return o.kind >= opGet }

// by is the number of the client.
func (o *op) by() int {
	switch {
	case o.session != nil:
		return o.session.id
	case o.client != nil:
		return o.client.id
	}
	return clientsCount
}

// commands are what the request consists of; multi: as one transaction.
func (o *op) commands() (multi bool, cmds [][]string) {
	one := func(words ...string) (bool, [][]string) { return false, [][]string{words} }
	if o.kind == opEcho {
		return one("ECHO", o.arg)
	}
	key := o.history.key
	switch o.kind {
	case opSet:
		return one("SET", key, o.arg)
	case opCAS: // WATCH came before
		return true, [][]string{{"SET", key, o.arg}}
	case opRecreate:
		return true, [][]string{{"DEL", key}, {"SET", key, o.arg}}
	case opIncr:
		if o.other {
			return one("EVAL", "return redis.call('INCRBY', KEYS[1], ARGV[1])", "1", key, o.arg)
		}
		return one("INCRBY", key, o.arg)
	case opAppend:
		return one("APPEND", key, o.arg)
	case opSetPair:
		return true, [][]string{{"SET", key + "a", o.arg}, {"SET", key + "b", o.arg}}
	case opExpiring:
		return one("SET", key, o.arg, "PX", strconv.Itoa(o.ms))
	case opPush:
		return one("RPUSH", key, o.arg)
	case opPop:
		return one("EVAL", "return redis.call('LPOP', KEYS[1])", "1", key, o.arg)
	case opWaitPop:
		return one("BLPOP", key, o.arg)
	case opGetPair:
		if o.other && o.session != nil {
			return true, [][]string{{"GET", key + "a"}, {"GET", key + "b"}}
		}
		return one("MGET", key+"a", key+"b")
	case opRange:
		return one("LRANGE", key, "0", "-1")
	case opWatch:
		return one("WATCH", key)
	}
	return one("GET", key)
}

func bytesOf(words ...string) (args [][]byte) {
	for _, w := range words {
		args = append(args, []byte(w))
	}
	return args
}

func (o *op) readArgs() [][]byte {
	_, cmds := o.commands()
	return bytesOf(cmds[0]...)
}

// encode adds the request to a proposal's data.
func (o *op) encode(b *engine.Batch) {
	multi, cmds := o.commands()
	if !multi {
		b.Command(0, bytesOf(cmds[0]...))
		return
	}
	var queued []engine.Queued
	for _, c := range cmds {
		queued = append(queued, engine.Queued{Args: bytesOf(c...)})
	}
	var watches []engine.Watch
	if o.kind == opCAS && !plant.Is("watch-ignored") {
		watches = []engine.Watch{{Key: []byte(o.history.key), Index: o.watch}}
	}
	b.Exec(0, watches, queued)
}

// request adds the request as a session sends it.
func (o *op) request(b []byte) []byte {
	multi, cmds := o.commands()
	if multi {
		b = wire.AppendCommand(b, "MULTI")
	}
	for _, c := range cmds {
		b = wire.AppendCommand(b, c...)
	}
	if multi {
		b = wire.AppendCommand(b, "EXEC")
	}
	return b
}

// surely are the errors which say that a request has had no effect.
var surely = []string{"-MASTERDOWN", "-LOADING", "-NOSPACE", "-EXECABORT", "-UNBLOCKED"}

// reply takes a reply that came for the request; true: it was the last one.
func (o *op) reply(v wire.Value, at time.Duration) bool {
	w := o.load.w
	multi, cmds := o.commands()
	out := words(v)
	code, _, _ := strings.Cut(out, " ")
	sure := false
	for _, s := range surely {
		sure = sure || code == s
	}
	if o.replies++; multi && o.replies < len(cmds)+2 {
		if want := map[bool]string{true: wordOK, false: "+QUEUED"}[o.replies == 1]; out != want && !sure {
			w.failf("node %d answers %q to part %d of %s %s, want %q", o.p.i, out, o.replies, opNames[o.kind], o.history.key, want)
		}
		return false
	}
	switch {
	case o.kind == opEcho && out == o.arg:
		o.answered(out, at)
	case o.kind == opEcho:
		w.failf("node %d answers %q to ECHO %s: the replies are out of order", o.p.i, short(out), o.arg)
	case sure:
		o.failed(true, at)
	case code == "-UNCERTAIN":
		o.failed(false, at)
	case v.IsError():
		w.failf("node %d answers %q to %s %s", o.p.i, out, opNames[o.kind], o.history.key)
	default:
		o.answered(out, at)
	}
	return true
}

func (o *op) answered(out string, at time.Duration) {
	w := o.load.w
	if o.state == done || o.state == void {
		w.failf("node %d answers %s %s twice", o.p.i, opNames[o.kind], o.history.key)
	}
	o.state, o.out, o.ret = done, out, at
	w.trace.text(out)
	if o.reads() {
		w.stats.Reads++
	} else {
		w.stats.Acked++
		if o.session != nil && o.history.kind != 'q' {
			o.load.wrote = o.history
		}
		if o.call >= o.load.since && o.load.progress != nil {
			o.load.progress[o.p] = true
		}
	}
	switch {
	case o.kind == opWatch:
		o.session.watch = o.history
	case o.kind == opGet && o.history.kind == 'r':
		o.history.last = out
		if o.client != nil { // a read of a register watches it
			o.client.seen = o
		}
	}
	o.over(at)
}

// failed: sure means that the request has no effect.
func (o *op) failed(sure bool, at time.Duration) {
	if o.state == done || o.state == void || o.state == unknown {
		o.load.w.failf("node %d fails %s %s, which is settled", o.p.i, opNames[o.kind], o.history.key)
	}
	o.state = unknown
	if sure || o.reads() {
		o.state = void
	}
	switch {
	case o.reads():
		o.load.w.stats.ReadsFailed++
	case sure:
		o.load.w.stats.Dropped++
	default:
		o.load.w.stats.Uncertain++
	}
	if o.client != nil && o.client.cur == o {
		o.client.p = nil
	}
	o.over(at)
}

// never: the process died before it did anything about the request.
func (o *op) never() {
	o.state = void
	if o.client != nil && o.client.cur == o {
		o.client.p = nil
	}
	o.over(o.load.w.now)
}

func (o *op) over(at time.Duration) {
	o.load.open--
	if c := o.client; c != nil && c.cur == o {
		c.cur = nil
		o.load.again(c, at)
	}
}
