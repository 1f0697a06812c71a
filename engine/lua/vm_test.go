package lua

import (
	"flag"
	"fmt"
	"strings"
	"testing"
)

var long = flag.Bool("long", false, "run the budgets twice")

// plainHost answers every command with its arguments.
type plainHost struct{}

func (plainHost) Call(args [][]byte, a *Answer) string {
	a.Array(len(args))
	for _, b := range args {
		a.Bulk(b)
	}
	return ""
}
func (plainHost) Allowed([][]byte) (bool, bool) { return true, true }
func (plainHost) Log(int, string)               {}

// textReply collects a reply as text.
type textReply struct{ strings.Builder }

func (r *textReply) Null()                       { r.WriteString("nil ") }
func (r *textReply) Err(s string)                { fmt.Fprintf(r, "-%s ", s) }
func (r *textReply) Status(s string)             { fmt.Fprintf(r, "+%s ", s) }
func (r *textReply) Int(n int64)                 { fmt.Fprintf(r, "%d ", n) }
func (r *textReply) Double(f float64)            { fmt.Fprintf(r, ",%v ", f) }
func (r *textReply) Bool(b bool)                 { fmt.Fprintf(r, "%v ", b) }
func (r *textReply) BulkString(s string)         { fmt.Fprintf(r, "%q ", s) }
func (r *textReply) Verbatim(_ string, b []byte) { fmt.Fprintf(r, "=%q ", b) }
func (r *textReply) Array(n int)                 { fmt.Fprintf(r, "*%d ", n) }
func (r *textReply) Map(n int)                   { fmt.Fprintf(r, "%%%d ", n) }
func (r *textReply) Set(n int)                   { fmt.Fprintf(r, "~%d ", n) }

// eval runs a script on a machine.
func eval(vm *VM, src string, args ...string) string {
	p, err := Compile("user_script", src)
	if err != nil {
		return "compile: " + err.Error()
	}
	var argv [][]byte
	for _, a := range args {
		argv = append(argv, []byte(a))
	}
	var out textReply
	vm.Run(p, Run{Name: "sha", Args: argv}, plainHost{}, &out)
	return strings.TrimSpace(out.String())
}

func TestRuns(t *testing.T) {
	vm := New()
	tests := []struct{ src, want string }{
		{`return 1`, `1`},
		{`local n=0; local function inc() n=n+1 end; pcall(error,"x"); inc(); return n`, `1`},
		{`local t={} for i=1,10 do t[i]=i*i end return #t, t[3]`, `10`},
		{`local s=0 for k,v in pairs({a=1,b=2,c=3}) do s=s+v end return s`, `6`},
		{`return redis.call("get", 1.5, "x")`, `*3 "get" "1.5" "x"`},
		{`local a,b=("x=1"):match("(%w+)=(%w+)") return {a,b}`, `*2 "x" "1"`},
		{`return (("abc"):gsub("%w","%0%0"))`, `"aabbcc"`},
		{`local co=coroutine.wrap(function(a) local b=coroutine.yield(a+1) return b*2 end) return {co(1),co(5)}`, `*2 2 10`},
		{`return string.format("%5.2f|%d|%s|%q|%x", 3.14159, 42, "hi", "a\nb", 255)`, `" 3.14|42|hi|\"a\\\nb\"|ff"`},
		{`return cjson.encode({1,2,{a=true}})`, `"[1,2,{\"a\":true}]"`},
		{`return cjson.decode('{"a":[1,2,3]}').a[3]`, `3`},
		{`return cmsgpack.unpack(cmsgpack.pack({1,2,3}))[2]`, `2`},
		{`local t={3,1,2} table.sort(t) return t`, `*3 1 2 3`},
		{`return table.concat({1,2,3},",")`, `"1,2,3"`},
		{`return #ARGV`, `0`},
		{`local r = {} for i = 3,1,-1 do r[#r+1]=i end return r`, `*3 3 2 1`},
		{`local function f(...) return select("#",...), ... end return {f(1,nil,3)}`, `*2 3 1`},
		{`local goto = 1 return goto`, `1`},
	}
	for _, tt := range tests {
		if got := eval(vm, tt.src); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.src, got, tt.want)
		}
	}
}

// TestBudgets runs scripts that would never end, or fill the memory: each is
// stopped, and at the same point on a machine with another history.
func TestBudgets(t *testing.T) {
	vm, used := New(), New()
	eval(used, `return cjson.encode({1,2,{a=tostring({})}})`)
	const steps, memory = string(abortSteps), string(abortMemory)
	for i, tt := range []struct{ src, want string }{
		{`while true do end`, steps},
		{`repeat until false`, steps},
		{`return string.rep("x", 1e9)`, memory},
		{`local s="x" while true do s=s..s end`, memory},
		{`local t={} for i=1,1e9 do t[i]=i end`, steps},
		{`local t={} for i=1,1e9 do t[i*7]=i end`, ""},
		{`while true do pcall(error) end`, steps},
		{`local function f() return pcall(f) end while true do f() end`, steps},
		{`return string.find(string.rep("a",30000), string.rep("a-",200).."b")`, steps},
		{`return string.find(string.rep("a",300000), ".-.-.-.-b")`, steps},
		{`local function f() return f() end return f()`, steps},
		{`local function f() return f() + 1 end return f()`, "stack overflow"},
		{`local t=setmetatable({},{__index=function(t,k) return t[k+1] end}) return t[1]`, "C stack overflow"},
		{`while true do redis.call("get","x") end`, steps},
		{`local s=string.rep("a",1e6) while true do if s==string.rep("a",1e6) then end end`, memory},
		{`while true do coroutine.wrap(function() coroutine.yield() end)() end`, steps},
		{`local t={} for i=1,1e5 do t[i]=i end while true do table.insert(t,1,1) end`, steps},
		{`return cjson.encode(string.rep("\1",1e8))`, memory},
		{`return unpack({}, 1, 1e9)`, "too many results to unpack"},
		{`local t={} for i=1,200 do t={t,t} end return t`, steps},
		{`return string.rep("ab", 2^30)`, memory},
		{`return cjson.decode(string.rep("[", 1e6))`, "too many nested data structures (1001)"},
		{`cjson.decode_max_depth(1e9) return cjson.decode(string.rep("[", 1e6))`, "too many nested data structures (10001)"},
		{`return cmsgpack.unpack(string.rep("\145", 1e6))`, "stack overflow"},
		{`local t=setmetatable({},{__tostring=function() while true do end end}) return tostring(t)`, steps},
	} {
		got := eval(vm, tt.src)
		if !strings.HasPrefix(got, "-ERR") || !strings.Contains(got, tt.want) {
			t.Errorf("%s\n got %.200s\nwant %s", tt.src, got, tt.want)
		}
		if i%4 != 0 && !*long {
			continue
		}
		if again := eval(used, tt.src); again != got {
			t.Errorf("%s: two machines differ:\n%.200s\n%.200s", tt.src, got, again)
		}
	}
	if got := eval(vm, `return "as ever"`); got != `"as ever"` {
		t.Errorf("after the budgets: %s", got)
	}
}

// TestHugeSources are chunks that a naive parser would not survive.
func TestHugeSources(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"return " + strings.Repeat("(", 500_000), "too many syntax levels"},
		{"return " + strings.Repeat("not ", 200_000) + "1", "too many syntax levels"},
		{"return 1" + strings.Repeat("+1", 400_000), "too many syntax levels"},
		{"return a" + strings.Repeat(".b", 400_000), "too many syntax levels"},
		{"return f" + strings.Repeat("()", 400_000), "too many syntax levels"},
		{"return " + strings.Repeat("{", 500_000), "too many syntax levels"},
		{strings.Repeat("do ", 300_000), "too many syntax levels"},
		{strings.Repeat("x", SourceMax+1), "the most is"},
		{"local " + strings.Repeat("a,", 300) + "a", "local variables"},
	} {
		if _, err := Compile("user_script", tt.src); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.30s...: %v, want %s", tt.src, err, tt.want)
		}
	}
}

// TestNothingStays: what one script leaves, the next does not see.
func TestNothingStays(t *testing.T) {
	vm := New()
	first := eval(vm, `math.random() cjson.encode_sparse_array(true) KEYS[1]="x" return tostring({})..math.random()`)
	for range 3 {
		if got := eval(vm, `math.random() cjson.encode_sparse_array(true) KEYS[1]="x" return tostring({})..math.random()`); got != first {
			t.Errorf("%s, then %s", first, got)
		}
		eval(vm, `local t={} for i=1,100 do t[i]={} end error("x")`)
	}
	if got := eval(vm, `return cjson.encode({[1]=1,[100]=1})`); !strings.Contains(got, "excessively sparse") {
		t.Errorf("a setting of cjson stays: %s", got)
	}
}

// FuzzCompile: any text compiles or fails, and what compiles runs to an end.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{"return 1", "for k,v in pairs({1,2}) do x=v end", "local function f(...) return ... end return f(1)", "a.b['c']:d{1}", "return 'a\\065'..[[x]]"} {
		f.Add(s)
	}
	vm := New()
	f.Fuzz(func(t *testing.T, src string) { eval(vm, src) })
}

// FuzzDecoders: any bytes decode or fail in cjson, cmsgpack and struct.
func FuzzDecoders(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e9\ud83d\ude00"],"b":null}`, "\x93\x01\xa1a\x82\x01\x02\xa1b\xc0", ">i4!8d s c0", "[[[[1]]]]", "-0x1p4"} {
		f.Add(s, s)
	}
	vm := New()
	f.Fuzz(func(t *testing.T, a, b string) {
		eval(vm, `local r = {pcall(cjson.decode, ARGV[1])} if r[1] then cjson.encode(r[2]) end`, a)
		eval(vm, `local r = {pcall(cmsgpack.unpack, ARGV[1])} if r[1] then cmsgpack.pack(unpack(r, 2, 100)) end`, a)
		eval(vm, `pcall(struct.unpack, ARGV[1], ARGV[2]) pcall(struct.pack, ARGV[1], 1, 2, "x", 4) pcall(struct.size, ARGV[1])`, a, b)
		eval(vm, `pcall(string.find, ARGV[1], ARGV[2]) pcall(string.gsub, ARGV[1], ARGV[2], ARGV[1]) pcall(string.format, ARGV[1], ARGV[2], 1, 2.5)`, a, b)
	})
}
