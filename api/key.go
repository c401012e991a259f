package api

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// authorize returns the key a request brings, when it may do what the role may.
// Keys come in the Authorization header alone: an address with a key in it would
// end up in logs and links.
func (s *Server) authorize(c echo.Context, role geo.Role) (geo.Key, error) {
	challenge := func(status int, wrong, detail string) (geo.Key, error) {
		value := `Bearer realm="oxus"`
		if wrong != "" {
			value += `, error="` + wrong + `"`
		}
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, value)
		return geo.Key{}, &refusal{status, detail}
	}
	scheme, text, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return challenge(http.StatusUnauthorized, "", "Writing needs a key: Authorization: Bearer oxus_….")
	}
	digest := geo.DigestOf(strings.TrimSpace(text))
	key, err := s.options.Keys.FindKey(c.Request().Context(), digest)
	switch {
	case err != nil && geo.KindOf(err) != geo.NotFound:
		return key, err
	case err != nil || subtle.ConstantTimeCompare(key.Digest[:], digest[:]) != 1 || !key.Revoked.IsZero():
		return challenge(http.StatusUnauthorized, "invalid_token", "The key opens nothing: it is not known here, or was revoked.")
	case !key.Role.Includes(role):
		return challenge(http.StatusForbidden, "insufficient_scope", "This needs the role "+string(role)+"; the key has "+string(key.Role)+".")
	}
	return key, nil
}
