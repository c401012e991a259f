package memory

import (
	"context"
	"iter"
	"slices"

	"oxus/geo"
)

// sorted answers a query that asks for an order of its own: all that answers it
// is looked at, and no more than two pages are held.
func (s *snapshot) sorted(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		best, err := s.first(ctx, &q)
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

// first returns the first items of a sorted query after where its last page ended.
func (s *snapshot) first(ctx context.Context, q *geo.Query) ([]geo.Item, error) {
	mark, err := s.mark(q)
	if err != nil {
		return nil, err
	}
	return firstOf(ctx, q, mark, s.Items)
}

// firstOf returns the first of the items that answer a sorted query, after a mark
// where there is one.
func firstOf(ctx context.Context, q *geo.Query, mark *geo.Item, items func(context.Context, geo.Query) iter.Seq2[geo.Item, error]) ([]geo.Item, error) {
	unsorted := *q
	unsorted.Sort, unsorted.Backwards, unsorted.After, unsorted.Limit, unsorted.Encoded = nil, false, "", 0, false
	order, beyond := q.Order(), q.Beyond(mark)
	byOrder := func(a, b geo.Item) int { return order(&a, &b) }
	var best []geo.Item
	for it, err := range items(ctx, unsorted) {
		if err != nil {
			return nil, err
		}
		if !beyond(&it) {
			continue
		}
		if best = append(best, it); q.Limit > 0 && len(best) >= 2*q.Limit+64 {
			slices.SortFunc(best, byOrder)
			best = best[:q.Limit]
		}
	}
	slices.SortFunc(best, byOrder)
	if q.Limit > 0 {
		best = best[:min(q.Limit, len(best))]
	}
	return best, nil
}

// mark returns the item that the last page ended with, nil where it is not needed.
func (s *snapshot) mark(q *geo.Query) (*geo.Item, error) {
	if !q.NeedsMark() {
		return nil, nil
	}
	part := s.collections[q.Collection.ID]
	i, found := part.find(q.After)
	if !found {
		return nil, q.Unplaced()
	}
	return &geo.Item{Feature: &part.features[i], Standing: part.standing(int32(i), q)}, nil
}
