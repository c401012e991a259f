package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/data/storetest"
	"oxus/geo"

	"github.com/paulmach/orb"
)

func crossings() *geo.Collection { return geo.Border().Collections[0] }

func incidents() *geo.Collection { return geo.Border().Collections[5] }

// Servers that start together migrate once and all find the schema.
func TestServersMigrateTogether(t *testing.T) {
	t.Parallel()
	url := postgistest.Database(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			s, err := postgis.Open(context.Background(), url, geo.Border())
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.Migrate(context.Background()); err != nil {
				t.Error(err)
			}
			if _, err := s.Summary(context.Background(), crossings()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := one[int](t, connect(t, url), "SELECT count(*)::int FROM oxus.migrations WHERE version_id = 1"); n != 1 {
		t.Errorf("the first step ran %d times", n)
	}
}

// Servers that start together fill an empty database once.
func TestOneServerFills(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	var fills atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		s := at(t, url)
		group.Go(func() {
			err := s.WithLock(context.Background(), func(ctx context.Context) error {
				st, err := s.Latest(ctx)
				if err != nil || st.Last > 0 {
					return err
				}
				fills.Add(1)
				return s.Apply(ctx, storetest.Awkward())
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if fills.Load() != 1 {
		t.Errorf("filled %d times", fills.Load())
	}
}

// A question ends in the database when its asker goes away.
func TestCancelledQuestionsEnd(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	conn := connect(t, url)
	must(t, conn, "BEGIN")
	must(t, conn, "LOCK TABLE oxus.crossings IN ACCESS EXCLUSIVE MODE")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		var last error
		for _, err := range s.Items(ctx, geo.Query{Collection: crossings(), Limit: 10}) {
			last = err
		}
		ended <- last
	}()
	// A transaction sees who is active as it first looked, unless it is told to look anew.
	const waiting = "SELECT count(*)::int FROM pg_stat_clear_snapshot(), pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	eventually(t, "the question waits", func() bool { return one[int](t, conn, waiting) == 1 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the sequence ended with %v", err)
	}
	eventually(t, "the question ends", func() bool { return one[int](t, conn, waiting) == 0 })
	must(t, conn, "ROLLBACK")
	if err := s.Ready(context.Background()); err != nil {
		t.Error(err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it does not happen that %s", what)
}

// Readers that stop in the middle of an answer hold no connection: more of them
// than there are connections leave the store answering, and each goes on with a
// whole answer when it likes.
func TestSlowReadersHoldNoConnection(t *testing.T) {
	t.Parallel()
	url := postgistest.Database(t)
	s := at(t, url+"&pool_max_conns=2")
	if err := s.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	must(t, connect(t, url), `INSERT INTO oxus.incidents (id, title, category, summary, confidence, sources)
		SELECT 'bulk-' || to_char(g, 'FM0000'), 't', 'attack', 's', 'claimed', '{one}' FROM generate_series(1, 2500) g`)
	const readers = 6
	var rests [readers]func() int
	for i := range rests {
		limit := 1200 * (i % 2) // a page, and all
		next, stop := iter.Pull2(s.Items(context.Background(), geo.Query{Collection: incidents(), Limit: limit}))
		defer stop()
		if _, err, ok := next(); !ok || err != nil {
			t.Fatal(err)
		}
		rests[i] = func() (n int) {
			for n = 1; ; n++ {
				if _, err, ok := next(); !ok || err != nil {
					return n
				}
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if _, err := s.Summary(ctx, crossings()); err != nil {
		t.Errorf("the store does not answer: %v", err)
	}
	for i, rest := range rests {
		want := []int{2500 + 4, 1200}[i%2] // four incidents were there before
		if got := rest(); got != want {
			t.Errorf("reader %d got %d features, want %d", i, got, want)
		}
	}
}

// A pool that stays busy answers "not now" and does not hang.
func TestBusyPoolIsUnavailable(t *testing.T) {
	t.Parallel()
	url := postgistest.Database(t) + "&pool_max_conns=2"
	s := at(t, url)
	release, err := s.Busy(context.Background())
	defer release()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Summary(context.Background(), crossings()); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) || geo.KindOf(err) != 0 {
		t.Errorf("an asker without time gets %v", err)
	}
}

// Losing the connection is "not now"; the next question finds a new one.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	conn := connect(t, url)
	n := 0
	var last error
	for _, err := range s.Items(context.Background(), geo.Query{Collection: crossings(), Limit: 10}) {
		if last = err; err == nil && n == 0 {
			must(t, conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		}
		n++
	}
	if last != nil && geo.KindOf(last) != geo.Unavailable {
		t.Errorf("the sequence ended with %v", last)
	}
	eventually(t, "a question is answered", func() bool { return s.Ready(context.Background()) == nil })
	if _, err := postgis.Open(context.Background(), "postgres://nobody@127.0.0.1:1/none", geo.Border()); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("no server: %v", err)
	}
}

func TestStatementTimeoutIsUnavailable(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	s := at(t, url+"&statement_timeout=50")
	conn := connect(t, url)
	must(t, conn, "BEGIN")
	must(t, conn, "LOCK TABLE oxus.crossings IN ACCESS EXCLUSIVE MODE")
	if _, err := s.Summary(context.Background(), crossings()); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("got %v", err)
	}
}

// A box and a date are one question to one index, however the page is ordered.
func TestBoxAndDateUseTheIndex(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	conn := connect(t, url)
	must(t, conn, `
INSERT INTO oxus.incidents (id, title, category, confidence, summary, sources, geom, start_date, start_precision, end_date, end_precision)
SELECT 'many-' || g, 't', 'attack', 'claimed', 's', '{one}', ST_SetSRID(ST_MakePoint(60 + g % 100 / 5.0, 30 + g / 100 / 5.0), 4326),
       '2000-01-01'::date + g, 'day', '2000-01-01'::date + g, 'day' FROM generate_series(1, 5000) g`)
	must(t, conn, `
INSERT INTO oxus.crossings (id, name_en, summary, sources, geom)
SELECT 'many-' || g, 'n', 's', '{one}', ST_SetSRID(ST_MakePoint(60 + g % 100 / 5.0, 30 + g / 100 / 5.0), 4326) FROM generate_series(1, 5000) g`)
	must(t, conn, `
INSERT INTO oxus.crossings_status (feature, kind, status, from_date, to_date, to_precision, end_basis, sources)
SELECT 'many-' || g, 'phase', 'open', '2000-01-01'::date + 100 * y, '2000-01-01'::date + 100 * (y + 1), 'day', 'ended', '{one}'
FROM generate_series(1, 5000) g, generate_series(1, 3) y`)
	must(t, conn, "UPDATE oxus.crossings SET name_en = 'm'; UPDATE oxus.crossings_status SET cause = 'c'")
	must(t, conn, "ANALYZE")
	box := &geo.BBox{West: 65, South: 35, East: 66, North: 36}
	month := &geo.Interval{From: geo.NewDate(2007, 1, 1), To: geo.NewDate(2007, 1, 31)}
	for _, tt := range []struct {
		name  string
		query geo.Query
		index []string
	}{
		{"box and month", geo.Query{Collection: incidents(), BBox: box, Time: month, Limit: 100}, []string{"incidents_where_when"}},
		{"box", geo.Query{Collection: incidents(), BBox: box, Limit: 100}, []string{"incidents_where_when"}},
		{"page", geo.Query{Collection: incidents(), After: "many-2", Limit: 100}, []string{"incidents_in_order"}},
		{"page by id", geo.Query{Collection: incidents(), Sort: byID(false), After: "many-2", Limit: 100}, []string{"incidents_pkey"}},
		{"page by id downwards", geo.Query{Collection: incidents(), Sort: byID(true), After: "many-2", Limit: 100}, []string{"incidents_pkey"}},
		{"box with status", geo.Query{Collection: crossings(), BBox: box, Limit: 100}, []string{"crossings_where_when", "crossings_status_of_feature"}},
		{"across the antimeridian", geo.Query{Collection: incidents(), BBox: &geo.BBox{West: 179, South: 0, East: -179, North: 1}, Limit: 100}, []string{"incidents_where_when"}},
	} {
		uses(t, s, tt.name, tt.query, time.Time{}, tt.index...)
	}
	uses(t, s, "box, date and moment", geo.Query{Collection: crossings(), BBox: box, Time: month, Limit: 100}, time.Now(),
		"crossings_where_when", "crossings_past_geom_lifetime_known_idx", "crossings_status_of_feature", "crossings_status_past_of_feature")
	uses(t, s, "near", geo.Query{Collection: incidents(), Near: &geo.Near{Within: 1000, Shapes: []orb.Geometry{orb.Point{65, 35}}}, Limit: 100}, time.Time{}, "incidents_where_when")
}

func byID(descending bool) []geo.SortKey {
	return []geo.SortKey{{Name: geo.IDQueryable, Descending: descending}}
}

// A moment is asked of the present and the past, each by its own index.
func uses(t *testing.T, s *postgis.Store, name string, q geo.Query, moment time.Time, indexes ...string) {
	t.Helper()
	plan, err := s.Explain(context.Background(), q, moment)
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range indexes {
		if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s does not use %s:\n%s", name, index, plan)
		}
	}
}

// What is asked only ever travels beside the text.
func TestQuestionsAreBound(t *testing.T) {
	t.Parallel()
	s, _ := filled(t)
	hostile := `x'); DROP SCHEMA oxus CASCADE; --"`
	for _, q := range []geo.Query{
		{After: hostile},
		{Equals: []geo.Equal{{Property: "name_en", Value: hostile}}},
		{Equals: []geo.Equal{{Property: "status", Value: hostile}}},
		{Equals: []geo.Equal{{Property: "mode", Value: hostile}}},
		{Equals: []geo.Equal{{Property: hostile, Value: "x"}}},
		{Equals: []geo.Equal{{Property: "built_year", Value: hostile}}},
		{Equals: []geo.Equal{{Property: "name_en", Value: int64(1)}}},
		{Equals: []geo.Equal{{Property: "name_en", Value: []string{"x"}}}},
	} {
		q.Collection = crossings()
		for it, err := range s.Items(context.Background(), q) {
			if err != nil || len(q.Equals) > 0 {
				t.Errorf("%v: %v %v", q.Equals, it, err)
			}
		}
	}
	unknown, err := geo.NewAtlas(&geo.Collection{ID: "crossings; DROP"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Summary(context.Background(), unknown.Collections[0]); geo.KindOf(err) != geo.NotFound {
		t.Errorf("a collection that is not declared: %v", err)
	}
}

// Many features go in with a few statements.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	var ch geo.Change
	c := incidents()
	for i := range 3000 {
		f := storetest.Feature(c, fmt.Sprintf("n%04d", i))
		ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: f})
	}
	before := one[int64](t, connect(t, url), "SELECT version FROM oxus.versions WHERE collection = 'incidents'")
	began := time.Now()
	if err := s.Apply(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	t.Logf("3000 features in %s", time.Since(began).Round(time.Millisecond))
	if after := one[int64](t, connect(t, url), "SELECT version FROM oxus.versions WHERE collection = 'incidents'"); after != before+1 {
		t.Errorf("one change has raised the version by %d", after-before)
	}
	ch.Features[2999].Expect = 5
	for i := range 2999 {
		ch.Features[i].Expect = 1
	}
	if err := s.Apply(context.Background(), ch); geo.KindOf(err) != geo.Conflict {
		t.Errorf("one of many is stale: %v", err)
	}
}

func TestRejectsWrongAddresses(t *testing.T) {
	t.Parallel()
	if _, err := postgis.Open(context.Background(), "postgres://user:secret@host:port/", geo.Border()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
