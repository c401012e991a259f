package crs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// Proposal is a system in which coordinates that came without one, or with a
// wrong one, would lie in Central Asia.
type Proposal struct {
	CRS *CRS
	// Swapped tells that the coordinates come as y, x: latitude or northing first.
	Swapped bool
	// Inside is the share of the sample that would lie in the region, from 0.5 to 1.
	// Bound and Centre (longitude, latitude in degrees on WGS 84) are those of that
	// share.
	Inside float64
	Bound  orb.Bound
	Centre orb.Point
	// Why says in words how the coordinates would have to be read.
	Why string
}

// ToWGS84 reads coordinates of the sample as proposed and turns them into
// longitude, latitude in degrees on WGS 84.
func (p *Proposal) ToWGS84(x, y float64) (lon, lat float64) {
	if p.Swapped {
		x, y = y, x
	}
	return p.CRS.ToWGS84(x, y)
}

// region is where proposals must lead, border what the map is about.
func region() orb.Bound { return orb.Bound{Min: orb.Point{55, 29}, Max: orb.Point{80, 45}} }
func border() orb.Bound { return orb.Bound{Min: orb.Point{67, 36}, Max: orb.Point{75, 39.5}} }

// maxSample is how many positions are looked at, evenly spread over a sample.
const maxSample = 256

// Propose returns the systems in which at least half of a sample of coordinates
// would lie within longitude 55 to 80, latitude 29 to 45, the most plausible first;
// none for an empty sample. It chooses nothing: numbers alone often fit several
// zones or datums, and then all of them are given.
//
// The order is, each rule deciding where those before it are even: the larger
// share of the sample inside; the smaller distance of the centre from the border
// (longitude 67 to 75, latitude 36 to 39.5), to a tenth of a degree; a centre within
// the system's own zone; the kind of system (WGS 84 in degrees, zones in front of
// the easting, UTM, Web Mercator, zones without a number, conics, the rest,
// kilometres); the smaller distance of the centre from the middle of the border.
//
// Considered are longitude and latitude in degrees on WGS 84, Pulkovo 1942 and
// Herat North, UTM 40N to 44N, Pulkovo 1942 / Gauss-Krüger zones 10 to 14 and
// 3-degree zones 18 to 27, with the zone in the easting and without, Web and
// World Mercator, and the conics with a code; UTM and Gauss-Krüger in kilometres
// too; and all of them with the coordinates swapped. WGS 72 is not proposed: no
// file could be told from one on WGS 84.
func Propose(sample []orb.Point) []Proposal {
	points := spread(sample)
	if len(points) == 0 {
		return nil
	}
	var found []ranked
	for i, c := range candidates() {
		for _, swapped := range []bool{false, true} {
			if p, ok := c.propose(points, swapped); ok {
				p.place = i
				found = append(found, p.besideWGS84(found))
			}
		}
	}
	slices.SortStableFunc(found, ranked.compare)
	proposals := make([]Proposal, len(found))
	for i := range found {
		proposals[i] = found[i].Proposal
	}
	return proposals
}

// spread picks finite positions evenly out of a sample.
func spread(sample []orb.Point) []orb.Point {
	points := make([]orb.Point, 0, min(len(sample), maxSample))
	step := max(1, (len(sample)+maxSample-1)/maxSample)
	for i := 0; i < len(sample); i += step {
		if p := sample[i]; isFinite(p[0]) && isFinite(p[1]) {
			points = append(points, p)
		}
	}
	return points
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// kind orders what is even otherwise: what is common or cannot be mistaken comes
// before what is a guess.
type kind int

const (
	kindDegrees kind = iota
	kindZoneInEasting
	kindUTM
	kindWebMercator
	kindNoZone
	kindConic
	kindOther
	kindKilometres
)

// candidate is a system to try.
type candidate struct {
	crs  *CRS
	kind kind
	// meridian and half are the middle of its zone and half its width in degrees;
	// half is 0 for a system without zones.
	meridian, half float64
	words          string
}

// candidates are the systems that files from the region come in.
func candidates() []candidate {
	var all []candidate
	add := func(authority string, code int, k kind, half float64, words string) {
		s, _ := lookUp(authority, code)
		all = append(all, candidate{s.crs(), k, s.p.meridian, half, words})
		if thousand := s; half == 3 { // as wide as the zones that maps are drawn in
			thousand.authority, thousand.code, thousand.unit = "", 0, 1000
			thousand.name += " in kilometres"
			all = append(all, candidate{thousand.crs(), kindKilometres, s.p.meridian, half, strings.Replace(words, "metres", "kilometres", 1)})
		}
	}
	add(epsg, 4326, kindDegrees, 0, "degrees on WGS 84")
	add(epsg, 4284, kindOther, 0, "degrees on Pulkovo 1942, about 60 m from the same on WGS 84")
	add(epsg, 4255, kindOther, 0, "degrees on Herat North, about 300 m from the same on WGS 84")
	for zone := 40; zone <= 44; zone++ {
		add(epsg, 32600+zone, kindUTM, 3, "metres in one of the UTM zones, which the numbers do not tell apart")
	}
	for zone := 10; zone <= 14; zone++ {
		add(epsg, 28400+zone, kindZoneInEasting, 3, fmt.Sprintf("metres in Gauss-Kruger with the 6-degree zone %d in front of the easting", zone))
		add(epsg, 2490+zone, kindNoZone, 3, "metres in one of the Gauss-Kruger zones, which the numbers do not tell apart")
	}
	for zone := 18; zone <= 27; zone++ {
		add(epsg, 2516+zone, kindZoneInEasting, 1.5, fmt.Sprintf("metres in Gauss-Kruger with the 3-degree zone %d in front of the easting", zone))
		if zone%2 == 0 { // the meridians of the others are those of 6-degree zones
			code := 2575 + zone
			if zone > 24 {
				code++ // EPSG:2600 is a system of Lithuania
			}
			add(epsg, code, kindNoZone, 1.5, "metres in one of the 3-degree Gauss-Kruger zones, which the numbers do not tell apart")
		}
	}
	add(epsg, 3857, kindWebMercator, 0, "metres in Web Mercator")
	add(epsg, 3395, kindOther, 0, "metres in Mercator on the ellipsoid")
	for _, s := range singles() {
		if s.method == methodLambert || s.method == methodAlbers {
			add(s.authority, s.code, kindConic, 0, "metres in a conic projection")
		}
	}
	return all
}

// ranked is a proposal with what orders it.
type ranked struct {
	Proposal
	kind       kind
	inZone     bool
	off, apart float64 // tenths of degrees from the border and from its middle
	place      int     // among the candidates
}

// propose reads points in the candidate and reports whether half of them lie in
// the region.
func (c *candidate) propose(points []orb.Point, swapped bool) (ranked, bool) {
	p := Proposal{CRS: c.crs, Swapped: swapped}
	inside := 0
	for i, at := range points {
		if 2*(inside+len(points)-i) < len(points) {
			return ranked{}, false // too few are left
		}
		if swapped {
			at[0], at[1] = at[1], at[0]
		}
		if !c.crs.admits(at[0], at[1]) {
			continue
		}
		lon, lat := c.crs.ToWGS84(at[0], at[1])
		if q := (orb.Point{lon, lat}); region().Contains(q) {
			if inside++; inside == 1 {
				p.Bound = q.Bound()
			}
			p.Bound = p.Bound.Extend(q)
		}
	}
	if 2*inside < len(points) {
		return ranked{}, false
	}
	p.Inside, p.Centre = float64(inside)/float64(len(points)), p.Bound.Center()
	p.Why = c.why(swapped)
	return ranked{
		Proposal: p, kind: c.kind,
		inZone: c.half == 0 || math.Abs(p.Centre[0]-c.meridian) <= c.half,
		off:    tenths(distanceFrom(border(), p.Centre)),
		apart:  tenths(math.Hypot(p.Centre[0]-border().Center()[0], p.Centre[1]-border().Center()[1])),
	}, true
}

// besideWGS84 gives degrees on another datum, which no number tells from those on
// WGS 84, the distances of the latter: some 100 m must not order them.
func (r ranked) besideWGS84(found []ranked) ranked {
	for i := range found {
		if f := &found[i]; f.CRS.Geographic() && r.CRS.Geographic() && f.Swapped == r.Swapped {
			r.off, r.apart = f.off, f.apart
			break
		}
	}
	return r
}

// why says how numbers are read.
func (c *candidate) why(swapped bool) string {
	first := [...]string{"easting first", "northing first: swapped"}
	if c.crs.Geographic() {
		first = [...]string{"longitude first", "latitude first: swapped"}
	}
	if swapped {
		return c.words + ", " + first[1]
	}
	return c.words + ", " + first[0]
}

// distanceFrom is how far a point lies from a box, in degrees, 0 inside.
func distanceFrom(b orb.Bound, p orb.Point) float64 {
	dx := max(b.Min[0]-p[0], 0, p[0]-b.Max[0])
	dy := max(b.Min[1]-p[1], 0, p[1]-b.Max[1])
	return math.Hypot(dx, dy)
}

// tenths rounds degrees, because no place tells 10 km more plausible than another.
func tenths(degrees float64) float64 { return math.Round(10 * degrees) }

func (r ranked) compare(o ranked) int {
	return cmp.Or(
		cmp.Compare(o.Inside, r.Inside),
		cmp.Compare(r.off, o.off),
		-compareBool(r.inZone, o.inZone),
		cmp.Compare(r.kind, o.kind),
		cmp.Compare(r.apart, o.apart),
		cmp.Compare(r.place, o.place),
		compareBool(r.Swapped, o.Swapped),
	)
}

// compareBool puts false first.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
