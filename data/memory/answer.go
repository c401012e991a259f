package memory

import (
	"iter"
	"slices"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// candidates yields the positions of the features that may answer q, in
// ascending order: those in its box, or all after its cursor.
func (c *collection) candidates(q *geo.Query) iter.Seq[int32] {
	start, found := c.find(q.After)
	if found {
		start++
	}
	switch {
	case q.Near != nil:
		return slices.Values(c.near(q.Near, int32(start)))
	case q.BBox != nil:
		return slices.Values(c.inBox(q.BBox, int32(start)))
	}
	return func(yield func(int32) bool) {
		for i := start; i < len(c.features); i++ {
			if !yield(int32(i)) {
				return
			}
		}
	}
}

func (c *collection) inBox(box *geo.BBox, start int32) []int32 {
	var hits []int32
	for _, b := range box.Bounds() {
		c.boxes.Search(b.Min, b.Max, func(_, _ [2]float64, i int32) bool {
			if i >= start && geo.Touches(c.features[i].Geometry, []orb.Bound{b}) {
				hits = append(hits, i)
			}
			return true
		})
	}
	slices.Sort(hits)
	return slices.Compact(hits) // a line can touch both halves of a box
}

// near returns the positions of what may be near, for item to measure.
func (c *collection) near(n *geo.Near, start int32) []int32 {
	var hits []int32
	for _, b := range n.Boxes() {
		c.boxes.Search(b.Min, b.Max, func(_, _ [2]float64, i int32) bool {
			if i >= start {
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
	item := geo.Item{Feature: f, Standing: c.standing(i, q)}
	for _, e := range q.Equals {
		if !matches(q.Collection, &item, e) {
			return geo.Item{}, false
		}
	}
	if q.Near != nil {
		if q.BBox != nil && !geo.Touches(f.Geometry, q.BBox.Bounds()) {
			return geo.Item{}, false
		}
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
