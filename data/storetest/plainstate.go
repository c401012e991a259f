package storetest

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// plainState answers from one state of the data.
type plainState struct {
	atlas *geo.Atlas
	ds    *geo.Dataset
	// mark ends the name of a state of which something is hidden.
	mark string
}

// Items implements geo.Reader.
func (s plainState) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		ds := s.ds
		if ctx.Err() != nil {
			yield(geo.Item{}, ctx.Err())
			return
		}
		sent, holds, order := 0, q.Holds(), q.Order()
		all := s.standings(&q)
		slices.SortFunc(all, func(a, b geo.Item) int { return order(&a, &b) })
		mark := slices.IndexFunc(all, func(it geo.Item) bool { return it.ID == q.After })
		if mark < 0 && q.NeedsMark() {
			yield(geo.Item{}, q.Unplaced())
			return
		}
		beyond := q.Beyond(nil)
		if mark >= 0 && len(q.Sort) > 0 {
			beyond = q.Beyond(&all[mark])
		}
		for _, item := range all {
			if !beyond(&item) {
				continue
			}
			if !answers(&item, &q) || !holds(&item) {
				continue
			}
			if q.Near != nil {
				var near bool
				if item.Distance, near = q.Near.Measure(item.Geometry); !near {
					continue
				}
			}
			if q.Histories {
				item.History = speaking(ds, q.Collection, item.Feature)
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

// standings are all features of the collection as they stand on the day asked about.
func (s plainState) standings(q *geo.Query) []geo.Item {
	features := s.features(s.ds, q.Collection)
	all := make([]geo.Item, len(features))
	for i := range features {
		all[i] = standing(s.ds, q.Collection, &features[i], q.AsOf())
	}
	return all
}

// Count implements geo.Reader.
func (s plainState) Count(ctx context.Context, q geo.Query) (n int, err error) {
	q.Limit, q.Sort = 0, nil
	for _, err = range s.Items(ctx, q) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// features are those of a collection, stored or derived.
func (s plainState) features(ds *geo.Dataset, c *geo.Collection) []geo.Feature {
	if c.Derived {
		return geo.StatusPeriods(s.atlas, ds)
	}
	return ds.Features[c.ID]
}

func standing(ds *geo.Dataset, c *geo.Collection, f *geo.Feature, on geo.Date) geo.Item {
	item := geo.Item{Feature: f, Key: geo.HilbertKeyOf(f.Geometry)}
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
	if q.BBox != nil && !geo.Touches(item.Geometry, q.BBox.Bounds()) {
		return false
	}
	if q.IDs != nil && !slices.Contains(q.IDs, item.ID) {
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
func (s plainState) Detail(_ context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	ds := s.ds
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
func (s plainState) Sources(_ context.Context, ids []string) ([]geo.Source, error) {
	var named []geo.Source
	for _, src := range s.ds.Sources {
		if slices.Contains(ids, src.ID) {
			named = append(named, src)
		}
	}
	return named, nil
}

// Version implements geo.Reader.
func (s plainState) Version(context.Context, *geo.Collection) (string, error) {
	return strconv.FormatInt(s.ds.State.Last, 10) + s.mark, nil
}

// Summary implements geo.Reader.
func (s plainState) Summary(_ context.Context, c *geo.Collection) (geo.Summary, error) {
	features := s.features(s.ds, c)
	sum := geo.Summary{Version: strconv.FormatInt(s.ds.State.Last, 10) + s.mark, Count: len(features)}
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
func (s plainState) Ready(context.Context) error { return nil }
