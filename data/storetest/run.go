package storetest

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// today is the day all questions are asked on.
func today() geo.Date { return day("2026-11-23") }

// Run holds a store against the contract of geo.Store. open returns an empty
// store each time and sees to closing it.
func Run(t *testing.T, open func(t *testing.T) geo.Store) {
	t.Run("empty", func(t *testing.T) { testEmpty(t, open(t)) })
	t.Run("answers", func(t *testing.T) {
		s, w := filled(t, open), awkward()
		t.Run("everything comes back", func(t *testing.T) { testRoundTrip(t, s, w) })
		t.Run("filters", func(t *testing.T) { testFilters(t, s, w) })
		t.Run("filter language", func(t *testing.T) { testFilterLanguage(t, s, w) })
		t.Run("areas", func(t *testing.T) { testAreas(t, s, w) })
		t.Run("standing", func(t *testing.T) { testStanding(t, s, w) })
		t.Run("order", func(t *testing.T) { testOrder(t, s, w) })
		t.Run("latest", func(t *testing.T) { testLatest(t, s, w) })
		t.Run("pages", func(t *testing.T) { testPages(t, s, w) })
		t.Run("detail", func(t *testing.T) { testDetail(t, s, w) })
		t.Run("summary", func(t *testing.T) { testSummary(t, s, w) })
		t.Run("cancelled", func(t *testing.T) { testCancelled(t, s, w) })
		t.Run("not there", func(t *testing.T) { testNotFound(t, s, w) })
	})
	t.Run("pinned", func(t *testing.T) { testPinned(t, filled(t, open), awkward()) })
	t.Run("keys", func(t *testing.T) { testKeys(t, open(t)) })
	t.Run("imports", func(t *testing.T) { testImports(t, open) })
	t.Run("refusals", func(t *testing.T) { testRefusals(t, filled(t, open)) })
	t.Run("changes", func(t *testing.T) { testChanges(t, filled(t, open)) })
	Record(t, open)
}

// Record holds a store against the part of the contract that is about what changes
// leave behind.
func Record(t *testing.T, open func(t *testing.T) geo.Store) {
	t.Run("removals", func(t *testing.T) { testRemovals(t, filled(t, open)) })
	t.Run("parts", func(t *testing.T) { testParts(t, open(t), open(t)) })
	t.Run("parts that write twice", func(t *testing.T) { testPartsTwice(t, filled(t, open)) })
	t.Run("changes against a state", func(t *testing.T) { testSince(t, filled(t, open)) })
	t.Run("record", func(t *testing.T) { testRecord(t, open(t)) })
	t.Run("random changes", func(t *testing.T) { testRandomRecord(t, open(t), rand.Uint64()) })
	t.Run("audiences", func(t *testing.T) { testAudiences(t, open(t), rand.Uint64()) })
	t.Run("what is gone stays hidden", func(t *testing.T) { testGoneStaysHidden(t, open(t)) })
	t.Run("versions by who asks", func(t *testing.T) { testVersionsBySight(t, open(t)) })
	t.Run("one moment", func(t *testing.T) { testOneMoment(t, filled(t, open)) })
}

func filled(t *testing.T, open func(t *testing.T) geo.Store) geo.Store {
	t.Helper()
	s := open(t)
	apply(t, s, awkward().ch)
	return s
}

func apply(t *testing.T, s geo.Writer, ch geo.Change) {
	t.Helper()
	if err := s.Apply(context.Background(), ch); err != nil {
		t.Fatalf("apply: %v", err)
	}
}

// gather ends the test when the sequence does not end well.
func gather(t *testing.T, items iter.Seq2[geo.Item, error]) []geo.Item {
	t.Helper()
	var all []geo.Item
	for it, err := range items {
		if err != nil {
			t.Fatalf("items: %v", err)
		}
		all = append(all, it)
	}
	return all
}

func ids(items []geo.Item) string {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = it.ID
	}
	return strings.Join(names, " ")
}

func testEmpty(t *testing.T, s geo.Store) {
	ctx := context.Background()
	if err := s.Ready(ctx); err != nil {
		t.Fatalf("ready: %v", err)
	}
	for _, c := range geo.Border().Collections {
		if got := gather(t, s.Items(ctx, geo.Query{Collection: c, Today: today()})); len(got) > 0 {
			t.Errorf("%s holds %s", c.ID, ids(got))
		}
		sum, err := s.Summary(ctx, c)
		if err != nil || sum.Version == "" {
			t.Fatalf("%s: summary %+v, %v", c.ID, sum, err)
		}
		if sum.Version = ""; !reflect.DeepEqual(sum, geo.Summary{Time: geo.Always}) {
			t.Errorf("%s: summary of nothing: %+v", c.ID, sum)
		}
	}
}

func testRoundTrip(t *testing.T, s geo.Store, w *world) {
	for _, c := range w.atlas.Collections {
		var want []geo.Feature
		for _, p := range w.ch.Features {
			if p.Collection.ID == c.ID {
				p.Feature.Revision = 1
				want = append(want, p.Feature)
			}
		}
		slices.SortFunc(want, func(a, b geo.Feature) int {
			return cmp.Or(cmp.Compare(geo.HilbertKeyOf(a.Geometry), geo.HilbertKeyOf(b.Geometry)), cmp.Compare(a.ID, b.ID))
		})
		got := gather(t, s.Items(context.Background(), geo.Query{Collection: c, Today: today()}))
		if len(got) != len(want) {
			t.Fatalf("%s: %s, want %d features", c.ID, ids(got), len(want))
		}
		for i := range want {
			if !want[i].SameContent(got[i].Feature) || got[i].Revision != 1 {
				t.Errorf("%s/%s:\n got %+v\nwant %+v", c.ID, want[i].ID, *got[i].Feature, want[i])
			}
			if key := geo.HilbertKeyOf(want[i].Geometry); got[i].Key != key {
				t.Errorf("%s/%s has the key %d, want %d", c.ID, want[i].ID, got[i].Key, key)
			}
		}
	}
}

func box(w, s, e, n float64) *geo.BBox { return &geo.BBox{West: w, South: s, East: e, North: n} }

func span(from, to string) *geo.Interval {
	i := geo.Always
	if from != "" {
		i.From = day(from)
	}
	if to != "" {
		i.To = day(to)
	}
	return &i
}

func near(within float64, shapes ...orb.Geometry) *geo.Near {
	return &geo.Near{Within: within, Shapes: shapes}
}

func is(property string, v geo.Value) []geo.Equal { return []geo.Equal{{Property: property, Value: v}} }

// filters are questions in the world's words with the ids that answer them, in the
// order of ids.
var filters = []struct {
	name, collection string
	query            geo.Query
	want             string
}{
	{"all, by bytes", "crossings", geo.Query{}, "9 B a-1 a.1 a1 a_1 b east fiji origin pole samoa west"},
	{"box with the point on its corner", "crossings", geo.Query{BBox: box(60, 30, 68.5, 37.25)}, "B b"},
	{"box with the point on its west edge", "crossings", geo.Query{BBox: box(70, 37, 80, 39)}, "a-1 a.1 a_1"},
	{"box just beside the point", "crossings", geo.Query{BBox: box(68.50000000001, 30, 69, 40)}, ""},
	{"box without extent", "crossings", geo.Query{BBox: box(70, 38, 70, 38)}, "a_1"},
	{"box without width", "crossings", geo.Query{BBox: box(70, 30, 70, 45)}, "a.1 a_1"},
	{"whole world leaves out what has no place", "crossings", geo.Query{BBox: box(-180, -90, 180, 90)}, "B a-1 a.1 a_1 b east fiji origin pole samoa west"},
	{"across the antimeridian", "crossings", geo.Query{BBox: box(179, -20, -172, 15)}, "east fiji samoa west"},
	{"across the antimeridian, narrow", "crossings", geo.Query{BBox: box(180, -20, -180, 15)}, "east west"},
	{"across the antimeridian and another filter", "crossings", geo.Query{BBox: box(179, -20, -172, 15), Equals: is("structure", "O'Brien; DROP TABLE x; --")}, "east"},
	{"line through a box without a vertex in it", "transmission-lines", geo.Query{BBox: box(64, 34, 65, 35)}, "diagonal"},
	{"line that goes round the box", "transmission-lines", geo.Query{BBox: box(63, 36, 65, 38)}, ""},
	{"box touched by a corner of the line", "transmission-lines", geo.Query{BBox: box(50, 40, 60, 50)}, "corner"},
	{"box whose edge lies on a line with decimals", "transmission-lines", geo.Query{BBox: box(10.5, 10, 11, 10.2)}, "parts"},
	{"box just above that line", "transmission-lines", geo.Query{BBox: box(10.5, 10.2000000001, 11, 11)}, ""},
	{"box between the parts", "transmission-lines", geo.Query{BBox: box(12, 9, 19, 25)}, ""},
	{"box without height across a line", "transmission-lines", geo.Query{BBox: box(59, 35, 61, 35)}, "corner"},
	{"box that is a point of a line", "transmission-lines", geo.Query{BBox: box(65, 35, 65, 35)}, "diagonal"},
	{"box inside which nothing lies", "incidents", geo.Query{BBox: box(0, 0, 1, 1)}, ""},

	{"near a point, itself too", "crossings", geo.Query{Near: near(120_000, orb.Point{70, 38})}, "a-1 a.1 a_1"},
	{"within nothing", "crossings", geo.Query{Near: near(0, orb.Point{70, 38})}, "a_1"},
	{"near across the antimeridian", "crossings", geo.Query{Near: near(1, orb.Point{-180, 10})}, "east west"},
	{"near a line", "crossings", geo.Query{Near: near(1, orb.LineString{{69, 37}, {71, 39}})}, "a_1"},
	{"a line near a point beside it", "transmission-lines", geo.Query{Near: near(2000, orb.Point{65, 35.01})}, "diagonal"},
	{"lines that cross", "transmission-lines", geo.Query{Near: near(0, orb.LineString{{64, 36}, {66, 34}})}, "diagonal"},
	{"near nothing", "crossings", geo.Query{Near: near(1e6)}, ""},
	{"near and in a box", "crossings", geo.Query{Near: near(120_000, orb.Point{70, 38}), BBox: box(70, 38, 70.2, 39)}, "a.1 a_1"},
	{"near, after and limited", "crossings", geo.Query{Near: near(120_000, orb.Point{70, 38}), After: "a-1", Limit: 1}, "a.1"},

	{"a day", "incidents", geo.Query{Time: span("2021-08-14", "2021-08-14")}, "i1 i2 i3"},
	{"the last day belongs to it", "incidents", geo.Query{Time: span("2021-08-16", "2021-08-17")}, "i1 i2 i3"},
	{"the day after", "incidents", geo.Query{Time: span("2021-08-17", "2021-08-17")}, "i2 i3"},
	{"a month's last day", "incidents", geo.Query{Time: span("2021-08-31", "2021-08-31")}, "i2 i3"},
	{"after the month", "incidents", geo.Query{Time: span("2021-09-01", "2021-12-01")}, "i3"},
	{"a year's last day", "incidents", geo.Query{Time: span("2021-12-31", "2022-01-01")}, "i3 i4"},
	{"open start", "incidents", geo.Query{Time: span("", "2020-12-31")}, ""},
	{"open end", "incidents", geo.Query{Time: span("2022-01-01", "")}, "i4"},
	{"no dates mean any day", "crossings", geo.Query{Time: span("0001-01-01", "0001-01-01")}, "a-1 a1 east fiji origin pole samoa west"},
	{"a leap day", "crossings", geo.Query{Time: span("2020-02-29", "2020-02-29"), BBox: box(69, 37, 71, 39)}, "a.1"},
	{"the year counts whole", "crossings", geo.Query{Time: span("2010-12-31", "2010-12-31"), BBox: box(69, 37, 71, 39)}, "a-1 a_1"},
	{"the month counts whole", "crossings", geo.Query{Time: span("2000-06-01", "2000-06-01"), BBox: box(68, 37, 69, 38)}, "B"},
	{"the end of time", "crossings", geo.Query{Time: span("9999-12-31", "9999-12-31"), BBox: box(-180, -90, -100, 90)}, "samoa west"},

	{"a text", "crossings", geo.Query{Equals: is("side_a_country", "TJ")}, "B b"},
	{"a text that is a wildcard elsewhere", "crossings", geo.Query{Equals: is("side_a_country", "%")}, "origin"},
	{"a text in another case", "crossings", geo.Query{Equals: is("side_a_country", "tj")}, ""},
	{"a text with a zero byte", "crossings", geo.Query{Equals: is("side_a_country", "T\x00J")}, ""},
	{"a text that is no UTF-8", "crossings", geo.Query{Equals: is("side_a_country", "\xff")}, ""},
	{"a Tajik name", "crossings", geo.Query{Equals: is("name_tg", "Ғӯзаи Ҳисор")}, "a1"},
	{"a member of a list", "crossings", geo.Query{Equals: is("mode", "foot")}, "9 b"},
	{"a difficult member of a list", "crossings", geo.Query{Equals: is("alt_names", `c"d`)}, "9"},
	{"half a member of a list", "crossings", geo.Query{Equals: is("alt_names", "a")}, ""},
	{"a whole number", "crossings", geo.Query{Equals: is("built_year", int64(1999))}, "a_1"},
	{"a status where there is none", "incidents", geo.Query{Equals: is("status", "open")}, ""},
	{"a number", "crossings", geo.Query{Equals: is("structure_length_m", 0.1)}, "a.1"},
	{"zero is not nothing", "incidents", geo.Query{Equals: is("fatalities_low", int64(0))}, "i1"},
	{"a reference", "crossings", geo.Query{Equals: is("parent", "b")}, "a-1 a_1"},
	{"a partial date", "power-facilities", geo.Query{Equals: is("commissioned", "1972-11")}, "plant"},
	{"two at once", "incidents", geo.Query{Equals: append(is("category", "smuggling"), is("actors", "x")...)}, "i2"},
	{"two that exclude each other", "incidents", geo.Query{Equals: append(is("category", "smuggling"), is("category", "attack")...)}, ""},

	{"status today", "crossings", geo.Query{Equals: is("status", "open")}, "B b"},
	{"status on a day", "crossings", geo.Query{Time: span("2010-07-15", "2010-07-15"), Equals: is("status", "restricted")}, "b origin"},
	{"status of an interval is that of its end", "crossings", geo.Query{Time: span("2010-07-15", "2012-01-01"), Equals: is("status", "open"), After: "a"}, "b"},
	{"status unknown", "crossings", geo.Query{Equals: is("status", "unknown"), BBox: box(60, 30, 80, 40)}, "a-1 a.1 a_1"},
	{"status through the project", "casa-1000", geo.Query{Equals: is("status", "under_construction")}, "north south"},
	{"status through the project, that day", "casa-1000", geo.Query{Time: span("2023-02-01", "2023-02-01"), Equals: is("status", "suspended")}, "south"},

	{"after an id", "crossings", geo.Query{After: "a.1"}, "a1 a_1 b east fiji origin pole samoa west"},
	{"after what is no id", "crossings", geo.Query{After: "a.1\x00"}, "a1 a_1 b east fiji origin pole samoa west"},
	{"after what is no UTF-8", "crossings", geo.Query{After: "a\xff"}, "b east fiji origin pole samoa west"},
	{"after the last", "crossings", geo.Query{After: "zzz"}, ""},
	{"a limit", "crossings", geo.Query{Limit: 3, After: "B"}, "a-1 a.1 a1"},
	{"a limit after a filter", "crossings", geo.Query{Limit: 1, Equals: is("mode", "foot"), After: "9"}, "b"},
}

func testFilters(t *testing.T, s geo.Store, w *world) {
	for _, f := range filters {
		t.Run(f.name, func(t *testing.T) {
			q := f.query
			q.Collection, q.Today, q.Sort = w.collection(f.collection), today(), geo.ByID()
			want := gather(t, s.Items(context.Background(), q))
			if got := ids(want); got != f.want {
				t.Errorf("got  %q\nwant %q", got, f.want)
			}
			if q.Sort = nil; q.After != "" || q.Limit > 0 {
				return // these are places in the order of ids
			}
			order := q.Order()
			slices.SortFunc(want, func(a, b geo.Item) int { return order(&a, &b) })
			if got := gather(t, s.Items(context.Background(), q)); ids(got) != ids(want) {
				t.Errorf("in the default order: got %q\nwant %q", ids(got), ids(want))
			}
		})
	}
}

// standings are days with the status of a feature and the period that gives it.
var standings = []struct{ collection, id, on, want string }{
	{"crossings", "b", "1999-12-31", "unknown"},
	{"crossings", "b", "2000-01-01", "under_construction p1"},
	{"crossings", "b", "2001-04-30", "under_construction p1"},
	{"crossings", "b", "2001-05-01", "open p2"},
	{"crossings", "b", "2010-06-30", "open p2"},
	{"crossings", "b", "2010-07-01", "suspended d1"},
	{"crossings", "b", "2010-07-10", "restricted d2"},
	{"crossings", "b", "2010-07-20", "suspended d1"},
	{"crossings", "b", "2010-07-31", "suspended d1"},
	{"crossings", "b", "2010-08-01", "open p2"},
	{"crossings", "b", "2012-01-01", "open p2"},
	{"crossings", "b", "2015-05-05", "closed d3"},
	{"crossings", "b", "2015-05-06", "open p2"},
	{"crossings", "b", "2020-02-29", "open p2"},
	{"crossings", "b", "2020-12-31", "closed p3"},
	{"crossings", "b", "2021-01-01", "unknown"},
	{"crossings", "b", "2021-06-01", "open p4"},
	{"crossings", "b", "2022-01-10", "suspended d4"},
	{"crossings", "b", "2022-01-12", "closed d5"},
	{"crossings", "b", "2022-01-13", "open p4"},
	{"crossings", "b", "2024-12-31", "closed d6"},
	{"crossings", "b", "9999-12-31", "open p4"},
	{"crossings", "a-1", "2015-01-01", "open only"},
	{"crossings", "a-1", "2015-01-02", "closed next"},
	{"crossings", "a-1", "2015-07-01", "unknown"},
	{"crossings", "B", "0001-01-01", "open ever"},
	{"crossings", "a1", "2020-01-01", "unknown"},
	{"crossings", "origin", "2010-05-01", "restricted o3"},
	{"crossings", "origin", "2011-06-01", "closed o2"},
	{"casa-1000", "south", "2010-01-01", "planned c1"},
	{"casa-1000", "south", "2016-05-12", "under_construction c2"},
	{"casa-1000", "south", "2023-03-01", "suspended c3"},
	{"casa-1000", "north", "2023-03-01", "operating n1"},
	{"casa-1000", "north", "2023-06-01", "suspended c3"},
	{"casa-1000", "north", "2025-01-31", "damaged n2"},
	{"casa-1000", "north", "2025-02-01", "under_construction c2"},
	{"casa-1000", "other", "2025-02-01", "unknown"},
	{"power-facilities", "plant", "2025-02-01", "operating p1"},
}

func testStanding(t *testing.T, s geo.Store, w *world) {
	for _, tt := range standings {
		q := geo.Query{Collection: w.collection(tt.collection), Today: day(tt.on)}
		d, err := s.Detail(context.Background(), q.Collection, tt.id, day(tt.on))
		if err != nil {
			t.Fatal(err)
		}
		standings := map[string]geo.Standing{"detail": d.Standing}
		for _, it := range gather(t, s.Items(context.Background(), q)) {
			if it.ID == tt.id {
				standings["items"] = it.Standing
			}
		}
		for way, got := range standings {
			w.checkStanding(t, way+" "+tt.id+" on "+tt.on, got, tt.want)
		}
	}
}

// checkStanding compares the whole period, not only its name.
func (w *world) checkStanding(t *testing.T, what string, got geo.Standing, want string) {
	t.Helper()
	status, id, documented := strings.Cut(want, " ")
	if got.Status != status || (got.Period != nil) != documented {
		t.Errorf("%s: got %s %v, want %s", what, got.Status, got.Period, want)
		return
	}
	if !documented {
		return
	}
	i := slices.IndexFunc(w.ch.Periods, func(p geo.Period) bool { return p.ID == id && p.Collection == got.Period.Collection })
	if i < 0 || !reflect.DeepEqual(*got.Period, w.ch.Periods[i]) {
		t.Errorf("%s: got %+v, want period %s", what, *got.Period, id)
	}
}

func testPages(t *testing.T, s geo.Store, w *world) {
	for _, limit := range []int{1, 2, 5, 100} {
		q := geo.Query{Collection: w.collection("crossings"), Today: today(), Limit: limit, Sort: geo.ByID()}
		var all []geo.Item
		for {
			page := gather(t, s.Items(context.Background(), q))
			if len(page) > limit {
				t.Fatalf("a page of %d holds %d", limit, len(page))
			}
			if all = append(all, page...); len(page) < limit {
				break
			}
			q.After = page[len(page)-1].ID
		}
		if got := ids(all); got != filters[0].want {
			t.Errorf("pages of %d: %s", limit, got)
		}
	}
	for it, err := range s.Items(context.Background(), geo.Query{Collection: w.collection("crossings"), Sort: geo.ByID()}) {
		if err != nil || it.ID != "9" {
			t.Errorf("the first is %v, %v", it, err)
		}
		break // a reader may go away
	}
	if err := s.Ready(context.Background()); err != nil {
		t.Errorf("after a reader went away: %v", err)
	}
}

func testDetail(t *testing.T, s geo.Store, w *world) {
	tests := []struct{ collection, id, history, sources string }{
		{"crossings", "b", "p1 p2 d1 d2 m1 d3 p3 p4 d4 d5 d6", "one two"},
		{"crossings", "a1", "", "one"},
		{"casa-1000", "north", "c1 c2 c3 n1 n2", "one two"},
		{"casa-1000", "other", "", "one"},
		{"incidents", "i1", "", "one"},
	}
	for _, tt := range tests {
		d, err := s.Detail(context.Background(), w.collection(tt.collection), tt.id, today())
		if err != nil {
			t.Fatalf("%s: %v", tt.id, err)
		}
		var history, sources []string
		for _, p := range d.History {
			history = append(history, p.ID)
			i := slices.IndexFunc(w.ch.Periods, func(o geo.Period) bool { return o.ID == p.ID && o.Collection == p.Collection })
			if i < 0 || !reflect.DeepEqual(p, w.ch.Periods[i]) {
				t.Errorf("%s: period %+v", tt.id, p)
			}
		}
		for _, src := range d.Sources {
			sources = append(sources, src.ID)
			i := slices.IndexFunc(w.ch.Sources, func(o geo.Source) bool { return o.ID == src.ID })
			if i < 0 || src != w.ch.Sources[i] {
				t.Errorf("%s: source %+v", tt.id, src)
			}
		}
		if strings.Join(history, " ") != tt.history || strings.Join(sources, " ") != tt.sources {
			t.Errorf("%s: history %v, sources %v", tt.id, history, sources)
		}
	}
}

func testSummary(t *testing.T, s geo.Store, w *world) {
	tests := map[string]geo.Summary{
		"crossings": {Count: 13, Extent: &orb.Bound{Min: orb.Point{-180, -17}, Max: orb.Point{180, 90}}, Time: *span("0001-01-01", "")},
		"bazaars":   {Time: geo.Always},
		"casa-1000": {Count: 3, Extent: &orb.Bound{Min: orb.Point{69, 36}, Max: orb.Point{72.123456789012, 40.987654321098}}, Time: *span("2010-01-01", "")},
		"incidents": {Count: 4, Extent: &orb.Bound{Min: orb.Point{68, 37}, Max: orb.Point{71, 37}}, Time: *span("2021-01-01", "2022-01-01")},
	}
	for id, want := range tests {
		got, err := s.Summary(context.Background(), w.collection(id))
		if err != nil {
			t.Fatal(err)
		}
		if got.Version == "" {
			t.Errorf("%s has no version", id)
		}
		want.Version = got.Version
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v %v\nwant %+v %v", id, got, got.Extent, want, want.Extent)
		}
	}
}

func testCancelled(t *testing.T, s geo.Store, w *world) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var last error
	for _, err := range s.Items(ctx, geo.Query{Collection: w.collection("crossings"), Today: today()}) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("items: %v", last)
	}
	before := versions(t, s)
	if err := s.Apply(ctx, geo.Change{Sources: []geo.Source{{ID: "late", Publisher: "P", Title: "T"}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("apply: %v", err)
	}
	if after := versions(t, s); !reflect.DeepEqual(before, after) {
		t.Error("a cancelled change has changed something")
	}
}

func testNotFound(t *testing.T, s geo.Store, w *world) {
	for _, id := range []string{"nobody", "", "A", "b\x00", "\xff", strings.Repeat("x", 5000), "' OR true --"} {
		_, err := s.Detail(context.Background(), w.collection("crossings"), id, today())
		if geo.KindOf(err) != geo.NotFound {
			t.Errorf("%.20q: %v", id, err)
		}
	}
}

func versions(t *testing.T, s geo.Reader) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, c := range geo.Border().Collections {
		sum, err := s.Summary(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		all[c.ID] = sum.Version
	}
	return all
}
