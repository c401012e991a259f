package api

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const requestIDHeader = "X-Request-Id"

// identify gives each request an id of the server's own making and logs it once
// when it is answered. A client's own id is not taken over: it could claim to
// be another's.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var id [8]byte
		rand.Read(id[:]) // never fails since Go 1.24
		c.Response().Header().Set(requestIDHeader, hex.EncodeToString(id[:]))
		began := time.Now()
		cut := true
		defer func() { s.logRequest(c, began, cut) }() // also when the answer is cut off
		if err := next(c); err != nil {
			c.Error(err)
		}
		cut = false
		return nil
	}
}

func (s *Server) logRequest(c echo.Context, began time.Time, cut bool) {
	took, status := time.Since(began), c.Response().Status
	if cut {
		status = 0
	}
	s.options.Meter.Answered(routeOf(c), methodOf(c), status, took, c.Response().Size)
	hit, _ := c.Get(fromCache).(bool)
	s.log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
		slog.String("request_id", requestID(c)), slog.String("method", c.Request().Method),
		slog.String("path", c.Request().URL.Path), slog.String("query", shownQuery(c.Request().URL.RawQuery)),
		slog.Int("status", c.Response().Status), slog.Int64("bytes", c.Response().Size),
		slog.Float64("took_ms", float64(took.Microseconds())/1000), slog.String("client", c.RealIP()), slog.Bool("cached", hit))
}

// aKey is what a key may look like in an address, where none belongs.
var aKey = regexp.MustCompile(`oxus_[^&;]*`)

// shownQuery is a query as logs have it: without keys that were put there by mistake.
func shownQuery(raw string) string {
	if !strings.Contains(raw, "oxus_") {
		return raw
	}
	return aKey.ReplaceAllString(raw, "oxus_(hidden)")
}

func requestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

// recovered turns a panic into an internal error with the stack in it, for the
// log.
func recovered(_ echo.Context, err error, stack []byte) error {
	return fmt.Errorf("panic: %w\n%s", err, stack)
}

// maxTarget is the longest path and query of a request, in bytes: the links of an
// answer repeat them, one for each format.
const maxTarget = 16 << 10

// short refuses requests that are too long to be repeated.
func short(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if u := c.Request().URL; len(u.EscapedPath())+len(u.RawQuery) > maxTarget {
			return &refusal{http.StatusRequestURITooLong, fmt.Sprintf("The path and the query of a request have at most %d bytes, escapes included.", maxTarget)}
		}
		return next(c)
	}
}

// policy and framedPolicy let the page load from its own server alone and run no inline script;
// framedPolicy lets any page show it in a frame.
const (
	policy       = ownPolicy + "frame-ancestors 'self'"
	framedPolicy = ownPolicy + "frame-ancestors *"
	ownPolicy    = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
		"base-uri 'none'; form-action 'none'; object-src 'none'; "
)

// headers sets what every answer carries, errors included.
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	allowed := policyWith(s.options.Basemap)
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", allowed)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if path := c.Request().URL.Path; path == "/api" || strings.HasPrefix(path, "/api/") {
			// Pages of other origins may read the API, and write with a key of
			// their own; no cookie is ever allowed across origins.
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Expose-Headers", "Content-Crs, Content-Disposition, ETag, Link, Location, OGC-NumberMatched, Oxus-Count, Preference-Applied, Retry-After, "+requestIDHeader)
			h.Set("Cache-Control", "no-cache")
		}
		return next(c)
	}
}
