package api_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"oxus/geo"
)

// A JSON-FG answer is the GeoJSON of the same question, which GDAL reads alike,
// with its type and the time of each feature; in another system the place is there
// and the geometry null.
func TestJSONFG(t *testing.T) {
	const utm = "http://www.opengis.net/def/crs/EPSG/0/32642"
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	type feature struct {
		plainFeature
		Time  any
		Place any
	}
	for _, c := range atlas.Served() {
		var plain struct{ Features []plainFeature }
		decode(t, h, "/api/"+c.ID+".geojson", &plain)
		var fg struct {
			ConformsTo                              []string
			FeatureType, FeatureSchema, CoordRefSys string
			Features                                []feature
			Links                                   []struct{ Rel string }
		}
		target := "/api/collections/" + c.ID + "/items?limit=10000&profile=jsonfg"
		decode(t, h, target, &fg)
		if got := get(t, h, target).Header().Get("Content-Type"); got != "application/vnd.ogc.fg+json" || fg.FeatureType != c.ID || len(fg.ConformsTo) != 2 || len(fg.Links) < 3 {
			t.Errorf("%s: %s, %+v", c.ID, got, fg.ConformsTo)
		}
		read := map[string]plainFeature{}
		for _, f := range readByGDAL(t, saved(t, h, "/api/"+c.ID+".jsonfg", c.ID+".geojson")) {
			read[f.ID] = f
		}
		for i, f := range fg.Features {
			if !reflect.DeepEqual(f.plainFeature, plain.Features[i]) || f.Place != nil {
				t.Fatalf("%s/%s is %+v, %+v in GeoJSON", c.ID, f.ID, f, plain.Features[i])
			}
			sameAsRead(t, c.ID, read[f.ID], plain.Features[i])
			if got, want := encoded(f.Time), timeOf(f.Properties, c); got != want {
				t.Errorf("%s/%s: time %s, want %s", c.ID, f.ID, got, want)
			}
		}
		var moved, there struct {
			CoordRefSys string
			Features    []feature
		}
		decode(t, h, "/api/"+c.ID+".geojson?crs="+utm, &there)
		decode(t, h, "/api/"+c.ID+".jsonfg?crs="+utm, &moved)
		for i, f := range moved.Features {
			if f.Geometry != nil || !reflect.DeepEqual(f.Place, there.Features[i].Geometry) || moved.CoordRefSys != utm {
				t.Fatalf("%s/%s in %s: %v, %v", c.ID, f.ID, moved.CoordRefSys, f.Geometry, f.Place)
			}
		}
	}
	for query, status := range map[string]int{"profile=rfc7946": 200, "profile=other": 400, "f=csv&profile=jsonfg": 400, "f=jsonfg": 200, "f=geojson&profile=jsonfg": 200} {
		if w := get(t, h, "/api/collections/crossings/items?"+query); w.Code != status {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}

// timeOf is the time of a feature by its properties.
func timeOf(properties map[string]any, c *geo.Collection) string {
	text := func(name string) string { s, _ := properties[name].(string); return s }
	day := func(name, precision string, last bool) string {
		p := text(precision)
		date := text(name)
		switch {
		case date == "":
			return ".."
		case p == "month", p == "year":
			parsed, err := geo.ParsePartialDate(date[:map[string]int{"month": 7, "year": 4}[p]])
			if err != nil {
				return err.Error()
			}
			if last {
				return parsed.Last().String()
			}
			return parsed.First().String()
		default:
			return date
		}
	}
	l := c.Lifetime
	from, to := day(l.From, l.FromPrecision, false), day(l.To, l.ToPrecision, true)
	switch {
	case from == ".." && to == "..":
		return "null"
	case from == to:
		return fmt.Sprintf(`{"date":%q}`, from)
	}
	b, err := json.Marshal(map[string]any{"interval": []string{from, to}})
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b))
}
