package resp

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

func cmdMemoryHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "MEMORY",
		"DOCTOR", "    Return memory problems reports.",
		"MALLOC-STATS", "    Return internal statistics report from the memory allocator.",
		"PURGE", "    Attempt to purge dirty pages for reclamation by the allocator.",
		"STATS", "    Return information about the memory usage of the server.",
		"USAGE <key> [SAMPLES <count>]", "    Return memory in bytes used by <key> and its value. Nested values are",
		"    sampled up to <count> times (default: 5, 0 means sample all).")
}

// cmdMemoryPurge gives memory back to the system beside the turn: the
// collection it begins with takes its time.
func cmdMemoryPurge(_ *Conn, _ [][]byte, r engine.Reply) {
	go debug.FreeOSMemory()
	r.OK()
}

// memoryNever are figures of MEMORY STATS that are 0 here, as in infoNever.
var memoryNever = []string{"startup.allocated", "replication.backlog", "clients.slaves", "cluster.links", "aof.buffer", "lua.caches", "functions.caches", "rss-overhead.bytes"}

// cmdMemoryStats answers under Redis' names. What Redis' allocator tells is told
// of Go's.
func cmdMemoryStats(c *Conn, _ [][]byte, r engine.Reply) {
	s := c.srv
	stats := s.engine().Stats()
	heap, held := memoryUse()
	rss := residentBytes()
	if rss == 0 {
		rss = held
	}
	s.peak = max(s.peak, heap)
	clients, keys := 0, 0
	s.eachConn(func(c *Conn) { clients += c.memory() })
	for _, db := range stats.DBs {
		keys += db.Keys
	}
	overhead := max(int64(heap)-int64(stats.MemoryBytes), 0)
	ints := []struct {
		name string
		n    int64
	}{
		{"peak.allocated", int64(s.peak)}, {"total.allocated", int64(heap)}, {"clients.normal", int64(clients)},
		{"overhead.total", overhead}, {"keys.count", int64(keys)}, {"keys.bytes-per-key", int64(stats.MemoryBytes / max(keys, 1))},
		{"dataset.bytes", int64(stats.MemoryBytes)}, {"allocator.allocated", int64(heap)},
		{"allocator.active", int64(held)}, {"allocator.resident", int64(rss)}, {"fragmentation.bytes", int64(rss) - int64(heap)},
		{"allocator-fragmentation.bytes", int64(held) - int64(heap)}, {"allocator-rss.bytes", int64(rss) - int64(held)},
	}
	floats := []struct {
		name string
		f    float64
	}{
		{"dataset.percentage", 100 * float64(stats.MemoryBytes) / float64(max(heap, 1))},
		{"peak.percentage", 100 * float64(heap) / float64(max(s.peak, 1))},
		{"fragmentation", float64(rss) / float64(max(heap, 1))}, {"allocator-fragmentation.ratio", float64(held) / float64(max(heap, 1))},
		{"allocator-rss.ratio", float64(rss) / float64(max(held, 1))}, {"rss-overhead.ratio", 1},
	}
	r.Map(len(memoryNever) + len(ints) + len(floats))
	for _, name := range memoryNever {
		r.BulkString(name)
		r.Int(0)
	}
	for _, x := range ints {
		r.BulkString(x.name)
		r.Int(x.n)
	}
	for _, x := range floats {
		r.BulkString(x.name)
		r.Double(x.f)
	}
}

func cmdMemoryMallocStats(_ *Conn, _ [][]byte, r engine.Reply) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.Verbatim("txt", fmt.Appendf(nil,
		"Go allocator: heap in use %d, idle %d, released %d, objects %d; stacks %d; allocated in all %d; collections %d, pauses %d ns in all\n",
		m.HeapInuse, m.HeapIdle, m.HeapReleased, m.HeapObjects, m.StackInuse, m.TotalAlloc, m.NumGC, m.PauseTotalNs))
}

// Bounds beyond which MEMORY DOCTOR speaks up.
const (
	doctorHeapMin    = 64 << 20
	doctorPeakTimes  = 2
	doctorRSSTimes   = 3
	doctorClientSize = 1 << 20
)

func cmdMemoryDoctor(c *Conn, _ [][]byte, r engine.Reply) {
	s := c.srv
	heap, _ := memoryUse()
	rss := residentBytes()
	var b strings.Builder
	clients := 0
	s.eachConn(func(c *Conn) { clients += c.memory() })
	if heap < doctorHeapMin {
		b.WriteString("This node holds little data: there is nothing to judge yet.\n")
	} else {
		if s.peak > doctorPeakTimes*heap {
			fmt.Fprintf(&b, "- Peak: the node used up to %d bytes, now %d. MEMORY PURGE gives the rest back to the system.\n", s.peak, heap)
		}
		if rss > doctorRSSTimes*heap {
			fmt.Fprintf(&b, "- Resident memory: %d bytes are resident for %d in use. MEMORY PURGE gives the rest back to the system.\n", rss, heap)
		}
		if n := len(s.conns); n > 0 && clients/n > doctorClientSize {
			fmt.Fprintf(&b, "- Clients: their buffers take %d bytes each on average. CLIENT LIST tells which are large.\n", clients/n)
		}
		if limit := s.cfg.Int("maxmemory"); limit > 0 && int64(s.engine().MemoryUsed()) > limit*9/10 {
			b.WriteString("- maxmemory is nearly reached: writes that need memory will be refused.\n")
		}
		if b.Len() == 0 {
			b.WriteString("No memory problem was found on this node.\n")
		}
	}
	r.Verbatim("txt", []byte(b.String()))
}
