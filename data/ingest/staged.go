package ingest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"oxus/geo"
)

// A part of what is staged is a sequence of entries. Those of features are written field
// by field, numbers as varints and texts after their lengths; the few of periods and
// sources are JSON. Properties and collections go by name, each written once a part, so
// that what was staged before properties were added is read after it.

// The forms of an entry and of a value.
const (
	formFeature = 'f'
	formJSON    = 'j'
	formText    = 't'
	formInteger = 'i'
	formNumber  = 'n'
	formList    = 'l'
)

// What a row of a feature has, as bits.
const (
	hasRow = 1 << iota
	hasPoint
	hasShape
	hasLifetime
)

// plainEntry is an entry of a period or source.
type plainEntry struct {
	Record     int         `json:"n,omitempty"`
	Collection string      `json:"c,omitempty"`
	Kind       geo.RowKind `json:"k"`
	ID         string      `json:"id"`
	Before     plainRow    `json:"b,omitzero"`
	After      plainRow    `json:"a,omitzero"`
}

type plainRow struct {
	Period *geo.Period `json:"p,omitempty"`
	Source *geo.Source `json:"o,omitempty"`
}

// stagedWriter writes the entries of one part.
type stagedWriter struct {
	atlas *geo.Atlas
	buf   []byte
	names map[string]uint64
}

// reset begins a part.
func (w *stagedWriter) reset() {
	w.buf = w.buf[:0]
	clear(w.names)
}

func (w *stagedWriter) number(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }

func (w *stagedWriter) text(s string) {
	w.number(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

// name writes a name: 0 and the name for the first time, later its number.
func (w *stagedWriter) name(s string) {
	if n, known := w.names[s]; known {
		w.number(n)
		return
	}
	w.names[s] = uint64(len(w.names) + 1)
	w.number(0)
	w.text(s)
}

func (w *stagedWriter) list(l []string) {
	w.number(uint64(len(l)))
	for _, s := range l {
		w.text(s)
	}
}

func (w *stagedWriter) entry(e *Entry) error {
	if e.Kind != geo.FeatureRow {
		plain := plainEntry{e.Record, e.Collection, e.Kind, e.ID, plainRow{e.Before.Period, e.Before.Source}, plainRow{e.After.Period, e.After.Source}}
		line, err := json.Marshal(plain)
		w.buf = append(w.buf, formJSON)
		w.text(string(line))
		return err
	}
	c, err := w.atlas.Collection(e.Collection)
	if err != nil {
		return err
	}
	w.buf = append(w.buf, formFeature)
	w.number(uint64(e.Record))
	w.name(e.Collection)
	w.text(e.ID)
	if err := w.feature(c, e.Before.Feature); err != nil {
		return err
	}
	return w.feature(c, e.After.Feature)
}

func (w *stagedWriter) feature(c *geo.Collection, f *geo.Feature) error {
	if f == nil {
		w.buf = append(w.buf, 0)
		return nil
	}
	has := byte(hasRow)
	point, isPoint := f.Geometry.(orb.Point)
	switch {
	case isPoint:
		has |= hasPoint
	case f.Geometry != nil:
		has |= hasShape
	}
	if f.Lifetime != (geo.Lifetime{}) {
		has |= hasLifetime
	}
	w.buf = append(w.buf, has)
	w.number(uint64(f.Revision))
	if isPoint {
		w.float(point[0])
		w.float(point[1])
	} else if f.Geometry != nil {
		shape, err := wkb.Marshal(f.Geometry)
		if err != nil {
			return err
		}
		w.text(string(shape))
	}
	if has&hasLifetime != 0 {
		w.date(f.Lifetime.From)
		w.date(f.Lifetime.To)
	}
	w.list(f.Sources)
	return w.values(c, f.Values)
}

func (w *stagedWriter) float(n float64) {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(n))
}

func (w *stagedWriter) date(d geo.PartialDate) {
	w.buf = append(w.buf, byte(d.Precision))
	w.buf = binary.AppendVarint(w.buf, int64(d.Date))
}

// values writes those that are there, and how many.
func (w *stagedWriter) values(c *geo.Collection, values []geo.Value) error {
	n := 0
	for _, v := range values {
		if v != nil {
			n++
		}
	}
	w.number(uint64(n))
	for i, v := range values {
		if v == nil {
			continue
		}
		w.name(c.Properties[i].Name)
		switch v := v.(type) {
		case string:
			w.buf = append(w.buf, formText)
			w.text(v)
		case int64:
			w.buf = append(w.buf, formInteger)
			w.buf = binary.AppendVarint(w.buf, v)
		case float64:
			w.buf = append(w.buf, formNumber)
			w.float(v)
		case []string:
			w.buf = append(w.buf, formList)
			w.list(v)
		default:
			return fmt.Errorf("a value of the type %T cannot be staged", v)
		}
	}
	return nil
}

// errStaged says that what was staged is not what this program writes.
var errStaged = errors.New("read what was staged: it is cut off or was written by another version; stage the import again")

// stagedReader reads the entries of one part. After a fault all that it reads is empty.
type stagedReader struct {
	atlas *geo.Atlas
	// rest is what is still to be read; texts are parts of it.
	rest  string
	names []string
	err   error
}

func (r *stagedReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = ""
}

// take cuts bytes off.
func (r *stagedReader) take(n uint64) string {
	if n > uint64(len(r.rest)) {
		r.fail(errStaged)
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *stagedReader) byte() byte {
	if b := r.take(1); b != "" {
		return b[0]
	}
	return 0
}

func (r *stagedReader) number() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail(errStaged)
	return 0
}

// signed reads a number that may be negative, as encoding/binary writes it.
func (r *stagedReader) signed() int64 {
	n := r.number()
	if n&1 != 0 {
		return ^int64(n >> 1)
	}
	return int64(n >> 1)
}

func (r *stagedReader) float() float64 {
	b := r.take(8)
	if b == "" {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64([]byte(b)))
}

func (r *stagedReader) text() string { return r.take(r.number()) }

func (r *stagedReader) name() string {
	n := r.number()
	switch {
	case n == 0:
		name := r.text()
		r.names = append(r.names, name)
		return name
	case n > uint64(len(r.names)):
		r.fail(errStaged)
		return ""
	default:
		return r.names[n-1]
	}
}

func (r *stagedReader) list() []string {
	n := r.number()
	if n > uint64(len(r.rest)) { // each member has a byte at least
		r.fail(errStaged)
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}

// entry reads the next entry, false at the end or at a fault.
func (r *stagedReader) entry() (Entry, bool) {
	if r.rest == "" {
		return Entry{}, false
	}
	var e Entry
	switch r.byte() {
	case formJSON:
		var plain plainEntry
		if err := json.Unmarshal([]byte(r.text()), &plain); err != nil {
			r.fail(errStaged)
		}
		e = Entry{
			Record: plain.Record, Collection: plain.Collection, Kind: plain.Kind, ID: plain.ID,
			Before: geo.Row{Period: plain.Before.Period, Source: plain.Before.Source}, After: geo.Row{Period: plain.After.Period, Source: plain.After.Source},
		}
	case formFeature:
		e = Entry{Record: int(r.number()), Collection: r.name(), Kind: geo.FeatureRow, ID: r.text()}
		c, err := r.atlas.Collection(e.Collection)
		if err != nil {
			r.fail(err)
			break
		}
		e.Before.Feature = r.feature(c, e.ID)
		e.After.Feature = r.feature(c, e.ID)
	default:
		r.fail(errStaged)
	}
	return e, r.err == nil
}

func (r *stagedReader) feature(c *geo.Collection, id string) *geo.Feature {
	has := r.byte()
	if has&hasRow == 0 {
		return nil
	}
	f := &geo.Feature{ID: id, Revision: int64(r.number()), Values: make([]geo.Value, len(c.Properties))}
	switch {
	case has&hasPoint != 0:
		f.Geometry = orb.Point{r.float(), r.float()}
	case has&hasShape != 0:
		var err error
		if f.Geometry, err = wkb.Unmarshal([]byte(r.text())); err != nil {
			r.fail(errStaged)
		}
	}
	if has&hasLifetime != 0 {
		f.Lifetime = geo.Lifetime{From: r.date(), To: r.date()}
	}
	if f.Sources = r.list(); len(f.Sources) == 0 {
		f.Sources = nil
	}
	for range r.number() {
		if r.err != nil {
			break
		}
		r.value(c, f)
	}
	return f
}

func (r *stagedReader) date() geo.PartialDate {
	precision := geo.Precision(r.byte())
	return geo.PartialDate{Date: geo.Date(r.signed()), Precision: precision}
}

// value reads a value into the property that it names.
func (r *stagedReader) value(c *geo.Collection, f *geo.Feature) {
	name := r.name()
	var v geo.Value
	t := geo.Text
	switch r.byte() {
	case formText:
		v = r.text()
	case formInteger:
		v, t = r.signed(), geo.Integer
	case formNumber:
		v, t = r.float(), geo.Number
	case formList:
		v, t = r.list(), geo.TextList
	default:
		r.fail(errStaged)
		return
	}
	i := c.PropertyIndex(name)
	switch {
	case r.err != nil:
	case i < 0:
		r.fail(fmt.Errorf("%s has no property %q any more", c.ID, name))
	case c.Properties[i].Type != t && (t != geo.Text || c.Properties[i].Type != geo.Partial):
		r.fail(fmt.Errorf("the property %q of %s has another type now", name, c.ID))
	default:
		f.Values[i] = v
	}
}
