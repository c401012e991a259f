package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// The two clocks changes can be asked by.
const (
	worldClock  = "world"
	recordClock = "record"
)

// changesRequest is a checked request for what changed between two days.
type changesRequest struct {
	collections []*collection
	bbox        *geo.BBox
	clock       string
	// days are the window on the world's clock; since and until that on the
	// record's, zero where it is open.
	days         geo.Interval
	since, until time.Time
	// recorded is the moment the world is seen from, as itemsRequest has it.
	recorded time.Time
	today    geo.Date
	limit    int
	after    string
	// newest asks for the last changes first, as feeds do.
	newest bool
	// queries narrow the features of each of the collections, in their order.
	queries []geo.Query
	// statuses keep changes from or to one of them; none keep all.
	statuses []string
}

// change is an event in the life of a feature, under the key that orders and
// names it.
type change struct {
	key        string
	collection *geo.Collection
	feature    *geo.Feature
	event      geo.Event
	// revision is the change of the record, nil on the world's clock.
	revision *geo.Revision
}

// changes answers what appeared, disappeared, moved or changed its status.
func (s *Server) changes(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	request, err := s.parseChanges(values)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	reader, err := s.at(ctx, request.recorded)
	if err != nil {
		return err
	}
	if done, err := s.freshList(c, reader, request.collections...); done || err != nil {
		return err
	}
	var found []change
	if request.clock == worldClock {
		found, err = worldChanges(ctx, reader, &request)
	} else {
		found, err = s.recordChanges(ctx, &request)
	}
	if err != nil {
		return err
	}
	if request.newest {
		return s.feed(c, &request, found, values)
	}
	return s.changeList(c, &request, found, values)
}

// parseChanges reads the parameters. Without collections all stored ones are
// meant, without from and to everything up to today.
func (s *Server) parseChanges(values url.Values) (changesRequest, error) {
	p := newParams(values)
	r := changesRequest{clock: worldClock, days: geo.Always, today: s.today()}
	p.asRecorded(&r.recorded, &r.today)
	p.take("clock", func(v string) error {
		if r.clock = v; v != worldClock && v != recordClock {
			return fmt.Errorf("%q is not a clock (%s, %s)", v, worldClock, recordClock)
		}
		return nil
	})
	if r.clock == recordClock && !r.recorded.IsZero() {
		p.fault(asRecordedParameter, ruleMalformed, "the record's clock is asked by from and to alone")
	}
	p.take("f", func(v string) error {
		if r.newest = v == "atom"; !r.newest && v != "json" && v != "geojson" {
			return fmt.Errorf("%q is not to be had here (json, geojson, atom)", v)
		}
		return nil
	})
	s.takeCollections(p, &r.collections)
	p.bbox(&r.bbox)
	s.narrowChanges(p, &r)
	p.limit(&r.limit)
	if r.newest && len(values["cursor"]) > 0 {
		p.fault("cursor", ruleMalformed, "a feed has one page")
	}
	p.cursor("changes", p.values, func(at position) { r.after, r.today = at.after, at.today })
	p.window(&r)
	return r, p.done()
}

// takeCollections takes a list of stored collections; without it all are meant.
func (s *Server) takeCollections(p *params, into *[]*collection) {
	p.take("collections", func(v string) error {
		for id := range strings.SplitSeq(v, ",") {
			k := s.collections[id]
			if k == nil || k.Derived {
				return fmt.Errorf("there is no stored collection %q", clip(id))
			}
			if !slices.Contains(*into, k) {
				*into = append(*into, k)
			}
		}
		return nil
	})
	if len(*into) == 0 {
		for _, k := range s.atlas.Collections {
			*into = append(*into, s.collections[k.ID])
		}
	}
}

// window takes from and to, both included: days, and on the record's clock
// instants too.
func (p *params) window(r *changesRequest) {
	if r.clock == worldClock {
		if p.days(&r.days); !r.days.To.Bounded() {
			r.days.To = max(r.days.From, r.today)
		}
		return
	}
	p.end("from", func(v string) (err error) { r.since, _, err = geo.ParseMoments(v); return err })
	p.end("to", func(v string) (err error) { _, r.until, err = geo.ParseMoments(v); return err })
	if !r.until.IsZero() && r.until.Before(r.since) {
		p.fault("to", ruleMalformed, "it lies before from")
	}
}

// worldChanges gathers the events of a page and one more, in order. It reads
// features alive in what is left of the window, so later pages cost less.
func worldChanges(ctx context.Context, reader geo.Reader, r *changesRequest) ([]change, error) {
	page := pageOfChanges{request: r}
	days := r.days
	if day, err := geo.ParseDate(r.after[:min(len(r.after), len("2006-01-02"))]); err == nil {
		if r.newest {
			days.To = min(days.To, day)
		} else {
			days.From = max(days.From, day)
		}
	}
	for i, k := range r.collections {
		q := r.queries[i]
		q.BBox, q.Time, q.Histories, q.Today = r.bbox, &days, true, r.today
		for it, err := range reader.Items(ctx, q) {
			if err != nil {
				return nil, err
			}
			for _, e := range k.Events(&it, days, r.today) {
				if !r.tells(&e) {
					continue
				}
				page.add(change{key: keyOf(k.Collection, it.Feature, &e), collection: k.Collection, feature: it.Feature, event: e})
			}
		}
	}
	return page.sorted(), nil
}

// keyOf orders events by day, collection and feature, and names each. On one
// day a feature appears before its status changes, and disappears after.
func keyOf(c *geo.Collection, f *geo.Feature, e *geo.Event) string {
	rank := map[geo.EventKind]string{geo.Appeared: "1-", geo.StatusChanged: "2-", geo.Disappeared: "3-"}
	return strings.Join([]string{e.Day.String(), c.ID, f.ID, rank[e.Kind] + string(e.Kind)}, "~")
}

// pageOfChanges keeps the changes of one page out of any number, and one more.
type pageOfChanges struct {
	request *changesRequest
	kept    []change
}

func (p *pageOfChanges) compare(a, b change) int {
	if p.request.newest {
		return cmp.Compare(b.key, a.key)
	}
	return cmp.Compare(a.key, b.key)
}

func (p *pageOfChanges) add(ch change) {
	if p.request.after != "" && p.compare(ch, change{key: p.request.after}) <= 0 {
		return
	}
	if p.kept = append(p.kept, ch); len(p.kept) > 4*p.request.limit+64 {
		p.kept = p.sorted()
	}
}

func (p *pageOfChanges) sorted() []change {
	slices.SortFunc(p.kept, p.compare)
	return p.kept[:min(len(p.kept), p.request.limit+1)]
}

// changeList answers a page of changes as GeoJSON.
func (s *Server) changeList(c echo.Context, r *changesRequest, found []change, values url.Values) error {
	end := ending{count: min(len(found), r.limit), more: len(found) > r.limit}
	b := []byte(`{"type":"FeatureCollection","features":[`)
	for i := range found[:end.count] {
		b = appendMember(b, i, appendChange, &found[i])
		end.last.after = found[i].key
	}
	b = append(b, "\n]"...)
	b = appendTail(b, end, s.options.Now(), s.changeLinks(r, end, values, geoJSONType))
	return c.Blob(http.StatusOK, geoJSONType, b)
}

func (s *Server) changeLinks(r *changesRequest, end ending, values url.Values, mediaType string) []link {
	address := s.url("changes")
	links := []link{{Href: withQuery(address, values), Rel: "self", Type: mediaType, Title: "Changes"}}
	if !r.newest {
		links = append(links, asPage(address, values))
	}
	if end.more {
		at := position{after: end.last.after, today: r.today}
		next := with(values, "cursor", at.cursor(questionOf("changes", values)))
		links = append(links, link{Href: withQuery(address, next), Rel: "next", Type: mediaType, Title: "Next page"})
	}
	if !r.newest {
		feed := with(values, "f", "atom")
		feed.Del("cursor")
		links = append(links, link{Href: withQuery(address, feed), Rel: "alternate", Type: atomType, Title: "The same as a feed, the last first"})
	}
	return links
}

// with returns the values with one of them set otherwise.
func with(values url.Values, name, value string) url.Values {
	changed := url.Values{}
	for n, given := range values {
		changed[n] = given
	}
	changed.Set(name, value)
	return changed
}

// appendChange appends a change as a GeoJSON feature at the place of what
// changed.
func appendChange(b []byte, ch *change) []byte {
	b = append(b, `{"type":"Feature","id":`...)
	b = appendString(b, ch.key)
	b = append(b, `,"geometry":`...)
	var name string
	if ch.feature != nil {
		b = appendGeometry(b, ch.feature.Geometry)
		name = ch.collection.NameOf(ch.feature)
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"properties":{"collection":`...)
	b = appendString(b, ch.collection.ID)
	b = append(b, `,"feature":`...)
	b = appendText(b, ch.featureID())
	b = append(b, `,"name":`...)
	b = appendText(b, name)
	b = append(b, `,"change":`...)
	b = appendString(b, string(ch.event.Kind))
	b = appendEvent(b, ch)
	if ch.revision != nil {
		b = appendRecord(b, ch)
	}
	return append(b, "}}"...)
}

// featureID is that of the feature that changed, also where the feature itself
// is no longer there; "" for a period of a whole project.
func (ch *change) featureID() string {
	switch {
	case ch.feature != nil:
		return ch.feature.ID
	case ch.event.Period != nil && ch.event.Period.Scope == geo.OfFeature:
		return ch.event.Period.Owner
	default:
		return ""
	}
}

func appendEvent(b []byte, ch *change) []byte {
	e := &ch.event
	b = append(b, `,"date":`...)
	b = appendDate(b, geo.PartialDate{Date: e.Day, Precision: e.Precision})
	b = append(b, `,"date_precision":`...)
	b = appendText(b, e.Precision.String())
	b = append(b, `,"status_from":`...)
	b = appendText(b, e.From)
	b = append(b, `,"status_to":`...)
	b = appendText(b, e.To)
	b = append(b, `,"cause":`...)
	cause, summary, sources := ch.told()
	b = appendText(b, cause)
	b = append(b, `,"summary":`...)
	b = appendText(b, summary)
	b = append(b, `,"sources":`...)
	return appendStrings(b, sources)
}

// told is what the sources tell about the change: those of the status where it
// is one, else those of the feature.
func (ch *change) told() (cause, summary string, sources []string) {
	if p := ch.event.Period; p != nil {
		return p.Cause, p.Summary, p.Sources
	}
	if ch.feature == nil {
		return "", "", nil
	}
	if i := ch.collection.PropertyIndex("summary"); i >= 0 && i < len(ch.feature.Values) {
		summary, _ = ch.feature.Values[i].(string)
	}
	return "", summary, ch.feature.Sources
}
