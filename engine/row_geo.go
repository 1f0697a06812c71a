package engine

var geoRows = []Command{
	{
		Name: "geoadd", Arity: -5, Flags: Write | DenyOOM, Cat: CatGeo,
		Keys:  []KeySpec{{Flags: KeyRW | KeyUpdate, Index: 1, Step: 1}},
		Since: "3.2.0", Group: "geo", Complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
		Summary: "Add one or more geospatial items in the geospatial index represented using a sorted set",
		History: [][2]string{
			{"6.2.0", "Added the `CH`, `NX` and `XX` options."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "condition", Type: "oneof", Since: "6.2.0", Optional: true, Args: []Arg{
				{Name: "nx", Type: "pure-token", Token: "NX"},
				{Name: "xx", Type: "pure-token", Token: "XX"},
			}},
			{Name: "change", Type: "pure-token", Token: "CH", Since: "6.2.0", Optional: true},
			{Name: "longitude_latitude_member", Type: "block", Multiple: true, Args: []Arg{
				{Name: "longitude", Type: "double"},
				{Name: "latitude", Type: "double"},
				{Name: "member", Type: "string"},
			}},
		},
		Do: cmdGeoadd,
	},
	{
		Name: "geodist", Arity: -4, Flags: ReadOnly, Cat: CatGeo,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "3.2.0", Group: "geo", Complexity: "O(log(N))",
		Summary: "Returns the distance between two members of a geospatial index",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member1", Type: "string"},
			{Name: "member2", Type: "string"},
			{Name: "unit", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "m", Type: "pure-token", Token: "M"},
				{Name: "km", Type: "pure-token", Token: "KM"},
				{Name: "ft", Type: "pure-token", Token: "FT"},
				{Name: "mi", Type: "pure-token", Token: "MI"},
			}},
		},
		Do: cmdGeodist,
	},
	{
		Name: "geohash", Arity: -2, Flags: ReadOnly, Cat: CatGeo,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "3.2.0", Group: "geo", Complexity: "O(log(N)) for each member requested, where N is the number of elements in the sorted set.",
		Summary: "Returns members of a geospatial index as standard geohash strings",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string", Multiple: true},
		},
		Do: cmdGeohash,
	},
	{
		Name: "geopos", Arity: -2, Flags: ReadOnly, Cat: CatGeo,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "3.2.0", Group: "geo", Complexity: "O(N) where N is the number of members requested.",
		Summary: "Returns longitude and latitude of members of a geospatial index",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string", Multiple: true},
		},
		Do: cmdGeopos,
	},
	{
		Name: "georadius", Arity: -6, Flags: Write | DenyOOM | MovableKeys, Cat: CatGeo,
		Keys: []KeySpec{
			{Flags: KeyRO | KeyAccess, Index: 1, Step: 1},
			{Flags: KeyOW | KeyUpdate, Keyword: "STORE", From: 6, Step: 1},
			{Flags: KeyOW | KeyUpdate, Keyword: "STOREDIST", From: 6, Step: 1},
		},
		Since: "3.2.0", Group: "geo", Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
		Summary:         "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a point",
		DeprecatedSince: "6.2.0", ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
		History: [][2]string{
			{"6.2.0", "Added the `ANY` option for `COUNT`."},
			{"7.0.0", "Added support for uppercase unit names."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "longitude", Type: "double"},
			{Name: "latitude", Type: "double"},
			{Name: "radius", Type: "double"},
			{Name: "unit", Type: "oneof", Args: []Arg{
				{Name: "m", Type: "pure-token", Token: "M"},
				{Name: "km", Type: "pure-token", Token: "KM"},
				{Name: "ft", Type: "pure-token", Token: "FT"},
				{Name: "mi", Type: "pure-token", Token: "MI"},
			}},
			{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
			{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
			{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
			{Name: "count", Type: "block", Optional: true, Args: []Arg{
				{Name: "count", Type: "integer", Token: "COUNT"},
				{Name: "any", Type: "pure-token", Token: "ANY", Since: "6.2.0", Optional: true},
			}},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
			{Name: "key", Type: "key", Token: "STORE", KeySpec: 1, Optional: true},
			{Name: "key", Type: "key", Token: "STOREDIST", KeySpec: 2, Optional: true},
		},
		Do: cmdGeoradius,
	},
	{
		Name: "georadius_ro", Arity: -6, Flags: ReadOnly, Cat: CatGeo,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "3.2.10", Group: "geo", Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
		Summary:         "A read-only variant for GEORADIUS",
		DeprecatedSince: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
		History: [][2]string{
			{"6.2.0", "Added the `ANY` option for `COUNT`."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "longitude", Type: "double"},
			{Name: "latitude", Type: "double"},
			{Name: "radius", Type: "double"},
			{Name: "unit", Type: "oneof", Args: []Arg{
				{Name: "m", Type: "pure-token", Token: "M"},
				{Name: "km", Type: "pure-token", Token: "KM"},
				{Name: "ft", Type: "pure-token", Token: "FT"},
				{Name: "mi", Type: "pure-token", Token: "MI"},
			}},
			{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
			{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
			{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
			{Name: "count", Type: "block", Optional: true, Args: []Arg{
				{Name: "count", Type: "integer", Token: "COUNT"},
				{Name: "any", Type: "pure-token", Token: "ANY", Since: "6.2.0", Optional: true},
			}},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
		},
		Do: cmdGeoradiusRo,
	},
	{
		Name: "georadiusbymember", Arity: -5, Flags: Write | DenyOOM | MovableKeys, Cat: CatGeo,
		Keys: []KeySpec{
			{Flags: KeyRO | KeyAccess, Index: 1, Step: 1},
			{Flags: KeyOW | KeyUpdate, Keyword: "STORE", From: 5, Step: 1},
			{Flags: KeyOW | KeyUpdate, Keyword: "STOREDIST", From: 5, Step: 1},
		},
		Since: "3.2.0", Group: "geo", Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
		Summary:         "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a member",
		DeprecatedSince: "6.2.0", ReplacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
		History: [][2]string{
			{"7.0.0", "Added support for uppercase unit names."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string"},
			{Name: "radius", Type: "double"},
			{Name: "unit", Type: "oneof", Args: []Arg{
				{Name: "m", Type: "pure-token", Token: "M"},
				{Name: "km", Type: "pure-token", Token: "KM"},
				{Name: "ft", Type: "pure-token", Token: "FT"},
				{Name: "mi", Type: "pure-token", Token: "MI"},
			}},
			{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
			{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
			{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
			{Name: "count", Type: "block", Optional: true, Args: []Arg{
				{Name: "count", Type: "integer", Token: "COUNT"},
				{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
			}},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
			{Name: "key", Type: "key", Token: "STORE", KeySpec: 1, Optional: true},
			{Name: "key", Type: "key", Token: "STOREDIST", KeySpec: 2, Optional: true},
		},
		Do: cmdGeoradiusbymember,
	},
	{
		Name: "georadiusbymember_ro", Arity: -5, Flags: ReadOnly, Cat: CatGeo,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "3.2.10", Group: "geo", Complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
		Summary:         "A read-only variant for GEORADIUSBYMEMBER",
		DeprecatedSince: "6.2.0", ReplacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "member", Type: "string"},
			{Name: "radius", Type: "double"},
			{Name: "unit", Type: "oneof", Args: []Arg{
				{Name: "m", Type: "pure-token", Token: "M"},
				{Name: "km", Type: "pure-token", Token: "KM"},
				{Name: "ft", Type: "pure-token", Token: "FT"},
				{Name: "mi", Type: "pure-token", Token: "MI"},
			}},
			{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
			{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
			{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
			{Name: "count", Type: "block", Optional: true, Args: []Arg{
				{Name: "count", Type: "integer", Token: "COUNT"},
				{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
			}},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
		},
		Do: cmdGeoradiusbymemberRo,
	},
	{
		Name: "geosearch", Arity: -7, Flags: ReadOnly, Cat: CatGeo,
		Keys:  []KeySpec{{Flags: KeyRO | KeyAccess, Index: 1, Step: 1}},
		Since: "6.2.0", Group: "geo", Complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
		Summary: "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle.",
		History: [][2]string{
			{"7.0.0", "Added support for uppercase unit names."},
		},
		Args: []Arg{
			{Name: "key", Type: "key"},
			{Name: "from", Type: "oneof", Args: []Arg{
				{Name: "member", Type: "string", Token: "FROMMEMBER"},
				{Name: "longitude_latitude", Type: "block", Token: "FROMLONLAT", Args: []Arg{
					{Name: "longitude", Type: "double"},
					{Name: "latitude", Type: "double"},
				}},
			}},
			{Name: "by", Type: "oneof", Args: []Arg{
				{Name: "circle", Type: "block", Args: []Arg{
					{Name: "radius", Type: "double", Token: "BYRADIUS"},
					{Name: "unit", Type: "oneof", Args: []Arg{
						{Name: "m", Type: "pure-token", Token: "M"},
						{Name: "km", Type: "pure-token", Token: "KM"},
						{Name: "ft", Type: "pure-token", Token: "FT"},
						{Name: "mi", Type: "pure-token", Token: "MI"},
					}},
				}},
				{Name: "box", Type: "block", Args: []Arg{
					{Name: "width", Type: "double", Token: "BYBOX"},
					{Name: "height", Type: "double"},
					{Name: "unit", Type: "oneof", Args: []Arg{
						{Name: "m", Type: "pure-token", Token: "M"},
						{Name: "km", Type: "pure-token", Token: "KM"},
						{Name: "ft", Type: "pure-token", Token: "FT"},
						{Name: "mi", Type: "pure-token", Token: "MI"},
					}},
				}},
			}},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
			{Name: "count", Type: "block", Optional: true, Args: []Arg{
				{Name: "count", Type: "integer", Token: "COUNT"},
				{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
			}},
			{Name: "withcoord", Type: "pure-token", Token: "WITHCOORD", Optional: true},
			{Name: "withdist", Type: "pure-token", Token: "WITHDIST", Optional: true},
			{Name: "withhash", Type: "pure-token", Token: "WITHHASH", Optional: true},
		},
		Do: cmdGeosearch,
	},
	{
		Name: "geosearchstore", Arity: -8, Flags: Write | DenyOOM, Cat: CatGeo,
		Keys: []KeySpec{
			{Flags: KeyOW | KeyUpdate, Index: 1, Step: 1},
			{Flags: KeyRO | KeyAccess, Index: 2, Step: 1},
		},
		Since: "6.2.0", Group: "geo", Complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
		Summary: "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle, and store the result in another key.",
		History: [][2]string{
			{"7.0.0", "Added support for uppercase unit names."},
		},
		Args: []Arg{
			{Name: "destination", Type: "key"},
			{Name: "source", Type: "key", KeySpec: 1},
			{Name: "from", Type: "oneof", Args: []Arg{
				{Name: "member", Type: "string", Token: "FROMMEMBER"},
				{Name: "longitude_latitude", Type: "block", Token: "FROMLONLAT", Args: []Arg{
					{Name: "longitude", Type: "double"},
					{Name: "latitude", Type: "double"},
				}},
			}},
			{Name: "by", Type: "oneof", Args: []Arg{
				{Name: "circle", Type: "block", Args: []Arg{
					{Name: "radius", Type: "double", Token: "BYRADIUS"},
					{Name: "unit", Type: "oneof", Args: []Arg{
						{Name: "m", Type: "pure-token", Token: "M"},
						{Name: "km", Type: "pure-token", Token: "KM"},
						{Name: "ft", Type: "pure-token", Token: "FT"},
						{Name: "mi", Type: "pure-token", Token: "MI"},
					}},
				}},
				{Name: "box", Type: "block", Args: []Arg{
					{Name: "width", Type: "double", Token: "BYBOX"},
					{Name: "height", Type: "double"},
					{Name: "unit", Type: "oneof", Args: []Arg{
						{Name: "m", Type: "pure-token", Token: "M"},
						{Name: "km", Type: "pure-token", Token: "KM"},
						{Name: "ft", Type: "pure-token", Token: "FT"},
						{Name: "mi", Type: "pure-token", Token: "MI"},
					}},
				}},
			}},
			{Name: "order", Type: "oneof", Optional: true, Args: []Arg{
				{Name: "asc", Type: "pure-token", Token: "ASC"},
				{Name: "desc", Type: "pure-token", Token: "DESC"},
			}},
			{Name: "count", Type: "block", Optional: true, Args: []Arg{
				{Name: "count", Type: "integer", Token: "COUNT"},
				{Name: "any", Type: "pure-token", Token: "ANY", Optional: true},
			}},
			{Name: "storedist", Type: "pure-token", Token: "STOREDIST", Optional: true},
		},
		Do: cmdGeosearchstore,
	},
}
