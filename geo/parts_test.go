package geo_test

import (
	"testing"

	"github.com/twpayne/go-geom"

	"oxus/geo"
)

func TestCheckParts(t *testing.T) {
	ring, open := []float64{0, 0, 4, 0, 4, 4, 0, 0}, []float64{0, 0, 4, 0, 4, 4, 0, 4}
	both := append(append([]float64{}, ring...), open...)
	for name, c := range map[string]struct {
		g    geom.T
		rule geo.Rule
	}{
		"nothing":              {nil, ""},
		"point":                {geom.NewPointFlat(geom.XY, []float64{1, 2}), ""},
		"line":                 {geom.NewLineStringFlat(geom.XY, []float64{1, 2, 3, 4}), ""},
		"line of one position": {geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 3}), geo.RuleLineLength},
		"lines, one short":     {geom.NewMultiLineStringFlat(geom.XY, []float64{1, 2, 3, 4, 5, 6}, []int{4, 6}), geo.RuleLineLength},
		"polygon":              {geom.NewPolygonFlat(geom.XY, ring, []int{8}), ""},
		"open ring":            {geom.NewPolygonFlat(geom.XY, open, []int{8}), geo.RuleRing},
		"open hole":            {geom.NewPolygonFlat(geom.XY, both, []int{8, 16}), geo.RuleRing},
		"three positions":      {geom.NewPolygonFlat(geom.XY, []float64{0, 0, 1, 1, 0, 0}, []int{6}), geo.RuleRing},
		"closed but for z":     {geom.NewPolygonFlat(geom.XYZ, []float64{0, 0, 1, 4, 0, 1, 4, 4, 1, 0, 0, 2}, []int{12}), ""},
		"polygons":             {geom.NewMultiPolygonFlat(geom.XY, append(append([]float64{}, ring...), ring...), [][]int{{8}, {16}}), ""},
		"second polygon open":  {geom.NewMultiPolygonFlat(geom.XY, both, [][]int{{8}, {16}}), geo.RuleRing},
		"polygon of no ring":   {geom.NewMultiPolygonFlat(geom.XY, ring, [][]int{{8}, {}}), geo.RuleRing},
	} {
		fault := geo.CheckParts(c.g)
		if (fault == nil) != (c.rule == "") || fault != nil && fault.Rule != c.rule {
			t.Errorf("%s: %v", name, fault)
		}
	}
}
