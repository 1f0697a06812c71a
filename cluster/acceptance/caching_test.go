package acceptance

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// rueidis with its defaults keeps what it reads, in OPTIN mode, and trusts the
// server to tell it of every change, also of those made through other nodes.
func TestRueidisCaches(t *testing.T) {
	c := harness.Start(t, 3)
	ctx := t.Context()
	for _, n := range c.Nodes {
		client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{n.Addr()}})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		get := func(key string) (string, bool) {
			t.Helper()
			r := client.DoCache(ctx, client.B().Get().Key(key).Cache(), time.Minute)
			v, err := r.ToString()
			if err != nil && !rueidis.IsRedisNil(err) {
				t.Fatal(err)
			}
			return v, r.IsCacheHit()
		}
		for i, w := range c.Nodes {
			key := fmt.Sprint(n.Name, ":", i)
			do(t, w, "SET", key, "first")
			if v, hit := get(key); v != "first" || hit {
				t.Fatalf("%s: %q, hit %v", key, v, hit)
			}
			if v, hit := get(key); v != "first" || !hit {
				t.Errorf("%s again: %q, hit %v, want a hit", key, v, hit)
			}
			for _, change := range [][]string{{"SET", key, "second"}, {"PEXPIRE", key, "1"}, {"SET", key, "third"}, {"FLUSHALL"}} {
				do(t, w, change...)
				want := change[len(change)-1]
				if len(change) < 3 || change[0] == "PEXPIRE" {
					want = ""
				}
				until(t, ctx, fmt.Sprintf("%s at %s, read at %s", change, w.Name, n.Name), func() bool { v, _ := get(key); return v == want })
			}
		}
	}
}

// until asks again until it is so.
func until(t *testing.T, ctx context.Context, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}
