package postgis

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// acquireTimeout is how long a question waits for a connection: a pool that is
// busy for so long answers "not now" rather than never.
const acquireTimeout = 5 * time.Second

// spareConns are the connections beyond those that long questions fill, so that the short
// ones about the state of the data, which come before, need not wait for them to end.
const spareConns = 4

// Store is a PostGIS database. It is safe for concurrent use.
type Store struct {
	view // answers about the present
	pool *pgxpool.Pool
	// writers are the connections of changes. Changes wait for each other, and the
	// one under way may read while it writes: what waits for it must not hold the
	// connections that it reads over.
	writers *pgxpool.Pool
	// exports are those of the connections that answers without a limit may have at once:
	// they ask for part after part, and would leave short answers none.
	exports chan struct{}
	atlas   *geo.Atlas
	tables  map[string]*table
	watch   *watch
	// last is the number of the last revision that a question of a past state has seen.
	last atomic.Int64

	// summaries holds the last summary of each collection, which stays right
	// for as long as its version is the collection's.
	summaries sync.Map // seenBy → geo.Summary
}

// Open connects to the database at url, a URL or a libpq connection string. It
// keeps up to twice as many connections as there are processors and four more, or
// pool_max_conns when url says so, for questions, as many for changes, and one
// for each import that is staged or read just then. The connections are its own: a
// pooler that hands out a connection per transaction must not stand between.
func Open(ctx context.Context, url string, atlas *geo.Atlas, options ...Option) (*Store, error) {
	config, err := configure(url)
	if err != nil {
		return nil, err
	}
	for _, set := range options {
		set(config)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	writers, err := pgxpool.NewWithConfig(ctx, config.Copy())
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s := &Store{
		pool: pool, writers: writers, exports: make(chan struct{}, max(1, config.MaxConns/2)),
		atlas: atlas, tables: make(map[string]*table, len(atlas.Served())), watch: newWatch(),
	}
	s.view = view{store: s, who: geo.Admin} // what is asked of the store itself
	for _, c := range atlas.Served() {
		s.tables[c.ID] = newTable(c)
	}
	if err := s.Ready(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Place names the database that an address leads to, whoever opens it by it: its server
// and its own name there.
func Place(url string) (string, error) {
	config, err := configure(url)
	if err != nil {
		return "", err
	}
	c := config.ConnConfig
	return fmt.Sprintf("%s:%d/%s", c.Host, c.Port, c.Database), nil
}

func configure(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database's address: %w", err)
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = int32(max(4, 2*runtime.NumCPU()) + spareConns)
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = acquireTimeout
	}
	// Values travel beside the text, whatever the address asks for.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	defaults(config.ConnConfig.RuntimeParams, map[string]string{
		"application_name":  "oxus",
		"statement_timeout": "30s", // a backstop; each question ends with its context
		// Pages are short: compiling and forking cost more than they save.
		"jit":                             "off",
		"max_parallel_workers_per_gather": "0",
		// A box may hold one feature or all; one plan cannot serve both.
		"plan_cache_mode": "force_custom_plan",
	})
	config.AfterConnect = registerGeometry
	return config, nil
}

func defaults(params, fallback map[string]string) {
	for name, value := range fallback {
		if _, set := params[name]; !set {
			params[name] = value
		}
	}
}

// registerGeometry makes geometry travel as its own bytes, which are EWKB. An
// empty database has no geometry yet: Migrate renews the connections.
func registerGeometry(ctx context.Context, conn *pgx.Conn) error {
	var oid *uint32
	if err := conn.QueryRow(ctx, "SELECT to_regtype('geometry')::oid").Scan(&oid); err != nil {
		return fmt.Errorf("look for PostGIS: %w", err)
	}
	if oid != nil {
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: *oid, Codec: pgtype.ByteaCodec{}})
	}
	return nil
}

// acquire returns a connection, or Unavailable when none comes free in time. In a
// context that holds a state it asks about that.
func (s *Store) acquire(ctx context.Context) (lent, error) {
	if tx, err := s.held(ctx); tx != nil || err != nil {
		return lentTx{tx}, err
	}
	conn, err := s.acquireApart(ctx)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// acquireApart is acquire for what is asked apart from any state that the context holds.
func (s *Store) acquireApart(ctx context.Context) (*pgxpool.Conn, error) {
	conn, err := acquire(ctx, s.pool)
	if err != nil {
		return nil, err
	}
	if err := forQuestions(ctx, conn); err != nil {
		conn.Release()
		return nil, failed(ctx, err)
	}
	return conn, nil
}

// acquirePage is acquireApart for a page, which may leave the connection set for pages.
func (s *Store) acquirePage(ctx context.Context) (*pgxpool.Conn, error) { return acquire(ctx, s.pool) }

func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, acquireTimeout)
	defer cancel()
	conn, err := pool.Acquire(waiting)
	if err != nil && ctx.Err() == nil {
		return nil, unavailable(err)
	}
	return conn, failed(ctx, err)
}

// inSnapshot runs ask in a transaction that sees one state of the data, which is that
// of the context where it holds one.
func (s *Store) inSnapshot(ctx context.Context, ask func(pgx.Tx) error) error {
	if tx, err := s.held(ctx); err != nil {
		return err
	} else if tx != nil {
		return failed(ctx, ask(tx))
	}
	return s.inTransaction(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, ask)
}

// inTransaction runs do in a transaction, and commits when it returns nil.
func (s *Store) inTransaction(ctx context.Context, options pgx.TxOptions, do func(pgx.Tx) error) error {
	conn, err := s.acquireApart(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // closes it when the transaction is still open
	return transact(ctx, conn, options, do)
}

// interrupted is the error that a sequence which is written has ended with. It goes
// back to whoever gave the sequence as it is, whatever it is.
type interrupted struct{ error }

// transact runs do in a transaction of a connection, and commits when it returns
// nil.
func transact(ctx context.Context, conn beginner, options pgx.TxOptions, do func(pgx.Tx) error) error {
	tx, err := conn.BeginTx(ctx, options)
	if err != nil {
		return failed(ctx, err)
	}
	if err := do(tx); err != nil {
		// The first error tells what happened; a failed rollback ends with the connection.
		_ = tx.Rollback(ctx)
		if given := (*interrupted)(nil); errors.As(err, &given) {
			return given.error
		}
		return failed(ctx, err)
	}
	// A client that goes away between the last statement and the commit must
	// not leave open whether its change is in.
	return failed(ctx, tx.Commit(context.WithoutCancel(ctx)))
}

// beginner is a connection, of a pool or not.
type beginner interface {
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// connectApart opens a connection of its own, which takes none from a pool, for
// what lasts long. Its statements may, too.
func (s *Store) connectApart(ctx context.Context) (*pgx.Conn, error) {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["statement_timeout"] = "0"
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, failed(ctx, err)
}

// Close closes all connections, after the questions under way.
func (s *Store) Close() error {
	s.watch.end()
	s.pool.Close()
	s.writers.Close()
	return nil
}
