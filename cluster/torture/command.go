package torture

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/netns"
)

// Command is foxtail torture: it returns the exit code, 0 for PASS.
func Command(args []string) int {
	opt := Options{Out: os.Stdout}
	flags := flag.NewFlagSet("foxtail torture", flag.ContinueOnError)
	flags.Uint64Var(&opt.Seed, "seed", 0, "decides the faults and the load; 0: by chance")
	flags.DurationVar(&opt.Time, "time", time.Minute, "of load and faults")
	flags.IntVar(&opt.Nodes, "nodes", 3, "3 or 5")
	flags.IntVar(&opt.Rate, "rate", 2000, "calls per second, of all clients together")
	flags.StringVar(&opt.Dir, "dir", "", "an empty or absent directory for data, logs and pages; by default a temporary one")
	names := flags.String("faults", "", "only these, separated by commas")
	flags.BoolVar(&opt.Netns, "netns", false, "Linux, root: each node in a network namespace of its own; faults of packets, see --list")
	list := flags.Bool("list", false, "list the faults and end")
	sims := flags.Int("sim", 0, "no processes: so many seeds of the simulation, from --seed (or 1) on; only --seed counts then")
	keep := flags.Bool("keep", false, "keep the directory also after PASS")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if *list {
		for _, f := range faults {
			what := f.what
			if f.netns {
				what += " (--netns)"
			}
			fmt.Printf("%-16s %s\n", f.name, what)
		}
		return 0
	}
	if opt.Nodes != 3 && opt.Nodes != 5 || opt.Rate < 1 || *sims < 0 || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "foxtail torture: 3 or 5 nodes, a rate above 0, and no further arguments")
		return 2
	}
	if *sims > 0 {
		return simulate(opt.Seed, *sims)
	}
	if *names != "" {
		opt.Faults = strings.Split(*names, ",")
	}
	if opt.Seed == 0 {
		opt.Seed = uint64(time.Now().UnixNano() % 1e9)
	}
	if opt.Netns {
		if err := netns.Possible(); err != nil {
			fmt.Fprintln(os.Stderr, "foxtail torture: --netns:", err)
			return 2
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := opt.prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "foxtail torture:", err)
		return 2
	}
	fmt.Printf("foxtail torture: seed %d, %d nodes, %v, in %s\n", opt.Seed, opt.Nodes, opt.Time, opt.Dir)
	repeat := "foxtail torture --seed " + fmt.Sprint(opt.Seed, " --time ", opt.Time, " --nodes ", opt.Nodes, " --rate ", opt.Rate)
	if opt.Netns {
		repeat += " --netns"
	}
	if *names != "" {
		repeat += " --faults " + *names
	}
	err := Run(ctx, opt)
	if err != nil {
		fmt.Printf("\n%v\n\nFAIL         data and logs are in %s\nagain        %s\n", err, opt.Dir, repeat)
		return 1
	}
	fmt.Printf("PASS\nagain        %s\n", repeat)
	if *keep {
		fmt.Println("data and logs are in", opt.Dir)
	} else if err := os.RemoveAll(opt.Dir); err != nil {
		fmt.Fprintln(os.Stderr, "foxtail torture:", err)
	}
	return 0
}

// prepare finds the program and makes sure of an empty directory.
func (o *Options) prepare() (err error) {
	if o.Exe, err = os.Executable(); err != nil {
		return err
	}
	if o.Dir == "" {
		o.Dir, err = os.MkdirTemp("", "foxtail-torture-")
		return err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	d, err := os.Open(o.Dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.Readdirnames(1); err != io.EOF {
		return fmt.Errorf("%s is not empty: %w", o.Dir, err)
	}
	return nil
}
