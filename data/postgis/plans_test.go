package postgis_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"oxus/data/postgis"
	"oxus/geo"
	"oxus/geo/cql2"

	"github.com/paulmach/orb"
)

var updatePlans = flag.Bool("update-plans", false, "write the plans anew")

// plannedSQL writes 20,000 invented incidents along a river, crossings with three periods
// each, and lines, and lets the planner know.
var plannedSQL = []string{
	"BEGIN",
	"SET LOCAL oxus.program = 'oxus'", // which counts its rows itself: a moment and a first revision
	`INSERT INTO oxus.incidents (id, title, category, confidence, summary, sources, geom, start_date, start_precision, end_date, end_precision, recorded)
	 SELECT 'p' || g, 't', 'attack', 'claimed', 's', '{one}', ST_SetSRID(ST_MakePoint(60 + g % 1000 / 60.0, 37 + sin(g % 1000 / 60.0) + g / 1000 / 40.0), 4326),
	        '2000-01-01'::date + g % 9000, 'day', '2000-01-01'::date + g % 9000, 'day', oxus.take_moment() FROM generate_series(1, 20000) g`,
	`INSERT INTO oxus.crossings (id, name_en, summary, sources, geom, recorded)
	 SELECT 'p' || g, 'n', 's', '{one}', ST_SetSRID(ST_MakePoint(60 + g % 1000 / 60.0, 37 + sin(g % 1000 / 60.0) + g / 1000 / 40.0), 4326), oxus.take_moment()
	   FROM generate_series(1, 3000) g`,
	`INSERT INTO oxus.crossings_status (feature, kind, status, from_date, to_date, to_precision, end_basis, sources, recorded)
	 SELECT 'p' || g, 'phase', 'open', '2000-01-01'::date + 100 * y, '2000-01-01'::date + 100 * (y + 1), 'day', 'ended', '{one}', oxus.take_moment()
	   FROM generate_series(1, 3000) g, generate_series(1, 3) y`,
	`INSERT INTO oxus.transmission_lines (id, name_en, project, summary, sources, geom, recorded)
	 SELECT 'p' || g, 'n', 'p', 's', '{one}',
	        ST_SetSRID(ST_MakeLine(ST_MakePoint(60 + g % 100 / 5.0, 30 + g / 100 / 5.0), ST_MakePoint(60.1 + g % 100 / 5.0, 30.1 + g / 100 / 5.0)), 4326), oxus.take_moment()
	   FROM generate_series(1, 3000) g`,
	"COMMIT",
	"ANALYZE",
}

// The plans of what is asked in public stand in testdata/plans, without costs: each
// names its index, and none walks through a table. -update-plans writes them anew.
func TestPlans(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	conn := connect(t, url)
	for _, text := range plannedSQL {
		must(t, conn, text)
	}
	t.Run("answers", func(t *testing.T) { testPages(t, s) })
	for name, q := range publicQuestions(t) {
		t.Run(name, func(t *testing.T) {
			plans, err := s.Plans(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			checkPlans(t, name, plans)
		})
	}
}

// testPages asks for pages by every route, and so that routes give up: what they answer is
// what looking at each incident in turn does.
func testPages(t *testing.T, s *postgis.Store) {
	all := everyItem(t, s, &geo.Query{Collection: incidents(), Sort: geo.ByID()})
	rng := rand.New(rand.NewPCG(9, 9))
	for n := range 120 {
		q := geo.Query{Collection: incidents(), Limit: 1 + rng.IntN(300), Backwards: n%3 == 0, Today: geo.NewDate(2026, 11, 23)}
		w, s0 := 59+18*rng.Float64(), 35+4*rng.Float64()
		switch n % 4 {
		case 0: // wide and flat: nearly all that its ranges hold lies outside
			q.BBox = &geo.BBox{West: 60, South: s0, East: 77, North: s0 + 0.0001}
		case 1, 2:
			q.BBox = &geo.BBox{West: w, South: s0, East: w + 3*rng.Float64(), North: s0 + rng.Float64()}
		}
		from := geo.NewDate(2000, 1, 1) + geo.Date(rng.IntN(9000))
		switch n % 5 {
		case 0:
			q.Time = &geo.Interval{From: from, To: from + geo.Date(rng.IntN(300))}
		case 1: // most of all times
			q.Time = &geo.Interval{From: geo.DistantPast, To: from}
		case 2:
			q.Equals = []geo.Equal{{Property: "category", Value: "smuggling"}} // no more than one has it
		}
		if n%2 == 0 {
			last := all[rng.IntN(len(all))]
			q.After, q.AfterKey = last.ID, last.Key
		}
		want := lookedFor(all, q)
		if got := everyItem(t, s, &q); !slices.Equal(namesOf(got), namesOf(want)) {
			t.Fatalf("box %v time %v equals %v after %q back %v limit %d:\n got %v\nwant %v", q.BBox, q.Time, q.Equals, q.After, q.Backwards, q.Limit, namesOf(got), namesOf(want))
		}
	}
}

func everyItem(t *testing.T, s *postgis.Store, q *geo.Query) []geo.Item {
	t.Helper()
	var all []geo.Item
	for it, err := range s.Items(context.Background(), *q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, it)
	}
	return all
}

// lookedFor answers a question by looking at all there is.
func lookedFor(all []geo.Item, q geo.Query) []geo.Item {
	beyond, order := q.Beyond(nil), q.Order()
	var found []geo.Item
	for _, it := range all {
		switch {
		case !beyond(&it), q.BBox != nil && !geo.Touches(it.Geometry, q.BBox.Bounds()), q.Time != nil && !it.Lifetime.Span().Intersects(*q.Time):
		case len(q.Equals) > 0 && it.Values[q.Collection.PropertyIndex(q.Equals[0].Property)] != q.Equals[0].Value:
		default:
			found = append(found, it)
		}
	}
	slices.SortFunc(found, func(a, b geo.Item) int { return order(&a, &b) })
	return found[:min(q.Limit, len(found))]
}

func namesOf(items []geo.Item) []string {
	names := make([]string, len(items))
	for i := range items {
		names[i] = items[i].ID
	}
	return names
}

// publicQuestions are the shapes of what is asked, a page each.
func publicQuestions(t *testing.T) map[string]geo.Query {
	t.Helper()
	lines, err := geo.Border().Collection("transmission-lines")
	if err != nil {
		t.Fatal(err)
	}
	filter, err := cql2.ParseText("fatalities_low > 3")
	if err == nil {
		filter, err = cql2.Check(filter, incidents().Queryables())
	}
	if err != nil {
		t.Fatal(err)
	}
	box := &geo.BBox{West: 65, South: 35, East: 66, North: 38}
	month := &geo.Interval{From: geo.NewDate(2007, 1, 1), To: geo.NewDate(2007, 1, 31)}
	day := &geo.Interval{From: month.From, To: month.From}
	all := map[string]geo.Query{
		"page":                {Collection: incidents()},
		"page-after":          {Collection: incidents(), After: "p7", AfterKey: 2_300_000_000},
		"page-before":         {Collection: incidents(), After: "p7", AfterKey: 2_300_000_000, Backwards: true},
		"box":                 {Collection: incidents(), BBox: box},
		"box-and-month":       {Collection: incidents(), BBox: box, Time: month},
		"small-box-and-month": {Collection: incidents(), BBox: &geo.BBox{West: 70, South: 37.5, East: 70.05, North: 37.55}, Time: month},
		"box-and-filter":      {Collection: incidents(), BBox: box, Filter: filter},
		"month":               {Collection: incidents(), Time: month},
		"box-with-status":     {Collection: crossings(), BBox: box},
		"box-on-a-day":        {Collection: crossings(), BBox: box, Time: day},
		"lines-in-a-box":      {Collection: lines, BBox: box},
		"lines":               {Collection: lines},
		"near":                {Collection: incidents(), Near: &geo.Near{Within: 1000, Shapes: []orb.Geometry{orb.Point{65, 35}}}},
		"by-id":               {Collection: incidents(), Sort: geo.ByID(), After: "p7"},
		"by-id-downwards":     {Collection: incidents(), Sort: byID(true), After: "p7"},
		"across-antimeridian": {Collection: incidents(), BBox: &geo.BBox{West: 179, South: 0, East: -179, North: 1}},
	}
	for name, q := range all {
		q.Limit, q.Today = 100, geo.NewDate(2026, 11, 23)
		all[name] = q
	}
	return all
}

// checkPlans holds plans against the file of that name.
func checkPlans(t *testing.T, name, plans string) {
	t.Helper()
	file := filepath.Join("testdata", "plans", name+".txt")
	if *updatePlans {
		if err := os.WriteFile(file, []byte(plans), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != plans {
		t.Errorf("got\n%s\nwant\n%s", plans, want)
	}
	if walked := walkThrough.FindString(plans); walked != "" || !byIndex.MatchString(plans) {
		t.Errorf("%s is not by an index:\n%s", walked, plans)
	}
}

// byIndex is the name of an index in a plan.
var byIndex = regexp.MustCompile(`(?i)\bindex .*_(in_order|where_when|pkey)\b`)

// walkThrough is a part of a plan that reads a whole table of those that are filled.
var walkThrough = regexp.MustCompile(`Seq Scan on (incidents|crossings|crossings_status|transmission_lines)\b`)
