package geo

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// The curve visits every cell of a grid once, and goes from each to a neighbour.
func TestHilbertCurve(t *testing.T) {
	const side = 64 // of the south-western corner, which the curve fills first
	cells := map[HilbertKey][2]int{}
	for x := range uint32(side) {
		for y := range uint32(side) {
			cells[hilbertKey(x, y)] = [2]int{int(x), int(y)}
		}
	}
	if len(cells) != side*side {
		t.Fatalf("%d keys for %d cells", len(cells), side*side)
	}
	for key := HilbertKey(1); key < side*side; key++ {
		a, b := cells[key-1], cells[key]
		if math.Abs(float64(a[0]-b[0]))+math.Abs(float64(a[1]-b[1])) != 1 {
			t.Fatalf("from cell %d at %v the curve leaps to %v", key-1, a, b)
		}
	}
	for turn := range uint32(4) {
		for n := range uint32(4) {
			if x, y := hilbertPlace(n, turn); hilbertQuarter(x, y, turn) != n {
				t.Errorf("quarter %d of turn %d lies at %d,%d, which is quarter %d", n, turn, x, y, hilbertQuarter(x, y, turn))
			}
		}
	}
}

func TestHilbertKeyOf(t *testing.T) {
	for name, c := range map[string]struct {
		geometry orb.Geometry
		want     HilbertKey
	}{
		"none":                 {nil, Unplaced},
		"an empty line":        {orb.LineString{}, Unplaced},
		"an empty set":         {orb.MultiLineString{{}}, Unplaced},
		"the first corner":     {orb.Point{-180, -90}, 0},
		"beyond it":            {orb.Point{-181, -91}, 0},
		"the last corner":      {orb.Point{180, -90}, Unplaced - 1},
		"a line by its start":  {orb.LineString{{70, 38}, {-70, 10}}, HilbertKeyOf(orb.Point{70, 38})},
		"lines by their first": {orb.MultiLineString{{{70, 38}, {0, 0}}, {{1, 1}, {2, 2}}}, HilbertKeyOf(orb.Point{70, 38})},
		"the middle":           {orb.Point{0, 0}, Unplaced / 2},
	} {
		if got := HilbertKeyOf(c.geometry); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestHilbertRanges(t *testing.T) {
	for name, c := range map[string]struct {
		box  BBox
		want int // ranges at most
	}{
		"the world":                {BBox{-180, -90, 180, 90}, 1},
		"a half":                   {BBox{-180, -90, -0.001, 90}, 1},
		"a point":                  {BBox{70, 38, 70, 38}, 1},
		"a line":                   {BBox{-180, 38, 180, 38}, maxHilbertRanges},
		"over the seams":           {BBox{-0.001, -0.001, 0.001, 0.001}, 4},
		"over the antimeridian":    {BBox{179, -1, -179, 1}, maxHilbertRanges},
		"a town":                   {BBox{68.7, 38.5, 68.9, 38.6}, maxHilbertRanges},
		"the corner of everything": {BBox{180, 90, 180, 90}, 1},
	} {
		got := HilbertRanges(c.box.Bounds())
		if len(got) == 0 || len(got) > c.want {
			t.Errorf("%s: %d ranges, want %d at most", name, len(got), c.want)
		}
		checkRanges(t, c.box, got)
	}
}

// checkRanges holds ranges to their order and to the positions of their box.
func checkRanges(t *testing.T, box BBox, ranges []HilbertRange) {
	t.Helper()
	for i, r := range ranges {
		if r.First > r.Last || i > 0 && r.First <= ranges[i-1].Last+1 {
			t.Fatalf("%v: range %d of %v", box, i, ranges)
		}
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for _, b := range box.Bounds() {
		for n := range 64 {
			p := orb.Point{b.Min[0] + rng.Float64()*(b.Max[0]-b.Min[0]), b.Min[1] + rng.Float64()*(b.Max[1]-b.Min[1])}
			if n < 4 { // the corners
				p = orb.Point{[]float64{b.Min[0], b.Max[0]}[n&1], []float64{b.Min[1], b.Max[1]}[n>>1]}
			}
			checkPosition(t, box, ranges, p)
		}
	}
}

func checkPosition(t *testing.T, box BBox, ranges []HilbertRange, p orb.Point) {
	t.Helper()
	key := HilbertKeyOf(p)
	if !slices.ContainsFunc(ranges, func(r HilbertRange) bool { return r.First <= key && key <= r.Last }) {
		t.Fatalf("%v lies in %v, its key %d in none of %v", p, box, key, ranges)
	}
}

// A box of a town is asked as little more than itself.
func TestHilbertRangesAreTight(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var asked, wanted float64
	for range 1000 {
		w, s := 60+18*rng.Float64(), 30+14*rng.Float64()
		b := orb.Bound{Min: orb.Point{w, s}, Max: orb.Point{w + 0.3, s + 0.2}}
		for _, r := range HilbertRanges([]orb.Bound{b}) {
			asked += float64(r.Last - r.First + 1)
		}
		wanted += 0.3 * columnsPerDegree * 0.2 * rowsPerDegree
	}
	if asked > 1.6*wanted {
		t.Errorf("%.0f cells are asked for %.0f", asked, wanted)
	}
}

func FuzzHilbertRanges(f *testing.F) {
	f.Add(60.0, 30.0, 70.0, 40.0, 0.5, 0.5)
	f.Add(-180.0, -90.0, 180.0, 90.0, 1.0, 0.0)
	f.Add(179.9, 0.0, -179.9, 0.1, 0.0, 1.0)
	f.Fuzz(func(t *testing.T, west, south, east, north, x, y float64) {
		box := BBox{west, south, east, north}
		nan := math.IsNaN(west + south + east + north)
		if nan || box.Check() != nil || !(0 <= x && x <= 1 && 0 <= y && y <= 1) {
			return // no request asks for it
		}
		ranges := HilbertRanges(box.Bounds())
		if len(ranges) > maxHilbertRanges {
			t.Fatalf("%v: %d ranges", box, len(ranges))
		}
		for _, b := range box.Bounds() {
			p := orb.Point{b.Min[0] + x*(b.Max[0]-b.Min[0]), b.Min[1] + y*(b.Max[1]-b.Min[1])}
			checkPosition(t, box, ranges, orb.Point{min(p[0], b.Max[0]), min(p[1], b.Max[1])})
		}
	})
}

func BenchmarkHilbertRanges(b *testing.B) {
	bounds := []orb.Bound{{Min: orb.Point{68.7, 38.5}, Max: orb.Point{68.9, 38.6}}}
	for b.Loop() {
		HilbertRanges(bounds)
	}
}

func BenchmarkHilbertKeyOf(b *testing.B) {
	for b.Loop() {
		HilbertKeyOf(orb.Point{68.7, 38.5})
	}
}
