package resp

import (
	"fmt"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

var serverHandlers = map[string]handler{
	"info": cmdInfo, "role": cmdRole, "lastsave": cmdLastsave, "save": cmdSave, "bgsave": cmdBgsave, "bgrewriteaof": cmdBgrewriteaof,
	"shutdown": cmdShutdown, "wait": cmdWait, "waitaof": cmdWaitaof, "debug": cmdDebug, "memory|help": cmdMemoryHelp,
	"memory|stats": cmdMemoryStats, "memory|doctor": cmdMemoryDoctor, "memory|purge": cmdMemoryPurge, "memory|malloc-stats": cmdMemoryMallocStats,
	"slowlog|get": cmdSlowlogGet, "slowlog|len": cmdSlowlogLen, "slowlog|reset": cmdSlowlogReset, "slowlog|help": cmdSlowlogHelp,
	"latency|latest": cmdLatencyLatest, "latency|history": cmdLatencyHistory, "latency|reset": cmdLatencyReset,
	"latency|histogram": cmdLatencyHistogram, "latency|help": cmdLatencyHelp,
	"latency|graph": cmdLatencyGraph, "latency|doctor": cmdLatencyDoctor,
}

const (
	errReplicaof engine.Error = "ERR REPLICAOF is not the Foxtail way: every node takes any command. To add a node start it with --join HOST:PORT (RAFT SERVER ADD), to remove one use RAFT SERVER REMOVE"
	errPsync     engine.Error = "ERR Foxtail does not speak the Redis replication protocol. To add a node start it with --join HOST:PORT (RAFT SERVER ADD)"
	errModule    engine.Error = "ERR Foxtail loads no modules. Scripts and functions (EVAL, FUNCTION LOAD) are the way to run code, on all nodes alike"
	errMigrate   engine.Error = "ERR MIGRATE is not the Foxtail way: no node waits for another server. DUMP the key here and RESTORE it there"
	errFailover  engine.Error = "ERR FAILOVER is not the Foxtail way: use RAFT TRANSFER [id]"
)

func refusing(e engine.Error) handler {
	return func(_ *Conn, _ [][]byte, r engine.Reply) { r.Err(e) }
}

var replicaHandlers = map[string]handler{
	"replicaof": refusing(errReplicaof), "slaveof": refusing(errReplicaof), "psync": refusing(errPsync), "sync": refusing(errPsync),
	"replconf": refusing(errPsync), "failover": refusing(errFailover), "migrate": refusing(errMigrate),
	"module|load": refusing(errModule), "module|loadex": refusing(errModule), "module|unload": refusing(errModule),
	"module|list": func(_ *Conn, _ [][]byte, r engine.Reply) { r.Array(0) }, "module|help": cmdModuleHelp,
}

// On the standalone face CLUSTER is answered as by a Redis without cluster
// support; some clients turn themselves into cluster clients otherwise.
var clusterHandlers = map[string]handler{"cluster|*": cmdNoCluster}

// cmdRole: master at the leader of the data, slave elsewhere.
func cmdRole(c *Conn, _ [][]byte, r engine.Reply) {
	st := c.srv.replica.Status()
	g := st.group(1)
	if st.isMaster() {
		others := 0
		for i := range g.Members {
			if g.Members[i].Number != st.Number {
				others++
			}
		}
		r.Array(3)
		r.BulkString("master")
		r.Int(int64(g.Commit))
		r.Array(others)
		for i := range g.Members {
			m := &g.Members[i]
			if m.Number == st.Number {
				continue
			}
			r.Array(3)
			r.BulkString(m.Host)
			r.BulkString(fmt.Sprint(m.Port))
			r.BulkString(fmt.Sprint(m.Match))
		}
		return
	}
	r.Array(5)
	r.BulkString("slave")
	if m := g.member(g.Leader); m != nil {
		r.BulkString(m.Host)
		r.Int(int64(m.Port))
		r.BulkString("connected")
	} else {
		r.BulkString("")
		r.Int(0)
		r.BulkString("connect")
	}
	r.Int(int64(g.Applied))
}

func cmdLastsave(c *Conn, _ [][]byte, r engine.Reply) {
	st := c.srv.replica.Status()
	if st.SnapshotLastUnixMs == 0 {
		r.Int(c.srv.started.UnixMs / 1000)
		return
	}
	r.Int(st.SnapshotLastUnixMs / 1000)
}

// cmdSave means: a snapshot now, and wait for it.
func cmdSave(c *Conn, _ [][]byte, _ engine.Reply) {
	c.admin([][]byte{[]byte("RAFT"), []byte("SNAPSHOT"), []byte("NOW")})
}

func cmdBgsave(c *Conn, args [][]byte, r engine.Reply) {
	if len(args) > 2 || len(args) == 2 && !engine.EqualFold(args[1], "schedule") {
		r.Err(engine.ErrSyntax)
		return
	}
	if c.srv.replica.Status().SnapshotInProgress {
		r.Err("ERR Background save already in progress")
		return
	}
	c.srv.adminBeside("RAFT", "SNAPSHOT", "NOW")
	r.Status("Background saving started")
}

func cmdBgrewriteaof(c *Conn, _ [][]byte, r engine.Reply) {
	if c.srv.replica.Status().SnapshotInProgress {
		r.Err("ERR Background append only file rewriting already in progress")
		return
	}
	c.srv.adminBeside("RAFT", "SNAPSHOT", "NOW")
	r.Status("Background append only file rewriting started")
}

// cmdShutdown: the options are taken and mean nothing here, as nothing is ever
// unsaved. A client of a server that goes down gets no answer, as in Redis.
func cmdShutdown(c *Conn, args [][]byte, r engine.Reply) {
	save, nosave := false, false
	for _, a := range args[1:] {
		switch strings.ToLower(string(clip(a))) {
		case "save":
			save = true
		case "nosave":
			nosave = true
		case "now", "force":
		case "abort":
			r.Err("ERR No shutdown in progress.")
			return
		default:
			r.Err(engine.ErrSyntax)
			return
		}
	}
	if save && nosave {
		r.Err(engine.ErrSyntax)
		return
	}
	c.admin(args)
}

func cmdSlowlogGet(c *Conn, args [][]byte, r engine.Reply) {
	count := int64(10)
	if len(args) == 3 {
		n, ok := engine.ParseInt(args[2])
		if !ok || n < -1 {
			r.Err("ERR count should be greater than or equal to -1")
			return
		}
		count = n
	}
	all := c.srv.slowlog.entries
	if count < 0 || count > int64(len(all)) {
		count = int64(len(all))
	}
	r.Array(int(count))
	for i := range int(count) {
		e := &all[len(all)-1-i]
		r.Array(6)
		r.Int(e.id)
		r.Int(e.unixSec)
		r.Int(e.usec)
		r.Array(len(e.args))
		for _, a := range e.args {
			r.BulkString(a)
		}
		r.BulkString(e.addr)
		r.BulkString(e.name)
	}
}

func cmdSlowlogLen(c *Conn, _ [][]byte, r engine.Reply) { r.Int(int64(len(c.srv.slowlog.entries))) }

func cmdSlowlogReset(c *Conn, _ [][]byte, r engine.Reply) {
	c.srv.slowlog.entries = nil
	r.OK()
}

func cmdSlowlogHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "SLOWLOG",
		"GET [<count>]", "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
		"    Entries are made of:", "    id, timestamp, time in microseconds, arguments array, client IP and port,", "    client name",
		"LEN", "    Return the length of the slowlog.",
		"RESET", "    Reset the slowlog.")
}

// cmdLatencyHistogram answers cumulative counts by powers of two in microseconds.
func cmdLatencyHistogram(c *Conn, args [][]byte, r engine.Reply) {
	var list []*command
	t := c.srv.table
	if len(args) == 2 {
		t.each(func(cmd *command) { list = append(list, cmd) })
	}
	for _, name := range args[2:] {
		if cmd := t.named(name); cmd != nil {
			t.each(func(sub *command) { // a container by all it has
				if sub == cmd || strings.HasPrefix(sub.name, cmd.name+"|") {
					list = append(list, sub)
				}
			})
		}
	}
	used := list[:0]
	for _, cmd := range list {
		if cmd.latency.total > 0 {
			used = append(used, cmd)
		}
	}
	r.Map(len(used))
	for _, cmd := range used {
		r.BulkString(cmd.name)
		r.Map(2)
		r.BulkString("calls")
		r.Int(int64(cmd.calls))
		r.BulkString("histogram_usec")
		buckets := cmd.latency.byUsec()
		r.Map(len(buckets))
		for _, b := range buckets {
			r.Int(int64(b[0]))
			r.Int(int64(b[1]))
		}
	}
}

// byUsec are pairs of a power of two in microseconds and the number of timed
// calls that took no longer.
func (h *histogram) byUsec() (pairs [][2]uint64) {
	var seen uint64
	usec := uint64(1)
	for slot, n := range h.counts {
		if n == 0 {
			continue
		}
		for usec*1000 < histogramTop(slot) {
			usec *= 2
		}
		seen += uint64(n)
		if last := len(pairs) - 1; last >= 0 && pairs[last][0] == usec {
			pairs[last][1] = seen
		} else {
			pairs = append(pairs, [2]uint64{usec, seen})
		}
	}
	return pairs
}

func cmdLatencyHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "LATENCY",
		"DOCTOR", "    Return a human readable latency analysis report.",
		"GRAPH <event>", "    Return an ASCII latency graph for the <event> class.",
		"HISTORY <event>", "    Return time-latency samples for the <event> class.",
		"LATEST", "    Return the latest latency samples for all events.",
		"RESET [<event> ...]", "    Reset latency data of one or more <event> classes.",
		"    (default: reset all data for all event classes)",
		"HISTOGRAM [COMMAND ...]", "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
		"    If no commands are specified then all histograms are replied.")
}

func cmdModuleHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "MODULE",
		"LIST", "    Return a list of loaded modules. There are none, ever.",
		"LOAD <path> [<arg> ...]", "    Refused.",
		"LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]", "    Refused.",
		"UNLOAD <name>", "    Refused.")
}
