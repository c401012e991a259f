package geo

import "github.com/paulmach/orb"

// Touches reports whether the geometry shares a point with one of the boxes,
// edges included: the meaning of bbox in OGC API – Features, exact for points
// and lines. No geometry touches nothing.
func Touches(g orb.Geometry, boxes []orb.Bound) bool {
	for _, b := range boxes {
		if touches(g, b) {
			return true
		}
	}
	return false
}

func touches(g orb.Geometry, b orb.Bound) bool {
	switch g := g.(type) {
	case orb.Point:
		return b.Contains(g)
	case orb.LineString:
		return lineTouches(g, b)
	case orb.MultiLineString:
		for _, l := range g {
			if lineTouches(l, b) {
				return true
			}
		}
	}
	return false
}

func lineTouches(l orb.LineString, b orb.Bound) bool {
	for i := 1; i < len(l); i++ {
		if segmentTouches(l[i-1], l[i], b) {
			return true
		}
	}
	return false
}

// segmentTouches separates a segment from a box by the axes first and then by
// the segment's own line: the box lies on one side of it when all four corners
// do.
func segmentTouches(p, q orb.Point, b orb.Bound) bool {
	if b.Contains(p) || b.Contains(q) {
		return true
	}
	if max(p[0], q[0]) < b.Min[0] || min(p[0], q[0]) > b.Max[0] ||
		max(p[1], q[1]) < b.Min[1] || min(p[1], q[1]) > b.Max[1] {
		return false
	}
	side := func(x, y float64) float64 { return (q[0]-p[0])*(y-p[1]) - (q[1]-p[1])*(x-p[0]) }
	sw, se := side(b.Min[0], b.Min[1]), side(b.Max[0], b.Min[1])
	nw, ne := side(b.Min[0], b.Max[1]), side(b.Max[0], b.Max[1])
	return min(sw, se, nw, ne) <= 0 && max(sw, se, nw, ne) >= 0
}
