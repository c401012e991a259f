package events

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"oxus/geo"
)

// row reads the values of one event by the names of their columns. The first
// thing that is wrong is kept in fault; what is read after it does not count.
type row struct {
	columns map[string]int
	values  []geo.Value
	fault   *geo.Fault
	// unfit is the kind of an event that no category fits.
	unfit string
}

func (r *row) fail(rule geo.Rule, column, format string, args ...any) {
	if r.fault == nil {
		r.fault = &geo.Fault{Rule: rule, Place: geo.Place{Field: column}, Detail: fmt.Sprintf(format, args...)}
	}
}

// has reports whether the release has a column.
func (r *row) has(column string) bool { _, there := r.columns[column]; return there }

// text returns what stands in a column without the blanks around it, "" where
// nothing does. Other rooms than that of CSV give numbers, dates and truths.
func (r *row) text(column string) string {
	i, there := r.columns[column]
	if !there || i >= len(r.values) {
		return ""
	}
	switch v := r.values[i].(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// isTags reports whether the row is one of HXL tags, which some downloads have
// below the names.
func (r *row) isTags() bool {
	tags := 0
	for column := range r.columns {
		switch s := r.text(column); {
		case strings.HasPrefix(s, "#"):
			tags++
		case s != "":
			return false
		}
	}
	return tags > 0
}

// count returns the whole number, not below 0, of a column that must have one.
func (r *row) count(column string) int64 {
	s := r.text(column)
	n, err := strconv.ParseInt(strings.TrimSuffix(s, ".0"), 10, 64)
	if err != nil || n < 0 {
		r.fail(RuleValue, column, "%.60q is not a whole number from 0", s)
	}
	return n
}

// code returns what a table has for the value of a column.
func code[V any](r *row, column string, table map[string]V) V {
	s := r.text(column)
	v, known := table[s]
	if !known {
		r.fail(RuleCode, column, "the code %.60q is none that is known", s)
	}
	return v
}

// position reads latitude and longitude, and says whether there is one.
func (r *row) position(in *incident) {
	lon, lat := r.text("longitude"), r.text("latitude")
	if lon == "" && lat == "" {
		return
	}
	in.lon, in.lat, in.located = r.degrees("longitude", lon, 180), r.degrees("latitude", lat, 90), true
}

func (r *row) degrees(column, s string, most float64) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > most {
		r.fail(RuleValue, column, "%.60q is not a number of degrees from -%g to %g", s, most, most)
	}
	return v
}

// date reads a column that must have one.
func (r *row) date(column string) geo.Date {
	s := r.text(column)
	d, err := dateIn(s)
	if err != nil {
		r.fail(RuleValue, column, "%.60q is not a date (YYYY-MM-DD)", s)
	}
	return d
}

var dateForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d+)?)?$`)

// dateIn reads YYYY-MM-DD, where a time of day may follow, and the form of older
// exports of ACLED, "01 January 2021".
func dateIn(s string) (geo.Date, error) {
	if dateForm.MatchString(s) {
		return geo.ParseDate(s[:10])
	}
	t, err := time.Parse("2 January 2006", s)
	return geo.DateOf(t), err
}

// country returns the name that incidents use, by the number a dataset has for
// it; a country outside the table keeps the name it comes with. A number and a
// name of two countries of the table contradict each other.
func (r *row) country(numberColumn string, number func(country) string) string {
	name, n := r.text("country"), r.text(numberColumn)
	for _, c := range countries {
		if n != "" && number(c) == n {
			for _, other := range countries {
				if other != c && strings.EqualFold(other.name, name) {
					r.fail(RulePlace, numberColumn, "%s is the number of %s, and the country is given as %s", n, c.name, name)
				}
			}
			return c.name
		}
	}
	return name
}

// country is a country of the border and around it, with its number after
// Gleditsch and Ward, which UCDP uses, and after ISO 3166-1, which ACLED uses.
type country struct {
	name, gleditschWard, iso string
}

var countries = [...]country{
	{"Afghanistan", "700", "4"},
	{"China", "710", "156"},
	{"India", "750", "356"},
	{"Iran", "630", "364"},
	{"Kazakhstan", "705", "398"},
	{"Kyrgyzstan", "703", "417"},
	{"Pakistan", "770", "586"},
	{"Russia", "365", "643"},
	{"Tajikistan", "702", "762"},
	{"Turkmenistan", "701", "795"},
	{"Uzbekistan", "704", "860"},
}

// members splits a list of the dataset.
func members(s string) []string {
	var all []string
	for m := range strings.SplitSeq(s, ";") {
		if m = strings.TrimSpace(m); m != "" {
			all = append(all, m)
		}
	}
	return all
}

// listValue writes a list as the JSON array that an import reads without regard
// to what its members hold, nil for an empty one.
func listValue(list []string) geo.Value {
	if len(list) == 0 {
		return nil
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil // not reached: texts always encode
	}
	return string(b)
}

// joined joins the parts that are there.
func joined(separator string, parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, separator)
}
