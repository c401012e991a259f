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

// versionOf names the state of a collection within a transaction or outside.
func (s *Store) versionOf(c *geo.Collection, ask func(sql string, args ...any) pgx.Row) (version string, err error) {
	if !c.Derived {
		err = ask(versionSQL, c.ID).Scan(&version)
		return version, err
	}
	version = geo.StatusVersion(s.atlas, func(c *geo.Collection) (one string) {
		err = errors.Join(err, ask(versionSQL, c.ID).Scan(&one))
		return one
	})
	return version, err
}

// Version implements geo.Reader.
func (s *Store) Version(ctx context.Context, c *geo.Collection) (version string, err error) {
	if _, err := s.table(c); err != nil {
		return "", err
	}
	conn, err := s.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	version, err = s.versionOf(c, func(sql string, args ...any) pgx.Row { return conn.QueryRow(ctx, sql, args...) })
	return version, failed(ctx, err)
}

// Summary implements geo.Reader. Counting reads the whole collection, so the
// answer is kept until the version changes.
func (s *Store) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	t, err := s.table(c)
	if err != nil {
		return geo.Summary{}, err
	}
	var sum geo.Summary
	err = s.inSnapshot(ctx, func(tx pgx.Tx) error {
		if sum.Version, err = s.versionOf(c, func(sql string, args ...any) pgx.Row { return tx.QueryRow(ctx, sql, args...) }); err != nil {
			return err
		}
		if kept, ok := s.summaries.Load(c.ID); ok && kept.(geo.Summary).Version == sum.Version {
			sum = kept.(geo.Summary)
			return nil
		}
		return t.summarize(ctx, tx, &sum)
	})
	if err != nil {
		return geo.Summary{}, err
	}
	s.summaries.Store(c.ID, sum)
	if sum.Extent != nil {
		extent := *sum.Extent // the caller's own
		sum.Extent = &extent
	}
	return sum, nil
}

// summarize counts, with the meaning of geo.DatedSpan. The corners come from
// ST_XMin and its like because ST_Extent rounds lines to 32 bits.
func (t *table) summarize(ctx context.Context, tx pgx.Tx, sum *geo.Summary) error {
	spans := "SELECT coalesce(lower(lifetime), upper(lifetime) - 1), coalesce(upper(lifetime) - 1, lower(lifetime)), upper_inf(lifetime)\n" +
		"FROM " + t.features + " WHERE NOT (lower_inf(lifetime) AND upper_inf(lifetime))"
	if t.status != "" {
		spans += "\nUNION ALL SELECT lower(during), coalesce(upper(during) - 1, lower(during)), upper_inf(during) FROM " + t.status
	}
	var west, south, east, north pgtype.Float8
	var first, last pgtype.Date
	var opened pgtype.Bool
	err := tx.QueryRow(ctx, "WITH spans (first, last, opened) AS (\n"+spans+`
), dated AS (
SELECT min(first) AS first, max(last) AS last, bool_or(opened) AS opened FROM spans
), placed AS (
SELECT count(*) AS n, min(ST_XMin(geom)) AS w, min(ST_YMin(geom)) AS s, max(ST_XMax(geom)) AS e, max(ST_YMax(geom)) AS n_edge
FROM `+t.features+`
)
SELECT n, w, s, e, n_edge, first, last, opened FROM dated, placed`).
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
