package api

import (
	"errors"
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
	values, err := query(c)
	if err != nil {
		return err
	}
	return s.features(c, k, negotiate(c, values, itemsOffers()), nil)
}

// download answers a whole collection as a file, such as /api/crossings.geojson.
func (s *Server) download(c echo.Context) error {
	id, extension, _ := strings.Cut(pathParam(c, "file"), ".")
	k, file := s.collections[id], formatNamed(extension)
	if k == nil || file == nil {
		return echo.ErrNotFound
	}
	values, err := query(c)
	if err != nil {
		return err
	}
	if !values.Has("f") {
		values = with(values, "f", file.name)
	}
	return s.features(c, k, values, file)
}

// features answers the features a request asks for: a page of them, or all as a
// file of a format.
func (s *Server) features(c echo.Context, k *collection, values url.Values, file *format) error {
	request, err := parseItems(k, values, s.today(), file == nil)
	if err != nil {
		return err
	}
	if err := request.format.checkFile(file); err != nil {
		return err
	}
	request.schemaAddress = s.url("collections", k.ID, "schema")
	reader, err := s.pin(c.Request().Context(), &request)
	if err != nil {
		return err
	}
	if request.pinned != nil && c.Request().Header.Get("If-None-Match") == "" {
		// The version comes with the features; nobody waits to hear that it is the same.
		request.tag = func() error {
			_, err := s.freshList(c, reader, request.about(k)...)
			return err
		}
	} else if done, err := s.freshList(c, reader, request.about(k)...); done || err != nil {
		return err
	}
	setContentCRS(c, request.crs)
	if file != nil {
		c.Response().Header().Set("Content-Disposition", `inline; filename="`+fileNameOf(k, &request)+`"`)
	}
	if request.format.feature == nil {
		return s.records(c, reader, k, &request, values)
	}
	return s.stream(c, reader, k, &request, values)
}

// fresh answers 304 when the client has the answer about the collections already. What is
// answered is made of them and of nothing else, so that their versions name its bytes.
func (s *Server) fresh(c echo.Context, reader geo.Reader, about ...*collection) (bool, error) {
	return s.freshBy(c, reader, strongTag, about...)
}

// freshList is fresh for lists, whose bytes differ by the time they were made at.
func (s *Server) freshList(c echo.Context, reader geo.Reader, about ...*collection) (bool, error) {
	return s.freshBy(c, reader, weakTag, about...)
}

func (s *Server) freshBy(c echo.Context, reader geo.Reader, tag string, about ...*collection) (bool, error) {
	s.madeOf(c, nil)
	versions := make([]string, len(about))
	for i, k := range about {
		var err error
		if versions[i], err = reader.Version(c.Request().Context(), k.Collection); err != nil {
			return false, err
		}
		s.madeOf(c, versions[i:i+1], k.Collection)
	}
	if s.unchanged(c, strings.Join(versions, " "), tag) {
		return true, c.NoContent(http.StatusNotModified)
	}
	return false, nil
}

func (s *Server) stream(c echo.Context, reader geo.Reader, k *collection, r *itemsRequest, values url.Values) error {
	ctx := c.Request().Context()
	w := newAnswer(c, r, s.options.WriteTimeout)
	defer w.release()
	end, err := writeFound(ctx, w, reader, r)
	if err != nil {
		return ofParameter("cursor", err)
	}
	if err := errors.Join(r.settle(ctx), s.count(ctx, reader, k, r, &end)); err != nil {
		return err
	}
	w.buf = appendTail(w.buf, end, s.options.Now(), s.itemsLinks(c, k, r, values, end))
	return w.finish()
}

// itemsLinks are the links of an answer: itself, itself in other formats, the
// next page, its collection.
func (s *Server) itemsLinks(c echo.Context, k *collection, r *itemsRequest, values url.Values, end ending) []link {
	address := s.options.BaseURL + c.Request().URL.EscapedPath()
	mediaType, again := r.format.mediaType, askedOf(values)
	links := make([]link, 0, len(formats)+4)
	links = append(links, link{Href: again.at(address), Rel: "self", Type: mediaType, Title: k.Title})
	for _, f := range formats {
		switch {
		case f == r.format:
		case r.limit > 0:
			links = append(links, link{Href: again.in(address, f), Rel: "alternate", Type: f.accepted(), Title: k.Title})
		default:
			links = append(links, link{Href: again.inFile(s.url(k.ID+"."+f.name), f), Rel: "alternate", Type: f.accepted(), Title: k.Title})
		}
	}
	if r.limit > 0 {
		links = append(links, again.asPage(address))
	}
	turn := func(rel, title string, at position) {
		at.today, at.state = r.query.Today, r.state
		cursor := pairOf("cursor", at.cursor(questionOf(k.ID, values)))
		links = append(links, link{Href: again.at(address, cursor), Rel: rel, Type: mediaType, Title: title})
	}
	if end.follows(r) {
		turn("next", "Next page", end.last)
	}
	if end.preceded(r) {
		first := end.first
		first.back = true
		turn("prev", "Previous page", first)
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
	values, err := query(c)
	if err != nil {
		return err
	}
	request, err := parseItem(values, s.today())
	if err != nil {
		return err
	}
	reader, err := s.pin(c.Request().Context(), &request)
	if err != nil {
		return err
	}
	d, err := reader.Detail(c.Request().Context(), k.Collection, pathParam(c, "item"), request.query.AsOf())
	if err != nil {
		return err
	}
	version, err := reader.Version(c.Request().Context(), k.Collection)
	if err != nil {
		return err
	}
	s.madeOf(c, []string{version}, k.Collection)
	if s.freshItem(c, k, d.Feature, version) {
		return c.NoContent(http.StatusNotModified)
	}
	setContentCRS(c, request.crs)
	d.Item = request.crs.item(d.Item, officialOrder)
	body := appendDetail(nil, d, k, s.itemLinks(k, d.ID, values))
	return c.Blob(http.StatusOK, geoJSONType, append(body, '\n'))
}

// parseItem reads the parameters of a request for one feature.
func parseItem(values url.Values, today geo.Date) (itemsRequest, error) {
	r := itemsRequest{query: geo.Query{Today: today}}
	p := newParams(values)
	p.asRecorded(&r.recorded, &r.query.Today)
	p.format("json", "geojson")
	p.crs("crs", &r.crs)
	p.datetime(&r.query.Time)
	return r, p.done()
}

func (s *Server) itemLinks(k *collection, id string, values url.Values) []link {
	item := func(rest ...string) string {
		return s.url(append([]string{"collections", k.ID, "items", id}, rest...)...)
	}
	links := []link{
		{Href: withQuery(item(), values), Rel: "self", Type: geoJSONType},
		asPage(item(), values),
		{Href: s.url("collections", k.ID), Rel: "collection", Type: jsonType, Title: k.Title},
	}
	if k.HasStatus() {
		links = append(links, link{Href: item("timeline"), Rel: "related", Type: jsonType, Title: "Timeline of its status"})
	}
	if !k.Derived {
		links = append(links, link{Href: item("revisions"), Rel: "version-history", Type: jsonType, Title: "Recorded changes"})
	}
	return links
}

// timeStamp writes a moment as an answer carries it.
func timeStamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
