package geo

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Planner is what a Reader may be as well: it tells how it would answer.
type Planner interface {
	// Plan names the way in which Items would find the answer to a query: the same name
	// for every query that is answered the same way, whatever values it asks for. It is
	// asked beside what the context holds, and may be while that is asked something else.
	Plan(ctx context.Context, q Query) (string, error)
}

// ErrNoPlan says that a reader tells no plans.
var ErrNoPlan = errors.New("the store tells no plans")

// PlanOf returns the plan of a reader, ErrNoPlan where it is no Planner.
func PlanOf(ctx context.Context, r Reader, q Query) (string, error) {
	planner, plans := r.(Planner)
	if !plans {
		return "", ErrNoPlan
	}
	return planner.Plan(ctx, q)
}

// PoolState is how things stand with connections that are kept.
type PoolState struct {
	// Max is how many there may be, Busy and Idle how many there are.
	Max, Busy, Idle int
	// Taken counts how often one was taken, Waits how often one had to be waited for.
	Taken, Waits int64
	// Waited is how many seconds were waited in all.
	Waited float64
}

// longestQuestion is the most that is written of a question, in bytes.
const longestQuestion = 2000

// Question writes what a query asks, for a log: each part that narrows, always in the same
// order. It is no language to ask in.
func (q *Query) Question() string {
	var parts []string
	add := func(name, format string, values ...any) {
		parts = append(parts, name+"="+fmt.Sprintf(format, values...))
	}
	if b := q.BBox; b != nil {
		add("bbox", "%g,%g,%g,%g", b.West, b.South, b.East, b.North)
	}
	if q.IDs != nil {
		add("ids", "%d of them", len(q.IDs))
	}
	if q.Time != nil {
		add("datetime", "%s", q.Time)
	}
	for _, e := range q.Equals {
		add(e.Property, "%v", e.Value)
	}
	if q.Filter != nil {
		if text, err := q.Filter.Text(); err == nil {
			add("filter", "%s", text)
		} else {
			add("filter", "(%v)", err)
		}
	}
	if q.Near != nil {
		add("near", "%d shapes within %g m", len(q.Near.Shapes), q.Near.Within)
	}
	for _, key := range q.Sort {
		add("sortby", "%s%s", map[bool]string{true: "-"}[key.Descending], key.Name)
	}
	if q.After != "" {
		add("after", "%s", q.After)
	}
	if q.Limit > 0 {
		add("limit", "%d", q.Limit)
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"backwards", q.Backwards}, {"histories", q.Histories}, {"roughly", q.Roughly}} {
		if flag.set {
			parts = append(parts, flag.name)
		}
	}
	text := strings.Join(parts, " ")
	if len(text) > longestQuestion {
		text = strings.ToValidUTF8(text[:longestQuestion], "") + "…"
	}
	return text
}
