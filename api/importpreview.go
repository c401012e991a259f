package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

const textType = "text/plain; charset=utf-8"

// previewImport answers what an import would change: the counts and the first rows, or
// the rows as features for a map.
func (s *Server) previewImport(c echo.Context) error {
	im, r, err := s.rowsRequest(c, "json", "geojson", "text")
	if err != nil {
		return err
	}
	switch r.format {
	case "geojson":
		return s.previewFeatures(c, &im, r)
	case "text":
		return s.reportText(c, &im)
	}
	if r.values.Has("cursor") {
		return ofParameter("cursor", geo.Errorf(geo.Invalid, "the preview is the first rows; /changes has all, page by page"))
	}
	report, err := readReport(&im)
	if err != nil {
		return err
	}
	b, err := s.appendPreviewHead(nil, &im, report, r.limit)
	if err != nil {
		return err
	}
	rows, more, err := s.importRows(c, &im, geo.RowsBefore{}, r.limit)
	if err != nil {
		return err
	}
	b = s.appendRows(append(b, `,"rows":[`...), rows)
	links := []link{{Href: withQuery(r.address, r.values), Rel: "self", Type: jsonType}, asPage(r.address, r.values)}
	for _, other := range []struct{ f, mediaType string }{{"geojson", geoJSONType}, {"text", textType}} {
		links = append(links, link{Href: withQuery(r.address, with(r.values, "f", other.f)), Rel: "alternate", Type: other.mediaType})
	}
	all := s.url("imports", im.ID, "changes")
	links = append(links, link{Href: all, Rel: "changes", Type: jsonType, Title: "All rows"})
	if more {
		at := position{after: cursorOfRows(geo.RowsBefore{}, rows), today: s.today()}
		rest := url.Values{"cursor": {at.cursor(questionOf(rowsOf(&im), url.Values{}))}}
		links = append(links, link{Href: withQuery(all, rest), Rel: "next", Type: jsonType, Title: "The rows after these"})
	}
	b = append(b, ",\"links\":"...)
	c.Response().Header().Set("ETag", tagOf(&im))
	return c.Blob(http.StatusOK, jsonType, append(appendLinks(b, links), "}\n"...))
}

// appendPreviewHead appends what the report says of an import as a whole.
func (s *Server) appendPreviewHead(b []byte, im *geo.Import, report *storedReport, limit int) ([]byte, error) {
	doc := document{}
	doc.add("title", "Preview of the import "+im.ID)
	doc.add("import", im.ID)
	doc.add("state", im.State)
	doc.add("collection", im.Collection)
	if report != nil {
		doc.add("counts", report.Counts)
		doc.add("questions", orEmpty(report.Questions))
		list := report.Findings.List
		doc.add("findings", map[string]any{"counts": report.Findings.Tallies, "list": list[:min(len(list), limit)], "more": max(0, len(list)-limit)})
		doc.add("mapping", report.Mapping)
		for _, told := range []struct{ name, value string }{
			{"layer", report.Layer},
			{"mode", report.Mode},
			{"missing", report.Missing},
			{"audience", report.Audience},
			{"key", report.Key},
			{"encoding", report.Encoding},
			{"crs", report.CRS},
			{"crs_operation", report.Operation},
		} {
			if told.value != "" {
				doc.add(told.name, told.value)
			}
		}
		if len(report.Notes) > 0 {
			doc.add("notes", report.Notes)
		}
	}
	text, err := plainJSON(doc)
	if err != nil {
		return nil, err
	}
	return append(b, bytes.TrimSuffix(text, []byte{'}'})...), nil
}

// rowsRequest is a request for the rows of an import.
type rowsRequest struct {
	values  url.Values
	address string
	format  string
	limit   int
	// before are the rows of the pages before.
	before geo.RowsBefore
}

// rowsOf names the rows of an import in one state: those of another are others.
func rowsOf(im *geo.Import) string { return "import " + im.ID + " " + strconv.FormatInt(im.Serial, 10) }

func (s *Server) rowsRequest(c echo.Context, formats ...string) (geo.Import, *rowsRequest, error) {
	values, err := query(c)
	if err != nil {
		return geo.Import{}, nil, err
	}
	im, err := s.findImport(c)
	if err != nil {
		return im, nil, err
	}
	r := &rowsRequest{values: values, address: s.options.BaseURL + c.Request().URL.EscapedPath(), format: firstOf(values.Get("f"), formats[0])}
	p := newParams(values)
	p.format(formats...)
	p.limit(&r.limit)
	p.cursor(rowsOf(&im), url.Values{}, func(at position) {
		r.before = parseRows(at.after)
	})
	return im, r, p.done()
}

// cursorOfRows writes where the rows go on after those before and a page of them.
func cursorOfRows(before geo.RowsBefore, rows []geo.ImportRow) string {
	before.Count += len(rows)
	if len(rows) > 0 {
		before.Number = rows[len(rows)-1].Number
	}
	return fmt.Sprintf("%d %d", before.Count, before.Number)
}

// parseRows reads what cursorOfRows has written: a cursor is of this server and of these
// rows, so it holds numbers.
func parseRows(text string) (before geo.RowsBefore) {
	count, number, _ := strings.Cut(text, " ")
	before.Count, _ = strconv.Atoi(count)
	before.Number, _ = strconv.ParseInt(number, 10, 64)
	return before
}

// nextRows links to the page after this one.
func (s *Server) nextRows(im *geo.Import, r *rowsRequest, rows []geo.ImportRow, mediaType string) link {
	at := position{after: cursorOfRows(r.before, rows), today: s.today()}
	next := with(r.values, "cursor", at.cursor(questionOf(rowsOf(im), url.Values{})))
	return link{Href: withQuery(r.address, next), Rel: "next", Type: mediaType, Title: "Next page"}
}

// importRows returns a page of the rows of an import and whether there are more.
func (s *Server) importRows(c echo.Context, im *geo.Import, before geo.RowsBefore, limit int) (rows []geo.ImportRow, more bool, err error) {
	for row, err := range s.options.Imports.Changes(c.Request().Context(), im, before) {
		if err != nil {
			return nil, false, err
		}
		if len(rows) == limit {
			return rows, true, nil
		}
		rows = append(rows, row)
	}
	return rows, false, nil
}

// importChanges answers the rows an import would change, or did, page by page.
func (s *Server) importChanges(c echo.Context) error {
	im, r, err := s.rowsRequest(c, "json")
	if err != nil {
		return err
	}
	rows, more, err := s.importRows(c, &im, r.before, r.limit)
	if err != nil {
		return err
	}
	links := []link{{Href: withQuery(r.address, r.values), Rel: "self", Type: jsonType}, asPage(r.address, r.values)}
	if more {
		links = append(links, s.nextRows(&im, r, rows, jsonType))
	}
	links = append(links, link{Href: s.url("imports", im.ID), Rel: "up", Type: jsonType, Title: "The import"})
	b := appendString([]byte(`{"title":`), "Changes of the import "+im.ID)
	b = appendString(append(b, `,"import":`...), im.ID)
	b = appendString(append(b, `,"state":`...), string(im.State))
	b = s.appendRows(append(b, `,"rows":[`...), rows)
	c.Response().Header().Set("ETag", tagOf(&im))
	return c.Blob(http.StatusOK, jsonType, append(appendLinks(append(b, `,"links":`...), links), "}\n"...))
}

// appendRows appends rows and the end of their list.
func (s *Server) appendRows(b []byte, rows []geo.ImportRow) []byte {
	for i := range rows {
		b = appendMember(b, i, s.appendImportRow, &rows[i])
	}
	return append(b, "\n]"...)
}

// appendImportRow appends what becomes of a row; values stand before and after.
func (s *Server) appendImportRow(b []byte, row *geo.ImportRow) []byte {
	b = append(b, '{')
	if row.Record > 0 {
		b = append(strconv.AppendInt(append(b, `"record":`...), int64(row.Record), 10), ',')
	}
	b = appendString(append(b, `"collection":`...), firstOf(row.Collection, geo.SourcesID))
	b = appendString(append(b, `,"row":`...), string(row.Kind))
	b = appendString(append(b, `,"id":`...), row.ID)
	b = appendString(append(b, `,"action":`...), string(row.Action()))
	if moved := row.Moved(); moved > 0 {
		b = appendNumber(append(b, `,"moved_m":`...), roundMetres(moved))
	}
	b = append(b, `,"changed":{`...)
	for i, d := range row.Differences(s.atlas) {
		b = appendMember(b, i, appendDifference, &d)
	}
	return append(b, "}}"...)
}

// previewFeatures answers rows as features: where they were and where they will be.
func (s *Server) previewFeatures(c echo.Context, im *geo.Import, r *rowsRequest) error {
	rows, more, err := s.importRows(c, im, r.before, r.limit)
	if err != nil {
		return err
	}
	b := []byte(`{"type":"FeatureCollection","features":[`)
	count := 0
	owners := owners{reader: s.store, today: s.today()}
	for i := range rows {
		for _, f := range s.rowFeatures(&rows[i]) {
			if f.geometry, err = s.placeOf(c, &owners, &f); err != nil {
				return err
			}
			b = appendMember(b, count, appendRowFeature, &f)
			count++
		}
	}
	links := []link{{Href: withQuery(r.address, r.values), Rel: "self", Type: geoJSONType}}
	if more {
		links = append(links, s.nextRows(im, r, rows, geoJSONType))
	}
	b = strconv.AppendInt(append(b, "\n],\"numberReturned\":"...), int64(count), 10)
	c.Response().Header().Set("ETag", tagOf(im))
	return c.Blob(http.StatusOK, geoJSONType, append(appendLinks(append(b, `,"links":`...), links), "}\n"...))
}

// rowFeature is a row of an import on a map, as it was or as it will be.
type rowFeature struct {
	row      *geo.ImportRow
	part     string
	is       geo.Row
	name     string
	geometry orb.Geometry
}

// rowFeatures are the features of a row: of one that moves, both.
func (s *Server) rowFeatures(row *geo.ImportRow) []rowFeature {
	before := rowFeature{row: row, part: "before", is: row.Before}
	after := rowFeature{row: row, part: "after", is: row.After}
	before.name, after.name = s.nameOf(row.Before), s.nameOf(row.After)
	switch {
	case row.Action() == geo.RowRemoved:
		return []rowFeature{before}
	case row.Action() == geo.RowChanged && s.moves(row):
		return []rowFeature{before, after}
	}
	return []rowFeature{after}
}

// moves reports whether the place of a row is another, or known before or after alone.
func (s *Server) moves(row *geo.ImportRow) bool {
	before, after := row.Before.Feature, row.After.Feature
	return before != nil && after != nil && !bytes.Equal(appendGeometry(nil, before.Geometry), appendGeometry(nil, after.Geometry))
}

func (s *Server) nameOf(r geo.Row) string {
	switch {
	case r.Feature != nil:
		name, _ := valueOf(r.Feature, 0).(string)
		return name
	case r.Period != nil:
		return r.Period.Owner + ": " + r.Period.Status
	case r.Source != nil:
		return r.Source.Title
	}
	return ""
}

// placeOf is where a row lies: a period where the feature it speaks for is, a source
// nowhere.
func (s *Server) placeOf(c echo.Context, owners *owners, f *rowFeature) (orb.Geometry, error) {
	k := s.collections[f.row.Collection]
	switch {
	case f.is.Feature != nil:
		return f.is.Feature.Geometry, nil
	case f.is.Period == nil || k == nil:
		return nil, nil
	}
	owner, err := owners.of(c.Request().Context(), k.Collection, f.is.Period)
	if err != nil || owner == nil {
		return nil, err
	}
	return owner.Geometry, nil
}

func appendRowFeature(b []byte, f *rowFeature) []byte {
	collection := firstOf(f.row.Collection, geo.SourcesID)
	b = appendString(append(b, `{"type":"Feature","id":`...), fmt.Sprintf("%s/%s/%s/%s", f.row.Kind, collection, f.row.ID, f.part))
	b = appendGeometry(append(b, `,"geometry":`...), f.geometry)
	b = appendString(append(b, `,"properties":{"action":`...), string(f.row.Action()))
	b = appendString(append(b, `,"part":`...), f.part)
	b = appendString(append(b, `,"collection":`...), collection)
	b = appendString(append(b, `,"row":`...), string(f.row.Kind))
	b = appendString(append(b, `,"id":`...), f.row.ID)
	b = appendText(append(b, `,"name":`...), f.name)
	b = append(b, `,"record":`...)
	if f.row.Record > 0 {
		b = strconv.AppendInt(b, int64(f.row.Record), 10)
	} else {
		b = append(b, "null"...)
	}
	b = appendNumber(append(b, `,"moved_m":`...), roundMetres(f.row.Moved()))
	return append(b, "}}"...)
}

// importReport answers the report that an import has kept.
func (s *Server) importReport(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	p := newParams(values)
	p.format("json", "text")
	if err := p.done(); err != nil {
		return err
	}
	im, err := s.findImport(c)
	if err != nil {
		return err
	}
	if values.Get("f") == "text" {
		return s.reportText(c, &im)
	}
	if err := reported(&im); err != nil {
		return err
	}
	var plain bytes.Buffer
	if err := json.Compact(&plain, im.Report); err != nil {
		return err
	}
	c.Response().Header().Set("ETag", tagOf(&im))
	return c.Blob(http.StatusOK, jsonType, append(plain.Bytes(), '\n'))
}

func reported(im *geo.Import) error {
	if len(im.Report) == 0 {
		return geo.Errorf(geo.NotFound, "The import %s has no report yet; it is %s.", im.ID, im.State)
	}
	return nil
}

func (s *Server) reportText(c echo.Context, im *geo.Import) error {
	if err := reported(im); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.options.Imports.WriteReport(&b, im); err != nil {
		return err
	}
	c.Response().Header().Set("ETag", tagOf(im))
	return c.Blob(http.StatusOK, textType, b.Bytes())
}
