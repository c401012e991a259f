package delimited

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkt"

	"oxus/geo"
)

// places are the columns that tell where a row lies, -1 where there is none.
type places struct {
	x, y, wkt int
	// geographic says that the names are those of longitude and latitude.
	geographic bool
}

func (p places) has(column int) bool { return column == p.x || column == p.y || column == p.wkt }

func wktNames() []string {
	return []string{"wkt", "geom_wkt", "wkt_geom", "wkt_geometry", "geometry", "geom", "the_geom"}
}

func longitudeNames() []string {
	return []string{"lon", "long", "lng", "longitude", "долгота", "тӯл", "طول"}
}

func latitudeNames() []string {
	return []string{"lat", "latitude", "широта", "арз", "عرض"}
}

func planeNames() [][2]string {
	return [][2]string{{"x", "y"}, {"easting", "northing"}, {"point_x", "point_y"}, {"xcoord", "ycoord"}}
}

// findPlaces finds the columns by the options, else by their names.
func findPlaces(names []string, o Options, file string) (places, error) {
	p := places{-1, -1, -1, false}
	for _, given := range []struct {
		option, name string
		into         *int
	}{{"--x", o.X, &p.x}, {"--y", o.Y, &p.y}, {"--wkt", o.WKT, &p.wkt}} {
		if given.name == "" {
			continue
		}
		if *given.into = column(names, given.name); *given.into < 0 {
			return p, broken(RuleColumn, geo.Place{File: file}, "%s: there is no column %q (%s)", given.option, given.name, strings.Join(names, ", "))
		}
	}
	switch {
	case (p.x < 0) != (p.y < 0):
		return p, broken(RuleColumn, geo.Place{File: file}, "--x and --y go together")
	case p.x >= 0 && p.wkt >= 0:
		return p, broken(RuleColumn, geo.Place{File: file}, "a row has its place in --x and --y or in --wkt, not in both")
	case p.x >= 0:
		p.geographic = anyOf(names[p.x], longitudeNames()) && anyOf(names[p.y], latitudeNames())
	case p.wkt < 0:
		p = placesByName(names)
	}
	return p, nil
}

func placesByName(names []string) places {
	p := places{-1, -1, -1, false}
	if p.wkt = first(names, wktNames()); p.wkt >= 0 {
		return p
	}
	if x, y := first(names, longitudeNames()), first(names, latitudeNames()); x >= 0 && y >= 0 {
		return places{x, y, -1, true}
	}
	for _, pair := range planeNames() {
		if x, y := column(names, pair[0]), column(names, pair[1]); x >= 0 && y >= 0 {
			return places{x, y, -1, false}
		}
	}
	return p
}

func column(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, strings.TrimSpace(name)) })
}

// first returns the column of the first wanted name that is there.
func first(names, wanted []string) int {
	for _, w := range wanted {
		if i := column(names, w); i >= 0 {
			return i
		}
	}
	return -1
}

func anyOf(name string, names []string) bool { return column(names, name) >= 0 }

// point reads a position from its two cells; both blank are no position.
func point(x, y string, decimalComma bool) (geom.T, *geo.Fault) {
	x, y = strings.TrimSpace(x), strings.TrimSpace(y)
	if x == "" && y == "" {
		return nil, nil
	}
	if x == "" || y == "" {
		return nil, faultf(RuleCoordinate, "one coordinate is blank, the other is not")
	}
	coords := make([]float64, 2)
	for i, text := range []string{x, y} {
		v, ok := decimal(text, decimalComma)
		if !ok {
			return nil, faultf(RuleCoordinate, "%.60q is no coordinate; decimal degrees or metres are read", text)
		}
		coords[i] = v
	}
	return geom.NewPointFlat(geom.XY, coords), nil
}

// decimal reads a number. A comma before the decimals is taken only where it
// cannot be the separator of cells, and never beside a point.
func decimal(text string, comma bool) (float64, bool) {
	text = strings.Replace(text, "\u2212", "-", 1) // the minus of typographers
	if comma && strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	if strings.Trim(text, "+-.0123456789eE") != "" { // ParseFloat also takes hexadecimal, "inf" and "nan"
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// splitSRID takes the system off the front of PostGIS's extended form,
// "SRID=4326;POINT (…)"; 0 when it names none.
func splitSRID(text string) (srid int, rest string) {
	text = strings.TrimSpace(text)
	const word = "SRID="
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return 0, text
	}
	digits, rest, _ := strings.Cut(text[len(word):], ";")
	n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 31)
	if err != nil {
		return 0, text // which is no WKT, as the parser says
	}
	return int(n), rest
}

// deepest is how deep the brackets of a MULTIPOLYGON go.
const deepest = 3

// parseWKT decodes Well-Known Text; what it may ask of the parser is bounded
// before it is asked.
func parseWKT(text string, l Limits) (geom.T, *geo.Fault) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if fault := boundWKT(text, l); fault != nil {
		return nil, fault
	}
	g, err := wkt.Unmarshal(text)
	if err != nil {
		g = openRings(text)
	}
	if g == nil {
		// The parser's own words are many lines with a picture of the text.
		return nil, faultf(RuleWKT, "%.60q is no Well-Known Text of a point, line or polygon", text)
	}
	for i, v := range g.FlatCoords() {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, faultf(RuleCoordinate, "position %d is not finite", i/g.Stride()+1)
		}
	}
	if len(g.FlatCoords()) == 0 {
		return nil, nil
	}
	return g, nil
}

func boundWKT(text string, l Limits) *geo.Fault {
	depth, parts, points := 0, 0, 1
	for _, c := range []byte(text) {
		switch c {
		case '(':
			depth++
			parts++
		case ')':
			depth--
		case ',':
			points++
		}
		if depth > deepest || depth < 0 {
			return faultf(RuleWKT, "the brackets of %.60q do not fit a point, line or polygon", text)
		}
	}
	kind := strings.ToUpper(strings.TrimLeft(text, " \t\r\n"))
	switch {
	case strings.HasPrefix(kind, "GEOMETRYCOLLECTION"):
		return faultf(geo.RuleGeometryKind, "a GEOMETRYCOLLECTION is no point, line or polygon")
	case points > l.Points:
		return faultf(RulePoints, "the geometry has more than %d positions", l.Points)
	// The points of a MULTIPOINT may have brackets of their own.
	case parts > l.Parts && !strings.HasPrefix(kind, "MULTIPOINT"):
		return faultf(RuleParts, "the geometry has more than %d parts", l.Parts)
	}
	return nil
}
