package geo

import (
	"context"
	"io"
	"iter"

	"github.com/paulmach/orb"
)

// Table is a table of features as a file of another program's format holds it:
// the id of each feature, its place, and columns of one value each.
type Table struct {
	// Name is ASCII, as the collection's id.
	Name, Title, Description string
	Geometry                 GeometryType
	Columns                  []TableColumn
}

// TableColumn is a column of a table.
type TableColumn struct {
	Name, Title string
	Type        TableType
}

// TableType is the type of a column's values where they are known.
type TableType uint8

// The types, with the Go type of their values.
const (
	TableText    TableType = iota // string
	TableInteger                  // int64
	TableReal                     // float64
	TableDay                      // string, YYYY-MM-DD
	TableList                     // string, a JSON array of strings, as formats without lists write it
)

// TableRow is one feature: its geometry in longitude and latitude, nil where it is
// not known, and the values of the columns, nil where they are not.
type TableRow struct {
	ID       string
	Geometry orb.Geometry
	Values   []any
}

// TableWriter writes a table to w as a file of its format. The first error of the
// rows, or of w, ends it and is returned. What a format cannot hold at all is
// Invalid.
type TableWriter func(ctx context.Context, w io.Writer, t *Table, rows iter.Seq2[TableRow, error]) error
