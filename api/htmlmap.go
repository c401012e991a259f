package api

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// htmlMap is a small map: an equirectangular one, true to scale in the middle.
type htmlMap struct {
	Width, Height int
	Grid          []gridLine
	Shapes        []shape
	// Unplaced is how many features have no position.
	Unplaced int
}

// shape is a feature on the map.
type shape struct {
	Title, Href string
	// D draws its lines, Dots are its points.
	D     string
	Dots  []dot
	lines [][]orb.Point
	spots []orb.Point
}

type dot struct{ X, Y string }

type gridLine struct{ D, X, Y, Text string }

const mapWidth, mapMargin = 640, 16

// trace gathers the positions of a GeoJSON geometry.
func (f *shape) trace(geometry *node) {
	coordinates := geometry.at("coordinates")
	switch geometry.at("type").text {
	case "Point":
		f.spots = append(f.spots, positionsOf(coordinates)...)
	case "LineString":
		f.lines = append(f.lines, positionsOf(coordinates))
	case "MultiLineString":
		for _, line := range coordinates.values {
			f.lines = append(f.lines, positionsOf(line))
		}
	}
}

func positionsOf(n *node) []orb.Point {
	if len(n.values) >= 2 && n.values[0].delim == 0 {
		lon, errLon := strconv.ParseFloat(n.values[0].text, 64)
		lat, errLat := strconv.ParseFloat(n.values[1].text, 64)
		if errLon != nil || errLat != nil {
			return nil
		}
		return []orb.Point{{lon, lat}}
	}
	var list []orb.Point
	for _, v := range n.values {
		list = append(list, positionsOf(v)...)
	}
	return list
}

func (f *shape) positions() []orb.Point {
	all := f.spots
	for _, line := range f.lines {
		all = append(all[:len(all):len(all)], line...)
	}
	return all
}

// projection places positions on a map.
type projection struct{ west, south, east, north, scale, squeeze float64 }

// drawn returns the map of the shapes, nil when none has a position.
func drawn(shapes []shape) *htmlMap {
	p := projection{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1), 0, 0}
	m := &htmlMap{Width: mapWidth}
	for _, f := range shapes {
		all := f.positions()
		if len(all) == 0 {
			m.Unplaced++
			continue
		}
		for _, at := range all {
			p.west, p.east = min(p.west, at[0]), max(p.east, at[0])
			p.south, p.north = min(p.south, at[1]), max(p.north, at[1])
		}
		m.Shapes = append(m.Shapes, f)
	}
	if len(m.Shapes) == 0 {
		return nil
	}
	m.Height = p.fit()
	for i := range m.Shapes {
		p.draw(&m.Shapes[i])
	}
	m.Grid = p.grid(m.Height)
	return m
}

// fit widens the box to the shape of a map and returns the map's height.
func (p *projection) fit() int {
	const least = 0.1 // degrees, so that a point has surroundings
	p.squeeze = math.Max(math.Cos((p.south+p.north)/2*math.Pi/180), 0.01)
	width := max((p.east-p.west)*p.squeeze, least)
	height := min(max(p.north-p.south, least, width*0.35), max(width, p.north-p.south))
	width = max(width, height*1.2)
	midLon, midLat := (p.west+p.east)/2, (p.south+p.north)/2
	p.west, p.east = midLon-width/p.squeeze/2, midLon+width/p.squeeze/2
	p.south, p.north = midLat-height/2, midLat+height/2
	p.scale = (mapWidth - 2*mapMargin) / width
	return int(math.Ceil(height*p.scale)) + 2*mapMargin
}

func (p *projection) place(at orb.Point) (x, y string) {
	write := func(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
	return write(mapMargin + (at[0]-p.west)*p.squeeze*p.scale), write(mapMargin + (p.north-at[1])*p.scale)
}

func (p *projection) draw(f *shape) {
	var d strings.Builder
	for _, line := range f.lines {
		for i, at := range line {
			x, y := p.place(at)
			fmt.Fprintf(&d, "%c%s %s", "ML"[min(i, 1)], x, y)
		}
	}
	f.D = d.String()
	for _, at := range f.spots {
		x, y := p.place(at)
		f.Dots = append(f.Dots, dot{x, y})
	}
}

// grid draws two to five meridians and parallels, named by their degrees.
func (p *projection) grid(height int) []gridLine {
	var lines []gridLine
	step := gridStep(p.east - p.west)
	for lon := math.Ceil(p.west/step) * step; lon <= p.east; lon += step {
		x, _ := p.place(orb.Point{lon, p.south})
		lines = append(lines, gridLine{fmt.Sprintf("M%s 0V%d", x, height), x, strconv.Itoa(height - 4), degrees(lon, "E", "W")})
	}
	for lat := math.Ceil(p.south/step) * step; lat <= p.north; lat += step {
		_, y := p.place(orb.Point{p.west, lat})
		lines = append(lines, gridLine{fmt.Sprintf("M0 %sH%d", y, mapWidth), "2", y, degrees(lat, "N", "S")})
	}
	return lines
}

// gridStep is a round number of degrees that divides a width a few times.
func gridStep(width float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(width/2)))
	for _, n := range []float64{5, 2} {
		if n*power <= width/2 {
			return n * power
		}
	}
	return power
}

func degrees(v float64, positive, negative string) string {
	text := strconv.FormatFloat(math.Round(math.Abs(v)*1000)/1000, 'f', -1, 64) + "° "
	if v < 0 {
		return text + negative
	}
	return text + positive
}
