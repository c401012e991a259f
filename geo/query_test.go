package geo_test

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"oxus/geo"
)

func TestParseBBox(t *testing.T) {
	for text, want := range map[string]geo.BBox{
		"68,37,72,39":            {68, 37, 72, 39},
		"68.5,37,-10,72,39,1000": {68.5, 37, 72, 39},
		"170,-10,-170,10":        {170, -10, -170, 10},
		"-180,-90,180,90":        {-180, -90, 180, 90},
		"68,37,68,37":            {68, 37, 68, 37},
	} {
		if got, err := geo.ParseBBox(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{
		"", "1,2,3", "1,2,3,4,5", "a,2,3,4", "NaN,0,1,1", "Inf,0,1,1", "1,2,,4", "181,0,182,1", "0,-91,1,1",
		"0,10,1,5", "0,0,10,1,1,5", "1 ,2,3,4", "1,2,3,4;", "0x1p3,1,2,3", "6_8,36,72,38", "1e400,1,2,3",
	} {
		if got, err := geo.ParseBBox(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

func FuzzParseBBox(f *testing.F) {
	f.Add("68,37,72,39")
	f.Add("170,-10,0,-170,10,9")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := geo.ParseBBox(s)
		if err != nil {
			return
		}
		for _, bound := range b.Bounds() {
			if bound.Min[0] > bound.Max[0] || bound.Min[1] > bound.Max[1] {
				t.Errorf("%q gives an empty bound %v", s, bound)
			}
		}
	})
}

func TestTouches(t *testing.T) {
	box := []orb.Bound{{Min: orb.Point{0, 0}, Max: orb.Point{10, 10}}}
	for _, tc := range []struct {
		name string
		g    orb.Geometry
		want bool
	}{
		{"no geometry", nil, false},
		{"point inside", orb.Point{5, 5}, true},
		{"point on the edge", orb.Point{10, 3}, true},
		{"point on the corner", orb.Point{0, 10}, true},
		{"point outside", orb.Point{10.000001, 3}, false},
		{"line through, no vertex inside", orb.LineString{{-5, 5}, {15, 6}}, true},
		{"line past a corner", orb.LineString{{-5, 6}, {6, 17}}, false},
		{"line touching a corner", orb.LineString{{-5, 5}, {5, 15}}, true},
		{"line around the box", orb.LineString{{-1, -1}, {-1, 11}, {11, 11}}, false},
		{"line along the edge", orb.LineString{{10, -5}, {10, 15}}, true},
		{"second part inside", orb.MultiLineString{{{20, 20}, {30, 30}}, {{5, 5}, {6, 6}}}, true},
		{"boxes overlap, lines do not", orb.MultiLineString{{{-1, 9}, {1, 12}}}, false},
	} {
		if got := geo.Touches(tc.g, box); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

// A segment touches a box when one of many points along it lies inside: the
// sampling can miss a touch, never invent one.
func TestTouchesAgreesWithSampling(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	box := orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{1, 1}}
	for range 2000 {
		p := orb.Point{random.Float64()*4 - 1.5, random.Float64()*4 - 1.5}
		q := orb.Point{random.Float64()*4 - 1.5, random.Float64()*4 - 1.5}
		sampled := false
		for k := range 1001 {
			f := float64(k) / 1000
			sampled = sampled || box.Contains(orb.Point{p[0] + f*(q[0]-p[0]), p[1] + f*(q[1]-p[1])})
		}
		if got := geo.Touches(orb.LineString{p, q}, []orb.Bound{box}); sampled && !got {
			t.Fatalf("%v–%v runs through the box unseen", p, q)
		} else if got && !sampled && !geo.Touches(orb.LineString{p, q}, []orb.Bound{box.Pad(0.003)}) {
			t.Fatalf("%v–%v does not touch the box", p, q)
		}
	}
}
