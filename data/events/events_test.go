package events_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"oxus/data/events"
	"oxus/geo"
)

// table is a CSV in memory as a layer: names in its first row, values as texts.
type table struct {
	rows   [][]string
	broken map[int]error // what is yielded in place of a record
}

func (l *table) Name() string { return "events" }
func (l *table) CRS() string  { return "" }

func (l *table) Fields() []geo.Field {
	fields := make([]geo.Field, len(l.rows[0]))
	for i, name := range l.rows[0] {
		fields[i].Name = name
	}
	return fields
}

func (l *table) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		for i, row := range l.rows[1:] {
			r := geo.Record{Number: i + 1, Values: make([]geo.Value, len(row))}
			for k, v := range row {
				r.Values[k] = v
			}
			if !yield(r, l.broken[i+1]) {
				return
			}
		}
	}
}

func (l *table) column(t testing.TB, name string) int {
	t.Helper()
	i := slices.Index(l.rows[0], name)
	if i < 0 {
		t.Fatalf("the file has no column %s", name)
	}
	return i
}

// set changes a value of the first row, without a name the whole row.
func (l *table) set(t testing.TB, name, value string) {
	t.Helper()
	l.rows[1][l.column(t, name)] = value
}

// drop takes columns away, as older releases lack them.
func (l *table) drop(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		at := l.column(t, name)
		for i := range l.rows {
			l.rows[i] = slices.Delete(slices.Clone(l.rows[i]), at, at+1)
		}
	}
}

func read(t testing.TB, path string) *table {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return &table{rows: rows}
}

// The sample is of release 23.1; the rows of ACLED are invented.
const (
	ucdpSample = "../seed/samples/ucdp-ged-sample-region.csv"
	acledRows  = "testdata/acled-invented.csv"
)

func wrap(t testing.TB, under geo.Layer, o events.Options) *events.Layer {
	t.Helper()
	l, err := events.Wrap(under, o)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, ok := l.(*events.Layer)
	if !ok {
		t.Fatalf("the columns are not known: %v", under.Fields())
	}
	return wrapped
}

// event is a record by the names of its fields.
type event struct {
	values map[string]geo.Value
	record geo.Record
}

// readEvents returns the events by id, and the faults.
func readEvents(t testing.TB, l *events.Layer) (map[string]event, []geo.Fault) {
	t.Helper()
	all, faults := map[string]event{}, []geo.Fault(nil)
	for r, err := range l.Records() {
		var fault geo.Fault
		if errors.As(err, &fault) {
			faults = append(faults, fault)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		e := event{map[string]geo.Value{}, r}
		for i, f := range l.Fields() {
			e.values[f.Name] = r.Values[i]
		}
		id, _ := e.values["id"].(string)
		if _, twice := all[id]; twice || id == "" {
			t.Errorf("the id %q is there twice or empty", id)
		}
		all[id] = e
	}
	return all, faults
}

func allEvents(t testing.TB, l *events.Layer) map[string]event {
	t.Helper()
	all, faults := readEvents(t, l)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return all
}

func tally(all map[string]event, field string) map[string]int {
	counts := map[string]int{}
	for _, e := range all {
		counts[fmt.Sprint(e.values[field])]++
	}
	return counts
}

func wantCounts(t *testing.T, all map[string]event, field string, want map[string]int) {
	t.Helper()
	if got := tally(all, field); !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", field, got, want)
	}
}

func wantValues(t *testing.T, all map[string]event, id string, want map[string]geo.Value) {
	t.Helper()
	e, there := all[id]
	if !there {
		t.Errorf("there is no %s", id)
		return
	}
	for field, v := range want {
		if !reflect.DeepEqual(e.values[field], v) {
			t.Errorf("%s: %s is %#v, want %#v", id, field, e.values[field], v)
		}
	}
}

func day(t testing.TB, s string) geo.Date {
	t.Helper()
	d, err := geo.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Every field is a property of incidents, so that nothing needs to be mapped.
func TestFieldsAreThoseOfIncidents(t *testing.T) {
	incidents, err := geo.Border().Collection("incidents")
	if err != nil {
		t.Fatal(err)
	}
	life := incidents.Lifetime
	known := []string{"id", life.From, life.FromPrecision, life.To, life.ToPrecision, geo.SourcesID}
	l := wrap(t, read(t, ucdpSample), events.Options{})
	filled := map[string]bool{}
	for _, f := range l.Fields() {
		if _, there := incidents.Property(f.Name); !there && !slices.Contains(known, f.Name) {
			t.Errorf("incidents have no %s", f.Name)
		}
		filled[f.Name] = true
	}
	for _, p := range incidents.Properties {
		if left := p.Name == "injuries" || p.Name == "related_features"; filled[p.Name] == left {
			t.Errorf("%s is filled: %v", p.Name, filled[p.Name])
		}
	}
}

func TestSampleOfUCDP(t *testing.T) {
	l := wrap(t, read(t, ucdpSample), events.Options{Release: "23.1"})
	if l.Dataset() != "UCDP GED" || l.Private() || l.CRS() != "EPSG:4326" || l.Name() != "events" {
		t.Error(l.Dataset(), l.Private(), l.CRS(), l.Name())
	}
	all := allEvents(t, l)
	if len(all) != 175 {
		t.Fatalf("%d events", len(all))
	}
	wantCounts(t, all, "category", map[string]int{"armed_clash": 162, "attack": 13})
	wantCounts(t, all, "start_precision", map[string]int{"day": 173, "year": 2})
	wantCounts(t, all, "end_precision", map[string]int{"day": 173, "year": 2})
	wantCounts(t, all, "position_accuracy_m", map[string]int{"1000": 49, "25000": 41, "50000": 55, "150000": 26, "100000": 2, "500000": 2})
	wantCounts(t, all, "confidence", map[string]int{"confirmed": 149, "claimed": 26})
	wantCounts(t, all, "country", map[string]int{"Afghanistan": 135, "Pakistan": 34, "Iran": 3, "Tajikistan": 2, "Kyrgyzstan": 1})
	wantCounts(t, all, "position_basis", map[string]int{
		"UCDP GED where_prec=1": 49, "UCDP GED where_prec=2": 41, "UCDP GED where_prec=3": 55, "UCDP GED where_prec=4": 26, "UCDP GED where_prec=5": 2, "UCDP GED where_prec=6": 2,
	})
	wantValues(t, all, "ucdp-ged-401115", map[string]geo.Value{
		"title": "Government of Afghanistan - Taleban, Nangarhar province", "category": "armed_clash",
		"start_date": day(t, "2021-05-28"), "end_date": day(t, "2021-05-29"), "start_precision": "day", "place_name": "Nangarhar province",
		"admin1": "Nangarhar province", "country": "Afghanistan", "actors": `["Government of Afghanistan","Taleban"]`,
		"fatalities_low": int64(10), "fatalities_high": int64(10), "confidence": "claimed", "position_accuracy_m": 150_000.0,
		"summary": "State-based violence between Government of Afghanistan and Taleban. Best estimate of deaths: 10 (side A 0, side B 10, civilians 0, unknown 0). The day is known within two to six days. The position stands for a first-order division.",
	})
	if p := all["ucdp-ged-401115"].record.Geometry; !slices.Equal(p.FlatCoords(), []float64{70.41667, 34.33333}) {
		t.Error(p.FlatCoords())
	}
	severalDays, zeroBest := 0, 0
	for _, e := range all {
		if e.values["start_date"] != e.values["end_date"] {
			severalDays++
		}
		if summary, _ := e.values["summary"].(string); strings.Contains(summary, "deaths: 0.") && e.values["fatalities_high"] != int64(0) {
			zeroBest++
		}
	}
	if severalDays != 48 || zeroBest != 17 {
		t.Errorf("%d events of several days, %d of 0 deaths at best", severalDays, zeroBest)
	}
}

// Rows whose low, best and high are not in order, and those dated to a year.
func TestOddRowsOfUCDP(t *testing.T) {
	all := allEvents(t, wrap(t, read(t, ucdpSample), events.Options{}))
	for id, c := range map[string][2]int64{
		"236880": {2, 3}, "406097": {17, 18}, "252478": {1, 2}, "225681": {3, 4}, "386422": {11, 12},
		"193150": {3, 4}, "192827": {6, 7}, "381442": {11, 12}, "212386": {3, 4},
	} {
		wantValues(t, all, "ucdp-ged-"+id, map[string]geo.Value{"fatalities_low": c[0], "fatalities_high": c[1]})
	}
	wantValues(t, all, "ucdp-ged-453523", map[string]geo.Value{"start_date": day(t, "2022-09-21"), "end_date": day(t, "2022-12-07"), "start_precision": "year"})
	wantValues(t, all, "ucdp-ged-171751", map[string]geo.Value{"start_date": day(t, "2011-08-20"), "end_date": day(t, "2011-11-20"), "end_precision": "year"})
	wantValues(t, all, "ucdp-ged-60826", map[string]geo.Value{"place_name": "Dushanbe city", "country": "Tajikistan", "start_date": day(t, "1992-05-05")})
}

// Each event cites the release, and the reports that can be told apart. What
// older rows have instead stands in the summary.
func TestSourcesOfUCDP(t *testing.T) {
	accessed, err := geo.ParsePartialDate("2026-11")
	if err != nil {
		t.Fatal(err)
	}
	l := wrap(t, read(t, ucdpSample), events.Options{Release: "23.1", Accessed: accessed})
	const release = "ucdp-ged-23.1"
	all := allEvents(t, l)
	free, reports := 0, map[string]bool{}
	counts := numbersOfSources(t)
	for id, e := range all {
		cited := listIn(t, e.values[geo.SourcesID])
		if n := fmt.Sprint(len(cited) - 1); n != counts[id] && counts[id] != "-1" {
			t.Errorf("%s cites %s reports, the row counts %s", id, n, counts[id])
		}
		if cited[0] != release || len(cited) != len(slices.Compact(slices.Sorted(slices.Values(cited)))) {
			t.Errorf("%s cites %q", id, cited)
		}
		for _, source := range cited[1:] {
			reports[source] = true
		}
		if strings.Contains(fmt.Sprint(e.values["summary"]), "UCDP names as its source: ") {
			free++
			if len(cited) > 1 {
				t.Errorf("%s has both", id)
			}
		}
	}
	if free != 84 || len(reports) == 0 {
		t.Errorf("%d rows with free text, %d reports", free, len(reports))
	}
	s, known := l.Source(release)
	if !known || s.Title != "UCDP Georeferenced Event Dataset (GED), release 23.1" || !strings.Contains(s.Supports, "CC BY 4.0") || s.Accessed != accessed {
		t.Errorf("%+v", s)
	}
	for id := range reports {
		if s, known := l.Source(id); !known || s.ID != id || s.Publisher == "" || s.Title == "" || !s.Published.Known() {
			t.Errorf("%s: %+v", id, s)
		}
	}
	report := listIn(t, all["ucdp-ged-401115"].values[geo.SourcesID])[1]
	if s, _ := l.Source(report); s.Publisher != "Bakhtar News" || s.Title != "More Than Two Hundred Terrorists Perished in Afghanistan" || s.Published != geo.On(day(t, "2021-05-29")) {
		t.Errorf("%+v", s)
	}
	if _, known := l.Source("ucdp-report-0"); known {
		t.Error("a source that nothing cites")
	}
	again := allEvents(t, wrap(t, read(t, ucdpSample), events.Options{Release: "23.1"}))
	if !reflect.DeepEqual(again["ucdp-ged-401115"].values, all["ucdp-ged-401115"].values) {
		t.Error("another reading cites by other ids")
	}
}

// numbersOfSources is how many reports the rows of the sample say they have, -1
// where they do not count.
func numbersOfSources(t *testing.T) map[string]string {
	t.Helper()
	under, counts := read(t, ucdpSample), map[string]string{}
	for _, row := range under.rows[1:] {
		counts["ucdp-ged-"+row[under.column(t, "id")]] = row[under.column(t, "number_of_sources")]
	}
	return counts
}

func TestFaultsOfUCDP(t *testing.T) {
	for name, c := range map[string]struct {
		column, value string
		rule          geo.Rule
		field         string // "" for the column that was changed
	}{
		"an unknown type":            {"type_of_violence", "4", events.RuleCode, ""},
		"an unknown precision":       {"date_prec", "6", events.RuleCode, ""},
		"no precision":               {"date_prec", "", events.RuleCode, ""},
		"an unknown place":           {"where_prec", "8", events.RuleCode, ""},
		"an unknown clarity":         {"event_clarity", "3", events.RuleCode, ""},
		"an id that is none":         {"id", "AFG-1", events.RuleValue, ""},
		"a day that is none":         {"date_start", "2021-02-30 00:00:00.000", events.RuleValue, ""},
		"a date of another form":     {"date_end", "5/28/2021", events.RuleValue, ""},
		"an end before the start":    {"date_end", "2021-05-01 00:00:00.000", events.RuleDates, ""},
		"a latitude beyond the pole": {"latitude", "91", events.RuleValue, ""},
		"a longitude without end":    {"longitude", "Inf", events.RuleValue, ""},
		"no longitude":               {"longitude", "", events.RuleValue, ""},
		"a point elsewhere":          {"geom_wkt", "POINT (34.33333 70.41667)", events.RulePlace, ""},
		"a point beside it":          {"geom_wkt", "POINT (70.5 34.33333)", events.RulePlace, ""},
		"a point that is none":       {"geom_wkt", "POINT (70.41667)", events.RuleValue, ""},
		"another country's number":   {"country_id", "702", events.RulePlace, ""},
		"deaths below 0":             {"low", "-1", events.RuleValue, ""},
		"deaths in words":            {"high", "many", events.RuleValue, ""},
		"parts that do not add up":   {"deaths_a", "1", events.RuleFatalities, "best"},
	} {
		t.Run(name, func(t *testing.T) {
			under := read(t, ucdpSample)
			under.rows = under.rows[:3]
			under.set(t, c.column, c.value)
			all, faults := readEvents(t, wrap(t, under, events.Options{}))
			if c.field == "" {
				c.field = c.column
			}
			want := geo.Place{File: "events", Record: 1, Field: c.field}
			if len(faults) != 1 || faults[0].Rule != c.rule || faults[0].Place != want || faults[0].Detail == "" {
				t.Errorf("%v, want %s at %s", faults, c.rule, want)
			}
			if len(all) != 1 {
				t.Errorf("%d events", len(all))
			}
		})
	}
}

func TestReleasesOfUCDP(t *testing.T) {
	for name, c := range map[string]struct {
		change func(l *table)
		want   map[string]geo.Value
	}{
		"fewer columns": {func(l *table) {
			l.drop(t, "relid", "code_status", "geom_wkt", "source_article", "source_office", "dyad_name", "deaths_unknown")
		}, map[string]geo.Value{"title": "Government of Afghanistan - Taleban, Nangarhar province", "confidence": "claimed", "sources": `["ucdp-ged"]`}},
		"a row to be checked": {func(l *table) { l.set(t, "event_clarity", "1"); l.set(t, "code_status", "Check dyad") }, map[string]geo.Value{"confidence": "claimed"}},
		"a clear row":         {func(l *table) { l.set(t, "event_clarity", "1") }, map[string]geo.Value{"confidence": "confirmed"}},
		"a month":             {func(l *table) { l.set(t, "date_prec", "4") }, map[string]geo.Value{"start_precision": "month", "end_precision": "month"}},
		"at sea":              {func(l *table) { l.set(t, "where_prec", "7") }, map[string]geo.Value{"position_accuracy_m": 1_000_000.0}},
		"no place": {
			func(l *table) { l.set(t, "latitude", ""); l.set(t, "longitude", "") },
			map[string]geo.Value{"id": "ucdp-ged-401115"},
		},
		"a country elsewhere": {func(l *table) { l.set(t, "country_id", "432"); l.set(t, "country", "Mali") }, map[string]geo.Value{"country": "Mali"}},
		"a name of its own":   {func(l *table) { l.set(t, "country_id", "365"); l.set(t, "country", "Russia (Soviet Union)") }, map[string]geo.Value{"country": "Russia"}},
		"names in capitals": {func(l *table) {
			for i, n := range l.rows[0] {
				l.rows[0][i] = " " + strings.ToUpper(n)
			}
		}, map[string]geo.Value{"category": "armed_clash"}},
	} {
		t.Run(name, func(t *testing.T) {
			under := read(t, ucdpSample)
			under.rows = under.rows[:2]
			c.change(under)
			wantValues(t, allEvents(t, wrap(t, under, events.Options{})), "ucdp-ged-401115", c.want)
		})
	}
}

// Values of rooms that know types mean the same.
func TestTypedValues(t *testing.T) {
	under := read(t, ucdpSample)
	typed := &typedTable{table: under}
	l := wrap(t, typed, events.Options{})
	all := allEvents(t, l)
	if len(all) != 175 {
		t.Errorf("%d events", len(all))
	}
	wantValues(t, all, "ucdp-ged-401115", map[string]geo.Value{"fatalities_high": int64(10), "start_date": day(t, "2021-05-28")})
}

// typedTable gives some columns as another room than that of CSV would.
type typedTable struct{ *table }

func (l *typedTable) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		for r, err := range l.table.Records() {
			for i, name := range l.rows[0] {
				s, _ := r.Values[i].(string)
				var n float64
				switch _, scanErr := fmt.Sscan(s, &n); {
				case s == "":
					r.Values[i] = nil
				case strings.HasPrefix(name, "date_"+"s"), strings.HasPrefix(name, "date_e"):
					if d, dateErr := geo.ParseDate(s[:10]); dateErr == nil {
						r.Values[i] = d
					}
				case name == "id" || name == "high":
					r.Values[i] = int64(n)
				case scanErr == nil && (name == "latitude" || name == "best"):
					r.Values[i] = n
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func TestRowsThatAreNoEvents(t *testing.T) {
	under := read(t, ucdpSample)
	tags := make([]string, len(under.rows[0]))
	tags[0], tags[5], tags[29] = "#event+id", "#event+type", "#geo+lat"
	under.rows = append([][]string{under.rows[0], tags}, under.rows[1:]...)
	l := wrap(t, under, events.Options{})
	all := allEvents(t, l)
	if len(all) != 175 || l.Tally().Tags != 1 || all["ucdp-ged-401115"].record.Number != 2 {
		t.Errorf("%d events, %d rows of tags, the first is record %d", len(all), l.Tally().Tags, all["ucdp-ged-401115"].record.Number)
	}
}

func TestTablesThatAreRefused(t *testing.T) {
	headless := read(t, ucdpSample)
	headless.rows = headless.rows[1:]
	lacking := read(t, ucdpSample)
	lacking.drop(t, "best")
	for name, c := range map[string]struct {
		under   *table
		options events.Options
		rule    geo.Rule // "" for an error without a fault
		says    string
	}{
		"no row of names":        {headless, events.Options{}, events.RuleNoHeader, "first row holds an event"},
		"a column less":          {lacking, events.Options{}, events.RuleColumns, `"best" is missing`},
		"a release that is none": {read(t, ucdpSample), events.Options{Release: "23.1; DROP"}, "", "is not a release"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := events.Wrap(c.under, c.options)
			var invalid *geo.Error
			if !errors.As(err, &invalid) || invalid.Kind != geo.Invalid || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v", err)
			}
			if c.rule != "" && (invalid.Faults[0].Rule != c.rule || invalid.Faults[0].Place.File != "events") {
				t.Error(err)
			}
		})
	}
	other := &table{rows: [][]string{{"id", "title", "start_date"}, {"a", "b", "2021-01-01"}}}
	if l, err := events.Wrap(other, events.Options{}); err != nil || l != geo.Layer(other) {
		t.Errorf("another table: %v, %v", l, err)
	}
}

// Faults and failures underneath pass as they are.
func TestWhatComesFromBelow(t *testing.T) {
	under := read(t, ucdpSample)
	fault, failed := geo.Fault{Rule: "csv-row", Place: geo.Place{Record: 2}}, errors.New("the disk failed")
	under.broken = map[int]error{2: fault, 4: failed}
	var got []error
	for _, err := range wrap(t, under, events.Options{}).Records() {
		got = append(got, err)
		if len(got) == 4 {
			break
		}
	}
	if want := []error{nil, fault, nil, failed}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestReleaseOf(t *testing.T) {
	for name, want := range map[string]string{
		"GEDEvent_v25_1.csv": "25.1", "ged251-csv.zip": "25.1", "ged241.csv": "24.1", "GEDEvent_v24_0_3.csv": "24.0.3", "my_gedevent_v23_1 (2).csv": "23.1",
		"conflict_data_afg.csv": "", "managed251.csv": "", "ged.csv": "",
	} {
		if got := events.ReleaseOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// FuzzRow turns one value of a row: what comes is an event or a fault of the row.
func FuzzRow(f *testing.F) {
	whole := read(f, ucdpSample)
	for i := range whole.rows[0] {
		f.Add(i, whole.rows[1][i])
		f.Add(i, "\x00")
	}
	f.Fuzz(func(t *testing.T, column int, value string) {
		under := &table{rows: [][]string{whole.rows[0], slices.Clone(whole.rows[1])}}
		under.rows[1][uint(column)%uint(len(under.rows[1]))] = value
		l := wrap(t, under, events.Options{})
		for r, err := range l.Records() {
			var fault geo.Fault
			if err != nil && (!errors.As(err, &fault) || fault.Rule == "" || fault.Place.Field == "") {
				t.Errorf("%#v", err)
			}
			if _, err := geo.Flatten(r.Geometry); err != nil {
				t.Error(err)
			}
		}
	})
}
