package postgis

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"oxus/geo"
	"oxus/geo/cql2"

	"github.com/paulmach/orb"
)

// filter is the condition that a checked filter makes, by the rules of package
// cql2. Every value is bound, and names come from the declarations.
func (t *table) filter(s *statement, n *cql2.Node) (string, error) {
	f := &filterSQL{statement: s, column: t.queryable}
	return f.of(n), f.failed
}

// queryable is the expression of a queryable of the collection.
func (t *table) queryable(name string) string {
	if i := t.collection.PropertyIndex(name); i >= 0 {
		column := "f." + quote(name)
		switch t.collection.Properties[i].Type {
		case geo.Integer:
			return column + "::float8"
		case geo.TextList:
			return "nullif(" + column + ", '{}')"
		default:
			return column
		}
	}
	switch name {
	case geo.GeometryQueryable:
		return "f.geom"
	case geo.SourcesID:
		return "nullif(f.sources, '{}')"
	case geo.StatusProperty:
		return "coalesce(s.status, '" + geo.UnknownStatus + "')"
	}
	return "f." + quote(name)
}

// filterSQL writes the parts of a filter. Nothing in it is known of a collection
// but what column says of each name.
type filterSQL struct {
	*statement
	column func(name string) string
	failed error
}

// of writes one part. A list in it is a list of texts.
func (f *filterSQL) of(n *cql2.Node) string {
	if text, ok := n.Constant(); ok {
		return f.bind(text) + "::text"
	}
	switch n.Kind {
	case cql2.Literal, cql2.Box:
		return f.value(n.Value)
	case cql2.Property:
		return f.column(n.Name)
	case cql2.Array:
		return f.bind(texts(n)) + "::text[]"
	default:
		return f.operation(n)
	}
}

func (f *filterSQL) operation(n *cql2.Node) string {
	switch {
	case n.Op.IsComparison():
		return f.compared(string(n.Op), n.Args[0], n.Args[1])
	case n.Op.IsArithmetic():
		return f.call("oxus.arithmetic", "'"+string(n.Op)+"'", f.of(n.Args[0]), f.of(n.Args[1]))
	case n.Op.IsSpatial():
		return f.spatial(n)
	case n.Op.IsTemporal():
		return f.temporal(n)
	case n.Op.IsList():
		return f.listing(n)
	}
	return f.special(n)
}

func texts(n *cql2.Node) []string {
	list := make([]string, len(n.Args))
	for i, a := range n.Args {
		list[i], _ = a.Constant()
	}
	return list
}

func (f *filterSQL) call(function string, args ...string) string {
	return function + "(" + strings.Join(args, ", ") + ")"
}

func (f *filterSQL) value(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case string:
		return f.bind(v) + "::text"
	case float64:
		return f.bind(v) + "::float8"
	case cql2.Day:
		return f.bind(v.Time()) + "::date"
	case cql2.Instant:
		return f.bind(v.Time()) + "::timestamptz"
	case orb.Geometry:
		shape, err := encoded(v)
		if err != nil {
			f.failed = err
		}
		return f.bind(shape) + "::geometry"
	}
	f.failed = fmt.Errorf("a filter has a value of type %T", v)
	return "NULL"
}

// compared compares texts by code points, and a date beside a timestamp as its
// midnight in UTC.
func (f *filterSQL) compared(op string, a, b *cql2.Node) string {
	x, y := f.of(a), f.of(b)
	switch {
	case a.Type == cql2.Text:
		x, y = byCode(x), byCode(y)
	case a.Type != b.Type:
		x, y = midnight(a, x), midnight(b, y)
	}
	return "(" + x + " " + op + " " + y + ")"
}

func byCode(x string) string { return "(" + x + `) COLLATE "C"` }

func midnight(n *cql2.Node, x string) string {
	if n.Type == cql2.Date {
		return "((" + x + ")::timestamp AT TIME ZONE 'UTC')"
	}
	return x
}

func (f *filterSQL) special(n *cql2.Node) string {
	switch n.Op {
	case cql2.And, cql2.Or:
		parts := make([]string, len(n.Args))
		for i, a := range n.Args {
			parts[i] = f.of(a)
		}
		return "(" + strings.Join(parts, " "+strings.ToUpper(string(n.Op))+" ") + ")"
	case cql2.Not:
		return "(NOT " + f.of(n.Args[0]) + ")"
	case cql2.Like:
		return "(" + byCode(f.of(n.Args[0])) + " LIKE " + f.of(n.Args[1]) + ")"
	case cql2.Between:
		return "(" + f.compared(">=", n.Args[0], n.Args[1]) + " AND " + f.compared("<=", n.Args[0], n.Args[2]) + ")"
	case cql2.In:
		parts := make([]string, len(n.Args[1].Args))
		for i, a := range n.Args[1].Args {
			parts[i] = f.compared("=", n.Args[0], a)
		}
		return "(" + strings.Join(parts, " OR ") + ")"
	case cql2.IsNull:
		if n.Args[0].Kind == cql2.Interval {
			return "(NOT " + f.span(n.Args[0], false).known + ")"
		}
		return "((" + f.of(n.Args[0]) + ") IS NULL)"
	case cql2.CaseI:
		return "lower(upper((" + f.of(n.Args[0]) + `) COLLATE "und-x-icu"))`
	case cql2.AccentI:
		return "regexp_replace(normalize(" + f.of(n.Args[0]) + ", NFD), '" + marks() + "', '', 'g')"
	default:
		f.failed = fmt.Errorf("a filter has an operator %q", n.Op)
		return "NULL"
	}
}

// marks is cql2.Marks as a regular expression.
func marks() string {
	var b strings.Builder
	for _, r := range cql2.Marks.R16 {
		fmt.Fprintf(&b, `\u%04X-\u%04X`, r.Lo, r.Hi)
	}
	return "[" + b.String() + "]"
}

var spatialFunctions = map[cql2.Op]string{
	"s_intersects": "ST_Intersects", "s_disjoint": "NOT ST_Intersects", "s_equals": "ST_Equals", "s_touches": "ST_Touches",
	"s_crosses": "ST_Crosses", "s_within": "ST_Within", "s_contains": "ST_Contains", "s_overlaps": "ST_Overlaps",
}

func (f *filterSQL) spatial(n *cql2.Node) string {
	return "(" + f.call(spatialFunctions[n.Op], f.of(n.Args[0]), f.of(n.Args[1])) + ")"
}

// listing compares lists as sets.
func (f *filterSQL) listing(n *cql2.Node) string {
	a, b := f.of(n.Args[0]), f.of(n.Args[1])
	switch n.Op {
	case "a_contains":
		return "(" + a + " @> " + b + ")"
	case "a_containedBy":
		return "(" + a + " <@ " + b + ")"
	case "a_overlaps":
		return "(" + a + " && " + b + ")"
	default:
		return "(" + a + " @> " + b + " AND " + a + " <@ " + b + ")"
	}
}

// spanSQL is the first and the last moment of something in time, in days or
// microseconds, and whether they are known.
type spanSQL struct{ first, last, known string }

const (
	beginning = "-9223372036854775807::bigint"
	forever   = "9223372036854775807::bigint"
	epoch     = "DATE '1970-01-01'"
	dayMicros = 24 * 60 * 60 * 1_000_000
)

func (f *filterSQL) temporal(n *cql2.Node) string {
	a, b := f.span(n.Args[0], n.Fine()), f.span(n.Args[1], n.Fine())
	relation := strings.NewReplacer("a1", a.first, "a2", a.last, "b1", b.first, "b2", b.last).Replace(cql2.Relations[n.Op])
	return "(CASE WHEN " + a.known + " AND " + b.known + " THEN " + relation + " END)"
}

func (f *filterSQL) span(n *cql2.Node, fine bool) spanSQL {
	switch {
	case n.Kind == cql2.Interval:
		fine = fine || n.Type == cql2.TimeSpan
		from, to := f.end(n.Args[0], fine), f.end(n.Args[1], fine)
		return spanSQL{
			first: "coalesce(" + from.first + ", " + beginning + ")", last: "coalesce(" + to.last + ", " + forever + ")",
			known: "(" + from.known + " OR " + to.known + ")",
		}
	case n.Type == cql2.DateSpan:
		x := f.of(n)
		first, last := days("lower("+x+")", fine).first, days("upper("+x+") - 1", fine).last
		return spanSQL{
			first: "coalesce(" + first + ", " + beginning + ")", last: "coalesce(" + last + ", " + forever + ")",
			known: "NOT (lower_inf(" + x + ") AND upper_inf(" + x + "))",
		}
	}
	return f.end(n, fine)
}

// end is a date, a timestamp, or the open end of an interval.
func (f *filterSQL) end(n *cql2.Node, fine bool) spanSQL {
	switch v := n.Value.(type) {
	case cql2.Day:
		if !fine {
			return f.moments(int64(v), int64(v))
		}
		return f.moments(int64(v)*dayMicros, int64(v+1)*dayMicros-1)
	case cql2.Instant:
		return f.moments(int64(v), int64(v))
	}
	if n.Kind == cql2.Open {
		return f.moments(-math.MaxInt64, math.MaxInt64)
	}
	x := f.of(n)
	if n.Type == cql2.Date {
		return days(x, fine)
	}
	micros := "(extract(epoch FROM " + x + ") * 1000000)::bigint"
	return spanSQL{micros, micros, "(" + x + " IS NOT NULL)"}
}

// moments are known. Asking whether they are in order, which they are, names both:
// PostgreSQL refuses a bound value that a statement does not name.
func (f *filterSQL) moments(first, last int64) spanSQL {
	a, b := f.bind(first)+"::bigint", f.bind(last)+"::bigint"
	return spanSQL{a, b, "(" + a + " <= " + b + ")"}
}

// days are the bounds of a date.
func days(x string, fine bool) spanSQL {
	day, known := "("+x+" - "+epoch+")::bigint", "("+x+" IS NOT NULL)"
	if !fine {
		return spanSQL{day, day, known}
	}
	micros := strconv.Itoa(dayMicros)
	return spanSQL{"(" + day + " * " + micros + ")", "((" + day + " + 1) * " + micros + " - 1)", known}
}
