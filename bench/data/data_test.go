package data

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/geo"
)

func TestMain(m *testing.M) { postgistest.Main(m) }

func set(t *testing.T, seed uint64, rows int) *Set {
	t.Helper()
	s, err := New(seed, rows)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The same seed gives the same rows, in whatever order they are made, and another gives others.
func TestRowsFollowFromTheSeed(t *testing.T) {
	t.Parallel()
	text := func(s *Set, table, first, next int) string {
		var b bytes.Buffer
		if err := s.tables()[table].write(&b, first, next, "now"); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	one, same, other := set(t, 1, 500), set(t, 1, 500), set(t, 2, 500)
	for i, table := range one.tables() {
		whole := text(one, i, 0, table.rows)
		if parts := text(same, i, 0, 7) + text(same, i, 7, table.rows); parts != whole {
			t.Errorf("%s differs with the parts it is made in", table.name)
		}
		if text(other, i, 0, table.rows) == whole {
			t.Errorf("%s is the same for another seed", table.name)
		}
		for line := range strings.Lines(whole) {
			if !strings.Contains(line, "nvented") || strings.Count(line, "\t") != len(table.columns) {
				t.Fatalf("a row of %s does not say that it is invented, or has another number of columns: %s", table.name, line)
			}
		}
	}
}

// Most points lie at the Panj, and all within the edges.
func TestPlaces(t *testing.T) {
	t.Parallel()
	s := set(t, 42, 5000)
	near, first := 0, 0
	for n := range s.Incidents {
		p := s.Incident(n)
		if p[0] < West || p[0] > East || p[1] < South || p[1] > North {
			t.Fatalf("incident %d lies at %v", n, p)
		}
		if math.Hypot(p[0]-s.centres[0][0], p[1]-s.centres[0][1]) < 0.1 {
			first++
		}
		for _, q := range s.river.course {
			if math.Hypot(p[0]-q[0], p[1]-q[1]) < 0.2 {
				near++
				break
			}
		}
	}
	if share := float64(near) / float64(s.Incidents); share < 0.8 || share > 0.97 {
		t.Errorf("%.2f of the points lie near the Panj", share)
	}
	if share := float64(first) / float64(s.Incidents); share < 0.05 || share > 0.3 {
		t.Errorf("%.2f of the points lie around the first centre", share)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	if s := set(t, 42, 1_000_000); s.Lines != 20_000 || s.Crossings != 60_000 || len(s.line(3)) != 60 {
		t.Errorf("a million has %d lines and %d crossings", s.Lines, s.Crossings)
	}
	for _, rows := range []int{-1, 0, 99, 100_000_001} {
		if _, err := New(1, rows); err == nil {
			t.Errorf("a set of %d was made", rows)
		}
	}
}

// The database takes the rows under its triggers and rules, and answers about them.
func TestLoad(t *testing.T) {
	ctx, address := context.Background(), postgistest.Database(t)
	store, err := postgis.Open(ctx, address, geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	s, told := set(t, 42, 1000), 0
	if err := s.Load(ctx, conn, func(string, ...any) { told++ }); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{"incidents": 1000, "crossings": 60, "transmission-lines": 20, "status-periods": 300} {
		c, err := geo.Border().Collection(id)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := store.Count(ctx, geo.Query{Collection: c}); err != nil || n != want {
			t.Errorf("%d %s, want %d: %v", n, id, want, err)
		}
	}
	var rows, revisions int
	err = conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM oxus.history WHERE actor = 'bench'), (SELECT count(DISTINCT revision) FROM oxus.incidents)`).Scan(&rows, &revisions)
	if err != nil || rows != 1380 || revisions != 1 || told != 4 {
		t.Errorf("%d rows in the history, %d revisions, told %d times: %v", rows, revisions, told, err)
	}
	if err := s.Load(ctx, conn, func(string, ...any) {}); err == nil {
		t.Error("the rows were loaded twice")
	}
}
