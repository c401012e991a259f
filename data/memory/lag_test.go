package memory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// lagging is a store that has yet to load what another program has changed: the one
// incident that everybody could see and one that was added are now kept for editors. It
// returns the state before that, and the one after it.
func lagging(t *testing.T) (s *memory.Store, keeper *shared, before, after geo.State) {
	t.Helper()
	keeper = &shared{Plain: storetest.NewPlain(geo.Border())}
	s = over(t, keeper)
	apply := func(w geo.Writer, ch geo.Change) geo.State {
		t.Helper()
		if err := w.Apply(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
		st, err := s.State(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	before = apply(s, made(incident("seen", orb.Point{70, 38})))
	kept := []geo.Source{{ID: "made-up", Publisher: "P", Title: "T", Audience: geo.Editor}}
	after = apply(keeper, geo.Change{Sources: kept, Features: []geo.Put{incident("added", orb.Point{70, 38})}})
	keeper.version.Add(1)
	return s, keeper, before, after
}

// What another program has hidden is not told from the record either, before it is loaded.
func TestNothingHiddenIsToldBeforeItIsLoaded(t *testing.T) {
	t.Run("revisions", func(t *testing.T) {
		s, _, before, after := lagging(t)
		for _, newest := range []bool{false, true} {
			for _, from := range []int64{0, before.Last, before.Last + 1, after.Last} {
				for _, limit := range []int{0, 1} {
					q := geo.RevisionQuery{Newest: newest, After: from, Limit: limit}
					got := numbers(t, s.For(geo.Everybody), q)
					var want []int64
					for _, n := range numbers(t, s, geo.RevisionQuery{Newest: newest, After: from}) {
						if n <= before.Last && (limit == 0 || len(want) < limit) {
							want = append(want, n)
						}
					}
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("%+v: everybody is told of %v, not %v", q, got, want)
					}
				}
			}
		}
	})
	t.Run("a state", func(t *testing.T) {
		s, _, _, after := lagging(t)
		r, err := s.For(geo.Everybody).At(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		if ids := idsOf(t, r, geo.Query{Collection: incident("", nil).Collection}); len(ids) > 0 {
			t.Errorf("everybody sees %v", ids)
		}
	})
	t.Run("a state that cannot be loaded", func(t *testing.T) {
		s, keeper, _, after := lagging(t)
		keeper.failing.Store(10)
		for range 3 {
			if _, err := s.For(geo.Everybody).At(t.Context(), after); geo.KindOf(err) != geo.Unavailable {
				t.Errorf("the answer is %v", err)
			}
		}
		if tried := 10 - keeper.failing.Load(); tried != 1 {
			t.Errorf("the loading was tried %d times", tried)
		}
	})
}

func numbers(t *testing.T, r geo.Recorder, q geo.RevisionQuery) (all []int64) {
	t.Helper()
	for rev, err := range r.Revisions(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rev.Number)
	}
	return all
}

// What a reader had loaded is told by Follow all the same.
func TestWhatAReaderLoadsIsTold(t *testing.T) {
	s, _, _, after := lagging(t)
	if _, err := s.For(geo.Everybody).At(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	go s.Follow(ctx, time.Millisecond, func(err error) { told <- err })
	select {
	case err := <-told:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("nothing is told")
	}
}

// A change is checked against what another program has just changed, in whole and in parts.
func TestAChangeMeetsWhatOthersChanged(t *testing.T) {
	inParts := func(ch geo.Change) geo.Change { return geo.Change{Actor: ch.Actor, Parts: sequence(ch)} }
	asItIs := func(ch geo.Change) geo.Change { return ch }
	for way, as := range map[string]func(geo.Change) geo.Change{"whole": asItIs, "in parts": inParts} {
		one := incident("one", orb.Point{70, 38})
		begun := func() (*memory.Store, *shared) {
			keeper := &shared{Plain: storetest.NewPlain(geo.Border())}
			if err := keeper.Apply(t.Context(), made(one)); err != nil {
				t.Fatal(err)
			}
			return over(t, keeper), keeper
		}
		edit := func(keeper *shared, ch geo.Change) {
			if err := keeper.Apply(t.Context(), ch); err != nil {
				t.Fatal(err)
			}
			keeper.version.Add(1)
		}
		put := func(at orb.Geometry, expect int64) geo.Change {
			p := incident("one", at)
			p.Expect = expect
			return geo.Change{Actor: "test", Features: []geo.Put{p}}
		}

		s, keeper := begun()
		edit(keeper, put(orb.Point{71, 38}, 1))
		if err := s.Apply(t.Context(), as(put(orb.Point{70, 38}, 1))); geo.KindOf(err) != geo.Conflict {
			t.Errorf("%s: what the row was before is taken for what it is: %v", way, err)
		}
		s, keeper = begun()
		edit(keeper, put(orb.Point{71, 38}, 1))
		keeper.failing.Store(1)
		if err := s.Apply(t.Context(), as(put(orb.Point{72, 38}, 2))); geo.KindOf(err) != geo.Unavailable {
			t.Errorf("%s: a change to what cannot be loaded is answered %v", way, err)
		}
		if err := s.Apply(t.Context(), as(put(orb.Point{72, 38}, 2))); err != nil {
			t.Errorf("%s: a change to what can be loaded again: %v", way, err)
		}
	}
}
