package api_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"oxus/api"
	"oxus/geo"
)

// The schema of a GeoJSON feature names what features have, and only that, and
// stands where a collection says it does.
func TestFeatureSchema(t *testing.T) {
	atlas := geo.Border()
	h := api.New(atlas, seeded(t, openFile, atlas), api.Options{BaseURL: "http://oxus.test"})
	for _, c := range atlas.Served() {
		var described struct{ Links []link }
		fromJSON(t, get(t, h, "/api/collections/"+c.ID), &described)
		address := strings.TrimPrefix(hrefs(described.Links, "describedby"), "http://oxus.test")
		if address != strings.TrimPrefix(hrefs(described.Links, "describedBy"), "http://oxus.test") {
			t.Errorf("%s is described by two documents: %+v", c.ID, described.Links)
		}
		var schema struct {
			Required   []string
			Properties map[string]json.RawMessage
		}
		fromJSON(t, get(t, h, address), &schema)
		var inner struct {
			Properties map[string]struct{ Type string }
		}
		if err := json.Unmarshal(schema.Properties["properties"], &inner); err != nil {
			t.Fatal(err)
		}
		var page struct{ Features []map[string]json.RawMessage }
		fromJSON(t, get(t, h, "/api/collections/"+c.ID+"/items?limit=1"), &page)
		feature := page.Features[0]
		for _, name := range schema.Required {
			if feature[name] == nil || schema.Properties[name] == nil {
				t.Errorf("%s: %s is required of features", c.ID, name)
			}
		}
		var properties map[string]any
		if err := json.Unmarshal(feature["properties"], &properties); err != nil {
			t.Fatal(err)
		}
		has, says := slices.Sorted(maps.Keys(properties)), slices.Sorted(maps.Keys(inner.Properties))
		if !slices.Equal(has, says) {
			t.Errorf("%s: features have %v, their schema %v", c.ID, has, says)
		}
		for name, p := range inner.Properties {
			if p.Type == "" {
				t.Errorf("%s: %s has no type", c.ID, name)
			}
		}
	}
}
