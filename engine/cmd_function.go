package engine

import (
	"bytes"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/engine/lua"
)

// opFunction is what begins a library in an RDB payload.
const opFunction = 245

// libraryMeta is what a library's first line says.
type libraryMeta struct{ name, engine, source string }

const errLibraryName Error = "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"

func readLibraryMeta(code string) (m libraryMeta, fault Error) {
	if !strings.HasPrefix(code, "#!") {
		return m, "ERR Missing library metadata"
	}
	line, _, found := strings.Cut(code, "\n")
	words := strings.Fields(line)
	if !found || len(words) == 0 {
		return m, "ERR Invalid library metadata"
	}
	m.engine = words[0][2:]
	m.source = code[len(line):]
	named := false
	for _, w := range words[1:] {
		if len(w) < 5 || !strings.EqualFold(w[:5], "name=") {
			return m, Error(oneLine("ERR Invalid metadata value given: " + w))
		}
		if named {
			return m, "ERR Invalid metadata value, name argument was given multiple times"
		}
		named, m.name = true, w[5:]
	}
	switch {
	case !named:
		return m, "ERR Library name was not given"
	case !lua.ValidName(m.name):
		return m, errLibraryName
	case !strings.EqualFold(m.engine, "lua"):
		return m, Error(oneLine("ERR Engine '" + m.engine + "' not found"))
	}
	return m, ""
}

// compileLibrary compiles a library's code.
func (e *Engine) compileLibrary(code string) *compiled {
	return e.compile("f"+code, func() *compiled {
		m, fault := readLibraryMeta(code)
		if fault != "" {
			return &compiled{fault: fault}
		}
		p, err := lua.Compile("user_function", m.source)
		if err != nil {
			return &compiled{fault: Error(oneLine("ERR Error compiling function: " + err.Error()))}
		}
		return &compiled{program: p}
	})
}

// buildLibrary runs a library's code to see what it registers.
func (c *Call) buildLibrary(code string) (*library, Error) {
	m, fault := readLibraryMeta(code)
	if fault != "" {
		return nil, fault
	}
	program := c.e.compileLibrary(code)
	if program.fault != "" {
		return nil, program.fault
	}
	functions, failure := c.machine().Load(program.program, &scriptHost{caller: c, db: c.db, scriptRights: scriptRights{readOnly: true}})
	if failure != "" {
		return nil, Error(oneLine("ERR Error registering functions: " + failure))
	}
	if len(functions) == 0 {
		return nil, "ERR No functions registered"
	}
	slices.SortFunc(functions, func(a, b lua.FunctionInfo) int { return strings.Compare(a.Name, b.Name) })
	return &library{name: m.name, code: code, functions: functions}, ""
}

// clash is why a library can't be added beside those in s; old is the one it
// replaces.
func (s *scriptStore) clash(l, old *library) Error {
	for _, f := range l.functions {
		if other := s.functions[strings.ToLower(f.Name)]; other != nil && other != old {
			return Error("ERR Function " + f.Name + " already exists")
		}
	}
	return ""
}

func cmdFunctionLoad(c *Call) {
	replace := false
	for _, a := range c.Args[2 : len(c.Args)-1] {
		if !EqualFold(a, "replace") {
			c.Err(Error(oneLine("ERR Unknown option given: " + string(cut(a, 1024)))))
			return
		}
		replace = true
	}
	code := string(c.Args[len(c.Args)-1])
	m, fault := readLibraryMeta(code)
	if fault != "" {
		c.Err(fault)
		return
	}
	store := &c.e.scripts
	old := store.libraries[m.name]
	if old != nil && !replace {
		c.Err(Error("ERR Library '" + m.name + "' already exists"))
		return
	}
	l, fault := c.buildLibrary(code)
	if fault == "" {
		fault = store.clash(l, old)
	}
	if fault != "" {
		c.Err(fault)
		return
	}
	if old != nil {
		store.removeLibrary(old)
	}
	store.addLibrary(l)
	c.BulkString(l.name)
}

func cmdFunctionDelete(c *Call) {
	l := c.e.scripts.libraries[string(c.Args[2])]
	if l == nil {
		c.Err("ERR Library not found")
		return
	}
	c.e.scripts.removeLibrary(l)
	c.OK()
}

func cmdFunctionFlush(c *Call) {
	if len(c.Args) > 3 {
		c.subcommandSyntax()
		return
	}
	if c.flushMode("ERR FUNCTION FLUSH only supports SYNC|ASYNC option") {
		c.e.scripts.flushLibraries()
		c.OK()
	}
}

func cmdFunctionKill(c *Call) { c.Err(errNotBusy) }

func cmdFunctionList(c *Call) {
	withCode, pattern := false, []byte(nil)
	for i := 2; i < len(c.Args); i++ {
		switch {
		case !withCode && c.ArgIs(i, "withcode"):
			withCode = true
		case pattern == nil && c.ArgIs(i, "libraryname"):
			if i++; i == len(c.Args) {
				c.Err("ERR library name argument was not given")
				return
			}
			pattern = c.Args[i]
		default:
			c.Err(Error(oneLine("ERR Unknown argument " + string(cut(c.Args[i], 1024)))))
			return
		}
	}
	var list []*library
	for _, l := range c.e.scripts.sorted() {
		if pattern == nil || Match(bytes.ToLower(pattern), []byte(strings.ToLower(l.name))) {
			list = append(list, l)
		}
	}
	c.Array(len(list))
	for _, l := range list {
		fields := 3
		if withCode {
			fields = 4
		}
		c.Map(fields)
		c.BulkString("library_name")
		c.BulkString(l.name)
		c.BulkString("engine")
		c.BulkString("LUA")
		c.BulkString("functions")
		c.Array(len(l.functions))
		for i := range l.functions {
			c.functionInfo(&l.functions[i])
		}
		if withCode {
			c.BulkString("library_code")
			c.BulkString(l.code)
		}
	}
}

func (c *Call) functionInfo(f *lua.FunctionInfo) {
	c.Map(3)
	c.BulkString("name")
	c.BulkString(f.Name)
	c.BulkString("description")
	if f.Described {
		c.BulkString(f.Description)
	} else {
		c.Null()
	}
	c.BulkString("flags")
	c.Set(len(f.Flags))
	for _, flag := range f.Flags {
		c.Status(flag)
	}
}

func cmdFunctionStats(c *Call) {
	c.Map(2)
	c.BulkString("running_script")
	c.Null()
	c.BulkString("engines")
	c.Map(1)
	c.BulkString("LUA")
	c.Map(2)
	c.BulkString("libraries_count")
	c.Int(int64(len(c.e.scripts.libraries)))
	c.BulkString("functions_count")
	c.Int(int64(len(c.e.scripts.functions)))
}

func cmdFunctionDump(c *Call) {
	var dst []byte
	for _, l := range c.e.scripts.sorted() {
		dst = appendRDBString(append(dst, opFunction), []byte(l.code))
	}
	c.Bulk(appendRDBFooter(dst, 0))
}

func cmdFunctionRestore(c *Call) {
	flush, replace := false, false
	switch {
	case len(c.Args) > 4:
		c.subcommandSyntax()
		return
	case len(c.Args) == 3 || c.ArgIs(3, "append"):
	case c.ArgIs(3, "flush"):
		flush = true
	case c.ArgIs(3, "replace"):
		replace = true
	default:
		c.Err("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
		return
	}
	libraries, fault := c.readLibraries(c.Args[2])
	if fault != "" {
		c.Err(fault)
		return
	}
	// All or none: it is put together beside what is there.
	var next scriptStore
	next.flushLibraries()
	if !flush {
		for _, l := range c.e.scripts.sorted() {
			next.addLibrary(l)
		}
	}
	for _, l := range libraries {
		old := next.libraries[l.name]
		if old != nil && !replace {
			c.Err(Error("ERR Library " + l.name + " already exists"))
			return
		}
		if old != nil {
			next.removeLibrary(old)
		}
	}
	for _, l := range libraries {
		if fault := next.clash(l, nil); fault != "" {
			c.Err(fault)
			return
		}
		next.addLibrary(l)
	}
	c.e.scripts.libraries, c.e.scripts.functions = next.libraries, next.functions
	c.OK()
}

// readLibraries builds the libraries of a FUNCTION DUMP.
func (c *Call) readLibraries(payload []byte) (list []*library, fault Error) {
	value, ok := openRDB(payload)
	if !ok {
		return nil, "ERR DUMP payload version or checksum are wrong"
	}
	names := map[string]bool{}
	d := rdbReader{decoder: decoder{b: value}, room: c.e.opt.StringBytesMax}
	for len(d.b) > 0 {
		if d.byte() != opFunction {
			return nil, "ERR given type is not a function"
		}
		code := d.string()
		if d.failed {
			return nil, "ERR Failed loading library code"
		}
		l, fault := c.buildLibrary(string(code))
		if fault != "" {
			return nil, "ERR Failed creating the library: " + fault[len("ERR "):]
		}
		if names[l.name] {
			return nil, Error("ERR Library " + l.name + " already exists")
		}
		names[l.name] = true
		list = append(list, l)
	}
	return list, ""
}

func cmdFcall(c *Call)   { c.fcall(false) }
func cmdFcallRo(c *Call) { c.fcall(true) }

func (c *Call) fcall(readOnly bool) {
	name := string(c.Args[1])
	l := c.e.scripts.functions[strings.ToLower(name)]
	if l == nil {
		c.Err("ERR Function not found")
		return
	}
	keys, args, ok := c.scriptArgs("ERR Bad number of keys provided")
	if !ok {
		return
	}
	rights := scriptRights{readOnly: readOnly, firstWrite: c.e.full}
	fn := l.function(name)
	if !c.declared(fn.Flags, &rights) {
		return
	}
	program := c.e.compileLibrary(l.code)
	if program.fault != "" {
		c.Err(program.fault)
		return
	}
	c.runScript(program.program, lua.Run{Name: fn.Name, Function: fn.Name, Keys: keys, Args: args}, rights)
}

func cmdFunctionHelp(c *Call) {
	c.replyHelp(
		"FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
		"LOAD [REPLACE] <FUNCTION CODE>",
		"    Create a new library with the given library name and code.",
		"DELETE <LIBRARY NAME>",
		"    Delete the given library.",
		"LIST [LIBRARYNAME PATTERN] [WITHCODE]",
		"    Return general information on all the libraries:",
		"    * Library name",
		"    * The engine used to run the Library",
		"    * Library description",
		"    * Functions list",
		"    * Library code (if WITHCODE is given)",
		"    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
		"STATS",
		"    Return information about the current function running:",
		"    * Function name",
		"    * Command used to run the function",
		"    * Duration in MS that the function is running",
		"    If no function is running, return nil",
		"    In addition, returns a list of available engines.",
		"KILL",
		"    Kill the current running function.",
		"FLUSH [ASYNC|SYNC]",
		"    Delete all the libraries.",
		"    When called without the optional mode argument, the behavior is determined by the",
		"    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
		"    * ASYNC: Asynchronously flush the libraries.",
		"    * SYNC: Synchronously flush the libraries.",
		"DUMP",
		"    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
		"RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
		"    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
		"    control how to handle existing libraries (default APPEND):",
		"    * FLUSH: delete all existing libraries.",
		"    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
		"    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
		"      libraries with the new libraries (notice that even on this option there is a chance of failure",
		"      in case of functions name collision with another library).",
		"HELP",
		"    Prints this help.",
	)
}
