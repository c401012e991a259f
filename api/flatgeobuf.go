package api

import (
	"encoding/binary"
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

// appendFlatGeobuf appends a FlatGeobuf 3.0 file. Its features stand in the order
// of the index, so all of them are needed before the first is written.
func appendFlatGeobuf(b []byte, items []geo.Item, r *itemsRequest) ([]byte, error) {
	b = append(b, "fgb\x03fgb\x00"...)
	b = append(b, flatGeobufHeader(len(items), r)...)
	if len(items) == 0 {
		return b, nil
	}
	refs := hilbertOrder(items)
	var data []byte
	for i := range refs {
		it := &items[refs[i].Offset]
		refs[i].Offset = int64(len(data))
		data = append(data, flatGeobufFeature(it, r)...)
	}
	tree, err := packedrtree.New(refs, flatGeobufNode)
	if err != nil {
		return nil, err
	}
	w := bytesWriter{b}
	if _, err := tree.Marshal(&w); err != nil {
		return nil, err
	}
	return append(w.b, data...), nil
}

// bytesWriter appends what is written to it.
type bytesWriter struct{ b []byte }

func (w *bytesWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// hilbertOrder returns the boxes of the items, each with the item's position,
// along the Hilbert curve. What has no place comes last, in a box nothing meets.
func hilbertOrder(items []geo.Item) []packedrtree.Ref {
	var located, unlocated []packedrtree.Ref
	bounds := packedrtree.EmptyBox
	for i := range items {
		if items[i].Geometry == nil {
			unlocated = append(unlocated, packedrtree.Ref{Box: packedrtree.EmptyBox, Offset: int64(i)})
			continue
		}
		g := items[i].Geometry.Bound()
		box := packedrtree.Box{XMin: g.Min[0], YMin: g.Min[1], XMax: g.Max[0], YMax: g.Max[1]}
		bounds.Expand(&box)
		located = append(located, packedrtree.Ref{Box: box, Offset: int64(i)})
	}
	packedrtree.HilbertSort(located, bounds)
	return append(located, unlocated...)
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

func flatGeobufFeature(it *geo.Item, r *itemsRequest) []byte {
	b := flatbuffers.NewBuilder(512)
	properties := b.CreateByteVector(flatGeobufProperties(it, r))
	geometry := flatGeobufGeometry(b, it.Geometry)
	flat.FeatureStart(b)
	if geometry != 0 {
		flat.FeatureAddGeometry(b, geometry)
	}
	flat.FeatureAddProperties(b, properties)
	b.FinishSizePrefixed(flat.FeatureEnd(b))
	return b.FinishedBytes()
}

// flatGeobufProperties writes each value after the number of its column; what is
// unknown is left out.
func flatGeobufProperties(it *geo.Item, r *itemsRequest) []byte {
	b := appendFlatText(binary.LittleEndian.AppendUint16(nil, 0), it.ID)
	var scratch [256]byte
	for i := range r.columns {
		value := r.columns[i].append(scratch[:0], it)
		if string(value) == "null" {
			continue
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(i+1))
		b = appendFlatValue(b, flatGeobufColumnType(&r.columns[i].schema), plainText(value))
	}
	return b
}

func appendFlatValue(b []byte, t flat.ColumnType, text string) []byte {
	switch t {
	case flat.ColumnTypeDouble:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err) // the column wrote it
		}
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(n))
	case flat.ColumnTypeLong:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(err) // the column wrote it
		}
		return binary.LittleEndian.AppendUint64(b, uint64(n))
	default:
		return appendFlatText(b, text)
	}
}

func appendFlatText(b []byte, text string) []byte {
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
