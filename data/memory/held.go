package memory

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// held is a collection held in packed layers: a large one, and small ones of what
// has changed since. A row of an id is in one of them, and no longer in the others.
// Like what it is made of it never changes.
type held struct {
	collection *geo.Collection
	layers     []layer
	bytes      int64
	// encode writes what answers are made of, nil for nothing.
	encode *geo.FeatureEncoder

	once    sync.Once
	summary geo.Summary
}

// layer is a packed collection of which some rows do not count any more.
type layer struct {
	*packed
	gone bits
}

// bits are a set of positions; nil is the empty one.
type bits []uint64

func (b bits) has(pos int32) bool { return b != nil && b[pos>>6]&(1<<(pos&63)) != 0 }

// with returns the set as one that may be added to.
func (b bits) with(rows int) bits {
	if b != nil {
		return slices.Clone(b)
	}
	return make(bits, (rows+63)/64)
}

func (b bits) add(pos int32) { b[pos>>6] |= 1 << (pos & 63) }

// find returns where the feature of an id is.
func (h *held) find(id string) (l *layer, pos int32, found bool) {
	for i := range h.layers {
		l = &h.layers[i]
		if pos, found = l.find(id); found && !l.gone.has(pos) {
			return l, pos, true
		}
	}
	return nil, 0, false
}

// named returns the positions of the features of those ids.
func (l *layer) named(ids []string) []int32 {
	var positions []int32
	for _, id := range ids {
		if pos, found := l.find(id); found {
			positions = append(positions, pos)
		}
	}
	slices.Sort(positions)
	return slices.Compact(positions)
}

func (l *layer) periods(pos int32) []geo.Period {
	if b, i := l.at(pos); b.periods != nil {
		return b.periods[i]
	}
	return nil
}

// Items answers as geo.Reader does.
func (h *held) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	if len(q.Sort) > 0 {
		return h.sorted(ctx, q)
	}
	return func(yield func(geo.Item, error) bool) {
		ask := h.ask(&q)
		seen, sent := 0, 0
		for m := h.merge(ask); ; {
			l, pos, ok := m.next()
			if !ok {
				return
			}
			if seen++; seen%1024 == 1 && ctx.Err() != nil {
				yield(geo.Item{}, ctx.Err())
				return
			}
			item, answers := ask.item(l, pos)
			if !answers {
				continue
			}
			if !yield(item, nil) {
				return
			}
			if sent++; sent == q.Limit {
				return
			}
		}
	}
}

// Count answers as geo.Reader does.
func (h *held) Count(ctx context.Context, q geo.Query) (n int, err error) {
	q.Limit, q.Sort, q.After, q.Backwards, q.Histories, q.Encoded = 0, nil, "", false, false, false
	ask := h.ask(&q)
	seen := 0
	for i := range h.layers {
		l := &h.layers[i]
		for w := h.walk(l, ask); ; {
			pos, ok := w.next()
			if !ok {
				break
			}
			if seen++; seen%1024 == 1 && ctx.Err() != nil {
				return 0, ctx.Err()
			}
			if ask.answers(l, pos) {
				n++
			}
		}
	}
	return n, nil
}

// sorted answers a query that asks for an order of its own.
func (h *held) sorted(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		mark, err := h.mark(&q)
		var best []geo.Item
		if err == nil {
			best, err = firstOf(ctx, &q, mark, h.Items)
		}
		if err != nil {
			yield(geo.Item{}, err)
			return
		}
		for i := range best {
			if !yield(best[i], nil) {
				return
			}
		}
	}
}

func (h *held) mark(q *geo.Query) (*geo.Item, error) {
	if !q.NeedsMark() {
		return nil, nil //nolint:nilnil // the first page goes on after nothing, one in order of ids after an id
	}
	l, pos, found := h.find(q.After)
	if !found {
		return nil, q.Unplaced()
	}
	item := geo.Item{Feature: l.feature(pos)}
	if q.Collection.HasStatus() {
		item.Standing = geo.StandingOn(q.AsOf(), l.periods(pos))
	}
	return &item, nil
}

// ask is a query made ready for many rows.
type ask struct {
	q *geo.Query
	// boxes are those that a feature must touch, near those of which it must touch
	// one for it to be measured.
	boxes, near []orb.Bound
	time        *geo.Interval
	// equals are the pairs that are not numbers of a closed list.
	equals []geo.Equal
	status bool
	day    geo.Date
	holds  func(*geo.Item) bool
	// bare says that nothing but the encoded bytes is looked at.
	bare bool
	// shared is the one feature that bare items are.
	shared geo.Feature
}

func (h *held) ask(q *geo.Query) *ask {
	a := &ask{q: q, time: q.Time, status: q.Collection.HasStatus(), day: q.AsOf()}
	if q.BBox != nil {
		a.boxes = q.BBox.Bounds()
	}
	if q.Near != nil {
		a.near = q.Near.Boxes()
	}
	if q.Filter != nil {
		a.holds = q.Holds()
	}
	for _, e := range q.Equals {
		if !coded(h.collection, e.Property) {
			a.equals = append(a.equals, e)
		}
	}
	a.bare = q.Encoded && a.holds == nil && q.Near == nil && !q.Histories
	return a
}

// coded reports whether a property is kept by the numbers of a closed list.
func coded(c *geo.Collection, name string) bool {
	p, ok := c.Property(name)
	return ok && p.Codes != nil && p.Type == geo.Text
}

// numbers returns what the numbers of a layer must be, and false where nothing in
// it can answer.
func (a *ask) numbers(l *layer) (must []codeIs, possible bool) {
	for _, e := range a.q.Equals {
		if !coded(l.collection, e.Property) {
			continue
		}
		i := l.collection.PropertyIndex(e.Property)
		var n uint16
		if e.Value != nil {
			text, isText := e.Value.(string)
			if n = l.codes[i].number[text]; !isText || n == 0 {
				return nil, false
			}
		}
		must = append(must, codeIs{i, n})
	}
	return must, true
}

// codeIs asks for a number of a column.
type codeIs struct {
	property int
	number   uint16
}

// answers reports whether a row that a walk yielded answers the query in what the
// walk does not look at.
func (a *ask) answers(l *layer, pos int32) bool {
	if a.holds == nil && a.q.Near == nil && len(a.equals) == 0 {
		return true
	}
	_, ok := a.item(l, pos)
	return ok
}

// item makes the item of a row, and reports whether it answers the query.
func (a *ask) item(l *layer, pos int32) (item geo.Item, answers bool) {
	if a.bare && len(a.equals) == 0 && l.encode != nil {
		return a.bareItem(l, pos), true
	}
	whole := a.wholeItem(l, pos)
	for _, e := range a.equals {
		if !matches(a.q.Collection, whole, e) {
			return item, false
		}
	}
	if a.q.Near != nil {
		var near bool
		if whole.Distance, near = a.q.Near.Measure(whole.Geometry); !near {
			return item, false
		}
	}
	if a.holds != nil && !a.holds(whole) {
		return item, false
	}
	return *whole, true
}

// bareItem is a row as its bytes have it. It makes no object: nearly all rows of a page
// go this way.
func (a *ask) bareItem(l *layer, pos int32) (item geo.Item) {
	b, i := l.at(pos)
	a.shared.ID, a.shared.Geometry = b.id(i), nil
	item.Feature, item.Key, item.Encoded = &a.shared, b.keys[i], l.encoded(pos)
	if a.status {
		item.Standing = geo.StandingOn(a.day, l.periods(pos))
	}
	return item
}

func (a *ask) wholeItem(l *layer, pos int32) *geo.Item {
	b, i := l.at(pos)
	item := &geo.Item{Feature: l.feature(pos), Key: b.keys[i]}
	if a.status {
		periods := l.periods(pos)
		item.Standing = geo.StandingOn(a.day, periods)
		if a.q.Histories {
			item.History = periods
		}
	}
	if a.q.Encoded {
		item.Encoded = l.encoded(pos)
	}
	return item
}

// summarize describes what is held. It is made once, when it is first asked for.
func (h *held) summarize() geo.Summary {
	h.once.Do(func() {
		var span geo.DatedSpan
		extent := emptyBound
		for k := range h.layers {
			l := &h.layers[k]
			for pos := range int32(l.rows) {
				if l.gone.has(pos) {
					continue
				}
				h.summary.Count++
				b, i := l.at(pos)
				span.AddLifetime(b.lifetime(i))
				extent = around(extent, b.bound(i))
				if b.periods == nil {
					continue
				}
				for n := range b.periods[i] {
					span.AddPeriod(&b.periods[i][n])
				}
			}
		}
		if extent.Min[0] <= extent.Max[0] {
			h.summary.Extent = &extent
		}
		h.summary.Time = span.Interval()
	})
	sum := h.summary
	if sum.Extent != nil {
		extent := *sum.Extent // the caller's own
		sum.Extent = &extent
	}
	return sum
}

// bound is that of a row; without a geometry that of nothing.
func (b *block) bound(i int) orb.Bound {
	if b.bounds != nil {
		return b.bounds[i]
	}
	return pointBound(b.points[i])
}
