package cql2

import (
	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

var relates = map[Op]func(a, b geom.Geometry) (bool, error){
	"s_intersects": func(a, b geom.Geometry) (bool, error) { return geom.Intersects(a, b), nil },
	"s_disjoint":   func(a, b geom.Geometry) (bool, error) { return !geom.Intersects(a, b), nil },
	"s_equals":     geom.Equals, "s_touches": geom.Touches, "s_crosses": geom.Crosses,
	"s_within": geom.Within, "s_contains": geom.Contains, "s_overlaps": geom.Overlaps,
}

// shape is a geometry ready to be compared.
type shape struct {
	bound orb.Bound
	geom  geom.Geometry
	err   error
}

func shaping(g orb.Geometry) shape {
	s := shape{bound: g.Bound()}
	s.geom, s.err = simple(g)
	return s
}

// spatial compares geometries on the plane of longitude and latitude. Those that
// cannot be compared, because one is not valid, compare as unknown.
func (n *Node) spatial() term {
	name, area := n.asksForArea()
	if area == nil {
		return n.related()
	}
	related := n.related()
	return func(r Row) any {
		if p, isPoint := r(name).(orb.Point); isPoint {
			return area.touches(p) == (n.Op == "s_intersects")
		}
		return related(r)
	}
}

// related compares geometries of any kind.
func (n *Node) related() term {
	a, b := n.Args[0].shapes(), n.Args[1].shapes()
	holds, apart := relates[n.Op], n.Op == "s_disjoint"
	return func(r Row) any {
		x, known := a(r)
		if !known {
			return nil
		}
		y, known := b(r)
		if !known {
			return nil
		}
		if !x.bound.Intersects(y.bound) {
			return apart
		}
		p, q := x.made(), y.made()
		if p.err != nil || q.err != nil {
			return nil
		}
		is, err := holds(p.geom, q.geom)
		if err != nil {
			return nil
		}
		return is
	}
}

// placed is a geometry whose shape is made when its bounds do not decide.
type placed struct {
	bound orb.Bound
	made  func() shape
}

// shapes gives the geometry of a part; that of a literal is made once.
func (n *Node) shapes() func(Row) (placed, bool) {
	if n.Kind != Property {
		s := shaping(n.Value.(orb.Geometry))
		p := placed{s.bound, func() shape { return s }}
		return func(Row) (placed, bool) { return p, true }
	}
	name := n.Name
	return func(r Row) (placed, bool) {
		g, known := r(name).(orb.Geometry)
		if !known {
			return placed{}, false
		}
		return placed{g.Bound(), func() shape { return shaping(g) }}, true
	}
}
