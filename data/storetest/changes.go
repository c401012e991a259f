package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// refusal is a change that breaks one rule at one place.
type refusal struct {
	name   string
	rule   geo.Rule
	kind   geo.Kind
	change func(w *world)
}

// refusals each begin with a world that adds nothing but what the function puts
// in, to a store filled with the awkward data.
func refusals() []refusal {
	return append(featureRefusals(), periodRefusals()...)
}

func featureRefusals() []refusal {
	put := func(name string, rule geo.Rule, g orb.Geometry, l geo.Lifetime, p props) refusal {
		return refusal{name, rule, geo.Invalid, func(w *world) { w.put("crossings", "new", g, l, p) }}
	}
	none := geo.Lifetime{}
	return []refusal{
		put("a value that is required", geo.RuleRequired, nil, none, props{"name_en": nil}),
		put("a blank text", geo.RuleType, nil, none, props{"name_tg": ""}),
		put("a text of spaces", geo.RuleType, nil, none, props{"name_en": " \u00a0\u3000\n"}),
		put("a list with a text of spaces", geo.RuleType, nil, none, props{"alt_names": []string{"a", "\u00a0"}}),
		put("a number for a text", geo.RuleType, nil, none, props{"name_tg": 1.5}),
		put("an unknown code", geo.RuleCode, nil, none, props{"mode": []string{"road", "boat"}}),
		put("a number out of range", geo.RuleRange, nil, none, props{"built_year": int64(10000)}),
		put("a line for a point", geo.RuleGeometryType, orb.LineString{{1, 1}, {2, 2}}, none, nil),
		put("a place off the earth", geo.RuleCoordinates, orb.Point{180.5, 0}, none, nil),
		put("an end before the start", geo.RuleDateOrder, nil, life("2021-02", "2021-01"), nil),
		put("a reference to nothing", geo.RuleFeature, nil, none, props{"parent": "nobody"}),
		put("a parent of itself", geo.RuleSelf, nil, none, props{"parent": "new"}),
		{"an id that is none", geo.RuleID, geo.Invalid, func(w *world) { w.put("crossings", "no spaces", nil, none, nil) }},
		{"an id twice", geo.RuleDuplicateID, geo.Invalid, func(w *world) {
			w.put("crossings", "new", nil, none, nil)
			w.put("crossings", "new", nil, none, nil)
		}},
		{"a date that is none", geo.RuleType, geo.Invalid, func(w *world) {
			w.put("power-facilities", "new", nil, none, props{"commissioned": "2021-02-30"})
		}},
		{"a source that is not there", geo.RuleSource, geo.Invalid, func(w *world) {
			w.put("crossings", "new", nil, none, nil)
			w.ch.Features[0].Feature.Sources = []string{"one", "nowhere"}
		}},
		{"a source twice", geo.RuleSourceTwice, geo.Invalid, func(w *world) {
			w.put("crossings", "new", nil, geo.Lifetime{}, nil)
			w.ch.Features[0].Feature.Sources = []string{"one", "two", "one"}
		}},
		{"no source", geo.RuleNoSource, geo.Invalid, func(w *world) {
			w.put("crossings", "new", nil, none, nil)
			w.ch.Features[0].Feature.Sources = nil
		}},
		{"a feature that is there", geo.RuleChanged, geo.Conflict, func(w *world) { w.put("crossings", "b", nil, none, nil) }},
		{"a revision that is not the last", geo.RuleChanged, geo.Conflict, func(w *world) {
			w.put("crossings", "b", nil, none, nil)
			w.ch.Features[0].Expect = 2
		}},
		{"a feature to replace that is not there", geo.RuleChanged, geo.Conflict, func(w *world) {
			w.put("crossings", "new", nil, none, nil)
			w.ch.Features[0].Expect = 1
		}},
		{"a source without a title", geo.RuleRequired, geo.Invalid, func(w *world) {
			w.ch.Sources = append(w.ch.Sources, geo.Source{ID: "new", Publisher: "P"})
		}},
		{"a source with a script for an address", geo.RuleType, geo.Invalid, func(w *world) {
			w.ch.Sources = append(w.ch.Sources, geo.Source{ID: "new", Publisher: "P", Title: "T", URL: "javascript:alert(1)"})
		}},
		{"a source with a title of spaces", geo.RuleRequired, geo.Invalid, func(w *world) {
			w.ch.Sources = append(w.ch.Sources, geo.Source{ID: "new", Publisher: "P", Title: "\t\u00a0"})
		}},
	}
}

func periodRefusals() []refusal {
	add := func(name string, rule geo.Rule, kind geo.PeriodKind, status, from, to string, basis geo.EndBasis) refusal {
		return refusal{name, rule, geo.Invalid, func(w *world) { w.period("crossings", "b", "new", kind, status, from, to, basis) }}
	}
	const phase, disruption = geo.Phase, geo.Disruption
	return []refusal{
		add("an unknown status", geo.RuleCode, disruption, "ajar", "2023-01-01", "", geo.Ongoing),
		add("an unknown kind", geo.RuleCode, "spell", "open", "2023-01-01", "", geo.Ongoing),
		add("an unknown end basis", geo.RuleCode, disruption, "open", "2023-01-01", "", "maybe"),
		add("no first date", geo.RuleDateMissing, disruption, "open", "", "", geo.Ongoing),
		add("ended without a date", geo.RuleEndBasis, disruption, "open", "2023-01-01", "", geo.Ended),
		add("ongoing with a date", geo.RuleEndBasis, disruption, "open", "2023-01-01", "2023-02-01", geo.Ongoing),
		add("a phase with an unknown end", geo.RuleEndBasis, phase, "open", "1990-01-01", "", geo.UnknownEnd),
		add("an end before its start", geo.RuleDateOrder, disruption, "open", "2023-01-02", "2023-01-01", geo.Ended),
		add("a phase inside a stored one", geo.RuleOverlap, phase, "closed", "2010-01-01", "2010-02-01", geo.Ended),
		add("a phase on the last documented day", geo.RuleOverlap, phase, "closed", "2020-12-31", "2021-01-05", geo.Ended),
		add("a phase into the ongoing one", geo.RuleOverlap, phase, "closed", "2021-02-01", "2021-06-01", geo.LastDocumented),
		{"two new phases on one day", geo.RuleOverlap, geo.Invalid, func(w *world) {
			w.period("crossings", "a1", "x1", phase, "open", "2020-01-01", "2020-01-01", geo.Ended)
			w.period("crossings", "a1", "x2", phase, "open", "2020-01-01", "2020-02-01", geo.Ended)
		}},
		{"two phases of a project", geo.RuleOverlap, geo.Invalid, func(w *world) {
			w.period("casa-1000", "CASA-1000", "new", phase, "planned", "2012-01-01", "2012-02-01", geo.Ended)
		}},
		{"a period of nobody", geo.RuleFeature, geo.Invalid, func(w *world) {
			w.period("crossings", "nobody", "new", phase, "open", "2020-01-01", "", geo.Ongoing)
		}},
		{"a period of a project nobody belongs to", geo.RuleFeature, geo.Invalid, func(w *world) {
			w.period("casa-1000", "CASA-1000", "new", disruption, "planned", "2012-01-01", "2012-02-01", geo.Ended)
			w.ch.Periods[0].Owner = "CASA-2000"
		}},
		{"a project in a collection without", geo.RuleFeature, geo.Invalid, func(w *world) {
			w.period("transmission-lines", "CASA-1000", "new", disruption, "planned", "2012-01-01", "2012-02-01", geo.Ended)
		}},
		{"a status where there is none", geo.RuleCollection, geo.Invalid, func(w *world) {
			w.period("incidents", "i1", "new", phase, "open", "2020-01-01", "", geo.Ongoing)
		}},
		{"a period that cites a source twice", geo.RuleSourceTwice, geo.Invalid, func(w *world) {
			w.period("crossings", "a1", "new", phase, "open", "2020-01-01", "", geo.Ongoing)
			w.ch.Periods[0].Sources = []string{"one", "one"}
		}},
		{"a period that cites nothing", geo.RuleNoSource, geo.Invalid, func(w *world) {
			w.period("crossings", "a1", "new", phase, "open", "2020-01-01", "", geo.Ongoing)
			w.ch.Periods[0].Sources = nil
		}},
	}
}

// testRefusals adds to each refused change a source and a feature that are in
// order, which must not get in either.
func testRefusals(t *testing.T, s geo.Store) {
	before := versions(t, s)
	for _, r := range refusals() {
		t.Run(r.name, func(t *testing.T) {
			ctx := context.Background()
			w := &world{atlas: geo.Border()}
			r.change(w)
			w.ch.Sources = append(w.ch.Sources, geo.Source{ID: "passenger", Publisher: "P", Title: "T"})
			w.put("crossings", "passenger", orb.Point{1, 1}, geo.Lifetime{}, nil)
			err := s.Apply(ctx, w.ch)
			var refused *geo.Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a refusal by %s", err, r.rule)
			}
			if !names(refused, r.rule) || refused.Kind != r.kind {
				t.Errorf("got %v (kind %d), want %s (kind %d)", err, refused.Kind, r.rule, r.kind)
			}
			if after := versions(t, s); !reflect.DeepEqual(after, before) {
				t.Error("what was refused has raised a version")
			}
			if _, err := s.Detail(ctx, w.collection("crossings"), "passenger", today()); geo.KindOf(err) != geo.NotFound {
				t.Errorf("a part of what was refused is there: %v", err)
			}
		})
	}
	testRoundTrip(t, s, awkward())
}

func names(e *geo.Error, rule geo.Rule) bool {
	for _, f := range e.Faults {
		if f.Rule == rule {
			return true
		}
	}
	return false
}

// testChanges makes changes one after the other and looks at what they leave.
func testChanges(t *testing.T, s geo.Store) {
	ctx, w := context.Background(), awkward()
	crossings := w.collection("crossings")
	before := versions(t, s)
	change := func(name string, changed []string, do func(w *world)) {
		t.Helper()
		next := &world{atlas: w.atlas, ch: geo.Change{Actor: "storetest", Note: name}}
		do(next)
		apply(t, s, next.ch)
		after := versions(t, s)
		for _, id := range changed {
			if after[id] == before[id] {
				t.Errorf("%s: the version of %s has not changed", name, id)
			}
		}
		if again := versions(t, s); !reflect.DeepEqual(again, after) {
			t.Errorf("%s: asking has changed a version", name)
		}
		before = after
	}
	change("replace a feature", []string{"crossings"}, func(w *world) {
		w.put("crossings", "a1", orb.Point{71, 37}, life("2001", ""), props{"name_en": "new", "mode": []string{"rail"}})
		w.ch.Features[0].Expect = 1
		w.ch.Features[0].Feature.Sources = []string{"two"}
	})
	d, err := s.Detail(ctx, crossings, "a1", today())
	if err != nil || d.Revision != 2 || !orb.Equal(d.Geometry, orb.Point{71, 37}) || d.Values[1] != nil || d.Sources[0].ID != "two" {
		t.Errorf("after replacing: %+v, %v", d, err)
	}
	unchanged(t, s, d)
	derived(t, s)
	change("take its place away", []string{"crossings"}, func(w *world) {
		w.put("crossings", "a1", nil, geo.Lifetime{}, nil)
		w.ch.Features[0].Expect = 2
	})
	if d, err = s.Detail(ctx, crossings, "a1", today()); err != nil || d.Revision != 3 || d.Geometry != nil {
		t.Errorf("after unplacing: %+v, %v", d, err)
	}
	change("move the day between two phases", []string{"crossings"}, func(w *world) {
		w.period("crossings", "b", "p2", geo.Phase, "open", "2001-05-01", "2020-04-01", geo.Ended)
		w.period("crossings", "b", "p3", geo.Phase, "closed", "2020-04-01", "2020-12-31", geo.LastDocumented)
	})
	if d, err = s.Detail(ctx, crossings, "b", day("2020-03-15")); err != nil || d.Standing.Status != "open" || d.Revision != 1 {
		t.Errorf("after moving: %+v, %v", d, err)
	}
	change("correct a source", []string{"crossings", "incidents"}, func(w *world) {
		w.ch.Sources = []geo.Source{{ID: "one", Publisher: "P", Title: "corrected"}}
	})
	if d, err = s.Detail(ctx, crossings, "b", today()); err != nil || d.Sources[0] != (geo.Source{ID: "one", Publisher: "P", Title: "corrected"}) {
		t.Errorf("after correcting: %+v, %v", d, err)
	}
	change("a whole at once: source, features that name each other, periods", []string{"bazaars", "crossings"}, func(w *world) {
		w.ch.Sources = []geo.Source{{ID: "three", Publisher: "P", Title: "T"}}
		w.put("bazaars", "market", nil, geo.Lifetime{}, props{"parent": "z1"})
		w.put("crossings", "z1", nil, geo.Lifetime{}, props{"parent": "z2"})
		w.put("crossings", "z2", nil, geo.Lifetime{}, props{"parent": "z1"})
		w.ch.Features[0].Feature.Sources = []string{"three"}
		w.period("bazaars", "market", "m", geo.Phase, "open", "2020-01-01", "", geo.Ongoing)
	})
	if d, err = s.Detail(ctx, w.collection("bazaars"), "market", today()); err != nil || d.Standing.Status != "open" || len(d.Sources) != 3 {
		t.Errorf("the whole: %+v, %v", d, err)
	}
	testStale(t, s)
}

// testStale lets two writers replace one feature; the second has read too early.
// derived finds the status periods of what is stored, and cannot write them.
func derived(t *testing.T, s geo.Store) {
	t.Helper()
	periods, err := geo.Border().Collection(geo.StatusPeriodsID)
	if err != nil {
		t.Fatal(err)
	}
	q := geo.Query{Collection: periods, Today: today(), Equals: is("feature", "south")}
	var got []string
	for it, err := range s.Items(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(it.ID, " ", it.Lifetime.From, " ", it.Lifetime.To))
	}
	want := []string{
		"casa-1000~c1~south 2010-01-01 2016-05-11", "casa-1000~c2~south 2016-05-12 ",
		"casa-1000~c3~south 2021-08-15 2024-01-31",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the status periods of a section are %q", got)
	}
	err = s.Apply(context.Background(), geo.Change{Actor: "storetest", Features: []geo.Put{{Collection: periods, Feature: geo.Feature{ID: "x"}}}})
	if geo.KindOf(err) != geo.Invalid {
		t.Errorf("writing a derived collection ends with %v", err)
	}
}

// unchanged puts a feature as it is: neither its revision nor a version moves.
func unchanged(t *testing.T, s geo.Store, d *geo.Detail) {
	t.Helper()
	before := versions(t, s)
	crossings, err := geo.Border().Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, geo.Change{Actor: "storetest", Features: []geo.Put{{Collection: crossings, Feature: *d.Feature, Expect: d.Revision}}})
	again, err := s.Detail(context.Background(), crossings, d.ID, today())
	if err != nil || again.Revision != d.Revision || !reflect.DeepEqual(versions(t, s), before) {
		t.Errorf("a put that changes nothing leaves revision %d, want %d, or moves a version (%v)", again.Revision, d.Revision, err)
	}
}

func testStale(t *testing.T, s geo.Store) {
	w := &world{atlas: geo.Border()}
	w.put("crossings", "a1", orb.Point{1, 1}, geo.Lifetime{}, nil)
	w.ch.Features[0].Expect = 3
	errs := make(chan error)
	for range 2 {
		go func() { errs <- s.Apply(context.Background(), w.ch) }()
	}
	a, b := <-errs, <-errs
	if (a == nil) == (b == nil) || geo.KindOf(errors.Join(a, b)) != geo.Conflict {
		t.Errorf("two writers: %v and %v", a, b)
	}
}
