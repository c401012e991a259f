package api

import (
	"context"
	"fmt"

	"oxus/geo"
)

// counting says how an answer tells how many features match.
type counting string

const (
	// uncountable is a list that is never counted; as what is asked for, it counts
	// where that costs next to nothing.
	uncountable   counting = ""
	countExact    counting = "exact"
	countEstimate counting = "estimate"
	countNone     counting = "none"
)

// told reports whether there is a number.
func (c counting) told() bool { return c == countExact || c == countEstimate }

// cheaplyCounted is the size of a collection whose features are counted without
// being asked: counting so many costs no more than a page of them.
const cheaplyCounted = 1000

func (p *params) count(into *counting) {
	p.take("count", func(v string) error {
		switch *into = counting(v); *into {
		case countExact, countEstimate, countNone:
			return nil
		default:
			return fmt.Errorf("%q is no way to count (exact, estimate, none)", v)
		}
	})
}

// count tells how many features match, when the request asks for it or it is
// cheap to know.
func (s *Server) count(ctx context.Context, reader geo.Reader, k *collection, r *itemsRequest, end *ending) error {
	end.counted = countNone
	if r.count == countNone {
		return nil
	}
	if !end.more && r.query.After == "" { // the answer holds all there is
		end.matched, end.counted = end.count, countExact
		return nil
	}
	if r.count == uncountable {
		small, err := s.small(ctx, k)
		if err != nil || !small {
			return err
		}
	}
	q := r.query
	q.After, q.Limit, q.Roughly = "", 0, r.count == countEstimate
	n, err := reader.Count(ctx, q)
	if err != nil {
		return err
	}
	if q.Roughly {
		// What is on the page is there, whatever the estimate says.
		end.matched, end.counted = max(n, end.count), countEstimate
		return nil
	}
	if known, ok := s.sizes.Load(k.ID); !ok || known.(int) < n {
		s.sizes.Store(k.ID, n) // it has grown since
	}
	end.matched, end.counted = n, countExact
	return nil
}

// small reports whether a collection was cheap to count when that was last looked at. The
// store is asked once, and for no more than it takes to know: what is not small may take it
// seconds to count.
func (s *Server) small(ctx context.Context, k *collection) (bool, error) {
	if known, ok := s.sizes.Load(k.ID); ok {
		return known.(int) <= cheaplyCounted, nil
	}
	s.sizing.Lock() // many who ask first would all look
	defer s.sizing.Unlock()
	if known, ok := s.sizes.Load(k.ID); ok {
		return known.(int) <= cheaplyCounted, nil
	}
	n := 0
	for _, err := range s.store.Items(ctx, geo.Query{Collection: k.Collection, Today: s.today(), Limit: cheaplyCounted + 1}) {
		if err != nil {
			return false, err
		}
		n++
	}
	s.sizes.Store(k.ID, n)
	return n <= cheaplyCounted, nil
}
