package engine

var hashRows = []Command{
	{
		Name: "hset", Arity: -4, Flags: Write | DenyOOM | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
		Summary: "Set the string value of a hash field",
		History: [][2]string{
			{"4.0.0", "Accepts multiple `field` and `value` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field_value", Type: "block", Multiple: true, Args: []Arg{
				{Name: "field", Type: "string"},
				{Name: "value", Type: "string"},
			}},
		},
		Do: cmdHset,
	},
	{
		Name: "hsetnx", Arity: 4, Flags: Write | DenyOOM | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(1)",
		Summary: "Set the value of a hash field, only if the field does not exist",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string"},
			{Name: "value", Type: "string"},
		},
		Do: cmdHsetnx,
	},
	{
		Name: "hget", Arity: 3, Flags: ReadOnly | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(1)",
		Summary: "Get the value of a hash field",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string"},
		},
		Do: cmdHget,
	},
	{
		Name: "hmset", Arity: -4, Flags: Write | DenyOOM | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(N) where N is the number of fields being set.",
		Summary:         "Set multiple hash fields to multiple values",
		DeprecatedSince: "4.0.0", ReplacedBy: "`HSET` with multiple field-value pairs",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field_value", Type: "block", Multiple: true, Args: []Arg{
				{Name: "field", Type: "string"},
				{Name: "value", Type: "string"},
			}},
		},
		Do: cmdHmset,
	},
	{
		Name: "hmget", Arity: -3, Flags: ReadOnly | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(N) where N is the number of fields being requested.",
		Summary: "Get the values of all the given hash fields",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string", Multiple: true},
		},
		Do: cmdHmget,
	},
	{
		Name: "hdel", Arity: -3, Flags: Write | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(N) where N is the number of fields to be removed.",
		Summary: "Delete one or more hash fields",
		History: [][2]string{
			{"2.4.0", "Accepts multiple `field` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string", Multiple: true},
		},
		Do: cmdHdel,
	},
	{
		Name: "hlen", Arity: 2, Flags: ReadOnly | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(1)",
		Summary: "Get the number of fields in a hash",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdHlen,
	},
	{
		Name: "hstrlen", Arity: 3, Flags: ReadOnly | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "3.2.0", Group: "hash", Complexity: "O(1)",
		Summary: "Get the length of the value of a hash field",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string"},
		},
		Do: cmdHstrlen,
	},
	{
		Name: "hincrby", Arity: 4, Flags: Write | DenyOOM | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(1)",
		Summary: "Increment the integer value of a hash field by the given number",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string"},
			{Name: "increment", Type: "integer"},
		},
		Do: cmdHincrby,
	},
	{
		Name: "hincrbyfloat", Arity: 4, Flags: Write | DenyOOM | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.6.0", Group: "hash", Complexity: "O(1)",
		Summary: "Increment the float value of a hash field by the given amount",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string"},
			{Name: "increment", Type: "double"},
		},
		Do: cmdHincrbyfloat,
	},
	{
		Name: "hkeys", Arity: 2, Flags: ReadOnly, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(N) where N is the size of the hash.",
		Summary: "Get all the fields in a hash",
		Tips:    []string{"nondeterministic_output_order"},
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdHkeys,
	},
	{
		Name: "hvals", Arity: 2, Flags: ReadOnly, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(N) where N is the size of the hash.",
		Summary: "Get all the values in a hash",
		Tips:    []string{"nondeterministic_output_order"},
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdHvals,
	},
	{
		Name: "hgetall", Arity: 2, Flags: ReadOnly, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(N) where N is the size of the hash.",
		Summary: "Get all the fields and values in a hash",
		Tips:    []string{"nondeterministic_output_order"},
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdHgetall,
	},
	{
		Name: "hexists", Arity: 3, Flags: ReadOnly | Fast, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "2.0.0", Group: "hash", Complexity: "O(1)",
		Summary: "Determine if a hash field exists",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "field", Type: "string"},
		},
		Do: cmdHexists,
	},
	{
		Name: "hrandfield", Arity: -2, Flags: ReadOnly, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "6.2.0", Group: "hash", Complexity: "O(N) where N is the number of fields returned",
		Summary: "Get one or multiple random fields from a hash",
		Tips:    []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "options", Type: "block", Optional: true, Args: []Arg{
				{Name: "count", Type: "integer"},
				{Name: "withvalues", Type: "pure-token", Token: "WITHVALUES", Optional: true},
			}},
		},
		Do: cmdHrandfield,
	},
	{
		Name: "hscan", Arity: -3, Flags: ReadOnly, Cat: CatHash,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.8.0", Group: "hash", Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
		Summary: "Incrementally iterate hash fields and associated values",
		Tips:    []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "cursor", Type: "integer"},
			{Name: "pattern", Type: "pattern", Token: "MATCH", Optional: true},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		},
		Do: cmdHscan,
	},
}
