package api

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
)

// Meter is told what a server does, for those who run it. Its methods are called from many
// requests at once and must not hold them up. Every text it is given is one of a few that
// the program itself declares, never one that a client chose.
type Meter interface {
	// Answered tells of a request that has ended: the pattern of its address, its method,
	// its status (0 for an answer that was cut off), how long it took, and the bytes of
	// its body before they were packed.
	Answered(route, method string, status int, took time.Duration, bytes int64)
	// Asked tells of a question to the store: which, about which collection ("" for
	// none), how long the store took, how many rows it gave, and whether it failed.
	Asked(question, collection string, took time.Duration, rows int, failed bool)
	// Waited tells how long a request of a class waited for its place, and why it got
	// none: "" when it did, else "full", "late", or "gone" for a client that left.
	Waited(class string, took time.Duration, refused string)
	// Looked tells of a look into the cache of answers: "hit" for one that was kept,
	// "client" for one that was kept and that the client has too, "miss" for one that is
	// made, "unknown" where nobody knows what state the data is in.
	Looked(outcome string)
	// Keeping gives, once, how many bytes answers may take that are kept, and what tells
	// how many there are and how many bytes they take.
	Keeping(most int64, held func() (answers int, bytes int64))
	// Slow tells of a question that took longer than the threshold.
	Slow(question, collection string)
	// Following tells of clients that begin to follow the data, or cease to where change is
	// less than 0.
	Following(change int)
}

// unmetered is the meter of a server that nobody watches.
type unmetered struct{}

func (unmetered) Answered(string, string, int, time.Duration, int64) {}
func (unmetered) Asked(string, string, time.Duration, int, bool)     {}
func (unmetered) Waited(string, time.Duration, string)               {}
func (unmetered) Looked(string)                                      {}
func (unmetered) Keeping(int64, func() (int, int64))                 {}
func (unmetered) Slow(string, string)                                {}
func (unmetered) Following(int)                                      {}

// What a meter is told of looks into the cache of answers.
const (
	lookHit     = "hit"
	lookClient  = "client"
	lookMiss    = "miss"
	lookUnknown = "unknown"
)

// statusGone is told, to those who run the server, of an answer whose client left before
// there was one; no client ever sees it.
const statusGone = 499

// knownMethods are those that the metrics tell apart: a client may make up others.
var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// routeOf and methodOf are what metrics and traces call a request by.
func routeOf(c echo.Context) string {
	if c.Path() == "" {
		return "none"
	}
	return c.Path()
}

func methodOf(c echo.Context) string {
	if method := c.Request().Method; slices.Contains(knownMethods, method) {
		return method
	}
	return "other"
}

// whyRefused is what a meter is told of a request that got no place.
func whyRefused(err error) string {
	var over *overload
	switch {
	case err == nil:
		return ""
	case errors.As(err, &over):
		return over.why
	default:
		return "gone"
	}
}
