package cql2

import (
	"fmt"
	"regexp"
	"time"
)

var (
	dayForm     = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	instantForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$`)
)

const microsPerDay = 24 * 60 * 60 * 1_000_000

// temporalLiteral reads the text of a date or a timestamp.
func temporalLiteral(name, written string) (any, error) {
	if name == "date" {
		return parseDay(written)
	}
	return parseInstant(written)
}

// parseDay reads YYYY-MM-DD.
func parseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || !dayForm.MatchString(s) || t.Year() == 0 {
		return 0, fmt.Errorf("%q is not a date (YYYY-MM-DD)", clip(s))
	}
	return Day(t.Unix() / (24 * 60 * 60)).floor(t), nil
}

// floor rounds days before 1970 down.
func (d Day) floor(t time.Time) Day {
	if t.Unix() < int64(d)*24*60*60 {
		return d - 1
	}
	return d
}

// parseInstant reads an RFC 3339 instant in UTC, as CQL2 wants it.
func parseInstant(s string) (Instant, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !instantForm.MatchString(s) || t.Year() == 0 {
		return 0, fmt.Errorf("%q is not an instant in UTC (YYYY-MM-DDThh:mm:ssZ)", clip(s))
	}
	return Instant(t.UnixMicro()), nil
}

// Time returns midnight UTC at the start of the day.
func (d Day) Time() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

// Time returns the instant.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

func (d Day) String() string { return d.Time().Format(time.DateOnly) }

func (i Instant) String() string { return i.Time().Format("2006-01-02T15:04:05.999999Z") }
