package ingest

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// Severity says what a finding means for an import.
type Severity string

// The severities.
const (
	// Error: the record cannot be taken, and nothing of the file is.
	Error Severity = "error"
	// Warning: the record can be taken when the maintainer accepts it.
	Warning Severity = "warning"
	// Repair: something was set right on the way in.
	Repair Severity = "repair"
)

// Finding is one thing found in one record.
type Finding struct {
	Severity Severity `json:"severity"`
	Rule     geo.Rule `json:"rule"`
	// Record is its number in the file, 0 for the file as a whole.
	Record int `json:"record,omitempty"`
	// Line is that of a text file, 0 where there is none.
	Line    int    `json:"line,omitempty"`
	Feature string `json:"feature,omitempty"`
	Field   string `json:"field,omitempty"`
	// At is where it lies, in longitude and latitude.
	At     *orb.Point `json:"at,omitempty"`
	Detail string     `json:"detail"`
}

// String writes "place: detail (rule)".
func (f *Finding) String() string {
	text := geo.Fault{Rule: f.Rule, Place: geo.Place{Record: f.Record, Feature: f.Feature, Field: f.Field, Point: f.At}, Detail: f.Detail}.String()
	if f.Line > 0 {
		return fmt.Sprintf("line %d, %s", f.Line, text)
	}
	return text
}

// Tally is how often a rule was met.
type Tally struct {
	Severity Severity `json:"severity"`
	Rule     geo.Rule `json:"rule"`
	Count    int      `json:"count"`
}

// maxFindings is how many findings of a severity a report lists; all are counted.
const maxFindings = 2000

// Findings are what was found, the first of each severity in full and all as counts.
type Findings struct {
	List    []Finding `json:"list"`
	Tallies []Tally   `json:"counts"`
}

func (fs *Findings) add(f *Finding) {
	f.At = rounded(f.At)
	if fs.Count(f.Severity) < maxFindings {
		fs.List = append(fs.List, *f)
	}
	i := slices.IndexFunc(fs.Tallies, func(t Tally) bool { return t.Severity == f.Severity && t.Rule == f.Rule })
	if i < 0 {
		i = len(fs.Tallies)
		fs.Tallies = append(fs.Tallies, Tally{f.Severity, f.Rule, 0})
	}
	fs.Tallies[i].Count++
}

// locate gives the findings from a number on, which are those of one record, the place
// that it has.
func (fs *Findings) locate(from int, at *orb.Point) {
	for i := range fs.List[from:] {
		if f := &fs.List[from+i]; f.At == nil {
			f.At = rounded(at)
		}
	}
}

// rounded is a place to a ten-millionth of a degree, a centimetre: more digits only
// come of reckoning.
func rounded(p *orb.Point) *orb.Point {
	if p == nil {
		return nil
	}
	const digits = 1e7
	return &orb.Point{math.Round(p[0]*digits) / digits, math.Round(p[1]*digits) / digits}
}

// Count returns how many findings of a severity there are.
func (fs *Findings) Count(s Severity) int {
	n := 0
	for _, t := range fs.Tallies {
		if t.Severity == s {
			n += t.Count
		}
	}
	return n
}

// of returns the listed findings of a severity.
func (fs *Findings) of(s Severity) []Finding {
	return slices.DeleteFunc(slices.Clone(fs.List), func(f Finding) bool { return f.Severity != s })
}

// sort puts the findings in the order of the file, and errors first among counts.
func (fs *Findings) sort() {
	rank := func(s Severity) int { return slices.Index([]Severity{Error, Warning, Repair}, s) }
	slices.SortStableFunc(fs.List, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.Record, b.Record))
	})
	slices.SortFunc(fs.Tallies, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule))
	})
}

// faulted returns an error finding of a fault.
func faulted(f *geo.Fault) *Finding {
	detail := f.Detail
	if f.Place.Parameter != "" {
		detail = f.Place.Parameter + ": " + detail
	}
	return &Finding{Error, f.Rule, f.Place.Record, f.Place.Line, f.Place.Feature, f.Place.Field, f.Place.Point, detail}
}

// Question is one that only the maintainer can answer. The answer goes into the
// option of its name.
type Question struct {
	// Option is the name of the option that answers it.
	Option string `json:"option"`
	Detail string `json:"detail"`
	// Choices are what it may be, the likeliest first; none where it can be anything.
	Choices []Choice `json:"choices,omitempty"`
}

// Choice is one answer to a question, with what it would mean.
type Choice struct {
	Value  string `json:"value"`
	Detail string `json:"detail,omitempty"`
	// Samples are texts of the file as they would read.
	Samples []string `json:"samples,omitempty"`
	// Bounds are west, south, east and north of where the file would lie.
	Bounds *[4]float64 `json:"bounds,omitempty"`
}

func ask(option string, choices []Choice, format string, args ...any) *Question {
	return &Question{Option: option, Detail: fmt.Sprintf(format, args...), Choices: choices}
}
