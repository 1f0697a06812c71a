package engine

var sortRows = []Command{
	{
		Name: "sort", Arity: -2, Flags: Write | DenyOOM | MovableKeys, Cat: CatSet | CatSortedSet | CatList | CatDangerous,
		Keys: []KeySpec{
			{Flags: KeyRO | KeyAccess, Index: 1, Step: 1},
			{Flags: KeyRO | KeyAccess, Notes: "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort", Unknown: true},
			{Flags: KeyOW | KeyUpdate, Notes: "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array", Unknown: true, Sorted: true},
		},
		Since: "1.0.0", Group: "generic", Complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
		Summary: "Sort the elements in a list, set or sorted set",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "pattern", Type: "pattern", Token: "BY", KeySpec: 1, Optional: true},
			{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []Arg{
				{Name: "offset", Type: "integer"},
				{Name: "count", Type: "integer"},
			}},
			{Name: "pattern", Type: "pattern", Token: "GET", KeySpec: 1, Optional: true, Multiple: true, MultipleToken: true},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
			{Name: "sorting", Type: "pure-token", Token: "ALPHA", Optional: true},
			{Name: "destination", Type: "key", Token: "STORE", KeySpec: 2, Optional: true},
		},
		Do: cmdSort,
	},
	{
		Name: "sort_ro", Arity: -2, Flags: ReadOnly | MovableKeys, Cat: CatSet | CatSortedSet | CatList | CatDangerous,
		Keys: []KeySpec{
			{Flags: KeyRO | KeyAccess, Index: 1, Step: 1},
			{Flags: KeyRO | KeyAccess, Notes: "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort", Unknown: true},
		},
		Since: "7.0.0", Group: "generic", Complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
		Summary: "Sort the elements in a list, set or sorted set. Read-only variant of SORT.",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "pattern", Type: "pattern", Token: "BY", KeySpec: 1, Optional: true},
			{Name: "offset_count", Type: "block", Token: "LIMIT", Optional: true, Args: []Arg{
				{Name: "offset", Type: "integer"},
				{Name: "count", Type: "integer"},
			}},
			{Name: "pattern", Type: "pattern", Token: "GET", KeySpec: 1, Optional: true, Multiple: true, MultipleToken: true},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
			{Name: "sorting", Type: "pure-token", Token: "ALPHA", Optional: true},
		},
		Do: cmdSortRo,
	},
}
