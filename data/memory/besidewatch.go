package memory

import (
	"context"
	"iter"
	"sync"

	"oxus/geo"
)

// Watch implements geo.Watcher: the store watches.
func (s *Beside) Watch(tell func(error)) {
	if w, ok := s.Base.(geo.Watcher); ok {
		w.Watch(tell)
	}
}

// Known implements geo.Watcher. It is nil over a store that does not watch.
func (s *Beside) Known() *geo.Known {
	if w, ok := s.Base.(geo.Watcher); ok {
		return w.Known()
	}
	return nil
}

// Changed implements geo.Watcher.
func (s *Beside) Changed() <-chan struct{} {
	if w, ok := s.Base.(geo.Watcher); ok {
		return w.Changed()
	}
	return nil
}

// sideHeld is one state that several questions are answered from: the one that is held
// in memory when the first is asked, if it has what that is about, else one of the store.
// It implements geo.Held.
type sideHeld struct {
	store *Beside
	base  geo.Held // nil over a store that does not watch

	mu      sync.Mutex
	chosen  bool
	over    bool
	present *present
}

// sideHeldKey is what a context holds a sideHeld by.
type sideHeldKey struct{}

// Hold implements geo.Watcher.
func (s *Beside) Hold(ctx context.Context) (context.Context, geo.Held) {
	h := &sideHeld{store: s}
	if w, ok := s.Base.(geo.Watcher); ok {
		ctx, h.base = w.Hold(ctx)
	}
	return context.WithValue(ctx, sideHeldKey{}, h), h
}

// nowIn is the state to answer from in a context, about a collection or about what
// belongs to none, nil when that is the store's business.
func (s *Beside) nowIn(ctx context.Context, c *geo.Collection) *present {
	h := s.heldIn(ctx)
	if h == nil {
		return s.nowOf(c)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return s.nowOf(c)
	}
	if !h.chosen {
		h.present, h.chosen = s.nowOf(c), true
	}
	return h.present
}

// nowOf is the state to answer from about a collection.
func (s *Beside) nowOf(c *geo.Collection) *present {
	now := s.now()
	if now != nil && c != nil && now.held[c.ID] == nil {
		return nil
	}
	return now
}

// heldIn is the state that the questions of a context are answered from together, nil
// where each has its own.
func (s *Beside) heldIn(ctx context.Context) *sideHeld {
	if h, held := ctx.Value(sideHeldKey{}).(*sideHeld); held && h.store == s {
		return h
	}
	return nil
}

// Versions implements geo.Held.
func (h *sideHeld) Versions() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.present != nil:
		return h.present.stand.Watched
	case h.base != nil:
		return h.base.Versions()
	default:
		return nil
	}
}

// Release implements geo.Held.
func (h *sideHeld) Release() {
	h.mu.Lock()
	h.over = true
	h.mu.Unlock()
	if h.base != nil {
		h.base.Release()
	}
}

// inMemory is the state in memory that was chosen, nil where none was.
func (h *sideHeld) inMemory() *present {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return nil
	}
	return h.present
}

// heldReader asks the store about what is not held in memory. Where the state that is
// answered from was chosen in memory, the store answers from its record of the same.
type heldReader struct {
	view  geo.View
	store *Beside
}

func (r heldReader) in(ctx context.Context) (geo.Reader, error) {
	if h := r.store.heldIn(ctx); h != nil {
		if p := h.inMemory(); p != nil {
			return r.view.At(ctx, p.stand.State)
		}
	}
	return r.view, nil
}

// Items implements geo.Reader.
func (r heldReader) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	in, err := r.in(ctx)
	if err != nil {
		return func(yield func(geo.Item, error) bool) { yield(geo.Item{}, err) }
	}
	return in.Items(ctx, q)
}

// Count implements geo.Reader.
func (r heldReader) Count(ctx context.Context, q geo.Query) (int, error) {
	in, err := r.in(ctx)
	if err != nil {
		return 0, err
	}
	return in.Count(ctx, q)
}

// CountCells implements geo.CellCounter.
func (r heldReader) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	in, err := r.in(ctx)
	if err != nil {
		return nil, err
	}
	return in.(geo.CellCounter).CountCells(ctx, q, property, grid) //nolint:forcetypeassert // NewBeside saw that readers of the store count
}

// Plan implements geo.Planner: a plan is of the present.
func (r heldReader) Plan(ctx context.Context, q geo.Query) (string, error) {
	return geo.PlanOf(ctx, r.view, q)
}

// Detail implements geo.Reader.
func (r heldReader) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	in, err := r.in(ctx)
	if err != nil {
		return nil, err
	}
	return in.Detail(ctx, c, id, on)
}

// Sources implements geo.Reader.
func (r heldReader) Sources(ctx context.Context, ids []string) ([]geo.Source, error) {
	in, err := r.in(ctx)
	if err != nil {
		return nil, err
	}
	return in.Sources(ctx, ids)
}

// Version implements geo.Reader.
func (r heldReader) Version(ctx context.Context, c *geo.Collection) (string, error) {
	in, err := r.in(ctx)
	if err != nil {
		return "", err
	}
	return in.Version(ctx, c)
}

// Summary implements geo.Reader.
func (r heldReader) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	in, err := r.in(ctx)
	if err != nil {
		return geo.Summary{}, err
	}
	return in.Summary(ctx, c)
}

// Ready implements geo.Reader.
func (r heldReader) Ready(ctx context.Context) error { return r.view.Ready(ctx) }
