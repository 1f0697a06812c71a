package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// A snapshot travels as the file it is, in chunks among the other frames, at
// most a window ahead of what the receiver has written. The receiver checks
// the file, builds the state beside the running one, and only then lets its
// raft see the message.
const (
	snapChunkBytes  = 128 << 10
	snapWindowBytes = 1 << 20
	snapStallTicks  = 400 // without a word from the other side
	snapAckTicks    = 10
	snapRetryTicks  = 40 // after a snapshot could not be taken
)

const (
	snapProgress byte = iota
	snapAccepted
	snapFailed
)

// outgoing is a snapshot on its way to a peer.
type outgoing struct {
	to           uint64
	stream       uint64
	index        uint64
	file         wal.File
	size         int64
	off, acked   int64
	reading, end bool
	heard        uint64 // tick
}

// sendSnapshot begins a stream in the place of raft's MsgSnap.
func (g *group) sendSnapshot(p *peer, m *pb.Message) {
	if g.outgoing[m.GetTo()] != nil {
		return // raft is told when that one ends
	}
	meta := m.GetSnapshot().GetMetadata()
	info, ok := g.n.snaps.Find(g.id, meta.GetTerm(), meta.GetIndex())
	if !ok || p == nil || !p.up() {
		g.rn.ReportSnapshot(m.GetTo(), raft.SnapshotFailure)
		return
	}
	f, err := g.n.snaps.OpenRaw(info)
	if err != nil {
		g.n.cfg.Log.Error("cannot read a snapshot", "group", g.id, "err", err)
		g.rn.ReportSnapshot(m.GetTo(), raft.SnapshotFailure)
		return
	}
	o := &outgoing{to: m.GetTo(), stream: g.n.cfg.Rand.Uint64(), index: info.Index, file: f, size: info.FileBytes, heard: g.n.ticks}
	if g.outgoing == nil {
		g.outgoing = map[uint64]*outgoing{}
	}
	g.outgoing[o.to] = o
	err = p.link.putBulk(fSnapBegin, 20+proto.Size(m), func(b []byte) ([]byte, error) {
		b = binary.LittleEndian.AppendUint32(b, g.id)
		b = binary.LittleEndian.AppendUint64(b, o.stream)
		b = binary.LittleEndian.AppendUint64(b, uint64(o.size))
		return proto.MarshalOptions{}.MarshalAppend(b, m)
	})
	if err != nil {
		g.n.fail(fmt.Errorf("group %d: encode a snapshot's head: %w", g.id, err))
		return
	}
	g.n.cfg.Log.Info("sending a snapshot", "group", g.id, "to", o.to, "index", info.Index, "bytes", o.size)
	g.pumpSnapshot(o)
}

// pumpSnapshot reads the next chunk, if the window allows it.
func (g *group) pumpSnapshot(o *outgoing) {
	p := g.n.peers[o.to]
	if o.end || o.reading || o.off == o.size || o.off-o.acked >= snapWindowBytes {
		return
	}
	if p == nil || !p.up() {
		g.endSnapshot(o, raft.SnapshotFailure)
		return
	}
	o.reading = true
	b := make([]byte, min(snapChunkBytes, o.size-o.off))
	var err error
	g.n.cfg.Background(func() { _, err = o.file.ReadAt(b, o.off) }, func() {
		o.reading = false
		if o.end {
			_ = o.file.Close() // read only
			return
		}
		if err != nil || !p.up() {
			g.endSnapshot(o, raft.SnapshotFailure)
			return
		}
		_ = p.link.putBulk(fSnapChunk, 20+len(b), func(f []byte) ([]byte, error) {
			f = binary.LittleEndian.AppendUint32(f, g.id)
			f = binary.LittleEndian.AppendUint64(f, o.stream)
			f = binary.LittleEndian.AppendUint64(f, uint64(o.off))
			return append(f, b...), nil
		})
		o.off += int64(len(b))
		g.pumpSnapshot(o)
	})
}

func (g *group) endSnapshot(o *outgoing, s raft.SnapshotStatus) {
	if o.end {
		return
	}
	o.end = true
	delete(g.outgoing, o.to)
	if !o.reading {
		_ = o.file.Close() // read only
	}
	g.rn.ReportSnapshot(o.to, s)
}

func (g *group) abortOutgoing(to uint64) {
	if o := g.outgoing[to]; o != nil {
		g.endSnapshot(o, raft.SnapshotFailure)
	}
}

func (g *group) snapshotFrame(p *peer, t frameType, f fields) error {
	stream := f.u64()
	switch {
	case f.bad:
	case t == fSnapAck:
		got, state := int64(f.u64()), f.u8()
		if o := g.outgoing[p.number]; !f.bad && o != nil && o.stream == stream {
			g.snapshotAck(o, got, state)
		}
	case t == fSnapBegin:
		size := int64(f.u64())
		m := &pb.Message{}
		if err := proto.Unmarshal(f.b, m); err != nil || f.bad || size <= 0 || m.GetType() != pb.MsgSnap ||
			m.GetFrom() != p.number || m.GetTo() != g.n.Number || m.GetTerm() == 0 || raft.IsEmptySnap(m.GetSnapshot()) {
			return fmt.Errorf("%w: a snapshot's head", errFrame)
		}
		g.beginIncoming(p, stream, size, m)
	default:
		off := int64(f.u64())
		if in := g.incoming; !f.bad && in != nil && in.from == p.number && in.stream == stream {
			return g.incomingChunk(in, off, f.b)
		}
	}
	if f.bad {
		return fmt.Errorf("%w: type %d", errFrame, t)
	}
	return nil
}

func (g *group) snapshotAck(o *outgoing, got int64, state byte) {
	o.heard = g.n.ticks
	switch state {
	case snapAccepted:
		g.endSnapshot(o, raft.SnapshotFinish)
	case snapFailed:
		g.endSnapshot(o, raft.SnapshotFailure)
	default:
		o.acked = max(o.acked, min(got, o.off))
		g.pumpSnapshot(o)
	}
}

// incoming is a snapshot being received.
type incoming struct {
	from    uint64
	stream  uint64
	msg     *pb.Message
	rcv     *wal.SnapReceiver
	size    int64
	got     int64 // queued or written
	queue   []byte
	busy    bool // in Background
	last    bool // all is written: checking and restoring
	aborted bool
}

func (g *group) ackSnapshot(in *incoming, state byte) {
	if p := g.n.peers[in.from]; p != nil && p.up() {
		b := binary.LittleEndian.AppendUint32(nil, g.id)
		b = binary.LittleEndian.AppendUint64(b, in.stream)
		b = binary.LittleEndian.AppendUint64(b, uint64(in.got-int64(len(in.queue))))
		p.link.put(fSnapAck, append(b, state))
	}
}

func (g *group) beginIncoming(p *peer, stream uint64, size int64, m *pb.Message) {
	in := &incoming{from: p.number, stream: stream, size: size, msg: m}
	meta := m.GetSnapshot().GetMetadata()
	if meta.GetIndex() <= g.commit || m.GetTerm() < g.term {
		g.step(m) // raft answers with what it has
		g.ackSnapshot(in, snapAccepted)
		return
	}
	if old := g.incoming; old != nil {
		if old.last {
			g.ackSnapshot(in, snapFailed)
			return
		}
		g.dropIncoming(old)
	}
	var err error
	in.rcv, err = g.n.snaps.Receive(g.id, meta.GetTerm(), meta.GetIndex(), size)
	if err != nil {
		g.incomingFailed(in, err)
		return
	}
	g.n.cfg.Log.Info("receiving a snapshot", "group", g.id, "from", p.number, "index", meta.GetIndex(), "bytes", size)
	g.incoming = in
}

func (g *group) incomingChunk(in *incoming, off int64, b []byte) error {
	if off != in.got || len(in.queue)+len(b) > 2*snapWindowBytes || in.got+int64(len(b)) > in.size {
		return fmt.Errorf("%w: snapshot bytes at %d, want %d", errFrame, off, in.got)
	}
	in.got += int64(len(b))
	in.queue = append(in.queue, b...)
	g.writeIncoming(in)
	return nil
}

func (g *group) writeIncoming(in *incoming) {
	if in.busy || len(in.queue) == 0 {
		return
	}
	in.busy = true
	b := in.queue
	in.queue = nil
	var err error
	g.n.cfg.Background(func() { _, err = in.rcv.Write(b) }, func() {
		in.busy = false
		switch {
		case in.aborted:
			_ = in.rcv.Abort() // nothing names the file
		case err != nil:
			g.incomingFailed(in, err)
		case in.got == in.size && len(in.queue) == 0:
			g.restoreIncoming(in)
		default:
			g.ackSnapshot(in, snapProgress)
			g.writeIncoming(in)
		}
	})
}

func (g *group) restoreIncoming(in *incoming) {
	in.busy, in.last = true, true
	p := &prepared{}
	var err error
	g.n.cfg.Background(func() {
		if p.info, err = in.rcv.Install(); err == nil {
			p.commit, p.lastMs, err = g.n.readSnapshot(p.info, g.sm)
		}
	}, func() {
		in.busy = false
		if err != nil {
			g.incomingFailed(in, err)
			return
		}
		g.incoming = nil
		g.prepared = p
		g.step(in.msg)
		g.ackSnapshot(in, snapAccepted)
	})
}

func (g *group) incomingFailed(in *incoming, err error) {
	g.n.cfg.Log.Error("a snapshot could not be received", "group", g.id, "from", in.from, "err", err)
	g.ackSnapshot(in, snapFailed)
	if in.rcv != nil {
		_ = in.rcv.Abort() // the error that matters was logged
	}
	if g.incoming == in {
		g.incoming = nil
	}
	var fatal *wal.FatalError
	if errors.As(err, &fatal) {
		g.n.fail(err)
	}
}

func (g *group) dropIncoming(in *incoming) {
	in.aborted = true
	if !in.busy {
		_ = in.rcv.Abort() // nothing names the file
	}
	g.incoming = nil
}

// abortIncoming: the link that a snapshot came by is gone.
func (g *group) abortIncoming(from uint64) {
	if in := g.incoming; in != nil && in.from == from && !in.last {
		g.dropIncoming(in)
	}
}

// inFlightSnapshots: one is sent, received, or waits for raft.
func (g *group) inFlightSnapshots() bool {
	return len(g.outgoing) > 0 || g.incoming != nil || g.prepared != nil
}

// snapshotTick starts what is due, and gives up streams that have stalled.
func (g *group) snapshotTick() {
	switch {
	case !g.snapshotDue() || g.snapFailed != 0 && g.n.ticks-g.snapFailed < snapRetryTicks:
	case g.n.cfg.InMemory && !g.snapWanted:
		g.forgetLog()
	default:
		g.takeSnapshot()
	}
	if in := g.incoming; in != nil && g.n.every(snapAckTicks) {
		g.ackSnapshot(in, snapProgress)
	}
	if g.prepared != nil && g.applied >= g.prepared.info.Index {
		g.prepared = nil // raft did not want it
	}
	for _, to := range slices.Sorted(maps.Keys(g.outgoing)) {
		if o := g.outgoing[to]; g.n.ticks-o.heard > snapStallTicks {
			g.endSnapshot(o, raft.SnapshotFailure)
		}
	}
	if g.n.every(snapRetryTicks) {
		g.dropFiles()
	}
}
