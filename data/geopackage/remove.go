package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"oxus/geo"
)

// remove deletes rows and reports every one that is not there, or not at the
// revision expected.
func (f *File) remove(ctx context.Context, c *sql.Conn, removals []geo.Removal) error {
	var faults []geo.Fault
	extents := map[string]*extent{}
	for i := range removals {
		r := &removals[i]
		fault, err := f.removeRow(ctx, c, r, extents)
		if err != nil {
			return err
		}
		if fault != "" {
			faults = append(faults, geo.Fault{Rule: geo.RuleChanged, Place: r.Place(), Detail: fault})
		}
	}
	if faults != nil {
		return &geo.Error{Kind: geo.Conflict, Faults: faults}
	}
	for _, e := range extents {
		if err := e.keep(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) removeRow(ctx context.Context, c *sql.Conn, r *geo.Removal, extents map[string]*extent) (fault string, err error) {
	switch r.Kind {
	case geo.FeatureRow:
		return f.removeFeature(ctx, c, r, extents)
	case geo.StatusRow:
		return deleted(c.ExecContext(ctx, `DELETE FROM "status_periods" WHERE "collection" = ? AND "id" = ?`, r.Collection, r.ID))
	case geo.SourceRow:
		return deleted(c.ExecContext(ctx, `DELETE FROM "sources" WHERE "id" = ?`, r.ID))
	default:
		return "", geo.Errorf(geo.Invalid, "There are no rows of kind %q.", r.Kind)
	}
}

// deleted says what is wrong with a deletion that found nothing.
func deleted(result sql.Result, err error) (fault string, _ error) {
	if err != nil {
		return "", err
	}
	n, err := result.RowsAffected()
	if n == 0 {
		fault = "it is not there any more"
	}
	return fault, err
}

func (f *File) removeFeature(ctx context.Context, c *sql.Conn, r *geo.Removal, extents map[string]*extent) (fault string, err error) {
	t := f.layout.features[r.Collection]
	if t == nil {
		return "", geo.Errorf(geo.Invalid, "There is no collection %q.", r.Collection)
	}
	geometry := "NULL"
	if t.geometry != "" {
		geometry = quoted(geomColumn)
	}
	var revision int64
	var old []byte
	err = c.QueryRowContext(ctx, fmt.Sprintf(`SELECT "revision", %s FROM %s WHERE "id" = ?`, geometry, quoted(t.name)), r.ID).Scan(&revision, &old)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "it is not there any more", nil
	case err != nil:
		return "", err
	case revision != r.Expect:
		return fmt.Sprintf("it is at revision %d, not %d", revision, r.Expect), nil
	}
	if extents[t.name] == nil {
		extents[t.name] = newExtent(t)
		if err := extents[t.name].load(ctx, c); err != nil {
			return "", err
		}
	}
	extents[t.name].remove(old)
	return deleted(c.ExecContext(ctx, fmt.Sprintf(`DELETE FROM %s WHERE "id" = ?`, quoted(t.name)), r.ID))
}
