// Package crs turns the coordinates of the coordinate reference systems (CRS)
// that border maps of Central Asia come in into longitude and latitude on WGS 84
// and back, recognises those systems by code or by the WKT of a .prj file, and
// proposes systems for coordinates that come without one.
//
// Accepted by code (ByEPSG, Parse): WGS 84, WGS 72, Pulkovo 1942 and Herat North
// as longitude and latitude (EPSG:4326, 4322, 4284, 4255); WGS 84 / UTM
// (EPSG:32601 to 32660 and 32701 to 32760) and WGS 72 / UTM 40N to 44N
// (EPSG:32240 to 32244); Pulkovo 1942 / Gauss-Krüger with the zone in the easting
// (EPSG:28402 to 28432) and without it (EPSG:2492 to 2522), and its 3-degree
// zones 18 to 27 likewise (EPSG:2534 to 2543; 2593 to 2599, 2601 to 2603); Web
// Mercator (EPSG:3857), World Mercator (EPSG:3395), India NSF LCC (EPSG:7755);
// and the conics of Asia that ESRI defines (ESRI:102012, 102025, 102027, 102028
// and 102030).
//
// Accepted as WKT is besides any system on these datums, and on any datum whose
// text gives its shift to WGS 84, in longitude and latitude, transverse Mercator,
// Mercator, Web Mercator, Lambert conformal conic or Albers equal area, with
// whatever parameters and units the text gives; see ParseWKT.
//
// Coordinates are always x, y: easting, northing for projected systems and
// longitude, latitude for geographic ones, whatever axis order an authority or a
// WKT text declares, because files with a .prj keep them so. They count in metres
// and degrees unless a WKT text gives another unit. Heights are not transformed.
//
// What is not here: other projections, prime meridians but Greenwich, grid
// shifts, plate motion, vertical systems, and any choice between datum
// operations. Each datum has one fixed operation, named by [CRS.Operation], so
// that the same file gives the same numbers everywhere.
package crs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Accepted lists in words what ByEPSG, Parse and ParseWKT understand.
const Accepted = "WGS 84 (EPSG:4326), WGS 84 / UTM (EPSG:32601-32660, 32701-32760), " +
	"Pulkovo 1942 (EPSG:4284), Pulkovo 1942 / Gauss-Kruger (EPSG:28402-28432, 2492-2522, 2534-2543, 2593-2603), " +
	"Herat North (EPSG:4255), WGS 72 (EPSG:4322, 32240-32244), Web Mercator (EPSG:3857), World Mercator (EPSG:3395), " +
	"conics (EPSG:7755, ESRI:102012, 102025, 102027, 102028, 102030), " +
	"and as WKT any transverse Mercator, Mercator, Lambert conic or Albers on these datums"

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
	// authority is "" and code 0 where a WKT text describes a system that none of
	// the known codes stands for.
	authority  string
	code       int
	name       string
	datum      *datum
	projection projection
	// unit is how many metres, or radians, one of the coordinates counts.
	unit float64
}

// projection maps longitude, latitude in radians on the datum's own ellipsoid
// to x, y in metres (radians for geographic systems) and back.
type projection interface {
	forward(lam, phi float64) (x, y float64)
	inverse(x, y float64) (lam, phi float64)
	// bounds are the least and the greatest x and y that can be meant.
	bounds() (minX, minY, maxX, maxY float64)
}

// ByEPSG returns the CRS with the given EPSG code, or an *UnknownError.
func ByEPSG(code int) (*CRS, error) {
	return byCode(epsg, code)
}

func byCode(authority string, code int) (*CRS, error) {
	s, ok := lookUp(authority, code)
	if !ok {
		return nil, &UnknownError{Found: authority + ":" + strconv.Itoa(code)}
	}
	return s.crs(), nil
}

// Parse reads "EPSG:n" or "ESRI:n" in any case, or a bare n for the former. The
// error names what was found and what is accepted.
func Parse(text string) (*CRS, error) {
	authority, digits := epsg, strings.TrimSpace(text)
	if before, after, ok := strings.Cut(digits, ":"); ok {
		authority, digits = strings.ToUpper(before), after
	}
	code, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || authority != epsg && authority != esri {
		return nil, &UnknownError{Found: quote(text)}
	}
	return byCode(authority, int(code))
}

// EPSG returns the EPSG code of the CRS, of which ByEPSG gives the same CRS; 0
// when it has none.
func (c *CRS) EPSG() int {
	if c.authority != epsg {
		return 0
	}
	return c.code
}

// Name returns the name the registry gives the CRS; that of the WKT text, at most
// 80 bytes of it, when no code stands for what the text describes.
func (c *CRS) Name() string { return c.name }

// String returns the code as "EPSG:n" or "ESRI:n", which Parse reads; the name in
// quotes when there is no code.
func (c *CRS) String() string {
	if c.code == 0 {
		return quote(c.name)
	}
	return c.authority + ":" + strconv.Itoa(c.code)
}

// Operation names the one datum operation between the CRS and WGS 84, with its
// EPSG code where it has one, its parameters, and its accuracy as the registry
// states it.
func (c *CRS) Operation() string { return c.datum.operation }

// Accuracy returns the accuracy in metres of the datum operation, 0 when the CRS
// is on WGS 84 already. It is not known where the registry does not state it or
// the operation comes from a WKT text.
func (c *CRS) Accuracy() (metres float64, known bool) {
	return c.datum.accuracy, c.datum.accuracyKnown
}

// Geographic reports whether x, y are longitude and latitude. They count in
// degrees, unless a WKT text gave another unit.
func (c *CRS) Geographic() bool {
	_, ok := c.projection.(geographic)
	return ok
}

// ToWGS84 turns x, y of the CRS into longitude, latitude in degrees on WGS 84,
// longitude within -180 to 180. Coordinates that Check refuses give numbers
// without meaning, possibly NaN, but never a panic.
func (c *CRS) ToWGS84(x, y float64) (lon, lat float64) {
	if c.plain() {
		return x, y
	}
	lam, phi := c.datum.toWGS84(c.projection.inverse(x*c.unit, y*c.unit))
	return wrapDegrees(toDegrees(lam)), toDegrees(phi)
}

// FromWGS84 turns longitude, latitude in degrees on WGS 84 into x, y of the
// CRS. It undoes ToWGS84 to the nanometre on WGS 84. On Pulkovo 1942 both
// directions start from height 0 on their own ellipsoid, which leaves less than
// a millimetre in Central Asia and two at the far ends of the datum; on Herat
// North up to 4 mm in Afghanistan, where its accuracy is not known.
func (c *CRS) FromWGS84(lon, lat float64) (x, y float64) {
	if c.plain() {
		return lon, lat
	}
	x, y = c.projection.forward(c.datum.fromWGS84(toRadians(lon), toRadians(lat)))
	return x / c.unit, y / c.unit
}

// plain reports whether coordinates are those of WGS 84 as they stand.
func (c *CRS) plain() bool {
	return c.Geographic() && c.unit == degreeInRadians && c.datum.shift == nil
}

// Check returns an error when x, y are not finite or so far outside the domain
// of the CRS that they cannot be meant: beyond ±180, ±90 degrees; outside the
// square of a Mercator; more than 2,000 km from a central meridian or beyond a
// pole; more than 15,000 km from the origin of a conic, or off its cone. A wrong
// CRS often shows here, for instance eastings without their zone.
func (c *CRS) Check(x, y float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(y) || math.IsInf(y, 0) {
		return fmt.Errorf("the coordinates %g %g are not finite", x, y)
	}
	if !c.admits(x, y) {
		minX, minY, maxX, maxY := c.projection.bounds()
		return fmt.Errorf("the coordinates %g %g lie outside %s (x %.0f to %.0f, y %.0f to %.0f)",
			x, y, c.label(), minX/c.unit, maxX/c.unit, minY/c.unit, maxY/c.unit)
	}
	if cone, ok := c.projection.(*conic); ok && !cone.covers(x*c.unit, y*c.unit) {
		return fmt.Errorf("the coordinates %g %g lie outside %s, off its cone", x, y, c.label())
	}
	return nil
}

// admits reports whether x, y lie within the bounds of the projection.
func (c *CRS) admits(x, y float64) bool {
	minX, minY, maxX, maxY := c.projection.bounds()
	x, y = x*c.unit, y*c.unit
	return x >= minX && x <= maxX && y >= minY && y <= maxY
}

// label is the code with the name, for an error.
func (c *CRS) label() string {
	if c.code == 0 {
		return c.String()
	}
	return c.String() + " " + c.name
}

// geographic is the projection of a geographic CRS: none.
type geographic struct{}

func (geographic) forward(lam, phi float64) (x, y float64) { return lam, phi }
func (geographic) inverse(x, y float64) (lam, phi float64) { return x, y }

func (geographic) bounds() (minX, minY, maxX, maxY float64) {
	// A last bit more, because 200 gradians are not quite 180 degrees.
	const half = math.Pi * (1 + 1e-15)
	return -half, -half / 2, half, half / 2
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

// maxQuoted is how many bytes of a foreign text errors and names repeat.
const maxQuoted = 80

// quote shows foreign text in an error without letting it flood the report.
func quote(text string) string {
	if len(text) > maxQuoted {
		text = text[:maxQuoted] + "..."
	}
	return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
}
