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
	secret := secrets(cmd, args)
	for i, a := range args {
		b = append(b, ' ')
		if secret[0] <= i && i < secret[1] {
			a = []byte("(redacted)")
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

// secrets are the arguments, from and up to, that hold names and passwords.
func secrets(cmd *command, args [][]byte) [2]int {
	switch cmd.name {
	case "auth":
		return [2]int{1, len(args)}
	case "hello":
		for i := 1; i+2 < len(args); i++ {
			if engine.EqualFold(args[i], "auth") {
				return [2]int{i + 1, i + 3}
			}
		}
	}
	return [2]int{}
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
