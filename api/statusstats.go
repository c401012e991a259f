package api

import (
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// statusStatsRequest is a checked request for how features stood over time.
type statusStatsRequest struct {
	itemsRequest
	collection *collection
	days       geo.Interval
}

// statusStats answers for each feature how often and how long it was closed
// between two days, under the filters of an items request.
func (s *Server) statusStats(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	request, err := s.parseStatusStats(values)
	if err != nil {
		return err
	}
	reader, err := s.open(c.Request().Context(), &request.itemsRequest)
	if err != nil {
		return err
	}
	if done, err := s.fresh(c, reader, request.about(request.collection)...); done || err != nil {
		return err
	}
	var end ending
	b := append(appendString([]byte(`{"collection":`), request.collection.ID), `,"features":[`...)
	q := request.query
	q.Limit = request.limit + 1
	for it, err := range reader.Items(c.Request().Context(), q) {
		if err != nil {
			return err
		}
		if end.more = end.count == request.limit; end.more {
			break
		}
		tally := request.collection.Tally(&it, request.days, q.Today)
		b = appendMember(b, end.count, func(b []byte, t *geo.Tally) []byte {
			return appendTally(b, request.collection.Collection, &it, t)
		}, &tally)
		end.count++
		end.last = positionOf(&it)
	}
	b = append(b, "\n],\"numberReturned\":"...)
	b = strconv.AppendInt(b, int64(end.count), 10)
	b = append(b, `,"links":`...)
	return c.Blob(http.StatusOK, jsonType, append(appendLinks(b, s.statusStatsLinks(request, end, values)), "}\n"...))
}

// parseStatusStats takes the collection, the days from and to, and what narrows
// an items request; datetime is theirs.
func (s *Server) parseStatusStats(values url.Values) (*statusStatsRequest, error) {
	p := newParams(values)
	r := &statusStatsRequest{days: geo.Always}
	r.query.Today = s.today()
	p.asRecorded(&r.recorded, &r.query.Today)
	p.format("json")
	p.take("collection", func(v string) error {
		if k := s.collections[v]; k != nil && k.HasStatus() {
			r.collection = k
			return nil
		}
		return geo.Errorf(geo.Invalid, "%q is not a collection whose features have a status", clip(v))
	})
	if len(values["collection"]) == 0 {
		p.fault("collection", ruleMissing, "the parameter is required")
	}
	p.days(&r.days)
	if r.collection == nil {
		// What else is wrong depends on the collection.
		return nil, geo.Faulty(p.faults)
	}
	r.query.Collection, r.query.Histories = r.collection.Collection, true
	p.bbox(&r.query.BBox)
	p.filters(r.collection, &r.query)
	p.near(&r.itemsRequest)
	p.limit(&r.limit)
	p.cursor("stats/status", p.values, func(at position) {
		r.query.After, r.query.AfterKey, r.query.Today = at.after, at.key, at.today
	})
	if r.days != geo.Always {
		r.query.Time = &r.days
	}
	return r, p.done()
}

func (s *Server) statusStatsLinks(r *statusStatsRequest, end ending, values url.Values) []link {
	address := s.url("stats", "status")
	links := []link{{Href: withQuery(address, values), Rel: "self", Type: jsonType}, asPage(address, values)}
	if end.more {
		at := end.last
		at.today = r.query.Today
		next := with(values, "cursor", at.cursor(questionOf("stats/status", values)))
		links = append(links, link{Href: withQuery(address, next), Rel: "next", Type: jsonType, Title: "Next page"})
	}
	return append(links, link{Href: s.url("collections", r.collection.ID), Rel: "collection", Type: jsonType, Title: r.collection.Title})
}

func appendTally(b []byte, c *geo.Collection, it *geo.Item, t *geo.Tally) []byte {
	b = appendString(append(b, `{"id":`...), it.ID)
	b = appendText(append(b, `,"name":`...), c.NameOf(it.Feature))
	b = appendDays(b, t.Over, `,"from":`, `,"to":`)
	b = strconv.AppendInt(append(b, `,"days":`...), int64(t.Over.Days()), 10)
	b = strconv.AppendInt(append(b, `,"closures":`...), int64(t.Closures), 10)
	b = strconv.AppendInt(append(b, `,"days_closed":`...), int64(t.Closed), 10)
	b = append(b, `,"longest_closure":`...)
	if t.Closures == 0 {
		b = append(b, "null"...)
	} else {
		b = appendDays(b, t.Longest, `{"from":`, `,"to":`)
		b = append(strconv.AppendInt(append(b, `,"days":`...), int64(t.Longest.Days()), 10), '}')
	}
	b = append(b, `,"share_unknown":`...)
	if t.Over.Days() == 0 {
		b = append(b, "null"...)
	} else {
		share := float64(t.ByStatus[geo.UnknownStatus]) / float64(t.Over.Days())
		b = appendNumber(b, math.Round(share*1e4)/1e4)
	}
	b = append(b, `,"days_by_status":{`...)
	for i, status := range slices.Sorted(maps.Keys(t.ByStatus)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, status), ':')
		b = strconv.AppendInt(b, int64(t.ByStatus[status]), 10)
	}
	return append(b, "}}"...)
}

// appendDays appends the first and last day of an interval, null where it has
// none.
func appendDays(b []byte, i geo.Interval, from, to string) []byte {
	var first, last geo.PartialDate
	if i.Days() > 0 {
		first, last = geo.On(i.From), geo.On(i.To)
	}
	b = appendDate(append(b, from...), first)
	return appendDate(append(b, to...), last)
}
