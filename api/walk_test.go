package api_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/seed"
	"oxus/data/storetest"
	"oxus/geo"
	"oxus/geo/cql2"
)

// walkFilters are filters that every collection knows.
var walkFilters = []string{
	"id > 'k'", "id LIKE '%a%'", "NOT id LIKE '%-%'", "S_INTERSECTS(geometry, BBOX(66, 35, 72, 39))",
	"T_AFTER(lifetime, DATE('1990-01-01')) OR id < 'm'", "geometry IS NOT NULL", "T_INTERSECTS(lifetime, INTERVAL('2015-01-01', '..'))",
}

// TestRandomWalks follows the pages of random questions to the end and back
// again. What they hold together, in order and without repeats, is what a plain
// store answers, also when an import lands between two pages.
func TestRandomWalks(t *testing.T) {
	t.Parallel()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			walks := 200
			if stance.name == "postgis with memory" {
				walks = 60 // the engine of the file over another keeper
			}
			if storetest.Raced() {
				walks /= 5
			}
			w := newWalker(t, stance.open, rand.Uint64())
			for n := range walks {
				w.walk(t, n%8 == 7)
			}
			if w.pages < 2*walks || w.found < 2*walks {
				t.Errorf("%d walks took %d pages and found %d features", walks, w.pages, w.found)
			}
		})
	}
}

type walker struct {
	rng     *rand.Rand
	atlas   *geo.Atlas
	store   geo.Store
	plain   geo.Store
	handler http.Handler
	imports int
	pages   int
	found   int
}

func newWalker(t *testing.T, open opener, random uint64) *walker {
	t.Logf("seed %d", random)
	atlas := geo.Border()
	ds, err := seed.Read(seed.Files(), atlas)
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{rng: rand.New(rand.NewPCG(random, 4)), atlas: atlas, store: seeded(t, open, atlas), plain: storetest.NewPlain(atlas)}
	if err := w.plain.Apply(context.Background(), seed.Change(atlas, ds)); err != nil {
		t.Fatal(err)
	}
	w.handler = handler(atlas, w.store, quiet())
	return w
}

func (w *walker) one(of ...string) string { return of[w.rng.IntN(len(of))] }

// walk asks one random question to its end and back.
func (w *walker) walk(t *testing.T, disturbed bool) {
	served := w.atlas.Served()
	c := served[w.rng.IntN(len(served))]
	values := w.question(c)
	want := w.expected(t, c, values)
	next := "/api/collections/" + c.ID + "/items?" + values.Encode()
	var got []string
	last := ""
	for page := 0; next != ""; page++ {
		if disturbed && page == 1 {
			w.change(t)
		}
		ids, links := w.page(t, next)
		if page == 0 && links["prev"] != "" {
			t.Errorf("there is a page before the first: %s", next)
		}
		got, last, next = append(got, ids...), next, links["next"]
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s of %s (disturbed: %v)\n got %q\nwant %q", values.Encode(), c.ID, disturbed, got, want)
	}
	w.found += len(got)
	var back []string
	for prev := last; prev != ""; {
		ids, links := w.page(t, prev)
		back, prev = append(slices.Clone(ids), back...), links["prev"]
	}
	if !slices.Equal(back, want) {
		t.Fatalf("%s of %s, backwards\n got %q\nwant %q", values.Encode(), c.ID, back, want)
	}
}

func (w *walker) question(c *geo.Collection) url.Values {
	values := url.Values{"limit": {strconv.Itoa(1 + w.rng.IntN(20))}}
	if w.rng.IntN(2) == 0 {
		west, south := 60+w.rng.Float64()*10, 33+w.rng.Float64()*5
		values.Set("bbox", fmt.Sprintf("%.3f,%.3f,%.3f,%.3f", west, south, west+w.rng.Float64()*12, south+w.rng.Float64()*8))
	}
	if w.rng.IntN(2) == 0 {
		values.Set("datetime", w.one("2022-05-01", "2015-01-01/2018-12-31", "../2020-02-02", "2019-06-01/..", "1950-01-01"))
	}
	if w.rng.IntN(2) == 0 {
		values.Set("filter", w.one(walkFilters...))
	}
	names := slices.Sorted(maps.Keys(c.Sortables()))
	w.rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	if keys := names[:w.rng.IntN(4)]; len(keys) > 0 {
		for i := range keys {
			keys[i] = w.one("", "+", "-") + keys[i]
		}
		values.Set("sortby", strings.Join(keys, ","))
	}
	return values
}

// expected asks the plain store.
func (w *walker) expected(t *testing.T, c *geo.Collection, values url.Values) []string {
	t.Helper()
	q := geo.Query{Collection: c, Today: geo.DateOf(noon())}
	must := func(err error) {
		if err != nil {
			t.Fatalf("%s: %v", values.Encode(), err)
		}
	}
	if values.Has("bbox") {
		box, err := geo.ParseBBox(values.Get("bbox"))
		must(err)
		q.BBox = &box
	}
	if values.Has("datetime") {
		i, err := geo.ParseInterval(values.Get("datetime"))
		must(err)
		q.Time = &i
	}
	if values.Has("filter") {
		n, err := cql2.ParseText(values.Get("filter"))
		must(err)
		q.Filter, err = cql2.Check(n, c.Queryables())
		must(err)
	}
	if values.Has("sortby") {
		var err error
		q.Sort, err = c.ParseSort(values.Get("sortby"))
		must(err)
	}
	var ids []string
	for it, err := range w.plain.Items(context.Background(), q) {
		must(err)
		ids = append(ids, it.ID)
	}
	return ids
}

// page returns the ids on a page and its links by relation.
func (w *walker) page(t *testing.T, target string) (ids []string, links map[string]string) {
	t.Helper()
	var doc struct {
		Features []struct{ ID string }
		Links    []struct{ Href, Rel string }
	}
	decode(t, w.handler, target, &doc)
	for _, f := range doc.Features {
		ids = append(ids, f.ID)
	}
	links = map[string]string{}
	for _, l := range doc.Links {
		links[l.Rel] = strings.TrimPrefix(l.Href, "https://oxus.test")
	}
	w.pages++
	return ids, links
}

// change renames and moves features of every collection, and adds others.
func (w *walker) change(t *testing.T) {
	w.imports++
	ch := geo.Change{Actor: "walker", Note: fmt.Sprint("import ", w.imports)}
	for _, c := range w.atlas.Collections {
		for it, err := range w.plain.Items(context.Background(), geo.Query{Collection: c}) {
			if err != nil {
				t.Fatal(err)
			}
			if w.rng.IntN(3) > 0 {
				continue
			}
			f := *it.Feature
			f.Values = slices.Clone(f.Values)
			f.Values[w.named(c)] = fmt.Sprint("renamed ", w.rng.IntN(100))
			if _, isPoint := f.Geometry.(orb.Point); isPoint {
				f.Geometry = orb.Point{65 + w.rng.Float64()*9, 34 + w.rng.Float64()*5}
			}
			put := geo.Put{Collection: c, Feature: f, Expect: f.Revision}
			if w.rng.IntN(6) == 0 && w.imports < 12 {
				put.Feature.ID, put.Expect = fmt.Sprintf("new-%d-%s", w.imports, f.ID), 0
			}
			ch.Features = append(ch.Features, put)
		}
	}
	for _, s := range []geo.Store{w.store, w.plain} {
		if err := s.Apply(context.Background(), ch); err != nil {
			t.Fatal(err)
		}
	}
}

// named is the position of the property that a collection calls its features by.
func (w *walker) named(c *geo.Collection) int {
	for i, p := range c.Properties {
		if p.Name == "name_en" || p.Name == "title" {
			return i
		}
	}
	return 0
}
