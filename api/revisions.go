package api

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

// revisions answers the recorded changes of one feature and of the status
// periods that speak for it, also of a feature that was deleted.
func (s *Server) revisions(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	if k.Derived {
		return geo.Errorf(geo.NotFound, "Features of %s follow from others; their changes are recorded there.", k.ID)
	}
	values, err := query(c)
	if err != nil {
		return err
	}
	id := pathParam(c, "item")
	q, limit, err := parseRevisions(k, id, values)
	if err != nil {
		return err
	}
	if done, err := s.fresh(c, s.store, k); done || err != nil {
		return err
	}
	if q.Project, err = s.projectOf(c, k, id); err != nil {
		return err
	}
	var found []geo.Revision
	for rev, err := range s.store.Revisions(c.Request().Context(), q) {
		if err != nil {
			return err
		}
		found = append(found, rev)
	}
	if len(found) == 0 && q.After == 0 {
		return geo.Errorf(geo.NotFound, "There is no feature %q in %s.", clip(id), k.ID)
	}
	return c.Blob(http.StatusOK, jsonType, s.appendRevisions(k, id, found, limit, values))
}

// parseRevisions asks for one revision more than the page has.
func parseRevisions(k *collection, id string, values url.Values) (q geo.RevisionQuery, limit int, err error) {
	p := newParams(values)
	p.format("json")
	p.limit(&limit)
	q = geo.RevisionQuery{Collections: []string{k.ID}, Feature: id, Limit: limit + 1}
	p.cursor(k.ID+"/"+id, p.values, func(at position) { q.After, _ = strconv.ParseInt(at.after, 10, 64) })
	return q, limit, p.done()
}

// projectOf returns the project a feature belongs to now, "" for none.
func (s *Server) projectOf(c echo.Context, k *collection, id string) (string, error) {
	i := k.PropertyIndex(k.Project)
	if i < 0 {
		return "", nil
	}
	d, err := s.store.Detail(c.Request().Context(), k.Collection, id, s.today())
	switch {
	case geo.KindOf(err) == geo.NotFound:
		return "", nil
	case err != nil:
		return "", err
	}
	project, _ := d.Values[i].(string)
	return project, nil
}

func (s *Server) appendRevisions(k *collection, id string, found []geo.Revision, limit int, values url.Values) []byte {
	address := s.url("collections", k.ID, "items", id, "revisions")
	links := []link{{Href: withQuery(address, values), Rel: "self", Type: jsonType}, asPage(address, values)}
	if len(found) > limit {
		found = found[:limit]
		at := position{after: strconv.FormatInt(found[limit-1].Number, 10), today: s.today()}
		next := with(values, "cursor", at.cursor(questionOf(k.ID+"/"+id, values)))
		links = append(links, link{Href: withQuery(address, next), Rel: "next", Type: jsonType, Title: "Next page"})
	}
	links = append(links, link{Href: s.url("collections", k.ID, "items", id), Rel: "canonical", Type: geoJSONType})
	b := appendString([]byte(`{"id":`), id)
	b = append(b, `,"revisions":[`...)
	for i := range found {
		b = appendMember(b, i, func(b []byte, r *geo.Revision) []byte { return appendRevision(b, k.Collection, r) }, &found[i])
	}
	b = append(b, "\n],\"links\":"...)
	return append(appendLinks(b, links), "}\n"...)
}

// appendRevision appends who changed what when. Values stand before and after,
// by part of the row; of a row that was added or deleted one side is null.
func appendRevision(b []byte, c *geo.Collection, r *geo.Revision) []byte {
	text := func(name, v string) {
		b = append(append(b, name...), ':')
		b = appendText(b, v)
	}
	b = strconv.AppendInt(append(b, `{"number":`...), r.Number, 10)
	text(`,"recorded"`, recordTime(r.Recorded))
	text(`,"actor"`, r.Actor)
	text(`,"note"`, r.Note)
	b = strconv.AppendBool(append(b, `,"direct":`...), r.Direct)
	text(`,"row"`, string(r.Kind))
	text(`,"id"`, r.ID)
	text(`,"action"`, actionOf(r))
	b = append(b, `,"changed":{`...)
	for i, d := range r.Differences(c) {
		b = appendMember(b, i, appendDifference, &d)
	}
	return append(b, "}}"...)
}

func actionOf(r *geo.Revision) string {
	switch {
	case !r.Before.Exists():
		return "insert"
	case !r.After.Exists():
		return "delete"
	default:
		return "update"
	}
}

func appendDifference(b []byte, d *geo.Difference) []byte {
	b = append(appendString(b, d.Name), `:{"before":`...)
	b = append(appendRecordedValue(b, d.Before), `,"after":`...)
	return append(appendRecordedValue(b, d.After), '}')
}

func appendRecordedValue(b []byte, v geo.Value) []byte {
	if g, ok := v.(orb.Geometry); ok {
		return appendGeometry(b, g)
	}
	return appendValue(b, v)
}
