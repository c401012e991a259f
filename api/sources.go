package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// maxSources is how many sources a request may ask for.
const maxSources = 200

// sources answers the publications that ids name, as status_sources and sources
// of features do: who published them, when, and when they were read. Ids that
// name none are left out.
func (s *Server) sources(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	ids, moment, err := parseSources(values)
	if err != nil {
		return err
	}
	reader, err := s.at(c.Request().Context(), moment)
	if err != nil {
		return err
	}
	// Sources belong to no collection: a change of any may be one of theirs.
	if done, err := s.fresh(c, reader, s.allCollections()...); done || err != nil {
		return err
	}
	found, err := reader.Sources(c.Request().Context(), ids)
	if err != nil {
		return err
	}
	b := []byte(`{"sources":[`)
	for i := range found {
		b = appendMember(b, i, appendSource, &found[i])
	}
	address := s.url("sources")
	b = append(b, "\n],\"links\":"...)
	b = appendLinks(b, []link{{Href: withQuery(address, values), Rel: "self", Type: jsonType}, asPage(address, values)})
	return c.Blob(http.StatusOK, jsonType, append(b, "}\n"...))
}

// parseSources takes the ids, each once and in order, and the record clock.
func parseSources(values url.Values) (ids []string, moment time.Time, err error) {
	p := newParams(values)
	var today geo.Date // sources are of no day
	p.asRecorded(&moment, &today)
	p.format("json")
	p.take("ids", func(v string) error {
		ids = strings.Split(v, ",")
		slices.Sort(ids)
		if ids = slices.Compact(ids); ids[0] == "" {
			return errors.New("the id of a source is missing")
		}
		if len(ids) > maxSources {
			return fmt.Errorf("%d sources are asked for; at most %d are told at once", len(ids), maxSources)
		}
		return nil
	})
	if len(values["ids"]) == 0 {
		p.fault("ids", ruleMissing, "the parameter is required")
	}
	return ids, moment, p.done()
}
