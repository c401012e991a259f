package storetest

import (
	"cmp"
	"context"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// Plain is a store with nothing clever in it: lists that are read from end to
// end, and the functions of geo. What it answers is right because it can be
// read. It forgets everything with the process. It is also a geo.Keeper, for
// the tests of what stands above one.
type Plain struct {
	// Fail, when set, is what Apply and Ready answer.
	Fail error

	atlas   *geo.Atlas
	mu      sync.RWMutex
	ds      *geo.Dataset
	changes int
}

// NewPlain returns an empty store.
func NewPlain(atlas *geo.Atlas) *Plain {
	return &Plain{atlas: atlas, ds: &geo.Dataset{Features: map[string][]geo.Feature{}}}
}

// Items implements geo.Reader.
func (s *Plain) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		s.mu.RLock()
		ds := s.ds
		s.mu.RUnlock()
		if ctx.Err() != nil {
			yield(geo.Item{}, ctx.Err())
			return
		}
		sent := 0
		features := s.features(ds, q.Collection)
		for i := range features {
			item := standing(ds, q.Collection, &features[i], q.AsOf())
			if !answers(&item, &q) {
				continue
			}
			if q.Histories {
				item.History = speaking(ds, q.Collection, &features[i])
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

// Count implements geo.Reader.
func (s *Plain) Count(ctx context.Context, q geo.Query) (n int, err error) {
	q.Limit = 0
	for _, err = range s.Items(ctx, q) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// features are those of a collection, stored or derived.
func (s *Plain) features(ds *geo.Dataset, c *geo.Collection) []geo.Feature {
	if c.Derived {
		return geo.StatusPeriods(s.atlas, ds)
	}
	return ds.Features[c.ID]
}

func standing(ds *geo.Dataset, c *geo.Collection, f *geo.Feature, on geo.Date) geo.Item {
	item := geo.Item{Feature: f}
	if c.HasStatus() {
		item.Standing = geo.StandingOn(on, speaking(ds, c, f))
	}
	return item
}

// speaking returns the periods that speak for a feature.
func speaking(ds *geo.Dataset, c *geo.Collection, f *geo.Feature) []geo.Period {
	var periods []geo.Period
	for _, p := range ds.Periods {
		switch {
		case p.Collection != c.ID:
		case p.Scope == geo.OfFeature && p.Owner == f.ID,
			p.Scope == geo.OfProject && c.Project != "" && f.Values[c.PropertyIndex(c.Project)] == p.Owner:
			periods = append(periods, p)
		}
	}
	return periods
}

func answers(item *geo.Item, q *geo.Query) bool {
	if item.ID <= q.After && q.After != "" {
		return false
	}
	if q.BBox != nil && !geo.Touches(item.Geometry, q.BBox.Bounds()) {
		return false
	}
	if q.Time != nil && !item.Lifetime.Span().Intersects(*q.Time) {
		return false
	}
	for _, e := range q.Equals {
		if !equal(item, q.Collection, e) {
			return false
		}
	}
	return true
}

func equal(item *geo.Item, c *geo.Collection, e geo.Equal) bool {
	if e.Property == geo.StatusProperty && c.HasStatus() {
		return item.Standing.Status == e.Value
	}
	i := c.PropertyIndex(e.Property)
	if i < 0 {
		return false
	}
	v := item.Values[i]
	if list, ok := v.([]string); ok {
		wanted, isText := e.Value.(string)
		return isText && slices.Contains(list, wanted)
	}
	return v == e.Value
}

// Detail implements geo.Reader.
func (s *Plain) Detail(_ context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	s.mu.RLock()
	ds := s.ds
	s.mu.RUnlock()
	features := s.features(ds, c)
	i := slices.IndexFunc(features, func(f geo.Feature) bool { return f.ID == id })
	if i < 0 {
		return nil, geo.Errorf(geo.NotFound, "There is no feature %q in %s.", id, c.ID)
	}
	f := &features[i]
	d := &geo.Detail{Item: standing(ds, c, f, on)}
	d.History = speaking(ds, c, f)
	for _, src := range ds.Sources {
		cites := func(p geo.Period) bool { return slices.Contains(p.Sources, src.ID) }
		if slices.Contains(f.Sources, src.ID) || slices.ContainsFunc(d.History, cites) {
			d.Sources = append(d.Sources, src)
		}
	}
	return d, nil
}

// Sources implements geo.Reader.
func (s *Plain) Sources(_ context.Context, ids []string) ([]geo.Source, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var named []geo.Source
	for _, src := range s.ds.Sources {
		if slices.Contains(ids, src.ID) {
			named = append(named, src)
		}
	}
	return named, nil
}

// Version implements geo.Reader.
func (s *Plain) Version(context.Context, *geo.Collection) (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return strconv.Itoa(s.changes), nil
}

// Summary implements geo.Reader.
func (s *Plain) Summary(_ context.Context, c *geo.Collection) (geo.Summary, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	features := s.features(s.ds, c)
	sum := geo.Summary{Version: strconv.Itoa(s.changes), Count: len(features)}
	var span geo.DatedSpan
	var extent orb.MultiPoint
	for i := range features {
		f := &features[i]
		span.AddLifetime(f.Lifetime)
		if f.Geometry != nil {
			extent = append(extent, f.Geometry.Bound().Min, f.Geometry.Bound().Max)
		}
	}
	for i := range s.ds.Periods {
		if s.ds.Periods[i].Collection == c.ID {
			span.AddPeriod(&s.ds.Periods[i])
		}
	}
	if len(extent) > 0 {
		b := extent.Bound()
		sum.Extent = &b
	}
	sum.Time = span.Interval()
	return sum, nil
}

// Ready implements geo.Reader.
func (s *Plain) Ready(context.Context) error { return s.Fail }

// Load implements geo.Keeper.
func (s *Plain) Load(context.Context) (*geo.Dataset, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ds := *s.ds
	ds.Versions = map[string]string{}
	for _, c := range s.atlas.Collections {
		ds.Versions[c.ID] = strconv.Itoa(s.changes)
	}
	return &ds, nil
}

// Close implements geo.Store.
func (s *Plain) Close() error { return nil }

// Apply implements geo.Writer.
func (s *Plain) Apply(ctx context.Context, ch geo.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(s.Fail, ctx.Err()); err != nil {
		return err
	}
	for _, p := range ch.Features {
		if _, err := s.atlas.Stored(p.Collection.ID); err != nil {
			return err
		}
	}
	after, stale := s.after(ch)
	if faults := s.atlas.Check(after, geo.ByFeature); len(faults) > 0 {
		return geo.Faulty(faults)
	}
	if len(stale) > 0 {
		return &geo.Error{Kind: geo.Conflict, Faults: stale}
	}
	if !reflect.DeepEqual(s.ds, after) {
		s.ds = after
		s.changes++
	}
	return nil
}

// after returns the data as the change would leave it, and what the change
// expected otherwise.
func (s *Plain) after(ch geo.Change) (*geo.Dataset, []geo.Fault) {
	ds := &geo.Dataset{Features: map[string][]geo.Feature{}}
	ds.Sources = replaced(s.ds.Sources, ch.Sources, func(a, b geo.Source) int { return cmp.Compare(a.ID, b.ID) })
	ds.Periods = replaced(s.ds.Periods, ch.Periods, func(a, b geo.Period) int {
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(ds.Periods, geo.ComparePeriods)
	var stale []geo.Fault
	puts := map[string][]geo.Feature{}
	for _, p := range ch.Features {
		var stored geo.Feature
		for _, f := range s.ds.Features[p.Collection.ID] {
			if f.ID == p.Feature.ID {
				stored = f
			}
		}
		if stored.Revision != p.Expect {
			stale = append(stale, geo.Fault{Rule: geo.RuleChanged, Place: geo.ByFeature(p.Collection.ID, p.Feature.ID), Detail: "it has changed"})
		}
		f := p.Feature
		f.Revision = stored.Revision
		if !f.SameContent(&stored) {
			f.Revision++
		}
		puts[p.Collection.ID] = append(puts[p.Collection.ID], f)
	}
	for _, c := range s.atlas.Collections {
		ds.Features[c.ID] = replaced(s.ds.Features[c.ID], puts[c.ID], func(a, b geo.Feature) int { return cmp.Compare(a.ID, b.ID) })
	}
	return ds, stale
}

// replaced returns the stored entries without those the change brings, with
// those, in order. What a change brings twice stays twice, for the check.
func replaced[T any](stored, brought []T, compare func(a, b T) int) []T {
	all := slices.Clone(brought)
	for _, v := range stored {
		if !slices.ContainsFunc(brought, func(b T) bool { return compare(v, b) == 0 }) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, compare)
	return all
}
