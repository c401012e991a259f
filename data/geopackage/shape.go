package geopackage

import (
	"math"

	"github.com/twpayne/go-geom"

	"oxus/geo"
)

// shapeReader reads well-known binary of others into the geometry of decoding,
// which keeps heights and measures. It says what is wrong instead of leaving it
// out. Multiples hold members of one simple type and collections are refused, so
// nothing nests deeper than that.
type shapeReader struct {
	wkbReader
	limits Limits
	fault  *geo.Fault

	layout geom.Layout
	coords []float64
	ends   []int
	endss  [][]int
	parts  int
}

// decodeShape reads GeoPackage binary of the system srs. The envelope is passed
// over: a wrong one harms an index, not the geometry. Null and empty geometries
// are nil.
func decodeShape(blob []byte, srs int64, limits Limits) (geom.T, *geo.Fault) {
	if len(blob) > 3 && blob[0] == 'G' && blob[1] == 'P' && blob[3]&extendedFlag != 0 {
		return nil, faultf(geo.RuleGeometryKind, "the geometry is of an extended type, which only the program that wrote it knows")
	}
	h, err := parseHeader(blob)
	if err != nil {
		return nil, faultf(RuleGeometry, "the geometry does not begin as GeoPackage binary does")
	}
	if int64(h.srs) != srs && h.srs > 0 {
		return nil, faultf(RuleGeometry, "the geometry is in the system %d, its layer in %d", h.srs, srs)
	}
	r := shapeReader{wkbReader: wkbReader{data: h.body}, limits: limits}
	g := r.read()
	switch {
	case r.fault != nil:
		return nil, r.fault
	case r.err != nil:
		return nil, faultf(RuleGeometry, "the well-known binary of the geometry is cut off or counts more than is there")
	case len(r.data) > 0:
		return nil, faultf(RuleGeometry, "%d bytes follow the geometry", len(r.data))
	case h.empty && g != nil:
		return nil, faultf(RuleGeometry, "the geometry is marked empty and has points")
	}
	return g, nil
}

// read reads one geometry with all its members, nil for an empty one.
func (r *shapeReader) read() geom.T {
	kind, layout := r.head()
	r.layout = layout
	switch kind {
	case wkbPoint, wkbLineString, wkbPolygon:
		r.simple(kind)
	case wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon:
		r.members(kind)
	default:
		r.fail(geo.RuleGeometryKind, "a geometry of type %d is no point, line or polygon", kind)
	}
	r.checkFinite()
	if r.err != nil || r.fault != nil || len(r.coords) == 0 {
		return nil
	}
	return r.geometry(kind)
}

func (r *shapeReader) fail(rule geo.Rule, format string, args ...any) {
	if r.err == nil && r.fault == nil {
		r.fault = faultf(rule, format, args...)
	}
}

func (r *shapeReader) broken() bool { return r.err != nil || r.fault != nil }

// head reads the byte order and type of a geometry.
func (r *shapeReader) head() (kind uint32, layout geom.Layout) {
	b := r.take(1)
	if b == nil {
		return 0, geom.NoLayout
	}
	if b[0] > 1 {
		r.err = errBlob
	}
	r.order = orderOf(b[0])
	code := r.uint32()
	layouts := [...]geom.Layout{geom.XY, geom.XYZ, geom.XYM, geom.XYZM}
	if code/1000 >= uint32(len(layouts)) {
		r.fail(geo.RuleGeometryKind, "a geometry of type %d is no point, line or polygon", code)
		return 0, geom.NoLayout
	}
	return code % 1000, layouts[code/1000]
}

func (r *shapeReader) simple(kind uint32) {
	switch kind {
	case wkbPoint:
		r.point()
	case wkbLineString:
		r.line()
	default:
		r.rings()
	}
}

// members reads the geometries a multiple is made of.
func (r *shapeReader) members(kind uint32) {
	const smallest = 9 // byte order, type, count
	for range r.countParts(smallest) {
		member, layout := r.head()
		if r.broken() {
			return
		}
		if member != kind-wkbMultiPoint+wkbPoint || layout != r.layout {
			r.fail(RuleGeometry, "a member of type %d (%v) does not belong into type %d (%v)", member, layout, kind, r.layout)
			return
		}
		r.simple(member)
	}
}

func (r *shapeReader) countParts(size int) int {
	n := r.count(size)
	if r.parts += n; r.parts > r.limits.Parts {
		r.fail(RulePartCount, "the geometry has more than %d parts", r.limits.Parts)
		return 0
	}
	return n
}

// point leaves out an empty one, which is written as not-a-numbers.
func (r *shapeReader) point() {
	start := len(r.coords)
	r.floats(1)
	if p := r.coords[start:]; len(p) > 1 && math.IsNaN(p[0]) && math.IsNaN(p[1]) {
		r.coords = r.coords[:start]
	}
}

func (r *shapeReader) line() {
	r.floats(r.count(r.layout.Stride() * 8))
	r.ends = append(r.ends, len(r.coords))
}

func (r *shapeReader) rings() {
	var ends []int
	for range r.countParts(4) {
		r.floats(r.count(r.layout.Stride() * 8))
		ends = append(ends, len(r.coords))
	}
	r.ends = append(r.ends, ends...)
	r.endss = append(r.endss, ends)
}

// floats reads n positions, whose bytes must be there.
func (r *shapeReader) floats(n int) {
	stride := r.layout.Stride()
	if len(r.coords)/stride+n > r.limits.Points {
		r.fail(RulePoints, "the geometry has more than %d points", r.limits.Points)
	}
	if r.broken() {
		return
	}
	b := r.take(n * stride * 8)
	for i := 0; i+8 <= len(b); i += 8 {
		r.coords = append(r.coords, math.Float64frombits(r.order.Uint64(b[i:])))
	}
}

func (r *shapeReader) checkFinite() {
	stride := max(r.layout.Stride(), 2)
	for i := 0; i+1 < len(r.coords); i += stride {
		if x, y := r.coords[i], r.coords[i+1]; math.IsNaN(x+y) || math.IsInf(x, 0) || math.IsInf(y, 0) {
			r.fail(geo.RuleNotFinite, "point %d has the coordinates %g %g", i/stride+1, x, y)
			return
		}
	}
}

func (r *shapeReader) geometry(kind uint32) geom.T {
	switch kind {
	case wkbPoint:
		return geom.NewPointFlat(r.layout, r.coords)
	case wkbMultiPoint:
		return geom.NewMultiPointFlat(r.layout, r.coords)
	case wkbLineString:
		return geom.NewLineStringFlat(r.layout, r.coords)
	case wkbMultiLineString:
		return geom.NewMultiLineStringFlat(r.layout, r.coords, r.ends)
	case wkbPolygon:
		return geom.NewPolygonFlat(r.layout, r.coords, r.ends)
	default:
		return geom.NewMultiPolygonFlat(r.layout, r.coords, r.endss)
	}
}
