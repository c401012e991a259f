package events

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/twpayne/go-geom"

	"oxus/geo"
)

// Rules that break a layer as a whole.
const (
	RuleNoHeader geo.Rule = "no-header-row"
	RuleColumns  geo.Rule = "column-missing"
)

// Rules that break a record.
const (
	RuleValue      geo.Rule = "field-value"
	RuleCode       geo.Rule = "code-not-mapped"
	RulePlace      geo.Rule = "places-disagree"
	RuleFatalities geo.Rule = "fatalities-disagree"
	RuleDates      geo.Rule = "dates-disagree"
)

// Options say of a dataset what its file does not.
type Options struct {
	// Release is the release of UCDP GED, such as "25.1", "" where it is not
	// known; ReleaseOf reads it from the name of a file.
	Release string
	// Accessed is when the file was fetched, zero where that is not known.
	Accessed geo.PartialDate
}

// Layer is a dataset of events as records of incidents. It implements geo.Layer
// and geo.Sourced.
type Layer struct {
	under   geo.Layer
	dataset *dataset
	columns map[string]int // position of a column by its name in small letters
	sources sourceList
	tally   Tally
}

var (
	_ geo.Layer   = (*Layer)(nil)
	_ geo.Sourced = (*Layer)(nil)
)

// dataset is what differs between the two.
type dataset struct {
	name    string
	private bool
	// known are columns that tell the dataset from any other table; needed are
	// those without which no incident can be made.
	known, needed []string
	own           func(Options) geo.Source
	incident      func(*row) *incident
}

func datasets() []*dataset { return []*dataset{ucdp(), acled()} }

// Tally counts the rows that a reading left out without refusing them.
type Tally struct {
	// Tags are rows of HXL tags, which describe columns.
	Tags int
	// Unfit are events that no category of incidents fits, by their kind in the
	// words of the dataset.
	Unfit map[string]int
}

// Wrap returns the layer as one of incidents when its columns are those of UCDP
// GED or ACLED, and as it is when they are not. A table of these datasets without
// the row of names, or without a column that is needed, is Invalid.
func Wrap(under geo.Layer, o Options) (geo.Layer, error) {
	if o.Release != "" && !releaseForm.MatchString(o.Release) {
		return nil, geo.Errorf(geo.Invalid, "%.60q is not a release of UCDP GED, such as 25.1 or 24.0.3.", o.Release)
	}
	columns := map[string]int{}
	for i, f := range under.Fields() {
		columns[strings.ToLower(strings.TrimSpace(f.Name))] = i
	}
	has := func(name string) bool { _, there := columns[name]; return there }
	lacks := func(name string) bool { return !has(name) }
	for _, d := range datasets() {
		if slices.ContainsFunc(d.known, lacks) {
			continue
		}
		if i := slices.IndexFunc(d.needed, lacks); i >= 0 {
			return nil, broken(RuleColumns, under.Name(), "the columns are those of %s, but %q is missing", d.name, d.needed[i])
		}
		return &Layer{under: under, dataset: d, columns: columns, sources: sourceList{own: d.own(o)}}, nil
	}
	if headless(under.Fields()) {
		return nil, broken(RuleNoHeader, under.Name(), "the first row holds an event, not the names of columns; some candidate releases of UCDP GED come so: put the row of names of another release in front")
	}
	return under, nil
}

// headless reports whether names of columns are values of a row of UCDP GED,
// whose dates and point have a form that no name has.
func headless(fields []geo.Field) bool {
	dates, points := 0, 0
	for _, f := range fields {
		name := strings.TrimSpace(f.Name)
		if strings.HasPrefix(name, "POINT (") {
			points++
		}
		if _, err := dateIn(name); err == nil && name != "" {
			dates++
		}
	}
	return points == 1 && dates >= 2
}

func broken(rule geo.Rule, file, format string, args ...any) error {
	return &geo.Error{Kind: geo.Invalid, Faults: []geo.Fault{{Rule: rule, Place: geo.Place{File: file}, Detail: fmt.Sprintf(format, args...)}}}
}

// Name returns the name of the layer underneath.
func (l *Layer) Name() string { return l.under.Name() }

// Dataset names the dataset: "UCDP GED" or "ACLED".
func (l *Layer) Dataset() string { return l.dataset.name }

// Private reports whether the terms of the dataset forbid to show its records to
// others.
func (l *Layer) Private() bool { return l.dataset.private }

// CRS returns "EPSG:4326": both datasets give longitude and latitude on WGS 84.
func (l *Layer) CRS() string { return "EPSG:4326" }

// Tally returns the counts of the last or the present reading of Records.
func (l *Layer) Tally() Tally { return l.tally }

// Source returns a source that the records read so far cite: the dataset itself,
// or a report that it names.
func (l *Layer) Source(id string) (geo.Source, bool) { return l.sources.find(id) }

// fieldNames are properties of incidents, in the order of incident.values.
var fieldNames = [...]string{
	"id", "title", "category", "start_date", "start_precision", "end_date", "end_precision", "place_name", "admin1", "country",
	"actors", "fatalities_low", "fatalities_high", "confidence", "summary", "position_accuracy_m", "position_basis", geo.SourcesID,
}

// Fields returns the names of the properties that the dataset fills.
func (l *Layer) Fields() []geo.Field {
	fields := make([]geo.Field, len(fieldNames))
	for i, name := range fieldNames {
		fields[i].Name = name
	}
	return fields
}

// Records reads the layer underneath from its start and yields an incident for
// each event, with the number of its row. Rows of HXL tags and events that no
// category fits are left out and counted. An event that breaks a rule comes as a
// Record with its Number alone and a geo.Fault that names the column; faults and
// errors of the layer underneath pass as they are.
func (l *Layer) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		l.tally = Tally{Unfit: map[string]int{}}
		for r, err := range l.under.Records() {
			if err == nil {
				var there bool
				if r, there, err = l.record(&r); !there {
					continue
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// record makes the incident of a row; there is false for a row that is left out.
func (l *Layer) record(r *geo.Record) (made geo.Record, there bool, err error) {
	row := &row{columns: l.columns, values: r.Values}
	if row.isTags() {
		l.tally.Tags++
		return made, false, nil
	}
	in := l.dataset.incident(row)
	made.Number = r.Number
	switch {
	case row.unfit != "":
		l.tally.Unfit[row.unfit]++
		return made, false, nil
	case row.fault != nil:
		row.fault.Place.File, row.fault.Place.Record = l.Name(), r.Number
		return made, true, *row.fault
	}
	in.sources = l.sources.cite(in.reports)
	if in.located {
		made.Geometry = geom.NewPointFlat(geom.XY, []float64{in.lon, in.lat})
	}
	made.Values = in.values()
	return made, true, nil
}

// incident is an event in the terms of the collection.
type incident struct {
	id, title, category       string
	start, end                geo.Date
	precision                 geo.Precision
	place, admin1, country    string
	actors                    []string
	fatalitiesLow, fatalities int64
	confidence, summary       string
	accuracy                  float64 // metres
	basis                     string
	located                   bool
	lon, lat                  float64
	reports                   []geo.Source
	sources                   []string
}

func (in *incident) values() []geo.Value {
	precision := in.precision.String()
	return []geo.Value{
		in.id, in.title, in.category, in.start, precision, in.end, precision, orNil(in.place), orNil(in.admin1), orNil(in.country),
		listValue(in.actors), in.fatalitiesLow, in.fatalities, in.confidence, in.summary, in.accuracy, orNil(in.basis), listValue(in.sources),
	}
}

func orNil(s string) geo.Value {
	if s == "" {
		return nil
	}
	return s
}
