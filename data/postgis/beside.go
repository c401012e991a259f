package postgis

import (
	"context"
	"errors"
	"iter"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// stampSQL names the state of everything: which store, and what each collection is at.
const stampSQL = `SELECT st.id::text || ' ' || (SELECT string_agg(v.collection || ' ' || v.version || ' ' || v.stamp::text, ',' ORDER BY v.collection) FROM oxus.versions v) FROM oxus.store st`

// Stamp implements geo.Base.
func (s *Store) Stamp(ctx context.Context) (stamp string, err error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	err = conn.QueryRow(ctx, stampSQL).Scan(&stamp)
	return stamp, failed(ctx, err)
}

// ReadState implements geo.Base. What lasts takes no connection from those that
// questions wait for.
func (s *Store) ReadState(ctx context.Context, lasts bool, do func(context.Context, geo.StateReader) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	read := func(tx pgx.Tx) error {
		if err := do(ctx, stateReader{s.view, tx}); err != nil {
			return &interrupted{err}
		}
		return nil
	}
	if !lasts {
		return s.inTransaction(ctx, options, read)
	}
	conn, err := s.connectApart(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := registerGeometry(ctx, conn); err != nil {
		return failed(ctx, err)
	}
	return transact(ctx, conn, options, read)
}

// Hidden implements geo.Base.
func (s *Store) Hidden(ctx context.Context, who geo.Role, ids []string) (names []string, err error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	var st statement
	var id string
	text := "SELECT id FROM unnest(" + st.bind(ids) + "::text[]) id WHERE EXISTS (SELECT FROM oxus.versions v WHERE oxus.hides(coalesce(" + hidden(&st, who) + ", '{}'), " +
		st.bind(s.atlas.Closed(who)) + "::text[], 'feature', v.collection, id))"
	err = each(ctx, conn, text, st.args, []any{&id}, func() { names = append(names, id) })
	return names, failed(ctx, err)
}

// stateReader reads in one transaction. It implements geo.StateReader.
type stateReader struct {
	view
	tx pgx.Tx
}

// Stand implements geo.StateReader.
func (r stateReader) Stand(ctx context.Context) (*geo.Stand, error) {
	st := &geo.Stand{Versions: map[string]string{}, Recorded: map[string]string{}, Marks: map[geo.Role]string{}}
	var err error
	if st.State, err = latest(ctx, r.tx); err != nil {
		return nil, failed(ctx, err)
	}
	if err := r.tx.QueryRow(ctx, stampSQL).Scan(&st.Stamp); err != nil {
		return nil, failed(ctx, err)
	}
	if st.Watched, err = readVersions(ctx, r.tx); err != nil {
		return nil, failed(ctx, err)
	}
	ask := func(sql string, args ...any) pgx.Row { return r.tx.QueryRow(ctx, sql, args...) }
	for _, c := range r.store.atlas.Collections {
		if st.Versions[c.ID], err = r.versionBy(c, ask, versionSQL); err != nil {
			return nil, failed(ctx, err)
		}
		if st.Recorded[c.ID], err = r.recordedVersion(c, ask, st.State.Last); err != nil {
			return nil, failed(ctx, err)
		}
	}
	for _, who := range append([]geo.Role{geo.Everybody}, geo.Roles()...) {
		var s statement
		var mark string
		if err := ask("SELECT "+view{r.store, r.st, who}.veilMark(&s), s.args...).Scan(&mark); err != nil {
			return nil, failed(ctx, err)
		}
		st.Marks[who] = mark
	}
	return st, nil
}

// Sizes implements geo.StateReader.
func (r stateReader) Sizes(ctx context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	for _, c := range r.store.atlas.Collections {
		t, size := r.store.tables[c.ID], int64(0)
		names := []string{t.features}
		if t.status != "" {
			names = append(names, t.status)
		}
		if err := r.tx.QueryRow(ctx, "SELECT sum(pg_table_size(name::regclass))::bigint FROM unnest($1::text[]) name", names).Scan(&size); err != nil {
			return nil, failed(ctx, err)
		}
		sizes[c.ID] = size
	}
	return sizes, nil
}

// Sources implements geo.StateReader.
func (r stateReader) Sources(ctx context.Context) ([]geo.Source, error) {
	all, err := r.sources(ctx, r.tx, &statement{}, "ORDER BY id")
	return all, failed(ctx, err)
}

// Features implements geo.StateReader.
func (r stateReader) Features(ctx context.Context, c *geo.Collection, ids []string) iter.Seq2[*geo.Feature, error] {
	return func(yield func(*geo.Feature, error) bool) {
		t, err := r.table(c)
		if err != nil {
			yield(nil, err)
			return
		}
		var s statement
		rest := ""
		if ids != nil {
			rest = " WHERE f.id = ANY (" + s.bind(ids) + "::text[])"
		}
		rows, err := r.tx.Query(ctx, "SELECT "+t.featureColumns+" FROM "+t.featureRows(&s)+" f"+rest+t.orderSQL(&geo.Query{Collection: c}), s.args...)
		if err != nil {
			yield(nil, failed(ctx, err))
			return
		}
		defer rows.Close()
		row := newFeatureRow(c)
		targets := row.targets()
		for rows.Next() {
			err := rows.Scan(targets...)
			var f *geo.Feature
			if err == nil {
				f, err = row.feature()
			}
			if !yield(f, failed(ctx, err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, failed(ctx, err))
		}
	}
}

// Histories implements geo.StateReader.
func (r stateReader) Histories(ctx context.Context, c *geo.Collection, ids []string) (map[string][]geo.Period, error) {
	t, err := r.table(c)
	if err != nil {
		return nil, err
	}
	var s statement
	which := "true"
	if ids != nil {
		which = "f.id = ANY (" + s.bind(ids) + "::text[])"
	}
	periods, owners, err := t.selectOwned(ctx, r.tx, &s, which)
	if err != nil {
		return nil, failed(ctx, err)
	}
	histories := map[string][]geo.Period{}
	for i, owner := range owners {
		histories[owner] = append(histories[owner], periods[i])
	}
	return histories, nil
}

// SpokenFor implements geo.StateReader.
func (r stateReader) SpokenFor(ctx context.Context, c *geo.Collection, periods []string) (ids []string, err error) {
	t, err := r.table(c)
	if err != nil || t.status == "" {
		return nil, err
	}
	var s statement
	var id string
	text := "SELECT DISTINCT f.id FROM " + t.statusRows(&s) + " s JOIN " + t.featureRows(&s) + " f ON " + t.owned() + " WHERE s.id = ANY (" + s.bind(periods) + "::text[])"
	err = each(ctx, r.tx, text, s.args, []any{&id}, func() { ids = append(ids, id) })
	return ids, failed(ctx, err)
}

// Changed implements geo.StateReader. A database that was taken back to a backup may
// count the same numbers again, but not at the same moments.
func (r stateReader) Changed(ctx context.Context, since geo.State, most int) (rows []geo.ChangedRow, ok bool, err error) {
	if ok, err = r.happened(ctx, since); err != nil || !ok {
		return nil, false, err
	}
	seen := map[geo.ChangedRow]bool{}
	ask := geo.RevisionQuery{After: since.Last, Limit: most + 1, Bare: true}
	text, args := r.revisionsSQL(&ask)
	found, err := r.tx.Query(ctx, text, args...)
	if err != nil {
		return nil, false, failed(ctx, err)
	}
	revisions, err := pgx.CollectRows(found, r.store.scanRevision)
	if err == nil {
		revisions, err = r.store.withMany(ctx, r.tx, &ask, revisions)
	}
	if err != nil || len(revisions) > most {
		return nil, false, failed(ctx, err)
	}
	for i := range revisions {
		row := geo.ChangedRow{Kind: revisions[i].Kind, Collection: revisions[i].Collection, ID: revisions[i].ID}
		if !seen[row] {
			seen[row] = true
			rows = append(rows, row)
		}
	}
	return rows, true, nil
}

// happened reports whether a state is one of this store's past.
func (r stateReader) happened(ctx context.Context, st geo.State) (bool, error) {
	if st.Last == 0 {
		return true, nil
	}
	var recorded time.Time
	err := r.tx.QueryRow(ctx, "SELECT recorded FROM oxus.revisions WHERE seq = $1 UNION ALL "+
		"(SELECT recorded FROM oxus.revisions_of_many WHERE first <= $1 AND last >= $1 ORDER BY first DESC LIMIT 1) LIMIT 1", st.Last).Scan(&recorded)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil && recorded.Equal(st.Moment), failed(ctx, err)
}
