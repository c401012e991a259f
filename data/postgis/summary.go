package postgis

import (
	"context"
	"errors"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
)

// versionSQL names the state of a collection ($1) and of the sources its
// features cite: which store, how many changes, and a stamp that no other state
// shares, also after the database was taken back to a backup.
const versionSQL = `
SELECT left(st.id::text, 8) || '.' || c.version || '-' || left(c.stamp::text, 8) || '.' || s.version || '-' || left(s.stamp::text, 8)
FROM oxus.store st, oxus.versions c, oxus.versions s
WHERE c.collection = $1 AND s.collection = 'sources'`

// pastVersionSQL names the state of a collection ($1) and of the sources after a
// revision ($2), by the last revision of each up to it. Its moment is part of the
// name: a database taken back to a backup counts the same numbers again.
const pastVersionSQL = `
SELECT left(st.id::text, 8) || '@' || coalesce(c.seq, 0) || '-' || coalesce(oxus.microseconds(c.recorded), 0)
    || '.' || coalesce(s.seq, 0) || '-' || coalesce(oxus.microseconds(s.recorded), 0)
FROM oxus.store st
LEFT JOIN LATERAL (
    (SELECT seq, recorded FROM oxus.revisions WHERE collection = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1)
    UNION ALL
    (SELECT least(last, $2), recorded FROM oxus.revisions_of_many WHERE collection = $1 AND first <= $2 ORDER BY first DESC LIMIT 1)
    ORDER BY 1 DESC LIMIT 1) c ON true
LEFT JOIN LATERAL (SELECT seq, recorded FROM oxus.revisions WHERE collection = 'sources' AND seq <= $2 ORDER BY seq DESC LIMIT 1) s ON true`

// askRow asks for one row within a transaction or outside.
type askRow func(sql string, args ...any) pgx.Row

// versionOf names the state of a collection that the view answers from.
func (v view) versionOf(c *geo.Collection, ask askRow) (string, error) {
	if v.st.Moment.IsZero() {
		return v.versionBy(c, ask, versionSQL)
	}
	return v.recordedVersion(c, ask, v.st.Last)
}

// recordedVersion names the state of a collection after a revision.
func (v view) recordedVersion(c *geo.Collection, ask askRow, last int64) (string, error) {
	return v.versionBy(c, ask, pastVersionSQL, last)
}

// marked is a statement that names a state, with the mark of what is hidden from
// who asks at its end.
func (v view) marked(text string, args []any) (string, []any) {
	s := statement{args: args}
	return "SELECT (" + text + ") || " + v.veilMark(&s), s.args
}

// versionBy names a collection by a statement about a stored one.
func (v view) versionBy(c *geo.Collection, ask askRow, text string, args ...any) (version string, err error) {
	stored := func(c *geo.Collection) (one string) {
		marked, values := v.marked(text, append([]any{c.ID}, args...))
		err = errors.Join(err, ask(marked, values...).Scan(&one))
		return one
	}
	if c.Derived {
		version = geo.StatusVersion(v.store.atlas, stored)
	} else {
		version = stored(c)
	}
	return version, err
}

// Version implements geo.Reader.
func (v view) Version(ctx context.Context, c *geo.Collection) (version string, err error) {
	if _, err := v.table(c); err != nil {
		return "", err
	}
	conn, err := v.store.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	version, err = v.versionOf(c, func(sql string, args ...any) pgx.Row { return conn.QueryRow(ctx, sql, args...) })
	return version, failed(ctx, err)
}

// seenBy is a collection as a role sees it.
type seenBy struct {
	collection string
	who        geo.Role
}

// Summary implements geo.Reader. Counting reads the whole collection, so the
// answer about the present is kept until the version changes.
func (v view) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	t, err := v.table(c)
	if err != nil {
		return geo.Summary{}, err
	}
	var sum geo.Summary
	key := seenBy{c.ID, v.who}
	err = v.store.inSnapshot(ctx, func(tx pgx.Tx) error {
		if sum.Version, err = v.versionOf(c, func(sql string, args ...any) pgx.Row { return tx.QueryRow(ctx, sql, args...) }); err != nil {
			return err
		}
		if kept, ok := v.store.summaries.Load(key); ok && kept.(geo.Summary).Version == sum.Version {
			sum = kept.(geo.Summary)
			return nil
		}
		return t.summarize(ctx, tx, &sum)
	})
	if err != nil {
		return geo.Summary{}, err
	}
	if v.st.Moment.IsZero() {
		v.store.summaries.Store(key, sum)
	}
	if sum.Extent != nil {
		extent := *sum.Extent // the caller's own
		sum.Extent = &extent
	}
	return sum, nil
}

// ofSeen keeps of periods s those of features that may be seen.
func (t *table) ofSeen(s *statement) string {
	if t.who.SeesAll() {
		return ""
	}
	return " WHERE " + hidden(s, t.who) + " IS NULL OR EXISTS (SELECT FROM " + t.featureRows(s) + " f WHERE " + t.owned() + ")"
}

// summarize counts, with the meaning of geo.DatedSpan. The corners come from
// ST_XMin and its like because ST_Extent rounds lines to 32 bits.
func (t *table) summarize(ctx context.Context, tx pgx.Tx, sum *geo.Summary) error {
	var s statement
	spans := "SELECT coalesce(lower(lifetime), upper(lifetime) - 1), coalesce(upper(lifetime) - 1, lower(lifetime)), upper_inf(lifetime)\n" +
		"FROM " + t.featureRows(&s) + " f WHERE NOT (lower_inf(lifetime) AND upper_inf(lifetime))"
	if t.status != "" {
		spans += "\nUNION ALL SELECT lower(during), coalesce(upper(during) - 1, lower(during)), upper_inf(during) FROM " + t.statusRows(&s) + " s" + t.ofSeen(&s)
	}
	var west, south, east, north pgtype.Float8
	var first, last pgtype.Date
	var opened pgtype.Bool
	err := tx.QueryRow(ctx, "WITH spans (first, last, opened) AS (\n"+spans+`
), dated AS (
SELECT min(first) AS first, max(last) AS last, bool_or(opened) AS opened FROM spans
), placed AS (
SELECT count(*) AS n, min(ST_XMin(geom)) AS w, min(ST_YMin(geom)) AS s, max(ST_XMax(geom)) AS e, max(ST_YMax(geom)) AS n_edge
FROM `+t.featureRows(&s)+` f
)
SELECT n, w, s, e, n_edge, first, last, opened FROM dated, placed`, s.args...).
		Scan(&sum.Count, &west, &south, &east, &north, &first, &last, &opened)
	if err != nil {
		return err
	}
	if west.Valid {
		sum.Extent = &orb.Bound{Min: orb.Point{west.Float64, south.Float64}, Max: orb.Point{east.Float64, north.Float64}}
	}
	sum.Time = geo.Always
	if first.Valid {
		sum.Time.From = geo.DateOf(first.Time)
	}
	if last.Valid && !opened.Bool {
		sum.Time.To = geo.DateOf(last.Time)
	}
	return nil
}
