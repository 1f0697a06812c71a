package engine

var hllRows = []Command{
	{
		Name: "pfadd", Arity: -2, Flags: Write | DenyOOM | Fast, Cat: CatHyperLogLog,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "2.8.9", Group: "hyperloglog", Complexity: "O(1) to add every element.",
		Summary: "Adds the specified elements to the specified HyperLogLog.",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "element", Type: "string", Optional: true, Multiple: true},
		},
		Do: cmdPfadd,
	},
	{
		Name: "pfcount", Arity: -2, Flags: ReadOnly | MayReplicate, Cat: CatHyperLogLog,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess, Notes: "RW because it may change the internal representation of the key, and propagate to replicas", Index: 1, Last: -1, Step: 1}},
		Since: "2.8.9", Group: "hyperloglog", Complexity: "O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.",
		Summary: "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).",
		Args: []Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
		Do: cmdPfcount,
	},
	{
		Name: "pfmerge", Arity: -2, Flags: Write | DenyOOM, Cat: CatHyperLogLog,
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyInsert, Index: 1, Step: 1},
			{Flags: KeyRO | KeyAccess, Index: 2, Last: -1, Step: 1},
		},
		Since: "2.8.9", Group: "hyperloglog", Complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
		Summary: "Merge N different HyperLogLogs into a single one.",
		Args: []Arg{
			{Name: "destkey", Type: "key"},
			{Name: "sourcekey", Type: "key", KeySpec: 1, Multiple: true},
		},
		Do: cmdPfmerge,
	},
}
