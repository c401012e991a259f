package cql2

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/peterstace/simplefeatures/geom"
)

// valid refuses a geometry that breaks the rules of Simple Features: rings that
// are not closed or cross themselves, lines of one position.
func valid(g orb.Geometry) error {
	if !finite(g) {
		return errors.New("a coordinate is not finite")
	}
	if err := ringsClosed(g); err != nil {
		return err
	}
	s, err := simple(g)
	if err == nil {
		err = s.Validate()
	}
	if err != nil {
		return fmt.Errorf("the geometry is not valid: %w", err)
	}
	return nil
}

func finite(g orb.Geometry) bool {
	ok := true
	each(g, func(p orb.Point) {
		ok = ok && !math.IsInf(p[0], 0) && !math.IsInf(p[1], 0) && !math.IsNaN(p[0]) && !math.IsNaN(p[1])
	})
	return ok
}

func ringsClosed(g orb.Geometry) error {
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			if len(r) < 4 || !r.Closed() {
				return errors.New("a ring has four positions at least, the last of them the first again")
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			if err := ringsClosed(p); err != nil {
				return err
			}
		}
	case orb.Collection:
		for _, m := range g {
			if err := ringsClosed(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// each visits every position of a geometry.
func each(g orb.Geometry, visit func(orb.Point)) {
	if _, err := mapped(g, func(p orb.Point) (orb.Point, error) { visit(p); return p, nil }); err != nil {
		panic(err) // the function has none
	}
}

// mapped returns a geometry of other positions.
func mapped(g orb.Geometry, to func(orb.Point) (orb.Point, error)) (orb.Geometry, error) {
	switch g := g.(type) {
	case orb.Point:
		return boxed(to(g))
	case orb.MultiPoint:
		l, err := mapAll(g, to)
		return orb.MultiPoint(l), err
	case orb.LineString:
		l, err := mapAll(g, to)
		return orb.LineString(l), err
	case orb.MultiLineString:
		l, err := mapAll(g, func(l orb.LineString) (orb.LineString, error) { return mapAll(l, to) })
		return orb.MultiLineString(l), err
	case orb.Polygon:
		l, err := mapAll(g, func(r orb.Ring) (orb.Ring, error) { return mapAll(r, to) })
		return orb.Polygon(l), err
	case orb.MultiPolygon:
		l, err := mapAll(g, func(p orb.Polygon) (orb.Polygon, error) {
			return mapAll(p, func(r orb.Ring) (orb.Ring, error) { return mapAll(r, to) })
		})
		return orb.MultiPolygon(l), err
	case orb.Collection:
		l, err := mapAll(g, func(m orb.Geometry) (orb.Geometry, error) { return mapped(m, to) })
		return orb.Collection(l), err
	}
	return nil, errors.New("there is no such geometry")
}

func mapAll[T any](list []T, to func(T) (T, error)) ([]T, error) {
	other := make([]T, len(list))
	for i, one := range list {
		var err error
		if other[i], err = to(one); err != nil {
			return nil, err
		}
	}
	return other, nil
}

// simple is a geometry in the terms of the library that compares them.
func simple(g orb.Geometry) (geom.Geometry, error) {
	text, err := wkb.Marshal(g)
	if err != nil {
		return geom.Geometry{}, err
	}
	return geom.UnmarshalWKB(text, geom.NoValidate{})
}
