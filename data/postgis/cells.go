package postgis

import (
	"context"
	"fmt"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// CountCells implements geo.CellCounter: the database counts, and sends what it counted.
func (v view) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	t, err := v.table(q.Collection)
	if err != nil {
		return nil, err
	}
	sql, args, err := t.cellsSQL(&q, property, grid)
	if err != nil {
		return nil, err
	}
	conn, err := v.store.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, failed(ctx, err)
	}
	counts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n geo.CellCount, err error) {
		return n, row.Scan(&n.Cell, &n.Value, &n.Count, &n.X, &n.Y, &n.First)
	})
	return counts, failed(ctx, err)
}

// cellsSQL counts the features that answer a query, by a property that the
// collection declares as a text.
func (t *table) cellsSQL(q *geo.Query, property string, grid *geo.Grid) (text string, args []any, err error) {
	i := q.Collection.PropertyIndex(property)
	if i < 0 || q.Collection.Properties[i].Type != geo.Text || q.Near != nil {
		return "", nil, fmt.Errorf("%s of %s is nothing to count by", property, q.Collection.ID)
	}
	ask := *q
	ask.After = ""
	var s statement
	place := ", 0 AS x, 0 AS y"
	if grid != nil {
		place = placeSQL(&s, grid)
	}
	from, err := t.fromSQL(&s, &ask, nil)
	if err != nil {
		return "", nil, err
	}
	cell := "0"
	if grid != nil {
		cell = cellSQL(&s, grid)
	}
	return "SELECT " + cell + " AS cell, value, count(*), coalesce(sum(x), 0)::bigint, coalesce(sum(y), 0)::bigint, min(id)" +
		"\nFROM (SELECT f.id, coalesce(f." + pgx.Identifier{property}.Sanitize() + ", '') AS value" + place + from + ") f" +
		"\nGROUP BY 1, 2", s.args, nil
}

// placeSQL is the position of f in a square of Web Mercator, in whole units. The
// poles, which lie at infinity, are left out by far.
func placeSQL(s *statement, grid *geo.Grid) string {
	world := s.bind(grid.World) + "::float8"
	return ", round((st_x(f.geom) + 180) / 360 * " + world + ")::bigint - " + s.bind(grid.X) + "::bigint AS x" +
		", round((0.5 - asinh(tan(radians(greatest(-89.9, least(89.9, st_y(f.geom)))))) / (2 * pi())) * " + world + ")::bigint - " +
		s.bind(grid.Y) + "::bigint AS y"
}

// cellSQL is the cell of a position; the edges of the world in the south and the
// east belong to its last cells.
func cellSQL(s *statement, grid *geo.Grid) string {
	extent, side := s.bind(grid.Extent)+"::bigint", s.bind(grid.Side)+"::bigint"
	last := func(corner int) int64 {
		if float64(corner+grid.Extent) >= grid.World {
			return int64(grid.Extent)
		}
		return int64(grid.Extent) - 1
	}
	within := "x >= 0 AND y >= 0 AND x <= " + s.bind(last(grid.X)) + "::bigint AND y <= " + s.bind(last(grid.Y)) + "::bigint"
	part := func(v string) string { return "least(" + v + " * " + side + " / " + extent + ", " + side + " - 1)" }
	return "CASE WHEN " + within + " THEN " + part("y") + " * " + side + " + " + part("x") + " ELSE -1 END"
}
