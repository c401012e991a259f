package memory

import (
	"context"
	"iter"
	"slices"

	"oxus/geo"
)

// Items implements geo.Reader.
func (s *snapshot) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	if len(q.Sort) > 0 {
		return s.sorted(ctx, q)
	}
	part := s.collections[q.Collection.ID]
	return func(yield func(geo.Item, error) bool) {
		seen, sent, holds := 0, 0, q.Holds()
		for i := range part.candidates(&q) {
			if seen++; seen%1024 == 1 && ctx.Err() != nil {
				yield(geo.Item{}, ctx.Err())
				return
			}
			item, ok := part.item(i, &q)
			if !ok || !holds(&item) {
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

// Count implements geo.Reader.
func (s *snapshot) Count(ctx context.Context, q geo.Query) (n int, err error) {
	q.Limit, q.Sort = 0, nil
	for _, err := range s.Items(ctx, q) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// Detail implements geo.Reader.
func (s *snapshot) Detail(_ context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	part := s.collections[c.ID]
	i, found := part.find(id)
	if !found {
		return nil, geo.Errorf(geo.NotFound, "There is no feature %q in %s.", id, c.ID)
	}
	d := &geo.Detail{Item: geo.Item{Feature: &part.features[i], History: part.periods[i]}}
	if c.HasStatus() {
		d.Standing = geo.StandingOn(on, d.History)
	}
	d.Sources = s.cited(d)
	return d, nil
}

// cited returns the sources of a feature and of its history, each once, by id.
func (s *snapshot) cited(d *geo.Detail) []geo.Source {
	ids := slices.Clone(d.Feature.Sources)
	for _, p := range d.History {
		ids = append(ids, p.Sources...)
	}
	return s.named(ids)
}

// named returns the sources of those ids, each once, by id. It sorts the ids.
func (s *snapshot) named(ids []string) []geo.Source {
	slices.Sort(ids)
	sources := make([]geo.Source, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		if src, ok := s.sources[id]; ok {
			sources = append(sources, src)
		}
	}
	return sources
}

// Sources implements geo.Reader.
func (s *snapshot) Sources(_ context.Context, ids []string) ([]geo.Source, error) {
	return s.named(slices.Clone(ids)), nil
}

// Version implements geo.Reader.
func (s *snapshot) Version(_ context.Context, c *geo.Collection) (string, error) {
	return s.collections[c.ID].summary.Version, nil
}

// Summary implements geo.Reader.
func (s *snapshot) Summary(_ context.Context, c *geo.Collection) (geo.Summary, error) {
	return s.collections[c.ID].summary, nil
}

// Ready implements geo.Reader.
func (s *snapshot) Ready(context.Context) error { return nil }
