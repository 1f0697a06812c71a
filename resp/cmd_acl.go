package resp

import (
	"fmt"
	"os"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

var aclHandlers = map[string]handler{
	"acl|cat": cmdACLCat, "acl|deluser": cmdACLDeluser, "acl|dryrun": cmdACLDryrun, "acl|genpass": cmdACLGenpass,
	"acl|getuser": cmdACLGetuser, "acl|help": cmdACLHelp, "acl|list": cmdACLList, "acl|load": cmdACLLoad, "acl|log": cmdACLLog,
	"acl|save": cmdACLSave, "acl|setuser": cmdACLSetuser, "acl|users": cmdACLUsers, "acl|whoami": cmdACLWhoami,
}

const (
	errNoACLFile engine.Error = "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration."
	errACLExec   engine.Error = "ERR users can't be changed inside MULTI"
)

// errACLSyntax is about a subcommand with arguments that it does not take.
func errACLSyntax(args [][]byte) engine.Error {
	return engine.Error(oneLine("ERR unknown subcommand or wrong number of arguments for '" + string(clip(args[1])) + "'. Try ACL HELP."))
}

// changeUsers puts a change of users into the batch; its answer comes with the
// entry.
func (c *Conn) changeUsers(r engine.Reply, add func(b *engine.Batch)) {
	s := c.srv
	if c.inExec {
		r.Err(errACLExec)
		return
	}
	if s.loading {
		r.Err(errLoading)
		return
	}
	if s.refusal != "" {
		r.Err(s.refusal)
		return
	}
	b := s.batch
	add(&b.enc)
	b.own(c, c.last, nil)
	c.pend.push(slot{kind: slotWrite, silent: c.silent(), db: int32(c.db), cmd: c.last, batch: b})
	// What follows is judged by the users as they will be.
	c.stall(stallPending)
}

// defaultUser is the default user as it is now. Until it is first changed the
// configuration of this node says how it is.
func (s *Server) defaultUser() (user *engine.ACLUser, base []string) {
	if u := s.engine().User("default"); u != nil {
		return u, nil
	}
	user = engine.DefaultUser()
	if s.lim.password != "" {
		base = []string{"#" + engine.HashPassword([]byte(s.lim.password))}
		user, _ = user.SetRules(base, nil) // a hash made here has the right form
	}
	return user, base
}

// user finds a user as it is now; nil if there is none.
func (s *Server) user(name string) *engine.ACLUser {
	if name == "default" {
		u, _ := s.defaultUser()
		return u
	}
	return s.engine().User(name)
}

// allUsers are all users by name.
func (s *Server) allUsers() []*engine.ACLUser {
	list := s.engine().Users()
	if s.engine().User("default") != nil {
		return list
	}
	d, _ := s.defaultUser()
	all := make([]*engine.ACLUser, 0, len(list)+1)
	for _, u := range list {
		if d != nil && u.Name > d.Name {
			all, d = append(all, d), nil
		}
		all = append(all, u)
	}
	if d != nil {
		all = append(all, d)
	}
	return all
}

func cmdACLSetuser(c *Conn, args [][]byte, r engine.Reply) {
	s, name := c.srv, string(args[2])
	if !engine.ACLNameOK(name) {
		r.Err(engine.ErrACLName)
		return
	}
	var asked, rules []string
	both := func(rule string) { asked, rules = append(asked, rule), append(rules, rule) }
	hearAll := s.cfg.Str("acl-pubsub-default") == "allchannels"
	if hearAll && s.user(name) == nil {
		both("allchannels")
	}
	for _, a := range args[3:] {
		switch {
		case len(a) > 0 && (a[0] == '>' || a[0] == '<'):
			// A password enters the log as its hash only.
			mark := map[byte]string{'>': "#", '<': "!"}[a[0]]
			asked, rules = append(asked, string(a)), append(rules, mark+engine.HashPassword(a[1:]))
		case hearAll && len(a) > 0 && a[0] == '(':
			both("(allchannels " + string(a[1:]))
		default:
			both(string(a))
			if hearAll && engine.EqualFold(a, "reset") {
				both("allchannels")
			}
		}
	}
	_, base := s.defaultUser()
	was := s.user(name)
	if was == nil {
		was, _ = engine.ParseACLUser("user "+name, nil)
	}
	if _, fault := was.SetRules(asked, s.knownRule); fault != "" {
		r.Err(fault)
		return
	}
	c.changeUsers(r, func(b *engine.Batch) { b.SetUser(name, base, rules) })
}

func cmdACLDeluser(c *Conn, args [][]byte, r engine.Reply) {
	var names []string
	for _, a := range args[2:] {
		if string(a) == "default" {
			r.Err("ERR The 'default' user cannot be removed")
			return
		}
		names = append(names, string(a))
	}
	c.changeUsers(r, func(b *engine.Batch) { b.DelUsers(names) })
}

func cmdACLList(c *Conn, _ [][]byte, r engine.Reply) {
	all := c.srv.allUsers()
	r.Array(len(all))
	for _, u := range all {
		r.BulkString(u.Describe())
	}
}

func cmdACLUsers(c *Conn, _ [][]byte, r engine.Reply) {
	all := c.srv.allUsers()
	r.Array(len(all))
	for _, u := range all {
		r.BulkString(u.Name)
	}
}

func cmdACLWhoami(c *Conn, _ [][]byte, r engine.Reply) { r.BulkString(c.userName) }

func cmdACLGetuser(c *Conn, args [][]byte, r engine.Reply) {
	u := c.srv.user(string(args[2]))
	if u == nil {
		r.Null()
		return
	}
	flags := u.Flags()
	r.Map(6)
	r.BulkString("flags")
	r.Set(len(flags))
	for _, f := range flags {
		r.BulkString(f)
	}
	r.BulkString("passwords")
	r.Array(len(u.Passwords))
	for _, p := range u.Passwords {
		r.BulkString(p)
	}
	replySelector(r, &u.Selectors[0])
	r.BulkString("selectors")
	r.Array(len(u.Selectors) - 1)
	for i := range u.Selectors[1:] {
		r.Map(3)
		replySelector(r, &u.Selectors[1+i])
	}
}

func replySelector(r engine.Reply, s *engine.ACLSelector) {
	r.BulkString("commands")
	r.BulkString(s.CommandsText())
	r.BulkString("keys")
	r.BulkString(s.KeysText())
	r.BulkString("channels")
	r.BulkString(s.ChannelsText())
}

func cmdACLCat(c *Conn, args [][]byte, r engine.Reply) {
	if len(args) == 2 {
		r.Array(len(engine.CategoryNames))
		for _, n := range engine.CategoryNames {
			r.BulkString(n)
		}
		return
	}
	if len(args) > 3 {
		r.Err(errACLSyntax(args))
		return
	}
	cat := engine.CategoryNamed(string(args[2]))
	if cat == 0 {
		r.Err(engine.Error(oneLine(fmt.Sprintf("ERR Unknown category '%s'", clip(args[2])))))
		return
	}
	var names []string
	c.srv.table.each(func(cmd *command) {
		if cmd.row.Categories()&cat != 0 {
			names = append(names, cmd.name)
		}
	})
	r.Array(len(names))
	for _, n := range names {
		r.BulkString(n)
	}
}

func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

func cmdACLGenpass(c *Conn, args [][]byte, r engine.Reply) {
	bits := int64(256)
	if len(args) > 3 {
		r.Err(errACLSyntax(args))
		return
	}
	if len(args) == 3 {
		var ok bool
		if bits, ok = engine.ParseInt(args[2]); !ok {
			r.Err(engine.ErrNotInt)
			return
		}
		if bits <= 0 || bits > 4096 {
			r.Err("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096")
			return
		}
	}
	digits := make([]byte, (bits+3)/4)
	for i := range digits {
		digits[i] = "0123456789abcdef"[c.srv.rand.IntN(16)]
	}
	r.Bulk(digits)
}

func cmdACLDryrun(c *Conn, args [][]byte, r engine.Reply) {
	s := c.srv
	u := s.user(string(args[2]))
	if u == nil {
		r.Err(engine.Error(oneLine(fmt.Sprintf("ERR User '%s' not found", clip(args[2])))))
		return
	}
	if s.table.find(args[3]) == nil {
		r.Err(engine.Error(oneLine(fmt.Sprintf("ERR Command '%s' not found", clip(args[3])))))
		return
	}
	cmd, fault := s.table.resolve(args[3:], nil)
	if fault != "" {
		r.Err(fault)
		return
	}
	switch d, object := s.compile(u).judge(cmd, args[3:]); d {
	case allowed:
		r.OK()
	case deniedCommand:
		r.BulkString("User " + u.Name + " has no permissions to run the '" + cmd.name + "' command")
	case deniedKey:
		r.BulkString("User " + u.Name + " has no permissions to access the '" + object + "' key")
	case deniedChannel:
		r.BulkString("User " + u.Name + " has no permissions to access the '" + object + "' channel")
	}
}

func cmdACLLog(c *Conn, args [][]byte, r engine.Reply) {
	l := &c.srv.acl.log
	count := int64(10)
	if len(args) > 3 {
		r.Err(errACLSyntax(args))
		return
	}
	if len(args) == 3 {
		if engine.EqualFold(args[2], "reset") {
			l.entries = nil
			r.OK()
			return
		}
		var ok bool
		if count, ok = engine.ParseInt(args[2]); !ok {
			r.Err(engine.ErrNotInt)
			return
		}
	}
	shown := l.entries[:min(max(count, 0), int64(len(l.entries)))]
	r.Array(len(shown))
	for i := range shown {
		e := &shown[i]
		r.Map(10)
		r.BulkString("count")
		r.Int(e.count)
		for _, kv := range [][2]string{{"reason", e.reason}, {"context", e.context}, {"object", e.object}, {"username", e.user}} {
			r.BulkString(kv[0])
			r.BulkString(kv[1])
		}
		r.BulkString("age-seconds")
		r.Double(float64(c.srv.now.UnixMs-e.createdMs) / 1000)
		r.BulkString("client-info")
		r.BulkString(e.client)
		for _, kv := range []struct {
			name string
			n    int64
		}{{"entry-id", e.id}, {"timestamp-created", e.createdMs}, {"timestamp-last-updated", e.updatedMs}} {
			r.BulkString(kv.name)
			r.Int(kv.n)
		}
	}
}

// cmdACLLoad makes the users of this node's file those of all nodes.
func cmdACLLoad(c *Conn, _ [][]byte, r engine.Reply) {
	if c.srv.aclPath() == "" {
		r.Err(errNoACLFile)
		return
	}
	lines, err := c.srv.readACLFile()
	if err != nil {
		r.Err(engine.Error(oneLine("ERR " + err.Error())))
		return
	}
	c.changeUsers(r, func(b *engine.Batch) { b.LoadUsers(lines) })
}

func cmdACLSave(c *Conn, _ [][]byte, r engine.Reply) {
	path := c.srv.aclPath()
	if path == "" {
		r.Err(errNoACLFile)
		return
	}
	var b strings.Builder
	for _, u := range c.srv.allUsers() {
		b.WriteString(u.Describe() + "\n")
	}
	temp := path + ".new"
	err := os.WriteFile(temp, []byte(b.String()), 0o600)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		c.srv.log.Error("ACL SAVE", "error", err)
		r.Err("ERR There was an error trying to save the ACLs. Please check the server logs for more information")
		return
	}
	r.OK()
}

func cmdACLHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "ACL",
		"CAT [<category>]", "    List all commands that belong to <category>, or all command categories", "    when no category is specified.",
		"DELUSER <username> [<username> ...]", "    Delete a list of users.",
		"DRYRUN <username> <command> [<arg> ...]", "    Returns whether the user can execute the given command without executing the command.",
		"GETUSER <username>", "    Get the user's details.",
		"GENPASS [<bits>]", "    Generate a secure 256-bit user password. The optional `bits` argument can", "    be used to specify a different size.",
		"LIST", "    Show users details in config file format.",
		"LOAD", "    Reload users from the ACL file.",
		"LOG [<count> | RESET]", "    Show the ACL log entries.",
		"SAVE", "    Save the current config to the ACL file.",
		"SETUSER <username> <attribute> [<attribute> ...]", "    Create or modify a user with the specified attributes.",
		"USERS", "    List all the registered usernames.",
		"WHOAMI", "    Return the current connection username.")
}
