package geo_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"oxus/geo"
)

func TestFlatten(t *testing.T) {
	square := []float64{0, 0, 0, 4, 4, 4, 4, 0, 0, 0}
	hole := []float64{1, 1, 2, 1, 2, 2, 1, 1}
	far := []float64{9, 9, 9, 10, 10, 10, 9, 9}
	join := func(parts ...[]float64) (all []float64) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	outer := orb.Ring{{0, 0}, {0, 4}, {4, 4}, {4, 0}, {0, 0}}
	inner := orb.Ring{{1, 1}, {2, 1}, {2, 2}, {1, 1}}
	island := orb.Ring{{9, 9}, {9, 10}, {10, 10}, {9, 9}}
	cases := map[string]struct {
		in   geom.T
		want orb.Geometry
		z, m bool
	}{
		"nil":                {nil, nil, false, false},
		"point":              {geom.NewPointFlat(geom.XY, []float64{1, 2}), orb.Point{1, 2}, false, false},
		"point z":            {geom.NewPointFlat(geom.XYZ, []float64{1, 2, 3}), orb.Point{1, 2}, true, false},
		"point m":            {geom.NewPointFlat(geom.XYM, []float64{1, 2, 3}), orb.Point{1, 2}, false, true},
		"point zm, m unset":  {geom.NewPointFlat(geom.XYZM, []float64{1, 2, 3, math.NaN()}), orb.Point{1, 2}, true, true},
		"points":             {geom.NewMultiPointFlat(geom.XYZ, []float64{1, 2, 3, 4, 5, 6}), orb.MultiPoint{{1, 2}, {4, 5}}, true, false},
		"line":               {geom.NewLineStringFlat(geom.XY, []float64{1, 2, 3, 4}), orb.LineString{{1, 2}, {3, 4}}, false, false},
		"lines, one empty":   {geom.NewMultiLineStringFlat(geom.XYM, []float64{1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0}, []int{6, 6, 12}), orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}, false, true},
		"polygon":            {geom.NewPolygonFlat(geom.XY, join(square, hole), []int{10, 18}), orb.Polygon{outer, inner}, false, false},
		"polygons":           {geom.NewMultiPolygonFlat(geom.XY, join(square, hole, far), [][]int{{10, 18}, {}, {26}}), orb.MultiPolygon{{outer, inner}, {island}}, false, false},
		"empty point":        {geom.NewPointEmpty(geom.XYZ), nil, false, false},
		"empty line":         {geom.NewLineString(geom.XY), nil, false, false},
		"empty lines":        {geom.NewMultiLineString(geom.XYZM), nil, false, false},
		"empty polygon":      {geom.NewPolygon(geom.XY), nil, false, false},
		"empty polygons":     {geom.NewMultiPolygon(geom.XY), nil, false, false},
		"polygons of nobody": {geom.NewMultiPolygonFlat(geom.XY, nil, [][]int{{}, {}}), nil, false, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := geo.Flatten(c.in)
			want := geo.Flat{Geometry: c.want, DroppedZ: c.z, DroppedM: c.m}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %#v, %v, want %#v", got, err, want)
			}
		})
	}
}

func TestFlattenRefuses(t *testing.T) {
	cases := map[string]struct {
		in   geom.T
		rule geo.Rule
	}{
		"nan":        {geom.NewPointFlat(geom.XY, []float64{math.NaN(), 2}), geo.RuleNotFinite},
		"infinite":   {geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 3, 4, math.Inf(-1), 6}), geo.RuleNotFinite},
		"collection": {geom.NewGeometryCollection(), geo.RuleGeometryKind},
		"ring":       {geom.NewLinearRingFlat(geom.XY, []float64{0, 0, 0, 1, 1, 1, 0, 0}), geo.RuleGeometryKind},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := geo.Flatten(c.in)
			var fault geo.Fault
			if !errors.As(err, &fault) || fault.Rule != c.rule || got.Geometry != nil {
				t.Errorf("got %v, %v, want the rule %s", got, err, c.rule)
			}
		})
	}
}

// Every x and y of a line comes out where it was, whatever else the layout
// carries.
func TestFlattenKeepsEveryPoint(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, layout := range []geom.Layout{geom.XY, geom.XYZ, geom.XYM, geom.XYZM} {
		for range 100 {
			var coords []float64
			var want orb.LineString
			for range 1 + random.IntN(20) {
				p := orb.Point{random.NormFloat64(), random.NormFloat64()}
				want = append(want, p)
				coords = append(coords, p[0], p[1])
				for range layout.Stride() - 2 {
					coords = append(coords, random.NormFloat64())
				}
			}
			got, err := geo.Flatten(geom.NewLineStringFlat(layout, coords))
			if err != nil || !reflect.DeepEqual(got.Geometry, orb.Geometry(want)) {
				t.Fatalf("%v: got %v, %v, want %v", layout, got, err, want)
			}
		}
	}
}
