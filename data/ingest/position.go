package ingest

import (
	"errors"
	"fmt"

	"github.com/paulmach/orb"
	spherical "github.com/paulmach/orb/geo"

	"oxus/geo"
)

// errDomain marks a position that its CRS cannot have.
var errDomain = errors.New("the position lies outside the coordinate reference system")

func ruleOf(err error) geo.Rule {
	if errors.Is(err, errDomain) {
		return RuleDomain
	}
	return geo.RuleCoordinates
}

// project takes a geometry of the file's CRS to longitude and latitude.
func (b *builder) project(g orb.Geometry) (orb.Geometry, error) {
	switch g := g.(type) {
	case orb.Point:
		return b.projectPoint(g)
	case orb.LineString:
		return b.projectLine(g)
	case orb.MultiLineString:
		lines := make(orb.MultiLineString, len(g))
		for i := range g {
			l, err := b.projectLine(g[i])
			if err != nil {
				return nil, err
			}
			lines[i] = l
		}
		return lines, nil
	}
	// No collection admits other types; the check names the rule.
	return g, nil
}

func (b *builder) projectLine(l orb.LineString) (orb.LineString, error) {
	out := make(orb.LineString, len(l))
	for i := range l {
		p, err := b.projectPoint(l[i])
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

func (b *builder) projectPoint(p orb.Point) (orb.Point, error) {
	if b.swapped {
		p[0], p[1] = p[1], p[0]
	}
	if err := b.crs.Check(p[0], p[1]); err != nil {
		if there, inside := b.exchange(p); inside {
			return p, fmt.Errorf("%w: %w; the other way round it would lie at %.5f %.5f", errDomain, err, there[0], there[1])
		}
		return p, fmt.Errorf("%w: %w", errDomain, err)
	}
	lon, lat := b.crs.ToWGS84(p[0], p[1])
	return orb.Point{lon, lat}, nil
}

// near reports whether every position of two geometries lies within
// sameDistance of its counterpart.
func near(a, b orb.Geometry) bool {
	pa, pb := geo.Positions(a), geo.Positions(b)
	if a == nil || b == nil || a.GeoJSONType() != b.GeoJSONType() || len(pa) != len(pb) {
		return false
	}
	for i := range pa {
		if spherical.Distance(pa[i], pb[i]) > sameDistance {
			return false
		}
	}
	return partsAlike(a, b)
}

func partsAlike(a, b orb.Geometry) bool {
	la, _ := a.(orb.MultiLineString)
	lb, _ := b.(orb.MultiLineString)
	for i := range la {
		if len(la[i]) != len(lb[i]) {
			return false
		}
	}
	return true
}
