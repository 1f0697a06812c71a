package engine

import (
	"math"
	"strconv"
)

// geoUnits are the units of distance, in metres.
var geoUnits = []struct {
	name   string
	metres float64
}{{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}}

func (c *Call) argUnit(i int) (metres float64, ok bool) {
	for _, u := range geoUnits {
		if c.ArgIs(i, u.name) {
			return u.metres, true
		}
	}
	c.Err("ERR unsupported unit provided. please use M, KM, FT, MI")
	return 0, false
}

func (c *Call) argPoint(i int) (p geoPoint, ok bool) {
	if p.lon, ok = c.ArgFloat(i); !ok {
		return p, false
	}
	if p.lat, ok = c.ArgFloat(i + 1); !ok {
		return p, false
	}
	if !p.valid() {
		c.Err(Error("ERR invalid longitude,latitude pair " + fixed6(p.lon) + "," + fixed6(p.lat)))
		return p, false
	}
	return p, true
}

// fixed6 is C's "%f".
func fixed6(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
}

func cmdGeoadd(c *Call) {
	i, nx, xx := 2, false, false
options:
	for ; i < len(c.Args); i++ {
		switch {
		case c.ArgIs(i, "nx"):
			nx = true
		case c.ArgIs(i, "xx"):
			xx = true
		case !c.ArgIs(i, "ch"):
			break options
		}
	}
	if n := len(c.Args) - i; n == 0 || n%3 != 0 || nx && xx {
		c.Err(ErrSyntax)
		return
	}
	args := append([][]byte{}, c.Args[:i]...)
	for ; i < len(c.Args); i += 3 {
		p, ok := c.argPoint(i)
		if !ok {
			return
		}
		args = append(args, strconv.AppendInt(nil, int64(geoScore(p)), 10), c.Args[i+2])
	}
	c.Args = args
	cmdZadd(c)
}

// replyDistance answers metres in a unit, with four digits after the point.
func (c *Call) replyDistance(metres, unit float64) {
	var text [32]byte
	c.Bulk(strconv.AppendFloat(text[:0], metres/unit, 'f', 4, 64))
}

func cmdGeodist(c *Call) {
	unit := 1.0
	if len(c.Args) > 5 {
		c.Err(ErrSyntax)
		return
	}
	if len(c.Args) == 5 {
		var ok bool
		if unit, ok = c.argUnit(4); !ok {
			return
		}
	}
	s, ok := c.readZset(c.Args[1])
	if !ok {
		return
	}
	a, hasA := s.score(c.Args[2])
	b, hasB := s.score(c.Args[3])
	if !hasA || !hasB {
		c.Null()
		return
	}
	c.replyDistance(geoDistance(geoPointOf(a), geoPointOf(b)), unit)
}

func cmdGeohash(c *Call) {
	s, ok := c.readZset(c.Args[1])
	if !ok {
		return
	}
	c.Array(len(c.Args) - 2)
	for _, m := range c.Args[2:] {
		if score, has := s.score(m); has {
			c.BulkString(geoHash(geoPointOf(score)))
		} else {
			c.Null()
		}
	}
}

func cmdGeopos(c *Call) {
	s, ok := c.readZset(c.Args[1])
	if !ok {
		return
	}
	c.Array(len(c.Args) - 2)
	for _, m := range c.Args[2:] {
		if score, has := s.score(m); has {
			c.replyPoint(geoPointOf(score))
		} else {
			c.NullArray()
		}
	}
}

// replyPoint answers coordinates with up to 17 digits after the point.
func (c *Call) replyPoint(p geoPoint) {
	c.Array(2)
	for _, f := range [2]float64{p.lon, p.lat} {
		if c.Proto() == 3 {
			c.Double(f)
			continue
		}
		var text [64]byte
		b := strconv.AppendFloat(text[:0], f, 'f', 17, 64)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
		if b[len(b)-1] == '.' {
			b = b[:len(b)-1]
		}
		c.Bulk(b)
	}
}
