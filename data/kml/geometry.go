package kml

import (
	"math"
	"strconv"
	"strings"

	"github.com/twpayne/go-geom"

	"oxus/geo"
)

// shapes gathers the points, lines or polygons of one Placemark.
type shapes struct {
	limits Limits
	// kind is that of all parts.
	kind string
	// flat has x, y, z of each position.
	flat  []float64
	hasZ  bool
	ends  []int
	endss [][]int
}

const stride = 3

// geometry decodes the geometry of a Placemark, nil when it has none.
func geometry(p *node, l Limits) (geom.T, *geo.Fault) {
	var found *node
	for _, c := range p.children {
		switch c.name {
		case "Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Model", "gx:Track", "gx:MultiTrack":
			if found != nil {
				return nil, faultf(RuleGeometry, "the Placemark has a %s and a %s; several stand in a MultiGeometry", found.name, c.name)
			}
			found = c
		}
	}
	if found == nil {
		return nil, nil
	}
	s := shapes{limits: l}
	if fault := s.add(found); fault != nil {
		return nil, fault
	}
	return s.build(found.name == "MultiGeometry"), nil
}

func (s *shapes) add(n *node) *geo.Fault {
	if n.name == "MultiGeometry" {
		for _, c := range n.children {
			if fault := s.add(c); fault != nil {
				return fault
			}
		}
		return nil
	}
	kind := n.name
	switch kind {
	case "LinearRing":
		kind = "LineString"
	case "Point", "LineString", "Polygon":
	default:
		return faultf(geo.RuleGeometryKind, "a %.40s is no point, line or polygon", n.name)
	}
	if s.kind != "" && s.kind != kind {
		return faultf(geo.RuleGeometryKind, "the MultiGeometry has a %s and a %s; one kind is read", s.kind, kind)
	}
	s.kind = kind
	if kind == "Polygon" {
		return s.polygon(n)
	}
	return s.part(n)
}

// part adds the coordinates of a Point, a LineString or a LinearRing.
func (s *shapes) part(n *node) *geo.Fault {
	c := n.child("coordinates")
	if c == nil {
		return faultf(RuleGeometry, "the %s has no coordinates", n.name)
	}
	before := len(s.flat)
	for tuple := range strings.FieldsSeq(c.text) {
		if fault := s.position(tuple); fault != nil {
			return fault
		}
	}
	if n := len(s.flat) - before; s.kind == "Point" && n != stride {
		return faultf(RuleGeometry, "a Point has %d positions, not one", n/stride)
	}
	if s.ends = append(s.ends, len(s.flat)); len(s.ends) > s.limits.Parts {
		return faultf(RuleParts, "the geometry has more than %d parts", s.limits.Parts)
	}
	return nil
}

func (s *shapes) polygon(n *node) *geo.Fault {
	var rings []*node
	outer := 0
	for _, c := range n.children {
		if c.name != "outerBoundaryIs" && c.name != "innerBoundaryIs" {
			continue
		}
		for _, ring := range c.children {
			if ring.name != "LinearRing" {
				continue
			}
			if c.name == "outerBoundaryIs" {
				rings, outer = append([]*node{ring}, rings...), outer+1
			} else {
				rings = append(rings, ring)
			}
		}
	}
	if outer != 1 {
		return faultf(RuleGeometry, "the Polygon has %d outer rings, not one", outer)
	}
	start := len(s.ends)
	for _, ring := range rings {
		if fault := s.part(ring); fault != nil {
			return fault
		}
	}
	s.endss = append(s.endss, s.ends[start:])
	return nil
}

// position adds "longitude,latitude" or "longitude,latitude,altitude".
func (s *shapes) position(tuple string) *geo.Fault {
	if len(s.flat)/stride == s.limits.Points {
		return faultf(RulePoints, "the geometry has more than %d positions", s.limits.Points)
	}
	n := 0
	for text := range strings.SplitSeq(tuple, ",") {
		v, err := strconv.ParseFloat(text, 64)
		if n++; err != nil || n > stride || math.IsNaN(v) || math.IsInf(v, 0) || strings.Trim(text, "+-.0123456789eE") != "" {
			n = 0
			break
		}
		s.flat = append(s.flat, v)
	}
	switch n {
	case 2:
		s.flat = append(s.flat, 0) // where no altitude stands, KML means 0
	case stride:
		s.hasZ = true
	default:
		return faultf(RuleCoordinate, "%.60q is no longitude,latitude or longitude,latitude,altitude", tuple)
	}
	return nil
}

// layout leaves out altitudes that no position has.
func (s *shapes) layout() geom.Layout {
	if s.hasZ {
		return geom.XYZ
	}
	flat := s.flat[:0]
	for i := 0; i < len(s.flat); i += stride {
		flat = append(flat, s.flat[i], s.flat[i+1])
	}
	s.flat = flat
	for i := range s.ends { // the ends of polygons are the same
		s.ends[i] = s.ends[i] / stride * 2
	}
	return geom.XY
}

func (s *shapes) build(isMulti bool) geom.T {
	if s.kind == "" {
		return nil
	}
	// The slices of polygons are cut again, because ends may have moved.
	rings := 0
	for i := range s.endss {
		n := len(s.endss[i])
		s.endss[i] = s.ends[rings : rings+n : rings+n]
		rings += n
	}
	layout := s.layout()
	switch {
	case s.kind == "Point" && isMulti:
		return geom.NewMultiPointFlat(layout, s.flat)
	case s.kind == "Point":
		return geom.NewPointFlat(layout, s.flat)
	case s.kind == "LineString" && isMulti:
		return geom.NewMultiLineStringFlat(layout, s.flat, s.ends)
	case s.kind == "LineString":
		return geom.NewLineStringFlat(layout, s.flat)
	case isMulti:
		return geom.NewMultiPolygonFlat(layout, s.flat, s.endss)
	}
	return geom.NewPolygonFlat(layout, s.flat, s.ends)
}
