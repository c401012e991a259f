package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"oxus/geo"
)

// bulkFeatures is how many rows a change has at least whose features are recorded and
// indexed together; to do without triggers for a few would cost more than it saves.
const bulkFeatures = 1000

// recordedTogether is how many rows are recorded together at most: SQLite holds the
// history of so many in memory.
const recordedTogether = 2000

// bulkAdding adds many features in one transaction, and removes many. While it lasts, the
// triggers that write the history and the spatial index of an added row, or of a removed
// one, are taken away, which nobody but the transaction sees: the history is written for
// all rows that were added since the last time, the spatial index once, at the end.
type bulkAdding struct {
	file   *File
	c      *sql.Conn
	tables map[string]*bulkTable // by name
}

// newBulk returns what adds and removes the features of a change, nil for one of few.
func (f *File) newBulk(c *sql.Conn, ch *geo.Change) *bulkAdding {
	if ch.Parts == nil && len(ch.Features)+len(ch.Removals) < bulkFeatures {
		return nil
	}
	return &bulkAdding{file: f, c: c, tables: map[string]*bulkTable{}}
}

// bulkTable is a table that features are added to in bulk.
type bulkTable struct {
	table *table
	// before is the fid after which the first row was added, recorded that up to which
	// the history is written.
	before, recorded int64
	pending          int      // rows that are not recorded yet
	triggers         []string // that were taken away
	indexed          bool     // has a spatial index that is kept
	count, record    string   // the statements that make up for them; count is "" where no row was there ever
	// removes says that also the triggers of removed rows are taken away; removed are the
	// rows that are to leave the spatial index.
	removes       bool
	removed       map[int64]bool
	recordRemoved string
}

// of returns the table of that name, ready for rows.
func (b *bulkAdding) of(ctx context.Context, t *table) (*bulkTable, error) {
	if bt := b.tables[t.name]; bt != nil {
		return bt, nil
	}
	bt := &bulkTable{table: t}
	if err := b.c.QueryRowContext(ctx, "SELECT coalesce(max("+quoted(fidColumn)+"), 0) FROM "+quoted(t.name)).Scan(&bt.before); err != nil {
		return nil, err
	}
	bt.recorded = bt.before
	if err := bt.makeStatements(ctx, b.c); err != nil {
		return nil, err
	}
	if _, err := bt.suspend(ctx, b.c, "oxus_"+t.name+"_insert"); err != nil {
		return nil, err
	}
	if t.geometry != "" {
		var err error
		if bt.indexed, err = bt.suspend(ctx, b.c, t.rtree()+"_insert"); err != nil {
			return nil, err
		}
	}
	b.tables[t.name] = bt
	return bt, nil
}

// suspend takes a trigger away until the end, when it is made again as it was, if it is
// there: another program may have dropped the index.
func (bt *bulkTable) suspend(ctx context.Context, c *sql.Conn, name string) (there bool, _ error) {
	var text string
	err := c.QueryRowContext(ctx, `SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?`, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	bt.triggers = append(bt.triggers, text)
	_, err = c.ExecContext(ctx, "DROP TRIGGER "+quoted(name))
	return true, err
}

// makeStatements writes, for all rows after a fid, what the trigger of an added row
// does for one.
func (bt *bulkTable) makeStatements(ctx context.Context, c *sql.Conn) error {
	t := bt.table
	names, err := t.namesIn(ctx, c)
	if err != nil {
		return err
	}
	var known bool
	err = c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM "revisions" WHERE "collection" = `+t.collectionOf("")+`)`).Scan(&known)
	if err != nil {
		return err
	}
	row := quoted(t.name)
	action, before := "'insert'", "NULL"
	if known {
		next := t.nextOf(row)
		bt.count = fmt.Sprintf(`UPDATE %s SET "revision" = %[2]s WHERE "fid" > ? AND "revision" < %[2]s`, row, next)
		before = t.replacedBy(row)
		action = "iif(" + before + " IS NULL, 'insert', 'update')"
	}
	bt.record = "INSERT INTO " + recordInto + " SELECT " + t.recorded(row, action, before, jsonRow(row, names, "")) + " FROM " + row + ` WHERE "fid" > ? ORDER BY "fid"`
	return nil
}

// write records the rows that were added since it was last called.
func (bt *bulkTable) write(ctx context.Context, c *sql.Conn) error {
	if bt.pending == 0 {
		return nil
	}
	for _, statement := range []string{bt.count, bt.record} {
		if statement == "" {
			continue
		}
		if _, err := c.ExecContext(ctx, statement, bt.recorded); err != nil {
			return err
		}
	}
	bt.pending = 0
	return c.QueryRowContext(ctx, "SELECT max("+quoted(fidColumn)+") FROM "+quoted(bt.table.name)).Scan(&bt.recorded)
}

// end writes the spatial indexes and makes the triggers again. A bulk that is nil has
// nothing to end.
func (b *bulkAdding) end(ctx context.Context) error {
	if b == nil {
		return nil
	}
	for _, bt := range b.tables {
		if bt.indexed {
			if err := bt.index(ctx, b.c); err != nil {
				return fmt.Errorf("write the spatial index of %s: %w", bt.table.name, err)
			}
		}
		if _, err := b.c.ExecContext(ctx, strings.Join(bt.triggers, ";\n")); err != nil {
			return fmt.Errorf("make the triggers of %s again: %w", bt.table.name, err)
		}
	}
	return nil
}
