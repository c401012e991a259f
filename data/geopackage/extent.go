package geopackage

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/paulmach/orb"
)

// extent keeps the bounds of a table in gpkg_contents true. Growing needs no
// look at the table; only when something leaves the edge is it measured anew.
type extent struct {
	table   *table
	bound   orb.Bound
	known   bool // bound covers something
	changed bool
	measure bool
}

func newExtent(t *table) *extent { return &extent{table: t} }

func (e *extent) load(ctx context.Context, c *sql.Conn) error {
	var w, s, east, n sql.NullFloat64
	err := c.QueryRowContext(ctx, `SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?`, e.table.name).Scan(&w, &s, &east, &n)
	e.known = w.Valid && s.Valid && east.Valid && n.Valid
	e.bound = orb.Bound{Min: orb.Point{w.Float64, s.Float64}, Max: orb.Point{east.Float64, n.Float64}}
	return err
}

// add takes in the geometry of a row that is written.
func (e *extent) add(blob []byte) {
	b, located := boundOf(blob)
	switch {
	case !located:
		return
	case !e.known:
		e.bound = b
	default:
		e.bound = e.bound.Union(b)
	}
	e.known, e.changed = true, true
}

// remove takes out the geometry of a row that is replaced.
func (e *extent) remove(blob []byte) {
	if b, located := boundOf(blob); located {
		inside := b.Min[0] > e.bound.Min[0] && b.Min[1] > e.bound.Min[1] && b.Max[0] < e.bound.Max[0] && b.Max[1] < e.bound.Max[1]
		e.measure = e.measure || !inside
	}
}

// keep writes the bounds, and that the table was changed.
func (e *extent) keep(ctx context.Context, c *sql.Conn) error {
	const now = `UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`
	var err error
	switch {
	case e.measure:
		_, err = c.ExecContext(ctx, now+fmt.Sprintf(`, (min_x, min_y, max_x, max_y) =
			(SELECT min(ST_MinX("geom")), min(ST_MinY("geom")), max(ST_MaxX("geom")), max(ST_MaxY("geom")) FROM %s)
			WHERE table_name = ?`, quoted(e.table.name)), e.table.name)
	case e.changed:
		_, err = c.ExecContext(ctx, now+`, min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?`,
			e.bound.Min[0], e.bound.Min[1], e.bound.Max[0], e.bound.Max[1], e.table.name)
	default:
		_, err = c.ExecContext(ctx, now+` WHERE table_name = ?`, e.table.name)
	}
	return err
}
