package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// alive answers as long as the process does.
func (s *Server) alive(c echo.Context) error {
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"alive"}`+"\n"))
}

// ready answers whether the store does.
func (s *Server) ready(c echo.Context) error {
	if err := s.gate.Ready(c.Request().Context()); err != nil {
		s.log.Warn("store not ready", "request_id", requestID(c), "error", err)
		return writeJSON(c, http.StatusServiceUnavailable, "application/problem+json",
			problem{Status: http.StatusServiceUnavailable, Detail: "The store does not answer.", RequestID: requestID(c)}.named())
	}
	return c.JSONBlob(http.StatusOK, []byte(`{"status":"ready"}`+"\n"))
}
