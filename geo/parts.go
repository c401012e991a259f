package geo

import (
	"fmt"

	"github.com/twpayne/go-geom"
)

// Rules that a part of a geometry of decoding can break.
const (
	RuleLineLength Rule = "line-too-short"
	RuleRing       Rule = "ring-not-closed"
)

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
