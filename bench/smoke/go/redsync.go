package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-redsync/redsync/v4"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
)

// redsyncLocks: eight fight for one lock; one at a time has it. A lock that has
// run out can't be given back, and is another's.
func redsyncLocks(t task) error {
	c, err := t.connect(3)
	if err != nil {
		return err
	}
	defer c.Close()
	locks := redsync.New(goredis.NewPool(c))
	var inside, turns atomic.Int64
	const workers = 8
	errs := make([]error, workers)
	var wg sync.WaitGroup
	end := time.Now().Add(t.long)
	for i := range workers {
		wg.Go(func() {
			for turn := 0; turn < 10 || time.Now().Before(end); turn++ {
				m := locks.NewMutex("door", redsync.WithExpiry(20*time.Second), redsync.WithTries(1000), redsync.WithRetryDelay(5*time.Millisecond))
				if err := m.LockContext(t.ctx); err != nil {
					errs[i] = err
					return
				}
				if n := inside.Add(1); n != 1 {
					errs[i] = fmt.Errorf("%d have the lock", n)
				}
				turns.Add(1)
				inside.Add(-1)
				if ok, err := m.UnlockContext(t.ctx); (!ok || err != nil) && t.long == 0 {
					errs[i] = errors.Join(errs[i], fmt.Errorf("unlock: %v, %w", ok, err))
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("after %d turns: %w", turns.Load(), err)
	}
	short := locks.NewMutex("short", redsync.WithExpiry(50*time.Millisecond), redsync.WithTries(1))
	if err := short.LockContext(t.ctx); err != nil {
		return err
	}
	other := locks.NewMutex("short", redsync.WithTries(200), redsync.WithRetryDelay(5*time.Millisecond))
	if err := other.LockContext(t.ctx); err != nil {
		return err
	}
	if ok, err := short.UnlockContext(t.ctx); ok || err == nil {
		return fmt.Errorf("a lock that had run out was given back: %v, %v", ok, err)
	}
	ok, err := other.UnlockContext(t.ctx)
	return errors.Join(err, equal("unlocked", ok, true))
}
