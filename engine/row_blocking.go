package engine

// timeoutFloat is the history of the commands that had whole seconds first.
var timeoutFloat = [][2]string{{"6.0.0", "`timeout` is interpreted as a double instead of an integer."}}

// What the rows have in common: keysThenTimeout are the keys and arguments of BLPOP and those like it.
var (
	keysBeforeTimeout = []KeySpec{{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Last: -2, Step: 1}}
	keysThenTimeout   = []Arg{
		{Name: "key", Type: "key", Multiple: true},
		{Name: "timeout", Type: "double"},
	}
	sides = []Arg{
		{Name: "left", Type: "pure-token", Token: "LEFT"},
		{Name: "right", Type: "pure-token", Token: "RIGHT"},
	}
	sourceAndDestination = []KeySpec{
		{Flags: KeyRW | KeyAccess | KeyDelete, Index: 1, Step: 1},
		{Flags: KeyRW | KeyInsert, Index: 2, Step: 1},
	}
)

var blockingRows = []Command{
	{
		Name: "blpop", Arity: -3, Flags: Write | Blocking, Cat: CatList,
		Keys:  keysBeforeTimeout,
		Since: "2.0.0", Group: "list", Complexity: "O(N) where N is the number of provided keys.",
		Summary: "Remove and get the first element in a list, or block until one is available",
		History: timeoutFloat,
		Args:    keysThenTimeout,
		Do:      cmdBlpop,
	},
	{
		Name: "brpop", Arity: -3, Flags: Write | Blocking, Cat: CatList,
		Keys:  keysBeforeTimeout,
		Since: "2.0.0", Group: "list", Complexity: "O(N) where N is the number of provided keys.",
		Summary: "Remove and get the last element in a list, or block until one is available",
		History: timeoutFloat,
		Args:    keysThenTimeout,
		Do:      cmdBrpop,
	},
	{
		Name: "blmove", Arity: 6, Flags: Write | DenyOOM | Blocking, Cat: CatList,
		Keys:  sourceAndDestination,
		Since: "6.2.0", Group: "list", Complexity: "O(1)",
		Summary: "Pop an element from a list, push it to another list and return it; or block until one is available",
		Args: []Arg{
			{Name: "source", Type: "key"},
			{Name: "destination", Type: "key", KeySpec: 1},
			{Name: "wherefrom", Type: "oneof", Args: sides},
			{Name: "whereto", Type: "oneof", Args: sides},
			{Name: "timeout", Type: "double"},
		},
		Do: cmdBlmove,
	},
	{
		Name: "brpoplpush", Arity: 4, Flags: Write | DenyOOM | Blocking, Cat: CatList,
		Keys:  sourceAndDestination,
		Since: "2.2.0", Group: "list", Complexity: "O(1)",
		Summary:         "Pop an element from a list, push it to another list and return it; or block until one is available",
		DeprecatedSince: "6.2.0", ReplacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
		History: timeoutFloat,
		Args: []Arg{
			{Name: "source", Type: "key"},
			{Name: "destination", Type: "key", KeySpec: 1},
			{Name: "timeout", Type: "double"},
		},
		Do: cmdBrpoplpush,
	},
	{
		Name: "blmpop", Arity: -5, Flags: Write | Blocking | MovableKeys, Cat: CatList,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyDelete, Index: 2, KeyNum: true, FirstKey: 1, Step: 1}},
		Since: "7.0.0", Group: "list", Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
		Summary: "Pop elements from a list, or block until one is available",
		Args: []Arg{
			{Name: "timeout", Type: "double"},
			{Name: "numkeys", Type: "integer"},
			{Name: "key", Type: "key", Multiple: true},
			{Name: "where", Type: "oneof", Args: sides},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		},
		Do: cmdBlmpop,
	},
	{
		Name: "bzpopmin", Arity: -3, Flags: Write | Blocking | Fast, Cat: CatSortedSet,
		Keys:  keysBeforeTimeout,
		Since: "5.0.0", Group: "sorted-set", Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
		Summary: "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available",
		History: timeoutFloat,
		Args:    keysThenTimeout,
		Do:      cmdBzpopmin,
	},
	{
		Name: "bzpopmax", Arity: -3, Flags: Write | Blocking | Fast, Cat: CatSortedSet,
		Keys:  keysBeforeTimeout,
		Since: "5.0.0", Group: "sorted-set", Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
		Summary: "Remove and return the member with the highest score from one or more sorted sets, or block until one is available",
		History: timeoutFloat,
		Args:    keysThenTimeout,
		Do:      cmdBzpopmax,
	},
	{
		Name: "bzmpop", Arity: -5, Flags: Write | Blocking | MovableKeys, Cat: CatSortedSet,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyDelete, Index: 2, KeyNum: true, FirstKey: 1, Step: 1}},
		Since: "7.0.0", Group: "sorted-set", Complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
		Summary: "Remove and return members with scores in a sorted set or block until one is available",
		Args: []Arg{
			{Name: "timeout", Type: "double"},
			{Name: "numkeys", Type: "integer"},
			{Name: "key", Type: "key", Multiple: true},
			{Name: "where", Type: "oneof", Args: []Arg{
				{Name: "min", Type: "pure-token", Token: "MIN"},
				{Name: "max", Type: "pure-token", Token: "MAX"},
			}},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		},
		Do: cmdBzmpop,
	},
}
