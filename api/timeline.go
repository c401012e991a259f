package api

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// timeline answers the status of one feature on every day from the first that
// is documented to today, and the milestones beside it.
func (s *Server) timeline(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	if !k.HasStatus() {
		return geo.Errorf(geo.NotFound, "Features of %s have no status.", k.ID)
	}
	values, err := query(c)
	if err != nil {
		return err
	}
	moment, today, err := parseRecorded(values, s.today())
	if err != nil {
		return err
	}
	reader, err := s.at(c.Request().Context(), moment)
	if err != nil {
		return err
	}
	if done, err := s.fresh(c, reader, k); done || err != nil {
		return err
	}
	d, err := reader.Detail(c.Request().Context(), k.Collection, pathParam(c, "item"), today)
	if err != nil {
		return err
	}
	body := appendTimeline(nil, d, today, []link{
		{Href: withQuery(s.url("collections", k.ID, "items", d.ID, "timeline"), values), Rel: "self", Type: jsonType},
		asPage(s.url("collections", k.ID, "items", d.ID, "timeline"), values),
		{Href: s.url("collections", k.ID, "items", d.ID), Rel: "canonical", Type: geoJSONType},
	})
	return c.Blob(http.StatusOK, jsonType, append(body, '\n'))
}

// parseRecorded takes the record clock alone, and returns its moment and day.
func parseRecorded(values url.Values, today geo.Date) (moment time.Time, on geo.Date, err error) {
	p := newParams(values)
	p.asRecorded(&moment, &today)
	p.format("json")
	return moment, today, p.done()
}

// appendTimeline appends the stretches with their first and last day, both
// included, each with the period that gives its status or null.
func appendTimeline(b []byte, d *geo.Detail, today geo.Date, links []link) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, d.ID)
	b = append(b, `,"timeline":[`...)
	line := geo.Timeline(d.History, today)
	for i := range line {
		b = appendMember(b, i, appendStretch, &line[i])
	}
	b = append(b, "\n],\"milestones\":["...)
	n := 0
	for i := range d.History {
		if p := &d.History[i]; p.Kind == geo.Milestone {
			b = appendMember(b, n, appendPeriod, p)
			n++
		}
	}
	b = append(b, "\n],\"links\":"...)
	return append(appendLinks(b, links), '}')
}

func appendStretch(b []byte, s *geo.Stretch) []byte {
	b = append(b, `{"start":`...)
	b = appendDate(b, geo.On(s.From))
	b = append(b, `,"end":`...)
	b = appendDate(b, geo.On(s.To))
	b = append(b, `,"status":`...)
	b = appendString(b, s.Status)
	b = append(b, `,"period":`...)
	if s.Period == nil {
		return append(b, "null}"...)
	}
	return append(appendPeriod(b, s.Period), '}')
}
