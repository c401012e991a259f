package geo

import (
	"encoding/json"
	"io"
)

// ImportRow is one row that an import changes: what it is, and what it becomes. One of
// the two does not exist when the row is added or removed.
type ImportRow struct {
	// Record is the number of the record in the file, 0 where none stands for it.
	Record     int
	Collection string
	Kind       RowKind
	ID         string
	// Before is the row as it was compared; its feature has the revision that the
	// change expects.
	Before, After Row
	// Number is that of the revision that the row was recorded as, 0 where it was not.
	Number int64
}

// RowsBefore says where a reading of the rows of an import goes on. The zero value is
// their beginning.
type RowsBefore struct {
	// Count is how many rows come before.
	Count int
	// Number is that of the last row before, 0 where it was not recorded.
	Number int64
}

// ImportAction is what an import does to a row.
type ImportAction string

// The actions.
const (
	RowAdded   ImportAction = "new"
	RowChanged ImportAction = "changed"
	RowRemoved ImportAction = "removed"
)

// Action tells which of the three the row is.
func (row *ImportRow) Action() ImportAction {
	switch {
	case !row.Before.Exists():
		return RowAdded
	case !row.After.Exists():
		return RowRemoved
	default:
		return RowChanged
	}
}

// Differences lists what differs, part by part, as the history of the row will.
func (row *ImportRow) Differences(atlas *Atlas) []Difference {
	c, err := atlas.Collection(row.Collection)
	if err != nil {
		c = &Collection{} // that of a source, which is not looked at
	}
	r := Revision{Collection: row.Collection, Kind: row.Kind, ID: row.ID, Before: row.Before, After: row.After}
	return r.Differences(c)
}

// Moved is how many metres the geometry moves, 0 where it stays or one is missing.
func (row *ImportRow) Moved() float64 {
	before, after := row.Before.Feature, row.After.Feature
	if before == nil || after == nil || before.Geometry == nil || after.Geometry == nil {
		return 0
	}
	return Displacement(before.Geometry, after.Geometry)
}

// Upload is what a maintainer hands in.
type Upload struct {
	// Name is that of the file, or of the .shp among several; what is blank is taken
	// from the parts.
	Name string
	// Collection is what the import is for, as that of Import.
	Collection string
	// Options are what the maintainer says about it, as those of Import.
	Options json.RawMessage
	Actor   string
	// Token names the upload: asked for again, it is the same import. "" for none.
	Token string
}

// UploadPart is one of the files of an upload: a shapefile may come as several.
type UploadPart struct {
	Name string
	Body io.Reader
}

// ImportProgress says how far a step of an import has come.
type ImportProgress struct {
	// Step is "checking", "applying" or "rolling-back".
	Step string `json:"step"`
	// Done and Total are records; Total is 0 where nobody knows.
	Done  int `json:"done"`
	Total int `json:"total,omitempty"`
}
