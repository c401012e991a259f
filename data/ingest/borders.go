package ingest

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/tidwall/rtree"

	"oxus/geo"
)

// Borders are the borders of countries that places are held against. A nil one is
// not looked at.
type Borders struct {
	edges rtree.RTreeG[orb.LineString]
}

// NewBorders indexes lines in longitude and latitude.
func NewBorders(lines []orb.LineString) *Borders {
	b := &Borders{}
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			box := l[i-1 : i+1].Bound()
			b.edges.Insert(box.Min, box.Max, l[i-1:i+1])
		}
	}
	return b
}

// Distance returns how many metres a place lies from the nearest border, infinite
// when there is none. The nearest is looked for on a plane that touches the ground
// at the place, and the distance to it measured on the ellipsoid.
func (b *Borders) Distance(p orb.Point) float64 {
	east := math.Cos(p[1] * math.Pi / 180)
	flat := func(q orb.Point) orb.Point { return orb.Point{(q[0] - p[0]) * east, q[1] - p[1]} }
	metres := math.Inf(1)
	b.edges.Nearby(
		func(low, high [2]float64, edge orb.LineString, isEdge bool) float64 {
			if isEdge {
				return toEdge(flat(edge[0]), flat(edge[1]))
			}
			dx, dy := max(0, low[0]-p[0], p[0]-high[0])*east, max(0, low[1]-p[1], p[1]-high[1])
			return dx*dx + dy*dy
		},
		func(_, _ [2]float64, edge orb.LineString, _ float64) bool {
			metres = geo.Distance(p, edge)
			return false // the first is the nearest
		},
	)
	return metres
}

// Within reports whether a place lies within so many metres of a border. It looks at
// the edges in a box around the place alone, which is quicker than finding the nearest.
func (b *Borders) Within(p orb.Point, metres float64) bool {
	high := metres / metresPerDegree
	wide := high / max(math.Cos(p[1]*math.Pi/180), 0.01)
	found := false
	b.edges.Search([2]float64{p[0] - wide, p[1] - high}, [2]float64{p[0] + wide, p[1] + high}, func(_, _ [2]float64, edge orb.LineString) bool {
		found = geo.Distance(p, edge) <= metres
		return !found
	})
	return found
}

// metresPerDegree is less than a degree of latitude or, times the cosine, of longitude
// has anywhere.
const metresPerDegree = 110_000

// toEdge is the square of the distance of an edge from where the plane touches.
func toEdge(a, b orb.Point) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = min(max(-(a[0]*dx+a[1]*dy)/length, 0), 1)
	}
	x, y := a[0]+t*dx, a[1]+t*dy
	return x*x + y*y
}
