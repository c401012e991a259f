package cql2

import (
	"math"

	"github.com/paulmach/orb"
)

// maxBands bounds what it costs to prepare an area.
const maxBands = 1024

// area tells quickly whether positions touch a polygon, edges included. Its edges
// lie in bands by their y, so that a position is compared with few of them.
type area struct {
	bound orb.Bound
	bands [][]edge
}

type edge struct{ a, b orb.Point }

// areaOf returns the area of a polygon or of several, nil for other geometries.
func areaOf(g orb.Geometry) *area {
	var polygons orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		polygons = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		polygons = g
	default:
		return nil
	}
	var edges []edge
	for _, polygon := range polygons {
		for _, ring := range polygon {
			for i := 1; i < len(ring); i++ {
				edges = append(edges, edge{ring[i-1], ring[i]})
			}
		}
	}
	a := &area{bound: g.Bound(), bands: make([][]edge, max(1, min(len(edges), maxBands)))}
	for _, e := range edges {
		for i := a.band(min(e.a[1], e.b[1])); i <= a.band(max(e.a[1], e.b[1])); i++ {
			a.bands[i] = append(a.bands[i], e)
		}
	}
	return a
}

// band is where a y inside the bound falls. It never falls as y rises.
func (a *area) band(y float64) int {
	height := a.bound.Max[1] - a.bound.Min[1]
	if height == 0 {
		return 0
	}
	i := math.Floor((y - a.bound.Min[1]) / height * float64(len(a.bands)))
	return int(min(i, float64(len(a.bands)-1)))
}

// touches counts the edges that a ray towards the east crosses. The side of an
// edge is judged by the arithmetic of PostGIS.
func (a *area) touches(p orb.Point) bool {
	if !a.bound.Contains(p) {
		return false
	}
	odd := false
	for _, e := range a.bands[a.band(p[1])] {
		low, high := e.a, e.b
		if low[1] > high[1] {
			low, high = high, low
		}
		if p[1] < low[1] || p[1] > high[1] {
			continue
		}
		side := (p[0]-low[0])*(high[1]-low[1]) - (high[0]-low[0])*(p[1]-low[1])
		switch {
		case side == 0 && p[0] >= min(low[0], high[0]) && p[0] <= max(low[0], high[0]):
			return true // on the edge
		case side < 0 && p[1] < high[1]:
			odd = !odd // an edge holds its lower end alone
		}
	}
	return odd
}

// asksForArea returns the property and the area of an operation that asks whether
// a property touches a literal area.
func (n *Node) asksForArea() (name string, a *area) {
	if n.Op != "s_intersects" && n.Op != "s_disjoint" {
		return "", nil
	}
	x, y := n.Args[0], n.Args[1]
	if x.Kind != Property {
		x, y = y, x
	}
	g, isGeometry := y.Value.(orb.Geometry)
	if x.Kind != Property || !isGeometry {
		return "", nil
	}
	return x.Name, areaOf(g)
}
