package geojson_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"oxus/data/geojson"
	"oxus/data/layertest"
	"oxus/geo"
)

// gdal runs one of GDAL's tools, which make files and are the oracle for them.
func gdal(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%s is needed to make and check the files of this test; install GDAL's tools, on Debian: apt-get install gdal-bin", tool)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// madeUp are rows made up for this test.
const madeUp = `wkt,name,count,ratio,day
"POINT (71.5 37.5)",Хорог,1,1.5,2022-05-01
"LINESTRING Z (71 37 1200,72 38 2100)","Ишкошим, ""мост""",,,
"MULTIPOLYGON (((0 0,4 0,4 4,0 0),(2 1,3 1,3 2,2 1)),((5 5,6 5,6 6,5 5)))",,-7,-0.25,1999-12-31
`

// What GDAL writes in each form is read as GDAL reads it.
func TestAsGDALReads(t *testing.T) {
	in := write(t, "in.csv", madeUp)
	if err := os.WriteFile(in+"t", []byte(`"WKT","String(40)","Integer","Real","Date"`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, options := range map[string][]string{
		"rfc7946.geojson": {"-f", "GeoJSON", "-lco", "RFC7946=YES"},
		"old.geojson":     {"-f", "GeoJSON", "-a_srs", "EPSG:32642"},
		"lines.geojsonl":  {"-f", "GeoJSONSeq"},
		"rs.geojsonseq":   {"-f", "GeoJSONSeq", "-lco", "RS=YES"},
	} {
		out := filepath.Join(t.TempDir(), name)
		gdal(t, "ogr2ogr", append(options, out, in, "-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO", "-nln", "made")...)
		f, err := geojson.Open(out, geojson.Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		l := f.Layers()[0]
		if want := map[bool]string{true: "EPSG:32642", false: "OGC:CRS84"}[name == "old.geojson"]; l.CRS() != want {
			t.Errorf("%s is in %q", name, l.CRS())
		}
		compare(t, name, l, out)
	}
}

// compare holds each value and coordinate against what ogr2ogr makes of the file.
func compare(t *testing.T, name string, l *geojson.Layer, path string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "oracle.json")
	gdal(t, "ogr2ogr", "-f", "GeoJSON", out, path, "-lco", "SIGNIFICANT_FIGURES=17")
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var oracle struct {
		Features []struct {
			Geometry   struct{ Coordinates any }
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(data, &oracle); err != nil {
		t.Fatal(err)
	}
	records := layertest.MustRead(t, l)
	if len(records) != len(oracle.Features) || len(records) != 3 || l.Len() != 3 {
		t.Fatalf("%s: %d records, GDAL has %d", name, len(records), len(oracle.Features))
	}
	for i, r := range records {
		for j, f := range l.Fields() {
			want := oracle.Features[i].Properties[f.Name]
			if day, ok := want.(string); ok && f.Name == "day" {
				want = strings.ReplaceAll(day, "/", "-")
			}
			if n, ok := r.Values[j].(int64); ok {
				r.Values[j] = float64(n)
			}
			if got := r.Values[j]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s, record %d, %s: %v, GDAL has %v", name, i+1, f.Name, got, want)
			}
		}
		if got, want := r.Geometry.FlatCoords(), numbers(oracle.Features[i].Geometry.Coordinates, nil); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s, record %d: %v, GDAL has %v", name, i+1, got, want)
		}
		if _, err := geo.Flatten(r.Geometry); err != nil {
			t.Error(err)
		}
	}
}

func numbers(v any, into []float64) []float64 {
	switch v := v.(type) {
	case float64:
		return append(into, v)
	case []any:
		for _, e := range v {
			into = numbers(e, into)
		}
	}
	return into
}
