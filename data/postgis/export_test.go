package postgis

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strings"
	"time"

	"oxus/geo"
	"oxus/geo/cql2"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

// Failed lets tests put an error of the database through the store's eyes.
func Failed(ctx context.Context, err error) error { return failed(ctx, err) }

// Explain returns the plan of the statement that answers q at a moment, zero for
// now.
func (s *Store) Explain(ctx context.Context, q geo.Query, moment time.Time) (string, error) {
	text, args, err := s.tables[q.Collection.ID].at(moment).as(geo.Everybody).itemsSQL(&q, nil)
	if err != nil {
		return "", err
	}
	rows, err := s.pool.Query(ctx, "EXPLAIN "+text, args...)
	if err != nil {
		return "", err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	plan := ""
	for _, l := range lines {
		plan += l + "\n"
	}
	return plan, err
}

// Plans returns the plans of the routes that q may be answered by, as everybody asks it,
// planned for all values; where there is none, what the planner's own way reads, which
// goes by samples and is not the same each time.
func (s *Store) Plans(ctx context.Context, q geo.Query) (string, error) {
	t := s.tables[q.Collection.ID].as(geo.Everybody)
	plans := ""
	for _, r := range t.routes(&q) {
		var st statement
		text, err := t.routeSQL(&st, &q, r, nil)
		if err != nil {
			return "", err
		}
		err = s.inSnapshot(ctx, func(tx pgx.Tx) error {
			plan, err := generic(ctx, tx, text, st.args)
			plans += plan
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if plans != "" {
		return plans, nil
	}
	plan, err := s.Explain(ctx, q, time.Time{})
	reads := regexp.MustCompile(`(Seq Scan on|Index (Only )?Scan (Backward )?using|Bitmap Index Scan on) \w+`).FindAllString(plan, -1)
	for i := range reads {
		if !strings.HasPrefix(reads[i], "Seq") {
			reads[i] = "index" + reads[i][strings.LastIndexByte(reads[i], ' '):]
		}
	}
	slices.Sort(reads)
	return strings.Join(slices.Compact(reads), "\n") + "\n", err
}

// generic is the plan of a statement for all values.
func generic(ctx context.Context, tx pgx.Tx, text string, args []any) (string, error) {
	if _, err := tx.Exec(ctx, strings.ReplaceAll(setForPages, "false", "true")); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, "PREPARE planned AS "+text); err != nil {
		return "", err
	}
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", len(args)), ", ")
	rows, err := tx.Query(ctx, "EXPLAIN (COSTS OFF) EXECUTE planned("+nulls+")")
	if err != nil {
		return "", err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, "DEALLOCATE planned")
	return strings.Join(lines, "\n") + "\n", err
}

// RegisterGeometry makes geometry travel as its own bytes over a connection.
func RegisterGeometry(ctx context.Context, conn *pgx.Conn) error { return registerGeometry(ctx, conn) }

// MigrateTo brings the schema to an earlier step.
func (s *Store) MigrateTo(ctx context.Context, step int64) error {
	err := s.withProvider(func(db *sql.DB, provider *goose.Provider) error {
		if _, err := db.ExecContext(ctx, "CREATE SCHEMA oxus"); err != nil {
			return err
		}
		_, err := provider.UpTo(ctx, step)
		return err
	})
	s.pool.Reset()
	s.writers.Reset()
	return err
}

// Filter returns a filter as SQL with the values it binds.
func Filter(n *cql2.Node, column func(name string) string) (text string, args []any, err error) {
	f := &filterSQL{statement: &statement{}, column: column}
	text = f.of(n)
	return text, f.args, f.failed
}

// Busy takes all connections until release.
func (s *Store) Busy(ctx context.Context) (release func(), err error) {
	var taken []func()
	release = func() {
		for _, free := range taken {
			free()
		}
	}
	for range s.pool.Config().MaxConns {
		conn, err := s.pool.Acquire(ctx)
		if err != nil {
			return release, err
		}
		taken = append(taken, conn.Release)
	}
	return release, nil
}
