package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// items answers one page of a collection.
func (s *Server) items(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	return s.features(c, k, true)
}

// download answers a whole collection as a file: /api/crossings.geojson.
func (s *Server) download(c echo.Context) error {
	id, isFile := strings.CutSuffix(pathParam(c, "file"), ".geojson")
	k := s.collections[id]
	if !isFile || k == nil {
		return echo.ErrNotFound
	}
	return s.features(c, k, false)
}

// features answers the features a request asks for: a page of them, or all as a
// file.
func (s *Server) features(c echo.Context, k *collection, page bool) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	request, err := parseItems(k, values, s.today(), page)
	if err != nil {
		return err
	}
	if done, err := s.fresh(c, k); done || err != nil {
		return err
	}
	if !page {
		c.Response().Header().Set("Content-Disposition", `inline; filename="`+k.ID+`.geojson"`)
	}
	return s.stream(c, k, request, values)
}

// fresh answers 304 when the client has the answer already.
func (s *Server) fresh(c echo.Context, k *collection) (bool, error) {
	version, err := s.store.Version(c.Request().Context(), k.Collection)
	if err != nil {
		return false, err
	}
	if s.unchanged(c, version) {
		return true, c.NoContent(http.StatusNotModified)
	}
	return false, nil
}

func (s *Server) stream(c echo.Context, k *collection, r itemsRequest, values url.Values) error {
	w := newAnswer(c, s.options.WriteTimeout)
	end, err := writeFeatures(c.Request().Context(), w, s.store, r)
	if err != nil {
		return err
	}
	w.buf = appendTail(w.buf, end, s.options.Now(), s.itemsLinks(c, k, r, values, end))
	return w.finish()
}

// itemsLinks are the links of an answer: itself, the next page, its collection.
func (s *Server) itemsLinks(c echo.Context, k *collection, r itemsRequest, values url.Values, end ending) []link {
	address := s.options.BaseURL + c.Request().URL.EscapedPath()
	links := []link{{Href: withQuery(address, values), Rel: "self", Type: geoJSONType, Title: k.Title}}
	if end.more {
		next := url.Values{}
		for name, given := range values {
			next[name] = given
		}
		at := position{end.last, r.query.Today}
		next.Set("cursor", at.cursor(questionOf(k.ID, values)))
		links = append(links, link{Href: withQuery(address, next), Rel: "next", Type: geoJSONType, Title: "Next page"})
	}
	return append(links, link{Href: s.url("collections", k.ID), Rel: "collection", Type: jsonType, Title: k.Title})
}

func withQuery(address string, values url.Values) string {
	if len(values) == 0 {
		return address
	}
	return address + "?" + values.Encode()
}

// item answers one feature with its status history and its sources in full.
func (s *Server) item(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	on, values, err := s.parseItem(c)
	if err != nil {
		return err
	}
	if done, err := s.fresh(c, k); done || err != nil {
		return err
	}
	d, err := s.store.Detail(c.Request().Context(), k.Collection, pathParam(c, "item"), on)
	if err != nil {
		return err
	}
	body := appendDetail(nil, d, k, s.itemLinks(k, d.ID, values))
	return c.Blob(http.StatusOK, geoJSONType, append(body, '\n'))
}

// parseItem returns the day a request for one feature asks about.
func (s *Server) parseItem(c echo.Context) (geo.Date, url.Values, error) {
	values, err := query(c)
	if err != nil {
		return 0, nil, err
	}
	q := geo.Query{Today: s.today()}
	p := newParams(values)
	p.format("json", "geojson")
	p.datetime(&q.Time)
	if err := p.done(); err != nil {
		return 0, nil, err
	}
	return q.AsOf(), values, nil
}

func (s *Server) itemLinks(k *collection, id string, values url.Values) []link {
	return []link{
		{Href: withQuery(s.url("collections", k.ID, "items", id), values), Rel: "self", Type: geoJSONType},
		{Href: s.url("collections", k.ID), Rel: "collection", Type: jsonType, Title: k.Title},
	}
}

// timeStamp writes a moment as an answer carries it.
func timeStamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
