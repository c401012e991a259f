package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// written are the revisions that each of steps leaves.
var written = []string{
	"feature:crossings/a1 changed",
	"source:sources/one changed status:crossings/p2 changed status:crossings/p3 changed",
	"feature:crossings/new added feature:incidents/new added status:casa-1000/c9 added",
	"feature:crossings/a1 removed feature:crossings/new removed status:casa-1000/c9 removed",
	"feature:crossings/new added status:crossings/n1 added",
}

// testRevisions asks for the revisions that the steps have left. states has the
// one before the first change and the one after each.
func testRevisions(t *testing.T, s geo.Recorder, states []kept, changes []geo.Change) {
	all := recorded(t, s, geo.RevisionQuery{})
	if !slices.IsSortedFunc(all, func(a, b geo.Revision) int { return int(a.Number - b.Number) }) {
		t.Error("the revisions are not in order")
	}
	for i, want := range written {
		before, after := &states[i+1], &states[i+2]
		got := recorded(t, s, geo.RevisionQuery{Since: before.Moment, Until: after.Moment, After: before.Last})
		if summed(got) != want {
			t.Errorf("step %d recorded %s, want %s", i, summed(got), want)
		}
		for _, r := range got {
			if r.Actor != "storetest" || r.Note != changes[i+1].Note || r.Direct || !r.Recorded.Equal(got[0].Recorded) {
				t.Errorf("step %d: recorded by %q for %q, direct %t, at %s", i, r.Actor, r.Note, r.Direct, r.Recorded)
			}
		}
	}
	testRevisionQueries(t, s, states, all)
	testImages(t, all)
}

// summed tells what revisions are about, in order of the alphabet: the order
// within one change is a store's own.
func summed(revisions []geo.Revision) string {
	var parts []string
	for _, r := range revisions {
		what := "changed"
		switch {
		case !r.Before.Exists():
			what = "added"
		case !r.After.Exists():
			what = "removed"
		}
		parts = append(parts, fmt.Sprintf("%s:%s/%s %s", r.Kind, r.Collection, r.ID, what))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func testRevisionQueries(t *testing.T, s geo.Recorder, states []kept, all []geo.Revision) {
	filled := states[1]
	for name, tc := range map[string]struct {
		q    geo.RevisionQuery
		want string
	}{
		"a feature and its periods": {
			geo.RevisionQuery{Collections: []string{"crossings"}, Feature: "new"},
			"feature:crossings/new added feature:crossings/new added feature:crossings/new removed status:crossings/n1 added",
		},
		"a feature of any collection": {
			geo.RevisionQuery{Feature: "new", Until: states[4].Moment},
			"feature:crossings/new added feature:incidents/new added",
		},
		"a project": {
			geo.RevisionQuery{Collections: []string{"casa-1000"}, Feature: "south", Project: "CASA-1000", Since: filled.Moment, After: filled.Last},
			"status:casa-1000/c9 added status:casa-1000/c9 removed",
		},
		"a feature without its project": {geo.RevisionQuery{Collections: []string{"casa-1000"}, Feature: "south"}, "feature:casa-1000/south added"},
		"a project is no feature":       {geo.RevisionQuery{Collections: []string{"casa-1000"}, Feature: "CASA-1000"}, ""},
		"the sources":                   {geo.RevisionQuery{Collections: []string{geo.SourcesID}, After: filled.Last}, "source:sources/one changed"},
		"two collections": {
			geo.RevisionQuery{Collections: []string{geo.SourcesID, "incidents"}, After: filled.Last},
			"feature:incidents/new added source:sources/one changed",
		},
		"a collection that is none": {geo.RevisionQuery{Collections: []string{"elsewhere"}}, ""},
		"an id with a quote":        {geo.RevisionQuery{Feature: "n'ew\x00"}, ""},
		"before the first":          {geo.RevisionQuery{Until: states[0].Moment}, ""},
		"after the last":            {geo.RevisionQuery{After: all[len(all)-1].Number}, ""},
	} {
		if got := summed(recorded(t, s, tc.q)); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	page := recorded(t, s, geo.RevisionQuery{After: all[2].Number, Limit: 4})
	if len(page) != 4 || page[0].Number != all[3].Number {
		t.Errorf("a page of 4 after the third has %d", len(page))
	}
	newest := recorded(t, s, geo.RevisionQuery{Newest: true})
	slices.Reverse(newest)
	if len(newest) != len(all) || newest[0].Number != all[0].Number {
		t.Errorf("newest first there are %d revisions, else %d", len(newest), len(all))
	}
	page = recorded(t, s, geo.RevisionQuery{Newest: true, After: all[2].Number, Limit: 1})
	if len(page) != 1 || page[0].Number != all[1].Number {
		t.Errorf("before the third comes %+v", page)
	}
	one := all[len(all)-1].Recorded
	if got := recorded(t, s, geo.RevisionQuery{Since: one, Until: one}); len(got) == 0 || got[len(got)-1].Number != all[len(all)-1].Number {
		t.Errorf("the ends of a span are not in it: %s", summed(got))
	}
}

// testImages looks at rows before and after to the last value.
func testImages(t *testing.T, all []geo.Revision) {
	find := func(kind geo.RowKind, id, note string) geo.Revision {
		i := slices.IndexFunc(all, func(r geo.Revision) bool { return r.Kind == kind && r.ID == id && r.Note == note })
		if i < 0 {
			t.Fatalf("%s %s is not recorded for %q", kind, id, note)
		}
		return all[i]
	}
	for _, put := range awkward().ch.Features {
		r := find(geo.FeatureRow, put.Feature.ID, "awkward data")
		if got := r.After.Feature; r.Before.Exists() || got == nil || !got.SameContent(&put.Feature) || got.Revision != 1 {
			t.Errorf("%s is recorded as %+v", put.Feature.ID, got)
		}
	}
	moved := find(geo.FeatureRow, "a1", "move")
	want := steps()[0].Features[0].Feature
	if !moved.After.Feature.SameContent(&want) || !orb.Equal(moved.After.Feature.Geometry, want.Geometry) ||
		moved.Before.Feature.Geometry != nil || moved.Before.Feature.Revision != 1 || moved.After.Feature.Revision != 2 {
		t.Errorf("the move is recorded as %+v, %+v", moved.Before.Feature, moved.After.Feature)
	}
	p2 := find(geo.StatusRow, "p2", "correct a period and a source")
	if p2.Before.Period.To != date("2020-03-01") || p2.After.Period.To != date("2020-04-01") || p2.After.Period.Summary != "about p2" {
		t.Errorf("the period is recorded as %+v, %+v", p2.Before.Period, p2.After.Period)
	}
	one := find(geo.SourceRow, "one", "correct a period and a source")
	if *one.Before.Source != awkward().ch.Sources[1] || one.After.Source.Title != "corrected" {
		t.Errorf("the source is recorded as %+v, %+v", one.Before.Source, one.After.Source)
	}
}
