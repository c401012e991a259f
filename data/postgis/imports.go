package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// importColumns are written, and read with coalesce for those that may be null.
func importColumns() []string {
	return []string{
		"id", "state", "serial", "collection", "file", "digest", "size", "actor", "token", "created", "changed",
		"options", "report", "base_moment", "base_last", "moment", "undoes", "undone_by",
	}
}

const (
	importsSQL = "SELECT id, state, serial, collection, coalesce(file, ''), coalesce(digest, ''), size, actor, coalesce(token, ''), created, changed, " +
		"options, report, base_moment, base_last, moment, coalesce(undoes, ''), coalesce(undone_by, '') FROM oxus.imports"
	// listSQL is the same without the reports.
	listSQL = "SELECT id, state, serial, collection, coalesce(file, ''), coalesce(digest, ''), size, actor, coalesce(token, ''), created, changed, " +
		"options, NULL::json, base_moment, base_last, moment, coalesce(undoes, ''), coalesce(undone_by, '') FROM oxus.imports"
)

func importValues(im *geo.Import) []any {
	var moment any
	if !im.Moment.IsZero() {
		moment = im.Moment
	}
	return []any{
		im.ID, string(im.State), im.Serial, im.Collection, orNull(im.File), orNull(im.Digest), im.Size, im.Actor, orNull(im.Token),
		im.Created, im.Changed, im.Options, im.Report, im.Base.Moment, im.Base.Last, moment, orNull(im.Undoes), orNull(im.UndoneBy),
	}
}

func scanImport(row pgx.CollectableRow) (geo.Import, error) {
	var im geo.Import
	var state string
	var moment *time.Time
	err := row.Scan(&im.ID, &state, &im.Serial, &im.Collection, &im.File, &im.Digest, &im.Size, &im.Actor, &im.Token, &im.Created, &im.Changed,
		&im.Options, &im.Report, &im.Base.Moment, &im.Base.Last, &moment, &im.Undoes, &im.UndoneBy)
	im.State = geo.ImportState(state)
	if moment != nil {
		im.Moment = moment.UTC()
	}
	im.Created, im.Changed, im.Base.Moment = im.Created.UTC(), im.Changed.UTC(), im.Base.Moment.UTC()
	return im, err
}

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// findImport returns the import that a condition names, nil for none.
func findImport(ctx context.Context, q querier, where string, args ...any) (*geo.Import, error) {
	rows, err := q.Query(ctx, importsSQL+" WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	im, err := pgx.CollectExactlyOneRow(rows, scanImport)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return &im, err
}

func addImport(ctx context.Context, tx pgx.Tx, im geo.Import, moment time.Time) error {
	im, err := im.Added(moment)
	if err != nil {
		return err
	}
	values := importValues(&im)
	tag, err := tx.Exec(ctx, "INSERT INTO oxus.imports ("+columns("", importColumns())+") VALUES ("+placeholders(len(values))+") ON CONFLICT (id) DO NOTHING", values...)
	if err == nil && tag.RowsAffected() == 0 {
		return geo.ImportTaken(im.ID)
	}
	return tokenTaken(&im, err)
}

func tokenTaken(im *geo.Import, err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.ConstraintName == "imports_token_id" {
		return geo.TokenTaken(im.Token)
	}
	return err
}

func putImport(ctx context.Context, tx pgx.Tx, im geo.Import, moment time.Time) (geo.Import, error) {
	stored, err := lockImport(ctx, tx, im.ID)
	if err != nil {
		return im, err
	}
	if im, err = im.After(stored, moment); err != nil {
		return im, err
	}
	values := importValues(&im)
	_, err = tx.Exec(ctx, "UPDATE oxus.imports SET ("+columns("", importColumns())+") = ROW ("+placeholders(len(values))+") WHERE id = $1", values...)
	return im, tokenTaken(&im, err)
}

// lockImport returns an import, nil for none, that nobody else writes before the
// end of the transaction. Parts can be staged for it meanwhile.
func lockImport(ctx context.Context, tx pgx.Tx, id string) (*geo.Import, error) {
	if !storable(id) {
		return nil, nil
	}
	return findImport(ctx, tx, "id = $1 FOR NO KEY UPDATE", id)
}

func placeholders(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(list, ", ")
}

// writeImports writes the imports of a change that is recorded at a moment.
func writeImports(ctx context.Context, tx pgx.Tx, imports []geo.Import, moment time.Time) error {
	for _, im := range imports {
		var err error
		if im.Serial == 0 {
			err = addImport(ctx, tx, im, moment)
		} else {
			_, err = putImport(ctx, tx, im, moment)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// AddImport implements geo.Importer.
func (s *Store) AddImport(ctx context.Context, im geo.Import) error {
	return s.inTransaction(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error { return addImport(ctx, tx, im, time.Time{}) })
}

// PutImport implements geo.Importer.
func (s *Store) PutImport(ctx context.Context, im geo.Import) (written geo.Import, err error) {
	err = s.inTransaction(ctx, pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		written, err = putImport(ctx, tx, im, time.Time{})
		return err
	})
	return written, err
}

// FindImport implements geo.Importer.
func (s *Store) FindImport(ctx context.Context, id string) (geo.Import, error) {
	return s.find(ctx, "id = $1", id)
}

// FindToken implements geo.Importer.
func (s *Store) FindToken(ctx context.Context, actor, token string) (geo.Import, error) {
	return s.find(ctx, "actor = $1 AND token = $2", actor, token)
}

func (s *Store) find(ctx context.Context, where string, args ...string) (geo.Import, error) {
	bound := make([]any, len(args))
	for i, a := range args {
		if !storable(a) {
			return geo.Import{}, geo.NoImport()
		}
		bound[i] = a
	}
	conn, err := s.acquire(ctx)
	if err != nil {
		return geo.Import{}, err
	}
	defer conn.Release()
	im, err := findImport(ctx, conn, where, bound...)
	switch {
	case err != nil:
		return geo.Import{}, failed(ctx, err)
	case im == nil:
		return geo.Import{}, geo.NoImport()
	}
	return *im, nil
}

// Imports implements geo.Importer.
func (s *Store) Imports(ctx context.Context, q geo.ImportQuery) ([]geo.Import, error) {
	var st statement
	where := []string{"true"}
	if q.After != "" {
		last, err := s.FindImport(ctx, q.After)
		if err != nil {
			return nil, err
		}
		where = append(where, "(created, id) < ("+st.bind(last.Created)+", "+st.bind(last.ID)+")")
	}
	if len(q.States) > 0 {
		where = append(where, "state = ANY ("+st.bind(q.States)+")")
	}
	var limit any // null is no limit
	if q.Limit > 0 {
		limit = q.Limit
	}
	conn, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, listSQL+" WHERE "+strings.Join(where, " AND ")+" ORDER BY created DESC, id DESC LIMIT "+st.bind(limit), st.args...)
	if err != nil {
		return nil, failed(ctx, err)
	}
	imports, err := pgx.CollectRows(rows, scanImport)
	return slices.Clip(imports), failed(ctx, err)
}

// stagingKey is the class of the advisory locks under which parts are staged, one
// import at a time.
const stagingKey = lockKey + 1

// Stage implements geo.Importer. The parts go out one by one, in the goroutine of
// the caller, over a connection of their own: whatever the sequence asks of the
// store meanwhile finds its connections free.
func (s *Store) Stage(ctx context.Context, id string, parts iter.Seq2[[]byte, error]) error {
	if _, err := s.FindImport(ctx, id); err != nil {
		return err
	}
	conn, err := s.connectApart(ctx)
	if err != nil {
		return err
	}
	defer closeSoon(ctx, conn)
	return transact(ctx, conn, pgx.TxOptions{}, func(tx pgx.Tx) error {
		// Not the import itself is locked: it may be written while parts are staged.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1, hashtext($2))", stagingKey, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM oxus.import_parts WHERE import = $1", id); err != nil {
			return err
		}
		number := 0
		for part, err := range parts {
			if err != nil {
				return &interrupted{err}
			}
			if part == nil {
				part = []byte{} // not NULL
			}
			if _, err := tx.Exec(ctx, "INSERT INTO oxus.import_parts VALUES ($1, $2, $3)", id, number, part); err != nil {
				return err
			}
			number++
		}
		return nil
	})
}

// Staged implements geo.Importer. One statement reads them as they are asked for,
// over a connection of its own: it must be had also by a change under way, which
// may be what all others wait for.
func (s *Store) Staged(ctx context.Context, id string, passed int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if !storable(id) {
			return
		}
		conn, err := s.connectApart(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer closeSoon(ctx, conn)
		rows, err := conn.Query(ctx, "SELECT part FROM oxus.import_parts WHERE import = $1 AND number >= $2 ORDER BY number", id, passed)
		if err != nil {
			yield(nil, failed(ctx, err))
			return
		}
		for rows.Next() {
			var part []byte
			if err := rows.Scan(&part); err != nil {
				yield(nil, failed(ctx, err))
				return
			}
			if !yield(part, nil) {
				return // closing the connection ends the statement
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, failed(ctx, err))
		}
	}
}

// PutMapping implements geo.MappingKeeper.
func (s *Store) PutMapping(ctx context.Context, m geo.Mapping) error {
	if err := m.Check(); err != nil {
		return err
	}
	fields, err := json.Marshal(m.Fields)
	if err != nil {
		return err
	}
	return s.inTransaction(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO oxus.mappings VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET collection = excluded.collection, fields = excluded.fields",
			m.Name, m.Collection, json.RawMessage(fields))
		return err
	})
}

// Mappings implements geo.MappingKeeper.
func (s *Store) Mappings(ctx context.Context) ([]geo.Mapping, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, "SELECT name, collection, fields FROM oxus.mappings ORDER BY name")
	if err != nil {
		return nil, failed(ctx, err)
	}
	mappings, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m geo.Mapping, err error) {
		err = row.Scan(&m.Name, &m.Collection, &m.Fields)
		return m, err
	})
	return mappings, failed(ctx, err)
}
