package api

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// fromCache is where a request says that its answer had been made before.
const fromCache = "answer from the cache"

// unchangedHeaders are those that an answer has which says that nothing has changed: the
// others are of what the client has.
var unchangedHeaders = []string{"Etag", "Cache-Control", echo.HeaderVary, echo.HeaderAccessControlAllowOrigin, requestIDHeader}

// serve sends an answer, hit saying that it had been made before. What everybody gets
// is remembered by the address of the request.
func (s *Server) serve(c echo.Context, a *kept, hit bool) error {
	c.Set(fromCache, hit)
	if hit {
		s.options.Meter.Looked(lookOf(a.isHadBy(c.Request())))
		passageOf(c.Request().Context()).wasCached()
	}
	h := c.Response().Header()
	if a.isHadBy(c.Request()) {
		merge(h, a.header)
		for name := range h {
			if !slices.Contains(unchangedHeaders, name) {
				h.Del(name)
			}
		}
		s.noteHeader(c, &a.unchanged, http.StatusNotModified)
		s.remember(c, a, codingOf(c.Request()))
		return c.NoContent(http.StatusNotModified)
	}
	code := codingOf(c.Request())
	f, made := a.in(code)
	if made {
		s.cache.reweigh(a)
	}
	merge(h, f.header)
	s.noteHeader(c, &f.whole, a.status)
	s.remember(c, a, code)
	return f.write(c.Response(), a.status, c.Request().Method, s.options.WriteTimeout)
}

// reweigh tells the cache that an answer has grown, as long as it is the one kept.
func (k *cache) reweigh(a *kept) {
	if now, ok := k.answers.GetIfPresent(a.asked); ok && now == a {
		k.answers.Set(a.asked, a)
	}
}

// noteHeader notes the whole header of an answer to one who brings nothing that says who
// they are.
func (s *Server) noteHeader(c echo.Context, at *atomic.Pointer[http.Header], status int) {
	if _, anybody := addressIn(c.Request()); !anybody || at.Load() != nil {
		return
	}
	whole := c.Response().Header().Clone()
	whole.Del(requestIDHeader)
	whole.Set(timingHeader, cacheTiming(status, true))
	whole[echo.HeaderVary] = []string{strings.Join(whole[echo.HeaderVary], ", ")}
	at.Store(&whole)
}

// quick answers requests that were made before, word by word, before they are read: by
// those who bring nothing that says who they are, and as long as the answer stands.
func (s *Server) quick(next http.Handler) http.Handler {
	if s.cache == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, code := s.cache.answerAt(r); a == nil || !s.answerQuickly(w, r, a, code) {
			next.ServeHTTP(w, r)
		}
	})
}

// answerAt returns the answer to a request that was made before, nil for none.
func (k *cache) answerAt(r *http.Request) (*kept, coding) {
	at, ok := addressIn(r)
	if !ok {
		return nil, plain
	}
	known := k.watcher.Known()
	if known == nil {
		return nil, plain
	}
	f, ok := k.addresses.GetIfPresent(at)
	if !ok {
		return nil, plain
	}
	return k.find(f.asked, known), f.code
}

// answerQuickly sends an answer, and reports whether there was one to send: its form may
// never have been asked for.
func (s *Server) answerQuickly(w http.ResponseWriter, r *http.Request, a *kept, code coding) bool {
	began := time.Now()
	var f *form
	whole := a.unchanged.Load()
	status := http.StatusNotModified
	if !a.isHadBy(r) {
		if f = a.forms[code].Load(); f == nil {
			return false
		}
		whole, status = f.whole.Load(), a.status
	}
	if whole == nil || !a.serves(r) {
		return false
	}
	h := w.Header()
	for name, values := range *whole {
		h[name] = values[:len(values):len(values)]
	}
	var id [8]byte
	rand.Read(id[:]) // never fails since Go 1.24
	requestID := hex.EncodeToString(id[:])
	h[requestIDHeader] = []string{requestID}
	sent, metered := 0, status
	switch {
	case f == nil:
		w.WriteHeader(status)
	case f.write(w, status, r.Method, s.options.WriteTimeout) == nil:
		sent = len(f.body)
	default:
		metered = 0 // the client is gone
	}
	took := time.Since(began)
	s.options.Meter.Looked(lookOf(f == nil))
	s.options.Meter.Answered(a.route, http.MethodGet, metered, took, int64(sent))
	s.logQuick(r, requestID, status, sent, took)
	return true
}

// lookOf is what a meter is told of a request that was answered from the cache.
func lookOf(had bool) string {
	if had {
		return lookClient
	}
	return lookHit
}

// logQuick logs a request that was answered before it was read as others are.
func (s *Server) logQuick(r *http.Request, requestID string, status, bytes int, took time.Duration) {
	if !s.log.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	client, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		client = r.RemoteAddr
	}
	s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request_id", requestID), slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.String("query", shownQuery(r.URL.RawQuery)),
		slog.Int("status", status), slog.Int64("bytes", int64(bytes)),
		slog.Float64("took_ms", float64(took.Microseconds())/1000), slog.String("client", client), slog.Bool("cached", true))
}
