package resp

import (
	"fmt"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

var clientHandlers = map[string]handler{
	"client|id": cmdClientID, "client|info": cmdClientInfo, "client|list": cmdClientList, "client|setname": cmdClientSetname,
	"client|getname": cmdClientGetname, "client|setinfo": cmdClientSetinfo, "client|kill": cmdClientKill,
	"client|no-evict": cmdClientNoEvict, "client|no-touch": cmdClientNoTouch, "client|reply": cmdClientReply,
	"client|pause": cmdClientPause, "client|unpause": cmdClientUnpause, "client|unblock": cmdClientUnblock,
	"client|help": cmdClientHelp,
}

func cmdClientID(c *Conn, _ [][]byte, r engine.Reply) { r.Int(int64(c.id)) }

func cmdClientInfo(c *Conn, _ [][]byte, r engine.Reply) {
	r.Verbatim("txt", []byte(c.describe()+"\n"))
}

func cmdClientGetname(c *Conn, _ [][]byte, r engine.Reply) {
	if c.name == "" {
		r.Null()
		return
	}
	r.BulkString(c.name)
}

func cmdClientSetname(c *Conn, args [][]byte, r engine.Reply) {
	if !validName(args[2]) {
		r.Err(errNameChars)
		return
	}
	c.name = string(args[2])
	r.OK()
}

func cmdClientSetinfo(c *Conn, args [][]byte, r engine.Reply) {
	var field *string
	switch {
	case engine.EqualFold(args[2], "lib-name"):
		field = &c.libName
	case engine.EqualFold(args[2], "lib-ver"):
		field = &c.libVer
	default:
		r.Err(engine.Error(fmt.Sprintf("ERR Unrecognized option '%s'", clip(args[2]))))
		return
	}
	if !validName(args[3]) {
		r.Err(engine.Error("ERR " + strings.ToLower(string(args[2])) + " cannot contain spaces, newlines or special characters."))
		return
	}
	*field = string(args[3])
	r.OK()
}

// clientType reads a type of clients. Peers come over ports of their own, so that
// no client is a master or a replica.
func clientType(arg []byte) (of func(c *Conn) bool, e engine.Error) {
	switch strings.ToLower(string(clip(arg))) {
	case "normal":
		return func(c *Conn) bool { return c.subs == nil }, ""
	case "pubsub":
		return func(c *Conn) bool { return c.subs != nil }, ""
	case "master", "replica", "slave":
		return func(*Conn) bool { return false }, ""
	}
	return nil, engine.Error(fmt.Sprintf("ERR Unknown client type '%s'", clip(arg)))
}

func cmdClientList(c *Conn, args [][]byte, r engine.Reply) {
	s := c.srv
	var b strings.Builder
	list := func(x *Conn) { b.WriteString(x.describe() + "\n") }
	switch {
	case len(args) == 2:
		s.eachConn(list)
	case len(args) == 4 && engine.EqualFold(args[2], "type"):
		of, e := clientType(args[3])
		if e != "" {
			r.Err(e)
			return
		}
		s.eachConn(func(x *Conn) {
			if of(x) {
				list(x)
			}
		})
	case len(args) > 3 && engine.EqualFold(args[2], "id"):
		for _, a := range args[3:] {
			id, ok := engine.ParseInt(a)
			if !ok || id < 1 {
				r.Err("ERR Invalid client ID")
				return
			}
			if x := s.conns[uint64(id)]; x != nil {
				list(x)
			}
		}
	default:
		r.Err(engine.ErrSyntax)
		return
	}
	r.Verbatim("txt", []byte(b.String()))
}

// eachConn calls f for every connection, oldest first.
func (s *Server) eachConn(f func(c *Conn)) {
	for _, c := range s.order {
		if !c.closed {
			f(c)
		}
	}
}

// clientFilter is what CLIENT KILL selects by.
type clientFilter struct {
	id          uint64
	addr, laddr string
	of          func(c *Conn) bool // of the type asked for; nil: any
	skipMe      bool
}

func (f *clientFilter) matches(x, me *Conn) bool {
	switch {
	case f.of != nil && !f.of(x), f.skipMe && x == me, f.id != 0 && x.id != f.id:
		return false
	case f.addr != "" && x.sock.RemoteAddr() != f.addr, f.laddr != "" && x.sock.LocalAddr() != f.laddr:
		return false
	}
	return true
}

func cmdClientKill(c *Conn, args [][]byte, r engine.Reply) {
	f := clientFilter{skipMe: true}
	old := len(args) == 3
	if old {
		f.addr, f.skipMe = string(args[2]), false
	} else if e := f.parse(args[2:]); e != "" {
		r.Err(e)
		return
	}
	var killed []*Conn
	c.srv.eachConn(func(x *Conn) {
		if f.matches(x, c) {
			killed = append(killed, x)
		}
	})
	switch {
	case old && len(killed) == 0:
		r.Err("ERR No such client")
	case old:
		r.OK()
	default:
		r.Int(int64(len(killed)))
	}
	for _, x := range killed {
		if x == c {
			c.closing = true // after this answer
		} else {
			x.kill()
		}
	}
}

func (f *clientFilter) parse(args [][]byte) engine.Error {
	if len(args)%2 != 0 {
		return engine.ErrSyntax
	}
	for ; len(args) > 0; args = args[2:] {
		v := args[1]
		switch strings.ToLower(string(clip(args[0]))) {
		case "id":
			id, ok := engine.ParseInt(v)
			if !ok || id < 1 {
				return "ERR client-id should be greater than 0"
			}
			f.id = uint64(id)
		case "addr":
			f.addr = string(v)
		case "laddr":
			f.laddr = string(v)
		case "type":
			of, e := clientType(v)
			if e != "" {
				return e
			}
			f.of = of
		case "user":
			if string(v) != "default" {
				return engine.Error(fmt.Sprintf("ERR No such user '%s'", clip(v)))
			}
		case "skipme":
			switch {
			case engine.EqualFold(v, "yes"):
				f.skipMe = true
			case engine.EqualFold(v, "no"):
				f.skipMe = false
			default:
				return engine.ErrSyntax
			}
		default:
			return engine.ErrSyntax
		}
	}
	return ""
}

// onOff reads ON or OFF.
func onOff(arg []byte) (on, ok bool) {
	return engine.EqualFold(arg, "on"), engine.EqualFold(arg, "on") || engine.EqualFold(arg, "off")
}

func cmdClientNoEvict(c *Conn, args [][]byte, r engine.Reply) {
	c.setSwitch(&c.noEvict, args[2], r)
}

func cmdClientNoTouch(c *Conn, args [][]byte, r engine.Reply) {
	c.setSwitch(&c.noTouch, args[2], r)
}

func (c *Conn) setSwitch(to *bool, arg []byte, r engine.Reply) {
	on, ok := onOff(arg)
	if !ok {
		r.Err(engine.ErrSyntax)
		return
	}
	*to = on
	r.OK()
}

// cmdClientReply: ON answers OK, the others nothing.
func cmdClientReply(c *Conn, args [][]byte, r engine.Reply) {
	switch {
	case engine.EqualFold(args[2], "on"):
		c.replyOff, c.skip = false, skipNone
		r.OK()
	case engine.EqualFold(args[2], "off"):
		c.replyOff = true
	case engine.EqualFold(args[2], "skip"):
		if !c.replyOff {
			c.skip = skipNext
		}
	default:
		r.Err(engine.ErrSyntax)
	}
}

func cmdClientPause(c *Conn, args [][]byte, r engine.Reply) {
	all := true
	if len(args) == 4 {
		switch {
		case engine.EqualFold(args[3], "write"):
			all = false
		case !engine.EqualFold(args[3], "all"):
			r.Err("ERR CLIENT PAUSE mode must be WRITE or ALL")
			return
		}
	}
	const msMax = 1 << 42
	ms, ok := engine.ParseInt(args[2])
	switch {
	case !ok || ms > msMax:
		r.Err("ERR timeout is not an integer or out of range")
	case ms < 0:
		r.Err("ERR timeout is negative")
	default:
		c.srv.startPause(time.Duration(ms)*time.Millisecond, all)
		r.OK()
	}
}

func cmdClientUnpause(c *Conn, _ [][]byte, r engine.Reply) {
	c.srv.endPause()
	r.OK()
}

func cmdClientHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "CLIENT",
		"CACHING (YES|NO)", "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
		"GETREDIR", "    Return the client ID we are redirecting to when tracking is enabled.",
		"GETNAME", "    Return the name of the current connection.",
		"ID", "    Return the ID of the current connection.",
		"INFO", "    Return information about the current client connection.",
		"KILL <ip:port>", "    Kill connection made from <ip:port>.",
		"KILL <option> <value> [<option> <value> [...]]", "    Kill connections. Options are:",
		"    * ADDR (<ip:port>|<unixsocket>:0)", "      Kill connections made from the specified address",
		"    * LADDR (<ip:port>|<unixsocket>:0)", "      Kill connections made to specified local address",
		"    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)", "      Kill connections by type.",
		"    * USER <username>", "      Kill connections authenticated by <username>.",
		"    * SKIPME (YES|NO)", "      Skip killing current connection (default: yes).",
		"LIST [options ...]", "    Return information about client connections. Options:",
		"    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)", "      Return clients of specified type.",
		"UNPAUSE", "    Stop the current client pause, resuming traffic.",
		"PAUSE <timeout> [WRITE|ALL]", "    Suspend all, or just write, clients for <timeout> milliseconds.",
		"REPLY (ON|OFF|SKIP)", "    Control the replies sent to the current connection.",
		"SETNAME <name>", "    Assign the name <name> to the current connection.",
		"SETINFO <option> <value>", "    Set client meta attr. Options are:",
		"    * LIB-NAME: the client lib name.", "    * LIB-VER: the client lib version.",
		"UNBLOCK <clientid> [TIMEOUT|ERROR]", "    Unblock the specified blocked client.",
		"TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]", "         [OPTIN] [OPTOUT] [NOLOOP]",
		"    Control server assisted client side caching.",
		"TRACKINGINFO", "    Report tracking status for the current connection.",
		"NO-EVICT (ON|OFF)", "    Protect current client connection from eviction.",
		"NO-TOUCH (ON|OFF)", "    Will not touch LRU/LFU stats when this mode is on.")
}

// replyHelp answers HELP as Redis words it.
func replyHelp(r engine.Reply, name string, lines ...string) {
	r.Array(len(lines) + 3)
	r.Status(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, l := range lines {
		r.Status(l)
	}
	r.Status("HELP")
	r.Status("    Prints this help.")
}
