package geopackage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// Load implements geo.Keeper. What another program wrote and no value can be
// made of is reported as faults (geo.Invalid); nothing is guessed or left out.
func (f *File) Load(ctx context.Context) (*geo.Dataset, error) {
	var ds *geo.Dataset
	err := f.read(ctx, func(c *sql.Conn) (err error) {
		l := newLoader(ctx, c)
		if ds, err = f.load(l); err != nil {
			return err
		}
		return geo.Faulty(l.faults)
	})
	if err != nil {
		return nil, err
	}
	return ds, nil
}

// read runs do in one read transaction: all it sees is one state.
func (f *File) read(ctx context.Context, do func(*sql.Conn) error) error {
	c, err := f.reader.Conn(ctx)
	if err != nil {
		return failure(ctx, f.path, err)
	}
	defer func() { _ = c.Close() }()
	if _, err = c.ExecContext(ctx, `BEGIN`); err == nil {
		err = do(c)
	}
	// A read has nothing to undo; this only ends it.
	return failure(ctx, f.path, rollBack(ctx, c, err))
}

// latest returns the state after the last revision.
func (l *loader) latest() (geo.State, error) {
	st := geo.Beginning()
	var recorded string
	err := l.c.QueryRowContext(l.ctx, `SELECT "fid", "recorded" || '' FROM "revisions" ORDER BY "fid" DESC LIMIT 1`).Scan(&st.Last, &recorded)
	if errors.Is(err, sql.ErrNoRows) {
		return st, nil
	}
	if err == nil {
		st.Moment, err = time.Parse(time.RFC3339Nano, recorded)
	}
	return st, err
}

// load reads everything. What no value can be made of is unknown, and among the
// loader's faults.
func (f *File) load(l *loader) (*geo.Dataset, error) {
	ds := &geo.Dataset{Features: map[string][]geo.Feature{}}
	var err error
	if ds.State, err = l.latest(); err != nil {
		return nil, err
	}
	if ds.Versions, err = f.versions(l, ds.State.Last); err != nil {
		return nil, err
	}
	for _, col := range f.atlas.Collections {
		if ds.Features[col.ID], err = l.features(f.layout.features[col.ID], col); err != nil {
			return nil, fmt.Errorf("read the collection %s: %w", col.ID, err)
		}
	}
	if ds.Periods, err = l.periods(f.table(periodsTable)); err != nil {
		return nil, fmt.Errorf("read the status periods: %w", err)
	}
	if ds.Sources, err = l.sources(f.table(sourcesTable)); err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	return ds, nil
}

// Ready implements geo.Keeper: the file is still under its path and answers.
func (f *File) Ready(ctx context.Context) error {
	if err := f.present(); err != nil {
		return err
	}
	var store string
	err := f.reader.QueryRowContext(ctx, `SELECT value FROM oxus_file WHERE name = ?`, fileStore).Scan(&store)
	return failure(ctx, f.path, err)
}

// DataVersion returns a number that changes when another program changes the
// file, and not by what Apply does. It waits for an Apply that is under way.
func (f *File) DataVersion(ctx context.Context) (int64, error) {
	var n int64
	err := f.writer.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&n)
	// The number counts for one connection; after an interrupted change there
	// may be another one.
	return f.opened.opened.Load()<<32 | n, failure(ctx, f.path, err)
}

// loader reads tables within one transaction and gathers what is wrong in them.
type loader struct {
	ctx    context.Context
	c      *sql.Conn
	faults []geo.Fault
	// lists keeps one copy of each list of sources: thousands of rows cite the
	// same.
	lists map[string][]string
}

func newLoader(ctx context.Context, c *sql.Conn) *loader {
	return &loader{ctx: ctx, c: c, lists: map[string][]string{}}
}

func (l *loader) fault(rule geo.Rule, collection, id, field string, err error) {
	place := geo.ByFeature(collection, id)
	place.Field = field
	l.faults = append(l.faults, geo.Fault{Rule: rule, Place: place, Detail: err.Error()})
}

// versions names the state of each collection after the revision of a number: by
// its own last revision up to then, and that of the sources.
func (f *File) versions(l *loader, last int64) (map[string]string, error) {
	sources, err := l.lastRevision(geo.SourcesID, last)
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for _, c := range f.atlas.Collections {
		own, err := l.lastRevision(c.ID, last)
		if err != nil {
			return nil, err
		}
		versions[c.ID] = f.store + "-" + own + "-" + sources
	}
	return versions, nil
}

// lastRevision names the newest revision of a collection up to a number. Its
// time is part of the name: a copy of the file that was put back counts on from
// an older number.
func (l *loader) lastRevision(collection string, last int64) (string, error) {
	var seq, at int64
	err := l.c.QueryRowContext(l.ctx, `SELECT coalesce(max("fid"), 0), coalesce((SELECT CAST(unixepoch("recorded", 'subsec') * 1000 AS INTEGER) FROM "revisions" WHERE "fid" =
		(SELECT max("fid") FROM "revisions" WHERE "collection" = ?1 AND "fid" <= ?2)), 0) FROM "revisions" WHERE "collection" = ?1 AND "fid" <= ?2`, collection, last).Scan(&seq, &at)
	return fmt.Sprintf("%d.%x", seq, at), err
}

// rows calls each for every row of the table with its geometry, null where the
// table has none, and its columns in order.
func (l *loader) rows(t *table, each func(blob []byte, values []any)) error {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = quoted(c.name)
		if c.sqlType == "DATE" {
			names[i] = "CAST(" + names[i] + " AS TEXT)" // else the driver makes instants of dates
		}
	}
	geometry := "NULL"
	if t.geometry != "" {
		geometry = quoted(geomColumn)
	}
	rows, err := l.c.QueryContext(l.ctx, "SELECT "+geometry+", "+strings.Join(names, ", ")+" FROM "+quoted(t.name))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var blob sql.RawBytes
	values := make([]any, len(names))
	into := make([]any, 0, len(names)+1)
	into = append(into, &blob)
	for i := range values {
		into = append(into, &values[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		each(blob, values)
	}
	return rows.Err()
}

func (l *loader) count(t *table) (int, error) {
	var n int
	err := l.c.QueryRowContext(l.ctx, "SELECT count(*) FROM "+quoted(t.name)).Scan(&n)
	return n, err
}

func (l *loader) features(t *table, c *geo.Collection) ([]geo.Feature, error) {
	n, err := l.count(t)
	if err != nil {
		return nil, err
	}
	features := make([]geo.Feature, 0, n)
	err = l.rows(t, func(blob []byte, values []any) {
		features = append(features, l.feature(c, blob, values))
	})
	byID := func(a, b geo.Feature) int { return cmp.Compare(a.ID, b.ID) }
	if !slices.IsSortedFunc(features, byID) {
		slices.SortFunc(features, byID)
	}
	return features, err
}

func (l *loader) feature(c *geo.Collection, blob []byte, values []any) geo.Feature {
	id, _ := values[0].(string)
	f := geo.Feature{ID: id, Values: make([]geo.Value, len(c.Properties))}
	var err error
	if f.Geometry, err = l.geometry(blob); err != nil {
		l.fault(geo.RuleGeometryType, c.ID, id, geomColumn, err)
	}
	for i := range c.Properties {
		p := &c.Properties[i]
		if f.Values[i], err = decodeValue(p, values[1+i]); err != nil {
			f.Values[i] = nil
			l.fault(geo.RuleType, c.ID, id, p.Name, err)
		}
	}
	rest := values[1+len(c.Properties):]
	f.Lifetime.From = l.date(c.ID, id, c.Lifetime.From, rest[0], rest[1])
	f.Lifetime.To = l.date(c.ID, id, c.Lifetime.To, rest[2], rest[3])
	f.Sources = l.sourceIDs(c.ID, id, rest[4])
	f.Revision, _ = rest[5].(int64)
	return f
}

// geometry decodes a blob that is valid for this call only.
func (l *loader) geometry(blob []byte) (orb.Geometry, error) {
	if len(blob) == 0 {
		return nil, nil
	}
	return decodeGeometry(blob)
}

func (l *loader) date(collection, id, field string, date, precision any) geo.PartialDate {
	d, err := decodeDate(date, precision)
	if err != nil {
		l.fault(geo.RuleType, collection, id, field, err)
	}
	return d
}

// sourceIDs reads a list of sources, nil when it is empty.
func (l *loader) sourceIDs(collection, id string, raw any) []string {
	s, _ := raw.(string)
	if s == "" || s == "[]" {
		return nil
	}
	if list, seen := l.lists[s]; seen {
		return list
	}
	list, err := decodeList(s)
	if err != nil {
		l.fault(geo.RuleType, collection, id, "sources", err)
	}
	if len(list) == 0 {
		return nil
	}
	list = slices.Clip(list)
	const most = 10_000 // beyond it lists hardly repeat
	if len(l.lists) < most {
		l.lists[s] = list
	}
	return list
}

func (l *loader) periods(t *table) ([]geo.Period, error) {
	var periods []geo.Period
	err := l.rows(t, func(_ []byte, values []any) { periods = append(periods, l.period(values)) })
	slices.SortFunc(periods, geo.ComparePeriods)
	return periods, err
}

func (l *loader) period(values []any) geo.Period {
	s := func(i int) string { return textOf(values[i]) }
	id, place := s(0), s(1)+"/"+s(0)
	return geo.Period{
		ID: id, Collection: s(1), Scope: geo.Scope(s(2)), Owner: s(3), Kind: geo.PeriodKind(s(4)), Status: s(5),
		From:  l.date(geo.StatusID, place, "from_date", values[6], values[7]),
		To:    l.date(geo.StatusID, place, "to_date", values[8], values[9]),
		Basis: geo.EndBasis(s(10)), Cause: s(11), Summary: s(12), Sources: l.sourceIDs(geo.StatusID, place, values[13]),
	}
}

func (l *loader) sources(t *table) ([]geo.Source, error) {
	var sources []geo.Source
	err := l.rows(t, func(_ []byte, values []any) { sources = append(sources, l.source(values)) })
	slices.SortFunc(sources, func(a, b geo.Source) int { return cmp.Compare(a.ID, b.ID) })
	return sources, err
}

func (l *loader) source(values []any) geo.Source {
	s := func(i int) string { return textOf(values[i]) }
	return geo.Source{
		ID: s(0), Publisher: s(1), Title: s(2), URL: s(3), Supports: s(8), Audience: geo.Role(s(9)),
		Published: l.date(geo.SourcesID, s(0), "published", values[4], values[5]),
		Accessed:  l.date(geo.SourcesID, s(0), "accessed", values[6], values[7]),
	}
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}
