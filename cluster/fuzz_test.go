package cluster

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "go.etcd.io/raft/v3/raftpb"
)

func FuzzSplitFrame(f *testing.F) {
	good := beginFrame(nil, fRaft)
	good = append(good, "payload"...)
	endFrame(good, 0)
	f.Add(good)
	f.Add(good[:9])
	f.Fuzz(func(t *testing.T, b []byte) {
		ft, payload, n, err := splitFrame(b, frameBytesMax)
		if err != nil || n == 0 {
			return
		}
		again := append(beginFrame(nil, ft), payload...)
		endFrame(again, 0)
		if !bytes.Equal(again, b[:n]) {
			t.Fatalf("frame % x reads as % x", b[:n], again)
		}
	})
}

func FuzzEntryHeader(f *testing.F) {
	f.Add(encodeEntry(entryHeader{1, 2, 3, 4}, []byte("data"), nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, data, err := decodeEntry(b)
		if err == nil && !bytes.Equal(encodeEntry(h, data, nil), b) {
			t.Fatalf("% x is not what it decodes to", b)
		}
	})
}

func FuzzMeta(f *testing.F) {
	f.Add(encodeMetaOp(metaOp{Kind: "init", NodeID: "a", Groups: 3, MaxVoters: 5}), []byte{1, '{', '}'})
	f.Add(encodeMetaOp(metaOp{Kind: "admit", NodeID: "b"}), []byte{1})
	f.Fuzz(func(t *testing.T, op, snap []byte) {
		m := newMeta()
		_ = m.Apply([]Entry{{Data: encodeMetaOp(metaOp{Kind: "init", NodeID: "a", Groups: 1, MaxVoters: 3})}})
		_ = m.Apply([]Entry{{Data: op}, {Data: op}})
		if commit, err := m.Restore(bytes.NewReader(snap)); err == nil {
			commit()
			_ = m.Apply([]Entry{{Data: op}})
		}
	})
}

// FuzzLink feeds a node's peer port, first as a stranger, then as a peer that
// knows the secret. Nothing may panic; a stranger gets nothing done.
func FuzzLink(f *testing.F) {
	hello := append(beginFrame(nil, fHello), make([]byte, nonceBytes)...)
	endFrame(hello, 0)
	f.Add(hello, byte(fRaft), []byte{1, 0, 0, 0})
	for _, m := range []*pb.Message{
		{Type: pb.MsgApp.Enum(), From: new(uint64(2)), To: new(uint64(1)), Term: new(uint64(9)), Index: new(uint64(3)), LogTerm: new(uint64(2)), Commit: new(uint64(99))},
		{Type: pb.MsgHeartbeat.Enum(), From: new(uint64(2)), To: new(uint64(1)), Term: new(uint64(9)), Commit: new(uint64(99))},
		{Type: pb.MsgHeartbeatResp.Enum(), From: new(uint64(2)), To: new(uint64(1)), Term: new(uint64(1)), Context: make([]byte, 8)},
		{Type: pb.MsgReadIndex.Enum(), From: new(uint64(2)), To: new(uint64(1)), Entries: []*pb.Entry{{}}},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte{}, byte(fRaft), append([]byte{1, 0, 0, 0}, b...))
		f.Add([]byte{}, byte(fSnapBegin), append(make([]byte, 20), b...))
	}
	f.Add([]byte{}, byte(fPart), []byte{byte(fForward), 0, 0, 0, 0, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte, ft byte, payload []byte) {
		n, err := Open(Config{
			InMemory: true, Rand: rand.New(rand.NewPCG(1, 2)), NewStateMachine: func(uint32) StateMachine { return &register{} },
			Background: func(work, done func()) { work(); done() }, Announce: Addr{Host: "a", Port: 1, BusPort: 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		now := Instant{Mono: time.Second, UnixMs: 1}
		if _, err := n.Turn(now); err != nil {
			t.Fatal(err)
		}
		net := newTestNet(1)
		stranger := &testSocket{net: net, readable: raw}
		stranger.other = &testSocket{net: net, other: stranger}
		n.Accept(stranger).Readable()
		if len(n.inbound) != 0 {
			t.Fatal("a stranger became a peer")
		}
		l := &Link{n: n, sock: stranger, state: linkUp, peer: &peer{number: 2, addr: Addr{Host: "b", BusPort: 2}}}
		n.peers[2] = l.peer
		err = l.handle(frameType(ft), payload)
		if err != nil && !errors.Is(err, errFrame) {
			t.Fatalf("got %v, want a frame error", err)
		}
		now.Mono += time.Second
		_, _ = n.Turn(now) // a peer that knows the secret may stop the node with a lie, but not make it panic
	})
}

// A link whose bytes are turned over somewhere is closed, never believed.
func TestDamagedFrameClosesTheLink(t *testing.T) {
	c := newTestCluster(t, 20, 3, nil)
	l, f := c.leader(), c.node(2)
	if f == l {
		f = c.node(3)
	}
	for _, s := range c.net.socks {
		if s.host == f.addr.Bus() && s.peer == l.addr.Bus() && len(s.arriving) == 0 && s.link != nil && !s.link.isDialled {
			junk := append(beginFrame(nil, fRaft), 1, 2, 3)
			endFrame(junk, 0)
			junk[len(junk)-1] ^= 1
			s.arriving = append(s.arriving, testBytes{c.net.now, junk})
		}
	}
	o := l.propose("after")
	c.until("applied everywhere over new links", 2*time.Second, func() bool {
		return o.applied == 1 && len(f.sm.entries) == 1
	})
	checkLogs(t, c)
}

func TestStrangersAreCutOff(t *testing.T) {
	c := newTestCluster(t, 21, 1, nil)
	d := c.node(1)
	big := make([]byte, 8)
	binary.LittleEndian.PutUint32(big, 1<<20)
	for name, b := range map[string][]byte{"a big frame": big, "another protocol": []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")} {
		s := &testSocket{net: c.net, readable: b}
		s.other = &testSocket{net: c.net, other: s}
		d.n.Accept(s).Readable()
		if !s.closed {
			t.Errorf("%s: the link is open", name)
		}
		if len(s.other.arriving) > 0 {
			t.Errorf("%s: was answered", name)
		}
	}
	var socks []*testSocket
	for range strangersMax + 10 {
		s := &testSocket{net: c.net}
		s.other = &testSocket{net: c.net, other: s}
		d.n.Accept(s)
		socks = append(socks, s)
	}
	last := len(socks) - 1
	if !socks[0].closed || !socks[9].closed || socks[10].closed || socks[last].closed {
		t.Error("silent strangers are not limited, oldest first")
	}
	d.kicked = true
	c.run(time.Duration(handshakeTicks+5) * 50 * time.Millisecond)
	if !socks[last].closed {
		t.Error("a stranger that says nothing stays")
	}
}

// The same seed gives the same run, to the byte.
func TestRunsRepeat(t *testing.T) {
	run := func() string {
		c := newTestCluster(t, 33, 3, func(cfg *Config) { cfg.SnapshotBytes = 2000 })
		for i := range 300 {
			c.node(i%3 + 1).propose("some data of a write")
			c.run(2 * time.Millisecond)
			if i == 150 {
				c.kill(c.leader().i)
				c.run(time.Second)
				for _, d := range c.nodes {
					if d.n == nil {
						c.restart(d.i)
					}
				}
			}
		}
		c.until("settled", 5*time.Second, c.settled)
		return c.String() + c.net.now.String()
	}
	if a, b := run(), run(); a != b {
		t.Errorf("first:\n%s\nsecond:\n%s", a, b)
	}
}

// FuzzDecodeRaft: a message read in place is what protobuf reads, or neither takes it.
func FuzzDecodeRaft(f *testing.F) {
	for _, m := range []*pb.Message{
		{Type: pb.MsgHeartbeat.Enum(), Term: new(uint64(9)), Context: []byte("c")},
		{Type: pb.MsgApp.Enum(), Index: new(uint64(3)), Entries: []*pb.Entry{{Term: new(uint64(1)), Index: new(uint64(4)), Data: []byte("data")}, {Type: pb.EntryConfChangeV2.Enum()}}},
		{Type: pb.MsgSnap.Enum(), Snapshot: &pb.Snapshot{Metadata: &pb.SnapshotMetadata{Index: new(uint64(7)), ConfState: &pb.ConfState{Voters: []uint64{1, 2, 3}}}}},
	} {
		parts, err := raftParts(1, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Join(parts, nil)[4:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want, wantErr := decodeRaft(b, false)
		got, err := decodeRaft(b, true)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("in place: %v, else: %v", err, wantErr)
		}
		if err == nil && !proto.Equal(got, want) {
			t.Fatalf("in place: %v, else: %v", got, want)
		}
	})
}

// FuzzMembers: the list of members is damaged, or what it says.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`[{"Host":"a","Port":1,"BusPort":2}]`), true)
	f.Add([]byte(membersMagic), false)
	f.Fuzz(func(t *testing.T, b []byte, sealed bool) {
		if sealed {
			head := binary.LittleEndian.AppendUint32(append([]byte(membersMagic), membersVersion), crc32.Checksum(b, membersTable))
			b = append(head, b...)
		}
		members, err := parseMembers(b)
		if err != nil && sealed && json.Valid(b[len(membersMagic)+5:]) && strings.Contains(err.Error(), "damaged") {
			t.Fatalf("%q is refused: %v", b, err)
		}
		for _, m := range members {
			_, _ = m.Client(), m.Bus()
		}
	})
}
