package engine

var listRows = []Command{
	{
		Name: "lpush", Arity: -3, Flags: Write | DenyOOM | Fast, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Summary: "Prepend one or multiple elements to a list",
		History: [][2]string{
			{"2.4.0", "Accepts multiple `element` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "element", Type: "string", Multiple: true},
		},
		Do: cmdLpush,
	},
	{
		Name: "rpush", Arity: -3, Flags: Write | DenyOOM | Fast, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Summary: "Append one or multiple elements to a list",
		History: [][2]string{
			{"2.4.0", "Accepts multiple `element` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "element", Type: "string", Multiple: true},
		},
		Do: cmdRpush,
	},
	{
		Name: "lpushx", Arity: -3, Flags: Write | DenyOOM | Fast, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "2.2.0", Group: "list", Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Summary: "Prepend an element to a list, only if the list exists",
		History: [][2]string{
			{"4.0.0", "Accepts multiple `element` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "element", Type: "string", Multiple: true},
		},
		Do: cmdLpushx,
	},
	{
		Name: "rpushx", Arity: -3, Flags: Write | DenyOOM | Fast, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "2.2.0", Group: "list", Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Summary: "Append an element to a list, only if the list exists",
		History: [][2]string{
			{"4.0.0", "Accepts multiple `element` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "element", Type: "string", Multiple: true},
		},
		Do: cmdRpushx,
	},
	{
		Name: "lpop", Arity: -2, Flags: Write | Fast, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(N) where N is the number of elements returned",
		Summary: "Remove and get the first elements in a list",
		History: [][2]string{
			{"6.2.0", "Added the `count` argument."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "count", Type: "integer", Since: "6.2.0", Optional: true},
		},
		Do: cmdLpop,
	},
	{
		Name: "rpop", Arity: -2, Flags: Write | Fast, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(N) where N is the number of elements returned",
		Summary: "Remove and get the last elements in a list",
		History: [][2]string{
			{"6.2.0", "Added the `count` argument."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "count", Type: "integer", Since: "6.2.0", Optional: true},
		},
		Do: cmdRpop,
	},
	{
		Name: "llen", Arity: 2, Flags: ReadOnly | Fast, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(1)",
		Summary: "Get the length of a list",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdLlen,
	},
	{
		Name: "lindex", Arity: 3, Flags: ReadOnly, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
		Summary: "Get an element from a list by its index",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "index", Type: "integer"},
		},
		Do: cmdLindex,
	},
	{
		Name: "lset", Arity: 4, Flags: Write | DenyOOM, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
		Summary: "Set the value of an element in a list by its index",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "index", Type: "integer"},
			{Name: "element", Type: "string"},
		},
		Do: cmdLset,
	},
	{
		Name: "lrange", Arity: 4, Flags: ReadOnly, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
		Summary: "Get a range of elements from a list",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "start", Type: "integer"},
			{Name: "stop", Type: "integer"},
		},
		Do: cmdLrange,
	},
	{
		Name: "ltrim", Arity: 4, Flags: Write, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(N) where N is the number of elements to be removed by the operation.",
		Summary: "Trim a list to the specified range",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "start", Type: "integer"},
			{Name: "stop", Type: "integer"},
		},
		Do: cmdLtrim,
	},
	{
		Name: "linsert", Arity: 5, Flags: Write | DenyOOM, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 1, Step: 1}},
		Since: "2.2.0", Group: "list", Complexity: "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
		Summary: "Insert an element before or after another element in a list",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "where", Type: "oneof", Args: []Arg{
				{Name: "before", Type: "pure-token", Token: "BEFORE"},
				{Name: "after", Type: "pure-token", Token: "AFTER"},
			}},
			{Name: "pivot", Type: "string"},
			{Name: "element", Type: "string"},
		},
		Do: cmdLinsert,
	},
	{
		Name: "lrem", Arity: 4, Flags: Write, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 1, Step: 1}},
		Since: "1.0.0", Group: "list", Complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
		Summary: "Remove elements from a list",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "count", Type: "integer"},
			{Name: "element", Type: "string"},
		},
		Do: cmdLrem,
	},
	{
		Name: "lpos", Arity: -3, Flags: ReadOnly, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "6.0.6", Group: "list", Complexity: "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
		Summary: "Return the index of matching elements on a list",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "element", Type: "string"},
			{Name: "rank", Type: "integer", Token: "RANK", Optional: true},
			{Name: "num-matches", Type: "integer", Token: "COUNT", Optional: true},
			{Name: "len", Type: "integer", Token: "MAXLEN", Optional: true},
		},
		Do: cmdLpos,
	},
	{
		Name: "lmove", Arity: 5, Flags: Write | DenyOOM, Cat: CatList,
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1},
			{Flags: KeyRW | KeyInsert, Index: 2, Step: 1},
		},
		Since: "6.2.0", Group: "list", Complexity: "O(1)",
		Summary: "Pop an element from a list, push it to another list and return it",
		Args: []Arg{
			{Name: "source", Type: "key"},
			{Name: "destination", Type: "key", KeySpec: 1},
			{Name: "wherefrom", Type: "oneof", Args: []Arg{
				{Name: "left", Type: "pure-token", Token: "LEFT"},
				{Name: "right", Type: "pure-token", Token: "RIGHT"},
			}},
			{Name: "whereto", Type: "oneof", Args: []Arg{
				{Name: "left", Type: "pure-token", Token: "LEFT"},
				{Name: "right", Type: "pure-token", Token: "RIGHT"},
			}},
		},
		Do: cmdLmove,
	},
	{
		Name: "rpoplpush", Arity: 3, Flags: Write | DenyOOM, Cat: CatList,
		Keys: []KeySpec{
			{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1},
			{Flags: KeyRW | KeyInsert, Index: 2, Step: 1},
		},
		Since: "1.2.0", Group: "list", Complexity: "O(1)",
		Summary:         "Remove the last element in a list, prepend it to another list and return it",
		DeprecatedSince: "6.2.0", ReplacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
		Args: []Arg{
			{Name: "source", Type: "key"},
			{Name: "destination", Type: "key", KeySpec: 1},
		},
		Do: cmdRpoplpush,
	},
	{
		Name: "lmpop", Arity: -4, Flags: Write | MovableKeys, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, KeyNum: true, FirstKey: 1, Step: 1}},
		Since: "7.0.0", Group: "list", Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
		Summary: "Pop elements from a list",
		Args: []Arg{
			{Name: "numkeys", Type: "integer"},
			{Name: "key", Type: "key", Multiple: true},
			{Name: "where", Type: "oneof", Args: []Arg{
				{Name: "left", Type: "pure-token", Token: "LEFT"},
				{Name: "right", Type: "pure-token", Token: "RIGHT"},
			}},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		},
		Do: cmdLmpop,
	},
}
