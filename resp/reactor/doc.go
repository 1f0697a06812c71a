// Package reactor knows descriptors, wake-ups and one timer, and nothing else. It
// tells one goroutine, the loop, which sockets are ready; the loop does all the
// work between two calls of Wait.
//
//	r, err := reactor.New()
//	l, err := r.Listen("tcp", "127.0.0.1:6379")
//	for {
//		events, err := r.Wait(wakeAt)
//		for i := range events {
//			ev := &events[i]
//			switch {
//			case ev.Conn == nil: // closed meanwhile
//			case ev.Listener != nil: // a new connection
//			default: // ev.Readable, ev.Writable, ev.Closed
//			}
//		}
//	}
//
// # Rules
//
// R1. All methods of Reactor, Listener and Conn belong to the loop's goroutine,
// but for Reactor.Post, which any goroutine may call, also after Close.
//
// R2. Interest is level-triggered: a connection whose bytes were not all read is
// reported again by the next Wait. Read and Write never block. Interest in
// reading is on at first, in writing off.
//
// R3. A closed connection is never reported again: Close also takes back an event
// that Wait has returned and the loop has not reached (it becomes the zero
// Event). Descriptor numbers that the kernel reuses cannot be mistaken.
//
// R4. Functions given to Post run inside Wait, in their order, on the loop.
//
// R5. Closed is reported once, and only where nothing can be read (reading is
// off, or an error): the peer is gone. Where reading is on, Readable comes and
// Read returns what is left, then the error or io.EOF.
//
// R6. No connection can starve another: each is reported once per Wait, the
// kernel hands out ready ones in turns, and a listener hands out a bounded
// number of connections per Wait.
//
// R7. Without events, posts and a timer, no processor time is used.
//
// # Ways to wait
//
// On Linux sockets are watched by epoll and read and written by non-blocking
// system calls that do not tell Go's scheduler, because they never block; the
// wait itself does. (Parking the epoll descriptor in Go's own poller instead
// cost a tenth more processor time with one client and up to three times the
// latency with fifty; sleeping without telling the scheduler at first brought
// nothing. BenchmarkEcho* shows what is left beside plain net.) Everywhere else, and for TLS, a
// connection is served by goroutines at the edge: one reads a bounded chunk and
// waits until the loop has consumed it, so that back-pressure reaches the peer;
// one writes a bounded buffer. NewPortable makes a reactor that has only these.
//
// # Goroutines
//
// One per Dial until it ends (name lookup and connect). At the edge: one per
// listener, one reader per connection, and one writer per connection that was
// written to; they end when it is closed. Nothing else.
package reactor
