package resp

import (
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

var commandHandlers = map[string]handler{
	"command": cmdCommand, "command|info": cmdCommandInfo, "command|docs": cmdCommandDocs, "command|count": cmdCommandCount,
	"command|list": cmdCommandList, "command|getkeys": cmdCommandGetkeys, "command|getkeysandflags": cmdCommandGetkeysandflags,
	"command|help": cmdCommandHelp,
}

func cmdCommand(c *Conn, _ [][]byte, r engine.Reply) {
	list := c.srv.table.list
	r.Array(len(list))
	for _, cmd := range list {
		cmd.row.ReplyInfo(r)
	}
}

// named finds the row of "get" or "config|set".
func (t *table) named(name []byte) *command {
	parent, sub, nested := strings.Cut(string(clip(name)), "|")
	cmd := t.find([]byte(parent))
	if cmd == nil || !nested {
		return cmd
	}
	if cmd.subs == nil {
		return nil
	}
	return findIn(cmd.subs, []byte(sub))
}

func cmdCommandInfo(c *Conn, args [][]byte, r engine.Reply) {
	if len(args) == 2 {
		cmdCommand(c, args, r)
		return
	}
	r.Array(len(args) - 2)
	for _, name := range args[2:] {
		if cmd := c.srv.table.named(name); cmd != nil {
			cmd.row.ReplyInfo(r)
		} else {
			r.Null()
		}
	}
}

func cmdCommandDocs(c *Conn, args [][]byte, r engine.Reply) {
	list := c.srv.table.list
	if len(args) > 2 {
		list = nil
		for _, name := range args[2:] {
			if cmd := c.srv.table.named(name); cmd != nil {
				list = append(list, cmd)
			}
		}
	}
	r.Map(len(list))
	for _, cmd := range list {
		cmd.row.ReplyDocs(r)
	}
}

func cmdCommandCount(c *Conn, _ [][]byte, r engine.Reply) { r.Int(int64(len(c.srv.table.list))) }

func cmdCommandList(c *Conn, args [][]byte, r engine.Reply) {
	match := func(*command) bool { return true }
	if len(args) > 2 {
		if len(args) != 5 || !engine.EqualFold(args[2], "filterby") {
			r.Err(engine.ErrSyntax)
			return
		}
		if match = commandFilter(args[3], args[4]); match == nil {
			r.Err(engine.ErrSyntax)
			return
		}
	}
	var names []string
	c.srv.table.each(func(cmd *command) {
		if match(cmd) {
			names = append(names, cmd.name)
		}
	})
	r.Array(len(names))
	for _, n := range names {
		r.BulkString(n)
	}
}

func commandFilter(kind, arg []byte) func(*command) bool {
	switch {
	case engine.EqualFold(kind, "pattern"):
		return func(c *command) bool { return engine.Match([]byte(strings.ToLower(string(arg))), []byte(c.name)) }
	case engine.EqualFold(kind, "aclcat"):
		for i, name := range engine.CategoryNames {
			if engine.EqualFold(arg, name) {
				return func(c *command) bool { return c.row.Categories()&(1<<i) != 0 }
			}
		}
		return func(*command) bool { return false }
	case engine.EqualFold(kind, "module"):
		return func(*command) bool { return false }
	}
	return nil
}

// subject finds the command that GETKEYS asks about.
func (t *table) subject(args [][]byte) (*command, engine.Error) {
	cmd := t.find(args[0])
	if cmd != nil && cmd.subs != nil && len(args) > 1 {
		cmd = findIn(cmd.subs, args[1])
	}
	switch {
	case cmd == nil:
		return nil, "ERR Invalid command specified"
	case len(cmd.row.Keys) == 0:
		return nil, "ERR The command has no key arguments"
	case !cmd.row.ArityOK(len(args)):
		return nil, "ERR Invalid number of arguments specified for command"
	}
	return cmd, ""
}

func (t *table) keysOf(args [][]byte) (*command, [][]byte, engine.Error) {
	cmd, e := t.subject(args)
	if e != "" {
		return nil, nil, e
	}
	keys, ok := cmd.row.KeysOf(args, nil)
	switch {
	case ok && len(keys) > 0:
		return cmd, keys, ""
	case cmd.row.Flags&engine.NoMandatoryKeys != 0: // EVAL x 5 a among them
		return cmd, nil, ""
	}
	return nil, nil, "ERR Invalid arguments specified for command"
}

func cmdCommandGetkeys(c *Conn, args [][]byte, r engine.Reply) {
	_, keys, e := c.srv.table.keysOf(args[2:])
	if e != "" {
		r.Err(e)
		return
	}
	r.Array(len(keys))
	for _, k := range keys {
		r.Bulk(k)
	}
}

func cmdCommandGetkeysandflags(c *Conn, args [][]byte, r engine.Reply) {
	cmd, all, e := c.srv.table.keysOf(args[2:])
	if e != "" {
		r.Err(e)
		return
	}
	r.Array(len(all))
	if len(all) == 0 {
		return
	}
	// Key by key with the flags of the spec that found it.
	for i := range cmd.row.Keys {
		one := *cmd.row
		one.Keys = cmd.row.Keys[i : i+1]
		keys, _ := one.KeysOf(args[2:], nil)
		for _, k := range keys {
			names := cmd.row.KeyFlags(i, args[2:]).Names()
			r.Array(2)
			r.Bulk(k)
			r.Set(len(names))
			for _, n := range names {
				r.Status(n)
			}
		}
	}
}

func cmdCommandHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "COMMAND",
		"(no subcommand)", "    Return details about all Redis commands.",
		"COUNT", "    Return the total number of commands in this Redis server.",
		"LIST", "    Return a list of all commands in this Redis server.",
		"INFO [<command-name> ...]", "    Return details about multiple Redis commands.",
		"    If no command names are given, documentation details for all", "    commands are returned.",
		"DOCS [<command-name> ...]", "    Return documentation details about multiple Redis commands.",
		"    If no command names are given, documentation details for all", "    commands are returned.",
		"GETKEYS <full-command>", "    Return the keys from a full Redis command.",
		"GETKEYSANDFLAGS <full-command>", "    Return the keys and the access flags from a full Redis command.")
}
