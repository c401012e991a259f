package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"oxus/geo"
)

// A sequence holds the features of the GeoJSON of the same question, each as one
// text of RFC 8142.
func TestSequencesEqualGeoJSON(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, c := range geo.Border().Served() {
			for _, filter := range []string{"", "datetime=2022-05-01", "bbox=68,36,71,39&skipGeometry=true&properties=" + c.Properties[0].Name} {
				var want struct{ Features []any }
				decode(t, h, "/api/"+c.ID+".geojson?"+filter, &want)
				for _, target := range []string{"/api/" + c.ID + ".geojsonseq?", "/api/collections/" + c.ID + "/items?limit=10000&f=geojsonseq&"} {
					got := sequenceOf(t, h, target+filter)
					if len(got) != len(want.Features) || len(got) > 0 && !reflect.DeepEqual(got, want.Features) {
						t.Errorf("%s%s: %d features of the sequence are not the %d of the collection", target, filter, len(got), len(want.Features))
					}
				}
			}
		}
	})
}

func sequenceOf(t *testing.T, h http.Handler, target string) (features []any) {
	t.Helper()
	w := get(t, h, target)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/geo+json-seq" {
		t.Fatalf("%s: %d %s\n%.500s", target, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	for i, text := range bytes.Split(w.Body.Bytes(), []byte{0x1e}) {
		if i == 0 {
			if len(text) > 0 {
				t.Errorf("%s: %q stands before the first record", target, text)
			}
			continue
		}
		if !bytes.HasSuffix(text, []byte("}\n")) {
			t.Errorf("%s: record %d does not end with a line feed", target, i)
		}
		var f any
		unmarshal(t, text, &f)
		features = append(features, f)
	}
	return features
}

func unmarshal(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v\n%.300s", err, text)
	}
}

// A page goes on in another format: alternate of its alternate is itself, and
// the features of both are the same.
func TestAlternatesAreTheSamePage(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, stances[0].open, atlas), quiet())
	type page struct {
		Features []struct{ ID string }
		Links    []struct{ Rel, Href, Type string }
	}
	linked := func(p page, rel, mediaType string) string {
		for _, l := range p.Links {
			if l.Rel == rel && l.Type == mediaType {
				return strings.TrimPrefix(l.Href, "https://oxus.test")
			}
		}
		t.Fatalf("no %s of type %s among %v", rel, mediaType, p.Links)
		return ""
	}
	var first, second page
	decode(t, h, "/api/collections/crossings/items?limit=5", &first)
	decode(t, h, linked(first, "next", "application/geo+json"), &second)
	if len(second.Features) != 5 {
		t.Fatalf("the second page has %d features", len(second.Features))
	}
	rows, _ := table(t, h, linked(second, "alternate", "text/csv"))
	for i, f := range sequenceOf(t, h, linked(second, "alternate", "application/geo+json-seq")) {
		if id := f.(map[string]any)["id"]; id != second.Features[i].ID || rows[i]["id"] != id {
			t.Errorf("feature %d is %s as GeoJSON, %s in the sequence, %s in the table", i, second.Features[i].ID, id, rows[i]["id"])
		}
	}
	if w := get(t, h, "/api/crossings.csv?bom=true&datetime=2022-05-01"); w.Header().Get("Content-Disposition") != `inline; filename="crossings_2022-05-01.csv"` {
		t.Errorf("the file is called %s", w.Header().Get("Content-Disposition"))
	}
}

// GDAL reads from a sequence what it reads from the collection.
func TestGDALReadsSequences(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Fatal("ogr2ogr is not installed: apt-get install gdal-bin")
	}
	atlas := geo.Border()
	h := handler(atlas, seeded(t, stances[0].open, atlas), quiet())
	for _, id := range []string{"crossings", "transmission-lines", "incidents"} {
		told := map[string]string{}
		for _, extension := range []string{"geojson", "geojsonseq"} {
			file := filepath.Join(t.TempDir(), id+"."+extension)
			if err := os.WriteFile(file, get(t, h, "/api/"+id+"."+extension).Body.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "ogr2ogr", "-f", "CSV", "/vsistdout/", file, "-lco", "GEOMETRY=AS_WKT").CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			told[extension] = string(out)
		}
		if told["geojson"] != told["geojsonseq"] || strings.Count(told["geojson"], "\n") < 5 {
			t.Errorf("%s: GDAL reads otherwise from the sequence: %s", id, firstDifference([]byte(told["geojsonseq"]), []byte(told["geojson"])))
		}
	}
}
