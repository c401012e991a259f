package memory

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// The rows of a packed collection lie in blocks, and those of a block in groups,
// each with the box around its rows: as rows that follow each other lie near each
// other, a box is asked of few.
const (
	blockRows = 4096
	groupRows = 64
)

// packed holds features in their default order, without an object for each: what
// is tested often stands in columns, the rest of a row in its bytes. It is never
// changed once it is finished.
type packed struct {
	collection *geo.Collection
	// encode wrote the bytes that rows begin with, nil where they begin with none.
	encode *geo.FeatureEncoder
	blocks []*block
	rows   int
	// codes are the columns of closed lists, by property; nil for the others.
	codes []*codes
	// cited are the ids of sources that rows cite by number.
	cited []string
	// byID are the positions in ascending order of id.
	byID []int32
	// bytes is about how much memory all of it takes.
	bytes int64
}

// block is up to blockRows rows.
type block struct {
	rows int
	keys []geo.HilbertKey
	// points are the positions; what is not a point has that of no number, and
	// bounds around it. There are none where all are points.
	points []orb.Point
	bounds []orb.Bound
	// from and to are the dates of the lifetime, precisions those of both.
	from, to   []geo.Date
	precisions []uint8
	revisions  []int64
	// codes are by property, nil where it is no closed list.
	codes [][]uint16
	// starts are where the bytes of each row begin in data, with the end of the
	// last; rests where those that an encoder wrote end.
	starts, rests []uint32
	data          []byte
	// periods are those that speak for each row; nil in collections without any.
	periods [][]geo.Period
	groups  []orb.Bound
	box     orb.Bound
}

// codes number the values of a closed list; 0 is no value.
type codes struct {
	values []geo.Value
	number map[string]uint16
}

// nowhere is the point of what has none. No box holds it.
var nowhere = orb.Point{math.NaN(), math.NaN()}

// emptyBound is the bound of nothing. No box touches it.
var emptyBound = orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}

// at returns the block of a position and its place there.
func (p *packed) at(pos int32) (b *block, i int) {
	return p.blocks[pos/blockRows], int(pos % blockRows)
}

// precision packs both of a lifetime.
func precisionsOf(l geo.Lifetime) uint8 { return uint8(l.From.Precision) | uint8(l.To.Precision)<<4 }

func (b *block) lifetime(i int) geo.Lifetime {
	p := b.precisions[i]
	return geo.Lifetime{
		From: geo.PartialDate{Date: b.from[i], Precision: geo.Precision(p & 15)},
		To:   geo.PartialDate{Date: b.to[i], Precision: geo.Precision(p >> 4)},
	}
}

// encoded is a row as an encoder wrote it.
func (p *packed) encoded(pos int32) geo.Encoded {
	b, i := p.at(pos)
	if p.encode == nil {
		return geo.Encoded{}
	}
	return geo.Encoded{By: p.encode, Parts: b.data[b.starts[i]:b.rests[i]:b.rests[i]]}
}

// id is that of a row.
func (b *block) id(i int) string {
	r := b.reader(i)
	return r.text()
}

// reader reads the rest of a row from its id on.
func (b *block) reader(i int) rowReader {
	return rowReader{row: b.data[b.starts[i]:b.starts[i+1]], at: int(b.rests[i] - b.starts[i])}
}

// rowReader reads the bytes of a row that a rowWriter wrote. What it returns
// shares them.
type rowReader struct {
	row []byte
	at  int
}

func (r *rowReader) number() uint64 {
	if n := r.row[r.at]; n < 0x80 {
		r.at++
		return uint64(n)
	}
	n, size := binary.Uvarint(r.row[r.at:])
	r.at += size
	return n
}

// text reads a text that stands here, or where the encoder wrote it.
func (r *rowReader) text() string {
	head := r.number()
	if head&1 == 0 {
		size := int(head >> 1)
		r.at += size
		return textOf(r.row[r.at-size : r.at])
	}
	size := int(r.number())
	return textOf(r.row[head>>1:][:size])
}

// textOf is bytes that are never changed as a text.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (r *rowReader) float() float64 {
	r.at += 8
	return math.Float64frombits(binary.LittleEndian.Uint64(r.row[r.at-8:]))
}

// value reads the value of a property of a type.
func (r *rowReader) value(t geo.PropertyType) geo.Value {
	known := r.number()
	if known == 0 {
		return nil
	}
	switch t {
	case geo.Integer:
		n, size := binary.Varint(r.row[r.at:])
		r.at += size
		return n
	case geo.Number:
		return r.float()
	case geo.TextList:
		list := make([]string, known-1)
		for i := range list {
			list[i] = r.text()
		}
		return list
	default:
		return r.text()
	}
}

func (r *rowReader) line() orb.LineString {
	line := make(orb.LineString, r.number())
	for i := range line {
		line[i] = orb.Point{r.float(), r.float()}
	}
	return line
}

// The ways a geometry is kept.
const (
	noGeometry = iota
	pointGeometry
	lineGeometry
	linesGeometry
)

func (r *rowReader) geometry(b *block, i int) orb.Geometry {
	switch r.number() {
	case pointGeometry:
		return b.points[i]
	case lineGeometry:
		return r.line()
	case linesGeometry:
		lines := make(orb.MultiLineString, r.number())
		for k := range lines {
			lines[k] = r.line()
		}
		return lines
	default:
		return nil
	}
}

// feature makes the feature of a position.
func (p *packed) feature(pos int32) *geo.Feature {
	b, i := p.at(pos)
	r := b.reader(i)
	f := &geo.Feature{ID: r.text(), Lifetime: b.lifetime(i), Revision: b.revisions[i]}
	f.Geometry = r.geometry(b, i)
	if n := r.number(); n > 0 {
		f.Sources = make([]string, n-1)
		for k := range f.Sources {
			f.Sources[k] = p.cited[r.number()]
		}
	}
	f.Values = make([]geo.Value, len(p.codes))
	for k, c := range p.codes {
		if c != nil {
			f.Values[k] = c.values[b.codes[k][i]]
			continue
		}
		f.Values[k] = r.value(p.collection.Properties[k].Type)
	}
	return f
}

// geometry makes the geometry of a position.
func (p *packed) geometry(pos int32) orb.Geometry {
	b, i := p.at(pos)
	if b.points[i] == b.points[i] { //nolint:gocritic // a point of no numbers is unlike itself
		return b.points[i]
	}
	r := b.reader(i)
	r.text()
	return r.geometry(b, i)
}

// sources calls each with the numbers of the sources that a row cites.
func (p *packed) sources(pos int32, each func(number uint64)) {
	b, i := p.at(pos)
	r := b.reader(i)
	r.text()
	r.geometry(b, i)
	for n := r.number(); n > 1; n-- {
		each(r.number())
	}
}

// find returns the position of an id.
func (p *packed) find(id string) (pos int32, found bool) {
	low, high := 0, len(p.byID)
	for low < high {
		middle := int(uint(low+high) / 2)
		b, i := p.at(p.byID[middle])
		switch at := b.id(i); {
		case at < id:
			low = middle + 1
		case at > id:
			high = middle
		default:
			return p.byID[middle], true
		}
	}
	return 0, false
}

// following returns the first position whose key and id come after those given.
func (p *packed) following(key geo.HilbertKey, id string) int32 {
	return p.first(func(b *block, i int) bool { return b.keys[i] > key || b.keys[i] == key && b.id(i) > id })
}

// notBefore returns the first position whose key and id do not come before those given.
func (p *packed) notBefore(key geo.HilbertKey, id string) int32 {
	return p.first(func(b *block, i int) bool { return b.keys[i] > key || b.keys[i] == key && b.id(i) >= id })
}

func (p *packed) first(holds func(b *block, i int) bool) int32 {
	low, high := int32(0), int32(p.rows)
	for low < high {
		middle := (low + high) / 2
		if holds(p.at(middle)) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}
