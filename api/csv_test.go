package api_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
)

// table reads an answer as CSV, with the apostrophes taken back that keep texts
// from being run.
func table(t *testing.T, h http.Handler, target string) (rows []map[string]string, header []string) {
	t.Helper()
	w := get(t, h, target)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%s: %d %s\n%.500s", target, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	body := w.Body.String()
	if n := strings.Count(body, "\r\n"); n == 0 || !strings.HasSuffix(body, "\r\n") {
		t.Errorf("%s: %d records end with CRLF", target, n)
	}
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, cell := range record {
			row[records[0][i]] = disarmed.ReplaceAllString(cell, "$1$2")
		}
		rows = append(rows, row)
	}
	return rows, records[0]
}

var disarmed = regexp.MustCompile("^'('*)([=+\\-@\t\r\n＝＋－＠])")

// Every cell is the value the GeoJSON of the same question has.
func TestTablesEqualGeoJSON(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, c := range geo.Border().Served() {
			for _, filter := range []string{"", "datetime=2022-05-01", "bbox=68,36,71,39&datetime=2021-07-01/2022-06-30&properties=" + c.Properties[0].Name} {
				want := getFeatures(t, h, "/api/"+c.ID+".geojson?"+filter).Features
				for _, target := range []string{"/api/" + c.ID + ".csv?", "/api/collections/" + c.ID + "/items?limit=10000&f=csv&"} {
					rows, header := table(t, h, target+filter)
					if len(rows) != len(want) {
						t.Fatalf("%s%s: %d rows for %d features", target, filter, len(rows), len(want))
					}
					for i, f := range want {
						if len(header) < 2+len(f.Properties) || rows[i]["id"] != f.ID {
							t.Fatalf("%s: %s has columns %v", target, f.ID, header)
						}
						for name, v := range f.Properties {
							if got := rows[i][name]; got != cellOf(v) {
								t.Errorf("%s %s %s: %q, want %q", target, f.ID, name, got, cellOf(v))
							}
						}
						if got, want := placeOf(rows[i]), positionOf(t, f.Geometry); got != want {
							t.Errorf("%s %s lies at %s, want %s", target, f.ID, got, want)
						}
					}
				}
			}
		}
	})
}

// cellOf writes a JSON value as a cell should have it.
func cellOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(text.String())
}

var numbers = regexp.MustCompile(`-?[0-9.]+`)

// placeOf and positionOf write a geometry as its numbers.
func placeOf(row map[string]string) string {
	if wkt, ok := row["wkt"]; ok {
		return strings.Join(numbers.FindAllString(wkt, -1), " ")
	}
	return strings.TrimSpace(row["longitude"] + " " + row["latitude"])
}

func positionOf(t *testing.T, g json.RawMessage) string {
	var geometry struct{ Coordinates json.RawMessage }
	if err := json.Unmarshal(g, &geometry); err != nil {
		t.Error(err)
	}
	return strings.Join(numbers.FindAllString(string(geometry.Coordinates), -1), " ")
}

func TestTablePages(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		whole, _ := table(t, h, "/api/crossings.csv")
		var paged []map[string]string
		next := regexp.MustCompile(`<https://oxus.test([^>]*)>; rel="next"; type="text/csv; charset=utf-8"`)
		for target := "/api/collections/crossings/items?f=csv&limit=7"; target != ""; {
			rows, _ := table(t, h, target)
			paged = append(paged, rows...)
			w := get(t, h, target)
			if got := w.Header().Get("OGC-NumberMatched"); got != fmt.Sprint(len(whole)) {
				t.Errorf("%s: %s of %d matched", target, got, len(whole))
			}
			target = ""
			if m := next.FindStringSubmatch(strings.Join(w.Header().Values("Link"), ", ")); m != nil {
				target = m[1]
			}
		}
		if fmt.Sprint(whole) != fmt.Sprint(paged) || len(whole) < 8 {
			t.Errorf("%d rows in pages, %d as a whole", len(paged), len(whole))
		}
	})
}

func TestFormatIsNegotiated(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	const items = "/api/collections/bazaars/items?limit=1"
	tags := map[string]string{}
	for _, tc := range []struct{ accept, query, want string }{
		{"", "", "application/geo+json"},
		{"*/*", "", "application/geo+json"},
		{"text/html,application/xhtml+xml,*/*;q=0.8", "", "text/html; charset=utf-8"},
		{"text/csv", "", "text/csv; charset=utf-8"},
		{"TEXT/CSV ; header=present; Q=0.5, image/png", "", "text/csv; charset=utf-8"},
		{"text/*", "", "text/csv; charset=utf-8"},
		{"text/csv;q=0.4, application/geo+json;q=0.5", "", "application/geo+json"},
		{"text/csv;q=0, */*;q=0.1", "", "application/geo+json"},
		{"application/geo+json;q=0.1, */*;q=0.2, text/csv;q=0.3", "", "text/csv; charset=utf-8"},
		{"text/csv;q=2, text/csv;q=x", "", "application/geo+json"},
		{"image/png", "", "application/geo+json"},
		{"text/csv", "&f=geojson", "application/geo+json"},
		{"application/json", "&f=csv", "text/csv; charset=utf-8"},
	} {
		w := get(t, h, items+tc.query, "Accept", tc.accept)
		if got := w.Header().Get("Content-Type"); got != tc.want || !strings.Contains(strings.Join(w.Header().Values("Vary"), ", "), "Accept") {
			t.Errorf("Accept: %s with %q gives %s", tc.accept, tc.query, got)
		}
		if tc.query == "" {
			tags[w.Header().Get("ETag")] += tc.want + " "
		}
	}
	if len(tags) != 3 {
		t.Errorf("the three formats have the tags %v", tags)
	}
}

// Texts made to be run by a spreadsheet, to break a record or to be mistaken
// for a text that was made safe.
func TestHostileTextsInTables(t *testing.T) {
	atlas := geo.Border()
	c, err := atlas.Collection("bazaars")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", "\nx", "＝1+1", "'=1+1", "''-1", "'plain", "a,b", `say "no"`, "a\r\nb", " x ", "", "ж", "a=1", "\u2028", "\x00", `\`,
	}
	features := make([]geo.Feature, len(texts))
	for i, text := range texts {
		features[i] = storetest.Feature(c, fmt.Sprintf("f%02d", i))
		features[i].Values[0] = text
		features[i].Sources = []string{text}
	}
	features[0].Geometry = orb.Point{-0.5, 0}
	h := handler(atlas, broken{items: func(yield func(geo.Item, error) bool) {
		for i := range features {
			if !yield(geo.Item{Feature: &features[i]}, nil) {
				return
			}
		}
	}}, quiet())
	rows, _ := table(t, h, "/api/bazaars.csv?bom=true")
	for i, text := range texts {
		// encoding/csv reads CRLF inside a cell as LF.
		if got := rows[i]["name_en"]; got != strings.ReplaceAll(text, "\r\n", "\n") {
			t.Errorf("%q is read back as %q", text, got)
		}
		var sources []string
		if err := json.Unmarshal([]byte(rows[i]["sources"]), &sources); err != nil || sources[0] != text {
			t.Errorf("the list with %q is %s: %v", text, rows[i]["sources"], err)
		}
	}
	body := get(t, h, "/api/bazaars.csv?bom=true").Body.String()
	if !strings.HasPrefix(body, "\ufeffid,name_en,") {
		t.Errorf("it starts with %.20q", body)
	}
	if dangerous := regexp.MustCompile("[,\n]\"?(-[^0-9]|[=+@\t＝＋－＠]|\r[^\n])").FindString(body); dangerous != "" {
		t.Errorf("a spreadsheet would run %q", dangerous)
	}
	if !strings.Contains(body, ",-0.5,0\r\n") {
		t.Error("a number is not as it was")
	}
}

// GDAL opens tables as the guide says.
func TestGDALReadsTables(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Fatal("ogrinfo is not installed: apt-get install gdal-bin")
	}
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, c := range atlas.Served() {
		file := filepath.Join(t.TempDir(), c.ID+".csv")
		w := get(t, h, "/api/"+c.ID+".csv")
		if err := os.WriteFile(file, w.Body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		told, err := exec.CommandContext(context.Background(), "ogrinfo", "-so", "-al", "-oo", "X_POSSIBLE_NAMES=longitude", "-oo", "Y_POSSIBLE_NAMES=latitude", file).CombinedOutput()
		n := len(getFeatures(t, h, "/api/"+c.ID+".geojson").Features)
		for _, want := range []string{fmt.Sprintf("Feature Count: %d\n", n), "Extent: (", c.Properties[0].Name + ": String"} {
			if err != nil || !strings.Contains(string(told), want) {
				t.Errorf("%s: %v, no %q in\n%s", c.ID, err, want, told)
			}
		}
	}
}
