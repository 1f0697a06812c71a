// Package sim runs whole clusters of the real node code (cluster, its log, and
// the engine as its state) in one goroutine, in virtual time, and breaks them
// in every way it knows, while it keeps books that no node may contradict.
//
//	r := sim.Run(sim.Options{Seed: 42})
//	if r.Err != nil { ... }              // what is wrong; r.Tail is the way there
//
// A seed decides everything. The same seed gives the same run, bit for bit
// (Result.Hash; a test holds this). More of them:
//
//	go test ./cluster/sim -run TestSeeds -seeds 1000 -seed 5000
//
// The package is for tests: nothing that serves clients imports it.
package sim
