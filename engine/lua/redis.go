package lua

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
)

// Host is the database that a script works on.
type Host interface {
	// Call executes a command and gives its one reply to a. fault is for what
	// is refused before: the error reply.
	Call(args [][]byte, a *Answer) (fault string)
	// Allowed judges redis.acl_check_cmd; known: there is such a command.
	Allowed(args [][]byte) (allowed, known bool)
	// Log takes a line of redis.log; its level is one of the LOG constants.
	Log(level int, text string)
}

// The version that scripts see.
const (
	RedisVersion    = "7.2.4"
	redisVersionNum = 7<<16 | 2<<8 | 4
)

// scriptState is what belongs to the run that is going on.
type scriptState struct {
	host      Host
	name      string
	resp      int // redis.setresp
	loading   bool
	functions []FunctionInfo

	api     *Table // redis
	loadAPI *Table // redis, while a library is loaded
	// The globals of a script, and those of a library while it is loaded.
	runGlobals, loadGlobals *Table
	ipairs                  *Function
	// What a call of the database uses again and again.
	args   [][]byte
	answer Answer
}

func (s *scriptState) begin(host Host, name string) {
	s.host, s.name, s.resp, s.loading, s.functions = host, name, 2, false, nil
}

var logLevels = []struct {
	name  string
	level float64
}{{"LOG_DEBUG", 0}, {"LOG_VERBOSE", 1}, {"LOG_NOTICE", 2}, {"LOG_WARNING", 3}}

func (vm *VM) openRedis() {
	vm.script.ipairs = vm.newFunction("ipairs_aux", ipairsStep)
	s := &vm.script
	s.api = vm.library("redis", []entry{
		{"call", redisCall}, {"pcall", redisPcall}, {"log", redisLog}, {"setresp", redisSetresp},
		{"error_reply", redisErrorReply}, {"status_reply", redisStatusReply}, {"sha1hex", redisSha1hex},
		{"set_repl", redisSetRepl}, {"replicate_commands", func(*VM, []Value) []Value { return one(true) }},
		{"breakpoint", func(*VM, []Value) []Value { return one(false) }},
		{"debug", func(*VM, []Value) []Value { return nil }},
		{"acl_check_cmd", redisACLCheck},
	})
	s.loadAPI = vm.newTable(0, 8)
	vm.register(s.loadAPI, []entry{{"log", redisLog}, {"register_function", redisRegister}})
	for _, t := range []*Table{s.api, s.loadAPI} {
		for _, l := range logLevels {
			t.setStr(l.name, num(l.level))
		}
		t.setStr("REDIS_VERSION", RedisVersion)
		t.setStr("REDIS_VERSION_NUM", num(redisVersionNum))
	}
	for i, name := range []string{"REPL_NONE", "REPL_AOF", "REPL_REPLICA", "REPL_ALL"} {
		s.api.setStr(name, num(float64(i)))
	}
	s.api.setStr("REPL_SLAVE", num(2))
	// The names are there from the start, so that setting them moves nothing.
	vm.clearArguments()
}

func (vm *VM) setArguments(keys, args [][]byte) {
	vm.globals.setStr("KEYS", vm.bytesTable(keys))
	vm.globals.setStr("ARGV", vm.bytesTable(args))
}

func (vm *VM) clearArguments() {
	vm.globals.setStr("KEYS", nil)
	vm.globals.setStr("ARGV", nil)
}

func (vm *VM) bytesTable(list [][]byte) *Table {
	t := vm.newTable(0, 0)
	for i, b := range list {
		t.setInt(i+1, vm.text(string(b)))
	}
	return t
}

// errorTable is an error reply as a script sees it. A text that begins with
// "-" names its own code.
func (vm *VM) errorTable(text string) *Table {
	code, msg := "ERR", text
	if strings.HasPrefix(text, "-") {
		text = strings.Trim(text, "\r\n")
		head, tail, found := strings.Cut(text, " ")
		if found {
			code, msg = head[1:], tail
		} else {
			msg = text[1:]
		}
	}
	t := vm.newTable(0, 0)
	t.setStr("err", vm.text(code+" "+msg))
	return t
}

func redisCall(vm *VM, args []Value) []Value {
	v, failed := vm.callHost(args)
	if failed {
		vm.throwValue(v)
	}
	return one(v)
}

func redisPcall(vm *VM, args []Value) []Value {
	v, _ := vm.callHost(args)
	return one(v)
}

// callCost is what a command costs of the budget, beside its bytes.
const callCost = 40

// callHost executes a command. failed: v is an error's table.
func (vm *VM) callHost(args []Value) (v Value, failed bool) {
	s := &vm.script
	if len(args) == 0 {
		return vm.errorTable("Please specify at least one argument for this redis lib call"), true
	}
	list, size := s.args[:0], 0
	for _, a := range args {
		var b []byte
		switch a := a.(type) {
		case string:
			b = []byte(a)
		case float64:
			b = appendG(nil, a, 17, false, false)
		default:
			return vm.errorTable("Lua redis lib command arguments must be strings or integers"), true
		}
		size += len(b)
		list = append(list, b)
	}
	vm.step(callCost + size>>4)
	a := &s.answer
	a.begin(vm, s.resp)
	vm.quiet = true
	fault := s.host.Call(list, a)
	vm.quiet = false
	vm.step(0)
	vm.alloc(0)
	clear(list)
	s.args = list[:0]
	if fault != "" {
		a.Fail(fault)
	}
	return a.value, a.failed
}

func redisErrorReply(vm *VM, args []Value) []Value {
	s, ok := arg(args, 1).(string)
	if !ok || len(args) != 1 {
		return one(vm.errorTable("wrong number or type of arguments"))
	}
	if !strings.HasPrefix(s, "-") {
		s = "-" + s
	}
	return one(vm.errorTable(s))
}

func redisStatusReply(vm *VM, args []Value) []Value {
	s, ok := arg(args, 1).(string)
	if !ok || len(args) != 1 {
		return one(vm.errorTable("wrong number or type of arguments"))
	}
	t := vm.newTable(0, 0)
	t.setStr("ok", s)
	return one(t)
}

func (vm *VM) throwError(text string) { vm.throwValue(vm.errorTable(text)) }

func redisSha1hex(vm *VM, args []Value) []Value {
	if len(args) != 1 {
		vm.throwError("wrong number of arguments")
	}
	s, _ := toString(args[0])
	vm.step(len(s) >> 4)
	return one(vm.text(SHA1Hex(s)))
}

// SHA1Hex is the name of a script.
func SHA1Hex(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func redisLog(vm *VM, args []Value) []Value {
	if len(args) < 2 {
		vm.throwError("redis.log() requires two arguments or more.")
	}
	level, ok := args[0].(float64)
	if !ok {
		vm.throwError("First argument must be a number (log level).")
	}
	if !(level >= 0 && level <= 3) {
		vm.throwError("Invalid debug level.")
	}
	var parts []string
	for _, a := range args[1:] {
		if s, ok := toString(a); ok {
			vm.step(len(s) >> 4)
			parts = append(parts, s)
		}
	}
	vm.script.host.Log(int(level), strings.Join(parts, " "))
	return nil
}

func redisSetresp(vm *VM, args []Value) []Value {
	if len(args) != 1 {
		vm.throwError("redis.setresp() requires one argument.")
	}
	f, _ := toNumber(args[0])
	if f != 2 && f != 3 {
		vm.throwError("RESP version must be 2 or 3.")
	}
	vm.script.resp = int(f)
	return nil
}

func redisSetRepl(vm *VM, args []Value) []Value {
	if len(args) != 1 {
		vm.throwError("redis.set_repl() requires one argument.")
	}
	f, _ := toNumber(args[0])
	if flags := toInt(f); flags&^3 != 0 {
		vm.throwError("Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	return nil
}

func redisACLCheck(vm *VM, args []Value) []Value {
	if len(args) == 0 {
		vm.throwError("Please specify at least one argument for this redis.acl_check_cmd() call")
	}
	var list [][]byte
	for _, a := range args {
		s, ok := toString(a)
		if !ok {
			vm.throwError("redis.acl_check_cmd() command arguments must be strings or integers")
		}
		vm.step(len(s) >> 4)
		list = append(list, []byte(s))
	}
	allowed, known := vm.script.host.Allowed(list)
	if !known {
		vm.throwError("Invalid command passed to redis.acl_check_cmd()")
	}
	return one(allowed)
}

// functionsMax bounds what one library registers.
const functionsMax = 10_000

func redisRegister(vm *VM, args []Value) []Value {
	s := &vm.script
	if !s.loading {
		vm.throwError("redis.register_function can only be called on FUNCTION LOAD command")
	}
	var fn FunctionInfo
	switch {
	case len(args) < 1 || len(args) > 2:
		vm.throwError("wrong number of arguments to redis.register_function")
	case len(args) == 1:
		fn = vm.registration(args[0])
	default:
		name, ok := args[0].(string)
		if !ok {
			vm.throwError("first argument to redis.register_function must be a string")
		}
		callback, ok := args[1].(*Function)
		if !ok {
			vm.throwError("second argument to redis.register_function must be a function")
		}
		fn = FunctionInfo{Name: name, callback: callback}
	}
	if !ValidName(fn.Name) {
		vm.throwError("Library names can only contain letters, numbers, or underscores(_) and must be at least one character long")
	}
	for _, other := range s.functions {
		vm.step(1)
		if other.Name == fn.Name {
			vm.throwError("Function already exists in the library")
		}
	}
	if len(s.functions) == functionsMax {
		vm.throwError("too many functions in the library")
	}
	s.functions = append(s.functions, fn)
	return nil
}

// ValidName judges the name of a library or a function.
func ValidName(s string) bool {
	for i := range len(s) {
		if !isAlpha(s[i]) && !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// FunctionFlags are those that a function or a script may declare.
var FunctionFlags = []string{"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"}

// registration reads the named arguments of redis.register_function.
func (vm *VM) registration(v Value) (fn FunctionInfo) {
	t, ok := v.(*Table)
	if !ok {
		vm.throwError("calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).")
	}
	for k, v, _ := t.next(nil); k != nil; k, v, _ = t.next(k) {
		name, ok := k.(string)
		if !ok {
			vm.throwError("named argument key given to redis.register_function is not a string")
		}
		switch strings.ToLower(name) {
		case "function_name":
			if fn.Name, ok = v.(string); !ok {
				vm.throwError("function_name argument given to redis.register_function must be a string")
			}
		case "description":
			if fn.Description, fn.Described = v.(string); !fn.Described {
				vm.throwError("description argument given to redis.register_function must be a string")
			}
		case "callback":
			if fn.callback, ok = v.(*Function); !ok {
				vm.throwError("callback argument given to redis.register_function must be a function")
			}
		case "flags":
			list, ok := v.(*Table)
			if !ok {
				vm.throwError("flags argument to redis.register_function must be a table representing function flags")
			}
			fn.Flags = vm.flagsOf(list)
		default:
			vm.throwError("unknown argument given to redis.register_function")
		}
	}
	if fn.Name == "" {
		vm.throwError("redis.register_function must get a function name argument")
	}
	if fn.callback == nil {
		vm.throwError("redis.register_function must get a callback argument")
	}
	return fn
}

// flagsOf reads a list of flags; the answer is in the order that
// FUNCTION LIST shows.
func (vm *VM) flagsOf(list *Table) (flags []string) {
	given := map[string]bool{}
	for i := 1; ; i++ {
		v := list.getInt(i)
		if v == nil {
			break
		}
		vm.step(1)
		name, ok := v.(string)
		if !ok {
			vm.throwError("unknown flag given")
		}
		given[name] = true
	}
	known := 0
	for _, f := range FunctionFlags {
		if given[f] {
			flags = append(flags, f)
			known++
		}
	}
	if known != len(given) {
		vm.throwError("unknown flag given")
	}
	return flags
}
