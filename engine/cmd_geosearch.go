package engine

import (
	"math"
	"slices"
)

// geoSearch is one search by GEOSEARCH, GEORADIUS or one of their kin.
type geoSearch struct {
	area             geoArea
	unit             float64
	hasFrom, hasBy   bool
	coord, dist      bool
	hash             bool
	ascending        bool
	descending, any  bool
	count            int64
	store            []byte
	stored           bool // store is set
	storeDist        bool
	radius, canStore bool // by GEORADIUS' syntax, and with STORE
	searchStore      bool // GEOSEARCHSTORE
}

// geoHit is a member that was found.
type geoHit struct {
	member string
	score  float64
	point  geoPoint
	metres float64
}

func cmdGeosearch(c *Call) { c.geoSearch(1, geoSearch{}, 2) }
func cmdGeosearchstore(c *Call) {
	c.geoSearch(2, geoSearch{searchStore: true, stored: true, store: c.Args[1]}, 3)
}
func cmdGeoradius(c *Call)           { c.geoRadius(true) }
func cmdGeoradiusRo(c *Call)         { c.geoRadius(false) }
func cmdGeoradiusbymember(c *Call)   { c.geoRadiusByMember(true) }
func cmdGeoradiusbymemberRo(c *Call) { c.geoRadiusByMember(false) }

func (c *Call) geoRadius(canStore bool) {
	g := geoSearch{radius: true, canStore: canStore, hasFrom: true, hasBy: true}
	s, found, ok := c.geoSource(1)
	if !ok {
		return
	}
	if g.area.center, ok = c.argPoint(2); !ok {
		return
	}
	if c.argRadius(&g, 4) {
		c.geoFind(&g, &s, found, 6)
	}
}

func (c *Call) geoRadiusByMember(canStore bool) {
	g := geoSearch{radius: true, canStore: canStore, hasFrom: true, hasBy: true}
	s, found, ok := c.geoSource(1)
	if !ok {
		return
	}
	if found && (!c.argMember(&g, &s, 2) || !c.argRadius(&g, 3)) {
		return
	}
	c.geoFind(&g, &s, found, 5)
}

func (c *Call) geoSearch(key int, g geoSearch, options int) {
	if s, found, ok := c.geoSource(key); ok {
		c.geoFind(&g, &s, found, options)
	}
}

func (c *Call) geoSource(i int) (s zsetValue, found, ok bool) {
	rec, found, ok := c.Find(c.Args[i], TypeZset)
	if !ok {
		return s, false, false
	}
	return zsetOf(rec, found), found, true
}

func (c *Call) argMember(g *geoSearch, s *zsetValue, i int) bool {
	score, has := s.score(c.Args[i])
	if !has {
		c.Err("ERR could not decode requested zset member")
		return false
	}
	g.area.center = geoPointOf(score)
	return true
}

// argLength reads a number of units that is not negative.
func (c *Call) argLength(i int, bad, negative Error) (float64, bool) {
	f, ok := ParseFloat(c.Args[i])
	switch {
	case !ok:
		c.Err(bad)
		return 0, false
	case f < 0:
		c.Err(negative)
		return 0, false
	}
	return f, true
}

func (c *Call) argRadius(g *geoSearch, i int) bool {
	radius, ok := c.argLength(i, "ERR need numeric radius", "ERR radius cannot be negative")
	if !ok {
		return false
	}
	if g.unit, ok = c.argUnit(i + 1); !ok {
		return false
	}
	g.area.radius = float64(radius * g.unit)
	return true
}

func (c *Call) argBox(g *geoSearch, i int) bool {
	const negative = "ERR height or width cannot be negative"
	width, okW := ParseFloat(c.Args[i])
	if !okW {
		c.Err("ERR need numeric width")
		return false
	}
	height, okH := ParseFloat(c.Args[i+1])
	if !okH {
		c.Err("ERR need numeric height")
		return false
	}
	if width < 0 || height < 0 {
		c.Err(negative)
		return false
	}
	var ok bool
	if g.unit, ok = c.argUnit(i + 2); !ok {
		return false
	}
	g.area.box = true
	g.area.width, g.area.height = float64(width*g.unit), float64(height*g.unit)
	return true
}

// geoFind reads the options from argument i on, searches and answers.
func (c *Call) geoFind(g *geoSearch, s *zsetValue, found bool, i int) {
	for i < len(c.Args) {
		n := c.geoFlag(g, i)
		if n == 0 {
			if n = c.geoOption(g, s, found, i); n < 0 {
				return
			}
		}
		if n == 0 {
			c.Err(ErrSyntax)
			return
		}
		i += n
	}
	if fault := c.geoFault(g); fault != "" {
		c.Err(fault)
		return
	}
	if !found {
		if g.stored {
			c.storeZset(g.store, nil, "", false)
		} else {
			c.Array(0)
		}
		return
	}
	hits := g.find(s)
	if g.stored {
		c.geoStore(g, hits)
	} else {
		c.geoReply(g, hits)
	}
}

// geoFlag takes an option of one word; 0: it is none.
func (c *Call) geoFlag(g *geoSearch, i int) int {
	switch {
	case c.ArgIs(i, "withdist"):
		g.dist = true
	case c.ArgIs(i, "withhash"):
		g.hash = true
	case c.ArgIs(i, "withcoord"):
		g.coord = true
	case c.ArgIs(i, "any"):
		g.any = true
	case c.ArgIs(i, "asc"):
		g.ascending, g.descending = true, false
	case c.ArgIs(i, "desc"):
		g.ascending, g.descending = false, true
	case g.searchStore && c.ArgIs(i, "storedist"):
		g.storeDist = true
	default:
		return 0
	}
	return 1
}

// geoOption takes an option with arguments and tells their number, the name
// counted; 0: it is none; -1: an error has been answered.
func (c *Call) geoOption(g *geoSearch, s *zsetValue, found bool, i int) int {
	left := len(c.Args) - i - 1
	ok, n := true, 0
	switch {
	case c.ArgIs(i, "count") && left >= 1:
		n = 2
		if g.count, ok = c.ArgInt(i + 1); ok && g.count <= 0 {
			c.Err("ERR COUNT must be > 0")
			ok = false
		}
	case g.canStore && left >= 1 && (c.ArgIs(i, "store") || c.ArgIs(i, "storedist")):
		n = 2
		g.store, g.stored, g.storeDist = c.Args[i+1], true, c.ArgIs(i, "storedist")
	case g.radius:
	case c.ArgIs(i, "frommember") && left >= 1 && !g.hasFrom:
		n = 2
		g.hasFrom = true
		ok = !found || c.argMember(g, s, i+1)
	case c.ArgIs(i, "fromlonlat") && left >= 2 && !g.hasFrom:
		n = 3
		g.hasFrom = true
		g.area.center, ok = c.argPoint(i + 1)
	case c.ArgIs(i, "byradius") && left >= 2 && !g.hasBy:
		n = 3
		g.hasBy = true
		ok = c.argRadius(g, i+1)
	case c.ArgIs(i, "bybox") && left >= 3 && !g.hasBy:
		n = 4
		g.hasBy = true
		ok = c.argBox(g, i+1)
	}
	if !ok {
		return -1
	}
	return n
}

// geoFault tells what is wrong with the options together.
func (c *Call) geoFault(g *geoSearch) Error {
	switch {
	case g.stored && (g.dist || g.hash || g.coord):
		if g.searchStore {
			return "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
		}
		return "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
	case !g.hasFrom:
		return Error("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + string(c.Args[0]))
	case !g.hasBy:
		return Error("ERR exactly one of BYRADIUS and BYBOX can be specified for " + string(c.Args[0]))
	case g.any && g.count == 0:
		return "ERR the ANY argument requires COUNT argument"
	}
	return ""
}

// find gives the members of the area, in order if that was asked for.
func (g *geoSearch) find(s *zsetValue) []geoHit {
	var hits []geoHit
	search := func(from, to float64) bool {
		rank := s.countWhile(func(m ranked) bool { return m.score < from })
		more := true
		s.ascend(rank, func(m ranked) bool {
			if m.score >= to {
				return false
			}
			point := geoPointOf(m.score)
			if metres, inside := g.area.distance(point); inside {
				hits = append(hits, geoHit{string(m.member.append(nil)), m.score, point, metres})
				more = !g.any || int64(len(hits)) < g.count
			}
			return more
		})
		return more
	}
	more := true
	for _, cell := range g.area.cells() {
		if from, to := cell.scores(); more {
			more = search(from, to)
		}
	}
	if more {
		// Points on the very edge, such as longitude 180, are behind all cells.
		search(1<<(2*geoSteps), math.Inf(1))
	}
	if g.ascending || g.descending || g.count > 0 && !g.any {
		slices.SortStableFunc(hits, func(a, b geoHit) int {
			if g.descending {
				a, b = b, a
			}
			switch {
			case a.metres < b.metres:
				return -1
			case a.metres > b.metres:
				return 1
			}
			return 0
		})
	}
	if g.count > 0 {
		hits = hits[:min(g.count, int64(len(hits)))]
	}
	return hits
}

func (c *Call) geoStore(g *geoSearch, hits []geoHit) {
	members := make([]scored, len(hits))
	for i, h := range hits {
		score := h.score
		if g.storeDist {
			score = h.metres / g.unit
		}
		members[i] = scored{score, h.member}
	}
	event := "georadiusstore"
	if g.searchStore {
		event = "geosearchstore"
	}
	c.storeZset(g.store, members, event, false)
}

func (c *Call) geoReply(g *geoSearch, hits []geoHit) {
	more := 0
	for _, with := range [3]bool{g.dist, g.hash, g.coord} {
		if with {
			more++
		}
	}
	c.Array(len(hits))
	for _, h := range hits {
		if more > 0 {
			c.Array(1 + more)
		}
		c.BulkString(h.member)
		if g.dist {
			c.replyDistance(h.metres, g.unit)
		}
		if g.hash {
			c.Int(int64(math.Trunc(h.score)))
		}
		if g.coord {
			c.replyPoint(h.point)
		}
	}
}
