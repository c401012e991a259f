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
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s)) // RFC 3339 admits t and z
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return 0, fmt.Errorf("%q is not a date (YYYY-MM-DD) or an RFC 3339 instant", s)
	}
	return DateOf(t.UTC()), nil
}
