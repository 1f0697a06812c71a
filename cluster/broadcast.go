package cluster

import (
	"encoding/binary"
	"fmt"
)

// A broadcast is bytes for all nodes that can be reached at this moment, beside
// the log. A node gets it at most once, and those of one process in their
// order: what a link loses is lost, and what an old link brings after a newer
// one is dropped. Nobody waits for a broadcast: it is the first thing to be
// left out when a link is behind.
//
//	fBroadcast = group 4 (0) | incarnation 8 | seq 8 | data
//
// The group is there so that nodes that do not know the type yet pass over it.

// broadcastUnsentMax is how far behind a link may be to still take one. What
// Raft has to send comes after it.
const broadcastUnsentMax = 16 << 20

// Broadcast sends data to all other nodes. data is only lent.
func (n *Node) Broadcast(data []byte) {
	n.castSeq++
	for _, number := range n.order {
		p := n.peers[number]
		if !p.up() || p.link.unsent > broadcastUnsentMax {
			n.castDropped++
			continue
		}
		err := p.link.putBulk(fBroadcast, 20+len(data), func(b []byte) ([]byte, error) {
			b = binary.LittleEndian.AppendUint32(b, 0)
			b = binary.LittleEndian.AppendUint64(b, n.incarnation)
			b = binary.LittleEndian.AppendUint64(b, n.castSeq)
			return append(b, data...), nil
		})
		if err != nil { // appending can't fail
			n.fail(fmt.Errorf("broadcast: %w", err))
		}
	}
}

// receivedBroadcast hands on what another node broadcast.
func (n *Node) receivedBroadcast(p *peer, f fields) error {
	inc, seq := f.u64(), f.u64()
	if f.bad || seq == 0 {
		return fmt.Errorf("%w: broadcast", errFrame)
	}
	switch {
	case inc != p.incarnation: // over a link of the process before
		return nil
	case inc == p.castFrom && seq <= p.castSeq:
		return nil
	}
	p.castFrom, p.castSeq = inc, seq
	n.cfg.Received(f.b)
	return nil
}
