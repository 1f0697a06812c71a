package resp

import (
	"cmp"
	"slices"
)

// maxmemory-clients: what all clients together make the server hold, in input,
// queued commands and unread answers, is bounded. Above it the largest lose their
// connections, but for those with CLIENT NO-EVICT.

// count takes note of the memory that a connection holds now.
func (c *Conn) count() {
	s := c.srv
	if s.lim.clientBytes == 0 {
		return
	}
	n := 0
	if !c.closed {
		n = c.memory()
	}
	s.clientBytes += n - c.counted
	c.counted = n
}

// recount counts every connection, since the limit may just have been set.
func (s *Server) recount() {
	s.clientBytes = 0
	for _, c := range s.order {
		c.counted = 0
		c.count()
	}
}

// evict closes the largest clients until the others are within the limit.
func (s *Server) evict() {
	if s.lim.clientBytes == 0 || s.clientBytes <= s.lim.clientBytes {
		return
	}
	var largest []*Conn
	for _, c := range s.order {
		if !c.closed && !c.noEvict {
			largest = append(largest, c)
		}
	}
	slices.SortStableFunc(largest, func(a, b *Conn) int { return cmp.Compare(b.counted, a.counted) })
	for _, c := range largest {
		if s.clientBytes <= s.lim.clientBytes {
			return
		}
		s.stats.evicted++
		s.log.Warn("evicting client", "client", c.describe())
		c.kill()
	}
}
