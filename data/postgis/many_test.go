package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/data/storetest"
	"oxus/geo"

	"github.com/jackc/pgx/v5/pgconn"
)

// openMany returns an empty store in which every change of features counts as one of
// many, and the URL of its database.
func openMany(t *testing.T) (*postgis.Store, string) {
	t.Helper()
	url := postgistest.Database(t)
	conn := connect(t, url)
	must(t, conn, "ALTER DATABASE "+conn.Config().Database+" SET oxus.many = 1")
	return at(t, url), url
}

// Changes of many features leave the same record as those of a few.
func TestRecordOfMany(t *testing.T) {
	t.Parallel()
	storetest.Record(t, func(t *testing.T) geo.Store {
		s, _ := openMany(t)
		return s
	})
}

// historySQL lists every change with the row before and after.
const historySQL = `
SELECT concat_ws(' ', collection, kind, id, action, before, '->', after) FROM oxus.history WHERE version > 0 ORDER BY seq`

// The history of many features shows each row as that of single ones does, through the
// program and in SQL.
func TestHistoryOfManyIsWhole(t *testing.T) {
	t.Parallel()
	few, fewURL := filled(t)
	many, manyURL := openMany(t)
	if err := many.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"UPDATE oxus.casa_1000 SET name_en = 'Changed', geom = ST_Reverse(geom)",
		"DELETE FROM oxus.crossings WHERE id = 'pole'",
	} {
		must(t, connect(t, fewURL), sql)
		conn := connect(t, manyURL)
		must(t, conn, "SET oxus.program = 'oxus'")
		must(t, conn, strings.Replace(sql, "SET name_en", "SET revision = revision + 1, recorded = oxus.take_moment(), name_en", 1))
	}
	conn := connect(t, manyURL)
	if n := one[int](t, conn, "SELECT count(DISTINCT action)::int FROM oxus.revisions_of_many"); n != 3 {
		t.Fatalf("%d of the three actions are kept as of many", n)
	}
	if got, want := list(t, conn, historySQL), list(t, connect(t, fewURL), historySQL); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, q := range []geo.RevisionQuery{
		{},
		{Newest: true},
		{Limit: 3},
		{Limit: 7, Newest: true},
		{After: 12},
		{After: 20, Newest: true},
		{After: 9, Limit: 4},
		{Collections: []string{"casa-1000"}},
		{Feature: "north", Collections: []string{"casa-1000"}},
		{Feature: "north"},
		{Feature: "north", Newest: true, Limit: 1},
		{Feature: "north", Newest: true, After: 30},
		{Feature: "nobody"},
		{Feature: "\x00"},
	} {
		got, want := revisions(t, many, q), revisions(t, few, q)
		if !slices.Equal(got, want) {
			t.Errorf("%+v:\n got %v\nwant %v", q, got, want)
		}
	}
}

// revisions are told without their moments.
func revisions(t *testing.T, s *postgis.Store, q geo.RevisionQuery) []string {
	t.Helper()
	row := func(r geo.Row) string {
		switch {
		case r.Feature != nil:
			return fmt.Sprintf("%+v", *r.Feature)
		case r.Period != nil:
			return fmt.Sprintf("%+v", *r.Period)
		case r.Source != nil:
			return fmt.Sprintf("%+v", *r.Source)
		}
		return "nothing"
	}
	var told []string
	for r, err := range s.Revisions(context.Background(), q) {
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		told = append(told, fmt.Sprintln(r.Number, r.Collection, r.Kind, r.ID, row(r.Before), "->", row(r.After)))
	}
	return told
}

// Many features are named in the order of their ids, a thousand a row and the rest in the
// last, each counted once.
func TestManyAreNamedInThousands(t *testing.T) {
	t.Parallel()
	s, url := at2500(t)
	conn := connect(t, url)
	got := list(t, conn, "SELECT concat_ws(' ', first - min(first) OVER (), last - min(first) OVER (), ids[1], ids[cardinality(ids)]) FROM oxus.revisions_of_many ORDER BY first")
	want := []string{"0 999 c000000 c000999", "1000 1999 c001000 c001999", "2000 2499 c002000 c002499"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	n := 0
	for r, err := range s.Revisions(context.Background(), geo.RevisionQuery{Collections: []string{"crossings"}}) {
		if want := fmt.Sprintf("c%06d", n); err != nil || r.ID != want {
			t.Fatalf("revision %d is of %s, want %s: %v", r.Number, r.ID, want, err)
		}
		n++
	}
	if n != 2500 {
		t.Errorf("%d revisions", n)
	}
}

// at2500 is a store with 2,500 invented crossings that came last first, and the URL of
// its database.
func at2500(t *testing.T) (*postgis.Store, string) {
	t.Helper()
	url := postgistest.Database(t)
	s := at(t, url)
	ch := geo.Change{Actor: "many", Sources: []geo.Source{{ID: "s", Publisher: "P", Title: "T"}}}
	for n := 2500; n > 0; n-- {
		ch.Features = append(ch.Features, benchCrossing(crossings(), n-1))
	}
	if err := s.Apply(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	return s, url
}

// What the history of many features rests on cannot be rewritten either, and nothing of
// it is lost by a second change.
func TestHistoryOfManyCannotBeChanged(t *testing.T) {
	t.Parallel()
	s, url := openMany(t)
	if err := s.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	before := list(t, conn, historySQL)
	for sql, code := range map[string]string{
		"UPDATE oxus.revisions_of_many SET actor = 'somebody else'":               "42501",
		"DELETE FROM oxus.revisions_of_many":                                      "42501",
		"TRUNCATE oxus.revisions_of_many":                                         "42501",
		"INSERT INTO oxus.revisions_of_many SELECT * FROM oxus.revisions_of_many": "42501",
		"SET session_replication_role = replica; TRUNCATE oxus.casa_1000 CASCADE": "42501",
		"SET session_replication_role = replica; DELETE FROM oxus.crossings_past": "42501",
		"BEGIN; SET LOCAL oxus.program = 'oxus'; INSERT INTO oxus.crossings (id, name_en, summary, sources, revision, recorded) " +
			"VALUES ('new', 'N', 'S', '{one}', 1, oxus.take_moment()); DELETE FROM oxus.crossings WHERE id = 'new'; COMMIT": "23514",
	} {
		_, err := conn.PgConn().Exec(context.Background(), sql).ReadAll()
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != code {
			t.Errorf("%s: %v", sql, err)
		}
		_, err = conn.PgConn().Exec(context.Background(), "ROLLBACK; RESET session_replication_role").ReadAll()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(t, conn, "SET session_replication_role = replica")
	must(t, conn, "UPDATE oxus.crossings SET name_en = 'rewritten' WHERE id = 'b'")
	must(t, conn, "RESET session_replication_role")
	after := list(t, conn, historySQL)
	if len(after) != len(before)+1 || !slices.Equal(after[:len(before)], before) || !strings.Contains(after[len(before)], "rewritten") {
		t.Errorf("before %v\nafter  %v", before, after)
	}
}

// A database of the step before keeps its data and its history, and counts on.
func TestManyAfterMigration(t *testing.T) {
	t.Parallel()
	url := postgistest.Database(t)
	s, err := postgis.Open(context.Background(), url, geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := errors.Join(s.MigrateTo(context.Background(), 13), s.Apply(context.Background(), storetest.Awkward())); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	must(t, conn, "UPDATE oxus.crossings SET name_en = 'by hand' WHERE id = 'b'")
	const kept = "SELECT r::text FROM oxus.revisions r ORDER BY seq"
	before := list(t, conn, kept)
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := list(t, conn, "SELECT h::text FROM oxus.history h ORDER BY seq"); !slices.Equal(got, before) {
		t.Errorf("after the step the history is %v\nbefore %v", got, before)
	}
	const ordered = "SELECT count(*)::int FROM pg_index WHERE indexrelid IN ('oxus.crossings_in_order'::regclass, 'oxus.incidents_in_order'::regclass) AND indisclustered AND indnkeyatts = 4"
	if n := one[int](t, conn, ordered); n != 2 {
		t.Errorf("%d of 2 tables are put in order by the index that has the days", n)
	}
	must(t, conn, "SET oxus.program = 'oxus'")
	must(t, conn, "SET oxus.many = 2")
	must(t, conn, "INSERT INTO oxus.crossings (id, name_en, summary, sources, revision, recorded) SELECT 'n' || n, 'N', 'S', '{one}', 1, oxus.take_moment() FROM generate_series(1, 3) n")
	got := revisions(t, s, geo.RevisionQuery{After: int64(len(before))})
	if len(got) != 3 || one[int](t, conn, "SELECT count(*)::int FROM oxus.revisions") != len(before) {
		t.Errorf("counted on: %v", got)
	}
	if n := one[int](t, conn, "SELECT count(*)::int FROM pg_trigger WHERE tgname = 'record_update' AND tgenabled <> 'A'"); n > 0 {
		t.Errorf("%d tables can be changed around their history", n)
	}
}
