package engine

import (
	"fmt"
	"testing"
)

// collectionOps are writes that change small and big collections again and
// again without growing them.
var collectionOps = []struct {
	name, prepare string
	lines         []string
}{
	{"hash/small", "HSET h a 1 b 2 c 3 d 4 e 5", []string{"HSET h c 7", "HSET h c 8"}},
	{"hash/count", "HSET h n 1", []string{"HINCRBY h n 1"}},
	{"set/ints", "SADD s 1 2 3 4", []string{"SADD s 9", "SREM s 9"}},
	{"set/strings", "SADD s a b c d", []string{"SADD s x", "SREM s x"}},
	{"zset/small", "ZADD z 1 a 2 b 3 c", []string{"ZADD z 5 b", "ZADD z 2 b"}},
	{"list/small", "RPUSH l a b c", []string{"RPUSH l x", "LPOP l"}},
	{"list/queue", "RPUSH l a", []string{"LPUSH l x", "RPOP l"}},
}

func TestSmallCollectionsDoNotAllocate(t *testing.T) {
	for _, op := range collectionOps {
		t.Run(op.name, func(t *testing.T) {
			n := newNode(t)
			n.do(args(op.prepare))
			run := applier(t, n, op.lines)
			run()
			if a := testing.AllocsPerRun(500, run); a != 0 {
				t.Errorf("%q allocates %v times", op.lines, a)
			}
		})
	}
}

// applier gives a function that applies an entry of all lines.
func applier(t testing.TB, n *node, lines []string) func() {
	for _, line := range lines {
		n.batch.Command(0, args(line))
	}
	var sink Sink = oneReply{Discard}
	index := n.e.Applied()
	return func() {
		index++
		if err := n.e.Apply(Entry{Index: index, UnixMs: testStartMs, Seed: index, Data: n.batch.Bytes()}, sink); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkCollections applies entries of 64 commands as redis-benchmark sends
// them; an operation is one command.
func BenchmarkCollections(b *testing.B) {
	for _, c := range []struct{ name, format string }{
		{"LPUSH", "LPUSH mylist xxx"}, {"RPUSH", "RPUSH mylist xxx"}, {"LPOP", "LPOP mylist"}, {"RPOP", "RPOP mylist"},
		{"SADD", "SADD myset element:%012d"}, {"SPOP", "SPOP myset"}, {"HSET", "HSET myhash element:%012d xxx"},
		{"ZADD", "ZADD myzset %d element:%012[1]d"}, {"ZPOPMIN", "ZPOPMIN myzset"},
	} {
		b.Run(c.name, func(b *testing.B) {
			const members = 100_000
			n := newNode(b)
			for i := range members {
				for _, f := range []string{"RPUSH mylist xxx", "SADD myset element:%012d", "ZADD myzset %d element:%012[1]d"} {
					n.batch.Command(0, args(fmt.Sprintf(f+"%[2]v", i, "")))
				}
				if i%64 == 0 {
					n.apply()
				}
			}
			n.apply()
			n.log = nil
			var batch Batch
			batches := make([][]byte, 0, 256)
			for i := range 256 {
				batch.Reset()
				for j := range 64 {
					batch.Command(0, args(fmt.Sprintf(c.format+"%[2]v", (i*64+j)*7919%members, "")))
				}
				batches = append(batches, append([]byte{}, batch.Bytes()...))
			}
			var sink Sink = oneReply{Discard}
			index := n.e.Applied()
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += 64 {
				index++
				if err := n.e.Apply(Entry{Index: index, UnixMs: testStartMs, Seed: index, Data: batches[i/64%256]}, sink); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
