package engine

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzFunctionRestore: a damaged FUNCTION DUMP is refused and leaves nothing, or
// makes libraries that can be dumped, restored, and written to a snapshot.
func FuzzFunctionRestore(f *testing.F) {
	n := newNode(f)
	n.do([][]byte{[]byte("FUNCTION"), []byte("LOAD"), []byte("#!lua name=l\nredis.register_function{function_name='f', callback=function(k, a) return 1 end, flags={'no-writes'}}")})
	payload := dumped(n)
	f.Add(payload[:len(payload)-rdbFooter])
	f.Fuzz(func(t *testing.T, value []byte) {
		n := newNode(t)
		restore := func(payload []byte) string {
			return n.do([][]byte{[]byte("FUNCTION"), []byte("RESTORE"), payload, []byte("FLUSH")})
		}
		const list = "FUNCTION LIST WITHCODE"
		if got := restore(sealed(10, value)); got != "+OK\r\n" {
			if got[0] != '-' || n.do(args(list)) != "*0\r\n" {
				t.Fatalf("FUNCTION RESTORE answers %q", got)
			}
			return
		}
		is := n.do(args(list))
		n.e = mustRestore(t, snapshotBytes(t, n.e))
		if again := n.do(args(list)); again != is {
			t.Fatalf("restored from a snapshot: %q, was %q", again, is)
		}
		dump := dumped(n)
		if got := restore(dump); got != "+OK\r\n" || n.do(args(list)) != is {
			t.Fatalf("its own dump: %q", got)
		}
	})
}

func dumped(n *node) []byte {
	_, rest, _ := strings.Cut(n.do(args("FUNCTION DUMP")), "\r\n")
	return []byte(strings.TrimSuffix(rest, "\r\n"))
}

// FuzzUser: the description of a user is refused, or describes it for good.
func FuzzUser(f *testing.F) {
	for _, line := range []string{
		"user default on nopass ~* &* +@all", "user a off >p <q #" + string(bytes.Repeat([]byte("a1"), 32)) + " ~k* %R~r %W~w allchannels -@all +get|x (+set ~s*)",
		"user b resetkeys clearselectors sanitize-payload", "user c (", "user d +@nosuch",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		u, fault := ParseACLUser(line, nil)
		if fault != "" {
			return
		}
		again, fault := ParseACLUser(u.Describe(), nil)
		if fault != "" || again.Describe() != u.Describe() {
			t.Fatalf("%q is described as %q, which is %q (%s)", line, u.Describe(), again.Describe(), fault)
		}
	})
}
