package api

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

const (
	htmlType = "text/html"
	htmlName = "html"
)

//go:embed html/oxus.css html/page.gohtml
var htmlFiles embed.FS

// pageTemplate is the one template of all pages; html/template escapes every
// value by the place it stands in.
var pageTemplate = template.Must(template.ParseFS(htmlFiles, "html/page.gohtml"))

// stylesheet answers the style of the pages; the policy allows none inside them.
func (s *Server) stylesheet(c echo.Context) error {
	text, err := htmlFiles.ReadFile("html/oxus.css")
	if err != nil {
		return err
	}
	if s.unchanged(c, "", strongTag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, mediaType("oxus.css"), text)
}

// readable lets people read a resource: where a client prefers HTML the JSON of
// the same question is made and written as a page, so that a page can say
// nothing that the JSON does not.
func (s *Server) readable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		varyByAccept(c)
		if !prefersPage(c) {
			return next(c)
		}
		values, err := query(c)
		if err != nil {
			return err
		}
		if needsMoreThanLonLat(values) {
			if values.Has("f") {
				return ofParameter("crs", geo.Errorf(geo.Invalid, "the maps of pages hold longitude and latitude alone (%s)", crs84))
			}
			return next(c)
		}
		c.Set(chosen, htmlName)
		status, body, err := s.asJSON(c, next)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return c.NoContent(status)
		}
		doc, err := parseJSON(body)
		if err != nil {
			return err
		}
		return writePage(c, http.StatusOK, s.pageOf(c, doc))
	}
}

// asJSON lets a handler answer the request in JSON and keeps the answer back.
func (s *Server) asJSON(c echo.Context, next echo.HandlerFunc) (status int, body []byte, err error) {
	request, response := c.Request(), c.Response()
	defer func() { c.SetRequest(request); c.SetResponse(response) }()
	values, err := query(c)
	if err != nil {
		return 0, nil, err
	}
	plain, address := *request, *request.URL
	address.RawQuery = with(values, "f", "json").Encode()
	plain.URL = &address
	c.SetRequest(&plain)
	kept := &keptAnswer{header: response.Header()}
	c.SetResponse(echo.NewResponse(kept, c.Echo()))
	err = next(c)
	kept.header.Del(echo.HeaderContentType) // that of the JSON
	return c.Response().Status, kept.body.Bytes(), err
}

// keptAnswer keeps what a handler writes; its header is that of the answer.
type keptAnswer struct {
	header http.Header
	body   bytes.Buffer
}

func (k *keptAnswer) Header() http.Header         { return k.header }
func (k *keptAnswer) WriteHeader(int)             {}
func (k *keptAnswer) Write(b []byte) (int, error) { return k.body.Write(b) }

// prefersPage reports whether a request asks for HTML: by f, or because its
// Accept header gives HTML more than every other format of the resource.
func prefersPage(c echo.Context) bool {
	if given, named := c.QueryParams()["f"]; named {
		return len(given) == 1 && given[0] == htmlName
	}
	accept := strings.Join(c.Request().Header.Values(echo.HeaderAccept), ",")
	others := []offer{{geoJSONType, ""}, {jsonType, ""}, {schemaType, ""}}
	if strings.HasSuffix(c.Path(), "/items") {
		others = itemsOffers()
	}
	q := quality(accept, htmlType)
	return q > 0 && !slices.ContainsFunc(others, func(o offer) bool { return quality(accept, o.mediaType) >= q })
}

// varyByAccept tells caches that the Accept header chose the answer.
func varyByAccept(c echo.Context) {
	h := c.Response().Header()
	if !slices.Contains(h.Values(echo.HeaderVary), echo.HeaderAccept) {
		h.Add(echo.HeaderVary, echo.HeaderAccept)
	}
}

// asPage links to the page of an answer.
func asPage(address string, values url.Values) link {
	return askedOf(values).asPage(address)
}

func writePage(c echo.Context, status int, p *htmlPage) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return err
	}
	return c.Blob(status, htmlType+"; charset=utf-8", b.Bytes())
}
