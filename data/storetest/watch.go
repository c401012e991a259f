package storetest

import (
	"context"
	"maps"
	"testing"
	"time"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// Watched is a store that knows the state of its data.
type Watched interface {
	geo.Store
	geo.Watcher
}

// Watch holds a store against the contract of geo.Watcher. open returns an empty store
// each time and sees to closing it.
func Watch(t *testing.T, open func(t *testing.T) Watched) {
	t.Run("known", func(t *testing.T) { testKnown(t, open(t)) })
	t.Run("own changes", func(t *testing.T) { testOwnChanges(t, open(t)) })
	t.Run("areas", func(t *testing.T) { testKnownAreas(t, open(t)) })
	t.Run("held", func(t *testing.T) { testHeld(t, open(t)) })
}

// KnownOf waits until a store knows the state of its data.
func KnownOf(t *testing.T, s geo.Watcher) *geo.Known {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if known := s.Known(); known != nil {
			return known
		}
	}
	t.Fatal("nobody knows the state of the data")
	return nil
}

// heldVersions are those of the state that is answered from now.
func heldVersions(t *testing.T, s Watched) map[string]string {
	t.Helper()
	ctx, held := s.Hold(context.Background())
	defer held.Release()
	if held.Versions() != nil {
		t.Error("versions are known before anything is asked")
	}
	if _, err := s.Count(ctx, geo.Query{Collection: crossings(t), Today: today()}); err != nil {
		t.Fatal(err)
	}
	return held.Versions()
}

func crossings(t *testing.T) *geo.Collection {
	t.Helper()
	c, err := geo.Border().Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// crossingAt is a crossing made up for a test.
func crossingAt(t *testing.T, id string, at orb.Point, expect int64) geo.Put {
	t.Helper()
	c := crossings(t)
	f := geo.Feature{ID: id, Geometry: at, Sources: []string{"one"}, Values: make([]geo.Value, len(c.Properties))}
	f.Values[c.PropertyIndex("name_en")] = "Made up"
	f.Values[c.PropertyIndex("summary")] = "Made up."
	return geo.Put{Collection: c, Feature: f, Expect: expect}
}

func madeUp(puts ...geo.Put) geo.Change { return geo.Change{Actor: "storetest", Features: puts} }

func source(audience geo.Role) geo.Change {
	return geo.Change{Actor: "storetest", Sources: []geo.Source{{ID: "one", Publisher: "P", Title: "T", Audience: audience}}}
}

// What is known names the state that answers come from, and becomes another with each
// change of a collection, for that one alone.
func testKnown(t *testing.T, s Watched) {
	s.Watch(func(err error) { t.Logf("told: %v", err) })
	s.Watch(nil) // does nothing
	apply(t, s, source(""))
	first := KnownOf(t, s)
	if held := heldVersions(t, s); !maps.Equal(held, first.Versions) {
		t.Errorf("held %v, known %v", held, first.Versions)
	}
	for _, c := range geo.Border().Collections {
		if first.Versions[c.ID] == "" {
			t.Errorf("nothing is known of %s", c.ID)
		}
	}
	if first.Versions[geo.SourcesID] == "" {
		t.Error("nothing is known of the sources")
	}
	changed := s.Changed()
	apply(t, s, madeUp(crossingAt(t, "one", orb.Point{70, 37}, 0)))
	second := KnownOf(t, s)
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was woken")
	}
	for id, version := range second.Versions {
		if (version != first.Versions[id]) != (id == "crossings") {
			t.Errorf("%s went from %s to %s", id, first.Versions[id], version)
		}
	}
	if second.Stands("crossings", first.Versions["crossings"], nil) || !second.Stands("bazaars", first.Versions["bazaars"], nil) {
		t.Error("what is made of crossings stands, or what is made of bazaars does not")
	}
	apply(t, s, source(geo.Viewer))
	if third := KnownOf(t, s); third.Stands(geo.SourcesID, second.Versions[geo.SourcesID], &orb.Bound{}) {
		t.Error("a source that is kept now changes nothing")
	}
}

// After its own change a store never says that it knows the state before.
func testOwnChanges(t *testing.T, s Watched) {
	s.Watch(func(err error) { t.Logf("told: %v", err) })
	apply(t, s, source(""))
	for n := range 30 {
		before := KnownOf(t, s).Versions["crossings"]
		apply(t, s, madeUp(crossingAt(t, "one", orb.Point{70, 37 + float64(n)/100}, int64(n))))
		if known := s.Known(); known != nil && known.Versions["crossings"] == before {
			t.Fatalf("change %d is not known", n)
		}
	}
}

// What a change does not touch may stand; what it touches, as it was or as it became,
// never does.
func testKnownAreas(t *testing.T, s Watched) {
	s.Watch(func(err error) { t.Logf("told: %v", err) })
	apply(t, s, source(""))
	apply(t, s, madeUp(crossingAt(t, "one", orb.Point{70, 37}, 0), crossingAt(t, "two", orb.Point{60, 30}, 0)))
	period := geo.Period{ID: "shut", Collection: "crossings", Scope: geo.OfFeature, Owner: "one", Kind: geo.Phase, Status: "closed", From: geo.On(day("2021-01-01")), Basis: geo.Ongoing, Sources: []string{"one"}}
	for n, tc := range []struct {
		ch      geo.Change
		touched []orb.Point
	}{
		{madeUp(crossingAt(t, "one", orb.Point{71, 38}, 1)), []orb.Point{{70, 37}, {71, 38}}},
		{geo.Change{Actor: "storetest", Periods: []geo.Period{period}}, []orb.Point{{71, 38}}},
		{geo.Change{Actor: "storetest", Removals: []geo.Removal{{Kind: geo.FeatureRow, Collection: "crossings", ID: "two", Expect: 1}}}, []orb.Point{{60, 30}}},
		{madeUp(crossingAt(t, "three", orb.Point{-70, -33}, 0)), []orb.Point{{-70, -33}}},
	} {
		before := KnownOf(t, s).Versions["crossings"]
		apply(t, s, tc.ch)
		known := KnownOf(t, s)
		for _, at := range tc.touched {
			if area := (orb.Bound{Min: at, Max: at}); known.Stands("crossings", before, &area) {
				t.Errorf("change %d does not touch %v", n, at)
			}
		}
	}
}

// What is asked in one state is answered from it, whatever is changed meanwhile.
func testHeld(t *testing.T, s Watched) {
	s.Watch(func(err error) { t.Logf("told: %v", err) })
	apply(t, s, source(""))
	apply(t, s, madeUp(crossingAt(t, "one", orb.Point{70, 37}, 0)))
	ctx, held := s.Hold(context.Background())
	defer held.Release()
	count := func(r geo.Reader, ctx context.Context) int {
		t.Helper()
		n, err := r.Count(ctx, geo.Query{Collection: crossings(t), Today: today()})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	viewer := s.For(geo.Viewer)
	version, err := s.Version(ctx, crossings(t))
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, madeUp(crossingAt(t, "two", orb.Point{70, 37}, 0)))
	if n, own := count(s, ctx), count(s, context.Background()); n != 1 || own != 2 {
		t.Errorf("%d in the state that is held, %d now", n, own)
	}
	if n := count(viewer, ctx); n != 1 {
		t.Errorf("a viewer is told of %d", n)
	}
	if again, err := s.Version(ctx, crossings(t)); err != nil || again != version {
		t.Errorf("version %s, then %s (%v)", version, again, err)
	}
	latest, err := s.Latest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := s.At(ctx, latest)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(reader, ctx); n != 1 {
		t.Errorf("%d in the last state of what is held", n)
	}
	if d, err := s.Detail(ctx, crossings(t), "two", today()); geo.KindOf(err) != geo.NotFound {
		t.Errorf("%v, %v", d, err)
	}
	if now := heldVersions(t, s); now["crossings"] == held.Versions()["crossings"] {
		t.Error("two states have one version")
	}
	held.Release()
	if n := count(s, ctx); n != 2 {
		t.Errorf("%d after the release", n)
	}
}
