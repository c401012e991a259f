package api

import (
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// records answers with features one by one. A page is read before it is sent,
// because the links to what follows stand in its header.
func (s *Server) records(c echo.Context, reader geo.Reader, k *collection, r *itemsRequest, values url.Values) error {
	ctx := c.Request().Context()
	w := newAnswer(c, r, s.options.WriteTimeout)
	defer w.release()
	items := r.items(ctx, reader)
	if r.limit > 0 {
		page, end, err := r.page(ctx, reader)
		if err != nil {
			return ofParameter("cursor", err)
		}
		items = sequence(page)
		if err := errors.Join(r.settle(ctx), s.count(ctx, reader, k, r, &end)); err != nil {
			return err
		}
		setLinks(c, s.itemsLinks(c, k, r, values, end))
		if c.Response().Header().Set("Oxus-Count", string(end.counted)); end.counted.told() {
			c.Response().Header().Set("OGC-NumberMatched", fmt.Sprint(end.matched))
		}
	}
	if r.format.layer != nil || r.format.file != nil {
		return s.file(ctx, w, items, r)
	}
	if r.format.heading != nil {
		w.buf = r.format.heading(w.buf, r)
	}
	if _, err := w.each(items, r.limit, func(b []byte, it *geo.Item, _ int) []byte { return r.format.record(b, it, r) }); err != nil {
		return err
	}
	if r.format.tail != nil {
		w.buf = r.format.tail(w.buf)
	}
	return w.finish()
}

// gather reads a sequence to its end.
func gather(items iter.Seq2[geo.Item, error]) ([]geo.Item, error) {
	var all []geo.Item
	for it, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, it)
	}
	return all, nil
}

func sequence(items []geo.Item) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		for i := range items {
			if !yield(items[i], nil) {
				return
			}
		}
	}
}

// setLinks writes links into the header of an answer (RFC 8288).
func setLinks(c echo.Context, links []link) {
	var all []string
	for _, l := range links {
		all = append(all, fmt.Sprintf("<%s>; rel=%q; type=%q", l.Href, l.Rel, l.Type))
	}
	c.Response().Header().Set("Link", strings.Join(all, ", "))
}
