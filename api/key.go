package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// authorize returns the key a request brings, when it may do what the role may.
// Keys come in the Authorization header, or stand behind the cookie of a session:
// an address with a key in it would end up in logs and links.
func (s *Server) authorize(c echo.Context, role geo.Role) (geo.Key, error) {
	key, err := s.keyOf(c)
	if err != nil {
		return geo.Key{}, err
	}
	if !key.Role.Includes(role) {
		return geo.Key{}, challenge(c, http.StatusForbidden, "insufficient_scope", "This needs the role "+string(role)+"; the key has "+named(key.Role)+".")
	}
	return key, nil
}

// named is a role for people.
func named(role geo.Role) string {
	if role == geo.Everybody {
		return "none"
	}
	return string(role)
}

// challenge refuses a request for want of a key.
func challenge(c echo.Context, status int, wrong, detail string) error {
	value := `Bearer realm="oxus"`
	if wrong != "" {
		value += `, error="` + wrong + `"`
	}
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, value)
	return &refusal{status, detail}
}

// opened names the key of a request once it was looked up.
const opened = "oxus key"

// keyOf returns the key of a request, whatever its role. A key goes before a session:
// who sends one means it.
func (s *Server) keyOf(c echo.Context) (geo.Key, error) {
	if key, ok := c.Get(opened).(geo.Key); ok {
		return key, nil
	}
	key, err := s.findKey(c)
	if err == nil {
		c.Set(opened, key)
	}
	return key, err
}

func (s *Server) findKey(c echo.Context) (geo.Key, error) {
	if c.Request().Header.Get(echo.HeaderAuthorization) == "" {
		if err := s.checkOwnPage(c); err != nil {
			return geo.Key{}, err
		}
		return s.sessionKey(c)
	}
	text := bearer(c)
	if text == "" {
		return geo.Key{}, challenge(c, http.StatusUnauthorized, "", needsKey)
	}
	digest, client := geo.DigestOf(text), c.RealIP()
	if wait := s.attempts.wait(client, digest); wait > 0 {
		seconds := int(wait/time.Second) + 1
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
		return geo.Key{}, &refusal{http.StatusTooManyRequests, "Too many keys from this address open nothing; try again in " + strconv.Itoa(seconds) + " s."}
	}
	if s.options.Identities != nil && isToken(text) {
		return s.openToken(c, text)
	}
	key, err := s.openKey(c.Request().Context(), digest)
	switch {
	case err != nil:
		return key, err
	case key.Name == "":
		s.attempts.failed(client, digest)
		return key, challenge(c, http.StatusUnauthorized, "invalid_token", "The key opens nothing: it is not known here, or was revoked.")
	}
	s.attempts.opened(digest)
	return key, nil
}

const needsKey = "This needs a key: Authorization: Bearer oxus_…."

// openKey finds the key of a digest; one without a name when there is none that opens
// anything.
func (s *Server) openKey(ctx context.Context, digest geo.Digest) (geo.Key, error) {
	key, err := s.options.Keys.FindKey(ctx, digest)
	switch {
	case geo.KindOf(err) == geo.NotFound:
		return geo.Key{}, nil
	case err != nil:
		return geo.Key{}, err
	case subtle.ConstantTimeCompare(key.Digest[:], digest[:]) != 1 || !key.Revoked.IsZero():
		return geo.Key{}, nil
	}
	return key, nil
}
