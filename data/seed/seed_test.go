package seed_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"oxus/data/seed"
	"oxus/geo"
)

// counts are the rows of the curated dataset, written down apart from the
// files so that a row that gets lost is noticed.
var counts = map[string]int{
	"crossings": 27, "bazaars": 7, "transmission-lines": 16, "casa-1000": 5,
	"power-facilities": 52, "incidents": 150,
}

func TestSeedIsWhole(t *testing.T) {
	ds, err := seed.Read(seed.Files(), geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range counts {
		if got := len(ds.Features[id]); got != want {
			t.Errorf("%s: %d features, want %d", id, got, want)
		}
	}
	if len(ds.Periods) != 157+78 || len(ds.Sources) != 591 {
		t.Errorf("%d periods and %d sources, want 235 and 591", len(ds.Periods), len(ds.Sources))
	}
}

// corrupt returns the seed files with one text of one file replaced.
func corrupt(t *testing.T, name, old, replacement string) fs.FS {
	t.Helper()
	fsys := fstest.MapFS{}
	entries, err := fs.ReadDir(seed.Files(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := fs.ReadFile(seed.Files(), e.Name())
		if err != nil {
			t.Fatal(err)
		}
		s := string(text)
		if e.Name() == name {
			if !strings.Contains(s, old) {
				t.Fatalf("%s does not contain %q", name, old)
			}
			s = strings.Replace(s, old, replacement, 1)
		}
		fsys[e.Name()] = &fstest.MapFile{Data: []byte(s)}
	}
	return fsys
}

func TestSeedIsRefused(t *testing.T) {
	const bazaar = "bazaars,feature,ishkoshim-bazaar,phase,"
	for _, tc := range []struct {
		name, file, old, replacement string
		rule                         geo.Rule
		line                         int
	}{
		{"unknown code", "incidents.csv", ",diplomatic,", ",diplomacy,", geo.RuleCode, 2},
		{"unknown source", "crossings.csv", "ruwiki-np-bridge|", "no-such-source|", geo.RuleSource, 2},
		{"no source", "status.csv", ",irin-2005|ap-2007-08-24", ",", geo.RuleNoSource, 2},
		{"status without a feature", "status.csv", "crossings,feature,panji-poyon-sherkhan-bandar", "crossings,feature,panji-poyon", geo.RuleFeature, 2},
		{"unknown scope", "status.csv", "crossings,feature,panji", "crossings,featur,panji", geo.RuleCode, 2},
		{"a quote inside a cell", "crossings.csv", "tem-demogan,Tem", "tem-de\"mogan,Tem", seed.RuleFile, 3},
		{"a cell too few", "crossings.csv", "tem-demogan,Tem – Demogan,", "tem-demogan,", seed.RuleFile, 3},
		{"a date that is no text", "casa-1000.geojson", `"commissioned": "2025-03"`, `"commissioned": 2025`, geo.RuleType, 4},
		{"a lifetime that is no text", "casa-1000.geojson", `"commissioned": "2025-03"`, `"valid_from": 2025`, geo.RuleType, 4},
		{"unknown status", "status.csv", bazaar + "open,2006-07-01", bazaar + "opened,2006-07-01", geo.RuleCode, 0},
		{"overlapping phases", "status.csv", bazaar + "closed,2020-01-01,year,2021-08-01", bazaar + "closed,2020-01-01,year,2021-08-02", geo.RuleOverlap, 0},
		{"period ends before it starts", "status.csv", "2005-06-18,day,2007-08-26", "2005-06-18,day,2004-08-26", geo.RuleDateOrder, 2},
		{"not a date", "status.csv", "2005-06-18,day", "2005-06-31,day", geo.RuleType, 2},
		{"not a number", "crossings.csv", ",672,", ",67x,", geo.RuleType, 2},
		{"position out of range", "crossings.csv", "68.60222,37.19444", "68.60222,97.19444", geo.RuleCoordinates, 2},
		{"duplicate id", "crossings.csv", "tem-demogan,Tem", "panji-poyon-sherkhan-bandar,Tem", geo.RuleDuplicateID, 0},
		{"unknown column", "crossings.csv", "id,name_en", "id,name_xx", seed.RuleColumn, 1},
		{"unknown property", "casa-1000.geojson", `"voltage_kv"`, `"voltage"`, seed.RuleColumn, 4},
		{"unknown parent", "bazaars.csv", "tem-demogan,", "tem-demogon,", geo.RuleFeature, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := seed.Read(corrupt(t, tc.file, tc.old, tc.replacement), geo.Border())
			var refused *geo.Error
			if !errors.As(err, &refused) || refused.Kind != geo.Invalid {
				t.Fatalf("got %v, want an Invalid error", err)
			}
			for _, f := range refused.Faults {
				if f.Rule == tc.rule && f.Place.File == tc.file && (tc.line == 0 && f.Place.Line > 1 || f.Place.Line == tc.line) {
					return
				}
			}
			t.Errorf("no fault of rule %s in %s:%d among %v", tc.rule, tc.file, tc.line, refused.Faults)
		})
	}
}
