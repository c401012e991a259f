package shapefile

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"oxus/geo"
)

// ring is one part of a polygon record.
type ring struct {
	coords []float64
	// area is signed: above zero for rings that run clockwise, as outer rings
	// do in a shapefile.
	area float64
	// holes of an outer ring.
	holes []*ring
	// home is the smallest outer ring around a hole found so far.
	home *ring
	// inside is a point in the ring, and crossings counts the edges of an outer
	// ring to its left, while that ring is looked at.
	inside    orb.Point
	crossings int
}

// assemblePolygons makes polygons of rings. A clockwise ring is an outer one;
// another goes to the smallest outer ring that contains it, wherever in the
// record that stands, and becomes an outer ring itself when none does. Rings
// without area are left out, unless there is nothing else.
//
// Where the largest ring runs the other way round, which no polygon's can, the
// program that wrote the record had it reversed, and it is read so. Rings that do not end
// where they start are closed. The repairs say so.
func assemblePolygons(layout geom.Layout, coords []float64, ends []int, t *Tally) (g geom.T, repairs []geo.Fault, fault *geo.Fault) {
	rings, repairs := splitRings(layout.Stride(), coords, ends)
	if len(rings) == 0 {
		return nil, nil, faultf(RuleNoArea, "none of the %d rings has an area", len(ends))
	}
	t.FlatRings += len(ends) - len(rings)
	if reverse(rings) {
		t.Reversed++
		repairs = append(repairs, turned(rings[0], "all rings run the wrong way round: they are read the other way"))
	}
	outer, holes := partition(rings)
	if !findHomes(layout.Stride(), outer, holes) {
		return nil, nil, faultf(RuleTangled, "the rings cross the heights of too many holes to be sorted out")
	}
	for _, hole := range holes {
		if hole.home == nil {
			outer = append(outer, hole)
			t.LooseHoles++
			repairs = append(repairs, turned(hole, "a ring runs as a hole does and lies in no other: it is read as an outer ring"))
			continue
		}
		hole.home.holes = append(hole.home.holes, hole)
	}
	return buildPolygons(layout, outer), repairs, nil
}

// turned is the repair of a ring that runs the wrong way round.
func turned(r *ring, detail string) geo.Fault {
	return geo.Fault{Rule: RuleTurned, Place: geo.Place{Point: &orb.Point{r.coords[0], r.coords[1]}}, Detail: detail}
}

// splitRings cuts the parts, drops those without area and closes those that are open.
func splitRings(stride int, coords []float64, ends []int) (rings []*ring, repairs []geo.Fault) {
	start := 0
	for i, end := range ends {
		r := &ring{coords: coords[start:end]}
		start = end
		if r.area = signedArea(r.coords, stride); r.area == 0 {
			continue
		}
		var repair *geo.Fault
		if r.coords, repair = geo.CloseRing(r.coords, stride); repair != nil {
			repair.Detail = fmt.Sprintf("ring %d %s", i+1, repair.Detail)
			repairs = append(repairs, *repair)
		}
		rings = append(rings, r)
	}
	return rings, repairs
}

// signedArea returns twice the area, above zero for a clockwise ring, and 0 for
// one whose area is no more than what rounding makes of a line. Coordinates are
// taken from the first point, because far from the origin their products lose
// the digits that matter.
func signedArea(coords []float64, stride int) float64 {
	var sum, width, height float64
	for i := stride; i+stride < len(coords); i += stride {
		x1, y1 := coords[i]-coords[0], coords[i+1]-coords[1]
		x2, y2 := coords[i+stride]-coords[0], coords[i+stride+1]-coords[1]
		sum += x2*y1 - x1*y2
		width, height = max(width, math.Abs(x1), math.Abs(x2)), max(height, math.Abs(y1), math.Abs(y2))
	}
	if math.Abs(sum) <= 1e-13*(width+height)*(width+height) {
		return 0
	}
	return sum
}

// reverse turns the winding of all rings if the largest has that of a hole.
func reverse(rings []*ring) bool {
	largest := slices.MaxFunc(rings, func(a, b *ring) int { return cmp.Compare(math.Abs(a.area), math.Abs(b.area)) })
	if largest.area > 0 {
		return false
	}
	for _, r := range rings {
		r.area = -r.area
	}
	return true
}

func partition(rings []*ring) (outer, holes []*ring) {
	for _, r := range rings {
		if r.area > 0 {
			outer = append(outer, r)
		} else {
			holes = append(holes, r)
		}
	}
	return outer, holes
}

// mostCrossings bounds the work that one record can ask for. Real polygons stay
// far below: an edge meets the few holes at its own height.
const mostCrossings = 50_000_000

// findHomes gives each hole the smallest outer ring around it. It casts a ray
// from a point inside the hole, for all holes of an edge's height at once. It
// returns false when that is too much work.
func findHomes(stride int, outer, holes []*ring) bool {
	if len(holes) == 0 {
		return true
	}
	for _, hole := range holes {
		hole.inside = pointInside(hole.coords, stride)
	}
	holes = slices.Clone(holes)
	slices.SortFunc(holes, func(a, b *ring) int { return cmp.Compare(a.inside[1], b.inside[1]) })
	work := 0
	for _, o := range outer {
		met := countCrossings(o.coords, stride, holes, &work)
		for _, hole := range met {
			// The point may also lie on an island in the lake that the hole is,
			// but that is smaller than the lake.
			around := hole.crossings%2 == 1 && o.area >= -hole.area
			if around && (hole.home == nil || o.area < hole.home.area) {
				hole.home = o
			}
			hole.crossings = 0
		}
		if work > mostCrossings {
			return false
		}
	}
	return true
}

// countCrossings counts for each hole the edges of an outer ring to the left of
// its inside point, and returns the holes that have any. Holes are sorted by
// the height of that point.
func countCrossings(coords []float64, stride int, holes []*ring, work *int) (met []*ring) {
	for i := 0; i+stride < len(coords) && *work <= mostCrossings; i += stride {
		x1, y1, x2, y2 := coords[i], coords[i+1], coords[i+stride], coords[i+stride+1]
		low, high := min(y1, y2), max(y1, y2)
		first, _ := slices.BinarySearchFunc(holes, low, func(h *ring, y float64) int { return cmp.Compare(h.inside[1], y) })
		for _, hole := range holes[first:] {
			p := hole.inside
			if p[1] >= high {
				break
			}
			*work++
			if x1+(p[1]-y1)/(y2-y1)*(x2-x1) >= p[0] {
				continue
			}
			if hole.crossings == 0 {
				met = append(met, hole)
			}
			hole.crossings++
		}
	}
	return met
}

// pointInside returns a point well inside a ring: the middle of the widest
// stretch of a horizontal line through it. A hole's own corner would not do,
// because it may lie on the outer ring.
func pointInside(coords []float64, stride int) orb.Point {
	low, high := coords[1], coords[1]
	for i := 0; i < len(coords); i += stride {
		low, high = min(low, coords[i+1]), max(high, coords[i+1])
	}
	y := low + (high-low)/2
	var xs []float64
	for i := 0; i+stride < len(coords); i += stride {
		x1, y1, x2, y2 := coords[i], coords[i+1], coords[i+stride], coords[i+stride+1]
		if (y1 <= y) != (y2 <= y) {
			xs = append(xs, x1+(y-y1)/(y2-y1)*(x2-x1))
		}
	}
	slices.Sort(xs)
	best, width := coords[0], -1.0
	for i := 0; i+1 < len(xs); i += 2 {
		if w := xs[i+1] - xs[i]; w > width {
			best, width = xs[i]+w/2, w
		}
	}
	return orb.Point{best, y}
}

func buildPolygons(layout geom.Layout, outer []*ring) geom.T {
	var coords []float64
	endss := make([][]int, 0, len(outer))
	for _, o := range outer {
		ends := make([]int, 0, 1+len(o.holes))
		for _, r := range append([]*ring{o}, o.holes...) {
			coords = append(coords, r.coords...)
			ends = append(ends, len(coords))
		}
		endss = append(endss, ends)
	}
	if len(endss) == 1 {
		return geom.NewPolygonFlat(layout, coords, endss[0])
	}
	return geom.NewMultiPolygonFlat(layout, coords, endss)
}
