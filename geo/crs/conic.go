package crs

import "math"

// conic is a conic projection round the polar axis: a parallel becomes a circle
// round the apex and a longitude an angle there.
type conic struct {
	meridian      float64 // radians
	n             float64 // angle at the apex per longitude, the sign that of the pole it is at
	originRadius  float64 // of the parallel of the origin, metres, with the sign of n
	falseEasting  float64
	falseNorthing float64
	parallels     parallels
}

// parallels says how far from the apex a conic draws each parallel, in metres
// with the sign of n.
type parallels interface {
	radius(phi float64) float64
	latitude(radius float64) float64
}

func newConic(n float64, p parameters, curves parallels) *conic {
	return &conic{toRadians(p.meridian), n, curves.radius(toRadians(p.originLat)), p.falseEasting, p.falseNorthing, curves}
}

func (c *conic) forward(lam, phi float64) (x, y float64) {
	radius := c.parallels.radius(phi)
	sin, cos := math.Sincos(c.n * turn(lam-c.meridian))
	return c.falseEasting + radius*sin, c.falseNorthing + c.originRadius - radius*cos
}

func (c *conic) inverse(x, y float64) (lam, phi float64) {
	x, y = x-c.falseEasting, c.originRadius-(y-c.falseNorthing)
	sign := math.Copysign(1, c.n)
	radius := sign * math.Hypot(x, y)
	return c.meridian + math.Atan2(sign*x, sign*y)/c.n, c.parallels.latitude(radius)
}

// bounds reach 15,000 km from the false origin, which holds Central Asia from
// every origin between South Africa, Australia and the Bering Strait.
func (c *conic) bounds() (minX, minY, maxX, maxY float64) {
	const reach = 15_000_000
	return c.falseEasting - reach, c.falseNorthing - reach, c.falseEasting + reach, c.falseNorthing + reach
}

// covers reports whether a point lies on the cone: a flattened cone leaves a
// wedge out, and an equal-area one ends where a pole is a circle. There the
// inverse leads elsewhere or nowhere.
func (c *conic) covers(x, y float64) bool {
	lam, phi := c.inverse(x, y)
	backX, backY := c.forward(lam, phi)
	return math.Hypot(backX-x, backY-y) < 1
}

// lambert is the Lambert conformal conic (EPSG:9801, 9802; J. P. Snyder, Map
// Projections: A Working Manual, 1987, equations 15-1 to 15-10): the radius falls
// by the power n of the exponential of the isometric latitude.
type lambert struct {
	ellipsoid ellipsoid
	n         float64
	equator   float64 // radius of the equator, metres, with the sign of n
}

// newLambert makes the one with one standard parallel from two equal ones.
func newLambert(e ellipsoid, p parameters) *conic {
	phi1, phi2 := toRadians(p.parallel1), toRadians(p.parallel2)
	n := math.Sin(phi1)
	if math.Abs(phi1-phi2) > 1e-10 {
		n = math.Log(e.parallelRadius(phi1)/e.parallelRadius(phi2)) / (e.isometric(phi2) - e.isometric(phi1))
	}
	equator := e.a * p.scale * e.parallelRadius(phi1) * math.Exp(n*e.isometric(phi1)) / n
	return newConic(n, p, lambert{e, n, equator})
}

// radius is 0 at the pole of the apex, which the isometric latitude reaches only
// in the infinite, and infinite at the other.
func (l lambert) radius(phi float64) float64 {
	if math.Abs(phi) >= math.Pi/2-1e-12 {
		return l.equator * (1 - math.Copysign(1, phi*l.n)) * math.MaxFloat64
	}
	return l.equator * math.Exp(-l.n*l.ellipsoid.isometric(phi))
}

func (l lambert) latitude(radius float64) float64 {
	return l.ellipsoid.latitude(-math.Log(radius/l.equator) / l.n)
}

// albers is the Albers equal-area conic (EPSG:9822; Snyder 1987, equations 14-1
// to 14-21): the squared radius falls evenly with the area up to a parallel.
type albers struct {
	ellipsoid ellipsoid
	n         float64
	c         float64
}

func newAlbers(e ellipsoid, p parameters) *conic {
	phi1, phi2 := toRadians(p.parallel1), toRadians(p.parallel2)
	m1, m2 := e.parallelRadius(phi1), e.parallelRadius(phi2)
	n := math.Sin(phi1)
	if math.Abs(phi1-phi2) > 1e-10 {
		n = (m1*m1 - m2*m2) / (e.area(phi2) - e.area(phi1))
	}
	return newConic(n, p, albers{e, n, m1*m1 + n*e.area(phi1)})
}

func (a albers) radius(phi float64) float64 {
	return a.ellipsoid.a * math.Sqrt(max(0, a.c-a.n*a.ellipsoid.area(phi))) / a.n
}

func (a albers) latitude(radius float64) float64 {
	s := radius * a.n / a.ellipsoid.a
	return a.ellipsoid.latitudeOfArea((a.c - s*s) / a.n)
}

// area is the area between the equator and a parallel, in units of the
// semi-major axis squared times pi (Snyder's q).
func (e ellipsoid) area(phi float64) float64 { return e.areaOfSine(math.Sin(phi)) }

func (e ellipsoid) areaOfSine(sin float64) float64 {
	if e.e2 == 0 {
		return 2 * sin
	}
	ecc := math.Sqrt(e.e2)
	return (1 - e.e2) * (sin/(1-e.e2*sin*sin) + math.Atanh(ecc*sin)/ecc)
}

// latitudeOfArea undoes area by Newton's method on the sine of the latitude,
// which settles within five rounds from the answer of the sphere. More area than
// the ellipsoid has is no latitude: NaN.
func (e ellipsoid) latitudeOfArea(q float64) float64 {
	whole := e.areaOfSine(1)
	if math.Abs(q) > whole*(1+1e-12) {
		return math.NaN()
	}
	sin := q / whole
	for range 6 {
		w := 1 - e.e2*sin*sin
		sin = max(-1, min(1, sin+(q-e.areaOfSine(sin))*w*w/(2*(1-e.e2))))
	}
	return math.Asin(sin)
}
