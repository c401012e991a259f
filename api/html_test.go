package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
)

const browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// Every resource has a page for browsers, and stays JSON for anything else.
func TestPages(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, target := range []string{
		"", "/conformance", "/collections", "/collections/crossings", "/collections/crossings/schema", "/collections/crossings/schema/geojson", "/collections/crossings/items",
		"/collections/crossings/items/fotehobod-oybek", "/collections/crossings/items/fotehobod-oybek/timeline",
		"/collections/crossings/items/fotehobod-oybek/revisions", "/changes", "/tiles", "/tiles/WebMercatorQuad",
		"/collections/crossings/tiles", "/collections/crossings/tiles/WebMercatorQuad", "/stats/incidents?by=month",
		"/stats/status?collection=crossings", "/cite?collection=crossings", "/sources?ids=ap-2007-08-24", "/nothing", "/collections/crossings/items?bbox=x",
	} {
		for accept, want := range map[string]string{browser: "text/html", "Accept: */*": "json"} {
			out := string(ask(t, h, "GET /api"+target+"\n"+accept))
			if !strings.Contains(strings.SplitN(out, "\n\n", 2)[0], want) || want == "text/html" && !strings.Contains(out, "<h1>") {
				t.Errorf("%s with %s: %.300s", target, accept, out)
			}
		}
	}
}

// No text of a feature becomes markup.
func TestHostileTextsInPages(t *testing.T) {
	atlas := geo.Border()
	c, err := atlas.Collection("bazaars")
	if err != nil {
		t.Fatal(err)
	}
	f := storetest.Feature(c, "f")
	f.Values[0], f.Geometry = `</title><script>x</script>"'`, orb.Point{69, 37}
	h := handler(atlas, broken{items: func(yield func(geo.Item, error) bool) { yield(geo.Item{Feature: &f}, nil) }}, quiet())
	w := get(t, h, "/api/collections/bazaars/items?f=html")
	if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "<script") || !strings.Contains(body, "&lt;script") || !strings.Contains(body, "<circle") {
		t.Errorf("%d: %.3000s", w.Code, body)
	}
}

// A page behaves like every other answer: it has a tag, a HEAD and the code of
// its errors, says what chose it, and leads on to pages.
func TestPagesAreAnswers(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	send := func(method, target, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, http.NoBody)
		r.Header.Set("Accept", strings.TrimPrefix(browser, "Accept: "))
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	const items = "/api/collections/crossings/items?limit=2"
	page := send(http.MethodGet, items, "")
	tag := page.Header().Get("ETag")
	asJSON := get(t, h, items)
	switch {
	case page.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page.Header().Get("Vary"), "Accept"):
		t.Errorf("the page is %v", page.Header())
	case tag == "" || tag == asJSON.Header().Get("ETag"):
		t.Errorf("the page has the tag %q, the JSON %q", tag, asJSON.Header().Get("ETag"))
	case !strings.Contains(page.Body.String(), "cursor=") || !strings.Contains(page.Body.String(), "f=html"):
		t.Errorf("the page leads to no other: %s", page.Body)
	}
	for _, tc := range []struct {
		method, target, tag string
		code                int
	}{
		{http.MethodGet, items, tag, http.StatusNotModified},
		{http.MethodHead, items, "", http.StatusOK},
		{http.MethodGet, "/api/collections/nothing", "", http.StatusNotFound},
		{http.MethodGet, items + "&bbox=x", "", http.StatusBadRequest},
		{http.MethodGet, "/api/openapi.json?f=html", "", http.StatusBadRequest},
	} {
		if w := send(tc.method, tc.target, tc.tag); w.Code != tc.code {
			t.Errorf("%s %s: %d, want %d", tc.method, tc.target, w.Code, tc.code)
		}
	}
}
