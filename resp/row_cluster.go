package resp

import "github.com/laurocaetano/foxtail/engine"

// The rows of CLUSTER.
var clusterRows = []engine.Command{
	{
		Name: "cluster", Arity: -2, Flags: engine.Conn,
		Since: "3.0.0", Group: "cluster", Complexity: "Depends on subcommand.",
		Summary: "A container for cluster commands",
		Sub: []engine.Command{
			{
				Name: "addslots", Arity: -3, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of hash slot arguments",
				Summary: "Assign new hash slots to receiving node",
				Args: []engine.Arg{
					{Name: "slot", Type: "integer", Multiple: true},
				},
			},
			{
				Name: "addslotsrange", Arity: -4, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "7.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
				Summary: "Assign new hash slots to receiving node",
				Args: []engine.Arg{
					{Name: "start-slot_end-slot", Type: "block", Multiple: true, Args: []engine.Arg{
						{Name: "start-slot", Type: "integer"},
						{Name: "end-slot", Type: "integer"},
					}},
				},
			},
			{
				Name: "bumpepoch", Arity: 2, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Advance the cluster config epoch",
				Tips:    []string{"nondeterministic_output"},
			},
			{
				Name: "count-failure-reports", Arity: 3, Flags: engine.Admin | engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(N) where N is the number of failure reports",
				Summary: "Return the number of failure reports active for a given node",
				Tips:    []string{"nondeterministic_output"},
				Args: []engine.Arg{
					{Name: "node-id", Type: "string"},
				},
			},
			{
				Name: "countkeysinslot", Arity: 3, Flags: engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Return the number of local keys in the specified hash slot",
				Args: []engine.Arg{
					{Name: "slot", Type: "integer"},
				},
			},
			{
				Name: "delslots", Arity: -3, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of hash slot arguments",
				Summary: "Set hash slots as unbound in receiving node",
				Args: []engine.Arg{
					{Name: "slot", Type: "integer", Multiple: true},
				},
			},
			{
				Name: "delslotsrange", Arity: -4, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "7.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of the slots between the start slot and end slot arguments.",
				Summary: "Set hash slots as unbound in receiving node",
				Args: []engine.Arg{
					{Name: "start-slot_end-slot", Type: "block", Multiple: true, Args: []engine.Arg{
						{Name: "start-slot", Type: "integer"},
						{Name: "end-slot", Type: "integer"},
					}},
				},
			},
			{
				Name: "failover", Arity: -2, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Forces a replica to perform a manual failover of its master.",
				Args: []engine.Arg{
					{Name: "options", Type: "oneof", Optional: true, Args: []engine.Arg{
						{Name: "force", Type: "pure-token", Token: "FORCE"},
						{Name: "takeover", Type: "pure-token", Token: "TAKEOVER"},
					}},
				},
			},
			{
				Name: "flushslots", Arity: 2, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Delete a node's own slots information",
			},
			{
				Name: "forget", Arity: 3, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Remove a node from the nodes table",
				Args: []engine.Arg{
					{Name: "node-id", Type: "string"},
				},
			},
			{
				Name: "getkeysinslot", Arity: 4, Flags: engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(log(N)) where N is the number of requested keys",
				Summary: "Return local key names in the specified hash slot",
				Tips:    []string{"nondeterministic_output"},
				Args: []engine.Arg{
					{Name: "slot", Type: "integer"},
					{Name: "count", Type: "integer"},
				},
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "5.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "info", Arity: 2, Flags: engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Provides info about Redis Cluster node state",
				Tips:    []string{"nondeterministic_output"},
			},
			{
				Name: "keyslot", Arity: 3, Flags: engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(N) where N is the number of bytes in the key",
				Summary: "Returns the hash slot of the specified key",
				Args: []engine.Arg{
					{Name: "key", Type: "string"},
				},
			},
			{
				Name: "links", Arity: 2, Flags: engine.Stale | engine.Conn,
				Since: "7.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of Cluster nodes",
				Summary: "Returns a list of all TCP links to and from peer nodes in cluster",
				Tips:    []string{"nondeterministic_output"},
			},
			{
				Name: "meet", Arity: -4, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Force a node cluster to handshake with another node",
				History: [][2]string{
					{"4.0.0", "Added the optional `cluster_bus_port` argument."},
				},
				Args: []engine.Arg{
					{Name: "ip", Type: "string"},
					{Name: "port", Type: "integer"},
					{Name: "cluster_bus_port", Type: "integer", Since: "4.0.0", Optional: true},
				},
			},
			{
				Name: "myid", Arity: 2, Flags: engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Return the node id",
			},
			{
				Name: "myshardid", Arity: 2, Flags: engine.Stale | engine.Conn,
				Since: "7.2.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Returns the shard ID of a node.",
				Tips:    []string{"nondeterministic_output"},
			},
			{
				Name: "nodes", Arity: 2, Flags: engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of Cluster nodes",
				Summary: "Get Cluster config for the node",
				Tips:    []string{"nondeterministic_output"},
			},
			{
				Name: "replicas", Arity: 3, Flags: engine.Admin | engine.Stale | engine.Conn,
				Since: "5.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "List replica nodes of the specified master node",
				Tips:    []string{"nondeterministic_output"},
				Args: []engine.Arg{
					{Name: "node-id", Type: "string"},
				},
			},
			{
				Name: "replicate", Arity: 3, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Reconfigure a node as a replica of the specified master node",
				Args: []engine.Arg{
					{Name: "node-id", Type: "string"},
				},
			},
			{
				Name: "reset", Arity: -2, Flags: engine.Admin | engine.NoScript | engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.",
				Summary: "Reset a Redis Cluster node",
				Args: []engine.Arg{
					{Name: "hard_soft", Type: "oneof", Optional: true, Args: []engine.Arg{
						{Name: "hard", Type: "pure-token", Token: "HARD"},
						{Name: "soft", Type: "pure-token", Token: "SOFT"},
					}},
				},
			},
			{
				Name: "saveconfig", Arity: 2, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Forces the node to save cluster state on disk",
			},
			{
				Name: "set-config-epoch", Arity: 3, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Set the configuration epoch in a new node",
				Args: []engine.Arg{
					{Name: "config-epoch", Type: "integer"},
				},
			},
			{
				Name: "setslot", Arity: -4, Flags: engine.Admin | engine.Stale | engine.NoAsyncLoading | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary: "Bind a hash slot to a specific node",
				Args: []engine.Arg{
					{Name: "slot", Type: "integer"},
					{Name: "subcommand", Type: "oneof", Args: []engine.Arg{
						{Name: "node-id", Type: "string", Token: "IMPORTING"},
						{Name: "node-id", Type: "string", Token: "MIGRATING"},
						{Name: "node-id", Type: "string", Token: "NODE"},
						{Name: "stable", Type: "pure-token", Token: "STABLE"},
					}},
				},
			},
			{
				Name: "shards", Arity: 2, Flags: engine.Stale | engine.Conn,
				Since: "7.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of cluster nodes",
				Summary: "Get array of cluster slots to node mappings",
				Tips:    []string{"nondeterministic_output"},
			},
			{
				Name: "slaves", Arity: 3, Flags: engine.Admin | engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(1)",
				Summary:         "List replica nodes of the specified master node",
				DeprecatedSince: "5.0.0", ReplacedBy: "`CLUSTER REPLICAS`",
				Tips: []string{"nondeterministic_output"},
				Args: []engine.Arg{
					{Name: "node-id", Type: "string"},
				},
			},
			{
				Name: "slots", Arity: 2, Flags: engine.Stale | engine.Conn,
				Since: "3.0.0", Group: "cluster", Complexity: "O(N) where N is the total number of Cluster nodes",
				Summary:         "Get array of Cluster slot to node mappings",
				DeprecatedSince: "7.0.0", ReplacedBy: "`CLUSTER SHARDS`",
				History: [][2]string{
					{"4.0.0", "Added node IDs."},
					{"7.0.0", "Added additional networking metadata field."},
				},
				Tips: []string{"nondeterministic_output"},
			},
		},
	},
}
