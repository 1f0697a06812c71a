package engine

import (
	"fmt"
	"strings"
	"testing"
)

// Where memory is full, a script may not begin with what takes more, as in
// Redis; what it declares decides before it starts.
func TestScriptsInFullMemory(t *testing.T) {
	n := newNode(t)
	full := true
	eval := func(want string, words ...string) {
		t.Helper()
		var a [][]byte
		for _, w := range words {
			a = append(a, []byte(w))
		}
		n.reply.out = n.reply.out[:0]
		if full {
			n.batch.As("")
			n.batch.Full()
		}
		n.batch.Command(0, a)
		n.apply()
		if got := string(n.reply.out); !strings.HasPrefix(got, want) {
			t.Errorf("%q\n got %q\nwant %q", words, got, want)
		}
	}
	eval("-OOM command not allowed when used memory > 'maxmemory'. script: ", "EVAL", "return redis.call('set', 'a', '1')", "0")
	eval(":0\r\n", "EVAL", "return redis.call('del', 'a')", "0")
	// What has begun to write is not stopped in the middle.
	eval("+OK\r\n", "EVAL", "redis.call('del', 'a') return redis.call('set', 'a', '1')", "0")
	eval("$1\r\n1\r\n", "EVAL", "redis.pcall('append', 'a', '2') return redis.call('get', 'a')", "0")
	eval("-OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'\r\n", "EVAL", "#!lua\nreturn 1", "0")
	eval(":1\r\n", "EVAL", "#!lua flags=no-writes\nreturn 1", "0")
	eval("+OK\r\n", "EVAL", "#!lua flags=allow-oom\nreturn redis.call('set', 'a', '2')", "0")
	full = false
	eval("$3\r\nlib", "FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('w', function() return redis.call('set', 'a', '3') end)\n"+
		"redis.register_function{function_name='o', callback=function() return redis.call('set', 'a', '4') end, flags={'allow-oom'}}")
	eval("+OK\r\n", "FCALL", "w", "0")
	full = true
	eval("-OOM allow-oom flag is not set", "FCALL", "w", "0")
	eval("+OK\r\n", "FCALL", "o", "0")
}

// A script pays for what its commands go through, whether they answer it or not.
func TestScriptsPayForTheirCommands(t *testing.T) {
	n := newNode(t)
	fill := [][]byte{[]byte("RPUSH"), []byte("list")}
	sadd := [][]byte{[]byte("SADD"), []byte("set")}
	for i := range 20_000 {
		fill = append(fill, fmt.Append(nil, "e", i))
		sadd = append(sadd, fmt.Append(nil, "e", i))
	}
	n.do(fill)
	n.do(sadd)
	n.want("SETRANGE big 8000000 x", ":8000001")
	for _, call := range []string{"'lpos', 'list', 'none'", "'sinterstore', 'to', 'set', 'set'", "'bitcount', 'big'", "'sscan', 'set', '0', 'match', 'none', 'count', '1000000'"} {
		got := n.do([][]byte{[]byte("EVAL"), []byte("while true do redis.pcall(" + call + ") end"), []byte("0")})
		if !strings.HasPrefix(got, "-ERR Script exceeded its instruction budget") {
			t.Errorf("%s: %q", call, got)
		}
	}
	// What costs little stays cheap on big keys.
	got := n.do([][]byte{[]byte("EVAL"), []byte("for i = 1, 20000 do redis.call('lrange', 'list', 0, 3) redis.call('rpush', 'list', 'x') redis.call('sismember', 'set', 'e1') end return 'done'"), []byte("0")})
	if got != "$4\r\ndone\r\n" {
		t.Error(got)
	}
}

// OBJECT ENCODING goes by the configured sizes outside scripts, and nothing else
// does.
func TestEncodingAtConfiguredSizes(t *testing.T) {
	n := newNode(t)
	for _, line := range []string{"HSET h f v g w", "ZADD z 1 a 2 b", "SADD s a b", "SADD i 1 2", "RPUSH l a b"} {
		n.do(args(line))
	}
	names := func(want string) {
		t.Helper()
		got := ""
		for _, key := range []string{"h", "z", "s", "i", "l"} {
			got += strings.Split(n.do(args("OBJECT ENCODING "+key)), "\r\n")[1] + " "
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	names("listpack listpack listpack intset listpack ")
	n.e.ShowLimits(EncodingLimits{ListMaxListpackSize: 1, HashMaxListpackEntries: 1, HashMaxListpackValue: 64})
	names("hashtable skiplist hashtable hashtable quicklist ")
	if got := n.do([][]byte{[]byte("EVAL"), []byte("return redis.call('object', 'encoding', 'h')"), []byte("0")}); got != "$8\r\nlistpack\r\n" {
		t.Errorf("in a script: %q", got)
	}
	var all []string
	for i := range 1000 {
		all = append(all, fmt.Sprint(i))
	}
	n.do(args("SADD i " + strings.Join(all, " ")))
	n.do(args("SADD s " + strings.Join(all, "x ")))
	n.do(args("HSET h f " + strings.Repeat("v", 100)))
	n.do(args("ZADD z 1 " + strings.Repeat("v", 100)))
	n.do(args("RPUSH l " + strings.Repeat("v", 10_000)))
	n.e.ShowLimits(EncodingLimits{})
	names("hashtable skiplist hashtable hashtable quicklist ")
	n.e.ShowLimits(EncodingLimits{ListMaxListpackSize: -5, HashMaxListpackEntries: 3, HashMaxListpackValue: 100, SetMaxIntsetEntries: 2000, SetMaxListpackEntries: 1002,
		SetMaxListpackValue: 4, ZsetMaxListpackEntries: 3, ZsetMaxListpackValue: 100})
	names("listpack listpack listpack intset listpack ")
}
