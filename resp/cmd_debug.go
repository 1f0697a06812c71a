package resp

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

const errDebug engine.Error = "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."

// cmdDebug is a safe subset: nothing here harms the data, or crashes or stops
// the node.
func cmdDebug(c *Conn, args [][]byte, r engine.Reply) {
	if mode := c.srv.lim.debug; mode != "yes" && !(mode == "local" && isLoopback(c.sock)) {
		r.Err(errDebug)
		return
	}
	if row := engine.DebugCommand(args[1]); row != nil && row.ArityOK(len(args)) {
		c.debugRead(row, args, r)
		return
	}
	switch sub := strings.ToLower(string(clip(args[1]))); {
	case sub == "clock-offset" && len(args) == 3:
		c.admin(args)
	case sub == "sleep" && len(args) == 3:
		c.debugSleep(args, r)
	case sub == "reload":
		c.debugReload(args, r)
	case sub == "set-active-expire" && len(args) == 3, sub == "quicklist-packed-threshold" && len(args) == 3, sub == "jmap":
		r.OK()
	case sub == "protocol" && len(args) == 3:
		c.debugProtocol(strings.ToLower(string(clip(args[2]))), r)
	case sub == "log" && len(args) == 3:
		c.srv.log.Info("DEBUG LOG", "message", string(clip(args[2])))
		r.OK()
	case sub == "error" && len(args) == 3:
		r.Err(engine.Error(clip(args[2])))
	case sub == "help" && len(args) == 2:
		debugHelp(r)
	default:
		r.Err(engine.Error("ERR unknown subcommand or wrong number of arguments for '" + string(clip(args[1])) + "'. Try DEBUG HELP."))
	}
}

func debugHelp(r engine.Reply) {
	replyHelp(r, "DEBUG",
		"CLOCK-OFFSET <milliseconds>", "    Let this node's wall clock be wrong by that much, until it is restarted.",
		"DIGEST", "    Output a hex signature of all databases. Nodes that have applied the same",
		"    entries answer alike.",
		"DIGEST-VALUE <key> [<key> ...]", "    Output a hex signature of the values of all the specified keys.",
		"ERROR <string>", "    Return a Redis protocol error with <string> as message.",
		"LOG <message>", "    Write <message> to the server log.",
		"OBJECT <key>", "    Show low level info about `key` and associated value.",
		"PROTOCOL <type>", "    Reply with a test value of the specified type. <type> can be: string,",
		"    integer, double, bignum, null, array, set, map, attrib, push, verbatim,", "    true, false.",
		"QUICKLIST-PACKED-THRESHOLD <size>", "    Accepted; it has no meaning here.",
		"RELOAD", "    Write a snapshot of this node's state into memory, load it, and go on with",
		"    what was loaded if it is the same to the byte.",
		"SET-ACTIVE-EXPIRE <0|1>", "    Accepted; expiry is part of the log and is never off.",
		"SLEEP <seconds>", "    Answer after that time. Only this connection waits. Decimals allowed.")
}

// debugRead runs a read of the data that is in no table.
func (c *Conn) debugRead(row *engine.Command, args [][]byte, r engine.Reply) {
	cmd := &command{row: row, name: "debug", kind: kindRead}
	if c.inExec {
		c.srv.view(c, cmd, c.db, args, r)
		return
	}
	c.read(cmd, args)
}

// debugSleep makes this connection wait, as WAIT does for what never comes.
func (c *Conn) debugSleep(args [][]byte, r engine.Reply) {
	// Redis reads what it can of a number, and sleeps for 0 s otherwise.
	f, err := strconv.ParseFloat(string(clip(args[2])), 64)
	if err != nil || !(f > 0) || c.inExec {
		r.OK()
		return
	}
	d := time.Duration(min(f, maxTimeout.Seconds()) * float64(time.Second))
	cloned := make([][]byte, len(args))
	for i, a := range args {
		cloned[i] = bytes.Clone(a)
	}
	c.park(&ackWait{conn: c, sleep: cloned, since: c.srv.now.Mono, until: c.srv.now.Mono + d})
}

func (c *Conn) debugReload(args [][]byte, r engine.Reply) {
	if len(args) > 2 {
		r.Err("ERR DEBUG RELOAD takes no options here: it loads the snapshot that it has just written")
		return
	}
	c.admin([][]byte{[]byte("DEBUG"), []byte("RELOAD")})
}

// debugProtocol answers one value of every kind, for tests of clients.
func (c *Conn) debugProtocol(kind string, r engine.Reply) {
	switch kind {
	case "string":
		r.BulkString("Hello World")
	case "integer":
		r.Int(12345)
	case "double":
		r.Double(3.141)
	case "null":
		r.Null()
	case "array":
		r.Array(3)
		for i := range 3 {
			r.Int(int64(i))
		}
	case "set":
		r.Set(3)
		for i := range 3 {
			r.Int(int64(i))
		}
	case "map":
		r.Map(3)
		for i := range 3 {
			r.Int(int64(i))
			r.Bool(i == 1)
		}
	case "attrib":
		if w, ok := r.(interface{ Attribute(n int) }); ok && r.Proto() == 3 {
			w.Attribute(1)
			r.BulkString("key-popularity")
			r.Array(2)
			r.BulkString("key:123")
			r.Int(90)
		}
		r.BulkString("Some real reply following the attribute")
	case "push":
		if r.Proto() == 2 {
			r.Err("ERR RESP2 is not supported by this command")
			return
		}
		r.Push(2)
		r.BulkString("server-cpu-usage")
		r.Int(42)
		r.BulkString("Some real reply following the push reply")
	case "bignum":
		const big = "1234567999999999999999999999999999999"
		if w, ok := r.(interface{ BigNumber(decimal string) }); ok {
			w.BigNumber(big)
		} else {
			r.BulkString(big)
		}
	case "true", "false":
		r.Bool(kind == "true")
	case "verbatim":
		r.Verbatim("txt", []byte("This is a verbatim\nstring"))
	default:
		r.Err("ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")
	}
}
