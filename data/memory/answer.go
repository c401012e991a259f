package memory

import (
	"iter"
	"slices"
	"sort"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// stretch is the positions from one up to, not with, another.
type stretch struct{ from, to int32 }

func (s stretch) holds(i int32) bool { return i >= s.from && i < s.to }

// following is the stretch that comes after where the last page of q ended.
func (c *collection) following(q *geo.Query) stretch {
	beyond, all := q.Beyond(nil), len(c.features)
	if q.Backwards {
		before := sort.Search(all, func(i int) bool { return !beyond(c.bare(int32(i))) })
		return stretch{0, int32(before)}
	}
	after := sort.Search(all, func(i int) bool { return beyond(c.bare(int32(i))) })
	return stretch{int32(after), int32(all)}
}

// bare is the feature at a position as the default order looks at it.
func (c *collection) bare(i int32) *geo.Item {
	return &geo.Item{Feature: &c.features[i], Key: c.keys[i]}
}

// candidates yields the positions of the features that may answer q, in the
// default order: those of its ids, in its box, or all after its cursor.
func (c *collection) candidates(q *geo.Query) iter.Seq[int32] {
	within := c.following(q)
	var hits []int32
	switch {
	case q.IDs != nil:
		hits = c.named(q.IDs, within)
	case q.Near != nil:
		hits = c.near(q.Near, within)
	case q.BBox != nil:
		hits = c.inBox(q.BBox, within)
	case q.Backwards:
		return func(yield func(int32) bool) {
			for i := within.to - 1; i >= within.from && yield(i); i-- {
			}
		}
	default:
		return func(yield func(int32) bool) {
			for i := within.from; i < within.to && yield(i); i++ {
			}
		}
	}
	if q.Backwards {
		slices.Reverse(hits)
	}
	return slices.Values(hits)
}

// named returns the positions of the features of those ids.
func (c *collection) named(ids []string, within stretch) []int32 {
	var hits []int32
	for _, id := range ids {
		if i, found := c.find(id); found && within.holds(int32(i)) {
			hits = append(hits, int32(i))
		}
	}
	slices.Sort(hits)
	return slices.Compact(hits)
}

func (c *collection) inBox(box *geo.BBox, within stretch) []int32 {
	var hits []int32
	for _, b := range box.Bounds() {
		c.boxes.Search(b.Min, b.Max, func(_, _ [2]float64, i int32) bool {
			if within.holds(i) && geo.Touches(c.features[i].Geometry, []orb.Bound{b}) {
				hits = append(hits, i)
			}
			return true
		})
	}
	slices.Sort(hits)
	return slices.Compact(hits) // a line can touch both halves of a box
}

// near returns the positions of what may be near, for item to measure.
func (c *collection) near(n *geo.Near, within stretch) []int32 {
	var hits []int32
	for _, b := range n.Boxes() {
		c.boxes.Search(b.Min, b.Max, func(_, _ [2]float64, i int32) bool {
			if within.holds(i) {
				hits = append(hits, i)
			}
			return true
		})
	}
	slices.Sort(hits)
	return slices.Compact(hits)
}

// item returns the feature at position i with its standing on the day of q,
// and whether it answers q.
func (c *collection) item(i int32, q *geo.Query) (geo.Item, bool) {
	f := &c.features[i]
	if q.Time != nil && !f.Lifetime.Span().Intersects(*q.Time) {
		return geo.Item{}, false
	}
	item := geo.Item{Feature: f, Standing: c.standing(i, q), Key: c.keys[i]}
	for _, e := range q.Equals {
		if !matches(q.Collection, &item, e) {
			return geo.Item{}, false
		}
	}
	// Of several parts one chose the candidates.
	if q.BBox != nil && (q.Near != nil || q.IDs != nil) && !geo.Touches(f.Geometry, q.BBox.Bounds()) {
		return geo.Item{}, false
	}
	if q.Near != nil {
		var near bool
		if item.Distance, near = q.Near.Measure(f.Geometry); !near {
			return geo.Item{}, false
		}
	}
	if q.Histories {
		item.History = c.periods[i]
	}
	return item, true
}

func (c *collection) standing(i int32, q *geo.Query) geo.Standing {
	if !q.Collection.HasStatus() {
		return geo.Standing{}
	}
	return geo.StandingOn(q.AsOf(), c.periods[i])
}

func matches(c *geo.Collection, item *geo.Item, e geo.Equal) bool {
	if e.Property == geo.StatusProperty && c.HasStatus() {
		return item.Standing.Status == e.Value
	}
	i := c.PropertyIndex(e.Property)
	if i < 0 {
		return false // what a collection does not have equals nothing
	}
	v := item.Values[i]
	if list, ok := v.([]string); ok {
		wanted, _ := e.Value.(string)
		return slices.Contains(list, wanted)
	}
	return v == e.Value
}
