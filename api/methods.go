package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

const readMethods = "GET, HEAD, OPTIONS"

// methods are the methods of every route, in order.
func (s *Server) methods() map[string][]string {
	methods := map[string][]string{}
	for path := range s.routes() {
		methods[path] = []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	}
	for path, handlers := range s.changing() {
		if methods[path] == nil {
			methods[path] = []string{http.MethodOptions}
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if handlers[method] != nil {
				methods[path] = append(methods[path], method)
			}
		}
	}
	return methods
}

// choices answers OPTIONS: what an address takes, also to a browser that asks
// before it sends a page's request to another origin. No cookie is ever allowed
// across origins; a key is, because only a program that was given one has it.
func (s *Server) choices(path string, methods []string) echo.HandlerFunc {
	return func(c echo.Context) error {
		allowed := methods
		before := c.Request().Header.Get(echo.HeaderOrigin) != "" && c.Request().Header.Get(echo.HeaderAccessControlRequestMethod) != ""
		if id := pathParam(c, "collection"); id != "" {
			k, err := s.collection(c)
			// A browser that asks first brings no key yet, whatever its page may see.
			if err != nil && !before {
				return err
			}
			if k != nil && k.Derived {
				allowed = strings.Split(readMethods, ", ")
			}
		}
		h, list := c.Response().Header(), strings.Join(allowed, ", ")
		h.Set(echo.HeaderAllow, list)
		if slices.Contains(allowed, http.MethodPatch) {
			h.Set("Accept-Patch", mergePatchType)
		}
		if slices.Contains(allowed, http.MethodPost) && postTypes(path) != "" {
			h.Set("Accept-Post", postTypes(path))
		}
		if path == "/session" {
			// A page of another origin has no session here.
			h.Del(echo.HeaderAccessControlAllowOrigin)
			return c.NoContent(http.StatusOK)
		}
		if before {
			h.Set(echo.HeaderAccessControlAllowMethods, list)
			h.Set(echo.HeaderAccessControlAllowHeaders, "Authorization, Content-Type, Content-Crs, If-Match, If-None-Match, Accept, Idempotency-Key, Prefer")
			h.Set(echo.HeaderAccessControlMaxAge, "86400")
		}
		return c.NoContent(http.StatusOK)
	}
}

// postTypes are the types of a body that is posted to an address, "" for none.
func postTypes(path string) string {
	switch {
	case path == "/session":
		return ""
	case path == "/imports":
		return multipartType
	case strings.HasPrefix(path, "/imports/"):
		return jsonType
	}
	return geoJSONType + ", " + jsonType
}
