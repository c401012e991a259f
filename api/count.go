package api

import (
	"context"
	"fmt"

	"oxus/geo"
)

// counting says whether an answer tells how many features match.
type counting uint8

const (
	// countCheap counts where it costs next to nothing.
	countCheap counting = iota
	countExact
	countNone
)

// cheaplyCounted is the size of a collection whose features are counted without
// being asked: counting so many costs no more than a page of them.
const cheaplyCounted = 1000

func (p *params) count(into *counting) {
	p.take("count", func(v string) error {
		switch v {
		case "exact":
			*into = countExact
		case "none":
			*into = countNone
		default:
			return fmt.Errorf("%q is no way to count (exact, none)", v)
		}
		return nil
	})
}

// count tells how many features match, when the request asks for it or it is
// cheap to know.
func (s *Server) count(ctx context.Context, reader geo.Reader, k *collection, r *itemsRequest, end *ending) error {
	if r.count == countNone {
		return nil
	}
	if !end.more && r.query.After == "" { // the answer holds all there is
		end.matched, end.counted = end.count, true
		return nil
	}
	if r.count == countCheap {
		small, err := s.small(ctx, k)
		if err != nil || !small {
			return err
		}
	}
	q := r.query
	q.After, q.Limit = "", 0
	n, err := reader.Count(ctx, q)
	if err != nil {
		return err
	}
	if known, ok := s.sizes.Load(k.ID); !ok || known.(int) < n {
		s.sizes.Store(k.ID, n) // it has grown since
	}
	end.matched, end.counted = n, true
	return nil
}

// small reports whether a collection was cheap to count when its size was last
// told. The store is asked once: it may have to count what is not small.
func (s *Server) small(ctx context.Context, k *collection) (bool, error) {
	if known, ok := s.sizes.Load(k.ID); ok {
		return known.(int) <= cheaplyCounted, nil
	}
	summary, err := s.store.Summary(ctx, k.Collection)
	if err != nil {
		return false, err
	}
	s.sizes.Store(k.ID, summary.Count)
	return summary.Count <= cheaplyCounted, nil
}
