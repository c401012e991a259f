package storetest

import (
	"runtime/debug"
	"slices"
)

// Raced reports whether the tests run with the detector of races. What walks far and
// starts nothing that runs beside it takes fewer steps then: the detector has nothing to
// find there and makes each five times as slow. `make test` walks the whole way without it.
func Raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
