package memory

import (
	"cmp"
	"context"
	"slices"

	"oxus/geo"
)

// farTooLarge is how many times what is left of the budget a collection may take in
// the store and still be tried: what both take differs.
const farTooLarge = 8

// bySize returns the stored collections, the smallest first.
func (s *Beside) bySize(ctx context.Context, r geo.StateReader, failed *error) []*geo.Collection {
	sizes, err := r.Sizes(ctx)
	if err != nil {
		*failed = err
		return nil
	}
	all := slices.Clone(s.atlas.Collections)
	slices.SortStableFunc(all, func(a, b *geo.Collection) int { return cmp.Compare(sizes[a.ID], sizes[b.ID]) })
	return all
}

// loadCollection packs a collection; it returns nil when that takes more than what is
// left of the budget.
func (s *Beside) loadCollection(ctx context.Context, r geo.StateReader, c *geo.Collection, left int64) (*held, error) {
	sizes, err := r.Sizes(ctx)
	if err != nil || sizes[c.ID]/farTooLarge > left {
		return nil, err
	}
	var encode *geo.FeatureEncoder
	if s.options.Encode != nil {
		encode = s.options.Encode(c)
	}
	histories := map[string][]geo.Period{}
	if c.HasStatus() {
		if histories, err = r.Histories(ctx, c, nil); err != nil {
			return nil, err
		}
	}
	p := newPacker(c, encode)
	for f, err := range r.Features(ctx, c, nil) {
		if err != nil {
			return nil, err
		}
		if err := p.add(f, histories[f.ID], nil); err != nil {
			s.sayOnce("a collection cannot be held in memory; the store answers about it", "collection", c.ID, "error", err.Error())
			return nil, nil
		}
		if p.packed.bytes > left {
			return nil, nil
		}
	}
	all, err := p.finish()
	if err != nil || all.bytes > left {
		return nil, err
	}
	return &held{collection: c, layers: []layer{{packed: all}}, bytes: all.bytes, encode: encode}, nil
}

// repacked is a feature that is packed apart, with its periods.
type repacked struct {
	feature *geo.Feature
	periods []geo.Period
	encoded []byte
}

// pack packs features that come in any order.
func pack(c *geo.Collection, encode *geo.FeatureEncoder, rows []repacked) (*packed, error) {
	p := newPacker(c, encode)
	slices.SortFunc(rows, func(a, b repacked) int {
		return cmp.Or(cmp.Compare(geo.HilbertKeyOf(a.feature.Geometry), geo.HilbertKeyOf(b.feature.Geometry)), cmp.Compare(a.feature.ID, b.feature.ID))
	})
	for i := range rows {
		if err := p.add(rows[i].feature, rows[i].periods, rows[i].encoded); err != nil {
			return nil, err
		}
	}
	return p.finish()
}
