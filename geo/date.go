package geo

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Date is a day, counted from 1970-01-01 (day 0) in UTC. Comparing two dates
// is comparing two integers.
type Date int32

// DistantPast and DistantFuture stand for "no bound" on either side; they lie
// outside every date that can be written.
const (
	DistantPast   Date = math.MinInt32
	DistantFuture Date = math.MaxInt32
)

const secondsPerDay = 24 * 60 * 60

// DateOf returns the UTC day that t lies in.
func DateOf(t time.Time) Date {
	return Date(math.Floor(float64(t.Unix()) / secondsPerDay))
}

// NewDate returns the given day; month and day overflow as in time.Date.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// Time returns midnight UTC at the start of d.
func (d Date) Time() time.Time {
	return time.Unix(int64(d)*secondsPerDay, 0).UTC()
}

// Bounded reports whether d is a day and not one of the two open ends.
func (d Date) Bounded() bool {
	return d != DistantPast && d != DistantFuture
}

// String writes d as YYYY-MM-DD, and the open ends as "..".
func (d Date) String() string {
	if !d.Bounded() {
		return ".."
	}
	return string(d.Append(nil))
}

// Append appends YYYY-MM-DD to b.
func (d Date) Append(b []byte) []byte {
	year, month, day := d.Time().Date()
	return appendPadded(appendPadded(appendPadded(b, year, 4, '-'), int(month), 2, '-'), day, 2, 0)
}

func appendPadded(b []byte, n, width int, suffix byte) []byte {
	var digits [20]byte // on the stack: dates are written with every feature
	s := strconv.AppendInt(digits[:0], int64(n), 10)
	for range width - len(s) {
		b = append(b, '0')
	}
	b = append(b, s...)
	if suffix != 0 {
		b = append(b, suffix)
	}
	return b
}

// ParseDate reads YYYY-MM-DD. Years run from 0001 to 9999.
func ParseDate(s string) (Date, error) {
	p, err := ParsePartialDate(s)
	if err != nil || p.Precision != Day {
		return 0, fmt.Errorf("%q is not a date (YYYY-MM-DD)", s)
	}
	return p.Date, nil
}

// Precision says how much of a date a source gives.
type Precision uint8

// The precisions, finest last. None marks a date that is not known at all.
const (
	None Precision = iota
	Year
	Month
	Day
)

var precisionNames = [...]string{None: "", Year: "year", Month: "month", Day: "day"}

// String returns "year", "month", "day", or "" for None.
func (p Precision) String() string { return precisionNames[p] }

// ParsePrecision reads "year", "month" or "day"; "" is None.
func ParsePrecision(s string) (Precision, error) {
	for p, name := range precisionNames {
		if s == name {
			return Precision(p), nil
		}
	}
	return None, fmt.Errorf("%q is not a date precision (day, month, year)", s)
}

// PartialDate is a date with the precision its source gives. Date is the first
// day of the day, month or year meant. The zero value is an unknown date.
type PartialDate struct {
	Date      Date
	Precision Precision
}

// On returns the partial date that is exactly day d.
func On(d Date) PartialDate { return PartialDate{d, Day} }

// Known reports whether there is a date at all.
func (p PartialDate) Known() bool { return p.Precision != None }

// First returns the first day p may mean, DistantPast when p is unknown.
func (p PartialDate) First() Date {
	switch p.Precision {
	case Year:
		return NewDate(p.Date.Time().Year(), time.January, 1)
	case Month:
		t := p.Date.Time()
		return NewDate(t.Year(), t.Month(), 1)
	case Day:
		return p.Date
	default:
		return DistantPast
	}
}

// Last returns the last day p may mean, DistantFuture when p is unknown.
func (p PartialDate) Last() Date {
	switch p.Precision {
	case Year:
		return NewDate(p.Date.Time().Year()+1, time.January, 1) - 1
	case Month:
		t := p.Date.Time()
		return NewDate(t.Year(), t.Month()+1, 1) - 1
	case Day:
		return p.Date
	default:
		return DistantFuture
	}
}

// String writes what is known: YYYY, YYYY-MM, YYYY-MM-DD or "".
func (p PartialDate) String() string {
	lengths := [...]int{None: 0, Year: 4, Month: 7, Day: 10}
	if !p.Known() {
		return ""
	}
	return p.Date.String()[:lengths[p.Precision]]
}

// ParsePartialDate reads YYYY, YYYY-MM or YYYY-MM-DD; the text's length gives
// the precision. "" is the unknown date.
func ParsePartialDate(s string) (PartialDate, error) {
	layouts := map[int]struct {
		layout    string
		precision Precision
	}{4: {"2006", Year}, 7: {"2006-01", Month}, 10: {"2006-01-02", Day}}
	if s == "" {
		return PartialDate{}, nil
	}
	form, ok := layouts[len(s)]
	if !ok {
		return PartialDate{}, fmt.Errorf("%q is not a date (YYYY, YYYY-MM or YYYY-MM-DD)", s)
	}
	t, err := time.Parse(form.layout, s)
	if err != nil || t.Year() < 1 {
		return PartialDate{}, fmt.Errorf("%q is not a date (YYYY, YYYY-MM or YYYY-MM-DD)", s)
	}
	return PartialDate{DateOf(t), form.precision}, nil
}
