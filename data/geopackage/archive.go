package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"oxus/geo"
)

// tick is how finely the file records time.
const tick = time.Millisecond

// recordFormat is how the file writes moments: texts that sort as they do.
const recordFormat = "2006-01-02T15:04:05.000Z"

// patience is how long State waits for a change that is being written.
const patience = 3 * time.Second

// State implements geo.Archive. The file counts time in milliseconds; a moment
// between two of them is the earlier one.
func (f *File) State(ctx context.Context, moment time.Time) (geo.State, error) {
	if err := f.present(); err != nil {
		return geo.State{}, err
	}
	newest, err := f.lastMoment(ctx)
	if err != nil {
		return geo.State{}, err
	}
	settled := time.UnixMilli(f.settled.Load())
	now := time.Now()
	for _, known := range []time.Time{newest, settled} {
		if known.After(now) {
			now = known // the system's clock was put back
		}
	}
	if moment.IsZero() {
		moment = now.Truncate(tick)
	}
	if err := geo.Future(moment, now); err != nil {
		return geo.State{}, err
	}
	st := geo.State{Moment: moment.UTC()}
	if at := moment.Truncate(tick); at.Before(newest) || !at.After(settled) {
		// Nothing is ever recorded before what is recorded or settled already.
		st.Last, err = lastUpTo(ctx, f.reader, at)
	} else {
		st.Last, err = f.settle(ctx, at)
	}
	return st, failure(ctx, f.path, err)
}

func recordText(moment time.Time) string {
	return moment.UTC().Truncate(tick).Format(recordFormat)
}

// lastMoment returns when the newest revision was recorded, zero for none.
func (f *File) lastMoment(ctx context.Context) (time.Time, error) {
	var text string
	err := f.reader.QueryRowContext(ctx, `SELECT "recorded" || '' FROM "revisions" ORDER BY "fid" DESC LIMIT 1`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, failure(ctx, f.path, err)
	}
	return time.Parse(time.RFC3339Nano, text)
}

// lastUpTo returns the number of the last revision recorded up to a moment.
func lastUpTo(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, at time.Time,
) (last int64, err error) {
	err = db.QueryRowContext(ctx, `SELECT coalesce((SELECT "fid" FROM "revisions" WHERE "recorded" <= ? ORDER BY "recorded" DESC, "fid" DESC LIMIT 1), 0)`, recordText(at)).Scan(&last)
	return last, err
}

// settle makes sure that nothing more is recorded at a moment or before it, and
// returns the last revision up to then. Whoever is writing may have begun before
// the moment: they are waited for, and with the right to write in hand the clock
// has passed it.
func (f *File) settle(ctx context.Context, at time.Time) (last int64, err error) {
	waiting, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	// Only after the clock was put back is it long. Then the changes of this
	// program are recorded later all the same.
	if wait := time.Until(at.Add(tick)); wait > 0 && wait < 10*tick {
		time.Sleep(wait)
	}
	err = f.write(waiting, func(c *sql.Conn) error {
		f.settled.Store(max(f.settled.Load(), at.UnixMilli()))
		last, err = lastUpTo(waiting, c, at)
		return err
	})
	if waiting.Err() != nil && ctx.Err() == nil && err != nil {
		err = geo.Errorf(geo.Unavailable, "A change of %s is being recorded; ask again in a moment.", filepath.Base(f.path))
	}
	return last, err
}

// LoadAt implements geo.Archive: the present with every change since undone, so
// that it costs what has changed since. A value that does not fit its property,
// which only another program can have written, is unknown in the past: one of
// them does not hide everything else that was recorded.
func (f *File) LoadAt(ctx context.Context, st geo.State) (*geo.Dataset, error) {
	var ds *geo.Dataset
	err := f.read(ctx, func(c *sql.Conn) error {
		l := newLoader(ctx, c)
		now, err := f.load(l)
		if err != nil {
			return err
		}
		before, err := f.undo(ctx, c, st.Last)
		if err != nil {
			return fmt.Errorf("undo the changes since %d: %w", st.Last, err)
		}
		ds = before.over(now)
		ds.State = st
		ds.Versions, err = f.versions(l, st.Last)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ds, nil
}

// undo reads what each row was that has changed since a revision: the state
// before its first change.
func (f *File) undo(ctx context.Context, c *sql.Conn, last int64) (*changed, error) {
	rows, err := c.QueryContext(ctx, `SELECT min("fid"), "entity", "collection", "id", "before" FROM "revisions" WHERE "fid" > ? GROUP BY "entity", "collection", "id"`, last)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	before := newChanged()
	recorded := f.rowReader(ctx, c)
	for rows.Next() {
		var first int64
		var entity, collection, id string
		var image sql.NullString
		if err := rows.Scan(&first, &entity, &collection, &id, &image); err != nil {
			return nil, err
		}
		before.set(kinds[entity], collection, id, recorded.row(entity, collection, id, image))
	}
	return before, rows.Err()
}

// kinds tells what the file calls the rows of a kind.
var kinds = map[string]geo.RowKind{entityFeature: geo.FeatureRow, entityPeriod: geo.StatusRow, entitySource: geo.SourceRow}

// part is how many revisions are read at a time, so that a slow reader holds no
// transaction open.
const part = 500

// Revisions implements geo.Archive.
func (f *File) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return func(yield func(geo.Revision, error) bool) {
		for sent := 0; ; {
			size := part
			if q.Limit > 0 {
				size = min(part, q.Limit-sent)
			}
			found, read, err := f.revisions(ctx, &q, size)
			if err != nil {
				yield(geo.Revision{}, err)
				return
			}
			for i := range found {
				if !yield(found[i], nil) {
					return
				}
			}
			if sent += len(found); read < size || sent == q.Limit {
				return
			}
		}
	}
}

// revisions reads the next part and moves the query past it. It returns those
// that answer the query, and how many it has looked at.
func (f *File) revisions(ctx context.Context, q *geo.RevisionQuery, size int) (found []geo.Revision, read int, err error) {
	err = f.read(ctx, func(c *sql.Conn) error {
		text, args := revisionsSQL(q)
		rows, err := c.QueryContext(ctx, text, append(args, size)...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		recorded := f.rowReader(ctx, c)
		for rows.Next() {
			r, err := recorded.revision(rows)
			if err != nil {
				return err
			}
			read++
			q.After = r.Number
			if q.Asks(&r) {
				found = append(found, r)
			}
		}
		return rows.Err()
	})
	return found, read, err
}

// condition is a part of a WHERE with its values.
type condition struct {
	text []string
	args []any
}

func (w *condition) add(text string, args ...any) {
	w.text = append(w.text, text)
	w.args = append(w.args, args...)
}

// revisionsSQL asks for what may answer the query, as many as its last
// parameter says.
func revisionsSQL(q *geo.RevisionQuery) (text string, args []any) {
	var w condition
	order, after := "", `"fid" > ?`
	if q.Newest {
		order, after = " DESC", `"fid" < ?`
	}
	if w.add("true"); q.After != 0 {
		w.add(after, q.After)
	}
	if !q.Since.IsZero() {
		w.add(`"recorded" >= ?`, recordText(q.Since.Add(tick-1)))
	}
	if !q.Until.IsZero() {
		w.add(`"recorded" <= ?`, recordText(q.Until))
	}
	if q.Removals {
		w.add(`"action" = 'delete'`)
	}
	if len(q.Collections) > 0 {
		values := make([]any, len(q.Collections))
		for i, c := range q.Collections {
			values[i] = c
		}
		w.add(`"collection" IN (`+placeholders(len(values))+`)`, values...)
	}
	if q.Feature != "" {
		// Each half has its index: by id, and those of periods alone.
		w.add(`"fid" IN (SELECT "fid" FROM "revisions" WHERE "entity" = 'feature' AND "id" = ?
			UNION ALL SELECT "fid" FROM "revisions" WHERE "entity" = 'status period'
			AND (json_extract("before", '$.owner') IN (?, ?) OR json_extract("after", '$.owner') IN (?, ?)))`,
			q.Feature, q.Feature, q.Project, q.Feature, q.Project)
	}
	images := `"before", "after"`
	if q.Bare && q.Feature == "" { // whom a period speaks of, its image tells
		images = "NULL, NULL"
	}
	return `SELECT "fid", "entity", "collection", "id", "actor", "note", "recorded" || '', ` + images + ` FROM "revisions" WHERE ` +
		strings.Join(w.text, " AND ") + ` ORDER BY "fid"` + order + ` LIMIT ?`, w.args
}
