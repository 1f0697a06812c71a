package engine

var bitRows = []Command{
	{
		Name: "setbit", Arity: 4, Flags: Write | DenyOOM, Cat: CatBitmap,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate, Index: 1, Step: 1}},
		Since: "2.2.0", Group: "bitmap", Complexity: "O(1)",
		Summary: "Sets or clears the bit at offset in the string value stored at key",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "offset", Type: "integer"},
			{Name: "value", Type: "integer"},
		},
		Do: cmdSetbit,
	},
	{
		Name: "getbit", Arity: 3, Flags: ReadOnly | Fast, Cat: CatBitmap,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.2.0", Group: "bitmap", Complexity: "O(1)",
		Summary: "Returns the bit value at offset in the string value stored at key",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "offset", Type: "integer"},
		},
		Do: cmdGetbit,
	},
	{
		Name: "bitcount", Arity: -2, Flags: ReadOnly, Cat: CatBitmap,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.6.0", Group: "bitmap", Complexity: "O(N)",
		Summary: "Count set bits in a string",
		History: [][2]string{
			{"7.0.0", "Added the `BYTE|BIT` option."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "index", Type: "block", Optional: true, Args: []Arg{
				{Name: "start", Type: "integer"},
				{Name: "end", Type: "integer"},
				{Name: "index_unit", Type: "oneof", Since: "7.0.0", Optional: true, Args: []Arg{
					{Name: "byte", Type: "pure-token", Token: "BYTE"},
					{Name: "bit", Type: "pure-token", Token: "BIT"},
				}},
			}},
		},
		Do: cmdBitcount,
	},
	{
		Name: "bitpos", Arity: -3, Flags: ReadOnly, Cat: CatBitmap,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "2.8.7", Group: "bitmap", Complexity: "O(N)",
		Summary: "Find first bit set or clear in a string",
		History: [][2]string{
			{"7.0.0", "Added the `BYTE|BIT` option."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "bit", Type: "integer"},
			{Name: "index", Type: "block", Optional: true, Args: []Arg{
				{Name: "start", Type: "integer"},
				{Name: "end_index", Type: "block", Optional: true, Args: []Arg{
					{Name: "end", Type: "integer"},
					{Name: "index_unit", Type: "oneof", Since: "7.0.0", Optional: true, Args: []Arg{
						{Name: "byte", Type: "pure-token", Token: "BYTE"},
						{Name: "bit", Type: "pure-token", Token: "BIT"},
					}},
				}},
			}},
		},
		Do: cmdBitpos,
	},
	{
		Name: "bitop", Arity: -4, Flags: Write | DenyOOM, Cat: CatBitmap,
		Keys: []KeySpec{
			{Flags: KeyOW | KeyUpdate, Index: 2, Step: 1},
			{Flags: KeyRO | KeyAccess, Index: 3, Last: -1, Step: 1},
		},
		Since: "2.6.0", Group: "bitmap", Complexity: "O(N)",
		Summary: "Perform bitwise operations between strings",
		Args: []Arg{
			{Name: "operation", Type: "string"},
			{Name: "destkey", Type: "key"},
			{Name: "key", Type: "key", KeySpec: 1, Multiple: true},
		},
		Do: cmdBitop,
	},
	{
		Name: "bitfield", Arity: -2, Flags: Write | DenyOOM, Cat: CatBitmap,
		Keys:  []KeySpec{{Flags: KeyRW | KeyAccess | KeyUpdate | KeyVariable, Notes: "This command allows both access and modification of the key", Index: 1, Step: 1}},
		Since: "3.2.0", Group: "bitmap", Complexity: "O(1) for each subcommand specified",
		Summary: "Perform arbitrary bitfield integer operations on strings",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "operation", Type: "oneof", Optional: true, Multiple: true, Args: []Arg{
				{Name: "encoding_offset", Type: "block", Token: "GET", Args: []Arg{
					{Name: "encoding", Type: "string"},
					{Name: "offset", Type: "integer"},
				}},
				{Name: "write", Type: "block", Args: []Arg{
					{Name: "wrap_sat_fail", Type: "oneof", Token: "OVERFLOW", Optional: true, Args: []Arg{
						{Name: "wrap", Type: "pure-token", Token: "WRAP"},
						{Name: "sat", Type: "pure-token", Token: "SAT"},
						{Name: "fail", Type: "pure-token", Token: "FAIL"},
					}},
					{Name: "write_operation", Type: "oneof", Args: []Arg{
						{Name: "encoding_offset_value", Type: "block", Token: "SET", Args: []Arg{
							{Name: "encoding", Type: "string"},
							{Name: "offset", Type: "integer"},
							{Name: "value", Type: "integer"},
						}},
						{Name: "encoding_offset_increment", Type: "block", Token: "INCRBY", Args: []Arg{
							{Name: "encoding", Type: "string"},
							{Name: "offset", Type: "integer"},
							{Name: "increment", Type: "integer"},
						}},
					}},
				}},
			}},
		},
		Do: cmdBitfield,
	},
	{
		Name: "bitfield_ro", Arity: -2, Flags: ReadOnly | Fast, Cat: CatBitmap,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "6.0.0", Group: "bitmap", Complexity: "O(1) for each subcommand specified",
		Summary: "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "encoding_offset", Type: "block", Token: "GET", Optional: true, Multiple: true, MultipleToken: true, Args: []Arg{
				{Name: "encoding", Type: "string"},
				{Name: "offset", Type: "integer"},
			}},
		},
		Do: cmdBitfieldRo,
	},
}
