package crs

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// ParseWKT reads the WKT of a .prj file: ESRI WKT1, OGC WKT1 as GDAL writes it,
// or WKT2 (ISO 19162, of 2015 and 2019), with brackets of either kind. A CRS is
// recognised by its datum, ellipsoid, units and projection parameters, never by
// its own name or code, because programs give the same system different names.
// The one exception: a Mercator that calls itself pseudo or web is Web Mercator.
// Where no code stands for the system, the CRS has none, and the name of the text.
//
// Understood are longitude and latitude in degrees, radians or gradians, and
// transverse Mercator, Mercator, Web Mercator, Lambert conformal conic with one
// or two standard parallels and Albers equal area, in metres, kilometres, feet or
// whatever unit whose factor the text gives. Axes may be declared in any order:
// coordinates of files are x, y all the same. Axes to the south or west and prime
// meridians other than Greenwich are refused. A vertical part is passed over.
//
// The datum decides the operation: see [CRS.Operation]. A shift that the text
// itself gives (TOWGS84 as a position vector, or the transformation of a
// BOUNDCRS) counts for datums that are not known here and for those whose
// operation has no known accuracy. It is passed over on Pulkovo 1942, WGS 84,
// WGS 72 and ITRF, so that one system never has two operations.
//
// Texts above 64 kB or nested deeper than 16 give a *SyntaxError, like any text
// that is not WKT; a CRS that is none of those accepted gives an *UnknownError.
func ParseWKT(wkt string) (*CRS, error) {
	root, err := readWKT(wkt)
	if err != nil {
		return nil, err
	}
	h, bound := horizontal(root)
	d, reason := define(h, bound)
	if reason != "" {
		return nil, &UnknownError{Found: describe(h, reason)}
	}
	if s, ok := named(d); ok {
		return s.crs(), nil
	}
	return &CRS{name: ownName(h), datum: d.datum, projection: d.projection(), unit: d.unit}, nil
}

// horizontal unwraps a compound or bound CRS. The second result is the
// transformation that a bound one is bound by, nil without.
func horizontal(n *node) (crs, transformation *node) {
	for range maxWKTNesting {
		switch n.keyword {
		case "COMPD_CS", "COMPOUNDCRS":
			inner := n.child("PROJCS", "GEOGCS", "PROJCRS", "PROJECTEDCRS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "BOUNDCRS")
			if inner == nil {
				return n, transformation
			}
			n = inner
		case "BOUNDCRS":
			source := n.child("SOURCECRS")
			if source == nil || len(source.nodes) == 0 {
				return n, transformation
			}
			n, transformation = source.nodes[0], n.child("ABRIDGEDTRANSFORMATION")
		default:
			return n, transformation
		}
	}
	return n, transformation
}

// define says what a horizontal CRS does to coordinates, or why that is not known.
func define(n, bound *node) (d definition, reason string) {
	switch n.keyword {
	case "GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS":
		return defineGeographic(n, bound)
	case "PROJCS", "PROJCRS", "PROJECTEDCRS":
		return defineProjected(n, bound)
	}
	return d, "it is a " + quote(n.keyword)
}

func defineGeographic(n, bound *node) (definition, string) {
	d := definition{p: parameters{scale: 1}}
	var reason string
	if d.datum, reason = readDatum(n, bound); reason != "" {
		return d, reason
	}
	if d.datum == nil {
		return d, "a sphere without a projection"
	}
	if system := n.child("CS"); system != nil && simplify(system.text(0)) != "ellipsoidal" {
		return d, "its coordinates are " + quote(system.text(0))
	}
	d.unit, reason = readUnits(n, angles)
	return d, reason
}

func defineProjected(n, bound *node) (d definition, reason string) {
	base := n.child("GEOGCS", "BASEGEOGCRS", "BASEGEODCRS")
	if base == nil {
		return d, "it names no geographic CRS"
	}
	if d.datum, reason = readDatum(base, bound); reason != "" {
		return d, reason
	}
	angle, reason := readUnits(base, angles)
	if reason != "" {
		return d, reason
	}
	if d.unit, reason = readUnits(n, lengths); reason != "" {
		return d, reason
	}
	name, holder := projectionMethod(n)
	if d.p, reason = readParameters(holder, angle, d.unit); reason != "" {
		return d, reason
	}
	d.method = methodOf(n, d.datum, name)
	if d.method == methodNone || d.datum == nil && d.method != methodWebMercator {
		return d, "projection " + quote(name)
	}
	if d.method == methodWebMercator {
		d.datum = wgs84() // also where the text calls its sphere a datum
	}
	if reason = d.complete(name); reason != "" {
		return d, fmt.Sprintf("projection %s %s", quote(name), reason)
	}
	return d, ""
}

// projectionMethod returns the method's name and the node that holds its
// parameters: the CRS itself in WKT1, its CONVERSION in WKT2.
func projectionMethod(n *node) (string, *node) {
	if conversion := n.child("CONVERSION"); conversion != nil {
		return conversion.child("METHOD", "PROJECTION").text(0), conversion
	}
	return n.child("PROJECTION").text(0), n
}

// methodOf knows a method by its name in ESRI's WKT, GDAL's WKT or WKT2. A nil
// datum is the sphere of the first Web Mercator definitions.
func methodOf(n *node, d *datum, name string) method {
	switch simplify(name) {
	case "transversemercator", "gausskruger", "transversemercatorcomplex":
		return methodTransverseMercator
	case "mercatorauxiliarysphere", "popularvisualisationpseudomercator":
		if d == nil || d.id == datumWGS84 {
			return methodWebMercator
		}
	case "mercator", "mercator1sp", "mercator2sp", "mercatorvarianta", "mercatorvariantb":
		if isWebMercator(n, d) {
			return methodWebMercator
		}
		return methodMercator
	case "lambertconformalconic", "lambertconformalconic1sp", "lambertconformalconic2sp", "lambertconicconformal1sp", "lambertconicconformal2sp":
		return methodLambert
	case "albers", "albersconicequalarea", "albersequalarea":
		return methodAlbers
	}
	return methodNone
}

// isWebMercator tells the spherical formulas from the ellipsoidal ones, which
// lie 20 km apart: they are meant by a sphere, by the PROJ string GDAL puts
// beside "Mercator_1SP", and by the names of the system where that was lost.
func isWebMercator(n *node, d *datum) bool {
	if d == nil {
		return true
	}
	proj, name := n.child("EXTENSION").text(1), simplify(n.text(0))
	return d.id == datumWGS84 && (strings.Contains(proj, "+a=6378137 ") && strings.Contains(proj, "+b=6378137 ") ||
		strings.Contains(name, "pseudomercator") || strings.Contains(name, "webmercator") || strings.Contains(name, "googlemaps"))
}

// complete fills in what a method leaves to the reader and returns what is wrong
// with its parameters.
func (d *definition) complete(name string) string {
	p := &d.p
	if reason := p.plausible(); reason != "" {
		return reason
	}
	switch d.method {
	case methodLambert, methodAlbers:
		return p.completeConic(simplify(name), d.method)
	case methodMercator:
		if p.originLat != 0 || given(p.parallel2) || math.Abs(p.parallel1) >= 90 {
			return "with " + p.String()
		}
	case methodTransverseMercator, methodWebMercator, methodNone:
		if given(p.parallel1) || given(p.parallel2) {
			return "with " + p.String()
		}
	}
	p.parallel1, p.parallel2 = orZero(p.parallel1), orZero(p.parallel2)
	if d.method == methodWebMercator && (*p != parameters{scale: 1} || d.unit != 1) {
		return fmt.Sprintf("with %s, unit %g m", p, d.unit)
	}
	return ""
}

// given reports whether a text gave a parameter a value of weight: one it left
// out is NaN.
func given(v float64) bool { return !math.IsNaN(v) && v != 0 }

func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// plausible holds the parameters to what can be meant on the Earth.
func (p *parameters) plausible() string {
	const farthest = 1e8 // metres; zones up to 60 in front of an easting make 6.05e7
	switch {
	case !(math.Abs(p.meridian) <= 360):
		return fmt.Sprintf("has its central meridian at %g degrees", p.meridian)
	case !(math.Abs(p.originLat) <= 90):
		return fmt.Sprintf("has its origin at the latitude %g", p.originLat)
	case !(p.scale >= 0.1 && p.scale <= 10):
		return fmt.Sprintf("has the scale %g", p.scale)
	case !(math.Abs(p.falseEasting) <= farthest && math.Abs(p.falseNorthing) <= farthest):
		return fmt.Sprintf("has the false easting %g m and the false northing %g m", p.falseEasting, p.falseNorthing)
	}
	return ""
}

// completeConic gives a conic its second standard parallel and refuses parallels
// that make no cone.
func (p *parameters) completeConic(name string, m method) string {
	if strings.HasSuffix(name, "1sp") && !given(p.parallel1) && !given(p.parallel2) {
		p.parallel1 = p.originLat
	}
	if math.IsNaN(p.parallel2) && !strings.HasSuffix(name, "2sp") {
		p.parallel2 = p.parallel1
	}
	switch {
	case math.IsNaN(p.parallel1) || math.IsNaN(p.parallel2):
		return "does not give its standard parallels"
	case math.Abs(p.parallel1) > 89.9 || math.Abs(p.parallel2) > 89.9 || math.Abs(p.parallel1+p.parallel2) < 1e-6:
		return fmt.Sprintf("has the standard parallels %g and %g, which make no cone", p.parallel1, p.parallel2)
	case m == methodAlbers && p.scale != 1:
		return fmt.Sprintf("has the scale %g", p.scale)
	case m == methodLambert && math.Abs(p.originLat) > 89.9999 && p.originLat*(p.parallel1+p.parallel2) < 0:
		return "has its origin at the pole that it draws in the infinite"
	}
	return ""
}

// readParameters reads the parameters of a projection into degrees and metres.
// Angles and lengths without a unit of their own count in those given.
func readParameters(holder *node, angle, length float64) (parameters, string) {
	p := parameters{scale: 1, parallel1: math.NaN(), parallel2: math.NaN()}
	seen := map[*float64]bool{}
	for _, c := range holder.nodes {
		if c.keyword != "PARAMETER" {
			continue
		}
		value, ok := c.number(1)
		if !ok || math.IsNaN(value) || math.IsInf(value, 0) {
			return p, "parameter " + quote(c.text(0)) + " of " + quote(c.text(1))
		}
		slot, kind := p.slot(c.text(0))
		if slot == nil {
			if value != 0 {
				return p, fmt.Sprintf("parameter %s of %g", quote(c.text(0)), value)
			}
			continue
		}
		if seen[slot] {
			return p, "parameter " + quote(c.text(0)) + " twice"
		}
		seen[slot] = true
		if *slot, ok = kind.scaled(c, value, angle, length); !ok {
			return p, "parameter " + quote(c.text(0)) + " in a unit that is not known"
		}
	}
	return p, ""
}

// scaled turns a value into degrees, metres or a plain number.
func (k unitKind) scaled(n *node, value, angle, length float64) (float64, bool) {
	factor := map[unitKind]float64{angles: angle, lengths: length, scales: 1}[k]
	if own := n.child("UNIT", "ANGLEUNIT", "LENGTHUNIT", "SCALEUNIT"); own != nil {
		var ok bool
		if factor, ok = k.factor(own); !ok {
			return 0, false
		}
	}
	if k == angles {
		if factor == degreeInRadians {
			return value, true
		}
		return toDegrees(value * factor), true
	}
	return value * factor, true
}

// slot returns where a parameter goes by its WKT1, ESRI or WKT2 name and what it
// counts, nil for those that must be zero.
func (p *parameters) slot(name string) (*float64, unitKind) {
	switch simplify(name) {
	case "centralmeridian", "longitudeofnaturalorigin", "longitudeoforigin", "longitudeofcenter", "longitudeoffalseorigin":
		return &p.meridian, angles
	case "latitudeoforigin", "latitudeofnaturalorigin", "latitudeofcenter", "latitudeoffalseorigin":
		return &p.originLat, angles
	case "standardparallel1", "latitudeof1ststandardparallel":
		return &p.parallel1, angles
	case "standardparallel2", "latitudeof2ndstandardparallel":
		return &p.parallel2, angles
	case "scalefactor", "scalefactoratnaturalorigin":
		return &p.scale, scales
	case "falseeasting", "eastingatfalseorigin":
		return &p.falseEasting, lengths
	case "falsenorthing", "northingatfalseorigin":
		return &p.falseNorthing, lengths
	}
	return nil, angles
}

const degreeInRadians = math.Pi / 180

// unitKind is what a unit measures.
type unitKind int

const (
	angles  unitKind = iota // radians
	lengths                 // metres
	scales                  // 1
)

// factor returns the factor of a unit. That of a common unit is exact, however
// its digits were rounded; one that the name contradicts is not taken.
func (k unitKind) factor(n *node) (float64, bool) {
	factor, ok := n.number(1)
	if !ok {
		return 0, false
	}
	common := map[unitKind][]float64{
		angles:  {degreeInRadians, math.Pi / 200, 1},
		lengths: {1, 1000, 0.3048, 1200.0 / 3937},
		scales:  {1},
	}[k]
	at := slices.IndexFunc(common, func(c float64) bool { return near(factor/c, 1, 6e-8) })
	if at >= 0 {
		factor = common[at]
	}
	switch simplify(n.text(0)) {
	case "metre", "meter", "m":
		return factor, k == lengths && factor == 1
	case "degree", "degrees":
		return factor, k == angles && factor == degreeInRadians
	}
	// From the inch to the geographical mile.
	return factor, at >= 0 || k == lengths && factor >= 0.01 && factor <= 10_000
}

// readUnits returns the one unit that a CRS and its axes count in, metres or
// degrees where it names none, and refuses axes that count backwards.
func readUnits(n *node, k unitKind) (unit float64, reason string) {
	found := 0.0
	take := func(c *node) string {
		factor, ok := k.factor(c)
		if !ok || found != 0 && factor != found {
			return "unit " + quote(c.text(0)) + " of " + quote(c.text(1))
		}
		found = factor
		return ""
	}
	for _, c := range n.nodes {
		switch c.keyword {
		case "UNIT", "LENGTHUNIT", "ANGLEUNIT":
			reason = take(c)
		case "AXIS":
			reason = readAxis(c, take)
		}
		if reason != "" {
			return 0, reason
		}
	}
	if found == 0 {
		found = [...]float64{angles: degreeInRadians, lengths: 1, scales: 1}[k]
	}
	return found, ""
}

// readAxis refuses an axis that counts backwards; a third, upward one may have
// units of its own.
func readAxis(axis *node, take func(*node) string) string {
	switch way := simplify(axis.text(1)); way {
	case "south", "west":
		return "axis " + quote(axis.text(0)) + " to the " + way
	case "up":
		return ""
	}
	if unit := axis.child("UNIT", "LENGTHUNIT", "ANGLEUNIT"); unit != nil {
		return take(unit)
	}
	return ""
}

// describe says in words what a text holds that is not accepted.
func describe(n *node, reason string) string {
	name := n.text(0)
	if name == "" {
		name = n.keyword
	}
	for _, id := range n.nodes {
		if (id.keyword == "AUTHORITY" || id.keyword == "ID") && len(id.values) > 1 {
			return fmt.Sprintf("%s, %s (%s)", quote(name), quote(id.text(0)+":"+id.text(1)), reason)
		}
	}
	return fmt.Sprintf("%s (%s)", quote(name), reason)
}

// ownName is the name a text gives its CRS, fit to be shown in a line.
func ownName(n *node) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(n.text(0), "\uFFFD"))
	if name = strings.TrimSpace(name); name == "" {
		return "without a name"
	}
	for i := range name {
		if i > maxQuoted {
			return strings.ToValidUTF8(name[:maxQuoted], "")
		}
	}
	return name
}

// simplify reduces a name to its letters and digits in lower case, because
// programs differ in spaces, underscores and case.
func simplify(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
