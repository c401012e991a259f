package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// problem is an RFC 9457 problem detail. Errors names every fault of a request.
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	RequestID string         `json:"requestId,omitempty"`
	Errors    []problemFault `json:"errors,omitempty"`
}

type problemFault struct {
	Parameter string `json:"parameter,omitempty"`
	Pointer   string `json:"pointer,omitempty"`
	Rule      string `json:"rule,omitempty"`
	Detail    string `json:"detail"`
	// Record, Feature and Field say where in the data it lies, when it is nothing
	// of the request itself.
	Record  int    `json:"record,omitempty"`
	Feature string `json:"feature,omitempty"`
	Field   string `json:"field,omitempty"`
}

func problemFaultOf(f *geo.Fault) problemFault {
	p := problemFault{Parameter: f.Place.Parameter, Pointer: f.Place.Pointer, Rule: string(f.Rule), Detail: f.Detail}
	if p.Parameter == "" && p.Pointer == "" {
		p.Record, p.Feature, p.Field = f.Place.Record, f.Place.Feature, f.Place.Field
	}
	return p
}

// statuses is the one table from the domain's errors to HTTP.
var statuses = map[geo.Kind]int{
	geo.Invalid:     http.StatusBadRequest,
	geo.NotFound:    http.StatusNotFound,
	geo.Conflict:    http.StatusConflict,
	geo.Unavailable: http.StatusServiceUnavailable,
}

// problemOf turns an error into what a client may see. Whatever is neither the
// domain's own error nor Echo's is internal: its text stays here.
func problemOf(err error) problem {
	var domain *geo.Error
	var routing *echo.HTTPError
	var refused *refusal
	var over *overload
	switch {
	case errors.As(err, &refused):
		return problem{Status: refused.status, Detail: refused.detail}.named()
	case errors.As(err, &over):
		return over.refused().named()
	case errors.As(err, &domain):
		p := problem{Status: statuses[domain.Kind], Detail: domain.Detail}
		for i := range domain.Faults {
			p.Errors = append(p.Errors, problemFaultOf(&domain.Faults[i]))
		}
		if p.Detail == "" && len(p.Errors) > 0 {
			p.Detail = "The request breaks the rules listed in errors."
		}
		return p.named()
	case errors.As(err, &routing):
		return problem{Status: routing.Code, Detail: routingDetails[routing.Code]}.named()
	case errors.Is(err, context.DeadlineExceeded):
		return problem{Status: http.StatusServiceUnavailable, Detail: "The answer took too long."}.named()
	}
	return problem{Status: http.StatusInternalServerError, Detail: "Something unexpected happened here; the log has it under the request id."}.named()
}

var routingDetails = map[int]string{
	http.StatusNotFound:         "There is nothing at this address; /api lists what there is.",
	http.StatusMethodNotAllowed: "This address does not take that method.",
}

func (p problem) named() problem {
	p.Type = "about:blank"
	p.Title = http.StatusText(p.Status)
	return p
}

// fail is the one place where an error becomes an answer. An answer that has
// begun cannot be taken back: the connection is cut, so that no client takes
// half an answer for a whole one.
func (s *Server) fail(err error, c echo.Context) {
	p := problemOf(err)
	p.RequestID = requestID(c)
	gone := errors.Is(err, errClientGone) || errors.Is(err, context.Canceled)
	if p.Status >= http.StatusInternalServerError && !gone {
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
			slog.String("request_id", p.RequestID), slog.Any("error", err))
	}
	if c.Response().Committed {
		panic(http.ErrAbortHandler)
	}
	if gone && c.Request().Context().Err() != nil {
		c.Response().Status = statusGone // for the log; there is nobody to answer
		return
	}
	h := c.Response().Header()
	h.Del("ETag")
	h.Del("Content-Disposition")
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	write := func() error { return writeJSON(c, p.Status, "application/problem+json", p) }
	if prefersPage(c) {
		varyByAccept(c)
		write = func() error { return writePage(c, p.Status, s.problemPage(c, &p)) }
	}
	if err := write(); err != nil {
		s.log.Debug("client gone", "request_id", p.RequestID)
	}
}
