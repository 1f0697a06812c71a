package engine

import "math"

// Positions on the earth as sorted set scores: 26 bits of longitude and of
// latitude, interleaved, as Redis does. Products and sums are kept apart by
// conversions, so that every processor rounds alike.

const (
	geoSteps    = 26
	geoLonMax   = 180.0
	geoLatMax   = 85.05112878
	earthRadius = 6372797.560856 // metres
	mercatorMax = 20037726.37    // metres, half the equator
	radian      = math.Pi / 180  // of a degree
	geoAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
)

type geoPoint struct{ lon, lat float64 }

func (p geoPoint) valid() bool {
	return p.lon >= -geoLonMax && p.lon <= geoLonMax && p.lat >= -geoLatMax && p.lat <= geoLatMax
}

// geoCell is a rectangle of the grid with 1<<steps columns and rows.
type geoCell struct {
	column, row uint32
	steps       uint
}

func cellOf(p geoPoint, latMax float64, steps uint) geoCell {
	scale := float64(uint64(1) << steps)
	column := float64(float64((p.lon+geoLonMax)/(2*geoLonMax)) * scale)
	row := float64(float64((p.lat+latMax)/(2*latMax)) * scale)
	return geoCell{uint32(column), uint32(row), steps}
}

// bits interleaves column and row, the column's bits higher.
func (c geoCell) bits() uint64 { return spread(c.row) | spread(c.column)<<1 }

// spread puts a zero bit above each bit.
func spread(v uint32) uint64 {
	x := uint64(v)
	x = (x | x<<16) & 0x0000FFFF0000FFFF
	x = (x | x<<8) & 0x00FF00FF00FF00FF
	x = (x | x<<4) & 0x0F0F0F0F0F0F0F0F
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

func gather(x uint64) uint32 {
	x &= 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0F0F0F0F0F0F0F0F
	x = (x | x>>4) & 0x00FF00FF00FF00FF
	x = (x | x>>8) & 0x0000FFFF0000FFFF
	return uint32(x | x>>16)
}

// scores is the range of scores of the points in the cell, the end excluded.
func (c geoCell) scores() (from, to float64) {
	shift := 2 * (geoSteps - c.steps)
	return float64(c.bits() << shift), float64((c.bits() + 1) << shift)
}

// bounds are the cell's corners.
func (c geoCell) bounds() (low, high geoPoint) {
	scale := float64(uint64(1) << c.steps)
	at := func(n uint32, least float64) float64 {
		return least + float64(float64(float64(n)/scale)*(-2*least))
	}
	low = geoPoint{at(c.column, -geoLonMax), at(c.row, -geoLatMax)}
	high = geoPoint{at(c.column+1, -geoLonMax), at(c.row+1, -geoLatMax)}
	return low, high
}

func geoScore(p geoPoint) float64 { return float64(cellOf(p, geoLatMax, geoSteps).bits()) }

// geoPointOf is the middle of the smallest cell a score names.
func geoPointOf(score float64) geoPoint {
	bits := uint64(score)
	low, high := geoCell{gather(bits >> 1), gather(bits), geoSteps}.bounds()
	middle := func(a, b, most float64) float64 { return min(max((a+b)/2, -most), most) }
	return geoPoint{middle(low.lon, high.lon, geoLonMax), middle(low.lat, high.lat, geoLatMax)}
}

// geoHash is the public form: eleven letters, over latitudes to the poles.
func geoHash(p geoPoint) string {
	bits := cellOf(p, 90, geoSteps).bits()
	var text [11]byte
	for i := range text {
		n := uint64(0) // of the last letter there are only two bits: Redis shows none
		if i < 10 {
			n = bits >> (52 - (i+1)*5) & 31
		}
		text[i] = geoAlphabet[n]
	}
	return string(text[:])
}

func geoLatDistance(a, b float64) float64 {
	return float64(earthRadius * math.Abs(float64(b*radian)-float64(a*radian)))
}

// geoDistance is the length of the great circle between two points, in metres.
func geoDistance(a, b geoPoint) float64 {
	v := math.Sin(float64(float64(b.lon*radian)-float64(a.lon*radian)) / 2)
	if v == 0 {
		return geoLatDistance(a.lat, b.lat)
	}
	latA, latB := float64(a.lat*radian), float64(b.lat*radian)
	u := math.Sin((latB - latA) / 2)
	h := float64(u*u) + float64(float64(float64(math.Cos(latA)*math.Cos(latB))*v)*v)
	return float64(2 * earthRadius * math.Asin(math.Sqrt(h)))
}

// geoArea is what a search covers: a circle, or a box if width is set.
type geoArea struct {
	center        geoPoint
	radius        float64 // metres, as are the others
	width, height float64
	box           bool
}

// distance of a point that lies in the area.
func (a *geoArea) distance(p geoPoint) (metres float64, inside bool) {
	if !a.box {
		d := geoDistance(a.center, p)
		return d, d <= a.radius
	}
	if geoLatDistance(p.lat, a.center.lat) > a.height/2 {
		return 0, false
	}
	if geoDistance(p, geoPoint{a.center.lon, p.lat}) > a.width/2 {
		return 0, false
	}
	return geoDistance(a.center, p), true
}

// reach is a distance from the center that no point of the area exceeds.
func (a *geoArea) reach() float64 {
	if a.box {
		return float64(a.width/2) + float64(a.height/2)
	}
	return a.radius
}

// cells are a few cells that cover the area: the one of the center and those
// around it, of a size that they reach far enough. Two by two are the world.
func (a *geoArea) cells() []geoCell {
	reach := a.reach()
	steps := a.steps(reach)
	for steps > 1 && !a.covered(reach, steps) {
		steps--
	}
	return around(cellOf(a.center, geoLatMax, steps))
}

// covered says whether the cells around the center's reach that far to all
// sides. Beyond the first and last row there are no points.
func (a *geoArea) covered(reach float64, steps uint) bool {
	c := cellOf(a.center, geoLatMax, steps)
	low, high := c.bounds()
	height, width := high.lat-low.lat, high.lon-low.lon
	return geoLatDistance(a.center.lat, high.lat+height) >= reach &&
		geoLatDistance(a.center.lat, low.lat-height) >= reach &&
		a.toMeridian(high.lon+width-a.center.lon) >= reach &&
		a.toMeridian(a.center.lon-low.lon+width) >= reach
}

// toMeridian is the distance from the center to the nearest point of the
// meridian that many degrees away.
func (a *geoArea) toMeridian(degrees float64) float64 {
	lat := float64(a.center.lat * radian)
	if degrees >= 90 {
		return float64(earthRadius * (math.Pi/2 - math.Abs(lat)))
	}
	return float64(earthRadius * math.Asin(float64(math.Sin(float64(degrees*radian))*math.Cos(lat))))
}

// steps guesses the finest grid whose cells are not smaller than the reach.
func (a *geoArea) steps(reach float64) uint {
	if reach <= 0 {
		return geoSteps
	}
	steps := 1
	for r := reach; r < mercatorMax; r *= 2 {
		steps++
	}
	steps -= 2 // so that the neighbours are enough in most places
	if lat := math.Abs(a.center.lat); lat > 80 {
		steps -= 2 // cells are narrow near the poles
	} else if lat > 66 {
		steps--
	}
	return uint(min(max(steps, 1), geoSteps))
}

// around gives a cell and its neighbours, each once; the grid has no edges.
func around(c geoCell) []geoCell {
	// Redis searches in this order, which shows where nothing is sorted.
	steps := [9][2]int32{{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}
	last := uint32(1)<<c.steps - 1
	var cells []geoCell
next:
	for _, s := range steps {
		n := geoCell{(c.column + uint32(s[0])) & last, (c.row + uint32(s[1])) & last, c.steps}
		for _, has := range cells {
			if has == n {
				continue next
			}
		}
		cells = append(cells, n)
	}
	return cells
}
