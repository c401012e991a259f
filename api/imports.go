package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// Imports takes imports through their states, each durable when a method returns.
// Errors are geo.Errors where the asker can do something about them.
type Imports interface {
	// Begin keeps an upload whose parts next yields until io.EOF. One of a token that
	// its actor has used is the import of that token, and no part is asked for.
	Begin(ctx context.Context, u *geo.Upload, next func() (*geo.UploadPart, error)) (geo.Import, error)
	// Stage checks and compares an import, with other options when there are some.
	Stage(ctx context.Context, id string, options json.RawMessage) (geo.Import, error)
	// Apply makes what an import has staged part of the data.
	Apply(ctx context.Context, id, actor string, acceptWarnings bool) (geo.Import, error)
	// RollBack takes an applied import back by another, which it returns.
	RollBack(ctx context.Context, id, actor string, onlyUntouched bool) (geo.Import, error)
	// Discard gives an import up.
	Discard(ctx context.Context, id string) (geo.Import, error)
	// Changes yields the rows an import would change, or did.
	Changes(ctx context.Context, im *geo.Import, before geo.RowsBefore) iter.Seq2[geo.ImportRow, error]
	// WriteReport writes the report of an import as text.
	WriteReport(w io.Writer, im *geo.Import) error
}

// importer is the key of a request about imports among the values of its context.
const importer = "importer"

// importRoutes are the addresses of imports by method. All of them, reading too, need
// the role of a maintainer: a file may hold what is not public.
func (s *Server) importRoutes() map[string]map[string]echo.HandlerFunc {
	if s.options.Imports == nil || s.options.Keys == nil {
		return nil
	}
	routes := map[string]map[string]echo.HandlerFunc{
		"/imports":                  {http.MethodGet: s.readable(s.listImports), http.MethodPost: s.upload},
		"/imports/:import":          {http.MethodGet: s.readable(s.oneImport), http.MethodDelete: s.discardImport},
		"/imports/:import/preview":  {http.MethodGet: s.readable(s.previewImport)},
		"/imports/:import/changes":  {http.MethodGet: s.readable(s.importChanges)},
		"/imports/:import/report":   {http.MethodGet: s.readable(s.importReport)},
		"/imports/:import/events":   {http.MethodGet: s.importEvents},
		"/imports/:import/stage":    {http.MethodPost: s.stageImport},
		"/imports/:import/apply":    {http.MethodPost: s.applyImport},
		"/imports/:import/rollback": {http.MethodPost: s.rollBackImport},
		"/mappings":                 {http.MethodGet: s.readable(s.listMappings)},
		"/mappings/:mapping":        {http.MethodGet: s.readable(s.oneMapping), http.MethodPut: s.putMapping},
	}
	for _, handlers := range routes {
		for method, handler := range handlers {
			handlers[method] = maintained{s, handler}.answer
		}
	}
	return routes
}

// maintained is an address for those who may import.
type maintained struct {
	server *Server
	next   echo.HandlerFunc
}

// answer lets those through who may import, and keeps answers from caches.
func (m maintained) answer(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	key, err := m.server.authorize(c, geo.Maintainer)
	if err != nil {
		return err
	}
	c.Set(importer, key)
	return m.next(c)
}

// actorOf is the name of the key of a request about imports.
func actorOf(c echo.Context) string {
	key, _ := c.Get(importer).(geo.Key)
	return key.Name
}

// findImport finds the import a request names.
func (s *Server) findImport(c echo.Context) (geo.Import, error) {
	id := pathParam(c, "import")
	im, err := s.options.Importer.FindImport(c.Request().Context(), id)
	if geo.KindOf(err) == geo.NotFound {
		return im, geo.Errorf(geo.NotFound, "There is no import %q.", clip(id))
	}
	return im, err
}

// listImports answers a page of imports, the newest first.
func (s *Server) listImports(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	q, limit, err := parseImports(values)
	if err != nil {
		return err
	}
	found, err := s.options.Importer.Imports(c.Request().Context(), q)
	if err != nil {
		return err
	}
	address := s.url("imports")
	links := []link{{Href: withQuery(address, values), Rel: "self", Type: jsonType}, asPage(address, values)}
	if len(found) > limit {
		found = found[:limit]
		at := position{after: found[limit-1].ID, today: s.today()}
		next := with(values, "cursor", at.cursor(questionOf("imports", values)))
		links = append(links, link{Href: withQuery(address, next), Rel: "next", Type: jsonType, Title: "Next page"})
	}
	list := make([]document, len(found))
	for i := range found {
		if list[i], err = s.importDocument(&found[i]); err != nil {
			return err
		}
	}
	doc := document{}
	doc.add("title", "Imports")
	doc.add("imports", list)
	doc.add("links", links)
	return writeJSON(c, http.StatusOK, jsonType, doc)
}

// parseImports asks for one import more than the page has.
func parseImports(values url.Values) (q geo.ImportQuery, limit int, err error) {
	p := newParams(values)
	p.format("json")
	p.limit(&limit)
	q.Limit = limit + 1
	p.take("state", func(v string) error {
		for name := range strings.SplitSeq(v, ",") {
			state := geo.ImportState(name)
			if !slices.Contains(geo.ImportStates(), state) {
				return fmt.Errorf("%q is no state of an import", clip(name))
			}
			if !slices.Contains(q.States, state) {
				q.States = append(q.States, state)
			}
		}
		return nil
	})
	p.cursor("imports", values, func(at position) { q.After = at.after })
	return q, limit, p.done()
}

// oneImport answers one import. Its tag is the serial, which names the state to those
// who act on it.
func (s *Server) oneImport(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	im, err := s.findImport(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", tagOf(&im))
	busy, failure := s.jobs.standing(im.ID)
	if busy == nil && failure == nil && hasTag(c.Request().Header.Get("If-None-Match"), tagOf(&im)) {
		return c.NoContent(http.StatusNotModified)
	}
	return s.writeImport(c, http.StatusOK, &im)
}

func tagOf(im *geo.Import) string { return `"` + strconv.FormatInt(im.Serial, 10) + `"` }

// writeImport answers an import as it stands.
func (s *Server) writeImport(c echo.Context, status int, im *geo.Import) error {
	doc, err := s.importDocument(im)
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", tagOf(im))
	if status != http.StatusOK || c.Request().Method != http.MethodGet {
		c.Response().Header().Set("Content-Location", s.url("imports", im.ID))
	}
	return writeJSON(c, status, jsonType, doc)
}

// importDocument is an import as answers tell it. What its report says is there only
// where the report was read.
func (s *Server) importDocument(im *geo.Import) (document, error) {
	report, err := readReport(im)
	if err != nil {
		return document{}, err
	}
	doc := document{}
	some := func(name, v string) {
		if v != "" {
			doc.add(name, v)
		}
	}
	doc.add("id", im.ID)
	doc.add("state", im.State)
	doc.add("collection", im.Collection)
	some("file", im.File)
	some("sha256", im.Digest)
	if im.Size > 0 {
		doc.add("size", im.Size)
	}
	doc.add("actor", im.Actor)
	doc.add("created", recordTime(im.Created))
	doc.add("changed", recordTime(im.Changed))
	if !im.Moment.IsZero() {
		doc.add("applied", recordTime(im.Moment))
	}
	some("undoes", im.Undoes)
	some("undone_by", im.UndoneBy)
	if len(im.Options) > 0 {
		doc.add("options", im.Options)
	}
	if report != nil {
		doc.add("counts", report.Counts)
		doc.add("questions", orEmpty(report.Questions))
		for _, told := range []struct{ name, severity string }{{"errors", "error"}, {"warnings", "warning"}, {"repairs", "repair"}} {
			doc.add(told.name, report.Findings.count(told.severity))
		}
	}
	s.addStanding(&doc, im.ID)
	doc.add("links", s.importLinks(im))
	return doc, nil
}

// addStanding tells what an import is busy with, or what its last step failed with.
func (s *Server) addStanding(doc *document, id string) {
	progress, failure := s.jobs.standing(id)
	if progress != nil {
		doc.add("progress", progress)
	}
	if failure != nil {
		doc.add("failure", problemOf(failure))
	}
}

// importLinks are the parts of an import and what can be done with it now.
func (s *Server) importLinks(im *geo.Import) []link {
	self := s.url("imports", im.ID)
	links := []link{{Href: self, Rel: "self", Type: jsonType}, asPage(self, nil)}
	for _, part := range []link{
		{Rel: "preview", Type: jsonType, Title: "What it changes, the first rows"},
		{Rel: "changes", Type: jsonType, Title: "What it changes, row by row"},
		{Rel: "report", Type: jsonType, Title: "The report"},
		{Rel: "events", Type: eventsType, Title: "What becomes of it, as it happens"},
	} {
		part.Href = self + "/" + part.Rel
		links = append(links, part)
	}
	if im.State.MayBecome(geo.Discarded) {
		links = append(links, link{Href: self + "/stage", Rel: "stage", Method: http.MethodPost, Title: "Check and compare it again"})
	}
	if im.State == geo.Staged {
		links = append(links, link{Href: self + "/apply", Rel: "apply", Method: http.MethodPost, Title: "Make it part of the data"})
	}
	if im.State.MayBecome(geo.Discarded) {
		links = append(links, link{Href: self, Rel: "discard", Method: http.MethodDelete, Title: "Give it up"})
	}
	if im.State == geo.Applied {
		links = append(links, link{Href: self + "/rollback", Rel: "rollback", Method: http.MethodPost, Title: "Take it back"})
	}
	for _, other := range []struct{ rel, id string }{{"undoes", im.Undoes}, {"undone-by", im.UndoneBy}} {
		if other.id != "" {
			links = append(links, link{Href: s.url("imports", other.id), Rel: other.rel, Type: jsonType})
		}
	}
	return links
}

// storedReport is what answers take from the report of an import.
type storedReport struct {
	Counts    json.RawMessage  `json:"counts"`
	Questions json.RawMessage  `json:"questions"`
	Findings  importedFindings `json:"findings"`
	Mapping   json.RawMessage  `json:"mapping"`
	Layer     string           `json:"layer"`
	Mode      string           `json:"mode"`
	Missing   string           `json:"missing"`
	Audience  string           `json:"audience"`
	Key       string           `json:"key"`
	Encoding  string           `json:"encoding"`
	CRS       string           `json:"crs"`
	Operation string           `json:"crs_operation"`
	Notes     []string         `json:"notes"`
}

type importedFindings struct {
	List    []json.RawMessage `json:"list"`
	Tallies []importedTally   `json:"counts"`
}

type importedTally struct {
	Severity string `json:"severity"`
	Rule     string `json:"rule"`
	Count    int    `json:"count"`
}

func (f *importedFindings) count(severity string) int {
	n := 0
	for _, t := range f.Tallies {
		if t.Severity == severity {
			n += t.Count
		}
	}
	return n
}

// readReport reads the report of an import, nil when it has none.
func readReport(im *geo.Import) (*storedReport, error) {
	if len(im.Report) == 0 {
		return nil, nil //nolint:nilnil // none is an answer here
	}
	report := &storedReport{}
	if err := json.Unmarshal(im.Report, report); err != nil {
		return nil, fmt.Errorf("the report of the import %s: %w", im.ID, err)
	}
	return report, nil
}

func orEmpty(list json.RawMessage) json.RawMessage {
	if len(list) == 0 {
		return json.RawMessage("[]")
	}
	return list
}

// patient lets the answer to a request come as late as it will: what is asked for is
// done in one go.
func patient(c echo.Context) error {
	return deadlines(http.NewResponseController(c.Response()).SetWriteDeadline(time.Time{}))
}

// deadlines forgives recorders in tests that have none to set.
func deadlines(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// hurried gives the answer to a patient request its usual time.
func (s *Server) hurried(c echo.Context) error {
	return deadlines(http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(s.options.WriteTimeout)))
}
