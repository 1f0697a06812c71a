package resp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/config"
)

// Whoever connects before the users are known is nobody: neither may he
// administer the node, nor is he let in when they are.
func TestLoadingLetsNobodyIn(t *testing.T) {
	h := newHarness(t)
	admin := h.dial()
	admin.expect("+OK\r\n", "ACL", "SETUSER", "default", ">secret")
	admin.expect("+OK\r\n", "ACL", "SETUSER", "alice", "on", ">pw", "+@all", "~*")
	known := h.rep.eng
	h.rep.eng = engine.New(engine.DefaultOptions())
	h.srv.SetLoading(true)
	h.turn()
	early := h.dial()
	for _, line := range []string{"CONFIG SET timeout 1", "SHUTDOWN", "ACL LIST", "GET a", "AUTH alice pw", "AUTH default x", "AUTH secret", "HELLO 2 AUTH alice pw"} {
		early.expect("-"+string(errLoading)+"\r\n", strings.Fields(line)...)
	}
	h.rep.eng = known
	h.srv.SetLoading(false)
	h.turn()
	if !early.sock.closed {
		t.Error("who came before the users were known is still there")
	}
	late := h.dial()
	late.expect("-"+string(errNoAuth)+"\r\n", "GET", "a")
	late.expect("+OK\r\n", "AUTH", "alice", "pw")
	late.expect("$-1\r\n", "GET", "a")
}

// A node that was away while the default user got a password lets those in who
// come before it has caught up, and cuts them off when it has.
func TestStrangersAreCutOffAfterCatchingUp(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	early, user := h.dial(), h.dial()
	h.turn()
	changed := engine.New(engine.DefaultOptions())
	var b engine.Batch
	b.SetUser("default", nil, []string{"#" + engine.HashPassword([]byte("secret"))})
	if err := changed.Apply(engine.Entry{Index: 1, Term: 1, UnixMs: h.now.UnixMs, Data: b.Bytes()}, h.srv.Foreign()); err != nil {
		t.Fatal(err)
	}
	h.rep.eng = changed
	h.turn()
	user.expect("+OK\r\n", "AUTH", "secret")
	if early.sock.closed {
		t.Fatal("cut off before the node has caught up")
	}
	h.rep.readsReady()
	if !early.sock.closed || user.sock.closed {
		t.Errorf("cut off: the stranger %v, the user %v", early.sock.closed, user.sock.closed)
	}
}

// aclfile is imported into a cluster without users, before anybody is served; one
// that has users keeps them.
func TestACLFileIsImportedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.acl")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# who may\nuser default off\nuser alice on >pw ~* +@all\n")
	h := newHarness(t, "--aclfile", path)
	h.srv.SetLoading(true)
	h.srv.SetLoading(false)
	c := h.dial()
	c.expect("-"+string(errLoading)+"\r\n", "GET", "a")
	h.turn()
	h.turn()
	c = h.dial()
	c.expect("-"+string(errNoAuth)+"\r\n", "GET", "a")
	c.expect("+OK\r\n", "AUTH", "alice", "pw")
	c.expect("+OK\r\n", "ACL", "SETUSER", "bob", "on")
	write("user default on nopass ~* +@all\nuser alice on >pw ~* +@all\n")
	h.srv.SetLoading(true)
	h.srv.SetLoading(false)
	h.turn()
	h.dial().expect("-"+string(errNoAuth)+"\r\n", "GET", "a")
	c.expect("+OK\r\n", "ACL", "LOAD")
	write("user alice on >pw ~* +@all\nuser alice off\n")
	c.expect("-ERR WARNING: Duplicate user 'alice' found on line 2. WARNING: ACL errors detected, no change to the previously active ACL rules was performed\r\n", "ACL", "LOAD")
	h.dial().expect("$-1\r\n", "GET", "a")
}

// A file that can't be read keeps the server from starting.
func TestACLFileIsJudgedAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, []byte("user alice +nosuch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{path: ":1: Unknown command or category name in ACL", path + ".none": "no such file or directory"} {
		cfg, err := config.Load([]string{"--aclfile", file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewServer(Options{Config: cfg, Engine: func() *engine.Engine { return engine.New(engine.DefaultOptions()) }}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", file, err, want)
		}
	}
}
