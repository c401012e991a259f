package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"oxus/geo"
)

// WriteLayer is a geo.TableWriter: a GeoPackage with one indexed layer. It is made
// on disk, because SQLite writes to and fro, and removed when it is written to w.
func WriteLayer(ctx context.Context, w io.Writer, l *geo.Table, rows iter.Seq2[geo.TableRow, error]) (err error) {
	dir, err := os.MkdirTemp("", "oxus-layer-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, l.Name+".gpkg")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	if err := fillLayer(ctx, path, l, rows); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

func fillLayer(ctx context.Context, path string, l *geo.Table, rows iter.Seq2[geo.TableRow, error]) (err error) {
	// Nobody else has the file, and nobody has it when it is half written.
	db, _, err := pool(path, 1, "journal_mode(off)", "synchronous(off)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	t := layerTable(l)
	if _, err := c.ExecContext(ctx, standardSQL+fmt.Sprintf("\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;\nBEGIN", applicationID, userVersion)); err != nil {
		return err
	}
	if err := t.make(ctx, c); err != nil {
		return err
	}
	if err := t.insertRows(ctx, c, rows); err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, "COMMIT")
	return err
}

func layerTable(l *geo.Table) *table {
	types := [...]string{geo.TableText: "TEXT", geo.TableInteger: "INTEGER", geo.TableReal: "REAL", geo.TableDay: "DATE", geo.TableList: "TEXT"}
	t := &table{
		name: tableName(l.Name), title: l.Title, description: l.Description, geometry: geometryName(l.Geometry),
		columns: []column{{name: idColumn, sqlType: "TEXT", title: "Identifier", rule: "NOT NULL"}}, key: []string{idColumn},
	}
	for _, c := range l.Columns {
		t.columns = append(t.columns, column{name: c.Name, sqlType: types[c.Type], title: c.Title})
	}
	return t
}

// make makes the table with what tells other programs of it.
func (t *table) make(ctx context.Context, c *sql.Conn) error {
	for _, statement := range t.createSQL() {
		if _, err := c.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if err := t.register(ctx, c); err != nil {
		return err
	}
	for _, trigger := range t.indexTriggers() {
		if _, err := c.ExecContext(ctx, trigger); err != nil {
			return err
		}
	}
	return t.describe(ctx, c)
}

func (t *table) insertRows(ctx context.Context, c *sql.Conn, rows iter.Seq2[geo.TableRow, error]) (err error) {
	names := []string{idColumn}
	if t.geometry != "" {
		names = append(names, geomColumn)
	}
	for i := range t.columns[1:] {
		names = append(names, t.columns[1+i].name)
	}
	insert, err := c.PrepareContext(ctx, "INSERT INTO "+quoted(t.name)+" ("+quotedList(names)+") VALUES (?"+strings.Repeat(", ?", len(names)-1)+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	extent := newExtent(t)
	for row, err := range rows {
		if err != nil {
			return err
		}
		values := []any{row.ID}
		if t.geometry != "" {
			blob, err := encodeGeometry(row.Geometry)
			if err != nil {
				return err
			}
			extent.add(blob)
			values = append(values, blobOrNull(blob))
		}
		if _, err := insert.ExecContext(ctx, slices.Concat(values, row.Values)...); err != nil {
			return err
		}
	}
	return extent.keep(ctx, c)
}

func blobOrNull(blob []byte) any {
	if blob == nil {
		return nil
	}
	return blob
}
