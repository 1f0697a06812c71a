package engine

var memoryRows = []Command{
	{
		Name: "memory", Arity: -2,
		Since: "4.0.0", Group: "server", Complexity: "Depends on subcommand.",
		Summary: "A container for memory diagnostics commands",
		Sub: []Command{
			{
				Name: "usage", Arity: -3, Flags: ReadOnly,
				Keys:  []KeySpec{{Flags: KeyRO, Index: 2, Step: 1}},
				Since: "4.0.0", Group: "server", Complexity: "O(N) where N is the number of samples.",
				Summary: "Estimate the memory usage of a key",
				Args: []Arg{
					{Name: "key", Type: "key"},
					{Name: "count", Type: "integer", Token: "SAMPLES", Optional: true},
				},
				Do: cmdMemoryUsage,
			},
		},
	},
}
