package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"oxus/geo"
)

// An answer that fits a chunk says how long it is and which state it has come from; a
// longer one, which goes out before its end is known, does not say its length.
func TestLengthOfAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		features int
		target   string
		told     bool
	}{
		"a page":       {3, "/api/collections/incidents/items?limit=2&count=none", true},
		"a table":      {3, "/api/collections/incidents/items?f=csv", true},
		"nothing":      {0, "/api/collections/incidents/items", true},
		"a long page":  {400, "/api/collections/incidents/items?limit=1000&count=none", false},
		"a whole file": {400, "/api/incidents.geojson", false},
	} {
		t.Run(name, func(t *testing.T) {
			atlas := geo.Border()
			incidents, err := atlas.Collection("incidents")
			if err != nil {
				t.Fatal(err)
			}
			f := geo.Feature{ID: "x", Values: make([]geo.Value, len(incidents.Properties))}
			f.Values[0] = strings.Repeat("long ", 100)
			h := handler(atlas, broken{items: func(yield func(geo.Item, error) bool) {
				for n := 0; n < c.features && yield(geo.Item{Feature: &f}, nil); n++ {
				}
			}}, quiet())
			w := get(t, h, c.target)
			length := w.Header().Get("Content-Length")
			if w.Code != http.StatusOK || w.Header().Get("ETag") == "" {
				t.Fatalf("%d, ETag %q", w.Code, w.Header().Get("ETag"))
			}
			if want := strconv.Itoa(w.Body.Len()); c.told && length != want || !c.told && length != "" {
				t.Errorf("the length of %s bytes is %q", want, length)
			}
		})
	}
}
