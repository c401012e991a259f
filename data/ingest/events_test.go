package ingest_test

import (
	"context"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/events"
	"oxus/data/ingest"
	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// csvTable reads a CSV as a layer without a geometry.
func csvTable(t *testing.T, path string) *table {
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
	l := &table{fields: fields(rows[0]...)}
	for _, row := range rows[1:] {
		values := make([]geo.Value, len(row))
		for i, v := range row {
			values[i] = v
		}
		l.rows = append(l.rows, values)
	}
	return l
}

// The sample of UCDP GED goes into an empty store with the sources it brings, and
// again without a change. What people add meanwhile stays.
func TestEventsOfUCDPAreImported(t *testing.T) {
	ctx, atlas := context.Background(), geo.Border()
	s, err := memory.Over(ctx, atlas, storetest.NewPlain(atlas))
	if err != nil {
		t.Fatal(err)
	}
	c, err := atlas.Collection("incidents")
	if err != nil {
		t.Fatal(err)
	}
	check := func() *plan {
		t.Helper()
		l, err := events.Wrap(csvTable(t, "../seed/samples/ucdp-ged-sample-region.csv"), events.Options{Release: "23.1"})
		if err != nil {
			t.Fatal(err)
		}
		p := prepare(t, s, l, request(c))
		// Eight of the sample lie in the south of Iran and of Pakistan.
		if r := p.Report; r.Errors() > 0 || r.Counts.Records != 175 || len(r.Mapping.Ignored) > 0 || r.Warnings() > 8 {
			t.Fatalf("%+v, ignored %v, found %v", r.Counts, r.Mapping.Ignored, r.Findings.List)
		}
		return p
	}
	first := check()
	if err := first.Apply(ctx, s); err != nil || first.Report.Counts.New != 175 {
		t.Fatal(first.Report.Counts, err)
	}
	const id = "ucdp-ged-401115"
	d := detail(t, s, c, id)
	if d.Geometry != (orb.Point{70.41667, 34.33333}) || d.Values[c.PropertyIndex("fatalities_high")] != int64(10) || d.Values[c.PropertyIndex("position_accuracy_m")] != 150_000.0 ||
		strings.Join(d.Values[c.PropertyIndex("actors")].([]string), "|") != "Government of Afghanistan|Taleban" || d.Lifetime.From.String() != "2021-05-28" || d.Lifetime.To.String() != "2021-05-29" {
		t.Errorf("%+v", d.Feature)
	}
	if len(d.Sources) != 2 || d.Sources[0].ID != "ucdp-ged-23.1" || d.Sources[1].Publisher != "Bakhtar News" {
		t.Errorf("%+v", d.Sources)
	}
	if year := detail(t, s, c, "ucdp-ged-453523"); year.Lifetime.From.String() != "2022" || year.Lifetime.From.Precision != geo.Year {
		t.Errorf("%+v", year.Lifetime)
	}

	f := *d.Feature
	f.Values = append([]geo.Value(nil), d.Values...)
	f.Values[c.PropertyIndex("injuries")] = int64(4)
	if err := s.Apply(ctx, geo.Change{Actor: "test", Features: []geo.Put{{Collection: c, Feature: f, Expect: f.Revision}}}); err != nil {
		t.Fatal(err)
	}
	if again := check(); again.Report.Counts.Same != 175 {
		t.Errorf("again %+v, changed %+v", again.Report.Counts, again.Report.Changed)
	}
}

func TestSystemByCode(t *testing.T) {
	s, c := stored(t)
	for crs, want := range map[string]string{"EPSG:32642": "WGS 84 / UTM zone 42N", "epsg:4326\n": "WGS 84", wgs84: "WGS 84"} {
		plan := prepare(t, s, &table{fields: fields("id"), crs: crs}, request(c))
		if plan.Report.CRS != want {
			t.Errorf("%q is taken as %q, want %q", crs, plan.Report.CRS, want)
		}
	}
	for _, crs := range []string{"EPSG:2193", "EPSG:x", "EPSG:"} {
		if asked := prepare(t, s, &table{fields: fields("id"), crs: crs}, request(c)).Report.Questions; len(asked) != 1 || asked[0].Option != "crs" {
			t.Errorf("%q: asked %+v", crs, asked)
		}
	}
}

// Rows that may not be shown to others are not applied without a word.
func TestTermsOfADatasetAreAWarning(t *testing.T) {
	s, _ := sourced(t)
	l := secluded{bridges([]geo.Value{"tem", "Tem", "First.", "s1"})}
	im := begin(t, service(t, s, l), "crossings", "")
	if got := found(report(t, im), ingest.Warning); im.State != geo.Staged || !slices.Contains(got, "0  terms-of-use") {
		t.Errorf("%s %v", im.State, got)
	}
}

// What an import is kept for a role is seen by that role alone, whatever its rows cite
// and whatever was stored of its sources before.
func TestImportsAreKept(t *testing.T) {
	plain := func() geo.Layer { return bridges([]geo.Value{"tem", "Tem", "Changed.", "s1"}) }
	private := func() geo.Layer {
		return secluded{bridges([]geo.Value{"tem", "Tem", "Changed.", "s1"})}
	}
	for _, tc := range []struct {
		name, options string
		layer         func() geo.Layer
		want          geo.Role
	}{
		{"a file", "", plain, geo.Everybody},
		{"a file for editors", `{"audience":"editor"}`, plain, geo.Editor},
		{"a dataset that forbids it", "", private, geo.Maintainer},
		{"such a dataset for viewers", `{"audience":"viewer"}`, private, geo.Viewer},
	} {
		store, c := sourced(t)
		s := service(t, store, tc.layer())
		im := begin(t, s, "crossings", tc.options)
		if got := report(t, im).Audience; got != tc.want {
			t.Errorf("%s: the report says it is kept for %q", tc.name, got)
		}
		if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
			t.Fatal(err)
		}
		seen := map[geo.Role]bool{}
		for _, who := range append(geo.Roles(), geo.Everybody) {
			_, err := store.For(who).Detail(t.Context(), c, "tem", 20000)
			if seen[who] = err == nil; seen[who] != who.Sees(tc.want) {
				t.Errorf("%s: %q sees it: %v", tc.name, who, seen[who])
			}
		}
	}
	if _, err := ingest.ParseOptions([]byte(`{"audience":"admin"}`)); geo.KindOf(err) != geo.Invalid {
		t.Errorf("an audience that is none: %v", err)
	}
}

// The sources of ACLED are kept also where they were stored before and seen by all.
func TestEventsOfACLEDAreKept(t *testing.T) {
	ctx, atlas := context.Background(), geo.Border()
	store := storetest.NewPlain(atlas)
	if err := store.Apply(ctx, geo.Change{Actor: "test", Sources: []geo.Source{{ID: "acled", Publisher: "P", Title: "Stored before"}}}); err != nil {
		t.Fatal(err)
	}
	l, err := events.Wrap(csvTable(t, "../events/testdata/acled-invented.csv"), events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := service(t, store, l)
	im := begin(t, s, "incidents", "")
	if _, err := s.Apply(ctx, im.ID, "zarina", true); err != nil {
		t.Fatalf("%v %s", err, im.Report)
	}
	c, err := atlas.Collection("incidents")
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Count(ctx, geo.Query{Collection: c, Today: 20000})
	if err != nil || all == 0 {
		t.Fatal(all, err)
	}
	for who, want := range map[geo.Role]int{geo.Everybody: 0, geo.Viewer: 0, geo.Editor: 0, geo.Maintainer: all, geo.Admin: all} {
		if n, err := store.For(who).Count(ctx, geo.Query{Collection: c, Today: 20000}); err != nil || n != want {
			t.Errorf("%q sees %d of %d incidents, %v", who, n, all, err)
		}
		for r, err := range store.For(who).Revisions(ctx, geo.RevisionQuery{}) {
			if err != nil || !who.SeesAll() {
				t.Errorf("%q is told of %s %s, %v", who, r.Kind, r.ID, err)
			}
		}
	}
}

// What was edited and stays is kept as before: a source that the import has kept is not
// given back to all under it.
func TestWhatStaysIsKept(t *testing.T) {
	store, c := sourced(t)
	s := service(t, store, brings{bridges([]geo.Value{"tem", "Tem", "Changed.", "s1"}, []geo.Value{"ruzvay", "Ruzvay", "x", "s1"})})
	im := begin(t, s, "crossings", `{"audience":"editor"}`)
	if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
		t.Fatalf("%v %s", err, im.Report)
	}
	edit(t, store, c, "ruzvay", "edited")
	if _, err := s.RollBack(t.Context(), im.ID, "zarina", true); err != nil {
		t.Fatal(err)
	}
	if d := detail(t, store, c, "ruzvay"); d.Sources[0].Audience != geo.Editor {
		t.Errorf("it rests on %+v", d.Sources)
	}
	if _, err := store.For(geo.Viewer).Detail(t.Context(), c, "ruzvay", 0); err == nil {
		t.Error("it is shown to those whom it was kept from")
	}
}

// brings is a layer that brings the source it cites.
type brings struct{ *table }

func (brings) Source(id string) (geo.Source, bool) {
	return geo.Source{ID: id, Publisher: "p", Title: "t"}, id == "s1"
}

// secluded is a layer of a dataset whose rows may not be shown to others.
type secluded struct{ *table }

func (secluded) Private() bool { return true }
