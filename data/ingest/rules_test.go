package ingest_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"oxus/data/ingest"
	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// worldOf opens a store with features and periods made up for a test.
func worldOf(t testing.TB, ch geo.Change) *memory.Store {
	t.Helper()
	atlas := geo.Border()
	s, err := memory.Over(context.Background(), atlas, storetest.NewPlain(atlas))
	if err != nil {
		t.Fatal(err)
	}
	ch.Actor = "test"
	ch.Sources = append(ch.Sources, geo.Source{ID: "s1", Publisher: "p", Title: "t"})
	if err := s.Apply(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	return s
}

func line(flat ...float64) geom.T { return geom.NewLineStringFlat(geom.XY, flat) }

// saw writes a finding as "severity record field rule at: detail".
func saw(f *ingest.Finding) string {
	at := "-"
	if f.At != nil {
		at = fmt.Sprintf("%.4f %.4f", f.At[0], f.At[1])
	}
	return fmt.Sprintf("%s %d [%s] %s %s: %s", f.Severity, f.Record, f.Field, f.Rule, at, f.Detail)
}

// noWords are findings that every made-up record has.
var noWords = map[geo.Rule]bool{ingest.RuleCited: true}

// one is a layer of one record.
func one(g geom.T, names string, values ...geo.Value) *table {
	return &table{fields: fields(strings.Fields(names)...), rows: [][]geo.Value{values}, points: []geom.T{g}, crs: wgs84}
}

func rowsOf(names string, points []geom.T, rows ...[]geo.Value) *table {
	return &table{fields: fields(strings.Fields(names)...), rows: rows, points: points, crs: wgs84}
}

const plainNames = "id name_en summary"

// straight is the border of the tests, along latitude 37.
var straight = ingest.NewBorders([]orb.LineString{{{60, 37}, {70, 37}, {79, 37}}})

// The rules of records and their findings, word for word: those that have a table, the
// places and the numbers of records are what a maintainer looks for.
func TestRules(t *testing.T) {
	const lineNames = "id name_en summary project"
	made := []geo.Value{"x", "Made up", "m", "p"}
	full := strings.Repeat("ҳ", 127) // 254 bytes
	cut := one(at(71.5, 37.5), plainNames, "x", "Made up", full)
	cut.widths = []int{0, 0, 254}
	cutKnown := one(at(71.5, 37.5), plainNames, "tem", "Tem", full)
	cutKnown.widths = []int{0, 0, 254}
	utm := one(at(4151000, 720800), plainNames, "x", "Made up", "m")
	utm.crs = "EPSG:32642"
	degrees := one(at(71.5, 37.5), plainNames, "x", "Made up", "m")
	degrees.crs = "EPSG:32642"
	twice := []geo.Value{"z", "made  UP", "m"}
	for name, tc := range map[string]struct {
		collection string // crossings when blank
		layer      *table
		want       []string
	}{
		"nothing to say": {"", one(at(71.5, 37.02), plainNames, "x", "Made up", "Is it so? Yes: https://example.org/search?q"), nil},
		"a line that crosses itself": {
			"transmission-lines", one(line(70, 38, 71, 39, 71, 38, 70, 39), lineNames, made...),
			[]string{"warning 1 [] line-crosses-itself 70.5000 38.5000: the line crosses or touches itself here"},
		},
		"a line that goes back": {
			"transmission-lines", one(line(70, 38, 71, 38, 70.25, 38), lineNames, made...),
			[]string{"warning 1 [] line-crosses-itself 71.0000 38.0000: the line crosses or touches itself here"},
		},
		"a line that ends on itself": {
			"transmission-lines", one(line(70, 38, 71, 38, 71, 39, 70.5, 38), lineNames, made...),
			[]string{"warning 1 [] line-crosses-itself 70.5000 38.0000: the line crosses or touches itself here"},
		},
		"a ring": {"transmission-lines", one(line(70, 38, 71, 38, 71, 39, 70, 38), lineNames, made...), nil},
		"two lines that cross": {
			"transmission-lines",
			one(geom.NewMultiLineStringFlat(geom.XY, []float64{70, 38, 71, 39, 70, 39, 71, 38}, []int{4, 8}), lineNames, made...), nil,
		},
		"a line of no length": {
			"transmission-lines", one(line(70, 38, 70, 38, 70, 38), lineNames, made...),
			[]string{"error 1 [geometry] zero-length-line 70.0000 38.0000: all 3 vertices of a line are the same: it has no length"},
		},
		"a part of no length": {
			"transmission-lines", one(geom.NewMultiLineStringFlat(geom.XY, []float64{70, 38, 71, 39, 70, 39, 70, 39}, []int{4, 8}), lineNames, made...),
			[]string{"error 1 [geometry] zero-length-line 70.0000 39.0000: all 2 vertices of a line are the same: it has no length"},
		},
		"vertices that repeat": {
			"transmission-lines", one(line(70, 38, 70, 38, 71, 39, 71, 39, 71, 39, 72, 39), lineNames, made...),
			[]string{"repair 1 [] repeated-vertex 70.0000 38.0000: 3 vertices that repeat the one before are left out"},
		},
		"latitude first": {
			"", one(at(37.5, 71.5), plainNames, "x", "Made up", "m"),
			[]string{
				"warning 1 [] outside-region 37.5000 71.5000: it lies outside the region, longitude 55 to 80, latitude 29 to 45",
				"warning 1 [] coordinates-exchanged 37.5000 71.5000: its coordinates seem to be exchanged: the other way round it would lie at 71.50000 37.50000; " +
					`where all are so, answer crs with "EPSG:4326 swapped"`,
			},
		},
		"degrees that say UTM": {
			"", degrees,
			[]string{
				"warning 1 [] outside-region*",
				"warning 1 [] degrees-suspected*its coordinates 71.50000 37.50000 seem to be longitude and latitude; where all are so, answer crs with EPSG:4326",
			},
		},
		"outside, and no better the other way round": {
			"", one(at(10, 50), plainNames, "x", "Made up", "m"),
			[]string{"warning 1 [] outside-region 10.0000 50.0000: it lies outside the region, longitude 55 to 80, latitude 29 to 45"},
		},
		"northing first": {"", utm, []string{"error 1 [geometry] outside-crs -: *the other way round it would lie at 71.49"}},
		"far from a border": {
			"", one(at(71.5, 37.5), plainNames, "x", "Made up", "m"),
			[]string{"warning 1 [] far-from-border 71.5000 37.5000: it lies 55.5 km from the nearest border of a country as the map draws it"},
		},
		"nearly 5 km from a border": {"", one(at(71.5, 37.044), plainNames, "x", "Made up", "m"), nil},
		"more than 5 km from a border": {
			"", one(at(71.5, 37.046), plainNames, "x", "Made up", "m"),
			[]string{"warning 1 [] far-from-border 71.5000 37.0460: it lies 5.1 km from the nearest border of a country as the map draws it"},
		},
		"no crossing, far from a border": {
			"power-facilities", one(at(71.5, 38.5), "id name_en summary kind", "x", "Made up", "m", "substation"), nil,
		},
		"a date ahead": {
			"", one(at(71.5, 37), "id name_en summary valid_from", "x", "Made up", "m", "2030"),
			[]string{"warning 1 [valid_from] date-in-future 71.5000 37.0000: 2030 lies ahead"},
		},
		"a date long past": {
			"", one(at(71.5, 37), "id name_en summary valid_from", "x", "Made up", "m", "0202-05-01"),
			[]string{"warning 1 [valid_from] date-long-past 71.5000 37.0000: 0202-05-01 is before the year 1800"},
		},
		"a year long past": {
			"", one(at(71.5, 37), "id name_en summary built_year", "x", "Made up", "m", int64(202)),
			[]string{"warning 1 [built_year] date-long-past 71.5000 37.0000: 202 is before the year 1800"},
		},
		"a partial date long past": {
			"power-facilities", one(at(71.5, 37), "id name_en summary kind commissioned", "x", "Made up", "m", "substation", "1097"),
			[]string{"warning 1 [commissioned] date-long-past 71.5000 37.0000: 1097 is before the year 1800"},
		},
		"letters that are lost": {
			"", one(at(71.5, 37), "id name_en name_tg summary", "x", "Made up", "Ишко?им ва Ҷилга", "m"),
			[]string{"warning 1 [name_tg] text-may-be-lost 71.5000 37.0000: *has question marks in words: letters may have been lost in an old code page. Windows-1251 and 866 have no Tajik"},
		},
		"characters that stand for others": {
			"", one(at(71.5, 37), "id name_en name_ru summary", "x", "Made up", "Хоро\uFFFD", "m"),
			[]string{"warning 1 [name_ru] text-may-be-lost 71.5000 37.0000: *replacement characters"},
		},
		"a text that fills its field": {"", cut, []string{"warning 1 [] far-from-border*", "warning 1 [summary] text-may-be-cut 71.5000 37.5000: the text fills its field and may be cut: it ends with"}},
		"another that is stored":      {"", cutKnown, []string{"warning 1 [summary] text-may-be-cut 71.5000 37.5000: the text fills its field and may be cut: it ends with"}},
		"coordinates that are none": {
			"", one(at(math.NaN(), 37), plainNames, "x", "Made up", "m"),
			[]string{"error 1 [geometry] coordinate-not-finite -: point 1 has the coordinates NaN 37"},
		},
		"endless coordinates": {
			"transmission-lines", one(line(70, 38, math.Inf(1), 38), lineNames, made...),
			[]string{"error 1 [geometry] coordinate-not-finite -: point 2 has the coordinates +Inf 38"},
		},
		"beyond the pole": {"", one(at(71.5, 97), plainNames, "x", "Made up", "m"), []string{"error 1 [geometry] outside-crs -: *97"}},
		"no geometry": {
			"", one(nil, plainNames, "x", "Made up", "m"),
			[]string{"warning 1 [] no-geometry -: it has no geometry: it will be known but not located"},
		},
		"an empty geometry": {
			"", one(geom.NewMultiPoint(geom.XY), plainNames, "x", "Made up", "m"),
			[]string{"warning 1 [] no-geometry -: its geometry is empty, which is none: it will be known but not located"},
		},
		"a polygon": {
			"", one(geom.NewPolygonFlat(geom.XY, []float64{70, 37, 71, 37, 71, 38, 70, 37}, []int{8}), plainNames, "x", "Made up", "m"),
			[]string{"error 1 [] geometry-type -: Polygon does not fit the collection"},
		},
		"two of one name at one place": {
			"", rowsOf(plainNames, []geom.T{at(71.5, 37), at(71.5, 37.00001), at(71.5, 37)}, []geo.Value{"x", "Made up", "m"}, []geo.Value{"y", "Made up", "m"}, twice),
			[]string{`warning 3 [] duplicate-suspected 71.5000 37.0000: record 1 has the same place and the name "made up" too`},
		},
		"one name in two languages": {
			"", one(at(71.5, 37), "id name_en name_ru name_tg summary", "x", "Made up", "Мост", "Мост", "m"), nil,
		},
		"two events of one title at one place on two days": {
			"incidents", rowsOf("id title summary category confidence start_date", []geom.T{at(71.5, 37), at(71.5, 37)},
				[]geo.Value{"x", "Clash", "m", "armed_clash", "claimed", "2022-05-01"}, []geo.Value{"y", "Clash", "m", "armed_clash", "claimed", "2022-05-02"}), nil,
		},
		"a name and place that is stored": {
			"", one(at(71.50005, 37.50005), "id name_en name_ru summary", "x", "Other", "tEm", "m"),
			[]string{
				"warning 1 [] far-from-border*",
				`warning 1 [] possible-duplicate 71.5001 37.5001: the stored feature tem has the name "tem" too and lies within 10 m: this may be the same`,
			},
		},
		"a name that is stored elsewhere": {"", one(at(71.5, 37), plainNames, "x", "Tem", "m"), nil},
		"a move": {
			"", one(at(71.5, 37.04), plainNames, "tem", "Tem", "m"),
			[]string{"warning 1 [] moved-far 71.5000 37.0400: it moves by 51.1 km from where it is stored"},
		},
		"a name of spaces": {
			"", one(at(71.5, 37), plainNames, "x", " \u00a0 ", "m"),
			[]string{`error 1 [name_en] required-property 71.5000 37.0000: a value is required`},
		},
		"spaces around a name": {"", one(at(71.5, 37), plainNames, "x", " \u00a0Made up\u00a0 ", "m"), nil},
		"an address that is a script": {
			"sources", one(nil, "id publisher title url", "x", "P", "T", "javascript:alert(1)"),
			[]string{`error 1 [url] property-type -: "javascript:alert(1)" is not an address that begins with http:// or https://`},
		},
		"a parent of itself": {
			"", one(at(71.5, 37), "id name_en summary parent", "x", "Made up", "m", "x"),
			[]string{`error 1 [parent] names-itself 71.5000 37.0000: a feature cannot belong to itself`},
		},
		"a source that nobody knows, with its place": {
			"", one(at(71.5, 37), "id name_en summary sources", "x", "Made up", "m", "none"),
			[]string{`error 1 [sources] unknown-source 71.5000 37.0000: there is no source "none"`},
		},
	} {
		s, c := stored(t)
		r := request(c)
		r.Borders = straight
		if tc.collection != "" {
			r.Collection = tc.collection
		}
		wantFindings(t, name, prepare(t, s, tc.layer, r).Report, tc.want)
	}
}

// wantFindings compares the findings in the order they are reported. A wanted text is
// how one begins; what stands after a "*" is anywhere in it.
func wantFindings(t *testing.T, name string, r *ingest.Report, want []string) {
	t.Helper()
	var got []string
	for i := range r.Findings.List {
		if f := &r.Findings.List[i]; !noWords[f.Rule] {
			got = append(got, saw(f))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: found\n\t%s\nwant\n\t%s", name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		return
	}
	for i := range want {
		start, inside, _ := strings.Cut(want[i], "*")
		if !strings.HasPrefix(got[i], start) || !strings.Contains(got[i], inside) {
			t.Errorf("%s: found\n\t%s\nwant\n\t%s", name, got[i], want[i])
		}
	}
}

// Status periods that cannot be, word for word.
func TestRulesOfStatusPeriods(t *testing.T) {
	atlas := geo.Border()
	c, err := atlas.Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	day := func(text string) geo.PartialDate {
		d, err := geo.ParsePartialDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	s := worldOf(t, geo.Change{
		Features: []geo.Put{{Collection: c, Feature: crossing(c, "tem", orb.Point{71.5, 37.5}, "Tem", "t")}},
		Periods: []geo.Period{{
			ID: "tem.2010.phase", Collection: "crossings", Scope: geo.OfFeature, Owner: "tem", Kind: geo.Phase, Status: "open",
			From: day("2010-01-01"), To: day("2015-01-01"), Basis: geo.Ended, Sources: []string{"s1"},
		}},
	})
	const names = "collection owner status from_date to_date kind end_basis sources"
	for name, tc := range map[string]struct {
		values []geo.Value
		want   []string
	}{
		"a phase in a stored one": {
			[]geo.Value{"crossings", "tem", "closed", "2012-01-01", "2013-01-01", nil, nil, "s1"},
			[]string{"error 1 [] overlapping-phases -: tem: the phase closed from 2012-01-01 overlaps open from 2010-01-01"},
		},
		"a disruption in a stored phase": {[]geo.Value{"crossings", "tem", "closed", "2012-01-01", "2013-01-01", "disruption", nil, "s1"}, nil},
		"a milestone":                    {[]geo.Value{"crossings", "tem", "open", "2012-01-01", "2012-01-01", "milestone", nil, "s1"}, nil},
		"a source that nobody knows": {
			[]geo.Value{"crossings", "tem", "closed", "2016-01-01", nil, nil, nil, "none"},
			[]string{`error 1 [sources] unknown-source -: there is no source "none"`},
		},
		"a feature that nobody knows": {
			[]geo.Value{"crossings", "nowhere", "closed", "2016-01-01", nil, nil, nil, "s1"},
			[]string{`error 1 [] unknown-feature -: crossings has no feature "nowhere"`},
		},
		"a collection that has no status": {
			[]geo.Value{"incidents", "tem", "closed", "2016-01-01", nil, nil, nil, "s1"},
			[]string{`error 1 [] unknown-collection -: there is no collection "incidents" with a status`},
		},
		"a status of another collection": {
			[]geo.Value{"crossings", "tem", "damaged", "2016-01-01", nil, nil, nil, "s1"},
			[]string{`error 1 [] unknown-code -: "damaged" is not a status of crossings*`},
		},
		"a kind that is none": {
			[]geo.Value{"crossings", "tem", "closed", "2016-01-01", nil, "episode", nil, "s1"},
			[]string{`error 1 [] unknown-code -: "episode" is not a kind of period`},
		},
		"a basis that is none": {
			[]geo.Value{"crossings", "tem", "closed", "2016-01-01", nil, nil, "perhaps", "s1"},
			[]string{`error 1 [] unknown-code -: "perhaps" is not an end basis`},
		},
		"an end without a date": {
			[]geo.Value{"crossings", "tem", "closed", "2016-01-01", nil, nil, "ended", "s1"},
			[]string{`error 1 [] end-basis -: end basis ended needs a date`},
		},
		"an end before the beginning": {
			[]geo.Value{"crossings", "tem", "closed", "2016-01-01", "2015-06-01", nil, nil, "s1"},
			[]string{`error 1 [to_date] date-order -: it ends (2015-06-01) before it starts (2016-01-01)`},
		},
		"a date that is none": {
			[]geo.Value{"crossings", "tem", "closed", "2016-13-01", nil, nil, nil, "s1"},
			[]string{`error 1 [] key-required*`},
		},
	} {
		r := request(c)
		r.Collection = geo.StatusID
		wantFindings(t, name, prepare(t, s, one(nil, names, tc.values...), r).Report, tc.want)
	}
}

// What was accepted once needs no word again, and a repair is made once.
func TestWhatIsStoredIsNotWarnedOf(t *testing.T) {
	s, c := stored(t)
	r := request(c)
	r.Borders = straight
	r.Collection = "transmission-lines"
	l := one(line(70, 38, 70, 38, 71, 39, 71, 38, 70, 39), "id name_en summary project commissioned", "x", "Ла?ла", "m", "p", "1097")
	p := prepare(t, s, l, r)
	if p.Report.Counts.New != 1 || len(p.Report.Findings.List) < 4 {
		t.Fatalf("%+v", p.Report.Findings.List)
	}
	if err := p.Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	again := prepare(t, s, l, r).Report
	if again.Counts.Same != 1 || again.Warnings() > 0 {
		t.Errorf("same %d, found %v", again.Counts.Same, again.Findings.List)
	}
	// Two of one name at one place that were accepted.
	r.Collection = c.ID
	l = rowsOf(plainNames, []geom.T{at(71.5, 37), at(71.5, 37)}, []geo.Value{"x", "Made up", "m"}, []geo.Value{"y", "Made up", "m"})
	if p = prepare(t, s, l, r); !slices.Contains(found(p.Report, ingest.Warning), "2  duplicate-suspected") {
		t.Fatalf("%+v", p.Report.Findings.List)
	}
	if err := p.Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if again := prepare(t, s, l, r).Report; again.Counts.Same != 2 || again.Warnings() > 0 {
		t.Errorf("same %d, found %v", again.Counts.Same, again.Findings.List)
	}
	l.rows[1][1] = "Tem"
	l.points[1] = at(71.5, 37.5)
	if again := found(prepare(t, s, l, r).Report, ingest.Warning); slices.Contains(again, "2  duplicate-suspected") {
		t.Errorf("found %v", again)
	}
}

// Random lines, with each pair of edges held against each other the plain way.
func TestSelfCrossingsAgreeWithEveryPair(t *testing.T) {
	t.Parallel()
	const seed = 7
	random := rand.New(rand.NewPCG(seed, seed))
	crossed := 0
	s, c := stored(t)
	for n := range 400 {
		vertices := 2 + random.IntN(7)
		var flat []float64
		for range vertices { // a small grid: many vertices lie on edges
			flat = append(flat, 70+float64(random.IntN(9))/8, 38+float64(random.IntN(9))/8)
		}
		if anyRepeats(flat) {
			continue
		}
		r := request(c)
		r.Collection = "transmission-lines"
		rep := prepare(t, s, one(line(flat...), "id name_en summary project", "x", "Made up", "m", "p"), r).Report
		got := false
		for _, f := range rep.Findings.List {
			got = got || f.Rule == "line-crosses-itself"
		}
		want := crossesPlainly(flat)
		if got != want {
			t.Errorf("line %d of seed %d: %v crosses itself: %v, want %v", n, seed, flat, got, want)
		}
		if want {
			crossed++
		}
	}
	if crossed < 50 || crossed > 350 {
		t.Errorf("%d lines cross themselves: the test says little", crossed)
	}
}

func anyRepeats(flat []float64) bool {
	for i := 2; i < len(flat); i += 2 {
		if flat[i] == flat[i-2] && flat[i+1] == flat[i-1] {
			return true
		}
	}
	return false
}

// crossesPlainly walks each edge in small steps of the grid's finest points: in eighths
// of a degree two edges can only meet in ways that exact fractions tell.
func crossesPlainly(flat []float64) bool {
	n := len(flat)/2 - 1
	edge := func(i int) (a, b orb.Point) {
		return orb.Point{flat[2*i], flat[2*i+1]}, orb.Point{flat[2*i+2], flat[2*i+3]}
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			a, b := edge(i)
			p, q := edge(j)
			shared := 0 // ends that the two may share
			switch {
			case j == i+1:
				shared++
			case i == 0 && j == n-1 && a == q:
				shared++
			}
			if i == 0 && j == i+1 && n == 2 && a == q {
				return true // there and back
			}
			if touching(a, b, p, q) > shared {
				return true
			}
		}
	}
	return false
}

// touching counts what two edges share: 0, one point, or 2 for more.
func touching(a, b, p, q orb.Point) int {
	cross := func(o, u, v orb.Point) float64 { return (u[0]-o[0])*(v[1]-o[1]) - (u[1]-o[1])*(v[0]-o[0]) }
	within := func(u, v, w orb.Point) bool {
		return cross(u, v, w) == 0 && min(u[0], v[0]) <= w[0] && w[0] <= max(u[0], v[0]) && min(u[1], v[1]) <= w[1] && w[1] <= max(u[1], v[1])
	}
	points := map[orb.Point]bool{}
	for _, w := range []orb.Point{p, q} {
		if within(a, b, w) {
			points[w] = true
		}
	}
	for _, w := range []orb.Point{a, b} {
		if within(p, q, w) {
			points[w] = true
		}
	}
	if len(points) == 0 && cross(a, b, p)*cross(a, b, q) < 0 && cross(p, q, a)*cross(p, q, b) < 0 {
		return 1
	}
	return min(len(points), 2)
}

// Lines that were made to be slow hold nobody up.
func TestSlowLines(t *testing.T) {
	var comb, long []float64
	for i := range 50_000 { // parallel edges, aslant, whose boxes all overlap
		y := float64(i) / 1e6
		comb = append(comb, 60, 30+y, 70, 40+y, 70, 40+y+4e-7, 60, 30+y+4e-7)
		long = append(long, 60+float64(i)/1e4, 38+float64(i%2)/100)
	}
	tooLong := line(append(long, moved(long, 0, 1)...)...)
	for name, tc := range map[string]struct {
		g    geom.T
		want string
	}{
		"a comb":   {line(comb[:80_000]...), "the line is too tangled to be looked at for places where it crosses itself"},
		"a zigzag": {line(long...), ""},
		"too long": {geom.NewLineStringFlat(geom.XY, append(tooLong.FlatCoords(), 60, 45, 61, 45)), "the line has 100002 vertices; whether it crosses itself is only looked at up to 100000"},
	} {
		s, c := stored(t)
		r := request(c)
		r.Collection = "transmission-lines"
		l := one(tc.g, "id name_en summary project", "x", "Made up", "m", "p")
		start := cpuTime(t)
		rep := prepare(t, s, l, r).Report
		if took := cpuTime(t) - start; took > 10*time.Second { // 1 without the race detector
			t.Errorf("%s: it took %s", name, took)
		}
		var got string
		for _, f := range rep.Findings.List {
			if f.Rule == ingest.RuleNotLooked || f.Rule == ingest.RuleSelfCrossing {
				got = f.Detail
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func moved(flat []float64, dx, dy float64) []float64 {
	out := make([]float64, len(flat))
	for i := 0; i < len(flat); i += 2 {
		out[i], out[i+1] = flat[i]+dx, flat[i+1]+dy
	}
	return out
}

// The nearest border is that which every edge of all, looked at one by one, gives.
func TestTheNearestBorder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 3))
	var lines []orb.LineString
	for range 30 {
		l := orb.LineString{{56 + 22*random.Float64(), 30 + 14*random.Float64()}}
		for range 30 {
			last := l[len(l)-1]
			l = append(l, orb.Point{last[0] + random.Float64() - 0.5, last[1] + random.Float64() - 0.5})
		}
		lines = append(lines, l)
	}
	index := ingest.NewBorders(lines)
	for range 300 {
		p := orb.Point{55 + 25*random.Float64(), 29 + 16*random.Float64()}
		want := math.Inf(1)
		for _, l := range lines {
			want = min(want, geo.Distance(p, l))
		}
		for _, metres := range []float64{want * 0.9, want * 1.1} {
			if got := index.Within(p, metres); got != (metres > want) {
				t.Errorf("%v within %.0f m of a border: %t, it lies %.0f m from one", p, metres, got, want)
			}
		}
		// The plane that the nearest is looked for on bends a little.
		if got := index.Distance(p); math.Abs(got-want) > 0.01*want+1 {
			t.Errorf("%v lies %.0f m from a border, want %.0f", p, got, want)
		}
	}
	if ingest.NewBorders(nil).Within(orb.Point{70, 37}, 1e9) {
		t.Error("a place is near a border where there are none")
	}
	if d := ingest.NewBorders(nil).Distance(orb.Point{70, 37}); !math.IsInf(d, 1) {
		t.Errorf("no border lies %f m away", d)
	}
}

// 200,000 points at one place are looked at in seconds.
func TestManyPointsAtOnePlace(t *testing.T) {
	s, c := stored(t)
	const n = 200_000
	l := &table{fields: fields("id", "name_en", "summary"), crs: wgs84}
	for i := range n {
		l.rows = append(l.rows, []geo.Value{fmt.Sprint("p", i), "Made up", "m"})
		l.points = append(l.points, at(71.5, 37.01))
	}
	r := request(c)
	r.Borders = straight
	start := cpuTime(t)
	rep := prepare(t, s, l, r).Report
	if took := cpuTime(t) - start; took > 30*time.Second { // 3 without the race detector
		t.Errorf("%d points took %s", n, took)
	}
	if got := rep.Findings.Count(ingest.Warning); got != 2*n-1 { // cited, and doubles of the first
		t.Errorf("%d warnings", got)
	}
}

// cpuTime is what this process has worked so far: other work on the machine does not
// count.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
