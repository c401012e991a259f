package api

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// maxIdentityToken is how long a token may be, in bytes.
const maxIdentityToken = 16 << 10

// bearer is the token of a request, "" for none. Other schemes are for what stands
// in front of the server.
func bearer(c echo.Context) string {
	scheme, text, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(text)
}

// isToken reports whether a text has the form of a signed token: three parts.
func isToken(text string) bool { return strings.Count(text, ".") == 2 && len(text) <= maxIdentityToken }

// openToken returns a token of the identity provider as a key would be, which has
// its holder's name in the history and their role.
func (s *Server) openToken(c echo.Context, text string) (geo.Key, error) {
	who, err := s.options.Identities.Verify(c.Request().Context(), text)
	digest := geo.DigestOf(text)
	switch {
	case geo.KindOf(err) == geo.Invalid:
		s.attempts.failed(c.RealIP(), digest)
		return geo.Key{}, challenge(c, http.StatusUnauthorized, "invalid_token", err.Error())
	case err != nil:
		return geo.Key{}, err
	}
	s.attempts.openedToken(digest, who.Expires)
	c.Set(tokenExpires, who.Expires)
	return geo.Key{Name: who.Name, Role: who.Role, Digest: digest}, nil
}

// tokenExpires names, in a request, when its token does.
const tokenExpires = "oxus token expires"

// expiryOf is when the token of a request expires, and whether it has one.
func expiryOf(c echo.Context) (time.Time, bool) {
	expires, ok := c.Get(tokenExpires).(time.Time)
	return expires, ok
}

// provenTokens are tokens that have opened something, until they expire.
type provenTokens struct {
	mu      sync.Mutex
	expires map[geo.Digest]time.Time
}

// openedToken remembers a token that opens something. Tokens come and go: those
// that have expired make room, and none is remembered while there is none.
func (a *attempts) openedToken(digest geo.Digest, expires time.Time) {
	t := &a.tokens
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.expires == nil {
		t.expires = map[geo.Digest]time.Time{}
	}
	if len(t.expires) >= maxProven {
		for other, until := range t.expires {
			if !a.now().Before(until) {
				delete(t.expires, other)
			}
		}
	}
	if len(t.expires) < maxProven {
		t.expires[digest] = expires
	}
}

// knows reports whether a token has opened something and has not expired since.
func (t *provenTokens) knows(digest geo.Digest, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	until, known := t.expires[digest]
	return known && now.Before(until)
}
