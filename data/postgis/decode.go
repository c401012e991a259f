package postgis

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
)

// itemReader makes items of rows whose columns are itemColumns, out of the bytes that
// the database sends: a page has thousands of values, each of a type known before.
type itemReader struct {
	table *table
	// shared holds the last value of each property: values repeat from row to row, and
	// nothing changes them.
	shared []geo.Value
	// list is the last list of sources, and listed its bytes.
	list   []string
	listed []byte
	// features, values and periods are what the next items are made of.
	features []geo.Feature
	values   []geo.Value
	periods  []geo.Period
	row      rowReader
}

// chunk is how many features are made at a time.
const chunk = 64

func (t *table) newItemReader() *itemReader {
	return &itemReader{table: t, shared: make([]geo.Value, len(t.collection.Properties))}
}

// binaryFormat reports whether columns come as what a rowReader reads: texts are the
// same in both formats.
func binaryFormat(fields []pgconn.FieldDescription) error {
	for i := range fields {
		if f := &fields[i]; f.Format != pgtype.BinaryFormatCode && f.DataTypeOID != pgtype.TextOID {
			return fmt.Errorf("the database sends %s as text", f.Name)
		}
	}
	return nil
}

// item reads one row.
func (r *itemReader) item(columns [][]byte) (geo.Item, error) {
	if len(r.features) == 0 {
		r.features = make([]geo.Feature, chunk)
		r.values = make([]geo.Value, chunk*len(r.shared))
	}
	row := &r.row
	*row = rowReader{columns: columns}
	f := &r.features[0]
	f.Values, r.values = r.values[:len(r.shared):len(r.shared)], r.values[len(r.shared):]
	it := geo.Item{Key: geo.HilbertKey(row.integer()), Feature: r.feature(f)}
	r.features = r.features[1:]
	if r.table.status != "" {
		it.Standing = r.standing()
	}
	if row.failed != nil {
		return it, fmt.Errorf("read %s: %w", f.ID, row.failed)
	}
	return it, nil
}

// feature reads the columns of featureColumns into a feature that has room for its values.
func (r *itemReader) feature(f *geo.Feature) *geo.Feature {
	row := &r.row
	f.Revision, f.ID, f.Geometry, f.Sources = row.integer(), row.text(), row.geometry(), r.sources()
	f.Lifetime.From, f.Lifetime.To = row.partial(), row.partial()
	for i := range f.Values {
		f.Values[i] = r.value(i)
	}
	return f
}

// value reads the value of a property, as the one before where it is the same.
func (r *itemReader) value(i int) geo.Value {
	raw := r.row.next()
	if raw == nil {
		return nil
	}
	switch r.table.collection.Properties[i].Type {
	case geo.Integer:
		return int64(r.row.fixed(raw, 8))
	case geo.Number:
		return math.Float64frombits(r.row.fixed(raw, 8))
	case geo.TextList:
		return r.row.members(raw)
	case geo.Text, geo.Partial:
	}
	if last, ok := r.shared[i].(string); ok && last == string(raw) {
		return r.shared[i]
	}
	r.shared[i] = string(raw)
	return r.shared[i]
}

// sources reads a list of sources, as the one before where it is the same.
func (r *itemReader) sources() []string {
	raw := r.row.next()
	if raw == nil {
		return nil
	}
	if r.listed == nil || !bytes.Equal(raw, r.listed) {
		list := r.row.members(raw)
		r.list, r.listed = list[:len(list):len(list)], append(r.listed[:0], raw...)
	}
	return r.list
}

// standing reads the columns of periodColumns.
func (r *itemReader) standing() geo.Standing {
	if len(r.periods) == 0 {
		r.periods = make([]geo.Period, chunk)
	}
	p := &r.periods[0]
	if !r.period(p) {
		return geo.Standing{Status: geo.UnknownStatus}
	}
	r.periods = r.periods[1:]
	return geo.Standing{Status: p.Status, Period: p}
}

// period reads the same columns into a period, and reports whether there is one: a left
// join may have found nothing.
func (r *itemReader) period(p *geo.Period) bool {
	row := &r.row
	if p.ID = row.text(); p.ID == "" {
		return false
	}
	feature, project := row.text(), row.text()
	p.Collection, p.Scope, p.Owner = r.table.collection.ID, geo.OfFeature, feature
	if project != "" {
		p.Scope, p.Owner = geo.OfProject, project
	}
	p.Kind, p.Status = geo.PeriodKind(row.text()), row.text()
	p.From, p.To = row.partial(), row.partial()
	p.Basis, p.Cause, p.Summary, p.Sources = geo.EndBasis(row.text()), row.text(), row.text(), r.sources()
	return true
}

// rowReader reads the columns of a row one after the other, in PostgreSQL's binary
// format. It remembers the first thing that is not as it should be.
type rowReader struct {
	columns [][]byte
	failed  error
}

var errShort = errors.New("a value of the database is shorter than its type")

// next is the next column, nil for null.
func (r *rowReader) next() []byte {
	if len(r.columns) == 0 {
		r.failed = errors.New("the database sends too few columns")
		return nil
	}
	raw := r.columns[0]
	r.columns = r.columns[1:]
	return raw
}

// fixed is a number of 4 or 8 bytes.
func (r *rowReader) fixed(raw []byte, size int) uint64 {
	switch {
	case len(raw) != size:
		r.failed = errShort
		return 0
	case size == 4:
		return uint64(binary.BigEndian.Uint32(raw))
	default:
		return binary.BigEndian.Uint64(raw)
	}
}

func (r *rowReader) integer() int64 { return int64(r.fixed(r.next(), 8)) }

// text is a text, blank for null.
func (r *rowReader) text() string { return string(r.next()) }

// postgresEpoch is the day from which PostgreSQL counts days, as a geo.Date.
const postgresEpoch = 10957

// partial is a day and its precision.
func (r *rowReader) partial() (p geo.PartialDate) {
	day, precision := r.next(), r.next()
	if day == nil {
		return p
	}
	p.Date = geo.Date(int32(r.fixed(day, 4)) + postgresEpoch)
	var err error
	if p.Precision, err = geo.ParsePrecision(string(precision)); err != nil {
		r.failed = err
	}
	return p
}

// source reads the columns of detailSources.
func (r *rowReader) source() (s geo.Source) {
	s.ID, s.Publisher, s.Title, s.URL = r.text(), r.text(), r.text(), r.text()
	s.Published, s.Accessed = r.written(), r.written()
	s.Supports, s.Audience = r.text(), geo.Role(r.text())
	return s
}

// written is a date that is stored as its text.
func (r *rowReader) written() geo.PartialDate {
	p, err := geo.ParsePartialDate(r.text())
	if err != nil {
		r.failed = err
	}
	return p
}

// list is a list of texts, nil for null.
func (r *rowReader) list() []string {
	if raw := r.next(); raw != nil {
		return r.members(raw)
	}
	return nil
}

// members are those of a list of texts: the number of its dimensions, two words that
// tell nothing here, the length and the first index of the one dimension, and then
// the length and the bytes of each.
func (r *rowReader) members(raw []byte) []string {
	const header, dimension = 12, 8
	if len(raw) < header {
		r.failed = errShort
		return nil
	}
	if binary.BigEndian.Uint32(raw) == 0 {
		return []string{}
	}
	if len(raw) < header+dimension {
		r.failed = errShort
		return nil
	}
	count := int(binary.BigEndian.Uint32(raw[header:]))
	raw = raw[header+dimension:]
	list := make([]string, 0, min(count, len(raw)/4))
	for range count {
		if len(raw) < 4 || int64(int32(binary.BigEndian.Uint32(raw))) > int64(len(raw)-4) || int32(binary.BigEndian.Uint32(raw)) < 0 {
			r.failed = errShort
			return nil
		}
		size := int(binary.BigEndian.Uint32(raw))
		list = append(list, string(raw[4:4+size]))
		raw = raw[4+size:]
	}
	return list
}

// pointEWKB is how the bytes of a point in WGS 84 begin: little endian, a point with
// a reference system, 4326.
const pointEWKB = "\x01\x01\x00\x00\x20\xe6\x10\x00\x00"

func (r *rowReader) geometry() orb.Geometry {
	raw := r.next()
	if raw == nil {
		return nil
	}
	if at := len(pointEWKB); len(raw) == at+16 && string(raw[:at]) == pointEWKB {
		return orb.Point{
			math.Float64frombits(binary.LittleEndian.Uint64(raw[at:])),
			math.Float64frombits(binary.LittleEndian.Uint64(raw[at+8:])),
		}
	}
	g, _, err := ewkb.Unmarshal(raw)
	if err != nil {
		r.failed = fmt.Errorf("read its geometry: %w", err)
	}
	return g
}

// gather reads all rows of an answer.
func (t *table) gather(rows pgx.Rows) (items []geo.Item, err error) {
	if err := binaryFormat(rows.FieldDescriptions()); err != nil {
		return nil, err
	}
	r := t.newItemReader()
	for rows.Next() {
		it, err := r.item(rows.RawValues())
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, rows.Err()
}
