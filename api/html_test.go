package api_test

import (
	"encoding/json"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
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

// What pages and second pages link to is there, in whatever format it is asked for.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	follows := func(from, address string) {
		t.Helper()
		target := strings.TrimPrefix(html.UnescapeString(address), "https://oxus.test")
		if !strings.HasPrefix(target, "/api") {
			return
		}
		if w := get(t, h, target); w.Code != http.StatusOK {
			t.Errorf("%s links to %s: %d %.200s", from, target, w.Code, w.Body)
		}
	}
	for _, page := range []string{"/api/collections/incidents/items?limit=3&f=html", "/api/collections/bazaars/items/tem-bazaar?f=html", "/api/changes?limit=3&f=html"} {
		for _, href := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(get(t, h, page).Body.String(), -1) {
			follows(page, href[1])
		}
	}
	for _, list := range []string{
		"/api/collections/crossings/items?limit=2", "/api/changes?limit=2", "/api/stats/status?collection=crossings&limit=2",
		"/api/collections/crossings/items/tem-demogan/revisions?limit=1",
	} {
		for page := 1; page <= 2; page++ {
			var answer struct{ Links []struct{ Rel, Href string } }
			if err := json.Unmarshal(get(t, h, list).Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			for _, l := range answer.Links {
				follows(list, l.Href)
				if l.Rel == "next" {
					list = strings.TrimPrefix(l.Href, "https://oxus.test")
				}
			}
		}
	}
}

// What no store can take is refused before it is asked for, under the name it was said by,
// and the first instant of all is not taken for none.
func TestWhatStandsForNothing(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for target, name := range map[string]string{
		"/api/collections/crossings/items?id=%00":                           "id",
		"/api/sources?ids=a%00b":                                            "ids",
		"/api/collections/crossings/items?as-recorded=0001-01-01T00:00:00Z": "as-recorded",
		"/api/cite?collection=crossings&as-recorded=0001-01-01T00:00:00Z":   "as-recorded",
		"/api/stats/crossings?by=status,status":                             "by",
		"/api/changes?f=atom&cursor=x":                                      "cursor",
	} {
		if w := get(t, h, target); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"parameter":"`+name+`"`) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

// A key that was put into an address by mistake is in no log.
func TestKeysAreNotLogged(t *testing.T) {
	t.Parallel()
	var log shownLog
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), slog.New(slog.NewTextHandler(&log, nil)))
	get(t, h, "/api/collections?key=oxus_AbC.secret&limit=3")
	if text := log.String(); strings.Contains(text, "secret") || strings.Contains(text, "AbC") || !strings.Contains(text, "limit=3") {
		t.Errorf("logged: %s", text)
	}
}
