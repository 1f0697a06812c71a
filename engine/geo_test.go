package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// A search finds what a look at every point finds, on all of the earth.
func TestGeoSearchAgainstEveryPoint(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	n := newNode(t)
	for i := range 2000 {
		p := geoPoint{r.Float64()*360 - 180, r.Float64()*170 - 85}
		if i%20 == 0 {
			p.lon = []float64{180, -180, 0}[r.IntN(3)]
		}
		n.do(args(fmt.Sprintf("GEOADD g %v %v p%d", p.lon, p.lat, i)))
	}
	rec, found := n.e.dbs[0].space.Get([]byte("g"))
	s := zsetOf(rec, found)
	for range 300 {
		g := geoSearch{unit: 1, area: geoArea{center: geoPoint{r.Float64()*360 - 180, r.Float64()*170 - 85}}}
		size := []float64{1e5, 1e6, 5e6, 2e7}[r.IntN(4)] * r.Float64()
		if g.area.box = r.IntN(2) == 0; g.area.box {
			g.area.width, g.area.height = size, size*r.Float64()
		} else {
			g.area.radius = size
		}
		var got, want []string
		for _, h := range g.find(&s) {
			got = append(got, h.member)
		}
		s.ascend(0, func(m ranked) bool {
			if _, inside := g.area.distance(geoPointOf(m.score)); inside {
				want = append(want, string(m.member.append(nil)))
			}
			return true
		})
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v: found %d points, want %d", g.area, len(got), len(want))
		}
	}
}
