package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Benchmark is a run of redis-benchmark, a closed loop in C on one thread.
type Benchmark struct {
	Addr     string
	Test     string // by its name there
	Clients  int
	Pipeline int
	Keys     int
	Size     int // of values, bytes
	Requests int
}

// Run runs it. There is no histogram, and Elapsed is what its throughput says.
func (b Benchmark) Run(ctx context.Context) (r Result, err error) {
	host, port, err := net.SplitHostPort(b.Addr)
	if err != nil {
		return r, err
	}
	what := arguments(b.Test, b.Size)
	if b.Test == "set" || b.Test == "get" { // its own, which make values however big themselves
		what = []string{"-t", b.Test, "-d", strconv.Itoa(b.Size)}
	}
	args := []string{"-h", host, "-p", port, "-c", strconv.Itoa(b.Clients), "-P", strconv.Itoa(b.Pipeline), "-r", strconv.Itoa(b.Keys), "-n", strconv.Itoa(b.Requests), "--csv", "-e"}
	cmd := exec.CommandContext(ctx, "redis-benchmark", append(args, what...)...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return r, fmt.Errorf("redis-benchmark: %w: %s%s", err, out.Bytes(), complaints.Bytes())
	}
	perSecond, err := parseBenchmark(out.Bytes())
	if err != nil {
		return r, err
	}
	r.Ops = int64(b.Requests)
	r.Elapsed = time.Duration(float64(r.Ops) / perSecond * float64(time.Second))
	return r, nil
}

// parseBenchmark reads the throughput of the last test.
func parseBenchmark(out []byte) (perSecond float64, err error) {
	last := ""
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		line := lines.Text()
		if strings.Contains(line, "Error from server") || strings.Contains(line, "ERR ") {
			return 0, errors.New(line)
		}
		if strings.HasPrefix(line, `"`) && !strings.HasPrefix(line, `"test"`) {
			last = line
		}
	}
	fields, err := csv.NewReader(strings.NewReader(last)).Read()
	if err != nil || len(fields) < 2 {
		return 0, fmt.Errorf("redis-benchmark printed no result: %.200q", out)
	}
	perSecond, err = strconv.ParseFloat(fields[1], 64)
	if err == nil && perSecond <= 0 {
		err = fmt.Errorf("redis-benchmark: %q requests a second", fields[1])
	}
	return perSecond, err
}
