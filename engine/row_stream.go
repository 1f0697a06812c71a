package engine

var streamRows = []Command{
	{
		Name: "xadd", Arity: -5, Flags: Write | DenyOOM | Fast, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Notes: "UPDATE instead of INSERT because of the optional trimming feature", Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
		Summary: "Appends a new entry to a stream",
		History: [][2]string{
			{"6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."},
			{"7.0.0", "Added support for the `<ms>-*` explicit ID form."},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "nomkstream", Type: "pure-token", Token: "NOMKSTREAM", Since: "6.2.0", Optional: true},
			{Name: "trim", Type: "block", Optional: true, Args: []Arg{
				{Name: "strategy", Type: "oneof", Args: []Arg{
					{Name: "maxlen", Type: "pure-token", Token: "MAXLEN"},
					{Name: "minid", Type: "pure-token", Token: "MINID", Since: "6.2.0"},
				}},
				{Name: "operator", Type: "oneof", Optional: true, Args: []Arg{
					{Name: "equal", Type: "pure-token", Token: "="},
					{Name: "approximately", Type: "pure-token", Token: "~"},
				}},
				{Name: "threshold", Type: "string"},
				{Name: "count", Type: "integer", Token: "LIMIT", Since: "6.2.0", Optional: true},
			}},
			{Name: "id_or_auto", Type: "oneof", Args: []Arg{
				{Name: "auto_id", Type: "pure-token", Token: "*"},
				{Name: "id", Type: "string"},
			}},
			{Name: "field_value", Type: "block", Multiple: true, Args: []Arg{
				{Name: "field", Type: "string"},
				{Name: "value", Type: "string"},
			}},
		},
		Do: cmdXadd,
	},
	{
		Name: "xrange", Arity: -4, Flags: ReadOnly, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
		Summary: "Return a range of elements in a stream, with IDs matching the specified IDs interval",
		History: [][2]string{
			{"6.2.0", "Added exclusive ranges."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "start", Type: "string"},
			{Name: "end", Type: "string"},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		},
		Do: cmdXrange,
	},
	{
		Name: "xrevrange", Arity: -4, Flags: ReadOnly, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
		Summary: "Return a range of elements in a stream, with IDs matching the specified IDs interval, in reverse order (from greater to smaller IDs) compared to XRANGE",
		History: [][2]string{
			{"6.2.0", "Added exclusive ranges."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "end", Type: "string"},
			{Name: "start", Type: "string"},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
		},
		Do: cmdXrevrange,
	},
	{
		Name: "xlen", Arity: 2, Flags: ReadOnly | Fast, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRO, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(1)",
		Summary: "Return the number of entries in a stream",
		Args: []Arg{
			{Name: "key", Type: "key"},
		},
		Do: cmdXlen,
	},
	{
		Name: "xread", Arity: -4, Flags: ReadOnly | Blocking | MovableKeys, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Keyword: "STREAMS", From: 1, Last: -1, Step: 1, Limit: 2}},
		Since: "5.0.0", Group: "stream", Complexity: "For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD will pay O(M) time in order to serve the M clients blocked on the stream getting new data.",
		Summary: "Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each stream. Can block.",
		Args: []Arg{
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
			{Name: "milliseconds", Type: "integer", Token: "BLOCK", Optional: true},
			{Name: "streams", Type: "block", Token: "STREAMS", Args: []Arg{
				{Name: "key", Type: "key", Multiple: true},
				{Name: "id", Type: "string", Multiple: true},
			}},
		},
		Do:    cmdXread,
		Ready: readyXread,
	},
	{
		Name: "xreadgroup", Arity: -7, Flags: Write | Blocking | MovableKeys, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Keyword: "STREAMS", From: 4, Last: -1, Step: 1, Limit: 2}},
		Since: "5.0.0", Group: "stream", Complexity: "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
		Summary: "Return new entries from a stream using a consumer group, or access the history of the pending entries for a given consumer. Can block.",
		Args: []Arg{
			{Name: "group_consumer", Type: "block", Token: "GROUP", Args: []Arg{
				{Name: "group", Type: "string"},
				{Name: "consumer", Type: "string"},
			}},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
			{Name: "milliseconds", Type: "integer", Token: "BLOCK", Optional: true},
			{Name: "noack", Type: "pure-token", Token: "NOACK", Optional: true},
			{Name: "streams", Type: "block", Token: "STREAMS", Args: []Arg{
				{Name: "key", Type: "key", Multiple: true},
				{Name: "id", Type: "string", Multiple: true},
			}},
		},
		Do:    cmdXreadgroup,
		Ready: readyXreadgroup,
	},
	{
		Name: "xgroup", Arity: -2,
		Since: "5.0.0", Group: "stream", Complexity: "Depends on subcommand.",
		Summary: "A container for consumer groups commands",
		Sub: []Command{
			{
				Name: "create", Arity: -5, Flags: Write | DenyOOM, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 2, Step: 1}},
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "Create a consumer group.",
				History: [][2]string{
					{"7.0.0", "Added the `entries_read` named argument."},
				},
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "groupname", Type: "string"},
					{Name: "id", Type: "oneof", Args: []Arg{
						{Name: "id", Type: "string"},
						{Name: "new_id", Type: "pure-token", Token: "$"},
					}},
					{Name: "mkstream", Type: "pure-token", Token: "MKSTREAM", Optional: true},
					{Name: "entries_read", Type: "integer", Token: "ENTRIESREAD", Optional: true},
				},
				Do: cmdXgroupCreate,
			},
			{
				Name: "destroy", Arity: 4, Flags: Write, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 2, Step: 1}},
				Since: "5.0.0", Group: "stream", Complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
				Summary: "Destroy a consumer group.",
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "groupname", Type: "string"},
				},
				Do: cmdXgroupDestroy,
			},
			{
				Name: "createconsumer", Arity: 5, Flags: Write | DenyOOM, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRW | KeyInsert, Index: 2, Step: 1}},
				Since: "6.2.0", Group: "stream", Complexity: "O(1)",
				Summary: "Create a consumer in a consumer group.",
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "groupname", Type: "string"},
					{Name: "consumername", Type: "string"},
				},
				Do: cmdXgroupCreateconsumer,
			},
			{
				Name: "setid", Arity: -5, Flags: Write, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 2, Step: 1}},
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "Set a consumer group to an arbitrary last delivered ID value.",
				History: [][2]string{
					{"7.0.0", "Added the optional `entries_read` argument."},
				},
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "groupname", Type: "string"},
					{Name: "id", Type: "oneof", Args: []Arg{
						{Name: "id", Type: "string"},
						{Name: "new_id", Type: "pure-token", Token: "$"},
					}},
					{Name: "entries_read", Type: "integer", Token: "ENTRIESREAD", Optional: true},
				},
				Do: cmdXgroupSetid,
			},
			{
				Name: "delconsumer", Arity: 5, Flags: Write, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 2, Step: 1}},
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "Delete a consumer from a consumer group.",
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "groupname", Type: "string"},
					{Name: "consumername", Type: "string"},
				},
				Do: cmdXgroupDelconsumer,
			},
			{
				Name: "help", Arity: 2, Flags: Loading | Stale, Cat: CatStream,
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
				Do:      cmdXgroupHelp,
			},
		},
	},
	{
		Name: "xsetid", Arity: -3, Flags: Write | DenyOOM | Fast, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(1)",
		Summary: "An internal command for replicating stream values",
		History: [][2]string{
			{"7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "last-id", Type: "string"},
			{Name: "entries_added", Type: "integer", Token: "ENTRIESADDED", Since: "7.0.0", Optional: true},
			{Name: "max_deleted_entry_id", Type: "string", Token: "MAXDELETEDID", Since: "7.0.0", Optional: true},
		},
		Do: cmdXsetid,
	},
	{
		Name: "xack", Arity: -4, Flags: Write | Fast, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(1) for each message ID processed.",
		Summary: "Marks a pending message as correctly processed, effectively removing it from the pending entries list of the consumer group. Return value of the command is the number of messages successfully acknowledged, that is, the IDs we were actually able to resolve in the PEL.",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "group", Type: "string"},
			{Name: "id", Type: "string", Multiple: true},
		},
		Do: cmdXack,
	},
	{
		Name: "xpending", Arity: -3, Flags: ReadOnly, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
		Summary: "Return information and entries from a stream consumer group pending entries list, that are messages fetched but never acknowledged.",
		History: [][2]string{
			{"6.2.0", "Added the `IDLE` option and exclusive range intervals."},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "group", Type: "string"},
			{Name: "filters", Type: "block", Optional: true, Args: []Arg{
				{Name: "min-idle-time", Type: "integer", Token: "IDLE", Since: "6.2.0", Optional: true},
				{Name: "start", Type: "string"},
				{Name: "end", Type: "string"},
				{Name: "count", Type: "integer"},
				{Name: "consumer", Type: "string", Optional: true},
			}},
		},
		Do: cmdXpending,
	},
	{
		Name: "xclaim", Arity: -6, Flags: Write | Fast, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
		Summary: "Changes (or acquires) ownership of a message in a consumer group, as if the message was delivered to the specified consumer.",
		Tips:    []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "group", Type: "string"},
			{Name: "consumer", Type: "string"},
			{Name: "min-idle-time", Type: "string"},
			{Name: "id", Type: "string", Multiple: true},
			{Name: "ms", Type: "integer", Token: "IDLE", Optional: true},
			{Name: "unix-time-milliseconds", Type: "unix-time", Token: "TIME", Optional: true},
			{Name: "count", Type: "integer", Token: "RETRYCOUNT", Optional: true},
			{Name: "force", Type: "pure-token", Token: "FORCE", Optional: true},
			{Name: "justid", Type: "pure-token", Token: "JUSTID", Optional: true},
			{Name: "id", Type: "string", Token: "LASTID", Optional: true},
		},
		Do: cmdXclaim,
	},
	{
		Name: "xautoclaim", Arity: -6, Flags: Write | Fast, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 1, Step: 1}},
		Since: "6.2.0", Group: "stream", Complexity: "O(1) if COUNT is small.",
		Summary: "Changes (or acquires) ownership of messages in a consumer group, as if the messages were delivered to the specified consumer.",
		History: [][2]string{
			{"7.0.0", "Added an element to the reply array, containing deleted entries the command cleared from the PEL"},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "group", Type: "string"},
			{Name: "consumer", Type: "string"},
			{Name: "min-idle-time", Type: "string"},
			{Name: "start", Type: "string"},
			{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
			{Name: "justid", Type: "pure-token", Token: "JUSTID", Optional: true},
		},
		Do: cmdXautoclaim,
	},
	{
		Name: "xinfo", Arity: -2,
		Since: "5.0.0", Group: "stream", Complexity: "Depends on subcommand.",
		Summary: "A container for stream introspection commands",
		Sub: []Command{
			{
				Name: "stream", Arity: -3, Flags: ReadOnly, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 2, Step: 1}},
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "Get information about a stream",
				History: [][2]string{
					{"6.0.0", "Added the `FULL` modifier."},
					{"7.0.0", "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields"},
				},
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "full", Type: "block", Token: "FULL", Optional: true, Args: []Arg{
						{Name: "count", Type: "integer", Token: "COUNT", Optional: true},
					}},
				},
				Do: cmdXinfoStream,
			},
			{
				Name: "consumers", Arity: 4, Flags: ReadOnly, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 2, Step: 1}},
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "List the consumers in a consumer group",
				Tips:    []string{"nondeterministic_output"},
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "groupname", Type: "string"},
				},
				Do: cmdXinfoConsumers,
			},
			{
				Name: "groups", Arity: 3, Flags: ReadOnly, Cat: CatStream,
				Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 2, Step: 1}},
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "List the consumer groups of a stream",
				History: [][2]string{
					{"7.0.0", "Added the `entries-read` and `lag` fields"},
				},
				Args: []Arg{
					{Name: "key", Type: "key"},
				},
				Do: cmdXinfoGroups,
			},
			{
				Name: "help", Arity: 2, Flags: Loading | Stale, Cat: CatStream,
				Since: "5.0.0", Group: "stream", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
				Do:      cmdXinfoHelp,
			},
		},
	},
	{
		Name: "xdel", Arity: -3, Flags: Write | Fast, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
		Summary: "Removes the specified entries from the stream. Returns the number of items actually deleted, that may be different from the number of IDs passed in case certain IDs do not exist.",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "id", Type: "string", Multiple: true},
		},
		Do: cmdXdel,
	},
	{
		Name: "xtrim", Arity: -4, Flags: Write, Cat: CatStream,
		Keys:  []KeySpec{{Flags: KeyRW | KeyDelete, Index: 1, Step: 1}},
		Since: "5.0.0", Group: "stream", Complexity: "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
		Summary: "Trims the stream to (approximately if '~' is passed) a certain size",
		History: [][2]string{
			{"6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option."},
		},
		Tips: []string{"nondeterministic_output"},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "trim", Type: "block", Args: []Arg{
				{Name: "strategy", Type: "oneof", Args: []Arg{
					{Name: "maxlen", Type: "pure-token", Token: "MAXLEN"},
					{Name: "minid", Type: "pure-token", Token: "MINID", Since: "6.2.0"},
				}},
				{Name: "operator", Type: "oneof", Optional: true, Args: []Arg{
					{Name: "equal", Type: "pure-token", Token: "="},
					{Name: "approximately", Type: "pure-token", Token: "~"},
				}},
				{Name: "threshold", Type: "string"},
				{Name: "count", Type: "integer", Token: "LIMIT", Since: "6.2.0", Optional: true},
			}},
		},
		Do: cmdXtrim,
	},
}
