// Bench measures Foxtail beside redis-server and etcd, and writes a table, all
// samples and charts:
//
//	go run ./bench                     the figures that matter most, in about a minute
//	go run ./bench -full               every goal, in about twenty-five
//	go run ./bench -run memory -rounds 3
//	go run ./bench -list
//
// It builds Foxtail from this tree and starts all it measures: what is compared
// runs on the same cores in alternating rounds, and ratios are those of pairs.
// README.md holds the last full run.
//
//	main.go     the command line
//	bench.go    what every measurement uses; race.go: the pairs
//	memory.go, durable.go, peers.go, scaling.go, keys.go          throughput
//	latency.go, snapshot.go, hostile.go, failover.go              waiting
//	bytes.go, restart.go, idle.go, connections.go                 memory and time
//
// Packages: server starts things, load asks them, report writes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	opt := options{}
	list := flags.Bool("list", false, "say what can be measured, and stop")
	quick := flags.Bool("quick", false, "the figures that matter most, in about a minute (the default)")
	flags.BoolVar(&opt.full, "full", false, "all measurements at full size: about 25 minutes on two cores")
	only := flags.String("run", "", "measure those whose name matches this `regexp`, whether or not -quick has them")
	flags.StringVar(&opt.out, "out", "bench/out", "`directory` of the table, the samples and the charts")
	flags.StringVar(&opt.readme, "readme", "", "put the table and the charts into this `file` as well, between its markers")
	flags.IntVar(&opt.rounds, "rounds", 0, "pairs of each comparison (default 2, with -full 5)")
	flags.IntVar(&opt.keys, "keys", 0, "keys of the usual loads (default 100,000, with -full a million)")
	flags.DurationVar(&opt.reading, "reading", 0, "length of one reading (default 300ms, with -full 1s)")
	flags.DurationVar(&opt.limit, "limit", 5*time.Minute, "what takes longer is given up, and the run goes on")
	flags.StringVar(&opt.foxtail, "foxtail", "", "measure this `binary` instead of building one")
	flags.StringVar(&opt.generator, "generator", "", "redis-benchmark or go (default: the former if it is installed)")
	flags.BoolVar(&opt.alone, "alone", false, "without redis-server: no ratios")
	flags.IntVar(&opt.port, "port", 25000, "the first port to try")
	flags.StringVar(&opt.tmp, "tmp", "", "`directory` for the servers' data (default: the system's for temporary files)")
	flags.Func("peer", "a further server that runs already, as `name=host:port`; may be repeated", func(s string) error {
		name, addr, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("must be name=host:port")
		}
		opt.peers = append(opt.peers, contender{name: name, addr: addr})
		return nil
	})
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	match, err := regexp.Compile(*only)
	if err != nil || flags.NArg() > 0 || *quick && opt.full {
		fmt.Fprintln(os.Stderr, "bench: -quick or -full, a regular expression, and nothing else:", err)
		return 2
	}
	var chosen []measurement
	for _, m := range measurements {
		if *list {
			fmt.Printf("%-12s %s\n", m.name, m.about)
		}
		named := *only != "" || m.name != "peers" || len(opt.peers) > 0
		if match.MatchString(m.name) && named && (opt.full || m.quick || *only != "") {
			chosen = append(chosen, m)
		}
	}
	if *list {
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, opt, chosen); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// options are the command line.
type options struct {
	full, alone                          bool
	out, readme, foxtail, generator, tmp string
	rounds, port, keys                   int
	reading, limit                       time.Duration
	peers                                []contender
}

// measurement is one thing to measure.
type measurement struct {
	name, about string
	quick       bool // -quick has it
	run         func(ctx context.Context, b *bench) error
}

// measurements are all of them, in their order.
var measurements = []measurement{
	{"memory", "GET and SET without a disk, pipelines of 1, 16 and 64, beside redis-server without persistence", true, measureMemory},
	{"commands", "the other tests of redis-benchmark's default list, pipelines of 1 and 16", false, measureCommands},
	{"fsync", "SET with every write on disk, one node and three, beside redis-server with appendfsync always", true, measureFsync},
	{"three", "SET at three nodes in memory, beside redis-server without persistence", true, measureThree},
	{"reads", "linearizable GET at the leader and at a follower of three nodes", true, measureReads},
	{"etcd", "three nodes beside three of etcd, every write on disk", false, measureEtcd},
	{"peers", "three nodes beside the servers that -peer names", false, measurePeers},
	{"one", "one client that waits for each answer: median latency", true, measureOne},
	{"latency", "percentiles at half of redis-server's throughput, open loop", true, measureLatency},
	{"snapshot", "GET at half load while keys are overwritten and a snapshot of five million keys is taken", false, measureSnapshot},
	{"hostile", "GET of one client beside a huge pipeline, a huge value, KEYS and a slow reader", false, measureHostile},
	{"failover", "kill -9 of the leader under load", true, measureFailover},
	{"bytes", "memory of five million keys, in order, shuffled, with deadlines, after churn", true, measureBytes},
	{"collections", "memory of small hashes, sets, lists and sorted sets", true, measureCollections},
	{"restart", "kill -9 and start with five million keys, beside redis-server loading its RDB", false, measureRestart},
	{"idle", "a node without clients: CPU, memory, time to the first PONG", true, measureIdle},
	{"connections", "50 busy connections beside 10,000 idle ones", false, measureConnections},
	{"keys", "throughput at 10 thousand, 1 million and 10 million keys, and the garbage collector's work", false, measureKeys},
	{"clients", "scaling with the number of clients", false, measureClients},
	{"pipeline", "scaling with the depth of the pipeline", false, measurePipeline},
	{"values", "scaling with the size of values", false, measureValues},
}
