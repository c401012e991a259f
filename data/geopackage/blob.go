package geopackage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

// srsID is EPSG:4326, whose axis order in a GeoPackage is longitude, latitude.
const srsID = 4326

// The flags of a GeoPackage geometry header (GeoPackage 1.3, 2.1.3).
const (
	littleEndianFlag = 0x01
	envelopeXY       = 0x01 << 1
	emptyFlag        = 0x01 << 4
	extendedFlag     = 0x01 << 5
	fixedHeader      = 8
)

var errBlob = errors.New("the geometry is not a GeoPackage geometry")

// encodeGeometry writes a geometry as GeoPackage binary, nil for one that is
// null or empty. Points carry no envelope: it would only repeat them.
func encodeGeometry(g orb.Geometry) ([]byte, error) {
	if isEmpty(g) {
		return nil, nil
	}
	if p, ok := g.(orb.Point); ok {
		return encodePoint(p), nil
	}
	body, err := wkb.Marshal(g, binary.LittleEndian)
	if err != nil {
		return nil, fmt.Errorf("encode the geometry: %w", err)
	}
	b := appendHeader(make([]byte, 0, fixedHeader+32+len(body)), envelopeXY)
	bound := g.Bound()
	for _, v := range [...]float64{bound.Min[0], bound.Max[0], bound.Min[1], bound.Max[1]} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return append(b, body...), nil
}

func appendHeader(b []byte, flags byte) []byte {
	b = append(b, 'G', 'P', 0, flags|littleEndianFlag)
	return binary.LittleEndian.AppendUint32(b, srsID)
}

func encodePoint(p orb.Point) []byte {
	b := appendHeader(make([]byte, 0, fixedHeader+21), 0)
	b = append(b, 1)
	b = binary.LittleEndian.AppendUint32(b, wkbPoint)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
}

func isEmpty(g orb.Geometry) bool {
	switch g := g.(type) {
	case nil:
		return true
	case orb.LineString:
		return len(g) == 0
	case orb.MultiLineString:
		return len(g) == 0
	default:
		return false
	}
}

// header is what stands before the well-known binary.
type header struct {
	srs      int32
	empty    bool
	envelope *orb.Bound
	body     []byte
}

func parseHeader(blob []byte) (header, error) {
	if len(blob) < fixedHeader || blob[0] != 'G' || blob[1] != 'P' || blob[2] != 0 || blob[3]&extendedFlag != 0 {
		return header{}, errBlob
	}
	flags := blob[3]
	// Envelopes of two, three (with Z or with M) and four dimensions.
	sizes := [...]int{0, 32, 48, 48, 64}
	kind := int(flags>>1) & 7
	if kind >= len(sizes) || len(blob) < fixedHeader+sizes[kind] {
		return header{}, errBlob
	}
	order := orderOf(flags & littleEndianFlag)
	h := header{srs: int32(order.Uint32(blob[4:])), empty: flags&emptyFlag != 0, body: blob[fixedHeader+sizes[kind]:]}
	if kind > 0 && !h.empty {
		r := wkbReader{data: blob[fixedHeader:], order: order}
		minX, maxX, minY, maxY := r.float(), r.float(), r.float(), r.float()
		h.envelope = &orb.Bound{Min: orb.Point{minX, minY}, Max: orb.Point{maxX, maxY}}
	}
	return h, nil
}

// decodeGeometry reads GeoPackage binary as any program writes it: either byte
// order, any envelope, and heights or measures, which are left behind. Null and
// empty geometries are nil.
func decodeGeometry(blob []byte) (orb.Geometry, error) {
	if blob == nil {
		return nil, nil
	}
	h, err := parseHeader(blob)
	if err != nil || h.empty {
		return nil, err
	}
	r := wkbReader{data: h.body}
	g := r.geometry(0)
	if r.err == nil && len(r.data) > 0 {
		r.err = errBlob
	}
	if r.err != nil {
		return nil, r.err
	}
	return g, nil
}

// boundOf returns the box of a geometry without decoding it where its header
// tells; ok is false for a null, empty or broken one.
func boundOf(blob []byte) (b orb.Bound, ok bool) {
	h, err := parseHeader(blob)
	if err != nil || h.empty {
		return b, false
	}
	if h.envelope != nil {
		return *h.envelope, true
	}
	g, err := decodeGeometry(blob)
	if err != nil || g == nil {
		return b, false
	}
	return g.Bound(), true
}
