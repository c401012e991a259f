package api_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
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

// pagesSQL writes ROWS invented incidents, the same ones every time: four in five along a
// river, the others anywhere around it.
var pagesSQL = []string{
	"INSERT INTO oxus.sources (id, publisher, title) VALUES ('s', 'P', 'T')",
	"SELECT setseed(0.42)",
	"BEGIN",
	"SET LOCAL oxus.program = 'oxus'", // which counts its rows itself
	`INSERT INTO oxus.incidents (id, title, category, confidence, summary, sources, start_date, start_precision, end_date, end_precision, geom, recorded)
	 SELECT 'i' || n, 'Invented event ' || n, (ARRAY['attack','arrest','smuggling'])[1 + n % 3], 'claimed', 'Made for measuring, with a summary of some length.', '{s}',
	        '1992-01-01'::date + n % 12400, 'day', '1992-01-01'::date + n % 12400 + n % 4, 'day',
	        ST_SetSRID(ST_MakePoint(67 + 8 * r.x, CASE WHEN r.y < 0.8 THEN 37.4 + 0.5 * sin(8 * r.x) + 0.1 * (r.z - 0.5) ELSE 34 + 8 * r.z END), 4326), oxus.take_moment()
	   FROM generate_series(1, ROWS) n, LATERAL (SELECT random() * (n > 0)::int AS x, random() AS y, random() AS z) r`,
	"COMMIT",
	"VACUUM ANALYZE oxus.incidents",
}

// bareColumns are what a program that knows nothing but the question would read.
const bareColumns = "SELECT id, revision, geom, sources, start_date, start_precision, end_date, end_precision, title, category, place_name, admin1, country, actors, " +
	"fatalities_low, fatalities_high, injuries, confidence, related_features, summary, position_accuracy_m, position_basis FROM oxus.incidents "

// spot is where and when a question of the benchmark is about.
type spot struct {
	lon, lat, half float64
	month          time.Time
	id             int
}

// asking is one kind of question, as an address and as the best SQL for it.
type asking struct {
	name, sql string
	address   func(s *spot) string
	args      func(s *spot) []any
}

const (
	benchBox  = "WHERE geom && ST_MakeEnvelope($1, $2, $3, $4, 4326) "
	benchTime = "AND lifetime && daterange($5, $6, '[]') "
)

func askings() []asking {
	items := func(format string, args func(s *spot) []any) func(s *spot) string {
		return func(s *spot) string { return "/api/collections/incidents/items" + fmt.Sprintf(format, args(s)...) }
	}
	box := func(s *spot) []any { return []any{s.lon - s.half, s.lat - s.half, s.lon + s.half, s.lat + s.half} }
	last := func(s *spot) time.Time { return s.month.AddDate(0, 1, -1) }
	timed := func(s *spot) []any { return append(box(s), s.month, last(s)) }
	named := func(s *spot) []any {
		return append(box(s), s.month.Format(time.DateOnly), last(s).Format(time.DateOnly))
	}
	one := func(s *spot) []any { return []any{"i" + strconv.Itoa(s.id)} }
	none := func(*spot) []any { return nil }
	return []asking{
		{"A", benchBox + "LIMIT 100", items("?bbox=%f,%f,%f,%f&limit=100", box), box},
		{"B", benchBox + "LIMIT 1000", items("?bbox=%f,%f,%f,%f&limit=1000", box), box},
		{"C", benchBox + "LIMIT 10000", items("?bbox=%f,%f,%f,%f&limit=10000", box), box},
		{"D", "WHERE id = $1", items("/%s", one), one},
		{"E", benchBox + benchTime + "LIMIT 100", items("?bbox=%f,%f,%f,%f&datetime=%s/%s&limit=100", named), timed},
		{"page", "ORDER BY hilbert, id LIMIT 100", items("?limit=100", none), none},
	}
}

// BenchmarkPages asks PostGIS for pages through the whole server, and by turns with the
// best SQL alone, whose rows are only read. It reports the microseconds of each and how
// many answers the server gives where the bare program gives one. OXUS_BENCH_ROWS says how
// many incidents there are, 20,000 unless told.
func BenchmarkPages(b *testing.B) {
	rows := 20_000
	if n, err := strconv.Atoi(os.Getenv("OXUS_BENCH_ROWS")); err == nil {
		rows = n
	}
	h, bare := benchPages(b, rows)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, ask := range askings() {
		b.Run(ask.name, func(b *testing.B) {
			var served, read []time.Duration
			for b.Loop() {
				for range 20 {
					lon := 67 + 8*rng.Float64()
					s := &spot{lon: lon, lat: 37.3 + rng.Float64()/2, half: 0.1, month: time.Date(1992+rng.IntN(33), time.Month(1+rng.IntN(12)), 1, 0, 0, 0, 0, time.UTC), id: 1 + rng.IntN(rows)}
					began := time.Now()
					answered(b, h, ask.address(s))
					between := time.Now()
					readBare(b, bare, ask, s)
					served, read = append(served, between.Sub(began)), append(read, time.Since(between))
				}
			}
			slices.Sort(served)
			slices.Sort(read)
			x, y := served[len(served)/2], read[len(read)/2]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(x.Microseconds()), "µs/answer")
			b.ReportMetric(float64(y.Microseconds()), "µs/bare")
			b.ReportMetric(float64(y)/float64(x), "of-bare")
		})
	}
}

// benchPages returns the server over so many incidents, and a connection beside it.
func benchPages(b *testing.B, rows int) (http.Handler, *pgx.Conn) {
	b.Helper()
	ctx, url := context.Background(), postgistest.Database(b)
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	store, err := postgis.Open(ctx, url, geo.Border())
	must(err)
	b.Cleanup(func() { store.Close() })
	must(store.Migrate(ctx))
	config, err := pgx.ParseConfig(url)
	must(err)
	for name, value := range map[string]string{"jit": "off", "max_parallel_workers_per_gather": "0"} {
		config.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	must(err)
	b.Cleanup(func() { conn.Close(ctx) })
	for _, text := range pagesSQL {
		_, err := conn.Exec(ctx, strings.ReplaceAll(text, "ROWS", strconv.Itoa(rows)))
		must(err)
	}
	return uncached(geo.Border(), store), conn
}

func answered(b *testing.B, h http.Handler, target string) {
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, http.NoBody)); w.Code != http.StatusOK {
		b.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
}

func readBare(b *testing.B, conn *pgx.Conn, ask asking, s *spot) {
	rows, err := conn.Query(context.Background(), bareColumns+ask.sql, ask.args(s)...)
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		rows.RawValues()
	}
	if rows.Err() != nil {
		b.Fatal(rows.Err())
	}
}
