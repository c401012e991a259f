package geo

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/tidwall/geodesic"
)

// Distance returns how many metres two geometries lie apart on the WGS 84
// ellipsoid, 0 where they touch. Edges are straight in longitude and latitude
// (RFC 7946, 3.1.1); a place beyond the antimeridian is as near as it is on the
// ground. It is infinite where one is empty or of another type than the
// collections have.
func Distance(a, b orb.Geometry) float64 {
	pointsA, pointsB := partsOf(a), partsOf(b)
	nearest := math.Inf(1)
	for _, p := range pointsA {
		for _, q := range pointsB {
			nearest = min(nearest, partDistance(p, q))
		}
	}
	return nearest
}

// partsOf are the lines of a geometry; a point is a line of one vertex.
func partsOf(g orb.Geometry) []orb.LineString {
	switch g := g.(type) {
	case orb.Point:
		return []orb.LineString{{g}}
	case orb.LineString:
		return []orb.LineString{g}
	case orb.MultiLineString:
		return g
	default:
		return nil
	}
}

// partDistance is 0 for lines that cross. Else the nearest place of one of the
// two is a vertex.
func partDistance(a, b orb.LineString) float64 {
	if len(a) > 1 && len(b) > 1 && cross(a, b) {
		return 0
	}
	nearest := math.Inf(1)
	for _, pair := range [][2]orb.LineString{{a, b}, {b, a}} {
		for _, p := range pair[0] {
			nearest = min(nearest, fromLine(p, pair[1], nearest))
		}
		if len(a) == 1 {
			break // a point: the vertices of the line are in already
		}
	}
	return nearest
}

// pointDistance is the length of the geodesic between two points.
func pointDistance(p, q orb.Point) float64 {
	var s float64
	geodesic.WGS84.Inverse(p[1], p[0], q[1], q[0], &s, nil, nil)
	return s
}

// fromLine returns the distance of a point from a line, where it is below the
// limit.
func fromLine(p orb.Point, l orb.LineString, limit float64) float64 {
	if len(l) == 1 {
		return pointDistance(p, l[0])
	}
	nearest := limit
	for i := 1; i < len(l); i++ {
		if atLeast(p, l[i-1], l[i]) < nearest {
			nearest = min(nearest, fromEdge(p, l[i-1], l[i]))
		}
	}
	return nearest
}

// leastRadius is the least radius of curvature of the ellipsoid, in metres: two
// places are never nearer than they would be on a sphere of it.
const leastRadius = 6_335_439.0

const radians = math.Pi / 180

// atLeast returns a distance that no place of an edge is nearer than: that to its
// parallels and to its meridians.
func atLeast(p, a, b orb.Point) float64 {
	north := max(0, min(a[1], b[1])-p[1], p[1]-max(a[1], b[1]))
	turn := 360 * math.Round((p[0]-(a[0]+b[0])/2)/360)
	east := max(0, min(a[0], b[0])+turn-p[0], p[0]-max(a[0], b[0])-turn)
	across := math.Asin(math.Cos(p[1]*radians) * math.Sin(min(east, 90)*radians))
	return leastRadius * max(north*radians, across)
}

// fromEdge finds the place of an edge that is nearest to a point. From a first
// guess on the plane it goes along the edge until the geodesic to the point
// stands at a right angle to it.
func fromEdge(p, a, b orb.Point) float64 {
	// The edge as seen from the point, so that none is on the far side.
	turn := 360 * math.Round((p[0]-(a[0]+b[0])/2)/360)
	a, b = orb.Point{a[0] + turn, a[1]}, orb.Point{b[0] + turn, b[1]}
	dx, dy := b[0]-a[0], b[1]-a[1]
	k := math.Cos(p[1] * radians)
	t := 0.0
	if length := dx*dx*k*k + dy*dy; length > 0 {
		t = clamp(((p[0]-a[0])*dx*k*k + (p[1]-a[1])*dy) / length)
	}
	nearest := math.Inf(1)
	const steps = 50
	for range steps {
		x, y := a[0]+t*dx, a[1]+t*dy
		var s, azimuth float64
		geodesic.WGS84.Inverse(p[1], p[0], y, x, &s, nil, &azimuth)
		nearest = min(nearest, s)
		if s == 0 {
			break
		}
		east, north := metresPerDegree(y)
		east, north = east*dx, north*dy
		sin, cos := math.Sincos(azimuth * radians)
		next := clamp(t - s*(east*sin+north*cos)/(east*east+north*north))
		// A tenth of a millimetre along the edge changes nothing.
		if math.IsNaN(next) || math.Abs(next-t)*math.Hypot(east, north) < 1e-4 {
			break
		}
		t = next
	}
	return nearest
}

func clamp(t float64) float64 { return min(max(t, 0), 1) }

// metresPerDegree are the lengths of a degree eastwards and northwards at a
// latitude.
func metresPerDegree(latitude float64) (east, north float64) {
	const (
		radius       = 6378137.0
		eccentricity = 0.00669437999014
	)
	sin, cos := math.Sincos(latitude * radians)
	w := 1 - eccentricity*sin*sin
	return radius * cos / math.Sqrt(w) * radians, radius * (1 - eccentricity) / (w * math.Sqrt(w)) * radians
}

// cross reports whether two lines share a point.
func cross(a, b orb.LineString) bool {
	if !a.Bound().Intersects(b.Bound()) {
		return false
	}
	for i := 1; i < len(a); i++ {
		for j := 1; j < len(b); j++ {
			if edgesCross(a[i-1], a[i], b[j-1], b[j]) {
				return true
			}
		}
	}
	return false
}

func edgesCross(p, q, r, s orb.Point) bool {
	side := func(a, b, c orb.Point) float64 { return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0]) }
	if max(p[0], q[0]) < min(r[0], s[0]) || max(r[0], s[0]) < min(p[0], q[0]) ||
		max(p[1], q[1]) < min(r[1], s[1]) || max(r[1], s[1]) < min(p[1], q[1]) {
		return false
	}
	d1, d2, d3, d4 := side(p, q, r), side(p, q, s), side(r, s, p), side(r, s, q)
	return (d1 <= 0) != (d2 < 0) && (d3 <= 0) != (d4 < 0) ||
		d1*d2 <= 0 && d3*d4 <= 0
}
