package engine

var dbRows = []Command{
	{
		Name: "dbsize", Arity: 1, Flags: ReadOnly | Fast, Cat: CatKeyspace,
		Since: "1.0.0", Group: "server", Complexity: "O(1)",
		Summary: "Return the number of keys in the selected database",
		Tips:    []string{"request_policy:all_shards", "response_policy:agg_sum"},
		Do:      cmdDbsize,
	},
	{
		Name: "flushdb", Arity: -1, Flags: Write, Cat: CatKeyspace | CatDangerous,
		Since: "1.0.0", Group: "server", Complexity: "O(N) where N is the number of keys in the selected database",
		Summary: "Remove all keys from the current database",
		History: [][2]string{
			{"4.0.0", "Added the `ASYNC` flushing mode modifier."},
			{"6.2.0", "Added the `SYNC` flushing mode modifier."},
		},
		Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		Args: []Arg{
			{Name: "async", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "async", Type: "pure-token", Token: "ASYNC", Since: "4.0.0"},
				{Name: "sync", Type: "pure-token", Token: "SYNC", Since: "6.2.0"},
			}},
		},
		Do: cmdFlushdb,
	},
	{
		Name: "flushall", Arity: -1, Flags: Write, Cat: CatKeyspace | CatDangerous,
		Since: "1.0.0", Group: "server", Complexity: "O(N) where N is the total number of keys in all databases",
		Summary: "Remove all keys from all databases",
		History: [][2]string{
			{"4.0.0", "Added the `ASYNC` flushing mode modifier."},
			{"6.2.0", "Added the `SYNC` flushing mode modifier."},
		},
		Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		Args: []Arg{
			{Name: "async", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "async", Type: "pure-token", Token: "ASYNC", Since: "4.0.0"},
				{Name: "sync", Type: "pure-token", Token: "SYNC", Since: "6.2.0"},
			}},
		},
		Do: cmdFlushall,
	},
	{
		Name: "swapdb", Arity: 3, Flags: Write | Fast, Cat: CatKeyspace | CatDangerous,
		Since: "4.0.0", Group: "server", Complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
		Summary: "Swaps two Redis databases",
		Args: []Arg{
			{Name: "index1", Type: "integer"},
			{Name: "index2", Type: "integer"},
		},
		Do: cmdSwapdb,
	},
}
