package resp

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

const redisVersion = "7.2.4"

const (
	errWrongPass  engine.Error = "WRONGPASS invalid username-password pair or user is disabled."
	errNoPassword engine.Error = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
	errNoProto    engine.Error = "NOPROTO unsupported protocol version"
	errProtoInt   engine.Error = "ERR Protocol version is not an integer or out of range"
	errHelloAuth  engine.Error = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time"
	errNameChars  engine.Error = "ERR Client names cannot contain spaces, newlines or special characters."
	errNoCluster  engine.Error = "ERR This instance has cluster support disabled"
)

var connHandlers = map[string]handler{
	"ping": cmdPing, "echo": cmdEcho, "quit": cmdQuit, "reset": cmdReset, "select": cmdSelect, "hello": cmdHello,
	"auth": cmdAuth, "time": cmdTime, "lolwut": cmdLolwut, "asking": cmdNoCluster, "readonly": cmdNoCluster, "readwrite": cmdNoCluster,
}

func cmdPing(c *Conn, args [][]byte, r engine.Reply) {
	subscribed := c.subs != nil && c.out.Proto() == 2
	switch {
	case len(args) <= 2 && subscribed: // in the form of a message, so that a client can tell
		r.Array(2)
		r.BulkString("pong")
		if len(args) == 2 {
			r.Bulk(args[1])
		} else {
			r.BulkString("")
		}
	case len(args) == 1:
		r.Status("PONG")
	case len(args) == 2:
		r.Bulk(args[1])
	default:
		r.Err("ERR wrong number of arguments for 'ping' command")
	}
}

func cmdEcho(_ *Conn, args [][]byte, r engine.Reply) { r.Bulk(args[1]) }

// cmdQuit answers and closes. What the client sent after it is not read.
func cmdQuit(c *Conn, _ [][]byte, r engine.Reply) {
	r.OK()
	c.closing = true
}

// cmdReset brings the session back to its start.
func cmdReset(c *Conn, _ [][]byte, r engine.Reply) {
	created := c.created
	c.session = c.srv.newSession()
	c.bind("default")
	c.created = created
	c.unsubscribeAll()
	c.endTracking()
	c.endMonitor()
	c.setProto(2)
	r.Status("RESET")
}

func cmdSelect(c *Conn, args [][]byte, r engine.Reply) {
	db, e := parseDB(args[1])
	switch {
	case e != "":
		r.Err(e)
	case db >= c.srv.lim.databases:
		r.Err(engine.ErrDBRange)
	default:
		c.db = db
		r.OK()
	}
}

// parseDB reads a database number.
func parseDB(arg []byte) (int, engine.Error) {
	n, ok := engine.ParseInt(arg)
	switch {
	case !ok:
		return 0, engine.ErrNotInt
	case n != int64(int32(n)):
		return 0, "ERR value is out of range, value must between -2147483648 and 2147483647"
	case n < 0:
		return 0, engine.ErrDBRange
	}
	return int(n), ""
}

// checkPassword compares in constant time, whatever the lengths.
func (s *Server) checkPassword(user, password []byte) bool {
	want, got := sha256.Sum256([]byte(s.lim.password)), sha256.Sum256(password)
	same := subtle.ConstantTimeCompare(want[:], got[:]) == 1
	// Without a password the default user lets everybody in.
	return string(user) == "default" && (same || s.lim.password == "")
}

func cmdAuth(c *Conn, args [][]byte, r engine.Reply) {
	if len(args) > 3 {
		r.Err(engine.ErrSyntax)
		return
	}
	user, password := []byte("default"), args[len(args)-1]
	if len(args) == 3 {
		user = args[1]
	} else if c.srv.openToAll() && !c.srv.loading {
		r.Err(errNoPassword)
		return
	}
	if fault := c.login(user, password); fault != "" {
		r.Err(fault)
		return
	}
	r.OK()
}

// cmdHello parses everything before it changes anything.
func cmdHello(c *Conn, args [][]byte, r engine.Reply) {
	proto, next := 0, 1
	if len(args) > 1 {
		n, ok := engine.ParseInt(args[1])
		if !ok {
			r.Err(errProtoInt)
			return
		}
		if n != 2 && n != 3 {
			r.Err(errNoProto)
			return
		}
		proto, next = int(n), 2
	}
	var user, password, name []byte
	for next < len(args) {
		left := len(args) - next - 1
		switch {
		case engine.EqualFold(args[next], "auth") && left >= 2:
			user, password = args[next+1], args[next+2]
			next += 3
		case engine.EqualFold(args[next], "setname") && left >= 1:
			name = args[next+1]
			if !validName(name) {
				r.Err(errNameChars)
				return
			}
			next += 2
		default:
			r.Err(engine.Error(fmt.Sprintf("ERR Syntax error in HELLO option '%s'", clip(args[next]))))
			return
		}
	}
	if user != nil {
		if fault := c.login(user, password); fault != "" {
			r.Err(fault)
			return
		}
	}
	if !c.authed {
		r.Err(errHelloAuth)
		return
	}
	if name != nil {
		c.name = string(name)
	}
	if proto != 0 {
		c.setProto(proto)
	}
	c.replyHello(r)
}

func (c *Conn) replyHello(r engine.Reply) {
	status := c.srv.replica.Status()
	r.Map(7)
	r.BulkString("server")
	r.BulkString("redis")
	r.BulkString("version")
	r.BulkString(redisVersion)
	r.BulkString("proto")
	r.Int(int64(c.out.Proto()))
	r.BulkString("id")
	r.Int(int64(c.id))
	r.BulkString("mode")
	r.BulkString(c.face.Kind.Mode())
	r.BulkString("role")
	if status.isMaster() {
		r.BulkString("master")
	} else {
		r.BulkString("replica")
	}
	r.BulkString("modules")
	r.Array(0)
}

// isMaster: the leader of the data is what Redis calls a master.
func (s *Status) isMaster() bool { return s.group(1).Role == "leader" }

// validName: what CLIENT LIST shows must stay one word.
func validName(name []byte) bool {
	for _, b := range name {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

// clip bounds what of a client's argument goes into an error.
func clip(arg []byte) []byte {
	if len(arg) > 128 {
		return arg[:128]
	}
	return arg
}

func cmdTime(c *Conn, _ [][]byte, r engine.Reply) {
	now := c.srv.now.UnixMs
	r.Array(2)
	r.BulkString(fmt.Sprint(now / 1000))
	r.BulkString(fmt.Sprint(now % 1000 * 1000))
}

const foxtail = "" +
	"   /\\   /\\\n" +
	"  (  o.o  )\n" +
	"   >  ^  <   __\n" +
	"   /     \\__/ /\n" +
	"  (_______)__/\n"

func cmdLolwut(c *Conn, _ [][]byte, r engine.Reply) {
	var b strings.Builder
	b.WriteString(foxtail)
	fmt.Fprintf(&b, "\nFoxtail ver. %s (Redis %s)\n", c.srv.version, redisVersion)
	r.Verbatim("txt", []byte(b.String()))
}

func cmdNoCluster(_ *Conn, _ [][]byte, r engine.Reply) { r.Err(errNoCluster) }
