package postgis

import (
	"context"
	"fmt"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// remove deletes rows of some kinds in their order, those of one table with one
// statement, and reports every one that is not there, or not at the revision expected.
func (s *Store) remove(ctx context.Context, tx pgx.Tx, removals []geo.Removal, kinds ...geo.RowKind) error {
	var faults []geo.Fault
	for _, kind := range kinds {
		groups, order := map[string][]*geo.Removal{}, []string(nil)
		for i := range removals {
			if r := &removals[i]; r.Kind == kind {
				if groups[r.Collection] == nil {
					order = append(order, r.Collection)
				}
				groups[r.Collection] = append(groups[r.Collection], r)
			}
		}
		for _, collection := range order {
			wrong, err := s.removeRows(ctx, tx, kind, collection, groups[collection])
			if err != nil {
				return err
			}
			faults = append(faults, wrong...)
		}
	}
	if faults != nil {
		return &geo.Error{Kind: geo.Conflict, Faults: faults}
	}
	return nil
}

// removeRows deletes rows of one kind and collection, or says which cannot be.
func (s *Store) removeRows(ctx context.Context, tx pgx.Tx, kind geo.RowKind, collection string, removals []*geo.Removal) ([]geo.Fault, error) {
	table, err := s.tableOf(kind, collection)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(removals))
	for _, r := range removals {
		if storable(r.ID) {
			ids = append(ids, r.ID)
		}
	}
	stored, err := lockedRevisions(ctx, tx, table, kind, ids)
	if err != nil {
		return nil, err
	}
	var faults []geo.Fault
	for _, r := range removals {
		revision, there := stored[r.ID]
		switch {
		case !there:
			faults = append(faults, geo.Fault{Rule: geo.RuleChanged, Place: r.Place(), Detail: "it is not there any more"})
		case kind == geo.FeatureRow && revision != r.Expect:
			faults = append(faults, geo.Fault{Rule: geo.RuleChanged, Place: r.Place(), Detail: fmt.Sprintf("it is at revision %d, not %d", revision, r.Expect)})
		}
	}
	if faults != nil {
		return faults, nil
	}
	if kind == geo.SourceRow {
		if err := s.cited(ctx, tx, ids); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, "DELETE FROM "+table+" WHERE id = ANY ($1)", ids)
	return nil, err
}

// cited refuses to remove sources that are cited, by the names of what cites them: the
// constraint that holds it names the source to the log alone.
func (s *Store) cited(ctx context.Context, tx pgx.Tx, ids []string) error {
	rows, err := tx.Query(ctx, "SELECT DISTINCT kind, collection FROM oxus.citations WHERE source = ANY ($1) ORDER BY kind, collection", ids)
	if err != nil {
		return err
	}
	citing, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Kind       geo.RowKind
		Collection string
	}])
	if err != nil {
		return err
	}
	var faults []geo.Fault
	for _, of := range citing {
		table, err := s.tableOf(of.Kind, of.Collection)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "SELECT t.id, source FROM "+table+" t, unnest(t.sources) source WHERE source = ANY ($1) ORDER BY 1, 2 LIMIT 100", ids)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (geo.Fault, error) {
			r := geo.Removal{Kind: of.Kind, Collection: of.Collection}
			var source string
			err := row.Scan(&r.ID, &source)
			place := r.Place()
			place.Field = geo.SourcesID
			return geo.Fault{Rule: geo.RuleSource, Place: place, Detail: fmt.Sprintf("there is no source %q", source)}, err
		})
		if err != nil {
			return err
		}
		faults = append(faults, found...)
	}
	return geo.Faulty(faults)
}

// tableOf is the table of a kind of rows.
func (s *Store) tableOf(kind geo.RowKind, collection string) (string, error) {
	if kind == geo.SourceRow {
		return quote(schema, "sources"), nil
	}
	c, err := s.atlas.Stored(collection)
	if err != nil {
		return "", err
	}
	t := s.tables[c.ID]
	switch {
	case kind == geo.FeatureRow:
		return t.features, nil
	case t.status == "":
		return "", geo.Errorf(geo.Invalid, "Features of %s have no status.", c.ID)
	default:
		return t.status, nil
	}
}

// lockedRevisions keeps rows as they are until the end, and returns the revisions of
// those that are there; only features have one.
func lockedRevisions(ctx context.Context, tx pgx.Tx, table string, kind geo.RowKind, ids []string) (map[string]int64, error) {
	revision := "0::bigint"
	if kind == geo.FeatureRow {
		revision = "revision"
	}
	rows, err := tx.Query(ctx, "SELECT id, "+revision+" FROM "+table+" WHERE id = ANY ($1) ORDER BY id FOR UPDATE", ids)
	if err != nil {
		return nil, err
	}
	stored := make(map[string]int64, len(ids))
	var id string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		stored[id] = n
		return nil
	})
	return stored, err
}
