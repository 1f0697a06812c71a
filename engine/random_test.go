package engine

import (
	"flag"
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
