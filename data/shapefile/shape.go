package shapefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/twpayne/go-geom"

	"oxus/data/archive"
	"oxus/geo"
)

// shapeKind is the shape type of ESRI's description, page 4: the last digit is
// the family, 10 more mean Z (with M or without), 20 more mean M.
type shapeKind int32

const (
	kindNull       shapeKind = 0
	kindPoint      shapeKind = 1
	kindPolyLine   shapeKind = 3
	kindPolygon    shapeKind = 5
	kindMultiPoint shapeKind = 8
	kindMultiPatch shapeKind = 31
)

func (k shapeKind) family() shapeKind { return k % 10 }
func (k shapeKind) hasZ() bool        { return k/10 == 1 }
func (k shapeKind) hasM() bool        { return k/10 >= 1 }

// known reports whether shapes of the kind are read.
func (k shapeKind) known() bool {
	if k < 0 || k > 28 {
		return false
	}
	switch k.family() {
	case kindPoint, kindPolyLine, kindPolygon, kindMultiPoint:
		return true
	default:
		return k == kindNull
	}
}

// String returns ESRI's name.
func (k shapeKind) String() string {
	if !k.known() {
		if k == kindMultiPatch {
			return "MultiPatch"
		}
		return fmt.Sprintf("shape type %d", int32(k))
	}
	family := map[shapeKind]string{
		kindNull: "Null Shape", kindPoint: "Point", kindPolyLine: "PolyLine", kindPolygon: "Polygon", kindMultiPoint: "MultiPoint",
	}[k.family()]
	return family + [...]string{"", "Z", "M"}[k/10]
}

// shapeHeader is what the 100 bytes at the start of a .shp say.
type shapeHeader struct {
	kind shapeKind
	// length of the file in bytes, the header included.
	length int64
}

const (
	shapeHeaderBytes  = 100
	recordHeaderBytes = 8
	shapeFileCode     = 9994
	shapeVersion      = 1000
)

func readShapeHeader(m *archive.Member) (shapeHeader, error) {
	r, err := m.Open()
	if err != nil {
		return shapeHeader{}, err
	}
	defer r.Close()
	var b [shapeHeaderBytes]byte
	if err := r.Fill(b[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = r.Truncated(0, shapeHeaderBytes)
		}
		return shapeHeader{}, err
	}
	h := shapeHeader{
		kind:   shapeKind(binary.LittleEndian.Uint32(b[32:])),
		length: 2 * int64(binary.BigEndian.Uint32(b[24:])),
	}
	switch {
	case binary.BigEndian.Uint32(b[0:]) != shapeFileCode:
		return h, broken(RuleShapeHeader, m.Name, "byte 0 is not the mark of a .shp (9994)")
	case binary.LittleEndian.Uint32(b[28:]) != shapeVersion:
		return h, broken(RuleShapeHeader, m.Name, "the version at byte 28 is not 1000")
	case h.length < shapeHeaderBytes:
		return h, broken(RuleShapeHeader, m.Name, "the length at byte 24 is %d bytes, less than the header", h.length)
	case !h.kind.known():
		return h, broken(RuleShapeHeader, m.Name, "the file holds %s at byte 32; points, lines and polygons are read", h.kind)
	}
	return h, nil
}

// rawShape is the content of one record, valid until the next is read.
type rawShape struct {
	content []byte
	// oversized is the length of a content that was passed over because it is
	// longer than the limits allow, else 0.
	oversized int64
}

// shapeReader walks the records of a .shp in the order of the file.
type shapeReader struct {
	*archive.Reader
	length int64
	most   int64
	buf    []byte
}

func openShapes(m *archive.Member, h shapeHeader, l Limits) (*shapeReader, error) {
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	if err := r.Skip(shapeHeaderBytes); err != nil {
		r.Close()
		return nil, err
	}
	// The longest content within the limits: bounds, counts, parts, and x, y,
	// z, m of each point with their ranges.
	most := 4 + 32 + 8 + 4*int64(l.Parts) + 32*int64(l.Points) + 32
	return &shapeReader{Reader: r, length: h.length, most: most}, nil
}

// next returns the next record, io.EOF after the last one the header's length
// covers.
func (s *shapeReader) next() (rawShape, error) {
	if s.Offset() == s.length {
		return rawShape{}, io.EOF
	}
	start := s.Offset()
	var head [recordHeaderBytes]byte
	if s.length-start < recordHeaderBytes {
		return rawShape{}, broken(archive.RuleTruncated, s.Name(), "the length in the header cuts the record at byte %d", start)
	}
	if err := s.Fill(head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = s.Truncated(start, s.length-start)
		}
		return rawShape{}, err
	}
	length := 2 * int64(binary.BigEndian.Uint32(head[4:]))
	if length > s.length-s.Offset() {
		return rawShape{}, broken(archive.RuleTruncated, s.Name(),
			"the record at byte %d claims %d bytes, the file has %d left", start, length, s.length-s.Offset())
	}
	if length > s.most {
		return rawShape{oversized: length}, s.Skip(length)
	}
	var err error
	s.buf, err = s.Grow(s.buf, length)
	return rawShape{content: s.buf}, err
}

// decodeShape turns the content of a record into the geometry of r, nil for a null or
// empty shape. The header of the file says which kind is allowed.
func decodeShape(raw rawShape, want shapeKind, l Limits, t *Tally, r *geo.Record) (fault *geo.Fault) {
	if raw.oversized > 0 {
		return faultf(RulePoints, "the record has %d bytes, more than %d points or %d parts can need", raw.oversized, l.Points, l.Parts)
	}
	if len(raw.content) < 4 {
		return faultf(RuleShapeLength, "the record has %d bytes, too few for a shape type", len(raw.content))
	}
	kind := shapeKind(binary.LittleEndian.Uint32(raw.content))
	d := &shapeDecoder{content: raw.content[4:], kind: kind, limits: l}
	switch {
	case kind == kindNull:
		return nil
	case kind != want:
		return faultf(RuleShapeType, "the record is of the type %s in a file of the type %s", kind, want)
	case kind.family() == kindPoint:
		r.Geometry, fault = d.point()
		return fault
	}
	if fault := d.readCounts(); fault != nil {
		return fault
	}
	if len(d.points) == 0 {
		return nil
	}
	switch kind.family() {
	case kindMultiPoint:
		r.Geometry = geom.NewMultiPointFlat(d.layout, d.points)
	case kindPolyLine:
		r.Geometry, fault = d.lines()
	default:
		r.Geometry, r.Repairs, fault = assemblePolygons(d.layout, d.points, d.parts, t)
	}
	return fault
}

// shapeDecoder reads the content of one record behind its type.
type shapeDecoder struct {
	content []byte
	kind    shapeKind
	limits  Limits
	layout  geom.Layout
	// points are interleaved as the layout has it; parts are the ends of the
	// parts in points.
	points []float64
	parts  []int
}

// noData is ESRI's bound: "any floating point number smaller than -10^38 is
// considered to represent a no data value" (page 2). It is meant for M.
const noData = -1e38

// farthest is beyond every coordinate of every map in every unit; what lies
// outside is no position and would overflow in areas.
const farthest = 1e15

func float(b []byte, at int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(b[at:]))
}

func usable(v float64) bool { return v >= -farthest && v <= farthest }

func (d *shapeDecoder) point() (geom.T, *geo.Fault) {
	need := 16
	if d.kind.hasZ() {
		need = 24
	}
	if len(d.content) < need {
		return nil, faultf(RuleShapeLength, "a %s needs %d bytes, the record has %d", d.kind, need, len(d.content))
	}
	d.interleave(1, 0, 16, 16+8*btoi(d.kind.hasZ()))
	if fault := d.checkPoints(); fault != nil {
		return nil, fault
	}
	return geom.NewPointFlat(d.layout, d.points), nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// readCounts reads the box, the counts, the parts and the points of every kind
// but Point. Nothing is made before the counts fit the content that is there.
func (d *shapeDecoder) readCounts() *geo.Fault {
	const box = 32
	hasParts := d.kind.family() != kindMultiPoint
	head := box + 4 + 4*btoi(hasParts)
	if len(d.content) < head {
		return faultf(RuleShapeLength, "a %s needs at least %d bytes, the record has %d", d.kind, head, len(d.content))
	}
	var parts int64
	if hasParts {
		parts = int64(binary.LittleEndian.Uint32(d.content[box:]))
	}
	count := int64(binary.LittleEndian.Uint32(d.content[head-4:]))
	switch need := int64(head) + 4*parts + d.pointBytes(count); {
	case parts > int64(d.limits.Parts):
		return faultf(RulePartCount, "the record claims %d parts, more than %d", parts, d.limits.Parts)
	case count > int64(d.limits.Points):
		return faultf(RulePoints, "the record claims %d points, more than %d", count, d.limits.Points)
	case need > int64(len(d.content)):
		return faultf(RuleShapeLength, "%d points in %d parts need %d bytes, the record has %d", count, parts, need, len(d.content))
	}
	first := head + 4*int(parts)
	z := first + 16*int(count)
	d.interleave(int(count), first, z+16, z+16+d.zBytes(int(count)))
	if hasParts {
		if fault := d.readParts(d.content[head:first], int(count)); fault != nil {
			return fault
		}
	}
	return d.checkPoints()
}

// pointBytes are x and y, and z with its range where the kind has it. M is
// optional in every kind: many programs leave it out.
func (d *shapeDecoder) pointBytes(count int64) int64 {
	if d.kind.hasZ() {
		return 16*count + 16 + 8*count
	}
	return 16 * count
}

// zBytes are the range and the values of z.
func (d *shapeDecoder) zBytes(count int) int {
	if d.kind.hasZ() {
		return 16 + 8*count
	}
	return 0
}

// interleave brings x y x y ... z z ... m m ... into the order of a layout.
// The offsets are those of the first x, z and m; M is there when its range and
// values fit into the content and any of them is data.
func (d *shapeDecoder) interleave(count, xy, z, m int) {
	hasM := d.kind.hasM() && m+8*count <= len(d.content) && d.anyData(m, count)
	d.layout = layoutOf(d.kind.hasZ(), hasM)
	stride := d.layout.Stride()
	d.points = make([]float64, count*stride)
	for i := range count {
		p := d.points[i*stride : (i+1)*stride]
		p[0], p[1] = float(d.content, xy+16*i), float(d.content, xy+16*i+8)
		if d.kind.hasZ() {
			p[2] = float(d.content, z+8*i)
		}
		if hasM {
			p[stride-1] = measure(float(d.content, m+8*i))
		}
	}
}

func layoutOf(hasZ, hasM bool) geom.Layout {
	switch {
	case hasZ && hasM:
		return geom.XYZM
	case hasZ:
		return geom.XYZ
	case hasM:
		return geom.XYM
	}
	return geom.XY
}

func (d *shapeDecoder) anyData(m, count int) bool {
	for i := range count {
		if !math.IsNaN(measure(float(d.content, m+8*i))) {
			return true
		}
	}
	return false
}

// measure makes NaN of ESRI's "no data".
func measure(v float64) float64 {
	if v < noData {
		return math.NaN()
	}
	return v
}

// readParts turns the starts of the parts, counted in points, into ends,
// counted in coordinates.
func (d *shapeDecoder) readParts(b []byte, count int) *geo.Fault {
	stride := d.layout.Stride()
	previous := 0
	for at := 0; at < len(b); at += 4 {
		start := int64(binary.LittleEndian.Uint32(b[at:]))
		if at == 0 && start != 0 || at > 0 && start <= int64(previous) || start >= int64(max(count, 1)) {
			return faultf(RuleParts, "part %d starts at point %d of %d, after a part that starts at %d", at/4+1, start, count, previous)
		}
		if at > 0 {
			d.parts = append(d.parts, int(start)*stride)
		}
		previous = int(start)
	}
	if len(b) == 0 && count > 0 {
		return faultf(RuleParts, "the record has %d points and no part", count)
	}
	d.parts = append(d.parts, count*stride)
	return nil
}

func (d *shapeDecoder) checkPoints() *geo.Fault {
	stride := d.layout.Stride()
	for i := 0; i < len(d.points); i += stride {
		if x, y := d.points[i], d.points[i+1]; !usable(x) || !usable(y) {
			return faultf(RuleCoordinate, "point %d has the coordinates %g %g", i/stride+1, x, y)
		}
	}
	return nil
}

func (d *shapeDecoder) lines() (geom.T, *geo.Fault) {
	start := 0
	for i, end := range d.parts {
		if end-start < 2*d.layout.Stride() {
			return nil, faultf(geo.RuleLineLength, "line %d has one point", i+1)
		}
		start = end
	}
	if len(d.parts) == 1 {
		return geom.NewLineStringFlat(d.layout, d.points), nil
	}
	return geom.NewMultiLineStringFlat(d.layout, d.points, d.parts), nil
}
