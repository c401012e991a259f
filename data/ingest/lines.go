package ingest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// The rules of the shape of lines.
const (
	RuleZeroLength   geo.Rule = "zero-length-line"
	RuleRepeated     geo.Rule = "repeated-vertex"
	RuleSelfCrossing geo.Rule = "line-crosses-itself"
	RuleNotLooked    geo.Rule = "line-not-looked-at"
)

// mend takes vertices that repeat the one before out of a line and tells how many
// they were. A line that would be left with one vertex is a fault.
func mend(g orb.Geometry) (orb.Geometry, int, error) {
	switch g := g.(type) {
	case orb.LineString:
		return mendLine(g)
	case orb.MultiLineString:
		out, all := make(orb.MultiLineString, len(g)), 0
		for i := range g {
			l, n, err := mendLine(g[i])
			if err != nil {
				return g, 0, err
			}
			out[i], all = l, all+n
		}
		return out, all, nil
	}
	return g, 0, nil
}

func mendLine(l orb.LineString) (orb.LineString, int, error) {
	if len(l) < 2 {
		return l, 0, nil // the collection's own rule says what it lacks
	}
	out := slices.Compact(slices.Clone(l))
	if len(out) < 2 {
		return l, 0, geo.Fault{
			Rule: RuleZeroLength, Place: geo.Place{Point: &l[0]},
			Detail: fmt.Sprintf("all %d vertices of a line are the same: it has no length", len(l)),
		}
	}
	return out, len(l) - len(out), nil
}

const (
	// maxLookedAt is how many vertices a line may have to be looked at for places
	// where it crosses itself.
	maxLookedAt = 100_000
	// pairsPerLine and pairsPerFile are how many pairs of edges are held against each
	// other at most: lines that were made to be slow must not hold a server.
	pairsPerLine = 20_000_000
	pairsPerFile = 400_000_000
)

// edge is one piece of a line, with its number in it. low and high are its ends along
// the axis that is swept.
type edge struct {
	a, b      orb.Point
	n         int
	low, high float64
}

// selfCrossing returns the first place found where a line touches or crosses itself,
// nil where there is none, with how many pairs of edges were looked at. With more
// than most of them it is not ok: nobody knows. Edges are straight in longitude and
// latitude, none may be of no length. A line that ends where it begins is a ring, which
// is fine.
func selfCrossing(l orb.LineString, most int) (at *orb.Point, pairs int, ok bool) {
	edges := edgesOf(l)
	var swept []edge
	for _, e := range edges {
		kept := swept[:0]
		for _, other := range swept {
			if other.high < e.low {
				continue
			}
			kept = append(kept, other)
			if at == nil {
				at = meet(&other, &e, l)
			}
		}
		pairs += len(swept)
		swept = kept
		swept = append(swept, e)
		if at != nil || pairs > most {
			return at, pairs, at != nil
		}
	}
	return nil, pairs, true
}

// edgesOf are the edges in order along the axis in which the line is longer.
func edgesOf(l orb.LineString) []edge {
	box, axis := l.Bound(), 0
	if box.Max[1]-box.Min[1] > box.Max[0]-box.Min[0] {
		axis = 1
	}
	edges := make([]edge, 0, len(l))
	for i := 1; i < len(l); i++ {
		a, b := l[i-1], l[i]
		edges = append(edges, edge{a, b, i, min(a[axis], b[axis]), max(a[axis], b[axis])})
	}
	slices.SortFunc(edges, func(x, y edge) int { return cmp.Or(cmp.Compare(x.low, y.low), cmp.Compare(x.n, y.n)) })
	return edges
}

// meet returns where two edges of a line meet in a way that they should not.
func meet(e, f *edge, l orb.LineString) *orb.Point {
	if e.n > f.n {
		e, f = f, e
	}
	switch {
	case max(e.a[0], e.b[0]) < min(f.a[0], f.b[0]) || max(f.a[0], f.b[0]) < min(e.a[0], e.b[0]) ||
		max(e.a[1], e.b[1]) < min(f.a[1], f.b[1]) || max(f.a[1], f.b[1]) < min(e.a[1], e.b[1]):
		return nil
	case f.n == e.n+1: // they share a vertex, which only folding back can spoil
		return foldedBack(e.a, e.b, f.b)
	case e.n == 1 && f.n == len(l)-1 && l[0] == l[len(l)-1]:
		return foldedBack(e.b, e.a, f.a)
	}
	return crossing(e.a, e.b, f.a, f.b)
}

// foldedBack returns b where the way from a to b goes back over itself to c.
func foldedBack(a, b, c orb.Point) *orb.Point {
	ahead := (b[0]-a[0])*(c[0]-b[0]) + (b[1]-a[1])*(c[1]-b[1])
	if side(a, b, c) == 0 && ahead < 0 {
		return &b
	}
	return nil
}

func side(a, b, c orb.Point) float64 { return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0]) }

// crossing returns a point that two edges share, nil when they share none. Their
// boxes overlap.
func crossing(p, q, r, s orb.Point) *orb.Point {
	d1, d2, d3, d4 := side(p, q, r), side(p, q, s), side(r, s, p), side(r, s, q)
	if d1*d2 > 0 || d3*d4 > 0 {
		return nil
	}
	if d1 == d2 { // both 0: they lie on one line, and overlap as their boxes do
		at := orb.Point{max(min(p[0], q[0]), min(r[0], s[0])), max(min(p[1], q[1]), min(r[1], s[1]))}
		return &at
	}
	t := d1 / (d1 - d2)
	return &orb.Point{r[0] + t*(s[0]-r[0]), r[1] + t*(s[1]-r[1])}
}

// crossesItself looks at each line of a geometry by itself: two that cross each other
// may both be right.
func crossesItself(b *builder, s *sight) *Finding {
	if !s.moved() {
		return nil
	}
	lines, _ := s.f.Geometry.(orb.MultiLineString)
	if l, is := s.f.Geometry.(orb.LineString); is {
		lines = orb.MultiLineString{l}
	}
	for _, l := range lines {
		if len(l) > maxLookedAt {
			return &Finding{
				Rule: RuleNotLooked, At: &l[0],
				Detail: fmt.Sprintf("the line has %d vertices; whether it crosses itself is only looked at up to %d", len(l), maxLookedAt),
			}
		}
		at, pairs, ok := selfCrossing(l, min(pairsPerLine, pairsPerFile-b.pairs))
		b.pairs += pairs
		switch {
		case !ok:
			return &Finding{Rule: RuleNotLooked, At: &l[0], Detail: "the line is too tangled to be looked at for places where it crosses itself"}
		case at != nil:
			return &Finding{At: at, Detail: "the line crosses or touches itself here"}
		}
	}
	return nil
}
