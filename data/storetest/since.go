package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// testSince makes changes against a state that the record has moved on from: status
// periods and sources that were changed since are not written over.
func testSince(t *testing.T, s geo.Store) {
	since := latestOf(t, s)
	sinceThen(t, s)
	refuseSince(t, s, since)
	takeSince(t, s, since)
}

func latestOf(t *testing.T, s geo.Store) geo.State {
	t.Helper()
	st, err := s.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// aPeriod is a disruption of a crossing that breaks no rule, whatever else there is.
func aPeriod(id, cause string) geo.Period {
	w := &world{atlas: geo.Border()}
	w.period("crossings", "b", id, geo.Disruption, "restricted", "2018-01-01", "2018-01-02", geo.Ended)
	w.ch.Periods[0].Cause = cause
	return w.ch.Periods[0]
}

func aSource(id, title string) geo.Source { return geo.Source{ID: id, Publisher: "P", Title: title} }

// sinceThen is what somebody else changes, with the names of rows that were not.
func sinceThen(t *testing.T, s geo.Store) {
	t.Helper()
	w := &world{atlas: geo.Border(), ch: geo.Change{Actor: "somebody else"}}
	w.ch.Periods = []geo.Period{aPeriod("d2", "war"), aPeriod("new", "war")}
	w.ch.Sources = []geo.Source{aSource("one", "corrected"), aSource("Unused", "corrected"), aSource("d4", "named as a period")}
	w.ch.Removals = []geo.Removal{remove(geo.StatusRow, "crossings", "d3", 0)}
	w.put("crossings", "d4", orb.Point{1, 1}, geo.Lifetime{}, nil)
	w.period("power-facilities", "plant", "d4", geo.Disruption, "damaged", "2018-01-01", "2018-01-02", geo.Ended)
	apply(t, s, w.ch)
}

func refuseSince(t *testing.T, s geo.Store, since geo.State) {
	im := stagedImport(t, s, "since")
	applied := im
	applied.State = geo.Applied
	periods := func(list ...geo.Period) geo.Change { return geo.Change{Periods: list} }
	sources := func(list ...geo.Source) geo.Change { return geo.Change{Sources: list} }
	removals := func(list ...geo.Removal) geo.Change { return geo.Change{Removals: list} }
	good := geo.Change{Sources: []geo.Source{aSource("passenger", "T")}, Periods: []geo.Period{aPeriod("d1", "storm")}}
	before, tells, last := versions(t, s), told(t, s), newest(t, s).Number
	for name, tt := range map[string]struct {
		ch   geo.Change
		want []string
	}{
		"a period":              {periods(aPeriod("d2", "storm")), []string{"status/crossings/d2"}},
		"a period as it is":     {periods(aPeriod("d2", "war")), []string{"status/crossings/d2"}},
		"one that was added":    {periods(aPeriod("new", "storm")), []string{"status/crossings/new"}},
		"one that was removed":  {periods(aPeriod("d3", "storm")), []string{"status/crossings/d3"}},
		"its removal":           {removals(remove(geo.StatusRow, "crossings", "d2", 0)), []string{"status/crossings/d2"}},
		"a source":              {sources(aSource("one", "mine")), []string{"sources/one"}},
		"its removal too":       {removals(remove(geo.SourceRow, "", "Unused", 0)), []string{"sources/Unused"}},
		"some of many":          {periods(aPeriod("d1", "storm"), aPeriod("d2", "storm"), aPeriod("d5", "storm"), aPeriod("new", "storm")), []string{"status/crossings/d2", "status/crossings/new"}},
		"periods and a source":  {geo.Change{Sources: []geo.Source{aSource("one", "mine")}, Periods: []geo.Period{aPeriod("d2", "storm")}}, []string{"sources/one", "status/crossings/d2"}},
		"what a later part has": {geo.Change{Parts: sequence(nil, good, periods(aPeriod("d2", "storm")))}, []string{"status/crossings/d2"}},
	} {
		ch := tt.ch
		ch.Actor, ch.Since, ch.Imports = "storetest", &since, []geo.Import{applied}
		err := s.Apply(context.Background(), ch)
		var refused *geo.Error
		if !errors.As(err, &refused) || refused.Kind != geo.Conflict || !slices.Equal(changedIn(refused), tt.want) {
			t.Errorf("%s: %v, want a conflict about %q", name, err, tt.want)
		}
		if !reflect.DeepEqual(versions(t, s), before) || told(t, s) != tells || newest(t, s).Number != last {
			t.Fatalf("%s: something is left of it", name)
		}
		found(t, s, im)
	}
}

// changedIn are the rows that an error says were changed, in order.
func changedIn(e *geo.Error) (rows []string) {
	for _, f := range e.Faults {
		if f.Rule == geo.RuleChanged {
			rows = append(rows, f.Place.Feature)
		}
	}
	slices.Sort(rows)
	return rows
}

// takeSince makes changes that nothing stands against.
func takeSince(t *testing.T, s geo.Store, since geo.State) {
	t.Helper()
	w := &world{atlas: geo.Border(), ch: geo.Change{Actor: "storetest", Since: &since}}
	w.ch.Periods = []geo.Period{aPeriod("d4", "storm")} // rows of the name were changed, not this one
	w.ch.Sources = []geo.Source{aSource("two", "mine"), aSource("another", "mine")}
	w.ch.Parts = sequence(nil, geo.Change{Periods: []geo.Period{aPeriod("d5", "storm")}, Removals: []geo.Removal{remove(geo.StatusRow, "crossings", "d1", 0)}})
	apply(t, s, w.ch)
	late := geo.Change{Actor: "storetest", Periods: []geo.Period{aPeriod("d2", "storm")}, Sources: []geo.Source{aSource("one", "mine")}}
	apply(t, s, late) // which asks nothing
	now := latestOf(t, s)
	late.Since, late.Periods[0].Cause, late.Sources[0].Title = &now, "flood", "mine too"
	apply(t, s, late)
	beginning := geo.Beginning()
	late.Since = &beginning
	expectKind(t, "against the state before the first change", s.Apply(context.Background(), late), geo.Conflict)
}
