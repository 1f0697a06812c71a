package resp

import "github.com/laurocaetano/foxtail/engine"

var aclRows = []engine.Command{
	{
		Name: "acl", Arity: -2, Flags: engine.Conn,
		Since: "6.0.0", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for Access List Control commands",
		Sub: []engine.Command{
			{
				Name: "cat", Arity: -2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(1) since the categories and commands are a fixed set.",
				Summary: "List the ACL categories or the commands inside a category",
				Args: []engine.Arg{
					{Name: "categoryname", Type: "string", Optional: true},
				},
			},
			{
				Name: "deluser", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(1) amortized time considering the typical user.",
				Summary: "Remove the specified ACL users and the associated rules",
				Args: []engine.Arg{
					{Name: "username", Type: "string", Multiple: true},
				},
			},
			{
				Name: "dryrun", Arity: -4, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "7.0.0", Group: "server", Complexity: "O(1).",
				Summary: "Returns whether the user can execute the given command without executing the command.",
				Args: []engine.Arg{
					{Name: "username", Type: "string"},
					{Name: "command", Type: "string"},
					{Name: "arg", Type: "string", Optional: true, Multiple: true},
				},
			},
			{
				Name: "genpass", Arity: -2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Generate a pseudorandom secure password to use for ACL users",
				Args: []engine.Arg{
					{Name: "bits", Type: "integer", Optional: true},
				},
			},
			{
				Name: "getuser", Arity: 3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
				Summary: "Get the rules for a specific ACL user",
				History: [][2]string{
					{"6.2.0", "Added Pub/Sub channel patterns."},
					{"7.0.0", "Added selectors and changed the format of key and channel patterns from a list to their rule representation."},
				},
				Args: []engine.Arg{
					{Name: "username", Type: "string"},
				},
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "list", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(N). Where N is the number of configured users.",
				Summary: "List the current ACL rules in ACL config file format",
			},
			{
				Name: "load", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(N). Where N is the number of configured users.",
				Summary: "Reload the ACLs from the configured ACL file",
			},
			{
				Name: "log", Arity: -2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(N) with N being the number of entries shown.",
				Summary: "List latest events denied because of ACLs in place",
				Args: []engine.Arg{
					{Name: "operation", Type: "oneof", Optional: true, Args: []engine.Arg{
						{Name: "count", Type: "integer"},
						{Name: "reset", Type: "pure-token", Token: "RESET"},
					}},
				},
			},
			{
				Name: "save", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(N). Where N is the number of configured users.",
				Summary: "Save the current ACL rules in the configured ACL file",
			},
			{
				Name: "setuser", Arity: -3, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(N). Where N is the number of rules provided.",
				Summary: "Modify or create the rules for a specific ACL user",
				History: [][2]string{
					{"6.2.0", "Added Pub/Sub channel patterns."},
					{"7.0.0", "Added selectors and key based permissions."},
				},
				Args: []engine.Arg{
					{Name: "username", Type: "string"},
					{Name: "rule", Type: "string", Optional: true, Multiple: true},
				},
			},
			{
				Name: "users", Arity: 2, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(N). Where N is the number of configured users.",
				Summary: "List the username of all the configured ACL rules",
			},
			{
				Name: "whoami", Arity: 2, Flags: engine.NoScript | engine.Loading | engine.Stale | engine.Conn,
				Since: "6.0.0", Group: "server", Complexity: "O(1)",
				Summary: "Return the name of the user associated to the current connection",
			},
		},
	},
}
