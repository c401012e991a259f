package geopackage

import (
	"context"
	"database/sql"
	"fmt"
)

// register tells other programs of a new table: its kind, its geometry and its
// spatial index.
func (t *table) register(ctx context.Context, c *sql.Conn) error {
	kind, srs := "attributes", any(nil)
	if t.geometry != "" {
		kind, srs = "features", srsID
	}
	if _, err := c.ExecContext(ctx, `INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)`,
		t.name, kind, t.name, srs); err != nil {
		return err
	}
	if t.geometry == "" {
		return nil
	}
	if _, err := c.ExecContext(ctx, `INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)`,
		t.name, geomColumn, t.geometry, srsID); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, `INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')`,
		t.name, geomColumn)
	return err
}

// describe writes titles, descriptions, code lists and ranges of the table in
// the place of what is there.
func (t *table) describe(ctx context.Context, c *sql.Conn) error {
	for _, stale := range []string{
		`DELETE FROM gpkg_data_column_constraints WHERE constraint_name IN (SELECT constraint_name FROM gpkg_data_columns WHERE table_name = ?)`,
		`DELETE FROM gpkg_data_columns WHERE table_name = ?`,
	} {
		if _, err := c.ExecContext(ctx, stale, t.name); err != nil {
			return err
		}
	}
	for i := range t.columns {
		if err := t.columns[i].describe(ctx, c, t.name); err != nil {
			return fmt.Errorf("describe the column %s: %w", t.columns[i].name, err)
		}
	}
	_, err := c.ExecContext(ctx, `UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?`, t.title, t.description, t.name)
	return err
}

func (col *column) describe(ctx context.Context, c *sql.Conn, tableName string) error {
	constraint, err := col.constrain(ctx, c, tableName)
	if err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, `INSERT INTO gpkg_data_columns (table_name, column_name, title, description, mime_type, constraint_name) VALUES (?, ?, ?, ?, ?, ?)`,
		tableName, col.name, orNull(col.title), orNull(col.description), orNull(col.mime), orNull(constraint))
	return err
}

// constrain writes the code list or the range of a column and returns its name,
// "" when the column has neither.
func (col *column) constrain(ctx context.Context, c *sql.Conn, tableName string) (string, error) {
	name := tableName + "_" + col.name
	for _, code := range col.codes {
		if _, err := c.ExecContext(ctx, `INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description) VALUES (?, 'enum', ?, ?)`,
			name, code.Value, code.Title); err != nil {
			return "", err
		}
	}
	switch {
	case len(col.codes) > 0:
		return name, nil
	case col.max > col.min:
		_, err := c.ExecContext(ctx, `INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, min, min_is_inclusive, max, max_is_inclusive) VALUES (?, 'range', ?, 1, ?, 1)`,
			name, col.min, col.max)
		return name, err
	}
	return "", nil
}

// orNull keeps the blank text as NULL, the one form other programs expect of a
// value that is not there.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
