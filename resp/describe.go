package resp

import (
	"fmt"
)

// describe is one client in the form of CLIENT LIST.
func (c *Conn) describe() string {
	s := c.srv
	cmd, multi := "NULL", -1
	if c.multi != nil {
		multi = len(c.multi.steps)
	}
	if c.last != nil {
		cmd = c.last.name
	}
	held, free := c.in.Held()
	events := "r"
	if c.writeOn {
		events = "rw"
	}
	// The descriptor is the reactor's secret: -1, as Redis shows where there is none.
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d multi=%d qbuf=%d qbuf-free=%d "+
		"argv-mem=%d multi-mem=%d rbs=%d rbp=%d obl=0 oll=0 omem=%d tot-mem=%d events=%s cmd=%s user=%s redir=%d resp=%d lib-name=%s lib-ver=%s",
		c.id, c.sock.RemoteAddr(), c.sock.LocalAddr(), -1, c.name, int64((s.now.Mono - c.created).Seconds()), int64((s.now.Mono - c.active).Seconds()),
		c.flags(), c.db, c.subscribed(channelTopic), c.subscribed(patternTopic), c.subscribed(shardTopic), multi, held, free, 0, c.multiMem(), c.out.BufferSize(), c.out.Len(), c.out.Len(),
		c.memory(), events, cmd, c.userName, c.redirection(), c.out.Proto(), c.libName, c.libVer)
}

// flags are the letters of CLIENT LIST, in Redis' order.
func (c *Conn) flags() string {
	var f []byte
	if c.monitors {
		f = append(f, 'O')
	}
	if c.subs != nil {
		f = append(f, 'P')
	}
	if c.multi != nil {
		f = append(f, 'x')
	}
	if c.waitID != 0 || c.acks != nil {
		f = append(f, 'b')
	}
	if m := c.track; m != nil {
		f = append(f, 't')
		if m.broken {
			f = append(f, 'R')
		}
		if m.bcast {
			f = append(f, 'B')
		}
	}
	if len(f) == 0 {
		return "N"
	}
	return string(f)
}

func (c *Conn) multiMem() int {
	if c.multi == nil {
		return 0
	}
	return c.multi.size
}

// memory is about what the connection holds.
func (c *Conn) memory() int {
	const conn = 1024
	subs := 0
	if c.subs != nil {
		subs = c.subs.bytes
	}
	return conn + subs + c.in.BufferSize() + c.out.BufferSize() + c.side.BufferSize() + c.pend.size() + c.multiMem() + c.watches.memory()
}
