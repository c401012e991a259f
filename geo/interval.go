package geo

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Interval is a span of days, both ends included. DistantPast and
// DistantFuture leave an end open.
type Interval struct {
	From, To Date
}

// Always is the interval without bounds.
var Always = Interval{DistantPast, DistantFuture}

// Contains reports whether d lies in the interval.
func (i Interval) Contains(d Date) bool { return i.From <= d && d <= i.To }

// Intersects reports whether the two intervals share a day.
func (i Interval) Intersects(o Interval) bool { return i.From <= o.To && o.From <= i.To }

// String writes the interval as the datetime parameter would: one date when
// both ends agree, else "from/to" with ".." for an open end.
func (i Interval) String() string {
	if i.From == i.To {
		return i.From.String()
	}
	return i.From.String() + "/" + i.To.String()
}

// AsOf returns the day whose status an answer about this interval carries: its
// end, or today where the interval's end is open or lies ahead. A single day is
// answered as that day, also when it lies ahead.
func (i Interval) AsOf(today Date) Date {
	if i.From != i.To && i.To > today {
		return max(today, i.From)
	}
	return i.To
}

// ParseInterval reads the datetime parameter of OGC API – Features (17-069r4,
// 7.15.4): an RFC 3339 instant or date, or two of them separated by "/", where
// ".." or nothing leaves an end open. An instant means the UTC day it lies in.
func ParseInterval(s string) (Interval, error) {
	from, to, isInterval := strings.Cut(s, "/")
	if !isInterval {
		d, err := parseInstant(s)
		return Interval{d, d}, err
	}
	if isOpen(from) && isOpen(to) {
		return Interval{}, errors.New("an interval needs at least one date")
	}
	i := Always
	var errFrom, errTo error
	if !isOpen(from) {
		i.From, errFrom = parseInstant(from)
	}
	if !isOpen(to) {
		i.To, errTo = parseInstant(to)
	}
	if err := errors.Join(errFrom, errTo); err != nil {
		return Interval{}, err
	}
	if i.From > i.To {
		return Interval{}, fmt.Errorf("the interval ends (%s) before it starts (%s)", i.To, i.From)
	}
	return i, nil
}

func isOpen(s string) bool { return s == "" || s == ".." }

func parseInstant(s string) (Date, error) {
	if len(s) == len("2006-01-02") {
		return ParseDate(s)
	}
	t, ok := parseRFC3339(s)
	if !ok {
		return 0, fmt.Errorf("%q is not a date (YYYY-MM-DD) or an RFC 3339 instant", s)
	}
	return DateOf(t), nil
}

// ParseDay reads a date, or the UTC day of an RFC 3339 instant.
func ParseDay(s string) (Date, error) { return parseInstant(s) }

// ParseMoments reads an RFC 3339 instant of the record clock, or a date, and
// returns its first and last moment: of a date, those of the whole UTC day.
func ParseMoments(s string) (first, last time.Time, err error) {
	if len(s) == len("2006-01-02") {
		d, err := ParseDate(s)
		return d.Time(), (d + 1).Time().Add(-time.Microsecond), err
	}
	first, err = ParseMoment(s)
	return first, first, err
}

// ParseMoment reads an RFC 3339 instant of the record clock.
func ParseMoment(s string) (time.Time, error) {
	t, ok := parseRFC3339(s)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is not an RFC 3339 instant, such as 2026-05-01T12:00:00Z", s)
	}
	if t.IsZero() { // which stands for no instant wherever there may be none
		return time.Time{}, fmt.Errorf("%q is the first instant that can be written, before every record", s)
	}
	return t, nil
}

// parseRFC3339 reads an instant of the years 1 to 9999 in UTC.
func parseRFC3339(s string) (t time.Time, ok bool) {
	// A plus sign that was not escaped in an address arrives as a space.
	s = strings.ReplaceAll(s, " ", "+")
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s)) // RFC 3339 admits t and z
	t = t.UTC()
	return t, err == nil && t.Year() >= 1 && t.Year() <= 9999
}
