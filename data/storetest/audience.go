package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// askers are all who ask, and what is no role.
func askers() []geo.Role { return append(geo.Roles(), geo.Everybody, "stranger") }

// testAudiences makes random changes of data of which some is kept for a role, in
// the store and in a plain one. Whoever asks is told the same by both: of the
// present, of every state between, and of what was changed.
func testAudiences(t *testing.T, s geo.Store, seed uint64) {
	t.Logf("seed %d", seed)
	plain := NewPlain(geo.Border())
	start := awkward()
	start.put("incidents", "x", orb.Point{70, 38}, life("2020", "2020"), props{"related_features": []string{"a1", "somewhere"}})
	apply(t, s, start.ch)
	apply(t, plain, start.ch)
	m := &mutations{rng: rand.New(rand.NewPCG(seed, 7)), plain: plain}
	type pair struct{ s, plain geo.State }
	var pairs []pair
	for n := range 60 {
		ch := m.kept()
		errS, errPlain := s.Apply(context.Background(), ch), plain.Apply(context.Background(), ch)
		if (errS == nil) != (errPlain == nil) {
			t.Fatalf("one takes and one refuses %+v: %v, %v", ch, errS, errPlain)
		}
		if n%10 == 9 {
			pairs = append(pairs, pair{stateOf(t, s, time.Time{}), stateOf(t, plain, time.Time{})})
			sameForAll(t, fmt.Sprint("after change ", n), s, plain, geo.State{}, geo.State{})
		}
	}
	for i, p := range pairs {
		sameForAll(t, fmt.Sprint("state ", i), s, plain, p.s, p.plain)
	}
	for _, who := range askers() {
		got, want := summed(recorded(t, s.For(who), geo.RevisionQuery{})), summed(recorded(t, plain.For(who), geo.RevisionQuery{}))
		if got != want {
			t.Errorf("%q is told of the changes %s,\nwant %s", who, got, want)
		}
		if limited := recorded(t, s.For(who), geo.RevisionQuery{Limit: 3}); len(limited) > 3 {
			t.Errorf("%q is told of %d changes, not 3", who, len(limited))
		}
	}
}

// sameForAll compares what is told to each who asks, in a state or now.
func sameForAll(t *testing.T, when string, s, plain geo.Store, st, plainState geo.State) {
	t.Helper()
	views := map[string]bool{}
	for _, who := range askers() {
		var a, b geo.Reader = s.For(who), plain.For(who)
		if st != (geo.State{}) {
			a, b = readerAt(t, s.For(who), st), readerAt(t, plain.For(who), plainState)
		}
		got, want := told(t, a), told(t, b)
		if got != want {
			t.Errorf("%s, %q is told otherwise:\n%s", when, who, different(got, want))
		}
		views[want] = true
		Same(t, a, b, 4, uint64(len(when)))
	}
	if len(views) == 1 {
		t.Logf("%s all see the same", when)
	}
}

// testGoneStaysHidden holds that what was hidden when it was removed is named to nobody who
// could not see it, now or in the past.
func testGoneStaysHidden(t *testing.T, s geo.Store) {
	ctx := context.Background()
	w := &world{atlas: geo.Border(), ch: geo.Change{Actor: "storetest"}}
	w.ch.Sources = []geo.Source{{ID: "one", Publisher: "P", Title: "T"}, {ID: "kept", Publisher: "P", Title: "T", Audience: geo.Editor}}
	w.put("incidents", "hidden", orb.Point{70, 38}, life("2020", "2020"), nil)
	w.ch.Features[0].Feature.Sources = []string{"kept"}
	w.put("incidents", "naming", orb.Point{70, 38}, life("2020", "2020"), props{"related_features": []string{"hidden", "somewhere"}})
	w.ch.Features[1].Feature.Sources = []string{"one"}
	apply(t, s, w.ch)
	before := stateOf(t, s, time.Time{})
	incidents := w.collection("incidents")
	apply(t, s, geo.Change{Actor: "storetest", Removals: []geo.Removal{{Kind: geo.FeatureRow, Collection: incidents.ID, ID: "hidden", Expect: 1}}})
	for who, want := range map[geo.Role]string{geo.Everybody: "[somewhere]", geo.Viewer: "[somewhere]", geo.Editor: "[hidden somewhere]"} {
		for when, r := range map[string]geo.Reader{"now": s.For(who), "before": readerAt(t, s.For(who), before)} {
			d, err := r.Detail(ctx, incidents, "naming", geo.NewDate(2020, 6, 1))
			if err != nil {
				t.Fatal(err)
			}
			if named := fmt.Sprint(d.Values[incidents.PropertyIndex("related_features")]); named != want {
				t.Errorf("%s, %q is told of %s, not %s", when, who, named, want)
			}
		}
	}
}

// kept is a change whose rows rest on various sources, some of them kept.
func (m *mutations) kept() geo.Change {
	ch := m.change()
	for i := range ch.Features {
		ch.Features[i].Feature.Sources = []string{m.one("one", "two", "three")}
	}
	for i := range ch.Periods {
		ch.Periods[i].Sources = []string{m.one("one", "two"), "three"}[:1+m.rng.IntN(2)]
	}
	for i := range ch.Sources {
		ch.Sources[i].Audience = geo.Role(m.one("", "", "viewer", "editor", "maintainer"))
	}
	return ch
}

// testVersionsBySight holds the names of states against who sees what: they differ
// where answers do, and whenever what is hidden becomes another.
func testVersionsBySight(t *testing.T, s geo.Store) {
	apply(t, s, awkward().ch)
	ctx := context.Background()
	for _, c := range geo.Border().Served() {
		all, err := s.Version(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range askers() {
			if seen, err := s.For(who).Version(ctx, c); err != nil || seen != all {
				t.Errorf("%s: nothing is hidden, and the version of %q is %s, not %s (%v)", c.ID, who, seen, all, err)
			}
		}
	}
	then := stateOf(t, s, time.Time{})
	seen := map[string]geo.Role{}
	for _, audience := range []geo.Role{geo.Viewer, geo.Editor, geo.Viewer, geo.Maintainer} {
		apply(t, s, geo.Change{Actor: "storetest", Sources: []geo.Source{{ID: "one", Publisher: "P", Title: "T", Audience: audience}}})
		for _, who := range askers()[:5] {
			c, err := geo.Border().Collection("incidents")
			if err != nil {
				t.Fatal(err)
			}
			past := readerAt(t, s.For(who), then)
			for name, r := range map[string]geo.Reader{"now": s.For(who), "then": past} {
				version, err := r.Version(ctx, c)
				if err != nil {
					t.Fatal(err)
				}
				if other, known := seen[version]; known && other.Sees(audience) != who.Sees(audience) {
					t.Errorf("%s, with the source kept for %s: %q has the version of %q", name, audience, who, other)
				}
				if !who.Sees(audience) {
					seen[version] = who
				}
			}
		}
	}
}
