package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// feed gives input in pieces of at most size bytes and returns all commands in
// a printable form, the last one being the error if there was one.
func feed(t testing.TB, shared *Scratch, input []byte, size int, authenticated bool) []string {
	t.Helper()
	in := NewInput(shared)
	defer in.Close()
	var got []string
	for len(input) > 0 {
		space := in.Space()
		if len(space) == 0 {
			t.Fatalf("no space for input; buffered %d, lacking %d", in.Buffered(), in.Lacking())
		}
		n := copy(space[:min(size, len(space))], input)
		in.Filled(n)
		input = input[n:]
		for {
			args, err := in.Next(authenticated)
			if err != nil {
				var protocol *ProtocolError
				if !errors.As(err, &protocol) {
					t.Fatalf("error of type %T", err)
				}
				return append(got, string("-"+protocol.Reply))
			}
			if args == nil {
				break
			}
			got = append(got, fmt.Sprintf("%q", args))
		}
		in.Park()
	}
	return got
}

func TestNext(t *testing.T) {
	long := strings.Repeat("x", inlineSizeMax)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"one command", "*2\r\n$3\r\nGET\r\n$1\r\na\r\n", []string{`["GET" "a"]`}},
		{"two and a half", "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n*1\r\n$4\r\nPI", []string{`["PING"]`, `["QUIT"]`}},
		{"empty argument", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", []string{`["ECHO" ""]`}},
		{"binary argument", "*2\r\n$4\r\nECHO\r\n$4\r\n\r\n\x00*\r\n", []string{`["ECHO" "\r\n\x00*"]`}},
		{"eaten", "*0\r\n*-1\r\n\r\n\n   \r\n*-9223372036854775808\r\nPING\r\n", []string{`["PING"]`}},
		{"byte after CR is not looked at", "*1\rx$4\ryPINGzz", []string{`["PING"]`}},
		{"inline", "SET a b\n  get   a \r\n", []string{`["SET" "a" "b"]`, `["get" "a"]`}},
		{"inline quotes", `SET "a b" 'c\'d' "\x41\n\"\\\q"` + "\r\n", []string{`["SET" "a b" "c'd" "A\n\"\\q"]`}},
		{"inline joined quote", `a"b c" d` + "\n", []string{`["ab c" "d"]`}},
		{"inline empty word", `ECHO ""` + "\n", []string{`["ECHO" ""]`}},
		{"inline then frame", "PING\r\n*1\r\n$4\r\nPING\r\n", []string{`["PING"]`, `["PING"]`}},
		{"argument of digits like a header", "*2\r\n$2\r\n$3\r\n$2\r\n*1\r\n", []string{`["$3" "*1"]`}},

		{"unbalanced", "SET \"a\r\n", []string{"-ERR Protocol error: unbalanced quotes in request"}},
		{"quote inside a word's end", "SET 'a'b\r\n", []string{"-ERR Protocol error: unbalanced quotes in request"}},
		{"commands before an error", "PING\r\n*x\r\nPING\r\n", []string{`["PING"]`, "-ERR Protocol error: invalid multibulk length"}},
		{"count too large", "*2147483648\r\n", []string{"-ERR Protocol error: invalid multibulk length"}},
		{"count overflow", "*9223372036854775808\r\n", []string{"-ERR Protocol error: invalid multibulk length"}},
		{"count empty", "*\r\n", []string{"-ERR Protocol error: invalid multibulk length"}},
		{"count with plus", "*+1\r\n", []string{"-ERR Protocol error: invalid multibulk length"}},
		{"count with zero", "*01\r\n", []string{"-ERR Protocol error: invalid multibulk length"}},
		{"bulk size over the limit", "*1\r\n$536870913\r\n", []string{"-ERR Protocol error: invalid bulk length"}},
		{"bulk size overflow", "*1\r\n$9223372036854775807\r\n", []string{"-ERR Protocol error: invalid bulk length"}},
		{"bulk size negative", "*1\r\n$-1\r\n", []string{"-ERR Protocol error: invalid bulk length"}},
		{"bulk size not a number", "*1\r\n$1x\r\n", []string{"-ERR Protocol error: invalid bulk length"}},
		{"no dollar", "*1\r\nfoo\r\n", []string{"-ERR Protocol error: expected '$', got 'f'"}},
		{"line feed for a dollar", "*1\r\n\nfoo\r\n", []string{"-ERR Protocol error: expected '$', got ' '"}},
		{"longest inline", long + "\n", []string{`["` + long + `"]`}},
		{"inline too long", long + "x\n", []string{"-ERR Protocol error: too big inline request"}},
		{"count string too long", "*" + long, []string{"-ERR Protocol error: too big mbulk count string"}},
		{"bulk string too long", "*1\r\n$" + long, []string{"-ERR Protocol error: too big bulk count string"}},
		{"huge count, nothing behind", "*2000000000\r\n", nil},
		{"huge bulk, nothing behind", "*1\r\n$536870912\r\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			shared := NewScratch(DefaultLimits)
			sizes := []int{1 << 20, 1, 2, 3, 7, 4096}
			if len(test.in) > inlineSizeMax {
				sizes = []int{1 << 20, 999, 1}
			}
			for _, size := range sizes {
				if got := feed(t, shared, []byte(test.in), size, true); !slices.Equal(got, test.want) {
					t.Errorf("in pieces of %d:\n got %.200q\nwant %.200q", size, got, test.want)
				}
			}
		})
	}
}

func TestNextUnauthenticated(t *testing.T) {
	frame := func(args int, size int) string {
		return string(AppendCommand(nil, slices.Repeat([]string{strings.Repeat("v", size)}, args)...))
	}
	tests := []struct {
		name, in string
		want     string
	}{
		{"ten arguments", frame(10, 1), ""},
		{"eleven arguments", frame(11, 1), "-ERR Protocol error: unauthenticated multibulk length"},
		{"16 KiB", frame(1, 16<<10), ""},
		{"more than 16 KiB", frame(1, 16<<10+1), "-ERR Protocol error: unauthenticated bulk length"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			shared := NewScratch(DefaultLimits)
			got := feed(t, shared, []byte(test.in), 1000, false)
			if len(got) != 1 || test.want != "" && got[0] != test.want || test.want == "" && got[0][0] == '-' {
				t.Errorf("got %.100q, want %q", got, test.want)
			}
			if got := feed(t, shared, []byte(test.in), 1000, true); len(got) != 1 || got[0][0] == '-' {
				t.Errorf("authenticated: got %.100q", got)
			}
		})
	}
}

// Many connections share one Scratch; none may see the bytes of another, in
// whatever pieces and order these arrive.
func TestInputsInterleaved(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	shared := NewScratch(DefaultLimits)
	type client struct {
		in        Input
		unsent    []byte
		want, got []string
	}
	clients := make([]*client, 8)
	for i := range clients {
		c := &client{in: NewInput(shared)}
		for range 60 {
			args := make([]string, 1+rnd.IntN(4))
			for j := range args {
				size := rnd.IntN(40)
				if rnd.IntN(20) == 0 {
					size = rnd.IntN(200_000)
				}
				args[j] = strings.Repeat(string(rune('a'+i)), size)
			}
			if rnd.IntN(5) == 0 {
				args = []string{"inline", fmt.Sprint(i)}
				c.unsent = append(c.unsent, "inline "+args[1]+"\r\n"...)
			} else {
				c.unsent = AppendCommand(c.unsent, args...)
			}
			c.want = append(c.want, strings.Join(args, " "))
		}
		clients[i] = c
	}
	for busy := len(clients); busy > 0; {
		c := clients[rnd.IntN(len(clients))]
		if len(c.unsent) > 0 {
			space := c.in.Space()
			n := copy(space[:min(len(space), 1+rnd.IntN(100_000))], c.unsent)
			c.in.Filled(n)
			if c.unsent = c.unsent[n:]; len(c.unsent) == 0 {
				busy--
			}
		}
		// Sometimes stop in mid-pipeline, as a stalled session does, and
		// sometimes forget to park.
		for range 1 + rnd.IntN(5) {
			args, err := c.in.Next(true)
			if err != nil {
				t.Fatal(err)
			}
			if args == nil {
				break
			}
			c.got = append(c.got, string(bytes.Join(args, []byte(" "))))
		}
		if rnd.IntN(4) > 0 {
			c.in.Park()
		}
	}
	for i, c := range clients {
		for {
			args, err := c.in.Next(true)
			if err != nil {
				t.Fatal(err)
			}
			if args == nil {
				break
			}
			c.got = append(c.got, string(bytes.Join(args, []byte(" "))))
		}
		c.in.Park()
		if !slices.Equal(c.got, c.want) {
			t.Errorf("client %d: got %d commands, want %d, or they differ", i, len(c.got), len(c.want))
		}
		if size := c.in.BufferSize(); size > ownSizeKept {
			t.Errorf("client %d holds %d bytes when idle", i, size)
		}
	}
}

// Memory follows the bytes that arrived, not those announced.
func TestInputGrowth(t *testing.T) {
	shared := NewScratch(DefaultLimits)
	in := NewInput(shared)
	const size = 8 << 20
	frame := AppendCommand(nil, strings.Repeat("v", size))
	fed := 0
	for fed < len(frame) {
		space := in.Space()
		n := copy(space[:min(len(space), 10_000)], frame[fed:])
		in.Filled(n)
		fed += n
		args, err := in.Next(true)
		if err != nil {
			t.Fatal(err)
		}
		if done := fed == len(frame); done != (args != nil) {
			t.Fatalf("after %d of %d bytes: args %d", fed, len(frame), len(args))
		} else if done && len(args[0]) != size {
			t.Fatalf("argument of %d bytes, want %d", len(args[0]), size)
		}
		in.Park()
		if got, limit := in.BufferSize(), 2*fed+2*parkedSizeMax; got > limit && (fed < bigSizeMin || got > 4*fed+bigRoom) {
			t.Fatalf("after %d bytes the buffer has %d, more than %d", fed, got, limit)
		}
		if got := in.BufferSize(); got > len(frame)+parkedSizeMax {
			t.Fatalf("the buffer has %d bytes for a frame of %d", got, len(frame))
		}
	}
	if got := in.BufferSize(); got > ownSizeKept {
		t.Errorf("%d bytes are kept after the frame", got)
	}
}

// A frame that comes byte by byte is moved a number of times that grows with the
// logarithm of its size.
func TestInputMovesSeldom(t *testing.T) {
	in := NewInput(NewScratch(DefaultLimits))
	frame := AppendCommand(nil, slices.Repeat([]string{"0123456789"}, 50_000)...)
	moves, at := 0, (*byte)(nil)
	for i := range frame {
		in.Space()[0] = frame[i]
		in.Filled(1)
		if _, err := in.Next(true); err != nil {
			t.Fatal(err)
		}
		in.Park()
		if len(in.buf) > parkedSizeMax && &in.buf[0] != at {
			at = &in.buf[0]
			moves++
		}
	}
	if moves == 0 || moves > 20 {
		t.Errorf("%d bytes were moved %d times", len(frame), moves)
	}
}

func TestNextAllocs(t *testing.T) {
	shared := NewScratch(DefaultLimits)
	in := NewInput(shared)
	frame := pipeline(16)
	if n := testing.AllocsPerRun(100, func() {
		// The cut leaves a tail to park, as most reads of a busy client do.
		for _, part := range [][]byte{frame[:len(frame)-20], frame[len(frame)-20:]} {
			in.Filled(copy(in.Space(), part))
			for {
				args, err := in.Next(true)
				if err != nil {
					t.Fatal(err)
				}
				if args == nil {
					break
				}
			}
			in.Park()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestInlineAllocs(t *testing.T) {
	in := NewInput(NewScratch(DefaultLimits))
	if n := testing.AllocsPerRun(100, func() {
		in.Filled(copy(in.Space(), "SET 'a b' \"\\x41\" c\r\n"))
		if args, err := in.Next(true); err != nil || len(args) != 4 {
			t.Fatal(args, err)
		}
		in.Park()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzNext holds that no bytes panic, that the pieces they come in make no
// difference, and that memory is bounded by what came.
func FuzzNext(f *testing.F) {
	for _, s := range []string{
		"*1\r\n$9223372036854775807\r\n", "*2000000000\r\n",
		"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "*0\r\n*-1\r\n\r\nPING\r\n",
		"set 'a' \"\\x00\\\"\"\r\n", "*1\r\n$-1\r\n", "*1\r\n:1\r\n", "*3\r\n$1\r\na\r\n$", "*1\r*$1\r",
	} {
		f.Add([]byte(s), uint8(1))
		f.Add([]byte(s), uint8(5))
	}
	shared := NewScratch(DefaultLimits)
	f.Fuzz(func(t *testing.T, input []byte, size uint8) {
		for _, authenticated := range []bool{true, false} {
			whole := feed(t, shared, input, len(input)+1, authenticated)
			pieces := feed(t, shared, input, int(size)+1, authenticated)
			if !slices.Equal(whole, pieces) {
				t.Fatalf("whole %q\npieces %q", whole, pieces)
			}
		}
		in := NewInput(shared)
		in.Filled(copy(in.Space(), input))
		for range len(input) + 1 {
			if args, err := in.Next(true); args == nil || err != nil {
				break
			}
		}
		in.Park()
		if in.BufferSize() > 2*len(input)+64 {
			t.Fatalf("%d bytes held after %d came", in.BufferSize(), len(input))
		}
		in.Close()
	})
}

// PeekKeys tells the first arguments of what Next will give, consumes nothing, and stops at whatever it does not know.
func TestPeekKeys(t *testing.T) {
	shared := NewScratch(DefaultLimits)
	frames := [][]string{{"GET", "a"}, {"SET", "", "x"}, {"MGET", strings.Repeat("k", 300), "c"}, {"PING"}, {"GET", "d"}}
	var whole []byte
	for _, f := range frames {
		whole = AppendCommand(whole, f...)
	}
	for size := range len(whole) + 1 { // the last frames are cut off
		in := NewInput(shared)
		in.Filled(copy(in.Space(), whole[:size]))
		var want []string
		peeked := in.PeekKeys(make([][]byte, 0, 8))
		for {
			args, err := in.Next(true)
			if err != nil {
				t.Fatal(err)
			}
			if len(args) < 2 {
				break
			}
			want = append(want, string(args[1]))
		}
		if got := strings.Split(string(bytes.Join(peeked, []byte("|"))), "|"); len(peeked) != len(want) || len(want) > 0 && !slices.Equal(got, want) {
			t.Fatalf("of %d bytes: peeked %q, next gave %q", size, peeked, want)
		}
		in.Close()
	}
	in := NewInput(shared)
	in.Filled(copy(in.Space(), whole))
	if got := len(in.PeekKeys(make([][]byte, 0, 2))); got != 2 {
		t.Errorf("room for 2 keys, got %d", got)
	}
	for _, odd := range []string{"GET a\r\n", "*2\r\n$3\r\nGET\r\n$-1\r\n", "*2\r\n$3\r\nGET\r\n$99999\r\n", "*-1\r\n*2\r\n", "*2\r\n$\r\n", "*20000000\r\n$1\r\n", "*2\r\n$3\r\nGETxx$1\r\nb"} {
		in := NewInput(shared)
		in.Filled(copy(in.Space(), odd))
		if got := in.PeekKeys(make([][]byte, 0, 8)); len(got) != 0 {
			t.Errorf("%q: %q", odd, got)
		}
		in.Close()
	}
}
