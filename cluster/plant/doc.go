// Package plant holds the switch for mistakes planted on purpose, with which
// the simulator and the torture command are put to the test.
//
//	go test -tags plant ./cluster/sim ./cluster/torture -run TestPlanted
//
// Without the build tag plant, Is is a constant false and the compiler leaves
// the mistakes out. With it, the environment variable PLANT_MISTAKE names the
// one mistake that is made. A binary that serves anybody is built without it.
package plant
