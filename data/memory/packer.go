package memory

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// packer makes a packed collection of features that come in any order. Those that
// come in theirs are not moved any more.
type packer struct {
	packed *packed
	// numbers are those of sources.
	numbers map[string]uint64
	block   *block
	last    struct {
		key geo.HilbertKey
		id  string
	}
	unordered bool
	scratch   []byte
}

func newPacker(c *geo.Collection, encode *geo.FeatureEncoder) *packer {
	p := &packer{packed: &packed{collection: c, encode: encode, codes: make([]*codes, len(c.Properties))}, numbers: map[string]uint64{}}
	for i := range c.Properties {
		if c.Properties[i].Codes != nil && c.Properties[i].Type == geo.Text {
			p.packed.codes[i] = newCodes(c.Properties[i].Codes)
		}
	}
	return p
}

func newCodes(declared []geo.Code) *codes {
	c := &codes{values: []geo.Value{nil}, number: map[string]uint16{}}
	for _, code := range declared {
		c.of(code.Value)
	}
	return c
}

// of returns the number of a text. A list that is closed has few, but what stands
// in the database is what counts.
func (c *codes) of(text string) uint16 {
	n, known := c.number[text]
	if !known && len(c.values) <= math.MaxUint16 {
		n = uint16(len(c.values))
		c.number[text] = n
		c.values = append(c.values, text)
	}
	return n
}

// add packs a feature with its periods, in the order of a history. What is
// encoded already is taken as it is. Features come once each.
func (p *packer) add(f *geo.Feature, periods []geo.Period, encoded []byte) error {
	if p.block == nil || p.block.rows == blockRows {
		p.startBlock()
	}
	b, key := p.block, geo.HilbertKeyOf(f.Geometry)
	if len(b.data) > math.MaxUint32/2 {
		return fmt.Errorf("%s is too large to be packed", f.ID)
	}
	if encode := p.packed.encode; encode != nil && encoded == nil {
		p.scratch = encode.Encode(p.scratch[:0], f)
		encoded = p.scratch
	}
	if err := p.write(f, encoded); err != nil {
		return err
	}
	if p.packed.rows > 0 && cmp.Or(cmp.Compare(p.last.key, key), cmp.Compare(p.last.id, f.ID)) > 0 {
		p.unordered = true
	}
	p.last.key, p.last.id = key, f.ID
	b.keys = append(b.keys, key)
	b.from, b.to = append(b.from, f.Lifetime.From.Date), append(b.to, f.Lifetime.To.Date)
	b.precisions = append(b.precisions, precisionsOf(f.Lifetime))
	b.revisions = append(b.revisions, f.Revision)
	for i, c := range p.packed.codes {
		if c != nil {
			text, known := f.Values[i].(string)
			var n uint16
			if known {
				if n = c.of(text); n == 0 {
					return fmt.Errorf("%s has too many values to be packed", p.packed.collection.Properties[i].Name)
				}
			}
			b.codes[i] = append(b.codes[i], n)
		}
	}
	if p.packed.collection.HasStatus() {
		b.periods = append(b.periods, periods)
	}
	b.place(f.Geometry)
	b.rows++
	p.packed.rows++
	return nil
}

func (p *packer) startBlock() {
	p.endBlock()
	p.block = &block{codes: make([][]uint16, len(p.packed.codes)), starts: []uint32{0}, box: emptyBound}
	p.packed.blocks = append(p.packed.blocks, p.block)
}

// endBlock gives back what a block does not need, and counts what it does.
func (p *packer) endBlock() {
	b := p.block
	if b == nil {
		return
	}
	b.keys, b.points, b.bounds = slices.Clip(b.keys), slices.Clip(b.points), slices.Clip(b.bounds)
	b.data = append(make([]byte, 0, len(b.data)), b.data...)
	b.starts, b.rests = slices.Clip(b.starts), slices.Clip(b.rests)
	p.packed.bytes += b.size()
	p.block = nil
}

// size is about how many bytes a block takes.
func (b *block) size() int64 {
	n := int64(len(b.data)) + int64(cap(b.keys))*8 + int64(cap(b.points))*16 + int64(cap(b.bounds))*32 + int64(cap(b.groups))*32 +
		int64(cap(b.from)+cap(b.to))*4 + int64(cap(b.precisions)) + int64(cap(b.revisions))*8 + int64(cap(b.starts)+cap(b.rests))*4
	for _, c := range b.codes {
		n += int64(cap(c)) * 2
	}
	n += int64(cap(b.periods)) * 24
	for _, list := range b.periods {
		for i := range list {
			n += periodSize(&list[i])
		}
	}
	return n + 512
}

// periodSize is about how many bytes a period takes; what its lists of codes hold
// is shared.
func periodSize(p *geo.Period) int64 {
	n := int64(232 + len(p.ID) + len(p.Owner) + len(p.Cause) + len(p.Summary))
	return n + int64(len(p.Sources))*16
}

// place adds where a feature lies.
func (b *block) place(g orb.Geometry) {
	point, isPoint := g.(orb.Point)
	bound := emptyBound
	switch {
	case isPoint:
		bound = orb.Bound{Min: point, Max: point}
	case g != nil:
		bound = g.Bound()
		fallthrough
	default:
		point = nowhere
	}
	b.points = append(b.points, point)
	if g != nil && !isPoint && b.bounds == nil {
		for _, p := range b.points[:b.rows] {
			b.bounds = append(b.bounds, pointBound(p))
		}
	}
	if b.bounds != nil || g != nil && !isPoint {
		b.bounds = append(b.bounds, bound)
	}
	if b.rows%groupRows == 0 {
		b.groups = append(b.groups, emptyBound)
	}
	last := &b.groups[len(b.groups)-1]
	*last, b.box = around(*last, bound), around(b.box, bound)
}

func pointBound(p orb.Point) orb.Bound {
	if p != p { //nolint:gocritic // a point of no numbers is unlike itself
		return emptyBound
	}
	return orb.Bound{Min: p, Max: p}
}

// around is the bound around both; one of nothing adds nothing.
func around(a, b orb.Bound) orb.Bound {
	return orb.Bound{
		Min: orb.Point{min(a.Min[0], b.Min[0]), min(a.Min[1], b.Min[1])},
		Max: orb.Point{max(a.Max[0], b.Max[0]), max(a.Max[1], b.Max[1])},
	}
}

// write appends the bytes of a row: what an encoder wrote, then what is not in
// columns. A text that the encoder wrote as it is is not kept twice.
func (p *packer) write(f *geo.Feature, encoded []byte) error {
	b := p.block
	w := rowWriter{data: append(b.data, encoded...), start: len(b.data), encoded: len(encoded)}
	b.rests = append(b.rests, uint32(len(w.data)))
	w.text(f.ID)
	if err := w.geometry(f.Geometry); err != nil {
		return fmt.Errorf("pack %s: %w", f.ID, err)
	}
	p.writeSources(&w, f.Sources)
	for i := range p.packed.codes {
		if p.packed.codes[i] == nil {
			w.value(f.Values[i])
		}
	}
	b.data = w.data
	b.starts = append(b.starts, uint32(len(w.data)))
	return nil
}

func (p *packer) writeSources(w *rowWriter, sources []string) {
	if sources == nil {
		w.number(0)
		return
	}
	w.number(uint64(len(sources)) + 1)
	for _, id := range sources {
		n, known := p.numbers[id]
		if !known {
			n = uint64(len(p.numbers))
			id = string(append([]byte(nil), id...)) // the list of a row may be a part of something large
			p.numbers[id] = n
			p.packed.cited = append(p.packed.cited, id)
			p.packed.bytes += int64(len(id)) + 64
		}
		w.number(n)
	}
}

// rowWriter appends the bytes of one row.
type rowWriter struct {
	data           []byte
	start, encoded int
	// seen is up to where texts were found in what the encoder wrote: it writes them
	// in the order they are asked for, mostly.
	seen int
}

func (w *rowWriter) number(n uint64) { w.data = binary.AppendUvarint(w.data, n) }

// shortText is the length up to which looking for a text is not worth it.
const shortText = 3

func (w *rowWriter) text(s string) {
	if len(s) > shortText {
		written := w.data[w.start : w.start+w.encoded]
		at := bytes.Index(written[w.seen:], []byte(s))
		if at >= 0 {
			at += w.seen
			w.seen = at + len(s)
			w.number(uint64(at)<<1 | 1)
			w.number(uint64(len(s)))
			return
		}
	}
	w.number(uint64(len(s)) << 1)
	w.data = append(w.data, s...)
}

func (w *rowWriter) value(v geo.Value) {
	switch v := v.(type) {
	case int64:
		w.number(1)
		w.data = binary.AppendVarint(w.data, v)
	case float64:
		w.number(1)
		w.float(v)
	case []string:
		w.number(uint64(len(v)) + 1)
		for _, s := range v {
			w.text(s)
		}
	case string:
		w.number(1)
		w.text(v)
	default:
		w.number(0)
	}
}

func (w *rowWriter) float(f float64) {
	w.data = binary.LittleEndian.AppendUint64(w.data, math.Float64bits(f))
}

func (w *rowWriter) line(l orb.LineString) {
	w.number(uint64(len(l)))
	for _, p := range l {
		w.float(p[0])
		w.float(p[1])
	}
}

func (w *rowWriter) geometry(g orb.Geometry) error {
	switch g := g.(type) {
	case nil:
		w.number(noGeometry)
	case orb.Point:
		w.number(pointGeometry)
	case orb.LineString:
		w.number(lineGeometry)
		w.line(g)
	case orb.MultiLineString:
		w.number(linesGeometry)
		w.number(uint64(len(g)))
		for _, l := range g {
			w.line(l)
		}
	default:
		return fmt.Errorf("geometries of type %s are not packed", g.GeoJSONType())
	}
	return nil
}

// finish returns what was packed, in order.
func (p *packer) finish() (*packed, error) {
	p.endBlock()
	if p.unordered {
		ordered, err := p.inOrder()
		if err != nil {
			return nil, err
		}
		return ordered, nil
	}
	all := p.packed
	all.byID = make([]int32, all.rows)
	for i := range all.byID {
		all.byID[i] = int32(i)
	}
	slices.SortFunc(all.byID, func(x, y int32) int {
		a, i := all.at(x)
		b, k := all.at(y)
		return cmp.Compare(a.id(i), b.id(k))
	})
	all.bytes += int64(len(all.byID)) * 4
	return all, nil
}

// inOrder packs everything once more, in order.
func (p *packer) inOrder() (*packed, error) {
	all := p.packed
	positions := make([]int32, all.rows)
	for i := range positions {
		positions[i] = int32(i)
	}
	slices.SortFunc(positions, func(x, y int32) int {
		a, i := all.at(x)
		b, k := all.at(y)
		return cmp.Or(cmp.Compare(a.keys[i], b.keys[k]), cmp.Compare(a.id(i), b.id(k)))
	})
	again := newPacker(all.collection, all.encode)
	for _, pos := range positions {
		b, i := all.at(pos)
		var periods []geo.Period
		if b.periods != nil {
			periods = b.periods[i]
		}
		if err := again.add(all.feature(pos), periods, all.encoded(pos).Parts); err != nil {
			return nil, err
		}
	}
	return again.finish()
}
