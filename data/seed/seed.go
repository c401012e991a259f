// Package seed holds the curated dataset of the border as files a person can
// read and diff, and reads them: one file a collection (CSV for points, GeoJSON
// for lines), status.csv for the status periods of all of them and sources.csv
// for the publications they rest on. README.md tells how to read the columns
// and what is weak.
//
// What is not here: any correction of the data. What a file says is what the
// store gets, or the whole seed is refused with file, line and rule.
package seed

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"oxus/geo"
)

//go:embed *.csv *.geojson
var files embed.FS

// Files returns the embedded seed files.
func Files() fs.FS { return files }

// RuleFile is broken by a file that cannot be read as what its name says.
const RuleFile geo.Rule = "unreadable-file"

// RuleColumn is broken by a column or property that nothing declares.
const RuleColumn geo.Rule = "unknown-column"

// Read reads the seed files of every collection of the atlas. The error lists
// every fault found, each with file, line and rule.
func Read(fsys fs.FS, atlas *geo.Atlas) (*geo.Dataset, error) {
	r := &reader{fsys: fsys, places: map[string]geo.Place{}}
	ds := &geo.Dataset{Features: map[string][]geo.Feature{}}
	ds.Sources = r.sources("sources.csv")
	for _, c := range atlas.Collections {
		ds.Features[c.ID] = r.features(c)
	}
	ds.Periods = r.periods("status.csv")
	slices.SortFunc(ds.Periods, geo.ComparePeriods)
	if len(r.faults) == 0 {
		r.faults = atlas.Check(ds, r.place)
	}
	if err := geo.Faulty(r.faults); err != nil {
		return nil, fmt.Errorf("the seed is refused: %w", err)
	}
	return ds, nil
}

// Change returns the whole dataset as one change, as the actor "seed".
func Change(atlas *geo.Atlas, ds *geo.Dataset) geo.Change {
	ch := geo.Change{Actor: "seed", Note: "curated dataset", Sources: ds.Sources, Periods: ds.Periods}
	for _, c := range atlas.Collections {
		for _, f := range ds.Features[c.ID] {
			ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: f})
		}
	}
	return ch
}

type reader struct {
	fsys   fs.FS
	places map[string]geo.Place
	faults []geo.Fault
}

func (r *reader) fault(rule geo.Rule, place geo.Place, format string, args ...any) {
	r.faults = append(r.faults, geo.Fault{Rule: rule, Place: place, Detail: fmt.Sprintf(format, args...)})
}

// place tells where a feature, period or source was read.
func (r *reader) place(collection, id string) geo.Place { return r.places[collection+"/"+id] }

func (r *reader) remember(collection, id string, at geo.Place) {
	r.places[collection+"/"+id] = at
}

// features reads the collection's file: its name tells the format.
func (r *reader) features(c *geo.Collection) []geo.Feature {
	for _, form := range []struct {
		suffix string
		read   func(c *geo.Collection, name string) []geo.Feature
	}{{".csv", r.featureTable}, {".geojson", r.featureCollection}} {
		name := c.ID + form.suffix
		if _, err := fs.Stat(r.fsys, name); !errors.Is(err, fs.ErrNotExist) {
			return form.read(c, name)
		}
	}
	r.fault(RuleFile, geo.Place{File: c.ID}, "there is no %s.csv and no %s.geojson", c.ID, c.ID)
	return nil
}

// list splits the lists inside a cell.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, "|")
}

func (r *reader) partial(at geo.Place, field, text string) geo.PartialDate {
	d, err := geo.ParsePartialDate(text)
	if err != nil {
		at.Field = field
		r.fault(geo.RuleType, at, "%v", err)
	}
	return d
}

// dated reads a date whose precision stands in a column of its own. Without
// one the length of the text tells it.
func (r *reader) dated(at geo.Place, field, text, precision string) geo.PartialDate {
	d := r.partial(at, field, text)
	if precision == "" {
		return d
	}
	p, err := geo.ParsePrecision(precision)
	if err != nil || !d.Known() {
		at.Field = field
		r.fault(geo.RuleType, at, "the precision %q does not fit the date %q", precision, text)
		return d
	}
	d.Precision = p
	return d
}
