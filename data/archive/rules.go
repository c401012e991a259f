package archive

import (
	"fmt"

	"oxus/geo"
)

// Rules that break a file by its bytes alone.
const (
	RuleNotFile     geo.Rule = "not-a-file"
	RuleTruncated   geo.Rule = "truncated-file"
	RuleTotalBytes  geo.Rule = "too-large-unpacked"
	RuleMemberBytes geo.Rule = "member-too-large"
)

// Rules that break an archive.
const (
	RuleZipDamaged   geo.Rule = "zip-damaged"
	RuleZipEntries   geo.Rule = "zip-too-many-entries"
	RuleZipAbsolute  geo.Rule = "zip-absolute-path"
	RuleZipParent    geo.Rule = "zip-parent-path"
	RuleZipBackslash geo.Rule = "zip-backslash"
	RuleZipName      geo.Rule = "zip-bad-name"
	RuleZipDevice    geo.Rule = "zip-device-name"
	RuleZipSymlink   geo.Rule = "zip-symlink"
	RuleZipEncrypted geo.Rule = "zip-encrypted"
	RuleZipMethod    geo.Rule = "zip-method"
	RuleZipOverlap   geo.Rule = "zip-overlap"
	RuleZipCase      geo.Rule = "zip-same-name"
	RuleZipRatio     geo.Rule = "zip-ratio"
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
