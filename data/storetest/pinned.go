package storetest

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// pinning are the questions that may be the first to a pinned reader.
var pinning = map[string]func(p geo.Pinned, c *geo.Collection) error{
	"state":   func(p geo.Pinned, _ *geo.Collection) error { _, err := p.PinnedAt(context.Background()); return err },
	"version": func(p geo.Pinned, c *geo.Collection) error { _, err := p.Version(context.Background(), c); return err },
	"count": func(p geo.Pinned, c *geo.Collection) error {
		_, err := p.Count(context.Background(), geo.Query{Collection: c, Today: today()})
		return err
	},
	"summary": func(p geo.Pinned, c *geo.Collection) error { _, err := p.Summary(context.Background(), c); return err },
	"sources": func(p geo.Pinned, _ *geo.Collection) error {
		_, err := p.Sources(context.Background(), []string{"one"})
		return err
	},
	"detail": func(p geo.Pinned, c *geo.Collection) error {
		_, err := p.Detail(context.Background(), c, "b", today())
		return err
	},
	"page":       firstPage(geo.Query{Limit: 2}),
	"box":        firstPage(geo.Query{Limit: 2, BBox: box(60, 30, 80, 45)}),
	"histories":  firstPage(geo.Query{Limit: 2, Histories: true}),
	"sorted":     firstPage(geo.Query{Limit: 2, Sort: []geo.SortKey{{Name: "name_en"}}}),
	"everything": firstPage(geo.Query{}),
}

func firstPage(q geo.Query) func(p geo.Pinned, c *geo.Collection) error {
	return func(p geo.Pinned, c *geo.Collection) error {
		q := q // stores are tried side by side
		q.Collection, q.Today = c, today()
		for _, err := range p.Items(context.Background(), q) {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// testPinned asks pinned readers a first question, changes what it was about, and asks
// on: the answers are those of the state before the change.
func testPinned(t *testing.T, s geo.Store, w *world) {
	ctx, c := context.Background(), w.collection("crossings")
	for name, first := range pinning {
		was, err := s.Detail(ctx, c, "b", today())
		if err != nil {
			t.Fatal(err)
		}
		before, err := s.Latest(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p := s.Pinned()
		if err := first(p, c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		version, err := p.Version(ctx, c)
		if present, errNow := s.Version(ctx, c); err != nil || errNow != nil || version == "" || present == "" {
			t.Fatalf("%s: version %q of %q, %v, %v", name, version, present, err, errNow)
		}
		changed := *was.Feature
		changed.Geometry = nil // it goes to the end of the order, too
		if was.Geometry == nil {
			changed.Geometry = orb.Point{70, 38}
		}
		apply(t, s, geo.Change{Actor: "storetest", Features: []geo.Put{{Collection: c, Feature: changed, Expect: was.Revision}}})
		if st, err := p.PinnedAt(ctx); err != nil || st != before {
			t.Errorf("%s: pinned at %+v, want %+v, %v", name, st, before, err)
		}
		if d, err := p.Detail(ctx, c, "b", today()); err != nil || d.Revision != was.Revision {
			t.Errorf("%s: the pinned reader sees %+v, %v", name, d, err)
		}
		if again, err := p.Version(ctx, c); err != nil || again != version {
			t.Errorf("%s: the version goes from %q to %q, %v", name, version, again, err)
		}
		then, err := s.At(ctx, before)
		if err != nil {
			t.Fatal(err)
		}
		q := geo.Query{Collection: c, Today: today()}
		if got, want := ids(gather(t, p.Items(ctx, q))), ids(gather(t, then.Items(ctx, q))); got != want {
			t.Errorf("%s: the pinned reader has %s, want %s", name, got, want)
		}
		checkPinnedCells(t, name, p, then, q)
		if now, err := s.Pinned().Version(ctx, c); err != nil || now == version {
			t.Errorf("%s: the version after the change is %q, %v", name, now, err)
		}
	}
}

// checkPinnedCells compares what a pinned reader counts with what the reader of its state
// does, where they count cells.
func checkPinnedCells(t *testing.T, name string, p, then geo.Reader, q geo.Query) {
	t.Helper()
	counter, counts := p.(geo.CellCounter)
	other, same := then.(geo.CellCounter)
	if !counts || !same {
		return
	}
	square := &geo.Grid{World: 256, Extent: 256, Side: 8} // the whole world
	got, err := counter.CountCells(context.Background(), q, "name_en", square)
	want, errThen := other.CountCells(context.Background(), q, "name_en", square)
	for _, cells := range [][]geo.CellCount{got, want} {
		slices.SortFunc(cells, func(a, b geo.CellCount) int {
			return cmp.Or(strings.Compare(a.Value, b.Value), cmp.Compare(a.Cell, b.Cell))
		})
	}
	if err != nil || errThen != nil || len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: the pinned reader counts %+v, want %+v, %v, %v", name, got, want, err, errThen)
	}
}
