// Package delimited reads tables of text from people who keep border data: CSV
// with commas, semicolons, tabs or bars, as RFC 4180 describes it and as
// spreadsheets write it. Quoted cells may hold separators, quotes and line ends.
//
// The first row names the columns. Positions stand in two columns of numbers or
// in one of Well-Known Text, which their names tell (see Options), or nowhere.
// All other cells are texts, a blank one is nil: what type a text has, the
// collection it goes into knows. The apostrophe that Oxus puts in front of texts
// that a spreadsheet would run is taken off again.
//
// A file is read twice: Open counts the rows and looks at every text, Records
// yields the rows. Memory holds one row, and every ceiling is in Limits.
//
// What is broken in one row is yielded as a geo.Fault and reading goes on. What
// breaks the file, for instance a quote that is never closed, is a *geo.Error of
// kind Invalid whose fault names the rule and the line. Any other error is input
// or output that failed.
//
// What is not here: UTF-16 (refused with a sentence), types of columns, degrees
// with minutes, and tables without a row of names.
package delimited

import (
	"cmp"
	"fmt"

	"oxus/geo"
)

// Options say how to read a file. The zero value finds out what it can.
type Options struct {
	// Encoding is the encoding of the texts when they are not UTF-8.
	Encoding string
	// Separator stands between cells: ',', ';', tab or '|'; 0 finds it out.
	Separator byte
	// X and Y name the columns of the coordinates, WKT that of Well-Known Text.
	// Where none is named, the first of these that is there counts, in any case:
	// for WKT wkt, geom_wkt, wkt_geom, wkt_geometry, geometry, geom, the_geom; for
	// longitude lon, long, lng, longitude, долгота, тӯл, طول with lat, latitude,
	// широта, арз, عرض; for coordinates of other systems x with y, easting with
	// northing, point_x with point_y, xcoord with ycoord.
	X, Y, WKT string
	// Limits that are zero take their default.
	Limits Limits
}

// Limits are the ceilings of one file. A file or row above one is refused by a
// rule that names it.
type Limits struct {
	// Bytes is the most bytes of the file.
	Bytes int64
	// RecordBytes is the most bytes of one row.
	RecordBytes int
	// Records is the most rows.
	Records int
	// Points is the most positions of one row, Parts the most lines, rings and
	// polygons.
	Points, Parts int
	// Fields is the most columns.
	Fields int
}

// DefaultLimits hold for real data with room to spare.
func DefaultLimits() Limits {
	return Limits{Bytes: 4 << 30, RecordBytes: 12 << 20, Records: 10_000_000, Points: 500_000, Parts: 50_000, Fields: 1000}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Bytes:       cmp.Or(l.Bytes, d.Bytes),
		RecordBytes: cmp.Or(l.RecordBytes, d.RecordBytes),
		Records:     cmp.Or(l.Records, d.Records),
		Points:      cmp.Or(l.Points, d.Points),
		Parts:       cmp.Or(l.Parts, d.Parts),
		Fields:      cmp.Or(l.Fields, d.Fields),
	}
}

// Rules that break a file.
const (
	RuleUTF16       geo.Rule = "utf-16"
	RuleSeparator   geo.Rule = "separator"
	RuleHeader      geo.Rule = "header"
	RuleColumn      geo.Rule = "unknown-column"
	RuleOpenQuote   geo.Rule = "quote-not-closed"
	RuleRecords     geo.Rule = "too-many-records"
	RuleRecordBytes geo.Rule = "record-too-large"
	RuleFields      geo.Rule = "too-many-fields"
)

// Rules that break a row.
const (
	RuleQuote      geo.Rule = "quote-misplaced"
	RuleRagged     geo.Rule = "ragged-row"
	RuleCoordinate geo.Rule = "coordinate-not-usable"
	RuleWKT        geo.Rule = "well-known-text"
	RulePoints     geo.Rule = "too-many-points"
	RuleParts      geo.Rule = "too-many-parts"
	RuleNUL        geo.Rule = "text-nul"
)

func broken(rule geo.Rule, place geo.Place, format string, args ...any) error {
	return geo.Faulty([]geo.Fault{{Rule: rule, Place: place, Detail: fmt.Sprintf(format, args...)}})
}

func faultf(rule geo.Rule, format string, args ...any) *geo.Fault {
	return &geo.Fault{Rule: rule, Detail: fmt.Sprintf(format, args...)}
}
