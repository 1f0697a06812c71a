package resp

import (
	"encoding/binary"
	"fmt"

	"github.com/laurocaetano/foxtail/engine"
)

// slowlog keeps the last commands that took long, newest last.
type slowlog struct {
	slowerThan int64 // usec; negative: off
	max        int64
	entries    []slowEntry
	nextID     int64
	everything bool // even of cheap commands each call is timed
}

// slowlogTimesAll is the threshold in usec below which cheap commands may be slow, too.
const slowlogTimesAll = 1000

// setSlowlog puts the directives in force.
func (s *Server) setSlowlog(slowerThan, most int64) {
	l := &s.slowlog
	l.slowerThan, l.max = slowerThan, most
	l.trim()
	everything := l.on() && slowerThan < slowlogTimesAll
	if everything == l.everything {
		return
	}
	l.everything = everything
	s.table.each(func(c *command) { c.cheap = !everything && isCheap(c.row) })
}

type slowEntry struct {
	id, unixSec, usec int64
	args              []string
	addr, name        string
}

func (l *slowlog) on() bool { return l.slowerThan >= 0 && l.max > 0 }

func (l *slowlog) trim() {
	if over := int64(len(l.entries)) - max(l.max, 0); over > 0 {
		n := copy(l.entries, l.entries[over:])
		clear(l.entries[n:])
		l.entries = l.entries[:n]
	}
}

const (
	slowArgsMax = 32
	slowArgMax  = 128
)

func (s *Server) logSlow(cmd *command, usec int64, args [][]byte, c *Conn) {
	if cmd.row != nil && cmd.row.Flags&engine.SkipSlowlog != 0 {
		return
	}
	e := slowEntry{id: s.slowlog.nextID, unixSec: s.now.UnixMs / 1000, usec: usec}
	s.slowlog.nextID++
	e.args = slowArgs(args)
	for i := range min(len(e.args), len(args)) {
		if isSecret(cmd, args, i) && (i+1 < slowArgsMax || len(args) <= slowArgsMax) {
			e.args[i] = redacted
		}
	}
	if args == nil {
		e.args = []string{cmd.name}
	}
	if c != nil && !c.closed {
		e.addr, e.name = c.sock.RemoteAddr(), c.name
	}
	s.slowlog.entries = append(s.slowlog.entries, e)
	s.slowlog.trim()
}

// slowArgs trims arguments as Redis does.
func slowArgs(args [][]byte) []string {
	n := min(len(args), slowArgsMax)
	out := make([]string, 0, n)
	for i := range n {
		a := args[i]
		switch {
		case len(args) > slowArgsMax && i == n-1:
			out = append(out, fmt.Sprintf("... (%d more arguments)", len(args)-n+1))
		case len(a) > slowArgMax:
			out = append(out, fmt.Sprintf("%s... (%d more bytes)", a[:slowArgMax], len(a)-slowArgMax))
		default:
			out = append(out, string(a))
		}
	}
	return out
}

// appendTrimmed keeps what the slow log would show of a write, whose arguments
// are gone when it has run. What is left out is written down as a number.
func appendTrimmed(dst []byte, args [][]byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(args)))
	for _, a := range args[:min(len(args), slowArgsMax)] {
		dst = binary.AppendUvarint(dst, uint64(len(a)))
		dst = append(dst, a[:min(len(a), slowArgMax)]...)
	}
	return dst
}

// splitTrimmed gives back arguments of the right number and lengths, whose
// unkept parts are zeros that slowArgs does not show.
func splitTrimmed(b []byte) [][]byte {
	n, k := binary.Uvarint(b)
	b = b[k:]
	args := make([][]byte, n)
	for i := range min(n, slowArgsMax) {
		size, k := binary.Uvarint(b)
		b = b[k:]
		kept := min(size, slowArgMax)
		args[i] = b[:kept:kept]
		if size > kept {
			args[i] = append(args[i], make([]byte, size-kept)...)
		}
		b = b[kept:]
	}
	return args
}
