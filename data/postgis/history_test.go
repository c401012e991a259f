package postgis_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"oxus/data/postgis"
	"oxus/data/storetest"
	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
)

func must(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func one[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) (v T) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// What is edited in psql or QGIS is recorded like any other change.
func TestPlainSQLIsRecorded(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	must(t, conn, "CREATE ROLE "+role(t, conn)+" LOGIN SUPERUSER")
	must(t, conn, "SET SESSION AUTHORIZATION "+role(t, conn))
	must(t, conn, "UPDATE oxus.crossings SET name_tg = 'Ҳисор', revision = 99 WHERE id = 'b'")
	got := list(t, conn, `
SELECT concat_ws(' ', actor, login, kind, id, action, before->>'name_tg', after->>'name_tg', before->>'revision', after->>'revision')
FROM oxus.revisions WHERE collection = 'crossings' ORDER BY seq DESC LIMIT 1`)
	if want := role(t, conn) + " " + role(t, conn) + " feature b update Ҳисор 1 2"; got[0] != want {
		t.Errorf("got %q, want %q", got[0], want)
	}
	must(t, conn, "RESET SESSION AUTHORIZATION")
	must(t, conn, "REASSIGN OWNED BY "+role(t, conn)+" TO CURRENT_USER")
	must(t, conn, "DROP ROLE "+role(t, conn))
}

// role is a name of this test's own: roles belong to the whole server.
func role(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	return "editor_" + conn.Config().Database
}

func TestApplyIsRecordedUnderItsActor(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	var actor, note, geometry string
	var features, recorded int
	err := conn.QueryRow(context.Background(), `
SELECT min(actor), min(note), count(*), count(DISTINCT (collection, recorded, version)) FROM oxus.revisions WHERE action = 'insert'`).
		Scan(&actor, &note, &features, &recorded)
	ch := storetest.Awkward()
	if want := len(ch.Features) + len(ch.Periods) + len(ch.Sources); err != nil || actor != ch.Actor || note != ch.Note || features != want {
		t.Errorf("%s, %s: %d of %d recorded, %v", actor, note, features, want, err)
	}
	if recorded != 6 { // sources and the five collections that are not empty
		t.Errorf("one change has %d versions or instants in 6 collections", recorded)
	}
	geometry = one[string](t, conn, "SELECT after->>'geom' FROM oxus.revisions WHERE id = 'north' AND kind = 'feature'")
	stored := one[string](t, conn, "SELECT geom::text FROM oxus.casa_1000 WHERE id = 'north'")
	if geometry != stored {
		t.Errorf("the history has geometry %s, the table %s", geometry, stored)
	}
}

func TestHistoryCannotBeChanged(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	before := one[string](t, conn, "SELECT md5(string_agg(r::text, ',' ORDER BY seq)) FROM oxus.revisions r")
	for _, sql := range []string{
		"UPDATE oxus.revisions SET actor = 'somebody else'",
		"DELETE FROM oxus.revisions",
		"TRUNCATE oxus.revisions",
		"INSERT INTO oxus.revisions (recorded, version, actor, login, collection, kind, id, action, after) VALUES (now(), 1, 'x', 'x', 'crossings', 'feature', 'b', 'insert', '{}')",
		"SET session_replication_role = replica; DELETE FROM oxus.revisions",
		"TRUNCATE oxus.crossings CASCADE",
		"DELETE FROM oxus.citations",
	} {
		_, err := conn.Exec(context.Background(), sql, pgx.QueryExecModeExec)
		if strings.Contains(sql, ";") {
			_, err = conn.PgConn().Exec(context.Background(), sql).ReadAll()
		}
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if after := one[string](t, conn, "SELECT md5(string_agg(r::text, ',' ORDER BY seq)) FROM oxus.revisions r"); after != before {
		t.Error("the history has changed")
	}
}

// A change that changes nothing is no change.
func TestNothingChangedIsNotRecorded(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	before := one[int](t, conn, "SELECT count(*)::int + (SELECT sum(version)::int FROM oxus.versions) FROM oxus.revisions")
	must(t, conn, "UPDATE oxus.crossings SET name_en = name_en, revision = 7")
	must(t, conn, "UPDATE oxus.crossings_status SET status = status")
	must(t, conn, "UPDATE oxus.sources SET title = title")
	must(t, conn, "DELETE FROM oxus.crossings WHERE id = 'nobody'")
	after := one[int](t, conn, "SELECT count(*)::int + (SELECT sum(version)::int FROM oxus.versions) FROM oxus.revisions")
	if before != after {
		t.Error("doing nothing has left a trace")
	}
}

// Versions rise with commits: once a transaction, in their order, and a
// rolled-back change leaves none.
func TestVersionsFollowCommits(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	a, b := connect(t, url), connect(t, url)
	before := one[int](t, a, "SELECT version FROM oxus.versions WHERE collection = 'crossings'")
	must(t, a, "BEGIN")
	must(t, a, "UPDATE oxus.crossings SET name_en = 'first' WHERE id = 'a1'")
	must(t, a, "UPDATE oxus.crossings_status SET summary = 'first' WHERE id = 'p1'")
	second := make(chan error)
	go func() {
		_, err := b.Exec(context.Background(), "UPDATE oxus.crossings SET name_en = 'second' WHERE id = 'b'")
		second <- err
	}()
	if d, err := s.Detail(context.Background(), geo.Border().Collections[0], "a1", 0); err != nil || d.Values[0] == "first" {
		t.Errorf("a reader sees what is not committed: %v %v", d, err)
	}
	must(t, a, "COMMIT")
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	got := list(t, a, "SELECT version - $1 || ' ' || id FROM oxus.revisions WHERE collection = 'crossings' AND action = 'update' ORDER BY seq", before)
	if strings.Join(got, ", ") != "1 a1, 1 p1, 2 b" {
		t.Errorf("versions: %v", got)
	}
	stamp := one[string](t, a, "SELECT stamp::text FROM oxus.versions WHERE collection = 'crossings'")
	must(t, a, "BEGIN")
	must(t, a, "DELETE FROM oxus.crossings WHERE id = 'pole'")
	must(t, a, "ROLLBACK")
	if got := one[string](t, a, "SELECT stamp::text FROM oxus.versions WHERE collection = 'crossings'"); got != stamp {
		t.Error("a rolled-back change has raised the version")
	}
}

func TestCitedSourcesStay(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	refused := func(sql, constraint string) {
		t.Helper()
		var e *pgconn.PgError
		if _, err := conn.Exec(context.Background(), sql); !errors.As(err, &e) || e.ConstraintName != constraint {
			t.Errorf("%s: %v", sql, err)
		}
	}
	refused("DELETE FROM oxus.sources WHERE id = 'two'", "citations_source")
	refused("UPDATE oxus.crossings SET sources = '{one,nowhere}' WHERE id = 'b'", "citations_source")
	refused("UPDATE oxus.sources SET id = 'renamed' WHERE id = 'two'", "sources_id_stable")
	must(t, conn, "DELETE FROM oxus.sources WHERE id = 'Unused'")
	must(t, conn, "UPDATE oxus.crossings_status SET sources = '{one,one}'")
	must(t, conn, "UPDATE oxus.casa_1000_status SET sources = '{one}'")
	must(t, conn, "DELETE FROM oxus.power_facilities_status")
	must(t, conn, "DELETE FROM oxus.sources WHERE id = 'two'")
	differing := one[int](t, conn, `
WITH cited AS (
    SELECT 'feature' AS kind, source, count(*) FROM oxus.crossings, unnest(sources) source GROUP BY source
    UNION ALL SELECT 'status', source, count(*) FROM oxus.crossings_status, unnest(sources) source GROUP BY source
), kept AS (SELECT kind, source, cited FROM oxus.citations WHERE collection = 'crossings')
SELECT count(*)::int FROM ((TABLE cited EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE cited)) d`)
	if differing > 0 {
		t.Errorf("%d citations differ from the lists", differing)
	}
}

// QGIS reads one view with every period and the geometry it speaks for.
func TestStatusPeriodsView(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	got := list(t, conn, `
SELECT concat_ws(' ', feature, status, start, coalesce("end"::text, '..')) FROM oxus.status_periods
WHERE period IN ('p2', 'c3', 'd6') ORDER BY feature, period`)
	want := "b closed 2024-01-01 2024-12-31, b open 2001-05-01 2020-02-29, north suspended 2021-08-15 2024-01-31, south suspended 2021-08-15 2024-01-31"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	var total, distinct int
	if err := conn.QueryRow(context.Background(), "SELECT count(*), count(DISTINCT id) FROM oxus.status_periods").Scan(&total, &distinct); err != nil || total != distinct {
		t.Errorf("%d rows, %d ids, %v", total, distinct, err)
	}
}

// Each constraint is met once by plain SQL, and comes out as the rule it holds.
func TestConstraintsSpeakInRules(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	const crossing = "UPDATE oxus.crossings SET %s WHERE id = 'b'"
	const period = "UPDATE oxus.crossings_status SET %s WHERE id = 'd2'"
	tests := []struct {
		form, set string
		kind      geo.Kind
		rule      geo.Rule
		field     string
	}{
		{crossing, "id = 'other'", geo.Invalid, geo.RuleID, "id"},
		{"INSERT INTO oxus.crossings (%s, name_en, summary, sources) VALUES ('not an id', 'x', 'x', '{one}')", "id", geo.Invalid, geo.RuleID, ""},
		{"INSERT INTO oxus.crossings (%s, name_en, summary, sources) VALUES ('b', 'x', 'x', '{one}')", "id", geo.Conflict, geo.RuleDuplicateID, ""},
		{crossing, "name_en = NULL", geo.Invalid, geo.RuleRequired, "name_en"},
		{crossing, "sources = NULL", geo.Invalid, geo.RuleNoSource, "sources"},
		{crossing, "sources = '{}'", geo.Invalid, geo.RuleNoSource, "sources"},
		{crossing, "sources = '{nowhere}'", geo.Invalid, geo.RuleSource, ""},
		{crossing, "name_tg = ''", geo.Invalid, geo.RuleType, "name_tg"},
		{crossing, "alt_names = '{a,NULL}'", geo.Invalid, geo.RuleType, "alt_names"},
		{crossing, "alt_names = '{{a},{b}}'", geo.Invalid, geo.RuleType, "alt_names"},
		{crossing, "mode = '{road,boat}'", geo.Invalid, geo.RuleCode, "mode"},
		{crossing, "built_year = 0", geo.Invalid, geo.RuleRange, "built_year"},
		{crossing, "structure_length_m = 'NaN'", geo.Invalid, geo.RuleRange, "structure_length_m"},
		{crossing, "parent = 'nobody'", geo.Invalid, geo.RuleFeature, "parent"},
		{crossing, "geom = ST_SetSRID('LINESTRING(0 0,1 1)'::geometry, 4326)", geo.Invalid, geo.RuleGeometryType, ""},
		{crossing, "geom = 'SRID=4326;POINT EMPTY'", geo.Invalid, geo.RuleGeometryType, "geom"},
		{crossing, "geom = 'SRID=4326;POINT(200 0)'", geo.Invalid, geo.RuleCoordinates, "geom"},
		{crossing, "geom = ST_SetSRID(ST_MakePoint('NaN', 0), 4326)", geo.Invalid, geo.RuleCoordinates, "geom"},
		{"UPDATE oxus.casa_1000 SET %s WHERE id = 'north'", "geom = 'SRID=4326;POINT(1 1)'", geo.Invalid, geo.RuleGeometryType, "geom"},
		{"UPDATE oxus.casa_1000 SET %s WHERE id = 'north'", "geom = 'SRID=4326;LINESTRING EMPTY'", geo.Invalid, geo.RuleGeometryType, "geom"},
		{"UPDATE oxus.casa_1000 SET %s", "project = 'renamed'", geo.Invalid, geo.RuleFeature, "project"},
		{"DELETE FROM oxus.casa_1000 WHERE %s", "project = 'CASA-1000'", geo.Invalid, geo.RuleFeature, "feature"},
		{"UPDATE oxus.power_facilities SET %s", "commissioned = '2021-02-29'", geo.Invalid, geo.RuleType, "commissioned"},
		{crossing, "valid_to = '1999-01-01', valid_to_precision = 'year'", geo.Invalid, geo.RuleDateOrder, "valid_to"},
		{crossing, "valid_to = '2030-01-01'", geo.Invalid, geo.RuleDateMissing, "valid_to_precision"},
		{crossing, "valid_from = 'infinity'", geo.Invalid, geo.RuleRange, "valid_from"},
		{crossing, "valid_from_precision = 'decade'", geo.Invalid, geo.RuleCode, "valid_from_precision"},
		{period, "feature = 'nobody'", geo.Invalid, geo.RuleFeature, "feature"},
		{period, "feature = NULL", geo.Invalid, geo.RuleRequired, "feature"},
		{"UPDATE oxus.casa_1000_status SET %s WHERE id = 'c1'", "feature = 'north'", geo.Invalid, geo.RuleFeature, "feature"},
		{period, "kind = 'phase'", geo.Conflict, geo.RuleOverlap, "feature"},
		{"UPDATE oxus.casa_1000_status SET %s WHERE id = 'c3'", "kind = 'phase'", geo.Conflict, geo.RuleOverlap, "project"},
		{period, "kind = 'spell'", geo.Invalid, geo.RuleCode, "kind"},
		{period, "status = 'ajar'", geo.Invalid, geo.RuleCode, "status"},
		{period, "end_basis = 'maybe', to_date = NULL, to_precision = NULL", geo.Invalid, geo.RuleCode, "end_basis"},
		{period, "end_basis = 'ongoing'", geo.Invalid, geo.RuleEndBasis, "to_date"},
		{"UPDATE oxus.crossings_status SET %s WHERE id = 'd1'", "kind = 'phase'", geo.Invalid, geo.RuleEndBasis, "end_basis"},
		{period, "to_date = '2010-07-09'", geo.Invalid, geo.RuleDateOrder, "to_date"},
		{"UPDATE oxus.sources SET %s", "title = ''", geo.Invalid, geo.RuleRequired, "title"},
	}
	for _, tt := range tests {
		_, err := conn.Exec(context.Background(), strings.Replace(tt.form, "%s", tt.set, 1))
		var refused *geo.Error
		if !errors.As(postgis.Failed(context.Background(), err), &refused) {
			t.Errorf("%s: %v", tt.set, err)
			continue
		}
		f := refused.Faults[0]
		if refused.Kind != tt.kind || f.Rule != tt.rule || f.Place.Field != tt.field {
			t.Errorf("%s: got kind %d, %+v (%v)", tt.set, refused.Kind, f, err)
		}
		if strings.Contains(refused.Error(), "violates") {
			t.Errorf("%s: the database speaks: %v", tt.set, refused)
		}
	}
}

// A text the database cannot hold is the asker's fault, not the server's.
func TestTextsThatCannotBeStored(t *testing.T) {
	t.Parallel()
	s, _ := filled(t)
	for _, text := range []string{"zero\x00byte", "no \xff UTF-8"} {
		err := s.Apply(context.Background(), geo.Change{Sources: []geo.Source{{ID: "x", Publisher: text, Title: "T"}}})
		if geo.KindOf(err) != geo.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestGeometryKeepsEveryBit(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	bytes := one[[]byte](t, connect(t, url), "SELECT ST_AsEWKB(geom) FROM oxus.casa_1000 WHERE id = 'north'")
	d, err := s.Detail(context.Background(), geo.Border().Collections[3], "north", 0)
	if err != nil {
		t.Fatal(err)
	}
	stored, srid, err := ewkb.Unmarshal(bytes)
	if err != nil || srid != 4326 || !orb.Equal(stored, d.Geometry) {
		t.Errorf("stored %v (%d), read %v, %v", stored, srid, d.Geometry, err)
	}
}

// Whoever says to be Oxus counts the rows that it adds itself, and cannot count
// them wrong.
func TestAddedRowsAreCounted(t *testing.T) {
	t.Parallel()
	_, url := filled(t)
	conn := connect(t, url)
	must(t, conn, "DELETE FROM oxus.crossings WHERE id = 'pole'")
	const row = "INSERT INTO oxus.crossings (id, name_en, summary, sources, revision, recorded) VALUES "
	must(t, conn, row+"('pole', 'N', 'S', '{one}', 7, '2001-01-01'), ('direct', 'N', 'S', '{one}', 7, '2001-01-01')")
	got := list(t, conn, "SELECT id || ' ' || revision || ' ' || (recorded > '2020-01-01') FROM oxus.crossings WHERE id IN ('pole', 'direct') ORDER BY id")
	if strings.Join(got, ", ") != "direct 1 true, pole 2 true" {
		t.Errorf("added by hand: %v", got)
	}
	must(t, conn, "DELETE FROM oxus.crossings WHERE id IN ('pole', 'direct')")
	must(t, conn, "SET oxus.program = 'oxus'")
	must(t, conn, row+"('pole', 'N', 'S', '{one}', 3, oxus.take_moment()), ('new', 'N', 'S', '{one}', 1, oxus.take_moment())")
	for _, values := range []string{
		"('newer', 'N', 'S', '{one}', 2, oxus.take_moment())", "('newer', 'N', 'S', '{one}', 1, '2001-01-01')",
		"('direct', 'N', 'S', '{one}', 1, oxus.take_moment())", "('newer', 'N', 'S', '{one}', 1, now() + interval '1 day')",
	} {
		var refused *pgconn.PgError
		if _, err := conn.Exec(context.Background(), row+values); !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: %v", values, err)
		}
	}
	const source = "INSERT INTO oxus.sources (id, publisher, title, recorded) VALUES ('new', 'P', 'T', '2001-01-01')"
	if _, err := conn.Exec(context.Background(), source); err == nil {
		t.Error("a source of another moment goes in")
	}
}

// What rows are checked by says the same in the form that is quick.
func TestQuickChecksSayTheSame(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	conn := connect(t, url)
	for id, want := range map[string]bool{
		"a": true, "9": true, "": false, ".a": false, "a b": false, "a\n": false, "é": false, "a.-_Z9": true,
		strings.Repeat("a", 100): true, strings.Repeat("a", 101): false,
	} {
		if one[bool](t, conn, "SELECT oxus.is_id($1)", id) != want {
			t.Errorf("%q is an id: %t", id, !want)
		}
	}
	for day, want := range map[string]string{
		"2024-02-10 month": "2024-02-29", "2023-12-31 month": "2023-12-31", "9999-12-01 month": "9999-12-31", "2020-05-05 year": "2020-12-31",
		"2020-05-05 day": "2020-05-05", "0001-01-01 year": "0001-12-31",
	} {
		date, prec, _ := strings.Cut(day, " ")
		if got := one[string](t, conn, "SELECT oxus.last_day($1::text::date, $2)::text", date, prec); got != want {
			t.Errorf("the last day of %s is %s", day, got)
		}
	}
	for wkt, want := range map[string]bool{
		"POINT(180 -90)": true, "POINT(180.1 0)": false, "POINT(0 NaN)": false, "LINESTRING(0 0,181 0)": false, "LINESTRING(0 0,NaN 0,1 1)": false,
		"MULTILINESTRING((0 0,1 1),(2 2,180 90))": true, "POINT(0 90.1)": false,
	} {
		if one[bool](t, conn, "SELECT oxus.is_placed(ST_GeomFromText($1, 4326))", wkt) != want {
			t.Errorf("%s is placed: %t", wkt, !want)
		}
	}
}
