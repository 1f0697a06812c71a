package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// goRedis: transactions, scripts, publish and subscribe, and a group that reads
// a stream, over both protocols; then a counter, incremented for long.
func goRedis(t task) error {
	for _, protocol := range []int{2, 3} {
		c, err := t.connect(protocol)
		if err != nil {
			return err
		}
		err = all(
			func() error { return transactions(t, c) },
			func() error { return pubsub(t, c) },
			func() error { return streamGroup(t, c) },
			func() error { return replies(t, c) },
		)
		if err == nil && t.long > 0 {
			err = count(t)
		}
		if err = errors.Join(err, c.Close()); err != nil {
			return fmt.Errorf("RESP%d: %w", protocol, err)
		}
	}
	return nil
}

// transactions: ten at once increment with WATCH; none of their steps is lost.
func transactions(t task, c *redis.Client) error {
	const workers, steps = 10, 10
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for range steps {
				for {
					err := c.Watch(t.ctx, func(tx *redis.Tx) error {
						n, err := tx.Get(t.ctx, "watched").Int()
						if err != nil && !errors.Is(err, redis.Nil) {
							return err
						}
						_, err = tx.TxPipelined(t.ctx, func(p redis.Pipeliner) error {
							return p.Set(t.ctx, "watched", n+1, 0).Err()
						})
						return err
					}, "watched")
					if errors.Is(err, redis.TxFailedErr) {
						continue
					}
					errs[i] = errors.Join(errs[i], err)
					break
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	n, err := c.Get(t.ctx, "watched").Int()
	return errors.Join(err, equal("watched", n, workers*steps))
}

func pubsub(t task, c *redis.Client) error {
	sub := c.PSubscribe(t.ctx, "news.*")
	defer sub.Close()
	if _, err := sub.Receive(t.ctx); err != nil {
		return err
	}
	for i := range 100 {
		if err := c.Publish(t.ctx, "news.fox", i).Err(); err != nil {
			return err
		}
	}
	for i := range 100 {
		m, err := sub.ReceiveMessage(t.ctx)
		if err != nil {
			return err
		}
		if err := equal("message", m.Payload, fmt.Sprint(i)); err != nil {
			return err
		}
	}
	return nil
}

// streamGroup: two consumers share what is added; what one of them leaves
// undone the other one claims.
func streamGroup(t task, c *redis.Client) error {
	const entries = 50
	if err := c.XGroupCreateMkStream(t.ctx, "jobs", "team", "0").Err(); err != nil {
		return err
	}
	for i := range entries {
		if err := c.XAdd(t.ctx, &redis.XAddArgs{Stream: "jobs", Values: []any{"n", i}}).Err(); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for len(seen) < entries {
		for _, who := range []string{"ann", "bob"} {
			got, err := c.XReadGroup(t.ctx, &redis.XReadGroupArgs{Group: "team", Consumer: who, Streams: []string{"jobs", ">"}, Count: 7, Block: -1}).Result()
			if errors.Is(err, redis.Nil) {
				continue
			}
			if err != nil {
				return err
			}
			for _, m := range got[0].Messages {
				seen[m.ID] = true
				if who == "ann" {
					if err := c.XAck(t.ctx, "jobs", "team", m.ID).Err(); err != nil {
						return err
					}
				}
			}
		}
	}
	pending, err := c.XPending(t.ctx, "jobs", "team").Result()
	if err != nil {
		return err
	}
	claimed, _, err := c.XAutoClaim(t.ctx, &redis.XAutoClaimArgs{Stream: "jobs", Group: "team", Consumer: "ann", Start: "0", Count: 100}).Result()
	return errors.Join(err, equal("claimed", int64(len(claimed)), pending.Count), equal("of", len(pending.Consumers), 1))
}

// replies of the shapes that differ between the protocols.
func replies(t task, c *redis.Client) error {
	p := c.Pipeline()
	p.HSet(t.ctx, "h", "a", 1, "b", 2)
	p.ZAdd(t.ctx, "z", redis.Z{Score: 1.5, Member: "x"}, redis.Z{Score: 2, Member: "y"})
	h, z, missing := p.HGetAll(t.ctx, "h"), p.ZRangeWithScores(t.ctx, "z", 0, -1), p.Get(t.ctx, "nothing")
	members, info := p.SMembersMap(t.ctx, "nothing"), p.Info(t.ctx, "server")
	if _, err := p.Exec(t.ctx); err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	sum, err := redis.NewScript(`return redis.call("INCRBY", KEYS[1], ARGV[1])`).Run(t.ctx, c, []string{"sum"}, 5).Int()
	return errors.Join(err, equal("sum", sum, 5), equal("h", fmt.Sprint(h.Val()), "map[a:1 b:2]"), equal("z", fmt.Sprint(z.Val()), "[{1.5 x} {2 y}]"),
		equal("missing", missing.Err(), error(redis.Nil)), equal("members", len(members.Val()), 0), equal("info", len(info.Val()) > 0, true))
}

// count increments for long: the counter ends between what was acknowledged and
// what was sent.
func count(t task) error {
	c := redis.NewClient(&redis.Options{Addr: t.addr, MaxRetries: -1}) // a retried INCR would count twice
	defer c.Close()
	sent, acked := int64(0), int64(0)
	for end := time.Now().Add(t.long); time.Now().Before(end); {
		sent++
		switch err := c.Incr(t.ctx, "count").Err(); {
		case err == nil:
			acked++
		case !documented(err):
			return fmt.Errorf("after %d: %w", sent, err)
		}
	}
	var n int64
	err := until(t.ctx, func() (bool, error) {
		var err error
		n, err = c.Get(t.ctx, "count").Int64()
		return err == nil, err
	})
	if err == nil && (n < acked || n > sent) {
		err = fmt.Errorf("the counter is %d; %d were sent, %d acknowledged", n, sent, acked)
	}
	return err
}
