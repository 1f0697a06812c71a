package netns

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"time"
)

// wire is a device whose other end is a test.
type wire struct {
	in, out chan []byte
	done    chan struct{}
}

func (w wire) Read(b []byte) (int, error) {
	select {
	case p := <-w.in:
		return copy(b, p), nil
	case <-w.done:
		return 0, io.EOF
	}
}

func (w wire) Write(b []byte) (int, error) {
	w.out <- bytes.Clone(b)
	return len(b), nil
}

func (w wire) Close() error { close(w.done); return nil }

var subnet = [3]byte{198, 18, 7}

func wires(t *testing.T, ends int) (*Net, []wire) {
	var ws []wire
	var devices []io.ReadWriteCloser
	for range ends {
		w := wire{make(chan []byte), make(chan []byte, 1000), make(chan struct{})}
		ws, devices = append(ws, w), append(devices, w)
	}
	n := start(subnet, devices, 1)
	t.Cleanup(n.Close)
	return n, ws
}

// packet is a TCP segment from one end to another.
func packet(from, to int, flags byte, data string) []byte {
	b := make([]byte, ipMin+tcpMin, ipMin+tcpMin+len(data))
	b[0], b[ipProto] = 4<<4|ipMin/4, protoTCP
	copy(b[ipSource:], subnet[:])
	copy(b[ipTarget:], subnet[:])
	b[ipSource+3], b[ipTarget+3] = byte(from+1), byte(to+1)
	binary.BigEndian.PutUint16(b[2:], uint16(cap(b)))
	t := b[ipMin:]
	binary.BigEndian.PutUint16(t, 1000)
	binary.BigEndian.PutUint16(t[2:], 2000)
	t[12], t[13] = tcpMin/4<<4, flags
	return append(b, data...)
}

func text(p []byte) string { return string(p[ipMin+tcpMin:]) }

func receive(t *testing.T, w wire) []byte {
	t.Helper()
	select {
	case p := <-w.out:
		return p
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		return nil
	}
}

// A marker sent after other packets comes after what came of them.
func TestCutIsOneWay(t *testing.T) {
	n, w := wires(t, 3)
	n.Set(0, 1, Condition{Cut: true})
	w[0].in <- packet(0, 1, flagACK, "lost")
	w[0].in <- packet(0, 2, flagACK, "elsewhere")
	w[1].in <- packet(1, 0, flagACK, "back")
	if got := text(receive(t, w[2])); got != "elsewhere" {
		t.Errorf("got %q", got)
	}
	if got := text(receive(t, w[0])); got != "back" {
		t.Errorf("got %q", got)
	}
	n.Heal()
	w[0].in <- packet(0, 1, flagACK, "after")
	if got := text(receive(t, w[1])); got != "after" {
		t.Errorf("got %q", got)
	}
}

// Of many packets about as many meet their fate as its chance says.
func TestChances(t *testing.T) {
	const sent = 400
	for _, c := range []struct {
		name     string
		cond     Condition
		min, max int // that come
		spoilt   bool
	}{
		{"good", Condition{}, sent, sent, false},
		{"lose", Condition{Lose: 0.5}, sent / 3, sent * 2 / 3, false},
		{"double", Condition{Double: 0.5}, sent * 4 / 3, sent * 5 / 3, false},
		{"corrupt", Condition{Corrupt: 1}, sent, sent, true},
	} {
		n, w := wires(t, 3)
		n.Set(0, 1, c.cond)
		p := packet(0, 1, flagACK, "text")
		for range sent {
			w[0].in <- p
		}
		w[0].in <- packet(0, 2, flagACK, "")
		receive(t, w[2])
		if got := len(w[1].out); got < c.min || got > c.max {
			t.Errorf("%s: %d packets came of %d", c.name, got, sent)
		}
		for len(w[1].out) > 0 {
			if got := <-w[1].out; bytes.Equal(got, p) == c.spoilt {
				t.Errorf("%s: got %x", c.name, got)
			}
		}
	}
}

// A delay keeps the order of packets, jitter does not.
func TestDelay(t *testing.T) {
	const sent = 100
	send := func(c Condition) (order []byte) {
		n, w := wires(t, 2)
		n.Set(0, 1, c)
		began := time.Now()
		for i := range sent {
			w[0].in <- packet(0, 1, flagACK, string([]byte{byte(i)}))
		}
		for range sent {
			order = append(order, text(receive(t, w[1]))...)
		}
		if took := time.Since(began); took < c.Delay {
			t.Errorf("%v: it took %v", c, took)
		}
		return order
	}
	var sorted []byte
	for i := range sent {
		sorted = append(sorted, byte(i))
	}
	if got := send(Condition{Delay: 20 * time.Millisecond}); !bytes.Equal(got, sorted) {
		t.Errorf("out of order: %v", got)
	}
	if got := send(Condition{Jitter: 100 * time.Millisecond}); bytes.Equal(got, sorted) {
		t.Error("all in order")
	}
}

// What waits too long for a slow link is lost; the rest comes at its rate.
func TestRate(t *testing.T) {
	n, w := wires(t, 3)
	n.Set(0, 1, Condition{Rate: 10_000})
	began := time.Now()
	for range 100 {
		w[0].in <- packet(0, 1, flagACK, string(make([]byte, 960))) // 1000 bytes: 100 ms each
	}
	for range 3 {
		receive(t, w[1])
	}
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("three packets took %v", took)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.late) > 10 {
		t.Errorf("%d packets wait", len(n.late))
	}
}

// Each connection is reset once, by a packet with a good checksum; a new one is not.
func TestBreak(t *testing.T) {
	n, w := wires(t, 2)
	send := func(flags byte) []byte {
		w[0].in <- packet(0, 1, flags, "data")
		return receive(t, w[1])
	}
	n.Break(1, 0)
	if got := send(flagACK); text(got) != "data" {
		t.Errorf("the other direction: %x", got)
	}
	n.Break(0, 1)
	got := send(flagACK)
	sum := protoTCP + uint32(len(got)-ipMin) + add(got[ipSource:])
	if got[ipMin+13] != flagRST|flagACK || fold(sum) != 0 {
		t.Errorf("no good reset: %x", got)
	}
	if got := send(flagACK); text(got) != "data" {
		t.Errorf("reset twice: %x", got)
	}
	n.Break(0, 1)
	if got := send(flagSYN); got[ipMin+13] != flagSYN {
		t.Errorf("a connection that begins is reset: %x", got)
	}
	if got := send(flagACK); text(got) != "data" {
		t.Errorf("a new connection is reset: %x", got)
	}
}

func TestOddPacketsGoNowhere(t *testing.T) {
	n, w := wires(t, 2)
	n.Break(0, 1)
	for _, p := range [][]byte{{}, {0x45}, make([]byte, 40), packet(0, 0, 0, ""), packet(0, 200, 0, ""), packet(0, 255, 0, "")} {
		w[0].in <- p
	}
	short := packet(0, 1, flagACK, "")[:ipMin+4]
	w[0].in <- short
	if got := receive(t, w[1]); !bytes.Equal(got, short) {
		t.Errorf("got %x", got)
	}
}
