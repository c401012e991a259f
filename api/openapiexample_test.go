package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"oxus/geo"
)

// What the document gives as examples and defaults are real requests: each by
// itself, and all together, as a page that tries requests sends them. The type of
// the answer is one that the document names.
func TestExamplesAreRealRequests(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	c := &checker{t: t, h: h, atlas: atlas}
	tried := 0
	for path := range c.json("/api/openapi.json", typeOpenAPI).of("paths") {
		parameters, operation := c.operation(path)
		if operation == nil {
			continue
		}
		address, together := "/api"+path, url.Values{}
		var alone []url.Values
		for _, p := range parameters {
			example := p["example"]
			for _, of := range []string{"default", "example"} {
				if v := p.of("schema")[of]; v != nil {
					example = v
				}
			}
			switch {
			case example == nil:
			case p.text("in") == "path":
				address = strings.ReplaceAll(address, "{"+p.text("name")+"}", fmt.Sprint(example))
			default:
				together.Set(p.text("name"), fmt.Sprint(example))
				alone = append(alone, url.Values{p.text("name"): {fmt.Sprint(example)}})
			}
		}
		if items, _, ofItem := strings.Cut(address, "/items/{id}"); ofItem {
			first := c.json(items+"/items?limit=1", typeGeoJSON).list("features")[0].text("id")
			address = strings.ReplaceAll(address, "{id}", url.PathEscape(first))
		}
		if strings.Contains(address, "{") {
			t.Errorf("%s: a part of the path has no example", path)
			continue
		}
		for _, values := range append(alone, together) {
			if path == "/stats/status" || path == "/cite" || strings.HasPrefix(path, "/stats/") {
				values = together // some of theirs are required
			}
			target := address
			if len(values) > 0 {
				target += "?" + values.Encode()
			}
			w := c.ask(http.MethodGet, target)
			mediaType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
			described := false
			for named := range operation.of("responses", "200", "content") {
				plain, _, _ := strings.Cut(named, ";")
				described = described || plain == mediaType
			}
			tried++
			if w.Code != http.StatusOK || !described {
				t.Errorf("%s: %d %s: %.300s", target, w.Code, mediaType, w.Body)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d requests were tried", tried)
	}
	for _, failure := range c.failures {
		t.Error(failure)
	}
}
