package engine

var functionRows = []Command{
	{
		Name: "fcall", Arity: -3, Flags: Log | scriptFlags, Cat: CatScripting,
		Keys:  scriptKeys(KeyRW|KeyAccess|KeyUpdate, anyKeys),
		Since: "7.0.0", Group: "scripting", Complexity: byFunction,
		Summary: "Invoke a function", Args: scriptArguments("function"), Do: cmdFcall,
	},
	{
		Name: "fcall_ro", Arity: -3, Flags: ReadOnly | scriptFlags, Cat: CatScripting,
		Keys:  scriptKeys(KeyRO|KeyAccess, readOnlyKeys),
		Since: "7.0.0", Group: "scripting", Complexity: byFunction,
		Summary: "Invoke a read-only function", Args: scriptArguments("function"), Do: cmdFcallRo,
	},
	{
		Name: "function", Arity: -2,
		Since: "7.0.0", Group: "scripting", Complexity: "Depends on subcommand.",
		Summary: "A container for function commands",
		Sub: []Command{
			{
				Name: "delete", Arity: 3, Flags: Write | NoScript, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(1)",
				Summary: "Delete a function by name",
				Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
				Args:    []Arg{{Name: "library-name", Type: "string"}},
				Do:      cmdFunctionDelete,
			},
			{
				Name: "dump", Arity: 2, Flags: NoScript, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(N) where N is the number of functions",
				Summary: "Dump all functions into a serialized binary payload",
				Do:      cmdFunctionDump,
			},
			{
				Name: "flush", Arity: -2, Flags: Write | NoScript, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(N) where N is the number of functions deleted",
				Summary: "Deleting all functions",
				Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
				Args:    flushModeArgs(""),
				Do:      cmdFunctionFlush,
			},
			{
				Name: "help", Arity: 2, Flags: Loading | Stale, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
				Do:      cmdFunctionHelp,
			},
			{
				Name: "kill", Arity: 2, Flags: NoScript | AllowBusy, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(1)",
				Summary: "Kill the function currently in execution.",
				Tips:    []string{"request_policy:all_shards", "response_policy:one_succeeded"},
				Do:      cmdFunctionKill,
			},
			{
				Name: "list", Arity: -2, Flags: NoScript, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(N) where N is the number of functions",
				Summary: "List information about all the functions",
				Tips:    []string{"nondeterministic_output_order"},
				Args: []Arg{
					{Name: "library-name-pattern", Type: "string", Token: "LIBRARYNAME", Optional: true},
					{Name: "withcode", Type: "pure-token", Token: "WITHCODE", Optional: true},
				},
				Do: cmdFunctionList,
			},
			{
				Name: "load", Arity: -3, Flags: Write | DenyOOM | NoScript, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(1) (considering compilation time is redundant)",
				Summary: "Create a function with the given arguments (name, code, description)",
				Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
				Args: []Arg{
					{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
					{Name: "function-code", Type: "string"},
				},
				Do: cmdFunctionLoad,
			},
			{
				Name: "restore", Arity: -3, Flags: Write | DenyOOM | NoScript, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(N) where N is the number of functions on the payload",
				Summary: "Restore all the functions on the given payload",
				Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
				Args: []Arg{
					{Name: "serialized-value", Type: "string"},
					{Name: "policy", Type: "oneof", Optional: true, Args: []Arg{
						{Name: "flush", Type: "pure-token", Token: "FLUSH"},
						{Name: "append", Type: "pure-token", Token: "APPEND"},
						{Name: "replace", Type: "pure-token", Token: "REPLACE"},
					}},
				},
				Do: cmdFunctionRestore,
			},
			{
				Name: "stats", Arity: 2, Flags: NoScript | AllowBusy, Cat: CatScripting,
				Since: "7.0.0", Group: "scripting", Complexity: "O(1)",
				Summary: "Return information about the function currently running (name, description, duration)",
				Tips:    []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
				Do:      cmdFunctionStats,
			},
		},
	},
}
