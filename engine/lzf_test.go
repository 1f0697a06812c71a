package engine

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// Whatever is compressed comes back, and is shorter by the four bytes that make
// it worth the trouble.
func TestCompressedStringsComeBack(t *testing.T) {
	r := testRand(t)
	z := lzfPool.New().(*lzf)
	short := 0
	for range 3000 {
		in := make([]byte, r.IntN(3000))
		letters := 1 + r.IntN(1+r.IntN(256))
		for i := range in {
			if i > 300 && r.IntN(50) > 0 {
				in[i] = in[i-1-r.IntN(300)] // repeats
			} else {
				in[i] = byte(r.IntN(letters))
			}
		}
		packed := z.compress(in)
		if packed == nil {
			continue
		}
		short++
		if len(packed) > len(in)-4 {
			t.Fatalf("%d bytes became %d", len(in), len(packed))
		}
		out, ok := lzfExpand(make([]byte, 0, len(in)), packed)
		if !ok || !bytes.Equal(in, out) {
			t.Fatalf("%d bytes did not come back: %q", len(in), in)
		}
	}
	if short < 1000 {
		t.Errorf("only %d strings were compressed", short)
	}
}

// A payload has the very bytes of redis-server's.
func TestCompressedAsRedis(t *testing.T) {
	o := newOracle(t, 2)
	n := newNode(t)
	r := testRand(t)
	for i := range 400 {
		var b strings.Builder
		for b.Len() < 15+r.IntN(1+i*20) {
			fmt.Fprintf(&b, "%s%d", []string{"job:", "aaaaaaaa", "{\"id\":", "\x00\x00\x00", "the quick brown fox "}[r.IntN(5)], r.IntN(1+i))
		}
		set := [][]byte{[]byte("SET"), []byte("k"), []byte(b.String())}
		n.do(set)
		o.do(set)
		if got, want := n.do(args("DUMP k")), o.do(args("DUMP k")); got != want {
			t.Fatalf("DUMP of %q\n got %q\nwant %q", b.String(), got, want)
		}
	}
	// Small values are one compressed listpack.
	for _, line := range []string{"RPUSH l aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1 2 3", "HSET h f1 vvvvvvvvvvvvvvvvvvvvvvvvvvv f2 vvvvvvvvvvvvvvvvvvvvvvvvv",
		"ZADD z 1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2.5 b", "SADD i 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21"} {
		n.do(args(line))
		o.do(args(line))
		dump := args("DUMP " + strings.Fields(line)[1])
		if got, want := n.do(dump), o.do(dump); got != want {
			t.Errorf("%s\n got %q\nwant %q", line, got, want)
		}
	}
}

// FUNCTION DUMP is read by redis-server, and the other way round.
func TestFunctionDumpBothWays(t *testing.T) {
	o := newOracle(t, 2)
	n := newNode(t)
	code := "#!lua name=lib\n" + strings.Repeat("-- a comment that compresses\n", 20) + "redis.register_function('f', function() return 'here' end)\n"
	load := [][]byte{[]byte("FUNCTION"), []byte("LOAD"), []byte(code)}
	if got, want := n.do(load), o.do(load); got != want {
		t.Fatalf("FUNCTION LOAD: %q, want %q", got, want)
	}
	ours, theirs := n.do(args("FUNCTION DUMP")), o.do(args("FUNCTION DUMP"))
	if ours != theirs {
		t.Errorf("FUNCTION DUMP\n got %q\nwant %q", ours, theirs)
	}
	for name, way := range map[string]struct {
		do      func([][]byte) string
		payload string
	}{"to Redis": {o.do, ours}, "from Redis": {n.do, theirs}} {
		way.do(args("FUNCTION FLUSH"))
		_, payload, _ := strings.Cut(strings.TrimSuffix(way.payload, "\r\n"), "\r\n")
		if got := way.do([][]byte{[]byte("FUNCTION"), []byte("RESTORE"), []byte(payload)}); got != "+OK\r\n" {
			t.Errorf("%s: FUNCTION RESTORE: %q", name, got)
		}
		if got := way.do(args("FCALL f 0")); got != "$4\r\nhere\r\n" {
			t.Errorf("%s: FCALL: %q", name, got)
		}
	}
}
