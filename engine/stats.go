package engine

import (
	"math/bits"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// counters are this node's own; no reply of a replicated command shows them.
type counters struct {
	hits, misses, expired uint64
	inScripts             map[string]*ScriptCalls // by the command's full name
}

// ScriptCalls is how often scripts have called a command.
type ScriptCalls struct{ Calls, Rejected, Failed uint64 }

// ScriptCalls tells of the scripts that clients of this process ran.
func (e *Engine) ScriptCalls(name string) ScriptCalls {
	if n := e.stats.inScripts[name]; n != nil {
		return *n
	}
	return ScriptCalls{}
}

// countInScript notes a call of a script whose answer somebody waits for.
func (c *Call) countInScript(name string, rejected, failed bool) {
	if _, nobody := c.Reply.(discard); nobody || name == "" {
		return
	}
	s := &c.e.stats
	n := s.inScripts[name]
	if n == nil {
		if s.inScripts == nil {
			s.inScripts = map[string]*ScriptCalls{}
		}
		n = &ScriptCalls{}
		s.inScripts[name] = n
	}
	switch {
	case rejected:
		n.Rejected++
		return
	case failed:
		n.Failed++
	}
	n.Calls++
}

// count notes a lookup by a read, as INFO's keyspace_hits and _misses do.
func (s *counters) count(found bool) {
	if found {
		s.hits++
	} else {
		s.misses++
	}
}

// DBStats describe one database.
type DBStats struct {
	DB, Keys, Expires int
	AvgTTLMs          int64
}

// Stats are what INFO tells of the engine.
type Stats struct {
	DBs          []DBStats // those that hold keys
	Hits, Misses uint64
	ExpiredKeys  uint64
	DataBytes    int // of all keys and values, from their lengths: equal on all replicas
	MemoryBytes  int // what the keyspaces occupy in this process
}

// Stats gathers the figures; cheap enough for every INFO.
func (e *Engine) Stats() Stats {
	s := Stats{Hits: e.stats.hits, Misses: e.stats.misses, ExpiredKeys: e.stats.expired}
	for db := range e.dbs {
		space := e.dbs[db].space
		if space == nil {
			continue
		}
		s.DataBytes += space.DataBytes()
		s.MemoryBytes += space.MemoryUsage()
		if space.Len() > 0 {
			s.DBs = append(s.DBs, DBStats{
				DB: db, Keys: space.Len(), Expires: space.Expires(), AvgTTLMs: avgTTL(space, e.clockMs),
			})
		}
	}
	return s
}

func avgTTL(space *keyspace.Space, nowMs int64) int64 {
	n := uint64(space.Expires())
	if n == 0 {
		return 0
	}
	hi, lo := space.DeadlineSumMs()
	if hi >= n {
		return 0
	}
	mean, _ := bits.Div64(hi, lo, n)
	return max(int64(mean)-nowMs, 0)
}

// ScriptStats are what INFO tells of scripts and functions.
type ScriptStats struct{ Cached, Functions, Libraries, Bytes int }

// ScriptStats gathers the figures.
func (e *Engine) ScriptStats() ScriptStats {
	s := &e.scripts
	st := ScriptStats{Cached: len(s.bySHA), Functions: len(s.functions), Libraries: len(s.libraries)}
	for _, el := range s.bySHA {
		st.Bytes += len(el.Value.(*storedScript).body)
	}
	for _, l := range s.libraries {
		st.Bytes += len(l.code)
	}
	return st
}

// ResetStats zeroes the counters (CONFIG RESETSTAT).
func (e *Engine) ResetStats() { e.stats = counters{} }

// MemoryUsed is what maxmemory is compared with. A session checks it before
// it proposes a DenyOOM command: what is in the log is applied by every
// replica, whatever memory each of them has.
func (e *Engine) MemoryUsed() int {
	n := e.waits.bytes
	for db := range e.dbs {
		if space := e.dbs[db].space; space != nil {
			n += space.DataBytes()
		}
	}
	return n
}

// Maintain does about budget records' worth of upkeep, which changes no
// visible state, and reports whether there is more to do.
func (e *Engine) Maintain(budget int) (more bool) {
	for db := range e.dbs {
		if space := e.dbs[db].space; space != nil && space.Maintain(budget) {
			more = true
		}
	}
	return more
}
