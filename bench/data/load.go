package data

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// part is how many rows one transaction adds.
const part = 100_000

// Load copies the set into a database that has the schema and nothing in it. It says to the
// database what an import says: the rows count their revision themselves, and every trigger
// checks and records them. Tell is told what is done. Afterwards the features are put in the
// order of pages, as docs/operations.md says to do after a large import, and the tables are
// vacuumed and analysed.
func (s *Set) Load(ctx context.Context, conn *pgx.Conn, tell func(format string, args ...any)) error {
	_, err := conn.Exec(ctx, `INSERT INTO oxus.sources (id, publisher, title) VALUES ('invented', 'Oxus', 'Rows invented for measuring')`)
	if err != nil {
		return fmt.Errorf("write the source of the rows: %w", err)
	}
	for _, setting := range []string{"SET oxus.program = 'oxus'", "SET oxus.actor = 'bench'", "SET synchronous_commit = off", "SET statement_timeout = 0"} {
		if _, err := conn.Exec(ctx, setting); err != nil {
			return err
		}
	}
	for _, t := range s.tables() {
		began := time.Now()
		for first := 0; first < t.rows; first += part {
			if err := t.copy(ctx, conn, first, min(first+part, t.rows)); err != nil {
				return fmt.Errorf("fill %s: %w", t.name, err)
			}
		}
		tell("%d rows of %s in %.1f s", t.rows, t.name, time.Since(began).Seconds())
	}
	for _, statement := range []string{"CLUSTER oxus.incidents", "CLUSTER oxus.crossings", "CLUSTER oxus.transmission_lines", "VACUUM ANALYZE"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// copy adds the rows from first to before next, in one transaction.
func (t *table) copy(ctx context.Context, conn *pgx.Conn, first, next int) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit there is nothing to take back
	var moment string
	if err := tx.QueryRow(ctx, "SELECT oxus.take_moment()::text").Scan(&moment); err != nil {
		return err
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(t.write(writer, first, next, moment)) }()
	sql := "COPY oxus." + t.name + " (" + strings.Join(t.columns, ", ") + ", recorded) FROM STDIN"
	_, err = tx.Conn().PgConn().CopyFrom(ctx, reader, sql)
	reader.CloseWithError(io.ErrClosedPipe) // lets the writer go when the database has refused
	if err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// write writes rows as lines of COPY, recorded at a moment.
func (t *table) write(w io.Writer, first, next int, moment string) error {
	const flush = 64 << 10
	var r row
	for n := first; n < next; n++ {
		t.append(&r, n)
		r.text(moment)
		r.end()
		if len(r.b) >= flush {
			if _, err := w.Write(r.b); err != nil {
				return err
			}
			r.b = r.b[:0]
		}
	}
	_, err := w.Write(r.b)
	return err
}
