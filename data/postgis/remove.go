package postgis

import (
	"context"
	"errors"
	"fmt"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// remove deletes rows and reports every one that is not there, or not at the
// revision expected. Periods go first: features cannot go before them.
func (s *Store) remove(ctx context.Context, tx pgx.Tx, removals []geo.Removal) error {
	var faults []geo.Fault
	for _, kind := range []geo.RowKind{geo.StatusRow, geo.FeatureRow, geo.SourceRow} {
		for i := range removals {
			if removals[i].Kind != kind {
				continue
			}
			detail, err := s.removeRow(ctx, tx, &removals[i])
			if err != nil {
				return err
			}
			if detail != "" {
				faults = append(faults, geo.Fault{Rule: geo.RuleChanged, Place: removals[i].Place(), Detail: detail})
			}
		}
	}
	if faults != nil {
		return &geo.Error{Kind: geo.Conflict, Faults: faults}
	}
	return nil
}

func (s *Store) removeRow(ctx context.Context, tx pgx.Tx, r *geo.Removal) (detail string, err error) {
	if r.Kind == geo.SourceRow {
		return deleteRow(ctx, tx, quote(schema, "sources"), r.ID)
	}
	c, err := s.atlas.Stored(r.Collection)
	if err != nil {
		return "", err
	}
	t := s.tables[c.ID]
	if r.Kind == geo.StatusRow {
		if t.status == "" {
			return "", geo.Errorf(geo.Invalid, "Features of %s have no status.", c.ID)
		}
		return deleteRow(ctx, tx, t.status, r.ID)
	}
	var revision int64
	err = tx.QueryRow(ctx, "SELECT revision FROM "+t.features+" WHERE id = $1 FOR UPDATE", r.ID).Scan(&revision)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "it is not there any more", nil
	case err != nil:
		return "", err
	case revision != r.Expect:
		return fmt.Sprintf("it is at revision %d, not %d", revision, r.Expect), nil
	}
	return deleteRow(ctx, tx, t.features, r.ID)
}

func deleteRow(ctx context.Context, tx pgx.Tx, table, id string) (detail string, err error) {
	if !storable(id) {
		return "it is not there any more", nil
	}
	tag, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE id = $1", id)
	if err == nil && tag.RowsAffected() == 0 {
		detail = "it is not there any more"
	}
	return detail, err
}
