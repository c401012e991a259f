package memory

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"

	"oxus/geo"
)

// Watch implements geo.Watcher. The state that is answered from is the one there is:
// nothing need be done to know it.
func (s *Store) Watch(func(error)) {}

// Known implements geo.Watcher.
func (s *Store) Known() *geo.Known {
	if s.putOff.Load() {
		return nil
	}
	return s.course.Known()
}

// Changed implements geo.Watcher.
func (s *Store) Changed() <-chan struct{} { return s.course.Changed() }

// versionsOf names the states of all that is in a dataset, which follows on a state or
// on none. Sources have no name of their own: they are named by what was recorded last,
// as long as they stay as they are. Where two states differ is not looked for: making an
// answer anew costs less here.
func versionsOf(ds *geo.Dataset, was *snapshot) map[string]string {
	versions := map[string]string{geo.SourcesID: strconv.FormatInt(ds.State.Last, 10) + "-" + strconv.FormatInt(ds.State.Moment.UnixMicro(), 10)}
	if was != nil && slices.Equal(was.data.Sources, ds.Sources) {
		versions[geo.SourcesID] = was.versions[geo.SourcesID]
	}
	maps.Copy(versions, ds.Versions)
	return versions
}

// holding is a state that several questions are answered from. It implements geo.Held.
type holding struct {
	store *Store
	state atomic.Pointer[snapshot]
	over  atomic.Bool
}

// heldKey is what a context holds its holding by.
type heldKey struct{}

// Hold implements geo.Watcher.
func (s *Store) Hold(ctx context.Context) (context.Context, geo.Held) {
	h := &holding{store: s}
	return context.WithValue(ctx, heldKey{}, h), h
}

// Versions implements geo.Held.
func (h *holding) Versions() map[string]string {
	if state := h.state.Load(); state != nil {
		return state.versions
	}
	return nil
}

// Release implements geo.Held.
func (h *holding) Release() { h.over.Store(true) }

// held is the state that questions in a context are answered from: the present one,
// unless the context holds another.
func (s *Store) held(ctx context.Context) *snapshot {
	h, ok := ctx.Value(heldKey{}).(*holding)
	if !ok || h.store != s || h.over.Load() {
		return s.current.Load()
	}
	h.state.CompareAndSwap(nil, s.current.Load())
	return h.state.Load()
}
