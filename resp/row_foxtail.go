package resp

import "github.com/laurocaetano/foxtail/engine"

// The rows that Redis does not have: the operator's commands, in uhaha's words,
// and those for other Foxtail processes.
var raftRows = []engine.Command{
	{
		Name: "raft", Arity: -2, Flags: engine.Conn, Since: "0.1.0", Group: "cluster", Complexity: "Depends on subcommand.",
		Summary: "A container for the commands about the Raft cluster",
		Sub: []engine.Command{
			raftRow("help", 2, "O(1)", "Show helpful text about the different subcommands"),
			raftRow("info", -2, "O(1)", "Show the state of Raft on this node", engine.Arg{Name: "pattern", Type: "string", Optional: true}),
			raftRow("leader", 2, "O(1)", "Return the address of the leader"),
			raftRow("server", -3, "O(N) with N members", "List, add, remove, promote or demote members",
				engine.Arg{Name: "operation", Type: "oneof", Args: []engine.Arg{
					{Name: "list", Type: "pure-token", Token: "LIST"},
					{Name: "add", Type: "block", Token: "ADD", Args: []engine.Arg{
						{Name: "id", Type: "string"}, {Name: "address", Type: "string"}, {Name: "nonvoter", Type: "pure-token", Token: "NONVOTER", Optional: true}}},
					{Name: "remove", Type: "string", Token: "REMOVE"},
					{Name: "promote", Type: "string", Token: "PROMOTE"},
					{Name: "demote", Type: "string", Token: "DEMOTE"},
				}}),
			raftRow("snapshot", -3, "O(N) with N keys", "Write a snapshot now, or list those there are",
				engine.Arg{Name: "operation", Type: "oneof", Args: []engine.Arg{
					{Name: "now", Type: "pure-token", Token: "NOW"}, {Name: "list", Type: "pure-token", Token: "LIST"}}}),
			raftRow("transfer", -2, "O(1)", "Hand leadership over", engine.Arg{Name: "id", Type: "string", Optional: true}),
		},
	},
	{
		Name: "foxtail", Arity: -2, Flags: engine.Conn, Since: "0.1.0", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for Foxtail's own commands",
		Sub: []engine.Command{
			raftRow("groups", 2, "O(N) with N groups", "List the Raft groups of this node"),
			raftRow("help", 2, "O(1)", "Show helpful text about the different subcommands"),
			raftRow("join", -3, "O(1)", "Ask to become a member; sent by a node that starts with --join",
				engine.Arg{Name: "argument", Type: "string", Multiple: true}),
			raftRow("nodes", 2, "O(N) with N members", "List the members of the cluster"),
			raftRow("version", 2, "O(1)", "Return the version of Foxtail"),
		},
	},
}

func raftRow(name string, arity int, complexity, summary string, args ...engine.Arg) engine.Command {
	return engine.Command{
		Name: name, Arity: arity, Flags: engine.Admin | engine.NoScript | engine.Loading | engine.Stale | engine.NoMulti | engine.Conn,
		Since: "0.1.0", Group: "cluster", Complexity: complexity, Summary: summary, Args: args,
	}
}
