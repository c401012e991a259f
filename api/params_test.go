package api

import (
	"net/url"
	"testing"

	"oxus/geo"
)

func FuzzParseItems(f *testing.F) {
	for _, q := range []string{
		"limit=5&bbox=68,37,72,39&datetime=2022-05-01&status=open", "properties=name_en,status&f=json",
		"mode=road&built_year=2002&structure_length_m=99.3", "a=1&a=2&%00=x", "cursor=AQAAAAAAAAAAAABRGg",
		"sortby=-status,%2Bid&valid_from=2001-01-01&id=tem-demogan", "filter=id='a'&filter-lang=cql2-text&near=crossings/a&within=5",
	} {
		f.Add(q)
	}
	atlas := geo.Border()
	crossings, err := atlas.Collection("crossings")
	if err != nil {
		f.Fatal(err)
	}
	k := newCollection(crossings)
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		r, err := parseItems(k, values, 20000, true)
		if err != nil {
			if geo.KindOf(err) != geo.Invalid {
				t.Errorf("%q: %v is not an Invalid error", text, err)
			}
			return
		}
		if r.limit < 1 || r.limit > maxLimit || r.query.Collection != crossings {
			t.Errorf("%q is taken as %+v", text, r)
		}
		for name := range values {
			_, queryable := crossings.Queryables()[name]
			if _, known := crossings.Property(name); !known && !queryable && !knownParameter[name] {
				t.Errorf("%q: the unknown parameter %q is let through", text, name)
			}
		}
	})
}

var knownParameter = map[string]bool{
	"count": true, "geometry": true, "bom": true, "limit": true, "cursor": true, "bbox": true, "datetime": true, "properties": true, "f": true, "status": true,
	"filter": true, "filter-lang": true, "filter-crs": true, "sortby": true, "skipGeometry": true, "near": true, "within": true, "as-recorded": true,
}
