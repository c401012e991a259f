package api

import (
	"math"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

const (
	// tileMatrixSet is the one way the world is cut into tiles here.
	tileMatrixSet = "WebMercatorQuad"
	maxZoom       = 22
	// tileExtent is the side of a tile in its own units.
	tileExtent = 4096
	// tileBuffer is how far a tile reaches beyond its edges, in its own units:
	// half a symbol of 16 pixels where the tile is drawn with 256.
	tileBuffer = 128
)

// tile is one square of WebMercatorQuad.
type tile struct {
	zoom, x, y int
}

// tilePoint is a position in the units of a tile, from its north-west corner.
type tilePoint struct {
	x, y int
}

var wholeNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,7})$`)

// tileOf reads the address of a tile. There is nothing outside the matrix set.
func tileOf(c echo.Context) (tile, error) {
	var numbers [3]int
	for i, name := range []string{"z", "x", "y"} {
		text := pathParam(c, name)
		n, err := strconv.Atoi(text)
		if err != nil || !wholeNumber.MatchString(text) {
			return tile{}, geo.Errorf(geo.NotFound, "There is no tile at this address: %s is not a whole number.", name)
		}
		numbers[i] = n
	}
	t := tile{numbers[0], numbers[1], numbers[2]}
	if t.zoom > maxZoom || t.x >= 1<<t.zoom || t.y >= 1<<t.zoom {
		return t, geo.Errorf(geo.NotFound, "There is no tile at this address: zoom goes from 0 to %d, rows and columns from 0 to 2^zoom - 1.", maxZoom)
	}
	return t, checkMatrixSet(c)
}

func checkMatrixSet(c echo.Context) error {
	if id := pathParam(c, "matrix"); id != tileMatrixSet {
		return geo.Errorf(geo.NotFound, "There is no tile matrix set %q here; there is %s.", clip(id), tileMatrixSet)
	}
	return nil
}

// world is the side of the whole world in the units of the tile.
func (t tile) world() float64 { return float64(int(tileExtent) << t.zoom) }

// box is what the tile covers with a buffer of some units, within the square of
// the projection.
func (t tile) box(buffer float64) orb.Bound {
	longitude := func(x float64) float64 { return max(-180, min(180, x/t.world()*360-180)) }
	latitude := func(y float64) float64 {
		return math.Atan(math.Sinh(math.Pi*(1-2*max(0, min(1, y/t.world()))))) * 180 / math.Pi
	}
	west, north := float64(t.x*tileExtent), float64(t.y*tileExtent)
	return orb.Bound{
		Min: orb.Point{longitude(west - buffer), latitude(north + tileExtent + buffer)},
		Max: orb.Point{longitude(west + tileExtent + buffer), latitude(north - buffer)},
	}
}

// project gives a position in the units of the world, from its north-west
// corner. The poles, which lie at infinity, are left out by far.
func (t tile) project(p orb.Point) (x, y float64) {
	phi := max(-89.9, min(89.9, p[1])) * math.Pi / 180
	return (p[0] + 180) / 360 * t.world(), (0.5 - math.Asinh(math.Tan(phi))/(2*math.Pi)) * t.world()
}

// place rounds a position of the world to one of the tile. All tiles round
// alike, so that a point lies within one of them and in the buffers of others.
func (t tile) place(x, y float64) tilePoint {
	return tilePoint{int(math.Round(x)) - t.x*tileExtent, int(math.Round(y)) - t.y*tileExtent}
}

// owns reports whether a position lies within the tile: on its northern or
// western edge or inside, and at the edge of the world also on the others.
func (t tile) owns(p tilePoint) bool {
	within := func(v, index int) bool {
		return v >= 0 && (v < tileExtent || v == tileExtent && index == 1<<t.zoom-1)
	}
	return within(p.x, t.x) && within(p.y, t.y)
}
