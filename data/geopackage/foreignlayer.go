package geopackage

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"oxus/geo"
)

// Layer is one table of features or attributes of a file of others. It
// implements geo.Layer.
type Layer struct {
	file     *LayerFile
	declared declared
	crs      string
	columns  []foreignColumn
	rowid    string // the name its row ids go by
	length   int
}

var _ geo.Layer = (*Layer)(nil)

// Name returns the name of the table.
func (l *Layer) Name() string { return l.declared.table }

// CRS returns "EPSG:n" where the file names the system so, else its definition
// as WKT, "" where it is undefined. A table without geometry has nothing that a
// system could move; it is said to be in EPSG:4326.
func (l *Layer) CRS() string { return l.crs }

// Len returns how many records GDAL noted for the layer, -1 where nothing is
// noted. It is for showing progress and is not checked.
func (l *Layer) Len() int { return l.length }

// Fields returns the columns in order, without the geometry, BLOBs and what is
// computed.
func (l *Layer) Fields() []geo.Field {
	fields := make([]geo.Field, len(l.columns))
	for i, c := range l.columns {
		fields[i] = geo.Field{Name: c.name}
	}
	return fields
}

// openLayer reads what the file says of a declared table. The fault says why it
// cannot be a layer.
func (f *LayerFile) openLayer(d declared) (*Layer, *geo.Fault, error) {
	l := &Layer{file: f, declared: d, crs: "EPSG:4326", length: -1}
	lower := strings.ToLower(d.table)
	if strings.HasPrefix(lower, "sqlite_") || strings.HasPrefix(lower, "gpkg_") {
		return nil, faultf(RuleTable, "tables of this name describe the file and are no layers"), nil
	}
	if d.unlocated {
		return nil, faultf(RuleTable, "the table is declared to hold features, but gpkg_geometry_columns names no column for their geometry"), nil
	}
	why, err := f.extraordinary(d.table)
	if err != nil || why != "" {
		return nil, faultf(RuleTable, "the table %.100q %s", d.table, why), err
	}
	if fault, err := l.readColumns(); fault != nil || err != nil {
		return nil, fault, err
	}
	if fault, err := l.findRowID(); fault != nil || err != nil {
		return nil, fault, err
	}
	if d.geometry != "" {
		var fault *geo.Fault
		if l.crs, fault, err = f.system(d.srs); fault != nil || err != nil {
			return nil, fault, err
		}
	}
	l.length, err = f.notedCount(d.table)
	return l, nil, err
}

func (l *Layer) readColumns() (*geo.Fault, error) {
	located, count := l.declared.geometry == "", 0
	err := l.file.each("SELECT name, type FROM pragma_table_info(?) LIMIT ?", func(row []any) {
		count++
		name := nameIn(row[0])
		if l.declared.geometry != "" && strings.EqualFold(name, l.declared.geometry) {
			l.declared.geometry, located = name, true
			return
		}
		if c := newForeignColumn(name, nameIn(row[1])); c.kind != blobColumn {
			l.columns = append(l.columns, c)
		}
	}, 2, l.declared.table, l.file.limits.Fields+1)
	switch {
	case err != nil:
		return nil, err
	case count > l.file.limits.Fields:
		return faultf(RuleFields, "the table has more than %d columns", l.file.limits.Fields), nil
	case !located:
		return faultf(RuleTable, "the table has no column %.100q, which its geometry is declared to be in", l.declared.geometry), nil
	}
	return nil, nil
}

// findRowID finds the name by which the row ids can be asked for: one that no
// column has taken. Views have none, nor do tables made without.
func (l *Layer) findRowID() (*geo.Fault, error) {
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		taken := func(c foreignColumn) bool { return strings.EqualFold(c.name, name) }
		if !slices.ContainsFunc(l.columns, taken) && !strings.EqualFold(l.declared.geometry, name) {
			l.rowid = name
			break
		}
	}
	statement, err := l.file.conn.PrepareContext(l.file.ctx, l.query())
	if err != nil || l.rowid == "" {
		if l.file.ctx.Err() != nil {
			return nil, l.file.ctx.Err()
		}
		return faultf(RuleTable, "the rows of the table cannot be asked for in order; it needs an INTEGER PRIMARY KEY"), nil
	}
	defer func() { _ = statement.Close() }() // it was only prepared, to see that it can be
	return nil, nil
}

// query asks for the rows by their ids. The unary plus leaves a value as it is
// and keeps the driver from reading dates; no index is asked, since it may lie.
func (l *Layer) query() string {
	asked := []string{l.rowid, "NULL"}
	if l.declared.geometry != "" {
		asked[1] = "+" + quoted(l.declared.geometry)
	}
	for _, c := range l.columns {
		asked = append(asked, "+"+quoted(c.name))
	}
	return "SELECT " + strings.Join(asked, ", ") + " FROM main." + quoted(l.declared.table) + " NOT INDEXED ORDER BY " + l.rowid
}

// notedCount returns the number of rows that GDAL keeps beside a table.
func (f *LayerFile) notedCount(table string) (int, error) {
	if why, err := f.extraordinary(countsTable); err != nil || why != "" {
		return -1, err
	}
	noted := -1
	err := f.each("SELECT feature_count FROM "+countsTable+" NOT INDEXED WHERE table_name = ? COLLATE NOCASE LIMIT 1", func(row []any) {
		if n, ok := row[0].(int64); ok && n >= 0 && n <= int64(f.limits.Records) {
			noted = int(n)
		}
	}, 1, table)
	return noted, err
}

// Records reads the layer from its start and yields each row once, in the order
// of the row ids; it can be asked again. Numbers count the rows from 1. A row
// that cannot be used comes as a Record with its Number alone and a geo.Fault;
// any other error ends the sequence, among them that of the context.
//
// Geometries keep the Z and M of the file: layout XY, XYZ, XYM or XYZM. Values
// are nil for NULL and blank dates, bool for BOOLEAN, int64 and float64 for
// numbers, geo.Date for DATE and for the day of a DATETIME as it is written,
// else string. A text as long as its column allows counts as filled.
func (l *Layer) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		if err := l.read(yield); err != nil {
			yield(geo.Record{}, l.file.failure(err))
		}
	}
}

// read yields until the end, the first error that ends the file, or until the
// caller has had enough.
func (l *Layer) read(yield func(geo.Record, error) bool) error {
	rows, err := l.file.conn.QueryContext(l.file.ctx, l.query())
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // what closing could say, Err says
	values, into := destinations(2 + len(l.columns))
	var last int64
	for number := 1; rows.Next(); number++ {
		if number > l.file.limits.Records {
			return broken(RuleRecords, l.Name(), "the layer has more than %d records", l.file.limits.Records)
		}
		// The rows hear of its end from another goroutine, which may come late.
		if err := l.file.ctx.Err(); err != nil {
			return err
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		id, _ := values[0].(int64)
		// Pages that refer to each other could yield rows without an end.
		if number > 1 && id <= last {
			return broken(RuleDamaged, l.Name(), "row %d follows row %d", id, last)
		}
		last = id
		if !yield(l.record(number, values[1:])) {
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return l.file.unchanged()
}

// shape gives a record the geometry of its row.
func (l *Layer) shape(blob []byte, r *geo.Record) *geo.Fault {
	g, fault := decodeShape(blob, l.declared.srs, l.file.limits)
	if fault != nil {
		return fault
	}
	return r.SetGeometry(g)
}

// record makes a Record of a row, or says what is wrong with it.
func (l *Layer) record(number int, row []any) (geo.Record, error) {
	reject := func(f *geo.Fault, field string) (geo.Record, error) {
		f.Place.File, f.Place.Record, f.Place.Field = l.Name(), number, field
		return geo.Record{Number: number}, *f
	}
	r := geo.Record{Number: number, Values: make([]geo.Value, len(l.columns)), Filled: make([]bool, len(l.columns))}
	switch blob := row[0].(type) {
	case nil:
	case []byte:
		var fault *geo.Fault
		if len(blob) > l.file.limits.BlobBytes {
			fault = faultf(RuleTooLong, "the geometry has more than %d bytes", l.file.limits.BlobBytes)
		} else {
			fault = l.shape(blob, &r)
		}
		if fault != nil {
			return reject(fault, l.declared.geometry)
		}
	default:
		return reject(faultf(RuleGeometry, "the geometry is the value %.60q", fmt.Sprint(blob)), l.declared.geometry)
	}
	for i, c := range l.columns {
		value, fault := c.value(row[1+i], l.file.limits.TextBytes)
		if fault != nil {
			return reject(fault, c.name)
		}
		r.Values[i], r.Filled[i] = value, c.filledBy(value)
	}
	return r, nil
}
