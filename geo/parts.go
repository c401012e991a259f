package geo

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
)

// Rules that a part of a geometry of decoding can break.
const (
	RuleLineLength Rule = "line-too-short"
	RuleRing       Rule = "ring-not-closed"
)

// RuleRingClosed is the repair of a ring that did not end where it starts.
const RuleRingClosed Rule = "ring-closed"

// SetGeometry gives a record a geometry of decoding. Rings of three different
// positions or more that do not end where they start are closed, and the repairs
// noted; what CheckParts finds in the rest is returned, and the record has no
// geometry then.
func (r *Record) SetGeometry(g geom.T) *Fault {
	g, repairs := closeRings(g)
	if fault := CheckParts(g); fault != nil {
		return fault
	}
	r.Geometry, r.Repairs = g, append(r.Repairs, repairs...)
	return nil
}

// closeRings returns the geometry with its rings closed, and what was closed. The one
// that it is given stays as it is.
func closeRings(g geom.T) (geom.T, []Fault) {
	c := closing{}
	switch g := g.(type) {
	case *geom.Polygon:
		ends := c.rings(g.FlatCoords(), 0, g.Ends(), g.Stride())
		if len(c.repairs) > 0 {
			return geom.NewPolygonFlat(g.Layout(), c.coords, ends), c.repairs
		}
	case *geom.MultiPolygon:
		endss, start := make([][]int, len(g.Endss())), 0
		for i, ends := range g.Endss() {
			endss[i] = c.rings(g.FlatCoords(), start, ends, g.Stride())
			if len(ends) > 0 {
				start = ends[len(ends)-1]
			}
		}
		if len(c.repairs) > 0 {
			return geom.NewMultiPolygonFlat(g.Layout(), c.coords, endss), c.repairs
		}
	}
	return g, nil
}

// closing gathers rings that are closed.
type closing struct {
	coords  []float64
	number  int
	repairs []Fault
}

// rings adds the rings of one polygon and returns their ends.
func (c *closing) rings(coords []float64, start int, ends []int, stride int) []int {
	var closed []int
	for _, end := range ends {
		ring, repair := CloseRing(coords[start:end], stride)
		c.number++
		if repair != nil {
			repair.Detail = fmt.Sprintf("ring %d %s", c.number, repair.Detail)
			c.repairs = append(c.repairs, *repair)
		}
		c.coords = append(c.coords, ring...)
		closed = append(closed, len(c.coords))
		start = end
	}
	return closed
}

// CloseRing returns a ring with its first position again at its end, and what was
// repaired by that; a ring that ends where it starts, or has fewer than three different
// positions, comes back as it is.
func CloseRing(ring []float64, stride int) ([]float64, *Fault) {
	last := len(ring) - stride
	if last < 2*stride || ring[0] == ring[last] && ring[1] == ring[last+1] || !hasThree(ring, stride) {
		return ring, nil
	}
	repair := &Fault{Rule: RuleRingClosed, Detail: fmt.Sprintf("ended at %g %g: it is closed", ring[last], ring[last+1])}
	repair.Place.Point = &orb.Point{ring[0], ring[1]}
	return append(slices.Clip(ring), ring[:stride]...), repair
}

// hasThree reports whether a ring has three different positions.
func hasThree(ring []float64, stride int) bool {
	second := -1
	for i := stride; i+1 < len(ring); i += stride {
		if ring[i] == ring[0] && ring[i+1] == ring[1] {
			continue
		}
		if second < 0 {
			second = i
		} else if ring[i] != ring[second] || ring[i+1] != ring[second+1] {
			return true
		}
	}
	return false
}

// CheckParts holds the parts of a geometry of decoding to what makes them lines
// and rings: a line has two positions or more, a ring has four or more and ends
// where it starts. It returns the first part that does not.
func CheckParts(g geom.T) *Fault {
	switch g := g.(type) {
	case *geom.LineString:
		return checkEnds(g.FlatCoords(), 0, []int{len(g.FlatCoords())}, g.Stride(), lineFault)
	case *geom.MultiLineString:
		return checkEnds(g.FlatCoords(), 0, g.Ends(), g.Stride(), lineFault)
	case *geom.Polygon:
		return checkEnds(g.FlatCoords(), 0, g.Ends(), g.Stride(), ringFault)
	case *geom.MultiPolygon:
		start := 0
		for i, ends := range g.Endss() {
			if len(ends) == 0 {
				return &Fault{Rule: RuleRing, Detail: fmt.Sprintf("polygon %d has no ring", i+1)}
			}
			if fault := checkEnds(g.FlatCoords(), start, ends, g.Stride(), ringFault); fault != nil {
				return fault
			}
			start = ends[len(ends)-1]
		}
	}
	return nil
}

func checkEnds(coords []float64, start int, ends []int, stride int, check func(part []float64, stride, number int) *Fault) *Fault {
	for i, end := range ends {
		if fault := check(coords[start:end], stride, i+1); fault != nil {
			return fault
		}
		start = end
	}
	return nil
}

func lineFault(part []float64, stride, number int) *Fault {
	if n := len(part) / stride; n < 2 {
		return &Fault{Rule: RuleLineLength, Detail: fmt.Sprintf("line %d has %d positions, fewer than two", number, n)}
	}
	return nil
}

func ringFault(part []float64, stride, number int) *Fault {
	if n := len(part) / stride; n < 4 {
		return &Fault{Rule: RuleRing, Detail: fmt.Sprintf("ring %d has %d positions, fewer than four", number, n)}
	}
	if last := len(part) - stride; part[0] != part[last] || part[1] != part[last+1] {
		return &Fault{Rule: RuleRing, Detail: fmt.Sprintf("ring %d does not end where it starts", number)}
	}
	return nil
}
