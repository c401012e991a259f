package postgis

import (
	"context"
	"database/sql"
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
