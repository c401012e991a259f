package postgis

import (
	"context"
	"sync"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lent is a connection that is lent for a question.
type lent interface {
	asker
	beginner
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Ping(ctx context.Context) error
	Release()
}

// holding is a state that several questions are answered from: a transaction that is
// begun by the first. It implements geo.Held.
type holding struct {
	store *Store

	mu       sync.Mutex
	conn     *pgxpool.Conn
	tx       pgx.Tx
	versions map[string]string
	over     bool
}

// heldKey is what a context holds its holding by.
type heldKey struct{}

// Hold implements geo.Watcher. The connection is taken by the first question and
// given back at the release.
func (s *Store) Hold(ctx context.Context) (context.Context, geo.Held) {
	h := &holding{store: s}
	return context.WithValue(ctx, heldKey{}, h), h
}

// held returns the transaction that questions in a context are asked in, nil where
// they are asked in one of their own.
func (s *Store) held(ctx context.Context) (pgx.Tx, error) {
	h, ok := ctx.Value(heldKey{}).(*holding)
	if !ok || h.store != s {
		return nil, nil //nolint:nilnil // most questions are asked in none
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over || h.tx != nil {
		return h.tx, nil
	}
	err := h.begin(ctx) // which sets the transaction
	return h.tx, err
}

// begin takes the state, and reads its versions before anything else of it: they
// name what is read after them, whatever is committed meanwhile and however far the
// server that answers lags behind another.
func (h *holding) begin(ctx context.Context) error {
	conn, err := h.store.acquireApart(ctx)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err == nil {
		var versions map[string]string
		if versions, err = readVersions(ctx, tx); h.versions == nil {
			h.versions = versions
		}
	}
	if err != nil {
		conn.Release() // closes it when the transaction is open
		return failed(ctx, err)
	}
	h.conn, h.tx = conn, tx
	return nil
}

// begun returns the transaction that a context's questions are asked in, nil where none
// has been begun.
func (s *Store) begun(ctx context.Context) pgx.Tx {
	h, ok := ctx.Value(heldKey{}).(*holding)
	if !ok || h.store != s {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tx
}

// note tells a context's holding the versions of a state that its first question was
// answered from, apart from its transaction. What is asked after it is about that state
// of the record, or of a later one, which is never taken for an earlier.
func (s *Store) note(ctx context.Context, versions map[string]string) {
	h, ok := ctx.Value(heldKey{}).(*holding)
	if !ok || h.store != s {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.versions == nil {
		h.versions = versions
	}
}

// heldFor is held for the questions of a view. A state of the record stays as it is:
// where the versions are known already, its questions need no transaction.
func (v view) heldFor(ctx context.Context) (pgx.Tx, error) {
	if tx := v.store.begun(ctx); tx != nil {
		return tx, nil
	}
	if h, ok := ctx.Value(heldKey{}).(*holding); ok && !v.st.Moment.IsZero() && h.Versions() != nil {
		return nil, nil //nolint:nilnil // most questions are asked in none
	}
	return v.store.held(ctx)
}

// Versions implements geo.Held.
func (h *holding) Versions() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.versions
}

// Release implements geo.Held.
func (h *holding) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	if h.tx == nil {
		return
	}
	// Also when whoever asked is gone: an open transaction would cost the connection.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = h.tx.Rollback(ctx) // nothing was written; a failed one ends with the connection
	h.conn.Release()
	h.conn, h.tx = nil, nil
}

// lentTx lends the connection of a transaction, which keeps it.
type lentTx struct{ pgx.Tx }

// BeginTx begins a part of the transaction, whatever the options: it sees the state of
// the whole.
func (l lentTx) BeginTx(ctx context.Context, _ pgx.TxOptions) (pgx.Tx, error) { return l.Begin(ctx) }

// Ping implements lent.
func (l lentTx) Ping(ctx context.Context) error { return l.Conn().Ping(ctx) }

// Release gives nothing back.
func (lentTx) Release() {}
