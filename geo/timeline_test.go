package geo_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"oxus/geo"
)

func lines(line []geo.Stretch) []string {
	var texts []string
	for _, s := range line {
		texts = append(texts, fmt.Sprintf("%s %s %s", s.From, s.To, s.Status))
	}
	return texts
}

func TestTimeline(t *testing.T) {
	today := date(t, "2026-11-23")
	for _, tc := range []struct {
		name    string
		periods []geo.Period
		want    []string
	}{
		{"nothing documented", nil, nil},
		{"only a milestone", []geo.Period{period(t, geo.Milestone, "open", "2010-01-01", "2010-01-01", geo.Ended)}, nil},
		{"ongoing", []geo.Period{period(t, geo.Phase, "open", "2010-01-01", "", geo.Ongoing)}, []string{"2010-01-01 2026-11-23 open"}},
		{"not yet", []geo.Period{period(t, geo.Phase, "planned", "2030-01-01", "", geo.Ongoing)}, nil},
		{"one after the other", []geo.Period{
			period(t, geo.Phase, "open", "2010-01-01", "2012-01-01", geo.Ended),
			period(t, geo.Phase, "closed", "2012-01-01", "2026-11-23", geo.LastDocumented),
		}, []string{"2010-01-01 2011-12-31 open", "2012-01-01 2026-11-23 closed"}},
		{"a gap, and unknown at the end", []geo.Period{
			period(t, geo.Phase, "open", "2010-01-01", "2010-06-30", geo.LastDocumented),
			period(t, geo.Phase, "closed", "2011-01-01", "2011-02-01", geo.Ended),
		}, []string{"2010-01-01 2010-06-30 open", "2010-07-01 2010-12-31 unknown", "2011-01-01 2011-01-31 closed", "2011-02-01 2026-11-23 unknown"}},
		{"a disruption inside a phase", []geo.Period{
			period(t, geo.Phase, "operating", "2010-01-01", "", geo.Ongoing),
			period(t, geo.Disruption, "damaged", "2015-02", "", geo.UnknownEnd),
		}, []string{"2010-01-01 2015-01-31 operating", "2015-02-01 2015-02-28 damaged", "2015-03-01 2026-11-23 operating"}},
		{"a day of its own on a leap day", []geo.Period{
			period(t, geo.Phase, "open", "2020-02-29", "2020-02-29", geo.Ended),
		}, []string{"2020-02-29 2020-02-29 open", "2020-03-01 2026-11-23 unknown"}},
	} {
		if got := lines(geo.Timeline(tc.periods, today)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// For random histories: no overlaps, no holes, and every day has the status
// that StandingOn gives it.
func TestTimelineIsTheStatusOfEveryDay(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	kinds := []geo.PeriodKind{geo.Phase, geo.Disruption, geo.Milestone}
	bases := []geo.EndBasis{geo.Ended, geo.LastDocumented, geo.Ongoing, geo.UnknownEnd}
	for range 300 {
		var periods []geo.Period
		for n := range random.IntN(6) {
			from := geo.Date(random.IntN(400))
			p := geo.Period{
				ID: fmt.Sprint(n), Kind: kinds[random.IntN(3)], Status: fmt.Sprint("s", n), Basis: bases[random.IntN(4)],
				From: geo.PartialDate{Date: from, Precision: geo.Precision(1 + random.IntN(3))}, Scope: geo.OfFeature,
			}
			if p.Basis == geo.Ended || p.Basis == geo.LastDocumented {
				p.To = geo.On(from + geo.Date(random.IntN(100)))
			}
			periods = append(periods, p)
		}
		const today = 300
		line := geo.Timeline(periods, today)
		for i, s := range line {
			if i > 0 && line[i-1].To+1 != s.From || s.From > s.To || i == len(line)-1 && s.To != today {
				t.Fatalf("%q has holes or overlaps", lines(line))
			}
			for d := s.From; d <= s.To; d++ {
				if want := geo.StandingOn(d, periods); want != s.Standing {
					t.Fatalf("%s: %s, want %s", d, s.Status, want.Status)
				}
			}
		}
	}
}
