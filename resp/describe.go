package resp

import (
	"fmt"
)

// describe is one client in the form of CLIENT LIST.
func (c *Conn) describe() string {
	s := c.srv
	flags, cmd, multi := "N", "NULL", -1
	if c.multi != nil {
		flags, multi = "x", len(c.multi.steps)
	}
	if c.waitID != 0 {
		flags = "b"
	}
	if c.last != nil {
		cmd = c.last.name
	}
	events := "r"
	if c.writeOn {
		events = "rw"
	}
	// The descriptor is the reactor's secret: -1, as Redis shows where there is none.
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=0 psub=0 ssub=0 multi=%d qbuf=%d qbuf-free=%d "+
		"argv-mem=%d multi-mem=%d rbs=%d rbp=%d obl=0 oll=0 omem=%d tot-mem=%d events=%s cmd=%s user=default redir=-1 resp=%d lib-name=%s lib-ver=%s",
		c.id, c.sock.RemoteAddr(), c.sock.LocalAddr(), -1, c.name, int64((s.now.Mono - c.created).Seconds()), int64((s.now.Mono - c.active).Seconds()),
		flags, c.db, multi, c.in.Buffered(), max(c.in.BufferSize()-c.in.Buffered(), 0), 0, c.multiMem(), c.out.BufferSize(), c.out.Len(), c.out.Len(),
		c.memory(), events, cmd, c.out.Proto(), c.libName, c.libVer)
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
	return conn + c.in.BufferSize() + c.out.BufferSize() + c.side.BufferSize() + c.pend.size() + c.multiMem()
}
