package memory

import (
	"context"
	"iter"
	"sync"
	"time"

	"oxus/geo"
)

// sights are the states that those see from whom something is hidden. They belong
// to the present state, whose rights they are made by, and go with it.
type sights struct {
	seen makings[geo.Role, *snapshot]
	past makings[pastSight, *snapshot]
	// veils are those over the record.
	veils makings[geo.Role, *geo.Veil]
}

// pastSight is the state after a revision as a role sees it.
type pastSight struct {
	who  geo.Role
	last int64
}

// gone are the rows that were removed, each as it last was, without all that says
// nothing about who may see it. They are read on from where they were read to.
type gone struct {
	mu       sync.Mutex
	last     int64
	features map[geo.Named]geo.Feature
	periods  map[geo.Named]geo.Period
	sources  map[string]geo.Source
}

// view answers as a role may see. It implements geo.View: every answer is made of
// a state from which what is hidden has been taken out.
type view struct {
	reading
	store *Store
	who   geo.Role
}

// For implements geo.Gate.
func (s *Store) For(who geo.Role) geo.View {
	if who.SeesAll() {
		return s
	}
	who = who.Known()
	return view{func(ctx context.Context) (*snapshot, error) {
		now, err := s.now(ctx)
		if err != nil {
			return nil, err
		}
		return s.seenBy(ctx, now, who)
	}, s, who}
}

// seenBy returns the state as a role sees it, made when it is first asked for. What is
// gone counts too: a list may still name a feature that was hidden when it was removed.
func (s *Store) seenBy(ctx context.Context, now *snapshot, who geo.Role) (*snapshot, error) {
	return now.sights.seen.get(ctx, who, 0, func() (*snapshot, error) {
		veil, err := s.recordVeil(ctx, now, who)
		if err != nil {
			return nil, err
		}
		return s.behind(veil, now), nil
	})
}

// behind returns what a veil leaves of a state.
func (s *Store) behind(veil *geo.Veil, whole *snapshot) *snapshot {
	if veil.Nothing() {
		return whole
	}
	return build(s.atlas, veil.Dataset(whole.data))
}

// recordVeil is the veil over the record: what is gone is hidden by what it last was.
func (s *Store) recordVeil(ctx context.Context, now *snapshot, who geo.Role) (*geo.Veil, error) {
	return now.sights.veils.get(ctx, who, 0, func() (*geo.Veil, error) {
		removed := &s.gone
		if err := removed.read(ctx, s.keeper); err != nil {
			return nil, err
		}
		return geo.NewVeil(s.atlas, who, now.data, removed.without(now.data)), nil
	})
}

// Ready implements geo.Reader.
func (v view) Ready(ctx context.Context) error { return v.store.Ready(ctx) }

// State implements geo.Recorder.
func (v view) State(ctx context.Context, moment time.Time) (geo.State, error) {
	return v.store.State(ctx, moment)
}

// Pinned implements geo.Recorder.
func (v view) Pinned() geo.Pinned { return geo.Pin(v) }

// Latest implements geo.Recorder.
func (v view) Latest(ctx context.Context) (geo.State, error) { return v.store.Latest(ctx) }

// At implements geo.Recorder. Past states are seen by the rights of today, which are
// not known before everything up to the state is loaded.
func (v view) At(ctx context.Context, st geo.State) (geo.Reader, error) {
	now, err := v.store.reaching(ctx, st.Last)
	if err != nil {
		return nil, err
	}
	if now.data.State.Last == st.Last {
		return v.store.seenBy(ctx, now, v.who)
	}
	veil, err := v.store.recordVeil(ctx, now, v.who)
	if err != nil {
		return nil, err
	}
	whole, err := v.store.at(ctx, st)
	if err != nil {
		return nil, err
	}
	if veil.Nothing() {
		return whole, nil
	}
	return now.sights.past.get(ctx, pastSight{v.who, st.Last}, keptPast, func() (*snapshot, error) {
		v.store.past.loading.Lock() // what is made is as large as what is loaded
		defer v.store.past.loading.Unlock()
		return v.store.behind(veil, whole), nil
	})
}

// Revisions implements geo.Recorder: those up to the state that is answered from. What is
// recorded later may be hidden by what is recorded with it.
func (v view) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return func(yield func(geo.Revision, error) bool) {
		var veil *geo.Veil
		now, err := v.store.now(ctx)
		if err == nil {
			veil, err = v.store.recordVeil(ctx, now, v.who)
		}
		if err != nil {
			yield(geo.Revision{}, err)
			return
		}
		sent, all, last := 0, q, now.data.State.Last
		if q.Newest && (q.After == 0 || q.After > last) {
			all.After = last + 1
		}
		if !veil.Nothing() {
			all.Limit = 0 // of those that come some are hidden
		}
		for r, err := range v.store.keeper.Revisions(ctx, all) {
			if err != nil {
				yield(r, err)
				return
			}
			if r.Number > last {
				return
			}
			seen, ok := veil.Revision(r)
			if !ok {
				continue
			}
			if sent++; !yield(seen, nil) || sent == q.Limit {
				return
			}
		}
	}
}

// read reads on what has been removed.
func (g *gone) read(ctx context.Context, keeper geo.Archive) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.features == nil {
		g.features, g.periods, g.sources = map[geo.Named]geo.Feature{}, map[geo.Named]geo.Period{}, map[string]geo.Source{}
	}
	for r, err := range keeper.Revisions(ctx, geo.RevisionQuery{Removals: true, After: g.last}) {
		if err != nil {
			return err
		}
		row := geo.Named{Collection: r.Collection, ID: r.ID}
		switch before := r.Before; {
		case before.Feature != nil:
			g.features[row] = geo.Feature{ID: r.ID, Sources: before.Feature.Sources}
		case before.Period != nil:
			p := before.Period
			g.periods[row] = geo.Period{ID: r.ID, Collection: r.Collection, Scope: p.Scope, Owner: p.Owner, Sources: p.Sources}
		case before.Source != nil:
			g.sources[r.ID] = geo.Source{ID: r.ID, Audience: before.Source.Audience}
		}
		g.last = r.Number
	}
	return nil
}

// without returns the rows that are not there now: of one that was added again the
// present version counts.
func (g *gone) without(now *geo.Dataset) *geo.Dataset {
	g.mu.Lock()
	defer g.mu.Unlock()
	there := map[geo.RowKind]map[geo.Named]bool{geo.FeatureRow: {}, geo.StatusRow: {}, geo.SourceRow: {}}
	if len(g.features)+len(g.periods)+len(g.sources) > 0 {
		there = rowsOf(now)
	}
	left := &geo.Dataset{Features: map[string][]geo.Feature{}}
	for row, f := range g.features {
		if !there[geo.FeatureRow][row] {
			left.Features[row.Collection] = append(left.Features[row.Collection], f)
		}
	}
	for row, p := range g.periods {
		if !there[geo.StatusRow][row] {
			left.Periods = append(left.Periods, p)
		}
	}
	for id, src := range g.sources {
		if !there[geo.SourceRow][geo.Named{ID: id}] {
			left.Sources = append(left.Sources, src)
		}
	}
	return left
}

func rowsOf(ds *geo.Dataset) map[geo.RowKind]map[geo.Named]bool {
	features, periods, sources := map[geo.Named]bool{}, map[geo.Named]bool{}, map[geo.Named]bool{}
	for collection, all := range ds.Features {
		for i := range all {
			features[geo.Named{Collection: collection, ID: all[i].ID}] = true
		}
	}
	for i := range ds.Periods {
		periods[geo.Named{Collection: ds.Periods[i].Collection, ID: ds.Periods[i].ID}] = true
	}
	for i := range ds.Sources {
		sources[geo.Named{ID: ds.Sources[i].ID}] = true
	}
	return map[geo.RowKind]map[geo.Named]bool{geo.FeatureRow: features, geo.StatusRow: periods, geo.SourceRow: sources}
}
