package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"oxus/api"
	"oxus/data/geopackage"
	"oxus/geo"
)

// readParquet is what analysts run: geopandas over pyarrow. It takes files and boxes
// and tells what it reads, in the order of the rows.
const readParquet = `
import datetime, json, sys
import geopandas, numpy, pandas, pyarrow.parquet, shapely

def plain(v):
    if isinstance(v, numpy.ndarray):
        return [plain(x) for x in v]
    if isinstance(v, (datetime.date, pandas.Timestamp)):
        return v.isoformat()
    if pandas.isna(v):
        return None
    return v.item() if isinstance(v, numpy.generic) else v

def read(file, box):
    frame = geopandas.read_parquet(file, bbox=box)
    if box:
        frame = frame[frame.intersects(shapely.box(*box))]
    schema = pyarrow.parquet.read_schema(file)
    return {
        "crs": frame.crs.to_string(),
        "types": {name: str(schema.field(name).type) for name in schema.names},
        "geo": json.loads(schema.metadata[b"geo"]),
        "features": [{
            "id": row["id"],
            "geometry": None if row["geometry"] is None else shapely.geometry.mapping(row["geometry"]),
            "properties": {name: plain(row[name]) for name in frame.columns if name not in ("id", "geometry", "bbox")},
        } for row in frame.to_dict("records")],
    }

json.dump([read(q["File"], q["Box"]) for q in json.load(sys.stdin)], sys.stdout)
`

// parquetFile is a file to read, of all of it or of a box.
type parquetFile struct {
	File string
	Box  []float64
}

type readFile struct {
	CRS   string
	Types map[string]string
	Geo   struct {
		Columns map[string]struct {
			Types []string `json:"geometry_types"`
			BBox  []float64
		}
	}
	Features []plainFeature
}

// readByPython returns what geopandas reads from files.
func readByPython(t *testing.T, files []parquetFile) []readFile {
	t.Helper()
	python, err := filepath.Abs("../.tools/python/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("Python with geopandas and pyarrow is not there (%v): run .ci/tools", err)
	}
	question, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, "-c", readParquet)
	command.Stdin = bytes.NewReader(question)
	var failure bytes.Buffer
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v (if a module is missing, run .ci/tools)\n%s", err, failure.Bytes())
	}
	var read []readFile
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	if len(read) != len(files) {
		t.Fatalf("%d files of %d are read", len(read), len(files))
	}
	return read
}

// parquetQuestion is what a file answers, and a box to read of it: all without one.
type parquetQuestion struct {
	address, query string
	box            []string
}

func parquetQuestions(atlas *geo.Atlas) []parquetQuestion {
	var questions []parquetQuestion
	for _, c := range atlas.Served() {
		questions = append(questions, parquetQuestion{"/api/" + c.ID, "datetime=2022-05-01", nil}, parquetQuestion{"/api/" + c.ID, "datetime=2022-05-01", []string{"68.5", "36.5", "70", "38"}})
	}
	for _, asked := range []string{
		"/api/incidents?datetime=2021-08-01/2021-12-31&category=closure", "/api/crossings?filter=" + url.QueryEscape("status = 'closed' AND name_en LIKE '%an%'"),
		"/api/bazaars?properties=name_en,alt_names,status_since&status=closed&datetime=2022-05-01", "/api/crossings?skipGeometry=true", "/api/incidents?bbox=69,36,71,38",
		"/api/crossings?near=casa-1000&within=50000", "/api/power-facilities?datetime=1900-01-01", "/api/status-periods?as-recorded=2026-11-23T12:00:00Z",
		"/api/crossings?as-recorded=2000-01-01T00:00:00Z", "/api/collections/incidents/items?limit=7&sortby=-title", "/api/collections/transmission-lines/items?limit=2",
	} {
		address, query, _ := strings.Cut(asked, "?")
		questions = append(questions, parquetQuestion{address, query, nil})
	}
	return questions
}

// geopandas reads from GeoParquet the values, places and order of the GeoJSON of the
// same question, whatever is asked, and by the boxes in it finds what the server finds.
func TestGeopandasReadsGeoParquet(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	questions := parquetQuestions(atlas)
	var files []parquetFile
	for _, q := range questions {
		files = append(files, parquetFile{saved(t, h, in("parquet", q.address, q.query), "features.parquet"), numbersOf(t, q.box)})
	}
	found := 0
	for i, read := range readByPython(t, files) {
		q := questions[i]
		query := q.query
		if q.box != nil {
			query += "&bbox=" + strings.Join(q.box, ",")
		}
		var want struct{ Features []plainFeature }
		decode(t, h, in("geojson", q.address, query), &want)
		if read.CRS != "OGC:CRS84" || len(read.Features) != len(want.Features) {
			t.Fatalf("%s?%s: %d features of %d in %s", q.address, query, len(read.Features), len(want.Features), read.CRS)
		}
		for n, f := range want.Features {
			if read.Features[n].ID != f.ID || len(read.Features[n].Properties) != len(f.Properties) {
				t.Errorf("%s?%s: feature %d is %s with %d properties, want %s with %d", q.address, query, n, read.Features[n].ID, len(read.Features[n].Properties), f.ID, len(f.Properties))
			}
			sameAsRead(t, q.address, read.Features[n], f)
		}
		if found += len(want.Features); q.box == nil {
			sameTypes(t, q.address+"?"+query, read, want.Features)
		}
	}
	if found < 300 {
		t.Errorf("no more than %d features are compared", found)
	}
}

func numbersOf(t *testing.T, texts []string) []float64 {
	t.Helper()
	var list []float64
	for _, text := range texts {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

// in is the address of an answer in a format: a file, or a page.
func in(format, address, query string) string {
	if strings.HasSuffix(address, "/items") {
		return address + "?f=" + format + "&" + query
	}
	return address + "." + format + "?" + query
}

// sameTypes compares the types of geometries that a file tells with those it holds.
func sameTypes(t *testing.T, asked string, read readFile, features []plainFeature) {
	t.Helper()
	want := []string{}
	for _, f := range features {
		if g, placed := f.Geometry.(map[string]any); placed && !slices.Contains(want, g["type"].(string)) {
			want = append(want, g["type"].(string))
		}
	}
	slices.Sort(want)
	about := read.Geo.Columns["geometry"]
	if !slices.Equal(about.Types, want) || (len(about.BBox) == 4) != (len(want) > 0) {
		t.Errorf("%s: the metadata tell of %v in %v, want %v", asked, about.Types, about.BBox, want)
	}
}

// pyarrow finds the type that the schema names for each property.
func TestGeoParquetIsTyped(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	var files []parquetFile
	for _, c := range atlas.Served() {
		files = append(files, parquetFile{saved(t, h, "/api/"+c.ID+".parquet", c.ID+".parquet"), nil})
	}
	seen := map[string]bool{}
	for i, read := range readByPython(t, files) {
		id := atlas.Served()[i].ID
		var schema struct {
			Properties map[string]struct{ Type, Format, Role string }
		}
		decode(t, h, "/api/collections/"+id+"/schema", &schema)
		want := map[string]string{"id": "string", "geometry": "binary", "bbox": "struct<xmin: double not null, ymin: double not null, xmax: double not null, ymax: double not null>"}
		for name, p := range schema.Properties {
			if name == "id" || name == "geometry" {
				continue
			}
			kind := p.Type
			if p.Format == "date" {
				kind = p.Format
			}
			want[name] = map[string]string{"string": "string", "integer": "int64", "number": "double", "date": "date32[day]", "array": "list<element: string not null>"}[kind]
			seen[kind] = true
		}
		if !reflect.DeepEqual(read.Types, want) {
			t.Errorf("%s: the types are %v, want %v", id, read.Types, want)
		}
	}
	if len(seen) != 5 {
		t.Errorf("no more types than %v are seen", seen)
	}
}

// A file is the same from every stance, goes out as it is, and is named by what it
// holds and of which day.
func TestGeoParquetFiles(t *testing.T) {
	atlas := geo.Border()
	for _, asked := range []string{"/api/crossings.parquet?datetime=2022-05-01", "/api/incidents.parquet?datetime=2022-05-01&bbox=66,35,72,39"} {
		var first []byte
		for _, stance := range stances {
			h := handler(atlas, seeded(t, stance.open, atlas), quiet())
			r := httptest.NewRequest(http.MethodGet, asked, nil)
			r.Header.Set("Accept-Encoding", "gzip, zstd")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			name := strings.TrimPrefix(strings.Split(asked, ".")[0], "/api/") + "_2022-05-01.parquet"
			for header, want := range map[string]string{"Content-Type": "application/vnd.apache.parquet", "Content-Encoding": "", "Content-Disposition": `inline; filename="` + name + `"`} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s, %s: %s is %q", stance.name, asked, header, got)
				}
			}
			if first == nil {
				first = w.Body.Bytes()
			}
			if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), first) || !bytes.HasPrefix(first, []byte("PAR1")) {
				t.Errorf("%s, %s: %d with %d bytes, %d elsewhere", stance.name, asked, w.Code, w.Body.Len(), len(first))
			}
		}
	}
}

// GeoParquet is had by Accept, in longitude and latitude alone.
func TestGeoParquetIsNegotiated(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	r := httptest.NewRequest(http.MethodGet, "/api/collections/crossings/items?limit=2", nil)
	r.Header.Set("Accept", "application/vnd.apache.parquet, application/json;q=0.5")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Header().Get("Content-Type") != "application/vnd.apache.parquet" || !strings.Contains(w.Header().Get("Link"), `rel="next"; type="application/vnd.apache.parquet"`) {
		t.Errorf("%d %s, %s", w.Code, w.Header().Get("Content-Type"), w.Header().Get("Link"))
	}
	w = get(t, h, "/api/crossings.parquet?crs="+url.QueryEscape(epsg+"32642"))
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "parquet holds longitude and latitude alone") {
		t.Errorf("in a zone: %d %s", w.Code, w.Body)
	}
}

// Files that are made before they go out keep nobody from one that is sent as it is
// made, and of those there are only so many at once too.
func TestFilesWaitForThoseOfTheirKind(t *testing.T) {
	atlas := geo.Border()
	store := seeded(t, openFile, atlas)
	begun, release := make(chan string, 100), make(chan struct{})
	hold := func(format string) geo.TableWriter {
		return func(_ context.Context, w io.Writer, _ *geo.Table, _ iter.Seq2[geo.TableRow, error]) error {
			begun <- format
			<-release
			_, err := io.WriteString(w, format)
			return err
		}
	}
	h := api.New(atlas, store, api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet(), GeoPackage: hold("gpkg"), GeoParquet: hold("parquet"), Shapefile: hold("shp.zip")})
	done := make(chan *httptest.ResponseRecorder, 100)
	ask := func(ctx context.Context, format string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/crossings."+format, nil).WithContext(ctx))
		done <- w
	}
	const asked = 20
	for range asked {
		go ask(t.Context(), "gpkg")
		go ask(t.Context(), "parquet")
	}
	at := map[string]int{}
	count := func(most int, patience time.Duration) {
		for range most {
			select {
			case format := <-begun:
				at[format]++
			case <-time.After(patience):
				return
			}
		}
	}
	count(18, 10*time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	go ask(ctx, "parquet")
	cancel() // who waits can leave
	count(2*asked, 100*time.Millisecond)
	if at["gpkg"] != 2 || at["parquet"] != 16 {
		t.Errorf("begun at once: %v", at)
	}
	close(release)
	failed := 0
	for range 2*asked + 1 {
		if w := <-done; w.Code != http.StatusOK || w.Body.Len() == 0 { // who left is told nothing
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d got no file, want who left alone", failed)
	}
}

// Who reads a file slowly that was made whole keeps nobody from having another made.
func TestSlowReadersOfFilesKeepNobodyOut(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	h := api.New(atlas, seeded(t, openFile, atlas), api.Options{
		BaseURL: "https://oxus.test", Now: noon, Log: quiet(), GeoPackage: geopackage.WriteLayer, Load: api.NewLoad(api.Limits{Wait: 10 * time.Second}),
	})
	for _, target := range []string{"/api/incidents.gpkg", "/api/incidents.fgb"} {
		reads := make(chan struct{})
		var wait sync.WaitGroup
		for range 3 { // more than there are places for files of the kind
			slow := &unread{ResponseRecorder: httptest.NewRecorder(), begun: make(chan struct{}), reads: reads}
			wait.Go(func() {
				h.ServeHTTP(slow, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody))
			})
			select {
			case <-slow.begun:
			case <-time.After(30 * time.Second):
				t.Fatalf("%s is not begun while others read", target)
			}
			if slow.Code != http.StatusOK {
				t.Errorf("%s: %d", target, slow.Code)
			}
		}
		close(reads)
		wait.Wait()
	}
}
