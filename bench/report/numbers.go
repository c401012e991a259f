package report

import (
	"math"
	"slices"
	"strconv"
)

// spread is a median with the least and the greatest, not numbers where there is nothing.
type spread struct{ middle, least, most float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	all := slices.Sorted(slices.Values(values))
	middle := all[len(all)/2]
	if len(all)%2 == 0 {
		middle = (all[len(all)/2-1] + middle) / 2
	}
	return spread{middle, all[0], all[len(all)-1]}
}

// of gathers one number of each round.
func (v *Variant) of(number func(*Round) float64) spread {
	values := make([]float64, len(v.Rounds))
	for i := range v.Rounds {
		values[i] = number(&v.Rounds[i])
	}
	return spreadOf(values)
}

// ratios holds the rates of a variant against those of another in the same rounds.
func (v *Variant) ratios(floor *Variant) spread {
	var values []float64
	for i := range min(len(v.Rounds), len(floor.Rounds)) {
		if floor.Rounds[i].Rate > 0 {
			values = append(values, v.Rounds[i].Rate/floor.Rounds[i].Rate)
		}
	}
	return spreadOf(values)
}

// processor is the processor time of an answer, of the server and the database, in milliseconds.
func (r *Round) processor() float64 { return max(0, r.Server) + max(0, r.Database) }

// burdens holds the processor time of an answer against that of another in the same rounds.
func (v *Variant) burdens(floor *Variant) spread {
	var values []float64
	for i := range min(len(v.Rounds), len(floor.Rounds)) {
		if base := floor.Rounds[i].processor(); base > 0 {
			values = append(values, v.Rounds[i].processor()/base)
		}
	}
	return spreadOf(values)
}

// Burden is the median over the rounds of the processor time of an answer of one variant by
// that of another, NaN where either was not measured.
func (c *Case) Burden(name, floor string) float64 {
	v, f := c.variant(name), c.variant(floor)
	if v == nil || f == nil {
		return math.NaN()
	}
	return v.burdens(f).middle
}

// Ratio is the median over the rounds of the rate of one variant by that of another, NaN where
// either was not measured.
func (c *Case) Ratio(name, floor string) float64 {
	v, f := c.variant(name), c.variant(floor)
	if v == nil || f == nil {
		return math.NaN()
	}
	return v.ratios(f).middle
}

func (c *Case) variant(name string) *Variant {
	for i := range c.Variants {
		if c.Variants[i].Name == name {
			return &c.Variants[i]
		}
	}
	return nil
}

// short writes a number with three digits that count, "–" where there is none.
func short(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	if v == 0 {
		return "0"
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	rounded := strconv.FormatFloat(v, 'f', min(digits, 5), 64)
	if digits > 0 || v < 1000 {
		return rounded
	}
	return thousands(rounded)
}

// thousands puts commas into a whole number.
func thousands(text string) string {
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func (s spread) String() string {
	if s.least == s.most || math.IsNaN(s.middle) {
		return short(s.middle)
	}
	return short(s.middle) + " (" + short(s.least) + "–" + short(s.most) + ")"
}
