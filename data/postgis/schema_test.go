package postgis_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// connect is a session of its own, as somebody in psql has one.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func list(t *testing.T, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

const columnsSQL = `
SELECT attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' required' ELSE '' END
       || CASE WHEN attgenerated <> '' THEN ' generated' ELSE '' END
FROM pg_attribute WHERE attrelid = ('oxus.' || $1)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`

// The tables are what the declarations say: no column more or less, of the same
// type, required where the property is.
func TestTablesFollowDeclarations(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	conn := connect(t, url)
	for _, c := range geo.Border().Collections {
		name := strings.ReplaceAll(c.ID, "-", "_")
		want := featureColumns(c)
		if got := list(t, conn, columnsSQL, name); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
		checkPast(t, conn, name, want)
		checks := definitions(t, conn, name)
		for i := range c.Properties {
			checkProperty(t, name, &c.Properties[i], checks)
		}
		if !c.HasStatus() {
			continue
		}
		if got := list(t, conn, columnsSQL, name+"_status"); !slices.Equal(got, statusColumns(c)) {
			t.Errorf("%s_status:\n got %v\nwant %v", name, got, statusColumns(c))
		}
		checkPast(t, conn, name+"_status", statusColumns(c))
		def := definitions(t, conn, name+"_status")[name+"_status_status_code"]
		if got := literals(def); !slices.Equal(got, codes(c.Statuses)) {
			t.Errorf("%s: statuses %v", name, got)
		}
	}
}

// recordedColumn is when a row became what it is.
const recordedColumn = "recorded timestamp with time zone required"

// checkPast holds the table of past rows against that of the present ones: the
// same columns, what is generated there copied here, and when they were known.
func checkPast(t *testing.T, conn *pgx.Conn, name string, present []string) {
	t.Helper()
	want := []string{"known tstzrange required"}
	for _, column := range present {
		want = append(want, strings.TrimSuffix(column, " generated"))
	}
	if got := list(t, conn, columnsSQL, name+"_past"); !slices.Equal(got, sortedByName(want)) {
		t.Errorf("%s_past:\n got %v\nwant %v", name, got, want)
	}
}

func featureColumns(c *geo.Collection) []string {
	types := map[geo.PropertyType]string{
		geo.Text: "text", geo.Partial: "text", geo.TextList: "text[]", geo.Integer: "bigint", geo.Number: "double precision",
	}
	geometry := map[geo.GeometryType]string{geo.Point: "geometry(Point,4326)", geo.Line: "geometry(Geometry,4326)"}
	l := c.Lifetime
	want := []string{
		"id text required", "geom " + geometry[c.Geometry], "sources text[] required", "revision bigint required",
		"lifetime daterange required generated", "hilbert bigint required generated", recordedColumn,
		l.From + " date", l.FromPrecision + " text", l.To + " date", l.ToPrecision + " text",
	}
	for _, p := range c.Properties {
		column := p.Name + " " + types[p.Type]
		if p.Required {
			column += " required"
		}
		want = append(want, column)
	}
	return sortedByName(want)
}

func statusColumns(c *geo.Collection) []string {
	want := []string{
		"id text required", "kind text required", "status text required", "from_date date required",
		"from_precision text required", "to_date date", "to_precision text", "end_basis text required", "cause text",
		"summary text", "sources text[] required", "during daterange required generated", recordedColumn,
	}
	if c.Project != "" {
		want = append(want, "feature text", "project text")
	} else {
		want = append(want, "feature text required")
	}
	return sortedByName(want)
}

func sortedByName(columns []string) []string {
	name := func(s string) string { n, _, _ := strings.Cut(s, " "); return n }
	slices.SortFunc(columns, func(a, b string) int { return strings.Compare(name(a), name(b)) })
	return columns
}

func definitions(t *testing.T, conn *pgx.Conn, table string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, d := range list(t, conn, "SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ('oxus.' || $1)::regclass", table) {
		name, definition, _ := strings.Cut(d, " ")
		all[name] = definition
	}
	return all
}

// checkProperty holds the constraints of a column against its declaration, in
// both directions.
func checkProperty(t *testing.T, table string, p *geo.Property, checks map[string]string) {
	t.Helper()
	at := table + "_" + p.Name
	if got := literals(checks[at+"_code"]); !slices.Equal(got, codes(p.Codes)) {
		t.Errorf("%s: codes %v, want %v", at, got, codes(p.Codes))
	}
	wantRange := ""
	if p.Max > p.Min {
		wantRange = fmt.Sprint(p.Min, " ", p.Max)
	}
	if got := bounds(t, checks[at+"_range"]); got != wantRange {
		t.Errorf("%s: range %q, want %q", at, got, wantRange)
	}
	if _, has := checks[at+"_partial"]; has != (p.Type == geo.Partial) {
		t.Errorf("%s: checked as a partial date: %v", at, has)
	}
	reference := checks[at+"_feature"]
	if want := "REFERENCES oxus." + strings.ReplaceAll(p.Refers, "-", "_") + "(id) DEFERRABLE"; (p.Refers != "") != strings.Contains(reference, want) {
		t.Errorf("%s: refers by %q", at, reference)
	}
	for suffix, types := range map[string][]geo.PropertyType{"_text": {geo.Text, geo.Partial}, "_list": {geo.TextList}, "_finite": {geo.Number}} {
		if _, has := checks[at+suffix]; has != slices.Contains(types, p.Type) {
			t.Errorf("%s: constraint %s is there: %v", at, suffix, has)
		}
	}
}

func codes(list []geo.Code) []string {
	var values []string
	for _, c := range list {
		values = append(values, c.Value)
	}
	slices.Sort(values)
	return values
}

// literals returns the texts a check compares with, sorted.
func literals(definition string) []string {
	var values []string
	for _, m := range regexp.MustCompile(`'\{?([^']*?)\}?'`).FindAllStringSubmatch(definition, -1) {
		values = append(values, strings.Split(m[1], ",")...)
	}
	slices.Sort(values)
	return values
}

func bounds(t *testing.T, definition string) string {
	t.Helper()
	var numbers []string
	for _, m := range regexp.MustCompile(`[<>]= \(?'?(-?\d+(\.\d+)?)`).FindAllStringSubmatch(definition, -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, fmt.Sprint(n))
	}
	return strings.Join(numbers, " ")
}

// Nobody must meet a constraint whose name says no rule.
func TestEveryConstraintNamesARule(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	conn := connect(t, url)
	known := regexp.MustCompile(`_(id|pkey|required|text|list|partial|code|range|finite|geometry|coordinates|cited|source|feature|owner|order|dated|basis|overlap)$`)
	for _, name := range list(t, conn, `
SELECT conname FROM pg_constraint WHERE connamespace = 'oxus'::regnamespace AND contype <> 't'
AND conrelid NOT IN ('oxus.store'::regclass, 'oxus.versions'::regclass, 'oxus.revisions'::regclass, 'oxus.migrations'::regclass)`) {
		if !known.MatchString(name) {
			t.Errorf("the name of constraint %s tells no rule", name)
		}
	}
}

// Functions that triggers run must not be led astray by a caller's search_path. The one
// that only counts may be: setting a path would cost several times what it does for each
// row, and who leads it astray misplaces their own rows only.
func TestTriggerFunctionsHaveAFixedSearchPath(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	loose := list(t, connect(t, url), `
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = prolang
WHERE pronamespace = 'oxus'::regnamespace AND lanname = 'plpgsql' AND proname <> 'hilbert' AND NOT coalesce(array_to_string(proconfig, ' ') ~ '(^| )search_path=pg_catalog.*pg_temp$', false)`)
	if len(loose) > 0 {
		t.Errorf("no fixed search_path: %v", loose)
	}
}

// Whatever names rows of another table is found by an index: removing a row must not
// walk through all that could name it.
func TestReferencesHaveAnIndex(t *testing.T) {
	_, url := open(t)
	for _, name := range list(t, connect(t, url), `
		SELECT c.conname::text FROM pg_constraint c
		WHERE c.contype = 'f' AND c.connamespace = 'oxus'::regnamespace
		AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])`) {
		t.Errorf("%s has no index", name)
	}
}
