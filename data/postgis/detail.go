package postgis

import (
	"context"
	"slices"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// Detail implements geo.Reader.
func (s *Store) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	t, err := s.table(c)
	if err != nil {
		return nil, err
	}
	if !storable(id) {
		return nil, notFound(c, id)
	}
	d := &geo.Detail{}
	err = s.inSnapshot(ctx, func(tx pgx.Tx) error {
		if d.Feature, err = t.one(ctx, tx, id); err != nil {
			return err
		}
		if t.status != "" {
			if d.History, err = t.history(ctx, tx, id); err != nil {
				return err
			}
			d.Standing = geo.StandingOn(on, d.History)
		}
		d.Sources, err = sources(ctx, tx, "WHERE id = ANY ($1) ORDER BY id", cited(d))
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Sources implements geo.Reader.
func (s *Store) Sources(ctx context.Context, ids []string) (named []geo.Source, err error) {
	err = s.inSnapshot(ctx, func(tx pgx.Tx) error {
		named, err = sources(ctx, tx, "WHERE id = ANY ($1) ORDER BY id", ids)
		return err
	})
	return named, err
}

func notFound(c *geo.Collection, id string) error {
	return geo.Errorf(geo.NotFound, "There is no feature %q in %s.", id, c.ID)
}

func (t *table) one(ctx context.Context, tx pgx.Tx, id string) (*geo.Feature, error) {
	features, err := t.selectFeatures(ctx, tx, "WHERE f.id = $1", id)
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
	return t.selectPeriods(ctx, tx, "JOIN "+t.features+" f ON "+t.owned()+" WHERE f.id = $1 ORDER BY s.from_date, s.id", id)
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
func (t *table) selectFeatures(ctx context.Context, tx pgx.Tx, rest string, args ...any) ([]geo.Feature, error) {
	rows, err := tx.Query(ctx, "SELECT "+t.featureColumns()+" FROM "+t.features+" f "+rest, args...)
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
func (t *table) selectPeriods(ctx context.Context, tx pgx.Tx, rest string, args ...any) ([]geo.Period, error) {
	rows, err := tx.Query(ctx, "SELECT "+t.periodColumns()+" FROM "+t.status+" s "+rest, args...)
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

// sources reads the sources that the rest of the statement leaves.
func sources(ctx context.Context, tx pgx.Tx, rest string, args ...any) ([]geo.Source, error) {
	rows, err := tx.Query(ctx, "SELECT "+sourceColumns+" FROM oxus.sources "+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanSource)
}
