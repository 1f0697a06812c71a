package resp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// testLibrary is loaded by FUNCTION LOAD.
const testLibrary = `#!lua name=lib
redis.register_function('count', function(keys, args) return redis.call('INCR', keys[1] or 'none') end)
redis.register_function{function_name='peek', callback=function(keys, args) return {redis.call('TYPE', keys[1] or 'none'), args} end, flags={'no-writes'}, description='looks'}
redis.register_function('fail', function(keys, args) return redis.error_reply('MINE failed ' .. #keys) end)
`

// inScript tells whether a command's answer in a script is the same on both
// servers without putting it in order.
func inScript(c *engine.Command) bool {
	name := c.FullName()
	if _, ok := rules[name]; ok || c.Flags&(engine.NoScript|engine.Log) != 0 || c.Name == "spop" || c.Name == "xclaim" || c.Name == "xautoclaim" || c.Name == "xreadgroup" || c.Parent != nil && c.Parent.Name == "xinfo" || strings.HasPrefix(c.Name, "flush") || c.Name == "swapdb" {
		return false
	}
	if c.Flags&engine.Blocking != 0 { // 7.2 lets scripts call it, or words it differently
		return false
	}
	return c.Group != "scripting" && c.Group != "geo" && c.Group != "hyperloglog"
}

// luaString is a literal of Lua.
func luaString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, "\\%03d", c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// script makes an EVAL that calls random commands and uses Lua's libraries.
func (g *gen) script(client int) []string {
	var b strings.Builder
	if g.chance(10) {
		b.WriteString("#!lua flags=" + g.pick("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-oom,no-writes", "") + "\n")
	}
	b.WriteString("local r = {}\n")
	if g.chance(6) {
		b.WriteString("redis.setresp(3)\n")
	}
	calls := g.r.IntN(4)
	for i := range calls {
		words := g.mutate(g.command(client, inScript))
		g.queue = g.queue[:0] // nothing goes before it
		if strings.HasPrefix(strings.ToLower(words[0]), "sort") {
			fmt.Fprintf(&b, "redis.pcall('%s')\n", strings.Join(calmErrno, "', '"))
		}
		for j := range words {
			words[j] = luaString(words[j])
		}
		fmt.Fprintf(&b, "r[%d] = redis.%s(%s)\n", i+1, g.pick("call", "pcall", "pcall"), strings.Join(words, ", "))
	}
	for range g.r.IntN(3) {
		fmt.Fprintf(&b, "do local ok, x = pcall(function() return %s end) r[#r+1] = tostring(x) end\n", g.lua(3))
	}
	switch g.r.IntN(12) {
	case 0:
		b.WriteString("return r[1]")
	case 1:
		b.WriteString("return cjson.encode(r)")
	case 2:
		b.WriteString("return cmsgpack.pack(r)")
	case 3:
		b.WriteString("return {cmsgpack.unpack(cmsgpack.pack(r, ARGV))}")
	case 4:
		b.WriteString("return cjson.decode(cjson.encode(r))")
	case 5:
		fmt.Fprintf(&b, "return cjson.encode(cjson.decode(%s))", luaString(g.json(3)))
	case 6:
		fmt.Fprintf(&b, "return {struct.unpack('>I2sBi4', struct.pack('>I2sBi4', %d, %s, %d, %d))}", g.r.IntN(70000), luaString(g.value()), g.r.IntN(300), g.r.IntN(1<<31))
	case 7:
		fmt.Fprintf(&b, "return {bit.tohex(%d), bit.band(%d, %d), bit.%s(%d, %d), bit.bnot(%d)}", g.r.Int32(), g.r.Int64N(1<<40), g.r.Int32(), g.pick("lshift", "rshift", "arshift", "rol", "bxor"), g.r.Int32(), g.r.IntN(40), g.r.Int32())
	case 8:
		b.WriteString("return {#KEYS, #ARGV, KEYS[1], ARGV[1], redis.sha1hex(ARGV[1] or '')}")
	case 9:
		fmt.Fprintf(&b, "local t = cmsgpack.unpack(%s) return type(t) == 'table' and cjson.encode(t) or tostring(t)", luaString(g.packed()))
	default:
		b.WriteString("return r")
	}
	name := g.pick("EVAL", "EVAL", "EVAL", "eval", "EVAL_RO")
	words := []string{name, b.String(), strconv.Itoa(g.r.IntN(2))}
	return append(words, g.key(client, ""), g.value())
}

// lua makes an expression.
func (g *gen) lua(depth int) string {
	if depth == 0 || g.chance(5) {
		return g.pick("1", "2", "-3", "0.1", "1e15", "1e16", "123456789", "3.7", "'abc'", "'10'", "'0x1f'", "nil", "true", "KEYS[1]", "ARGV[1]", "1/0", "-1/0", "2^53", "'a,b,,c'", "'%d+'", "#ARGV", "{}")
	}
	x := func() string { return g.lua(depth - 1) }
	switch g.r.IntN(16) {
	case 0, 1, 2:
		return "(" + x() + g.pick(" + ", " - ", " * ", " / ", " % ", " ^ ", " .. ") + x() + ")"
	case 3:
		return "(" + x() + g.pick(" == ", " < ", " <= ", " ~= ", " and ", " or ") + x() + ")"
	case 4:
		return "string.format('" + g.pick("%d", "%5.2f", "%s", "%q", "%x", "%g", "%-8s|", "%05d", "%e", "%i", "%c", "%.3s", "%%") + "', " + x() + ")"
	case 5:
		return "string." + g.pick("upper", "lower", "len", "reverse", "byte") + "(" + x() + ")"
	case 6:
		return "string.sub(" + x() + ", " + x() + ", " + x() + ")"
	case 7:
		return "string.rep(" + x() + ", " + strconv.Itoa(g.r.IntN(4)) + ")"
	case 8:
		return "string." + g.pick("find", "match") + "(" + x() + ", " + g.pick("'%d+'", "'(%a)(%w*)'", "'[^,]*'", "'^a'", "'b$'", "'%'", "'('", "'.-c'", "'()'", "'%b()'", "'%f[%w]'") + ")"
	case 9:
		return "string.gsub(" + x() + ", " + g.pick("'%w'", "','", "''", "'(a)(b)'") + ", " + g.pick("'<%0>'", "'%1'", "''", "{a='x'}", "string.upper", "'%2'") + ")"
	case 10:
		return "tonumber(" + x() + g.pick("", "", ", 16", ", 2", ", 36") + ")"
	case 11:
		return "math." + g.pick("floor", "ceil", "abs", "sqrt", "fmod", "max", "min", "modf", "frexp", "ldexp", "pow") + "(" + x() + ", " + x() + ")"
	case 12:
		return "#" + g.pick("{1,2,3}", "{1,nil,3}", "{n=1}", "'abc'", "{{},{}}")
	case 13:
		return "table.concat({" + x() + ", " + x() + ", " + x() + "}, " + g.pick("','", "''", "1") + ")"
	case 14:
		return "(function() local t = {" + x() + ", " + x() + ", " + x() + "} table." + g.pick("sort(t)", "insert(t, 1, 5)", "remove(t)", "remove(t, 1)", "insert(t, 'z')") + " return cjson.encode(t) end)()"
	}
	return g.pick("type", "select", "unpack", "next", "cjson.encode", "cmsgpack.pack", "redis.sha1hex", "rawlen", "assert", "error") + "(" + x() + ")"
}

// json makes a text that is mostly JSON.
func (g *gen) json(depth int) string {
	if depth == 0 || g.chance(3) {
		return g.pick("1", "-0", "1.5", "1e3", "true", "false", "null", `"abc"`, `"\u00e9\n\"\\"`, `"\ud83d\ude00"`, "12345678901234567890", "0.1", `""`, "[]", "{}", "nul", "01", `"\x"`, `"tab	"`, "1e400", " 2 ", `"\u0000"`)
	}
	var parts []string
	for range g.r.IntN(4) {
		parts = append(parts, g.json(depth-1))
	}
	if g.chance(2) {
		return "[" + strings.Join(parts, ",") + "]"
	}
	for i := range parts[min(len(parts), 1):] {
		parts = parts[:i+1]
		break // one pair: the order of more is that of a hash table, compared elsewhere
	}
	for i := range parts {
		parts[i] = `"` + g.pick("a", "b", "1", "é") + `":` + parts[i]
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// packed makes bytes that are mostly MessagePack.
func (g *gen) packed() string {
	return g.pick("\x01", "\xff", "\xc0", "\xc2", "\xc3", "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00", "\xca\x3f\xc0\x00\x00", "\xcd\x01\x00", "\xd3\xff\xff\xff\xff\xff\xff\xff\xfe", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
		"\xa3abc", "\xd9\x02hi", "\x93\x01\x02\x03", "\x81\xa1a\x01", "\x91\x91\x91\xc0", "\xc1", "\xd9", "", "\x92\x01", "\xdc\x00\x02\x01\x02", "\xde\x00\x01\x01\x02", "\xc4\x02ab", "\xd0\x80", "\xd1\x80\x00", "\x01\x02", "\xda\x00\x01x")
}
