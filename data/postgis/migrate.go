package postgis

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"oxus/geo"
	"oxus/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// migrationsTable is where goose notes which steps are done. It lies in the
// schema it describes, so that a backup of the schema holds both.
const migrationsTable = "oxus.migrations"

// lockKey is the advisory lock of everything that must happen once: the bytes
// of "oxus". Advisory locks belong to one database.
const lockKey = 0x6f787573

// Migrate brings the schema to this version, one server at a time.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.WithLock(ctx, s.migrate); err != nil {
		return err
	}
	// Connections made before PostGIS was there do not know its types.
	s.pool.Reset()
	s.writers.Reset()
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	return s.withProvider(func(db *sql.DB, provider *goose.Provider) error {
		if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS oxus"); err != nil {
			return failed(ctx, err)
		}
		if _, err := provider.Up(ctx); err != nil {
			return fmt.Errorf("migrate the database: %w", failed(ctx, err))
		}
		return nil
	})
}

func (s *Store) withProvider(do func(*sql.DB, *goose.Provider) error) error {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0" // a step may rewrite a large table
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }() // nothing is left to lose
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files,
		goose.WithTableName(migrationsTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	return do(db, provider)
}

// Current returns an error unless the schema is at this version. It changes
// nothing, so that commands which only use the store need no right to.
func (s *Store) Current(ctx context.Context) error {
	return s.withProvider(func(db *sql.DB, provider *goose.Provider) error {
		const lastStep = "SELECT coalesce(max(version_id), 0) FROM " + migrationsTable
		var there bool
		if err := db.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", migrationsTable).Scan(&there); err != nil {
			return failed(ctx, err)
		}
		var done int64
		if there {
			if err := db.QueryRowContext(ctx, lastStep).Scan(&done); err != nil {
				return failed(ctx, err)
			}
		}
		steps := provider.ListSources()
		if want := steps[len(steps)-1].Version; done != want {
			return geo.Errorf(geo.Invalid, "The database is at step %d of its schema, this program needs step %d; run oxus migrate.", done, want)
		}
		return nil
	})
}

// WithLock runs do while no other server runs anything under the lock. It must
// not be nested. The lock is held by a connection of its own, so it goes with
// the process and takes none from the pool.
func (s *Store) WithLock(ctx context.Context, do func(context.Context) error) error {
	conn, err := s.connectApart(ctx) // without a time limit: another server may be long at it
	if err != nil {
		return err
	}
	defer closeSoon(ctx, conn) // gives the lock back
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockKey); err != nil {
		return failed(ctx, err)
	}
	return do(ctx)
}

// closeSoon says goodbye properly, also when the context has ended, but does
// not wait long for an answer.
func closeSoon(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is left to lose
}
