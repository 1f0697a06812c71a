package resp

// aclLog keeps the last denials, newest first.
type aclLog struct {
	entries []aclEntry
	nextID  int64
}

type aclEntry struct {
	id, count               int64
	reason, context, object string
	user, client            string
	createdMs, updatedMs    int64
}

// aclGroupMs is how long equal denials count as one entry.
const aclGroupMs = 60_000

func (s *Server) noteDenial(c *Conn, reason, context, object, user string) {
	const objectMax = 1024
	object = object[:min(len(object), objectMax)]
	l, now := &s.acl.log, s.now.UnixMs
	if s.acl.denied == nil {
		s.acl.denied = map[string]uint64{}
	}
	s.acl.denied[reason]++
	for i := range l.entries {
		e := &l.entries[i]
		if e.reason == reason && e.context == context && e.object == object && e.user == user && now-e.createdMs < aclGroupMs {
			e.count++
			e.updatedMs, e.client = now, c.describe()
			same := *e
			copy(l.entries[1:i+1], l.entries[:i])
			l.entries[0] = same
			return
		}
	}
	most := int(s.cfg.Int("acllog-max-len"))
	if most <= 0 {
		return
	}
	l.entries = append(l.entries, aclEntry{})
	copy(l.entries[1:], l.entries)
	l.entries[0] = aclEntry{
		id: l.nextID, count: 1, reason: reason, context: context, object: object, user: user, client: c.describe(), createdMs: now, updatedMs: now,
	}
	l.nextID++
	l.entries = l.entries[:min(len(l.entries), most)]
}
