// Package geojson reads GeoJSON from people who keep border data: a
// FeatureCollection or one Feature of RFC 7946, or a sequence of features, each
// after a record separator (RFC 8142) or on a line of its own.
//
// A file is read twice, like a table whose columns must be known first: Open
// finds the fields and counts the features, Records yields them. Reading streams:
// memory holds one feature, never the file, and every ceiling is in Limits.
//
// Fields are the properties in the order in which the features first name them;
// the feature's own id is the field "id", unless a property has that name. A
// nested value stays JSON text.
//
// What is broken in one feature is yielded as a geo.Fault and reading goes on.
// What breaks the text of a collection as JSON breaks the file, because nothing
// tells where the next feature starts; in a sequence it breaks that feature only.
// Errors of the file are *geo.Error of kind Invalid whose fault names the rule and
// the place. Any other error is input or output that failed.
//
// Coordinates are longitude, latitude in WGS 84, unless the crs member of older
// GeoJSON names another system; their order is always x, y.
//
// What is not here: bare geometries (nothing tells which feature they are),
// GeometryCollection, TopoJSON, JSON-FG's place and time (left out, and told),
// and members of a feature beside id, geometry and properties.
package geojson

import (
	"cmp"
	"fmt"

	"oxus/geo"
)

// Options say how to read a file. The zero value reads UTF-8 with DefaultLimits.
type Options struct {
	// Encoding is the encoding of a file that is not in UTF-8, as GeoJSON must be.
	Encoding string
	// Limits that are zero take their default.
	Limits Limits
}

// Limits are the ceilings of one file. A file or feature above one is refused by
// a rule that names it.
type Limits struct {
	// Bytes is the most bytes of the file.
	Bytes int64
	// RecordBytes is the most bytes of one feature, or other member of the
	// collection.
	RecordBytes int64
	// Records is the most features.
	Records int
	// Points is the most positions of one feature.
	Points int
	// Parts is the most lines, rings or polygons of one feature.
	Parts int
	// Fields is the most fields.
	Fields int
	// Depth is how deep a property may nest.
	Depth int
}

// DefaultLimits hold for real data with room to spare.
func DefaultLimits() Limits {
	return Limits{
		Bytes:       4 << 30,
		RecordBytes: 16 << 20,
		Records:     10_000_000,
		Points:      1_000_000,
		Parts:       50_000,
		Fields:      1000,
		Depth:       32,
	}
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
		Depth:       cmp.Or(l.Depth, d.Depth),
	}
}

// Rules that break a file.
const (
	RuleNotGeoJSON  geo.Rule = "not-geojson"
	RuleJSON        geo.Rule = "json-syntax"
	RuleUTF16       geo.Rule = "utf-16"
	RuleNoFeatures  geo.Rule = "no-features"
	RuleMember      geo.Rule = "geojson-member"
	RuleCRS         geo.Rule = "geojson-crs"
	RuleRecords     geo.Rule = "too-many-records"
	RuleRecordBytes geo.Rule = "record-too-large"
	RuleFields      geo.Rule = "too-many-fields"
)

// Rules that break a feature.
const (
	RuleFeature    geo.Rule = "not-a-feature"
	RuleName       geo.Rule = "json-name"
	RuleNumber     geo.Rule = "json-number"
	RuleDepth      geo.Rule = "json-depth"
	RuleText       geo.Rule = "json-text"
	RuleGeometry   geo.Rule = "geojson-geometry"
	RuleCoordinate geo.Rule = "coordinate-not-usable"
	RulePoints     geo.Rule = "too-many-points"
	RuleParts      geo.Rule = "too-many-parts"
)

func broken(rule geo.Rule, file, format string, args ...any) error {
	return geo.Faulty([]geo.Fault{{Rule: rule, Place: geo.Place{File: file}, Detail: fmt.Sprintf(format, args...)}})
}

func faultf(rule geo.Rule, format string, args ...any) *geo.Fault {
	return &geo.Fault{Rule: rule, Detail: fmt.Sprintf(format, args...)}
}
