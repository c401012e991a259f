package api

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
	"oxus/geo/cql2"
)

// inventedItem is an item with a value in every property, and a standing where its collection
// has one.
func inventedItem(tb testing.TB, id string) (*collection, *geo.Item) {
	tb.Helper()
	c, err := geo.Border().Collection(id)
	if err != nil {
		tb.Fatal(err)
	}
	f := &geo.Feature{ID: "invented-for-measuring", Revision: 3, Sources: []string{"one", "two"}, Geometry: orb.Point{68.7791234, 37.1234567}}
	f.Lifetime.From = geo.PartialDate{Date: 19000, Precision: geo.Day}
	if c.Geometry == geo.Line {
		line := orb.LineString{}
		for n := range 60 {
			line = append(line, orb.Point{68 + float64(n)/97, 37 + float64(n)/89})
		}
		f.Geometry = line
	}
	for i := range c.Properties {
		switch c.Properties[i].Type {
		case geo.Integer:
			f.Values = append(f.Values, int64(1234))
		case geo.Number:
			f.Values = append(f.Values, 99.25)
		case geo.TextList:
			f.Values = append(f.Values, []string{"road", "foot"})
		default:
			f.Values = append(f.Values, "Мост «Тем – Демоган», invented")
		}
	}
	it := &geo.Item{Feature: f, Standing: geo.Standing{Status: geo.UnknownStatus}}
	if c.HasStatus() {
		it.Standing = geo.Standing{Status: "open", Period: &geo.Period{
			ID: "p", Collection: c.ID, Scope: geo.OfFeature, Owner: f.ID, Kind: geo.Phase, Status: "open", From: f.Lifetime.From, Basis: geo.Ongoing,
			Sources: []string{"one"},
		}}
	}
	return newCollection(c), it
}

// encoders append one feature.
func encoders(tb testing.TB) map[string]func(b []byte) []byte {
	tb.Helper()
	all := map[string]func(b []byte) []byte{}
	for _, id := range []string{"incidents", "crossings", "transmission-lines"} {
		k, it := inventedItem(tb, id)
		r := &itemsRequest{query: geo.Query{Collection: k.Collection}, columns: k.columns}
		all["geojson/"+id] = func(b []byte) []byte { return appendFeature(b, it, k.columns) }
		all["csv/"+id] = func(b []byte) []byte { return appendRow(b, it, r) }
		all["kml/"+id] = func(b []byte) []byte { return appendPlacemark(b, it, r) }
	}
	return all
}

// parsers read what requests bring; each fails the test where it fails.
func parsers(tb testing.TB) map[string]func() error {
	tb.Helper()
	k, _ := inventedItem(tb, "crossings")
	values, err := url.ParseQuery("limit=100&bbox=68,37,72,39&datetime=2022-05-01/2022-06-01&status=open&filter=built_year%3E1990")
	if err != nil {
		tb.Fatal(err)
	}
	question := questionOf(k.ID, values)
	cursor := position{after: "invented-for-measuring", today: 20000}.cursor(question)
	return map[string]func() error{
		"bbox":     func() error { _, err := geo.ParseBBox("68.1,37.25,72.5,39"); return err },
		"datetime": func() error { _, err := geo.ParseInterval("2022-05-01/2022-06-01"); return err },
		"filter":   func() error { _, err := cql2.ParseText("built_year > 1990 AND name_en LIKE 'T%'"); return err },
		"cursor":   func() error { _, err := parseCursor(cursor, question); return err },
		"question": func() error { _ = questionOf(k.ID, values); return nil },
		"items":    func() error { _, err := parseItems(k, values, 20000, true); return err },
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, encode := range encoders(b) {
		b.Run(name, func(b *testing.B) {
			buf := encode(nil)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				buf = encode(buf[:0])
			}
		})
	}
}

// BenchmarkEncodeTile makes a tile of invented points with three properties each.
func BenchmarkEncodeTile(b *testing.B) {
	for name, points := range map[string]int{"few": 100, "many": 5000} {
		b.Run(name, func(b *testing.B) {
			k, it := inventedItem(b, "incidents")
			columns, err := selectColumns(k.columns, "title,category,start_date")
			if err != nil {
				b.Fatal(err)
			}
			at, rng := tile{8, 177, 98}, rand.New(rand.NewPCG(1, 1))
			box := at.box(0)
			b.ReportAllocs()
			for b.Loop() {
				layer := newTileLayer(at, &itemsRequest{columns: columns}, k)
				for range points {
					one := *it.Feature
					one.Geometry = orb.Point{
						box.Min[0] + rng.Float64()*(box.Max[0]-box.Min[0]), box.Min[1] + rng.Float64()*(box.Max[1]-box.Min[1]),
					}
					layer.add(geo.Item{Feature: &one})
				}
				if body := encodeTile(at, []*tileLayer{layer}); len(body) == 0 {
					b.Fatal("the tile is empty")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for name, parse := range parsers(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := parse(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A feature is appended as GeoJSON without a single allocation: an answer of a million would
// make a million of them. The cells of tables are read back from JSON, in one piece of memory for all.
func TestEncodingAllocatesLittle(t *testing.T) {
	most := map[string]float64{"geojson": 0, "csv": 1, "kml": 1}
	for name, encode := range encoders(t) {
		format, _, _ := strings.Cut(name, "/")
		buf := encode(nil)
		if len(buf) < 100 {
			t.Errorf("%s writes %q", name, buf)
		}
		if n := testing.AllocsPerRun(100, func() { buf = encode(buf[:0]) }); n > most[format] {
			t.Errorf("%s allocates %v times, at most %v were expected", name, n, most[format])
		}
	}
}

// What every request is read with stays within a few allocations.
func TestParsingAllocatesLittle(t *testing.T) {
	most := map[string]float64{"bbox": 1, "datetime": 0, "filter": 25, "cursor": 7, "question": 3, "items": 75}
	if storetest.Raced() {
		for name := range most {
			most[name] = 2*most[name] + 4 // the detector adds its own
		}
	}
	for name, parse := range parsers(t) {
		if err := parse(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := testing.AllocsPerRun(100, func() { _ = parse() }); n > most[name] {
			t.Errorf("%s allocates %v times, at most %v were expected", name, n, most[name])
		}
	}
}
