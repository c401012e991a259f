package geopackage

import (
	"fmt"

	"oxus/geo"
)

// Rules that break a file of others.
const (
	RuleNotGeoPackage geo.Rule = "not-a-geopackage"
	RuleFileBytes     geo.Rule = "file-too-large"
	RuleTruncated     geo.Rule = "truncated-file"
	RuleDamaged       geo.Rule = "gpkg-damaged"
	RuleNotClosed     geo.Rule = "gpkg-not-closed"
	RuleNoLayer       geo.Rule = "no-layer"
	RuleLayers        geo.Rule = "too-many-layers"
	RuleRecords       geo.Rule = "too-many-records"
	RuleFileChanged   geo.Rule = "file-changed-meanwhile"
)

// Rules that break a layer.
const (
	RuleTable    geo.Rule = "gpkg-table"
	RuleFields   geo.Rule = "too-many-fields"
	RuleLayerSRS geo.Rule = "gpkg-srs"
)

// Rules that break a record.
const (
	RuleGeometry  geo.Rule = "gpkg-geometry"
	RulePoints    geo.Rule = "too-many-points"
	RulePartCount geo.Rule = "too-many-parts"
	RuleValue     geo.Rule = "field-value"
	RuleText      geo.Rule = "text-encoding"
	RuleTooLong   geo.Rule = "value-too-long"
)

// broken is the error of a file that breaks a rule as a whole.
func broken(rule geo.Rule, file, format string, args ...any) error {
	fault := faultf(rule, format, args...)
	fault.Place.File = file
	return &geo.Error{Kind: geo.Invalid, Faults: []geo.Fault{*fault}}
}

func faultf(rule geo.Rule, format string, args ...any) *geo.Fault {
	return &geo.Fault{Rule: rule, Detail: fmt.Sprintf(format, args...)}
}
