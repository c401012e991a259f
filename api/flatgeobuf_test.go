package api_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"oxus/geo"
)

type plainFeature struct {
	ID         string
	Geometry   any
	Properties map[string]any
}

// readByGDAL returns the features that GDAL reads from a file.
func readByGDAL(t *testing.T, file string, options ...string) []plainFeature {
	t.Helper()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Fatal("ogr2ogr is not installed: apt-get install gdal-bin")
	}
	options = append([]string{"-f", "GeoJSON", "/vsistdout/", file, "-lco", "COORDINATE_PRECISION=7"}, options...)
	out, err := exec.CommandContext(t.Context(), "ogr2ogr", options...).Output()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var got struct{ Features []plainFeature }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	return got.Features
}

// GDAL reads from FlatGeobuf the values and places of the GeoJSON of the same
// question, and finds by the index what the server finds in the same box.
func TestGDALReadsFlatGeobuf(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, c := range atlas.Served() {
		file := filepath.Join(t.TempDir(), c.ID+".fgb")
		if err := os.WriteFile(file, get(t, h, "/api/"+c.ID+".fgb?datetime=2022-05-01").Body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, box := range []string{"", "68.5 36.5 70 38"} {
			var want struct{ Features []plainFeature }
			address, options := "/api/"+c.ID+".geojson?datetime=2022-05-01", []string(nil)
			if box != "" {
				address += "&bbox=" + strings.ReplaceAll(box, " ", ",")
				options = append([]string{"-spat"}, strings.Fields(box)...)
			}
			decode(t, h, address, &want)
			got := map[string]plainFeature{}
			for _, f := range readByGDAL(t, file, options...) {
				got[f.Properties["feature_id"].(string)] = f
			}
			if len(got) != len(want.Features) || box == "" && len(got) == 0 {
				t.Errorf("%s in %q: GDAL reads %d features of %d", c.ID, box, len(got), len(want.Features))
			}
			for _, f := range want.Features {
				sameAsRead(t, c.ID, got[f.ID], f)
			}
		}
	}
}

func sameAsRead(t *testing.T, collection string, read, f plainFeature) {
	t.Helper()
	if !samePlace(read.Geometry, f.Geometry) {
		t.Errorf("%s: %s at %v is read at %v", collection, f.ID, f.Geometry, read.Geometry)
	}
	for name, value := range f.Properties {
		told := read.Properties[name]
		if text, isText := told.(string); isText {
			if _, isList := value.([]any); isList && json.Unmarshal([]byte(text), &told) != nil {
				t.Errorf("%s/%s: %s is no list: %q", collection, f.ID, name, text)
			}
		}
		if !sameCell(told, value) {
			t.Errorf("%s/%s: %s is %v, read as %v", collection, f.ID, name, value, told)
		}
	}
}
