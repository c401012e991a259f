package delimited_test

import (
	"encoding/csv"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"oxus/data/delimited"
	"oxus/data/layertest"
)

// gdal runs one of GDAL's tools, which make files and are the oracle for them.
func gdal(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%s is needed to make and check the files of this test; install GDAL's tools, on Debian: apt-get install gdal-bin", tool)
	}
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// What GDAL writes, with each separator and way to write a place, is read as
// GDAL reads it. The rows are made up for this test.
func TestAsGDALReads(t *testing.T) {
	in := write(t, "wkt,name,note\nPOINT (71.5 37.25),\"Хорог, \"\"мост\"\"\",\"two\nlines; and a bar |\"\nPOINT (-68.125 38),Ванҷ,\n")
	for _, separator := range []string{"COMMA", "SEMICOLON", "TAB"} {
		for _, place := range []string{"AS_WKT", "AS_XY", "AS_YX"} {
			for _, ends := range []string{"LF", "CRLF"} {
				name := separator + " " + place + " " + ends
				out := filepath.Join(t.TempDir(), "out.csv")
				gdal(t, "ogr2ogr", "-f", "CSV", out, in, "-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO",
					"-lco", "SEPARATOR="+separator, "-lco", "GEOMETRY="+place, "-lco", "LINEFORMAT="+ends, "-lco", "WRITE_BOM="+map[bool]string{true: "YES", false: "NO"}[ends == "CRLF"])
				f, err := delimited.Open(out, delimited.Options{})
				if err != nil {
					t.Fatal(name, err)
				}
				l := f.Layers()[0]
				oracle, err := csv.NewReader(strings.NewReader(gdal(t, "ogr2ogr", "-f", "CSV", "/vsistdout/", out, "-select", "name,note"))).ReadAll()
				if err != nil {
					t.Fatal(name, err)
				}
				records := layertest.MustRead(t, l)
				if len(records) != len(oracle)-1 || names(l) != "name|note" {
					t.Fatalf("%s: %d records, fields %s; GDAL has %v", name, len(records), names(l), oracle)
				}
				for i, r := range records {
					for j, v := range r.Values {
						if text, _ := v.(string); text != oracle[i+1][j] {
							t.Errorf("%s: %q, GDAL has %q", name, text, oracle[i+1][j])
						}
					}
				}
				if got := fmt.Sprint(records[0].Geometry.FlatCoords(), records[1].Geometry.FlatCoords()); got != "[71.5 37.25] [-68.125 38]" {
					t.Errorf("%s: %s", name, got)
				}
			}
		}
	}
}
