package engine

// dumpRows move values between servers, in Redis' own form.
var dumpRows = []Command{
	{
		Name: "dump", Arity: 2, Flags: ReadOnly, Cat: CatKeyspace,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.6.0", Group: "generic", Complexity: "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
		Summary: "Return a serialized version of the value stored at the specified key.",
		Tips:    []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdDump,
	},
	{
		Name: "restore", Arity: -4, Flags: Write | DenyOOM, Cat: CatKeyspace | CatDangerous,
		Keys:  []KeySpec{{Flags: KeyOW | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.6.0", Group: "generic", Complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
		Summary: "Create a key using the provided serialized value, previously obtained using DUMP.",
		History: [][2]string{
			{"3.0.0", "Added the `REPLACE` modifier."},
			{"5.0.0", "Added the `ABSTTL` modifier."},
			{"5.0.0", "Added the `IDLETIME` and `FREQ` options."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "ttl", Type: "integer"},
			{Name: "serialized-value", Type: "string"},
			{Name: "replace", Type: "pure-token", Token: "REPLACE", Since: "3.0.0", Optional: true},
			{Name: "absttl", Type: "pure-token", Token: "ABSTTL", Since: "5.0.0", Optional: true},
			{Name: "seconds", Type: "integer", Token: "IDLETIME", Since: "5.0.0", Optional: true},
			{Name: "frequency", Type: "integer", Token: "FREQ", Since: "5.0.0", Optional: true},
		},
		Do: cmdRestore,
	},
	{
		Name: "restore-asking", Arity: -4, Flags: Write | DenyOOM | Asking | SysCmd, Cat: CatKeyspace | CatDangerous,
		Keys:  []KeySpec{{Flags: KeyOW | KeyUpdate, Index: 1, Step: 1}},
		Since: "3.0.0", Group: "server", Complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
		Summary: "An internal command for migrating keys in a cluster",
		History: [][2]string{
			{"3.0.0", "Added the `REPLACE` modifier."},
			{"5.0.0", "Added the `ABSTTL` modifier."},
			{"5.0.0", "Added the `IDLETIME` and `FREQ` options."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "ttl", Type: "integer"},
			{Name: "serialized-value", Type: "string"},
			{Name: "replace", Type: "pure-token", Token: "REPLACE", Since: "3.0.0", Optional: true},
			{Name: "absttl", Type: "pure-token", Token: "ABSTTL", Since: "5.0.0", Optional: true},
			{Name: "seconds", Type: "integer", Token: "IDLETIME", Since: "5.0.0", Optional: true},
			{Name: "frequency", Type: "integer", Token: "FREQ", Since: "5.0.0", Optional: true},
		},
		Do: cmdRestoreAsking,
	},
}
