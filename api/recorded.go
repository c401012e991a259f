package api

import (
	"context"
	"errors"
	"time"

	"oxus/geo"
)

// asRecordedParameter names the parameter of the record clock.
const asRecordedParameter = "as-recorded"

// at returns the reader that answers as the data was recorded at a moment, zero
// for now.
func (s *Server) at(ctx context.Context, moment time.Time) (geo.Reader, error) {
	if moment.IsZero() {
		return s.store, nil
	}
	st, err := s.store.State(ctx, moment)
	if err != nil {
		return nil, ofParameter(asRecordedParameter, err)
	}
	return s.store.At(ctx, st)
}

// pin chooses the state of the record that a list of features is read in, so that
// all its pages and parts belong together whatever is written meanwhile, and
// returns the reader of it. That of the present is chosen with the first answer.
func (s *Server) pin(ctx context.Context, r *itemsRequest) (reader geo.Reader, err error) {
	switch {
	case !r.state.Moment.IsZero():
	case r.recorded.IsZero():
		r.pinned = s.store.Pinned()
		return r.pinned, s.resolve(ctx, r.pinned, r)
	default:
		r.state, err = s.store.State(ctx, r.recorded)
		err = ofParameter(asRecordedParameter, err)
	}
	if err != nil {
		return nil, err
	}
	if reader, err = s.store.At(ctx, r.state); err != nil {
		return nil, err
	}
	return reader, s.resolve(ctx, reader, r)
}

// settle learns the state that an answer about the present has come from.
func (r *itemsRequest) settle(ctx context.Context) (err error) {
	if r.pinned != nil {
		r.state, err = r.pinned.PinnedAt(ctx)
	}
	return err
}

// ofParameter names the parameter in an Invalid error of the store.
func ofParameter(name string, err error) error {
	var e *geo.Error
	if !errors.As(err, &e) || e.Kind != geo.Invalid {
		return err
	}
	return geo.Faulty([]geo.Fault{{Rule: ruleMalformed, Place: geo.Place{Parameter: name}, Detail: e.Detail}})
}
