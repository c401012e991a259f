package postgis

import (
	"context"
	"slices"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// Detail implements geo.Reader.
func (v view) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	t, err := v.table(c)
	if err != nil {
		return nil, err
	}
	if !storable(id) {
		return nil, notFound(c, id)
	}
	d := &geo.Detail{}
	err = v.store.inSnapshot(ctx, func(tx pgx.Tx) error {
		if d.Feature, err = t.one(ctx, tx, id); err != nil {
			return err
		}
		if t.status != "" {
			if d.History, err = t.history(ctx, tx, id); err != nil {
				return err
			}
			d.Standing = geo.StandingOn(on, d.History)
		}
		d.Sources, err = v.named(ctx, tx, cited(d))
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
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

func (t *table) one(ctx context.Context, tx pgx.Tx, id string) (*geo.Feature, error) {
	var s statement
	features, err := t.selectFeatures(ctx, tx, &s, "WHERE f.id = "+s.bind(id))
	if err != nil {
		return nil, err
	}
	if len(features) == 0 {
		return nil, notFound(t.collection, id)
	}
	return &features[0], nil
}

// history returns the periods that speak for a feature, in order.
func (t *table) history(ctx context.Context, tx pgx.Tx, id string) ([]geo.Period, error) {
	var s statement
	periods, _, err := t.selectOwned(ctx, tx, &s, "f.id = "+s.bind(id))
	return periods, err
}

// selectOwned reads the periods that speak for the features f of a condition, in
// order, each with the id of its feature.
func (t *table) selectOwned(ctx context.Context, tx pgx.Tx, s *statement, condition string) (periods []geo.Period, owners []string, err error) {
	rows, err := tx.Query(ctx, "SELECT f.id, "+t.periodColumns()+" FROM "+t.statusRows(s)+" s JOIN "+t.featureRows(s)+" f ON "+t.owned()+
		" WHERE "+condition+" ORDER BY s.from_date, s.id", s.args...)
	if err != nil {
		return nil, nil, err
	}
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

// cited returns the ids of the sources of a feature and of its history, once each.
func cited(d *geo.Detail) []string {
	ids := slices.Clone(d.Feature.Sources)
	for i := range d.History {
		ids = append(ids, d.History[i].Sources...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// selectFeatures reads the features f that the rest of the statement leaves.
// Its values are bound in s.
func (t *table) selectFeatures(ctx context.Context, tx pgx.Tx, s *statement, rest string) ([]geo.Feature, error) {
	rows, err := tx.Query(ctx, "SELECT "+t.featureColumns()+" FROM "+t.featureRows(s)+" f "+rest, s.args...)
	if err != nil {
		return nil, err
	}
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
	from := v.sourceRows(s)
	rows, err := tx.Query(ctx, "SELECT "+sourceColumns+" FROM "+from+" src "+rest, s.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanSource)
}
