package crs

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// ParseWKT reads the WKT of a .prj file: ESRI WKT1, OGC WKT1 as GDAL writes it,
// or WKT2 (ISO 19162). A CRS is recognised by its datum, ellipsoid, units and
// projection parameters, never by its own name or code, because programs give
// the same system different names. A vertical part is passed over, and so are
// TOWGS84 and other datum shifts of a text: see [CRS.Operation].
//
// Texts above 64 kB or nested deeper than 16 give a *SyntaxError, like any text
// that is not WKT; a CRS that is none of those accepted gives an *UnknownError.
func ParseWKT(wkt string) (*CRS, error) {
	root, err := readWKT(wkt)
	if err != nil {
		return nil, err
	}
	h := horizontal(root)
	code, reason := identify(h)
	if code == 0 {
		return nil, &UnknownError{Found: describe(h, reason)}
	}
	return ByEPSG(code)
}

// horizontal unwraps a compound or bound CRS.
func horizontal(n *node) *node {
	for range maxWKTNesting {
		switch n.keyword {
		case "COMPD_CS", "COMPOUNDCRS":
			inner := n.child("PROJCS", "GEOGCS", "PROJCRS", "PROJECTEDCRS", "GEOGCRS", "GEODCRS", "BOUNDCRS")
			if inner == nil {
				return n
			}
			n = inner
		case "BOUNDCRS":
			source := n.child("SOURCECRS")
			if source == nil || len(source.nodes) == 0 {
				return n
			}
			n = source.nodes[0]
		default:
			return n
		}
	}
	return n
}

// identify returns the EPSG code of a horizontal CRS, or 0 and why there is
// none.
func identify(n *node) (code int, reason string) {
	switch n.keyword {
	case "GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS":
		return identifyGeographic(n)
	case "PROJCS", "PROJCRS", "PROJECTEDCRS":
		return identifyProjected(n)
	}
	return 0, "it is a " + quote(n.keyword)
}

func identifyGeographic(n *node) (int, string) {
	d, reason := identifyDatum(n)
	if reason == "" {
		reason = checkUnits(n, degreeInRadians)
	}
	switch {
	case reason != "":
		return 0, reason
	case d == datumWGS84:
		return 4326, ""
	case d == datumPulkovo:
		return 4284, ""
	}
	return 0, "a sphere without a projection"
}

// The datums that are told apart.
type datumKind int

const (
	datumNone datumKind = iota
	datumWGS84
	datumPulkovo
	// datumSphere is the sphere of the first Web Mercator definitions
	// (EPSG:3785, ESRI:102113).
	datumSphere
)

// identifyDatum reads datum, ellipsoid and prime meridian of a geographic CRS.
// The name decides between datums on the same ellipsoid (Pulkovo 1942 and 1995
// lie metres apart on the same Krassowsky figures), the figures must fit it.
func identifyDatum(n *node) (datumKind, string) {
	datum := n.child("DATUM", "ENSEMBLE", "GEODETICDATUM", "TRF")
	if datum == nil {
		return datumNone, "it names no datum"
	}
	if prime := n.child("PRIMEM", "PRIMEMERIDIAN"); prime != nil {
		if lon, ok := prime.number(1); !ok || lon != 0 {
			return datumNone, "prime meridian " + quote(prime.text(0))
		}
	}
	kind := datumByName(datum.text(0))
	if kind == datumNone {
		return datumNone, "datum " + quote(datum.text(0))
	}
	spheroid := datum.child("SPHEROID", "ELLIPSOID")
	a, okA := spheroid.number(1)
	rf, okF := spheroid.number(2)
	wantA, wantRF := figures(kind)
	if !okA || !okF || !near(a, wantA, 1e-3) || !near(rf, wantRF, 1e-8) {
		return datumNone, fmt.Sprintf("datum %s on the spheroid %s", quote(datum.text(0)), quote(spheroid.text(0)))
	}
	return kind, ""
}

func datumByName(name string) datumKind {
	switch simplify(name) {
	case "dwgs1984", "wgs1984", "wgs84", "dwgs84", "worldgeodeticsystem1984", "worldgeodeticsystem1984ensemble":
		return datumWGS84
	case "dpulkovo1942", "pulkovo1942":
		return datumPulkovo
	case "popularvisualisationdatum", "dpopularvisualisationdatum", "dwgs1984majorauxiliarysphere":
		return datumSphere
	}
	return datumNone
}

func figures(kind datumKind) (a, inverseFlattening float64) {
	switch kind {
	case datumPulkovo:
		return krassowskyAxis, krassowskyFlatten
	case datumSphere:
		return wgs84Axis, 0
	default:
		return wgs84Axis, wgs84Flattening
	}
}

const degreeInRadians = math.Pi / 180

// checkUnits wants every unit and axis directly under n to count in want (1 for
// metres, degreeInRadians for degrees) and to grow to the east and north.
func checkUnits(n *node, want float64) string {
	for _, c := range n.nodes {
		switch c.keyword {
		case "UNIT", "LENGTHUNIT", "ANGLEUNIT":
			if factor, ok := c.number(1); !ok || !near(factor, want, 1e-9) {
				return "unit " + quote(c.text(0))
			}
		case "AXIS":
			if reason := checkAxis(c, want); reason != "" {
				return reason
			}
		}
	}
	return ""
}

// checkAxis refuses axes that count backwards; a third, upward axis may have
// units of its own.
func checkAxis(axis *node, want float64) string {
	switch way := simplify(axis.text(1)); way {
	case "south", "west":
		return "axis " + quote(axis.text(0)) + " to the " + way
	case "up":
		return ""
	}
	return checkUnits(axis, want)
}

func identifyProjected(n *node) (int, string) {
	base := n.child("GEOGCS", "BASEGEOGCRS", "BASEGEODCRS")
	if base == nil {
		return 0, "it names no geographic CRS"
	}
	d, reason := identifyDatum(base)
	if reason == "" {
		reason = checkUnits(base, degreeInRadians)
	}
	if reason == "" {
		reason = checkUnits(n, 1)
	}
	if reason != "" {
		return 0, reason
	}
	method, holder := projectionMethod(n)
	p, reason := readParameters(holder)
	if reason != "" {
		return 0, reason
	}
	return identifyMethod(n, d, method, p)
}

// projectionMethod returns the method's name and the node that holds its
// parameters: the CRS itself in WKT1, its CONVERSION in WKT2.
func projectionMethod(n *node) (string, *node) {
	if conversion := n.child("CONVERSION"); conversion != nil {
		return conversion.child("METHOD", "PROJECTION").text(0), conversion
	}
	return n.child("PROJECTION").text(0), n
}

func identifyMethod(n *node, d datumKind, method string, p parameters) (int, string) {
	code := 0
	switch simplify(method) {
	case "transversemercator", "gausskruger":
		code = transverseMercatorCode(d, p)
	case "mercatorauxiliarysphere", "popularvisualisationpseudomercator", "mercator", "mercator1sp":
		if isWebMercator(n, d, method) && p == (parameters{scale: 1}) {
			code = 3857
		}
	default:
		return 0, "projection " + quote(method)
	}
	if code == 0 {
		return 0, fmt.Sprintf("projection %s with %s", quote(method), p)
	}
	return code, ""
}

// isWebMercator tells the spherical formulas from the ellipsoidal ones: they
// are meant by ESRI's and EPSG's method names, by a sphere, and by the PROJ
// string GDAL puts beside "Mercator_1SP".
func isWebMercator(n *node, d datumKind, method string) bool {
	name := simplify(method)
	if name == "mercatorauxiliarysphere" || name == "popularvisualisationpseudomercator" || d == datumSphere {
		return d == datumWGS84 || d == datumSphere
	}
	proj := n.child("EXTENSION").text(1)
	return d == datumWGS84 && strings.Contains(proj, "+a=6378137 ") && strings.Contains(proj, "+b=6378137 ")
}

// transverseMercatorCode finds the zone that has the parameters, 0 if none has.
func transverseMercatorCode(d datumKind, p parameters) int {
	if p.originLat != 0 {
		return 0
	}
	if d == datumWGS84 && near(p.scale, utmScale, 1e-12) {
		return utmCode(p)
	}
	if d == datumPulkovo && p.scale == 1 && p.falseNorthing == 0 {
		return gaussKrugerCode(p)
	}
	return 0
}

func utmCode(p parameters) int {
	if p.falseEasting != falseEasting {
		return 0
	}
	for zone := 1; zone <= 60; zone++ {
		switch {
		case !sameMeridian(p.meridian, utmMeridian(zone)):
		case p.falseNorthing == 0:
			return 32600 + zone
		case p.falseNorthing == southFalseNorthing:
			return 32700 + zone
		}
	}
	return 0
}

func gaussKrugerCode(p parameters) int {
	for zone := 2; zone <= 32; zone++ {
		switch {
		case !sameMeridian(p.meridian, pulkovoMeridian(zone)):
		case p.falseEasting == falseEasting+float64(zone)*zoneStep:
			return 28400 + zone
		case p.falseEasting == falseEasting:
			return 2490 + zone
		}
	}
	return 0
}

func sameMeridian(a, b float64) bool { return near(math.Remainder(a-b, 360), 0, 1e-9) }

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// parameters are what the accepted projections have in common. Anything else
// must be zero.
type parameters struct {
	meridian, originLat, scale  float64
	falseEasting, falseNorthing float64
}

// String lists the parameters for an error.
func (p parameters) String() string {
	return fmt.Sprintf("central meridian %g, latitude of origin %g, scale %g, false easting %g, false northing %g",
		p.meridian, p.originLat, p.scale, p.falseEasting, p.falseNorthing)
}

func readParameters(holder *node) (parameters, string) {
	p := parameters{scale: 1}
	for _, c := range holder.nodes {
		if c.keyword != "PARAMETER" {
			continue
		}
		value, ok := c.number(1)
		if !ok || math.IsNaN(value) || !plainUnit(c) {
			return p, "parameter " + quote(c.text(0)) + " of " + quote(c.text(1))
		}
		if slot := p.slot(c.text(0)); slot != nil {
			*slot = value
		} else if value != 0 {
			return p, fmt.Sprintf("parameter %s of %g", quote(c.text(0)), value)
		}
	}
	return p, ""
}

// slot returns where a parameter goes by its WKT1, ESRI or WKT2 name, nil for
// those that must be zero.
func (p *parameters) slot(name string) *float64 {
	switch simplify(name) {
	case "centralmeridian", "longitudeofnaturalorigin", "longitudeoforigin":
		return &p.meridian
	case "latitudeoforigin", "latitudeofnaturalorigin":
		return &p.originLat
	case "scalefactor", "scalefactoratnaturalorigin":
		return &p.scale
	case "falseeasting":
		return &p.falseEasting
	case "falsenorthing":
		return &p.falseNorthing
	}
	return nil
}

// plainUnit reports whether a WKT2 parameter counts in metres, degrees or
// parts of one.
func plainUnit(n *node) bool {
	wants := map[string]float64{"ANGLEUNIT": degreeInRadians, "LENGTHUNIT": 1, "SCALEUNIT": 1}
	for _, c := range n.nodes {
		if want, ok := wants[c.keyword]; ok {
			if factor, isNumber := c.number(1); !isNumber || !near(factor, want, 1e-9) {
				return false
			}
		}
	}
	return true
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
