package api_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/api"
	"oxus/data/ingest"
	"oxus/data/shapefile"
	"oxus/geo"
)

// importing is a server that takes imports, with what a test looks at behind it.
type importing struct {
	t       *testing.T
	h       http.Handler
	store   geo.Store
	service *ingest.Service
	jobs    *api.Jobs
	dir     string
}

// takingImports opens a seeded store behind a server that takes imports. change may
// set other options.
func takingImports(t *testing.T, open opener, change ...func(*api.Options)) *importing {
	t.Helper()
	atlas := geo.Border()
	store := seeded(t, open, atlas)
	withKeys(t, store)
	jobs := api.NewJobs(context.Background(), quiet())
	t.Cleanup(jobs.Close)
	in := &importing{t: t, store: store, jobs: jobs, dir: filepath.Join(t.TempDir(), "uploads")}
	options := api.Options{
		BaseURL: "https://oxus.test", Page: page, Log: quiet(), Writer: store, Keys: store, Importer: store, Mappings: store, Jobs: jobs, MaxUpload: 1 << 20,
	}
	for _, f := range change {
		f(&options)
	}
	in.service = &ingest.Service{Atlas: atlas, Store: store, Open: openUpload, Dir: in.dir, MaxBytes: options.MaxUpload, Tell: jobs.Tell}
	if options.Imports == nil {
		options.Imports = in.service
	}
	in.h = api.New(atlas, store, options)
	return in
}

// everyStance runs a test of imports in every stance.
func everyStance(t *testing.T, test func(t *testing.T, in *importing)) {
	t.Helper()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) { test(t, takingImports(t, stance.open)) })
	}
}

// madeUp is a zipped shapefile of crossings, made up for tests: each row is an id, a
// name and a longitude; all lie on one parallel.
func madeUp(t *testing.T, rows ...string) []byte {
	t.Helper()
	layer := &geo.Table{Name: "crossings", Geometry: geo.Point, Columns: []geo.TableColumn{
		{Name: "name_en", Title: "Name", Type: geo.TableText}, {Name: "summary", Title: "Summary", Type: geo.TableText},
	}}
	var b bytes.Buffer
	err := shapefile.WriteLayer(t.Context(), &b, layer, func(yield func(geo.TableRow, error) bool) {
		for _, row := range rows {
			var lon float64
			parts := strings.Split(row, ",")
			if _, err := fmt.Sscan(parts[2], &lon); err != nil {
				t.Fatal(err)
			}
			if !yield(geo.TableRow{ID: parts[0], Geometry: orb.Point{lon, 37.5}, Values: []any{parts[1], "Made up for a test."}}, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// form writes a multipart form: name=value, and name@file=content for files.
func form(t *testing.T, parts ...string) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		var to io.Writer
		var err error
		if name, file, isFile := strings.Cut(name, "@"); isFile {
			to, err = w.CreateFormFile(name, file)
		} else {
			to, err = w.CreateFormField(name)
		}
		if err == nil {
			_, err = io.WriteString(to, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// ask sends a request with the key of the maintainer.
func (in *importing) ask(method, target string, body []byte, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer key-of-maintainer")
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	in.h.ServeHTTP(w, r)
	return w
}

// want asks and expects a status.
func (in *importing) want(status int, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	in.t.Helper()
	w := in.ask(method, target, []byte(body), headers...)
	if w.Code != status {
		in.t.Fatalf("%s %s: %d, want %d: %s", method, target, w.Code, status, w.Body)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		in.t.Errorf("%s %s may be kept: %q", method, target, got)
	}
	return w
}

// upload sends a form and waits for its staging.
func (in *importing) upload(parts ...string) *httptest.ResponseRecorder {
	in.t.Helper()
	body, contentType := form(in.t, parts...)
	return in.ask(http.MethodPost, "/api/imports", body, "Content-Type", contentType, "Prefer", "wait=30")
}

// staged uploads crossings made up for a test and expects them staged.
func (in *importing) staged(rows ...string) importAnswer {
	in.t.Helper()
	w := in.upload("collection=crossings", "file@crossings.shp.zip="+string(madeUp(in.t, rows...)))
	im := readImport(in.t, w)
	if w.Code != http.StatusCreated || im.State != "staged" {
		in.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return im
}

type importAnswer struct {
	ID, State, Collection, File, SHA256, Actor, Applied, Undoes string
	UndoneBy                                                    string `json:"undone_by"`
	Size                                                        int
	Options                                                     map[string]any
	Counts                                                      map[string]int
	Questions                                                   []struct{ Option string }
	Errors, Warnings                                            int
	Failure                                                     *struct{ Detail string }
	Progress                                                    *geo.ImportProgress
	Links                                                       []struct{ Rel, Href, Method string }
}

func readImport(t *testing.T, w *httptest.ResponseRecorder) importAnswer {
	t.Helper()
	var im importAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &im); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return im
}

// rels are the relations of the links of an import.
func (im *importAnswer) rels() string {
	var rels []string
	for _, l := range im.Links {
		rels = append(rels, l.Rel)
	}
	return strings.Join(rels, " ")
}

// left are the names in the folder of uploads.
func (in *importing) left() []string {
	in.t.Helper()
	entries, err := os.ReadDir(in.dir)
	if err != nil && !os.IsNotExist(err) {
		in.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// An import from its upload to the day it is taken back, in every stance.
func TestOneImport(t *testing.T) {
	t.Parallel()
	everyStance(t, func(t *testing.T, in *importing) {
		body := "file@crossings.shp.zip=" + string(madeUp(t, "made-up,Made up for this test,71.6", "tem-demogan,Tem – Demogan,71.7"))
		w := in.upload("collection=crossings", "token=first", "crs=EPSG:4326", body)
		im := readImport(t, w)
		if w.Code != http.StatusCreated || im.State != "staged" || im.Collection != "crossings" || im.File != "crossings.shp.zip" || im.Actor != "maintainer" || len(im.SHA256) != 64 || im.Options["crs"] != "EPSG:4326" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		at := "/api/imports/" + im.ID
		if got := w.Header().Get("Location"); got != "https://oxus.test"+at {
			t.Errorf("it lies at %q", got)
		}
		if im.Counts["new"] != 1 || im.Counts["changed"] != 1 || im.Errors != 0 || !strings.HasSuffix(im.rels(), "stage apply discard") {
			t.Errorf("counts %v, links %s", im.Counts, im.rels())
		}
		again := in.upload("collection=crossings", "token=first", body)
		if again.Code != http.StatusOK || readImport(t, again).ID != im.ID {
			t.Errorf("the token again: %d %s", again.Code, again.Body)
		}
		tag := in.want(http.StatusOK, http.MethodGet, at, "").Header().Get("ETag")
		in.want(http.StatusNotModified, http.MethodGet, at, "", "If-None-Match", tag)
		in.looked(at)
		in.want(http.StatusPreconditionFailed, http.MethodPost, at+"/apply", "", "If-Match", `"7777"`)
		if im.Warnings > 0 {
			w := in.want(http.StatusConflict, http.MethodPost, at+"/apply", "")
			if !strings.Contains(w.Body.String(), `"rule"`) {
				t.Errorf("the warnings are not named: %s", w.Body)
			}
		}
		before := itemRevision(t, in.h, "tem-demogan")
		applied := readImport(t, in.want(http.StatusOK, http.MethodPost, at+"/apply", `{"accept_warnings":true}`, "If-Match", tag))
		if applied.State != "applied" || applied.Applied == "" || !strings.HasSuffix(applied.rels(), "rollback") {
			t.Errorf("applied: %+v", applied)
		}
		if got := itemRevision(t, in.h, "tem-demogan"); got != before+1 {
			t.Errorf("revision %v after %v", got, before)
		}
		in.want(http.StatusOK, http.MethodPost, at+"/apply", "")
		in.want(http.StatusConflict, http.MethodDelete, at, "")
		in.want(http.StatusConflict, http.MethodPost, at+"/stage", "")
		if names := in.left(); len(names) > 0 {
			t.Errorf("files are left: %v", names)
		}
		back := in.want(http.StatusCreated, http.MethodPost, at+"/rollback", "")
		undo := readImport(t, back)
		if undo.Undoes != im.ID || back.Header().Get("Location") != "https://oxus.test/api/imports/"+undo.ID {
			t.Errorf("taken back: %s", back.Body)
		}
		if once := in.want(http.StatusOK, http.MethodPost, at+"/rollback", `{"only_untouched":true}`); readImport(t, once).ID != undo.ID {
			t.Errorf("taken back again: %s", once.Body)
		}
		if w := get(t, in.h, "/api/collections/crossings/items/made-up"); w.Code != http.StatusNotFound {
			t.Errorf("what was new is still there: %d", w.Code)
		}
		if now := readImport(t, in.want(http.StatusOK, http.MethodGet, at, "")); now.State != "rolled-back" || now.UndoneBy != undo.ID {
			t.Errorf("it is %+v", now)
		}
	})
}

func itemRevision(t *testing.T, h http.Handler, id string) float64 {
	t.Helper()
	n, _ := stored(t, h, "/api/collections/crossings/items/"+id).Properties["revision"].(float64)
	return n
}

// looked looks at everything a staged import shows.
func (in *importing) looked(at string) {
	t := in.t
	t.Helper()
	var preview struct {
		Counts map[string]int
		Rows   []struct {
			ID, Action string
			MovedM     float64 `json:"moved_m"`
			Changed    map[string]struct{ Before, After any }
		}
		Mapping  map[string]any
		Findings struct{ List []any }
	}
	w := in.want(http.StatusOK, http.MethodGet, at+"/preview?limit=5", "")
	if err := json.Unmarshal(w.Body.Bytes(), &preview); err != nil || len(preview.Rows) < 2 || preview.Counts["records"] != 2 || preview.Mapping["matches"] == nil {
		t.Fatalf("preview: %v %s", err, w.Body)
	}
	moved := 0.0
	for _, row := range preview.Rows {
		if row.ID == "tem-demogan" {
			moved = row.MovedM
			if row.Action != "changed" || row.Changed["geometry"].Before == nil || row.Changed["geometry"].After == nil {
				t.Errorf("preview of %+v", row)
			}
		}
	}
	if moved < 1000 {
		t.Errorf("moved by %g m", moved)
	}
	var parts []string
	for _, f := range getFeaturesAs(t, in, at+"/preview?f=geojson&limit=100") {
		parts = append(parts, fmt.Sprint(f.Properties["row"], " ", f.Properties["id"], " ", f.Properties["action"], " ", f.Properties["part"]))
	}
	for _, want := range []string{"feature made-up new after", "feature tem-demogan changed before", "feature tem-demogan changed after"} {
		if !slices.Contains(parts, want) {
			t.Errorf("on the map: %q, without %q", parts, want)
		}
	}
	in.paged(at + "/changes")
	for f, want := range map[string]string{"text": "1 new, 1 changed", "json": `"counts"`, "html": "<h1>Report</h1>"} {
		if w := in.want(http.StatusOK, http.MethodGet, at+"/report?f="+f, ""); !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), "<script") {
			t.Errorf("the report as %s: %s", f, w.Body)
		}
	}
	in.want(http.StatusBadRequest, http.MethodGet, at+"/report?f=pdf", "")
}

func getFeaturesAs(t *testing.T, in *importing, target string) []oneFeature {
	t.Helper()
	var fc struct{ Features []oneFeature }
	w := in.want(http.StatusOK, http.MethodGet, target, "")
	if err := json.Unmarshal(w.Body.Bytes(), &fc); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return fc.Features
}

// paged follows the pages of a list of rows: one by one they are the whole.
func (in *importing) paged(target string) {
	t := in.t
	t.Helper()
	type list struct {
		Rows  []json.RawMessage
		Links []struct{ Rel, Href string }
	}
	read := func(target string) (l list) {
		w := in.want(http.StatusOK, http.MethodGet, target, "")
		if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		return l
	}
	whole, single := read(target), []json.RawMessage{}
	for next := target + "?limit=1"; next != ""; {
		l := read(next)
		single, next = append(single, l.Rows...), ""
		for _, link := range l.Links {
			if link.Rel == "next" {
				next = strings.TrimPrefix(link.Href, "https://oxus.test")
			}
		}
	}
	if fmt.Sprintf("%s", whole.Rows) != fmt.Sprintf("%s", single) || len(single) < 2 {
		t.Errorf("one by one: %s, whole: %s", single, whole.Rows)
	}
	in.want(http.StatusBadRequest, http.MethodGet, target+"?cursor=AAAA", "")
}

// Data that was changed under an import is named row by row, and the import can be
// staged again.
func TestChangedUnderAnImport(t *testing.T) {
	t.Parallel()
	everyStance(t, func(t *testing.T, in *importing) {
		im := in.staged("tem-demogan,Tem – Demogan,71.7")
		patch := func(name string) {
			tag := get(t, in.h, "/api/collections/crossings/items/tem-demogan").Header().Get("ETag")
			sent(t, in.h, http.StatusOK, http.MethodPatch, "/api/collections/crossings/items/tem-demogan", `{"properties":{"name_tg":"`+name+`"}}`, "If-Match", tag)
		}
		patch("Made up one")
		at := "/api/imports/" + im.ID
		w := in.want(http.StatusConflict, http.MethodPost, at+"/apply", `{"accept_warnings":true}`)
		if !strings.Contains(w.Body.String(), "tem-demogan") || !strings.Contains(w.Body.String(), "stage the import again") {
			t.Errorf("the conflict: %s", w.Body)
		}
		in.want(http.StatusOK, http.MethodPost, at+"/stage", "", "Prefer", "wait=30")
		in.want(http.StatusOK, http.MethodPost, at+"/apply", `{"accept_warnings":true}`)
		patch("Made up two")
		w = in.want(http.StatusConflict, http.MethodPost, at+"/rollback", "")
		if !strings.Contains(w.Body.String(), "tem-demogan") || !strings.Contains(w.Body.String(), "changed-later") {
			t.Errorf("the conflict: %s", w.Body)
		}
		in.want(http.StatusCreated, http.MethodPost, at+"/rollback", `{"only_untouched":true}`)
	})
}

// A question waits for its answer; what is given up leaves nothing behind.
func TestQuestionsAndDiscard(t *testing.T) {
	t.Parallel()
	everyStance(t, func(t *testing.T, in *importing) {
		w := in.upload("collection=crossings", `options={"mode":"replace"}`, "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6")))
		im := readImport(t, w)
		if im.State != "decoded" || len(im.Questions) != 1 || im.Questions[0].Option != "missing" {
			t.Fatalf("%s", w.Body)
		}
		at := "/api/imports/" + im.ID
		in.want(http.StatusConflict, http.MethodPost, at+"/apply", "")
		in.want(http.StatusBadRequest, http.MethodPost, at+"/stage", `{"mode":"everything"}`, "Prefer", "wait=30")
		w = in.want(http.StatusOK, http.MethodPost, at+"/stage", `{"mode":"replace","missing":"keep"}`, "Prefer", "respond-async, wait=30")
		if im := readImport(t, w); im.State != "staged" || im.Options["missing"] != "keep" || w.Header().Get("Preference-Applied") != "wait=30" {
			t.Errorf("answered: %s", w.Body)
		}
		in.want(http.StatusNoContent, http.MethodDelete, at, "")
		in.want(http.StatusNoContent, http.MethodDelete, at, "")
		if names := in.left(); len(names) > 0 {
			t.Errorf("files are left: %v", names)
		}
		if rows := in.want(http.StatusOK, http.MethodGet, at+"/changes", ""); !strings.Contains(rows.Body.String(), `"rows":[`+"\n]") {
			t.Errorf("rows are left: %s", rows.Body)
		}
	})
}

// Lists come newest first and in pages, narrowed by state.
func TestListOfImports(t *testing.T) {
	t.Parallel()
	everyStance(t, func(t *testing.T, in *importing) {
		var ids []string
		for i := range 3 {
			ids = append(ids, in.staged(fmt.Sprintf("made-up-%d,Made up,71.%d", i, i+1)).ID)
		}
		in.want(http.StatusNoContent, http.MethodDelete, "/api/imports/"+ids[1], "")
		slices.Reverse(ids)
		list := func(target string) (got []string, next string) {
			var page struct {
				Imports []importAnswer
				Links   []struct{ Rel, Href string }
			}
			w := in.want(http.StatusOK, http.MethodGet, target, "")
			if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
				t.Fatalf("%v: %s", err, w.Body)
			}
			for _, im := range page.Imports {
				got = append(got, im.ID)
			}
			for _, l := range page.Links {
				if l.Rel == "next" {
					next = strings.TrimPrefix(l.Href, "https://oxus.test")
				}
			}
			return got, next
		}
		var got []string
		for next := "/api/imports?limit=2"; next != ""; {
			var some []string
			some, next = list(next)
			got = append(got, some...)
		}
		if !slices.Equal(got, ids) {
			t.Errorf("in pages: %v, want %v", got, ids)
		}
		if got, _ := list("/api/imports?state=discarded,applied"); !slices.Equal(got, ids[1:2]) {
			t.Errorf("by state: %v", got)
		}
		in.want(http.StatusBadRequest, http.MethodGet, "/api/imports?state=gone&x=1", "")
		if w := in.want(http.StatusOK, http.MethodGet, "/api/imports?f=html", ""); !strings.Contains(w.Body.String(), ids[0]) {
			t.Errorf("as a page: %s", w.Body)
		}
	})
}

// Everything about imports needs the role of a maintainer, reading too; the document
// says which addresses those are.
func TestImportsNeedAMaintainer(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	id := in.staged("made-up,Made up,71.6").ID
	var document struct {
		Paths map[string]map[string]struct{ Security []any }
	}
	if err := json.Unmarshal(get(t, in.h, "/api/openapi.json").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for path, operations := range document.Paths {
		if !strings.HasPrefix(path, "/imports") && !strings.HasPrefix(path, "/mappings") {
			continue
		}
		for method, operation := range operations {
			target, method := "/api"+strings.NewReplacer("{import}", id, "{mapping}", "m").Replace(path), strings.ToUpper(method)
			if len(operation.Security) == 0 {
				t.Errorf("%s %s: the document tells of no key", method, path)
			}
			for _, tc := range []struct {
				status int
				key    string
			}{{http.StatusUnauthorized, ""}, {http.StatusUnauthorized, "revoked"}, {http.StatusForbidden, "viewer"}, {http.StatusForbidden, "editor"}} {
				header := "Bearer key-of-" + tc.key
				if tc.key == "" {
					header = ""
				}
				for _, method := range slices.Compact([]string{method, map[string]string{"GET": "HEAD"}[method]}) {
					if method == "" {
						continue
					}
					w := in.ask(method, target, nil, "Authorization", header)
					if tried++; w.Code != tc.status && w.Code != http.StatusTooManyRequests || w.Header().Get("Cache-Control") != "no-store" || strings.Contains(w.Body.String(), "crossings") {
						t.Errorf("%s %s with %q: %d %s", method, target, tc.key, w.Code, w.Body)
					}
				}
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d requests were tried", tried)
	}
	if im := readImport(t, in.want(http.StatusOK, http.MethodGet, "/api/imports/"+id, "")); im.State != "staged" {
		t.Errorf("it became %s", im.State)
	}
}

// What an address takes is told, also to pages of other origins; a session is not
// theirs.
func TestImportsAcrossOrigins(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	for target, allow := range map[string]string{
		"/api/imports": "GET, HEAD, OPTIONS, POST", "/api/imports/x": "GET, HEAD, OPTIONS, DELETE", "/api/imports/x/apply": "OPTIONS, POST",
		"/api/mappings/m": "GET, HEAD, OPTIONS, PUT", "/api/session": "GET, HEAD, OPTIONS, POST, DELETE",
	} {
		w := in.ask(http.MethodOptions, target, nil, "Origin", "https://other.test", "Access-Control-Request-Method", "POST")
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Allow") != allow || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", target, w.Code, h)
		}
		if shared := h.Get("Access-Control-Allow-Methods") == allow && h.Get("Access-Control-Allow-Origin") == "*"; shared == (target == "/api/session") {
			t.Errorf("%s is shared: %v", target, shared)
		}
	}
}

// Uploads that are wrong are refused by name, and leave nothing behind.
func TestHostileUploads(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	good := string(madeUp(t, "made-up,Made up,71.6"))
	many := []string{"collection=crossings"}
	for i := range 10_000 {
		many = append(many, fmt.Sprintf("field%d=x", i))
	}
	files := []string{"collection=crossings"}
	for i := range 40 {
		files = append(files, fmt.Sprintf("file@f%d.dbf=x", i))
	}
	for name, tc := range map[string]struct {
		status int
		says   string
		parts  []string
	}{
		"no file":            {400, "there is no file", []string{"collection=crossings"}},
		"no collection":      {400, "missing-parameter", []string{"file@a.zip=" + good}},
		"other collection":   {400, "cannot be imported", []string{"collection=../crossings", "file@a.zip=" + good}},
		"derived collection": {400, "cannot be imported", []string{"collection=status-periods", "file@a.zip=" + good}},
		"all at once":        {400, "unknown-field", []string{"collection=x", "colour=red", "map=[1]", "file@a.zip=" + good}},
		"field twice":        {400, "repeated-field", []string{"collection=crossings", "collection=bazaars", "file@a.zip=" + good}},
		"option twice":       {400, "given as a field and in options", []string{"collection=crossings", `options={"crs":"EPSG:4326"}`, "crs=EPSG:4326", "file@a.zip=" + good}},
		"unknown option":     {400, "options of an import", []string{"collection=crossings", `options={"colour":"red"}`, "file@a.zip=" + good}},
		"field after file":   {400, "field-order", []string{"collection=crossings", "file@a.zip=" + good, "crs=EPSG:4326"}},
		"10,000 fields":      {400, "at most 32 fields", many},
		"many files":         {400, "at most", files},
		"huge field":         {400, "field-size", []string{"collection=crossings", "crs=" + strings.Repeat("x", 100<<10), "file@a.zip=" + good}},
		"binary field":       {400, "field-text", []string{"collection=crossings", "crs=\xff\x00", "file@a.zip=" + good}},
		"token of blanks":    {400, "token", []string{"collection=crossings", "token=a b", "file@a.zip=" + good}},
		"two of one name":    {400, "Two files", []string{"collection=crossings", "file@a.dbf=x", "file@a.dbf=y"}},
		"name of a folder":   {400, "file-name", []string{"collection=crossings", "file@..=x"}},
		"long name":          {400, "file-name", []string{"collection=crossings", "file@" + strings.Repeat("n", 300) + ".zip=" + good}},
		"hidden name":        {400, "file-name", []string{"collection=crossings", "file@a\u202epiz.zip=" + good}},
		"too large":          {413, "1048576", []string{"collection=crossings", "file@a.zip=" + strings.Repeat("x", 1<<20+1)}},
		"far too large":      {413, "1048576", []string{"collection=crossings", "file@a.zip=" + strings.Repeat("x", 8<<20)}},
	} {
		t.Run(name, func(t *testing.T) {
			w := in.upload(tc.parts...)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) || w.Header().Get("Content-Type") != "application/problem+json" || len(w.Body.String()) > 20_000 {
				t.Errorf("%d, want %d with %q: %.2000s", w.Code, tc.status, tc.says, w.Body)
			}
			in.nothing(t)
		})
	}
	for name, tc := range map[string]struct {
		status                  int
		contentType, body, says string
	}{
		"no boundary":   {400, "multipart/form-data", "x", "boundary"},
		"other type":    {415, "application/zip", good, "multipart/form-data"},
		"no type":       {415, "", good, "multipart/form-data"},
		"mixed":         {415, "multipart/mixed; boundary=x", "--x--", "multipart/form-data"},
		"empty":         {400, "multipart/form-data; boundary=x", "", "there is no file"},
		"cut off":       {400, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\ncrossings\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\nPK", "ends before"},
		"endless head":  {400, "multipart/form-data; boundary=x", "--x\r\n" + strings.Repeat("A: b\r\n", 20_000), "cannot be read"},
		"no file name":  {400, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\ncrossings\r\n--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--x--\r\n", "file-name"},
		"packed":        {415, "multipart/form-data; boundary=x", "", "content coding"},
		"escaping name": {201, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\ncrossings\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"..\\..\\..\\etc\\passwd\"\r\n\r\nx\r\n--x--\r\n", `"file":"passwd"`},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{"Content-Type", tc.contentType, "Prefer", "wait=30"}
			if name == "packed" {
				headers = append(headers, "Content-Encoding", "gzip")
			}
			w := in.ask(http.MethodPost, "/api/imports", []byte(tc.body), headers...)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("%d, want %d with %q: %s", w.Code, tc.status, tc.says, w.Body)
			}
			if w.Code == http.StatusCreated {
				in.want(http.StatusNoContent, http.MethodDelete, "/api/imports/"+readImport(t, w).ID, "")
			}
			in.nothing(t)
		})
	}
	for _, target := range []string{"/api/imports?x=1", "/api/imports?stage=perhaps"} {
		body, contentType := form(t, "collection=crossings", "file@a.zip="+good)
		if w := in.ask(http.MethodPost, target, body, "Content-Type", contentType); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	in.nothing(t)
}

// nothing expects no upload on the disk and no open import in the store.
func (in *importing) nothing(t *testing.T) {
	t.Helper()
	if names := in.left(); len(names) > 0 {
		t.Errorf("on the disk: %v", names)
	}
	open, err := in.store.Imports(t.Context(), geo.ImportQuery{States: []geo.ImportState{geo.Uploaded, geo.Decoded, geo.Checked, geo.Staged}})
	if err != nil || len(open) > 0 {
		t.Errorf("in the store: %v, %v", open, err)
	}
}

// Bodies of steps that are wrong are refused, and change nothing.
func TestHostileSteps(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	id := in.staged("made-up,Made up,71.6").ID
	at := "/api/imports/" + id
	for _, tc := range []struct {
		status             int
		method, path, body string
	}{
		{400, http.MethodPost, "/apply", `{"accept_warnings":"yes"}`},
		{400, http.MethodPost, "/apply", `{"accept":true}`},
		{400, http.MethodPost, "/apply", `[true]`},
		{400, http.MethodPost, "/apply", `{"accept_warnings":true`},
		{400, http.MethodPost, "/apply", `{"accept_warnings":true,"accept_warnings":false}`},
		{400, http.MethodPost, "/apply?now=1", ``},
		{413, http.MethodPost, "/apply", `{"x":"` + strings.Repeat("x", 70<<10) + `"}`},
		{400, http.MethodPost, "/stage", `{"crs":1}`},
		{400, http.MethodPost, "/stage", `null`},
		{400, http.MethodPost, "/rollback", `{"only_untouched":1}`},
		{409, http.MethodPost, "/rollback", `{}`},
		{404, http.MethodPost, "x/apply", `{}`},
		{404, http.MethodDelete, "%2F..", ``},
		{405, http.MethodGet, "/apply", ``},
		{405, http.MethodPut, "", ``},
		{404, http.MethodGet, "/nothing", ``},
		{400, http.MethodGet, "/preview?f=csv", ``},
		{400, http.MethodGet, "/preview?limit=0", ``},
		{400, http.MethodGet, "/events?f=json", ``},
	} {
		w := in.ask(tc.method, at+tc.path, []byte(tc.body), "Prefer", "wait=5")
		if w.Code != tc.status || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s %.60s: %d, want %d: %s", tc.method, tc.path, tc.body, w.Code, tc.status, w.Body)
		}
	}
	if w := in.ask(http.MethodPost, at+"/apply", []byte("{}"), "Content-Type", "text/plain"); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("as text: %d", w.Code)
	}
	if im := readImport(t, in.want(http.StatusOK, http.MethodGet, at, "")); im.State != "staged" {
		t.Errorf("it became %s", im.State)
	}
}

// Two who apply one import at once both hear that it is applied, and it is applied
// once; so with a token that is sent twice at once.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	everyStance(t, func(t *testing.T, in *importing) {
		im := in.staged("made-up,Made up,71.6")
		together := func(ask func() *httptest.ResponseRecorder) []*httptest.ResponseRecorder {
			answers := make([]*httptest.ResponseRecorder, 4)
			var wg sync.WaitGroup
			for i := range answers {
				wg.Go(func() { answers[i] = ask() })
			}
			wg.Wait()
			return answers
		}
		at := "/api/imports/" + im.ID
		for _, w := range together(func() *httptest.ResponseRecorder {
			return in.ask(http.MethodPost, at+"/apply", []byte(`{"accept_warnings":true}`))
		}) {
			if w.Code != http.StatusOK || readImport(t, w).State != "applied" {
				t.Errorf("apply: %d %s", w.Code, w.Body)
			}
		}
		if got := itemRevision(t, in.h, "made-up"); got != 1 {
			t.Errorf("applied %v times", got)
		}
		ids := map[string]int{}
		for _, w := range together(func() *httptest.ResponseRecorder { return in.ask(http.MethodPost, at+"/rollback", nil) }) {
			ids[readImport(t, w).ID]++
		}
		if len(ids) != 1 {
			t.Errorf("taken back by %v", ids)
		}
		body, contentType := form(t, "collection=crossings", "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6")))
		statuses, ids := map[int]int{}, map[string]int{}
		for _, w := range together(func() *httptest.ResponseRecorder {
			return in.ask(http.MethodPost, "/api/imports?stage=false", body, "Content-Type", contentType, "Idempotency-Key", `"one-and-the-same"`)
		}) {
			statuses[w.Code]++
			ids[readImport(t, w).ID]++
		}
		if !maps.Equal(statuses, map[int]int{201: 1, 200: 3}) || len(ids) != 1 || len(in.left()) != 1 {
			t.Errorf("one token: %v, imports %v, on the disk %v", statuses, ids, in.left())
		}
	})
}

// Mappings are kept by name and used by imports.
func TestMappings(t *testing.T) {
	t.Parallel()
	everyStance(t, func(t *testing.T, in *importing) {
		in.want(http.StatusNotFound, http.MethodGet, "/api/mappings/field-office", "")
		in.want(http.StatusCreated, http.MethodPut, "/api/mappings/field-office", `{"collection":"crossings","fields":{"NAME_EN":"name_tg"}}`)
		in.want(http.StatusOK, http.MethodPut, "/api/mappings/field-office", `{"name":"field-office","collection":"crossings","fields":{"name_en":"name_ru"}}`)
		if w := in.want(http.StatusOK, http.MethodGet, "/api/mappings/field-office", ""); !strings.Contains(w.Body.String(), `"fields":{"name_en":"name_ru"}`) {
			t.Errorf("%s", w.Body)
		}
		if w := in.want(http.StatusOK, http.MethodGet, "/api/mappings", ""); strings.Count(w.Body.String(), `"name":"field-office"`) != 1 {
			t.Errorf("%s", w.Body)
		}
		w := in.upload("collection=crossings", "mapping=field-office", "file@a.zip="+string(madeUp(t, "tem-demogan,Сохта,71.5")))
		rows := in.want(http.StatusOK, http.MethodGet, "/api/imports/"+readImport(t, w).ID+"/changes", "")
		if !strings.Contains(rows.Body.String(), `"name_ru":{"before"`) {
			t.Errorf("not mapped: %s\n%s", w.Body, rows.Body)
		}
		for body, rule := range map[string]string{
			`{"collection":"crossings"}`:                                         "required-member",
			`{"collection":"nowhere","fields":{"a":"b"}}`:                        "unknown-code",
			`{"collection":"crossings","fields":{"a":1}}`:                        "value-type",
			`{"collection":"crossings","fields":{"a":"b"},"colour":"red"}`:       "unknown-member",
			`{"collection":"crossings","fields":{"a":"b"},"name":"other-place"}`: "id-stays",
		} {
			if w := in.want(http.StatusBadRequest, http.MethodPut, "/api/mappings/m", body); !strings.Contains(w.Body.String(), `"rule":`) {
				t.Errorf("%s (%s): %s", body, rule, w.Body)
			}
		}
		in.want(http.StatusBadRequest, http.MethodPut, "/api/mappings/a%20b", `{"collection":"crossings","fields":{"a":"b"}}`)
	})
}

// waitFor asks until it holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// bytesLeft is how many bytes the folder of uploads holds.
func (in *importing) bytesLeft() int64 {
	var n int64
	_ = filepath.Walk(in.dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil // what goes while it is walked is not there
	})
	return n
}

// Every option of an import can be said, as a field of its own and in the document that
// clients are generated from.
func TestAllOptionsCanBeSaid(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct {
					Schema struct{ Properties map[string]any }
				}
			}
		}
		Components struct {
			Schemas struct {
				ImportOptions struct{ Properties map[string]any }
			}
		}
	}
	if err := json.Unmarshal(get(t, in.h, "/api/openapi.json").Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	fields := document.Paths["/imports"]["post"].RequestBody.Content["multipart/form-data"].Schema.Properties
	said := map[string]string{"separator": "tab", "encoding": "utf-8", "crs": "EPSG:4326", "mode": "upsert", "missing": "keep", "audience": "viewer", "map": `{"NAME":"name_en"}`}
	for option := range reflect.TypeFor[ingest.Options]().Fields() {
		name, _, _ := strings.Cut(option.Tag.Get("json"), ",")
		if document.Components.Schemas.ImportOptions.Properties[name] == nil || fields[name] == nil {
			t.Errorf("the document does not have the option %s", name)
		}
		value := cmp.Or(said[name], "made-up")
		im := in.uploadOf("collection=crossings", name+"="+value, "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6")))
		if name != "map" && im.Options[name] != value {
			t.Errorf("%s=%s makes the options %v", name, value, im.Options)
		}
	}
	if len(document.Components.Schemas.ImportOptions.Properties) != reflect.TypeFor[ingest.Options]().NumField() {
		t.Errorf("the document has %v", document.Components.Schemas.ImportOptions.Properties)
	}
}
