package postgis_test

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/geo"
)

// manySQL writes ROWS crossings with five periods each, the same ones every time:
// clustered like towns along a river, with a diffuse background.
var manySQL = []string{
	"SELECT setseed(0.42)",
	"INSERT INTO oxus.sources (id, publisher, title) VALUES ('s', 'P', 'T')",
	`INSERT INTO oxus.crossings (id, name_en, summary, valid_from, valid_from_precision, sources, geom)
	 SELECT 'c' || n, 'crossing ' || n, 'made for measuring', '1990-01-01'::date + n % 9000, 'day', '{s}',
	        ST_SetSRID(ST_MakePoint(66 + 8 * r.x + 0.05 * r.y, 36 + 3 * r.x * r.x + 0.6 * r.z), 4326)
	   FROM generate_series(1, ROWS) n, LATERAL (SELECT random() * (n > 0)::int AS x, random() AS y, random() AS z) r`,
	`INSERT INTO oxus.crossings_status (id, feature, kind, status, from_date, from_precision, to_date, to_precision, end_basis, sources)
	 SELECT 'c' || n || '-' || k, 'c' || n, 'phase', ('{open,closed,restricted,open,suspended}'::text[])[1 + k],
	        '2000-01-01'::date + k * 1500 + n % 700, 'day',
	        CASE WHEN k < 4 THEN '2000-01-01'::date + (k + 1) * 1500 + n % 700 END, CASE WHEN k < 4 THEN 'day' END,
	        CASE WHEN k < 4 THEN 'ended' ELSE 'ongoing' END, '{s}'
	   FROM generate_series(1, ROWS) n, generate_series(0, 4) k`,
}

// correctionSQL is what was corrected later: a tenth of the features and of the
// periods.
var correctionSQL = []string{
	"UPDATE oxus.crossings SET name_en = name_en || ' (corrected)' WHERE hashtext(id) % 10 = 0",
	"UPDATE oxus.crossings_status SET cause = 'corrected' WHERE hashtext(id) % 10 = 0",
}

// BenchmarkClocks measures a page of 100 crossings in a small box against the
// same page on a date, as recorded now, and as recorded before a correction, with
// and without a date. The five take turns, so that each ratio is of one run. OXUS_BENCH_ROWS says how many
// crossings there are, 30,000 unless told: the indexes of 300,000 with their periods
// take ten minutes to fill.
func BenchmarkClocks(b *testing.B) {
	rows := 30_000
	if n, err := strconv.Atoi(os.Getenv("OXUS_BENCH_ROWS")); err == nil {
		rows = n
	}
	s, corrected := many(b, rows)
	ctx := context.Background()
	now, err := s.State(ctx, time.Time{})
	fatal(b, err)
	before, err := s.State(ctx, corrected)
	fatal(b, err)
	atNow, err := s.At(ctx, now)
	fatal(b, err)
	atBefore, err := s.At(ctx, before)
	fatal(b, err)
	variants := []struct {
		name   string
		reader geo.Reader
		dated  bool
	}{{"page", s, false}, {"dated", s, true}, {"recorded-now", atNow, false}, {"recorded-before", atBefore, false}, {"both-clocks", atBefore, true}}
	const boxes = 60
	took := make([][]time.Duration, len(variants))
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		for range boxes {
			q := pageInABox(b, rng)
			for i, v := range variants {
				ask := q
				if v.dated {
					day := geo.NewDate(2005+rng.IntN(20), 1, 1+rng.IntN(365))
					ask.Time = &geo.Interval{From: day, To: day}
				}
				took[i] = append(took[i], page(b, v.reader, &ask))
			}
		}
	}
	base := median(took[0])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(base.Microseconds()), "µs/page")
	for i, v := range variants[1:] {
		b.ReportMetric(float64(median(took[i+1]))/float64(base), v.name+"/page")
	}
}

// many returns a store with so many crossings, and a moment before they were
// corrected.
func many(b *testing.B, rows int) (*postgis.Store, time.Time) {
	b.Helper()
	ctx := context.Background()
	url := postgistest.Database(b)
	s, err := postgis.Open(ctx, url, geo.Border())
	fatal(b, err)
	b.Cleanup(func() { s.Close() })
	fatal(b, s.Migrate(ctx))
	conn, err := pgx.Connect(ctx, url)
	fatal(b, err)
	defer conn.Close(ctx)
	run := func(statements []string) {
		for _, sql := range statements {
			_, err := conn.Exec(ctx, strings.ReplaceAll(sql, "ROWS", strconv.Itoa(rows)))
			fatal(b, err)
		}
	}
	run(manySQL)
	st, err := s.State(ctx, time.Time{})
	fatal(b, err)
	run(correctionSQL)
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	fatal(b, err)
	return s, st.Moment
}

// pageInABox asks for a page of a box that holds a few hundred crossings.
func pageInABox(b *testing.B, rng *rand.Rand) geo.Query {
	b.Helper()
	c, err := geo.Border().Collection("crossings")
	fatal(b, err)
	x := rng.Float64() * 0.9
	west, south := 66+8*x, 36+3*x*x+0.2*rng.Float64()
	return geo.Query{
		Collection: c, Limit: 101, Today: geo.NewDate(2026, time.November, 24),
		BBox: &geo.BBox{West: west, South: south, East: west + 0.05, North: south + 0.1},
	}
}

func page(b *testing.B, reader geo.Reader, q *geo.Query) time.Duration {
	b.Helper()
	start := time.Now()
	for _, err := range reader.Items(context.Background(), *q) {
		fatal(b, err)
	}
	return time.Since(start)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func fatal(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
