package sim

import (
	"strconv"
	"time"

	"github.com/laurocaetano/foxtail/engine"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

type opKind byte

const (
	opSet opKind = iota
	opCAS
	opIncr
	opAppend
	opSetPair
	opExpiring
	opGet
	opGetPair
)

var opNames = [...]string{"SET", "CAS", "INCR", "APPEND", "SETPAIR", "EXPIRING", "GET", "GETPAIR"}

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
	client  *client // nil: of the last look
	p       *proc
	history *history
	kind    opKind
	arg     string
	old     string // what a CAS expects, and the index at which it was read
	watch   uint64
	ms      int

	state     opState
	batch     *batch
	call, ret time.Duration
	out       string
}

func (o *op) reads() bool { return o.kind >= opGet }

func bytesOf(words ...string) (args [][]byte) {
	for _, w := range words {
		args = append(args, []byte(w))
	}
	return args
}

func (o *op) readArgs() [][]byte {
	if o.kind == opGetPair {
		return bytesOf("MGET", o.history.key+"a", o.history.key+"b")
	}
	return bytesOf("GET", o.history.key)
}

// encode adds the request to a proposal's data.
func (o *op) encode(b *engine.Batch) {
	key := o.history.key
	switch o.kind {
	case opSet:
		b.Command(0, bytesOf("SET", key, o.arg))
	case opCAS: // WATCH was when the old value was read
		b.Exec(0, watches(key, o.watch), []engine.Queued{{Args: bytesOf("SET", key, o.arg)}})
	case opIncr:
		b.Command(0, bytesOf("INCR", key))
	case opAppend:
		b.Command(0, bytesOf("APPEND", key, o.arg))
	case opSetPair:
		b.Exec(0, nil, []engine.Queued{{Args: bytesOf("SET", key+"a", o.arg)}, {Args: bytesOf("SET", key+"b", o.arg)}})
	case opExpiring:
		b.Command(0, bytesOf("SET", key, o.arg, "PX", strconv.Itoa(o.ms)))
	}
}

func watches(key string, index uint64) []engine.Watch {
	if plant.Is("watch-ignored") {
		return nil
	}
	return []engine.Watch{{Key: []byte(key), Index: index}}
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
		if o.call >= o.load.since && o.load.progress != nil {
			o.load.progress[o.p] = true
		}
	}
	if o.kind == opGet && o.history.kind == 'r' && o.client != nil {
		o.client.seen = o
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
