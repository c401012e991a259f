// Package layertest is what the tests of rooms of formats share: writing a file, reading
// a layer to its end, and asking for the rule that a file breaks. Only tests import it.
package layertest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"oxus/geo"
)

// Write writes a file of a test and returns its path.
func Write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ReadAll reads a layer to its end: the records, the faults of those that cannot be
// used, and the error that has ended it.
func ReadAll(l geo.Layer) (records []geo.Record, faults []geo.Fault, err error) {
	for r, e := range l.Records() {
		var fault geo.Fault
		switch {
		case errors.As(e, &fault):
			faults = append(faults, fault)
		case e != nil:
			err = e
		default:
			records = append(records, r)
		}
	}
	return records, faults, err
}

// MustRead reads a layer in which nothing is wrong.
func MustRead(t testing.TB, l geo.Layer) []geo.Record {
	t.Helper()
	records, faults, err := ReadAll(l)
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	return records
}

// Names are those of the fields.
func Names(l geo.Layer) []string {
	var all []string
	for _, f := range l.Fields() {
		all = append(all, f.Name)
	}
	return all
}

// WantRule fails unless the first fault of an error is of a rule.
func WantRule(t testing.TB, what string, err error, rule geo.Rule) {
	t.Helper()
	var invalid *geo.Error
	if !errors.As(err, &invalid) || len(invalid.Faults) == 0 || invalid.Faults[0].Rule != rule {
		t.Errorf("%.100q: %v, want the rule %s", what, err, rule)
	}
}
