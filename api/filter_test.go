package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"oxus/api"
	"oxus/geo"
)

// A filter narrows every answer about features, in both encodings.
func TestFilter(t *testing.T) {
	atlas := geo.Border()
	h := api.New(atlas, seeded(t, openFile, atlas), api.Options{BaseURL: "http://oxus.test"})
	all := matched(t, h, "/api/collections/crossings/items?limit=1").(float64)
	count := func(pairs ...string) float64 {
		values := url.Values{"limit": {"1"}, "count": {"exact"}}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return matched(t, h, "/api/collections/crossings/items?"+values.Encode()).(float64)
	}
	some := count("status", "closed", "datetime", "2022-05-01")
	for _, tc := range []struct {
		want  float64
		pairs []string
	}{
		{all, []string{"filter", "TRUE"}},
		{0, []string{"filter", "FALSE"}},
		{some, []string{"filter", "status = 'closed'", "datetime", "2022-05-01"}},
		{some, []string{"filter", `{"op":"=","args":[{"property":"status"},"closed"]}`, "filter-lang", "cql2-json", "datetime", "2022-05-01"}},
		{some, []string{"filter", "(status ILIKE 'CLOSED') AND (NOT (valid_from > '2999-01-01T') OR (valid_from IS NULL))", "filter-lang", "cql-text", "datetime", "2022-05-01"}},
		{count("bbox", "68,37,71,38"), []string{"filter", "S_INTERSECTS(geometry, BBOX(68,37,71,38))"}},
		{count("bbox", "68,37,71,38"), []string{"filter", "S_INTERSECTS(geometry, BBOX(37,68,38,71))", "filter-crs", "http://www.opengis.net/def/crs/EPSG/0/4326"}},
	} {
		if got := count(tc.pairs...); got != tc.want {
			t.Errorf("%v: %v, want %v", tc.pairs, got, tc.want)
		}
	}
	if some == 0 || some == all {
		t.Errorf("the filters tell nothing apart: %v of %v", some, all)
	}
}

// What cannot be asked is refused with its place.
func TestFilterRefused(t *testing.T) {
	atlas := geo.Border()
	h := api.New(atlas, seeded(t, openFile, atlas), api.Options{BaseURL: "http://oxus.test"})
	for _, tc := range []struct{ lang, filter, want string }{
		{"cql2-text", "name_en = ", "column 11"},
		{"cql2-text", "nobody = 1", `column 1: there is no queryable \"nobody\"`},
		{"cql2-text", "id = 1", "column 6: a number cannot be compared with a text"},
		{"cql2-text", "id LIKE 'a\\\\", "never closed"},
		{"cql2-text", "id", "a filter is true or false, not a text"},
		{"cql2-text", strings.Repeat("NOT ", 60) + "TRUE", "nested more than 40 deep"},
		{"cql2-text", "S_INTERSECTS(geometry, POINT(200 0))", "column 24: a position lies outside"},
		{"cql2-text", "S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "column 24: the geometry is not valid"},
		{"cql2-text", "T_DURING(lifetime, INTERVAL('2021-01-01','2020-01-01'))", "ends before it begins"},
		{"cql2-text", "start_date = '2021-02-30'", "there is no queryable"},
		{"cql2-json", `{"op":"=","args":[{"property":"nobody"},1]}`, "/args/0: there is no queryable"},
		{"cql2-json", `{"op":"drop","args":[]}`, "/op: there is no operator"},
		{"cql2-json", `{"op":`, "not JSON"},
		{"cql3", "TRUE", "is not a filter language"},
	} {
		w := get(t, h, "/api/collections/crossings/items?"+url.Values{"filter": {tc.filter}, "filter-lang": {tc.lang}}.Encode())
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tc.want) {
			t.Errorf("%s: %d %s, want %s", tc.filter, w.Code, w.Body, tc.want)
		}
	}
}

// Every queryable is described, and every description is of a queryable.
func TestQueryables(t *testing.T) {
	atlas := geo.Border()
	h := api.New(atlas, seeded(t, openFile, atlas), api.Options{BaseURL: "http://oxus.test"})
	for _, c := range atlas.Served() {
		var doc struct{ Properties map[string]any }
		w := get(t, h, "/api/collections/"+c.ID+"/queryables")
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		all := c.Queryables()
		for name := range all {
			if doc.Properties[name] == nil {
				t.Errorf("%s: %s is not described", c.ID, name)
			}
		}
		if len(doc.Properties) != len(all) {
			t.Errorf("%s: %d are described, not %d", c.ID, len(doc.Properties), len(all))
		}
	}
}
