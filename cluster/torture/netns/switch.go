package netns

import (
	"container/heap"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// Condition is the state of one direction between two ends.
type Condition struct {
	Cut    bool
	Delay  time.Duration
	Jitter time.Duration // each packet is late by up to so much more: they overtake each other
	Rate   int           // bytes per second; 0: no limit. What would wait longer than queueTime is lost

	Lose, Double, Corrupt float64 // chances of each packet. Corrupt flips a bit, which a checksum tells
}

const (
	queueTime = 200 * time.Millisecond // of a link with a rate
	lateMax   = 16 << 10               // packets under way; more are lost
	packetMax = 64 << 10
)

// Net is a switch between nodes 0, 1, ... and the clients' end, whose number
// comes after theirs.
type Net struct {
	system  // namespaces
	subnet  [3]byte
	devices []io.ReadWriteCloser // each read and write is a packet
	done    chan struct{}
	wake    chan struct{} // the first of the late packets is another
	running sync.WaitGroup

	mu     sync.Mutex
	rng    *rand.Rand
	links  map[way]Condition
	free   map[way]time.Time // when a link with a rate can take the next packet
	breaks map[way]int       // calls of Break
	broken map[flow]int      // the call of Break that was seen to
	late   lateHeap
	sent   uint64
}

type way struct{ from, to int }

// Possible tells why there can be no network here, nil if there can.
func Possible() error {
	n, err := New(1, 0)
	if err == nil {
		n.Close()
	}
	return err
}

// start forwards between devices until Close.
func start(subnet [3]byte, devices []io.ReadWriteCloser, seed uint64) *Net {
	n := &Net{
		subnet: subnet, devices: devices, done: make(chan struct{}), wake: make(chan struct{}, 1),
		rng: rand.New(rand.NewPCG(seed, 0)), links: map[way]Condition{}, free: map[way]time.Time{},
		breaks: map[way]int{}, broken: map[flow]int{},
	}
	for i := range devices {
		n.running.Go(func() { n.read(i) })
	}
	n.running.Go(n.deliver)
	return n
}

// Clients is the number of the clients' end.
func (n *Net) Clients() int { return len(n.devices) - 1 }

// Set changes one direction between two ends.
func (n *Net) Set(from, to int, c Condition) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[way{from, to}] = c
}

// SetAll changes both directions of all links of an end.
func (n *Net) SetAll(end int, c Condition) {
	for other := range n.devices {
		n.Set(end, other, c)
		n.Set(other, end, c)
	}
}

// Heal makes all links good. What is delayed still comes late.
func (n *Net) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.links)
	clear(n.free)
}

// Break makes a reset of the next packet of each TCP connection from one end to
// another. Its sender is not told.
func (n *Net) Break(from, to int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.breaks[way{from, to}]++
}

// Close ends the switch, and with it all links.
func (n *Net) Close() {
	close(n.done)
	for _, d := range n.devices {
		d.Close()
	}
	n.running.Wait()
	n.close()
}

// read forwards what one end sends.
func (n *Net) read(from int) {
	b := make([]byte, packetMax)
	for {
		k, err := n.devices[from].Read(b)
		if err != nil {
			return // it was closed
		}
		n.forward(from, b[:k])
	}
}

// forward decides what becomes of a packet, which may be changed.
func (n *Net) forward(from int, p []byte) {
	to, ok := n.target(p)
	if !ok || to == from {
		return // of another protocol, to everybody
	}
	due := n.fate(way{from, to}, p)
	for _, at := range due {
		if at.IsZero() {
			n.write(to, p)
		}
	}
}

// fate is when a packet is to be delivered: never, once or twice. What is not
// due now (the zero time) is kept for later.
func (n *Net) fate(w way, p []byte) (due []time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := n.links[w]
	if c.Cut || n.chance(c.Lose) {
		return nil
	}
	n.reset(w, p)
	if n.chance(c.Corrupt) {
		p[n.rng.IntN(len(p))] ^= 1 << n.rng.IntN(8)
	}
	now := time.Now()
	delay := c.Delay
	if c.Rate > 0 {
		if n.free[w].Before(now) {
			n.free[w] = now
		}
		wait := n.free[w].Sub(now)
		if wait > queueTime {
			return nil
		}
		took := time.Duration(len(p)) * time.Second / time.Duration(c.Rate)
		n.free[w] = n.free[w].Add(took)
		delay += wait + took
	}
	for range 1 + n.once(c.Double) {
		d := delay
		if c.Jitter > 0 {
			d += time.Duration(n.rng.Int64N(int64(c.Jitter)))
		}
		if d == 0 {
			due = append(due, time.Time{})
		} else {
			n.keep(w.to, now.Add(d), p)
		}
	}
	return due
}

func (n *Net) chance(p float64) bool { return p > 0 && n.rng.Float64() < p }

func (n *Net) once(p float64) int {
	if n.chance(p) {
		return 1
	}
	return 0
}

// write hands a packet to an end. An error is a lost packet, as are those that
// come when a device is closed.
func (n *Net) write(to int, p []byte) { _, _ = n.devices[to].Write(p) }

// latePacket is under way.
type latePacket struct {
	due  time.Time
	sent uint64
	to   int
	data []byte
}

type lateHeap []latePacket

func (h lateHeap) Len() int      { return len(h) }
func (h lateHeap) Swap(i, k int) { h[i], h[k] = h[k], h[i] }
func (h lateHeap) Less(i, k int) bool {
	return h[i].due.Before(h[k].due) || h[i].due.Equal(h[k].due) && h[i].sent < h[k].sent
}
func (h *lateHeap) Push(x any) { *h = append(*h, x.(latePacket)) }
func (h *lateHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// keep puts a copy of a packet aside until it is due. REQUIRES: n.mu held.
func (n *Net) keep(to int, due time.Time, p []byte) {
	if len(n.late) >= lateMax {
		return
	}
	n.sent++
	heap.Push(&n.late, latePacket{due, n.sent, to, append([]byte(nil), p...)})
	if n.late[0].sent == n.sent {
		select {
		case n.wake <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// deliver delivers late packets.
func (n *Net) deliver() {
	timer := time.NewTimer(0)
	for {
		select {
		case <-n.done:
			return
		case <-n.wake:
		case <-timer.C:
		}
		for {
			p, wait := n.next()
			if p == nil {
				timer.Reset(wait)
				break
			}
			n.write(p.to, p.data)
		}
	}
}

// next takes out a packet that is due, or tells how long to wait for one.
func (n *Net) next() (*latePacket, time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.late) == 0 {
		return nil, time.Hour // until woken
	}
	if wait := time.Until(n.late[0].due); wait > 0 {
		return nil, wait
	}
	p := heap.Pop(&n.late).(latePacket)
	return &p, 0
}
