package engine

var expireRows = []Command{
	{
		Name: "expire", Arity: -3, Flags: Write | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Set a key's time to live in seconds",
		History: [][2]string{
			{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "seconds", Type: "integer"},
			{Name: "condition", Type: "oneof", Since: "7.0.0", Optional: true, Args: []Arg{
				{Name: "nx", Type: "pure-token", Token: "NX"},
				{Name: "xx", Type: "pure-token", Token: "XX"},
				{Name: "gt", Type: "pure-token", Token: "GT"},
				{Name: "lt", Type: "pure-token", Token: "LT"},
			}},
		},
		Do: cmdExpire,
	},
	{
		Name: "pexpire", Arity: -3, Flags: Write | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.6.0", Group: "generic", Complexity: "O(1)",
		Summary: "Set a key's time to live in milliseconds",
		History: [][2]string{
			{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "milliseconds", Type: "integer"},
			{Name: "condition", Type: "oneof", Since: "7.0.0", Optional: true, Args: []Arg{
				{Name: "nx", Type: "pure-token", Token: "NX"},
				{Name: "xx", Type: "pure-token", Token: "XX"},
				{Name: "gt", Type: "pure-token", Token: "GT"},
				{Name: "lt", Type: "pure-token", Token: "LT"},
			}},
		},
		Do: cmdPexpire,
	},
	{
		Name: "expireat", Arity: -3, Flags: Write | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "1.2.0", Group: "generic", Complexity: "O(1)",
		Summary: "Set the expiration for a key as a UNIX timestamp",
		History: [][2]string{
			{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "unix-time-seconds", Type: "unix-time"},
			{Name: "condition", Type: "oneof", Since: "7.0.0", Optional: true, Args: []Arg{
				{Name: "nx", Type: "pure-token", Token: "NX"},
				{Name: "xx", Type: "pure-token", Token: "XX"},
				{Name: "gt", Type: "pure-token", Token: "GT"},
				{Name: "lt", Type: "pure-token", Token: "LT"},
			}},
		},
		Do: cmdExpireat,
	},
	{
		Name: "pexpireat", Arity: -3, Flags: Write | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.6.0", Group: "generic", Complexity: "O(1)",
		Summary: "Set the expiration for a key as a UNIX timestamp specified in milliseconds",
		History: [][2]string{
			{"7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "unix-time-milliseconds", Type: "unix-time"},
			{Name: "condition", Type: "oneof", Since: "7.0.0", Optional: true, Args: []Arg{
				{Name: "nx", Type: "pure-token", Token: "NX"},
				{Name: "xx", Type: "pure-token", Token: "XX"},
				{Name: "gt", Type: "pure-token", Token: "GT"},
				{Name: "lt", Type: "pure-token", Token: "LT"},
			}},
		},
		Do: cmdPexpireat,
	},
	{
		Name: "ttl", Arity: 2, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Get the time to live for a key in seconds",
		History: [][2]string{
			{"2.8.0", "Added the -2 reply."},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdTtl,
	},
	{
		Name: "pttl", Arity: 2, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.6.0", Group: "generic", Complexity: "O(1)",
		Summary: "Get the time to live for a key in milliseconds",
		History: [][2]string{
			{"2.8.0", "Added the -2 reply."},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdPttl,
	},
	{
		Name: "expiretime", Arity: 2, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "7.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Get the expiration Unix timestamp for a key",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdExpiretime,
	},
	{
		Name: "pexpiretime", Arity: 2, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "7.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Get the expiration Unix timestamp for a key in milliseconds",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdPexpiretime,
	},
	{
		Name: "persist", Arity: 2, Flags: Write | Fast, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.2.0", Group: "generic", Complexity: "O(1)",
		Summary: "Remove the expiration from a key",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdPersist,
	},
}
