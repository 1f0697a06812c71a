// Package wire is the Redis protocol as bytes: requests in, replies out, and
// for clients and tests the other way round. It knows no sockets, no sessions
// and no commands, starts no goroutine and reads no clock.
//
// Requests. An Input takes the bytes of one connection and gives out complete
// commands. It stands in front of strangers: nothing is allocated or looped over
// because a header announces it, only because bytes arrived; an incomplete frame
// is continued where it was left; each limit answers with the words Redis uses.
//
//	shared := wire.NewScratch(wire.DefaultLimits)   // one per loop
//	in := wire.NewInput(shared)                     // one per connection
//	n, err := socket.Read(in.Space())
//	in.Filled(n)
//	for {
//		args, err := in.Next(authenticated)
//		if err != nil { ... }  // reply err.(*ProtocolError).Reply, close after it
//		if args == nil { break } // needs more bytes
//		execute(args)
//	}
//	in.Park() // before the next connection reads
//
// A session that must stop in mid-pipeline simply stops calling Next, parks, and
// calls Next again later. What a connection holds (BufferSize) is bounded by its
// owner, who compares Buffered with client-query-buffer-limit.
//
// The guard cuts the arguments itself instead of calling
// redcon.ReadNextCommand on the frames it has checked: it stands on every
// argument anyhow, and the second pass costs about as much as the first
// (BenchmarkNext and BenchmarkNextThenRedcon, side by side).
//
// Replies. A Writer is the engine.Reply that appends RESP2 or RESP3 to the
// output of a connection. A connection without output owns no buffer: Scratch
// lends one. Values are copied into it. To answer large values by reference
// instead, Writer would keep a list of (offset in buf, borrowed block) beside buf
// and Pending would give the pieces in order for writev; nothing outside of
// Pending and Sent would notice.
//
// Doubles are printed as Redis 7.2 prints them, in both protocols; 7.0 used
// seventeen digits. The shortest digits come from strconv, which is always
// shortest, while the Grisu2 of Redis misses the shortest form for about one
// double in a thousand; both read back as the same number.
//
// Clients. ReadReply decodes one reply of either protocol into a Value, bounded
// in depth and size; AppendCommand encodes a request.
package wire
