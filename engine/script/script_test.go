package script

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSplitArgs(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string // nil: an error
	}{
		{`SET a 1`, []string{"SET", "a", "1"}},
		{`  SET   a	1 `, []string{"SET", "a", "1"}},
		{`SET a ""`, []string{"SET", "a", ""}},
		{`SET "a b" 'c d'`, []string{"SET", "a b", "c d"}},
		{`"\x00\xff\n\r\t\b\a\"\\q"`, []string{"\x00\xff\n\r\t\b\a\"\\q"}},
		{`'it\'s \n'`, []string{`it's \n`}},
		{`a"b c"`, []string{"ab c"}},
		{`"\xzz"`, []string{"xzz"}},
		{`"a"b`, nil},
		{`"a`, nil},
		{`'a`, nil},
		{``, []string{}},
	} {
		got, err := SplitArgs(c.line)
		if err != nil {
			if c.want != nil {
				t.Errorf("%s: %v", c.line, err)
			}
			continue
		}
		if c.want == nil {
			t.Errorf("%s: got %q, want an error", c.line, got)
			continue
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: got %q, want %q", c.line, got, c.want)
			continue
		}
		for i := range got {
			if string(got[i]) != c.want[i] {
				t.Errorf("%s: argument %d is %q, want %q", c.line, i, got[i], c.want[i])
			}
		}
	}
}

// renderings are replies as they stand on the wire and as redis-cli prints
// them; TestRenderingIsThatOfRedisCli holds the second column to the program.
var renderings = []struct{ wire, want string }{
	{"+OK\r\n", "OK\n"},
	{"-ERR no\r\n", "(error) ERR no\n"},
	{":-7\r\n", "(integer) -7\n"},
	{"$-1\r\n", "(nil)\n"},
	{"*-1\r\n", "(nil)\n"},
	{"_\r\n", "(nil)\n"},
	{"$0\r\n\r\n", "\"\"\n"},
	{"$8\r\na\"\\\n\x00\xfft\x7f\r\n", `"a\"\\\n\x00\xfft\x7f"` + "\n"},
	{"*0\r\n", "(empty array)\n"},
	{"%0\r\n", "(empty hash)\n"},
	{"~0\r\n", "(empty set)\n"},
	{"#t\r\n", "(true)\n"},
	{"#f\r\n", "(false)\n"},
	{",3.25\r\n", "(double) 3.25\n"},
	{",inf\r\n", "(double) inf\n"},
	{"=8\r\ntxt:a\nb\"\r\n", "a\nb\"\n"},
	{"*2\r\n:1\r\n$1\r\na\r\n", "1) (integer) 1\n2) \"a\"\n"},
	{"*2\r\n*2\r\n:1\r\n*2\r\n:3\r\n:4\r\n+x\r\n", "1) 1) (integer) 1\n   2) 1) (integer) 3\n      2) (integer) 4\n2) x\n"},
	{"%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*2\r\n:2\r\n:3\r\n", "1# \"a\" => (integer) 1\n2# \"b\" => \n   1) (integer) 2\n   2) (integer) 3\n"},
	{"%2\r\n$1\r\na\r\n*0\r\n$1\r\nb\r\n~1\r\n%1\r\n:1\r\n*2\r\n:2\r\n:3\r\n", "1# \"a\" => (empty array)\n2# \"b\" => \n   1~ 1# (integer) 1 => \n         1) (integer) 2\n         2) (integer) 3\n"},
	{"*2\r\n:0\r\n%1\r\n+k\r\n%1\r\n+l\r\n+v\r\n", "1) (integer) 0\n2) 1# k => 1# l => v\n"},
	{"~2\r\n:1\r\n_\r\n", "1~ (integer) 1\n2~ (nil)\n"},
	{"*10\r\n" + strings.Repeat(":1\r\n", 9) + "*2\r\n:2\r\n:3\r\n", strings.Replace(
		" 1) (integer) 1\n 2) (integer) 1\n 3) (integer) 1\n 4) (integer) 1\n 5) (integer) 1\n 6) (integer) 1\n 7) (integer) 1\n"+
			" 8) (integer) 1\n 9) (integer) 1\n10) ARRAY", "ARRAY", "1) (integer) 2\n    2) (integer) 3\n", 1)},
}

func TestRendering(t *testing.T) {
	for _, c := range renderings {
		r := bufio.NewReader(strings.NewReader(c.wire + "+next\r\n"))
		v, err := ReadValue(r)
		if err != nil {
			t.Errorf("%q: %v", c.wire, err)
			continue
		}
		if got := v.String(); got != c.want {
			t.Errorf("%q: got:\n%swant:\n%s", c.wire, got, c.want)
		}
		if next, err := ReadValue(r); err != nil || next.String() != "next\n" {
			t.Errorf("%q: the reply behind it is %q, %v", c.wire, next.String(), err)
		}
	}
}

// redis-cli prints what the table says. It reads the replies from a server
// that is only a table as well.
func TestRenderingIsThatOfRedisCli(t *testing.T) {
	cli, err := exec.LookPath("redis-cli")
	if err != nil {
		t.Skip("redis-cli is not installed")
	}
	addr := serveReplies(t)
	for i, c := range renderings {
		cmd := exec.Command(cli, "-3", "-p", addr, strconv.Itoa(i))
		cmd.Env = append(os.Environ(), "FAKETTY=1")
		out, err := cmd.CombinedOutput()
		if err != nil && c.wire[0] != '-' {
			t.Errorf("%q: redis-cli: %v\n%s", c.wire, err, out)
			continue
		}
		// redis-cli puts an empty line behind an error.
		if got := strings.TrimRight(string(out), "\n"); got != strings.TrimRight(c.want, "\n") {
			t.Errorf("%q: redis-cli prints:\n%s\nthe table says:\n%s", c.wire, got, c.want)
		}
	}
}

func TestReadValueRefusesNonsense(t *testing.T) {
	for _, wire := range []string{
		"\r\n", "?1\r\n", "$x\r\n", "$-2\r\n", "$3\r\nabcd\r\n", "$999999999999\r\n", "*9999999999\r\n", "%-1\r\n",
		"#x\r\n", "_x\r\n", ":1\n", "=3\r\ntxt\r\n", strings.Repeat("*1\r\n", 64), ":\r\n", "*2\r\n:1\r\n",
	} {
		if v, err := ReadValue(bufio.NewReader(strings.NewReader(wire))); err == nil {
			t.Errorf("%q: got %v, want an error", wire, v)
		}
	}
}

const sample = `# A comment.
> SET a 1
OK
A> GET a
"1"

@unordered
> KEYS *
1) "a"
2) "b"
@sleep 5s
A> BLPOP l 0
> RPUSH l x
(integer) 1
A<
1) "l"
2) "x"
@approx 5
> PTTL a
(integer) 100
@regexp
> TIME
1) "[0-9]+"
2) "[0-9]+"
@resp3
> LOLWUT
one
\
\# three
\\four
@restart
@snapshot
@kill leader
@noredis because
> FOXTAIL
OK
`

func TestParseAndRewrite(t *testing.T) {
	f, err := Parse("sample", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Steps) != 15 {
		t.Fatalf("got %d steps, want 15", len(f.Steps))
	}
	same := map[int]string{}
	for _, s := range f.Steps {
		if s.Op == OpCommand || s.Op == OpNext {
			same[s.Line] = s.Want
		}
	}
	if got := string(f.Rewrite(same)); got != sample {
		t.Errorf("rewriting with the same replies gives:\n%s", got)
	}
	if got := f.Steps[10].Want; got != "one\n\n# three\n\\four\n" {
		t.Errorf("escaped lines: got %q", got)
	}
	got := string(f.Rewrite(map[int]string{2: "(nil)\n", 12: "# blocked no more\n"}))
	want := strings.Replace(sample, "> SET a 1\nOK\n", "> SET a 1\n(nil)\n", 1)
	want = strings.Replace(want, "A> BLPOP l 0\n", "A> BLPOP l 0\n\\# blocked no more\n", 1)
	if got != want {
		t.Errorf("rewriting two replies gives:\n%s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"OK\n", "> \n", "> SET \"a\n", "@nope\n", "@sleep\n", "@sleep -1s\n", "@kill follower\n", "@unordered x\n> A\n",
		"@unordered 0\n> A\n", "@approx 0\n> A\n", "@noredis\n> A\n", "@regexp\n", "@regexp\n@restart\n", "A< GET\n",
		"> A\n@noredis-file late\n", "@restart now\n",
	} {
		if _, err := Parse("bad", []byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name      string
		marks     Marks
		want, got string
		ok        bool
	}{
		{"equal", Marks{}, "OK\n", "OK\n", true},
		{"different", Marks{}, "OK\n", "KO\n", false},
		{"nothing printed", Marks{}, "", "OK\n", false},
		{"unordered", Marks{Unordered: 1}, "1) \"a\"\n2) \"b\"\n", "1) \"b\"\n2) \"a\"\n", true},
		{"unordered: other elements", Marks{Unordered: 1}, "1) \"a\"\n2) \"b\"\n", "1) \"a\"\n2) \"a\"\n", false},
		{"unordered: fewer", Marks{Unordered: 1}, "1) \"a\"\n2) \"b\"\n", "1) \"a\"\n", false},
		{"unordered: groups", Marks{Unordered: 2}, "1) \"a\"\n2) \"1\"\n3) \"b\"\n4) \"2\"\n", "1) \"b\"\n2) \"2\"\n3) \"a\"\n4) \"1\"\n", true},
		{"unordered: torn groups", Marks{Unordered: 2}, "1) \"a\"\n2) \"1\"\n3) \"b\"\n4) \"2\"\n", "1) \"b\"\n2) \"1\"\n3) \"a\"\n4) \"2\"\n", false},
		{"unordered: inner order counts", Marks{Unordered: 1}, "1) 1) \"a\"\n   2) \"b\"\n", "1) 1) \"b\"\n   2) \"a\"\n", false},
		{"unordered: nested moves whole", Marks{Unordered: 1}, "1) 1) \"a\"\n   2) \"b\"\n2) \"c\"\n", "1) \"c\"\n2) 1) \"a\"\n   2) \"b\"\n", true},
		{"unordered: not an aggregate", Marks{Unordered: 1}, "\"a\"\n", "\"b\"\n", false},
		{"approx", Marks{Approx: 5}, "(integer) 100\n", "(integer) 95\n", true},
		{"approx: too far", Marks{Approx: 5}, "(integer) 100\n", "(integer) 106\n", false},
		{"approx: other type", Marks{Approx: 5}, "(integer) 100\n", "\"100\"\n", false},
		{"regexp", Marks{Regexp: true}, "\"[0-9]+\"\n", "\"123\"\n", true},
		{"regexp: whole line", Marks{Regexp: true}, "[0-9]\n", "12\n", false},
		{"regexp: number of lines", Marks{Regexp: true}, ".*\n", "1\n2\n", false},
	} {
		s := Step{Marks: c.marks, Want: c.want}
		if ok, err := s.judge(c.got); ok != c.ok || err != nil {
			t.Errorf("%s: got %v, %v, want %v", c.name, ok, err, c.ok)
		}
	}
}

// fake answers each command with its words, and keeps what it was told.
type fake struct {
	log  []string
	wait map[string]Value
}

func (f *fake) Do(conn string, args [][]byte) (Value, bool, error) {
	f.log = append(f.log, conn+">"+string(bytes.Join(args, []byte(" "))))
	switch string(args[0]) {
	case "BLOCK":
		f.wait[conn] = Value{Kind: Status, Str: []byte("late")}
		return Value{}, true, nil
	case "MAP":
		return Value{Kind: Map, Elems: []Value{{Kind: Double, Str: []byte("1")}, {Kind: Bool, Int: 1}}}, false, nil
	}
	return Value{Kind: Status, Str: args[0]}, false, nil
}
func (f *fake) Next(conn string) (Value, error) { return f.wait[conn], nil }
func (f *fake) Proto(v int) error               { f.log = append(f.log, "proto"); return nil }
func (f *fake) Sleep(d time.Duration) error {
	if d > time.Minute {
		return ErrEnd
	}
	return nil
}
func (f *fake) Restart() error    { f.log = append(f.log, "restart"); return nil }
func (f *fake) Snapshot() error   { return nil }
func (f *fake) Kill(string) error { f.log = append(f.log, "kill"); return nil }
func parse(t *testing.T, s string) *File {
	t.Helper()
	f, err := Parse(t.Name(), []byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRun(t *testing.T) {
	f := parse(t, `> MAP
1) "1"
2) (integer) 1
@resp3
> MAP
1# (double) 1 => (true)
A> BLOCK
> X
Y
A<
late
@noredis no such command
> FOX
FOX
@server sessions
> SESSION
SESSION
@kill leader
@sleep 2m
> NEVER
x
`)
	b := &fake{wait: map[string]Value{}}
	between := 0
	rep, err := f.Run(b, Options{Redis: true, Bare: true, Between: func() error { between++; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Steps != 7 || rep.Skipped != 4 || len(rep.Mismatches) != 1 {
		t.Fatalf("got %+v", rep)
	}
	if m := rep.Mismatches[0]; m.Line != 8 || m.Got != "X\n" || m.Want != "Y\n" {
		t.Errorf("got %v", m)
	}
	if want := ">MAP|proto|>MAP|A>BLOCK|>X|kill"; strings.Join(b.log, "|") != want {
		t.Errorf("the backend saw %q, want %q", strings.Join(b.log, "|"), want)
	}
	if between != 5 { // not while A is blocked
		t.Errorf("Between was called %d times, want 5", between)
	}
}

func TestBetweenWaitsForTransactions(t *testing.T) {
	f := parse(t, "> MULTI\nMULTI\n> GET\nGET\n> EXEC\nEXEC\n> WATCH k\nWATCH\n> UNWATCH\nUNWATCH\n")
	n := 0
	rep, err := f.Run(&fake{}, Options{Between: func() error { n++; return nil }})
	if err != nil || len(rep.Mismatches) > 0 {
		t.Fatal(rep.Mismatches, err)
	}
	if n != 2 {
		t.Errorf("Between was called %d times, want 2: after EXEC and after UNWATCH", n)
	}
}

func TestRecorder(t *testing.T) {
	r := &Recorder{Version: 3}
	r.Array(2)
	r.Int(1)
	if !r.Partial() {
		t.Error("an open array is not partial")
	}
	r.Map(1)
	r.BulkString("k")
	r.Array(0)
	r.Double(0.1)
	got := r.Take()
	if len(got) != 2 || r.Partial() || len(r.Take()) != 0 {
		t.Fatalf("got %v", got)
	}
	if s := got[0].String() + got[1].String(); s != "1) (integer) 1\n2) 1# \"k\" => (empty array)\n(double) 0.1\n" {
		t.Errorf("got:\n%s", s)
	}
}
