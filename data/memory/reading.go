package memory

import (
	"context"
	"iter"

	"oxus/geo"
)

// reading answers from the state that it gives when it is asked.
type reading func(context.Context) (*snapshot, error)

// Items implements geo.Reader.
func (r reading) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	now, err := r(ctx)
	if err != nil {
		return func(yield func(geo.Item, error) bool) { yield(geo.Item{}, err) }
	}
	return now.Items(ctx, q)
}

// Count implements geo.Reader.
func (r reading) Count(ctx context.Context, q geo.Query) (int, error) {
	now, err := r(ctx)
	if err != nil {
		return 0, err
	}
	return now.Count(ctx, q)
}

// Detail implements geo.Reader.
func (r reading) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	now, err := r(ctx)
	if err != nil {
		return nil, err
	}
	return now.Detail(ctx, c, id, on)
}

// Sources implements geo.Reader.
func (r reading) Sources(ctx context.Context, ids []string) ([]geo.Source, error) {
	now, err := r(ctx)
	if err != nil {
		return nil, err
	}
	return now.Sources(ctx, ids)
}

// Version implements geo.Reader.
func (r reading) Version(ctx context.Context, c *geo.Collection) (string, error) {
	now, err := r(ctx)
	if err != nil {
		return "", err
	}
	return now.Version(ctx, c)
}

// Summary implements geo.Reader.
func (r reading) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	now, err := r(ctx)
	if err != nil {
		return geo.Summary{}, err
	}
	return now.Summary(ctx, c)
}

// now is the state to answer from in a context.
func (s *Store) now(ctx context.Context) (*snapshot, error) {
	if s.putOff.Load() {
		s.writing.Lock()
		defer s.writing.Unlock()
		if err := s.catchUpOwn(ctx); err != nil {
			return nil, err
		}
	}
	return s.held(ctx), nil
}

// reaching is the state to answer from in a context, or a later one where a revision of the
// record is not in it yet. It is Unavailable where that cannot be loaded; the loading that
// failed is left to those who follow or change the data, lest each reader tries it again.
func (s *Store) reaching(ctx context.Context, last int64) (*snapshot, error) {
	now, err := s.now(ctx)
	if err != nil || now.data.State.Last >= last {
		return now, err
	}
	s.writing.Lock() // an own change is loaded when it is free
	defer s.writing.Unlock()
	if now = s.current.Load(); now.data.State.Last >= last {
		return now, nil
	}
	if !s.failed {
		err = s.catchUp(ctx)
	}
	if now = s.current.Load(); err != nil || now.data.State.Last < last {
		return nil, notTakenIn(err)
	}
	return now, nil
}
