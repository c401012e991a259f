package memory

import (
	"cmp"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// walk goes through a layer in its order, or against it, and yields the rows that
// may answer: those that count, in the box, in time and of the numbers asked for.
type walk struct {
	layer *layer
	ask   *ask
	must  []codeIs
	// at is the position to look at, end the one not to look at any more.
	at, end   int32
	backwards bool
	// spots are the boxes of which a row must touch one to be looked at.
	spots []orb.Bound
	// only are the positions to look at, in the order of the layer, where ids are asked for.
	only []int32
}

func (h *held) walk(l *layer, a *ask) *walk {
	w := &walk{layer: l, ask: a, backwards: a.q.Backwards, spots: a.boxes}
	if a.near != nil {
		w.spots = a.near
	}
	must, possible := a.numbers(l)
	from, to := int32(0), int32(l.rows)
	switch {
	case !possible:
		to = 0
	case a.q.After == "":
	case w.backwards:
		to = l.notBefore(a.q.AfterKey, a.q.After)
	default:
		from = l.following(a.q.AfterKey, a.q.After)
	}
	w.must, w.at, w.end = must, from, to
	if a.q.IDs != nil {
		w.only = l.named(a.q.IDs)
	}
	if w.backwards {
		w.at, w.end = to-1, from-1
	}
	return w
}

// next returns the next position, and false after the last.
func (w *walk) next() (pos int32, ok bool) {
	if w.ask.q.IDs != nil {
		return w.nextNamed()
	}
	if w.backwards {
		return w.previous()
	}
	for w.at < w.end {
		b, i := w.layer.at(w.at)
		if i == 0 && w.misses(&b.box) {
			w.at += blockRows
			continue
		}
		if i%groupRows == 0 && w.misses(&b.groups[i/groupRows]) {
			w.at += groupRows
			continue
		}
		if pos = w.at; w.takes(b, i, pos) {
			w.at++
			return pos, true
		}
		w.at++
	}
	return 0, false
}

// nextNamed is next where ids are asked for.
func (w *walk) nextNamed() (pos int32, ok bool) {
	for len(w.only) > 0 {
		if last := len(w.only) - 1; w.backwards {
			pos, w.only = w.only[last], w.only[:last]
		} else {
			pos, w.only = w.only[0], w.only[1:]
		}
		inReach := w.at <= pos && pos < w.end || w.end < pos && pos <= w.at // forwards, backwards
		if b, i := w.layer.at(pos); inReach && w.takes(b, i, pos) {
			return pos, true
		}
	}
	return 0, false
}

func (w *walk) previous() (pos int32, ok bool) {
	for w.at > w.end {
		b, i := w.layer.at(w.at)
		if i == b.rows-1 && w.misses(&b.box) {
			w.at -= int32(b.rows)
			continue
		}
		if (i%groupRows == groupRows-1 || i == b.rows-1) && w.misses(&b.groups[i/groupRows]) {
			w.at -= int32(i%groupRows + 1)
			continue
		}
		if pos = w.at; w.takes(b, i, pos) {
			w.at--
			return pos, true
		}
		w.at--
	}
	return 0, false
}

// misses reports whether nothing within a bound needs to be looked at.
func (w *walk) misses(b *orb.Bound) bool {
	if w.spots == nil {
		return false
	}
	for i := range w.spots {
		if s := &w.spots[i]; s.Min[0] <= b.Max[0] && s.Max[0] >= b.Min[0] && s.Min[1] <= b.Max[1] && s.Max[1] >= b.Min[1] {
			return false
		}
	}
	return true
}

// takes reports whether a row may answer.
func (w *walk) takes(b *block, i int, pos int32) bool {
	if w.layer.gone.has(pos) || w.spots != nil && !w.placed(b, i, pos) {
		return false
	}
	if w.ask.time != nil && !b.lasts(i, w.ask.time) {
		return false
	}
	for _, m := range w.must {
		if b.codes[m.property][i] != m.number {
			return false
		}
	}
	if w.ask.status && len(w.ask.equals) > 0 && !w.stands(b, i) {
		return false
	}
	return true
}

// stands reports whether the status is the one asked for, if one is.
func (w *walk) stands(b *block, i int) bool {
	for _, e := range w.ask.equals {
		if e.Property == geo.StatusProperty && geo.StandingOn(w.ask.day, b.periods[i]).Status != e.Value {
			return false
		}
	}
	return true
}

// placed reports whether a row touches the box asked for, and may be near.
func (w *walk) placed(b *block, i int, pos int32) bool {
	if p := &b.points[i]; b.bounds == nil || p[0] == p[0] { // a point of no numbers is unlike itself
		return holdsPoint(w.spots, p) && (w.ask.near == nil || w.ask.boxes == nil || holdsPoint(w.ask.boxes, p))
	}
	if w.misses(&b.bounds[i]) {
		return false
	}
	return w.ask.boxes == nil || geo.Touches(w.layer.geometry(pos), w.ask.boxes)
}

func holdsPoint(boxes []orb.Bound, p *orb.Point) bool {
	for i := range boxes {
		if s := &boxes[i]; s.Min[0] <= p[0] && p[0] <= s.Max[0] && s.Min[1] <= p[1] && p[1] <= s.Max[1] {
			return true
		}
	}
	return false
}

// lasts reports whether the lifetime of a row may touch an interval.
func (b *block) lasts(i int, in *geo.Interval) bool {
	const days = uint8(geo.Day) | uint8(geo.Day)<<4
	if b.precisions[i] == days {
		return b.from[i] <= in.To && in.From <= b.to[i]
	}
	return b.lifetime(i).Span().Intersects(*in)
}

// merged goes through all layers as one.
type merged struct {
	walks     []merging
	backwards bool
}

// merging is a walk and the row it stands at.
type merging struct {
	*walk
	pos int32
	key geo.HilbertKey
	id  string
}

func (h *held) merge(a *ask) *merged {
	m := &merged{backwards: a.q.Backwards}
	for i := range h.layers {
		one := merging{walk: h.walk(&h.layers[i], a)}
		if len(h.layers) == 1 || one.step() {
			m.walks = append(m.walks, one)
		}
	}
	return m
}

// step goes to the next row of a walk.
func (w *merging) step() (ok bool) {
	if w.pos, ok = w.next(); ok {
		b, i := w.layer.at(w.pos)
		w.key, w.id = b.keys[i], b.id(i)
	}
	return ok
}

// next returns the next row of all.
func (m *merged) next() (l *layer, pos int32, ok bool) {
	switch {
	case len(m.walks) == 0:
		return nil, 0, false
	case len(m.walks) == 1 && m.walks[0].id == "":
		pos, ok = m.walks[0].next()
		return m.walks[0].layer, pos, ok
	}
	least := 0
	for i := 1; i < len(m.walks); i++ {
		a, b := &m.walks[i], &m.walks[least]
		if d := cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id)); d < 0 != m.backwards {
			least = i
		}
	}
	w := &m.walks[least]
	l, pos = w.layer, w.pos
	if !w.step() {
		m.walks = append(m.walks[:least], m.walks[least+1:]...)
	}
	return l, pos, true
}
