package resp

import (
	"slices"
	"strconv"

	"github.com/laurocaetano/foxtail/engine"
)

// MONITOR shows a connection what the clients of this node ask for. A monitor that
// does not read is cut off at the limit of class pubsub: the one of ordinary
// clients is unlimited by default, and a monitor gets without asking.

var monitorRows = []engine.Command{
	{
		Name: "monitor", Arity: 1, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
		Since: "1.0.0", Group: "server",
		Summary: "Listen for all requests received by the server in real time",
	},
}

var monitorHandlers = map[string]handler{"monitor": cmdMonitor}

func cmdMonitor(c *Conn, _ [][]byte, r engine.Reply) {
	if c.inExec {
		r.Err("ERR MONITOR isn't allowed for DENY BLOCKING client")
		return
	}
	if !c.monitors {
		c.monitors = true
		c.srv.monitoring = append(c.srv.monitoring, c)
	}
	r.OK()
}

// endMonitor: the connection has gone, or was RESET.
func (c *Conn) endMonitor() {
	if c.monitors {
		c.monitors = false
		s := c.srv
		s.monitoring = slices.DeleteFunc(s.monitoring, func(x *Conn) bool { return x == c })
	}
}

// feed shows a command to the monitors, but for those of administrators, which
// carry what is not for everybody's eyes.
func (s *Server) feed(c *Conn, cmd *command, db int, args [][]byte) {
	if cmd.row == nil || cmd.row.Flags&(engine.Admin|engine.SkipMonitor) != 0 {
		return
	}
	b := append(s.pubsub.scratch[:0], '+')
	b = strconv.AppendInt(b, s.now.UnixMs/1000, 10)
	b = append(b, '.')
	micros := strconv.AppendInt(nil, 1_000_000+s.now.UnixMs%1000*1000, 10)
	b = append(append(b, micros[1:]...), " ["...)
	b = strconv.AppendInt(b, int64(db), 10)
	b = append(append(append(b, ' '), c.sock.RemoteAddr()...), ']')
	for i, a := range args {
		b = append(b, ' ')
		if isSecret(cmd, args, i) {
			a = []byte(redacted)
		}
		b = appendQuoted(b, a)
	}
	b = append(b, '\r', '\n')
	for _, m := range s.monitoring {
		m.pushLine(b)
	}
	if cap(b) <= scratchSizeKept {
		s.pubsub.scratch = b[:0]
	}
}

// redacted stands for what neither MONITOR nor the slow log shows.
const redacted = "(redacted)"

// isSecret reports whether argument i is a password, or what goes with one, as
// Redis judges it.
func isSecret(cmd *command, args [][]byte, i int) bool {
	after := func(word string, most int) bool { // within so many arguments behind the word
		for k := max(i-most, 1); k < i; k++ {
			if engine.EqualFold(args[k], word) {
				return true
			}
		}
		return false
	}
	switch cmd.name {
	case "auth":
		return i >= 1
	case "hello":
		return i >= 3 && after("auth", 2)
	case "acl|setuser":
		return i >= 2
	case "config|set":
		return i >= 3 && i%2 == 1 && (engine.EqualFold(args[i-1], "requirepass") || engine.EqualFold(args[i-1], "masterauth"))
	case "migrate":
		return i >= 7 && (after("auth", 1) || after("auth2", 2))
	}
	return false
}

// appendQuoted writes an argument as Redis shows bytes to people.
func appendQuoted(b, arg []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range arg {
		switch c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\a':
			b = append(b, '\\', 'a')
		case '\b':
			b = append(b, '\\', 'b')
		default:
			if c >= ' ' && c <= '~' {
				b = append(b, c)
			} else {
				b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
			}
		}
	}
	return append(b, '"')
}

// pushLine gives a line to a monitor, or cuts it off (P3).
func (c *Conn) pushLine(b []byte) {
	if c.closed || c.closing {
		return
	}
	if hard := c.srv.lim.pubsub.hard; hard > 0 && int64(c.out.Len()+len(b)) > hard {
		c.cutOff, c.closing = true, true
	} else {
		c.out.Raw(b)
	}
	c.srv.markDirty(c)
}
