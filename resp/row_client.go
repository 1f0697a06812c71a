package resp

import "github.com/laurocaetano/foxtail/engine"

// The rows of CLIENT and COMMAND.
var clientRows = []engine.Command{
	{
		Name: "client", Arity: -2, Flags: engine.Conn,
		Since: "2.4.0", Group: "connection", Complexity: "Depends on subcommand.",
		Summary: "A container for client connection commands",
		Sub: []engine.Command{
			{
				Name: "caching", Arity: 3, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "6.0.0", Group: "connection", Complexity: "O(1)",
				Summary: "Instruct the server about tracking or not keys in the next request",
				Args: []engine.Arg{
					{Name: "mode", Type: "oneof", Args: []engine.Arg{
						{Name: "yes", Type: "pure-token", Token: "YES"},
						{Name: "no", Type: "pure-token", Token: "NO"},
					}},
				},
			},
			{
				Name: "getname", Arity: 2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.6.9", Group: "connection", Complexity: "O(1)",
				Summary: "Get the current connection name",
			},
			{
				Name: "getredir", Arity: 2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "6.0.0", Group: "connection", Complexity: "O(1)",
				Summary: "Get tracking notifications redirection client ID if any",
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "5.0.0", Group: "connection", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "id", Arity: 2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "5.0.0", Group: "connection", Complexity: "O(1)",
				Summary: "Returns the client ID for the current connection",
			},
			{
				Name: "info", Arity: 2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "6.2.0", Group: "connection", Complexity: "O(1)",
				Summary: "Returns information about the current client connection.",
				Tips:    []string{"nondeterministic_output"},
			},
			{
				Name: "kill", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.4.0", Group: "connection", Complexity: "O(N) where N is the number of client connections",
				Summary: "Kill the connection of a client",
				History: [][2]string{
					{"2.8.12", "Added new filter format."},
					{"2.8.12", "`ID` option."},
					{"3.2.0", "Added `master` type in for `TYPE` option."},
					{"5.0.0", "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."},
					{"6.2.0", "`LADDR` option."},
				},
				Args: []engine.Arg{
					{Name: "filter", Type: "oneof", Args: []engine.Arg{
						{Name: "ip:port", Type: "string", DeprecatedSince: "2.8.12"},
						{Name: "new-format", Type: "oneof", Multiple: true, Args: []engine.Arg{
							{Name: "client-id", Type: "integer", Token: "ID", Since: "2.8.12", Optional: true},
							{Name: "normal_master_slave_pubsub", Type: "oneof", Token: "TYPE", Since: "2.8.12", Optional: true, Args: []engine.Arg{
								{Name: "normal", Type: "pure-token", Token: "NORMAL"},
								{Name: "master", Type: "pure-token", Token: "MASTER", Since: "3.2.0"},
								{Name: "slave", Type: "pure-token", Token: "SLAVE"},
								{Name: "replica", Type: "pure-token", Token: "REPLICA", Since: "5.0.0"},
								{Name: "pubsub", Type: "pure-token", Token: "PUBSUB"},
							}},
							{Name: "username", Type: "string", Token: "USER", Optional: true},
							{Name: "ip:port", Type: "string", Token: "ADDR", Optional: true},
							{Name: "ip:port", Type: "string", Token: "LADDR", Since: "6.2.0", Optional: true},
							{Name: "yes/no", Type: "string", Token: "SKIPME", Optional: true},
						}},
					}},
				},
			},
			{
				Name: "list", Arity: -2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.4.0", Group: "connection", Complexity: "O(N) where N is the number of client connections",
				Summary: "Get the list of client connections",
				History: [][2]string{
					{"2.8.12", "Added unique client `id` field."},
					{"5.0.0", "Added optional `TYPE` filter."},
					{"6.0.0", "Added `user` field."},
					{"6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."},
					{"7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."},
					{"7.0.3", "Added `ssub` field."},
				},
				Tips: []string{"nondeterministic_output"},
				Args: []engine.Arg{
					{Name: "normal_master_replica_pubsub", Type: "oneof", Token: "TYPE", Since: "5.0.0", Optional: true, Args: []engine.Arg{
						{Name: "normal", Type: "pure-token", Token: "NORMAL"},
						{Name: "master", Type: "pure-token", Token: "MASTER"},
						{Name: "replica", Type: "pure-token", Token: "REPLICA"},
						{Name: "pubsub", Type: "pure-token", Token: "PUBSUB"},
					}},
					{Name: "id", Type: "block", Token: "ID", Since: "6.2.0", Optional: true, Args: []engine.Arg{
						{Name: "client-id", Type: "integer", Multiple: true},
					}},
				},
			},
			{
				Name: "no-evict", Arity: 3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "7.0.0", Group: "connection", Complexity: "O(1)",
				Summary: "Set client eviction mode for the current connection",
				Args: []engine.Arg{
					{Name: "enabled", Type: "oneof", Args: []engine.Arg{
						{Name: "on", Type: "pure-token", Token: "ON"},
						{Name: "off", Type: "pure-token", Token: "OFF"},
					}},
				},
			},
			{
				Name: "no-touch", Arity: 3, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "7.2.0", Group: "connection", Complexity: "O(1)",
				Summary: "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
				Args: []engine.Arg{
					{Name: "enabled", Type: "oneof", Args: []engine.Arg{
						{Name: "on", Type: "pure-token", Token: "ON"},
						{Name: "off", Type: "pure-token", Token: "OFF"},
					}},
				},
			},
			{
				Name: "pause", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.9.50", Group: "connection", Complexity: "O(1)",
				Summary: "Stop processing commands from clients for some time",
				History: [][2]string{
					{"6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option."},
				},
				Args: []engine.Arg{
					{Name: "timeout", Type: "integer"},
					{Name: "mode", Type: "oneof", Since: "6.2.0", Optional: true, Args: []engine.Arg{
						{Name: "write", Type: "pure-token", Token: "WRITE"},
						{Name: "all", Type: "pure-token", Token: "ALL"},
					}},
				},
			},
			{
				Name: "reply", Arity: 3, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "3.2.0", Group: "connection", Complexity: "O(1)",
				Summary: "Instruct the server whether to reply to commands",
				Args: []engine.Arg{
					{Name: "on_off_skip", Type: "oneof", Args: []engine.Arg{
						{Name: "on", Type: "pure-token", Token: "ON"},
						{Name: "off", Type: "pure-token", Token: "OFF"},
						{Name: "skip", Type: "pure-token", Token: "SKIP"},
					}},
				},
			},
			{
				Name: "setinfo", Arity: 4, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "7.2.0", Group: "connection", Complexity: "O(1)",
				Summary: "Sets information specific to the client or connection.",
				Tips:    []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args: []engine.Arg{
					{Name: "attr", Type: "oneof", Args: []engine.Arg{
						{Name: "libname", Type: "string", Token: "LIB-NAME"},
						{Name: "libver", Type: "string", Token: "LIB-VER"},
					}},
				},
			},
			{
				Name: "setname", Arity: 3, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.6.9", Group: "connection", Complexity: "O(1)",
				Summary: "Set the current connection name",
				Args: []engine.Arg{
					{Name: "connection-name", Type: "string"},
				},
			},
			{
				Name: "tracking", Arity: -3, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "6.0.0", Group: "connection", Complexity: "O(1). Some options may introduce additional complexity.",
				Summary: "Enable or disable server assisted client side caching support",
				Args: []engine.Arg{
					{Name: "status", Type: "oneof", Args: []engine.Arg{
						{Name: "on", Type: "pure-token", Token: "ON"},
						{Name: "off", Type: "pure-token", Token: "OFF"},
					}},
					{Name: "client-id", Type: "integer", Token: "REDIRECT", Optional: true},
					{Name: "prefix", Type: "string", Token: "PREFIX", Optional: true, Multiple: true, MultipleToken: true},
					{Name: "bcast", Type: "pure-token", Token: "BCAST", Optional: true},
					{Name: "optin", Type: "pure-token", Token: "OPTIN", Optional: true},
					{Name: "optout", Type: "pure-token", Token: "OPTOUT", Optional: true},
					{Name: "noloop", Type: "pure-token", Token: "NOLOOP", Optional: true},
				},
			},
			{
				Name: "trackinginfo", Arity: 2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "6.2.0", Group: "connection", Complexity: "O(1)",
				Summary: "Return information about server assisted client side caching for the current connection",
			},
			{
				Name: "unblock", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "5.0.0", Group: "connection", Complexity: "O(log N) where N is the number of client connections",
				Summary: "Unblock a client blocked in a blocking command from a different connection",
				Args: []engine.Arg{
					{Name: "client-id", Type: "integer"},
					{Name: "timeout_error", Type: "oneof", Optional: true, Args: []engine.Arg{
						{Name: "timeout", Type: "pure-token", Token: "TIMEOUT"},
						{Name: "error", Type: "pure-token", Token: "ERROR"},
					}},
				},
			},
			{
				Name: "unpause", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "6.2.0", Group: "connection", Complexity: "O(N) Where N is the number of paused clients",
				Summary: "Resume processing of clients that were paused",
			},
		},
	},
}

var commandRows = []engine.Command{
	{
		Name: "command", Arity: -1, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
		Since: "2.8.13", Group: "server", Complexity: "O(N) where N is the total number of Redis commands",
		Summary: "Get array of Redis command details",
		Tips:    []string{"nondeterministic_output_order"},
		Sub: []engine.Command{
			{
				Name: "count", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.8.13", Group: "server", Complexity: "O(1)",
				Summary: "Get total number of Redis commands",
			},
			{
				Name: "docs", Arity: -2, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "7.0.0", Group: "server", Complexity: "O(N) where N is the number of commands to look up",
				Summary: "Get array of specific Redis command documentation",
				Tips:    []string{"nondeterministic_output_order"},
				Args: []engine.Arg{
					{Name: "command-name", Type: "string", Optional: true, Multiple: true},
				},
			},
			{
				Name: "getkeys", Arity: -4, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.8.13", Group: "server", Complexity: "O(N) where N is the number of arguments to the command",
				Summary: "Extract keys given a full Redis command",
			},
			{
				Name: "getkeysandflags", Arity: -4, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "7.0.0", Group: "server", Complexity: "O(N) where N is the number of arguments to the command",
				Summary: "Extract keys and access flags given a full Redis command",
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "5.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "info", Arity: -2, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "2.8.13", Group: "server", Complexity: "O(N) where N is the number of commands to look up",
				Summary: "Get array of specific Redis command details, or all when no argument is given.",
				History: [][2]string{
					{"7.0.0", "Allowed to be called with no argument to get info on all commands."},
				},
				Tips: []string{"nondeterministic_output_order"},
				Args: []engine.Arg{
					{Name: "command-name", Type: "string", Optional: true, Multiple: true},
				},
			},
			{
				Name: "list", Arity: -2, Flags: engine.Loading | engine.Stale | engine.Conn, Cat: engine.CatConnection,
				Since: "7.0.0", Group: "server", Complexity: "O(N) where N is the total number of Redis commands",
				Summary: "Get an array of Redis command names",
				Tips:    []string{"nondeterministic_output_order"},
				Args: []engine.Arg{
					{Name: "filterby", Type: "oneof", Token: "FILTERBY", Optional: true, Args: []engine.Arg{
						{Name: "module-name", Type: "string", Token: "MODULE"},
						{Name: "category", Type: "string", Token: "ACLCAT"},
						{Name: "pattern", Type: "pattern", Token: "PATTERN"},
					}},
				},
			},
		},
	},
}
