package storetest

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"oxus/geo"
)

// plainView answers as a role may see, by the rules read out one by one: a row is
// there for those who may see every source that this version of it and its last
// one cite, its collection, and the feature it belongs to.
type plainView struct {
	*Plain
	who geo.Role
}

// For implements geo.Gate.
func (s *Plain) For(who geo.Role) geo.View { return plainView{s, who.Known()} }

// last returns the last version that a row had, also of one that is gone.
func (v plainView) last(kind geo.RowKind, collection, id string) (last geo.Row) {
	for i := range v.revisions {
		if r := &v.revisions[i]; r.Kind == kind && r.Collection == collection && r.ID == id {
			if last = r.After; !last.Exists() {
				last = r.Before
			}
		}
	}
	return last
}

func (v plainView) seesSources(ids []string) bool {
	for _, id := range ids {
		if src := v.last(geo.SourceRow, geo.SourcesID, id).Source; src != nil && !v.who.Sees(src.Audience) {
			return false
		}
	}
	return true
}

func (v plainView) seesFeature(collection string, f *geo.Feature) bool {
	return v.seesSources(f.Sources) && v.seesNamed(collection, f.ID)
}

// seesNamed asks about a feature by its last version; one that never was is seen.
func (v plainView) seesNamed(collection, id string) bool {
	c, err := v.atlas.Collection(collection)
	last := v.last(geo.FeatureRow, collection, id).Feature
	return err == nil && v.who.Sees(c.Audience) && (last == nil || v.seesSources(last.Sources))
}

func (v plainView) seesPeriod(p *geo.Period) bool {
	c, err := v.atlas.Collection(p.Collection)
	if err != nil || !v.who.Sees(c.Audience) || !v.seesSources(p.Sources) {
		return false
	}
	if p.Scope == geo.OfFeature && !v.seesNamed(p.Collection, p.Owner) {
		return false
	}
	last := v.last(geo.StatusRow, p.Collection, p.ID).Period
	return last == nil || v.seesSources(last.Sources)
}

// of is what is seen of a dataset.
func (v plainView) of(ds *geo.Dataset) *geo.Dataset {
	seen := &geo.Dataset{Features: map[string][]geo.Feature{}, State: ds.State}
	for _, c := range v.atlas.Collections {
		for _, f := range ds.Features[c.ID] {
			if v.seesFeature(c.ID, &f) {
				seen.Features[c.ID] = append(seen.Features[c.ID], *v.nameless(c, &f))
			}
		}
	}
	for _, p := range ds.Periods {
		c, err := v.atlas.Collection(p.Collection)
		belongs := func(f geo.Feature) bool {
			return p.Scope == geo.OfFeature && f.ID == p.Owner || p.Scope == geo.OfProject && f.Values[c.PropertyIndex(c.Project)] == p.Owner
		}
		if err == nil && v.seesPeriod(&p) && slices.ContainsFunc(seen.Features[p.Collection], belongs) {
			seen.Periods = append(seen.Periods, p)
		}
	}
	for _, src := range ds.Sources {
		if v.seesSources([]string{src.ID}) {
			seen.Sources = append(seen.Sources, src)
		}
	}
	return seen
}

// nameless is a feature without the ids of those that are not seen.
func (v plainView) nameless(c *geo.Collection, f *geo.Feature) *geo.Feature {
	seen := *f
	seen.Values = slices.Clone(f.Values)
	for i, p := range c.Properties {
		if id, ok := seen.Values[i].(string); ok && p.Refers != "" && !v.seesNamed(p.Refers, id) {
			seen.Values[i] = nil
		}
		list, ok := seen.Values[i].([]string)
		if !ok || !p.Mentions {
			continue
		}
		var left []string
		for _, id := range list {
			hidden := false
			for _, other := range v.atlas.Collections {
				was := v.last(geo.FeatureRow, other.ID, id).Feature != nil
				hidden = hidden || was && !v.seesNamed(other.ID, id)
			}
			if !hidden {
				left = append(left, id)
			}
		}
		if seen.Values[i] = nil; len(left) > 0 {
			seen.Values[i] = left
		}
	}
	return &seen
}

func (v plainView) state() plainState {
	now := v.now()
	v.mu.Lock()
	defer v.mu.Unlock()
	return plainState{v.atlas, v.of(now.ds), v.mark()}
}

// Items implements geo.Reader.
func (v plainView) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return v.state().Items(ctx, q)
}

// Count implements geo.Reader.
func (v plainView) Count(ctx context.Context, q geo.Query) (int, error) {
	return v.state().Count(ctx, q)
}

// Detail implements geo.Reader.
func (v plainView) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	return v.state().Detail(ctx, c, id, on)
}

// Sources implements geo.Reader.
func (v plainView) Sources(ctx context.Context, ids []string) ([]geo.Source, error) {
	return v.state().Sources(ctx, ids)
}

// Version implements geo.Reader.
func (v plainView) Version(ctx context.Context, c *geo.Collection) (string, error) {
	return v.state().Version(ctx, c)
}

// mark tells apart what is seen by whom, as long as anything is hidden.
func (v plainView) mark() string {
	hidden := len(v.atlas.Closed(v.who)) > 0
	for i := range v.revisions {
		r := &v.revisions[i]
		hidden = hidden || r.Kind == geo.SourceRow && !v.seesSources([]string{r.ID})
	}
	if !hidden {
		return ""
	}
	return "~" + string(v.who) + strconv.FormatInt(v.ds.State.Last, 10)
}

// Summary implements geo.Reader.
func (v plainView) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	return v.state().Summary(ctx, c)
}

// Pinned implements geo.Recorder.
func (v plainView) Pinned() geo.Pinned { return geo.Pin(v) }

// State implements geo.Recorder.
func (v plainView) State(ctx context.Context, moment time.Time) (geo.State, error) {
	return v.Plain.State(ctx, moment)
}

// At implements geo.Recorder.
func (v plainView) At(_ context.Context, st geo.State) (geo.Reader, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return plainState{v.atlas, v.of(Replay(v.atlas, v.revisions[:st.Last])), v.mark()}, nil
}

// Revisions implements geo.Recorder.
func (v plainView) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	all := q
	all.Limit = 0
	return func(yield func(geo.Revision, error) bool) {
		sent := 0
		for r, err := range v.Plain.Revisions(ctx, all) {
			seen := v.change(r)
			if err == nil && !seen.Before.Exists() && !seen.After.Exists() {
				continue
			}
			if sent++; !yield(seen, err) || sent == q.Limit {
				return
			}
		}
	}
}

// change is a revision without the sides that are not seen.
func (v plainView) change(r geo.Revision) geo.Revision {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, _ := v.atlas.Collection(r.Collection) // none of sources
	for _, side := range []*geo.Row{&r.Before, &r.After} {
		switch {
		case side.Source != nil && !v.seesSources([]string{r.ID}),
			side.Feature != nil && !v.seesFeature(r.Collection, side.Feature),
			side.Period != nil && (!v.seesPeriod(side.Period) || !v.seesProject(c, side.Period)):
			*side = geo.Row{}
		case side.Feature != nil:
			side.Feature = v.nameless(c, side.Feature)
		}
	}
	return r
}

// seesProject reports whether a period's project has a feature that is seen, or
// none at all.
func (v plainView) seesProject(c *geo.Collection, p *geo.Period) bool {
	if p.Scope == geo.OfFeature {
		return true
	}
	none := true
	for i := range v.ds.Features[c.ID] {
		f := &v.ds.Features[c.ID][i]
		if f.Values[c.PropertyIndex(c.Project)] == p.Owner {
			if none = false; v.seesFeature(c.ID, f) {
				return true
			}
		}
	}
	return none
}
