package engine

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Users are kept beside the data of the group rather than in the cluster's
// book of members: that book knows no commands, and a user's rules are of no
// use before there is data. They change by operations of their own, and stand
// in a snapshot in a block of their own, if there ever was one:
//
//	users = version nusers (length line){nusers}
const (
	opUsers      = 6
	blockUsers   = 8
	usersVersion = 1
)

// users is the replicated book of users, by name. The slice is replaced by
// each change, never written.
type users struct {
	list    []*ACLUser
	changed uint64 // index of the last change
}

// Users are all users but a default one that was never changed, by name. They
// must not be changed.
func (e *Engine) Users() []*ACLUser { return e.users.list }

// UsersChanged is the index of the entry that last changed a user.
func (e *Engine) UsersChanged() uint64 { return e.users.changed }

// User finds a user by name; nil if there is none.
func (e *Engine) User(name string) *ACLUser {
	if i, found := e.users.find(name); found {
		return e.users.list[i]
	}
	return nil
}

func (u *users) find(name string) (int, bool) {
	return slices.BinarySearchFunc(u.list, name, func(x *ACLUser, name string) int { return strings.Compare(x.Name, name) })
}

func (u *users) put(user *ACLUser, index uint64) {
	i, found := u.find(user.Name)
	u.list = slices.Clone(u.list)
	if found {
		u.list[i] = user
	} else {
		u.list = slices.Insert(u.list, i, user)
	}
	u.changed = index
}

// SetUser adds ACL SETUSER. base are the rules from which the default user
// starts if it was never changed: what the configuration says of it.
func (b *Batch) SetUser(name string, base, rules []string) { b.users("set", name, base, rules) }

// DelUsers adds ACL DELUSER.
func (b *Batch) DelUsers(names []string) { b.users("del", "", nil, names) }

// LoadUsers replaces all users by those described.
func (b *Batch) LoadUsers(lines []string) { b.users("load", "", nil, lines) }

// ImportUsers is LoadUsers where no user was ever changed, and else nothing.
func (b *Batch) ImportUsers(lines []string) { b.users("import", "", nil, lines) }

func (b *Batch) users(what, name string, base, words []string) {
	b.begin(opUsers)
	for _, list := range [][]string{{what, name}, base, words} {
		b.uint(uint64(len(list)))
		for _, w := range list {
			b.bytes([]byte(w))
		}
	}
}

func (r *batchReader) words() (list []string) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		list = append(list, string(r.bytes()))
	}
	return list
}

func (e *Engine) applyUsers(r *batchReader, sink Sink, op int) {
	head, base, words := r.words(), r.words(), r.words()
	if len(head) != 2 {
		r.fail("change of users cut off")
	}
	if r.err != nil {
		return
	}
	reply := sink.Reply(op)
	switch head[0] {
	case "set":
		e.setUser(head[1], base, words, reply)
	case "del":
		e.delUsers(words, reply)
	case "load":
		e.loadUsers(words, reply)
	case "import":
		if e.users.changed != 0 {
			reply.OK()
			return
		}
		e.loadUsers(words, reply)
	default:
		r.fail("change of users " + head[0])
	}
}

func (e *Engine) setUser(name string, base, rules []string, reply Reply) {
	if !ACLNameOK(name) {
		reply.Err(ErrACLName)
		return
	}
	user, fault := e.User(name), Error("")
	if user == nil {
		user = newACLUser(name)
		if name == "default" {
			if user, fault = DefaultUser().SetRules(base, nil); fault != "" {
				reply.Err(fault)
				return
			}
		}
	}
	if user, fault = user.SetRules(rules, nil); fault != "" {
		reply.Err(fault)
		return
	}
	e.users.put(user, e.index)
	reply.OK()
}

func (e *Engine) delUsers(names []string, reply Reply) {
	n := 0
	for _, name := range names {
		if i, found := e.users.find(name); found && name != "default" {
			e.users.list = slices.Delete(slices.Clone(e.users.list), i, i+1)
			n++
		}
	}
	if n > 0 {
		e.users.changed = e.index
	}
	reply.Int(int64(n))
}

func (e *Engine) loadUsers(lines []string, reply Reply) {
	var fresh users
	for _, line := range lines {
		user, fault := ParseACLUser(line, nil)
		if fault != "" {
			reply.Err(fault)
			return
		}
		fresh.put(user, e.index)
	}
	e.users = users{fresh.list, e.index}
	reply.OK()
}

func (u *users) write(b *blockWriter) {
	if u.changed == 0 {
		return
	}
	dst := append([]byte(nil), usersVersion)
	dst = binary.AppendUvarint(dst, u.changed)
	dst = binary.AppendUvarint(dst, uint64(len(u.list)))
	for _, user := range u.list {
		dst = appendBytes(dst, []byte(user.Describe()))
	}
	b.block(blockUsers, dst, nil)
}

// restoreUsers reads the block of users, if b stands at one, and goes on.
func (e *Engine) restoreUsers(b *blockReader) {
	if b.err != nil || b.kind != blockUsers {
		return
	}
	d := payload{b: b}
	if version := d.take(1)[0]; b.err == nil && version != usersVersion {
		b.fail("the users' version is %d, this program reads %d", version, usersVersion)
	}
	e.users.changed = d.uint()
	for n := d.count(); n > 0 && b.err == nil; n-- {
		user, fault := ParseACLUser(string(d.take(d.count())), nil)
		if fault != "" {
			b.fail("a user can't be read: %s", fault)
			return
		}
		e.users.put(user, e.users.changed)
	}
	d.done()
	b.next()
}
