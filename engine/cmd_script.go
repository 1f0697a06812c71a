package engine

import (
	"crypto/sha1"
	"slices"
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/engine/lua"
)

const (
	errNoScript     Error = "NOSCRIPT No matching script. Please use EVAL."
	errNotBusy      Error = "NOTBUSY No scripts in execution right now."
	errScriptFull   Error = "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
	errScriptWrites Error = "ERR Can not execute a script with write flag using *_ro command."
)

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// scriptArgs splits what follows the script into keys and arguments.
func (c *Call) scriptArgs(bad Error) (keys, args [][]byte, ok bool) {
	n, isInt := ParseInt(c.Args[2])
	switch {
	case !isInt:
		c.Err(bad)
	case n > int64(len(c.Args)-3):
		c.Err("ERR Number of keys can't be greater than number of args")
	case n < 0:
		c.Err("ERR Number of keys can't be negative")
	default:
		return c.Args[3 : 3+n], c.Args[3+n:], true
	}
	return nil, nil, false
}

func cmdEval(c *Call)      { c.eval(false) }
func cmdEvalRo(c *Call)    { c.eval(true) }
func cmdEvalsha(c *Call)   { c.evalsha(false) }
func cmdEvalshaRo(c *Call) { c.evalsha(true) }

func (c *Call) eval(readOnly bool) {
	keys, args, ok := c.scriptArgs(ErrNotInt)
	if !ok {
		return
	}
	body := string(c.Args[1])
	sha := lua.SHA1Hex(body)
	script := c.e.compileScript(body)
	if script.fault != "" {
		c.Err(script.fault)
		return
	}
	if c.applying {
		c.e.scripts.keep(sha, body)
	}
	c.runCompiled(script, lua.Run{Name: sha, Keys: keys, Args: args}, readOnly)
}

func (c *Call) evalsha(readOnly bool) {
	if len(c.Args[1]) != 2*sha1.Size {
		c.Err(errNoScript)
		return
	}
	keys, args, ok := c.scriptArgs(ErrNotInt)
	if !ok {
		return
	}
	sha := strings.ToLower(string(c.Args[1]))
	body, found := c.e.scripts.body(sha)
	if !found {
		c.Err(errNoScript)
		return
	}
	if c.applying {
		c.e.scripts.used(sha)
	}
	script := c.e.compileScript(body)
	if script.fault != "" {
		c.Err(script.fault)
		return
	}
	c.runCompiled(script, lua.Run{Name: sha, Keys: keys, Args: args}, readOnly)
}

func (c *Call) runCompiled(s *compiled, run lua.Run, readOnly bool) {
	rights := scriptRights{readOnly: readOnly, firstWrite: c.e.full}
	if s.shebang && !c.declared(s.flags, &rights) {
		return
	}
	c.runScript(s.program, run, rights)
}

// scriptRights are what a script may do.
type scriptRights struct {
	readOnly   bool
	firstWrite bool // memory is full: it may not begin with what takes more
}

// declared applies the flags that a script or function declares. false: it may
// not run, and that has been answered.
func (c *Call) declared(flags []string, r *scriptRights) bool {
	reads := slices.Contains(flags, noWrites)
	switch {
	case r.readOnly && !reads:
		c.Err(errScriptWrites)
		return false
	case reads || slices.Contains(flags, allowOOM):
		r.firstWrite = false
	case c.e.full:
		c.Err(errScriptFull)
		return false
	}
	r.readOnly = reads
	return true
}

func cmdScriptLoad(c *Call) {
	body := string(c.Args[2])
	if script := c.e.compileScript(body); script.fault != "" {
		c.Err(script.fault)
		return
	}
	sha := lua.SHA1Hex(body)
	c.e.scripts.load(sha, body)
	c.BulkString(sha)
}

func cmdScriptExists(c *Call) {
	c.Array(len(c.Args) - 2)
	for _, a := range c.Args[2:] {
		n := int64(0)
		if _, found := c.e.scripts.body(strings.ToLower(string(cut(a, 64)))); found {
			n = 1
		}
		c.Int(n)
	}
}

// flushMode reads the optional SYNC or ASYNC, which are the same here.
func (c *Call) flushMode(fault Error) bool {
	if len(c.Args) > 3 || len(c.Args) == 3 && !c.ArgIs(2, "sync") && !c.ArgIs(2, "async") {
		c.Err(fault)
		return false
	}
	return true
}

func cmdScriptFlush(c *Call) {
	if c.flushMode("ERR SCRIPT FLUSH only support SYNC|ASYNC option") {
		c.e.scripts.flushScripts()
		c.OK()
	}
}

// cmdScriptKill finds nothing to kill: a script ends by its budget before
// anybody could ask.
func cmdScriptKill(c *Call) { c.Err(errNotBusy) }

func cmdScriptDebug(c *Call) {
	if !c.ArgIs(2, "no") && !c.ArgIs(2, "yes") && !c.ArgIs(2, "sync") {
		c.Err("ERR Use SCRIPT DEBUG YES/SYNC/NO")
		return
	}
	if !c.ArgIs(2, "no") {
		c.Err("ERR the script debugger is not supported: scripts run on every node")
		return
	}
	c.OK()
}

func cmdScriptHelp(c *Call) {
	c.replyHelp(
		"SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
		"DEBUG (YES|SYNC|NO)",
		"    Set the debug mode for subsequent scripts executed.",
		"EXISTS <sha1> [<sha1> ...]",
		"    Return information about the existence of the scripts in the script cache.",
		"FLUSH [ASYNC|SYNC]",
		"    Flush the Lua scripts cache. Very dangerous on replicas.",
		"    When called without the optional mode argument, the behavior is determined by the",
		"    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
		"    * ASYNC: Asynchronously flush the scripts cache.",
		"    * SYNC: Synchronously flush the scripts cache.",
		"KILL",
		"    Kill the currently executing Lua script.",
		"LOAD <script>",
		"    Load a script into the scripts cache without executing it.",
		"HELP",
		"    Prints this help.",
	)
}
