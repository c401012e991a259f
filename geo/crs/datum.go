package crs

import (
	"fmt"
	"math"
)

// ellipsoid is a figure of the Earth: semi-major axis a in metres, flattening
// f, and the squared first eccentricity.
type ellipsoid struct{ a, f, e2 float64 }

// newEllipsoid takes an inverse flattening of 0 for a sphere, as WKT writes it.
func newEllipsoid(a, inverseFlattening float64) ellipsoid {
	if inverseFlattening == 0 {
		return ellipsoid{a: a}
	}
	f := 1 / inverseFlattening
	return ellipsoid{a, f, f * (2 - f)}
}

// The defining figures of the ellipsoids (EPSG:7030, 7024, 7022, 7043, 7019).
const (
	wgs84Axis            = 6378137.0
	wgs84Flattening      = 298.257223563
	krassowskyAxis       = 6378245.0
	krassowskyFlatten    = 298.3
	internationalAxis    = 6378388.0
	internationalFlatten = 297.0
	wgs72Axis            = 6378135.0
	wgs72Flatten         = 298.26
	grs80Flatten         = 298.257222101
)

// datumID tells the datums apart that systems with a code are on.
type datumID int

const (
	// datumOther has no system with a code.
	datumOther datumID = iota
	datumWGS84
	datumPulkovo
	datumHerat
	datumWGS72
)

// datum is an ellipsoid with the one operation that leads from it to WGS 84.
type datum struct {
	id        datumID
	name      string
	ellipsoid ellipsoid
	// shift is nil where coordinates are taken as those of WGS 84.
	shift         *helmert
	operation     string
	accuracy      float64
	accuracyKnown bool
}

func wgs84() *datum {
	return &datum{
		id:            datumWGS84,
		name:          "WGS 84",
		ellipsoid:     newEllipsoid(wgs84Axis, wgs84Flattening),
		operation:     "none, the coordinates are on WGS 84",
		accuracyKnown: true,
	}
}

// pulkovo1942 uses EPSG:15865, the operation registered for Tajikistan,
// Uzbekistan, Kyrgyzstan and Turkmenistan. Software that picks an operation for
// each point jumps by 2.75 m at the edge of Russia's bounding box, which
// crosses Tajikistan; one fixed operation does not.
func pulkovo1942() *datum {
	return &datum{
		id:        datumPulkovo,
		name:      "Pulkovo 1942",
		ellipsoid: newEllipsoid(krassowskyAxis, krassowskyFlatten),
		shift:     newHelmert([]float64{25, -141, -78.5, 0, 0.35, 0.736, 0}),
		operation: "EPSG:15865 Pulkovo 1942 to WGS 84 (16), position vector 25, -141, -78.5 m, " +
			"0, 0.35, 0.736 arc-seconds, 0 ppm, accuracy 4.5 m",
		accuracy:      4.5,
		accuracyKnown: true,
	}
}

// readjusted1942 is a readjustment of Pulkovo 1942 in Eastern Europe, where each
// country has its own operation. None of the networks reaches Central Asia, so
// a file from there that names one means Pulkovo 1942 itself; nobody states how
// well.
func readjusted1942(name string) *datum {
	d := pulkovo1942()
	d.id, d.name, d.accuracy, d.accuracyKnown = datumOther, name, 0, false
	d.operation = "EPSG:15865 of Pulkovo 1942, because " + name + " does not reach Central Asia: position vector 25, -141, -78.5 m, " +
		"0, 0.35, 0.736 arc-seconds, 0 ppm, accuracy not known"
	return d
}

// heratNorth uses EPSG:1246, the only operation registered for Afghanistan. The
// registry gives it 999 m, which stands for an accuracy that is not known.
func heratNorth() *datum {
	return &datum{
		id:        datumHerat,
		name:      "Herat North",
		ellipsoid: newEllipsoid(internationalAxis, internationalFlatten),
		shift:     newHelmert([]float64{-333, -222, 114}),
		operation: "EPSG:1246 Herat North to WGS 84 (1), geocentric translation -333, -222, 114 m, accuracy not known",
	}
}

// wgs72 uses EPSG:1238, as PROJ does; the other one, EPSG:1237, lies 5 cm away.
func wgs72() *datum {
	return &datum{
		id:        datumWGS72,
		name:      "WGS 72",
		ellipsoid: newEllipsoid(wgs72Axis, wgs72Flatten),
		shift:     newHelmert([]float64{0, 0, 4.5, 0, 0, 0.554, 0.219}),
		operation: "EPSG:1238 WGS 72 to WGS 84 (2), position vector 0, 0, 4.5 m, " +
			"0, 0, 0.554 arc-seconds, 0.219 ppm, accuracy 2 m",
		accuracy:      2,
		accuracyKnown: true,
	}
}

// itrf is a realisation of the International Terrestrial Reference System. The
// newer realisations of WGS 84 follow it to centimetres, and the WGS 84 of EPSG
// means any of them, to 2 m; what plates have moved since is within that.
func itrf(name string) *datum {
	return &datum{
		name:          name,
		ellipsoid:     newEllipsoid(wgs84Axis, grs80Flatten),
		operation:     "none, " + name + " is taken as WGS 84, which EPSG:6326 defines to 2 m, accuracy 2 m",
		accuracy:      2,
		accuracyKnown: true,
	}
}

// withShift is the datum with the shift that a text gives. The numbers are
// metres, arc-seconds and parts per million of a position vector transformation.
func (d *datum) withShift(source string, values []float64) *datum {
	shifted := *d
	shifted.shift, shifted.id = newHelmert(values), datumOther
	shifted.operation = fmt.Sprintf("%s of the file for the datum %s, %s, accuracy not known", source, quote(d.name), shiftWords(values))
	shifted.accuracy, shifted.accuracyKnown = 0, false
	return &shifted
}

func shiftWords(v []float64) string {
	words := fmt.Sprintf("%g, %g, %g m", v[0], v[1], v[2])
	if len(v) < 7 {
		return "geocentric translation " + words
	}
	return fmt.Sprintf("position vector %s, %g, %g, %g arc-seconds, %g ppm", words, v[3], v[4], v[5], v[6])
}

func (d *datum) toWGS84(lam, phi float64) (float64, float64) {
	if d.shift == nil {
		return lam, phi
	}
	target := newEllipsoid(wgs84Axis, wgs84Flattening)
	return target.geographic(d.shift.apply(d.ellipsoid.geocentric(lam, phi)))
}

func (d *datum) fromWGS84(lam, phi float64) (float64, float64) {
	if d.shift == nil {
		return lam, phi
	}
	source := newEllipsoid(wgs84Axis, wgs84Flattening)
	return d.ellipsoid.geographic(d.shift.undo(source.geocentric(lam, phi)))
}

// geocentric turns longitude, latitude in radians at height 0 into Cartesian
// metres from the centre of the Earth (EPSG:9602).
func (e ellipsoid) geocentric(lam, phi float64) (x, y, z float64) {
	sin, cos := math.Sincos(phi)
	n := e.a / math.Sqrt(1-e.e2*sin*sin)
	return n * cos * math.Cos(lam), n * cos * math.Sin(lam), n * (1 - e.e2) * sin
}

// geographic undoes geocentric and drops the height: Bowring's first guess,
// then the fixed point of the latitude, which settles below 1e-15 rad near the
// surface within three rounds.
func (e ellipsoid) geographic(x, y, z float64) (lam, phi float64) {
	p := math.Hypot(x, y)
	b := e.a * (1 - e.f)
	sin, cos := math.Sincos(math.Atan2(z*e.a, p*b))
	phi = math.Atan2(z+e.e2/(1-e.e2)*b*sin*sin*sin, p-e.e2*e.a*cos*cos*cos)
	for range 3 {
		s := math.Sin(phi)
		phi = math.Atan2(z+e.e2*e.a/math.Sqrt(1-e.e2*s*s)*s, p)
	}
	return math.Atan2(y, x), phi
}

// conformal turns the tangent of the geographic latitude into that of the
// conformal latitude (Karney 2011, equations 7 to 9).
func (e ellipsoid) conformal(tau float64) float64 {
	ecc := math.Sqrt(e.e2)
	hyp := math.Hypot(1, tau)
	sigma := math.Sinh(ecc * math.Atanh(ecc*tau/hyp))
	return tau*math.Hypot(1, sigma) - sigma*hyp
}

// unconformal undoes conformal by Newton's method (Karney 2011, equations 19 to
// 21). Three rounds reach the last bit for every latitude.
func (e ellipsoid) unconformal(target float64) float64 {
	rest := 1 - e.e2
	tau := target / rest
	for range 4 {
		got := e.conformal(tau)
		tau += (target - got) / math.Hypot(1, got) * (1 + rest*tau*tau) / (rest * math.Hypot(1, tau))
	}
	return tau
}

// isometric is the isometric latitude of a geographic latitude in radians.
func (e ellipsoid) isometric(phi float64) float64 {
	return math.Asinh(e.conformal(math.Tan(phi)))
}

// latitude undoes isometric.
func (e ellipsoid) latitude(psi float64) float64 {
	// At 40 doubles cannot tell the latitude from the pole.
	const pole = 40
	return math.Atan(e.unconformal(math.Sinh(max(-pole, min(pole, psi)))))
}

// parallelRadius is the radius of a parallel in units of the semi-major axis.
func (e ellipsoid) parallelRadius(phi float64) float64 {
	sin, cos := math.Sincos(phi)
	return cos / math.Sqrt(1-e.e2*sin*sin)
}

// helmert is a seven-parameter position vector transformation (EPSG:9606):
// metres, radians and a scale factor near 1.
type helmert struct{ tx, ty, tz, rx, ry, rz, m float64 }

// newHelmert takes three metres, and three arc-seconds and parts per million
// where there are seven values.
func newHelmert(values []float64) *helmert {
	const arcsec = math.Pi / 180 / 3600
	var v [7]float64
	copy(v[:], values)
	return &helmert{v[0], v[1], v[2], v[3] * arcsec, v[4] * arcsec, v[5] * arcsec, 1 + v[6]*1e-6}
}

func (h *helmert) apply(x, y, z float64) (float64, float64, float64) {
	return h.tx + h.m*(x-h.rz*y+h.ry*z),
		h.ty + h.m*(h.rz*x+y-h.rx*z),
		h.tz + h.m*(-h.ry*x+h.rx*y+z)
}

// undo turns back by the transposed matrix, as the standard's small angle
// approximation has it.
func (h *helmert) undo(x, y, z float64) (float64, float64, float64) {
	x, y, z = (x-h.tx)/h.m, (y-h.ty)/h.m, (z-h.tz)/h.m
	return x + h.rz*y - h.ry*z, -h.rz*x + y + h.rx*z, h.ry*x - h.rx*y + z
}
