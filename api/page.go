package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

const notBuilt = "<!doctype html>\n<title>Oxus</title>\n<p>The pages are not part of this binary. <code>make build</code> builds them. " +
	"The data is at <a href=\"/api\">/api</a>.\n"

// page serves the built map page. Its assets carry a hash in their name and so
// never change; index.html is asked for again each time.
func (s *Server) page(c echo.Context) error {
	name := strings.TrimPrefix(c.Request().URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	if name == settingsName {
		return s.pageSettings(c)
	}
	if s.options.Page == nil || !fs.ValidPath(name) || strings.HasPrefix(path.Base(name), ".") {
		return echo.ErrNotFound
	}
	text, err := fs.ReadFile(s.options.Page, name)
	switch {
	case err != nil && name == "index.html":
		return c.HTML(http.StatusOK, notBuilt)
	case err != nil:
		// A folder, or nothing of that name: either way there is no page.
		return errors.Join(echo.ErrNotFound, err)
	}
	caching := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		caching = "public, max-age=31536000, immutable"
	}
	c.Response().Header().Set("Cache-Control", caching)
	if name == embedScript {
		// Pages of other origins load it.
		c.Response().Header().Set(echo.HeaderAccessControlAllowOrigin, "*")
		c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	// What packs the other answers says that they vary.
	if packed, err := fs.ReadFile(s.options.Page, name+".br"); err == nil && acceptsBrotli(c.Request().Header.Get("Accept-Encoding")) {
		c.Response().Header().Set("Content-Encoding", "br")
		text = packed
	}
	return c.Blob(http.StatusOK, mediaType(name), text)
}

// acceptsBrotli reports whether an Accept-Encoding names br and does not refuse it
// (RFC 9110, 12.5.3). The build has packed the files of the page as small as they get,
// for which no server has the time.
func acceptsBrotli(accepted string) bool {
	for coding := range strings.SplitSeq(accepted, ",") {
		name, weight, weighed := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "br") {
			_, q, _ := strings.Cut(weight, "=")
			return !weighed || strings.Trim(q, " 0.") != ""
		}
	}
	return false
}

// embedScript is the file that gives other pages the element oxus-map.
const embedScript = "embed.js"

// embed serves the map without its panel, the one page that pages of other origins may
// show in a frame: nothing in it depends on a key, and nothing can be changed from it.
func (s *Server) embed(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", framedPolicy)
	return s.builtPage(c, "embed.html", "no-cache")
}

// embedDocs serves the page that documents how to embed the map.
func (s *Server) embedDocs(c echo.Context) error {
	return s.builtPage(c, "embed/docs.html", "no-cache")
}

// builtPage serves a page of the build that holds no data, with what caches are told.
func (s *Server) builtPage(c echo.Context, name, caching string) error {
	text := []byte(notBuilt)
	if s.options.Page != nil {
		built, err := fs.ReadFile(s.options.Page, name)
		switch {
		case err == nil:
			text = built
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	c.Response().Header().Set("Cache-Control", caching)
	return c.HTMLBlob(http.StatusOK, text)
}

// maintain serves the page of those who import. Anybody may have it: it holds no data,
// and asks for a key itself.
func (s *Server) maintain(c echo.Context) error {
	return s.builtPage(c, "maintain.html", "no-store")
}

// docs serves the page that documents the API, beside the document it shows.
func (s *Server) docs(c echo.Context) error {
	if err := s.onlyFormats(c, htmlName); err != nil {
		return err
	}
	return s.builtPage(c, "api/docs.html", "no-cache")
}

// mediaTypes are those of the files a build leaves; the system's own table
// differs from machine to machine.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": jsonType, ".topojson": jsonType, ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
	".woff2": "font/woff2", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}

func mediaType(name string) string {
	if t, ok := mediaTypes[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}
