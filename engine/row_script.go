package engine

// scriptKeys are the keys that a script is told of: as many as argument 2 says.
func scriptKeys(flags KeyFlags, notes string) []KeySpec {
	return []KeySpec{{
		Flags: flags, Index: 2, KeyNum: true, FirstKey: 1, Step: 1,
		Notes: notes,
	}}
}

func scriptArguments(first string) []Arg {
	return []Arg{
		{Name: first, Type: "string"},
		{Name: "numkeys", Type: "integer"},
		{Name: "key", Type: "key", Optional: true, Multiple: true},
		{Name: "arg", Type: "string", Optional: true, Multiple: true},
	}
}

const (
	anyKeys      = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
	readOnlyKeys = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"

	scriptFlags = NoScript | Stale | SkipMonitor | NoMandatoryKeys | MovableKeys
	byScript    = "Depends on the script that is executed."
	byFunction  = "Depends on the function that is executed."
)

var scriptRows = []Command{
	{
		Name: "eval", Arity: -3, Flags: Log | scriptFlags, Cat: CatScripting,
		Keys:  scriptKeys(KeyRW|KeyAccess|KeyUpdate, anyKeys),
		Since: "2.6.0", Group: "scripting", Complexity: byScript,
		Summary: "Execute a Lua script server side", Args: scriptArguments("script"), Do: cmdEval,
	},
	{
		Name: "evalsha", Arity: -3, Flags: Log | scriptFlags, Cat: CatScripting,
		Keys:  scriptKeys(KeyRW|KeyAccess|KeyUpdate, ""),
		Since: "2.6.0", Group: "scripting", Complexity: byScript,
		Summary: "Execute a Lua script server side", Args: scriptArguments("sha1"), Do: cmdEvalsha,
	},
	{
		Name: "eval_ro", Arity: -3, Flags: ReadOnly | scriptFlags, Cat: CatScripting,
		Keys:  scriptKeys(KeyRO|KeyAccess, readOnlyKeys),
		Since: "7.0.0", Group: "scripting", Complexity: byScript,
		Summary: "Execute a read-only Lua script server side", Args: scriptArguments("script"), Do: cmdEvalRo,
	},
	{
		Name: "evalsha_ro", Arity: -3, Flags: ReadOnly | scriptFlags, Cat: CatScripting,
		Keys:  scriptKeys(KeyRO|KeyAccess, ""),
		Since: "7.0.0", Group: "scripting", Complexity: byScript,
		Summary: "Execute a read-only Lua script server side", Args: scriptArguments("sha1"), Do: cmdEvalshaRo,
	},
	{
		Name: "script", Arity: -2,
		Since: "2.6.0", Group: "scripting", Complexity: "Depends on subcommand.",
		Summary: "A container for Lua scripts management commands",
		Sub: []Command{
			{
				Name: "debug", Arity: 3, Flags: NoScript, Cat: CatScripting,
				Since: "3.2.0", Group: "scripting", Complexity: "O(1)",
				Summary: "Set the debug mode for executed scripts.",
				Args: []Arg{{Name: "mode", Type: "oneof", Args: []Arg{
					{Name: "yes", Type: "pure-token", Token: "YES"},
					{Name: "sync", Type: "pure-token", Token: "SYNC"},
					{Name: "no", Type: "pure-token", Token: "NO"},
				}}},
				Do: cmdScriptDebug,
			},
			{
				Name: "exists", Arity: -3, Flags: NoScript, Cat: CatScripting,
				Since: "2.6.0", Group: "scripting", Complexity: "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
				Summary: "Check existence of scripts in the script cache.",
				Tips:    []string{"request_policy:all_shards", "response_policy:agg_logical_and"},
				Args:    []Arg{{Name: "sha1", Type: "string", Multiple: true}},
				Do:      cmdScriptExists,
			},
			{
				Name: "flush", Arity: -2, Flags: Log | NoScript, Cat: CatScripting,
				Since: "2.6.0", Group: "scripting", Complexity: "O(N) with N being the number of scripts in cache",
				Summary: "Remove all the scripts from the script cache.",
				History: [][2]string{{"6.2.0", "Added the `ASYNC` and `SYNC` flushing mode modifiers."}},
				Tips:    []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args:    flushModeArgs("6.2.0"),
				Do:      cmdScriptFlush,
			},
			{
				Name: "help", Arity: 2, Flags: Loading | Stale, Cat: CatScripting,
				Since: "5.0.0", Group: "scripting", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
				Do:      cmdScriptHelp,
			},
			{
				Name: "kill", Arity: 2, Flags: NoScript | AllowBusy, Cat: CatScripting,
				Since: "2.6.0", Group: "scripting", Complexity: "O(1)",
				Summary: "Kill the script currently in execution.",
				Tips:    []string{"request_policy:all_shards", "response_policy:one_succeeded"},
				Do:      cmdScriptKill,
			},
			{
				Name: "load", Arity: 3, Flags: Log | NoScript | Stale, Cat: CatScripting,
				Since: "2.6.0", Group: "scripting", Complexity: "O(N) with N being the length in bytes of the script body.",
				Summary: "Load the specified Lua script into the script cache.",
				Tips:    []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args:    []Arg{{Name: "script", Type: "string"}},
				Do:      cmdScriptLoad,
			},
		},
	},
}

func flushModeArgs(since string) []Arg {
	return []Arg{{Name: "async", Type: "oneof", Optional: true, Since: since, Args: []Arg{
		{Name: "async", Type: "pure-token", Token: "ASYNC"},
		{Name: "sync", Type: "pure-token", Token: "SYNC"},
	}}}
}
