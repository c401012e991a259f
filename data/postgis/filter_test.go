package postgis_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"oxus/data/postgis"
	"oxus/geo/cql2"
	"oxus/geo/cql2/cql2test"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
)

// Each predicate of the standard selects in SQL what the standard says.
func TestStandardPredicates(t *testing.T) {
	t.Parallel()
	predicates, rows := cql2test.Predicates(t)
	_, url := open(t)
	conn := connect(t, url)
	if err := postgis.RegisterGeometry(context.Background(), conn); err != nil {
		t.Fatal(err)
	}
	for source, all := range rows {
		fill(t, conn, source, all)
	}
	for _, p := range predicates {
		n, err := cql2.ParseText(p.Filter)
		if err == nil {
			n, err = cql2.Check(n, cql2test.Queryables)
		}
		if err != nil {
			t.Fatalf("%s: %v", p.Filter, err)
		}
		where, args, err := postgis.Filter(n, func(name string) string { return "f." + pgx.Identifier{name}.Sanitize() })
		if err != nil {
			t.Fatalf("%s: %v", p.Filter, err)
		}
		var found int
		err = conn.QueryRow(context.Background(), "SELECT count(*) FROM "+pgx.Identifier{p.Source}.Sanitize()+" f WHERE "+where, args...).Scan(&found)
		if err != nil || found != p.Count {
			t.Errorf("%s selects %d, not %d: %v", p.Filter, found, p.Count, err)
		}
	}
}

var standardColumns = map[cql2.Type]string{
	cql2.Boolean: "boolean", cql2.Text: "text", cql2.Number: "float8", cql2.Date: "date", cql2.Timestamp: "timestamptz", cql2.Geometry: "geometry",
}

// fill makes a table of the rows of a source.
func fill(t *testing.T, conn *pgx.Conn, source string, rows []map[string]any) {
	t.Helper()
	var names, columns, places []string
	for name, as := range cql2test.Queryables {
		names = append(names, name)
		columns = append(columns, pgx.Identifier{name}.Sanitize()+" "+standardColumns[as])
		places = append(places, fmt.Sprintf("$%d", len(names)))
	}
	table := pgx.Identifier{source}.Sanitize()
	if _, err := conn.Exec(context.Background(), "CREATE TABLE "+table+" ("+strings.Join(columns, ", ")+")"); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		values := make([]any, len(names))
		for i, name := range names {
			values[i] = stored(t, r[name])
		}
		if _, err := conn.Exec(context.Background(), "INSERT INTO "+table+" VALUES ("+strings.Join(places, ", ")+")", values...); err != nil {
			t.Fatal(err)
		}
	}
}

func stored(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case cql2.Day:
		return v.Time()
	case cql2.Instant:
		return v.Time()
	case orb.Geometry:
		shape, err := ewkb.Marshal(v, 4326)
		if err != nil {
			t.Fatal(err)
		}
		return shape
	}
	return v
}
