package storetest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"oxus/geo"
)

// Laws asks a store that holds data random questions and holds the answers
// against each other: what must be true of them whatever the data is.
func Laws(t *testing.T, s geo.Reader, queries int, seed uint64) {
	t.Helper()
	t.Logf("seed %d", seed)
	g := &questions{rng: rand.New(rand.NewPCG(seed, 1)), atlas: geo.Border(), known: map[string][]geo.Item{}}
	for _, c := range g.atlas.Served() {
		g.known[c.ID] = gather(t, s.Items(context.Background(), geo.Query{Collection: c, Today: today()}))
	}
	for range queries {
		q := g.query()
		q.After, q.Limit = "", 0
		narrowing(t, s, &q)
		counting(t, s, &q)
		union(t, s, g, q)
	}
}

// narrowing: taking a filter away loses no feature.
func narrowing(t *testing.T, s geo.Reader, q *geo.Query) {
	t.Helper()
	got := idsOf(t, s, *q)
	wider := map[string]geo.Query{}
	add := func(without string, change func(w *geo.Query)) {
		w := *q
		w.Equals = slices.Clone(q.Equals)
		change(&w)
		wider[without] = w
	}
	add("the box", func(w *geo.Query) { w.BBox = nil })
	add("the ids", func(w *geo.Query) { w.IDs = nil })
	add("nearness", func(w *geo.Query) { w.Near = nil })
	for i := range q.Equals {
		add("a value", func(w *geo.Query) { w.Equals = slices.Delete(w.Equals, i, i+1) })
	}
	if !asksForStatus(q) { // else another day is asked about
		add("the time", func(w *geo.Query) { w.Time = nil })
	}
	for without, w := range wider {
		all := idsOf(t, s, w)
		for id := range got {
			if !all[id] {
				t.Errorf("%s: %s is lost without %s", describe(*q), id, without)
			}
		}
	}
}

// counting: a count is the number of features, and a page a part of them.
func counting(t *testing.T, s geo.Reader, q *geo.Query) {
	t.Helper()
	all := gather(t, s.Items(context.Background(), *q))
	if n, err := s.Count(context.Background(), *q); err != nil || n != len(all) {
		t.Errorf("%s: counts %d, %v, and has %d", describe(*q), n, err, len(all))
	}
	page := *q
	page.Limit = 3
	var walked []geo.Item
	for {
		items := gather(t, s.Items(context.Background(), page))
		walked = append(walked, items...)
		if len(items) < page.Limit {
			break
		}
		last := items[len(items)-1]
		page.After, page.AfterKey = last.ID, last.Key
	}
	if ids(walked) != ids(all) {
		t.Errorf("%s: the pages have %s, the whole has %s", describe(*q), ids(walked), ids(all))
	}
}

// union: an interval holds what its days hold.
func union(t *testing.T, s geo.Reader, g *questions, q geo.Query) {
	t.Helper()
	if asksForStatus(&q) || len(g.known[q.Collection.ID]) == 0 {
		return
	}
	from := g.day(g.known[q.Collection.ID])
	days := geo.Interval{From: from, To: from + geo.Date(g.rng.IntN(12))}
	q.Time = &days
	whole, parts := idsOf(t, s, q), map[string]bool{}
	for d := days.From; d <= days.To; d++ {
		q.Time = &geo.Interval{From: d, To: d}
		for id := range idsOf(t, s, q) {
			parts[id] = true
		}
	}
	if len(whole) != len(parts) {
		q.Time = &days
		t.Errorf("%s: %d features, and %d over its days", describe(q), len(whole), len(parts))
	}
	for id := range parts {
		if !whole[id] {
			t.Errorf("%s lies in a day of %s and not in it", id, days)
		}
	}
}

func asksForStatus(q *geo.Query) bool {
	return slices.ContainsFunc(q.Equals, func(e geo.Equal) bool { return e.Property == geo.StatusProperty })
}

func idsOf(t *testing.T, s geo.Reader, q geo.Query) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, it := range gather(t, s.Items(context.Background(), q)) {
		found[it.ID] = true
	}
	return found
}
