package api

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"
)

// paths returns what lies of a line in the tile and its buffer, each part with
// two positions or more. Edges are straight in longitude and latitude, as they
// are for every other answer: they are cut there, and bent where that shows in
// the projection.
func (t tile) paths(g orb.Geometry) [][]tilePoint {
	var paths [][]tilePoint
	box := t.box(tileBuffer)
	switch g := g.(type) {
	case orb.LineString:
		paths = t.appendPaths(paths, g, box)
	case orb.MultiLineString:
		for _, l := range g {
			paths = t.appendPaths(paths, l, box)
		}
	}
	return paths
}

func (t tile) appendPaths(paths [][]tilePoint, l orb.LineString, box orb.Bound) [][]tilePoint {
	var path []tilePoint
	end := func() {
		if len(path) == 1 { // shorter than a unit: as short as a line can be
			path = append(path, tilePoint{path[0].x + 1, path[0].y})
		}
		if len(path) > 0 {
			paths = append(paths, path)
		}
		path = nil
	}
	for i := 1; i < len(l); i++ {
		from, to, ok := clipSegment(l[i-1], l[i], box)
		if !ok || from != l[i-1] {
			end()
		}
		if ok {
			path = t.appendSegment(path, from, to)
		}
	}
	end()
	return paths
}

// appendSegment appends a segment to a path, by as many positions as keep it
// within half a unit of its true course. Positions that fall together are one.
func (t tile) appendSegment(path []tilePoint, from, to orb.Point) []tilePoint {
	_, y1 := t.project(from)
	_, y2 := t.project(to)
	_, middle := t.project(along(from, to, 0.5))
	steps := max(1, int(math.Ceil(math.Sqrt(2*math.Abs(middle-(y1+y2)/2)))))
	for i := range steps + 1 {
		p := t.place(t.project(along(from, to, float64(i)/float64(steps))))
		if len(path) == 0 || path[len(path)-1] != p {
			path = append(path, p)
		}
	}
	return path
}

// clipSegment returns the part of a segment in a box, ends included (Liang and
// Barsky). An end in the box stays as it is.
func clipSegment(p, q orb.Point, box orb.Bound) (from, to orb.Point, ok bool) {
	first, last := 0.0, 1.0
	for axis := range 2 {
		step := q[axis] - p[axis]
		low, high := box.Min[axis]-p[axis], box.Max[axis]-p[axis]
		if step == 0 {
			if low > 0 || high < 0 {
				return p, q, false
			}
			continue
		}
		enter, leave := low/step, high/step
		if enter > leave {
			enter, leave = leave, enter
		}
		first, last = max(first, enter), min(last, leave)
	}
	if first > last {
		return p, q, false
	}
	return along(p, q, first), along(p, q, last), true
}

// along is a position on a segment, its ends exactly.
func along(p, q orb.Point, at float64) orb.Point {
	switch at {
	case 0:
		return p
	case 1:
		return q
	}
	return orb.Point{p[0] + at*(q[0]-p[0]), p[1] + at*(q[1]-p[1])}
}

// straightened is a path without the bends that reach no further than the
// tolerance (Douglas and Peucker). Its ends stay.
func straightened(path []tilePoint, tolerance float64) []tilePoint {
	line := make(orb.LineString, len(path))
	for i, p := range path {
		line[i] = orb.Point{float64(p.x), float64(p.y)}
	}
	line = simplify.DouglasPeucker(tolerance).LineString(line)
	kept := make([]tilePoint, len(line))
	for i, p := range line {
		kept[i] = tilePoint{int(p[0]), int(p[1])}
	}
	if len(kept) == 2 && kept[0] == kept[1] { // a small ring: as short as a line can be
		kept[1].x++
	}
	return kept
}
