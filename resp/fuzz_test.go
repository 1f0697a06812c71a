package resp

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/engine"
)

// FuzzSession: whatever a client sends, in whatever pieces, the server goes on
// and others are served.
func FuzzSession(f *testing.F) {
	for _, s := range []string{
		"PING\r\n", "*1\r\n$4\r\nPING\r\n", "*2000000000\r\n", "*1\r\n$9223372036854775807\r\n", "*0\r\n*-1\r\n\r\n",
		"MULTI\r\nSET a 1\r\nSELECT 3\r\nGET a\r\nEXEC\r\n", "WATCH a\r\nMULTI\r\nEXEC\r\nUNWATCH\r\nRESET\r\n",
		"HELLO 3 AUTH default x SETNAME y\r\nCLIENT LIST\r\nCOMMAND DOCS get config|set |\r\n", "CLIENT REPLY OFF\r\nSET a 1\r\nCLIENT REPLY ON\r\n",
		"CLIENT PAUSE 100 ALL\r\nGET a\r\nCLIENT UNPAUSE\r\n", "CLIENT KILL SKIPME no\r\n", "COMMAND GETKEYS SET\r\nCOMMAND GETKEYSANDFLAGS MSET a\r\n",
		"CONFIG SET maxclients 1 timeout x\r\nCONFIG GET *\r\nINFO all\r\nLATENCY HISTOGRAM\r\nSLOWLOG GET -1\r\n", "RAFT SERVER ADD a b c\r\nFOXTAIL JOIN x\r\n",
		"COMMAND LIST FILTERBY PATTERN \\x5b\r\nCLIENT SETINFO lib-name \"a\\nb\"\r\nPOST / HTTP\r\n",
	} {
		f.Add([]byte(s), uint8(7))
	}
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		h := newHarness(t, "--proto-max-bulk-len", "1mb", "--client-query-buffer-limit", "2mb")
		c := h.dial()
		for len(in) > 0 && !c.sock.closed {
			n := min(len(in), 1+int(piece))
			c.sock.in = append(c.sock.in, in[:n]...)
			in = in[n:]
			h.turn(c)
			for _, done := range h.rep.adminCb {
				done(AdminResult{})
			}
			h.rep.adminCb = nil
		}
		c.sock.eof = true
		h.turn(c)
		other := newSocket()
		o := h.srv.Accept(other, nil)
		if o == nil {
			return // the client lowered maxclients
		}
		if h.srv.pause.on {
			h.srv.endPause()
		}
		other.in = []byte("PING\r\n")
		h.turn(&testConn{Conn: o, h: h, sock: other})
		if got := other.out.String(); got != "+PONG\r\n" && h.srv.lim.password == "" {
			t.Fatalf("another client gets %q", got)
		}
	})
}

// TestConfigRewrite: CONFIG REWRITE through the session keeps the comments.
func TestConfigRewrite(t *testing.T) {
	path := t.TempDir() + "/f.conf"
	if err := os.WriteFile(path, []byte("# mine\nmaxclients 100\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newHarness(t, path).dial()
	c.expect("+OK\r\n", "CONFIG", "SET", "maxclients", "200", "timeout", "5")
	c.expect("+OK\r\n", "CONFIG", "REWRITE")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("# mine\nmaxclients 200\n")) || !strings.Contains(string(text), "timeout 5\n") {
		t.Errorf("rewritten: %q", text)
	}
}

// TestHelp: every HELP answers lines, and no session command is without handler.
func TestHelp(t *testing.T) {
	h := newHarness(t, "--enable-debug-command", "yes")
	c := h.dial()
	for _, name := range []string{"CLIENT", "COMMAND", "CONFIG", "SLOWLOG", "LATENCY", "MEMORY", "RAFT", "FOXTAIL"} {
		if got := c.do(name, "HELP"); !strings.HasPrefix(got, "*") || !strings.Contains(got, "+"+name+" <subcommand>") {
			t.Errorf("%s HELP: %q", name, got)
		}
	}
	for _, proto := range []string{"2", "3"} {
		c.do("HELLO", proto)
		for _, kind := range []string{"string", "integer", "double", "null", "array", "set", "map", "true", "false", "verbatim", "bignum", "nosuch"} {
			got := c.do("DEBUG", "PROTOCOL", kind)
			if replyLen([]byte(got)) != len(got) || got == "" || (got[0] == '-') != (kind == "nosuch") {
				t.Errorf("DEBUG PROTOCOL %s in RESP%s: %q", kind, proto, got)
			}
		}
		more := map[string]string{"2attrib": "$39\r\nSome real reply following the attribute\r\n", "2push": "-ERR RESP2 is not supported by this command\r\n",
			"3attrib": "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n",
			"3push":   ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n"}
		for _, kind := range []string{"attrib", "push"} {
			if got := c.do("DEBUG", "PROTOCOL", kind); got != more[proto+kind] {
				t.Errorf("DEBUG PROTOCOL %s in RESP%s: %q", kind, proto, got)
			}
		}
	}
	for _, words := range [][]string{{"LOLWUT"}, {"TIME"}, {"LASTSAVE"}, {"BGSAVE"}, {"BGREWRITEAOF"}, {"LATENCY", "HISTOGRAM"}, {"FOXTAIL", "GROUPS"}, {"FOXTAIL", "NODES"},
		{"RAFT", "SERVER", "LIST"}, {"RAFT", "INFO", "raft_t*"}, {"CLIENT", "INFO"}, {"COMMAND"}, {"COMMAND", "DOCS"}, {"COMMAND", "LIST", "FILTERBY", "ACLCAT", "fast"}, {"CONFIG", "GET", "*"}} {
		if got := c.do(words...); replyLen([]byte(got)) != len(got) || got == "" || got[0] == '-' {
			t.Errorf("%q: %.200q", words, got)
		}
	}
}

// TestMergedContainer: a container may have subcommands in both tables.
func TestMergedContainer(t *testing.T) {
	tab := &table{byName: map[string]*command{}}
	data := &engine.Command{Name: "both", Arity: -2, Sub: []engine.Command{{Name: "usage", Arity: -3, Flags: engine.ReadOnly}}}
	sess := &engine.Command{Name: "both", Arity: -2, Flags: engine.Conn, Sub: []engine.Command{{Name: "help", Arity: 2, Flags: engine.Conn}}}
	if err := tab.add(data, nil); err != nil {
		t.Fatal(err)
	}
	if err := tab.add(sess, map[string]handler{"both|help": cmdTime}); err != nil {
		t.Fatal(err)
	}
	both := tab.byName["both"]
	if both.subs["usage"].kind != kindRead || both.subs["help"].run == nil || len(both.row.Sub) != 2 {
		t.Errorf("merged: %+v", both)
	}
	if err := tab.add(&engine.Command{Name: "both", Flags: engine.Conn}, nil); err == nil {
		t.Error("a name was taken twice")
	}
}
