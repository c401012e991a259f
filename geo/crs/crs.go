// Package crs turns the coordinates of the coordinate reference systems (CRS)
// that border maps of Central Asia come in into longitude and latitude on WGS 84
// and back, and recognises those systems by EPSG code or by the WKT of a .prj
// file.
//
// Accepted are WGS 84 longitude/latitude (EPSG:4326), WGS 84 / UTM (EPSG:32601
// to 32660 and 32701 to 32760), Pulkovo 1942 longitude/latitude (EPSG:4284),
// Pulkovo 1942 / Gauss-Krüger with the zone in the easting (EPSG:28402 to 28432)
// and without it (EPSG:2492 to 2522), and Web Mercator (EPSG:3857).
//
// Coordinates are always x, y: easting, northing in metres for projected
// systems and longitude, latitude in degrees for geographic ones, whatever axis
// order an authority or a WKT text declares. Heights are not transformed.
//
// What is not here: conic projections, grid shifts, plate motion, vertical
// systems, and any choice between datum operations. Each datum has one fixed
// operation, named by [CRS.Operation], so that the same file gives the same
// numbers everywhere.
package crs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Accepted lists in words what ByEPSG, Parse and ParseWKT understand.
const Accepted = "WGS 84 (EPSG:4326), WGS 84 / UTM (EPSG:32601-32660, 32701-32760), " +
	"Pulkovo 1942 (EPSG:4284), Pulkovo 1942 / Gauss-Kruger (EPSG:28402-28432, 2492-2522) " +
	"and Web Mercator (EPSG:3857)"

// UnknownError says that a CRS was understood as text but is none of those
// accepted.
type UnknownError struct {
	// Found describes what was given, in words.
	Found string
}

// Error names what was found and what is accepted.
func (e *UnknownError) Error() string {
	return "unknown CRS " + e.Found + "; accepted are " + Accepted
}

// CRS is one coordinate reference system. It is immutable and safe for
// concurrent use; make one with ByEPSG, Parse or ParseWKT.
type CRS struct {
	code       int
	name       string
	datum      *datum
	projection projection
}

// projection maps longitude, latitude in radians on the datum's own ellipsoid
// to x, y of the CRS and back.
type projection interface {
	forward(lam, phi float64) (x, y float64)
	inverse(x, y float64) (lam, phi float64)
	// bounds are the least and the greatest x and y that can be meant.
	bounds() (minX, minY, maxX, maxY float64)
}

// ByEPSG returns the CRS with the given EPSG code, or an *UnknownError.
func ByEPSG(code int) (*CRS, error) {
	switch {
	case code == 4326:
		return &CRS{code, "WGS 84", wgs84(), degrees{}}, nil
	case code == 4284:
		return &CRS{code, "Pulkovo 1942", pulkovo1942(), degrees{}}, nil
	case code == 3857:
		return &CRS{code, "WGS 84 / Pseudo-Mercator", wgs84(), webMercator{}}, nil
	case code > 32600 && code <= 32660:
		return utm(code, code-32600, "N", 0), nil
	case code > 32700 && code <= 32760:
		return utm(code, code-32700, "S", southFalseNorthing), nil
	case code >= 28402 && code <= 28432:
		zone := code - 28400
		return gaussKruger(code, fmt.Sprintf("zone %d", zone), zone, falseEasting+float64(zone)*zoneStep), nil
	case code >= 2492 && code <= 2522:
		zone := code - 2490
		return gaussKruger(code, "CM "+meridianName(pulkovoMeridian(zone)), zone, falseEasting), nil
	}
	return nil, &UnknownError{Found: "EPSG:" + strconv.Itoa(code)}
}

const (
	falseEasting       = 500_000.0
	southFalseNorthing = 10_000_000.0
	zoneStep           = 1_000_000.0
	utmScale           = 0.9996
)

func utm(code, zone int, hemisphere string, falseNorthing float64) *CRS {
	d := wgs84()
	p := newTransverseMercator(d.ellipsoid, utmMeridian(zone), utmScale, falseEasting, falseNorthing)
	return &CRS{code, fmt.Sprintf("WGS 84 / UTM zone %d%s", zone, hemisphere), d, p}
}

func gaussKruger(code int, suffix string, zone int, easting float64) *CRS {
	d := pulkovo1942()
	p := newTransverseMercator(d.ellipsoid, pulkovoMeridian(zone), 1, easting, 0)
	return &CRS{code, "Pulkovo 1942 / Gauss-Kruger " + suffix, d, p}
}

func utmMeridian(zone int) float64 { return float64(6*zone - 183) }

func pulkovoMeridian(zone int) float64 { return wrapDegrees(float64(6*zone - 3)) }

func meridianName(degrees float64) string {
	if degrees < 0 {
		return fmt.Sprintf("%gW", -degrees)
	}
	return fmt.Sprintf("%gE", degrees)
}

// Parse reads "EPSG:n" in any case, or a bare n. The error names what was found
// and what is accepted.
func Parse(text string) (*CRS, error) {
	digits := strings.TrimSpace(text)
	if len(digits) > 5 && strings.EqualFold(digits[:5], "EPSG:") {
		digits = digits[5:]
	}
	code, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return nil, &UnknownError{Found: quote(text)}
	}
	return ByEPSG(int(code))
}

// EPSG returns the code of the CRS; ByEPSG of it gives the same CRS.
func (c *CRS) EPSG() int { return c.code }

// Name returns the name the EPSG registry gives the CRS.
func (c *CRS) Name() string { return c.name }

// String returns the code as "EPSG:n".
func (c *CRS) String() string { return "EPSG:" + strconv.Itoa(c.code) }

// Operation names the one datum operation between the CRS and WGS 84, with its
// parameters and its accuracy as the EPSG registry states them.
func (c *CRS) Operation() string { return c.datum.operation }

// Accuracy returns the accuracy in metres of the datum operation, 0 when the
// CRS is on WGS 84 already.
func (c *CRS) Accuracy() float64 { return c.datum.accuracy }

// Geographic reports whether x, y are longitude and latitude in degrees.
func (c *CRS) Geographic() bool {
	_, ok := c.projection.(degrees)
	return ok
}

// ToWGS84 turns x, y of the CRS into longitude, latitude in degrees on WGS 84,
// longitude within -180 to 180. Coordinates that Check refuses give numbers
// without meaning, possibly NaN, but never a panic.
func (c *CRS) ToWGS84(x, y float64) (lon, lat float64) {
	if c.code == 4326 {
		return x, y
	}
	lam, phi := c.datum.toWGS84(c.projection.inverse(x, y))
	return wrapDegrees(toDegrees(lam)), toDegrees(phi)
}

// FromWGS84 turns longitude, latitude in degrees on WGS 84 into x, y of the
// CRS. It undoes ToWGS84 to the nanometre on WGS 84. On Pulkovo 1942 both
// directions start from height 0 on their own ellipsoid, which leaves less than
// a millimetre in Central Asia and two at the far ends of the datum.
func (c *CRS) FromWGS84(lon, lat float64) (x, y float64) {
	if c.code == 4326 {
		return lon, lat
	}
	return c.projection.forward(c.datum.fromWGS84(toRadians(lon), toRadians(lat)))
}

// Check returns an error when x, y are not finite or so far outside the domain
// of the CRS that they cannot be meant: beyond ±180, ±90 degrees; outside the
// Web Mercator square; more than 2,000 km from a central meridian or beyond a
// pole. A wrong CRS often shows here, for instance eastings without their zone.
func (c *CRS) Check(x, y float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) {
		return fmt.Errorf("the coordinates %g %g are not finite", x, y)
	}
	minX, minY, maxX, maxY := c.projection.bounds()
	if x < minX || x > maxX || y < minY || y > maxY {
		return fmt.Errorf("the coordinates %g %g lie outside %s %s (x %.0f to %.0f, y %.0f to %.0f)",
			x, y, c, c.name, minX, maxX, minY, maxY)
	}
	return nil
}

// degrees is the projection of a geographic CRS: none.
type degrees struct{}

func (degrees) forward(lam, phi float64) (x, y float64) { return toDegrees(lam), toDegrees(phi) }
func (degrees) inverse(x, y float64) (lam, phi float64) { return toRadians(x), toRadians(y) }
func (degrees) bounds() (minX, minY, maxX, maxY float64) {
	return -180, -90, 180, 90
}

func toDegrees(radians float64) float64 { return radians * 180 / math.Pi }
func toRadians(degrees float64) float64 { return degrees * math.Pi / 180 }

// wrapDegrees brings a longitude into -180 to 180 and leaves one that is there
// already exactly as it is.
func wrapDegrees(lon float64) float64 {
	if lon >= -180 && lon <= 180 {
		return lon
	}
	return math.Remainder(lon, 360)
}

// quote shows foreign text in an error without letting it flood the report.
func quote(text string) string {
	const most = 80
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
}
