package postgis

import (
	"context"
	"strconv"
	"strings"

	"oxus/geo"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
)

// A page in the default order is first asked for in ways that cost what the page
// does, not what the box holds; each reads a bounded number of rows. Only when that
// many do not hold the answer is the planner asked to find it in whatever way it
// thinks best.

// route is how the rows of a page are looked for.
type route int

const (
	// alongCurve reads ranges of the index of Hilbert keys, which lie in the order of
	// the page, up to its end.
	alongCurve route = iota
	// amongFew reads what the index of places and times has for both, and sorts it.
	amongFew
	// farAlongCurve goes on where there are more: what lies in the ranges of a box and not in
	// the box may be many times a page where places are crowded. What more is asked than
	// where and when may be true of no row, however far one looks.
	farAlongCurve
)

// far is how many times as many rows are looked at far along the curve.
const far = 10

// aMoment is how many days a time asked about may last for few events to be expected
// in it.
const aMoment = 366

// budget is how many rows are looked at for a page before a route gives up. It is a part
// of the text of the statement, which is planned once for all values: that the rows
// are few is what makes the plan right.
func budget(limit int) int {
	switch {
	case limit <= 200:
		return 4000
	case limit <= 2000:
		return 20_000
	default:
		return 40_000
	}
}

// fewest is how many rows count as few for a page: of more, some are found sooner along the
// curve, and much sooner where its index has the days that are asked about.
func (t *table) fewest(q *geo.Query) int {
	if t.moment.IsZero() && t.asksOfDays(q) {
		return 2 * q.Limit
	}
	return budget(q.Limit) / 2
}

// aMoments is how many times as many rows of the past are looked at along the curve for what
// happened in a short time: of a month in years one row in fifty may be of it.
const aMoments = 3

// routes are the routes to try, in their order.
func (t *table) routes(q *geo.Query) []route {
	point := t.collection.Geometry == geo.Point
	switch {
	case t.collection.Derived || len(q.Sort) > 0 || q.Near != nil || q.IDs != nil, q.BBox != nil && !point:
		return nil
	case q.BBox == nil:
		return []route{alongCurve}
	}
	routes := []route{alongCurve, amongFew}
	if t.asksOfDays(q) && (!t.moment.IsZero() || !isConfined(q.BBox)) {
		routes = []route{amongFew, alongCurve}
	}
	if len(q.Equals) == 0 && q.Filter == nil {
		routes = append(routes, farAlongCurve)
	}
	return routes
}

// asksOfDays reports whether a query asks for what happened in a short time.
func (t *table) asksOfDays(q *geo.Query) bool {
	return q.Time != nil && t.status == "" && brief(q.Time)
}

// searchesDays reports whether days are compared in the index of the order of pages. Rows of
// other days cost a fraction there, but any number of them may be passed over: the box must be
// small, or the time such that, as amongFew has seen, some happened in it.
func (t *table) searchesDays(q *geo.Query) bool {
	return q.Time != nil && t.moment.IsZero() && (t.asksOfDays(q) || q.BBox != nil && isConfined(q.BBox))
}

// isConfined reports whether a box is at most a degree wide and high.
func isConfined(box *geo.BBox) bool {
	return box.East >= box.West && box.East-box.West <= 1 && box.North-box.South <= 1
}

// brief reports whether an interval is so short that few events lie in it.
func brief(i *geo.Interval) bool {
	return i.From.Bounded() && i.To.Bounded() && i.To-i.From < aMoment
}

// The statements of routes are planned once for all values: planning would cost as much
// as the page. What makes a plan right for all of them is their form, and that an
// index is not thought to be slower than it is in memory. A connection stays set for
// them until it is wanted for something else.
const (
	setForPages      = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('random_page_cost', '1.1', false)"
	setForQuestions  = "RESET plan_cache_mode; RESET random_page_cost"
	settingOfSession = "oxus pages"
)

func isForPages(conn *pgxpool.Conn) bool {
	return conn.Conn().PgConn().CustomData()[settingOfSession] != nil
}

// forPages sets a connection for pages.
func forPages(ctx context.Context, conn *pgxpool.Conn) error {
	if isForPages(conn) {
		return nil
	}
	if err := conn.Conn().PgConn().Exec(ctx, setForPages).Close(); err != nil {
		return err
	}
	conn.Conn().PgConn().CustomData()[settingOfSession] = true
	return nil
}

// forQuestions takes back what a connection was set to for pages.
func forQuestions(ctx context.Context, conn *pgxpool.Conn) error {
	if !isForPages(conn) {
		return nil
	}
	delete(conn.Conn().PgConn().CustomData(), settingOfSession)
	return conn.Conn().PgConn().Exec(ctx, setForQuestions).Close()
}

// page answers a query with a limit. With tell the state that the answer comes from is told.
func (t *table) page(ctx context.Context, conn *pgxpool.Conn, q *geo.Query, tell *telling) ([]geo.Item, error) {
	items, found, err := t.tryRoutes(ctx, conn, q, tell)
	if found != nil || err != nil {
		return items, err
	}
	if err := forQuestions(ctx, conn); err != nil {
		return nil, err
	}
	if tell == nil {
		return t.items(ctx, conn, q)
	}
	var s statement
	text, err := t.selectItems(&s, "false, "+t.itemColumns, q, nil)
	if err != nil {
		return nil, err
	}
	text = t.assembled(&s, "", "("+text+")", tell)
	items, _, err = t.asked(ctx, conn, &command{text, s.args}, tell)
	return items, err
}

// command is a statement that answers a query, with its values.
type command struct {
	text string
	args []any
}

// tryRoutes answers along the first route that holds the answer, and returns its
// statement, nil where none does.
func (t *table) tryRoutes(ctx context.Context, conn *pgxpool.Conn, q *geo.Query, tell *telling) ([]geo.Item, *command, error) {
	for _, w := range t.routes(q) {
		var s statement
		text, err := t.routeSQL(&s, q, w, tell)
		if err != nil {
			return nil, nil, err
		}
		if err := forPages(ctx, conn); err != nil {
			return nil, nil, err
		}
		by := &command{text, s.args}
		items, whole, err := t.asked(ctx, conn, by, tell)
		if err != nil {
			return nil, nil, err
		}
		if whole {
			return items, by, nil
		}
	}
	return nil, nil, nil
}

// asked sends a statement whose rows begin with what they are: true says that a route gives
// up, null that the state is told in the place of the id. It reports whether the answer is
// whole.
func (t *table) asked(ctx context.Context, conn *pgxpool.Conn, by *command, tell *telling) (items []geo.Item, whole bool, err error) {
	rows, err := conn.Query(ctx, by.text, by.args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	if err := binaryFormat(rows.FieldDescriptions()); err != nil {
		return nil, false, err
	}
	r := t.newItemReader()
	for rows.Next() {
		columns := rows.RawValues()
		kind, columns := columns[0], columns[1:]
		switch {
		case kind == nil && tell != nil:
			if err := tell.into.read(string(columns[idColumn])); err != nil {
				return nil, false, err
			}
			continue
		case len(kind) != 1 || kind[0] != 0:
			return nil, false, nil
		}
		it, err := r.item(columns)
		if err != nil {
			return nil, false, err
		}
		items = append(items, it)
	}
	return items, true, rows.Err()
}

// idColumn is the place of the id among the columns of an item, after its key and revision.
const idColumn = 2

// assembled is a statement: the parts that others refer to, and what it asks for. With tell a
// row that tells the state comes first.
func (t *table) assembled(s *statement, parts, text string, tell *telling) string {
	if tell != nil {
		nulls := strings.Split(t.itemOfNulls, ", ")
		nulls[idColumn] = "(" + tell.presentSQL(s) + ") COLLATE \"C\""
		text = "SELECT NULL::boolean, " + strings.Join(nulls, ", ") + "\nUNION ALL (" + text + ")"
	}
	with := s.hides
	if with != "" && parts != "" {
		with += ", "
	}
	if with += parts; with != "" {
		text = "WITH " + with + "\n" + text
	}
	return text
}

// routeSQL is the statement of a route. A row whose first column is true says that the route
// gives up; it is the last.
func (t *table) routeSQL(s *statement, q *geo.Query, w route, tell *telling) (text string, err error) {
	s.once = true
	parts := ""
	switch w {
	case amongFew:
		parts, text, err = t.fewSQL(s, q)
	case farAlongCurve:
		text, err = t.curveSQL(s, q, far*budget(q.Limit))
	default:
		text, err = t.curveSQL(s, q, budget(q.Limit))
	}
	return t.assembled(s, parts, text, tell), err
}

// curveSQL looks along the curve. The ranges follow each other, and the rows of each
// come in the order of the index, so that the whole is in order without being sorted.
// Where rows are looked at that do not answer the query, their number is bounded, and
// when the page is not full they are counted: counting needs the index alone, and
// giving each its number would cost as much as reading it.
func (t *table) curveSQL(s *statement, q *geo.Query, rows int) (string, error) {
	// A planner that knows no moment thinks that few rows were known then, and would look for
	// them for every range.
	looked := *t
	looked.unsought = true
	t = &looked
	ranges, limit := t.rangesSQL(s, q), s.bind(q.Limit)
	rest := *q
	rest.BBox = nil
	found := inRange(q.Backwards)
	switch {
	case t.searchesDays(q):
		found += lasts(s, q.Time)
		rest.Time = nil
	case t.asksOfDays(q):
		rows *= aMoments
	}
	where, err := t.conditions(s, &rest)
	if err != nil {
		return "", err
	}
	if q.BBox != nil {
		where = append([]string{within(s, q.BBox.Bounds())}, where...)
	}
	along := func(columns, most string) string {
		return "(SELECT " + columns + "\nFROM " + ranges + " r (near, id, far) CROSS JOIN LATERAL (SELECT " + columns + " FROM " + t.featureRows(s) + " f WHERE " +
			found + t.orderSQL(q) + " LIMIT " + most + ") f LIMIT " + most + ") f"
	}
	if len(where) == 0 {
		return "SELECT false, " + t.itemColumns + "\nFROM " + along("f.*", limit) + t.joinStanding(s, q), nil
	}
	most := strconv.Itoa(rows)
	return "(SELECT false, " + t.itemColumns + "\nFROM " + along("f.*", most) + t.joinStanding(s, q) +
		"\nWHERE " + strings.Join(where, "\n  AND ") + "\nLIMIT " + limit + ")\nUNION ALL (" + t.givesUp() +
		" WHERE (SELECT count(*) FROM " + along("f.id", most) + ") = " + most + ") LIMIT " + limit, nil
}

// within is true of points in one of the boxes, edges included.
func within(s *statement, boxes []orb.Bound) string {
	parts := make([]string, len(boxes))
	for i, b := range boxes {
		parts[i] = pointIn(s, b)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// fewSQL takes what the index of places and times has for both, and sorts it, if that
// is little. The text refers to the parts before it.
func (t *table) fewSQL(s *statement, q *geo.Query) (parts, text string, err error) {
	index, rest := *q, *q
	index.Equals, index.Filter = nil, nil
	rest.BBox, rest.Time = nil, nil
	found, err := t.conditions(s, &index)
	if err != nil {
		return "", "", err
	}
	where, err := t.conditions(s, &rest)
	if err != nil {
		return "", "", err
	}
	if q.After != "" {
		where = append(where, t.following(s, q, nil))
	}
	most := strconv.Itoa(t.fewest(q))
	where = append(where, "(SELECT count(*) FROM few) < "+most)
	parts = "few AS MATERIALIZED (SELECT * FROM " + t.featureRows(s) + " f WHERE " + strings.Join(found, "\n  AND ") + " LIMIT " + most + ")"
	text = t.givesUp() + " WHERE (SELECT count(*) FROM few) = " + most + "\nUNION ALL (SELECT false, " + t.itemColumns + " FROM few f" + t.joinStanding(s, q) +
		"\nWHERE " + strings.Join(where, "\n  AND ") + t.orderSQL(q) + "\nLIMIT " + s.bind(q.Limit) + ")"
	return parts, text, nil
}

// givesUp is a row that says so, and nothing else.
func (t *table) givesUp() string { return "SELECT true, " + t.itemOfNulls }

// inRange is true of rows of the range r, beyond the id that belongs to its near end.
func inRange(backwards bool) string {
	if backwards {
		return "(f.hilbert, f.id) < (r.near, r.id) AND f.hilbert >= r.far"
	}
	return "(f.hilbert, f.id) > (r.near, r.id) AND f.hilbert <= r.far"
}

// lasts leaves of rows f those some of whose days lie in an interval, as the index of the order
// of pages has them.
func lasts(s *statement, in *geo.Interval) (conditions string) {
	if in.To.Bounded() {
		conditions += " AND coalesce(lower(f.lifetime), '-infinity'::date) <= " + s.bind(pgDate(in.To)) + "::date"
	}
	if in.From.Bounded() {
		conditions += " AND coalesce(upper(f.lifetime), 'infinity'::date) > " + s.bind(pgDate(in.From)) + "::date"
	}
	return conditions
}

// rangesSQL are the ranges that a page lies in, in its order: the near end of each
// with an id, beyond which rows count, and its far end. However many they are, the
// text is the same.
func (t *table) rangesSQL(s *statement, q *geo.Query) string {
	ranges := []geo.HilbertRange{geo.EveryHilbertKey()}
	if q.BBox != nil {
		ranges = geo.HilbertRanges(q.BBox.Bounds())
	}
	var near, far []int64
	var ids []string
	for i := range ranges {
		r := ranges[i]
		if q.Backwards {
			r = ranges[len(ranges)-1-i]
		}
		// No id is blank, so that the key itself is beyond it forwards, and the key
		// after it is beyond it backwards.
		from, to, id := int64(r.First), int64(r.Last), ""
		if q.Backwards {
			from, to = int64(r.Last)+1, int64(r.First)
		}
		if q.After != "" {
			at := int64(q.AfterKey)
			switch {
			case !q.Backwards && to < at, q.Backwards && to > at:
				continue
			case !q.Backwards && from <= at, q.Backwards && from > at:
				from, id = at, sortable(q.After)
			}
		}
		near, far, ids = append(near, from), append(far, to), append(ids, id)
	}
	return "unnest(" + s.bind(near) + "::bigint[], " + s.bind(ids) + "::text[], " + s.bind(far) + "::bigint[])"
}
