package acceptance

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// eachNode runs a client library's smoke at the leader and at a follower.
// Libraries of other languages are in bench/smoke.
func eachNode(t *testing.T, smoke func(t *testing.T, addr string)) {
	t.Helper()
	c := harness.Start(t, 3)
	t.Run("leader", func(t *testing.T) { smoke(t, c.Leader().Addr()) })
	t.Run("follower", func(t *testing.T) { smoke(t, c.Followers()[0].Addr()) })
}

func TestGoRedis(t *testing.T) {
	eachNode(t, func(t *testing.T, addr string) {
		rdb := redis.NewClient(&redis.Options{Addr: addr})
		defer rdb.Close()
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(rdb.FlushDB(ctx).Err())
		must(rdb.Set(ctx, "a", "1", time.Minute).Err())
		if v, err := rdb.Get(ctx, "a").Result(); v != "1" || err != nil {
			t.Errorf("GET: %q, %v", v, err)
		}
		if n, err := rdb.Del(ctx, "a", "b").Result(); n != 1 || err != nil {
			t.Errorf("DEL: %d, %v", n, err)
		}
		if _, err := rdb.Get(ctx, "a").Result(); !errors.Is(err, redis.Nil) {
			t.Errorf("GET of nothing: %v", err)
		}

		want := map[string]bool{}
		cmds, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range 500 {
				key := fmt.Sprint("key:", i)
				want[key] = true
				p.Set(ctx, key, i, 0)
			}
			return nil
		})
		if err != nil || len(cmds) != 500 {
			t.Fatalf("pipeline: %d, %v", len(cmds), err)
		}
		got := map[string]bool{}
		it := rdb.Scan(ctx, 0, "key:*", 50).Iterator()
		for it.Next(ctx) {
			got[it.Val()] = true
		}
		if err := it.Err(); err != nil || !maps.Equal(got, want) {
			t.Errorf("SCAN: %d keys, %v", len(got), err)
		}

		must(rdb.Watch(ctx, func(tx *redis.Tx) error {
			n, err := tx.Get(ctx, "n").Int()
			if err != nil && !errors.Is(err, redis.Nil) {
				return err
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.Set(ctx, "n", n+1, 0)
				p.Incr(ctx, "n")
				return nil
			})
			return err
		}, "n"))
		if n, err := rdb.Get(ctx, "n").Int(); n != 2 || err != nil {
			t.Errorf("after WATCH and MULTI: %d, %v", n, err)
		}
		err = rdb.Watch(ctx, func(tx *redis.Tx) error {
			if err := rdb.Set(ctx, "n", 9, 0).Err(); err != nil {
				return err
			}
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Incr(ctx, "n").Err() })
			return err
		}, "n")
		if !errors.Is(err, redis.TxFailedErr) {
			t.Errorf("a watched key that changed: %v", err)
		}
	})
}

func TestRueidis(t *testing.T) {
	eachNode(t, func(t *testing.T, addr string) {
		c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, DisableCache: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ctx := t.Context()
		if err := c.Do(ctx, c.B().Flushdb().Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if err := c.Do(ctx, c.B().Set().Key("a").Value("1").Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if v, err := c.Do(ctx, c.B().Get().Key("a").Build()).ToString(); v != "1" || err != nil {
			t.Errorf("GET: %q, %v", v, err)
		}
		if n, err := c.Do(ctx, c.B().Del().Key("a", "b").Build()).AsInt64(); n != 1 || err != nil {
			t.Errorf("DEL: %d, %v", n, err)
		}
		if err := c.Do(ctx, c.B().Get().Key("a").Build()).Error(); !rueidis.IsRedisNil(err) {
			t.Errorf("GET of nothing: %v", err)
		}
		var sets rueidis.Commands
		var want []string
		for i := range 500 {
			key := fmt.Sprintf("key:%03d", i)
			want = append(want, key)
			sets = append(sets, c.B().Set().Key(key).Value("x").Build())
		}
		for _, r := range c.DoMulti(ctx, sets...) {
			if err := r.Error(); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for cursor := uint64(0); ; {
			e, err := c.Do(ctx, c.B().Scan().Cursor(cursor).Match("key:*").Count(50).Build()).AsScanEntry()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Elements...)
			if cursor = e.Cursor; cursor == 0 {
				break
			}
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("SCAN: %d keys", len(got))
		}
		err = c.Dedicated(func(d rueidis.DedicatedClient) error {
			if err := d.Do(ctx, d.B().Watch().Key("n").Build()).Error(); err != nil {
				return err
			}
			r := d.DoMulti(ctx, d.B().Multi().Build(), d.B().Incr().Key("n").Build(), d.B().Incr().Key("n").Build(), d.B().Exec().Build())
			n, err := r[3].AsIntSlice()
			if err == nil && !slices.Equal(n, []int64{1, 2}) {
				err = fmt.Errorf("EXEC answers %v", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
