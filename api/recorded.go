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

// ofParameter names the parameter in an Invalid error of the store.
func ofParameter(name string, err error) error {
	var e *geo.Error
	if !errors.As(err, &e) || e.Kind != geo.Invalid {
		return err
	}
	return geo.Faulty([]geo.Fault{{Rule: ruleMalformed, Place: geo.Place{Parameter: name}, Detail: e.Detail}})
}
