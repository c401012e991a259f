package data

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"
)

const (
	// Periods is how many status periods each crossing has.
	Periods = 5
	// Vertices is how many positions each line has.
	Vertices = 60
	// FirstYear is the first year in which incidents happen.
	FirstYear = 2020
	// Years is in how many years they happen.
	Years = 5

	clusters = 60
	// Shares of the points around the centres and along the river; the rest is background.
	clustered, riverine = 0.70, 0.15
	// Shares of the incidents of which no end is known, and that last longer than a day: those
	// of the curated dataset are 4 % and 35 %.
	unended, longer = 0.04, 0.35
)

// The edges of the background, in degrees.
const (
	West  = 67.0
	South = 36.0
	East  = 75.0
	North = 40.0
)

// Set is a data set: its size, and the seed that its rows follow from.
type Set struct {
	Seed uint64
	// Incidents, Lines and Crossings are how many features there are of each.
	Incidents, Lines, Crossings int

	river   *river
	centres []orb.Point
}

// New returns the set of so many incidents. Lines and crossings are in proportion: 20,000 and
// 60,000 for a million.
func New(seed uint64, incidents int) (*Set, error) {
	if incidents < 100 || incidents > 100_000_000 {
		return nil, fmt.Errorf("%d incidents: a set has 100 to 100,000,000", incidents)
	}
	r, err := panj()
	if err != nil {
		return nil, err
	}
	s := &Set{Seed: seed, Incidents: incidents, Lines: max(20, incidents/50), Crossings: max(60, incidents*6/100), river: r}
	rng := s.rng("centres", 0)
	for range clusters {
		s.centres = append(s.centres, r.at(rng.Float64()))
	}
	return s, nil
}

// rng is the source of a row's numbers: of its own, so that rows can be made in any order.
func (s *Set) rng(table string, n int) *rand.Rand {
	h := s.Seed
	for _, c := range []byte(table) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(h, uint64(n)))
}

// place picks a position: around a centre, more often around the first ones, or along the
// river, or anywhere. It lies within the background's edges, rounded to the seventh decimal.
func (s *Set) place(rng *rand.Rand) orb.Point {
	near := func(p orb.Point, spread float64) orb.Point {
		return orb.Point{p[0] + spread*rng.NormFloat64(), p[1] + spread*rng.NormFloat64()}
	}
	var p orb.Point
	switch kind := rng.Float64(); {
	case kind < clustered:
		x := rng.Float64()
		p = near(s.centres[int(x*x*clusters)], 0.05)
	case kind < clustered+riverine:
		p = near(s.river.at(rng.Float64()), 0.02)
	default:
		p = orb.Point{West + (East-West)*rng.Float64(), South + (North-South)*rng.Float64()}
	}
	return orb.Point{within(p[0], West, East), within(p[1], South, North)}
}

func within(v, low, high float64) float64 {
	return math.Round(max(low, min(high, v))*1e7) / 1e7
}

// Incident is where the n-th incident is, longitude first.
func (s *Set) Incident(n int) orb.Point { return s.place(s.rng("incidents", n)) }

// IncidentID is the id of the n-th incident.
func (s *Set) IncidentID(n int) string { return fmt.Sprintf("i%08d", n) }

// Crossing is where the n-th crossing is, longitude first.
func (s *Set) Crossing(n int) orb.Point { return s.place(s.rng("crossings", n)) }

// line is the n-th line: from a place on, with a step of some hundred metres a vertex.
func (s *Set) line(n int) orb.LineString {
	rng := s.rng("lines", n)
	p, heading := s.place(rng), 2*math.Pi*rng.Float64()
	line := make(orb.LineString, 0, Vertices)
	for range Vertices {
		line = append(line, orb.Point{within(p[0], West-1, East+1), within(p[1], South-1, North+1)})
		heading += 0.3 * rng.NormFloat64()
		p = orb.Point{p[0] + 0.005*math.Cos(heading), p[1] + 0.005*math.Sin(heading)}
	}
	return line
}
