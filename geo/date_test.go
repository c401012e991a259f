package geo_test

import (
	"testing"
	"time"

	"oxus/geo"
)

func date(t testing.TB, s string) geo.Date {
	t.Helper()
	d, err := geo.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func partial(t testing.TB, s string) geo.PartialDate {
	t.Helper()
	p, err := geo.ParsePartialDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDatesRoundTrip(t *testing.T) {
	for _, s := range []string{"0001-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2026-11-23", "9999-12-31"} {
		if got := date(t, s).String(); got != s {
			t.Errorf("%s reads back as %s", s, got)
		}
	}
}

func TestDateOfIsTheDayInUTC(t *testing.T) {
	dushanbe := time.FixedZone("UTC+5", 5*60*60)
	if got := geo.DateOf(time.Date(2022, 5, 1, 3, 0, 0, 0, dushanbe)); got != date(t, "2022-04-30") {
		t.Errorf("got %s", got)
	}
	if got := geo.DateOf(time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC)); got != -1 {
		t.Errorf("the last hour before the epoch is day %d", got)
	}
}

func TestPartialDates(t *testing.T) {
	for _, tc := range []struct{ text, first, last string }{
		{"2024", "2024-01-01", "2024-12-31"},
		{"2024-02", "2024-02-01", "2024-02-29"},
		{"2023-02", "2023-02-01", "2023-02-28"},
		{"2024-12", "2024-12-01", "2024-12-31"},
		{"2024-02-29", "2024-02-29", "2024-02-29"},
	} {
		p := partial(t, tc.text)
		if p.First().String() != tc.first || p.Last().String() != tc.last || p.String() != tc.text {
			t.Errorf("%s runs from %s to %s and is written %s", tc.text, p.First(), p.Last(), p)
		}
	}
	if p := partial(t, ""); p.Known() || p.First() != geo.DistantPast || p.Last() != geo.DistantFuture {
		t.Errorf("an unknown date is %+v", p)
	}
	for _, bad := range []string{"0000", "0000-01-01", "2023-02-29", "2023-13", "2023-1-1", "20230101", "2023-00", "+023-01-01", "2023-01-01 ", "١٩٩٩"} {
		if p, err := geo.ParsePartialDate(bad); err == nil {
			t.Errorf("%q is read as %s", bad, p)
		}
	}
}

func TestIntervals(t *testing.T) {
	today := date(t, "2026-11-23")
	for _, tc := range []struct{ text, from, to, asOf string }{
		{"2022-05-01", "2022-05-01", "2022-05-01", "2022-05-01"},
		{"2022-05-01T23:59:59Z", "2022-05-01", "2022-05-01", "2022-05-01"},
		{"2022-05-01T01:00:00+05:00", "2022-04-30", "2022-04-30", "2022-04-30"},
		{"2022-05-01t23:59:59z", "2022-05-01", "2022-05-01", "2022-05-01"},
		{"2021-01-01/2021-12-31", "2021-01-01", "2021-12-31", "2021-12-31"},
		{"2021-01-01/..", "2021-01-01", "..", "2026-11-23"},
		{"2021-01-01/", "2021-01-01", "..", "2026-11-23"},
		{"../2021-01-01", "..", "2021-01-01", "2021-01-01"},
		{"/2021-01-01", "..", "2021-01-01", "2021-01-01"},
		{"2021-01-01/2030-01-01", "2021-01-01", "2030-01-01", "2026-11-23"},
		{"2030-01-01/2031-01-01", "2030-01-01", "2031-01-01", "2030-01-01"},
		{"2030-01-01", "2030-01-01", "2030-01-01", "2030-01-01"},
	} {
		i, err := geo.ParseInterval(tc.text)
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if i.From.String() != tc.from || i.To.String() != tc.to || i.AsOf(today).String() != tc.asOf {
			t.Errorf("%s is %s to %s as of %s", tc.text, i.From, i.To, i.AsOf(today))
		}
	}
	for _, bad := range []string{
		"", "/", "../..", "2021", "2021-01", "2021-12-31/2021-01-01", "2021-01-01/2021-12-31/2022-01-01",
		"2021-01-01T00:00:00", "yesterday", "0000-12-31T23:00:00Z", "9999-12-31T23:00:00-05:00", "2021-01-01/x", "'; drop table",
	} {
		if i, err := geo.ParseInterval(bad); err == nil {
			t.Errorf("%q is read as %s", bad, i)
		}
	}
}

func FuzzParseInterval(f *testing.F) {
	for _, s := range []string{"2022-05-01", "2021-01-01/..", "/2021-01-01", "2022-05-01T01:00:00+05:00/2023-01-01T00:00:00Z", "../.."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i, err := geo.ParseInterval(s)
		if err != nil {
			return
		}
		if again, err := geo.ParseInterval(i.String()); err != nil || again != i {
			t.Errorf("%q is %s, which reads back as %v, %v", s, i, again, err)
		}
	})
}
