package postgis

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// Apply implements geo.Writer. Changes wait for each other, so that each is
// checked against the data it will join; those of other programs wait too, from
// their first change on.
func (s *Store) Apply(ctx context.Context, ch geo.Change) error {
	conn, err := acquire(ctx, s.writers)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer s.watch.write() // also when nobody knows how it ended
	return transact(ctx, conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		moment, err := prepare(ctx, tx, &ch)
		if err != nil {
			return err
		}
		own, err := s.ready(&ch)
		if err != nil {
			return err
		}
		missed, err := missedBy(ctx, tx, &ch)
		if err != nil {
			return err
		}
		if err := s.applyPart(ctx, tx, own, missed); err != nil {
			return err
		}
		if err := s.applyParts(ctx, tx, ch.Parts, missed, moment); err != nil {
			return err
		}
		if err := writeImports(ctx, tx, ch.Imports, moment); err != nil {
			return err
		}
		// What is held at the end is held now, while a broken rule can still be
		// told from a lost connection.
		_, err = tx.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE")
		return err
	})
}

func (s *Store) applyPart(ctx context.Context, tx pgx.Tx, part *readied, missed *missed) error {
	if err := missed.refuse(ctx, tx, part.ch); err != nil {
		return err
	}
	if err := s.check(ctx, tx, part); err != nil {
		return err
	}
	if part.added == nil { // it does keep the rules, together with what is there
		var err error
		if part.added, err = s.copied(part.ch); err != nil {
			return err
		}
	}
	// Features cannot go before their periods, nor sources before the rows that cite
	// them, and the change may take a source off a row that stays.
	if err := s.remove(ctx, tx, part.ch.Removals, geo.StatusRow, geo.FeatureRow); err != nil {
		return err
	}
	if err := putSources(ctx, tx, part.ch.Sources); err != nil {
		return err
	}
	for _, c := range s.atlas.Collections {
		if err := s.tables[c.ID].put(ctx, tx, part); err != nil {
			return err
		}
	}
	return s.remove(ctx, tx, part.ch.Removals, geo.SourceRow)
}

// applyParts carries out the parts of a change, of which two at a time are in memory:
// one is made ready while the database takes the one before.
func (s *Store) applyParts(ctx context.Context, tx pgx.Tx, parts iter.Seq2[geo.Change, error], missed *missed, moment time.Time) error {
	if parts == nil {
		return nil
	}
	for part, err := range geo.Ahead(s.readyParts(parts)) {
		if err != nil {
			return err
		}
		if err := s.applyPart(ctx, tx, part, missed); err != nil {
			return err
		}
	}
	return writtenTwice(ctx, tx, moment)
}

func (s *Store) readyParts(parts iter.Seq2[geo.Change, error]) iter.Seq2[*readied, error] {
	return func(yield func(*readied, error) bool) {
		for part, err := range parts {
			if err != nil {
				yield(nil, &interrupted{err})
				return
			}
			if ready, err := s.ready(&part); !yield(ready, err) || err != nil {
				return
			}
		}
	}
}

// writtenTwice refuses rows that two parts of the change recorded at a moment have
// written: which of them comes first would decide what is left.
func writtenTwice(ctx context.Context, tx pgx.Tx, moment time.Time) error {
	// Added twice it cannot be: one of two revisions is a change or a removal. Most
	// changes have few of those, and are looked through once. What one of many features
	// becomes after that is refused at once, but for adding it again.
	rows, err := tx.Query(ctx, `
WITH single AS MATERIALIZED (SELECT seq, kind, collection, id, action FROM oxus.revisions WHERE recorded = $1),
     many AS MATERIALIZED (SELECT 'feature' AS kind, collection, unnest(ids) AS id, action FROM oxus.revisions_of_many
                            WHERE recorded = $1 AND (EXISTS (SELECT FROM single) OR action <> 'insert'))
SELECT kind, collection, id FROM single a JOIN single b USING (kind, collection, id) WHERE a.action <> 'insert' AND a.seq <> b.seq
 UNION SELECT kind, collection, id FROM many JOIN single USING (kind, collection, id)
 UNION SELECT kind, collection, id FROM many a JOIN (
    SELECT collection, unnest(ids) AS id FROM oxus.revisions_of_many WHERE recorded = $1 AND action = 'insert' AND EXISTS (SELECT FROM many)
) b USING (collection, id) WHERE a.action <> 'insert'
 ORDER BY 1, 2, 3 LIMIT 100`, moment)
	if err != nil {
		return err
	}
	faults, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (geo.Fault, error) {
		var r geo.Removal
		err := row.Scan(&r.Kind, &r.Collection, &r.ID)
		return geo.Fault{Rule: geo.RuleDuplicateID, Place: r.Place(), Detail: "it is written twice by one change"}, err
	})
	return cmp.Or(err, geo.Faulty(faults))
}

// prepare names the actor for the history and takes the moment of the change,
// with the lock that lets one change record at a time. It waits half a minute at
// most: a transaction left open in another program must not hold an import for
// ever. The statements of triggers are planned once, not for each row, and the
// rows of a part are sorted in memory.
func prepare(ctx context.Context, tx pgx.Tx, ch *geo.Change) (moment time.Time, err error) {
	_, err = tx.Exec(ctx, `
SELECT set_config('oxus.actor', $1, true), set_config('oxus.note', $2, true), set_config('oxus.program', 'oxus', true),
       set_config('statement_timeout', '0', true), set_config('lock_timeout', '30s', true),
       set_config('plan_cache_mode', 'auto', true), set_config('work_mem', '64MB', true)`,
		ch.Actor, ch.Note)
	if err != nil {
		return moment, err
	}
	err = tx.QueryRow(ctx, "SELECT oxus.take_moment()").Scan(&moment)
	return moment.UTC(), err
}

// put writes what a change holds for one collection.
func (t *table) put(ctx context.Context, tx pgx.Tx, part *readied) error {
	var replaced, periods [][]any
	for i := range part.ch.Features {
		p := &part.ch.Features[i]
		if p.Collection.ID != t.collection.ID || p.Added() {
			continue
		}
		row, err := t.featureValues(p)
		if err != nil {
			return err
		}
		replaced = append(replaced, row)
	}
	for i := range part.ch.Periods {
		if p := &part.ch.Periods[i]; p.Collection == t.collection.ID {
			periods = append(periods, t.periodValues(p))
		}
	}
	if err := t.putFeatures(ctx, tx, part.added[t.collection.ID], replaced); err != nil {
		return err
	}
	if t.status == "" {
		return nil
	}
	return upsert(ctx, tx, t.status, t.periodStored(), periods)
}

func (t *table) putFeatures(ctx context.Context, tx pgx.Tx, added *copied, replaced [][]any) error {
	faults, err := t.occupied(ctx, tx, added)
	if err != nil {
		return err
	}
	stored := append(slices.Clone(t.stored), "revision") // in the staged rows: the one expected
	err = stage(ctx, tx, t.features, stored, replaced, func() error {
		stale, err := t.expect(ctx, tx)
		if faults = append(faults, stale...); err != nil || len(faults) > 0 {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE "+t.features+" f SET "+assignments("s", t.stored)+" FROM staged s WHERE f.id = s.id")
		return err
	})
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return &geo.Error{Kind: geo.Conflict, Faults: faults}
	}
	return t.add(ctx, tx, added)
}

// occupied reports the rows to add whose feature is there already.
func (t *table) occupied(ctx context.Context, tx pgx.Tx, added *copied) ([]geo.Fault, error) {
	if near, err := t.near(ctx, tx, t.features, added); !near || err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, "SELECT id, 0, revision FROM "+t.features+" WHERE id = ANY ($1::text[]) ORDER BY id", added.ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, t.changed)
}

// near reports whether a table has a row from the first to the last of the ids to add:
// where it has none, as in a collection that is filled in order, there is no need to
// look for each.
func (t *table) near(ctx context.Context, tx pgx.Tx, table string, added *copied) (near bool, err error) {
	if added == nil {
		return false, nil
	}
	err = tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table+" WHERE id BETWEEN $1 AND $2)", slices.Min(added.ids), slices.Max(added.ids)).Scan(&near)
	return near, err
}

// add copies new rows into the table, with the revision that each counts on from
// and the moment. The database checks both.
func (t *table) add(ctx context.Context, tx pgx.Tx, added *copied) error {
	if added == nil {
		return nil
	}
	var moment time.Time
	if err := tx.QueryRow(ctx, "SELECT oxus.take_moment()").Scan(&moment); err != nil {
		return err
	}
	reached, err := t.reached(ctx, tx, added)
	if err != nil {
		return err
	}
	added.count(reached, moment)
	return added.into(ctx, tx, t.features, columns("", append(slices.Clone(t.stored), "revision", "recorded")))
}

// reached are the last revisions of features that were removed and are added again.
func (t *table) reached(ctx context.Context, tx pgx.Tx, added *copied) (map[string]int64, error) {
	if near, err := t.near(ctx, tx, t.past(), added); !near || err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, "SELECT id, max(revision) FROM "+t.past()+" WHERE id = ANY ($1::text[]) GROUP BY id", added.ids)
	if err != nil {
		return nil, err
	}
	reached := map[string]int64{}
	var id string
	var revision int64
	_, err = pgx.ForEachRow(rows, []any{&id, &revision}, func() error {
		reached[id] = revision
		return nil
	})
	return reached, err
}

// expect holds the revisions that the staged rows expect against those stored,
// and keeps the rows as they are until the end.
func (t *table) expect(ctx context.Context, tx pgx.Tx) ([]geo.Fault, error) {
	_, err := tx.Exec(ctx, "SELECT FROM "+t.features+" WHERE id IN (SELECT id FROM staged) ORDER BY id FOR UPDATE")
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, "SELECT s.id, s.revision, coalesce(f.revision, 0) FROM staged s LEFT JOIN "+t.features+
		" f USING (id) WHERE s.revision <> coalesce(f.revision, 0) ORDER BY s.id")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, t.changed)
}

func (t *table) changed(row pgx.CollectableRow) (geo.Fault, error) {
	var id string
	var expected, stored int64
	if err := row.Scan(&id, &expected, &stored); err != nil {
		return geo.Fault{}, err
	}
	fault := geo.Fault{Rule: geo.RuleChanged, Place: geo.ByFeature(t.collection.ID, id)}
	switch {
	case stored == 0:
		fault.Detail = "it is not there to be replaced"
	case expected == 0:
		fault.Detail = "it is there already"
	default:
		fault.Detail = "it has been changed since it was read"
	}
	return fault, nil
}

func putSources(ctx context.Context, tx pgx.Tx, sources []geo.Source) error {
	rows := make([][]any, len(sources))
	for i, s := range sources {
		rows[i] = []any{
			s.ID, s.Publisher, s.Title, orNull(s.URL), orNull(s.Published.String()), orNull(s.Accessed.String()), orNull(s.Supports),
			orNull(string(s.Audience)),
		}
	}
	return upsert(ctx, tx, "oxus.sources", []string{"id", "publisher", "title", "url", "published", "accessed", "supports", "audience"}, rows)
}

// upsert writes rows into a table; each replaces the one of its id.
func upsert(ctx context.Context, tx pgx.Tx, table string, stored []string, rows [][]any) error {
	return stage(ctx, tx, table, stored, rows, func() error {
		list := columns("", stored)
		_, err := tx.Exec(ctx, "INSERT INTO "+table+" ("+list+", recorded) SELECT "+list+
			", m FROM staged, oxus.take_moment() m ON CONFLICT (id) DO UPDATE SET "+assignments("excluded", stored))
		return err
	})
}

// stage copies rows into a temporary table for use to take over. However many
// they are, they then go in with one statement and one run of the triggers.
func stage(ctx context.Context, tx pgx.Tx, table string, stored []string, rows [][]any, use func() error) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE staged ON COMMIT DROP AS SELECT "+columns("", stored)+" FROM "+table+" WITH NO DATA")
	if err != nil {
		return err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"pg_temp", "staged"}, stored, pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "ANALYZE staged"); err != nil {
		return err
	}
	if err := use(); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "DROP TABLE staged")
	return err
}

// featureValues are a feature's values in the order of stored, and the revision
// expected.
func (t *table) featureValues(p *geo.Put) ([]any, error) {
	f := &p.Feature
	geometry, err := encoded(f.Geometry)
	if err != nil {
		return nil, err
	}
	row := []any{f.ID, geometry, f.Sources}
	row = append(append(row, dateValues(f.Lifetime.From)...), dateValues(f.Lifetime.To)...)
	for i := range t.collection.Properties {
		var v any
		if i < len(f.Values) {
			v = f.Values[i]
		}
		row = append(row, v)
	}
	return append(row, p.Expect), nil
}

func (t *table) periodStored() []string {
	owner := []string{"id", "feature"}
	if t.project != "" {
		owner = append(owner, "project")
	}
	return append(owner, periodContent()...)
}

// periodValues are a period's values in the order of periodStored.
func (t *table) periodValues(p *geo.Period) []any {
	var feature, project any
	if p.Scope == geo.OfProject {
		project = p.Owner
	} else {
		feature = p.Owner
	}
	row := []any{p.ID, feature}
	if t.project != "" {
		row = append(row, project)
	}
	row = append(row, string(p.Kind), p.Status)
	row = append(append(row, dateValues(p.From)...), dateValues(p.To)...)
	return append(row, string(p.Basis), orNull(p.Cause), orNull(p.Summary), p.Sources)
}

// dateValues are a date and its precision, both nil when it is unknown.
func dateValues(d geo.PartialDate) []any {
	if !d.Known() {
		return []any{nil, nil}
	}
	return []any{d.Date.Time(), d.Precision.String()}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
