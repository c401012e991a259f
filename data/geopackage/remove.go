package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"oxus/geo"
)

// remove deletes rows and reports every one that is not there, or not at the
// revision expected. Many features of one collection go together.
func (f *File) remove(ctx context.Context, c *sql.Conn, removals []geo.Removal, many *bulkAdding) error {
	var faults []geo.Fault
	extents := extents{}
	p := &prepared{c: c, statements: map[string]*sql.Stmt{}}
	defer p.close()
	for len(removals) > 0 {
		if n := many.removedTogether(removals); n > 0 {
			e, err := extents.of(ctx, c, f.layout.features[removals[0].Collection])
			if err != nil {
				return err
			}
			found, err := many.remove(ctx, removals[:n], e)
			if err != nil {
				return err
			}
			faults, removals = append(faults, found...), removals[n:]
			continue
		}
		r := &removals[0]
		fault, err := f.removeRow(ctx, p, r, extents)
		if err != nil {
			return err
		}
		if fault != "" {
			faults = append(faults, geo.Fault{Rule: geo.RuleChanged, Place: r.Place(), Detail: fault})
		}
		removals = removals[1:]
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

// extents are those of the tables that rows are removed from, by name.
type extents map[string]*extent

// of returns the extent of a table as it was before the first removal.
func (x extents) of(ctx context.Context, c *sql.Conn, t *table) (*extent, error) {
	if x[t.name] == nil {
		x[t.name] = newExtent(t)
		if err := x[t.name].load(ctx, c); err != nil {
			return nil, err
		}
	}
	return x[t.name], nil
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

func (f *File) removeRow(ctx context.Context, p *prepared, r *geo.Removal, extents extents) (fault string, err error) {
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

func (f *File) removeFeature(ctx context.Context, p *prepared, r *geo.Removal, extents extents) (fault string, err error) {
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
	e, err := extents.of(ctx, p.c, t)
	if err != nil {
		return "", err
	}
	e.remove(old)
	return deleted(p.exec(ctx, fmt.Sprintf(`DELETE FROM %s WHERE "id" = ?`, quoted(t.name)), r.ID))
}
