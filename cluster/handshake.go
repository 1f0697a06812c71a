package cluster

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// The dialling node proves first that it knows the cluster's secret, over
// numbers both sides drew afresh; the accepting node says nothing about itself
// before.
//
//	dialler   fHello      nonce 16
//	acceptor  fChallenge  nonce 16
//	dialler   fAuth       from 8 | to 8 | incarnation 8 | mac 32 | announced address (JSON)
//	acceptor  fWelcome    verdict 1 | mac 32
//
// A mac covers its role, the cluster, both nonces and all other fields.
const (
	nonceBytes = 16
	macBytes   = sha256.Size
)

type verdict byte

const (
	welcome     verdict = iota
	wrongNode           // another member has this address now
	removedNode         // the dialler was removed from the cluster
	unknownNode         // not a member, as far as the acceptor knows
)

type linkState byte

const (
	linkHello     linkState = iota // acceptor: waits for fHello
	linkAuth                       // acceptor: waits for fAuth
	linkChallenge                  // dialler: waits for fChallenge
	linkWelcome                    // dialler: waits for fWelcome
	linkUp
	linkClosed
)

func (n *Node) mac(role string, nonces, fields []byte) []byte {
	h := hmac.New(sha256.New, []byte(n.Secret))
	for _, part := range [][]byte{[]byte(role), []byte(n.ClusterID), nonces, fields} {
		h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

func (n *Node) nonce() []byte {
	b := make([]byte, 0, nonceBytes)
	b = binary.LittleEndian.AppendUint64(b, n.cfg.Rand.Uint64())
	return binary.LittleEndian.AppendUint64(b, n.cfg.Rand.Uint64())
}

// shake takes one frame of the handshake.
func (l *Link) shake(t frameType, payload []byte) error {
	switch {
	case l.state == linkHello && t == fHello && len(payload) == nonceBytes:
		nonce := l.n.nonce()
		l.nonces = append(append([]byte(nil), payload...), nonce...)
		l.state = linkAuth
		l.put(fChallenge, nonce)
		return nil
	case l.state == linkChallenge && t == fChallenge && len(payload) == nonceBytes:
		return l.authenticate(payload)
	case l.state == linkAuth && t == fAuth:
		return l.verify(payload)
	case l.state == linkWelcome && t == fWelcome && len(payload) == 1+macBytes:
		return l.welcomed(verdict(payload[0]), payload[1:])
	}
	return fmt.Errorf("%w: type %d in the handshake", errFrame, t)
}

func (l *Link) authenticate(nonce []byte) error {
	l.nonces = append(l.nonces, nonce...)
	addr, err := json.Marshal(l.n.cfg.Announce)
	if err != nil {
		return err
	}
	var ids []byte
	for _, v := range []uint64{l.n.Number, l.peer.number, l.n.incarnation} {
		ids = binary.LittleEndian.AppendUint64(ids, v)
	}
	mac := l.n.mac("dialler", l.nonces, append(append([]byte(nil), ids...), addr...))
	l.state = linkWelcome
	l.put(fAuth, ids, mac, addr)
	return nil
}

func (l *Link) verify(payload []byte) error {
	f := fields{b: payload}
	ids := f.take(3 * 8)
	mac := f.take(macBytes)
	if f.bad || !hmac.Equal(mac, l.n.mac("dialler", l.nonces, append(append([]byte(nil), ids...), f.b...))) {
		return fmt.Errorf("%w: not a member of this cluster", errFrame)
	}
	var addr Addr
	if err := json.Unmarshal(f.b, &addr); err != nil {
		return fmt.Errorf("%w: address: %v", errFrame, err)
	}
	id := fields{b: ids}
	from, to := id.u64(), id.u64()
	v := l.n.judge(from, to)
	l.put(fWelcome, []byte{byte(v)}, l.n.mac("acceptor", l.nonces, []byte{byte(v)}))
	if v != welcome {
		l.closeWhenSent = true
		return nil
	}
	l.state = linkUp
	l.n.accepted(l, from, id.u64(), addr)
	return nil
}

// judge decides whether a node that knows the secret is to be listened to.
func (n *Node) judge(from, to uint64) verdict {
	switch {
	case to != n.Number:
		return wrongNode
	case n.meta.isRemoved(from) && !n.named(from):
		return removedNode
	}
	return welcome
}

func (l *Link) welcomed(v verdict, mac []byte) error {
	if !hmac.Equal(mac, l.n.mac("acceptor", l.nonces, []byte{byte(v)})) {
		return fmt.Errorf("%w: the other side is not a member of this cluster", errFrame)
	}
	switch v {
	case welcome:
		l.state = linkUp
		l.n.dialled(l)
		return nil
	case removedNode:
		l.n.toldRemoved()
		return fmt.Errorf("node %d says that this node was removed from the cluster", l.peer.number)
	}
	return fmt.Errorf("node %d is not at %s", l.peer.number, l.sock.RemoteAddr())
}
