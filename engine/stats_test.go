package engine

import "testing"

func TestStats(t *testing.T) {
	n := newNode(t)
	for _, line := range []string{"SET a 1", "SET b 2 PX 4000", "SET c 3 PX 2000", "GET a", "GET none", "EXISTS a b none", "TTL a", "INCR a", "SET none2 1 XX"} {
		n.do(args(line))
	}
	n.batch.Command(3, args("SET x 1"))
	n.apply()
	s := n.e.Stats()
	if s.Hits != 4 || s.Misses != 2 {
		t.Errorf("%d hits and %d misses, want 4 and 2", s.Hits, s.Misses)
	}
	want := []DBStats{{DB: 0, Keys: 3, Expires: 2, AvgTTLMs: 3000}, {DB: 3, Keys: 1}}
	if len(s.DBs) != 2 || s.DBs[0] != want[0] || s.DBs[1] != want[1] {
		t.Errorf("databases %+v, want %+v", s.DBs, want)
	}
	if s.DataBytes != n.e.MemoryUsed() || s.DataBytes == 0 || s.MemoryBytes == 0 {
		t.Errorf("%d bytes of data, %d used, %d of memory", s.DataBytes, n.e.MemoryUsed(), s.MemoryBytes)
	}
	n.nowMs += 3000
	n.apply()
	n.e.ResetStats()
	if s = n.e.Stats(); s.Hits != 0 || s.ExpiredKeys != 0 || s.DBs[0].Keys != 2 {
		t.Errorf("after a reset: %+v", s)
	}
	n.do(args("FLUSHALL"))
	if s = n.e.Stats(); len(s.DBs) != 0 || n.e.MemoryUsed() != 0 {
		t.Errorf("after FLUSHALL: %+v", s)
	}
}
