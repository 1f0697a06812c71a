package engine

import (
	"strings"
	"testing"
)

// notInOracle are commands that are newer than the reference server, or have
// got another form since (7.2 lets scripts call what blocks elsewhere), or whose
// other subcommands are the session's.
var notInOracle = map[string]bool{
	"zrank": true, "zrevrank": true, "memory": true,
	"blmove": true, "blpop": true, "brpop": true, "brpoplpush": true, "bzpopmax": true, "bzpopmin": true,
}

func TestCommandRepliesMatchRedis(t *testing.T) {
	o := newOracle(t, 3)
	for _, c := range Commands() {
		if notInOracle[c.Name] {
			continue
		}
		info := &wireReply{proto: 3}
		info.Array(1)
		c.ReplyInfo(info)
		want := o.do(args("COMMAND INFO " + c.Name))
		order := "%~"
		if c.Sub != nil {
			order += "*" // Redis lists subcommands in no particular order
		}
		if got, want := canonical(t, string(info.out), order), canonical(t, want, order); got != want {
			t.Errorf("COMMAND INFO %s\n%s", c.Name, diff(got, want))
		}
		docs := &wireReply{proto: 3}
		docs.Map(1)
		c.ReplyDocs(docs)
		want = o.do(args("COMMAND DOCS " + c.Name))
		if got, want := canonical(t, string(docs.out), "%~"), canonical(t, want, "%~"); got != want {
			t.Errorf("COMMAND DOCS %s\n%s", c.Name, diff(got, want))
		}
	}
}

// diff shows the lines that only one side has.
func diff(got, want string) string {
	count := map[string]int{}
	for _, l := range strings.Split(got, "\n") {
		count[l]++
	}
	var b strings.Builder
	for _, l := range strings.Split(want, "\n") {
		if count[l] == 0 {
			b.WriteString("- " + l + "\n")
		}
		count[l]--
	}
	for _, l := range strings.Split(got, "\n") {
		if count[l] > 0 {
			b.WriteString("+ " + l + "\n")
			count[l]--
		}
	}
	return b.String()
}

func TestLookup(t *testing.T) {
	for _, c := range Commands() {
		for _, name := range []string{c.Name, strings.ToUpper(c.Name), strings.ToUpper(c.Name[:1]) + c.Name[1:]} {
			if Lookup([]byte(name)) != c {
				t.Errorf("Lookup(%q) finds another row", name)
			}
		}
		if Lookup([]byte(c.Name+"x")) == c {
			t.Errorf("Lookup takes more than %s", c.Name)
		}
	}
	for _, name := range []string{"", "nosuch", "se", strings.Repeat("x", 1000), "\x00\xff"} {
		if c := Lookup([]byte(name)); c != nil {
			t.Errorf("Lookup(%q) = %s", name, c.Name)
		}
	}
	name := []byte("GetRange")
	if n := testing.AllocsPerRun(100, func() { Lookup(name) }); n != 0 {
		t.Errorf("Lookup allocates %v times", n)
	}
}

func TestTableRefusesDuplicates(t *testing.T) {
	row := Command{Name: "get"}
	defer func() {
		if recover() == nil {
			t.Error("a second row for GET was taken")
		}
	}()
	addRow(&row)
}

// TestRowsAreComplete holds what dispatch relies on.
func TestRowsAreComplete(t *testing.T) {
	var check func(c *Command)
	check = func(c *Command) {
		if (c.Do == nil) == (len(c.Sub) == 0) {
			t.Errorf("%s: a row has either a handler or subcommands", c.FullName())
		}
		if c.Flags.Logged() && c.Flags&ReadOnly != 0 {
			t.Errorf("%s: goes through the log and is ReadOnly", c.FullName())
		}
		if c.Do != nil && len(c.Keys) > 0 && !c.Flags.Logged() && c.Flags&ReadOnly == 0 {
			t.Errorf("%s: has keys and neither Write nor ReadOnly", c.FullName())
		}
		if c.Summary == "" || c.Since == "" || c.Group == "" || c.Arity == 0 {
			t.Errorf("%s: the row is not complete", c.FullName())
		}
		for i := range c.Sub {
			check(&c.Sub[i])
		}
	}
	for _, c := range Commands() {
		check(c)
	}
}

func TestKeysOf(t *testing.T) {
	sort := Command{Keys: []KeySpec{{Unknown: true}}}
	xread := Command{Keys: []KeySpec{{Keyword: "STREAMS", From: 1, Last: -1, Step: 1, Limit: 2}}}
	zunion := Command{Keys: []KeySpec{{Index: 1, KeyNum: true, FirstKey: 1, Step: 1}}}
	migrate := Command{Keys: []KeySpec{{Index: 3, Step: 1}, {Keyword: "KEYS", From: -2, Last: -1, Step: 1}}}
	for _, test := range []struct {
		cmd        *Command
		line, keys string
		ok         bool
	}{
		{Lookup([]byte("get")), "GET a", "a", true},
		{Lookup([]byte("mset")), "MSET a 1 b 2 c 3", "a b c", true},
		{Lookup([]byte("del")), "DEL a b", "a b", true},
		{Lookup([]byte("copy")), "COPY a b DB 1", "a b", true},
		{Lookup([]byte("dbsize")), "DBSIZE", "", true},
		{&sort, "SORT a", "", true},
		{&xread, "XREAD COUNT 1 streams a b 0 0", "a b", true},
		{&xread, "XREAD COUNT 1", "", true},
		{&zunion, "ZUNION 2 a b WEIGHTS 1 2", "a b", true},
		{&zunion, "ZUNION 3 a b", "", false},
		{&zunion, "ZUNION x a b", "", false},
		{&zunion, "ZUNION -1 a b", "", false},
		{&zunion, "ZUNION 9223372036854775807 a b", "", false},
		{&migrate, "MIGRATE h 1 k 0 10 KEYS a b", "k a b", true},
	} {
		keys, ok := test.cmd.KeysOf(args(test.line), nil)
		var got []string
		for _, k := range keys {
			got = append(got, string(k))
		}
		if ok != test.ok || ok && strings.Join(got, " ") != test.keys {
			t.Errorf("KeysOf(%s) = %q %v, want %q %v", test.line, got, ok, test.keys, test.ok)
		}
	}
}
