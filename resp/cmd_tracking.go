package resp

import (
	"fmt"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

var trackingHandlers = map[string]handler{
	"client|tracking": cmdClientTracking, "client|caching": cmdClientCaching, "client|getredir": cmdClientGetredir,
	"client|trackinginfo": cmdClientTrackinginfo,
}

func cmdClientTracking(c *Conn, args [][]byte, r engine.Reply) {
	m, e := c.parseTracking(args[3:])
	if e != "" {
		r.Err(e)
		return
	}
	switch {
	case engine.EqualFold(args[2], "off"):
		c.endTracking()
	case !engine.EqualFold(args[2], "on"):
		r.Err(engine.ErrSyntax)
		return
	default:
		if e := c.trackingRefused(&m); e != "" {
			r.Err(e)
			return
		}
		if m.bcast && len(m.prefixes) == 0 {
			m.prefixes = []string{""}
		}
		c.setTracking(m)
	}
	r.OK()
}

// parseTracking reads the options.
func (c *Conn) parseTracking(args [][]byte) (m trackingMode, e engine.Error) {
	for i := 0; i < len(args); i++ {
		more := i+1 < len(args)
		switch word := strings.ToLower(string(clip(args[i]))); {
		case word == "redirect" && more:
			i++
			if m.redirect != 0 {
				return m, "ERR A client can only redirect to a single other client"
			}
			id, ok := engine.ParseInt(args[i])
			if !ok {
				return m, engine.ErrNotInt
			}
			if c.srv.conns[uint64(id)] == nil {
				return m, "ERR The client ID you want redirect to does not exist"
			}
			m.redirect = uint64(id)
		case word == "prefix" && more:
			i++
			m.prefixes = append(m.prefixes, string(args[i]))
		case word == "bcast":
			m.bcast = true
		case word == "optin":
			m.optin = true
		case word == "optout":
			m.optout = true
		case word == "noloop":
			m.noloop = true
		default:
			return m, engine.ErrSyntax
		}
	}
	return m, ""
}

// trackingRefused tells what is wrong with a mode, by itself or after the one
// before it.
func (c *Conn) trackingRefused(m *trackingMode) engine.Error {
	now := c.track
	switch {
	case !m.bcast && len(m.prefixes) > 0:
		return "ERR PREFIX option requires BCAST mode to be enabled"
	case now != nil && now.bcast != m.bcast:
		return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
	case m.bcast && (m.optin || m.optout):
		return "ERR OPTIN and OPTOUT are not compatible with BCAST"
	case m.optin && m.optout:
		return "ERR You can't specify both OPTIN mode and OPTOUT mode"
	case now != nil && (m.optin && now.optout || m.optout && now.optin):
		return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
	}
	if now != nil && len(now.prefixes)+len(m.prefixes) > prefixesMax || len(m.prefixes) > prefixesMax {
		return "ERR too many prefixes"
	}
	for i, p := range m.prefixes {
		if now != nil {
			for _, old := range now.prefixes {
				if overlap(p, old) {
					return overlapError(p, old, "an existing")
				}
			}
		}
		for _, other := range m.prefixes[i+1:] {
			if overlap(p, other) {
				return overlapError(p, other, "another provided")
			}
		}
	}
	return ""
}

// prefixesMax bounds the prefixes of one client: they are compared with each other.
const prefixesMax = 1024

func overlap(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

func overlapError(p, other, which string) engine.Error {
	return engine.Error(fmt.Sprintf("ERR Prefix '%s' overlaps with %s prefix '%s'. Prefixes for a single client must not overlap.",
		clip([]byte(p)), which, clip([]byte(other))))
}

func cmdClientCaching(c *Conn, args [][]byte, r engine.Reply) {
	m := c.track
	yes, no := engine.EqualFold(args[2], "yes"), engine.EqualFold(args[2], "no")
	switch {
	case m == nil:
		r.Err("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
	case yes && !m.optin:
		r.Err("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
	case no && !m.optout:
		r.Err("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
	case !yes && !no:
		r.Err(engine.ErrSyntax)
	default:
		m.caching = true
		r.OK()
	}
}

// cachingOver: CLIENT CACHING holds for one command, or for one transaction.
func (c *Conn) cachingOver() {
	if c.multi == nil && c.last != nil && !strings.HasPrefix(c.last.name, "client|") {
		c.track.caching = false
	}
}

func cmdClientGetredir(c *Conn, _ [][]byte, r engine.Reply) { r.Int(c.redirection()) }

// redirection is the id of the connection that invalidations go to; 0: to the
// client itself, -1: it does not track.
func (c *Conn) redirection() int64 {
	if c.track == nil {
		return -1
	}
	return int64(c.track.redirect)
}

func cmdClientTrackinginfo(c *Conn, _ [][]byte, r engine.Reply) {
	flags := []string{"off"}
	var prefixes []string
	if m := c.track; m != nil {
		flags[0], prefixes = "on", m.prefixes
		for _, f := range []struct {
			on   bool
			name string
		}{
			{m.bcast, "bcast"}, {m.optin, "optin"}, {m.optin && m.caching, "caching-yes"}, {m.optout, "optout"}, {m.optout && m.caching, "caching-no"},
			{m.noloop, "noloop"}, {m.broken, "broken_redirect"},
		} {
			if f.on {
				flags = append(flags, f.name)
			}
		}
	}
	r.Map(3)
	r.BulkString("flags")
	r.Set(len(flags))
	for _, f := range flags {
		r.BulkString(f)
	}
	r.BulkString("redirect")
	r.Int(c.redirection())
	r.BulkString("prefixes")
	r.Array(len(prefixes))
	for _, p := range prefixes {
		r.BulkString(p)
	}
}
