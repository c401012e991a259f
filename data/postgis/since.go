package postgis

import (
	"context"
	"slices"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// missed are the revisions after the state that a change was made against, up to the
// last before the change itself.
type missed struct{ since, last int64 }

// missedBy is nil where the change asks nothing, or the record has not moved on. The
// transaction has its moment: nobody else records any more.
func missedBy(ctx context.Context, tx pgx.Tx, ch *geo.Change) (*missed, error) {
	if ch.Since == nil {
		return nil, nil
	}
	now, err := latest(ctx, tx)
	if err != nil || now.Last <= ch.Since.Last {
		return nil, err
	}
	return &missed{ch.Since.Last, now.Last}, nil
}

// refuse is a Conflict about the periods and sources of a part of which there are such
// revisions.
func (m *missed) refuse(ctx context.Context, tx pgx.Tx, part *geo.Change) error {
	if m == nil {
		return nil
	}
	var faults []geo.Fault
	for _, of := range part.Uncounted() {
		ids := slices.DeleteFunc(of.IDs, func(id string) bool { return !storable(id) })
		rows, err := tx.Query(ctx, `
SELECT DISTINCT id FROM oxus.revisions
 WHERE collection = $1 AND kind = $2 AND id = ANY ($3) AND seq > $4 AND seq <= $5 ORDER BY id`,
			of.Collection, of.Kind, ids, m.since, m.last)
		if err != nil {
			return err
		}
		changed, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, id := range changed {
			faults = append(faults, of.Changed(id))
		}
	}
	if faults != nil {
		return &geo.Error{Kind: geo.Conflict, Faults: faults}
	}
	return nil
}
