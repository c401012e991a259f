package crs

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// readDatum reads datum, ellipsoid, prime meridian and shift of a geographic CRS.
// The name decides between datums on the same ellipsoid (Pulkovo 1942 and 1995
// lie metres apart on the same Krassowsky figures), the figures must fit it. The
// sphere of the first Web Mercator definitions (EPSG:3785, ESRI:102113) is no
// datum of ours: it gives nil without a reason.
func readDatum(n, bound *node) (*datum, string) {
	found := n.child("DATUM", "ENSEMBLE", "GEODETICDATUM", "TRF")
	if found == nil {
		return nil, "it names no datum"
	}
	if prime := n.child("PRIMEM", "PRIMEMERIDIAN"); prime != nil {
		if lon, ok := prime.number(1); !ok || lon != 0 {
			return nil, "prime meridian " + quote(prime.text(0)) + "; only Greenwich is understood"
		}
	}
	name := found.text(0)
	figure, reason := readEllipsoid(found)
	if reason != "" {
		return nil, reason
	}
	shift, reason := readShift(found, bound)
	if reason != "" {
		return nil, reason
	}
	if isWebMercatorSphere(name) && figure == (ellipsoid{a: wgs84Axis}) {
		return nil, ""
	}
	known := datumByName(name)
	switch {
	case known == nil && shift == nil:
		return nil, "datum " + quote(name) + ", and how it lies to WGS 84 is not known"
	case known == nil:
		return datumOfText(name, figure, shift)
	case !near(figure.a, known.ellipsoid.a, 1e-3) || !near(1/figure.f, 1/known.ellipsoid.f, 1e-8):
		return nil, fmt.Sprintf("datum %s on the spheroid %s", quote(name), quote(found.child("SPHEROID", "ELLIPSOID").text(0)))
	case !known.accuracyKnown && shift != nil && *newHelmert(shift.values) != *known.shift:
		return known.withShift(shift.source, shift.values), ""
	}
	return known, ""
}

// readEllipsoid wants the figures of the Earth, in metres.
func readEllipsoid(datum *node) (ellipsoid, string) {
	spheroid := datum.child("SPHEROID", "ELLIPSOID")
	a, okA := spheroid.number(1)
	rf, okF := spheroid.number(2)
	unit := spheroid.child("LENGTHUNIT", "UNIT")
	factor, okU := 1.0, true
	if unit != nil {
		factor, okU = lengths.factor(unit)
	}
	a *= factor
	if !okA || !okF || !okU || !(a > 6_300_000 && a < 6_400_000) || rf != 0 && !(rf > 280 && rf < 320) {
		return ellipsoid{}, fmt.Sprintf("datum %s on the spheroid %s of %s m, flattening 1/%s",
			quote(datum.text(0)), quote(spheroid.text(0)), quote(spheroid.text(1)), quote(spheroid.text(2)))
	}
	return newEllipsoid(a, rf), ""
}

func isWebMercatorSphere(name string) bool {
	switch simplifyDatum(name) {
	case "popularvisualisationdatum", "wgs1984majorauxiliarysphere":
		return true
	}
	return false
}

// simplifyDatum also drops the D_ that ESRI puts before a name.
func simplifyDatum(name string) string {
	if len(name) > 2 && (name[0] == 'D' || name[0] == 'd') && name[1] == '_' {
		name = name[2:]
	}
	return simplify(name)
}

// datumByName knows a datum by what ESRI, GDAL, EPSG and surveyors call it, nil
// for any other. ETRS89 is not taken as WGS 84: it is registered so for Europe
// alone, and its plate moves on.
func datumByName(name string) *datum {
	simple := simplifyDatum(name)
	switch simple {
	case "wgs1984", "wgs84", "worldgeodeticsystem1984", "worldgeodeticsystem1984ensemble":
		return wgs84()
	case "pulkovo1942", "pulkovo", "s42", "sk42", "ск42", "system1942", "coordinatesystem1942":
		return pulkovo1942()
	case "pulkovo194283", "pulkovo1942adj1983", "4283":
		return readjusted1942("Pulkovo 1942(83)")
	case "pulkovo194258", "pulkovo1942adj1958", "4258":
		return readjusted1942("Pulkovo 1942(58)")
	case "heratnorth":
		return heratNorth()
	case "wgs1972", "wgs72", "worldgeodeticsystem1972":
		return wgs72()
	}
	for _, prefix := range []string{"worldgeodeticsystem1984", "wgs1984", "wgs84"} {
		if rest, ok := strings.CutPrefix(simple, prefix); ok && isRealisation(rest) {
			return wgs84()
		}
	}
	for _, prefix := range []string{"itrf", "internationalterrestrialreferenceframe"} {
		if year, ok := strings.CutPrefix(simple, prefix); ok && isYear(year) {
			return itrf("ITRF" + year)
		}
	}
	return nil
}

// isRealisation knows what follows the name of WGS 84 for one of its
// realisations: Transit, or G and the week.
func isRealisation(rest string) bool {
	week, ok := strings.CutPrefix(rest, "g")
	return rest == "transit" || ok && len(week) >= 3 && len(week) <= 4 && digitsOnly(week)
}

// isYear knows the years of ITRF: 88 to 97, and 2000 on.
func isYear(year string) bool {
	return (len(year) == 2 && year >= "88" || len(year) == 4 && year >= "1988" && year < "2100") && digitsOnly(year)
}

func digitsOnly(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// shift is what a text gives to lead to WGS 84: three or seven values of a
// position vector transformation, in metres, arc-seconds and parts per million.
type shift struct {
	source string
	values []float64
}

// readShift reads the TOWGS84 of a WKT1 datum or the transformation of a bound
// CRS, nil when there is neither.
func readShift(datum, bound *node) (*shift, string) {
	var s *shift
	if to := datum.child("TOWGS84"); to != nil {
		s = &shift{source: "TOWGS84"}
		for i := range to.values {
			v, ok := to.number(i)
			if !ok {
				v = math.NaN()
			}
			s.values = append(s.values, v)
		}
	} else if bound != nil {
		s = &shift{source: "transformation", values: readTransformation(bound)}
	}
	if s != nil && !sensible(s.values) {
		return nil, "the " + s.source + " of the datum " + quote(datum.text(0)) + " is not one"
	}
	return s, ""
}

// readTransformation reads the seven values of a position vector or coordinate
// frame transformation, or of a translation, in the units that WKT2 gives them.
// Any other transformation gives none.
func readTransformation(n *node) []float64 {
	turned := 1.0
	switch method := simplify(n.child("METHOD").text(0)); {
	case strings.HasPrefix(method, "geocentrictranslations"), strings.HasPrefix(method, "positionvector"):
	case strings.HasPrefix(method, "coordinateframe"):
		turned = -1
	default:
		return nil
	}
	values := make([]float64, 7)
	names := []string{"xaxistranslation", "yaxistranslation", "zaxistranslation", "xaxisrotation", "yaxisrotation", "zaxisrotation", "scaledifference"}
	for _, p := range n.nodes {
		at := slices.Index(names, simplify(p.text(0)))
		if p.keyword != "PARAMETER" || at < 0 {
			continue
		}
		v, ok := abridged(p, at)
		if !ok {
			return nil
		}
		if at > 2 && at < 6 {
			v *= turned
		}
		values[at] = v
	}
	return values
}

// abridged reads value i of a transformation in metres, arc-seconds or parts per
// million. Without a unit ISO 19162 means those too, but a whole factor for the
// scale.
func abridged(p *node, i int) (float64, bool) {
	const arcsec = math.Pi / 180 / 3600
	v, ok := p.number(1)
	unit := p.child("LENGTHUNIT", "ANGLEUNIT", "SCALEUNIT", "UNIT")
	factor := [...]float64{1, 1, 1, arcsec, arcsec, arcsec, 1}[i]
	if unit != nil {
		var isNumber bool
		factor, isNumber = unit.number(1)
		ok = ok && isNumber
	}
	switch {
	case i == 6 && factor == 1:
		return (v - 1) * 1e6, ok
	case i == 6:
		return v * factor * 1e6, ok
	case i > 2:
		return v * (factor / arcsec), ok
	}
	return v * factor, ok
}

// sensible holds a shift to three or seven values that can be between two
// datums. Rotations of 30 arc-seconds keep the small-angle formulas to 15 cm.
func sensible(v []float64) bool {
	if len(v) != 3 && len(v) != 7 {
		return false
	}
	limits := []float64{3000, 3000, 3000, 30, 30, 30, 100}
	for i := range v {
		if !(math.Abs(v[i]) <= limits[i]) {
			return false
		}
	}
	return true
}

// datumOfText is a datum that only the text tells about. A shift of zeros says
// something only where the figure is that of WGS 84, to 1 m at the poles:
// elsewhere programs write it when they do not know.
func datumOfText(name string, figure ellipsoid, s *shift) (*datum, string) {
	zeros := !slices.ContainsFunc(s.values, func(v float64) bool { return v != 0 })
	if zeros && (!near(figure.a, wgs84Axis, 1) || !near(figure.f, 1/wgs84Flattening, 1e-7)) {
		return nil, "datum " + quote(name) + " with a " + s.source + " of zeros, which says nothing on that spheroid"
	}
	return (&datum{name: name, ellipsoid: figure}).withShift(s.source, s.values), ""
}
