package engine

import (
	"bytes"
	"testing"
)

// Users are in the snapshot, and what can't be applied changes nothing.
func TestUsersInSnapshot(t *testing.T) {
	n := newNode(t)
	change := func(want string, add func(b *Batch)) {
		t.Helper()
		n.reply.out = n.reply.out[:0]
		add(&n.batch)
		n.apply()
		if got := string(n.reply.out); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	change("+OK\r\n", func(b *Batch) {
		b.SetUser("u", nil, []string{"on", ">p", "~a*", "%R~b*", "&c*", "+@read", "-get", "+config|get", "(~x", "+set)", "(&y)"})
	})
	change("+OK\r\n", func(b *Batch) {
		b.SetUser("default", []string{"#" + HashPassword([]byte("x"))}, []string{"-@dangerous"})
	})
	change("-ERR Error in ACL SETUSER modifier 'foo': Syntax error\r\n", func(b *Batch) { b.SetUser("u", nil, []string{"off", "foo"}) })
	change("-"+string(ErrACLName)+"\r\n", func(b *Batch) { b.SetUser("a b", nil, nil) })
	change(":0\r\n", func(b *Batch) { b.DelUsers([]string{"default", "none"}) })
	want := "user u on sanitize-payload #" + HashPassword([]byte("p")) + " ~a* %R~b* resetchannels &c* -@all +@read -get +config|get (~x resetchannels -@all +set) (resetchannels &y -@all)"
	if got := n.e.User("u").Describe(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var first, second bytes.Buffer
	s := n.e.Snapshot()
	if _, err := s.WriteTo(&first); err != nil {
		t.Fatal(err)
	}
	s.Release()
	e, err := Restore(n.e.opt, bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got := e.User("u").Describe(); got != want {
		t.Errorf("restored: got  %s\nwant %s", got, want)
	}
	s = e.Snapshot()
	defer s.Release()
	if _, err := s.WriteTo(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the snapshot of a restored engine is another one")
	}
	change("+OK\r\n", func(b *Batch) { b.LoadUsers([]string{"user z on nopass skip-sanitize-payload ~* &* +@all"}) })
	if len(n.e.Users()) != 1 || !n.e.User("z").SkipSanitize || !n.e.User("z").Everything() {
		t.Errorf("%d users", len(n.e.Users()))
	}
}
