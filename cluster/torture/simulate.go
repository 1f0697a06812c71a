package torture

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"github.com/laurocaetano/foxtail/cluster/sim"
)

// simulate runs n seeds of the simulation from a first one on. Whoever runs one
// alone sees the way to its failure.
func simulate(seed uint64, n int) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	failed := 0
	total := sim.Seeds(sim.Options{Seed: max(seed, 1)}, n, 0, func(_ sim.Options, r sim.Result) bool {
		if r.Err == nil {
			if n == 1 {
				fmt.Println(r)
			}
			return ctx.Err() == nil
		}
		failed++
		if n == 1 {
			fmt.Println(strings.Join(r.Tail, "\n"))
		}
		fmt.Printf("%v\nseed %d: %v\nagain        foxtail torture --sim 1 --seed %d\n\n", r, r.Seed, r.Err, r.Seed)
		return ctx.Err() == nil
	})
	fmt.Println(total)
	if failed > 0 {
		fmt.Printf("FAIL         %d seeds\n", failed)
		return 1
	}
	fmt.Println("PASS")
	return 0
}
