package memory

import (
	"context"
	"iter"
	"slices"
	"time"

	"oxus/geo"
)

// side answers from a state that the engine holds, and what it does not hold from
// the store that it stands beside.
type side struct {
	// of gives the state to answer from about a collection, or about what belongs to none;
	// nil where there is none.
	of   func(context.Context, *geo.Collection) *present
	base geo.Reader
	// recorded says that states are named as those of the record are.
	recorded bool
}

// pick returns what is held of a collection with its state, nil for what is not.
func (s side) pick(ctx context.Context, c *geo.Collection) (*present, *held) {
	if p := s.of(ctx, c); p != nil {
		return p, p.held[c.ID]
	}
	return nil, nil
}

// Items implements geo.Reader.
func (s side) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	if _, h := s.pick(ctx, q.Collection); h != nil {
		return h.Items(ctx, q)
	}
	return s.base.Items(ctx, q)
}

// Count implements geo.Reader.
func (s side) Count(ctx context.Context, q geo.Query) (int, error) {
	if _, h := s.pick(ctx, q.Collection); h != nil {
		return h.Count(ctx, q)
	}
	return s.base.Count(ctx, q)
}

// CountCells implements geo.CellCounter.
func (s side) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	if _, h := s.pick(ctx, q.Collection); h != nil {
		return h.countCells(ctx, q, property, grid)
	}
	return s.base.(geo.CellCounter).CountCells(ctx, q, property, grid) //nolint:forcetypeassert // Beside saw that it is one
}

// Plan implements geo.Planner. What is held in memory is found in one way.
func (s side) Plan(ctx context.Context, q geo.Query) (string, error) {
	if _, h := s.pick(ctx, q.Collection); h != nil {
		return "memory", nil
	}
	return geo.PlanOf(ctx, s.base, q)
}

// Detail implements geo.Reader.
func (s side) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	if p, h := s.pick(ctx, c); h != nil {
		return p.detail(h, id, on)
	}
	return s.base.Detail(ctx, c, id, on)
}

// Sources implements geo.Reader.
func (s side) Sources(ctx context.Context, ids []string) ([]geo.Source, error) {
	if p := s.of(ctx, nil); p != nil {
		return p.named(slices.Clone(ids)), nil
	}
	return s.base.Sources(ctx, ids)
}

// Version implements geo.Reader.
func (s side) Version(ctx context.Context, c *geo.Collection) (string, error) {
	if p, h := s.pick(ctx, c); h != nil {
		return s.version(p, c), nil
	}
	return s.base.Version(ctx, c)
}

func (s side) version(p *present, c *geo.Collection) string {
	if s.recorded {
		return p.stand.Recorded[c.ID] + p.mark
	}
	return p.stand.Versions[c.ID] + p.mark
}

// Summary implements geo.Reader.
func (s side) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	if p, h := s.pick(ctx, c); h != nil {
		sum := h.summarize()
		sum.Version = s.version(p, c)
		return sum, nil
	}
	return s.base.Summary(ctx, c)
}

// Ready implements geo.Reader.
func (s side) Ready(ctx context.Context) error { return s.base.Ready(ctx) }

// sideView answers as a role may see. It implements geo.View.
type sideView struct {
	side
	store *Beside
	who   geo.Role
	base  geo.View
}

func (s *Beside) view(who geo.Role) sideView {
	base := s.Base.For(who)
	of := func(ctx context.Context, c *geo.Collection) *present {
		if now := s.nowIn(ctx, c); now != nil {
			return now.seenBy(ctx, s, who)
		}
		return nil
	}
	return sideView{side{of: of, base: heldReader{base, s}}, s, who, base}
}

// State implements geo.Recorder.
func (v sideView) State(ctx context.Context, moment time.Time) (geo.State, error) {
	return v.base.State(ctx, moment)
}

// Revisions implements geo.Recorder.
func (v sideView) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return v.base.Revisions(ctx, q)
}

// Latest implements geo.Recorder: the state that the present answers come from.
func (v sideView) Latest(ctx context.Context) (geo.State, error) {
	if now := v.store.nowIn(ctx, nil); now != nil {
		return now.stand.State, nil
	}
	return v.base.Latest(ctx)
}

// At implements geo.Recorder. The state that is held is answered from for as long as
// the reader lasts, whatever changes meanwhile.
func (v sideView) At(ctx context.Context, st geo.State) (geo.Reader, error) {
	past, err := v.base.At(ctx, st)
	if err != nil {
		return nil, err
	}
	seen := v.of(ctx, nil)
	if seen == nil || seen.stand.State.Last != st.Last {
		return past, nil
	}
	return sideOf(seen, past), nil
}

// sideOf answers from one state for as long as it lasts, with the record of the store
// beside it.
func sideOf(seen *present, past geo.Reader) side {
	return side{of: func(context.Context, *geo.Collection) *present { return seen }, base: past, recorded: true}
}

// Pinned implements geo.Recorder: of the state that is held in memory when it is first
// asked, if that has what it is asked about, else of one of the store.
func (v sideView) Pinned() geo.Pinned {
	return geo.PinBy(func(ctx context.Context, c *geo.Collection) (geo.Pinned, error) {
		now := v.store.nowIn(ctx, c)
		if now == nil {
			return v.base.Pinned(), nil
		}
		past, err := v.base.At(ctx, now.stand.State)
		if err != nil {
			return nil, err
		}
		if seen := now.seenBy(ctx, v.store, v.who); seen != nil {
			return geo.PinTo(sideOf(seen, past), now.stand.State), nil
		}
		return geo.PinTo(past, now.stand.State), nil
	})
}
