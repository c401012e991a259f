package cql2

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// wkt reads a geometry whose word has been taken. Heights are read over: no
// collection has any.
func (p *parser) wkt(t token) (orb.Geometry, error) {
	p.accept("z")
	if err := p.expect("("); err != nil {
		return nil, err
	}
	switch strings.ToUpper(t.value) {
	case "POINT":
		at, err := p.position()
		if err != nil {
			return nil, err
		}
		return at, p.expect(")")
	case "LINESTRING":
		line, err := sequence(p, p.position)
		return shaped(t, orb.LineString(line), err)
	case "POLYGON":
		rings, err := sequence(p, p.ring)
		return shaped(t, orb.Polygon(rings), err)
	case "MULTIPOINT":
		points, err := sequence(p, p.loosePosition)
		return shaped(t, orb.MultiPoint(points), err)
	case "MULTILINESTRING":
		lines, err := sequence(p, p.line)
		return shaped(t, orb.MultiLineString(lines), err)
	case "MULTIPOLYGON":
		polygons, err := sequence(p, p.polygon)
		return shaped(t, orb.MultiPolygon(polygons), err)
	default:
		all, err := sequence(p, p.member)
		return shaped(t, orb.Collection(all), err)
	}
}

// sequence reads what stands between commas up to the closing parenthesis.
func sequence[T any](p *parser, read func() (T, error)) ([]T, error) {
	var all []T
	for {
		one, err := read()
		if err != nil {
			return nil, err
		}
		all = append(all, one)
		if p.accept(")") {
			return all, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// shaped refuses a geometry that is not valid.
func shaped(t token, g orb.Geometry, err error) (orb.Geometry, error) {
	if err != nil {
		return nil, err
	}
	if err := valid(g); err != nil {
		return nil, t.fault("%s", err)
	}
	return g, nil
}

func (p *parser) line() (orb.LineString, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	return sequence(p, p.position)
}

func (p *parser) ring() (orb.Ring, error) {
	line, err := p.line()
	return orb.Ring(line), err
}

func (p *parser) polygon() (orb.Polygon, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	return sequence(p, p.ring)
}

// loosePosition reads a position of a multi-point, in parentheses or without.
func (p *parser) loosePosition() (orb.Point, error) {
	if !p.accept("(") {
		return p.position()
	}
	at, err := p.position()
	if err != nil {
		return at, err
	}
	return at, p.expect(")")
}

func (p *parser) member() (orb.Geometry, error) {
	t := p.take()
	if has, known := geometryWords[strings.ToUpper(t.value)]; t.sort != word || !known || !has || t.is("geometrycollection") {
		return nil, t.fault("a point, line or polygon is expected, not %s", t)
	}
	return p.wkt(t)
}

// boxOf is the geometry of a box of four numbers, or six whose heights do not
// matter. A box whose west is greater than its east crosses the antimeridian.
func boxOf(n []float64) (orb.Geometry, error) {
	if len(n) != 4 && len(n) != 6 {
		return nil, fmt.Errorf("a box has 4 or 6 numbers, not %d", len(n))
	}
	half := len(n) / 2
	return BoxGeometry(n[0], n[1], n[half], n[half+1]), nil
}

// BoxGeometry is a box as a geometry that is valid also where it has no width or
// no height.
func BoxGeometry(west, south, east, north float64) orb.Geometry {
	switch {
	case west > east:
		return orb.MultiPolygon{flatBox(west, south, 180, north), flatBox(-180, south, east, north)}
	case west == east && south == north:
		return orb.Point{west, south}
	case west == east || south == north:
		return orb.LineString{{west, south}, {east, north}}
	}
	return flatBox(west, south, east, north)
}

func flatBox(west, south, east, north float64) orb.Polygon {
	return orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{east, north}}.ToPolygon()
}

// appendWKT appends a geometry as CQL2 text writes it.
func appendWKT(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		return append(appendXY(append(b, "POINT("...), g), ')')
	case orb.MultiPoint:
		return appendParts(append(b, "MULTIPOINT"...), g, func(b []byte, p orb.Point) []byte {
			return append(appendXY(append(b, '('), p), ')')
		})
	case orb.LineString:
		return appendParts(append(b, "LINESTRING"...), g, appendXY)
	case orb.MultiLineString:
		return appendParts(append(b, "MULTILINESTRING"...), g, appendPath)
	case orb.Polygon:
		return appendRings(append(b, "POLYGON"...), g)
	case orb.MultiPolygon:
		return appendParts(append(b, "MULTIPOLYGON"...), g, appendRings)
	case orb.Collection:
		return appendParts(append(b, "GEOMETRYCOLLECTION"...), g, appendWKT)
	}
	return b
}

// appendParts appends what stands in parentheses, between commas.
func appendParts[T any](b []byte, parts []T, write func(b []byte, part T) []byte) []byte {
	return append(appendJoined(append(b, '('), parts, write), ')')
}

func appendJoined[T any](b []byte, parts []T, write func(b []byte, part T) []byte) []byte {
	for i, part := range parts {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, part)
	}
	return b
}

func appendPath(b []byte, l orb.LineString) []byte { return appendParts(b, l, appendXY) }

func appendRings(b []byte, p orb.Polygon) []byte {
	return appendParts(b, p, func(b []byte, r orb.Ring) []byte { return appendParts(b, r, appendXY) })
}

func appendXY(b []byte, p orb.Point) []byte {
	b = append(appendNumber(b, p[0]), ' ')
	return appendNumber(b, p[1])
}

func appendNumber(b []byte, f float64) []byte { return strconv.AppendFloat(b, f, 'f', -1, 64) }
