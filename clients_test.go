package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
)

// witness is a server and what was asked of it.
type witness struct {
	t       *testing.T
	address string
	mu      sync.Mutex
	asked   []*url.URL
}

func witnessed(t *testing.T, store geo.Store) *witness {
	t.Helper()
	w := &witness{t: t}
	w.address = served(t, store, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.mu.Lock()
			w.asked = append(w.asked, r.URL)
			w.mu.Unlock()
			h.ServeHTTP(rw, r)
		})
	})
	return w
}

// forget begins to note requests anew.
func (w *witness) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = nil
}

// questions are the requests for items of a collection since forget, but for the
// first, with which GDAL looks at the fields.
func (w *witness) questions(collection string) []url.Values {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []url.Values
	for _, u := range w.asked {
		if u.Path == "/api/collections/"+collection+"/items" {
			list = append(list, u.Query())
		}
	}
	return list[min(1, len(list)):]
}

// ids are those of the features an address answers with, over one page.
func (w *witness) ids(path string, question url.Values) []string {
	w.t.Helper()
	response, err := http.Get(w.address + path + "?" + question.Encode())
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	var page struct {
		Features []struct{ ID string }
		Detail   string
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("%s?%s: %s %v %s", path, question.Encode(), response.Status, err, page.Detail)
	}
	found := make([]string, len(page.Features))
	for i, f := range page.Features {
		found[i] = f.ID
	}
	return found
}

// items are the ids of all features of a collection that answer a question.
func (w *witness) items(collection string, pairs ...string) []string {
	w.t.Helper()
	question := url.Values{"limit": {"10000"}}
	for i := 0; i < len(pairs); i += 2 {
		question.Set(pairs[i], pairs[i+1])
	}
	return w.ids("/api/collections/"+collection+"/items", question)
}

// client runs a program, in whose arguments ADDRESS is the server, and returns
// what it prints. GDAL says on standard error what it could not do.
func (w *witness) client(install, name string, arguments ...string) string {
	w.t.Helper()
	for i := range arguments {
		arguments[i] = strings.ReplaceAll(arguments[i], "ADDRESS", w.address)
	}
	var told strings.Builder
	command := exec.CommandContext(w.t.Context(), name, arguments...)
	command.Stderr = &told
	out, err := command.Output()
	if err != nil || strings.Contains(told.String(), "ERROR") {
		w.t.Fatalf("%s %s: %v (%s)\n%.2000s", name, strings.Join(arguments, " "), err, install, told.String())
	}
	return string(out)
}

func (w *witness) gdal(tool string, arguments ...string) string {
	w.t.Helper()
	return w.client("apt-get install gdal-bin", tool, arguments...)
}

func (w *witness) python(program string, arguments ...string) string {
	w.t.Helper()
	return w.client(languages["python"].install, languages["python"].command, append([]string{"testdata/clients/" + program}, arguments...)...)
}

// table is what ogr2ogr makes of a source: the rows under the names.
func (w *witness) table(arguments ...string) (rows []map[string]string) {
	w.t.Helper()
	printed := csv.NewReader(strings.NewReader(w.gdal("ogr2ogr", append([]string{"-f", "CSV", "/vsistdout/"}, arguments...)...)))
	printed.FieldsPerRecord = -1 // GDAL ends a header of one field with a comma
	lines, err := printed.ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, line := range lines[min(1, len(lines)):] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

func column(rows []map[string]string, name string) []string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = row[name]
	}
	return list
}

// wantSame compares lists of ids, whatever their order.
func wantSame(t *testing.T, about string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d features, want %d\n%.600v\n%.600v", about, len(got), len(want), got, want)
	}
}

// seededStore is a store of a stance with the curated dataset.
func seededStore(t *testing.T, stance string) geo.Store {
	t.Helper()
	store := stances[stance](t)
	p := &program{settings: &settings{}, log: quietLog(), atlas: geo.Border()}
	if err := p.fillWithSeed(context.Background(), store, "auto"); err != nil {
		t.Fatal(err)
	}
	return store
}

const many = 2600

// manyStore is a store with invented incidents: many pages of them, of which the
// first have no figures and whole metres only, so that no types can be guessed
// from them.
func manyStore(t *testing.T, stance string) geo.Store {
	t.Helper()
	c, err := geo.Border().Collection("incidents")
	if err != nil {
		t.Fatal(err)
	}
	day, err := geo.ParseDate("2021-01-01")
	if err != nil {
		t.Fatal(err)
	}
	change := geo.Change{Actor: "tester", Note: "invented for this test", Sources: []geo.Source{{ID: "invented", Publisher: "Nobody", Title: "Invented for a test"}}}
	places := make([]orb.Point, many) // in the order that features come in
	for i := range places {
		places[i] = orb.Point{66 + float64(i%60)/10, 36 + float64(i/60)/10}
	}
	slices.SortFunc(places, func(a, b orb.Point) int { return cmp.Compare(geo.HilbertKeyOf(a), geo.HilbertKeyOf(b)) })
	for i := range many {
		f := storetest.Feature(c, fmt.Sprintf("invented-%04d", i))
		f.Values, f.Sources = slices.Clone(f.Values), []string{"invented"}
		f.Geometry = places[i]
		f.Values[c.PropertyIndex("title")] = fmt.Sprintf("Invented incident %d", i)
		f.Values[c.PropertyIndex("position_accuracy_m")] = float64(100)
		if i >= 1200 {
			f.Values[c.PropertyIndex("fatalities_low")] = int64(i % 7)
			f.Values[c.PropertyIndex("position_accuracy_m")] = 100.5
			f.Lifetime = geo.Lifetime{From: geo.On(day + geo.Date(i%1000)), To: geo.On(day + geo.Date(i%1000))}
		}
		change.Features = append(change.Features, geo.Put{Collection: c, Feature: f})
	}
	store := stances[stance](t)
	if err := store.Apply(context.Background(), change); err != nil {
		t.Fatal(err)
	}
	return store
}

var clientStances = []string{"file", "postgis"}

// GDAL's layers are the collections, each with its features and their types.
func TestGDALKnowsTheCollections(t *testing.T) {
	w := witnessed(t, seededStore(t, "file"))
	atlas := geo.Border()
	var want []string
	for _, c := range atlas.Served() {
		want = append(want, c.ID)
	}
	var got []string
	for _, layer := range regexp.MustCompile(`(?m)^\d+: (\S+) `).FindAllStringSubmatch(w.gdal("ogrinfo", "-ro", "-q", "OAPIF:ADDRESS/api"), -1) {
		got = append(got, layer[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("the layers are %v, want %v", got, want)
	}
	for _, c := range atlas.Served() {
		wantFields(t, c, w.gdal("ogrinfo", "-ro", "-so", "OAPIF:ADDRESS/api", c.ID), len(w.items(c.ID)))
	}
}

var fieldTypes = [...]string{
	geo.Text: "String", geo.Integer: "Integer", geo.Number: "Real", geo.TextList: "StringList", geo.Partial: "String",
}

// wantFields compares ogrinfo's summary of a layer with its declaration.
func wantFields(t *testing.T, c *geo.Collection, summary string, count int) {
	t.Helper()
	if !strings.Contains(summary, fmt.Sprintf("Feature Count: %d\n", count)) {
		t.Errorf("%s should have %d features:\n%s", c.ID, count, summary)
	}
	want := map[string]string{"id": "String", c.Lifetime.From: "Date", c.Lifetime.To: "Date"}
	if c.HasStatus() {
		want["status"], want["status_since"], want["status_until"], want["status_sources"] = "String", "Date", "Date", "StringList"
	}
	for i := range c.Properties {
		want[c.Properties[i].Name] = fieldTypes[c.Properties[i].Type]
	}
	delete(want, "")
	for name, kind := range want {
		if !strings.Contains(summary, "\n"+name+": "+kind+" (") {
			t.Errorf("%s should have %s as %s:\n%s", c.ID, name, kind, summary)
		}
	}
}

// GDAL reads all pages, each once, and takes no types from the first of them.
func TestGDALReadsEveryPage(t *testing.T) {
	c, err := geo.Border().Collection("incidents")
	if err != nil {
		t.Fatal(err)
	}
	for _, stance := range clientStances {
		t.Run(stance, func(t *testing.T) {
			w := witnessed(t, manyStore(t, stance))
			wantFields(t, c, w.gdal("ogrinfo", "-ro", "-so", "-oo", "PAGE_SIZE=1000", "OAPIF:ADDRESS/api", "incidents"), many)
			w.forget()
			rows := w.table("OAPIF:ADDRESS/api", "incidents", "-oo", "PAGE_SIZE=600", "-select", "id,fatalities_low,position_accuracy_m")
			ids := column(rows, "id")
			wantSame(t, "all pages", ids, w.items("incidents"))
			if slices.Sort(ids); len(slices.Compact(ids)) != many {
				t.Errorf("%d different ids of %d features", len(slices.Compact(ids)), many)
			}
			if pages := w.questions("incidents"); len(pages) < 5 || pages[4].Get("cursor") == "" {
				t.Errorf("the pages asked for are %v", pages)
			}
			last := rows[many-1]
			if last["fatalities_low"] != strconv.Itoa((many-1)%7) || last["position_accuracy_m"] != "100.5" {
				t.Errorf("the last feature is read as %v", last)
			}
		})
	}
}

// What GDAL is told to look for is looked for by the server.
func TestGDALFiltersOnTheServer(t *testing.T) {
	for _, stance := range clientStances {
		t.Run(stance, func(t *testing.T) {
			seeded, crowded := witnessed(t, seededStore(t, stance)), witnessed(t, manyStore(t, stance))
			for _, tc := range []struct {
				of                 *witness
				collection, option string
				value, filter      string
			}{
				{seeded, "crossings", "-where", "status = 'closed'", "status = 'closed'"},
				{seeded, "incidents", "-where", "category = 'closure' OR NOT category <> 'border_fire'", "category = 'closure' OR category = 'border_fire'"},
				{seeded, "crossings", "-where", "name_en LIKE '%bridge%' AND built_year > 2005", "name_en LIKE '%bridge%' AND built_year > 2005"},
				{seeded, "crossings", "-where", "name_en ILIKE '%BRIDGE%'", "CASEI(name_en) LIKE CASEI('%bridge%')"},
				{seeded, "crossings", "-where", "structure_length_m BETWEEN 99.3 AND 216", "structure_length_m BETWEEN 99.3 AND 216"},
				{seeded, "crossings", "-where", "built_year IS NULL", "built_year IS NULL"},
				{seeded, "incidents", "-where", "start_date >= '2022-01-01' AND start_date < '2022/07/01'", "start_date >= DATE('2022-01-01') AND start_date < DATE('2022-07-01')"},
				{seeded, "status-periods", "-where", "end = '2021-07-31'", "end = DATE('2021-07-31')"},
				{seeded, "incidents", "-where", "title = 'no such ''title'''", "title = 'no such ''title'''"},
				{crowded, "incidents", "-where", "fatalities_low = 3", "fatalities_low = 3"},
				{crowded, "incidents", "-where", "start_date > '2023-01-01'", "start_date > DATE('2023-01-01')"},
				{crowded, "incidents", "-sql", "SELECT * FROM incidents WHERE position_accuracy_m > 100.25", "position_accuracy_m > 100.25"},
			} {
				tc.of.t = t
				tc.of.forget()
				arguments := []string{"OAPIF:ADDRESS/api", "-oo", "PAGE_SIZE=1000", tc.option, tc.value}
				if tc.option == "-where" {
					arguments = append(arguments, tc.collection)
				}
				got := column(tc.of.table(arguments...), "id")
				asked := tc.of.questions(tc.collection)
				wantSame(t, tc.value, got, tc.of.items(tc.collection, "filter", tc.filter))
				if len(asked) == 0 || asked[0].Get("filter-lang") != "cql-text" || asked[0].Get("filter") == "" {
					t.Errorf("%s was asked of the server as %v", tc.value, asked)
				}
			}
		})
	}
}

// A box and an id go to the server as such; what GDAL keeps for itself is right
// as well.
func TestGDALBoxesAndIDs(t *testing.T) {
	w := witnessed(t, seededStore(t, "file"))
	for _, box := range []string{"70 36.5 72 38.5", "66 36 69 38", "0 0 1 1"} {
		for _, collection := range []string{"crossings", "incidents"} {
			w.forget()
			got := column(w.table(append([]string{"OAPIF:ADDRESS/api", collection, "-spat"}, strings.Fields(box)...)...), "id")
			asked := w.questions(collection)
			wantSame(t, collection+" in "+box, got, w.items(collection, "bbox", strings.ReplaceAll(box, " ", ",")))
			if len(asked) == 0 || asked[0].Get("bbox") == "" {
				t.Errorf("%s was asked of the server as %v", box, asked)
			}
		}
	}
	wantSame(t, "an id", column(w.table("OAPIF:ADDRESS/api", "crossings", "-where", "id = 'tem-demogan'"), "id"), []string{"tem-demogan"})
	wantSame(t, "IN", column(w.table("OAPIF:ADDRESS/api", "crossings", "-where", "status IN ('closed', 'open')"), "id"),
		w.items("crossings", "filter", "status IN ('closed', 'open')"))
}

// A decoded tile holds what lies in its box and the buffer of 1/32 around it, and
// nothing beyond, where the items are.
func TestGDALDecodesTiles(t *testing.T) {
	w := witnessed(t, seededStore(t, "file"))
	for _, tile := range []struct{ z, y, x int }{{5, 12, 22}, {6, 25, 44}, {7, 49, 88}, {8, 98, 177}} {
		for _, collection := range []string{"crossings", "incidents", "transmission-lines"} {
			for _, target := range []string{
				fmt.Sprintf("/api/tiles/WebMercatorQuad/%d/%d/%d?datetime=2023-01-01/..", tile.z, tile.y, tile.x),
				fmt.Sprintf("/api/collections/%s/tiles/WebMercatorQuad/%d/%d/%d?datetime=2023-01-01/..", collection, tile.z, tile.y, tile.x),
			} {
				w.decodes(target, collection, tile.z, tile.y, tile.x)
			}
		}
	}
}

func (w *witness) decodes(target, collection string, z, y, x int) {
	w.t.Helper()
	in := func(buffer float64) []string {
		n := math.Exp2(float64(z))
		lon := func(column float64) float64 { return column/n*360 - 180 }
		lat := func(row float64) float64 { return math.Atan(math.Sinh(math.Pi*(1-2*row/n))) * 180 / math.Pi }
		left, right, top, bottom := float64(x)-buffer, float64(x)+1+buffer, float64(y)-buffer, float64(y)+1+buffer
		return w.items(collection, "datetime", "2023-01-01/..", "bbox", fmt.Sprintf("%.9f,%.9f,%.9f,%.9f", lon(left), lat(bottom), lon(right), lat(top)))
	}
	file := filepath.Join(w.t.TempDir(), "tile.pbf")
	w.fetch(target, file)
	arguments := []string{
		"MVT:" + file, collection, "-oo", fmt.Sprintf("Z=%d", z), "-oo", fmt.Sprintf("Y=%d", y), "-oo", fmt.Sprintf("X=%d", x), "-oo", "METADATA_FILE=", "-oo", "CLIP=NO", "-select", "id",
	}
	inside, around := in(1.0/32-2.0/4096), in(1.0/32+2.0/4096)
	if len(around) == 0 {
		return // and no layer
	}
	got := column(w.table(arguments...), "id")
	for _, id := range inside {
		if !slices.Contains(got, id) {
			w.t.Errorf("%s lacks %s", target, id)
		}
	}
	for _, id := range got {
		if !slices.Contains(around, id) {
			w.t.Errorf("%s has %s, which lies elsewhere", target, id)
		}
	}
	if len(inside) == 0 || collection == "transmission-lines" {
		return
	}
	w.placed(collection, w.table(append(arguments, "-t_srs", "EPSG:4326", "-lco", "GEOMETRY=AS_XY")...), 360/math.Exp2(float64(z))/4096)
}

// placed holds points of a tile against the items, to a unit of the tile.
func (w *witness) placed(collection string, rows []map[string]string, unit float64) {
	w.t.Helper()
	exact := map[string][2]float64{}
	for _, row := range w.table("OAPIF:ADDRESS/api", collection, "-select", "id", "-lco", "GEOMETRY=AS_XY", "-oo", "PAGE_SIZE=1000") {
		exact[row["id"]] = position(row)
	}
	for _, row := range rows {
		got, want := position(row), exact[row["id"]]
		if math.Abs(got[0]-want[0]) > unit || math.Abs(got[1]-want[1]) > unit {
			w.t.Errorf("%s lies at %v in the tile and at %v", row["id"], got, want)
		}
	}
}

func position(row map[string]string) (p [2]float64) {
	for i, name := range []string{"X", "Y"} {
		v, err := strconv.ParseFloat(row[name], 64)
		if err != nil {
			v = math.NaN()
		}
		p[i] = v
	}
	return p
}

func (w *witness) fetch(target, file string) {
	w.t.Helper()
	response, err := http.Get(w.address + target)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	to, err := os.Create(file)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := to.ReadFrom(response.Body); errors.Join(err, to.Close()) != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s %v", target, response.Status, err)
	}
}

// OWSLib finds what the address itself answers.
func TestOWSLibReads(t *testing.T) {
	for _, stance := range clientStances {
		t.Run(stance, func(t *testing.T) {
			w := witnessed(t, seededStore(t, stance))
			var got struct {
				Collections, Queryables, Schema, Conforms             []string
				BBox, Datetime, Limit, Property, Filter, JSON, Sorted []string
				Title, OpenAPI, Item                                  string
				Pages                                                 [][]string
			}
			if err := json.Unmarshal([]byte(w.python("owslib_reads.py", "ADDRESS/api")), &got); err != nil {
				t.Fatal(err)
			}
			if got.Title != "Border crossings" || got.OpenAPI == "" || got.Item != "Tem – Demogan" || len(got.Collections) != len(geo.Border().Served()) {
				t.Errorf("OWSLib sees %+v", got)
			}
			for _, name := range []string{"id", "geometry", "status", "built_year", "valid_from"} {
				if !slices.Contains(got.Queryables, name) || !slices.Contains(got.Schema, name) {
					t.Errorf("OWSLib sees no %s in %v or %v", name, got.Queryables, got.Schema)
				}
			}
			if !slices.Contains(got.Conforms, "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core") {
				t.Errorf("OWSLib sees %v", got.Conforms)
			}
			for _, same := range []struct{ got, want []string }{
				{got.BBox, w.items("crossings", "bbox", "70,36.5,72,38.5")},
				{got.Datetime, w.items("incidents", "datetime", "2022-01-01/2022-12-31")},
				{got.Limit, w.items("incidents", "limit", "7")},
				{got.Property, w.items("incidents", "category", "closure")},
				{got.JSON, w.items("incidents", "category", "closure")},
				{got.Filter, w.items("incidents", "filter", "category = 'closure' AND start_date >= '2023-01-01'")},
				{got.Sorted, w.items("incidents", "sortby", "-start_date", "limit", "9")},
				{slices.Concat(got.Pages...), w.items("incidents")},
			} {
				if !slices.Equal(same.got, same.want) || len(same.got) == 0 {
					t.Errorf("OWSLib finds %v, want %v", same.got, same.want)
				}
			}
			if len(got.Pages) != 4 {
				t.Errorf("OWSLib reads %d pages of 40, of 150 features", len(got.Pages))
			}
		})
	}
}

// geopandas reads the same rows from a page and from each file, in the right
// system, typed as far as the format tells types.
func TestGeopandasReads(t *testing.T) {
	w := witnessed(t, seededStore(t, "file"))
	addresses := []string{
		"ADDRESS/api/collections/crossings/items?limit=1000", "ADDRESS/api/crossings.geojson", "ADDRESS/api/crossings.fgb", "ADDRESS/api/crossings.gpkg",
	}
	var read []struct {
		CRS   string
		Types map[string]string
		Rows  map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(w.python("geopandas_reads.py", addresses...)), &read); err != nil {
		t.Fatal(err)
	}
	want := w.rows("crossings", "name_en", "status", "built_year", "structure_length_m", "status_since")
	for i, frame := range read {
		if frame.CRS != "EPSG:4326" {
			t.Errorf("%s is in %s", addresses[i], frame.CRS)
		}
		for name, kind := range map[string]string{"built_year": "float64", "structure_length_m": "float64", "status_since": "datetime64[ms]", "status": "str", "geometry": "geometry"} {
			if frame.Types[name] != kind {
				t.Errorf("%s: %s is %s, want %s", addresses[i], name, frame.Types[name], kind)
			}
		}
		if typed := i >= 2; typed && frame.Types["valid_to"] != "datetime64[ms]" { // of which nothing is known
			t.Errorf("%s: valid_to is %s", addresses[i], frame.Types["valid_to"])
		}
		if got, same := fmt.Sprint(frame.Rows), fmt.Sprint(want); got != same || len(frame.Rows) == 0 {
			t.Errorf("%s is read as\n%s\nwant\n%s", addresses[i], got, same)
		}
	}
}

// rows are the features of a collection with some properties and, of a point, its
// place.
func (w *witness) rows(collection string, properties ...string) map[string]map[string]any {
	w.t.Helper()
	response, err := http.Get(w.address + "/api/collections/" + collection + "/items?limit=10000")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	var page struct {
		Features []struct {
			ID         string
			Properties map[string]any
			Geometry   *struct{ Coordinates []any }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		w.t.Fatal(err)
	}
	rows := map[string]map[string]any{}
	for _, f := range page.Features {
		row := map[string]any{"place": nil}
		if f.Geometry != nil {
			row["place"] = f.Geometry.Coordinates
		}
		for _, name := range properties {
			row[name] = f.Properties[name]
		}
		rows[f.ID] = row
	}
	return rows
}
