package geo_test

import (
	"testing"

	"oxus/geo"
)

// The map page has the same rule (frontend/src/time/confirmed.ts) and the same
// cases.
func TestConfirmed(t *testing.T) {
	published := map[string]string{"s1": "2016", "s2": "", "s3": "2018-05"}
	for _, tc := range []struct {
		name    string
		basis   geo.EndBasis
		sources []string
		on      string
		want    string
		years   int
	}{
		{"by the newest dated source", geo.Ongoing, []string{"s1", "s2"}, "2026-11-20", "2016", 9},
		{"counted from the last day it can mean", geo.Ongoing, []string{"s1"}, "2026-12-31", "2016", 10},
		{"whatever the order of the sources", geo.Ongoing, []string{"s3", "s1"}, "2026-11-20", "2018-05", 8},
		{"on its first day where no source is dated", geo.Ongoing, []string{"s2", "nowhere"}, "2026-03-30", "2015-03", 10},
		{"on its first day in full years", geo.Ongoing, []string{"s2"}, "2026-03-31", "2015-03", 11},
		{"later than the day", geo.Ongoing, []string{"s1"}, "2015-06-01", "2016", 0},
		{"documented up to a day", geo.LastDocumented, []string{"s1"}, "2026-11-20", "", 0},
		{"with a known end", geo.Ended, []string{"s1"}, "2026-11-20", "", 0},
		{"certain for its own time only", geo.UnknownEnd, []string{"s1"}, "2026-11-20", "", 0},
	} {
		p := period(t, geo.Phase, "open", "2015-03", "", tc.basis)
		p.Sources = tc.sources
		got := p.Confirmed(func(id string) geo.PartialDate {
			if published[id] == "" {
				return geo.PartialDate{}
			}
			on, err := geo.ParsePartialDate(published[id])
			if err != nil {
				t.Fatal(err)
			}
			return on
		})
		if got.String() != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if got.Known() && geo.FullYears(got.Last(), date(t, tc.on)) != tc.years {
			t.Errorf("%s: %d years, want %d", tc.name, geo.FullYears(got.Last(), date(t, tc.on)), tc.years)
		}
	}
}

func TestFullYears(t *testing.T) {
	for _, tc := range []struct {
		from, to string
		want     int
	}{
		{"2020-05-10", "2022-05-09", 1},
		{"2020-05-10", "2022-05-10", 2},
		{"2020-05-10", "2020-05-10", 0},
		{"2022-05-10", "2020-01-01", 0},
		{"2020-02-29", "2021-02-27", 0},
		{"2020-02-29", "2021-02-28", 1},
		{"2020-02-29", "2024-02-28", 3},
		{"2020-02-29", "2024-02-29", 4},
		{"2019-12-31", "2020-12-30", 0},
		{"2019-12-31", "2020-12-31", 1},
	} {
		if got := geo.FullYears(date(t, tc.from), date(t, tc.to)); got != tc.want {
			t.Errorf("%s to %s: %d, want %d", tc.from, tc.to, got, tc.want)
		}
	}
}
