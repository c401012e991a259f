package cql2

import (
	"cmp"
	"math"
	"strings"
)

// unbounded stands for the open end of an interval, beyond all that can be
// written.
const unbounded = math.MaxInt64

// bounds gives the first and the last moment of something in time.
type bounds func(Row) (first, last int64, known bool)

// Relations say, of intervals a and b whose ends are 1 and 2, when each temporal
// function is true (21-065r2, table 9). Both engines are made from them.
var Relations = map[Op]string{
	"t_after":        "a1 > b2",
	"t_before":       "a2 < b1",
	"t_contains":     "a1 < b1 AND a2 > b2",
	"t_disjoint":     "a1 > b2 OR a2 < b1",
	"t_during":       "a1 > b1 AND a2 < b2",
	"t_equals":       "a1 = b1 AND a2 = b2",
	"t_finishedBy":   "a1 < b1 AND a2 = b2",
	"t_finishes":     "a1 > b1 AND a2 = b2",
	"t_intersects":   "a1 <= b2 AND a2 >= b1",
	"t_meets":        "a2 = b1",
	"t_metBy":        "a1 = b2",
	"t_overlappedBy": "a1 > b1 AND a1 < b2 AND a2 > b2",
	"t_overlaps":     "a1 < b1 AND a2 > b1 AND a2 < b2",
	"t_startedBy":    "a1 = b1 AND a2 > b2",
	"t_starts":       "a1 = b1 AND a2 < b2",
}

// ends are a1, a2, b1 and b2.
type ends [4]int64

// relation makes what Relations say into a function.
func relation(op Op) func(ends) bool {
	place := map[string]int{"a1": 0, "a2": 1, "b1": 2, "b2": 3}
	joint, decides := " AND ", false
	if strings.Contains(Relations[op], " OR ") {
		joint, decides = " OR ", true
	}
	var all []func(ends) bool
	for part := range strings.SplitSeq(Relations[op], joint) {
		words := strings.Fields(part)
		left, right, holds := place[words[0]], place[words[2]], orders[Op(words[1])]
		all = append(all, func(e ends) bool { return holds(cmp.Compare(e[left], e[right])) })
	}
	return func(e ends) bool {
		for _, holds := range all {
			if holds(e) == decides {
				return decides
			}
		}
		return !decides
	}
}

// temporal compares in days where both sides have days, else in microseconds,
// where a date is its whole day.
func (n *Node) temporal() term {
	holds, fine := relation(n.Op), n.Fine()
	a, b := n.Args[0].span(fine), n.Args[1].span(fine)
	return func(r Row) any {
		a1, a2, known := a(r)
		if !known {
			return nil
		}
		b1, b2, known := b(r)
		if !known {
			return nil
		}
		return holds(ends{a1, a2, b1, b2})
	}
}

// Fine reports whether a temporal function is computed in microseconds.
func (n *Node) Fine() bool {
	for _, a := range n.Args {
		if a.Type == Timestamp || a.Type == TimeSpan {
			return true
		}
	}
	return false
}

// span gives the bounds of a date, a timestamp or an interval. An interval of
// which neither end is known is unknown; an end that is not known is unbounded.
func (n *Node) span(fine bool) bounds {
	if n.Kind == Interval {
		return joined(n.Args[0].end(fine || n.Type == TimeSpan), n.Args[1].end(fine || n.Type == TimeSpan))
	}
	t, scale := n.term(), fine && n.Type == DateSpan
	if n.Type == Date || n.Type == Timestamp {
		return n.end(fine)
	}
	return func(r Row) (int64, int64, bool) {
		v, known := t(r).(Range)
		if !known || v.From == nil && v.To == nil {
			return 0, 0, false
		}
		first, last := int64(-unbounded), int64(unbounded)
		if v.From != nil {
			first, _ = wholeDay(*v.From, scale)
		}
		if v.To != nil {
			_, last = wholeDay(*v.To, scale)
		}
		return first, last, true
	}
}

// joined is an interval of two ends.
func joined(from, to bounds) bounds {
	return func(r Row) (int64, int64, bool) {
		first, _, knownFirst := from(r)
		_, last, knownLast := to(r)
		if !knownFirst && !knownLast {
			return 0, 0, false
		}
		if !knownFirst {
			first = -unbounded
		}
		if !knownLast {
			last = unbounded
		}
		return first, last, true
	}
}

// end gives the bounds of one end of an interval, which may be open.
func (n *Node) end(fine bool) bounds {
	if n.Kind == Open {
		return func(Row) (int64, int64, bool) { return -unbounded, unbounded, true }
	}
	t := n.term()
	return func(r Row) (int64, int64, bool) {
		switch v := t(r).(type) {
		case Day:
			first, last := wholeDay(int64(v), fine)
			return first, last, true
		case Instant:
			return int64(v), int64(v), true
		}
		return 0, 0, false
	}
}

// wholeDay gives the first and last microsecond of a day where scale asks for
// them.
func wholeDay(day int64, scale bool) (first, last int64) {
	if !scale {
		return day, day
	}
	return day * microsPerDay, (day+1)*microsPerDay - 1
}
