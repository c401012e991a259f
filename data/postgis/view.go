package postgis

import (
	"context"
	"errors"
	"iter"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// view answers from a store as it was in a state, the zero state being the
// present. It implements geo.Reader.
type view struct {
	store *Store
	st    geo.State
	// who asks: from Everybody, which is the zero role, what is kept is hidden.
	who geo.Role
}

// table returns the table of a collection as it was then, by id: a caller may
// hold another copy of the declarations.
func (v view) table(c *geo.Collection) (*table, error) {
	t := v.store.tables[c.ID]
	switch {
	case t == nil:
		return nil, geo.Errorf(geo.NotFound, "There is no collection %q.", c.ID)
	case v.st.Moment.IsZero():
		return v.seenTable(t), nil
	default:
		return v.seenTable(t).at(v.st.Moment), nil
	}
}

// seenTable is the table as who asks sees it.
func (v view) seenTable(t *table) *table {
	seen := t.as(v.who)
	seen.closes = v.store.atlas.Closed(v.who)
	return seen
}

// Ready implements geo.Reader.
func (v view) Ready(ctx context.Context) error {
	conn, err := v.store.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return failed(ctx, conn.Ping(ctx))
}

// State implements geo.Recorder. Moments are counted in microseconds; one
// between two is the earlier.
func (v view) State(ctx context.Context, moment time.Time) (geo.State, error) {
	conn, err := v.store.acquireApart(ctx) // never in a state that is held: others are waited for
	if err != nil {
		return geo.State{}, err
	}
	defer conn.Release()
	var asked any
	if !moment.IsZero() {
		asked = moment.Truncate(time.Microsecond)
	}
	var st geo.State
	var present time.Time
	// On its own: the lock it may wait for must be gone before the data is read.
	if err := conn.QueryRow(ctx, "SELECT moment, present FROM oxus.settle($1)", asked).Scan(&st.Moment, &present); err != nil {
		return geo.State{}, failed(ctx, err)
	}
	st.Moment = st.Moment.UTC()
	if err := geo.Future(st.Moment, present); err != nil {
		return geo.State{}, err
	}
	err = conn.QueryRow(ctx, "SELECT seq FROM ("+lastSQL("WHERE recorded <= $1")+") l", st.Moment).Scan(&st.Last)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return st, failed(ctx, err)
}

// lastSQL asks for the number and the moment of the last revision of those that a
// condition names, of single rows and of many.
func lastSQL(where string) string {
	return "(SELECT seq, recorded FROM oxus.revisions " + where + " ORDER BY recorded DESC, seq DESC LIMIT 1) UNION ALL " +
		"(SELECT last, recorded FROM oxus.revisions_of_many " + where + " ORDER BY recorded DESC, last DESC LIMIT 1) ORDER BY 2 DESC, 1 DESC LIMIT 1"
}

// Latest implements geo.Recorder. Whoever writes takes a moment with a lock that
// is held to the end of the transaction, so nothing is recorded any more before
// what can be seen.
func (v view) Latest(ctx context.Context) (geo.State, error) {
	conn, err := v.store.acquire(ctx)
	if err != nil {
		return geo.State{}, err
	}
	defer conn.Release()
	st, err := latest(ctx, conn)
	return st, failed(ctx, err)
}

func latest(ctx context.Context, ask interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
},
) (geo.State, error) {
	st := geo.Beginning()
	err := ask.QueryRow(ctx, lastSQL("")).Scan(&st.Last, &st.Moment)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	st.Moment = st.Moment.UTC()
	return st, err
}

// At implements geo.Recorder.
func (v view) At(_ context.Context, st geo.State) (geo.Reader, error) {
	return view{v.store, st, v.who}, nil
}

// Revisions implements geo.Recorder. Of a part that is read some may be hidden.
func (v view) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return func(yield func(geo.Revision, error) bool) {
		ask, sent := q, 0
		for {
			if ask.Limit = part; q.Limit > 0 {
				ask.Limit = min(part, q.Limit-sent)
			}
			found, last, err := v.revisions(ctx, &ask)
			if err != nil {
				yield(geo.Revision{}, err)
				return
			}
			for i := range found {
				if !yield(found[i], nil) {
					return
				}
			}
			if sent += len(found); last == 0 || sent == q.Limit {
				return
			}
			ask.After = last
		}
	}
}
