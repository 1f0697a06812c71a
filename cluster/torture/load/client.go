package load

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/process"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// outcome of a call.
type outcome int

const (
	done    outcome = iota
	refused         // surely without effect
	unknown         // it may have happened, or happen yet
)

// Error codes that a node in trouble may answer with.
var troubles = []string{"UNCERTAIN", "MASTERDOWN", "CLUSTERDOWN", "LOADING", "NOSPACE", "UNBLOCKED", "BUSY", "EXECABORT"}

// client is a connection to some node, made anew at another one when it breaks.
// It belongs to one goroutine.
type client struct {
	l         *Load
	rng       *rand.Rand
	id        int
	addrs     []string // of the nodes to go to
	conn      *process.Conn
	epoch     int // connections so far
	published int // messages so far
	pushed    int // elements so far
	timeout   time.Duration
}

const callTimeout = 5 * time.Second

func (l *Load) newClient(id int) *client {
	return &client{l: l, id: id, addrs: l.opt.Addrs, rng: rand.New(rand.NewPCG(l.opt.Seed, uint64(id))), timeout: callTimeout}
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// connect is true if there is a connection.
func (c *client) connect() bool {
	if c.conn != nil {
		return true
	}
	conn, err := process.Dial(c.addrs[c.rng.IntN(len(c.addrs))])
	if err != nil {
		return false
	}
	conn.Timeout = c.timeout
	c.conn = conn
	c.epoch++
	return true
}

// do sends one command to some node.
func (c *client) do(args ...string) (wire.Value, outcome) {
	if !c.connect() {
		return wire.Value{}, refused // it was never sent
	}
	v, err := c.conn.Do(args...)
	if err != nil {
		c.close()
		return v, unknown
	}
	if !v.IsError() {
		return v, done
	}
	return v, c.l.judge(v.Str, args)
}

// judge says what an error reply means.
func (l *Load) judge(text string, args []string) outcome {
	code, _, _ := strings.Cut(text, " ")
	if !slices.Contains(troubles, code) {
		l.problem("L7: %.80q answers %q", args, text)
	}
	l.mu.Lock()
	l.errors[code]++
	l.mu.Unlock()
	if code == "UNCERTAIN" {
		return unknown
	}
	return refused
}

// session runs commands of which only the last one may change anything; it is
// refused if an earlier one fails, and the connection is closed then, with
// whatever it watched.
func (c *client) session(commands ...[]string) (v wire.Value, o outcome) {
	for i, args := range commands {
		if i > 0 && c.conn == nil {
			return v, refused
		}
		v, o = c.do(args...)
		if o != done && i < len(commands)-1 {
			c.close()
			return v, refused
		}
	}
	if o != done {
		c.close()
	}
	return v, o
}

// answer is a reply as histories have it: "" for none, elements joined by
// commas.
func answer(v wire.Value) string {
	switch v.Kind {
	case wire.Integer:
		return fmt.Sprint(v.Int)
	case wire.Array:
		var words []string
		for _, e := range v.Elems {
			words = append(words, answer(e))
		}
		return strings.Join(words, ",")
	}
	return v.Str
}
