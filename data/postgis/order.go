package postgis

import (
	"context"
	"strings"

	"oxus/geo"
	"oxus/geo/cql2"
)

// orderSQL is the order of geo.Query.Order.
func (t *table) orderSQL(q *geo.Query) string {
	if len(q.Sort) == 0 {
		return "\nORDER BY f.hilbert" + way(q.Backwards) + ", f.id" + way(q.Backwards)
	}
	keys, down := q.SortedBy()
	parts := make([]string, 0, len(keys)+1)
	for _, key := range keys {
		parts = append(parts, t.comparable(q.Collection, key.Name)+way(key.Descending != q.Backwards)+unknown(q.Backwards))
	}
	return "\nORDER BY " + strings.Join(append(parts, "f.id"+way(down != q.Backwards)), ", ")
}

func way(descending bool) string {
	if descending {
		return " DESC"
	}
	return " ASC"
}

func unknown(first bool) string {
	if first {
		return " NULLS FIRST"
	}
	return " NULLS LAST"
}

// comparable is the expression of a sortable as it is ordered by: texts by code
// points.
func (t *table) comparable(c *geo.Collection, name string) string {
	if kind, _ := c.Sortable(name); kind == cql2.Text {
		return byCode(t.queryable(name))
	}
	return t.queryable(name)
}

// mark reads the item that the last page of a sorted query ended with, as it was
// on the day of the query; nil where it is not needed.
func (t *table) mark(ctx context.Context, ask asker, q *geo.Query) (*geo.Item, error) {
	if !q.NeedsMark() {
		return nil, nil
	}
	var s statement
	from, err := t.fromSQL(&s, &geo.Query{Collection: q.Collection, Today: q.AsOf()}, nil)
	if err != nil {
		return nil, err
	}
	rows, err := ask.Query(ctx, "SELECT "+t.itemColumns+from+"\nWHERE f.id = "+s.bind(sortable(q.After)), s.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items, err := t.gather(rows)
	if err == nil && len(items) == 0 {
		err = q.Unplaced()
	}
	if err != nil {
		return nil, err
	}
	return &items[0], nil
}

// following is true of the features after where the last page ended: after the
// mark by the first key that tells the two apart.
func (t *table) following(s *statement, q *geo.Query, mark *geo.Item) string {
	if len(q.Sort) == 0 {
		return "(f.hilbert, f.id)" + beside(q.Backwards) + "(" + s.bind(int64(q.AfterKey)) + "::bigint, " + s.bind(sortable(q.After)) + "::text)"
	}
	keys, down := q.SortedBy()
	condition := "f.id" + beside(down != q.Backwards) + s.bind(sortable(q.After))
	if mark == nil {
		return condition
	}
	values := &filterSQL{statement: s}
	known := q.Collection.Row(mark)
	for i := len(keys) - 1; i >= 0; i-- {
		x, v := t.comparable(q.Collection, keys[i].Name), known(keys[i].Name)
		if v == nil {
			condition = beyondUnknown(x, q.Backwards, condition)
			continue
		}
		condition = beyond(x, values.value(v), keys[i].Descending, q.Backwards, condition)
	}
	return condition
}

func beside(below bool) string {
	if below {
		return " < "
	}
	return " > "
}

// beyond is true where x comes after the known value v, or is the same and then
// decides.
func beyond(x, v string, descending, backwards bool, then string) string {
	after := x + beside(descending != backwards) + v
	if !backwards {
		after += " OR " + x + " IS NULL"
	}
	return "(" + after + " OR (" + x + " = " + v + " AND " + then + "))"
}

// beyondUnknown is beyond for a value that is not known, and so among the last.
func beyondUnknown(x string, backwards bool, then string) string {
	same := "(" + x + " IS NULL AND " + then + ")"
	if backwards {
		return "(" + x + " IS NOT NULL OR " + same + ")"
	}
	return same
}
