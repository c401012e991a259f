package ingest_test

import (
	"context"
	"encoding/csv"
	"os"
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
	check := func() *ingest.Plan {
		t.Helper()
		l, err := events.Wrap(csvTable(t, "../seed/samples/ucdp-ged-sample-region.csv"), events.Options{Release: "23.1"})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := ingest.Prepare(ctx, l, s, request(c))
		if err != nil {
			t.Fatal(err)
		}
		if r := &plan.Report; len(r.Rejected) > 0 || r.Records != 175 || len(r.Mapping.Ignored) > 0 || len(r.Notes) > 0 {
			t.Fatalf("%d records, ignored %v, notes %v, refused %v", r.Records, r.Mapping.Ignored, r.Notes, r.Rejected)
		}
		return plan
	}
	plan := check()
	if err := plan.Apply(ctx, s); err != nil || len(plan.Report.New) != 175 {
		t.Fatal(len(plan.Report.New), err)
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
	if again := check(); again.Report.Same != 175 {
		t.Errorf("again %d are the same, changed %+v", again.Report.Same, again.Report.Changed)
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
		if _, err := ingest.Prepare(context.Background(), &table{fields: fields("id"), crs: crs}, s, request(c)); geo.KindOf(err) != geo.Invalid || !strings.Contains(err.Error(), string(ingest.RuleCRS)) {
			t.Errorf("%q: %v", crs, err)
		}
	}
}
