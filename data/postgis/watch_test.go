package postgis_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"oxus/data/postgis"
	"oxus/data/storetest"
	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

func TestWatch(t *testing.T) {
	t.Parallel()
	storetest.Watch(t, func(t *testing.T) storetest.Watched {
		s, _ := open(t)
		return s
	})
}

// psql is another program at the database.
func psql(t *testing.T, url string) func(sql string, args ...any) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
}

// knownAfter waits until another version of the crossings is known than before, and
// returns how long that took.
func knownAfter(t *testing.T, s *postgis.Store, before string) (known *geo.Known, took time.Duration) {
	t.Helper()
	began := time.Now()
	for {
		if known = s.Known(); known != nil && known.Versions["crossings"] != before {
			return known, time.Since(began)
		}
		if took = time.Since(began); took > 20*time.Second {
			t.Fatal("the change is never known")
		}
		time.Sleep(time.Millisecond)
	}
}

// A change by another program is known with where it lies: what it touched, as it was
// and as it became, and nothing far from it.
func TestOthersChangesAreTold(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	s.Watch(func(err error) { t.Logf("told: %v", err) })
	do := psql(t, url)
	unfilled := storetest.KnownOf(t, s).Versions["crossings"]
	do("INSERT INTO oxus.crossings (id, name_en, summary, sources, geom) SELECT 'told-' || n, 'Made up', 'Made up.', ARRAY['one'], ST_SetSRID(ST_MakePoint(60 + n, 30), 4326) FROM generate_series(0, 3) n")
	knownAfter(t, s, unfilled)
	var first geo.Put
	for _, p := range storetest.Awkward().Features {
		if p.Collection.ID == "crossings" && p.Feature.Geometry != nil {
			first = p
		}
	}
	at := first.Feature.Geometry.Bound().Min
	period := "INSERT INTO oxus.crossings_status (feature, kind, status, from_date, end_basis, sources) VALUES ('told-1', 'milestone', 'open', '2020-01-01', 'ongoing', ARRAY['one'])"
	for _, tc := range []struct {
		sql     string
		touched []orb.Point
		far     []orb.Point
	}{
		{"UPDATE oxus.crossings SET geom = ST_SetSRID(ST_MakePoint(64, 30), 4326) WHERE id = 'told-3'", []orb.Point{{63, 30}, {64, 30}}, []orb.Point{{62, 30}, {65, 30}, at}},
		{"UPDATE oxus.crossings SET name_en = 'Another' WHERE id IN ('told-0', 'told-2')", []orb.Point{{60, 30}, {62, 30}}, []orb.Point{{61, 30}, {63, 30}}},
		{period, []orb.Point{{61, 30}}, []orb.Point{{60, 30}, {62, 30}}},
		{"DELETE FROM oxus.crossings_status WHERE feature = 'told-1'", []orb.Point{{61, 30}}, []orb.Point{{60, 30}, {62, 30}}},
		{"DELETE FROM oxus.crossings WHERE id = 'told-2'", []orb.Point{{62, 30}}, []orb.Point{{61, 30}}},
		{"UPDATE oxus.crossings SET geom = NULL WHERE id = 'told-3'", []orb.Point{{64, 30}}, []orb.Point{{61, 30}, {0, 0}}},
		{"UPDATE oxus.crossings SET name_en = 'Placeless' WHERE id = 'told-3'", nil, []orb.Point{{64, 30}, {61, 30}}},
		// Several statements of one transaction, some of them taken back, are one version.
		{"BEGIN; UPDATE oxus.crossings SET name_en = 'A' WHERE id = 'told-0'; SAVEPOINT s; UPDATE oxus.crossings SET name_en = 'A' WHERE id = '" + first.Feature.ID + "'; ROLLBACK TO s; UPDATE oxus.crossings SET name_en = 'B' WHERE id = 'told-1'; COMMIT", []orb.Point{{60, 30}, {61, 30}}, []orb.Point{{62, 30}}},
		// Too many to look where they are.
		{"INSERT INTO oxus.crossings (id, name_en, summary, sources, geom) SELECT 'many-' || n, 'Made up', 'Made up.', ARRAY['one'], ST_SetSRID(ST_MakePoint(10, 10), 4326) FROM generate_series(1, 1001) n", []orb.Point{{10, 10}, {61, 30}, {0, 0}}, nil},
	} {
		before := storetest.KnownOf(t, s).Versions["crossings"]
		do(tc.sql)
		known, took := knownAfter(t, s, before)
		if took > time.Second {
			t.Logf("known after %s", took)
		}
		stands := func(at orb.Point) bool {
			area := orb.Bound{Min: at, Max: at}
			return known.Stands("crossings", before, &area)
		}
		for _, at := range tc.touched {
			if stands(at) {
				t.Errorf("%s: what is at %v stands", tc.sql, at)
			}
		}
		for _, at := range tc.far {
			if !stands(at) {
				t.Errorf("%s: what is at %v does not stand", tc.sql, at)
			}
		}
		if known.Stands("crossings", before, nil) {
			t.Errorf("%s: all of it stands", tc.sql)
		}
	}
	before := storetest.KnownOf(t, s)
	do("UPDATE oxus.crossings SET name_en = name_en") // no change
	do("SELECT pg_notify('oxus', 'rubbish'), pg_notify('oxus', repeat('x', 7000))")
	time.Sleep(600 * time.Millisecond)
	if s.Known() != before {
		t.Error("what changes nothing is known as another state")
	}
	do("UPDATE oxus.versions SET version = version + 1, stamp = gen_random_uuid() WHERE collection = 'crossings'") // as by a backup that is put back
	known, _ := knownAfter(t, s, before.Versions["crossings"])
	if area := (orb.Bound{Min: orb.Point{-1, -1}, Max: orb.Point{-1, -1}}); known.Stands("crossings", before.Versions["crossings"], &area) {
		t.Error("what nobody told of stands")
	}
}

// A period for a project lies where the features of the project do.
func TestProjectsAreToldByTheirFeatures(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	s.Watch(func(err error) { t.Logf("told: %v", err) })
	do := psql(t, url)
	tbl := "casa_1000"
	do(fmt.Sprintf("INSERT INTO oxus.%s (id, project, name_en, summary, sources, geom) SELECT 'told-' || n, 'made-up', 'Made up', 'Made up.', ARRAY['one'], ST_SetSRID(ST_MakeLine(ST_MakePoint(60 + 2 * n, 30), ST_MakePoint(61 + 2 * n, 31)), 4326) FROM generate_series(0, 1) n", tbl))
	time.Sleep(300 * time.Millisecond)
	before := storetest.KnownOf(t, s).Versions["casa-1000"]
	do(fmt.Sprintf("INSERT INTO oxus.%s_status (project, kind, status, from_date, end_basis, sources) SELECT 'made-up', 'milestone', 'planned', '2020-01-01', 'ongoing', ARRAY['one']", tbl))
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		known := storetest.KnownOf(t, s)
		if known.Versions["casa-1000"] == before {
			if time.Now().After(end) {
				t.Fatal("the change is never known")
			}
			continue
		}
		for x, stands := range map[float64]bool{60: false, 62: false, 61.5: true, 70: true} {
			area := orb.Bound{Min: orb.Point{x, 30.5}, Max: orb.Point{x + 0.2, 30.6}}
			if x == 60 || x == 62 {
				area.Max[0] = x + 1
			}
			if known.Stands("casa-1000", before, &area) != stands {
				t.Errorf("what is at %v stands: %v", x, !stands)
			}
		}
		return
	}
}

// A listener whose connection is cut says that it does not know, until it has connected
// again and knows what it has missed.
func TestListenerIsCut(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	told := make(chan error, 100)
	s.Watch(func(err error) { told <- err })
	do := psql(t, url)
	for n := range 3 {
		before := storetest.KnownOf(t, s)
		do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oxus listener' AND datname = current_database()")
		do("UPDATE oxus.crossings SET name_en = $1 WHERE id = (SELECT min(id) FROM oxus.crossings)", fmt.Sprint("Cut ", n))
		known, took := knownAfter(t, s, before.Versions["crossings"])
		if took > 5*time.Second {
			t.Errorf("known after %s", took)
		}
		if known.Epoch == before.Epoch {
			t.Error("what was missed is of the same epoch")
		}
		if err := <-told; err == nil {
			t.Error("the cut is not told")
		}
		if err := <-told; err != nil {
			t.Errorf("told %v after it goes on", err)
		}
	}
}

// A database that does not answer is no longer trusted, and one that was closed is not
// followed.
func TestSilenceIsNotTrusted(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	s.Watch(func(err error) { t.Logf("told: %v", err) })
	storetest.KnownOf(t, s)
	do := psql(t, url)
	do("BEGIN")
	do("LOCK TABLE oxus.versions IN ACCESS EXCLUSIVE MODE")
	time.Sleep(1100 * time.Millisecond)
	if s.Known() != nil {
		t.Error("versions that were last heard a second ago are trusted")
	}
	do("COMMIT")
	storetest.KnownOf(t, s)
	s.Close()
	time.Sleep(900 * time.Millisecond)
	if s.Known() != nil {
		t.Error("a store that is closed knows")
	}
	s.Close()
}
