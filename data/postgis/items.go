package postgis

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// part is how many features of an answer without a limit are read at a time.
const part = 1000

// Items implements geo.Reader. What is read is taken off the database before it
// is handed on, so that a slow reader holds no connection; an answer without a
// limit is read in parts, so that memory does not grow with it.
func (v view) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return v.inParts(ctx, q, v.part)
}

// inParts yields what read finds, part by part. Of an answer without a limit the next
// part is read while the one before is handed on.
func (v view) inParts(ctx context.Context, q geo.Query, read func(context.Context, *geo.Query) ([]geo.Item, error)) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		sent := 0
		parts := v.parts(ctx, q, read)
		if q.Limit == 0 && v.store.begun(ctx) == nil { // a transaction is asked by one at a time
			parts = geo.Ahead(parts)
		}
		for items, err := range parts {
			if err != nil {
				yield(geo.Item{}, err)
				return
			}
			for i := range items {
				if !measured(&items[i], q.Near) {
					continue
				}
				if !yield(items[i], nil) {
					return
				}
				if sent++; sent == q.Limit {
					return
				}
			}
		}
	}
}

// parts yields what read finds until there is no more.
func (v view) parts(ctx context.Context, q geo.Query, read func(context.Context, *geo.Query) ([]geo.Item, error)) iter.Seq2[[]geo.Item, error] {
	return func(yield func([]geo.Item, error) bool) {
		ask := q
		if q.Limit == 0 || q.Near != nil {
			ask.Limit = part // of those near some lie too far after all
		}
		for {
			items, err := v.inTurn(ctx, &ask, q.Limit == 0, read)
			if !yield(items, err) || err != nil || len(items) < ask.Limit {
				return
			}
			last := &items[len(items)-1]
			ask.After, ask.AfterKey = last.ID, last.Key
		}
	}
}

// inTurn reads a part; those of an answer without a limit wait for their turn.
func (v view) inTurn(ctx context.Context, q *geo.Query, endless bool, read func(context.Context, *geo.Query) ([]geo.Item, error)) ([]geo.Item, error) {
	if !endless {
		return read(ctx, q)
	}
	select {
	case v.store.exports <- struct{}{}:
		defer func() { <-v.store.exports }()
		return read(ctx, q)
	case <-ctx.Done():
		return nil, failed(ctx, ctx.Err())
	}
}

// measured gives an item its distance and reports whether it is near; the index
// knows boxes only.
func measured(it *geo.Item, n *geo.Near) (near bool) {
	if n == nil {
		return true
	}
	it.Distance, near = n.Measure(it.Geometry)
	return near
}

// Count implements geo.Reader.
func (v view) Count(ctx context.Context, q geo.Query) (n int, err error) {
	if q.Near != nil {
		q.Limit = 0
		for _, err := range v.Items(ctx, q) {
			if err != nil {
				return 0, err
			}
			n++
		}
		return n, nil
	}
	t, err := v.table(q.Collection)
	if err != nil {
		return 0, err
	}
	sql, args, err := t.countSQL(&q)
	if err != nil {
		return 0, err
	}
	conn, err := v.store.acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	row := func(sql string, args ...any) pgx.Row { return conn.QueryRow(ctx, sql, args...) }
	veiled := true
	if q.Roughly {
		// The planner knows of all rows: what it expects would tell of hidden ones.
		if veiled, err = v.isVeiled(ctx, row); err != nil {
			return 0, err
		}
	}
	if q.Roughly && !veiled {
		n, err = estimated(ctx, conn, sql, args)
	} else {
		err = conn.QueryRow(ctx, sql, args...).Scan(&n)
	}
	return n, failed(ctx, err)
}

// estimated returns how many rows the planner expects to be counted.
func estimated(ctx context.Context, conn lent, counting string, args []any) (int, error) {
	var plans []struct {
		Plan struct {
			Plans []struct {
				Rows float64 `json:"Plan Rows"`
			}
		}
	}
	err := conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+counting, args...).Scan(&plans)
	if err != nil || len(plans) == 0 || len(plans[0].Plan.Plans) == 0 {
		return 0, err
	}
	return int(plans[0].Plan.Plans[0].Rows), nil
}

// part answers a query with a limit by one statement, and by another in the same
// state where histories are asked for.
func (v view) part(ctx context.Context, q *geo.Query) ([]geo.Item, error) {
	t, err := v.table(q.Collection)
	if err != nil {
		return nil, err
	}
	if q.Histories && t.status != "" {
		var items []geo.Item
		err := v.store.inSnapshot(ctx, func(tx pgx.Tx) (err error) {
			if items, err = t.items(ctx, tx, q); err == nil {
				err = t.addHistories(ctx, tx, items)
			}
			return err
		})
		return items, err
	}
	if tx, err := v.heldFor(ctx); err != nil {
		return nil, err
	} else if tx != nil {
		items, err := t.items(ctx, tx, q)
		return items, failed(ctx, err)
	}
	if items, same, err := v.partOfPresent(ctx, q); same || err != nil {
		return items, err
	}
	conn, err := v.store.acquirePage(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	items, err := t.page(ctx, conn, q, nil)
	return items, failed(ctx, err)
}

// partOfPresent answers from the present where nothing has been recorded since the state
// that is asked about: the rows of one table cost less than those that are known of two.
// It reports whether that is so.
func (v view) partOfPresent(ctx context.Context, q *geo.Query) (items []geo.Item, same bool, err error) {
	if v.st.Moment.IsZero() || v.store.last.Load() > v.st.Last || q.NeedsMark() {
		return nil, false, nil
	}
	now := view{store: v.store, who: v.who}
	t, err := now.table(q.Collection)
	if err != nil {
		return nil, false, err
	}
	conn, err := v.store.acquirePage(ctx)
	if err != nil {
		return nil, false, err
	}
	defer conn.Release()
	then := &present{}
	items, err = t.page(ctx, conn, q, &telling{now, then})
	if err != nil {
		return nil, false, failed(ctx, err)
	}
	v.store.last.Store(then.state.Last)
	return items, then.state.Last == v.st.Last, nil
}

// asker asks within a transaction or outside one.
type asker interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// items answers a query with a limit however the planner thinks best.
func (t *table) items(ctx context.Context, ask asker, q *geo.Query) ([]geo.Item, error) {
	by, err := t.command(ctx, ask, q)
	if err != nil {
		return nil, err
	}
	rows, err := ask.Query(ctx, by.text, by.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return t.gather(rows)
}

// command is the statement of items.
func (t *table) command(ctx context.Context, ask asker, q *geo.Query) (*command, error) {
	mark, err := t.mark(ctx, ask, q)
	if err != nil {
		return nil, err
	}
	text, args, err := t.itemsSQL(q, mark)
	return &command{text, args}, err
}

// addHistories gives each of the items its periods, in order.
func (t *table) addHistories(ctx context.Context, tx pgx.Tx, items []geo.Item) error {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	var s statement
	periods, owners, err := t.selectOwned(ctx, tx, &s, "f.id = ANY ("+s.bind(ids)+")")
	if err != nil {
		return err
	}
	histories := make(map[string][]geo.Period, len(items))
	for i := range periods {
		histories[owners[i]] = append(histories[owners[i]], periods[i])
	}
	for i := range items {
		items[i].History = histories[items[i].ID]
	}
	return nil
}

// statement gathers the values that a text refers to.
type statement struct {
	args []any
	// once says that the sources which are hidden are looked for once for the whole
	// text; hides is the part of it that does, blank where nothing asks for them. It comes
	// first in what follows a WITH.
	once  bool
	hides string
}

// bind adds a value and returns its place holder.
func (s *statement) bind(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// itemsSQL is the one statement that answers a query; a sorted one goes on after
// the mark.
func (t *table) itemsSQL(q *geo.Query, mark *geo.Item) (text string, args []any, err error) {
	var s statement
	text, err = t.selectItems(&s, t.itemColumns, q, mark)
	return text, s.args, err
}

func (t *table) selectItems(s *statement, columns string, q *geo.Query, mark *geo.Item) (text string, err error) {
	from, err := t.fromSQL(s, q, mark)
	if err != nil {
		return "", err
	}
	text = "SELECT " + columns + from + t.orderSQL(q)
	if q.Limit > 0 {
		text += " LIMIT " + s.bind(q.Limit)
	}
	return text, nil
}

// countSQL counts the features that answer a query, whatever its limit.
func (t *table) countSQL(q *geo.Query) (text string, args []any, err error) {
	var s statement
	from, err := t.fromSQL(&s, q, nil)
	return "SELECT count(*)" + from, s.args, err
}

// fromSQL is the features f that answer a query, each with the period s that
// gives its standing.
func (t *table) fromSQL(s *statement, q *geo.Query, mark *geo.Item) (string, error) {
	from := "\nFROM " + t.featureRows(s) + " f" + t.joinStanding(s, q)
	where, err := t.conditions(s, q)
	if q.After != "" {
		where = append(where, t.following(s, q, mark))
	}
	if err != nil || len(where) == 0 {
		return from, err
	}
	return from + "\nWHERE " + strings.Join(where, "\n  AND "), nil
}

// joinStanding joins the period s that gives f its standing on the day of a query.
func (t *table) joinStanding(s *statement, q *geo.Query) string {
	if t.status == "" {
		return ""
	}
	return " LEFT JOIN LATERAL (" + t.standingSQL(s, s.bind(pgDate(q.AsOf()))) + ") s ON true"
}

// standingSQL finds the period that gives the status of f on a day, in the
// order of geo.StandingOn.
func (t *table) standingSQL(s *statement, day string) string {
	order := "s.kind = 'phase', s.from_date DESC, s.id"
	if t.project != "" {
		order = "s.project IS NOT NULL, " + order
	}
	return "SELECT s.* FROM " + t.statusRows(s) + " s WHERE " + t.owned() +
		" AND s.during @> " + day + "::date AND s.kind <> 'milestone' ORDER BY " + order + " LIMIT 1"
}

func (t *table) conditions(s *statement, q *geo.Query) ([]string, error) {
	var where []string
	if q.IDs != nil {
		where = append(where, "f.id = ANY ("+s.bind(q.IDs)+"::text[])")
	}
	if q.BBox != nil {
		box, err := t.inBoxes(s, q.BBox.Bounds())
		if err != nil {
			return nil, err
		}
		where = append(where, box)
	}
	if q.Near != nil {
		where = append(where, t.inReach(s, q.Near))
	}
	if q.Time != nil {
		where = append(where, "f.lifetime && daterange("+s.bind(pgDate(q.Time.From))+", "+s.bind(pgDate(q.Time.To))+", '[]')")
	}
	for _, e := range q.Equals {
		where = append(where, t.equals(s, e))
	}
	if q.Filter == nil {
		return where, nil
	}
	filter, err := t.filter(s, q.Filter)
	return append(where, filter), err
}

// inReach is true where a geometry may be near. The boxes are asked one by one, so
// that each uses the index.
func (t *table) inReach(s *statement, n *geo.Near) string {
	var edges [4][]float64
	for _, b := range n.Boxes() {
		for i, edge := range []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]} {
			edges[i] = append(edges[i], edge)
		}
	}
	lists := make([]string, len(edges))
	for i := range edges {
		lists[i] = s.bind(edges[i]) + "::float8[]"
	}
	return "f.id IN (SELECT n.id FROM unnest(" + strings.Join(lists, ", ") + ") b(w, s, e, n) JOIN " + t.featureRows(s) +
		" n ON n.geom && ST_MakeEnvelope(b.w, b.s, b.e, b.n, 4326))"
}

// inBoxes is true where a geometry touches one of the boxes, edges included.
// && compares boxes rounded to 32 bits, so the exact question follows it.
func (t *table) inBoxes(s *statement, boxes []orb.Bound) (string, error) {
	parts := make([]string, len(boxes))
	for i, b := range boxes {
		shape, err := encoded(shapeOf(b))
		if err != nil {
			return "", err
		}
		box := s.bind(shape) + "::geometry"
		exact := "ST_Intersects(f.geom, " + box + ")"
		if t.collection.Geometry == geo.Point {
			exact = pointIn(s, b)
		}
		parts[i] = "(f.geom && " + box + " AND " + exact + ")"
	}
	return "(" + strings.Join(parts, " OR ") + ")", nil
}

// pointIn is true of points in a box, edges included.
func pointIn(s *statement, b orb.Bound) string {
	return "ST_X(f.geom) BETWEEN " + s.bind(b.Min[0]) + " AND " + s.bind(b.Max[0]) +
		" AND ST_Y(f.geom) BETWEEN " + s.bind(b.Min[1]) + " AND " + s.bind(b.Max[1])
}

// shapeOf is a box as a geometry that is valid also where the box has no width
// or no height.
func shapeOf(b orb.Bound) orb.Geometry {
	flatX, flatY := b.Min[0] == b.Max[0], b.Min[1] == b.Max[1]
	switch {
	case flatX && flatY:
		return b.Min
	case flatX || flatY:
		return orb.LineString{b.Min, b.Max}
	}
	return b.ToPolygon()
}

// equals is the condition of one pair. A value that no stored value can equal
// makes it false.
func (t *table) equals(s *statement, e geo.Equal) string {
	if e.Property == geo.StatusProperty && t.status != "" {
		if status, ok := e.Value.(string); ok && storable(status) {
			return "coalesce(s.status, '" + geo.UnknownStatus + "') = " + s.bind(status)
		}
		return "false"
	}
	i := t.collection.PropertyIndex(e.Property)
	if i < 0 {
		return "false"
	}
	p := &t.collection.Properties[i]
	column := "f." + quote(p.Name)
	switch {
	case e.Value == nil:
		return column + " IS NULL"
	case !fits(p.Type, e.Value):
		return "false"
	case p.Type == geo.TextList:
		return column + " @> ARRAY[" + s.bind(e.Value) + "::text]"
	}
	return column + " = " + s.bind(e.Value)
}

// fits reports whether a value has the type a property's values, or the
// members of its lists, are compared with.
func fits(typ geo.PropertyType, v geo.Value) bool {
	switch v := v.(type) {
	case int64:
		return typ == geo.Integer
	case float64:
		return typ == geo.Number
	case string:
		return typ != geo.Integer && typ != geo.Number && storable(v)
	}
	return false
}

// storable reports whether PostgreSQL can hold the text at all.
func storable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// sortable returns a text that PostgreSQL takes and that every id sorts to the
// same side of as of the one given: ids are ASCII, so what follows the first
// byte that cannot be sent matters only by being above or below them.
func sortable(after string) string {
	for i, r := range after {
		switch r {
		case 0:
			return after[:i]
		case utf8.RuneError:
			return after[:i] + string(utf8.MaxRune)
		}
	}
	return after
}

// pgDate is a day as PostgreSQL takes it: nil for an open end. Days that no
// stored date can reach come closer, where they mean the same.
func pgDate(d geo.Date) any {
	if !d.Bounded() {
		return nil
	}
	earliest, latest := geo.NewDate(-1, time.January, 1), geo.NewDate(10001, time.January, 1)
	return min(max(d, earliest), latest).Time()
}
