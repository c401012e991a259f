// Package kml reads KML 2.2 and 2.3 (OGC 12-007r2) and what Google Earth wrote
// before it, as a .kml or in a .kmz, from people who keep border data.
//
// Each Placemark of any folder is a record. Fields are the id, folder (the names
// of the folders, joined by "/"), name, description, begin and end of a TimeSpan
// and when of a TimeStamp, each where some Placemark has it, and every name of
// ExtendedData (Data, SchemaData). Where such a name is that of another field, it
// counts and the other is left out, and told. Values are texts, nil when blank.
//
// A document is hostile until read: no document type, no entity beyond XML's own,
// nothing fetched, and ceilings on depth, elements and bytes in Limits; a .kmz is
// held to the rules of archive. A file is read twice, like a table whose columns
// must be known first. Memory holds one Placemark, never the file.
//
// What is broken in one Placemark is yielded as a geo.Fault and reading goes on;
// what breaks the XML or the archive is a *geo.Error of kind Invalid whose fault
// names the rule and the place. Any other error is input or output that failed.
//
// Coordinates are longitude, latitude in WGS 84, with the altitude as Z where one
// is given.
//
// Each document of a .kmz that has Placemarks is a layer.
//
// What is not here: network links and overlays (left out, and told), styles,
// models and tracks, regions, updates, and arrays of ExtendedData (gx).
package kml

import (
	"cmp"
	"fmt"

	"oxus/data/archive"
	"oxus/geo"
)

// Options say how to read a file. The zero value takes the encoding the document
// declares and DefaultLimits.
type Options struct {
	// Encoding overrides what the document declares.
	Encoding string
	// Limits that are zero take their default.
	Limits Limits
}

// Limits are the ceilings of one file. A file or Placemark above one is refused
// by a rule that names it.
type Limits struct {
	// Archive bounds the bytes of a file and what a .kmz unpacks to.
	Archive archive.Limits
	// RecordBytes is the most bytes of one Placemark, or one text elsewhere.
	RecordBytes int64
	// Records is the most Placemarks.
	Records int
	// Elements is the most elements of one Placemark.
	Elements int
	// Points is the most positions, Parts the most points, lines and rings of one
	// Placemark.
	Points, Parts int
	// Fields is the most fields.
	Fields int
	// Depth is how deep elements may nest.
	Depth int
}

// DefaultLimits hold for real data with room to spare.
func DefaultLimits() Limits {
	return Limits{
		Archive:     archive.Limits{Entries: 1000, TotalBytes: 4 << 30, MemberBytes: 2 << 30, Ratio: 250},
		RecordBytes: 10 << 20,
		Records:     10_000_000,
		Elements:    200_000,
		Points:      1_000_000,
		Parts:       50_000,
		Fields:      1000,
		Depth:       100,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Archive: archive.Limits{
			Entries:     cmp.Or(l.Archive.Entries, d.Archive.Entries),
			TotalBytes:  cmp.Or(l.Archive.TotalBytes, d.Archive.TotalBytes),
			MemberBytes: cmp.Or(l.Archive.MemberBytes, d.Archive.MemberBytes),
			Ratio:       cmp.Or(l.Archive.Ratio, d.Archive.Ratio),
		},
		RecordBytes: cmp.Or(l.RecordBytes, d.RecordBytes),
		Records:     cmp.Or(l.Records, d.Records),
		Elements:    cmp.Or(l.Elements, d.Elements),
		Points:      cmp.Or(l.Points, d.Points),
		Parts:       cmp.Or(l.Parts, d.Parts),
		Fields:      cmp.Or(l.Fields, d.Fields),
		Depth:       cmp.Or(l.Depth, d.Depth),
	}
}

// Rules that break a file.
const (
	RuleNotKML      geo.Rule = "not-kml"
	RuleXML         geo.Rule = "xml-syntax"
	RuleDTD         geo.Rule = "xml-document-type"
	RuleUTF16       geo.Rule = "utf-16"
	RuleDepth       geo.Rule = "xml-depth"
	RuleDocuments   geo.Rule = "kmz-documents"
	RuleRecords     geo.Rule = "too-many-records"
	RuleRecordBytes geo.Rule = "record-too-large"
	RuleFields      geo.Rule = "too-many-fields"
)

// Rules that break a Placemark.
const (
	RuleElements   geo.Rule = "too-many-elements"
	RuleName       geo.Rule = "extended-data-name"
	RuleGeometry   geo.Rule = "kml-geometry"
	RuleCoordinate geo.Rule = "coordinate-not-usable"
	RulePoints     geo.Rule = "too-many-points"
	RuleParts      geo.Rule = "too-many-parts"
	RuleChanged    geo.Rule = "file-changed"
)

func broken(rule geo.Rule, place geo.Place, format string, args ...any) error {
	return geo.Faulty([]geo.Fault{{Rule: rule, Place: place, Detail: fmt.Sprintf(format, args...)}})
}

func faultf(rule geo.Rule, format string, args ...any) *geo.Fault {
	return &geo.Fault{Rule: rule, Detail: fmt.Sprintf(format, args...)}
}
