package geo_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"

	"oxus/geo"
)

func TestRingsAreClosed(t *testing.T) {
	ring, open := []float64{0, 0, 4, 0, 4, 4, 0, 0}, []float64{0, 0, 4, 0, 4, 4}
	closedTwice := append(append([]float64{}, ring...), ring...)
	for name, c := range map[string]struct {
		g, want geom.T
		repairs string
		rule    geo.Rule
	}{
		"closed":               {geom.NewPolygonFlat(geom.XY, ring, []int{8}), geom.NewPolygonFlat(geom.XY, ring, []int{8}), "", ""},
		"open":                 {geom.NewPolygonFlat(geom.XY, open, []int{6}), geom.NewPolygonFlat(geom.XY, ring, []int{8}), "at 0 0: ring 1 ended at 4 4: it is closed (ring-closed)", ""},
		"open hole":            {geom.NewPolygonFlat(geom.XY, append(append([]float64{}, ring...), open...), []int{8, 14}), geom.NewPolygonFlat(geom.XY, closedTwice, []int{8, 16}), "at 0 0: ring 2 ended at 4 4: it is closed (ring-closed)", ""},
		"open, of several":     {geom.NewMultiPolygonFlat(geom.XY, append(append([]float64{}, open...), ring...), [][]int{{6}, {14}}), geom.NewMultiPolygonFlat(geom.XY, closedTwice, [][]int{{8}, {16}}), "at 0 0: ring 1 ended at 4 4: it is closed (ring-closed)", ""},
		"two positions":        {geom.NewPolygonFlat(geom.XY, open[:4], []int{4}), nil, "", geo.RuleRing},
		"two, again and again": {geom.NewPolygonFlat(geom.XY, []float64{0, 0, 1, 1, 0, 0, 1, 1}, []int{8}), nil, "", geo.RuleRing},
		"no ring":              {geom.NewMultiPolygonFlat(geom.XY, open, [][]int{{6}, {}}), nil, "", geo.RuleRing},
		"line":                 {geom.NewLineStringFlat(geom.XY, open), geom.NewLineStringFlat(geom.XY, open), "", ""},
	} {
		var r geo.Record
		fault := r.SetGeometry(c.g)
		if (fault == nil) != (c.rule == "") || fault != nil && fault.Rule != c.rule || !reflect.DeepEqual(r.Geometry, c.want) {
			t.Errorf("%s: %+v, %v", name, r.Geometry, fault)
		}
		var repairs []string
		for _, f := range r.Repairs {
			repairs = append(repairs, f.String())
		}
		if got := strings.Join(repairs, "; "); got != c.repairs {
			t.Errorf("%s: repaired %q, want %q", name, got, c.repairs)
		}
	}
}

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
