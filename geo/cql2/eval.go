package cql2

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Row gives the value of a queryable: nil when it is unknown, else bool, string,
// float64, Day, Instant, Range, orb.Geometry or []string, as its type says.
type Row func(name string) any

// Range is the value of an interval: days or microseconds from 1970, both ends
// included. An end that is not known is unbounded.
type Range struct{ From, To *int64 }

// Compile makes a checked filter into a function that says whether it is true of
// a row. What is unknown is not true. The function may be called at once from
// many places.
func Compile(n *Node) func(Row) bool {
	t := n.term()
	return func(r Row) bool { return t(r) == true }
}

// term computes the value of a part of a filter: nil when unknown.
type term func(Row) any

func (n *Node) term() term {
	switch n.Kind {
	case Literal, Box:
		v := n.Value
		return func(Row) any { return v }
	case Property:
		name := n.Name
		return func(r Row) any { return r(name) }
	case Array:
		return n.list()
	case Interval, Open:
		return nil // read by span
	default:
		return n.operation()
	}
}

func (n *Node) operation() term {
	if text, ok := n.Constant(); ok {
		return func(Row) any { return text }
	}
	switch families[n.Op] {
	case logical:
		return n.logic()
	case comparing:
		return comparisonOf(n.Op, n.Args[0], n.Args[1])
	case arithmetic:
		return n.arithmetic()
	case folding:
		return lifted(n.Args[0].term(), func(v any) any { return n.Op.fold(v.(string)) })
	case spatial:
		return n.spatial()
	case temporal:
		return n.temporal()
	case listing:
		return n.listing()
	default:
		return n.special()
	}
}

// lifted applies a function to what is known.
func lifted(t term, f func(any) any) term {
	return func(r Row) any {
		if v := t(r); v != nil {
			return f(v)
		}
		return nil
	}
}

func lifted2(a, b term, f func(a, b any) any) term {
	return func(r Row) any {
		x := a(r)
		if x == nil {
			return nil
		}
		y := b(r)
		if y == nil {
			return nil
		}
		return f(x, y)
	}
}

// logic is AND, OR and NOT of three values.
func (n *Node) logic() term {
	if n.Op == Not {
		return lifted(n.Args[0].term(), func(v any) any { return v != true })
	}
	terms := make([]term, len(n.Args))
	for i, a := range n.Args {
		terms[i] = a.term()
	}
	return junction(terms, n.Op == Or)
}

// junction is decided by the first term that has the deciding value; without one
// it is unknown when any term is.
func junction(terms []term, decides bool) term {
	return func(r Row) any {
		var result any = !decides
		for _, t := range terms {
			switch v := t(r); v {
			case decides:
				return decides
			case nil:
				result = nil
			}
		}
		return result
	}
}

// orders say which results of a comparison an operator is true of.
var orders = map[Op]func(c int) bool{
	Equal: func(c int) bool { return c == 0 }, NotEqual: func(c int) bool { return c != 0 },
	Less: func(c int) bool { return c < 0 }, AtMost: func(c int) bool { return c <= 0 },
	Greater: func(c int) bool { return c > 0 }, AtLeast: func(c int) bool { return c >= 0 },
}

// comparisonOf compares two parts; a date beside a timestamp is its midnight.
func comparisonOf(op Op, a, b *Node) term {
	x, y := a.term(), b.term()
	if a.Type != b.Type {
		x, y = lifted(x, midnight), lifted(y, midnight)
	}
	holds := orders[op]
	return lifted2(x, y, func(a, b any) any { return holds(Compare(a, b)) })
}

func midnight(v any) any {
	if d, ok := v.(Day); ok {
		return Instant(d * microsPerDay)
	}
	return v
}

// Compare orders two values of a row of one type: numbers, days and instants by
// size, texts by code points. Values that have no order are the same or not.
func Compare(a, b any) int {
	switch a := a.(type) {
	case float64:
		return cmp.Compare(a, b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	case Day:
		return cmp.Compare(a, b.(Day))
	case Instant:
		return cmp.Compare(a, b.(Instant))
	}
	if a == b {
		return 0
	}
	return 1
}

func (n *Node) special() term {
	first := n.Args[0].term()
	switch n.Op {
	case IsNull:
		if n.Args[0].Kind == Interval {
			ends := n.Args[0].span(false)
			return func(r Row) any { _, _, known := ends(r); return !known }
		}
		return func(r Row) any { return first(r) == nil }
	case Like:
		text, _ := n.Args[1].Constant()
		pattern, _ := patternOf(text)
		return lifted(first, func(v any) any { return pattern.matches(v.(string)) })
	case Between:
		return junction([]term{comparisonOf(AtLeast, n.Args[0], n.Args[1]), comparisonOf(AtMost, n.Args[0], n.Args[2])}, false)
	default:
		return n.membership()
	}
}

// membership is IN.
func (n *Node) membership() term {
	terms := make([]term, len(n.Args[1].Args))
	for i, a := range n.Args[1].Args {
		terms[i] = comparisonOf(Equal, n.Args[0], a)
	}
	return junction(terms, true)
}

// arithmetic computes; what is too large or too small for a number, or divided
// by zero, is unknown.
func (n *Node) arithmetic() term {
	compute := map[Op]func(a, b float64) float64{
		Plus: func(a, b float64) float64 { return a + b }, Minus: func(a, b float64) float64 { return a - b },
		Times: product, Divide: quotient, Power: power,
		IntDivide: func(a, b float64) float64 { return math.Trunc(quotient(a, b)) },
		Modulo:    func(a, b float64) float64 { return a - product(b, math.Trunc(quotient(a, b))) },
	}[n.Op]
	return lifted2(n.Args[0].term(), n.Args[1].term(), func(a, b any) any {
		f := compute(a.(float64), b.(float64))
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return nil
		}
		return f
	})
}

// product, quotient and power are not a number where a result that is not zero
// would be rounded to it.
func product(a, b float64) float64 {
	f := a * b
	if f == 0 && a != 0 && b != 0 {
		return math.NaN()
	}
	return f
}

func quotient(a, b float64) float64 {
	f := a / b
	if f == 0 && a != 0 {
		return math.NaN()
	}
	return f
}

func power(a, b float64) float64 {
	f := math.Pow(a, b)
	if f == 0 && a != 0 {
		return math.NaN()
	}
	return f
}

func (n *Node) list() term {
	terms := make([]term, len(n.Args))
	for i, a := range n.Args {
		terms[i] = a.term()
	}
	return func(r Row) any {
		list := make([]string, len(terms))
		for i, t := range terms {
			s, known := t(r).(string)
			if !known {
				return nil
			}
			list[i] = s
		}
		return list
	}
}

// listing compares lists as sets.
func (n *Node) listing() term {
	holds := map[Op]func(a, b []string) bool{
		"a_contains":    containsAll,
		"a_containedBy": func(a, b []string) bool { return containsAll(b, a) },
		"a_equals":      func(a, b []string) bool { return containsAll(a, b) && containsAll(b, a) },
		"a_overlaps": func(a, b []string) bool {
			return slices.ContainsFunc(b, func(s string) bool { return slices.Contains(a, s) })
		},
	}[n.Op]
	return lifted2(n.Args[0].term(), n.Args[1].term(), func(a, b any) any { return holds(a.([]string), b.([]string)) })
}

func containsAll(a, b []string) bool {
	return !slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
}
