package engine

var keyRows = []Command{
	{
		Name: "del", Arity: -2, Flags: Write, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRM | KeyDelete, Index: 1, Last: -1, Step: 1}},
		Since: "1.0.0", Group: "generic", Complexity: "O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
		Summary: "Delete a key",
		Tips:    []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdDel,
	},
	{
		Name: "unlink", Arity: -2, Flags: Write | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRM | KeyDelete, Index: 1, Last: -1, Step: 1}},
		Since: "4.0.0", Group: "generic", Complexity: "O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.",
		Summary: "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.",
		Tips:    []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdUnlink,
	},
	{
		Name: "exists", Arity: -2, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Last: -1, Step: 1}},
		Since: "1.0.0", Group: "generic", Complexity: "O(N) where N is the number of keys to check.",
		Summary: "Determine if a key exists",
		History: [][2]string{
			{"3.0.3", "Accepts multiple `key` arguments."},
		},
		Tips: []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdExists,
	},
	{
		Name: "type", Arity: 2, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Determine the type stored at key",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdType,
	},
	{
		Name: "rename", Arity: 3, Flags: Write, Cat: CatKeyspace,
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1},
			{Flags: KeyOW | KeyUpdate, Index: 2, Step: 1},
		},
		Since: "1.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Rename a key",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "newkey", Type: "key", KeySpec: 1},
		},
		Do: cmdRename,
	},
	{
		Name: "renamenx", Arity: 3, Flags: Write | Fast, Cat: CatKeyspace,
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1},
			{Flags: KeyOW | KeyInsert, Index: 2, Step: 1},
		},
		Since: "1.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Rename a key, only if the new key does not exist",
		History: [][2]string{
			{"3.2.0", "The command no longer returns an error when source and destination names are the same."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "newkey", Type: "key", KeySpec: 1},
		},
		Do: cmdRenamenx,
	},
	{
		Name: "copy", Arity: -3, Flags: Write | DenyOOM, Cat: CatKeyspace,
		Keys: []KeySpec{
			{Flags: KeyRO | KeyAccess, Index: 1, Step: 1},
			{Flags: KeyOW | KeyUpdate, Index: 2, Step: 1},
		},
		Since: "6.2.0", Group: "generic", Complexity: "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
		Summary: "Copy a key",
		Args: []Arg{
			{Name: "source", Type: "key"},
			{Name: "destination", Type: "key", KeySpec: 1},
			{Name: "destination-db", Type: "integer", Token: "DB", Optional: true},
			{Name: "replace", Type: "pure-token", Token: "REPLACE", Optional: true},
		},
		Do: cmdCopy,
	},
	{
		Name: "move", Arity: 3, Flags: Write | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Move a key to another database",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "db", Type: "integer"},
		},
		Do: cmdMove,
	},
	{
		Name: "touch", Arity: -2, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Last: -1, Step: 1}},
		Since: "3.2.1", Group: "generic", Complexity: "O(N) where N is the number of keys that will be touched.",
		Summary: "Alters the last access time of a key(s). Returns the number of existing keys specified.",
		Tips:    []string{"request_policy:multi_shard", "response_policy:agg_sum"},
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdTouch,
	},
	{
		Name: "randomkey", Arity: 1, Flags: ReadOnly, Cat: CatKeyspace,
		Since: "1.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Return a random key from the keyspace",
		Tips:    []string{"request_policy:all_shards", "nondeterministic_output"},
		Do:      cmdRandomkey,
	},
	{
		Name: "keys", Arity: 2, Flags: ReadOnly | Slow, Cat: CatKeyspace | CatDangerous,
		Since: "1.0.0", Group: "generic", Complexity: "O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.",
		Summary: "Find all keys matching the given pattern",
		Tips:    []string{"request_policy:all_shards", "nondeterministic_output_order"},
		Args: []Arg{
			{Name: "pattern", Type: "pattern"},
		},
		Do: cmdKeys,
	},
	{
		Name: "scan", Arity: -2, Flags: ReadOnly, Cat: CatKeyspace,
		Since: "2.8.0", Group: "generic", Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
		Summary: "Incrementally iterate the keys space",
		History: [][2]string{
			{"6.0.0", "Added the `TYPE` subcommand."},
		},
		Tips: []string{"nondeterministic_output", "request_policy:special"},
		Args: []Arg{
			{Name: "cursor", Type: "integer"},
			{Name: "pattern", Type: "pattern", Token: "MATCH", Optional: true},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
			{Name: "type", Type: "string", Token: "TYPE", Since: "6.0.0", Optional: true},
		},
		Do: cmdScan,
	},
	{
		Name: "object", Arity: -2,
		Since: "2.2.3", Group: "generic", Complexity: "Depends on subcommand.",
		Summary: "A container for object introspection commands",
		Sub: []Command{
			{
				Name: "help", Arity: 2, Flags: Loading | Stale, Cat: CatKeyspace,
				Since: "6.2.0", Group: "generic", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
				Do:      cmdObjectHelp,
			},
			{
				Name: "encoding", Arity: 3, Flags: ReadOnly, Cat: CatKeyspace,
				Keys:  []KeySpec{{Flags: KeyRO, Index: 2, Step: 1}},
				Since: "2.2.3", Group: "generic", Complexity: "O(1)",
				Summary: "Inspect the internal encoding of a Redis object",
				Tips:    []string{"nondeterministic_output"},
				Args: []Arg{
					{Name: "key", Type: "key"},
				},
				Do: cmdObjectEncoding,
			},
			{
				Name: "freq", Arity: 3, Flags: ReadOnly, Cat: CatKeyspace,
				Keys:  []KeySpec{{Flags: KeyRO, Index: 2, Step: 1}},
				Since: "4.0.0", Group: "generic", Complexity: "O(1)",
				Summary: "Get the logarithmic access frequency counter of a Redis object",
				Tips:    []string{"nondeterministic_output"},
				Args: []Arg{
					{Name: "key", Type: "key"},
				},
				Do: cmdObjectFreq,
			},
			{
				Name: "idletime", Arity: 3, Flags: ReadOnly, Cat: CatKeyspace,
				Keys:  []KeySpec{{Flags: KeyRO, Index: 2, Step: 1}},
				Since: "2.2.3", Group: "generic", Complexity: "O(1)",
				Summary: "Get the time since a Redis object was last accessed",
				Tips:    []string{"nondeterministic_output"},
				Args: []Arg{
					{Name: "key", Type: "key"},
				},
				Do: cmdObjectIdletime,
			},
			{
				Name: "refcount", Arity: 3, Flags: ReadOnly, Cat: CatKeyspace,
				Keys:  []KeySpec{{Flags: KeyRO, Index: 2, Step: 1}},
				Since: "2.2.3", Group: "generic", Complexity: "O(1)",
				Summary: "Get the number of references to the value of the key",
				Tips:    []string{"nondeterministic_output"},
				Args: []Arg{
					{Name: "key", Type: "key"},
				},
				Do: cmdObjectRefcount,
			},
		},
	},
}
