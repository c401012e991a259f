package geojson

import (
	"math"
	"strconv"

	"github.com/twpayne/go-geom"

	"oxus/geo"
)

// levels is how deep positions lie in the coordinates of each type.
func levels() map[string]int {
	return map[string]int{"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
}

// coordinates gathers the positions of one geometry.
type coordinates struct {
	limits Limits
	// flat has x, y, z of each position; z is NaN where there is none.
	flat   []float64
	hasZ   bool
	beyond bool
	ends   []int
	endss  []int
}

const stride = 3

// geometry decodes a geometry; nil for null and for empty coordinates. beyond
// says that positions had more than three numbers, of which RFC 7946 gives the
// rest no meaning.
func geometry(raw []byte, l Limits) (g geom.T, beyond bool, fault *geo.Fault) {
	if len(raw) == 0 || raw[0] == 'n' {
		return nil, false, nil
	}
	if raw[0] != '{' {
		return nil, false, faultf(RuleGeometry, "the geometry %.40q is no object", raw)
	}
	all, fault := members(raw)
	if fault != nil {
		return nil, false, fault
	}
	kind, err := typeOf(all)
	if err != nil {
		return nil, false, err
	}
	level, known := levels()[kind]
	if !known {
		return nil, false, faultf(geo.RuleGeometryKind, "a %.40q is no point, line or polygon", kind)
	}
	raw = find(all, "coordinates")
	if len(raw) == 0 || raw[0] != '[' {
		return nil, false, faultf(RuleGeometry, "the %s has no array of coordinates", kind)
	}
	if raw[skipSpace(raw, 1)] == ']' {
		return nil, false, nil
	}
	c := coordinates{limits: l}
	if fault := c.read(raw, level); fault != nil {
		return nil, false, fault
	}
	return c.build(kind), c.beyond, nil
}

// typeOf returns the type member.
func typeOf(all []member) (string, *geo.Fault) {
	raw := find(all, "type")
	if len(raw) == 0 || raw[0] != '"' {
		return "", faultf(RuleFeature, "the object has no type")
	}
	return text(raw)
}

func (c *coordinates) read(raw []byte, level int) *geo.Fault {
	if raw[0] != '[' {
		return faultf(RuleGeometry, "%.40q stands where an array of coordinates must", raw)
	}
	if level == 0 {
		return c.position(raw)
	}
	if fault := elements(raw, func(raw []byte) *geo.Fault { return c.read(raw, level-1) }); fault != nil {
		return fault
	}
	switch level {
	case 1:
		c.ends = append(c.ends, len(c.flat))
	case 2:
		c.endss = append(c.endss, len(c.ends))
	}
	if len(c.ends)+len(c.endss) > c.limits.Parts {
		return faultf(RuleParts, "the geometry has more than %d parts", c.limits.Parts)
	}
	return nil
}

func (c *coordinates) position(raw []byte) *geo.Fault {
	if len(c.flat)/stride == c.limits.Points {
		return faultf(RulePoints, "the geometry has more than %d positions", c.limits.Points)
	}
	n := 0
	fault := elements(raw, func(raw []byte) *geo.Fault {
		v, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || raw[0] == 'n' {
			return faultf(RuleCoordinate, "position %d has %.40q where a number must stand", len(c.flat)/stride+1, raw)
		}
		if n++; n <= stride {
			c.flat = append(c.flat, v)
		}
		return nil
	})
	switch {
	case fault != nil:
		return fault
	case n < 2:
		return faultf(RuleCoordinate, "a position has fewer than two numbers")
	case n == 2:
		c.flat = append(c.flat, math.NaN())
	default:
		c.hasZ = true
		c.beyond = c.beyond || n > stride
	}
	return nil
}

// layout leaves out heights that no position has.
func (c *coordinates) layout() geom.Layout {
	if c.hasZ {
		return geom.XYZ
	}
	flat := c.flat[:0]
	for i := 0; i < len(c.flat); i += stride {
		flat = append(flat, c.flat[i], c.flat[i+1])
	}
	c.flat = flat
	for i := range c.ends {
		c.ends[i] = c.ends[i] / stride * 2
	}
	return geom.XY
}

func (c *coordinates) build(kind string) geom.T {
	layout := c.layout()
	switch kind {
	case "Point":
		return geom.NewPointFlat(layout, c.flat)
	case "MultiPoint":
		return geom.NewMultiPointFlat(layout, c.flat)
	case "LineString":
		return geom.NewLineStringFlat(layout, c.flat)
	case "MultiLineString":
		return geom.NewMultiLineStringFlat(layout, c.flat, c.ends)
	case "Polygon":
		return geom.NewPolygonFlat(layout, c.flat, c.ends)
	}
	endss, start := make([][]int, len(c.endss)), 0
	for i, end := range c.endss {
		endss[i], start = c.ends[start:end], end
	}
	return geom.NewMultiPolygonFlat(layout, c.flat, endss)
}
