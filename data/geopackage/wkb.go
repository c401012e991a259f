package geopackage

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"
)

// The geometry types of ISO well-known binary; a thousand more for each of Z,
// M, and Z with M.
const (
	wkbPoint           = 1
	wkbLineString      = 2
	wkbPolygon         = 3
	wkbMultiPoint      = 4
	wkbMultiLineString = 5
	wkbMultiPolygon    = 6
)

// wkbReader reads well-known binary with heights and measures, which the
// decoder of orb does not take. No count is believed before the bytes it stands
// for are there, so a broken blob cannot claim memory.
type wkbReader struct {
	data  []byte
	order binary.ByteOrder
	err   error
}

func orderOf(b byte) binary.ByteOrder {
	if b == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// take returns the next n bytes, nil once the data has ended.
func (r *wkbReader) take(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.data)) {
		r.err = errBlob
	}
	if r.err != nil {
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *wkbReader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return r.order.Uint32(b)
	}
	return 0
}

func (r *wkbReader) float() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(r.order.Uint64(b))
	}
	return 0
}

// count reads how many parts of at least size bytes follow.
func (r *wkbReader) count(size int) int {
	n := r.uint32()
	if uint64(n) > uint64(len(r.data)/size) {
		r.err = errBlob
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// geometry reads one geometry; want is the type it must have, 0 for any. An
// empty one is nil.
func (r *wkbReader) geometry(want uint32) orb.Geometry {
	if b := r.take(1); b != nil {
		r.order = orderOf(b[0])
	}
	if r.err != nil {
		return nil
	}
	code := r.uint32()
	kind, dimensions := code%1000, code/1000
	if want != 0 && kind != want || dimensions > 3 {
		r.err = errBlob
	}
	if r.err != nil {
		return nil
	}
	stride := [...]int{2, 3, 3, 4}[dimensions]
	switch kind {
	case wkbPoint:
		return r.point(stride)
	case wkbLineString:
		return orNil(orb.LineString(r.points(stride)))
	case wkbPolygon:
		return orNil(r.polygon(stride))
	default:
		return r.multiple(kind)
	}
}

// multiple reads the members of a geometry made of geometries; empty ones are
// left out.
func (r *wkbReader) multiple(kind uint32) orb.Geometry {
	switch kind {
	case wkbMultiPoint:
		return orNil(members[orb.Point](r, wkbPoint))
	case wkbMultiLineString:
		return orNil(orb.MultiLineString(members[orb.LineString](r, wkbLineString)))
	case wkbMultiPolygon:
		return orNil(orb.MultiPolygon(members[orb.Polygon](r, wkbPolygon)))
	default:
		r.err = errBlob
		return nil
	}
}

func members[G orb.Geometry](r *wkbReader, kind uint32) []G {
	const smallest = 9 // byte order, type, count
	var all []G
	for range r.count(smallest) {
		if g, ok := r.geometry(kind).(G); ok {
			all = append(all, g)
		}
	}
	return all
}

func (r *wkbReader) point(stride int) orb.Geometry {
	x, y := r.float(), r.float()
	r.take((stride - 2) * 8)
	if math.IsNaN(x) && math.IsNaN(y) {
		return nil // how an empty point is written
	}
	return orb.Point{x, y}
}

func (r *wkbReader) points(stride int) []orb.Point {
	n := r.count(stride * 8)
	points := make([]orb.Point, n)
	for i := range points {
		points[i] = orb.Point{r.float(), r.float()}
		r.take((stride - 2) * 8)
	}
	return points
}

func (r *wkbReader) polygon(stride int) orb.Polygon {
	var rings orb.Polygon
	for range r.count(4) {
		if ring := r.points(stride); len(ring) > 0 {
			rings = append(rings, ring)
		}
	}
	return rings
}

// orNil turns a geometry without positions into none, so that "not located" has
// one form. Its argument is a slice type of orb or a list of points.
func orNil[S ~[]E, E any](s S) orb.Geometry {
	if len(s) == 0 {
		return nil
	}
	switch s := any(s).(type) {
	case []orb.Point:
		return orb.MultiPoint(s)
	case orb.Geometry:
		return s
	default:
		return nil
	}
}
