package postgis

import (
	"context"
	"slices"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// Load implements geo.Keeper.
func (s *Store) Load(ctx context.Context) (*geo.Dataset, error) {
	ds := &geo.Dataset{Features: map[string][]geo.Feature{}, Versions: map[string]string{}}
	err := s.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		if ds.Sources, err = sources(ctx, tx, "ORDER BY id"); err != nil {
			return err
		}
		for _, c := range s.atlas.Collections {
			if err := s.tables[c.ID].load(ctx, tx, ds); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ds.Periods, geo.ComparePeriods)
	return ds, nil
}

func (t *table) load(ctx context.Context, tx pgx.Tx, ds *geo.Dataset) error {
	id := t.collection.ID
	var version string
	if err := tx.QueryRow(ctx, versionSQL, id).Scan(&version); err != nil {
		return err
	}
	features, err := t.selectFeatures(ctx, tx, "ORDER BY f.id")
	if err != nil {
		return err
	}
	ds.Versions[id], ds.Features[id] = version, features
	if t.status == "" {
		return nil
	}
	periods, err := t.selectPeriods(ctx, tx, "")
	ds.Periods = append(ds.Periods, periods...)
	return err
}
