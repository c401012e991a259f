package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
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
	c := &checker{t: t, h: h, atlas: atlas, definition: new(doc)}
	tried := 0
	document := c.json("/api/openapi.json", typeOpenAPI)
	for path := range document.of("paths") {
		if get := document.of("paths", path, "get"); get == nil || get["security"] != nil {
			continue // what needs a key has tests of its own
		}
		parameters, operation := c.operation(path)
		if operation == nil {
			continue
		}
		if _, endless := operation.of("responses", "200", "content")["text/event-stream"]; endless {
			continue // TestDataEvents follows it
		}
		address, together, required := "/api"+path, url.Values{}, url.Values{}
		for _, p := range parameters {
			example, name := p["example"], p.text("name")
			for _, of := range []string{"default", "example"} {
				if v := p.of("schema")[of]; v != nil {
					example = v
				}
			}
			switch {
			case example == nil:
			case p.text("in") == "path":
				address = strings.ReplaceAll(address, "{"+name+"}", inAddress(example))
			default:
				together.Set(name, inAddress(example))
				if p["required"] == true {
					required.Set(name, inAddress(example))
				}
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
		requests := []url.Values{required, together}
		for name := range together {
			requests = append(requests, with(required, name, together.Get(name)))
		}
		for _, values := range requests {
			target := address + "?" + values.Encode()
			w := c.ask(http.MethodGet, target)
			tried++
			if w.Code != http.StatusOK || !named(operation, w) {
				t.Errorf("%s: %d %s: %.300s", target, w.Code, w.Header().Get("Content-Type"), w.Body)
			}
		}
		_, page := operation.of("responses", "200", "content")["text/html"]
		w := c.ask(http.MethodGet, address+"?"+required.Encode(), "Accept", "text/html")
		if got := strings.HasPrefix(w.Header().Get("Content-Type"), "text/html"); got != page {
			t.Errorf("%s: a page is documented: %v, and to be had: %v", address, page, got)
		}
	}
	if tried < 100 {
		t.Errorf("only %d requests were tried", tried)
	}
	for _, failure := range c.failures {
		t.Error(failure)
	}
}

// named reports whether an operation names the type of an answer.
func named(operation doc, w *httptest.ResponseRecorder) bool {
	mediaType, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	for documented := range operation.of("responses", "200", "content") {
		if plain, _, _ := strings.Cut(documented, ";"); plain == mediaType {
			return true
		}
	}
	return false
}

// with returns the values with another value of a name.
func with(values url.Values, name, value string) url.Values {
	other := maps.Clone(values)
	other.Set(name, value)
	return other
}

// The first type an operation names is the one it answers with by itself: programs
// that offer a choice take it.
func TestFirstTypeIsTheDefault(t *testing.T) {
	h := handler(geo.Border(), broken{}, quiet())
	document := get(t, h, "/api/openapi.json").Body.String()
	_, items, _ := strings.Cut(document, `"/collections/crossings/items": {`)
	_, content, _ := strings.Cut(items, `"content": {`)
	if first, _, _ := strings.Cut(strings.TrimSpace(content), ":"); first != `"application/geo+json"` {
		t.Errorf("the first type of a page is %s", first)
	}
}

// inAddress is an example as it stands in an address: a list with commas between.
func inAddress(example any) string {
	list, several := example.([]any)
	if !several {
		return fmt.Sprint(example)
	}
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, ",")
}
