// Package lua runs the scripts of EVAL and FUNCTION: Lua 5.1 as Redis has it,
// in a sandbox that counts what a script does. It knows no commands and no
// keyspace: what a script calls goes to a Host, what it answers to a Reply.
//
//	p, err := lua.Compile("user_script", "return redis.call('get', KEYS[1])")
//	vm := lua.New()
//	vm.Run(p, lua.Run{Name: sha, Keys: keys}, host, reply)
//
// # Where things are
//
//   - lex.go, parse.go and ast.go read a chunk; compile.go makes closures of its
//     tree; ops.go is what operators do; vm.go calls, errors, coroutines and
//     the budgets; table.go is Lua's table.
//   - lib_*.go, pattern.go, format.go: base, table, string, math, coroutine.
//   - json_*.go, msgpack.go, struct.go, bit.go: cjson, cmsgpack, struct, bit.
//   - redis.go is redis.*; reply.go converts between replies and values;
//     program.go is what the engine calls.
//
// # Why a machine of its own
//
// yuin/gopher-lua (1.1.2) was tried first and left. After an error that pcall
// caught, the closures of the functions around it no longer share their
// variables with them, as its raiseError closes the upvalues of every frame:
//
//	local n = 0
//	local function inc() n = n + 1 end
//	pcall(error, "x")
//	inc()
//	return n -- 0 there, 1 in Lua
//
// Wrong answers that nobody sees are no ground for a database. It also has no
// hook to count instructions or memory in ("..", t[50000000] = 1 and # over
// holes do unbounded work in one), converts floats to integers as the
// processor does, shows addresses and numbers with 17 digits, and words its
// errors differently. None of it can be mended from outside.
//
// # Determinism
//
// A script's effects and reply depend on the program, its arguments, and the
// host alone. Tables are laid out as in Lua's ltable.c, so that pairs, # and
// cjson.encode show what Redis shows; keys that are tables or functions hash by
// the order of their creation. math.random starts anew with each run, as in
// Redis. Nothing survives a run: a library's own variables start from its code
// at each FCALL, where Redis keeps them in one process' memory.
//
// math.exp, log and the like are Go's, which on some processors are written in
// assembler and may differ in the last bit: replicas should be of one kind.
//
// # Budgets
//
// A run may take stepsMax steps and allocate bytesMax bytes in all; each table,
// string and call of the database is charged, and so is work inside the
// libraries. What is spent can't be caught by pcall. Writes done before stay,
// as after any error.
//
// The package starts no goroutine: a coroutine is iter.Pull's, which switches
// stacks and runs nothing beside its caller.
package lua
