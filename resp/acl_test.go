package resp

import (
	"regexp"
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/engine"
)

// What redis-server 7.0 answers to the same commands in the same order, where
// it is installed, and what it answered where it is not. Rules are shown in the
// order they were given, as 7.2 does; 7.0 makes up its own, so the steps have
// none that it would turn round.
func TestACLAsRedis(t *testing.T) {
	steps := []struct {
		line, want string
	}{
		{"ACL WHOAMI", "$7\r\ndefault\r\n"},
		{"ACL SETUSER u on >p ~k* %R~r* resetchannels &c* +@all -@dangerous +config|get", "+OK\r\n"},
		{"ACL SETUSER v (+get ~a*) (+set ~b*)", "+OK\r\n"},
		{"ACL LIST", "*3\r\n$51\r\nuser default on nopass sanitize-payload ~*"},
		{"ACL GETUSER u", ""}, {"ACL GETUSER v", ""}, {"ACL GETUSER none", ""},
		{"ACL USERS", "*3\r\n$7\r\ndefault\r\n$1\r\nu\r\n$1\r\nv\r\n"},
		{"ACL CAT nope", "-ERR Unknown category 'nope'\r\n"},
		{"ACL SETUSER u +nosuch", "-ERR Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL\r\n"},
		{"ACL SETUSER u foo", ""}, {"ACL SETUSER u +@nosuch", ""}, {"ACL SETUSER u #abc", ""}, {"ACL SETUSER u <zz", ""}, {"ACL SETUSER u !abc", ""},
		{"ACL SETUSER u (+get", ""}, {"ACL SETUSER u %X~a", ""}, {"ACL SETUSER f +get|foo", ""}, {"ACL LIST", ""}, {"ACL DRYRUN f get foo", ""}, {"ACL DELUSER f", ""}, {"ACL SETUSER u -config|foo", ""},
		{"ACL SETUSER u +config|get|x", ""}, {"ACL SETUSER u (on)", ""}, {"ACL SETUSER u allkeys ~x", ""}, {"ACL SETUSER u &x allchannels &y", ""},
		{"ACL SETUSER u %RW~z %~y", ""}, {"ACL LIST", ""}, {"ACL DELUSER default", ""}, {"ACL DELUSER v nobody", ":1\r\n"},
		{"ACL GENPASS 0", ""}, {"ACL GENPASS 5000", ""}, {"ACL GENPASS x", ""},
		{"ACL SETUSER v (+get ~a*) (+set ~b*) (%W~w +mset) +publish &news", "+OK\r\n"}, {"ACL LIST", ""},
		{"ACL DRYRUN nobody get a", "-ERR User 'nobody' not found\r\n"}, {"ACL DRYRUN v get b", ""}, {"ACL DRYRUN v get a", "+OK\r\n"},
		{"ACL DRYRUN v nosuch", ""}, {"ACL DRYRUN v get", ""}, {"ACL DRYRUN v incr a", ""}, {"ACL DRYRUN v set bb 1", ""}, {"ACL DRYRUN v set a 1", ""},
		{"ACL DRYRUN v mset w 1", ""}, {"ACL DRYRUN v mset w 1 x 2", ""}, {"ACL DRYRUN v publish news x", ""}, {"ACL DRYRUN v publish other x", ""},
		{"ACL DRYRUN v auth x y", ""},
		{"ACL LOAD", ""}, {"ACL SAVE", ""}, {"ACL LOG x", ""}, {"ACL LOG RESET", "+OK\r\n"}, {"ACL LOG -1", "*0\r\n"},
		{"ACL SETUSER w on nopass +get +acl|whoami ~a*", "+OK\r\n"},
		{"AUTH x", ""}, {"AUTH nobody x", ""}, {"AUTH u wrong", ""}, {"AUTH w anything", "+OK\r\n"},
		{"ACL WHOAMI", "$1\r\nw\r\n"}, {"SET a 1", "-NOPERM User w has no permissions to run the 'set' command\r\n"},
		{"GET b", "-NOPERM No permissions to access a key\r\n"}, {"GET a", "$-1\r\n"},
		{"MULTI", ""}, {"CONFIG GET x", ""}, {"ACL SETUSER w +@all", ""}, {"AUTH default x", "+OK\r\n"},
		{"ACL SETUSER w -@all +@read -get", "+OK\r\n"}, {"ACL LIST", ""}, {"ACL SETUSER w -@all +config -config|get", "+OK\r\n"}, {"ACL LIST", ""}, {"ACL SETUSER w +@all -@all", ""}, {"ACL LIST", ""},
		{"ACL SETUSER w +multi +exec +set ~a*", ""}, {"HELLO 2 AUTH w x SETNAME n", "skip"}, {"MULTI", "+OK\r\n"}, {"SET b 1", ""}, {"EXEC", "-EXECABORT Transaction discarded because of previous errors.\r\n"},
		{"SET a 1", "+OK\r\n"}, {"AUTH default x", "+OK\r\n"}, {"ACL DELUSER u v w", ":3\r\n"},
		{"ACL CAT a b", ""}, {"ACL GENPASS 1 2", ""}, {"ACL LOG 1 2", ""},
		{"ACL SETUSER rw on nopass +@all %R~r* %W~w*", "+OK\r\n"}, {"ACL DRYRUN rw SET w 1", "+OK\r\n"}, {"ACL DRYRUN rw SET w 1 GET", ""}, {"ACL DRYRUN rw SET r 1", ""},
		{"ACL DRYRUN rw BITFIELD r GET u4 0 OVERFLOW WRAP", "+OK\r\n"}, {"ACL DRYRUN rw BITFIELD r GET u4 0 SET u4 0 1", ""}, {"ACL DRYRUN rw BITFIELD w GET u4 0", ""},
		{"ACL DRYRUN rw BITFIELD r GET u4", ""}, {"COMMAND GETKEYSANDFLAGS BITFIELD r GET u4 0", ""}, {"COMMAND GETKEYSANDFLAGS BITFIELD r INCRBY u4 0 1", ""},
		{"ACL SETUSER rw (+mget ~m*)", "+OK\r\n"}, {"ACL DRYRUN rw MGET m1 m2 r1 x", ""}, {"ACL DRYRUN rw MGET r1 m1 m2 x", ""}, {"ACL DELUSER rw", ":1\r\n"},
		{"ACL SETUSER s on nopass +@all ~k*", "+OK\r\n"}, {"AUTH s x", "+OK\r\n"}, {"SORT k BY nosort", "*0\r\n"}, {"SORT k LIMIT 0 1 STORE kk", ":0\r\n"},
		{"SORT k STORE other", "-NOPERM No permissions to access a key\r\n"},
		{"SORT k BY k*", "-ERR BY option of SORT denied due to insufficient ACL permissions.\r\n"},
		{"SORT_RO k GET #", "-ERR GET option of SORT denied due to insufficient ACL permissions.\r\n"},
		{"COMMAND GETKEYSANDFLAGS SORT k LIMIT store 1 STORE kk", ""}, {"AUTH default x", "+OK\r\n"},
		{"ACL SETUSER s ~*", "+OK\r\n"}, {"AUTH s x", "+OK\r\n"}, {"SORT_RO k BY k* GET #", "*0\r\n"}, {"AUTH default x", "+OK\r\n"}, {"ACL DELUSER s", ":1\r\n"},
	}
	h := newHarness(t)
	c := h.dial()
	run := func(t *testing.T, o *oracle) {
		for _, s := range steps {
			words := strings.Fields(s.line)
			c.send(words...)
			h.turn(c)
			h.turn(c)
			got := c.got()
			if s.want == "skip" {
				if o != nil {
					o.do(words...)
				}
				continue
			}
			if o != nil {
				if want := o.do(words...); sameDenials(got) != sameDenials(want) {
					t.Errorf("%s\n got %q\nwant %q", s.line, got, want)
				}
			}
			if !strings.HasPrefix(got, s.want) {
				t.Errorf("%s\n got %q\nwant %q", s.line, got, s.want)
			}
		}
	}
	run(t, nil)
	t.Run("oracle", func(t *testing.T) {
		o := startOracle(t)
		h, c = newHarness(t), nil
		c = h.dial()
		run(t, o)
	})
}

// sameDenials makes 7.0's words and 7.2's for what a user may not do the same.
func sameDenials(reply string) string {
	return sizes.ReplaceAllString(denials.ReplaceAllString(reply, "denied"), "")
}

// sizes: 7.0 does not show sanitize-payload.
var sizes = regexp.MustCompile(`\$\d+\r\n|flags\r\n\*\d+|sanitize-payload(?: |\r\n)`)

var denials = regexp.MustCompile(`(?:\$\d+\r\n)?(?:(?:User \S+|[Tt]his user) has no permissions|No permissions to access a (?:key|channel)|ACL failure in script: (?:User \S+ has no permissions to run the '\S+' command|No permissions to access a (?:key|channel)))(?: to access one of the (?:key|channel)s used as arguments)?|The user executing the script can't (?:run this command or subcommand|access at least one of the keys mentioned in the command arguments|publish to the channel mentioned in the command)`)

// A user's connections are judged by what the user may do now, and end with it.
func TestACLOnOthers(t *testing.T) {
	h := newHarness(t)
	a, b := h.dial(), h.dial()
	expect := func(c *testConn, want string, words ...string) {
		t.Helper()
		c.send(words...)
		h.turn(c)
		h.turn(c)
		if got := c.got(); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
	expect(a, "+OK\r\n", "ACL", "SETUSER", "u", "on", ">p", "~*", "+get", "+acl|whoami")
	expect(b, "+OK\r\n", "AUTH", "u", "p")
	expect(b, "$-1\r\n", "GET", "x")
	expect(a, "+OK\r\n", "ACL", "SETUSER", "u", "-get")
	expect(b, "-NOPERM User u has no permissions to run the 'get' command\r\n", "GET", "x")
	expect(a, ":1\r\n", "ACL", "DELUSER", "u")
	b.send("PING")
	h.turn(b)
	if !b.sock.closed {
		t.Error("the connection of a deleted user is open")
	}
	// What a user may not hear or take any more, its connections don't.
	expect(a, "+OK\r\n", "ACL", "SETUSER", "u", "on", "nopass", "~*", "+@all", "&a", "&b*")
	login := func() *testConn {
		b := h.dial()
		expect(b, "+OK\r\n", "AUTH", "u", "p")
		return b
	}
	channel, pattern, pop, keep := login(), login(), login(), login()
	channel.do("SUBSCRIBE", "bee")
	pattern.do("PSUBSCRIBE", "b*")
	pop.block("BLPOP", "q", "0")
	keep.do("SUBSCRIBE", "a")
	expect(a, "+OK\r\n", "ACL", "SETUSER", "u", "resetchannels", "(&a)", "(&b?)", "resetkeys", "~other")
	h.rest(a, channel, pattern, pop, keep)
	if !pattern.sock.closed || !channel.sock.closed || keep.sock.closed || pop.sock.closed {
		t.Errorf("closed: channel %v, pattern %v, allowed channel %v, blocked %v", channel.sock.closed, pattern.sock.closed, keep.sock.closed, pop.sock.closed)
	}
	if got := pop.got(); got != "-"+string(engine.NoPermKey)+"\r\n" {
		t.Errorf("blocked: %q", got)
	}
	expect(a, ":1\r\n", "RPUSH", "q", "x")
	pop.block("BLPOP", "other", "0")
	expect(a, "+OK\r\n", "ACL", "SETUSER", "u", "-blpop")
	h.rest(a, pop)
	if got := pop.got(); got != "-NOPERM This user has no permissions to run the 'blpop' command\r\n" {
		t.Errorf("blocked: %q", got)
	}
	expect(pop, ":1\r\n", "ACL", "DELUSER", "u")
	if !pop.sock.closed || !keep.sock.closed {
		t.Error("a connection of a deleted user is open")
	}
	expect(a, "+OK\r\n", "ACL", "SETUSER", "default", ">new")
	c := h.dial()
	expect(c, "-NOAUTH Authentication required.\r\n", "GET", "x")
	expect(c, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "old")
	expect(c, "+OK\r\n", "AUTH", "new")
	expect(c, "$-1\r\n", "GET", "x")
}

// What a script calls is judged by its user's rights, as in Redis.
func TestACLScriptsLikeRedis(t *testing.T) {
	for _, proto := range []int{2, 3} {
		compareTranscript(t, startOracle(t), proto, `
		B> SET k:1 one
		B> SET x:1 one
		B> ACL SETUSER u on >p ~k:* %R~r:* &c:* +@scripting +@string -append +publish +select|0 +exec +multi +auth +config|get -setex +ping +echo
		A> AUTH u p
		A> EVAL return(redis.call('GET',KEYS[1])) 1 k:1
		A> EVAL return(redis.call('SET',KEYS[1],ARGV[1])) 1 k:1 two
		A> EVAL return(redis.call('GET',ARGV[1])) 0 k:1
		A> EVAL return(redis.pcall('GET',ARGV[1])) 0 x:1
		A> EVAL return(redis.call('GET',KEYS[1])) 1 x:1
		A> EVAL return(redis.pcall('GET',KEYS[1])) 1 r:1
		A> EVAL return(redis.pcall('SET',KEYS[1],'v')) 1 r:1
		A> EVAL return(redis.pcall('SET',ARGV[1],'v')) 0 r:1
		A> EVAL return(redis.pcall('APPEND',KEYS[1],'v')) 1 k:1
		A> EVAL return(redis.pcall('SETEX',KEYS[1],1,'v')) 1 k:1
		A> EVAL return(redis.pcall('DEL',KEYS[1])) 1 k:1
		A> EVAL return(redis.pcall('LPUSH',KEYS[1],'v')) 1 k:1
		A> EVAL return(redis.pcall('PUBLISH',KEYS[1],'v')) 1 k:x
		A> EVAL return{redis.pcall('PUBLISH','c:1','v')} 0
		A> EVAL return{redis.pcall('SELECT',0),redis.pcall('SELECT',1)} 0
		A> EVAL return{redis.pcall('SELECT',1)} 0
		A> EVAL return{redis.pcall('ECHO','x')} 0
		A> EVAL return{redis.acl_check_cmd('GET','k:1'),redis.acl_check_cmd('GET','x:1'),redis.acl_check_cmd('SET','r:1','v'),redis.acl_check_cmd('GET','r:1')} 0
		A> EVAL_RO return(redis.call('GET',KEYS[1])) 1 k:1
		A> EVAL_RO return(redis.call('GET',ARGV[1])) 0 x:1
		A> MULTI
		A> EVAL_RO return(redis.call('GET',ARGV[1])) 0 k:1
		A> EVAL return(redis.pcall('SET',ARGV[1],'v')) 0 x:1
		A> GET k:1
		A> EXEC
		B> ACL SETUSER u allkeys
		A> EVAL return(redis.call('GET',ARGV[1])) 0 x:1
		B> EVAL return(redis.call('GET',ARGV[1])) 0 x:1
		B> ACL SETUSER u -@all +eval +ping +echo (+get ~x:*)
		A> EVAL return(redis.pcall('GET',ARGV[1])) 0 x:1
		A> EVAL return(redis.pcall('GET',ARGV[1])) 0 k:1
		A> FCALL f 0
`)
	}
}
