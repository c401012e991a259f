package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"oxus/geo"

	"github.com/paulmach/orb"
)

func remove(kind geo.RowKind, collection, id string, expect int64) geo.Removal {
	return geo.Removal{Kind: kind, Collection: collection, ID: id, Expect: expect}
}

// testRemovals removes rows, refuses what would leave something without what it
// refers to, and counts on when a feature comes back.
func testRemovals(t *testing.T, s geo.Store) {
	ctx := context.Background()
	before := versions(t, s)
	refuse := func(name string, kind geo.Kind, rule geo.Rule, ch geo.Change) {
		t.Helper()
		ch.Actor = "storetest"
		ch.Sources = append(ch.Sources, geo.Source{ID: "passenger", Publisher: "P", Title: "T"})
		err := s.Apply(ctx, ch)
		var refused *geo.Error
		if !errors.As(err, &refused) || refused.Kind != kind || !names(refused, rule) {
			t.Errorf("%s: %v, want %s", name, err, rule)
		}
		if after := versions(t, s); !reflect.DeepEqual(after, before) {
			t.Errorf("%s: what was refused has raised a version", name)
		}
	}
	one := func(r geo.Removal) geo.Change { return geo.Change{Removals: []geo.Removal{r}} }
	refuse("nobody", geo.Conflict, geo.RuleChanged, one(remove(geo.FeatureRow, "crossings", "nobody", 1)))
	refuse("another revision", geo.Conflict, geo.RuleChanged, one(remove(geo.FeatureRow, "crossings", "a1", 2)))
	refuse("no period", geo.Conflict, geo.RuleChanged, one(remove(geo.StatusRow, "crossings", "nothing", 0)))
	refuse("no source", geo.Conflict, geo.RuleChanged, one(remove(geo.SourceRow, "", "nothing", 0)))
	refuse("a source that is cited", geo.Invalid, geo.RuleSource, one(remove(geo.SourceRow, "", "one", 0)))
	refuse("a source as one of a collection", geo.Invalid, geo.RuleCollection, one(remove(geo.SourceRow, geo.SourcesID, "Unused", 0)))
	refuse("a feature with periods", geo.Invalid, geo.RuleFeature, one(remove(geo.FeatureRow, "crossings", "b", 1)))
	w := &world{atlas: geo.Border()}
	w.put("crossings", "a1", nil, geo.Lifetime{}, nil)
	w.ch.Features[0].Expect, w.ch.Removals = 1, []geo.Removal{remove(geo.FeatureRow, "crossings", "a1", 1)}
	refuse("removed and written", geo.Invalid, geo.RuleDuplicateID, w.ch)

	apply(t, s, geo.Change{Actor: "storetest", Removals: []geo.Removal{remove(geo.FeatureRow, "crossings", "a1", 1)}})
	crossings := w.collection("crossings")
	if _, err := s.Detail(ctx, crossings, "a1", today()); geo.KindOf(err) != geo.NotFound {
		t.Errorf("a1 is still there: %v", err)
	}
	w.ch.Removals, w.ch.Features[0].Expect = nil, 0
	apply(t, s, w.ch)
	if d, err := s.Detail(ctx, crossings, "a1", today()); err != nil || d.Revision != 2 {
		t.Errorf("a1 comes back at revision %d, want 2 (%v)", d.Revision, err)
	}
	w.ch.Features[0].Expect = 1
	if err := s.Apply(ctx, w.ch); geo.KindOf(err) != geo.Conflict {
		t.Errorf("a change of what a1 was goes through: %v", err)
	}
	// A source may go with the change that takes it off the last row that cites it.
	instead := &world{atlas: w.atlas, ch: geo.Change{Actor: "storetest", Sources: []geo.Source{{ID: "spare", Publisher: "P", Title: "T"}}}}
	instead.put("crossings", "a1", nil, geo.Lifetime{}, nil)
	instead.ch.Features[0].Expect, instead.ch.Features[0].Feature.Sources = 2, []string{"spare"}
	apply(t, s, instead.ch)
	w.ch.Removals, w.ch.Features[0].Expect = []geo.Removal{remove(geo.SourceRow, "", "spare", 0)}, 3
	apply(t, s, w.ch)
	// A period may take the days of one that the same change removes.
	instead = &world{atlas: w.atlas, ch: geo.Change{Actor: "storetest", Removals: []geo.Removal{remove(geo.StatusRow, "crossings", "only", 0)}}}
	instead.period("crossings", "a-1", "instead", geo.Phase, "restricted", "2015-01-01", "2015-01-01", geo.Ended)
	apply(t, s, instead.ch)
}

// steps are changes that follow the awkward data.
func steps() []geo.Change {
	w := &world{atlas: geo.Border()}
	step := func(name string, do func(w *world)) geo.Change {
		next := &world{atlas: w.atlas, ch: geo.Change{Actor: "storetest", Note: name}}
		do(next)
		return next.ch
	}
	put := func(w *world, id string, g orb.Geometry, l geo.Lifetime, p props, expect int64) {
		w.put("crossings", id, g, l, p)
		w.ch.Features[len(w.ch.Features)-1].Expect = expect
	}
	return []geo.Change{
		step("move", func(w *world) {
			put(w, "a1", orb.Point{71.123456789, 37}, life("2001", ""), props{"structure_length_m": 0.1 + 0.2, "mode": []string{"rail"}}, 1)
		}),
		step("correct a period and a source", func(w *world) {
			w.ch.Sources = []geo.Source{{ID: "one", Publisher: "P", Title: "corrected"}}
			w.period("crossings", "b", "p2", geo.Phase, "open", "2001-05-01", "2020-04-01", geo.Ended)
			w.period("crossings", "b", "p3", geo.Phase, "closed", "2020-04-01", "2020-12-31", geo.LastDocumented)
		}),
		step("two collections", func(w *world) {
			put(w, "new", orb.Point{60, 30}, geo.Lifetime{}, nil, 0)
			w.put("incidents", "new", orb.Point{60, 30}, life("2021-08", "2021-08"), nil)
			w.period("casa-1000", "CASA-1000", "c9", geo.Disruption, "damaged", "2025-02", "", geo.UnknownEnd)
		}),
		step("remove", func(w *world) {
			w.ch.Removals = []geo.Removal{
				remove(geo.FeatureRow, "crossings", "new", 1), remove(geo.StatusRow, "casa-1000", "c9", 0), remove(geo.FeatureRow, "crossings", "a1", 2),
			}
		}),
		step("back again", func(w *world) {
			put(w, "new", nil, geo.Lifetime{}, props{"name_tg": "боз"}, 0)
			w.period("crossings", "new", "n1", geo.Phase, "open", "2020-01-01", "", geo.Ongoing)
		}),
	}
}

// told is everything a reader tells about all collections, versions aside.
func told(t *testing.T, r geo.Reader) string {
	t.Helper()
	ctx := context.Background()
	var b strings.Builder
	for _, c := range geo.Border().Served() {
		sum, err := r.Summary(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		items := gather(t, r.Items(ctx, geo.Query{Collection: c, Today: today(), Histories: true}))
		var cited []string
		fmt.Fprintf(&b, "%s %d %v %v\n", c.ID, sum.Count, sum.Extent, sum.Time)
		for i, it := range items {
			fmt.Fprintf(&b, "%s %d %#v %v %q %v %s %v\n", it.ID, it.Revision, it.Geometry, it.Lifetime, it.Sources, it.Values, it.Standing.Status, it.History)
			if cited = append(cited, it.Sources...); i%8 > 0 {
				continue // a detail costs several questions
			}
			d, err := r.Detail(ctx, c, it.ID, today())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "  %s %v %v\n", d.Standing.Status, d.History, d.Sources)
		}
		sources, err := r.Sources(ctx, cited)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%v\n", sources)
	}
	return b.String()
}

func stateOf(t *testing.T, s geo.Recorder, moment time.Time) geo.State {
	t.Helper()
	st, err := s.State(context.Background(), moment)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func readerAt(t *testing.T, s geo.Recorder, st geo.State) geo.Reader {
	t.Helper()
	r, err := s.At(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func recorded(t *testing.T, s geo.Recorder, q geo.RevisionQuery) []geo.Revision {
	t.Helper()
	var all []geo.Revision
	for r, err := range s.Revisions(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// kept is a state of the record with what was told in it.
type kept struct {
	geo.State
	told     string
	versions map[string]string
}

func keep(t *testing.T, s geo.Store) kept {
	t.Helper()
	return kept{stateOf(t, s, time.Time{}), told(t, s), versions(t, s)}
}

// testRecord changes the data step by step and asks afterwards what was told
// after each.
func testRecord(t *testing.T, s geo.Store) {
	changes := append([]geo.Change{awkward().ch}, steps()...)
	states := []kept{keep(t, s)}
	for _, ch := range changes {
		apply(t, s, ch)
		states = append(states, keep(t, s))
	}
	if states[0].Last != 0 {
		t.Errorf("there are %d revisions before the first change", states[0].Last)
	}
	revisions := recorded(t, s, geo.RevisionQuery{})
	for i := range states {
		t.Run(fmt.Sprint("state ", i), func(t *testing.T) { testState(t, s, &states[i], revisions) })
	}
	for i, later := range states[1:] {
		between(t, s, &states[i], &later)
	}
	Same(t, readerAt(t, s, stateOf(t, s, time.Time{})), s, 60, rand.Uint64())
	_, err := s.State(context.Background(), time.Now().Add(time.Hour))
	if geo.KindOf(err) != geo.Invalid {
		t.Errorf("a moment ahead: %v", err)
	}
	testRevisions(t, s, states, changes)
}

// testState holds a state that has passed against what was told in it, and
// against the revisions up to it.
func testState(t *testing.T, s geo.Store, was *kept, revisions []geo.Revision) {
	again := stateOf(t, s, was.Moment)
	if again.Last != was.Last {
		t.Errorf("the state of %s is %d, and was %d", was.Moment, again.Last, was.Last)
	}
	r := readerAt(t, s, again)
	if got := told(t, r); got != was.told {
		t.Errorf("it tells otherwise afterwards:\n%s", different(got, was.told))
	}
	upTo := slices.DeleteFunc(slices.Clone(revisions), func(r geo.Revision) bool { return r.Number > was.Last })
	replayed := plainState{atlas: geo.Border(), ds: Replay(geo.Border(), upTo)}
	if got := told(t, replayed); got != was.told {
		t.Errorf("replayed it tells otherwise:\n%s", different(got, was.told))
	}
	Same(t, r, replayed, 30, rand.Uint64())
	if v := versions(t, r); !reflect.DeepEqual(v, versions(t, readerAt(t, s, was.State))) {
		t.Errorf("one state has two versions: %v", v)
	}
	if err := r.Ready(context.Background()); err != nil {
		t.Errorf("ready: %v", err)
	}
}

// between asks for a moment between two states: the change between them is in it
// whole or not at all, and where it is not the same as before, the versions tell.
func between(t *testing.T, s geo.Store, before, after *kept) {
	t.Helper()
	st := stateOf(t, s, before.Moment.Add(after.Moment.Sub(before.Moment)/2))
	if st.Last != before.Last && st.Last != after.Last {
		t.Errorf("%s ends with %d, half way from %d to %d", st.Moment, st.Last, before.Last, after.Last)
	}
	a, b := versions(t, readerAt(t, s, before.State)), versions(t, readerAt(t, s, after.State))
	for _, c := range geo.Border().Collections {
		if a[c.ID] == b[c.ID] && before.versions[c.ID] != after.versions[c.ID] {
			t.Errorf("%s has one version before and after what was recorded at most at %s", c.ID, after.Moment)
		}
	}
}

// different shows the first lines that differ.
func different(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// testOneMoment changes two collections together while states are taken: no
// state has one change without the other.
func testOneMoment(t *testing.T, s geo.Store) {
	w := &world{atlas: geo.Border()}
	name := func(r geo.Reader, collection, id string) string {
		d, err := r.Detail(context.Background(), w.collection(collection), id, today())
		if err != nil {
			return err.Error()
		}
		text, _ := d.Values[0].(string)
		return text
	}
	const rounds = 12
	done := make(chan error, 1)
	go func() {
		var err error
		for i := range rounds {
			next := &world{atlas: w.atlas, ch: geo.Change{Actor: "storetest"}}
			next.put("crossings", "a1", nil, geo.Lifetime{}, props{"name_en": fmt.Sprint("round ", i)})
			next.put("incidents", "i1", nil, geo.Lifetime{}, props{"title": fmt.Sprint("round ", i)})
			next.ch.Features[0].Expect, next.ch.Features[1].Expect = int64(1+i), int64(1+i)
			err = errors.Join(err, s.Apply(context.Background(), next.ch))
		}
		done <- err
	}()
	var states []geo.State
	var seen []string
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		st := stateOf(t, s, time.Time{})
		r := readerAt(t, s, st)
		a, b := name(r, "crossings", "a1"), name(r, "incidents", "i1")
		if strings.HasPrefix(a, "round") != strings.HasPrefix(b, "round") || strings.HasPrefix(a, "round") && a != b {
			t.Errorf("at %s one is %q and the other %q", st.Moment, a, b)
		}
		states, seen = append(states, st), append(seen, a)
	}
	for i, st := range states {
		if got := name(readerAt(t, s, stateOf(t, s, st.Moment)), "crossings", "a1"); got != seen[i] {
			t.Errorf("%s was %q and is %q", st.Moment, seen[i], got)
		}
		if i > 40 {
			break
		}
	}
}
