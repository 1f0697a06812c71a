package resp

import "github.com/laurocaetano/foxtail/engine"

// The rows of the commands about one connection and its transaction.
var connRows = []engine.Command{
	{
		Name: "ping", Arity: -1, Flags: engine.Fast | engine.Conn, Cat: engine.CatConnection,
		Since: "1.0.0", Group: "connection", Complexity: "O(1)",
		Summary: "Ping the server",
		Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		Args: []engine.Arg{
			{Name: "message", Type: "string", Optional: true},
		},
	},
	{
		Name: "echo", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Fast | engine.Conn, Cat: engine.CatConnection,
		Since: "1.0.0", Group: "connection", Complexity: "O(1)",
		Summary: "Echo the given string",
		Args: []engine.Arg{
			{Name: "message", Type: "string"},
		},
	},
	{
		Name: "quit", Arity: -1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.NoAuth | engine.AllowBusy | engine.Conn, Cat: engine.CatConnection,
		Since: "1.0.0", Group: "connection", Complexity: "O(1)",
		Summary: "Close the connection",
	},
	{
		Name: "reset", Arity: 1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.NoAuth | engine.AllowBusy | engine.Conn, Cat: engine.CatConnection,
		Since: "6.2.0", Group: "connection", Complexity: "O(1)",
		Summary: "Reset the connection",
	},
	{
		Name: "select", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Fast | engine.Conn, Cat: engine.CatConnection,
		Since: "1.0.0", Group: "connection", Complexity: "O(1)",
		Summary: "Change the selected database for the current connection",
		Args: []engine.Arg{
			{Name: "index", Type: "integer"},
		},
	},
	{
		Name: "hello", Arity: -1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.NoAuth | engine.AllowBusy | engine.Conn, Cat: engine.CatConnection,
		Since: "6.0.0", Group: "connection", Complexity: "O(1)",
		Summary: "Handshake with Redis",
		History: [][2]string{
			{"6.2.0", "`protover` made optional; when called without arguments the command reports the current connection's context."},
		},
		Args: []engine.Arg{
			{Name: "arguments", Type: "block", Optional: true, Args: []engine.Arg{
				{Name: "protover", Type: "integer"},
				{Name: "username_password", Type: "block", Token: "AUTH", Optional: true, Args: []engine.Arg{
					{Name: "username", Type: "string"},
					{Name: "password", Type: "string"},
				}},
				{Name: "clientname", Type: "string", Token: "SETNAME", Optional: true},
			}},
		},
	},
	{
		Name: "auth", Arity: -2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.NoAuth | engine.AllowBusy | engine.Conn, Cat: engine.CatConnection,
		Since: "1.0.0", Group: "connection", Complexity: "O(N) where N is the number of passwords defined for the user",
		Summary: "Authenticate to the server",
		History: [][2]string{
			{"6.0.0", "Added ACL style (username and password)."},
		},
		Args: []engine.Arg{
			{Name: "username", Type: "string", Since: "6.0.0", Optional: true},
			{Name: "password", Type: "string"},
		},
	},
	{
		Name: "time", Arity: 1, Flags: engine.Loading | engine.Stale | engine.Fast | engine.Conn,
		Since: "2.6.0", Group: "server", Complexity: "O(1)",
		Summary: "Return the current server time",
		Tips:    []string{"nondeterministic_output"},
	},
	{
		Name: "lolwut", Arity: -1, Flags: engine.ReadOnly | engine.Fast | engine.Conn,
		Since: "5.0.0", Group: "server",
		Summary: "Display some computer art and the Redis version",
		Args: []engine.Arg{
			{Name: "version", Type: "integer", Token: "VERSION", Optional: true},
		},
	},
	{
		Name: "asking", Arity: 1, Flags: engine.Fast | engine.Conn, Cat: engine.CatConnection,
		Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
		Summary: "Sent by cluster clients after an -ASK redirect",
	},
	{
		Name: "readonly", Arity: 1, Flags: engine.Loading | engine.Stale | engine.Fast | engine.Conn, Cat: engine.CatConnection,
		Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
		Summary: "Enables read queries for a connection to a cluster replica node",
	},
	{
		Name: "readwrite", Arity: 1, Flags: engine.Loading | engine.Stale | engine.Fast | engine.Conn, Cat: engine.CatConnection,
		Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
		Summary: "Disables read queries for a connection to a cluster replica node",
	},
}

var multiRows = []engine.Command{
	{
		Name: "multi", Arity: 1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.AllowBusy | engine.Conn, Cat: engine.CatTransaction,
		Since: "1.2.0", Group: "transactions", Complexity: "O(1)",
		Summary: "Mark the start of a transaction block",
	},
	{
		Name: "exec", Arity: 1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.SkipSlowlog | engine.Conn, Cat: engine.CatTransaction,
		Since: "1.2.0", Group: "transactions", Complexity: "Depends on commands in the transaction",
		Summary: "Execute all commands issued after MULTI",
	},
	{
		Name: "discard", Arity: 1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.AllowBusy | engine.Conn, Cat: engine.CatTransaction,
		Since: "2.0.0", Group: "transactions", Complexity: "O(N), when N is the number of queued commands",
		Summary: "Discard all commands issued after MULTI",
	},
	{
		Name: "watch", Arity: -2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.AllowBusy | engine.Conn, Cat: engine.CatTransaction,
		Keys:  []engine.KeySpec{{Flags: engine.KeyRO, Index: 1, Last: -1, Step: 1}},
		Since: "2.2.0", Group: "transactions", Complexity: "O(1) for every key.",
		Summary: "Watch the given keys to determine execution of the MULTI/EXEC block",
		Args: []engine.Arg{
			{Name: "key", Type: "key", Multiple: true},
		},
	},
	{
		Name: "unwatch", Arity: 1, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Fast | engine.AllowBusy | engine.Conn, Cat: engine.CatTransaction,
		Since: "2.2.0", Group: "transactions", Complexity: "O(1)",
		Summary: "Forget about all watched keys",
	},
}
