package data

import (
	"errors"
	"math"
	"sort"

	"github.com/paulmach/orb"

	"oxus/frontend"
	"oxus/geo/topojson"
)

// river is a course with the distance of each position from its beginning.
type river struct {
	course orb.LineString
	along  []float64
}

// panj reads the course of the Panj from the basemap.
func panj() (*river, error) {
	lines, err := topojson.NamedLines(frontend.Basemap(), "river", "Panj")
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 || len(lines[0]) < 2 {
		return nil, errors.New("the basemap has no river named Panj")
	}
	r := &river{course: lines[0], along: make([]float64, len(lines[0]))}
	for i := 1; i < len(r.course); i++ {
		a, b := r.course[i-1], r.course[i]
		r.along[i] = r.along[i-1] + math.Hypot(b[0]-a[0], b[1]-a[1])
	}
	return r, nil
}

// at is the position at a part of the course, 0 being its beginning and 1 its end.
func (r *river) at(part float64) orb.Point {
	far := part * r.along[len(r.along)-1]
	i := min(max(sort.SearchFloat64s(r.along, far), 1), len(r.course)-1)
	a, b := r.course[i-1], r.course[i]
	t := 0.0
	if step := r.along[i] - r.along[i-1]; step > 0 {
		t = (far - r.along[i-1]) / step
	}
	return orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}
}
