package cluster

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	pb "go.etcd.io/raft/v3/raftpb"
)

const (
	readBytesMax    = 1 << 20  // of one Readable
	writeBytesMax   = 1 << 20  // of one flush, while big messages are sent
	partRoom        = 64       // kept free in front of a big message
	unsentBytesMax  = 64 << 20 // beyond it, raft's messages are dropped
	chunkBytes      = 64 << 10 // small frames are gathered up to this size
	strangersMax    = 1024     // accepted links that have not proved themselves
	handshakeTicks  = 60
	pingTicks       = 10
	silenceTicksMax = 100
)

// Link is one connection between two nodes. A node sends on the links it
// dialled and receives on those it accepted (but for the handshake and the
// answers to pings), so that each direction has one ordered stream.
type Link struct {
	n             *Node
	sock          Socket
	state         linkState
	peer          *peer // dialled, or authenticated
	isDialled     bool
	number        uint64 // of those accepted
	born, heard   uint64 // ticks
	nonces        []byte
	closeWhenSent bool

	in     []byte // read, not yet handled
	part   []byte // pieces of a big message
	partOf frameType

	out     []byte            // being written
	outAt   int               // written so far
	urgent  []byte            // frames that may overtake the bulk
	bulk    []chunk           // in order
	bigs    int               // chunks of bulk that are big messages
	spare   []byte            // of a chunk that was sent
	appends map[uint32]uint64 // by group: before which index the last append put began
	unsent  int               // bytes in all three
	blocked bool              // the socket was full: its Writable comes
	held    held
}

// chunk is some frames, or a message of which frames are yet to be made.
type chunk struct {
	frames []byte
	big    *bigMessage
}

// Accept takes a connection on the peers' port.
func (n *Node) Accept(s Socket) *Link {
	l := &Link{n: n, sock: s, state: linkHello, born: n.ticks, heard: n.ticks}
	if n.Number == 0 {
		l.close(nil)
		return l
	}
	if len(n.strangers) >= strangersMax {
		n.closeOldestStranger()
	}
	n.accepts++
	l.number = n.accepts
	n.strangers[l] = struct{}{}
	_ = s.SetKeepAlive(10)
	return l
}

// closeOldestStranger makes room for one that may be a member: whoever just
// holds connections open must not keep the members from theirs.
func (n *Node) closeOldestStranger() {
	var oldest *Link
	for l := range n.strangers {
		if oldest == nil || l.number < oldest.number {
			oldest = l
		}
	}
	oldest.close(nil)
}

// inOrder are links in the order in which they were accepted: what closing them
// does must not come in a map's.
func inOrder(links map[*Link]struct{}) []*Link {
	return slices.SortedFunc(maps.Keys(links), func(a, b *Link) int { return cmp.Compare(a.number, b.number) })
}

// Readable reads what has arrived and handles the whole frames in it.
func (l *Link) Readable() {
	for total := 0; l.state != linkClosed && total < readBytesMax; {
		if cap(l.in)-len(l.in) < 4<<10 {
			l.in = append(make([]byte, 0, max(16<<10, 2*cap(l.in))), l.in...)
		}
		k, err := l.sock.Read(l.in[len(l.in):cap(l.in)])
		l.in = l.in[:len(l.in)+k]
		total += k
		if k > 0 {
			if err := l.handleFrames(); err != nil {
				l.close(err)
				return
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			l.close(nil)
			return
		case err != nil:
			l.close(err)
			return
		case k == 0:
			return
		}
	}
}

// Writable writes on.
func (l *Link) Writable() {
	l.blocked = false
	l.flush()
}

// Closed tells that the connection is gone.
func (l *Link) Closed() { l.close(nil) }

func (l *Link) handleFrames() error {
	at := 0
	for l.state != linkClosed && !l.closeWhenSent {
		limit := frameBytesMax
		if l.state != linkUp {
			limit = helloBytesMax
		}
		t, payload, k, err := splitFrame(l.in[at:], limit)
		if err != nil {
			return err
		}
		if k == 0 {
			break
		}
		at += k
		l.heard = l.n.ticks
		if l.state != linkUp {
			err = l.shake(t, payload)
		} else {
			err = l.handle(t, payload)
		}
		if err != nil {
			return err
		}
	}
	if l.state == linkClosed {
		return nil
	}
	if at > 0 {
		l.in = append(l.in[:0], l.in[at:]...)
		if len(l.in) == 0 && cap(l.in) > frameBytesMax {
			l.in = nil // a big message has passed
		}
	}
	l.flush()
	return nil
}

// handle takes one frame of a proven peer.
func (l *Link) handle(t frameType, payload []byte) error {
	var whole []byte
	if t == fPart {
		f := fields{b: payload}
		of, left := frameType(f.u8()), int(f.u32())
		total := max(len(l.part), partRoom) + len(f.b) + left
		if f.bad || l.part != nil && (of != l.partOf || total != cap(l.part)) || total > messageBytesMax {
			return fmt.Errorf("%w: a piece out of place", errFrame)
		}
		if l.part == nil {
			l.partOf, l.part = of, make([]byte, partRoom, total)
		}
		l.part = append(l.part, f.b...)
		if left > 0 {
			return nil
		}
		t, payload, whole, l.part = of, l.part[partRoom:], l.part, nil
	}
	switch {
	case t == fPing && !l.isDialled:
		l.put(fPong)
		return nil
	case t == fPong && l.isDialled:
		return nil
	case l.isDialled:
		return fmt.Errorf("%w: type %d on a dialled link", errFrame, t)
	}
	return l.n.received(l.peer, t, payload, whole)
}

// put queues a small frame in front of the bulk.
func (l *Link) put(t frameType, parts ...[]byte) {
	at := len(l.urgent)
	l.urgent = beginFrame(l.urgent, t)
	for _, p := range parts {
		l.urgent = append(l.urgent, p...)
	}
	endFrame(l.urgent, at)
	l.unsent += len(l.urgent) - at
}

// putBulk queues a message in order, in pieces if it is big. size is what
// write will append, or a little more.
func (l *Link) putBulk(t frameType, size int, write func(b []byte) ([]byte, error)) error {
	if size > partBytes {
		b, err := write(make([]byte, 0, size))
		if err == nil {
			l.putBig(newBigMessage(t, b))
		}
		return err
	}
	k := len(l.bulk) - 1
	if k < 0 || l.bulk[k].big != nil || len(l.bulk[k].frames)+size > chunkBytes {
		l.bulk = append(l.bulk, chunk{frames: slices.Grow(l.spare, max(size+frameHeaderSize, 4<<10))})
		l.spare = nil
		k++
	}
	at := len(l.bulk[k].frames)
	b, err := write(beginFrame(l.bulk[k].frames, t))
	if err != nil {
		return err
	}
	endFrame(b, at)
	l.bulk[k].frames = b
	l.unsent += len(b) - at
	return nil
}

// putBig queues a message that goes in pieces, in order.
func (l *Link) putBig(m *bigMessage) {
	l.bulk = append(l.bulk, chunk{big: m})
	l.unsent += m.size()
	l.bigs++
}

// repeats: the entries of an append begin where those of the one before it do.
func (l *Link) repeats(group uint32, m *pb.Message) bool {
	at, ok := l.appends[group]
	return ok && at == m.GetIndex() && len(m.GetEntries()) > 0
}

func (l *Link) putRaft(group uint32, m *pb.Message) error {
	if m.GetType() == pb.MsgApp && len(m.GetEntries()) > 0 {
		if l.appends == nil {
			l.appends = map[uint32]uint64{}
		}
		l.appends[group] = m.GetIndex()
	}
	size := 4 + proto.Size(m)
	write := func(b []byte) ([]byte, error) {
		return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(binary.LittleEndian.AppendUint32(b, group), m)
	}
	if size > partBytes && len(m.GetEntries()) > 0 {
		parts, err := raftParts(group, m)
		if err == nil {
			l.putBig(newBigMessage(fRaft, parts...))
		}
		return err
	}
	if len(m.GetEntries()) > 0 || m.GetType() == pb.MsgApp || size > partBytes {
		return l.putBulk(fRaft, size, write)
	}
	at := len(l.urgent)
	b, err := write(beginFrame(l.urgent, fRaft))
	if err != nil {
		return err
	}
	endFrame(b, at)
	l.urgent = b
	l.unsent += len(b) - at
	return nil
}

// flush writes as much as the socket takes: urgent frames first, then the bulk
// one chunk at a time.
func (l *Link) flush() {
	l.held.at, l.held.bytes = 0, 0
	for turn := 0; l.state != linkClosed && !l.blocked; {
		if l.outAt == len(l.out) && !l.next() {
			if l.closeWhenSent {
				l.close(nil)
			}
			return
		}
		k, err := l.sock.Write(l.out[l.outAt:])
		l.outAt += k
		l.unsent -= k
		turn += k
		if err != nil {
			l.close(err)
			return
		}
		if l.outAt < len(l.out) || turn > writeBytesMax && l.bigs > 0 { // others have their turn
			l.blocked = true
			l.sock.WantWrite(true)
			return
		}
	}
}

// next makes the next bytes to write the current ones.
func (l *Link) next() bool {
	l.outAt = 0
	if len(l.urgent) > 0 {
		l.out, l.urgent = l.urgent, l.out[:0]
		for len(l.bulk) > 0 && l.bulk[0].big == nil && len(l.out)+len(l.bulk[0].frames) <= chunkBytes { // one write is enough
			l.out = append(l.out, l.bulk[0].frames...)
			l.spare, l.bulk[0] = l.bulk[0].frames[:0], chunk{}
			l.bulk = l.bulk[1:]
		}
		return true
	}
	if len(l.bulk) > 0 {
		c := &l.bulk[0]
		if c.big == nil {
			l.spare, l.out = l.out[:0], c.frames
		} else if l.out = c.big.appendPiece(l.out[:0]); c.big.left > 0 {
			return true
		} else {
			l.bigs--
		}
		l.bulk[0] = chunk{}
		l.bulk = l.bulk[1:]
		return true
	}
	if l.out, l.bulk = l.out[:0], nil; cap(l.out) > 2*chunkBytes {
		l.out = nil
	}
	l.sock.WantWrite(false)
	return false
}

func (l *Link) close(err error) {
	if l.state == linkClosed {
		return
	}
	was := l.state
	l.state = linkClosed
	_ = l.sock.Close()
	l.in, l.part, l.out, l.urgent, l.bulk, l.spare = nil, nil, nil, nil, nil, nil
	if err != nil {
		l.n.cfg.Log.Debug("link closed", "remote", l.sock.RemoteAddr(), "err", err)
	}
	l.n.linkClosed(l, was == linkUp)
}
