package geopackage

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// GDAL is what QGIS reads and writes the file with.
func TestGDALReadsEveryRow(t *testing.T) {
	f := filled(t)
	read := func() {
		t.Helper()
		listing := gdal(t, "ogrinfo", "-ro", f.path)
		for _, layer := range f.layout.tables {
			if !regexp.MustCompile(`(?m)^\d+: ` + layer.name + `\b`).MatchString(listing) {
				t.Errorf("GDAL does not list %s:\n%s", layer.name, listing)
			}
			rows := gdal(t, "ogrinfo", "-ro", f.path, layer.name)
			var want int
			if err := f.reader.QueryRow("SELECT count(*) FROM " + quoted(layer.name)).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(rows, "OGRFeature("); got != want || !strings.Contains(rows, "Feature Count: "+strconv.Itoa(want)) {
				t.Errorf("GDAL reads %d rows of %s, want %d", got, layer.name, want)
			}
		}
		posts := gdal(t, "ogrinfo", "-ro", f.path, "posts", "-where", "name LIKE 'Мост%'")
		for _, want := range []string{
			"Мост «Панҷ» — پل", "POINT (67.12345678901", "order (Integer64) = -9007199254740993",
			"valid_to (Date) = 2021/08/12", "valid_to_precision (String) = month",
		} {
			if !strings.Contains(posts, want) {
				t.Errorf("GDAL does not show %s:\n%s", want, posts)
			}
		}
		if within := gdal(t, "ogrinfo", "-ro", "-so", f.path, "power_lines", "-spat", "-8", "-9", "-4", "-5"); !strings.Contains(within, "Feature Count: 1") {
			t.Errorf("a box finds:\n%s", within)
		}
		if domain := gdal(t, "ogrinfo", "-ro", "-fielddomain", "posts_kind", f.path); !strings.Contains(domain, "open: It's open") {
			t.Errorf("the code list:\n%s", domain)
		}
	}
	read()
	if err := f.writer.Close(); err != nil {
		t.Fatal(err)
	}
	read() // and as it is without the writer
}

func TestGDALEdits(t *testing.T) {
	f := filled(t)
	start := len(history(t, f, 0))
	version := load(t, f).Versions["posts"]
	sql := func(statement string) { t.Helper(); gdal(t, "ogrinfo", "-q", f.path, "-sql", statement) }
	sql(`UPDATE posts SET name = 'edited in GDAL' WHERE id = 'a'`)
	sql(`DELETE FROM posts WHERE id = 'b'`)
	added := filepath.Join(t.TempDir(), "posts.geojson")
	content := `{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[69.5,37.5,1200]},
		"properties":{"id":"drawn","name":"Нав","order":7,"valid_from":"2024-02-29","sources":"[\"s-1\"]"}}]}`
	if err := os.WriteFile(added, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	gdal(t, "ogr2ogr", "-append", "-dim", "XY", "-nln", "posts", f.path, added)
	sql(`UPDATE posts SET geom = (SELECT geom FROM posts WHERE id = 'drawn') WHERE id = 'a'`)
	var got []string
	for _, r := range history(t, f, start) {
		got = append(got, fmt.Sprint(r.id, " ", r.action, " ", r.actor))
	}
	want := []string{"a update file edit", "b delete file edit", "drawn insert file edit", "a update file edit"}
	if !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
	ds := load(t, f)
	if a := feature(t, ds, "posts", "a"); a.Revision != 3 || a.Values[0] != "edited in GDAL" || a.Geometry != (orb.Point{69.5, 37.5}) {
		t.Errorf("%+v", a)
	}
	drawn := feature(t, ds, "posts", "drawn")
	if drawn.Geometry != (orb.Point{69.5, 37.5}) || drawn.Revision != 1 || drawn.Lifetime.From != partial(t, "2024-02-29") || !slices.Equal(drawn.Sources, []string{"s-1"}) {
		t.Errorf("%+v", drawn)
	}
	if ds.Versions["posts"] == version {
		t.Error("the version did not change")
	}
	apply(t, f, put(t, f, "posts", drawn, 1))
	if err := f.Apply(t.Context(), put(t, f, "posts", feature(t, ds, "posts", "a"), 1)); geo.KindOf(err) != geo.Conflict {
		t.Errorf("an edit from outside does not raise the revision: %v", err)
	}
}

func TestBorderIsLaidOut(t *testing.T) {
	f := open(t, tempPath(t), geo.Border())
	listing := gdal(t, "ogrinfo", "-ro", f.path)
	for _, layer := range []string{"crossings (Point)", "transmission_lines", "casa_1000", "incidents (Point)", "status_periods (None)", "sources (None)", "revisions (None)"} {
		if !strings.Contains(listing, layer) {
			t.Errorf("%s is missing:\n%s", layer, listing)
		}
	}
}
