package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"oxus/geo"
)

// runParquet runs a program of GDAL that has the driver for Parquet: its own, or
// the one that .ci/tools builds for the GDAL of Debian 12, which has none.
func runParquet(t *testing.T, program string, arguments ...string) []byte {
	t.Helper()
	drivers, err := filepath.Abs("../.tools/gdal-parquet")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, arguments...)
	if _, err := os.Stat(drivers); err == nil {
		command.Env = append(os.Environ(), "GDAL_DRIVER_PATH="+drivers)
	}
	var failure bytes.Buffer
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v (GDAL is in the package gdal-bin; where it has no driver for Parquet run .ci/tools)\n%.300s", program, err, failure.Bytes())
	}
	return out
}

// readParquetByGDAL returns the features that GDAL reads from a file, in the order
// of its rows.
func readParquetByGDAL(t *testing.T, file string, box []string) []plainFeature {
	t.Helper()
	arguments := []string{"-f", "GeoJSON", "/vsistdout/", file, "-lco", "COORDINATE_PRECISION=7"}
	if box != nil {
		arguments = append(append(arguments, "-spat"), box...)
	}
	var got struct{ Features []plainFeature }
	if err := json.Unmarshal(runParquet(t, "ogr2ogr", arguments...), &got); err != nil {
		t.Fatal(err)
	}
	return got.Features
}

// GDAL reads from GeoParquet the values, places and order of the GeoJSON of the same
// question, whatever is asked and in every stance, and in a box what the server finds.
func TestGDALReadsGeoParquet(t *testing.T) {
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		found := 0
		for _, q := range parquetQuestions(geo.Border()) {
			asked := q.address + "?" + q.query
			read := readParquetByGDAL(t, saved(t, h, in("parquet", q.address, q.query), "features.parquet"), q.box)
			if q.box != nil {
				q.query += "&bbox=" + strings.Join(q.box, ",")
			}
			var want struct{ Features []plainFeature }
			decode(t, h, in("geojson", q.address, q.query), &want)
			if len(read) != len(want.Features) {
				t.Fatalf("%s: GDAL reads %d features of %d", asked, len(read), len(want.Features))
			}
			found += len(read)
			for i, f := range want.Features {
				if read[i].Properties["id"] != f.ID {
					t.Errorf("%s: feature %d is %v, want %s", asked, i, read[i].Properties["id"], f.ID)
				}
				if strings.Contains(q.query, "skipGeometry") {
					f.Geometry = nil
				}
				sameAsRead(t, asked, asServed(read[i], f), f)
			}
		}
		if found < 300 {
			t.Errorf("no more than %d features are compared", found)
		}
	})
}

// gdalDay is how GDAL writes a date into GeoJSON.
var gdalDay = regexp.MustCompile(`^(\d{4})/(\d\d)/(\d\d)$`)

// asServed writes what GDAL read as the server does: dates with hyphens, and a line
// as one, which GDAL makes a list of lines where others are.
func asServed(read, f plainFeature) plainFeature {
	for name, v := range read.Properties {
		if text, isText := v.(string); isText {
			read.Properties[name] = gdalDay.ReplaceAllString(text, "$1-$2-$3")
		}
	}
	got, _ := read.Geometry.(map[string]any)
	want, _ := f.Geometry.(map[string]any)
	if lines, _ := got["coordinates"].([]any); got["type"] == "MultiLineString" && want["type"] == "LineString" && len(lines) == 1 {
		read.Geometry = map[string]any{"type": "LineString", "coordinates": lines[0]}
	}
	return read
}

// gdalField is a line in which ogrinfo tells of a field.
var gdalField = regexp.MustCompile(`(?m)^([a-z0-9_.]+): (\w+) \(`)

// GDAL takes each column for what the schema names, and knows where the places lie.
func TestGDALKnowsTheTypesOfGeoParquet(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	seen := map[string]bool{}
	for _, c := range atlas.Served() {
		var schema struct {
			Properties map[string]struct{ Type, Format string }
		}
		decode(t, h, "/api/collections/"+c.ID+"/schema", &schema)
		want := map[string]string{"bbox.xmin": "Real", "bbox.ymin": "Real", "bbox.xmax": "Real", "bbox.ymax": "Real"}
		for name, p := range schema.Properties {
			if name == "geometry" {
				continue
			}
			kind := p.Type
			if p.Format == "date" {
				kind = p.Format
			}
			want[name] = map[string]string{"string": "String", "integer": "Integer64", "number": "Real", "date": "Date", "array": "StringList"}[kind]
			seen[kind] = true
		}
		told := string(runParquet(t, "ogrinfo", "-ro", "-so", "-al", saved(t, h, "/api/"+c.ID+".parquet", c.ID+".parquet")))
		got := map[string]string{}
		for _, field := range gdalField.FindAllStringSubmatch(told, -1) {
			got[field[1]] = field[2]
		}
		for name := range want { // GDAL 3.9 and later keep the columns of the box to themselves
			if _, told := got[name]; !told && strings.HasPrefix(name, "bbox.") {
				delete(want, name)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the fields are %v, want %v", c.ID, got, want)
		}
		if !strings.Contains(told, "Geometry Column = geometry") || !strings.Contains(told, `GEOGCRS["WGS 84`) {
			t.Errorf("%s: no places in longitude and latitude:\n%s", c.ID, told)
		}
	}
	if len(seen) != 5 {
		t.Errorf("no more types than %v are seen", seen)
	}
}
