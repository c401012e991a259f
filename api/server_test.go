package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"

	"oxus/api"
	"oxus/geo"
)

// featureCollection is what a test reads of an answer.
type featureCollection struct {
	Features []struct {
		ID         string          `json:"id"`
		Geometry   json.RawMessage `json:"geometry"`
		Properties map[string]any  `json:"properties"`
	} `json:"features"`
	NumberReturned int `json:"numberReturned"`
	Links          []struct{ Href, Rel string }
}

func get(t *testing.T, h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func getFeatures(t *testing.T, h http.Handler, target string) featureCollection {
	t.Helper()
	w := get(t, h, target)
	var fc featureCollection
	if err := json.Unmarshal(w.Body.Bytes(), &fc); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d, %v\n%s", target, w.Code, err, w.Body)
	}
	if fc.NumberReturned != len(fc.Features) {
		t.Errorf("%s: numberReturned %d for %d features", target, fc.NumberReturned, len(fc.Features))
	}
	return fc
}

// inEveryStance runs a test against the seed in every stance.
func inEveryStance(t *testing.T, test func(t *testing.T, h http.Handler)) {
	t.Helper()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			atlas := geo.Border()
			test(t, handler(atlas, seeded(t, stance.open, atlas), quiet()))
		})
	}
}

func TestPagesAreTheWhole(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, question := range []string{"incidents?", "incidents?datetime=2021-07-01/2021-12-31&", "crossings?bbox=60,30,75,40&", "incidents?category=attack&"} {
			name, filter, _ := strings.Cut(question, "?")
			var whole, paged []string
			for _, f := range getFeatures(t, h, "/api/"+name+".geojson?"+strings.TrimSuffix(filter, "&")).Features {
				whole = append(whole, f.ID)
			}
			pages := 0
			for next := "/api/collections/" + name + "/items?" + filter + "limit=7"; next != ""; pages++ {
				fc := getFeatures(t, h, next)
				for _, f := range fc.Features {
					paged = append(paged, f.ID)
				}
				next = ""
				for _, l := range fc.Links {
					if l.Rel == "next" {
						next = strings.TrimPrefix(l.Href, "https://oxus.test")
					}
				}
			}
			if len(whole) == 0 || !slices.Equal(whole, paged) || pages != (len(whole)+6)/7 {
				t.Errorf("%s: %d features in %d pages, %d as a whole", question, len(paged), pages, len(whole))
			}
		}
	})
}

// The status of one bazaar on three days, on every way out.
func TestStatusOnEveryWayOut(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for day, want := range map[string]string{"2022-05-01": "closed", "2023-10-01": "open", "2015-06-01": "unknown"} {
			base := "/api/collections/bazaars/items"
			var one struct{ Properties map[string]any }
			if err := json.Unmarshal(get(t, h, base+"/ishkoshim-bazaar?datetime="+day).Body.Bytes(), &one); err != nil || one.Properties["status"] != want {
				t.Errorf("item on %s: %v, want %s (%v)", day, one.Properties["status"], want, err)
			}
			for _, target := range []string{base + "?datetime=" + day, "/api/bazaars.geojson?datetime=" + day, base + "?status=" + want + "&datetime=" + day} {
				found := false
				for _, f := range getFeatures(t, h, target).Features {
					found = found || f.ID == "ishkoshim-bazaar" && f.Properties["status"] == want
				}
				if !found {
					t.Errorf("%s does not have the bazaar as %s", target, want)
				}
			}
		}
	})
}

// Counts are those of the features the same filters give.
func TestStatsCountWhatItemsGive(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, filter := range []string{"", "&datetime=2022-05-01/2022-05-31", "&datetime=2021-07-01/2022-06-30", "&bbox=70,36,73,39", "&category=attack", "&confidence=disputed&country=Tajikistan"} {
			want := map[string]int{}
			items := getFeatures(t, h, "/api/incidents.geojson?"+strings.TrimPrefix(filter, "&")).Features
			for _, f := range items {
				start, _ := f.Properties["start_date"].(string)
				want[start[:7]]++
			}
			var stats struct {
				Groups []struct {
					Value string
					Count int
				}
				Total int
			}
			if err := json.Unmarshal(get(t, h, "/api/stats/incidents?by=month"+filter).Body.Bytes(), &stats); err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, g := range stats.Groups {
				got[g.Value] = g.Count
			}
			if !maps.Equal(got, want) || stats.Total != len(items) {
				t.Errorf("%s: %v, want %v; total %d of %d", filter, got, want, stats.Total, len(items))
			}
		}
	})
}

func TestConditionalRequests(t *testing.T) {
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, target := range []string{"/api/collections/bazaars/items?limit=2", "/api/collections/bazaars/items/tem-bazaar", "/api/bazaars.geojson"} {
			first := get(t, h, target)
			tag := first.Header().Get("ETag")
			if tag == "" {
				t.Fatalf("%s has no ETag", target)
			}
			again := get(t, h, target, "If-None-Match", `"other", `+tag)
			if again.Code != http.StatusNotModified || again.Body.Len() != 0 || again.Header().Get("ETag") != tag {
				t.Errorf("%s: %d with %d bytes", target, again.Code, again.Body.Len())
			}
			if other := get(t, h, target, "If-None-Match", `W/"0000"`); other.Code != http.StatusOK {
				t.Errorf("%s: another tag gives %d", target, other.Code)
			}
		}
		a := get(t, h, "/api/collections/bazaars/items?limit=2").Header().Get("ETag")
		if b := get(t, h, "/api/collections/bazaars/items?limit=3").Header().Get("ETag"); a == b {
			t.Error("two questions have one tag")
		}
	})
}

func TestCompression(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	plain := get(t, h, "/api/incidents.geojson").Body.Bytes()
	w := get(t, h, "/api/incidents.geojson", "Accept-Encoding", "gzip")
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(packed, plain) {
		t.Errorf("%d bytes unpacked, %d plain, %v", len(packed), len(plain), err)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	atlas := geo.Border()
	server := httptest.NewServer(handler(atlas, seeded(t, openFile, atlas), quiet()))
	defer server.Close()
	for _, target := range []string{"/api", "/api/collections/bazaars/items?limit=1", "/api/bazaars.geojson", "/", "/healthz"} {
		response, err := http.Head(server.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || len(body) > 0 || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %d, %d bytes, %v", target, response.StatusCode, len(body), err)
		}
		response.Body.Close()
	}
}

// Headers a stranger can set change no link.
func TestLinksComeFromTheConfiguration(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, target := range []string{"/api", "/api/collections", "/api/collections/bazaars/items?limit=1", "/api/openapi.json"} {
		w := get(t, h, target, "Host", "evil.test", "X-Forwarded-Host", "evil.test", "Forwarded", "host=evil.test;proto=http", "X-Forwarded-Proto", "gopher")
		if strings.Contains(w.Body.String(), "evil.test") || strings.Contains(w.Body.String(), "gopher") {
			t.Errorf("%s follows a header", target)
		}
	}
}

func TestOpenAPIDocumentIsValid(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	doc, err := openapi3.NewLoader().LoadFromData(get(t, h, "/api/openapi.json").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		if item.Get == nil || item.Get.Security != nil {
			continue // what needs a key is asked with one in tests of its own
		}
		if item.Get.Responses.Value("200").Value.Content["text/event-stream"] != nil {
			continue // TestDataEvents follows it
		}
		target := "/api" + strings.NewReplacer("{id}", "none", "{z}/{y}/{x}", "0/0/0").Replace(path) + "?"
		for _, p := range item.Get.Parameters {
			if p.Value.Required && p.Value.In == "query" {
				value := p.Value.Example
				if enum := p.Value.Schema.Value.Enum; len(enum) > 0 {
					value = enum[0]
				}
				if list, is := value.([]any); is {
					value = list[0] // a list of one
				}
				target += fmt.Sprintf("&%s=%v", p.Value.Name, value)
			}
		}
		if w := get(t, h, target); w.Code != http.StatusOK && !strings.Contains(target, "/none") {
			t.Errorf("%s answers %d", target, w.Code)
		}
	}
	for _, c := range atlas.Served() {
		operation := doc.Paths.Value("/collections/" + c.ID + "/items").Get
		for _, p := range operation.Parameters {
			if value := p.Value.Schema.Value; p.Value.In == "query" && value.Enum != nil {
				target := fmt.Sprintf("/api/collections/%s/items?%s=%v", c.ID, p.Value.Name, value.Enum[0])
				if strings.HasPrefix(p.Value.Description, "With f=csv") {
					target += "&f=csv"
				}
				if w := get(t, h, target); w.Code != http.StatusOK {
					t.Errorf("%s answers %d: %s", target, w.Code, w.Body)
				}
			}
		}
	}
}

// hostile is a sample of what must be refused, never answered with an error of
// the server's own.
var hostile = []string{
	"'", "\"", "';DROP TABLE oxus.crossings;--", "%00", "%25", "..%2f..%2fetc", "%5C", "%E2%80%AE", "{{7*7}}", "<script>alert(1)</script>",
	strings.Repeat("a", 10_000), "-1", "1e309", "9223372036854775808", "NaN", "0x10", "null", "[]", "1;2", "%F0%9F%92%A9", "a%0d%0aX:%20y",
}

func TestHostileValues(t *testing.T) {
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		names := []string{"limit", "bbox", "datetime", "properties", "cursor", "f", "status", "name_en", "built_year", "structure_length_m", "mode", "sortby", "count", "bom", "f=csv&geometry", "f=csv&bom", "skipGeometry", "f=kml&name_en"}
		for _, value := range hostile {
			escaped := value
			if !strings.Contains(value, "%") {
				escaped = url.QueryEscape(value)
			}
			for _, name := range names {
				refused(t, h, "/api/collections/crossings/items?"+name+"="+escaped)
			}
			refused(t, h, "/api/collections/crossings/items?"+escaped+"=1")
			segment := strings.ReplaceAll(escaped, "+", "%20")
			for _, target := range []string{"/api/collections/" + segment, "/api/collections/crossings/items/" + segment, "/api/" + segment + ".geojson", "/api/" + segment + ".csv", "/api/tiles/WebMercatorQuad/" + segment + "/0/0", "/" + segment} {
				refused(t, h, target)
			}
		}
		var many strings.Builder
		for i := range 2000 {
			fmt.Fprintf(&many, "p%d=%d&", i, i)
		}
		refused(t, h, "/api/collections/crossings/items?"+many.String())
	})
}

// refused asks and expects an answer that is the client's fault, or an empty
// one, in problem+json without anything internal.
func refused(t *testing.T, h http.Handler, target string) {
	t.Helper()
	if _, err := url.Parse(target); err != nil {
		return // no HTTP client could send it either
	}
	w := get(t, h, target)
	body := w.Body.String()
	if w.Code >= 500 || w.Code < 200 {
		t.Errorf("%.120s answers %d: %s", target, w.Code, body)
	}
	if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%.120s: an error as %s", target, w.Header().Get("Content-Type"))
	}
	// An answer repeats the request in each of its links, an error never does.
	if w.Code >= 400 && len(body) > 40_000 || len(body) > 40_000+8*len(target) {
		t.Errorf("%.120s: an answer of %d bytes", target, len(body))
	}
	for _, internal := range []string{"SELECT", "oxus.crossings\"", "pgx", "goroutine", "/root/", ".go:"} {
		if w.Code >= 400 && strings.Contains(body, internal) && !strings.Contains(target, internal) {
			t.Errorf("%.120s shows %q: %s", target, internal, body)
		}
	}
}

// broken is a store that fails in the ways a store can.
type broken struct {
	geo.View
	items iter.Seq2[geo.Item, error]
	err   error
}

func (b broken) For(geo.Role) geo.View { return b }

func (b broken) Pinned() geo.Pinned                        { return geo.Pin(b) }
func (b broken) Latest(context.Context) (geo.State, error) { return geo.Beginning(), nil }

func (b broken) At(context.Context, geo.State) (geo.Reader, error) { return b, nil }

func (b broken) Version(context.Context, *geo.Collection) (string, error)    { return "1", nil }
func (b broken) Items(context.Context, geo.Query) iter.Seq2[geo.Item, error] { return b.items }
func (b broken) Ready(context.Context) error                                 { return b.err }
func (b broken) Detail(context.Context, *geo.Collection, string, geo.Date) (*geo.Detail, error) {
	panic("a bug with a password in it")
}

var errInternal = errors.New(`SELECT secret FROM oxus.crossings: connection to 10.0.0.1 refused`)

func TestInternalErrorsStayInside(t *testing.T) {
	for _, tc := range []struct {
		name, target string
		err          error
		status       int
	}{
		{"internal", "/api/collections/bazaars/items", errInternal, 500},
		{"wrapped unavailable", "/api/collections/bazaars/items", fmt.Errorf("x: %w", geo.Errorf(geo.Unavailable, "The store is busy.")), 503},
		{"took too long", "/api/collections/bazaars/items", context.DeadlineExceeded, 503},
		{"panic", "/api/collections/bazaars/items/x", nil, 500},
		{"not ready", "/readyz", errInternal, 503},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			failing := broken{err: tc.err, items: func(yield func(geo.Item, error) bool) { yield(geo.Item{}, tc.err) }}
			h := handler(geo.Border(), failing, slog.New(slog.NewJSONHandler(&log, nil)))
			w := get(t, h, tc.target)
			if w.Code != tc.status || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if strings.Contains(w.Body.String(), "SELECT") || strings.Contains(w.Body.String(), "password") {
				t.Errorf("the client reads %s", w.Body)
			}
			id := w.Header().Get("X-Request-Id")
			if !strings.Contains(w.Body.String(), id) || !strings.Contains(log.String(), id) {
				t.Errorf("the request id %s is not in answer and log:\n%s\n%s", id, w.Body, log.String())
			}
			told := 0
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) {
					told++
					if !strings.Contains(line, id) {
						t.Errorf("a line without the request's id: %s", line)
					}
				}
			}
			if told != 1 {
				t.Errorf("told %d times:\n%s", told, log.String())
			}
		})
	}
}

// An answer that breaks off must not look whole.
func TestBrokenStreamsAreCut(t *testing.T) {
	c, err := geo.Border().Collection("bazaars")
	if err != nil {
		t.Fatal(err)
	}
	failing := broken{items: func(yield func(geo.Item, error) bool) {
		f := geo.Feature{ID: "x", Values: make([]geo.Value, len(c.Properties))}
		for range 1000 { // far more than one chunk
			if !yield(geo.Item{Feature: &f}, nil) {
				return
			}
		}
		yield(geo.Item{}, errInternal)
	}}
	server := httptest.NewServer(handler(geo.Border(), failing, quiet()))
	defer server.Close()
	response, err := http.Get(server.URL + "/api/bazaars.geojson")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("the client reads %d bytes as a whole answer", len(body))
	}
}

func TestExportIsTheDownload(t *testing.T) {
	atlas := geo.Border()
	store := seeded(t, openFile, atlas)
	c, err := atlas.Collection("casa-1000")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := api.Export(context.Background(), &file, store, c, noon()); err != nil {
		t.Fatal(err)
	}
	served := get(t, handler(atlas, store, quiet()), "/api/casa-1000.geojson").Body.Bytes()
	upTo := func(b []byte) []byte { before, _, _ := bytes.Cut(b, []byte(`"links"`)); return before }
	if !bytes.Equal(upTo(file.Bytes()), upTo(served)) {
		t.Error("the export differs from the download")
	}
}

// A request as long as may be is answered, and a longer one refused before anything
// is made of it.
func TestLongRequests(t *testing.T) {
	h := handler(geo.Border(), broken{}, quiet())
	address := "/api/collections/bazaars/items?f="
	longest := address + strings.Repeat("a", 16<<10-len(address)+1) // the ? does not count
	if w := get(t, h, longest); w.Code != http.StatusBadRequest {
		t.Errorf("%d bytes: %d", len(longest), w.Code)
	}
	w := get(t, h, longest+"a")
	if w.Code != http.StatusRequestURITooLong || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), "16384") {
		t.Errorf("one byte more: %d %s", w.Code, w.Body)
	}
}

// The page that documents the API is the built one; without a build there is a
// page that says so.
func TestDocumentationPage(t *testing.T) {
	atlas := geo.Border()
	w := get(t, handler(atlas, broken{}, quiet()), "/api/docs")
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || !strings.Contains(w.Body.String(), "<title>docs</title>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(t, handler(atlas, broken{}, quiet()), "/api/docs?f=json"); w.Code != http.StatusBadRequest {
		t.Errorf("f=json: %d", w.Code)
	}
	bare := api.New(atlas, broken{}, api.Options{BaseURL: "https://oxus.test", Page: fstest.MapFS{}, Now: noon, Log: quiet()})
	if w := get(t, bare, "/api/docs"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("not built: %d %s", w.Code, w.Body)
	}
}
