package cql2

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// A position touches an area where the library that compares all geometries says
// so, also on vertices, on edges and beside them.
func TestAreasAgreeWithTheLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	star := func(x, y, least, most float64, corners int) orb.Ring {
		var r orb.Ring
		for i := range corners {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(corners))
			far := least + (most-least)*random.Float64()
			// On a grid of eighths, so that places meet edges exactly.
			r = append(r, orb.Point{math.Round(8*(x+far*cos)) / 8, math.Round(8*(y+far*sin)) / 8})
		}
		return append(r, r[0])
	}
	inside, asked := 0, 0
	for range 300 {
		shape := orb.MultiPolygon{{star(0, 0, 20, 60, 3+random.IntN(60)), star(0, 0, 4, 9, 5)}, {star(100, 3, 5, 30, 4+random.IntN(9))}}
		if valid(shape) != nil {
			continue
		}
		library, a := shaping(shape), areaOf(shape)
		for range 200 {
			p := orb.Point{math.Round(8*(random.Float64()*210-70)) / 8, math.Round(8*(random.Float64()*140-70)) / 8}
			if random.IntN(3) == 0 {
				ring := shape[random.IntN(2)][0]
				p = ring[random.IntN(len(ring))]
			}
			point, err := simple(p)
			if err != nil {
				t.Fatal(err)
			}
			want := geom.Intersects(point, library.geom)
			if got := a.touches(p); got != want {
				t.Fatalf("%v touches %v: %v, want %v", p, shape, got, want)
			}
			if asked++; want {
				inside++
			}
		}
	}
	if asked < 10_000 || inside < asked/10 || inside > asked*9/10 {
		t.Errorf("%d of %d are inside", inside, asked)
	}
}
