package postgis

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// many is a change of many features as the history keeps it, or the part of it that a
// query asks for.
type many struct {
	// head is what the revisions have in common, with the number of the first that is
	// asked for; last is that of the last. own is that of the first of all.
	head      geo.Revision
	last, own int64
	action    string
	ids       []string
}

// withMany puts the revisions that are kept together beside those of single rows, in
// the order and up to the limit of the query.
func (s *Store) withMany(ctx context.Context, tx pgx.Tx, q *geo.RevisionQuery, single []geo.Revision) ([]geo.Revision, error) {
	groups, err := s.manyAsked(ctx, tx, q)
	if err != nil || len(groups) == 0 {
		return single, err
	}
	if q.Feature == "" {
		if err := fillIDs(ctx, tx, groups); err != nil {
			return nil, err
		}
	}
	var found []geo.Revision
	actions := map[int64]string{}
	for i := range groups {
		for k, id := range groups[i].ids {
			r := groups[i].head
			r.Number += int64(k)
			r.Kind, r.ID = geo.FeatureRow, id
			actions[r.Number] = groups[i].action
			found = append(found, r)
		}
	}
	found = append(found, single...)
	slices.SortFunc(found, func(a, b geo.Revision) int {
		if q.Newest {
			a, b = b, a
		}
		return cmp.Compare(a.Number, b.Number)
	})
	found = found[:min(len(found), q.Limit)]
	if q.Bare {
		return found, nil
	}
	return found, s.fillRows(ctx, tx, found, actions)
}

// manyAsked returns the changes of many features that hold what a query asks for, up to
// its limit, with the first and last number cut to what it asks for.
func (s *Store) manyAsked(ctx context.Context, tx pgx.Tx, q *geo.RevisionQuery) ([]many, error) {
	var st statement
	where := recordedWhere(&st, q)
	first, last, ids, order, follows := "first", "last", "NULL::text[]", "m.first", " > "
	if q.Newest {
		order, follows = "m.first DESC", " < "
	}
	if q.Feature != "" {
		condition, id := s.manyOf(&st, q)
		where = append(where, condition)
		first = "first + array_position(ids, " + id + ") - 1"
		last, ids = first, "ARRAY["+id+"::text]"
	}
	switch {
	case q.After == 0:
	case q.Feature != "":
		where = append(where, first+follows+st.bind(q.After))
	case q.Newest:
		where = append(where, "first < "+st.bind(q.After))
		last = "least(last, " + st.bind(q.After-1) + ")"
	default:
		where = append(where, "last > "+st.bind(q.After))
		first = "greatest(first, " + st.bind(q.After+1) + ")"
	}
	text := "SELECT m.first, " + first + ", " + last + ", recorded, actor, note, direct, collection, action, " + ids +
		" FROM oxus.revisions_of_many m WHERE " + strings.Join(where, " AND ") + " ORDER BY " + order + " LIMIT " + st.bind(q.Limit)
	rows, err := tx.Query(ctx, text, st.args...)
	if err != nil {
		return nil, err
	}
	groups, err := pgx.CollectRows(rows, scanMany)
	if err != nil {
		return nil, err
	}
	return upTo(groups, int64(q.Limit), q.Newest), nil
}

func scanMany(row pgx.CollectableRow) (m many, err error) {
	var note pgtype.Text
	h := &m.head
	err = row.Scan(&m.own, &h.Number, &m.last, &h.Recorded, &h.Actor, &note, &h.Direct, &h.Collection, &m.action, &m.ids)
	h.Recorded, h.Note = h.Recorded.UTC(), note.String
	return m, err
}

// manyOf is the condition that a change of many features holds the one a query names,
// whose bound id it returns too. The rows of a feature say when it was changed.
func (s *Store) manyOf(st *statement, q *geo.RevisionQuery) (condition, id string) {
	if !storable(q.Feature) || !storable(q.Project) {
		return "false", "NULL::text"
	}
	id = st.bind(q.Feature)
	var parts []string
	for _, c := range s.atlas.Collections {
		t := s.tables[c.ID]
		if t == nil || c.Derived || len(q.Collections) > 0 && !slices.Contains(q.Collections, c.ID) {
			continue
		}
		parts = append(parts, "collection = "+st.bind(c.ID)+" AND recorded IN (SELECT recorded FROM "+t.features+" WHERE id = "+id+
			" UNION ALL SELECT unnest(ARRAY[recorded, upper(known)]) FROM "+t.past()+" WHERE id = "+id+")")
	}
	if parts == nil {
		return "false", id
	}
	return "(" + strings.Join(parts, " OR ") + ") AND " + id + " = ANY (ids)", id
}

// upTo keeps as many groups as hold so many revisions, and of the last as much.
func upTo(groups []many, limit int64, newest bool) []many {
	for i := range groups {
		g := &groups[i]
		if held := g.last - g.head.Number + 1; held < limit {
			limit -= held
			continue
		}
		if newest {
			g.head.Number = g.last - limit + 1
		} else {
			g.last = g.head.Number + limit - 1
		}
		return groups[:i+1]
	}
	return groups
}

// fillIDs reads which features the groups hold between their first and last numbers.
func fillIDs(ctx context.Context, tx pgx.Tx, groups []many) error {
	own, first, last := make([]int64, len(groups)), make([]int64, len(groups)), make([]int64, len(groups))
	for i := range groups {
		own[i], first[i], last[i] = groups[i].own, groups[i].head.Number, groups[i].last
	}
	rows, err := tx.Query(ctx, `
SELECT place, ids[(a.first - own + 1)::int:(a.last - own + 1)::int] FROM oxus.revisions_of_many m
  JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS a (own, first, last, place) ON m.first = own`, own, first, last)
	if err != nil {
		return err
	}
	var place int64
	var ids []string
	_, err = pgx.ForEachRow(rows, []any{&place, &ids}, func() error {
		groups[place-1].ids, ids = ids, nil
		return nil
	})
	return err
}

// fillRows reads what the features of revisions that are kept together were and became.
// actions tell which revisions those are.
func (s *Store) fillRows(ctx context.Context, tx pgx.Tx, found []geo.Revision, actions map[int64]string) error {
	places := map[string][]int{} // by collection
	for i := range found {
		if actions[found[i].Number] != "" {
			places[found[i].Collection] = append(places[found[i].Collection], i)
		}
	}
	for collection, at := range places {
		t := s.tables[collection]
		if t == nil {
			continue // it is no longer declared
		}
		if err := t.fillRows(ctx, tx, found, at, actions); err != nil {
			return err
		}
	}
	return nil
}

// fillRows is that of the store, for the revisions of one collection at some places.
func (t *table) fillRows(ctx context.Context, tx pgx.Tx, found []geo.Revision, at []int, actions map[int64]string) error {
	ids, moments := make([]string, len(at)), make([]time.Time, len(at))
	for k, i := range at {
		ids[k], moments[k] = found[i].ID, found[i].Recorded
	}
	has := func(but string) bool { // a revision of another action than this
		return slices.ContainsFunc(at, func(i int) bool { return actions[found[i].Number] != but })
	}
	var parts []string
	part := func(after, rows, moment string) {
		parts = append(parts, "SELECT a.place, "+after+", "+t.featureColumns+" FROM asked a JOIN "+rows+" f ON f.id = a.id AND "+moment+" = a.moment")
	}
	if has("delete") {
		part("true", t.features, "f.recorded")
		part("true", t.past(), "f.recorded")
	}
	if has("insert") {
		part("false", t.past(), "upper(f.known)")
	}
	rows, err := tx.Query(ctx, "WITH asked AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS a (id, moment, place)) "+
		strings.Join(parts, " UNION ALL "), ids, moments)
	if err != nil {
		return err
	}
	row := newFeatureRow(t.collection)
	var place int64
	var after bool
	_, err = pgx.ForEachRow(rows, append([]any{&place, &after}, row.targets()...), func() error {
		f, err := row.feature()
		r := &found[at[place-1]]
		switch action := actions[r.Number]; {
		case after && action != "delete":
			r.After.Feature = f
		case !after && action != "insert":
			r.Before.Feature = f
		}
		return err
	})
	return err
}
