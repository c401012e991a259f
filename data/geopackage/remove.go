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
	p := &prepared{c: c, statements: map[string]*sql.Stmt{}}
	defer p.close()
	for i := range removals {
		r := &removals[i]
		fault, err := f.removeRow(ctx, p, r, extents)
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

// prepared keeps statements that are run for row after row: to compile the deletion of
// one, with all that its triggers do, costs many times the deletion.
type prepared struct {
	c          *sql.Conn
	statements map[string]*sql.Stmt
}

func (p *prepared) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if st := p.statements[text]; st != nil {
		return st, nil
	}
	st, err := p.c.PrepareContext(ctx, text)
	if err == nil {
		p.statements[text] = st
	}
	return st, err
}

func (p *prepared) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	st, err := p.statement(ctx, text) //nolint:sqlclosecheck // closed by prepared.close
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (p *prepared) close() {
	for _, st := range p.statements {
		_ = st.Close()
	}
}

func (f *File) removeRow(ctx context.Context, p *prepared, r *geo.Removal, extents map[string]*extent) (fault string, err error) {
	switch r.Kind {
	case geo.FeatureRow:
		return f.removeFeature(ctx, p, r, extents)
	case geo.StatusRow:
		return deleted(p.exec(ctx, `DELETE FROM "status_periods" WHERE "collection" = ? AND "id" = ?`, r.Collection, r.ID))
	case geo.SourceRow:
		return deleted(p.exec(ctx, `DELETE FROM "sources" WHERE "id" = ?`, r.ID))
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

func (f *File) removeFeature(ctx context.Context, p *prepared, r *geo.Removal, extents map[string]*extent) (fault string, err error) {
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
	stored, err := p.statement(ctx, fmt.Sprintf(`SELECT "revision", %s FROM %s WHERE "id" = ?`, geometry, quoted(t.name))) //nolint:sqlclosecheck // closed by prepared.close
	if err != nil {
		return "", err
	}
	err = stored.QueryRowContext(ctx, r.ID).Scan(&revision, &old)
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
		if err := extents[t.name].load(ctx, p.c); err != nil {
			return "", err
		}
	}
	extents[t.name].remove(old)
	return deleted(p.exec(ctx, fmt.Sprintf(`DELETE FROM %s WHERE "id" = ?`, quoted(t.name)), r.ID))
}
