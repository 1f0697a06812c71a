package engine

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// debugRows are the subcommands of DEBUG that look at the data. They are in no
// table: the session's DEBUG runs them as reads.
var debugRows = []*Command{
	{Name: "object", Arity: -3, Flags: ReadOnly, Do: cmdDebugObject},
	{Name: "digest", Arity: 2, Flags: ReadOnly, Do: cmdDebugDigest},
	{Name: "digest-value", Arity: -2, Flags: ReadOnly, Do: cmdDebugDigestValue},
}

// DebugCommand is the read that answers a subcommand of DEBUG; nil if none does.
func DebugCommand(sub []byte) *Command {
	for _, row := range debugRows {
		if EqualFold(sub, row.Name) {
			return row
		}
	}
	return nil
}

func cmdDebugObject(c *Call) {
	rec, found := c.find(c.Args[2])
	if !found {
		c.Err("ERR no such key")
		return
	}
	idle := max(c.shownMs-c.e.ages.timeOf(rec.Version(), c.e.clockMs), 0) / 1000
	c.Status(fmt.Sprintf("Value at:%#x refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		rec.Version(), encodingOf(rec), len(appendState(nil, rec)), (c.e.clockMs/1000-idle)&(1<<24-1), idle))
}

// appendState appends what a key holds, in the form of a snapshot.
func appendState(dst []byte, rec record) []byte {
	dst = append(dst, byte(typeOf(rec)))
	dst = binary.AppendUvarint(dst, uint64(deadlineOf(rec)))
	if obj := rec.Object(); obj != nil {
		kind, _ := kindOf(typeOf(rec))
		return kind.encode(dst, obj)
	}
	return append(dst, rec.Value()...)
}

// cmdDebugDigest answers a digest of all databases. Replicas that have applied
// the same entries answer alike; so does a node before and after a restart.
func cmdDebugDigest(c *Call) {
	var sum [sha1.Size]byte
	var buf []byte
	for i := range c.e.dbs {
		space := c.e.dbs[i].space
		if space == nil {
			continue
		}
		snap := space.Snapshot()
		snap.Each(func(rec record) bool {
			buf = binary.AppendUvarint(buf[:0], uint64(i))
			buf = binary.AppendUvarint(buf, uint64(len(rec.Key())))
			buf = append(buf, rec.Key()...)
			xor(&sum, sha1.Sum(appendState(buf, rec)))
			return true
		})
		snap.Release()
	}
	c.Status(hex.EncodeToString(sum[:]))
}

func xor(sum *[sha1.Size]byte, other [sha1.Size]byte) {
	for i := range sum {
		sum[i] ^= other[i]
	}
}

func cmdDebugDigestValue(c *Call) {
	c.Array(len(c.Args) - 2)
	for _, key := range c.Args[2:] {
		var sum [sha1.Size]byte
		if rec, found := c.find(key); found {
			sum = sha1.Sum(appendState(nil, rec))
		}
		c.Status(hex.EncodeToString(sum[:]))
	}
}
