package node

import (
	"errors"
	"fmt"
	"os"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/cluster/wal"
	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/config"
)

// inspect verifies the directory of a stopped node.
func inspect(dir string, own cluster.Addr) (*cluster.Directory, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	if lock, err := wal.OS.Lock(dir); err == nil {
		defer lock.Close()
	} else if used := (*wal.LockedError)(nil); errors.As(err, &used) {
		return nil, err
	} // else it may be read only
	return cluster.Inspect(wal.OS, dir, own, func(uint32) cluster.StateMachine {
		return &machine{engine: engine.New(engine.DefaultOptions()), opening: true}
	})
}

// Check is foxtail check [DIR]: it verifies everything in a stopped node's
// directory, prints what it found, and returns the exit code: 0 if a node can
// start from it, 1 if it is damaged, 2 if that could not be found out.
func Check(args []string) int {
	dir := "./foxtail-data"
	if len(args) > 0 {
		dir = args[0]
	}
	d, err := inspect(dir, cluster.Addr{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "foxtail check:", err)
		return 2
	}
	fmt.Print(d)
	if d.Damaged() {
		fmt.Println("DAMAGED:", advice)
		return 1
	}
	fmt.Println("good")
	return 0
}

const advice = `no node will serve what is here. If other members of its cluster are alive, start the node once as "foxtail refill", with the same arguments: ` +
	`the files are set aside and it is filled by the others. A node without others needs a copy of its directory from before.`

// explain adds what to do to an error that keeps a node from starting.
func explain(err error) error {
	var diverged *cluster.DivergedError
	if wal.IsDamage(err) || errors.As(err, &diverged) {
		return fmt.Errorf("%w\n%s", err, advice)
	}
	return err
}

// Refill sets the files of a damaged directory aside, so that Serve joins the
// cluster again, as a new member in the place of the old one, and is filled by
// the others.
func Refill(cfg *config.Config) error {
	host, port, busPort := cfg.Announce()
	dir := cfg.Str("dir")
	d, err := inspect(dir, cluster.Addr{Host: host, Port: port, BusPort: busPort})
	if err != nil {
		return err
	}
	fmt.Print(d)
	var others []cluster.Addr
	if join := cfg.Str("join"); join != "" {
		a, err := cluster.ParseAddr(join)
		if err != nil {
			return err
		}
		others = append(others, a)
	}
	names, err := d.SetAside(append(others, d.Others...))
	for _, name := range names {
		fmt.Println("set aside:", name)
	}
	if err != nil {
		return fmt.Errorf("refill %s: %w", dir, err)
	}
	return nil
}
