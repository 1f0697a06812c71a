package resp

import (
	"crypto/subtle"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// acl holds the users as this node judges by them: those of the engine with
// their rules worked out for the table. A connection whose user may do
// everything carries none and is not judged at all.
type acl struct {
	engine  *engine.Engine // whose users these are
	changed uint64
	users   map[string]*aclUser
	log     aclLog
	denied  map[string]uint64 // how often, by the reason
}

type aclUser struct {
	*engine.ACLUser
	selectors []aclSelector
}

type aclSelector struct {
	*engine.ACLSelector
	may    map[*command]bool
	firsts map[*command][]string // of commands without subcommands: the first arguments that are allowed
}

// followUsers takes over changes of users. It runs after entries were applied
// and before commands are looked at.
func (s *Server) followUsers() {
	e := s.engine()
	if e == nil || e == s.acl.engine && e.UsersChanged() == s.acl.changed {
		return
	}
	s.acl.engine, s.acl.changed = e, e.UsersChanged()
	s.acl.users = nil
	for _, u := range e.Users() {
		if s.acl.users == nil {
			s.acl.users = map[string]*aclUser{}
		}
		s.acl.users[u.Name] = s.compile(u)
	}
	for _, c := range s.order {
		if c.closed {
			continue
		}
		if c.userName != "default" && s.acl.users[c.userName] == nil {
			c.expel() // its user is gone
			continue
		}
		c.bind(c.userName)
		if !c.mayListen() {
			c.expel()
			continue
		}
		c.judgeBlocked()
	}
}

// expel closes the connection, but for the answer to its own command.
func (c *Conn) expel() {
	if c.out.Len() == 0 || !c.pend.empty() {
		c.kill()
		return
	}
	c.closing = true
	c.multi, c.watches = nil, watchList{}
	c.unsubscribeAll()
	c.endTracking()
	c.endMonitor()
	c.srv.markDirty(c)
}

// mayListen tells whether the user may, by any selector, hear of all channels that
// the connection has subscribed to.
func (c *Conn) mayListen() bool {
	if c.subs == nil || c.user == nil {
		return true
	}
	may := func(name string, pattern bool) bool {
		return slices.ContainsFunc(c.user.selectors, func(sel aclSelector) bool {
			return sel.AllChannels || sel.channelOK([]byte(name), pattern)
		})
	}
	for kind, names := range c.subs.at {
		for name := range names {
			if !may(name, topicKind(kind) == patternTopic) {
				return false
			}
		}
	}
	return true
}

// judgeBlocked ends the call that waits in the engine if the user may not make it
// any more.
func (c *Conn) judgeBlocked() {
	s := c.srv
	args, waits := s.engine().Waiting(c.waitID)
	if c.user == nil || c.waitID == 0 || !waits {
		return
	}
	cmd := s.table.named(args[0])
	d, object := c.user.judge(cmd, args)
	mode := engine.UnblockNoKey
	switch d {
	case allowed:
		return
	case deniedCommand:
		mode = engine.UnblockNoCommand
	}
	s.noteDenial(c, d.reason(), "toplevel", object, c.userName)
	s.batch.enc.Unblock(c.waitID, mode)
	s.batch.ops = append(s.batch.ops, op{cmd: upkeepCommand, argsAt: -1, ends: c.waitID})
}

// bind makes the connection be judged by a user that there is.
func (c *Conn) bind(name string) {
	c.userName, c.user = name, nil
	if u := c.srv.acl.users[name]; u != nil && !u.Everything() {
		c.user = u
	}
}

func (s *Server) compile(u *engine.ACLUser) *aclUser {
	c := &aclUser{ACLUser: u}
	for i := range u.Selectors {
		sel := aclSelector{ACLSelector: &u.Selectors[i], may: map[*command]bool{}, firsts: map[*command][]string{}}
		s.table.each(func(cmd *command) { sel.may[cmd] = sel.AllCommands })
		for _, rule := range sel.Rules {
			sel.apply(s.table, rule)
		}
		c.selectors = append(c.selectors, sel)
	}
	return c
}

func (sel *aclSelector) apply(t *table, rule string) {
	allow, name := rule[0] == '+', rule[1:]
	if strings.HasPrefix(name, "@") {
		cat := engine.CategoryNamed(name[1:])
		t.each(func(cmd *command) {
			if cmd.row.Categories()&cat != 0 {
				sel.may[cmd] = allow
				delete(sel.firsts, cmd)
			}
		})
		return
	}
	if cmd := t.named([]byte(name)); cmd != nil {
		sel.may[cmd] = allow
		delete(sel.firsts, cmd)
		for _, sub := range cmd.subs {
			sel.may[sub] = allow
		}
		return
	}
	parent, first, _ := strings.Cut(name, "|")
	if cmd := t.named([]byte(parent)); cmd != nil && allow {
		sel.firsts[cmd] = append(sel.firsts[cmd], first)
	}
}

// knownRule judges a rule about commands by the table.
func (s *Server) knownRule(rule string) string {
	const unknown = "Unknown command or category name in ACL"
	name := rule[1:]
	if strings.HasPrefix(name, "@") {
		if engine.CategoryNamed(name[1:]) == 0 {
			return unknown
		}
		return ""
	}
	if s.table.named([]byte(name)) != nil {
		return ""
	}
	last := strings.LastIndexByte(name, '|')
	if last < 0 {
		return unknown
	}
	parent, first := name[:last], name[last+1:]
	cmd := s.table.named([]byte(parent))
	switch {
	case cmd == nil || cmd.subs != nil || rule[0] == '-':
		return unknown
	case strings.Contains(parent, "|"):
		return "Allowing first-arg of a subcommand is not supported"
	case first == "":
		return "Syntax error"
	}
	return ""
}

// runsScript names the commands whose work the arguments do not show: what they
// call is judged by the engine.
var runsScript = map[string]bool{"eval": true, "evalsha": true, "eval_ro": true, "evalsha_ro": true, "fcall": true, "fcall_ro": true}

// judgedInside reports whether the command is to be proposed in the name of its
// user.
func (c *Conn) judgedInside(cmd *command) bool { return c.user != nil && runsScript[cmd.name] }

// denial tells what a user may not do.
type denial uint8

const (
	allowed denial = iota
	deniedCommand
	deniedKey
	deniedChannel
)

// judge answers the least of what the selectors have against a command, and
// the argument at fault, the last of those that the selectors name.
func (u *aclUser) judge(cmd *command, args [][]byte) (worst denial, object string) {
	at := func(object string) int {
		return slices.IndexFunc(args, func(a []byte) bool { return string(a) == object })
	}
	for i := range u.selectors {
		d, what := u.selectors[i].judge(cmd, args)
		if d == allowed {
			return allowed, ""
		}
		if d > worst || d == worst && at(what) > at(object) {
			worst, object = d, what
		}
	}
	return worst, object
}

func (sel *aclSelector) judge(cmd *command, args [][]byte) (denial, string) {
	if !sel.may[cmd] && cmd.row.Flags&engine.NoAuth == 0 {
		firsts := sel.firsts[cmd]
		if len(args) < 2 || !slices.ContainsFunc(firsts, func(f string) bool { return strings.EqualFold(f, string(args[1])) }) {
			return deniedCommand, cmd.name
		}
	}
	if key, ok := sel.KeysOK(cmd.row, args); !ok {
		return deniedKey, key
	}
	if !sel.AllChannels {
		if channel, ok := sel.channelsOK(cmd, args); !ok {
			return deniedChannel, channel
		}
	}
	return allowed, ""
}

// channelArgs are where the commands that use channels name them.
var channelArgs = map[string]struct {
	all, pattern bool
}{
	"publish": {}, "spublish": {}, "subscribe": {all: true}, "ssubscribe": {all: true}, "psubscribe": {all: true, pattern: true},
}

func (sel *aclSelector) channelsOK(cmd *command, args [][]byte) (bad string, ok bool) {
	how, uses := channelArgs[cmd.name]
	if !uses {
		return "", true
	}
	channels := args[1:]
	if !how.all {
		channels = channels[:1]
	}
	for _, ch := range channels {
		if !sel.channelOK(ch, how.pattern) {
			return string(ch), false
		}
	}
	return "", true
}

// channelOK: patterns are allowed word by word only.
func (sel *aclSelector) channelOK(channel []byte, pattern bool) bool {
	return slices.ContainsFunc(sel.Channels, func(p string) bool {
		return pattern && p == string(channel) || !pattern && engine.Match([]byte(p), channel)
	})
}

// denied judges a command of a connection whose user may not do everything,
// and notes a denial.
func (c *Conn) denied(cmd *command, args [][]byte, context string) engine.Error {
	d, object := c.user.judge(cmd, args)
	if d == allowed {
		return ""
	}
	c.srv.noteDenial(c, d.reason(), context, object, c.userName)
	switch d {
	case deniedCommand:
		return engine.NoPermCommand(c.userName, cmd.name)
	case deniedKey:
		if e := engine.SortDenied(cmd.row, object); e != "" {
			return e
		}
		return engine.NoPermKey
	}
	return engine.NoPermChannel
}

func (d denial) reason() string {
	return [...]string{allowed: "", deniedCommand: "command", deniedKey: "key", deniedChannel: "channel"}[d]
}

// openToAll: whoever names no user need not say a password.
func (s *Server) openToAll() bool {
	if u := s.acl.users["default"]; u != nil {
		return u.On && u.NoPass
	}
	return s.lim.password == ""
}

// login makes the connection be the user's, if the password is. While the users
// are being loaded nobody but the configuration's default user is known.
func (c *Conn) login(name, password []byte) engine.Error {
	s := c.srv
	u := s.acl.users[string(name)]
	ok := u == nil && s.checkPassword(name, password) || u != nil && u.On && (u.NoPass || u.knows(password))
	if s.loading && (!ok || u == nil && s.lim.password == "") {
		return errLoading
	}
	if !ok {
		s.noteDenial(c, "auth", "toplevel", "AUTH", string(clip(name)))
		return errWrongPass
	}
	c.authed, c.loggedIn = true, true
	c.bind(string(name))
	return ""
}

// knows compares with every password of the user, so that the time tells nothing.
func (u *aclUser) knows(password []byte) bool {
	hash := []byte(engine.HashPassword(password))
	same := 0
	for _, p := range u.Passwords {
		same |= subtle.ConstantTimeCompare(hash, []byte(p))
	}
	return same == 1
}
