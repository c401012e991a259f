package postgis

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// Detail implements geo.Reader.
func (v view) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	return v.detail(ctx, c, id, on, nil)
}

// detail asks for all of a feature by one statement, and so from one state of the data. Where
// told is not nil that state is told too.
func (v view) detail(ctx context.Context, c *geo.Collection, id string, on geo.Date, told *present) (*geo.Detail, error) {
	t, err := v.table(c)
	if err != nil {
		return nil, err
	}
	if !storable(id) {
		return nil, notFound(c, id)
	}
	asked := v.detailQuestion(t, id, told != nil)
	d, err := v.askDetail(ctx, asked, told)
	if err != nil {
		return nil, failed(ctx, err)
	}
	if d.Feature == nil {
		return nil, notFound(c, id)
	}
	if t.status != "" {
		slices.SortFunc(d.History, geo.ComparePeriods)
		d.Standing = geo.StandingOn(on, d.History)
	}
	slices.SortFunc(d.Sources, func(a, b geo.Source) int { return strings.Compare(a.ID, b.ID) })
	return d, nil
}

// askDetail asks in the state that the context holds where it holds one. Then that state
// has been told before.
func (v view) askDetail(ctx context.Context, q *detailQuestion, told *present) (*geo.Detail, error) {
	if told == nil {
		if tx, err := v.heldFor(ctx); err != nil {
			return nil, err
		} else if tx != nil {
			rows, err := tx.Query(ctx, q.text, q.args...)
			if err != nil {
				return nil, err
			}
			return q.read(rows, nil)
		}
	}
	conn, err := v.store.acquirePage(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	if err := forPages(ctx, conn); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, q.text, q.args...)
	if err != nil {
		return nil, err
	}
	return q.read(rows, told)
}

// What a row of the answer to a detailQuestion is about.
const (
	aboutFeature = 1 + iota
	aboutPeriod
	aboutSource
	aboutState
)

// detailQuestion is the statement that asks for a feature, its history, the sources of both
// and the state that all is from. Each of its rows is about one of these: the number of
// which comes first, and the columns of the others are null.
type detailQuestion struct {
	command
	table *table
	// features, periods and sources are how many columns each has.
	features, periods, sources int
}

const (
	detailSources = "c.id, c.publisher, c.title, c.url, c.published, c.accessed, c.supports, c.audience"
	detailState   = "p.present"
)

func (v view) detailQuestion(t *table, id string, told bool) *detailQuestion {
	q := &detailQuestion{table: t, features: len(t.stored) + 1, sources: strings.Count(detailSources, ",") + 1}
	s := statement{once: true}
	with := []string{"one AS MATERIALIZED (SELECT f.* FROM " + t.featureRows(&s) + " f WHERE f.id = " + s.bind(id) + ")"}
	columns, kinds := t.featureColumns, []int{aboutFeature, aboutSource}
	from := " LEFT JOIN one f ON k.of = " + strconv.Itoa(aboutFeature)
	cited := "SELECT unnest(one.sources) FROM one"
	if t.status != "" {
		q.periods = strings.Count(t.periodColumns, ",") + 1
		with = append(with, "own AS MATERIALIZED (SELECT s.* FROM "+t.statusRows(&s)+" s JOIN one f ON "+t.owned()+")")
		columns, kinds = columns+", "+t.periodColumns, append(kinds, aboutPeriod)
		from += " LEFT JOIN own s ON k.of = " + strconv.Itoa(aboutPeriod)
		cited += " UNION SELECT unnest(own.sources) FROM own"
	}
	with = append(with, "cited AS MATERIALIZED (SELECT * FROM "+v.sourceRows(&s)+" src WHERE src.id = ANY (ARRAY("+cited+")))")
	columns += ", " + detailSources
	from += " LEFT JOIN cited c ON k.of = " + strconv.Itoa(aboutSource)
	if told {
		with = append(with, "present AS MATERIALIZED ("+v.presentSQL(&s)+")")
		columns, kinds = columns+", "+detailState, append(kinds, aboutState)
		from += " LEFT JOIN present p ON k.of = " + strconv.Itoa(aboutState)
	}
	if s.hides != "" {
		with = append([]string{s.hides}, with...)
	}
	values := make([]string, len(kinds))
	for i, k := range kinds {
		values[i] = "(" + strconv.Itoa(k) + ")"
	}
	q.text = "WITH " + strings.Join(with, ",\n") + "\nSELECT k.of, " + columns + " FROM (VALUES " + strings.Join(values, ", ") + ") k(of)" + from
	q.args = s.args
	return q
}

// read reads all rows, and the state that is told into told.
func (q *detailQuestion) read(rows pgx.Rows, told *present) (*geo.Detail, error) {
	defer rows.Close()
	if err := binaryFormat(rows.FieldDescriptions()); err != nil {
		return nil, err
	}
	d, r := &geo.Detail{Sources: []geo.Source{}}, q.table.newItemReader()
	for rows.Next() {
		columns := rows.RawValues()
		r.row = rowReader{columns: columns[:1]}
		about := r.row.fixed(r.row.next(), 4)
		columns = columns[1:]
		switch about {
		case aboutFeature:
			r.row.columns = columns[:q.features]
			if columns[0] != nil { // its revision
				d.Feature = r.feature(&geo.Feature{Values: make([]geo.Value, len(r.shared))})
			}
		case aboutPeriod:
			r.row.columns = columns[q.features:][:q.periods]
			if p := (geo.Period{}); r.period(&p) {
				d.History = append(d.History, p)
			}
		case aboutSource:
			r.row.columns = columns[q.features+q.periods:][:q.sources]
			if r.row.columns[0] != nil { // its id
				d.Sources = append(d.Sources, r.row.source())
			}
		case aboutState:
			if err := told.read(string(columns[q.features+q.periods+q.sources])); err != nil {
				return nil, err
			}
		}
		if r.row.failed != nil {
			return nil, r.row.failed
		}
	}
	return d, rows.Err()
}

// Sources implements geo.Reader.
func (v view) Sources(ctx context.Context, ids []string) (named []geo.Source, err error) {
	err = v.store.inSnapshot(ctx, func(tx pgx.Tx) error {
		named, err = v.named(ctx, tx, ids)
		return err
	})
	return named, err
}

// named returns the sources of those ids, in order.
func (v view) named(ctx context.Context, tx pgx.Tx, ids []string) ([]geo.Source, error) {
	var s statement
	return v.sources(ctx, tx, &s, "WHERE id = ANY ("+s.bind(ids)+") ORDER BY id")
}

func notFound(c *geo.Collection, id string) error {
	return geo.Errorf(geo.NotFound, "There is no feature %q in %s.", id, c.ID)
}

// selectOwned reads the periods that speak for the features f of a condition, in order,
// each with the id of its feature. Values of the condition are bound in s.
func (t *table) selectOwned(ctx context.Context, tx pgx.Tx, s *statement, condition string) (periods []geo.Period, owners []string, err error) {
	text := "SELECT f.id, " + t.periodColumns + " FROM " + t.statusRows(s) + " s JOIN " + t.featureRows(s) + " f ON " + t.owned() +
		" WHERE " + condition + " ORDER BY s.from_date, s.id"
	rows, err := tx.Query(ctx, text, s.args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var row periodRow
	var owner string
	targets := append([]any{&owner}, row.targets()...)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, nil, err
		}
		p, err := row.period(t.collection)
		if err != nil {
			return nil, nil, err
		}
		periods, owners = append(periods, *p), append(owners, owner)
	}
	return periods, owners, rows.Err()
}

// selectFeatures reads the features f that the rest of the statement leaves.
// Its values are bound in s.
func (t *table) selectFeatures(ctx context.Context, tx pgx.Tx, s *statement, rest string) ([]geo.Feature, error) {
	rows, err := tx.Query(ctx, "SELECT "+t.featureColumns+" FROM "+t.featureRows(s)+" f "+rest, s.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var features []geo.Feature
	row := newFeatureRow(t.collection)
	targets := row.targets()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		f, err := row.feature()
		if err != nil {
			return nil, err
		}
		features = append(features, *f)
	}
	return features, rows.Err()
}

// selectPeriods reads the periods s that the rest of the statement leaves.
// Its values are bound in s.
func (t *table) selectPeriods(ctx context.Context, tx pgx.Tx, s *statement, rest string) ([]geo.Period, error) {
	rows, err := tx.Query(ctx, "SELECT "+t.periodColumns+" FROM "+t.statusRows(s)+" s "+rest, s.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var periods []geo.Period
	var row periodRow
	targets := row.targets()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		p, err := row.period(t.collection)
		if err != nil {
			return nil, err
		}
		periods = append(periods, *p)
	}
	return periods, rows.Err()
}

// sources reads the sources that the rest of the statement leaves. Its values are
// bound in s.
func (v view) sources(ctx context.Context, tx pgx.Tx, s *statement, rest string) ([]geo.Source, error) {
	rows, err := tx.Query(ctx, "SELECT "+sourceColumns+" FROM "+v.sourceRows(s)+" src "+rest, s.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanSource)
}
