// Package wal is a node's disk: one write-ahead log shared by all of the node's
// Raft groups, and the store of their snapshots. It knows terms, indexes and
// checksums; it does not know what an entry's data means, nor who the peers are.
//
//	log, rec, err := wal.Open(wal.OS, dir, wal.Options{})
//	err = log.Append([]wal.Update{{Group: 1, Entries: rd.Entries, HardState: rd.HardState}})
//	err = log.Sync()               // one fdatasync for all groups
//	node.storage = log.Storage(1)  // a raft.Storage
//
// The package starts no goroutine. A Log and its Storages belong to one
// goroutine; only the functions returned by StartSync and StartAppend to be run,
// and a SnapWriter or SnapReader, may run on another one.
//
// # Files
//
// The log is a chain of segment files, wal-<sequence>.seg, each pre-zeroed (or
// recycled from an old one) so that a sync does not have to write metadata.
// A segment is a 4096-byte header, then records aligned to 8 bytes. Its first
// record is a checkpoint of every group's state except the entries themselves,
// its last one a seal that names the next segment, so only entries keep an old
// segment alive. Records of one Append are written with one write, unless a
// payload is so big that copying it would cost more than a second write.
//
// # Invariants
//
//	W1  A record is valid only at its own offset of its own segment's
//	    incarnation (the checksum covers a random salt and the offset) and only
//	    behind the record it was written behind (each record names the checksum
//	    of the one before). Stale bytes of a recycled segment, of a failed write
//	    or of a torn batch are therefore never read as records.
//	W2  Each record says up to where its segment was known to be durable when it
//	    was written. At recovery the first invalid record is a torn tail if
//	    nothing behind it claims that it was durable, and damage otherwise. Disks
//	    may write the sectors of an unsynced tail in any order: such a tail is cut.
//	W3  A segment is sealed and synced before the next one takes a record. An
//	    invalid record in any segment but the last is damage.
//	W4  A segment is given up only after the records that made it unnecessary
//	    are durable.
//	W5  What recovery keeps is fsynced before it is served: after a killed
//	    process the bytes may have been in the page cache only. What no record
//	    says is durable is written again first: after a failed sync the cache
//	    may hold bytes that the system takes for written and the disk lacks.
//	W6  After a failed sync the log takes nothing more. Which of the dirty pages
//	    reached the disk is unknown, and a second fsync would lie.
//	W7  A full disk leaves the log as it was. Space for votes and terms is set
//	    aside beforehand (Options.ReserveBytes).
//
// W2 has a limit that no log can pass: bytes damaged after the last sync and
// before any later record was written look like a torn write. Close and Mark
// write one more record, so that no byte is in that position after a clean
// stop, nor, once the log was at rest, after a killed process. It stays for the
// last append before a crash under load, or, as Mark does not sync, before a
// loss of power: of those bytes this node alone can't say whether they were
// durable, and the entries in them are found on the other nodes of the majority.
package wal
