package engine

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	long = flag.Bool("long", false, "run the long tests")
	seed = flag.Uint64("seed", 0, "seed of the random tests; 0: by the time")
)

// testRand is a generator whose seed the test's output tells.
func testRand(t testing.TB) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// words are arguments that commands trip over.
var words = []string{
	"", "0", "1", "-1", "2", "3", "5", "10", "15", "16", "100", "-3", "+1", "01", "-0", " 1", "1 ", "1.5", "3.0e3", "-2.75", "0x10",
	"0.1", "1e400", "1e5000", "inf", "-inf", "nan", ".5", "5.", "abc", "hello world", "a\r\nb\x00c", "mynewtext", "ohmytext",
	"9223372036854775807", "-9223372036854775808", "9223372036854775808", "4611686018427387904", "18446744073709551615",
	"1700000000", "99999999999", "99999999999999", "100000", "200000", strings.Repeat("x", 44), strings.Repeat("y", 45), strings.Repeat("z", 300),
	"*", "k*", "[a-k]?", "k[^2]", "string", "hash", "none", "1.7976931348623157e309", "123456789012345678901234567890.123",
}

// tokens are the options of all commands, from the table's own syntax.
func tokens(as []Arg, to []string) []string {
	for i := range as {
		if as[i].Token != "" {
			to = append(to, as[i].Token)
		}
		to = tokens(as[i].Args, to)
	}
	return to
}

// randomArgs makes arguments for a command, mostly of the right number and
// kind, over few keys so that commands meet.
func randomArgs(r *rand.Rand, c *Command) [][]byte {
	var a [][]byte
	add := func(s string) { a = append(a, []byte(s)) }
	if c.Parent != nil {
		add(c.Parent.Name)
	}
	add(c.Name)
	n := c.Arity
	if n < 0 {
		n = -n + r.IntN(4)
	}
	options := tokens(c.Args, nil)
	key := func() { add("k" + strconv.Itoa(r.IntN(5))) }
	isKey := map[int]bool{}
	for _, k := range c.Keys {
		last := k.Index + k.Last
		if k.Last < 0 {
			last = n + k.Last
		}
		for i := k.Index; !k.Unknown && i <= last; i += max(k.Step, 1) {
			isKey[i] = true
		}
	}
	for len(a) < n {
		switch {
		case isKey[len(a)] && r.IntN(20) > 0:
			key()
		case len(a) >= -c.Arity && len(options) > 0 && r.IntN(3) > 0:
			add(options[r.IntN(len(options))])
		case r.IntN(6) == 0:
			key()
		default:
			add(words[r.IntN(len(words))])
		}
	}
	return a
}

// leaves are the commands with a handler, subcommands included.
func leaves() []*Command {
	var all []*Command
	for _, c := range Commands() {
		if c.Do != nil {
			all = append(all, c)
		}
		for i := range c.Sub {
			all = append(all, &c.Sub[i])
		}
	}
	return all
}

// unordered commands answer by chance or in an order of their own.
// DUMP compresses strings there; USAGE tells how memory is laid out.
// DBSIZE counts what has expired until it is removed, which each does in its
// own time; REFCOUNT tells how Redis shares memory.
// SCRIPT DEBUG turns the connection into a debugger there.
var unordered = map[string]bool{
	"randomkey": true, "scan": true, "idletime": true, "dbsize": true, "refcount": true, "dump": true, "usage": true, "debug": true,
}

// collections are the groups, and commands, that TestFamilies compares.
var collections = map[string]bool{
	"sort": true, "sort_ro": true, "list": true, "hash": true, "set": true, "sorted-set": true, "bitmap": true, "hyperloglog": true, "geo": true, "stream": true,
}

// timed commands answer with times; the two servers' clocks differ a little.
var timed = map[string]bool{"ttl": true, "pttl": true, "expiretime": true, "pexpiretime": true}

func TestRandomCommandsMatchRedis(t *testing.T) {
	o := newOracle(t, 2)
	r := testRand(t)
	rounds := 30_000
	if *long {
		rounds = 1_000_000
	}
	n := newNode(t)
	all := leaves()
	var last []string
	failures := 0
	for i := range rounds {
		c := all[r.IntN(len(all))]
		if (c.Name == "flushall" || c.Name == "flushdb") && r.IntN(10) > 0 || notInOracle[c.Name] || unordered[c.Name] || collections[c.Group] || collections[c.Name] {
			continue
		}
		a := randomArgs(r, c)
		for i := range a {
			if i > 1 && soon[string(a[i])] && strings.Contains("expire pexpire set getex setex psetex", c.Name) {
				a[i] = []byte("100000") // no key may expire between two answers
			}
		}
		n.nowMs = time.Now().UnixMilli()
		if n.e.ClockMs() < n.nowMs-100 {
			n.apply()
		}
		want, got := o.do(a), n.do(a)
		if c.Name == "keys" {
			want, got = canonical(t, want, "*"), canonical(t, got, "*")
		}
		last = append(last, fmt.Sprintf("%q", a))
		if want != got && !(timed[c.Name] && near(want, got)) {
			t.Errorf("command %d: %q\n got %q\nwant %q\nafter %s", i, a, got, want,
				strings.Join(last[max(0, len(last)-6):len(last)-1], "\n      "))
			if failures++; failures > 10 {
				return
			}
		}
	}
}

// soon are the words that as a time to live are over before the test is.
var soon = map[string]bool{"1": true, "2": true, "3": true, "5": true, "10": true, "15": true, "16": true, "100": true}

// near tells whether two answers are times that differ by the little that
// passes between two servers.
func near(a, b string) bool {
	x, errX := strconv.ParseInt(strings.Trim(a, ":\r\n"), 10, 64)
	y, errY := strconv.ParseInt(strings.Trim(b, ":\r\n"), 10, 64)
	return errX == nil && errY == nil && min(x, y) > 0 && max(x-y, y-x) < 2000
}
