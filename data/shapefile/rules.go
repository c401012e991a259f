package shapefile

import (
	"fmt"

	"oxus/geo"
)

// Rules that break a file.
const (
	RuleNotShapefile geo.Rule = "not-a-shapefile"
	RuleNoLayer      geo.Rule = "no-layer"
	RuleNoTable      geo.Rule = "dbf-missing"
	RuleShapeHeader  geo.Rule = "shp-header"
	RuleTableHeader  geo.Rule = "dbf-header"
	RuleCounts       geo.Rule = "record-count"
	RuleRecords      geo.Rule = "too-many-records"
	RuleFields       geo.Rule = "too-many-fields"
	RuleFieldName    geo.Rule = "field-name"
	RuleFieldType    geo.Rule = "field-type"
	RulePrj          geo.Rule = "prj-too-long"
)

// Rules that break a record.
const (
	RuleShapeType   geo.Rule = "shape-type"
	RuleShapeLength geo.Rule = "shape-length"
	RuleParts       geo.Rule = "shape-parts"
	RulePoints      geo.Rule = "too-many-points"
	RulePartCount   geo.Rule = "too-many-parts"
	RuleCoordinate  geo.Rule = "coordinate-not-usable"
	RuleNoArea      geo.Rule = "polygon-without-area"
	RuleTangled     geo.Rule = "polygon-too-tangled"
	RuleRow         geo.Rule = "dbf-row"
	RuleValue       geo.Rule = "field-value"
)

// RuleTurned is the repair of rings that run the wrong way round.
const RuleTurned geo.Rule = "ring-turned"

// broken is the error of a file that breaks a rule as a whole.
func broken(rule geo.Rule, file, format string, args ...any) error {
	fault := faultf(rule, format, args...)
	fault.Place.File = file
	return &geo.Error{Kind: geo.Invalid, Faults: []geo.Fault{*fault}}
}

func faultf(rule geo.Rule, format string, args ...any) *geo.Fault {
	return &geo.Fault{Rule: rule, Detail: fmt.Sprintf(format, args...)}
}
