package api

import (
	"encoding/binary"
	"io"
	"iter"
	"math"
	"strconv"

	"github.com/gogama/flatgeobuf/flatgeobuf/flat"
	"github.com/gogama/flatgeobuf/packedrtree"
	flatbuffers "github.com/google/flatbuffers/go"
	"github.com/paulmach/orb"

	"oxus/geo"
)

const (
	flatGeobufType = "application/flatgeobuf"
	// flatGeobufNode is how many entries a node of the index has, FlatGeobuf's default.
	flatGeobufNode = 16
)

// writeFlatGeobuf writes a FlatGeobuf 3.0 file. The index stands before the features and
// tells where each begins, so that all of them are put by until the last is known. They
// keep the order they come in, which is along a Hilbert curve unless another is asked
// for: what lies together in the file then lies together on the ground.
func writeFlatGeobuf(w io.Writer, items iter.Seq2[geo.Item, error], r *itemsRequest) error {
	features, encode := &spool{}, newFlatEncoder(r)
	defer features.close()
	var refs []packedrtree.Ref
	for it, err := range items {
		if err != nil {
			return err
		}
		refs = append(refs, packedrtree.Ref{Box: flatBoxOf(it.Geometry), Offset: features.size})
		if _, err := features.Write(encode.feature(&it)); err != nil {
			return err
		}
	}
	if _, err := w.Write(append([]byte("fgb\x03fgb\x00"), flatGeobufHeader(len(refs), r)...)); err != nil || len(refs) == 0 {
		return err
	}
	tree, err := packedrtree.New(refs, flatGeobufNode)
	if err != nil {
		return err
	}
	if _, err := tree.Marshal(w); err != nil {
		return err
	}
	return features.copyTo(w)
}

// flatBoxOf is the box of a geometry, and of none a box that nothing meets.
func flatBoxOf(g orb.Geometry) packedrtree.Box {
	if g == nil {
		return packedrtree.EmptyBox
	}
	b := g.Bound()
	return packedrtree.Box{XMin: b.Min[0], YMin: b.Min[1], XMax: b.Max[0], YMax: b.Max[1]}
}

func flatGeobufHeader(count int, r *itemsRequest) []byte {
	b := flatbuffers.NewBuilder(1024)
	columns := []flatbuffers.UOffsetT{flatGeobufColumn(b, "feature_id", flat.ColumnTypeString)}
	for i := range r.columns {
		columns = append(columns, flatGeobufColumn(b, r.columns[i].name, flatGeobufColumnType(&r.columns[i].schema)))
	}
	list := offsets(b, columns, flat.HeaderStartColumnsVector)
	org := b.CreateString("EPSG")
	flat.CrsStart(b)
	flat.CrsAddOrg(b, org)
	flat.CrsAddCode(b, int32(r.crs.EPSG()))
	crs := flat.CrsEnd(b)
	name, title := b.CreateString(r.query.Collection.ID), b.CreateString(r.query.Collection.Title)
	flat.HeaderStart(b)
	flat.HeaderAddName(b, name)
	flat.HeaderAddTitle(b, title)
	if r.query.Collection.Geometry == geo.Point {
		flat.HeaderAddGeometryType(b, flat.GeometryTypePoint)
	}
	flat.HeaderAddColumns(b, list)
	flat.HeaderAddFeaturesCount(b, uint64(count))
	if count == 0 {
		flat.HeaderAddIndexNodeSize(b, 0) // nothing to index
	}
	flat.HeaderAddCrs(b, crs)
	b.FinishSizePrefixed(flat.HeaderEnd(b))
	return b.FinishedBytes()
}

func flatGeobufColumn(b *flatbuffers.Builder, name string, t flat.ColumnType) flatbuffers.UOffsetT {
	text := b.CreateString(name)
	flat.ColumnStart(b)
	flat.ColumnAddName(b, text)
	flat.ColumnAddType(b, t)
	return flat.ColumnEnd(b)
}

// offsets writes a vector of what was written before.
func offsets(b *flatbuffers.Builder, of []flatbuffers.UOffsetT, start func(*flatbuffers.Builder, int) flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	start(b, len(of))
	for i := len(of) - 1; i >= 0; i-- {
		b.PrependUOffsetT(of[i])
	}
	return b.EndVector(len(of))
}

func flatGeobufColumnType(s *schema) flat.ColumnType {
	switch kmlFieldType(s.Type) {
	case "double":
		return flat.ColumnTypeDouble
	case "int":
		return flat.ColumnTypeLong
	}
	if s.Format == "date" {
		return flat.ColumnTypeDateTime // it has no type for days
	}
	return flat.ColumnTypeString
}

// flatEncoder writes features, one after the other into the same memory.
type flatEncoder struct {
	columns    []column
	types      []flat.ColumnType
	builder    *flatbuffers.Builder
	properties []byte
	value      []byte
}

func newFlatEncoder(r *itemsRequest) *flatEncoder {
	e := &flatEncoder{columns: r.columns, builder: flatbuffers.NewBuilder(1024)}
	for i := range r.columns {
		e.types = append(e.types, flatGeobufColumnType(&r.columns[i].schema))
	}
	return e
}

// feature returns the bytes of a feature, which the next overwrites.
func (e *flatEncoder) feature(it *geo.Item) []byte {
	b := e.builder
	b.Reset()
	e.writeProperties(it)
	properties := b.CreateByteVector(e.properties)
	geometry := flatGeobufGeometry(b, it.Geometry)
	flat.FeatureStart(b)
	if geometry != 0 {
		flat.FeatureAddGeometry(b, geometry)
	}
	flat.FeatureAddProperties(b, properties)
	b.FinishSizePrefixed(flat.FeatureEnd(b))
	return b.FinishedBytes()
}

// writeProperties writes each value after the number of its column; what is unknown is
// left out.
func (e *flatEncoder) writeProperties(it *geo.Item) {
	b := appendFlatText(binary.LittleEndian.AppendUint16(e.properties[:0], 0), it.ID)
	for i := range e.columns {
		e.value = e.columns[i].append(e.value[:0], it)
		if string(e.value) == "null" {
			continue
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(i+1))
		b = appendFlatValue(b, e.types[i], plainText(e.value))
	}
	e.properties = b
}

func appendFlatValue(b []byte, t flat.ColumnType, text []byte) []byte {
	switch t {
	case flat.ColumnTypeDouble:
		n, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			panic(err) // the column wrote it
		}
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(n))
	case flat.ColumnTypeLong:
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			panic(err) // the column wrote it
		}
		return binary.LittleEndian.AppendUint64(b, uint64(n))
	default:
		return appendFlatText(b, text)
	}
}

func appendFlatText[T string | []byte](b []byte, text T) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
}

// flatGeobufGeometry writes a geometry and returns 0 for none.
func flatGeobufGeometry(b *flatbuffers.Builder, g orb.Geometry) flatbuffers.UOffsetT {
	switch g := g.(type) {
	case orb.Point:
		return flatGeobufPositions(b, flat.GeometryTypePoint, []orb.Point{g})
	case orb.LineString:
		return flatGeobufPositions(b, flat.GeometryTypeLineString, g)
	case orb.MultiLineString:
		var all []orb.Point
		ends := make([]int, len(g))
		for i, l := range g {
			all = append(all, l...)
			ends[i] = len(all)
		}
		return flatGeobufPositions(b, flat.GeometryTypeMultiLineString, all, ends...)
	default:
		return 0
	}
}

func flatGeobufPositions(b *flatbuffers.Builder, t flat.GeometryType, points []orb.Point, ends ...int) flatbuffers.UOffsetT {
	flat.GeometryStartXyVector(b, 2*len(points))
	for i := len(points) - 1; i >= 0; i-- {
		b.PrependFloat64(points[i][1])
		b.PrependFloat64(points[i][0])
	}
	xy := b.EndVector(2 * len(points))
	flat.GeometryStartEndsVector(b, len(ends))
	for i := len(ends) - 1; i >= 0; i-- {
		b.PrependUint32(uint32(ends[i]))
	}
	parts := b.EndVector(len(ends))
	flat.GeometryStart(b)
	flat.GeometryAddXy(b, xy)
	if len(ends) > 0 {
		flat.GeometryAddEnds(b, parts)
	}
	flat.GeometryAddType(b, t)
	return flat.GeometryEnd(b)
}
