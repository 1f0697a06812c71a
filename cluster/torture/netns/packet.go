package netns

import "encoding/binary"

// Of an IPv4 packet (RFC 791) and the TCP segment in it (RFC 9293).
const (
	ipMin    = 20
	ipProto  = 9
	ipSum    = 10
	ipSource = 12
	ipTarget = 16
	tcpMin   = 20
	protoTCP = 6

	flagSYN = 1 << 1
	flagRST = 1 << 2
	flagACK = 1 << 4
)

// flow is one direction of a TCP connection.
type flow struct {
	way
	source, target uint16 // ports
}

// target is the end that a packet is for.
func (n *Net) target(p []byte) (int, bool) {
	if len(p) < ipMin || p[0]>>4 != 4 || [3]byte(p[ipTarget:]) != n.subnet {
		return 0, false
	}
	to := int(p[ipTarget+3]) - 1
	return to, to >= 0 && to < len(n.devices)
}

// tcp is the TCP segment in a packet, nil if there is none.
func tcp(p []byte) []byte {
	head := int(p[0]&15) * 4
	if p[ipProto] != protoTCP || head < ipMin || len(p) < head+tcpMin {
		return nil
	}
	return p[head:]
}

// reset turns a packet into a reset of its connection if that is to be broken
// (Break). What else it carried is blank. REQUIRES: n.mu held.
func (n *Net) reset(w way, p []byte) {
	breaks := n.breaks[w]
	if breaks == 0 {
		return
	}
	t := tcp(p)
	if t == nil {
		return
	}
	f := flow{w, binary.BigEndian.Uint16(t), binary.BigEndian.Uint16(t[2:])}
	if n.broken[f] == breaks {
		return
	}
	n.broken[f] = breaks
	if t[13]&flagSYN != 0 {
		return // it began after the break
	}
	// The segment is as long as before: data in a reset is text for humans.
	t[13] = flagRST | t[13]&flagACK
	clear(t[tcpMin:])
	t[16], t[17] = 0, 0
	sum := uint32(protoTCP) + uint32(len(t)) + add(p[ipSource:ipTarget+4])
	binary.BigEndian.PutUint16(t[16:], fold(sum+add(t)))
}

// add sums words for a checksum (RFC 1071).
func add(b []byte) (sum uint32) {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) > 0 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
