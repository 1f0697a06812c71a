package engine

import (
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/engine/lua"
)

// scripting is this process' own part of scripts: compiled programs and the
// machines that run them. No reply depends on what is in it.
type scripting struct {
	programs     map[string]*compiled // by source
	programBytes int
	// vms are for writes and for reads, which may run between the writes of an
	// entry.
	vms [2]*lua.VM
}

// compiled is a script with what its first line declares, or why it does not
// compile.
type compiled struct {
	program *lua.Program
	shebang bool
	flags   []string
	fault   Error
}

const (
	programsMax     = 1000
	programBytesMax = 16 << 20
)

// compileScript compiles a script that EVAL or SCRIPT LOAD gave.
func (e *Engine) compileScript(body string) *compiled {
	return e.compile("s"+body, func() *compiled { return compileScript(body) })
}

func (e *Engine) compile(key string, build func() *compiled) *compiled {
	s := &e.scripting
	if c := s.programs[key]; c != nil {
		return c
	}
	c := build()
	if len(key) > lua.SourceMax {
		return c
	}
	if s.programs == nil || len(s.programs) >= programsMax || s.programBytes+len(key) > programBytesMax {
		s.programs, s.programBytes = map[string]*compiled{}, 0
	}
	s.programs[key] = c
	s.programBytes += len(key)
	return c
}

func compileScript(body string) *compiled {
	c := &compiled{}
	src := body
	if strings.HasPrefix(body, "#!") {
		line, _, found := strings.Cut(body, "\n")
		if !found {
			c.fault = "ERR Invalid script shebang"
			return c
		}
		c.shebang = true
		src = body[len(line):] // its lines keep their numbers
		if c.fault = c.declare(strings.Fields(line)); c.fault != "" {
			return c
		}
	}
	p, err := lua.Compile("user_script", src)
	if err != nil {
		c.fault = Error(oneLine("ERR Error compiling script (new function): " + err.Error()))
		return c
	}
	c.program = p
	return c
}

// declare reads the words of a script's first line.
func (c *compiled) declare(words []string) Error {
	if words[0] != "#!lua" {
		return Error(oneLine("ERR Unexpected engine in script shebang: " + words[0]))
	}
	for _, w := range words[1:] {
		list, isFlags := strings.CutPrefix(w, "flags=")
		if !isFlags {
			return Error(oneLine("ERR Unknown lua shebang option: " + w))
		}
		for f := range strings.SplitSeq(list, ",") {
			if f == "" {
				continue
			}
			if !slices.Contains(lua.FunctionFlags, f) {
				return Error(oneLine("ERR Unexpected flag in script shebang: " + f))
			}
			c.flags = append(c.flags, f)
		}
	}
	return ""
}

// Flags that a script or function declares. allow-stale, no-cluster and
// allow-cross-slot-keys are accepted and change nothing: no state is stale
// here, and every node holds all keys.
const (
	noWrites = "no-writes"
	allowOOM = "allow-oom"
)

// CheckScript answers what a command of the scripting family is refused for
// whatever the state is: a script that does not compile. A session asks before
// it proposes, so that no entry carries one. The compiled form is kept for the
// execution.
func (e *Engine) CheckScript(cmd *Command, args [][]byte) Error {
	switch {
	case cmd.Flags&Log == 0:
		return ""
	case cmd.Parent == nil && cmd.Name == "eval":
		if n, ok := ParseInt(args[2]); !ok || n < 0 || n > int64(len(args)-3) {
			return "" // that error comes first
		}
		return e.compileScript(string(args[1])).fault
	case cmd.Parent != nil && cmd.Parent.Name == "script" && cmd.Name == "load":
		return e.compileScript(string(args[2])).fault
	}
	return ""
}

// Teaches reports whether a read is to be run through the log, as it brings a
// script that EVALSHA_RO is to find later.
func (e *Engine) Teaches(cmd *Command, args [][]byte) bool {
	if cmd.Name != "eval_ro" {
		return false
	}
	_, known := e.scripts.body(lua.SHA1Hex(string(args[1])))
	return !known && e.compileScript(string(args[1])).fault == ""
}

// machine is the VM of the call.
func (c *Call) machine() *lua.VM {
	i := 1
	if c.applying {
		i = 0
	}
	vm := &c.e.scripting.vms[i]
	if *vm == nil {
		*vm = lua.New()
	}
	return *vm
}

// runScript runs a program as part of the call and answers its reply.
func (c *Call) runScript(p *lua.Program, run lua.Run, may scriptRights) {
	may.readOnly = may.readOnly || !c.applying
	h := &scriptHost{caller: c, db: c.db, scriptRights: may}
	c.machine().Run(p, run, h, scriptReply{c.Reply})
}

// scriptReply hands a script's reply on.
type scriptReply struct{ Reply }

// Err implements lua.Reply.
func (r scriptReply) Err(text string) { r.Reply.Err(Error(oneLine(text))) }

// commandReply hands a command's reply to the script.
type commandReply struct{ *lua.Answer }

// Err implements Reply.
func (r commandReply) Err(e Error) { r.Fail(string(e)) }

// scriptHost is the database that a script sees: the engine's own table, at
// the entry's time.
type scriptHost struct {
	scriptRights
	caller *Call
	db     int
	call   Call

	published int // bytes of messages
}

const (
	errScriptUnknown  = "ERR Unknown Redis command called from script"
	errScriptArity    = "ERR Wrong number of args calling Redis command from script"
	errScriptRefused  = "ERR This Redis command is not allowed from script"
	errScriptReadOnly = "ERR Write commands are not allowed from read-only scripts."
)

// Call implements lua.Host.
func (h *scriptHost) Call(args [][]byte, a *lua.Answer) (fault string) {
	cmd, name := Lookup(args[0]), ""
	switch {
	case cmd == nil:
		if name, fault = h.sessionCommand(args, a); fault == errScriptUnknown {
			return fault
		}
	case cmd.Sub != nil && len(args) > 1:
		if cmd = LookupSub(cmd, args[1]); cmd == nil {
			return errScriptUnknown
		}
		fallthrough
	default:
		name, fault = cmd.FullName(), h.run(cmd, args, a)
	}
	h.caller.countInScript(name, fault != "", a.Failed())
	return fault
}

func (h *scriptHost) run(cmd *Command, args [][]byte, a *lua.Answer) (fault string) {
	switch {
	case !cmd.ArityOK(len(args)) || cmd.Do == nil:
		return errScriptArity
	case cmd.Flags&NoScript != 0:
		return errScriptRefused
	}
	if fault = h.denied(cmd, args); fault != "" {
		return fault
	}
	switch {
	case cmd.Flags.Logged() && h.readOnly:
		return errScriptReadOnly
	case h.firstWrite && cmd.Flags&DenyOOM != 0:
		return "OOM command not allowed when used memory > 'maxmemory'."
	case (cmd.Name == "xread" || cmd.Name == "xreadgroup") && asksToBlock(args):
		a.Fail("ERR " + oneLine(string(cut(args[0], nameMax))) + " command is not allowed with BLOCK option from scripts")
		return ""
	}
	h.firstWrite = h.firstWrite && cmd.Flags&Write == 0 // no way to stop in the middle
	c := h.caller
	before := h.storedSize(cmd, args)
	if !a.Pay(h.workBefore(cmd, args)) {
		return ""
	}
	h.call = Call{
		Reply: commandReply{a}, Args: args, e: c.e, cmd: cmd, db: h.db,
		nowMs: c.nowMs, shownMs: c.shownMs, applying: c.applying, inExec: true,
	}
	cmd.Do(&h.call)
	h.call = Call{}
	if cmd.Flags&ReadOnly != 0 && c.applying && c.e.told(NotifyRead) {
		keys, _ := cmd.KeysOf(args, nil)
		for _, key := range keys {
			c.notifyIn(h.db, NotifyRead, "read", key)
		}
	}
	a.Pay(max(0, h.storedSize(cmd, args)-before))
	return ""
}

// Allowed implements lua.Host.
func (h *scriptHost) Allowed(args [][]byte) (allowed, known bool) {
	name := strings.ToLower(string(cut(args[0], nameMax)))
	cmd := Lookup(args[0])
	switch {
	case cmd == nil:
		cmd = sessionRows[name]
	case cmd.Sub != nil && len(args) > 1:
		if cmd = LookupSub(cmd, args[1]); cmd == nil {
			return false, false
		}
	}
	if cmd == nil { // one of a session that no script may call
		return h.caller.e.user == "", sessionWords[name] != 0
	}
	return h.denied(cmd, args) == "", true
}

// Log implements lua.Host. The engine has no log: a script's lines would be
// written by every node, and again at each replay.
func (h *scriptHost) Log(int, string) {}

// sessionWords are commands that sessions own: refused, or answered here.
var sessionWords = func() map[string]int {
	m := map[string]int{"time": 1, "ping": -1, "echo": 2, "select": 2, "publish": 3, "spublish": 3, "wait": 3}
	for _, w := range strings.Fields(`acl asking auth bgrewriteaof bgsave client cluster config debug discard exec
		failover hello latency memory migrate module monitor multi psubscribe psync punsubscribe quit readonly
		readwrite replicaof replconf reset role save shutdown slaveof slowlog ssubscribe subscribe sunsubscribe
		swapdb sync unsubscribe unwatch waitaof watch raft`) {
		m[w] = refusedWord
	}
	return m
}()

const refusedWord = 1 << 20

// sessionCommand answers those commands of sessions that make sense in a
// script.
func (h *scriptHost) sessionCommand(args [][]byte, a *lua.Answer) (name, fault string) {
	name = strings.ToLower(string(cut(args[0], nameMax)))
	n := sessionWords[name]
	switch {
	case n == 0:
		return "", errScriptUnknown
	case n == refusedWord:
		return name, errScriptRefused
	case n > 0 && len(args) != n || n < 0 && len(args) > 2:
		return name, errScriptArity
	}
	if fault = h.denied(sessionRows[name], args); fault != "" {
		return name, fault
	}
	switch name {
	case "time":
		a.Array(2)
		a.Bulk(appendInt(nil, h.caller.nowMs/1000))
		a.Bulk(appendInt(nil, h.caller.nowMs%1000*1000))
	case "ping":
		if len(args) == 2 {
			a.Bulk(args[1])
			break
		}
		a.Status("PONG")
	case "echo":
		a.Bulk(args[1])
	case "wait": // nothing waits in a script, which is not in anybody's log yet
		a.Int(0)
	case "publish", "spublish":
		if h.readOnly {
			return name, errScriptReadOnly
		}
		h.publish(name == "spublish", args[1], args[2], a)
	case "select":
		db, ok := ParseInt(args[1])
		switch {
		case !ok:
			a.Fail("ERR value is not an integer or out of range")
		case db < 0 || db >= int64(len(h.caller.e.dbs)):
			a.Fail(string(ErrDBRange))
		default:
			h.db = int(db)
			a.OK()
		}
	}
	return name, ""
}

// publishedMax is how many bytes of messages one script may publish: they wait
// until its operation is over.
const publishedMax = 64 << 20

// publish hands a message to the session. As every node runs the script, every
// node tells its own subscribers. How many hear it differs from node to node, so
// a script is always told 0.
func (h *scriptHost) publish(shard bool, channel, message []byte, a *lua.Answer) {
	if h.published += len(channel) + len(message); h.published > publishedMax {
		a.Fail("ERR the script has published more than 64 MiB")
		return
	}
	if e := h.caller.e; e.publish != nil {
		e.publish(Message{Shard: shard, Channel: channel, Text: message})
	}
	a.Int(0)
}

// Message is what a script has published. Its bytes are only lent.
type Message struct {
	Shard         bool
	Channel, Text []byte
}

// OnPublish tells where messages of scripts go; nil: nowhere. They never
// influence state.
func (e *Engine) OnPublish(f func(Message)) { e.publish = f }
