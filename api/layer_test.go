package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"oxus/geo"
)

// GDAL reads from a GeoPackage the values and places of the GeoJSON of the same
// question, and finds by its index what lies in a box.
func TestGDALReadsGeoPackages(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, c := range atlas.Served() {
		file := saved(t, h, "/api/"+c.ID+".gpkg?datetime=2022-05-01", c.ID+".gpkg")
		if out, err := exec.CommandContext(t.Context(), "ogrinfo", "-ro", "-so", "-al", file).CombinedOutput(); err != nil || strings.Contains(string(out), "Warning") || strings.Contains(string(out), "ERROR") {
			t.Errorf("%s: %v %s", c.ID, err, out)
		}
		for _, box := range []string{"", "68.5 36.5 70 38"} {
			address, options := "/api/"+c.ID+".geojson?datetime=2022-05-01", []string(nil)
			if box != "" {
				if c.Geometry == geo.NoGeometry {
					continue
				}
				address += "&bbox=" + strings.ReplaceAll(box, " ", ",")
				options = append([]string{"-spat"}, strings.Fields(box)...)
			}
			var want struct{ Features []plainFeature }
			decode(t, h, address, &want)
			got := map[string]plainFeature{}
			for _, f := range readByGDAL(t, file, options...) {
				got[f.Properties["id"].(string)] = f
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

// saved keeps an answer as a file.
func saved(t *testing.T, h http.Handler, target, name string) string {
	t.Helper()
	w := get(t, h, target)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, w.Body.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// GDAL reads from a zipped shapefile the values and places of the GeoJSON, but for
// texts of more than 254 bytes, which are cut between characters and named.
func TestGDALReadsShapefiles(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	cuts := 0
	for _, c := range atlas.Served() {
		var want struct{ Features []plainFeature }
		decode(t, h, "/api/"+c.ID+".geojson?datetime=2022-05-01", &want)
		file := saved(t, h, "/api/"+c.ID+".shp.zip?datetime=2022-05-01", c.ID+".shp.zip")
		members := unzipped(t, file)
		properties := map[string]string{}
		rows, err := csv.NewReader(bytes.NewReader(members["fields.csv"])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if len(row[0]) > 10 || properties[row[0]] != "" {
				t.Errorf("%s: the field %q", c.ID, row[0])
			}
			properties[row[0]] = row[1]
		}
		got := map[string]plainFeature{}
		for _, part := range []string{"points", "lines", "unlocated"} {
			if members[c.ID+"_"+part+".dbf"] == nil {
				continue
			}
			for _, f := range readByGDAL(t, file, c.ID+"_"+part) {
				read := plainFeature{Geometry: f.Geometry, Properties: map[string]any{}}
				for field, value := range f.Properties {
					read.Properties[properties[field]] = value
				}
				got[read.Properties["id"].(string)] = read
			}
		}
		if len(got) != len(want.Features) || len(got) == 0 {
			t.Errorf("%s: GDAL reads %d features of %d", c.ID, len(got), len(want.Features))
		}
		for _, f := range want.Features {
			for name, value := range f.Properties {
				text, told := written(value), written(got[f.ID].Properties[name])
				if len(text) > 254 {
					cuts++
					if !strings.HasPrefix(text, told) || len(told) < 251 || !bytes.Contains(members["notes.txt"], []byte(f.ID+", "+name)) {
						t.Errorf("%s/%s: %s is cut to %q", c.ID, f.ID, name, told)
					}
					got[f.ID].Properties[name] = value
				}
			}
			sameAsRead(t, c.ID, got[f.ID], f)
		}
	}
	if cuts == 0 {
		t.Error("no text is too long for a field")
	}
}

// written is a value as its column writes it into a text.
func written(v any) string {
	if text, isText := v.(string); isText {
		return text
	}
	if _, isList := v.([]any); !isList {
		return ""
	}
	return encoded(v)
}

func unzipped(t *testing.T, file string) map[string][]byte {
	t.Helper()
	r, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	members := map[string][]byte{}
	for _, f := range r.File {
		opened, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if members[f.Name], err = io.ReadAll(opened); err != nil {
			t.Fatal(err)
		}
		opened.Close()
	}
	return members
}

func encoded(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}
