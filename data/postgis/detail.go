package postgis

import (
	"context"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// Detail implements geo.Reader.
func (v view) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	return v.detail(ctx, c, id, on, nil)
}

// detail asks for all of a feature at once, from one state of the data, and for what
// also queues, if it is not nil, from the same.
func (v view) detail(ctx context.Context, c *geo.Collection, id string, on geo.Date, also func(b *pgx.Batch)) (*geo.Detail, error) {
	t, err := v.table(c)
	if err != nil {
		return nil, err
	}
	if !storable(id) {
		return nil, notFound(c, id)
	}
	d := &geo.Detail{}
	if err := v.askDetail(ctx, t, id, d, also); err != nil {
		return nil, failed(ctx, err)
	}
	if d.Feature == nil {
		return nil, notFound(c, id)
	}
	if t.status != "" {
		d.Standing = geo.StandingOn(on, d.History)
	}
	return d, nil
}

// askDetail sends all questions of a detail at once, in the state that the context holds
// where it holds one. Then nothing is asked also: that has been.
func (v view) askDetail(ctx context.Context, t *table, id string, d *geo.Detail, also func(b *pgx.Batch)) error {
	b := &pgx.Batch{}
	if also == nil {
		if tx, err := v.heldFor(ctx); err != nil {
			return err
		} else if tx != nil {
			v.queueDetail(b, t, id, d)
			return tx.SendBatch(ctx, b).Close()
		}
	}
	conn, err := v.store.acquirePage(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	b.Queue(snapshotSQL)
	set := !isForPages(conn)
	if set {
		b.Queue(setForPages)
	}
	if also != nil {
		also(b)
	}
	v.queueDetail(b, t, id, d)
	b.Queue("COMMIT")
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if set {
		conn.Conn().PgConn().CustomData()[settingOfSession] = true
	}
	return nil
}

// queueDetail asks for a feature, its history and the sources of both.
func (v view) queueDetail(b *pgx.Batch, t *table, id string, d *geo.Detail) {
	one, history, sources := statement{once: true}, statement{once: true}, statement{once: true}
	text := "SELECT " + t.featureColumns() + " FROM " + t.featureRows(&one) + " f WHERE f.id = " + one.bind(id)
	b.Queue(one.with()+text, one.args...).Query(func(rows pgx.Rows) error {
		features, err := t.scanFeatures(rows)
		if err == nil && len(features) > 0 {
			d.Feature = &features[0]
		}
		return err
	})
	cited := "SELECT unnest(f.sources) FROM " + t.featureRows(&sources) + " f WHERE f.id = " + sources.bind(id)
	if t.status != "" {
		text := t.ownedSQL(&history, "f.id = "+history.bind(id))
		b.Queue(history.with()+text, history.args...).Query(func(rows pgx.Rows) (err error) {
			d.History, _, err = t.scanOwned(rows)
			return err
		})
		cited += " UNION SELECT unnest(s.sources) FROM " + t.statusRows(&sources) + " s JOIN " + t.featureRows(&sources) + " f ON " + t.owned() +
			" WHERE f.id = " + sources.bind(id)
	}
	text = v.sourcesSQL(&sources, "WHERE id = ANY (ARRAY("+cited+")) ORDER BY id")
	b.Queue(sources.with()+text, sources.args...).Query(func(rows pgx.Rows) (err error) {
		d.Sources, err = pgx.CollectRows(rows, scanSource)
		return err
	})
}

// Sources implements geo.Reader.
func (v view) Sources(ctx context.Context, ids []string) (named []geo.Source, err error) {
	err = v.store.inSnapshot(ctx, func(tx pgx.Tx) error {
		named, err = v.named(ctx, tx, ids)
		return err
	})
	return named, err
}

// named returns the sources of those ids, in order.
func (v view) named(ctx context.Context, tx pgx.Tx, ids []string) ([]geo.Source, error) {
	var s statement
	return v.sources(ctx, tx, &s, "WHERE id = ANY ("+s.bind(ids)+") ORDER BY id")
}

func notFound(c *geo.Collection, id string) error {
	return geo.Errorf(geo.NotFound, "There is no feature %q in %s.", id, c.ID)
}

// ownedSQL asks for the periods that speak for the features f of a condition, in order,
// each with the id of its feature.
func (t *table) ownedSQL(s *statement, condition string) string {
	return "SELECT f.id, " + t.periodColumns() + " FROM " + t.statusRows(s) + " s JOIN " + t.featureRows(s) + " f ON " + t.owned() +
		" WHERE " + condition + " ORDER BY s.from_date, s.id"
}

// selectOwned reads what ownedSQL asks for. Values of the condition are bound in s.
func (t *table) selectOwned(ctx context.Context, tx pgx.Tx, s *statement, condition string) (periods []geo.Period, owners []string, err error) {
	text := t.ownedSQL(s, condition)
	rows, err := tx.Query(ctx, text, s.args...)
	if err != nil {
		return nil, nil, err
	}
	return t.scanOwned(rows)
}

func (t *table) scanOwned(rows pgx.Rows) (periods []geo.Period, owners []string, err error) {
	defer rows.Close()
	var row periodRow
	var owner string
	targets := append([]any{&owner}, row.targets()...)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, nil, err
		}
		p, err := row.period(t.collection)
		if err != nil {
			return nil, nil, err
		}
		periods, owners = append(periods, *p), append(owners, owner)
	}
	return periods, owners, rows.Err()
}

// selectFeatures reads the features f that the rest of the statement leaves.
// Its values are bound in s.
func (t *table) selectFeatures(ctx context.Context, tx pgx.Tx, s *statement, rest string) ([]geo.Feature, error) {
	rows, err := tx.Query(ctx, "SELECT "+t.featureColumns()+" FROM "+t.featureRows(s)+" f "+rest, s.args...)
	if err != nil {
		return nil, err
	}
	return t.scanFeatures(rows)
}

func (t *table) scanFeatures(rows pgx.Rows) ([]geo.Feature, error) {
	defer rows.Close()
	var features []geo.Feature
	row := newFeatureRow(t.collection)
	targets := row.targets()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		f, err := row.feature()
		if err != nil {
			return nil, err
		}
		features = append(features, *f)
	}
	return features, rows.Err()
}

// selectPeriods reads the periods s that the rest of the statement leaves.
// Its values are bound in s.
func (t *table) selectPeriods(ctx context.Context, tx pgx.Tx, s *statement, rest string) ([]geo.Period, error) {
	rows, err := tx.Query(ctx, "SELECT "+t.periodColumns()+" FROM "+t.statusRows(s)+" s "+rest, s.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var periods []geo.Period
	var row periodRow
	targets := row.targets()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		p, err := row.period(t.collection)
		if err != nil {
			return nil, err
		}
		periods = append(periods, *p)
	}
	return periods, rows.Err()
}

// sources reads the sources that the rest of the statement leaves. Its values are
// bound in s.
func (v view) sources(ctx context.Context, tx pgx.Tx, s *statement, rest string) ([]geo.Source, error) {
	text := v.sourcesSQL(s, rest)
	rows, err := tx.Query(ctx, text, s.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanSource)
}

func (v view) sourcesSQL(s *statement, rest string) string {
	return "SELECT " + sourceColumns + " FROM " + v.sourceRows(s) + " src " + rest
}
