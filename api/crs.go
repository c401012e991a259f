package api

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/project"

	"oxus/geo"
	"oxus/geo/cql2"
	"oxus/geo/crs"
)

const (
	crs84     = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	epsg4326  = epsgPrefix + "4326"
	wgs84Code = 4326
	// mercatorCode is that of Web Mercator.
	mercatorCode = 3857

	epsgPrefix = "http://www.opengis.net/def/crs/EPSG/0/"
)

// system is a coordinate reference system as requests and answers name it.
type system struct {
	*crs.CRS
	uri string
	// northFirst tells that its authority puts the latitude or the northing before
	// the longitude or the easting.
	northFirst bool
}

// systems are those of every collection; the first is the default and that of
// what is stored.
var systems = []*system{
	{known(wgs84Code), crs84, false},
	ofEPSG(wgs84Code, true), ofEPSG(mercatorCode, false),
	ofEPSG(32641, false), ofEPSG(32642, false), ofEPSG(32643, false),
	ofEPSG(28412, true),
}

func ofEPSG(code int, northFirst bool) *system {
	return &system{known(code), fmt.Sprintf("%s%d", epsgPrefix, code), northFirst}
}

func known(code int) *crs.CRS {
	c, err := crs.ByEPSG(code)
	if err != nil {
		panic(err) // the list above names what the package knows
	}
	return c
}

// systemURIs names the systems in the order of the list.
func systemURIs() []string {
	uris := make([]string, len(systems))
	for i, s := range systems {
		uris[i] = s.uri
	}
	return uris
}

// systemCodes lists the codes that go after the prefix.
func systemCodes() string {
	var codes []string
	for _, uri := range systemURIs()[1:] {
		codes = append(codes, strings.TrimPrefix(uri, epsgPrefix))
	}
	return strings.Join(codes, ", ")
}

// systemSchema describes a parameter that names a system.
func systemSchema() object {
	return object{"type": "string", "format": "uri", "enum": systemURIs(), "default": crs84}
}

// crs takes the name of a system. Without it the default stands.
func (p *params) crs(name string, into **system) {
	*into = systems[0]
	p.take(name, func(v string) error {
		i := slices.IndexFunc(systems, func(s *system) bool { return s.uri == v })
		if i < 0 {
			return fmt.Errorf("%q is not to be had here (%s, or %s with %s)", clip(v), crs84, epsgPrefix, systemCodes())
		}
		*into = systems[i]
		return nil
	})
}

// axes says in which order a format writes coordinates, and so whether it can be
// asked for in other systems.
type axes uint8

const (
	// onlyLonLat: the format is bound to longitude and latitude on WGS 84.
	onlyLonLat axes = iota
	// officialOrder: the order of the system's authority; the answer's header
	// names the system.
	officialOrder
	// eastFirst: the format puts x before y whatever the authority says, and names
	// the system itself.
	eastFirst
)

// answerCRS takes the system of the answer, which its format must be able to
// write.
func (p *params) answerCRS(r *itemsRequest) {
	p.crs("crs", &r.crs)
	if r.crs != systems[0] && r.format.axes == onlyLonLat {
		p.fault("crs", ruleMalformed, "%s holds longitude and latitude alone (%s)", r.format.name, crs84)
	}
}

// setContentCRS names the system of an answer (OGC 18-058r1, requirement
// ogc-crs-header).
func setContentCRS(c echo.Context, s *system) {
	c.Response().Header().Set("Content-Crs", "<"+s.uri+">")
}

// needsMoreThanLonLat reports whether a request asks for another system than that
// of what is stored.
func needsMoreThanLonLat(values url.Values) bool {
	return values.Has("crs") && values.Get("crs") != crs84
}

// placed yields the items with their geometries in the system.
func (s *system) placed(items iter.Seq2[geo.Item, error], a axes) iter.Seq2[geo.Item, error] {
	if s.uri == crs84 || s.EPSG() == wgs84Code && a == eastFirst {
		return items
	}
	return func(yield func(geo.Item, error) bool) {
		for it, err := range items {
			if err == nil {
				it = s.item(it, a)
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

// item returns an item with its geometry in the system; the feature given stays
// as it is.
func (s *system) item(it geo.Item, a axes) geo.Item {
	if it.Geometry != nil {
		moved := *it.Feature
		moved.Geometry = s.geometry(it.Geometry, a)
		it.Feature = &moved
	}
	return it
}

// geometry returns a geometry in the system, its vertices moved one by one. It
// is nil where a vertex lies so far off that the system has no coordinates for it.
func (s *system) geometry(g orb.Geometry, a axes) orb.Geometry {
	inside := true
	moved := project.Geometry(orb.Clone(g), func(p orb.Point) orb.Point {
		x, y := s.FromWGS84(p[0], p[1])
		inside = inside && s.holds(p, x, y)
		if !s.Geographic() {
			x, y = roundCoordinate(x), roundCoordinate(y)
		}
		if a != eastFirst && s.northFirst {
			return orb.Point{y, x}
		}
		return orb.Point{x, y}
	})
	if !inside {
		return nil
	}
	return moved
}

// holds reports whether coordinates of the system are good to a centimetre: those
// of a zone are as long as they lead back to where they came from.
func (s *system) holds(p orb.Point, x, y float64) bool {
	if s.EPSG() == mercatorCode {
		return s.Check(x, y) == nil
	}
	const centimetre = 1e-7
	back := s.lonLat(orb.Point{x, y})
	return math.Abs(back[0]-p[0]) < centimetre && math.Abs(back[1]-p[1]) < centimetre
}

// coordinateNames are what the columns of a table call the coordinates.
func (s *system) coordinateNames() string {
	switch {
	case s.Geographic() && s.northFirst:
		return "latitude,longitude"
	case s.Geographic():
		return "longitude,latitude"
	case s.northFirst:
		return "northing,easting"
	}
	return "easting,northing"
}

// roundCoordinate rounds metres to a tenth of a millimetre; more is noise.
func roundCoordinate(x float64) float64 {
	const perMetre = 1e4
	return math.Round(x*perMetre) / perMetre
}

// box takes bbox and bbox-crs. The box becomes one of longitude and latitude; where
// its edges are no parallels and meridians, an area narrows that box further.
func (p *params) box(k *collection, q *geo.Query) (area orb.Geometry) {
	var s *system
	faults := len(p.faults)
	if p.crs("bbox-crs", &s); len(p.faults) > faults {
		p.read["bbox"] = true // it cannot be judged
		return nil
	}
	p.take("bbox", func(v string) error {
		if s.uri == crs84 {
			box, err := geo.ParseBBox(v)
			q.BBox = &box
			return err
		}
		n, err := geo.ParseBBoxNumbers(v)
		if err != nil {
			return err
		}
		var box geo.BBox
		if box, area, err = s.lonLatBox(orb.Point{n[0], n[1]}, orb.Point{n[2], n[3]}); err == nil {
			q.BBox = &box
		}
		return err
	})
	if k.Geometry == geo.NoGeometry {
		return nil // what has no geometries lies in no box
	}
	return area
}

// within narrows a checked filter to what touches an area.
func within(filter *cql2.Node, area orb.Geometry) *cql2.Node {
	if area == nil {
		return filter
	}
	touches := &cql2.Node{Op: "s_intersects", Type: cql2.Boolean, Args: []*cql2.Node{
		{Kind: cql2.Property, Name: geo.GeometryQueryable, Type: cql2.Geometry},
		{Kind: cql2.Literal, Value: area, Type: cql2.Geometry},
	}}
	if filter == nil {
		return touches
	}
	return &cql2.Node{Op: cql2.And, Type: cql2.Boolean, Args: []*cql2.Node{touches, filter}}
}

// lonLatBox returns the box of longitude and latitude round a box of the system
// given by its corners in the official order, and the area of the latter where it
// is another.
func (s *system) lonLatBox(low, high orb.Point) (geo.BBox, orb.Geometry, error) {
	if s.northFirst {
		low, high = orb.Point{low[1], low[0]}, orb.Point{high[1], high[0]}
	}
	if s.Geographic() {
		b := geo.BBox{West: low[0], South: low[1], East: high[0], North: high[1]}
		return b, nil, b.Check()
	}
	for _, corner := range []orb.Point{low, high} {
		if err := s.Check(corner[0], corner[1]); err != nil {
			return geo.BBox{}, nil, err
		}
	}
	if low[0] > high[0] || low[1] > high[1] {
		return geo.BBox{}, nil, errors.New("the lowest corner of the box comes first, then the highest")
	}
	if s.EPSG() == mercatorCode {
		return mercatorBox(s, low, high), nil, nil
	}
	area, err := s.outline(low, high)
	if err != nil {
		return geo.BBox{}, nil, err
	}
	b := area.Bound()
	return geo.BBox{West: b.Min[0], South: b.Min[1], East: b.Max[0], North: b.Max[1]}, area, nil
}

// mercatorBox is exact: the edges of a Web Mercator box are meridians and parallels.
// Its own edge is where longitudes wrap.
func mercatorBox(s *system, low, high orb.Point) geo.BBox {
	lon := func(x float64) float64 {
		l, _ := s.ToWGS84(x, 0)
		if l*x < 0 {
			return -l
		}
		return l
	}
	_, south := s.ToWGS84(0, low[1])
	_, north := s.ToWGS84(0, high[1])
	return geo.BBox{West: lon(low[0]), South: south, East: lon(high[0]), North: north}
}

const (
	// thinnest is the width in metres below which a box counts as a line.
	thinnest = 1e-4
	// farthest is the latitude in degrees beyond which zones are not used.
	farthest = 84
)

// outline returns a box of a projected system as a geometry of longitude and
// latitude whose edges keep within a centimetre of the box's own.
func (s *system) outline(low, high orb.Point) (orb.Geometry, error) {
	flatX, flatY := high[0]-low[0] < thinnest, high[1]-low[1] < thinnest
	corners := []orb.Point{low, {high[0], low[1]}, high, {low[0], high[1]}, low}
	switch {
	case flatX && flatY:
		corners = corners[:1]
	case flatX || flatY:
		corners = []orb.Point{low, high}
	}
	from := s.corner(corners[0])
	line := orb.LineString{from.lonLat}
	for _, to := range corners[1:] {
		next := s.corner(to)
		line = s.appendEdge(line, from, next, 0)
		from = next
	}
	for _, p := range line {
		if !(math.Abs(p[1]) <= farthest) {
			return nil, fmt.Errorf("the box reaches beyond %d degrees of latitude, where %s is not used", farthest, s.CRS)
		}
	}
	switch len(corners) {
	case 1:
		return line[0], nil
	case 2:
		return line, nil
	}
	line[len(line)-1] = line[0]
	return orb.Polygon{orb.Ring(line)}, nil
}

func (s *system) lonLat(p orb.Point) orb.Point {
	lon, lat := s.ToWGS84(p[0], p[1])
	return orb.Point{lon, lat}
}

// corner is a position in the system, x first, and on WGS 84.
type corner struct{ xy, lonLat orb.Point }

func (s *system) corner(xy orb.Point) corner { return corner{xy, s.lonLat(xy)} }

// appendEdge appends what a straight edge of the system becomes, without its
// start: it is halved until its middle lies on the chord. An edge may bend both
// ways, so it is halved a few times in any case.
func (s *system) appendEdge(line orb.LineString, a, b corner, depth int) orb.LineString {
	const least, most, tolerance, metresPerDegree = 3, 12, 0.01, 111_320
	m := s.corner(orb.Point{(a.xy[0] + b.xy[0]) / 2, (a.xy[1] + b.xy[1]) / 2})
	east := ((a.lonLat[0]+b.lonLat[0])/2 - m.lonLat[0]) * math.Cos(m.lonLat[1]*math.Pi/180)
	off := math.Hypot(east, (a.lonLat[1]+b.lonLat[1])/2-m.lonLat[1]) * metresPerDegree
	if depth >= most || depth >= least && off <= tolerance {
		return append(line, b.lonLat)
	}
	line = s.appendEdge(line, a, m, depth+1)
	return s.appendEdge(line, m, b, depth+1)
}

// maxOutline is how many vertices the boxes of one filter may need together.
const maxOutline = 40_000

// placing turns the coordinates of one filter into longitude and latitude: the
// vertices of its geometries one by one, its boxes as those of requests.
func (s *system) placing() cql2.Placing {
	outlined := 0
	return cql2.Placing{
		Position: func(p orb.Point) (orb.Point, error) {
			if s.northFirst {
				p = orb.Point{p[1], p[0]}
			}
			if err := s.Check(p[0], p[1]); err != nil {
				return p, err
			}
			return s.lonLat(p), nil
		},
		Box: func(low, high orb.Point) (orb.Geometry, error) {
			box, area, err := s.lonLatBox(low, high)
			if err != nil {
				return nil, err
			}
			if area == nil {
				return cql2.BoxGeometry(box.West, box.South, box.East, box.North), nil
			}
			if outline, hasEdges := area.(orb.Polygon); hasEdges {
				outlined += len(outline[0])
			}
			if outlined > maxOutline {
				return nil, fmt.Errorf("the boxes of the filter need more than %d vertices in longitude and latitude", maxOutline)
			}
			return area, nil
		},
	}
}
