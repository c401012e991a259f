package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// Those who ask are of few kinds by what they may see, and each kind has a server
// of its own, which knows no collection that is closed to them and whose store is
// their view of the data. A handler has no way to what its asker may not see, and
// one that is added later has none either.
var kindsOfAskers = []geo.Role{geo.Everybody, geo.Viewer, geo.Editor, geo.Maintainer}

// kindOf returns the kind of a role.
func kindOf(who geo.Role) geo.Role {
	if who.SeesAll() {
		return geo.Maintainer
	}
	return who.Known()
}

// as is the server of one kind of askers. All share what is known of keys.
func (s *Server) as(who geo.Role) *Server {
	own := &Server{
		who: who, atlas: s.atlas.For(who), options: s.options, log: s.log, collections: map[string]*collection{},
		attempts: s.attempts, sessions: s.sessions, jobs: s.jobs, slow: s.slow, watcher: s.watcher, cache: s.cache,
	}
	if s.gate != nil {
		own.store, own.whole = own.askedViewOf(s.gate.For(who)), s.gate.For(geo.Admin)
		own.followers = &followers{watcher: s.watcher, ask: own.store.Latest, versions: own.versions, stopping: own.options.Stopping, log: own.log}
	}
	for _, c := range own.atlas.Served() {
		own.collections[c.ID] = newCollection(c)
	}
	return own
}

// askers are the servers of all kinds.
type askers map[geo.Role]*Server

// answer hands a request to the server of who asks, which pick finds the handler of.
func (a askers) answer(pick func(*Server) echo.HandlerFunc) echo.HandlerFunc {
	handlers := map[geo.Role]echo.HandlerFunc{}
	for kind, server := range a {
		handlers[kind] = pick(server)
	}
	return func(c echo.Context) error {
		who, err := a[geo.Everybody].whoAsks(c)
		if err != nil {
			return err
		}
		return handlers[kindOf(who)](c)
	}
}

// whoAsks returns the role of the key or the session that a request brings,
// Everybody where it brings none. What a request for an address that needs a key
// brings is looked at there once more, and refused. An answer to a key or to a
// session is for nobody else.
func (s *Server) whoAsks(c echo.Context) (geo.Role, error) {
	h := c.Response().Header()
	if s.options.Keys == nil {
		return geo.Everybody, nil
	}
	h.Add(echo.HeaderVary, "Authorization, Cookie")
	var key geo.Key
	var err error
	switch {
	case bearer(c) != "":
		key, err = s.keyOf(c)
	case s.mayRead(c):
		key, err = s.sessionKey(c)
		if over := (*refusal)(nil); errors.As(err, &over) {
			// The session is over: what everybody sees goes on.
			h.Del(echo.HeaderWWWAuthenticate)
			return geo.Everybody, nil
		}
		h.Del(echo.HeaderAccessControlAllowOrigin)
	default:
		return geo.Everybody, nil
	}
	if err != nil {
		return geo.Everybody, err
	}
	h.Set("Cache-Control", "private, no-cache")
	return key.Role, nil
}

// mayRead reports whether the cookie of a request counts where it only reads. A
// browser never sends it from a page of another site; it may be told where from by
// one that says so, and one that does not say is asked by address.
func (s *Server) mayRead(c echo.Context) bool {
	if _, err := c.Cookie(sessionCookie); err != nil {
		return false
	}
	if method := c.Request().Method; method != http.MethodGet && method != http.MethodHead {
		return s.ownPage(c)
	}
	switch c.Request().Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	default:
		return false
	}
}
