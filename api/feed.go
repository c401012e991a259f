package api

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

const atomType = "application/atom+xml"

// The elements of an Atom feed (RFC 4287) that are used here.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Title   string      `xml:"title"`
		ID      string      `xml:"id"`
		Updated string      `xml:"updated"`
		Author  atomPerson  `xml:"author"`
		Rights  string      `xml:"rights"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomPerson struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		Title    string       `xml:"title"`
		ID       string       `xml:"id"`
		Updated  string       `xml:"updated"`
		Author   *atomPerson  `xml:"author,omitempty"`
		Links    []atomLink   `xml:"link"`
		Category atomCategory `xml:"category"`
		Summary  string       `xml:"summary"`
	}
	atomCategory struct {
		Term string `xml:"term,attr"`
	}
)

// feed answers the last changes as an Atom feed. Its address is its id, without
// the place in the feed.
func (s *Server) feed(c echo.Context, r *changesRequest, found []change, values url.Values) error {
	end := ending{count: min(len(found), r.limit), more: len(found) > r.limit}
	found = found[:end.count]
	feed := atomFeed{
		Title: feedTitle(r), Author: atomPerson{"Oxus contributors"}, Rights: attribution,
		ID: withQuery(s.url("changes"), without(values, "cursor")),
		// Without entries nothing has been updated yet; the time must be given.
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
	}
	for i := range found {
		entry := s.entry(&found[i])
		// The last to be updated, for days may lie ahead of the record.
		feed.Updated = max(feed.Updated, entry.Updated)
		feed.Entries = append(feed.Entries, entry)
		end.last.after = found[i].key
	}
	for _, l := range s.changeLinks(r, end, values, atomType) {
		feed.Links = append(feed.Links, atomLink{l.Rel, l.Type, l.Href})
	}
	body, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, atomType+"; charset=utf-8", append([]byte(xml.Header), append(body, '\n')...))
}

func without(values url.Values, name string) url.Values {
	rest := with(values, name, "")
	rest.Del(name)
	return rest
}

func feedTitle(r *changesRequest) string {
	titles := make([]string, len(r.collections))
	for i, k := range r.collections {
		titles[i] = k.Title
	}
	return "Changes: " + strings.Join(titles, ", ")
}

func (s *Server) entry(ch *change) atomEntry {
	e := atomEntry{Title: changeTitle(ch), Updated: ch.event.Day.Time().Format(time.RFC3339), Category: atomCategory{string(ch.event.Kind)}}
	item := s.url("collections", ch.collection.ID)
	if id := ch.featureID(); id != "" {
		item = s.url("collections", ch.collection.ID, "items", id)
	}
	e.Links = []atomLink{{"alternate", geoJSONType, item}}
	e.ID = item + "#" + ch.key
	if ch.revision != nil {
		e.Updated, e.Author = recordTime(ch.revision.Recorded), &atomPerson{ch.revision.Actor}
	}
	cause, summary, sources := ch.told()
	if cause != "" {
		summary = strings.TrimSpace("Cause: " + cause + ". " + summary)
	}
	e.Summary = strings.TrimSpace(summary + " [" + strings.Join(sources, ", ") + "]")
	return e
}

// changeTitle says a change in one line, with the date as far as it is known.
func changeTitle(ch *change) string {
	name := ch.featureID()
	if ch.feature != nil && ch.collection.NameOf(ch.feature) != "" {
		name = ch.collection.NameOf(ch.feature)
	}
	e := &ch.event
	what := string(e.Kind)
	if e.Kind == geo.StatusChanged {
		what = orNone(e.From) + " → " + orNone(e.To)
	}
	if e.Precision == geo.None {
		return name + ": " + what
	}
	return name + ": " + what + " (" + geo.PartialDate{Date: e.Day, Precision: e.Precision}.String() + ")"
}

// orNone names the absence of a status period.
func orNone(status string) string {
	if status == "" {
		return "(no period)"
	}
	return status
}
