package resp

import (
	"fmt"
	"strings"
	"testing"
)

// TestKeyspaceEventsLikeRedis compares the events, their classes and their order. Left out
// is the keymiss of a key that a write would have read, such as a source of
// SUNIONSTORE: only reads tell of it here.
func TestKeyspaceEventsLikeRedis(t *testing.T) {
	redis := startOracle(t)
	if got := redis.do("CONFIG", "SET", "notify-keyspace-events", "KEAmn"); got != "+OK\r\n" {
		t.Fatal(got)
	}
	compareTranscript(t, redis, 3, `
		A> PSUBSCRIBE __key*
		B> SET a 1
		B> SET a 2 EX 100
		B> SET a 3 KEEPTTL
		B> SET a 1 XX GET
		B> SETEX a 100 1
		B> PSETEX a 100000 1
		B> SETNX a 1
		B> SETNX new 1
		B> GET a
		B> GET nope
		B> MGET a nope nope2
		B> EXISTS a nope
		B> TTL nope
		B> TYPE nope
		B> GETSET a 7
		B> GETDEL new
		B> GETEX a EX 10
		B> GETEX a PERSIST
		B> APPEND a x
		B> SETRANGE a 1 y
		B> SET n 1
		B> INCR n
		B> DECRBY n 3
		B> INCRBYFLOAT n 1.5
		B> INCR fresh
		B> MSET a 1 m2 2
		B> MSETNX m3 1 m4 2
		B> EXPIRE a 100
		B> EXPIRE a -1
		B> PEXPIRE m2 100000
		B> PERSIST m2
		B> RENAME m2 m5
		B> RENAME m5 m3
		B> RENAMENX m3 m6
		B> COPY m6 m7
		B> COPY m6 m7 REPLACE
		B> MOVE m7 3
		B> DEL m6 m4 nope
		B> UNLINK n
		B> SETBIT bits 3 1
		B> BITOP NOT bits2 bits
		B> BITFIELD bits SET u8 0 5
		B> LPUSH l a b c
		B> RPUSH l d
		B> LPUSHX l e
		B> RPUSHX nol e
		B> LINSERT l BEFORE a x
		B> LSET l 0 q
		B> LREM l 0 q
		B> LTRIM l 0 2
		B> LPOP l
		B> RPOP l 5
		B> RPUSH l 1 2
		B> RPOPLPUSH l l2
		B> LMOVE l l2 LEFT RIGHT
		B> LTRIM l2 5 6
		B> HSET h a 1 b 2
		B> HSETNX h c 1
		B> HINCRBY h a 2
		B> HINCRBYFLOAT h a 2.5
		B> HDEL h a b nope
		B> HDEL h c
		B> HMSET h x 1
		B> SADD s 1 2 3 x
		B> SADD s 1
		B> SREM s 1 9
		B> SMOVE s s2 2
		B> SMOVE s s2 3
		B> SPOP s2 9
		B> SADD s 5
		B> SINTERSTORE s3 s s
		B> SREM s x 5
		B> ZADD z 1 a 2 b 3 c
		B> ZADD z XX 5 a
		B> ZADD z INCR 5 a
		B> ZINCRBY z 1 b
		B> ZREM z a
		B> ZPOPMIN z
		B> ZPOPMAX z
		B> ZADD z 1 a 2 b 3 c 4 d
		B> ZREMRANGEBYSCORE z 1 1
		B> ZREMRANGEBYRANK z 0 0
		B> ZRANGESTORE z2 z 0 -1
		B> ZUNIONSTORE z3 2 z z2
		B> ZREMRANGEBYLEX z - +
		B> PFADD hll a b
		B> PFADD hll2 c
		B> PFMERGE hll hll2
		B> SORT z2 BY nosort STORE sorted
		B> MULTI
		B> SET t 1
		B> GET nothere
		B> DEL t
		B> EXEC
		B> SELECT 3
		B> SET a 1
		B> FLUSHDB
		B> SELECT 0
		B> FLUSHALL
	`, "--notify-keyspace-events", "KEAmn")
}

func TestKeyspaceEventClasses(t *testing.T) {
	for _, c := range []struct {
		letters, want string
	}{
		{"", ""}, {"K", ""}, {"A", ""}, {"KE", ""},
		{"K$", "__keyspace@0__:a=set"}, {"E$", "__keyevent@0__:set=a"}, {"Kg", "__keyspace@0__:a=del"},
		{"KEA", "__keyspace@0__:a=set __keyevent@0__:set=a __keyspace@0__:a=del __keyevent@0__:del=a"},
		{"Kn", "__keyspace@0__:a=new"}, {"Em", "__keyevent@0__:keymiss=a"}, {"Klshzxet", ""},
	} {
		h := newHarness(t)
		a, b := h.dial(), h.dial()
		a.do("PSUBSCRIBE", "*")
		b.expect("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", c.letters)
		b.do("SET", "a", "1")
		b.do("DEL", "a")
		b.do("GET", "a")
		h.rest(a)
		var got []string
		for _, m := range strings.Split(a.got(), "pmessage\r\n")[1:] {
			lines := strings.Split(m, "\r\n")
			got = append(got, lines[3]+"="+lines[5])
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: got %q, want %q", c.letters, s, c.want)
		}
	}
}

// Nobody who listens does not cost anything: the engine has no listener.
func TestNoListenerWithoutEvents(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.do("SUBSCRIBE", "a")
	w := h.dial()
	for i := range 100 {
		w.do("SET", fmt.Sprint(i), "x")
	}
	if cap(h.srv.news.items) != 0 {
		t.Error("there was news")
	}
}
