package postgis_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// The database and Go find the same key of every position: at the edges of cells, beside
// them, and anywhere.
func TestHilbertKeysAreTheSame(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	conn := connect(t, url)
	rng := rand.New(rand.NewPCG(5, 5))
	var lon, lat []float64
	for n := range 40_000 {
		p := orb.Point{-180 + 360*rng.Float64(), -90 + 180*rng.Float64()}
		if n%2 == 0 { // on the edge of a cell
			p = orb.Point{-180 + 360*float64(rng.IntN(65537))/65536, -90 + 180*float64(rng.IntN(65537))/65536}
		}
		lon, lat = append(lon, p[0]), append(lat, p[1])
	}
	var keys []int64
	err := conn.QueryRow(context.Background(), `SELECT array_agg(oxus.hilbert(x, y) ORDER BY n)
		FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY AS p (x, y, n)`, lon, lat).Scan(&keys)
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		if want := geo.HilbertKeyOf(orb.Point{lon[i], lat[i]}); geo.HilbertKey(key) != want {
			t.Fatalf("%v,%v has the key %d in the database, %d in Go", lon[i], lat[i], key, want)
		}
	}
}
