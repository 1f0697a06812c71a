// Foxtail is a distributed key-value database in one binary: it speaks the
// Redis protocol, replicates every write with Raft, and answers linearizably
// from any node. README.md says how to use it, the doc.go of engine, resp and
// cluster how it is built, cluster/node how the three are joined. This file
// reads the command line.
package main

import (
	"fmt"
	"os"

	"github.com/laurocaetano/foxtail/cluster/node"
	"github.com/laurocaetano/foxtail/cluster/torture"
	"github.com/laurocaetano/foxtail/resp/config"
	"github.com/laurocaetano/foxtail/resp/demo"
)

// version is Foxtail's own; clients are told the Redis version it follows.
const version = "0.1.0"

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	refill := false
	if len(args) > 0 {
		switch args[0] {
		case "--help", "-h", "help":
			fmt.Print(config.Usage)
			return 0
		case "--version", "-v", "version":
			fmt.Println("foxtail", version)
			return 0
		case "demo":
			return demo.Command(args[1:])
		case "torture":
			return torture.Command(args[1:])
		case "check":
			return node.Check(args[1:])
		case "refill":
			refill, args = true, args[1:]
		case "serve":
			args = args[1:]
		}
	}
	cfg, err := config.Load(args, os.Environ())
	if err == nil && refill {
		err = node.Refill(cfg)
	}
	if err == nil {
		err = node.Serve(cfg, version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "foxtail:", err)
		return 1
	}
	return 0
}
