package geopackage

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"oxus/geo"
)

// Apply implements geo.Writer: one transaction, durable when it returns nil. It
// refuses what the file could not keep (geo.Invalid), features that are not at
// the revision expected (geo.Conflict), and any change while the file cannot be
// written (geo.Unavailable).
func (f *File) Apply(ctx context.Context, ch geo.Change) error {
	if err := geo.Faulty(f.unkeepable(&ch)); err != nil {
		return err
	}
	return f.change(ctx, func(c *sql.Conn) error {
		// One moment for all that the change writes, later than what is settled.
		const begin = `INSERT INTO oxus_session (one, actor, note, recorded) SELECT 1, ?, ?, max(?, ` + presentMoment + `)
			RETURNING recorded, (SELECT coalesce(max("fid"), 0) FROM "revisions")`
		next := recordText(time.UnixMilli(f.settled.Load()).Add(tick))
		var recorded string
		var last int64
		if err := c.QueryRowContext(ctx, begin, ch.Actor, orNull(ch.Note), next).Scan(&recorded, &last); err != nil {
			return err
		}
		many, missed := f.newBulk(c, &ch), missedBy(&ch, last)
		if err := f.applyAll(ctx, c, &ch, missed, many); err != nil {
			return err
		}
		if err := f.applyParts(ctx, c, ch.Parts, last, missed, many); err != nil {
			return err
		}
		if err := many.end(ctx); err != nil {
			return err
		}
		if err := writeImports(ctx, c, ch.Imports, recorded); err != nil {
			return err
		}
		_, err := c.ExecContext(ctx, `DELETE FROM oxus_session`)
		return err
	})
}

// applyParts carries out the parts of a change, one after the other. last is the
// number of the last revision before the change.
func (f *File) applyParts(ctx context.Context, c *sql.Conn, parts iter.Seq2[geo.Change, error], last int64, missed *missed, many *bulkAdding) error {
	if parts == nil {
		return nil
	}
	for part, err := range parts {
		if err != nil {
			return &interrupted{err}
		}
		if err := geo.Faulty(f.unkeepable(&part)); err != nil {
			return err
		}
		if err := f.applyAll(ctx, c, &part, missed, many); err != nil {
			return err
		}
	}
	return writtenTwice(ctx, c, last)
}

// writtenTwice refuses rows that two parts of a change have written: which of them
// comes first would decide what is left.
func writtenTwice(ctx context.Context, c *sql.Conn, last int64) error {
	// Added twice it cannot be: one of two revisions is a change or a removal.
	rows, err := c.QueryContext(ctx, `SELECT DISTINCT a."entity", a."collection", a."id" FROM "revisions" a
		JOIN "revisions" b ON b."id" = a."id" AND b."collection" = a."collection" AND b."entity" = a."entity" AND b."fid" > ?1 AND b."fid" <> a."fid"
		WHERE a."fid" > ?1 AND a."action" <> 'insert' ORDER BY 1, 2, 3 LIMIT 100`, last)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var faults []geo.Fault
	for rows.Next() {
		var entity string
		var r geo.Removal
		if err := rows.Scan(&entity, &r.Collection, &r.ID); err != nil {
			return err
		}
		r.Kind = kinds[entity]
		faults = append(faults, geo.Fault{Rule: geo.RuleDuplicateID, Place: r.Place(), Detail: "it is written twice by one change"})
	}
	return cmp.Or(rows.Err(), geo.Faulty(faults))
}

func (f *File) applyAll(ctx context.Context, c *sql.Conn, ch *geo.Change, missed *missed, many *bulkAdding) error {
	if err := missed.refuse(ctx, c, ch); err != nil {
		return err
	}
	if err := f.remove(ctx, c, ch.Removals, many); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	if err := f.putSources(ctx, c, ch.Sources); err != nil {
		return fmt.Errorf("write the sources: %w", err)
	}
	if err := f.putFeatures(ctx, c, ch.Features, many); err != nil {
		return fmt.Errorf("write the features: %w", err)
	}
	if err := f.putPeriods(ctx, c, ch.Periods); err != nil {
		return fmt.Errorf("write the status periods: %w", err)
	}
	return nil
}

// present refuses to go on with a file that is no longer under its path.
func (f *File) present() error {
	if now, err := os.Stat(f.path); err != nil || !os.SameFile(now, f.identity) {
		return geo.Errorf(geo.Unavailable, "%s was moved, replaced or deleted while it was open.", filepath.Base(f.path))
	}
	return nil
}

func (f *File) write(ctx context.Context, do func(*sql.Conn) error) error {
	return transact(ctx, f.writer, do)
}

// transact runs do in one transaction that holds the right to write from its
// start. The commit is not cut short by the end of ctx: it is whole or it is
// reported as failed.
func transact(ctx context.Context, db *sql.DB, do func(*sql.Conn) error) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return rollBack(ctx, c, err)
	}
	if err := do(c); err != nil {
		return rollBack(ctx, c, err)
	}
	if err := ctx.Err(); err != nil {
		return rollBack(ctx, c, err)
	}
	if _, err := c.ExecContext(context.WithoutCancel(ctx), `COMMIT`); err != nil {
		return rollBack(ctx, c, err)
	}
	return nil
}

// rollBack ends a transaction and returns the error that it ends with. Where a
// context ends just then, a transaction may have begun that was reported as
// failed, and the rolling back is interrupted while a spatial index has a node
// open. A connection that may still be in a transaction is given up: the next one
// to use it could not begin.
func rollBack(ctx context.Context, c *sql.Conn, err error) error {
	if _, failed := c.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`); failed != nil && !isCode(failed, sqlite3.SQLITE_ERROR) {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	return err
}

// unkeepable lists what the file could not give back as it is given.
func (f *File) unkeepable(ch *geo.Change) []geo.Fault {
	var faults []geo.Fault
	add := func(rule geo.Rule, place geo.Place, detail string) {
		if detail != "" {
			faults = append(faults, geo.Fault{Rule: rule, Place: place, Detail: detail})
		}
	}
	add(geo.RuleType, geo.Place{}, keepableText(ch.Actor, ch.Note))
	if ch.Actor == fileEdit {
		add(geo.RuleType, geo.Place{}, fmt.Sprintf("%q is the name of what other programs change", fileEdit))
	}
	faults = append(faults, ch.WrittenTwice()...)
	for i := range ch.Sources {
		s := &ch.Sources[i]
		add(geo.RuleType, geo.ByFeature(geo.SourcesID, s.ID), keepableText(s.ID, s.Publisher, s.Title, s.URL, s.Supports))
	}
	for i := range ch.Features {
		faults = append(faults, f.unkeepableFeature(&ch.Features[i])...)
	}
	for i := range ch.Periods {
		p := &ch.Periods[i]
		place := geo.ByFeature(geo.StatusID, p.Collection+"/"+p.ID)
		if f.layout.features[p.Collection] == nil {
			add(geo.RuleCollection, place, fmt.Sprintf("there is no collection %q", p.Collection))
		}
		add(geo.RuleType, place, keepableText(p.ID, string(p.Scope), p.Owner, string(p.Kind), p.Status, string(p.Basis), p.Cause, p.Summary))
		add(geo.RuleType, place, keepableText(p.Sources...))
	}
	return faults
}

func (f *File) unkeepableFeature(put *geo.Put) []geo.Fault {
	feature := &put.Feature
	place := geo.ByFeature(put.Collection.ID, feature.ID)
	var faults []geo.Fault
	add := func(rule geo.Rule, field, detail string) {
		if detail != "" {
			place.Field = field
			faults = append(faults, geo.Fault{Rule: rule, Place: place, Detail: detail})
		}
	}
	c, err := f.atlas.Collection(put.Collection.ID)
	if err != nil {
		add(geo.RuleCollection, "", fmt.Sprintf("there is no collection %q", put.Collection.ID))
		return faults
	}
	if len(feature.Values) > len(c.Properties) {
		add(geo.RuleType, "", "it has more values than the collection has properties")
		return faults
	}
	add(geo.RuleID, "", keepableText(feature.ID))
	for i, v := range feature.Values {
		add(geo.RuleType, c.Properties[i].Name, keepable(&c.Properties[i], v))
	}
	add(geo.RuleType, "sources", keepableText(feature.Sources...))
	if g := feature.Geometry; !isEmpty(g) && !c.Geometry.Admits(g) {
		add(geo.RuleGeometryType, "", g.GeoJSONType()+" does not fit the collection")
	}
	return faults
}

// upsertSQL writes a row, or brings the one of its key up to it. A row that is
// already so is not touched: the history holds changes only.
func (t *table) upsertSQL() string {
	names := t.names()
	columns := quotedList(names)
	set := make([]string, len(names))
	excluded := make([]string, len(names))
	for i, n := range names {
		excluded[i] = "excluded." + quoted(n)
		set[i] = quoted(n) + " = " + excluded[i]
	}
	return fmt.Sprintf("INSERT INTO %[1]s (%[2]s) VALUES (%[3]s) ON CONFLICT (%[4]s) DO UPDATE SET %[5]s WHERE (%[2]s) IS NOT (%[6]s)",
		quoted(t.name), columns, placeholders(len(names)), quotedList(t.key), strings.Join(set, ", "), strings.Join(excluded, ", "))
}

func placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func (f *File) table(name string) *table {
	for _, t := range f.layout.tables {
		if t.name == name {
			return t
		}
	}
	return nil
}

func (f *File) putSources(ctx context.Context, c *sql.Conn, sources []geo.Source) error {
	return f.upsert(ctx, c, sourcesTable, len(sources), func(i int) []any {
		s := &sources[i]
		published, publishedPrecision := encodeDate(s.Published)
		accessed, accessedPrecision := encodeDate(s.Accessed)
		return []any{
			s.ID, s.Publisher, s.Title, orNull(s.URL),
			published, publishedPrecision, accessed, accessedPrecision, orNull(s.Supports), orNull(string(s.Audience)),
		}
	})
}

func (f *File) putPeriods(ctx context.Context, c *sql.Conn, periods []geo.Period) error {
	return f.upsert(ctx, c, periodsTable, len(periods), func(i int) []any {
		p := &periods[i]
		from, fromPrecision := encodeDate(p.From)
		to, toPrecision := encodeDate(p.To)
		return []any{
			p.ID, p.Collection, string(p.Scope), p.Owner, string(p.Kind), p.Status, from, fromPrecision, to, toPrecision,
			string(p.Basis), orNull(p.Cause), orNull(p.Summary), encodeList(p.Sources),
		}
	})
}

// upsert writes n rows, given in the order of the table's columns.
func (f *File) upsert(ctx context.Context, c *sql.Conn, name string, n int, row func(i int) []any) error {
	if n == 0 {
		return nil
	}
	t := f.table(name)
	st, err := c.PrepareContext(ctx, t.upsertSQL())
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	for i := range n {
		if _, err := st.ExecContext(ctx, row(i)...); err != nil {
			return err
		}
	}
	return newExtent(t).keep(ctx, c)
}

// putFeatures writes the features of each collection in turn and reports every
// one that is not at the revision expected. They are recorded in their order.
func (f *File) putFeatures(ctx context.Context, c *sql.Conn, puts []geo.Put, many *bulkAdding) error {
	writers := map[string]*featureWriter{}
	defer func() {
		for _, w := range writers {
			w.close()
		}
	}()
	var faults []geo.Fault
	var last *featureWriter
	for i := range puts {
		id := puts[i].Collection.ID
		w := writers[id]
		if w == nil {
			var err error
			if w, err = newFeatureWriter(ctx, c, f.layout.features[id], many); err != nil {
				return err
			}
			writers[id] = w
		}
		if w != last {
			if err := last.record(ctx); err != nil {
				return err
			}
			last = w
		}
		fault, err := w.put(ctx, &puts[i])
		if err != nil {
			return err
		}
		if fault != nil {
			faults = append(faults, *fault)
		}
	}
	if faults != nil {
		return &geo.Error{Kind: geo.Conflict, Faults: faults}
	}
	if err := last.record(ctx); err != nil {
		return err
	}
	for _, w := range writers {
		if err := w.extent.keep(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// featureWriter writes features of one collection.
type featureWriter struct {
	table          *table
	c              *sql.Conn
	stored         *sql.Stmt // revision and geometry of a feature
	insert, update *sql.Stmt
	extent         *extent
	many           *bulkTable // nil where each row is recorded by itself
}

func newFeatureWriter(ctx context.Context, c *sql.Conn, t *table, many *bulkAdding) (*featureWriter, error) {
	names := t.names()
	written := names[:len(names)-1] // all but the revision, which the file counts
	geometry := "NULL"
	if t.geometry != "" {
		geometry = quoted(geomColumn)
		written = append([]string{geomColumn}, written...)
	}
	w := &featureWriter{table: t, c: c, extent: newExtent(t)}
	if many != nil {
		var err error
		if w.many, err = many.of(ctx, t); err != nil {
			return nil, err
		}
	}
	for _, p := range []struct {
		statement **sql.Stmt
		text      string
	}{
		{&w.stored, fmt.Sprintf(`SELECT "revision", %s FROM %s WHERE "id" = ?`, geometry, quoted(t.name))},
		{&w.insert, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", quoted(t.name), quotedList(written), placeholders(len(written)))},
		{&w.update, fmt.Sprintf(`UPDATE %s SET (%s) = (%s) WHERE "id" = ?`, quoted(t.name), quotedList(written), placeholders(len(written)))},
	} {
		st, err := c.PrepareContext(ctx, p.text) //nolint:sqlclosecheck // closed by featureWriter.close
		if err != nil {
			w.close()
			return nil, err
		}
		*p.statement = st
	}
	if err := w.extent.load(ctx, c); err != nil {
		w.close() // a statement left open would keep the connection, and its transaction, alive
		return nil, err
	}
	return w, nil
}

func (w *featureWriter) close() {
	for _, st := range []*sql.Stmt{w.stored, w.insert, w.update} {
		if st != nil {
			_ = st.Close()
		}
	}
}

// record writes the history of the features that were added together. A writer that is
// nil has added none.
func (w *featureWriter) record(ctx context.Context) error {
	if w == nil || w.many == nil {
		return nil
	}
	return w.many.write(ctx, w.c)
}

// put writes one feature, or says why it cannot take the place of what is there.
func (w *featureWriter) put(ctx context.Context, put *geo.Put) (*geo.Fault, error) {
	blob, err := encodeGeometry(put.Feature.Geometry)
	if err != nil {
		return nil, err
	}
	if put.Expect == 0 {
		if err := w.add(ctx, put, blob); isCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
			return w.changed(put, "it is there already"), nil
		} else if err != nil {
			return nil, err
		}
	} else {
		var fault *geo.Fault
		if fault, err = w.replace(ctx, put, blob); fault != nil {
			return fault, err
		}
	}
	w.extent.add(blob)
	return nil, err
}

func (w *featureWriter) add(ctx context.Context, put *geo.Put, blob []byte) error {
	if w.many == nil {
		_, err := w.insert.ExecContext(ctx, w.row(put, blob)...)
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// That the context can end would cost a goroutine for each row.
	if _, err := w.insert.ExecContext(context.WithoutCancel(ctx), w.row(put, blob)...); err != nil {
		return err
	}
	if w.many.pending++; w.many.pending < recordedTogether {
		return nil
	}
	return w.record(ctx)
}

func (w *featureWriter) replace(ctx context.Context, put *geo.Put, blob []byte) (*geo.Fault, error) {
	if err := w.record(ctx); err != nil {
		return nil, err
	}
	var revision int64
	var old []byte
	err := w.stored.QueryRowContext(ctx, put.Feature.ID).Scan(&revision, &old)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return w.changed(put, "it is not there any more"), nil
	case err != nil:
		return nil, err
	case revision != put.Expect:
		return w.changed(put, fmt.Sprintf("it is at revision %d, not %d", revision, put.Expect)), nil
	}
	w.extent.remove(old)
	_, err = w.update.ExecContext(ctx, append(w.row(put, blob), put.Feature.ID)...)
	return nil, err
}

func (w *featureWriter) changed(put *geo.Put, detail string) *geo.Fault {
	return &geo.Fault{Rule: geo.RuleChanged, Place: geo.ByFeature(put.Collection.ID, put.Feature.ID), Detail: detail}
}

// row returns the columns of a feature in the order of the table, the revision
// left out.
func (w *featureWriter) row(put *geo.Put, blob []byte) []any {
	feature := &put.Feature
	row := make([]any, 0, len(w.table.columns)+2)
	if w.table.geometry != "" {
		row = append(row, any(nil))
		if blob != nil {
			row[0] = blob
		}
	}
	row = append(row, feature.ID)
	for i := range w.table.properties {
		var v geo.Value
		if i < len(feature.Values) {
			v = feature.Values[i]
		}
		row = append(row, encodeValue(v))
	}
	from, fromPrecision := encodeDate(feature.Lifetime.From)
	to, toPrecision := encodeDate(feature.Lifetime.To)
	return append(row, from, fromPrecision, to, toPrecision, encodeList(feature.Sources))
}
