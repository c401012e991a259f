package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

const (
	sessionCookie = "oxus_session"
	sessionTime   = 8 * time.Hour
	// maxSessions is how many sessions there are at once; the oldest end for more.
	maxSessions = 1000
)

// session stands for a key that a page was given: the key itself is nowhere in the
// browser, where a script could read it.
type session struct {
	// id is the SHA-256 of what the cookie holds.
	id      [sha256.Size]byte
	digest  geo.Digest
	expires time.Time
	// identity is who a token stood for, which is kept nowhere else; nil for a key.
	identity *geo.Key
}

// sessions are those of this server, the oldest first. They end with the process.
type sessions struct {
	mu   sync.Mutex
	list []session
}

// begin makes a session and returns what its cookie holds.
func (ss *sessions) begin(began session, now time.Time) string {
	var id [32]byte
	rand.Read(id[:]) // never fails since Go 1.24
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.list = slices.DeleteFunc(ss.list, func(one session) bool { return !now.Before(one.expires) })
	if len(ss.list) >= maxSessions {
		ss.list = slices.Delete(ss.list, 0, len(ss.list)-maxSessions+1)
	}
	began.id = sha256.Sum256(id[:])
	ss.list = append(ss.list, began)
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// find returns the session of a cookie.
func (ss *sessions) find(cookie string, now time.Time) (session, bool) {
	id, ok := sessionID(cookie)
	ss.mu.Lock()
	defer ss.mu.Unlock()
	i := slices.IndexFunc(ss.list, func(one session) bool { return one.id == id })
	if !ok || i < 0 || !now.Before(ss.list[i].expires) {
		return session{}, false
	}
	return ss.list[i], true
}

func (ss *sessions) end(cookie string) {
	id, ok := sessionID(cookie)
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.list = slices.DeleteFunc(ss.list, func(one session) bool { return ok && one.id == id })
}

// sessionID is the hash a session is kept by, so that looking for it tells nothing by
// the time it takes.
func sessionID(cookie string) (id [sha256.Size]byte, ok bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	return sha256.Sum256(text), err == nil
}

// ownPage reports whether a request was made by a page of this server, as the browser
// says. Others must not act in the name of who is signed in here.
func (s *Server) ownPage(c echo.Context) bool {
	if site := c.Request().Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	base, err := url.Parse(s.options.BaseURL)
	return err == nil && strings.EqualFold(c.Request().Header.Get(echo.HeaderOrigin), base.Scheme+"://"+base.Host)
}

// checkOwnPage refuses a request in the name of a session that is not of a page of
// this server. Where there is no session there is nothing to refuse.
func (s *Server) checkOwnPage(c echo.Context) error {
	if !hasSession(c) || s.ownPage(c) {
		return nil
	}
	c.Response().Header().Del(echo.HeaderAccessControlAllowOrigin)
	return challenge(c, http.StatusUnauthorized, "", "The cookie of a session counts only in requests of this server's own pages.")
}

func hasSession(c echo.Context) bool {
	_, err := c.Cookie(sessionCookie)
	return err == nil
}

// sessionKey returns the key behind the cookie of a request.
func (s *Server) sessionKey(c echo.Context) (geo.Key, error) {
	cookie, err := c.Cookie(sessionCookie)
	if err != nil { // there is none
		return geo.Key{}, challenge(c, http.StatusUnauthorized, "", needsKey)
	}
	c.Response().Header().Del(echo.HeaderAccessControlAllowOrigin)
	found, ok := s.sessions.find(cookie.Value, s.options.Now())
	if !ok {
		return geo.Key{}, challenge(c, http.StatusUnauthorized, "invalid_token", "The session has ended; sign in again.")
	}
	if found.identity != nil {
		return *found.identity, nil
	}
	key, err := s.openKey(c.Request().Context(), found.digest)
	if err == nil && key.Name == "" {
		err = challenge(c, http.StatusUnauthorized, "invalid_token", "The key of the session was revoked.")
	}
	return key, err
}

// sessionRoutes are where a page signs in and out.
func (s *Server) sessionRoutes() map[string]map[string]echo.HandlerFunc {
	return map[string]map[string]echo.HandlerFunc{"/session": {
		http.MethodGet: s.unshared(s.tellSession), http.MethodPost: s.unshared(s.beginSession), http.MethodDelete: s.unshared(s.endSession),
	}}
}

// unshared keeps an answer from caches and from pages of other origins.
func (s *Server) unshared(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		c.Response().Header().Del(echo.HeaderAccessControlAllowOrigin)
		if err := s.onlyFormats(c, "json"); err != nil {
			return err
		}
		return next(c)
	}
}

func (s *Server) tellSession(c echo.Context) error {
	key, err := s.keyOf(c)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, jsonType, map[string]string{"name": key.Name, "role": named(key.Role)})
}

// beginSession gives a page a cookie for a key. Only the header counts: a session
// cannot lengthen itself.
func (s *Server) beginSession(c echo.Context) error {
	if c.Request().Header.Get(echo.HeaderAuthorization) == "" {
		return challenge(c, http.StatusUnauthorized, "", needsKey)
	}
	key, err := s.keyOf(c)
	if err != nil {
		return err
	}
	if old, err := c.Cookie(sessionCookie); err == nil {
		s.sessions.end(old.Value)
	}
	now := s.options.Now()
	began := session{digest: key.Digest, expires: now.Add(sessionTime)}
	if until, ok := expiryOf(c); ok {
		// A session ends with its token, which nobody can take back before.
		began.identity = &key
		if until.Before(began.expires) {
			began.expires = until
		}
	}
	c.SetCookie(s.cookie(s.sessions.begin(began, now), int(began.expires.Sub(now)/time.Second)))
	return writeJSON(c, http.StatusOK, jsonType, map[string]string{"name": key.Name, "role": named(key.Role)})
}

func (s *Server) endSession(c echo.Context) error {
	if !s.ownPage(c) {
		return challenge(c, http.StatusUnauthorized, "", "The cookie of a session counts only in requests of this server's own pages.")
	}
	if cookie, err := c.Cookie(sessionCookie); err == nil {
		s.sessions.end(cookie.Value)
	}
	c.SetCookie(s.cookie("", -1))
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) cookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: strings.HasPrefix(s.options.BaseURL, "https:"),
	}
}
