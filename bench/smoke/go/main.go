// Command smoke runs Go's client libraries, and what is built on them, against
// one server. It is a module of its own, so that Foxtail needs none of them.
//
//	smoke go-redis|rueidis|asynq|redsync PORT [SECONDS]
//
// FLUSHDB is the first thing each does. With SECONDS those that can go on
// working for so long, while the caller kills nodes; what they add then is what
// must not be lost.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// task is one program.
type task struct {
	ctx  context.Context
	addr string
	long time.Duration // how long to go on; 0: not at all
}

var tasks = map[string]func(task) error{
	"go-redis": goRedis, "rueidis": rueidisCache, "asynq": asynqJobs, "redsync": redsyncLocks,
}

func main() {
	if len(os.Args) < 3 || tasks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: smoke go-redis|rueidis|asynq|redsync PORT [SECONDS]")
		os.Exit(2)
	}
	seconds := 0
	if len(os.Args) > 3 {
		seconds, _ = strconv.Atoi(os.Args[3])
	}
	long := time.Duration(seconds) * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), long+50*time.Second)
	defer cancel()
	if err := tasks[os.Args[1]](task{ctx, "127.0.0.1:" + os.Args[2], long}); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
	fmt.Println(os.Args[1] + ": ok")
}

// connect opens a client on an emptied database.
func (t task) connect(protocol int) (*redis.Client, error) {
	c := redis.NewClient(&redis.Options{Addr: t.addr, Protocol: protocol})
	return c, c.FlushDB(t.ctx).Err()
}

// documented says whether an error is one that README names for the time in
// which a node is lost.
func documented(err error) bool {
	for _, text := range []string{"UNCERTAIN", "MASTERDOWN", "LOADING", "EOF", "connection refused", "connection reset", "broken pipe", "i/o timeout"} {
		if err != nil && strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// all runs checks in their order up to the first that fails.
func all(checks ...func() error) error {
	for i, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("check %d: %w", i+1, err)
		}
	}
	return nil
}

func equal[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s: got %v, want %v", what, got, want)
	}
	return nil
}

var errTimeout = errors.New("waited too long")

// until polls for a state.
func until(ctx context.Context, is func() (bool, error)) error {
	for {
		ok, err := is()
		if ok || err != nil && !documented(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errTimeout
		case <-time.After(10 * time.Millisecond):
		}
	}
}
