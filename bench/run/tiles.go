package run

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"oxus/bench/data"
	"oxus/bench/report"
)

// tile is a square of WebMercatorQuad.
type tile struct{ zoom, x, y int }

// tileAt is the tile of a zoom with a random incident in it.
func (b *bench) tileAt(rng *rand.Rand, zoom int) tile {
	p := b.set.Incident(rng.IntN(b.set.Incidents))
	side, phi := float64(int(1)<<zoom), p[1]*math.Pi/180
	return tile{zoom, int((p[0] + 180) / 360 * side), int((0.5 - math.Asinh(math.Tan(phi))/(2*math.Pi)) * side)}
}

// period is the span of time that the map shows: all years of the incidents.
func period() (from, to string) {
	return fmt.Sprintf("%d-01-01", data.FirstYear), fmt.Sprintf("%d-12-31", data.FirstYear+data.Years-1)
}

// path is where Oxus has the tile, asked as the map page asks.
func (t tile) path() string {
	from, to := period()
	return fmt.Sprintf("/api/collections/incidents/tiles/WebMercatorQuad/%d/%d/%d?datetime=%s/%s&properties=title,category,start_date",
		t.zoom, t.y, t.x, from, to)
}

// sql is the tile as PostGIS makes it: every incident, with the buffer that Oxus has.
func (t tile) sql() string {
	from, to := period()
	return fmt.Sprintf(`SELECT ST_AsMVT(t, 'incidents') FROM (SELECT ST_AsMVTGeom(ST_Transform(f.geom, 3857), ST_TileEnvelope(%[1]d, %[2]d, %[3]d), 4096, 128)
AS geom, f.id, f.title, f.category, f.start_date::text FROM oxus.incidents f
WHERE f.geom && ST_Transform(ST_TileEnvelope(%[1]d, %[2]d, %[3]d, margin => 128.0 / 4096), 4326)
AND f.lifetime && daterange('%[4]s', '%[5]s', '[]')) t;
`, t.zoom, t.x, t.y, from, to)
}

// tilesAZoom is how many tiles of a zoom are asked for at most: those of large regions take
// seconds where every incident is drawn.
func tilesAZoom(zoom int) int {
	if zoom < 9 {
		return 2
	}
	return 4
}

// tiles asks for tiles of a zoom, one after the other, so that psql can be held beside.
func (b *bench) tiles(zoom int) question {
	rng := b.rng()
	var seen []tile
	for range 100 {
		if t := b.tileAt(rng, zoom); !slices.Contains(seen, t) && len(seen) < tilesAZoom(zoom) {
			seen = append(seen, t)
		}
	}
	q := question{
		words: fmt.Sprintf("`/api/collections/incidents/tiles/WebMercatorQuad/%d/{y}/{x}` as the map asks, packed with gzip, by one at a time; %d tiles.",
			zoom, len(seen)),
		gzip: true, workers: 1, times: 0.5, whole: true,
	}
	var script strings.Builder
	script.WriteString("\\timing on\n\\o /dev/null\nSET jit = off;\nSELECT 1;\n")
	for _, t := range seen {
		q.paths = append(q.paths, t.path())
		q.peer = append(q.peer, fmt.Sprintf("?map=BENCH&mode=tile&tilemode=gmap&tile=%d+%d+%d&layers=tiles&map.imagetype=mvt", t.x, t.y, t.zoom))
		script.WriteString(t.sql())
	}
	q.own = &contender{name: "psql", floor: true, once: func(ctx context.Context) (report.Round, error) {
		return b.psql(ctx, script.String(), len(seen))
	}}
	return q
}

// psql runs a script whose last statements are measured, and reads psql's own times of them.
func (b *bench) psql(ctx context.Context, script string, statements int) (report.Round, error) {
	cmd := exec.CommandContext(ctx, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", b.database)
	cmd.Stdin, cmd.Env = strings.NewReader(script), append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return report.Round{}, fmt.Errorf("psql (Debian: apt-get install postgresql-client): %w: %s", err, out)
	}
	late, err := psqlTimes(out)
	if err == nil && len(late) < statements {
		err = fmt.Errorf("%d times of %d", len(late), statements)
	}
	if err != nil {
		return report.Round{}, fmt.Errorf("read what psql told: %w: %s", err, out)
	}
	late = late[len(late)-statements:]
	r := report.Round{Answers: statements}
	total := 0.0
	for _, ms := range late {
		total += ms
	}
	r.Rate = float64(statements) / total * 1000
	r.P50, r.P99 = percentiles(late)
	return r, nil
}

// psqlTimes reads the lines that \timing writes, in milliseconds.
func psqlTimes(out []byte) (late []float64, err error) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		text, found := strings.CutPrefix(lines.Text(), "Time: ")
		if !found {
			continue
		}
		text, _, _ = strings.Cut(text, " ms")
		ms, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, err
		}
		late = append(late, ms)
	}
	return late, lines.Err()
}
