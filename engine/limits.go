package engine

// EncodingLimits say when a small collection becomes a big one, by Redis'
// directives. All replicas must agree on them.
type EncodingLimits struct {
	ListMaxListpackSize    int // >0: elements, -1..-5: 4 to 64 KiB
	HashMaxListpackEntries int
	HashMaxListpackValue   int
	SetMaxIntsetEntries    int
	SetMaxListpackEntries  int
	SetMaxListpackValue    int
	ZsetMaxListpackEntries int
	ZsetMaxListpackValue   int
	StreamNodeMaxBytes     int
	StreamNodeMaxEntries   int
	HllSparseMaxBytes      int
}

// defaultEncodingLimits are Redis' defaults.
func defaultEncodingLimits() EncodingLimits {
	return EncodingLimits{
		ListMaxListpackSize:    -2,
		HashMaxListpackEntries: 512, HashMaxListpackValue: 64,
		SetMaxIntsetEntries: 512, SetMaxListpackEntries: 128, SetMaxListpackValue: 64,
		ZsetMaxListpackEntries: 128, ZsetMaxListpackValue: 64,
		StreamNodeMaxBytes: 4096, StreamNodeMaxEntries: 100,
		HllSparseMaxBytes: 3000,
	}
}
