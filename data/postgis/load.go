package postgis

import (
	"context"
	"slices"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// Load implements geo.Keeper.
func (s *Store) Load(ctx context.Context) (*geo.Dataset, error) { return s.load(ctx) }

// LoadAt implements geo.Archive.
func (s *Store) LoadAt(ctx context.Context, st geo.State) (*geo.Dataset, error) {
	return view{s, st, geo.Admin}.load(ctx)
}

// load reads everything in one state.
func (v view) load(ctx context.Context) (*geo.Dataset, error) {
	ds := &geo.Dataset{Features: map[string][]geo.Feature{}, Versions: map[string]string{}, State: v.st}
	err := v.store.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		if v.st.Moment.IsZero() {
			if ds.State, err = latest(ctx, tx); err != nil {
				return err
			}
		}
		if ds.Sources, err = v.sources(ctx, tx, &statement{}, "ORDER BY id"); err != nil {
			return err
		}
		for _, c := range v.store.atlas.Collections {
			if err := v.loadCollection(ctx, tx, c, ds); err != nil {
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

func (v view) loadCollection(ctx context.Context, tx pgx.Tx, c *geo.Collection, ds *geo.Dataset) error {
	t, err := v.table(c)
	if err != nil {
		return err
	}
	// Named alike in the present and in the past, so that one state has one name.
	version, err := v.recordedVersion(c, func(sql string, args ...any) pgx.Row { return tx.QueryRow(ctx, sql, args...) }, ds.State.Last)
	if err != nil {
		return err
	}
	features, err := t.selectFeatures(ctx, tx, &statement{}, "ORDER BY f.id")
	if err != nil {
		return err
	}
	ds.Versions[c.ID], ds.Features[c.ID] = version, features
	if t.status == "" {
		return nil
	}
	periods, err := t.selectPeriods(ctx, tx, &statement{}, "")
	ds.Periods = append(ds.Periods, periods...)
	return err
}
