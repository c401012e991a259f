package postgis_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"oxus/geo"
)

// Distances are those that PostGIS measures: between points to a millimetre, to a
// line the least of those to points close together along it.
func TestDistancesAreThoseOfPostGIS(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	conn := connect(t, url)
	rng := rand.New(rand.NewPCG(5, 7))
	around := func(x, y, spread float64) orb.Point {
		return orb.Point{math.Remainder(x+spread*rng.NormFloat64(), 360), min(max(y+spread*rng.NormFloat64(), -90), 90)}
	}
	check := func(a, b orb.Geometry, want, tolerance float64) {
		t.Helper()
		for _, pair := range [][2]orb.Geometry{{a, b}, {b, a}} {
			if got := geo.Distance(pair[0], pair[1]); math.Abs(got-want) > tolerance {
				t.Errorf("%v to %v: %.4f m, want %.4f within %.4f", pair[0], pair[1], got, want, tolerance)
			}
		}
	}
	// The points lie five metres apart, so that the nearest is not the foot.
	measured := func(p, g orb.Geometry) (metres, tolerance float64) {
		t.Helper()
		const sql = `SELECT min(ST_Distance(ST_GeogFromText($1), geography(d.geom)))
			FROM ST_DumpPoints(ST_Segmentize(ST_SetSRID(ST_GeomFromText($2), 4326), 0.00005)) d`
		if err := conn.QueryRow(context.Background(), sql, wkt.MarshalString(p), wkt.MarshalString(g)).Scan(&metres); err != nil {
			t.Fatal(err)
		}
		return metres, 1e-3 + min(3, 9/(2*metres))
	}
	places := []orb.Point{{70, 38}, {0, 0}, {179.9, 10}, {-179.9, -10}, {70, 89.5}, {68.5, 37.25}}
	for i, p := range places {
		for _, q := range places[:i+1] {
			want, _ := measured(p, q)
			check(p, q, want, 1e-3)
		}
	}
	for range 25 {
		p := around(70, 38, 1)
		line := orb.LineString{around(70, 38, 0.5)}
		for range 1 + rng.IntN(3) {
			last := line[len(line)-1]
			line = append(line, around(last[0], last[1], 0.1))
		}
		want, tolerance := measured(p, line)
		check(p, line, want, tolerance)
		// Between lines: the least over the points of one of them.
		other := orb.LineString{p, around(p[0], p[1], 0.1)}
		least := math.Inf(1)
		const parts = 2000
		for i := range parts + 1 {
			share := float64(i) / parts
			at := orb.Point{p[0] + share*(other[1][0]-p[0]), p[1] + share*(other[1][1]-p[1])}
			least = min(least, geo.Distance(at, line))
		}
		check(other, line, least, 1e-3+min(20, 400/(2*least)))
	}
	crossing := orb.MultiLineString{{{70, 37}, {70, 39}}, {{10, 10}, {11, 11}}}
	check(orb.LineString{{69, 38}, {71, 38.1}}, crossing, 0, 0)
	check(orb.Point{70, 38}, crossing, 0, 1e-6)
}

// Nothing lies near outside the boxes that an index is asked for.
func TestBoxesHoldWhatIsNear(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 9))
	for range 20_000 {
		n := &geo.Near{Within: math.Pow(10, 1+5*rng.Float64())}
		start := orb.Point{360*rng.Float64() - 180, 178*rng.Float64() - 89}
		shape := orb.LineString{start, {min(max(start[0]+rng.NormFloat64(), -180), 180), min(max(start[1]+rng.NormFloat64(), -90), 90)}}
		n.Shapes = []orb.Geometry{shape}
		reach := 1.5 * n.Within / 111_000
		p := orb.Point{math.Remainder(start[0]+reach*rng.NormFloat64()/max(0.02, math.Cos(start[1]*math.Pi/180)), 360), min(max(start[1]+reach*rng.NormFloat64(), -90), 90)}
		metres, near := n.Measure(p)
		if near && !geo.Touches(p, n.Boxes()) {
			t.Fatalf("%v lies %g m from %v, within %g, and in none of %v", p, metres, shape, n.Within, n.Boxes())
		}
	}
}
