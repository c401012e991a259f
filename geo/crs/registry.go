package crs

import (
	"fmt"
	"math"
)

// The authorities whose codes are known.
const (
	epsg = "EPSG"
	esri = "ESRI"
)

// method is how longitude and latitude become x and y.
type method int

const (
	methodNone               method = iota // geographic
	methodTransverseMercator               // EPSG:9807
	methodMercator                         // EPSG:9804, 9805
	methodWebMercator                      // EPSG:1024
	methodLambert                          // EPSG:9801, 9802, 1102
	methodAlbers                           // EPSG:9822
)

// parameters are what the projections have in common: degrees and metres.
type parameters struct {
	meridian, originLat, scale  float64
	parallel1, parallel2        float64
	falseEasting, falseNorthing float64
}

// String lists the parameters for an error.
func (p parameters) String() string {
	return fmt.Sprintf("central meridian %g, latitude of origin %g, standard parallels %g and %g, scale %g, false easting %g m, false northing %g m",
		p.meridian, p.originLat, p.parallel1, p.parallel2, p.scale, p.falseEasting, p.falseNorthing)
}

// definition is all that a CRS does to coordinates.
type definition struct {
	datum  *datum
	method method
	p      parameters
	unit   float64 // metres, or radians of a geographic CRS
}

// projection makes what the definition describes; validate has passed.
func (d definition) projection() projection {
	switch d.method {
	case methodTransverseMercator:
		return newTransverseMercator(d.datum.ellipsoid, d.p)
	case methodMercator:
		return newMercator(d.datum.ellipsoid, d.p)
	case methodWebMercator:
		return webMercator{}
	case methodLambert:
		return newLambert(d.datum.ellipsoid, d.p)
	case methodAlbers:
		return newAlbers(d.datum.ellipsoid, d.p)
	case methodNone:
	}
	return geographic{}
}

// same reports whether two definitions do the same to coordinates, to what the
// texts of programs round: 1e-9 of a degree is 0.1 mm.
func (d definition) same(o definition) bool {
	a, b := d.p, o.p
	return d.method == o.method && d.datum.id == o.datum.id && d.datum.id != datumOther &&
		near(d.unit/o.unit, 1, 1e-12) && near(a.scale, b.scale, 1e-12) &&
		near(math.Remainder(a.meridian-b.meridian, 360), 0, 1e-9) && near(a.originLat, b.originLat, 1e-9) &&
		near(min(a.parallel1, a.parallel2), min(b.parallel1, b.parallel2), 1e-9) &&
		near(max(a.parallel1, a.parallel2), max(b.parallel1, b.parallel2), 1e-9) &&
		near(a.falseEasting, b.falseEasting, 1e-6) && near(a.falseNorthing, b.falseNorthing, 1e-6)
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// system is a definition that has a code.
type system struct {
	authority string
	code      int
	name      string
	definition
}

func (s system) crs() *CRS {
	return &CRS{s.authority, s.code, s.name, s.datum, s.projection(), s.unit}
}

const (
	falseEasting       = 500_000.0
	southFalseNorthing = 10_000_000.0
	zoneStep           = 1_000_000.0
	utmScale           = 0.9996
)

// codeRange is a run of EPSG codes, the first of them given what to make of it.
type codeRange struct {
	first, last int
	make        func(code int) system
}

// codeRanges are the zones. Where two codes mean the same coordinates, the first
// range names what a WKT text describes.
func codeRanges() []codeRange {
	return []codeRange{
		{32601, 32660, func(code int) system { return utm(code, wgs84(), code-32600, "N", 0) }},
		{32701, 32760, func(code int) system { return utm(code, wgs84(), code-32700, "S", southFalseNorthing) }},
		{32240, 32244, func(code int) system { return utm(code, wgs72(), code-32200, "N", 0) }},
		{28402, 28432, func(code int) system { return zoned(code, "Gauss-Kruger", 6*(code-28400)-3, code-28400) }},
		{2492, 2522, func(code int) system { return unzoned(code, "Gauss-Kruger", 6*(code-2490)-3) }},
		{2534, 2543, func(code int) system { return zoned(code, "3-degree Gauss-Kruger", 3*(code-2516), code-2516) }},
		{2593, 2599, func(code int) system { return unzoned(code, "3-degree Gauss-Kruger", 3*(code-2575)) }},
		// EPSG:2600 is a system of Lithuania.
		{2601, 2603, func(code int) system { return unzoned(code, "3-degree Gauss-Kruger", 3*(code-2576)) }},
	}
}

func utm(code int, d *datum, zone int, hemisphere string, falseNorthing float64) system {
	p := parameters{meridian: float64(6*zone - 183), scale: utmScale, falseEasting: falseEasting, falseNorthing: falseNorthing}
	return system{epsg, code, fmt.Sprintf("%s / UTM zone %d%s", d.name, zone, hemisphere), definition{d, methodTransverseMercator, p, 1}}
}

// zoned puts the number of the zone in front of the easting.
func zoned(code int, kind string, meridian, zone int) system {
	return gaussKruger(code, fmt.Sprintf("%s zone %d", kind, zone), meridian, falseEasting+float64(zone)*zoneStep)
}

func unzoned(code int, kind string, meridian int) system {
	return gaussKruger(code, kind+" CM "+meridianName(wrapDegrees(float64(meridian))), meridian, falseEasting)
}

func gaussKruger(code int, suffix string, meridian int, easting float64) system {
	d := pulkovo1942()
	p := parameters{meridian: wrapDegrees(float64(meridian)), scale: 1, falseEasting: easting}
	return system{epsg, code, d.name + " / " + suffix, definition{d, methodTransverseMercator, p, 1}}
}

func meridianName(degrees float64) string {
	if degrees < 0 {
		return fmt.Sprintf("%gW", -degrees)
	}
	return fmt.Sprintf("%gE", degrees)
}

// singles are the systems that are no zone of a series.
func singles() []system {
	var all []system
	for _, g := range []struct {
		code  int
		datum *datum
	}{{4326, wgs84()}, {4284, pulkovo1942()}, {4255, heratNorth()}, {4322, wgs72()}} {
		all = append(all, system{epsg, g.code, g.datum.name, definition{g.datum, methodNone, parameters{scale: 1}, degreeInRadians}})
	}
	for _, s := range []struct {
		authority string
		code      int
		name      string
		method    method
		p         parameters
	}{
		{epsg, 3857, "WGS 84 / Pseudo-Mercator", methodWebMercator, parameters{scale: 1}},
		{epsg, 3395, "WGS 84 / World Mercator", methodMercator, parameters{scale: 1}},
		{epsg, 7755, "WGS 84 / India NSF LCC", methodLambert, parameters{
			meridian: 80, originLat: 24, scale: 1, falseEasting: 4_000_000, falseNorthing: 4_000_000,
			parallel1: 12 + 28.0/60 + 22.638/3600, parallel2: 35 + 10.0/60 + 22.096/3600,
		}},
		{esri, 102012, "Asia_Lambert_Conformal_Conic", methodLambert, parameters{meridian: 105, scale: 1, parallel1: 30, parallel2: 62}},
		{esri, 102025, "Asia_North_Albers_Equal_Area_Conic", methodAlbers, parameters{meridian: 95, originLat: 30, scale: 1, parallel1: 15, parallel2: 65}},
		{esri, 102027, "Asia_North_Lambert_Conformal_Conic", methodLambert, parameters{meridian: 95, originLat: 30, scale: 1, parallel1: 15, parallel2: 65}},
		{esri, 102028, "Asia_South_Albers_Equal_Area_Conic", methodAlbers, parameters{meridian: 125, originLat: -15, scale: 1, parallel1: 7, parallel2: -32}},
		{esri, 102030, "Asia_South_Lambert_Conformal_Conic", methodLambert, parameters{meridian: 125, originLat: -15, scale: 1, parallel1: 7, parallel2: -32}},
	} {
		all = append(all, system{s.authority, s.code, s.name, definition{wgs84(), s.method, s.p, 1}})
	}
	return all
}

// lookUp finds a system by its code.
func lookUp(authority string, code int) (system, bool) {
	for _, s := range singles() {
		if s.authority == authority && s.code == code {
			return s, true
		}
	}
	for _, r := range codeRanges() {
		if authority == epsg && code >= r.first && code <= r.last {
			return r.make(code), true
		}
	}
	return system{}, false
}

// named finds the first system that does the same as a definition.
func named(d definition) (system, bool) {
	for _, s := range singles() {
		if s.same(d) {
			return s, true
		}
	}
	for _, r := range codeRanges() {
		for code := r.first; code <= r.last; code++ {
			if s := r.make(code); s.same(d) {
				return s, true
			}
		}
	}
	return system{}, false
}
