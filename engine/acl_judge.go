package engine

import (
	"slices"
	"strings"
)

// Users are judged by sessions, before anything is proposed. What a script
// calls shows only when it runs, so it is judged here, by the user in whose
// name the operation was proposed (Batch.As), alike on every node.

// denial is what a user may not do.
type denial uint8

const (
	allowed denial = iota
	deniedCommand
	deniedKey
	deniedChannel
)

// Replies to a command whose user may not use its keys or channels.
const (
	NoPermKey     Error = "NOPERM No permissions to access a key"
	NoPermChannel Error = "NOPERM No permissions to access a channel"
)

// NoPermCommand is the reply to a command that its user may not run.
func NoPermCommand(user, name string) Error {
	who := "User " + user
	if user == "" { // where that is not known
		who = "This user"
	}
	return Error(oneLine("NOPERM " + who + " has no permissions to run the '" + name + "' command"))
}

// inScript is how the reply reads as the error of a script's call.
func (d denial) inScript(user, name string) string {
	const prefix = "ERR ACL failure in script: "
	switch d {
	case allowed:
		return ""
	case deniedKey:
		return prefix + noPerm(NoPermKey)
	case deniedChannel:
		return prefix + noPerm(NoPermChannel)
	}
	return prefix + noPerm(NoPermCommand(user, name))
}

func noPerm(e Error) string { return strings.TrimPrefix(string(e), "NOPERM ") }

// judge answers the least of what the user's selectors have against a command.
// channel is the one it publishes to; nil: none.
func (u *ACLUser) judge(cmd *Command, args [][]byte, channel []byte) (worst denial) {
	for i := range u.Selectors {
		d := u.Selectors[i].judge(cmd, args, channel)
		if d == allowed {
			return allowed
		}
		worst = max(worst, d)
	}
	return worst
}

func (s *ACLSelector) judge(cmd *Command, args [][]byte, channel []byte) denial {
	if !s.commandOK(cmd, args) {
		return deniedCommand
	}
	if _, ok := s.KeysOK(cmd, args); !ok {
		return deniedKey
	}
	if channel != nil && !s.AllChannels && !slices.ContainsFunc(s.Channels, func(p string) bool { return Match([]byte(p), channel) }) {
		return deniedChannel
	}
	return allowed
}

// commandOK lets the rules about commands work in their order.
func (s *ACLSelector) commandOK(cmd *Command, args [][]byte) bool {
	full, parent := cmd.Name, ""
	if cmd.Parent != nil {
		parent = cmd.Parent.Name
		full = parent + "|" + cmd.Name
	}
	ok, first := s.AllCommands, false
	for _, rule := range s.Rules {
		allow, what := rule[0] == '+', rule[1:]
		switch {
		case what[0] == '@':
			if cmd.Categories()&CategoryNamed(what[1:]) == 0 {
				continue
			}
			ok, first = allow, false
		case strings.EqualFold(what, full) || strings.EqualFold(what, parent):
			ok, first = allow, false
		case allow && parent == "" && len(args) > 1:
			name, arg, nested := strings.Cut(what, "|")
			first = first || nested && strings.EqualFold(name, full) && EqualFold(args[1], strings.ToLower(arg))
		}
	}
	return ok || first
}

// CategoryNamed is the category of a name, 0 if there is none.
func CategoryNamed(name string) Category {
	for i, n := range CategoryNames {
		if strings.EqualFold(name, n) {
			return 1 << i
		}
	}
	return 0
}

const sortOption = " option of SORT"

// SortDenied is the error of a SORT that KeysOK finds bad for what its patterns
// may read; "": it is bad for a key.
func SortDenied(cmd *Command, bad string) Error {
	if !strings.HasPrefix(cmd.Name, "sort") || !strings.HasSuffix(bad, sortOption) {
		return ""
	}
	return Error("ERR " + bad + " denied due to insufficient ACL permissions.")
}

// KeysOK reports whether the selector lets the command at its keys; bad is the
// first that it does not.
func (s *ACLSelector) KeysOK(cmd *Command, args [][]byte) (bad string, ok bool) {
	if s.AllKeys {
		return "", true
	}
	if strings.HasPrefix(cmd.Name, "sort") && !slices.ContainsFunc(s.Keys, func(k ACLKey) bool { return k.Read && k.Pattern == "*" }) {
		// What these read does not show in the arguments.
		switch w := readSortWords(args); {
		case w.by > 0:
			return "BY" + sortOption, false
		case w.get > 0:
			return "GET" + sortOption, false
		}
	}
	for i := range cmd.Keys {
		spec := &cmd.Keys[i]
		one := Command{Keys: []KeySpec{*spec}}
		keys, fits := one.KeysOf(args, nil)
		if !fits {
			continue // the command will answer its own error
		}
		flags := cmd.KeyFlags(i, args)
		read := flags&KeyAccess != 0
		write := flags&(KeyInsert|KeyDelete|KeyUpdate) != 0
		for _, key := range keys {
			if !slices.ContainsFunc(s.Keys, func(k ACLKey) bool {
				return (k.Read || !read) && (k.Write || !write) && Match([]byte(k.Pattern), key)
			}) {
				return string(key), false
			}
		}
	}
	return "", true
}

// sessionRows are those commands of sessions that scripts may call, as far as
// users are judged by them.
var sessionRows = map[string]*Command{
	"publish":  {Name: "publish", Flags: Fast, Cat: CatPubSub},
	"spublish": {Name: "spublish", Flags: Fast, Cat: CatPubSub},
	"echo":     {Name: "echo", Flags: Fast, Cat: CatConnection},
	"ping":     {Name: "ping", Flags: Fast, Cat: CatConnection},
	"select":   {Name: "select", Flags: Fast, Cat: CatConnection},
	"wait":     {Name: "wait", Cat: CatConnection},
	"time":     {Name: "time", Flags: Fast},
}

// denied is the error of a call that the script's user may not make; "": it may.
func (h *scriptHost) denied(cmd *Command, args [][]byte) string {
	e := h.caller.e
	if e.user == "" {
		return ""
	}
	u := e.User(e.user)
	if u == nil { // gone since the script was sent
		return deniedCommand.inScript(e.user, cmd.FullName())
	}
	var channel []byte
	if strings.HasSuffix(cmd.Name, "publish") && len(args) > 1 {
		channel = args[1]
	}
	return u.judge(cmd, args, channel).inScript(e.user, cmd.FullName())
}
