package storetest

import (
	"context"
	"testing"

	"oxus/geo"
	"oxus/geo/cql2"

	"github.com/paulmach/orb"
)

// bent is the outline of a box whose edges are curves, as boxes of projected
// systems are: thousands of vertices, no edge along a meridian or a parallel.
func bent(middle orb.Point, width, height float64) orb.Polygon {
	const steps = 1000
	at := func(x, y float64) orb.Point {
		return orb.Point{middle[0] + width*(x+0.05*x*y), middle[1] + height*(y+0.1*x*x)}
	}
	var ring orb.Ring
	for _, side := range [][2]orb.Point{{{-1, -1}, {1, -1}}, {{1, -1}, {1, 1}}, {{1, 1}, {-1, 1}}, {{-1, 1}, {-1, -1}}} {
		for i := range steps {
			share := float64(i) / steps
			ring = append(ring, at(side[0][0]+share*(side[1][0]-side[0][0]), side[0][1]+share*(side[1][1]-side[0][1])))
		}
	}
	return orb.Polygon{append(ring, ring[0])}
}

// testAreas asks for what lies in a box and in a bent area that it surrounds, the
// way boxes of projected systems are asked for.
func testAreas(t *testing.T, s geo.Store, w *world) {
	plain := NewPlain(w.atlas)
	apply(t, plain, w.ch)
	counts, left := map[int]bool{}, false
	for _, c := range w.atlas.Collections {
		if c.Geometry == geo.NoGeometry {
			continue
		}
		for _, middle := range []orb.Point{{70, 38}, {69.1, 38.65}, {65, 35}, {10.5, 10}, {0, 0}} {
			for _, size := range []float64{0.01, 0.6, 1, 5, 30} {
				shape := bent(middle, size, size*0.7)
				b := shape.Bound()
				n, err := cql2.Check(&cql2.Node{Op: "s_intersects", Args: []*cql2.Node{
					{Kind: cql2.Property, Name: geo.GeometryQueryable}, {Kind: cql2.Literal, Value: shape},
				}}, c.Queryables())
				if err != nil {
					t.Fatal(err)
				}
				q := geo.Query{Collection: c, BBox: box(b.Min[0], b.Min[1], b.Max[0], b.Max[1]), Filter: n, Today: today()}
				want := gather(t, plain.Items(context.Background(), q))
				if got := gather(t, s.Items(context.Background(), q)); ids(got) != ids(want) {
					t.Errorf("%s in the bent box of %g round %v: %q, want %q", c.ID, size, middle, ids(got), ids(want))
				}
				if n, err := s.Count(context.Background(), q); n != len(want) || err != nil {
					t.Errorf("%s in the bent box of %g round %v: counted %d, %v, want %d", c.ID, size, middle, n, err, len(want))
				}
				q.Filter = nil
				left = left || len(gather(t, s.Items(context.Background(), q))) > len(want)
				counts[len(want)] = true
			}
		}
	}
	if len(counts) < 4 || !left {
		t.Errorf("the areas tell little apart: counts of %v; one leaves out some of its box: %v", counts, left)
	}
}
