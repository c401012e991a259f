package cql2

import (
	"strconv"

	"github.com/paulmach/orb"
)

// geometry reads a GeoJSON geometry (RFC 7946).
func (r *reader) geometry(v map[string]any, path string) (*Node, error) {
	g, err := r.shape(v, path)
	if err != nil {
		return nil, err
	}
	if err := valid(g); err != nil {
		return nil, faultAt(path, "%s", err)
	}
	return r.made(Node{Kind: Literal, Value: g}, path)
}

func (r *reader) shape(v map[string]any, path string) (orb.Geometry, error) {
	name, _ := v["type"].(string)
	at, in := path+"/coordinates", v["coordinates"]
	switch name {
	case "Point":
		return boxed(r.position(in, at))
	case "MultiPoint":
		return shapeOf(parts(in, at, r.position))(func(l []orb.Point) orb.Geometry { return orb.MultiPoint(l) })
	case "LineString":
		return boxed(r.line(in, at))
	case "MultiLineString":
		return shapeOf(parts(in, at, r.line))(func(l []orb.LineString) orb.Geometry { return orb.MultiLineString(l) })
	case "Polygon":
		return boxed(r.polygon(in, at))
	case "MultiPolygon":
		return shapeOf(parts(in, at, r.polygon))(func(l []orb.Polygon) orb.Geometry { return orb.MultiPolygon(l) })
	case "GeometryCollection":
		return shapeOf(parts(v["geometries"], path+"/geometries", r.member))(func(l []orb.Geometry) orb.Geometry { return orb.Collection(l) })
	}
	return nil, faultAt(path+"/type", "%q is not the type of a geometry", clip(name))
}

// boxed hands on a geometry unless it could not be read.
func boxed[G orb.Geometry](g G, err error) (orb.Geometry, error) {
	if err != nil {
		return nil, err
	}
	return g, nil
}

// shapeOf makes a geometry of parts unless they could not be read.
func shapeOf[P any](list []P, err error) func(as func([]P) orb.Geometry) (orb.Geometry, error) {
	return func(as func([]P) orb.Geometry) (orb.Geometry, error) {
		if err != nil {
			return nil, err
		}
		return as(list), nil
	}
}

// parts reads the members of a list, which has one at least.
func parts[P any](v any, path string, read func(v any, path string) (P, error)) ([]P, error) {
	list, isList := v.([]any)
	if !isList || len(list) == 0 {
		return nil, faultAt(path, "a list with one member at least is expected")
	}
	all := make([]P, len(list))
	for i, one := range list {
		var err error
		if all[i], err = read(one, path+"/"+strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (r *reader) position(v any, path string) (orb.Point, error) {
	if r.budget.vertices--; r.budget.vertices < 0 {
		return orb.Point{}, faultAt(path, "the geometries of the filter have more than %d positions", MaxVertices)
	}
	numbers, err := numbersOf(v, path)
	if err != nil {
		return orb.Point{}, err
	}
	if len(numbers) != 2 && len(numbers) != 3 {
		return orb.Point{}, faultAt(path, "a position has 2 or 3 numbers, not %d", len(numbers))
	}
	return orb.Point{numbers[0], numbers[1]}, nil
}

func (r *reader) line(v any, path string) (orb.LineString, error) { return parts(v, path, r.position) }

func (r *reader) polygon(v any, path string) (orb.Polygon, error) {
	return parts(v, path, func(v any, path string) (orb.Ring, error) { return parts(v, path, r.position) })
}

func (r *reader) member(v any, path string) (orb.Geometry, error) {
	m, isObject := v.(map[string]any)
	if !isObject || m["type"] == "GeometryCollection" {
		return nil, faultAt(path, "a point, line or polygon is expected")
	}
	return r.shape(m, path)
}

// appendGeoJSON appends a geometry as RFC 7946 writes it.
func appendGeoJSON(b []byte, g orb.Geometry) []byte {
	b = append(append(append(b, `{"type":"`...), g.GeoJSONType()...), '"')
	if all, isCollection := g.(orb.Collection); isCollection {
		return append(appendItems(append(b, `,"geometries":`...), all, appendGeoJSON), '}')
	}
	return append(appendCoordinates(append(b, `,"coordinates":`...), g), '}')
}

func appendCoordinates(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		return appendPair(b, g)
	case orb.MultiPoint:
		return appendItems(b, g, appendPair)
	case orb.LineString:
		return appendItems(b, g, appendPair)
	case orb.MultiLineString:
		return appendItems(b, g, func(b []byte, l orb.LineString) []byte { return appendItems(b, l, appendPair) })
	case orb.Polygon:
		return appendItems(b, g, appendRing)
	case orb.MultiPolygon:
		return appendItems(b, g, func(b []byte, p orb.Polygon) []byte { return appendItems(b, p, appendRing) })
	}
	return b
}

func appendRing(b []byte, r orb.Ring) []byte { return appendItems(b, r, appendPair) }

func appendPair(b []byte, p orb.Point) []byte {
	b = append(appendNumber(append(b, '['), p[0]), ',')
	return append(appendNumber(b, p[1]), ']')
}

func appendItems[T any](b []byte, items []T, write func(b []byte, item T) []byte) []byte {
	return append(appendJoined(append(b, '['), items, write), ']')
}
