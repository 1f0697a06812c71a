package resp

import "github.com/laurocaetano/foxtail/engine"

// The rows of the commands about this server.
var serverRows = []engine.Command{
	{
		Name: "info", Arity: -1, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatDangerous,
		Since: "1.0.0", Group: "server", Complexity: "O(1)",
		Summary: "Get information and statistics about the server",
		History: [][2]string{
			{"7.0.0", "Added support for taking multiple section arguments."},
		},
		Tips: []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
		Args: []engine.Arg{
			{Name: "section", Type: "string", Optional: true, Multiple: true},
		},
	},
	{
		Name: "config", Arity: -2, Flags: engine.Conn,
		Since: "2.0.0", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for server configuration commands",
		Sub: []engine.Command{
			{
				Name: "get", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.0.0", Group: "server", Complexity: "O(N) when N is the number of configuration parameters provided",
				Summary: "Get the values of configuration parameters",
				History: [][2]string{
					{"7.0.0", "Added the ability to pass multiple pattern parameters in one call"},
				},
				Args: []engine.Arg{
					{Name: "parameter", Type: "block", Multiple: true, Args: []engine.Arg{
						{Name: "parameter", Type: "string"},
					}},
				},
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "5.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "resetstat", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Reset the stats returned by INFO",
			},
			{
				Name: "rewrite", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.8.0", Group: "server", Complexity: "O(1)",
				Summary: "Rewrite the configuration file with the in memory configuration",
			},
			{
				Name: "set", Arity: -4, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.0.0", Group: "server", Complexity: "O(N) when N is the number of configuration parameters provided",
				Summary: "Set configuration parameters to the given values",
				History: [][2]string{
					{"7.0.0", "Added the ability to set multiple parameters in one call."},
				},
				Tips: []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args: []engine.Arg{
					{Name: "parameter_value", Type: "block", Multiple: true, Args: []engine.Arg{
						{Name: "parameter", Type: "string"},
						{Name: "value", Type: "string"},
					}},
				},
			},
		},
	},
	{
		Name: "role", Arity: 1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.Conn, Cat: engine.CatAdmin | engine.CatDangerous,
		Since: "2.8.12", Group: "server", Complexity: "O(1)",
		Summary: "Return the role of the instance in the context of replication",
	},
	{
		Name: "wait", Arity: 3, Flags: engine.Conn, Cat: engine.CatConnection,
		Since: "3.0.0", Group: "generic", Complexity: "O(1)",
		Summary: "Wait for the synchronous replication of all the write commands sent in the context of the current connection",
		Tips:    []string{"request_policy:all_shards", "response_policy:agg_min"},
		Args: []engine.Arg{
			{Name: "numreplicas", Type: "integer"},
			{Name: "timeout", Type: "integer"},
		},
	},
	{
		Name: "waitaof", Arity: 4, Flags: engine.NoScript | engine.Conn, Cat: engine.CatConnection,
		Since: "7.2.0", Group: "generic", Complexity: "O(1)",
		Summary: "Wait until the write commands sent in the context of the current connection are on the disks of this node and of others",
		Tips:    []string{"request_policy:all_shards", "response_policy:agg_min"},
		Args: []engine.Arg{
			{Name: "numlocal", Type: "integer"},
			{Name: "numreplicas", Type: "integer"},
			{Name: "timeout", Type: "integer"},
		},
	},
	{
		Name: "debug", Arity: -2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn | engine.SysCmd,
		Since: "1.0.0", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for debugging commands",
	},
	{
		Name: "lastsave", Arity: 1, Flags: engine.Loading | engine.Stale | engine.Fast | engine.Conn, Cat: engine.CatAdmin | engine.CatDangerous,
		Since: "1.0.0", Group: "server", Complexity: "O(1)",
		Summary: "Get the UNIX time stamp of the last successful save to disk",
		Tips:    []string{"nondeterministic_output"},
	},
	{
		Name: "save", Arity: 1, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.NoMulti | engine.Conn,
		Since: "1.0.0", Group: "server", Complexity: "O(N) where N is the total number of keys in all databases",
		Summary: "Synchronously save the dataset to disk",
	},
	{
		Name: "bgsave", Arity: -1, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.Conn,
		Since: "1.0.0", Group: "server", Complexity: "O(1)",
		Summary: "Asynchronously save the dataset to disk",
		History: [][2]string{
			{"3.2.2", "Added the `SCHEDULE` option."},
		},
		Args: []engine.Arg{
			{Name: "schedule", Type: "pure-token", Token: "SCHEDULE", Since: "3.2.2", Optional: true},
		},
	},
	{
		Name: "bgrewriteaof", Arity: 1, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.Conn,
		Since: "1.0.0", Group: "server", Complexity: "O(1)",
		Summary: "Asynchronously rewrite the append-only file",
	},
	{
		Name: "shutdown", Arity: -1, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.NoMulti | engine.AllowBusy | engine.Conn,
		Since: "1.0.0", Group: "server", Complexity: "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
		Summary: "Synchronously save the dataset to disk and then shut down the server",
		History: [][2]string{
			{"7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."},
		},
		Args: []engine.Arg{
			{Name: "nosave_save", Type: "oneof", Optional: true, Args: []engine.Arg{
				{Name: "nosave", Type: "pure-token", Token: "NOSAVE"},
				{Name: "save", Type: "pure-token", Token: "SAVE"},
			}},
			{Name: "now", Type: "pure-token", Token: "NOW", Since: "7.0.0", Optional: true},
			{Name: "force", Type: "pure-token", Token: "FORCE", Since: "7.0.0", Optional: true},
			{Name: "abort", Type: "pure-token", Token: "ABORT", Since: "7.0.0", Optional: true},
		},
	},
	{
		Name: "memory", Arity: -2, Flags: engine.Conn,
		Since: "4.0.0", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for memory diagnostics commands",
		Sub: []engine.Command{
			{
				Name: "doctor", Arity: 2, Flags: engine.Conn,
				Since: "4.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Outputs memory problems report",
				Tips:    []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "4.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "malloc-stats", Arity: 2, Flags: engine.Conn,
				Since: "4.0.0", Group: "server", Complexity: "Depends on how much memory is allocated, could be slow",
				Summary: "Show allocator internal stats",
				Tips:    []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
			},
			{
				Name: "purge", Arity: 2, Flags: engine.Conn,
				Since: "4.0.0", Group: "server", Complexity: "Depends on how much memory is allocated, could be slow",
				Summary: "Ask the allocator to release memory",
				Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
			},
			{
				Name: "stats", Arity: 2, Flags: engine.Conn,
				Since: "4.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Show memory usage details",
				Tips:    []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
			},
		},
	},
	{
		Name: "slowlog", Arity: -2, Flags: engine.Conn,
		Since: "2.2.12", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for slow log commands",
		Sub: []engine.Command{
			{
				Name: "get", Arity: -2, Flags: engine.Admin | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.2.12", Group: "server", Complexity: "O(N) where N is the number of entries returned",
				Summary: "Get the slow log's entries",
				History: [][2]string{
					{"4.0.0", "Added client IP address, port and name to the reply."},
				},
				Tips: []string{"request_policy:all_nodes", "nondeterministic_output"},
				Args: []engine.Arg{
					{Name: "count", Type: "integer", Optional: true},
				},
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "6.2.0", Group: "server", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "len", Arity: 2, Flags: engine.Admin | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.2.12", Group: "server", Complexity: "O(1)",
				Summary: "Get the slow log's length",
				Tips:    []string{"request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"},
			},
			{
				Name: "reset", Arity: 2, Flags: engine.Admin | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.2.12", Group: "server", Complexity: "O(N) where N is the number of entries in the slowlog",
				Summary: "Clear all entries from the slow log",
				Tips:    []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
			},
		},
	},
	{
		Name: "latency", Arity: -2, Flags: engine.Conn,
		Since: "2.8.13", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for latency diagnostics commands",
		Sub: []engine.Command{
			{
				Name: "doctor", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.8.13", Group: "server", Complexity: "O(1)",
				Summary: "Return a human readable latency analysis report.",
				Tips:    []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
			},
			{
				Name: "graph", Arity: 3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.8.13", Group: "server", Complexity: "O(1)",
				Summary: "Return a latency graph for the event.",
				Tips:    []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Args: []engine.Arg{
					{Name: "event", Type: "string"},
				},
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "2.8.13", Group: "server", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands.",
			},
			{
				Name: "histogram", Arity: -2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "7.0.0", Group: "server", Complexity: "O(N) where N is the number of commands with latency information being retrieved.",
				Summary: "Return the cumulative distribution of latencies of a subset of commands or all.",
				Tips:    []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Args: []engine.Arg{
					{Name: "command", Type: "string", Optional: true, Multiple: true},
				},
			},
			{
				Name: "history", Arity: 3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.8.13", Group: "server", Complexity: "O(1)",
				Summary: "Return timestamp-latency samples for the event.",
				Tips:    []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Args: []engine.Arg{
					{Name: "event", Type: "string"},
				},
			},
			{
				Name: "latest", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.8.13", Group: "server", Complexity: "O(1)",
				Summary: "Return the latest latency samples for all events.",
				Tips:    []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
			},
			{
				Name: "reset", Arity: -2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "2.8.13", Group: "server", Complexity: "O(1)",
				Summary: "Reset latency data for one or more events.",
				Tips:    []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args: []engine.Arg{
					{Name: "event", Type: "string", Optional: true, Multiple: true},
				},
			},
		},
	},
}

var replicaRows = []engine.Command{
	{
		Name: "migrate", Arity: -6, Flags: engine.Write | engine.MovableKeys | engine.Conn, Cat: engine.CatKeyspace | engine.CatDangerous,
		Keys: []engine.KeySpec{
			{Flags: engine.KeyRW | engine.KeyAccess | engine.KeyDelete, Index: 3, Step: 1},
			{Flags: engine.KeyRW | engine.KeyAccess | engine.KeyDelete | engine.KeyIncomplete, Keyword: "KEYS", From: -2, Last: -1, Step: 1},
		},
		Tips:  []string{"nondeterministic_output"},
		Since: "2.6.0", Group: "generic", Complexity: "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the two instances is performed.",
		Summary: "Atomically transfer a key from a Redis instance to another one.",
		History: [][2]string{
			{"3.0.0", "Added the `COPY` and `REPLACE` options."},
			{"3.0.6", "Added the `KEYS` option."},
			{"4.0.7", "Added the `AUTH` option."},
			{"6.0.0", "Added the `AUTH2` option."},
		},
		Args: []engine.Arg{
			{Name: "host", Type: "string"},
			{Name: "port", Type: "integer"},
			{Name: "key_or_empty_string", Type: "oneof", Args: []engine.Arg{
				{Name: "key", Type: "key"},
				{Name: "empty_string", Type: "pure-token"},
			}},
			{Name: "destination-db", Type: "integer"},
			{Name: "timeout", Type: "integer"},
			{Name: "copy", Type: "pure-token", Token: "COPY", Since: "3.0.0", Optional: true},
			{Name: "replace", Type: "pure-token", Token: "REPLACE", Since: "3.0.0", Optional: true},
			{Name: "authentication", Type: "oneof", Optional: true, Args: []engine.Arg{
				{Name: "password", Type: "string", Token: "AUTH", Since: "4.0.7", Optional: true},
				{Name: "username_password", Type: "block", Token: "AUTH2", Since: "6.0.0", Optional: true, Args: []engine.Arg{
					{Name: "username", Type: "string"},
					{Name: "password", Type: "string"},
				}},
			}},
			{Name: "key", Type: "key", Token: "KEYS", Since: "3.0.6", KeySpec: 1, Optional: true, Multiple: true},
		},
	},
	{
		Name: "module", Arity: -2, Flags: engine.Conn,
		Since: "4.0.0", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for module commands",
		Sub: []engine.Command{
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "5.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "list", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Conn,
				Tips:  []string{"nondeterministic_output_order"},
				Since: "4.0.0", Group: "server", Complexity: "O(N) where N is the number of loaded modules.",
				Summary: "List all modules loaded by the server",
			},
			{
				Name: "load", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.Conn,
				Since: "4.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Load a module",
				Args: []engine.Arg{
					{Name: "path", Type: "string"},
					{Name: "arg", Type: "string", Optional: true, Multiple: true},
				},
			},
			{
				Name: "loadex", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.Conn,
				Since: "7.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Load a module with extended parameters",
				Args: []engine.Arg{
					{Name: "path", Type: "string"},
					{Name: "configs", Type: "block", Token: "CONFIG", Optional: true, Multiple: true, MultipleToken: true, Args: []engine.Arg{
						{Name: "name", Type: "string"},
						{Name: "value", Type: "string"},
					}},
					{Name: "args", Type: "block", Token: "ARGS", Optional: true, Multiple: true, Args: []engine.Arg{
						{Name: "arg", Type: "string"},
					}},
				},
			},
			{
				Name: "unload", Arity: 3, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.Conn,
				Since: "4.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Unload a module",
				Args: []engine.Arg{
					{Name: "name", Type: "string"},
				},
			},
		},
	},
	{
		Name: "replicaof", Arity: 3, Flags: engine.Admin | engine.NoScript | engine.Stale | engine.NoAsyncLoading | engine.Conn,
		Since: "5.0.0", Group: "server", Complexity: "O(1)",
		Summary: "Make the server a replica of another instance, or promote it as master.",
		Args: []engine.Arg{
			{Name: "args", Type: "oneof", Args: []engine.Arg{
				{Name: "host-port", Type: "block", Args: []engine.Arg{
					{Name: "host", Type: "string"},
					{Name: "port", Type: "integer"},
				}},
				{Name: "no-one", Type: "block", Args: []engine.Arg{
					{Name: "no", Type: "pure-token", Token: "NO"},
					{Name: "one", Type: "pure-token", Token: "ONE"},
				}},
			}},
		},
	},
	{
		Name: "slaveof", Arity: 3, Flags: engine.Admin | engine.NoScript | engine.Stale | engine.NoAsyncLoading | engine.Conn,
		Since: "1.0.0", Group: "server", Complexity: "O(1)",
		Summary:         "Make the server a replica of another instance, or promote it as master.",
		DeprecatedSince: "5.0.0", ReplacedBy: "`REPLICAOF`",
		Args: []engine.Arg{
			{Name: "args", Type: "oneof", Args: []engine.Arg{
				{Name: "host-port", Type: "block", Args: []engine.Arg{
					{Name: "host", Type: "string"},
					{Name: "port", Type: "integer"},
				}},
				{Name: "no-one", Type: "block", Args: []engine.Arg{
					{Name: "no", Type: "pure-token", Token: "NO"},
					{Name: "one", Type: "pure-token", Token: "ONE"},
				}},
			}},
		},
	},
	{
		Name: "psync", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.NoMulti | engine.Conn,
		Since: "2.8.0", Group: "server",
		Summary: "Internal command used for replication",
		Args: []engine.Arg{
			{Name: "replicationid", Type: "string"},
			{Name: "offset", Type: "integer"},
		},
	},
	{
		Name: "sync", Arity: 1, Flags: engine.Admin | engine.NoScript | engine.NoAsyncLoading | engine.NoMulti | engine.Conn,
		Since: "1.0.0", Group: "server",
		Summary: "Internal command used for replication",
	},
	{
		Name: "replconf", Arity: -1, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.AllowBusy | engine.Conn | engine.SysCmd,
		Since: "3.0.0", Group: "server", Complexity: "O(1)",
		Summary: "An internal command for configuring the replication stream",
	},
	{
		Name: "failover", Arity: -1, Flags: engine.Admin | engine.NoScript | engine.Stale | engine.Conn,
		Since: "6.2.0", Group: "server", Complexity: "O(1)",
		Summary: "Start a coordinated failover between this server and one of its replicas.",
		Args: []engine.Arg{
			{Name: "target", Type: "block", Token: "TO", Optional: true, Args: []engine.Arg{
				{Name: "host", Type: "string"},
				{Name: "port", Type: "integer"},
				{Name: "force", Type: "pure-token", Token: "FORCE", Optional: true},
			}},
			{Name: "abort", Type: "pure-token", Token: "ABORT", Optional: true},
			{Name: "milliseconds", Type: "integer", Token: "TIMEOUT", Optional: true},
		},
	},
}
