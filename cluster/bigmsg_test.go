package cluster

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "go.etcd.io/raft/v3/raftpb"
)

// A message in pieces is what came in, whatever its entries hold.
func TestBigMessages(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := &pb.Message{
			Type: pb.MsgApp.Enum(), From: new(uint64(1)), To: new(uint64(2)), Term: new(uint64(7)),
			LogTerm: new(uint64(6)), Index: new(uint64(41)), Commit: new(uint64(40)),
		}
		for i := range 1 + r.IntN(5) {
			size := []int{0, 1, 100, 40 << 10, 300 << 10, 1 << 20}[r.IntN(6)]
			e := &pb.Entry{Term: new(uint64(7)), Index: new(uint64(42 + i)), Type: pb.EntryNormal.Enum()}
			if size > 0 {
				e.Data = make([]byte, size)
				for i := range e.Data {
					e.Data[i] = byte(r.Uint32())
				}
			}
			m.Entries = append(m.Entries, e)
		}
		want := proto.Clone(m)
		parts, err := raftParts(5, m)
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(m, want) {
			t.Fatalf("seed %d: the message was changed", seed)
		}
		big := newBigMessage(fRaft, parts...)
		size, sent := big.size(), 0
		var got []byte
		for last := false; !last; last = big.left == 0 {
			f := big.appendPiece(nil)
			sent += len(f)
			ft, payload, n, err := splitFrame(f, frameBytesMax)
			if err != nil || n != len(f) || ft != fPart || payload[0] != byte(fRaft) {
				t.Fatalf("seed %d: frame %d of %d bytes, %v", seed, ft, n, err)
			}
			got = append(got, payload[pieceHeaderSize:]...)
		}
		if sent != size {
			t.Fatalf("seed %d: %d bytes sent, %d announced", seed, sent, size)
		}
		back := &pb.Message{}
		if err := proto.Unmarshal(got[4:], back); err != nil || got[0] != 5 || !proto.Equal(back, want) {
			t.Fatalf("seed %d: %v: another message came out", seed, err)
		}
	}
}

// While a disk takes seconds for a big entry, its node leads, answers reads
// and gives nobody up.
func TestBigEntryOnSlowDisks(t *testing.T) {
	slow := map[*testNode]bool{}
	c := newTestCluster(t, 11, 3, nil)
	l := c.leader()
	term := l.n.Status().Groups[1].Term
	for _, d := range c.nodes {
		d.n.cfg.Background = func(work, done func()) {
			slow[d] = true
			began := c.net.now
			var later func()
			later = func() {
				if c.net.now-began < 8*time.Second {
					d.posts = append(d.posts, later)
					return
				}
				work()
				done()
			}
			d.posts = append(d.posts, later)
		}
	}
	big := l.propose(strings.Repeat("x", besideBytesMin+1))
	c.run(7500 * time.Millisecond)
	for _, d := range c.nodes {
		if !slow[d] {
			t.Fatalf("node %d did not hand its disk work on", d.i)
		}
	}
	if big.applied != 0 || big.err != nil {
		t.Fatalf("before it is on any disk: applied %d, %v", big.applied, big.err)
	}
	r := l.read()
	small := l.propose("small")
	c.until("a read while the disks are busy", 400*time.Millisecond, func() bool { return r.done })
	if r.err != nil || len(r.saw) != 0 {
		t.Fatalf("the read saw %d entries, %v", len(r.saw), r.err)
	}
	c.until("both are applied", 2*time.Second, func() bool { return big.applied > 0 && small.applied > 0 })
	if now := c.leader(); now != l || now.n.Status().Groups[1].Term != term {
		t.Fatalf("the leader changed\n%s", c)
	}
	if got := l.sm.entries; len(got) != 2 || len(got[0]) != besideBytesMin+1 || got[1] != "small" {
		t.Fatalf("%d entries", len(got))
	}
}
