package storetest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// Same asks two stores that hold the same data random questions and compares
// the answers item by item, everything but the version. The questions are made
// from the data, so that edges and dates fall on what is stored.
func Same(t *testing.T, a, b geo.Reader, queries int, seed uint64) {
	t.Helper()
	t.Logf("seed %d", seed)
	g := &questions{rng: rand.New(rand.NewPCG(seed, 0)), atlas: geo.Border(), known: map[string][]geo.Item{}}
	for _, c := range g.atlas.Served() {
		g.known[c.ID] = gather(t, a.Items(context.Background(), geo.Query{Collection: c, Today: today()}))
		sameSummary(t, a, b, c)
	}
	for range queries {
		q := g.query()
		x, y := gather(t, a.Items(context.Background(), q)), gather(t, b.Items(context.Background(), q))
		if ids(x) != ids(y) {
			t.Fatalf("%s:\n%s\n%s", describe(q), ids(x), ids(y))
		}
		for i := range x {
			sameItem(t, describe(q), &x[i], &y[i])
			if x[i].Key != y[i].Key {
				t.Errorf("%s: %s has the keys %d and %d", describe(q), x[i].ID, x[i].Key, y[i].Key)
			}
		}
		if len(x) > 0 {
			sameDetail(t, a, b, &q, x[g.rng.IntN(len(x))].ID)
		}
	}
}

func describe(q geo.Query) string {
	text := q.Collection.ID
	if q.BBox != nil {
		text += fmt.Sprintf(" box %+v", *q.BBox)
	}
	if q.IDs != nil {
		text += fmt.Sprintf(" of %q", q.IDs)
	}
	if q.Time != nil {
		text += " time " + q.Time.String()
	}
	if q.Near != nil {
		text += fmt.Sprintf(" within %g of %v", q.Near.Within, q.Near.Shapes)
	}
	return text + fmt.Sprintf(" equals %v by %v after %d %q limit %d backwards %v", q.Equals, q.Sort, q.AfterKey, q.After, q.Limit, q.Backwards)
}

func sameItem(t *testing.T, what string, x, y *geo.Item) {
	t.Helper()
	if !x.SameContent(y.Feature) || x.Revision != y.Revision {
		t.Errorf("%s: %s differs:\n%+v\n%+v", what, x.ID, *x.Feature, *y.Feature)
	}
	if len(x.History)+len(y.History) > 0 && !reflect.DeepEqual(x.History, y.History) {
		t.Errorf("%s: history of %s differs:\n%+v\n%+v", what, x.ID, x.History, y.History)
	}
	if math.Abs(x.Distance-y.Distance) > 1e-6 {
		t.Errorf("%s: distance of %s differs: %v, %v", what, x.ID, x.Distance, y.Distance)
	}
	if !reflect.DeepEqual(x.Standing, y.Standing) {
		t.Errorf("%s: standing of %s differs:\n%+v %+v\n%+v %+v", what, x.ID, x.Standing, x.Standing.Period, y.Standing, y.Standing.Period)
	}
}

func sameSummary(t *testing.T, a, b geo.Reader, c *geo.Collection) {
	t.Helper()
	x, errX := a.Summary(context.Background(), c)
	y, errY := b.Summary(context.Background(), c)
	x.Version, y.Version = "", ""
	if errX != nil || errY != nil || !reflect.DeepEqual(x, y) {
		t.Errorf("%s: summaries differ: %+v %v, %+v %v", c.ID, x, errX, y, errY)
	}
}

func sameDetail(t *testing.T, a, b geo.Reader, q *geo.Query, id string) {
	t.Helper()
	x, errX := a.Detail(context.Background(), q.Collection, id, q.AsOf())
	y, errY := b.Detail(context.Background(), q.Collection, id, q.AsOf())
	if errX != nil || errY != nil {
		t.Fatalf("detail of %s: %v, %v", id, errX, errY)
	}
	sameItem(t, "detail", &x.Item, &y.Item)
	if !reflect.DeepEqual(x.Sources, y.Sources) {
		t.Errorf("detail of %s differs:\n%+v\n%+v", id, x, y)
	}
}

// questions makes questions from what is stored.
type questions struct {
	rng   *rand.Rand
	atlas *geo.Atlas
	known map[string][]geo.Item
}

func (g *questions) chance(percent int) bool { return g.rng.IntN(100) < percent }

func (g *questions) query() geo.Query {
	c := g.atlas.Served()[g.rng.IntN(len(g.atlas.Served()))]
	q := geo.Query{Collection: c, Today: today()}
	items := g.known[c.ID]
	if len(items) == 0 {
		return q
	}
	if g.chance(50) {
		q.BBox = g.box(items)
	}
	if g.chance(15) {
		q.IDs = g.some(items)
	}
	if g.chance(60) {
		q.Time = g.interval(items)
	}
	if g.chance(40) {
		q.Equals = append(q.Equals, g.equal(c, items))
	}
	if c.HasStatus() && g.chance(30) {
		codes := append([]geo.Code{{Value: geo.UnknownStatus}}, c.Statuses...)
		q.Equals = append(q.Equals, geo.Equal{Property: geo.StatusProperty, Value: codes[g.rng.IntN(len(codes))].Value})
	}
	if g.chance(25) {
		q.Near = g.near()
	}
	q.Histories = g.chance(30)
	if g.chance(30) {
		last := items[g.rng.IntN(len(items))]
		q.After, q.AfterKey = last.ID, last.Key
	}
	if g.chance(20) {
		q.Sort = []geo.SortKey{{Name: geo.IDQueryable, Descending: g.chance(50)}}
	}
	q.Backwards = g.chance(20)
	if g.chance(50) {
		q.Limit = 1 + g.rng.IntN(10)
	}
	return q
}

// some are ids of a few features, perhaps of none, of one twice and of one that is not there.
func (g *questions) some(items []geo.Item) []string {
	ids := []string{}
	for range g.rng.IntN(12) {
		ids = append(ids, items[g.rng.IntN(len(items))].ID)
	}
	if len(ids) > 0 && g.chance(30) {
		ids = append(ids, ids[0], ids[0]+"-not")
	}
	return ids
}

// corner is a place in the data, or somewhere near one.
func (g *questions) corner(items []geo.Item) orb.Point {
	for range 10 {
		geometry := items[g.rng.IntN(len(items))].Geometry
		if geometry == nil {
			continue
		}
		b := geometry.Bound()
		p := []orb.Point{b.Min, b.Max, b.Center()}[g.rng.IntN(3)]
		if g.chance(50) {
			p[0] += g.rng.NormFloat64()
			p[1] += g.rng.NormFloat64()
		}
		return orb.Point{min(max(p[0], -180), 180), min(max(p[1], -90), 90)}
	}
	return orb.Point{70, 38}
}

// near asks for what lies around some geometries of some collection.
func (g *questions) near() *geo.Near {
	n := &geo.Near{Within: []float64{0, 1000, 25_000, 300_000, 1e6}[g.rng.IntN(5)]}
	items := g.known[g.atlas.Collections[g.rng.IntN(len(g.atlas.Collections))].ID]
	for range min(len(items), 1+g.rng.IntN(3)) {
		if shape := items[g.rng.IntN(len(items))].Geometry; shape != nil {
			n.Shapes = append(n.Shapes, shape)
		}
	}
	return n
}

func (g *questions) box(items []geo.Item) *geo.BBox {
	p, q := g.corner(items), g.corner(items)
	b := &geo.BBox{West: min(p[0], q[0]), South: min(p[1], q[1]), East: max(p[0], q[0]), North: max(p[1], q[1])}
	if g.chance(10) {
		b.West, b.East = b.East, b.West // across the antimeridian, unless they are one
	}
	return b
}

// day is a day in the data or beside one.
func (g *questions) day(items []geo.Item) geo.Date {
	it := items[g.rng.IntN(len(items))]
	days := []geo.Date{today(), geo.NewDate(1990+g.rng.IntN(40), 1, 1+g.rng.IntN(365))}
	for _, d := range []geo.PartialDate{it.Lifetime.From, it.Lifetime.To} {
		if d.Known() {
			days = append(days, d.First(), d.Last())
		}
	}
	if p := it.Standing.Period; p != nil {
		days = append(days, p.From.Date, p.From.Last())
		if to := p.During().To; to.Bounded() {
			days = append(days, to)
		}
	}
	return days[g.rng.IntN(len(days))] + geo.Date(g.rng.IntN(3)-1)
}

func (g *questions) interval(items []geo.Item) *geo.Interval {
	a, b := g.day(items), g.day(items)
	switch i := (geo.Interval{From: min(a, b), To: max(a, b)}); g.rng.IntN(4) {
	case 0:
		return &geo.Interval{From: geo.DistantPast, To: i.To}
	case 1:
		return &geo.Interval{From: i.From, To: geo.DistantFuture}
	case 2:
		return &geo.Interval{From: a, To: a}
	default:
		return &i
	}
}

// equal asks for a value that some feature has.
func (g *questions) equal(c *geo.Collection, items []geo.Item) geo.Equal {
	for range 20 {
		i := g.rng.IntN(len(c.Properties))
		switch v := items[g.rng.IntN(len(items))].Values[i].(type) {
		case nil:
		case []string:
			if len(v) > 0 {
				return geo.Equal{Property: c.Properties[i].Name, Value: v[g.rng.IntN(len(v))]}
			}
		default:
			return geo.Equal{Property: c.Properties[i].Name, Value: v}
		}
	}
	return geo.Equal{Property: c.Properties[0].Name, Value: "nothing"}
}
