package api

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strconv"

	"oxus/geo"
)

const mvtType = "application/vnd.mapbox-vector-tile"

// The field numbers of Mapbox Vector Tiles 2.1, each with its wire type.
const (
	tileLayers      = 3<<3 | lengthDelimited
	layerName       = 1<<3 | lengthDelimited
	layerFeatures   = 2<<3 | lengthDelimited
	layerKeys       = 3<<3 | lengthDelimited
	layerValues     = 4<<3 | lengthDelimited
	layerExtent     = 5 << 3
	layerVersion    = 15 << 3
	featureTags     = 2<<3 | lengthDelimited
	featureType     = 3 << 3
	featureGeometry = 4<<3 | lengthDelimited
	valueText       = 1<<3 | lengthDelimited
	valueDouble     = 3<<3 | fixed64
	valueInteger    = 4 << 3

	fixed64         = 1
	lengthDelimited = 2
)

// The geometry types and commands of Mapbox Vector Tiles.
const (
	pointGeometry = 1
	lineGeometry  = 2
	moveTo        = 1
	lineTo        = 2
)

// longText is the length beyond which a text is left out where a tile must be
// small.
const longText = 64

// layerEncoder writes one layer. Keys and values are written once each and
// referred to by number.
type layerEncoder struct {
	// short leaves out long texts.
	short bool

	features     []byte
	keys, values []byte
	keyIndex     map[string]uint64
	valueIndex   map[string]uint64
	// What is made for one feature, kept for the next.
	tags, geometry, feature, value, cell []byte
}

// encodeLayer appends a layer with its features to a tile; without features
// there is no layer.
func encodeLayer(b []byte, l *tileLayer, short bool) []byte {
	e := layerEncoder{short: short, keyIndex: map[string]uint64{}, valueIndex: map[string]uint64{}}
	n := 0
	for f := range l.features() {
		e.add(l.columns, &f)
		n++
	}
	if n == 0 {
		return b
	}
	layer := appendBytes(nil, layerName, []byte(l.collection.ID))
	layer = slices.Concat(layer, e.features, e.keys, e.values)
	layer = binary.AppendUvarint(append(layer, layerExtent), tileExtent)
	layer = append(layer, layerVersion, 2)
	return appendBytes(b, tileLayers, layer)
}

func appendBytes(b []byte, field byte, value []byte) []byte {
	b = binary.AppendUvarint(append(b, field), uint64(len(value)))
	return append(b, value...)
}

func (e *layerEncoder) add(columns []tileColumn, f *tileFeature) {
	e.tags, e.geometry = e.tags[:0], e.geometry[:0]
	switch {
	case f.count > 1:
		e.tagInteger("count", int64(f.count))
		for _, kind := range slices.Sorted(maps.Keys(f.kinds)) {
			e.tagInteger("count_"+kind, int64(f.kinds[kind]))
		}
	case f.item.Values == nil:
		// What a store counted alone in its cell, and was moved or gone when it was asked for.
		e.tagText("id", f.item.ID)
		for kind := range f.kinds {
			e.tagText(kindProperty, kind)
		}
	default:
		e.tagText("id", f.item.ID)
		e.tagColumns(columns, &f.item)
	}
	kind := byte(pointGeometry)
	if f.paths != nil {
		kind = lineGeometry
		e.appendPaths(f.paths)
	} else {
		e.appendMove(f.point, tilePoint{})
	}
	e.feature = appendBytes(e.feature[:0], featureTags, e.tags)
	e.feature = append(e.feature, featureType, kind)
	e.feature = appendBytes(e.feature, featureGeometry, e.geometry)
	e.features = appendBytes(e.features, layerFeatures, e.feature)
}

// tagColumns tags a feature with what its columns write into GeoJSON, so that
// the two cannot differ.
func (e *layerEncoder) tagColumns(columns []tileColumn, it *geo.Item) {
	for i := range columns {
		e.cell = columns[i].append(e.cell[:0], it)
		switch e.cell[0] {
		case 'n': // null: no attribute
		case '"':
			if text := plainText(e.cell); !e.short || len(text) <= longText {
				e.tagPlain(columns[i].name, text)
			}
		case '[':
			e.tagPlain(columns[i].name, e.cell)
		default:
			e.tagNumber(&columns[i], e.cell)
		}
	}
}

func (e *layerEncoder) tagText(name, text string) { e.tagPlain(name, []byte(text)) }

func (e *layerEncoder) tagPlain(name string, text []byte) {
	e.value = binary.AppendUvarint(append(e.value[:0], valueText), uint64(len(text)))
	e.value = append(e.value, text...)
	e.tag(name)
}

func (e *layerEncoder) tagInteger(name string, n int64) {
	e.value = binary.AppendUvarint(append(e.value[:0], valueInteger), uint64(n))
	e.tag(name)
}

func (e *layerEncoder) tagNumber(c *tileColumn, text []byte) {
	if c.integer {
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			panic(err) // the encoder of GeoJSON wrote it
		}
		e.tagInteger(c.name, n)
		return
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		panic(err)
	}
	e.value = binary.LittleEndian.AppendUint64(append(e.value[:0], valueDouble), math.Float64bits(f))
	e.tag(c.name)
}

// tag gives the feature the value just made under a name.
func (e *layerEncoder) tag(name string) {
	key, known := e.keyIndex[name]
	if !known {
		key = uint64(len(e.keyIndex))
		e.keyIndex[name] = key
		e.keys = appendBytes(e.keys, layerKeys, []byte(name))
	}
	value, known := e.valueIndex[string(e.value)]
	if !known {
		value = uint64(len(e.valueIndex))
		e.valueIndex[string(e.value)] = value
		e.values = appendBytes(e.values, layerValues, e.value)
	}
	e.tags = binary.AppendUvarint(e.tags, key)
	e.tags = binary.AppendUvarint(e.tags, value)
}

func (e *layerEncoder) appendPaths(paths [][]tilePoint) {
	var at tilePoint
	for _, path := range paths {
		e.appendMove(path[0], at)
		e.geometry = binary.AppendUvarint(e.geometry, uint64(len(path)-1)<<3|lineTo)
		at = path[0]
		for _, p := range path[1:] {
			e.appendStep(p, at)
			at = p
		}
	}
}

func (e *layerEncoder) appendMove(to, from tilePoint) {
	e.geometry = append(e.geometry, 1<<3|moveTo)
	e.appendStep(to, from)
}

// appendStep appends a difference of positions; signed numbers are written in
// zigzag, as binary.AppendVarint does.
func (e *layerEncoder) appendStep(to, from tilePoint) {
	e.geometry = binary.AppendVarint(e.geometry, int64(to.x-from.x))
	e.geometry = binary.AppendVarint(e.geometry, int64(to.y-from.y))
}
