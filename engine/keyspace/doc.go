// Package keyspace holds one logical database in memory: its keys, values, deadlines and versions.
//
// It knows nothing of commands, clocks, replication or disk. Time and the log index of a change are given by the caller, and the
// only secret it keeps is the seed of its hash. It starts no goroutine.
//
//	s := keyspace.New(seed)
//	s.Set([]byte("a"), []byte("1"), keyspace.SetOptions{Version: 7})
//	if r, ok := s.Get([]byte("a")); ok {
//		use(r.Value()) // valid until the next change of s
//	}
//
// # Parts
//
//	           hash (keyed)                       key order
//	key ----> INDEX: directory -> segments       ORDER: B-tree of leaves of at most 256 keys
//	          slot = hash32 | handle32           leaf = heads []uint32, handles []uint32
//	                    \                          /
//	           ARENA: handle = page<<8 | slot; a record = header, key, value; pages hold no pointers
//	           DEADLINES: B-tree of (ms, hash, handle), only keys with a deadline
//	           SIDE TABLE: big values, big keys, objects; the record holds an id
//
// # Threads
//
// One goroutine, the owner, calls every method of Space. A Snapshot may be read by any other goroutine beside later changes;
// it is taken and released by the owner. Bytes of a Space's Record are valid until the owner's next change of the Space
// (Maintain included), bytes of a Snapshot's Record until its Release.
//
// # Invariants
//
//   - K1 Every live record is in the index once and in the order once, and in the deadlines iff it has one.
//   - K2 A record that a live snapshot may see is never written or freed: a change makes a new record, and the old one goes to
//     the newest snapshot's limbo.
//   - K3 Releasing the oldest snapshot frees its limbo; releasing another hands its limbo to the next older one.
//   - K4 A scan cursor is a position in hash order: inserts, deletes, growth and restores never move a key across it, and keys
//     of equal hash are never split over two calls.
//   - K5 Handles, pages and segment sizes are this process' own. Nothing that must be equal on all replicas may depend on
//     them: decide by DataBytes, Record.Size, Version and deadlines, never by Memory.
//   - K6 The hash is keyed by four random words, the same on all replicas: same seed, same SCAN order.
//   - K7 Compaction never moves a record into a page that it is emptying, and visits only the pages that existed when it began.
//   - K8 Deadlines are popped in the order (ms, hash, key), which is the same on all replicas.
//
// # Cost
//
// A key of 16 bytes with a value of 64 takes 110 bytes: record 90, index 10, order 10. Get, and Set of a value that fits its
// slot, cost a search of the index and allocate nothing. A new key, a deletion and a value that changes its size class also cost
// a search of the order. TestBytesPerKey and the benchmarks measure it. In a large space nearly all of that is waiting for memory;
// LookAhead lets several keys wait together.
package keyspace
