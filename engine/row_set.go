package engine

var setRows = []Command{
	{
		Name: "sadd", Arity: -3, Flags: Write | DenyOOM | Fast, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Summary: "Add one or more members to a set",
		History: [][2]string{
			{"2.4.0", "Accepts multiple `member` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string", Multiple: true},
		},
		Do: cmdSadd,
	},
	{
		Name: "srem", Arity: -3, Flags: Write | Fast, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(N) where N is the number of members to be removed.",
		Summary: "Remove one or more members from a set",
		History: [][2]string{
			{"2.4.0", "Accepts multiple `member` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string", Multiple: true},
		},
		Do: cmdSrem,
	},
	{
		Name: "smove", Arity: 4, Flags: Write | Fast, Cat: CatSet,
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1},
			{Flags: KeyRW | KeyInsert, Index: 2, Step: 1},
		},
		Since: "1.0.0", Group: "set", Complexity: "O(1)",
		Summary: "Move a member from one set to another",
		Args: []Arg{
			{Name: "source", Type: "key"},
			{Name: "destination", Type: "key", KeySpec: 1},
			{Name: "member", Type: "string"},
		},
		Do: cmdSmove,
	},
	{
		Name: "sismember", Arity: 3, Flags: ReadOnly | Fast, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(1)",
		Summary: "Determine if a given value is a member of a set",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string"},
		},
		Do: cmdSismember,
	},
	{
		Name: "smismember", Arity: -3, Flags: ReadOnly | Fast, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "6.2.0", Group: "set", Complexity: "O(N) where N is the number of elements being checked for membership",
		Summary: "Returns the membership associated with the given elements for a set",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string", Multiple: true},
		},
		Do: cmdSmismember,
	},
	{
		Name: "scard", Arity: 2, Flags: ReadOnly | Fast, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(1)",
		Summary: "Get the number of members in a set",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdScard,
	},
	{
		Name: "spop", Arity: -2, Flags: Write | Fast, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
		Summary: "Remove and return one or multiple random members from a set",
		History: [][2]string{
			{"3.2.0", "Added the `count` argument."},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "count", Type: "integer", Since: "3.2.0", Optional: true},
		},
		Do: cmdSpop,
	},
	{
		Name: "srandmember", Arity: -2, Flags: ReadOnly, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
		Summary: "Get one or multiple random members from a set",
		History: [][2]string{
			{"2.6.0", "Added the optional `count` argument."},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "count", Type: "integer", Since: "2.6.0", Optional: true},
		},
		Do: cmdSrandmember,
	},
	{
		Name: "sinter", Arity: -2, Flags: ReadOnly, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Last: -1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
		Summary: "Intersect multiple sets",
		Tips:    []string{"nondeterministic_output_order"},
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdSinter,
	},
	{
		Name: "sintercard", Arity: -3, Flags: ReadOnly | MovableKeys, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, KeyNum: true, FirstKey: 1, Step: 1}},
		Since: "7.0.0", Group: "set", Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
		Summary: "Intersect multiple sets and return the cardinality of the result",
		Args: []Arg{
			{Name: "numkeys", Type: "integer"},
			{Name: "key", Type: "key", Multiple: true},
			{Name: "limit", Type: "integer", Token: "LIMIT", Optional: true},
		},
		Do: cmdSintercard,
	},
	{
		Name: "sinterstore", Arity: -3, Flags: Write | DenyOOM, Cat: CatSet,
		Keys: []KeySpec{
			{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1},
			{Flags: KeyRO | KeyAccess, Index: 2, Last: -1, Step: 1},
		},
		Since: "1.0.0", Group: "set", Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
		Summary: "Intersect multiple sets and store the resulting set in a key",
		Args: []Arg{
			{Name: "destination", Type: "key"},
			{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		},
		Do: cmdSinterstore,
	},
	{
		Name: "sunion", Arity: -2, Flags: ReadOnly, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Last: -1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(N) where N is the total number of elements in all given sets.",
		Summary: "Add multiple sets",
		Tips:    []string{"nondeterministic_output_order"},
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdSunion,
	},
	{
		Name: "sunionstore", Arity: -3, Flags: Write | DenyOOM, Cat: CatSet,
		Keys: []KeySpec{
			{Flags: KeyOW | KeyUpdate, Index: 1, Step: 1},
			{Flags: KeyRO | KeyAccess, Index: 2, Last: -1, Step: 1},
		},
		Since: "1.0.0", Group: "set", Complexity: "O(N) where N is the total number of elements in all given sets.",
		Summary: "Add multiple sets and store the resulting set in a key",
		Args: []Arg{
			{Name: "destination", Type: "key"},
			{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		},
		Do: cmdSunionstore,
	},
	{
		Name: "sdiff", Arity: -2, Flags: ReadOnly, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Last: -1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(N) where N is the total number of elements in all given sets.",
		Summary: "Subtract multiple sets",
		Tips:    []string{"nondeterministic_output_order"},
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdSdiff,
	},
	{
		Name: "sdiffstore", Arity: -3, Flags: Write | DenyOOM, Cat: CatSet,
		Keys: []KeySpec{
			{Flags: KeyOW | KeyUpdate, Index: 1, Step: 1},
			{Flags: KeyRO | KeyAccess, Index: 2, Last: -1, Step: 1},
		},
		Since: "1.0.0", Group: "set", Complexity: "O(N) where N is the total number of elements in all given sets.",
		Summary: "Subtract multiple sets and store the resulting set in a key",
		Args: []Arg{
			{Name: "destination", Type: "key"},
			{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		},
		Do: cmdSdiffstore,
	},
	{
		Name: "smembers", Arity: 2, Flags: ReadOnly, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "set", Complexity: "O(N) where N is the set cardinality.",
		Summary: "Get all the members in a set",
		Tips:    []string{"nondeterministic_output_order"},
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdSmembers,
	},
	{
		Name: "sscan", Arity: -3, Flags: ReadOnly, Cat: CatSet,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.8.0", Group: "set", Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
		Summary: "Incrementally iterate Set elements",
		Tips:    []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "cursor", Type: "integer"},
			{Name: "pattern", Type: "pattern", Token: "MATCH", Optional: true},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		},
		Do: cmdSscan,
	},
}
