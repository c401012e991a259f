package geo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
)

// Rules that a geometry of decoding can break on its way to orb.
const (
	RuleNotFinite    Rule = "coordinate-not-finite"
	RuleGeometryKind Rule = "geometry-not-supported"
)

// Flatten turns a geometry of decoding into orb's, x and y as they are, and
// says whether heights or measures were left behind. It is the one place where
// that happens. Points, lines and polygons and their multiples are accepted;
// nil and empty geometries become nil.
//
// The error is a Fault: RuleNotFinite when an x or y is NaN or infinite (the Z
// and M that are dropped may be), RuleGeometryKind for any other type.
func Flatten(g geom.T) (Flat, error) {
	if g == nil {
		return Flat{}, nil
	}
	if !flattens(g) {
		return Flat{}, Fault{Rule: RuleGeometryKind, Detail: fmt.Sprintf("a %T is no point, line or polygon", g)}
	}
	coords, layout := g.FlatCoords(), g.Layout()
	if len(coords) < 2 {
		return Flat{}, nil
	}
	if err := checkFlatCoords(coords, layout.Stride()); err != nil {
		return Flat{}, err
	}
	return Flat{Geometry: flatten(g), DroppedZ: layout.ZIndex() >= 0, DroppedM: layout.MIndex() >= 0}, nil
}

func flattens(g geom.T) bool {
	switch g.(type) {
	case *geom.Point, *geom.MultiPoint, *geom.LineString, *geom.MultiLineString, *geom.Polygon, *geom.MultiPolygon:
		return true
	}
	return false
}

func checkFlatCoords(coords []float64, stride int) error {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	for i := 0; i+1 < len(coords); i += stride {
		if x, y := coords[i], coords[i+1]; !finite(x) || !finite(y) {
			return Fault{Rule: RuleNotFinite, Detail: fmt.Sprintf("point %d has the coordinates %g %g", i/stride+1, x, y)}
		}
	}
	return nil
}

// flatten takes one of the types that flattens names, with at least one point.
func flatten(g geom.T) orb.Geometry {
	coords, stride := g.FlatCoords(), g.Stride()
	switch g := g.(type) {
	case *geom.Point:
		return orb.Point{coords[0], coords[1]}
	case *geom.MultiPoint:
		return orb.MultiPoint(flattenPoints(coords, stride))
	case *geom.LineString:
		return orb.LineString(flattenPoints(coords, stride))
	case *geom.MultiLineString:
		return flattenLines(coords, g.Ends(), stride)
	case *geom.Polygon:
		return flattenRings(coords, 0, g.Ends(), stride)
	default:
		return flattenPolygons(coords, g.Endss(), stride)
	}
}

func flattenPoints(coords []float64, stride int) []orb.Point {
	out := make([]orb.Point, 0, len(coords)/stride)
	for i := 0; i+1 < len(coords); i += stride {
		out = append(out, orb.Point{coords[i], coords[i+1]})
	}
	return out
}

// flattenLines leaves out members without points; orb has no use for them.
func flattenLines(coords []float64, ends []int, stride int) orb.MultiLineString {
	out := make(orb.MultiLineString, 0, len(ends))
	start := 0
	for _, end := range ends {
		if end > start {
			out = append(out, flattenPoints(coords[start:end], stride))
		}
		start = end
	}
	return out
}

func flattenRings(coords []float64, start int, ends []int, stride int) orb.Polygon {
	out := make(orb.Polygon, 0, len(ends))
	for _, end := range ends {
		if end > start {
			out = append(out, flattenPoints(coords[start:end], stride))
		}
		start = end
	}
	return out
}

func flattenPolygons(coords []float64, endss [][]int, stride int) orb.MultiPolygon {
	out := make(orb.MultiPolygon, 0, len(endss))
	start := 0
	for _, ends := range endss {
		if len(ends) == 0 {
			continue
		}
		if polygon := flattenRings(coords, start, ends, stride); len(polygon) > 0 {
			out = append(out, polygon)
		}
		start = ends[len(ends)-1]
	}
	return out
}
