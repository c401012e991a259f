package shapefile_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"

	"oxus/data/shapefile"
)

// outline writes a geometry so that two that cover the same ground in the same
// way are equal: members sorted, rings from their least corner, all one way.
func outline(g geom.T) string {
	switch g := g.(type) {
	case nil:
		return "nothing"
	case *geom.Polygon:
		return polygonOutline(g)
	case *geom.MultiPolygon:
		var parts []string
		for i := range g.NumPolygons() {
			parts = append(parts, polygonOutline(g.Polygon(i)))
		}
		slices.Sort(parts)
		return strings.Join(parts, " ")
	default:
		return fmt.Sprintf("%T%v%v%v", g, g.Layout(), g.FlatCoords(), g.Ends())
	}
}

func polygonOutline(p *geom.Polygon) string {
	var rings []string
	for i := range p.NumLinearRings() {
		rings = append(rings, ringOutline(p.LinearRing(i).Coords()))
	}
	slices.Sort(rings[1:])
	return "(" + strings.Join(rings, " minus ") + ")"
}

func ringOutline(c []geom.Coord) string {
	c = c[:len(c)-1]
	least := 0
	for i := range c {
		if slices.Compare(c[i], c[least]) < 0 {
			least = i
		}
	}
	c = append(slices.Clone(c[least:]), c[:least]...)
	if slices.Compare(c[1], c[len(c)-1]) > 0 {
		slices.Reverse(c[1:])
	}
	return fmt.Sprint(c)
}

func reversed(r []float64) []float64 {
	out := make([]float64, 0, len(r))
	for i := len(r) - 2; i >= 0; i -= 2 {
		out = append(out, r[i], r[i+1])
	}
	return out
}

func readPolygon(t *testing.T, parts ...[]float64) (geom.T, shapefile.Tally) {
	t.Helper()
	l := mustLoose(t, shp(5, multiShape(5, parts...)), dbf(names(), rows(1)...))
	return mustRead(t, l)[0].Geometry, l.Tally()
}

// polygons writes what is expected: an outer ring and its holes each.
func polygons(members ...[][]float64) string {
	m := geom.NewMultiPolygon(geom.XY)
	for _, rings := range members {
		var flat []float64
		var ends []int
		for _, r := range rings {
			flat = append(flat, r...)
			ends = append(ends, len(flat))
		}
		if err := m.Push(geom.NewPolygonFlat(geom.XY, flat, ends)); err != nil {
			panic(err)
		}
	}
	return outline(m)
}

func TestRingsAreAssembledByContainment(t *testing.T) {
	type rings = [][]float64
	a, b := square(0, 0, 10), square(20, 0, 10)
	inA, inB := hole(1, 1, 2), hole(21, 1, 2)
	lake, island, pond := hole(1, 1, 8), square(2, 2, 6), hole(3, 3, 2)
	flat := []float64{1, 1, 5, 5, 1, 1}
	line := []float64{0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.1, 0.1} // straight but for rounding
	touching := []float64{0, 0, 4, 2, 2, 4, 0, 0}             // shares the corner of a
	diamond := []float64{-5, 5, 0, 10, 5, 5, 0, 0, -5, 5}     // has corners at the height of
	middle := hole(-1, 4, 2)                                  // the point inside this
	cases := map[string]struct {
		in    rings
		want  []rings
		tally shapefile.Tally
	}{
		"hole after its ring":         {rings{a, inA, b, inB}, []rings{{a, inA}, {b, inB}}, shapefile.Tally{}},
		"hole after another ring":     {rings{a, b, inA, inB}, []rings{{a, inA}, {b, inB}}, shapefile.Tally{}},
		"hole before its ring":        {rings{inB, inA, a, b}, []rings{{a, inA}, {b, inB}}, shapefile.Tally{}},
		"island in a lake":            {rings{a, lake, island, pond}, []rings{{a, lake}, {island, pond}}, shapefile.Tally{}},
		"island, any order":           {rings{pond, island, lake, a}, []rings{{a, lake}, {island, pond}}, shapefile.Tally{}},
		"hole that touches":           {rings{a, touching}, []rings{{a, touching}}, shapefile.Tally{}},
		"corners at its height":       {rings{diamond, middle}, []rings{{diamond, middle}}, shapefile.Tally{}},
		"hole of nobody":              {rings{a, inB}, []rings{{a}, {inB}}, shapefile.Tally{LooseHoles: 1}},
		"hole alone":                  {rings{inA}, []rings{{inA}}, shapefile.Tally{Reversed: 1}},
		"everything reversed":         {rings{reversed(a), reversed(inA), reversed(b)}, []rings{{a, inA}, {b}}, shapefile.Tally{Reversed: 1}},
		"one of two reversed":         {rings{a, reversed(b)}, []rings{{a}, {b}}, shapefile.Tally{LooseHoles: 1}},
		"flat ring first":             {rings{flat, a, inA}, []rings{{a, inA}}, shapefile.Tally{FlatRings: 1}},
		"flat ring last":              {rings{a, inA, flat}, []rings{{a, inA}}, shapefile.Tally{FlatRings: 1}},
		"flat but for rounding":       {rings{a, line}, []rings{{a}}, shapefile.Tally{FlatRings: 1}},
		"ring of two points":          {rings{a, {1, 1, 1, 1}}, []rings{{a}}, shapefile.Tally{FlatRings: 1}},
		"two outer rings, one inside": {rings{a, square(2, 2, 2)}, []rings{{a}, {square(2, 2, 2)}}, shapefile.Tally{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, tally := readPolygon(t, c.in...)
			if want := polygons(c.want...); outline(got) != want {
				t.Errorf("got\n%s, want\n%s", outline(got), want)
			}
			if tally != c.tally {
				t.Errorf("the tally is %+v, want %+v", tally, c.tally)
			}
		})
	}
}

func TestOpenRingsAreClosedAndTurned(t *testing.T) {
	l := mustLoose(t, shp(5, multiShape(5, square(0, 0, 4)[:8]), multiShape(5, square(0, 0, 10), hole(1, 1, 2)[:8]), multiShape(5, hole(0, 0, 4)), multiShape(5, square(0, 0, 4), hole(9, 9, 2))), dbf(names(), rows(4)...))
	got := mustRead(t, l)
	wants := []struct {
		outline, repair string
	}{
		{polygons([][]float64{square(0, 0, 4)}), "ring-closed at 0 0: ring 1 ended at 4 0: it is closed"},
		{polygons([][]float64{square(0, 0, 10), hole(1, 1, 2)}), "ring-closed at 1 1: ring 2 ended at 1 3: it is closed"},
		{polygons([][]float64{hole(0, 0, 4)}), "ring-turned at 0 0: all rings run the wrong way round: they are read the other way"},
		{polygons([][]float64{square(0, 0, 4)}, [][]float64{hole(9, 9, 2)}), "ring-turned at 9 9: a ring runs as a hole does and lies in no other: it is read as an outer ring"},
	}
	for i, want := range wants {
		r := got[i]
		if outline(r.Geometry) != want.outline || len(r.Repairs) != 1 {
			t.Errorf("record %d is %s, %v; want %s", i+1, outline(r.Geometry), r.Repairs, want.outline)
			continue
		}
		f := r.Repairs[0]
		if text := fmt.Sprintf("%s at %g %g: %s", f.Rule, f.Place.Point[0], f.Place.Point[1], f.Detail); text != want.repair {
			t.Errorf("record %d: %s, want %s", i+1, text, want.repair)
		}
	}
}

// The smallest parcel of a city plan in metres, far from the origin, has an
// area; rounding must not take it for a line.
func TestSmallRingsFarAwayHaveAnArea(t *testing.T) {
	for _, origin := range [][2]float64{{12480887.1325, 4269743.7549}, {68.78, 38.56}} {
		for _, size := range []float64{1, 1e-3, 1e-5} {
			got, tally := readPolygon(t, square(origin[0], origin[1], size))
			if tally.FlatRings != 0 || got == nil {
				t.Errorf("a square of %g at %v is flat", size, origin)
			}
		}
	}
}

func TestThinRingsHaveAnArea(t *testing.T) {
	strip := []float64{0, 0, 0, 1e-4, 1e6, 1e-4, 1e6, 0, 0, 0}
	if got, tally := readPolygon(t, strip); tally.FlatRings != 0 || got == nil {
		t.Error("a strip of 1,000 km by 0.1 mm is flat")
	}
}

// ragged is a ring around a centre whose radius stays between 0.6 and 1 of r.
func ragged(random *rand.Rand, x, y, r float64, clockwise bool) []float64 {
	n := 3 + random.IntN(40)
	var ring []float64
	for i := range n {
		angle := 2 * math.Pi * float64(i) / float64(n)
		if clockwise {
			angle = -angle
		}
		d := r * (0.6 + 0.4*random.Float64())
		ring = append(ring, x+d*math.Cos(angle), y+d*math.Sin(angle))
	}
	return append(ring, ring[0], ring[1])
}

// For random islands with lakes with islands, any order of the rings gives the
// same polygons.
func TestRingOrderDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		var parts [][]float64
		var want [][][]float64
		for i := range 1 + random.IntN(6) {
			x, y := 100*float64(i), 50*random.Float64()
			outer := ragged(random, x, y, 40, true)
			// A triangle of radius 24 leaves an inner circle of 12.
			lake := ragged(random, x, y, 11, false)
			island := ragged(random, x, y, 3, true)
			parts = append(parts, outer, lake, island)
			want = append(want, [][]float64{outer, lake}, [][]float64{island})
		}
		random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		got, _ := readPolygon(t, parts...)
		if outline(got) != polygons(want...) {
			t.Fatalf("%.500q\nis not\n%.500q", outline(got), polygons(want...))
		}
	}
}

// A comb whose every edge passes every hole asks for endless work.
func TestTangledPolygonIsRefusedSoon(t *testing.T) {
	var comb []float64
	for i := range 30_000 {
		comb = append(comb, float64(i), 0, float64(i)+0.5, 1000)
	}
	comb = append(comb, 30_000, -1, 0, -1, 0, 0)
	if comb[len(comb)-2] != comb[0] {
		t.Fatal("the comb is open")
	}
	parts := [][]float64{comb}
	for i := range 30_000 {
		parts = append(parts, hole(float64(i)+0.5, 1+float64(i%900), 0.001))
	}
	l := mustLoose(t, shp(5, multiShape(5, parts...)), dbf(names(), rows(1)...))
	records, faults, err := readAll(l)
	if err != nil || len(faults) != 1 || faults[0].Rule != shapefile.RuleTangled {
		t.Error(len(records), faults, err)
	}
}

// Many islands with many lakes, as a coastline has them, are no tangle.
func TestManyRingsAreSortedOut(t *testing.T) {
	var parts [][]float64
	for i := range 15_000 {
		parts = append(parts, square(float64(i%120)*10, float64(i/120)*10, 8))
	}
	for i := range 15_000 {
		parts = append(parts, hole(float64(i%120)*10+1, float64(i/120)*10+1, 2))
	}
	got, tally := readPolygon(t, parts...)
	m, ok := got.(*geom.MultiPolygon)
	if !ok || m.NumPolygons() != 15_000 || tally != (shapefile.Tally{}) {
		t.Fatal(tally)
	}
	for i := range m.NumPolygons() {
		if m.Polygon(i).NumLinearRings() != 2 {
			t.Fatal(i)
		}
	}
}
