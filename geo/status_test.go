package geo_test

import (
	"testing"

	"oxus/geo"
)

// period makes a period the way the seed files write one.
func period(t testing.TB, kind geo.PeriodKind, status, from, to string, basis geo.EndBasis) geo.Period {
	return geo.Period{
		ID: status + "." + from, Collection: "crossings", Scope: geo.OfFeature, Owner: "x",
		Kind: kind, Status: status, From: partial(t, from), To: partial(t, to), Basis: basis,
	}
}

func TestStandingOn(t *testing.T) {
	project := period(t, geo.Phase, "planned", "2006-10-28", "", geo.Ongoing)
	project.Scope = geo.OfProject
	islamQala := period(t, geo.Phase, "open", "2021-07-12", "2021-08", geo.LastDocumented)
	islamQala.From.Precision = geo.Month
	periods := []geo.Period{
		period(t, geo.Phase, "open", "2010-01-01", "2012-01-01", geo.Ended),
		period(t, geo.Phase, "closed", "2012-01-01", "2012-06-30", geo.LastDocumented),
		period(t, geo.Phase, "open", "2013-05", "2013-05", geo.Ended),
		period(t, geo.Phase, "restricted", "2020-02-29", "", geo.Ongoing),
		period(t, geo.Disruption, "closed", "2011-03-01", "2011-03-08", geo.Ended),
		period(t, geo.Disruption, "suspended", "2011-03-05", "2011-03-06", geo.LastDocumented),
		period(t, geo.Disruption, "closed", "2021-02", "", geo.UnknownEnd),
		period(t, geo.Disruption, "suspended", "2022", "", geo.UnknownEnd),
		period(t, geo.Milestone, "closed", "2023-01-01", "2023-01-01", geo.Ended),
	}
	for _, tc := range []struct{ day, want string }{
		{"2009-12-31", geo.UnknownStatus},
		{"2010-01-01", "open"},
		{"2011-12-31", "open"},
		{"2012-01-01", "closed"},          // an end is the first day of what came next
		{"2012-06-30", "closed"},          // the last documented day belongs to the period
		{"2012-07-01", geo.UnknownStatus}, // and what came after is not known
		{"2013-05-01", "open"},            // start and end agree: that one day
		{"2013-05-02", geo.UnknownStatus}, //
		{"2011-02-28", "open"},            // before the disruption
		{"2011-03-01", "closed"},          // a disruption wins over the phase
		{"2011-03-05", "suspended"},       // the later of two disruptions wins
		{"2011-03-07", "closed"},          //
		{"2011-03-08", "open"},            //
		{"2021-01-31", "restricted"},      //
		{"2021-02-28", "closed"},          // unknown end: its month
		{"2021-03-01", "restricted"},      //
		{"2022-12-31", "suspended"},       // unknown end: its year
		{"2023-01-01", "restricted"},      // a milestone changes nothing
		{"2030-01-01", "restricted"},      // ongoing
	} {
		if got := geo.StandingOn(date(t, tc.day), periods).Status; got != tc.want {
			t.Errorf("%s: %s, want %s", tc.day, got, tc.want)
		}
	}
	if got := geo.StandingOn(date(t, "2012-07-01"), append(periods, project)); got.Status != "planned" || got.Period.Scope != geo.OfProject {
		t.Errorf("in a gap the project speaks, got %+v", got)
	}
	if got := geo.StandingOn(date(t, "2010-01-01"), append(periods, project)).Status; got != "open" {
		t.Errorf("the project speaks over the feature's own phase: %s", got)
	}
	if d := islamQala.During(); d.From != date(t, "2021-07-12") || d.To != date(t, "2021-08-01") {
		t.Errorf("a padded date counts as the day it is written with, got %s", d)
	}
}

func TestOverlappingPhases(t *testing.T) {
	first := period(t, geo.Phase, "open", "2010-01-01", "2012-01-01", geo.Ended)
	next := period(t, geo.Phase, "closed", "2012-01-01", "", geo.Ongoing)
	within := period(t, geo.Disruption, "closed", "2011-01-01", "2011-02-01", geo.Ended)
	if a, b, overlap := geo.OverlappingPhases([]geo.Period{next, within, first}); overlap {
		t.Errorf("%s and %s are said to overlap", a.ID, b.ID)
	}
	next.From = partial(t, "2011-12-31")
	if _, b, overlap := geo.OverlappingPhases([]geo.Period{next, within, first}); !overlap || b.ID != next.ID {
		t.Error("phases that share a day are not seen")
	}
}
