package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// Measure returns how many metres a geometry lies from the nearest of the
// shapes, and whether that is near.
func (n *Near) Measure(g orb.Geometry) (metres float64, near bool) {
	if g == nil {
		return 0, false
	}
	metres = math.Inf(1)
	for _, shape := range n.Shapes {
		metres = min(metres, Distance(g, shape))
	}
	return metres, metres <= n.Within
}

// Boxes returns boxes of longitude and latitude outside which nothing is near,
// for an index to be asked. None crosses the antimeridian. There is one for each
// short run of edges, so that they follow the shapes.
func (n *Near) Boxes() []orb.Bound {
	var boxes []orb.Bound
	for _, shape := range n.Shapes {
		for _, part := range partsOf(shape) {
			for _, run := range n.runs(part) {
				boxes = append(boxes, n.around(run)...)
			}
		}
	}
	return boxes
}

// runs splits a line into the bounds of runs of edges that are hardly larger
// than what is added around them.
func (n *Near) runs(l orb.LineString) []orb.Bound {
	if len(l) == 0 {
		return nil
	}
	largest := max(0.05, 2*n.Within/(leastRadius*radians))
	var runs []orb.Bound
	run := l[0].Bound()
	for i, p := range l {
		longer := run.Extend(p)
		if i > 0 && max(longer.Max[0]-longer.Min[0], longer.Max[1]-longer.Min[1]) > largest {
			runs = append(runs, run)
			longer = l[i-1].Bound().Extend(p)
		}
		run = longer
	}
	return append(runs, run)
}

// around grows a bound by the distance, with a hundredth to spare.
func (n *Near) around(b orb.Bound) []orb.Bound {
	angle := 1.01*n.Within/leastRadius + 1e-9
	south, top := max(b.Min[1]-angle/radians, -90), min(b.Max[1]+angle/radians, 90)
	// How far the meridians lie that come so near, at the farthest latitude.
	reach := math.Sin(min(angle, math.Pi/2)) / math.Cos(max(math.Abs(south), math.Abs(top))*radians)
	whole := []orb.Bound{{Min: orb.Point{-180, south}, Max: orb.Point{180, top}}}
	if reach >= 1 || angle >= math.Pi/2 {
		return whole
	}
	east := math.Asin(reach) / radians
	west, right := b.Min[0]-east, b.Max[0]+east
	switch {
	case right-west >= 360:
		return whole
	case west < -180:
		return []orb.Bound{{Min: orb.Point{-180, south}, Max: orb.Point{right, top}}, {Min: orb.Point{west + 360, south}, Max: orb.Point{180, top}}}
	case right > 180:
		return []orb.Bound{{Min: orb.Point{west, south}, Max: orb.Point{180, top}}, {Min: orb.Point{-180, south}, Max: orb.Point{right - 360, top}}}
	}
	return []orb.Bound{{Min: orb.Point{west, south}, Max: orb.Point{right, top}}}
}
