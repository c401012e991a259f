package crs

import "math"

// ellipsoid is a figure of the Earth: semi-major axis a in metres, flattening
// f, and the squared first eccentricity.
type ellipsoid struct{ a, f, e2 float64 }

func newEllipsoid(a, inverseFlattening float64) ellipsoid {
	f := 1 / inverseFlattening
	return ellipsoid{a, f, f * (2 - f)}
}

// The defining figures of the two ellipsoids (EPSG:7030 and EPSG:7024).
const (
	wgs84Axis         = 6378137.0
	wgs84Flattening   = 298.257223563
	krassowskyAxis    = 6378245.0
	krassowskyFlatten = 298.3
)

// datum is an ellipsoid with the one operation that leads from it to WGS 84.
type datum struct {
	ellipsoid ellipsoid
	// shift is nil on WGS 84 itself.
	shift     *helmert
	operation string
	accuracy  float64
}

func wgs84() *datum {
	return &datum{
		ellipsoid: newEllipsoid(wgs84Axis, wgs84Flattening),
		operation: "none, the coordinates are on WGS 84",
	}
}

// pulkovo1942 uses EPSG:15865, the operation registered for Tajikistan,
// Uzbekistan, Kyrgyzstan and Turkmenistan. Software that picks an operation for
// each point jumps by 2.75 m at the edge of Russia's bounding box, which
// crosses Tajikistan; one fixed operation does not.
func pulkovo1942() *datum {
	return &datum{
		ellipsoid: newEllipsoid(krassowskyAxis, krassowskyFlatten),
		shift:     newHelmert(25, -141, -78.5, 0, 0.35, 0.736, 0),
		operation: "EPSG:15865 Pulkovo 1942 to WGS 84 (16), position vector 25, -141, -78.5 m, " +
			"0, 0.35, 0.736 arc-seconds, 0 ppm, accuracy 4.5 m",
		accuracy: 4.5,
	}
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

// helmert is a seven-parameter position vector transformation (EPSG:9606):
// metres, radians and a scale factor near 1.
type helmert struct{ tx, ty, tz, rx, ry, rz, m float64 }

func newHelmert(tx, ty, tz, rxArcsec, ryArcsec, rzArcsec, ppm float64) *helmert {
	const arcsec = math.Pi / 180 / 3600
	return &helmert{tx, ty, tz, rxArcsec * arcsec, ryArcsec * arcsec, rzArcsec * arcsec, 1 + ppm*1e-6}
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
