package crs

import "math"

// transverseMercator is the ellipsoidal transverse Mercator projection
// (EPSG:9807), by Krüger's series to the sixth power of
// the third flattening (C. F. F. Karney, Transverse Mercator with an accuracy
// of a few nanometers, Journal of Geodesy 85, 2011).
type transverseMercator struct {
	ellipsoid    ellipsoid
	meridian     float64 // radians
	scaledRadius float64 // rectifying radius times scale, metres
	falseEasting float64
	// equator is the northing of the equator on the central meridian.
	equator     float64
	alpha, beta [seriesTerms]float64
}

const seriesTerms = 6

func newTransverseMercator(e ellipsoid, p parameters) *transverseMercator {
	n := e.f / (2 - e.f)
	n2 := n * n
	radius := e.a / (1 + n) * (1 + n2/4 + n2*n2/64 + n2*n2*n2/256)
	t := &transverseMercator{
		ellipsoid:    e,
		meridian:     toRadians(p.meridian),
		scaledRadius: p.scale * radius,
		falseEasting: p.falseEasting,
		alpha:        forwardSeries(n),
		beta:         inverseSeries(n),
	}
	_, origin := t.forward(t.meridian, toRadians(p.originLat))
	t.equator = p.falseNorthing - origin
	return t
}

// forwardSeries are the coefficients alpha of Karney (2011), equation 35.
func forwardSeries(n float64) [seriesTerms]float64 {
	n2 := n * n
	n3, n4 := n2*n, n2*n2
	n5, n6 := n4*n, n4*n2
	return [seriesTerms]float64{
		n/2 - 2*n2/3 + 5*n3/16 + 41*n4/180 - 127*n5/288 + 7891*n6/37800,
		13*n2/48 - 3*n3/5 + 557*n4/1440 + 281*n5/630 - 1983433*n6/1935360,
		61*n3/240 - 103*n4/140 + 15061*n5/26880 + 167603*n6/181440,
		49561*n4/161280 - 179*n5/168 + 6601661*n6/7257600,
		34729*n5/80640 - 3418889*n6/1995840,
		212378941 * n6 / 319334400,
	}
}

// inverseSeries are the coefficients beta of Karney (2011), equation 36.
func inverseSeries(n float64) [seriesTerms]float64 {
	n2 := n * n
	n3, n4 := n2*n, n2*n2
	n5, n6 := n4*n, n4*n2
	return [seriesTerms]float64{
		n/2 - 2*n2/3 + 37*n3/96 - n4/360 - 81*n5/512 + 96199*n6/604800,
		n2/48 + n3/15 - 437*n4/1440 + 46*n5/105 - 1118711*n6/3870720,
		17*n3/480 - 37*n4/840 - 209*n5/4480 + 5569*n6/90720,
		4397*n4/161280 - 11*n5/504 - 830251*n6/7257600,
		4583*n5/161280 - 108847*n6/3991680,
		20648693 * n6 / 638668800,
	}
}

func (t *transverseMercator) forward(lam, phi float64) (x, y float64) {
	sin, cos := math.Sincos(lam - t.meridian)
	tau := t.ellipsoid.conformal(math.Tan(phi))
	xi, eta := math.Atan2(tau, cos), math.Asinh(sin/math.Hypot(tau, cos))
	north, east := xi, eta
	for j, a := range t.alpha {
		k := 2 * float64(j+1)
		s, c := math.Sincos(k * xi)
		north += a * s * math.Cosh(k*eta)
		east += a * c * math.Sinh(k*eta)
	}
	return t.falseEasting + t.scaledRadius*east, t.equator + t.scaledRadius*north
}

func (t *transverseMercator) inverse(x, y float64) (lam, phi float64) {
	xi, eta := (y-t.equator)/t.scaledRadius, (x-t.falseEasting)/t.scaledRadius
	north, east := xi, eta
	for j, b := range t.beta {
		k := 2 * float64(j+1)
		s, c := math.Sincos(k * xi)
		north -= b * s * math.Cosh(k*eta)
		east -= b * c * math.Sinh(k*eta)
	}
	sin, cos := math.Sincos(north)
	sinh := math.Sinh(east)
	tau := t.ellipsoid.unconformal(sin / math.Hypot(sinh, cos))
	return t.meridian + math.Atan2(sinh, cos), math.Atan(tau)
}

// bounds reach 2,000 km to either side: a zone is 6 degrees wide, countries use
// one zone for all their land, and nothing real goes further.
func (t *transverseMercator) bounds() (minX, minY, maxX, maxY float64) {
	const reach, pole = 2_000_000, 10_002_200
	return t.falseEasting - reach, t.equator - pole, t.falseEasting + reach, t.equator + pole
}

// webMercator is the popular visualisation pseudo Mercator (EPSG:1024):
// spherical formulas on the latitude of the WGS 84 ellipsoid.
type webMercator struct{}

func (webMercator) forward(lam, phi float64) (x, y float64) {
	return wgs84Axis * lam, wgs84Axis * math.Asinh(math.Tan(phi))
}

func (webMercator) inverse(x, y float64) (lam, phi float64) {
	return x / wgs84Axis, math.Atan(math.Sinh(y / wgs84Axis))
}

// bounds are the EPSG area of use, 180 degrees by 85.06 degrees, rounded up.
func (webMercator) bounds() (minX, minY, maxX, maxY float64) {
	return -20037509, -20048967, 20037509, 20048967
}

// mercator is the ellipsoidal Mercator projection (EPSG:9804, EPSG:9805).
type mercator struct {
	ellipsoid     ellipsoid
	meridian      float64 // radians
	radius        float64 // of the equator on the map, metres
	falseEasting  float64
	falseNorthing float64
}

// newMercator takes a scale on the equator, a standard parallel, or both.
func newMercator(e ellipsoid, p parameters) *mercator {
	return &mercator{e, toRadians(p.meridian), e.a * p.scale * e.parallelRadius(toRadians(p.parallel1)), p.falseEasting, p.falseNorthing}
}

func (m *mercator) forward(lam, phi float64) (x, y float64) {
	return m.falseEasting + m.radius*turn(lam-m.meridian), m.falseNorthing + m.radius*m.ellipsoid.isometric(phi)
}

func (m *mercator) inverse(x, y float64) (lam, phi float64) {
	return m.meridian + (x-m.falseEasting)/m.radius, m.ellipsoid.latitude((y - m.falseNorthing) / m.radius)
}

// bounds are the square that is as high as wide.
func (m *mercator) bounds() (minX, minY, maxX, maxY float64) {
	half := m.radius*math.Pi + 1
	return m.falseEasting - half, m.falseNorthing - half, m.falseEasting + half, m.falseNorthing + half
}

// turn brings a difference of longitudes in radians into half a turn to either
// side, and leaves one that is there already as it is.
func turn(lam float64) float64 {
	if lam >= -math.Pi && lam <= math.Pi {
		return lam
	}
	return math.Remainder(lam, 2*math.Pi)
}
