package postgis

import (
	"context"
	"fmt"
	"time"

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
	s.pool.Reset() // connections made before PostGIS was there do not know its types
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0" // a step may rewrite a large table
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }() // nothing is left to lose
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS oxus"); err != nil {
		return failed(ctx, err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files,
		goose.WithTableName(migrationsTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", failed(ctx, err))
	}
	return nil
}

// WithLock runs do while no other server runs anything under the lock. It must
// not be nested. The lock is held by a connection of its own, so it goes with
// the process and takes none from the pool.
func (s *Store) WithLock(ctx context.Context, do func(context.Context) error) error {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0" // another server may be long at it
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return failed(ctx, err)
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

// Empty reports whether the database holds no source and no feature. Without a
// source there is no feature, because every feature cites one.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	var empty bool
	err = conn.QueryRow(ctx, "SELECT NOT EXISTS (SELECT FROM oxus.sources)").Scan(&empty)
	return empty, failed(ctx, err)
}
