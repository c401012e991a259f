package storetest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"oxus/geo"
)

// testOrder asks for every order by one sortable, and for some by two, whole and
// in pages, forwards and back.
func testOrder(t *testing.T, s geo.Store, w *world) {
	plain := NewPlain(w.atlas)
	apply(t, plain, w.ch)
	for _, c := range w.atlas.Collections {
		names := slices.Sorted(maps.Keys(c.Sortables()))
		last := names[len(names)-1]
		for i, name := range names {
			orders := [][]geo.SortKey{{{Name: name}}, {{Name: name, Descending: true}}}
			if name != last {
				orders = append(orders, []geo.SortKey{{Name: last, Descending: i%2 == 0}, {Name: name, Descending: i%3 == 0}})
			}
			for _, order := range orders {
				testPaged(t, s, plain, geo.Query{Collection: c, Today: today(), Sort: order})
			}
		}
		testPaged(t, s, plain, geo.Query{Collection: c, Today: today()})
	}
	box := geo.BBox{West: 60, South: 30, East: 80, North: 45}
	c := w.collection("crossings")
	testPaged(t, s, plain, geo.Query{Collection: c, Today: today(), BBox: &box})
	testPaged(t, s, plain, geo.Query{Collection: c, Today: today(), BBox: &box, Sort: []geo.SortKey{{Name: "status"}}})
	testGone(t, s, c)
}

// testGone goes on after a feature that is not there: where the id or the key say where
// that was it is no matter.
func testGone(t *testing.T, s geo.Store, c *geo.Collection) {
	q := geo.Query{Collection: c, Today: today(), Sort: []geo.SortKey{{Name: "name_en"}, {Name: "id"}}, After: "nowhere"}
	for _, err := range s.Items(context.Background(), q) {
		if geo.KindOf(err) != geo.Invalid {
			t.Errorf("after a feature that is not there: %v", err)
		}
	}
	q.Sort = []geo.SortKey{{Name: "id", Descending: true}, {Name: "name_en"}}
	if got := ids(gather(t, s.Items(context.Background(), q))); got != "fiji east b a_1 a1 a.1 a-1 B 9" {
		t.Errorf("downwards by id after one that is not there: %s", got)
	}
	q.Sort = nil
	all := gather(t, s.Items(context.Background(), geo.Query{Collection: c, Today: today()}))
	at := all[3]
	q.After, q.AfterKey = at.ID+"-then", at.Key
	rest := slices.DeleteFunc(slices.Clone(all), func(it geo.Item) bool { return q.Order()(&it, &at) <= 0 })
	if got := ids(gather(t, s.Items(context.Background(), q))); got != ids(rest) || got == "" {
		t.Errorf("after a key that nothing has: %s\nwant %s", got, ids(rest))
	}
}

// testPaged compares what the query asks for with the plain store's answer:
// whole, and page by page from either end.
func testPaged(t *testing.T, s, plain geo.Store, q geo.Query) {
	t.Helper()
	want := ids(gather(t, plain.Items(context.Background(), q)))
	if got := ids(gather(t, s.Items(context.Background(), q))); got != want {
		t.Errorf("%s by %v: %s\nwant %s", q.Collection.ID, q.Sort, got, want)
	}
	for _, limit := range []int{1, 3} {
		for _, q.Backwards = range []bool{false, true} {
			if got := ids(walk(t, s, q, limit)); got != want {
				t.Errorf("%s by %v, pages of %d, backwards %v: %s\nwant %s", q.Collection.ID, q.Sort, limit, q.Backwards, got, want)
			}
		}
	}
}

// walk reads all pages of a query and returns the items in forward order.
func walk(t *testing.T, s geo.Reader, q geo.Query, limit int) []geo.Item {
	t.Helper()
	var all []geo.Item
	for q.Limit = limit; ; {
		page := gather(t, s.Items(context.Background(), q))
		if all = append(all, page...); len(page) < limit {
			break
		}
		last := page[len(page)-1]
		q.After, q.AfterKey = last.ID, last.Key
	}
	if q.Backwards {
		slices.Reverse(all)
	}
	return all
}

// testLatest holds the state of the present to what is answered now, and counts
// roughly.
func testLatest(t *testing.T, s geo.Store, w *world) {
	st, err := s.Latest(context.Background())
	if err != nil || st.Last == 0 || st.Moment.IsZero() {
		t.Fatalf("the latest state is %+v, %v", st, err)
	}
	then, err := s.At(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range w.atlas.Collections {
		q := geo.Query{Collection: c, Today: today()}
		if got, want := ids(gather(t, then.Items(context.Background(), q))), ids(gather(t, s.Items(context.Background(), q))); got != want {
			t.Errorf("the latest state has %s %s, the present %s", c.ID, got, want)
		}
		q.Roughly = true
		if n, err := s.Count(context.Background(), q); n < 0 || err != nil {
			t.Errorf("%s are about %d, %v", c.ID, n, err)
		}
	}
}
