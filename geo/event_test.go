package geo_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"oxus/geo"
)

// crossing is a feature with a lifetime ("" for unknown ends) and a history.
func crossing(t *testing.T, from, to string, periods ...geo.Period) (*geo.Collection, *geo.Item) {
	t.Helper()
	c, err := geo.Border().Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	f := &geo.Feature{ID: "x", Values: make([]geo.Value, len(c.Properties)), Lifetime: geo.Lifetime{From: partial(t, from), To: partial(t, to)}}
	slices.SortFunc(periods, geo.ComparePeriods)
	return c, &geo.Item{Feature: f, History: periods}
}

func interval(t *testing.T, s string) geo.Interval {
	t.Helper()
	i, err := geo.ParseInterval(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestEvents(t *testing.T) {
	today := date(t, "2026-11-23")
	open, closed := period(t, geo.Phase, "open", "2010-01-01", "2012-03-01", geo.Ended), period(t, geo.Phase, "closed", "2012-03-01", "", geo.Ongoing)
	flood := period(t, geo.Disruption, "suspended", "2015-02", "", geo.UnknownEnd)
	documented := period(t, geo.Phase, "open", "2010-01-01", "2010-06-30", geo.LastDocumented)
	for _, tc := range []struct {
		name, from, to string
		periods        []geo.Period
		in             string
		want           []string
	}{
		{"nothing known", "", "", nil, "../2030-01-01", nil},
		{"first and last day", "2001-05-02", "2011", nil, "../2030-01-01", []string{"2001-05-02 day appeared →unknown", "2011-12-31 year disappeared unknown→"}},
		{"both ends of the interval count", "2001-05-02", "2011-02-01", nil, "2001-05-02/2011-02-01", []string{"2001-05-02 day appeared →unknown", "2011-02-01 day disappeared unknown→"}},
		{"a day beside them", "2001-05-02", "2011-02-01", nil, "2001-05-03/2011-01-31", nil},
		{"an event of one day", "2021-08-14", "2021-08-14", nil, "2021-08-14", []string{"2021-08-14 day appeared →unknown"}},
		{"phases that touch", "", "", []geo.Period{open, closed}, "../2030-01-01", []string{"2010-01-01 day unknown→open", "2012-03-01 day open→closed"}},
		{"only the turn asked for", "", "", []geo.Period{open, closed}, "2012-03-01", []string{"2012-03-01 day open→closed"}},
		{"the day before", "", "", []geo.Period{open, closed}, "2012-02-29", nil},
		{"into a disruption and out of it", "", "", []geo.Period{closed, flood}, "2015-01-01/..", []string{"2015-02-01 month closed→suspended", "2015-03-01 day suspended→closed"}},
		{"what is documented no longer", "", "", []geo.Period{documented}, "2010-06-01/..", []string{"2010-07-01 day open→unknown"}},
		{"before there is a feature", "2011", "", []geo.Period{open, closed}, "../2030-01-01", []string{"2011-01-01 year appeared →open", "2012-03-01 day open→closed"}},
		{"appearing with a status of its own", "2012-03-01", "", []geo.Period{open, closed}, "../2030-01-01", []string{"2012-03-01 day appeared →closed"}},
		{"not yet", "", "", []geo.Period{period(t, geo.Phase, "open", "2030-01-01", "", geo.Ongoing)}, "2026-01-01/..", nil},
	} {
		c, it := crossing(t, tc.from, tc.to, tc.periods...)
		var got []string
		for _, e := range c.Events(it, interval(t, tc.in), today) {
			text := e.From + "→" + e.To
			if e.Kind != geo.StatusChanged {
				text = string(e.Kind) + " " + text
			}
			got = append(got, fmt.Sprintf("%s %s %s", e.Day, e.Precision, text))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestTally(t *testing.T) {
	today := date(t, "2020-12-31")
	open, closed := period(t, geo.Phase, "open", "2020-01-11", "2020-02-01", geo.Ended), period(t, geo.Phase, "closed", "2020-02-01", "2020-03-01", geo.LastDocumented)
	flood := period(t, geo.Disruption, "suspended", "2020-01-20", "2020-01-25", geo.Ended)
	for _, tc := range []struct {
		name, from, to string
		periods        []geo.Period
		in, want       string
	}{
		{"nothing known", "", "", nil, "../2020-12-31", "0 days map[] 0 closures 0 closed longest 0"},
		{"a window without anything known", "", "", nil, "2020-01-01/2020-01-31", "31 days map[unknown:31] 0 closures 0 closed longest 0"},
		{"from the first known day to today", "", "", []geo.Period{open, closed}, "../..", "356 days map[closed:30 open:21 unknown:305] 1 closures 30 closed longest 30"},
		{"days before anything is known", "", "", []geo.Period{open}, "2020-01-01/2020-01-31", "31 days map[open:21 unknown:10] 0 closures 0 closed longest 0"},
		{"two closures", "", "", []geo.Period{open, closed, flood}, "2020-01-11/2020-03-01", "51 days map[closed:30 open:16 suspended:5] 2 closures 35 closed longest 30"},
		{"cut at both ends", "", "", []geo.Period{open, closed, flood}, "2020-01-22/2020-02-10", "20 days map[closed:10 open:7 suspended:3] 2 closures 13 closed longest 10"},
		{"closures that touch are one", "", "", []geo.Period{closed, period(t, geo.Disruption, "suspended", "2020-01-25", "2020-02-01", geo.Ended)}, "2020-01-20/2020-02-10", "22 days map[closed:10 suspended:7 unknown:5] 1 closures 17 closed longest 17"},
		{"only while there is a feature", "2020-02-10", "2020-02-19", []geo.Period{open, closed}, "2020-01-01/2020-12-31", "10 days map[closed:10] 1 closures 10 closed longest 10"},
		{"what lies ahead", "", "", []geo.Period{open}, "2020-12-30/2021-12-31", "2 days map[unknown:2] 0 closures 0 closed longest 0"},
	} {
		in := geo.Always
		if tc.in != "../.." {
			in = interval(t, tc.in)
		}
		c, it := crossing(t, tc.from, tc.to, tc.periods...)
		y := c.Tally(it, in, today)
		got := fmt.Sprintf("%d days %v %d closures %d closed longest %d", y.Over.Days(), y.ByStatus, y.Closures, y.Closed, y.Longest.Days())
		if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// For random histories: a tally is what counting day by day gives, and the
// events lead from each day's status to the next.
func TestTalliesAndEventsAreThoseOfEveryDay(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	statuses := []string{"open", "closed", "suspended", "planned"}
	const today = 250
	for range 300 {
		var periods []geo.Period
		for n := range random.IntN(6) {
			from := geo.Date(random.IntN(250))
			periods = append(periods, geo.Period{
				ID: fmt.Sprint(n), Kind: []geo.PeriodKind{geo.Phase, geo.Disruption}[random.IntN(2)], Status: statuses[random.IntN(4)], Scope: geo.OfFeature,
				From: geo.On(from), To: geo.On(from + geo.Date(random.IntN(80))), Basis: []geo.EndBasis{geo.Ended, geo.LastDocumented}[random.IntN(2)],
			})
		}
		c, it := crossing(t, "", "", periods...)
		in := geo.Interval{From: geo.Date(random.IntN(150)), To: geo.Date(150 + random.IntN(150))}
		status := func(d geo.Date) string { return geo.StandingOn(d, it.History).Status }
		days, closures, closed, before := map[string]int{}, 0, 0, "open"
		for d := in.From; d <= min(in.To, today); d++ {
			now := status(d)
			days[now]++
			if slices.Contains(c.Closed, now) {
				closed++
				if !slices.Contains(c.Closed, before) {
					closures++
				}
			}
			before = now
		}
		if y := c.Tally(it, in, today); !maps.Equal(y.ByStatus, days) || y.Closures != closures || y.Closed != closed || y.Longest.Days() > closed || closures == 1 && y.Longest.Days() != closed {
			t.Fatalf("%+v: %+v, want %v, %d closures of %d days", in, y, days, closures, closed)
		}
		at := status(in.From - 1)
		events := c.Events(it, in, today)
		for d := in.From; d <= min(in.To, today); d++ {
			if len(events) > 0 && events[0].Day == d {
				if events[0].From != at {
					t.Fatalf("%s: the event leads from %s, want %s", d, events[0].From, at)
				}
				at, events = events[0].To, events[1:]
			}
			if at != status(d) {
				t.Fatalf("%s: the events lead to %s, want %s", d, at, status(d))
			}
		}
		if len(events) > 0 {
			t.Fatalf("events beside the days: %+v", events)
		}
	}
}
