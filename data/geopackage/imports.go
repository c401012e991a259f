package geopackage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"oxus/geo"
)

// importsSQL makes the tables of imports, also in files that an earlier program
// made. They are no layers of the GeoPackage, and no history knows of them.
var importsSQL = []string{
	`CREATE TABLE IF NOT EXISTS oxus_imports (
	id TEXT NOT NULL PRIMARY KEY,
	state TEXT NOT NULL CHECK (state IN ('uploaded', 'decoded', 'checked', 'staged', 'applied', 'discarded', 'rolled-back')),
	serial INTEGER NOT NULL CHECK (serial > 0), collection TEXT NOT NULL, file TEXT, digest TEXT, size INTEGER NOT NULL,
	actor TEXT NOT NULL, token TEXT, created TEXT NOT NULL, changed TEXT NOT NULL, options TEXT, report TEXT,
	base_moment TEXT NOT NULL, base_last INTEGER NOT NULL, moment TEXT, undoes TEXT, undone_by TEXT,
	CHECK (state <> 'applied' OR moment IS NOT NULL), UNIQUE (actor, token))`,
	`CREATE INDEX IF NOT EXISTS oxus_imports_newest ON oxus_imports (created DESC, id DESC)`,
	`CREATE TABLE IF NOT EXISTS oxus_import_parts (
	import TEXT NOT NULL, number INTEGER NOT NULL, part BLOB NOT NULL, PRIMARY KEY (import, number))`,
	`CREATE TABLE IF NOT EXISTS oxus_mappings (name TEXT NOT NULL PRIMARY KEY, collection TEXT NOT NULL, fields TEXT NOT NULL)`,
}

const (
	importColumns = "id, state, serial, collection, file, digest, size, actor, token, created, changed, options, report, " +
		"base_moment, base_last, moment, undoes, undone_by"
	// listedColumns are the same without the report.
	listedColumns = "id, state, serial, collection, file, digest, size, actor, token, created, changed, options, NULL, " +
		"base_moment, base_last, moment, undoes, undone_by"
)

// importTime is how moments of imports are written: texts that sort as they do.
const importTime = "2006-01-02T15:04:05.000000Z"

func importValues(im *geo.Import) []any {
	var moment any
	if !im.Moment.IsZero() {
		moment = im.Moment.UTC().Format(importTime)
	}
	return []any{
		im.ID, string(im.State), im.Serial, im.Collection, orNull(im.File), orNull(im.Digest), im.Size, im.Actor, orNull(im.Token),
		im.Created.Format(importTime), im.Changed.Format(importTime), orNull(string(im.Options)), orNull(string(im.Report)),
		im.Base.Moment.Format(importTime), im.Base.Last, moment, orNull(im.Undoes), orNull(im.UndoneBy),
	}
}

func scanImport(scan func(...any) error) (geo.Import, error) {
	var im geo.Import
	var state, created, changed, base string
	var file, digest, token, options, report, moment, undoes, undoneBy sql.NullString
	err := scan(&im.ID, &state, &im.Serial, &im.Collection, &file, &digest, &im.Size, &im.Actor, &token,
		&created, &changed, &options, &report, &base, &im.Base.Last, &moment, &undoes, &undoneBy)
	if err != nil {
		return im, err
	}
	im.State, im.File, im.Digest, im.Token = geo.ImportState(state), file.String, digest.String, token.String
	im.Undoes, im.UndoneBy = undoes.String, undoneBy.String
	for text, into := range map[*sql.NullString]*json.RawMessage{&options: &im.Options, &report: &im.Report} {
		if text.Valid {
			*into = json.RawMessage(text.String)
		}
	}
	var errs []error
	parse := func(text string, into *time.Time) {
		var err error
		*into, err = time.Parse(importTime, text)
		errs = append(errs, err)
	}
	parse(created, &im.Created)
	parse(changed, &im.Changed)
	parse(base, &im.Base.Moment)
	if moment.Valid {
		parse(moment.String, &im.Moment)
	}
	return im, errors.Join(errs...)
}

// querier is a connection or a pool.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// findImport returns the import that a condition names, nil for none.
func findImport(ctx context.Context, q querier, where string, args ...any) (*geo.Import, error) {
	im, err := scanImport(q.QueryRowContext(ctx, "SELECT "+importColumns+" FROM oxus_imports WHERE "+where, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &im, nil
}

func addImport(ctx context.Context, c *sql.Conn, im geo.Import, moment time.Time) error {
	im, err := im.Added(moment)
	if err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, "INSERT INTO oxus_imports ("+importColumns+") VALUES ("+placeholders(len(importValues(&im)))+")", importValues(&im)...)
	if isCode(err, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return geo.ImportTaken(im.ID)
	}
	return tokenTaken(&im, err)
}

func tokenTaken(im *geo.Import, err error) error {
	if isCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
		return geo.TokenTaken(im.Token)
	}
	return err
}

func putImport(ctx context.Context, c *sql.Conn, im geo.Import, moment time.Time) (geo.Import, error) {
	stored, err := findImport(ctx, c, "id = ?", im.ID)
	if err != nil {
		return im, err
	}
	if im, err = im.After(stored, moment); err != nil {
		return im, err
	}
	values := importValues(&im)
	_, err = c.ExecContext(ctx, "UPDATE oxus_imports SET ("+importColumns+") = ("+placeholders(len(values))+") WHERE id = ?", append(values, im.ID)...)
	return im, tokenTaken(&im, err)
}

// writeImports writes the imports of a change that is recorded at a moment.
func writeImports(ctx context.Context, c *sql.Conn, imports []geo.Import, recorded string) error {
	if len(imports) == 0 {
		return nil
	}
	moment, err := time.Parse(recordFormat, recorded)
	if err != nil {
		return err
	}
	for _, im := range imports {
		if im.Serial == 0 {
			err = addImport(ctx, c, im, moment)
		} else {
			_, err = putImport(ctx, c, im, moment)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// interrupted is the error that a sequence which is written has ended with. It goes
// back to whoever gave the sequence as it is, whatever it is.
type interrupted struct{ error }

// change runs do in one transaction of a file that is still there.
func (f *File) change(ctx context.Context, do func(*sql.Conn) error) error {
	if err := f.present(); err != nil {
		return err
	}
	err := f.write(ctx, do)
	if given := (*interrupted)(nil); errors.As(err, &given) {
		return given.error
	}
	return failure(ctx, f.path, err)
}

// AddImport implements geo.Importer.
func (f *File) AddImport(ctx context.Context, im geo.Import) error {
	return f.change(ctx, func(c *sql.Conn) error { return addImport(ctx, c, im, time.Time{}) })
}

// PutImport implements geo.Importer.
func (f *File) PutImport(ctx context.Context, im geo.Import) (written geo.Import, err error) {
	err = f.change(ctx, func(c *sql.Conn) (err error) {
		written, err = putImport(ctx, c, im, time.Time{})
		return err
	})
	return written, err
}

// FindImport implements geo.Importer.
func (f *File) FindImport(ctx context.Context, id string) (geo.Import, error) {
	return f.find(ctx, "id = ?", id)
}

// FindToken implements geo.Importer.
func (f *File) FindToken(ctx context.Context, actor, token string) (geo.Import, error) {
	return f.find(ctx, "actor = ? AND token = ?", actor, token)
}

func (f *File) find(ctx context.Context, where string, args ...any) (geo.Import, error) {
	im, err := findImport(ctx, f.reader, where, args...)
	switch {
	case err != nil:
		return geo.Import{}, failure(ctx, f.path, err)
	case im == nil:
		return geo.Import{}, geo.NoImport()
	}
	return *im, nil
}

// Imports implements geo.Importer.
func (f *File) Imports(ctx context.Context, q geo.ImportQuery) ([]geo.Import, error) {
	where, args := []string{"true"}, []any{}
	if q.After != "" {
		last, err := f.FindImport(ctx, q.After)
		if err != nil {
			return nil, err
		}
		where, args = append(where, "(created, id) < (?, ?)"), append(args, last.Created.Format(importTime), last.ID)
	}
	if len(q.States) > 0 {
		where = append(where, "state IN ("+placeholders(len(q.States))+")")
		for _, s := range q.States {
			args = append(args, string(s))
		}
	}
	limit := -1
	if q.Limit > 0 {
		limit = q.Limit
	}
	rows, err := f.reader.QueryContext(ctx, "SELECT "+listedColumns+" FROM oxus_imports WHERE "+strings.Join(where, " AND ")+
		" ORDER BY created DESC, id DESC LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, failure(ctx, f.path, err)
	}
	defer func() { _ = rows.Close() }()
	var imports []geo.Import
	for rows.Next() {
		im, err := scanImport(rows.Scan)
		if err != nil {
			return nil, failure(ctx, f.path, err)
		}
		imports = append(imports, im)
	}
	return imports, failure(ctx, f.path, rows.Err())
}

// Stage implements geo.Importer. Nobody else writes meanwhile; the sequence may
// read, but not write.
func (f *File) Stage(ctx context.Context, id string, parts iter.Seq2[[]byte, error]) error {
	if _, err := f.FindImport(ctx, id); err != nil {
		return err
	}
	return f.change(ctx, func(c *sql.Conn) error {
		if _, err := c.ExecContext(ctx, "DELETE FROM oxus_import_parts WHERE import = ?", id); err != nil {
			return err
		}
		put, err := c.PrepareContext(ctx, "INSERT INTO oxus_import_parts VALUES (?, ?, ?)")
		if err != nil {
			return err
		}
		defer func() { _ = put.Close() }()
		number := 0
		for part, err := range parts {
			if err != nil {
				return &interrupted{err}
			}
			if part == nil {
				part = []byte{} // not NULL
			}
			if _, err := put.ExecContext(ctx, id, number, part); err != nil {
				return err
			}
			number++
		}
		return nil
	})
}

// Staged implements geo.Importer. It reads over a connection of its own, row by
// row, and keeps nobody from writing.
func (f *File) Staged(ctx context.Context, id string, passed int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		rows, err := f.apart.QueryContext(ctx, "SELECT part FROM oxus_import_parts WHERE import = ? AND number >= ? ORDER BY number", id, passed)
		if err != nil {
			yield(nil, failure(ctx, f.path, err))
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var part []byte
			if err := rows.Scan(&part); err != nil {
				yield(nil, failure(ctx, f.path, err))
				return
			}
			if !yield(part, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, failure(ctx, f.path, err))
		}
	}
}

// PutMapping implements geo.MappingKeeper.
func (f *File) PutMapping(ctx context.Context, m geo.Mapping) error {
	if err := m.Check(); err != nil {
		return err
	}
	fields, err := json.Marshal(m.Fields)
	if err != nil {
		return err
	}
	return f.change(ctx, func(c *sql.Conn) error {
		_, err := c.ExecContext(ctx, "INSERT INTO oxus_mappings VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET collection = excluded.collection, fields = excluded.fields",
			m.Name, m.Collection, string(fields))
		return err
	})
}

// Mappings implements geo.MappingKeeper.
func (f *File) Mappings(ctx context.Context) ([]geo.Mapping, error) {
	rows, err := f.reader.QueryContext(ctx, "SELECT name, collection, fields FROM oxus_mappings ORDER BY name")
	if err != nil {
		return nil, failure(ctx, f.path, err)
	}
	defer func() { _ = rows.Close() }()
	var mappings []geo.Mapping
	for rows.Next() {
		var m geo.Mapping
		var fields string
		if err := rows.Scan(&m.Name, &m.Collection, &fields); err != nil {
			return nil, failure(ctx, f.path, err)
		}
		if err := json.Unmarshal([]byte(fields), &m.Fields); err != nil {
			return nil, err
		}
		mappings = append(mappings, m)
	}
	return mappings, failure(ctx, f.path, rows.Err())
}
