package oidc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// maxAnswer is how many bytes the provider may answer with.
const maxAnswer = 1 << 20

var (
	errUnreached = errors.New("the identity provider does not answer")
	errTooOften  = errors.New("the identity provider was asked a moment ago")
)

// transport asks the provider: seldom, and for answers that are not endless.
type transport struct {
	now   func() time.Time
	limit *rate.Limiter
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.limit.AllowN(t.now(), 1) {
		return nil, errTooOften
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, errors.Join(errUnreached, err)
	}
	if answer.StatusCode != http.StatusOK {
		answer.Body.Close()
		return nil, fmt.Errorf("%w: %s", errUnreached, answer.Status)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is too long")
	}
	if err != nil {
		return nil, errors.Join(errUnreached, err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}
