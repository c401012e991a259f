package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"oxus/data/storetest"
	"oxus/geo"
)

// withKeys gives the store a key of each kind a test needs: key-of-NAME.
func withKeys(t *testing.T, store geo.Keyring) {
	t.Helper()
	for _, k := range []geo.Key{
		{Name: "viewer", Role: geo.Viewer},
		{Name: "editor", Role: geo.Editor},
		{Name: "qgis", Role: geo.Editor, Unconditional: true},
		{Name: "maintainer", Role: geo.Maintainer},
		{Name: "revoked", Role: geo.Admin},
	} {
		k.Digest, k.Created = geo.DigestOf("key-of-"+k.Name), noon()
		if err := store.AddKey(context.Background(), k); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.RevokeKey(context.Background(), "revoked", noon()); err != nil {
		t.Fatal(err)
	}
}

// editing runs a test that writes in every stance.
func editing(t *testing.T, test func(t *testing.T, h http.Handler)) {
	t.Helper()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			atlas := geo.Border()
			store := seeded(t, stance.open, atlas)
			withKeys(t, store)
			test(t, handler(atlas, store, quiet()))
		})
	}
}

const (
	bazaars    = "/api/collections/bazaars/items"
	tem        = bazaars + "/tem-bazaar"
	mergePatch = "application/merge-patch+json"
)

// send sends a body with the key of the editor; headers replace what is usual.
func send(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer key-of-editor")
	r.Header.Set("Content-Type", "application/geo+json")
	if method == http.MethodPatch {
		r.Header.Set("Content-Type", mergePatch)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// sent sends and expects a status.
func sent(t *testing.T, h http.Handler, want int, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	w := send(h, method, target, body, headers...)
	if w.Code != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, target, w.Code, want, w.Body)
	}
	return w
}

type oneFeature struct {
	ID         string
	Geometry   json.RawMessage
	Properties map[string]any
}

func stored(t *testing.T, h http.Handler, target string) oneFeature {
	t.Helper()
	var f oneFeature
	if w := get(t, h, target); w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &f) != nil {
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	return f
}

// newBazaar is a feature that breaks no rule; what is marked can be replaced.
func newBazaar(h http.Handler, t *testing.T) string {
	source, err := json.Marshal(stored(t, h, tem).Properties["sources"])
	if err != nil {
		t.Fatal(err)
	}
	return `{"type":"Feature","geometry":{"type":"Point","coordinates":[71.5,37.5]},"properties":{"name_en":"Test Bazaar – Шуғнон","summary":"Made up for this test.","market_days":"Monday","sources":` + string(source) + `}}`
}

// A feature from its making to its end: what is acknowledged is answered at
// once, and each write is one revision in the name of the key.
func TestWritingOneFeature(t *testing.T) {
	t.Parallel()
	editing(t, func(t *testing.T, h http.Handler) {
		body := newBazaar(h, t)
		made := sent(t, h, http.StatusCreated, http.MethodPost, bazaars, body)
		const at = bazaars + "/test-bazaar"
		if got := made.Header().Get("Location"); got != "https://oxus.test"+at {
			t.Fatalf("it lies at %q", got)
		}
		if other := sent(t, h, http.StatusCreated, http.MethodPost, bazaars, body).Header().Get("Location"); !strings.HasPrefix(other, "https://oxus.test"+at+"-") {
			t.Errorf("the second of a name lies at %q", other)
		}
		tag := made.Header().Get("ETag")
		if f := stored(t, h, at); f.Properties["market_days"] != "Monday" || f.Properties["revision"] != 1.0 || f.Properties["status"] != "unknown" {
			t.Errorf("made: %v", f.Properties)
		}
		patched := sent(t, h, http.StatusOK, http.MethodPatch, at, `{"properties":{"market_days":null,"status":"closed"},"links":null}`, "If-Match", tag)
		f := stored(t, h, at)
		for name, want := range map[string]any{"market_days": nil, "name_en": "Test Bazaar – Шуғнон", "revision": 2.0, "status": "unknown"} {
			if f.Properties[name] != want {
				t.Errorf("patched: %s is %v, want %v", name, f.Properties[name], want)
			}
		}
		sent(t, h, http.StatusPreconditionFailed, http.MethodPut, at, body, "If-Match", tag)
		replaced := sent(t, h, http.StatusOK, http.MethodPut, at, body, "If-Match", `"other", `+patched.Header().Get("ETag"))
		if f := stored(t, h, at); f.Properties["market_days"] != "Monday" || f.Properties["revision"] != 3.0 {
			t.Errorf("replaced: %v", f.Properties)
		}
		sent(t, h, http.StatusNoContent, http.MethodDelete, at, "", "If-Match", replaced.Header().Get("ETag"))
		if w := get(t, h, at); w.Code != http.StatusNotFound {
			t.Errorf("deleted: %d", w.Code)
		}
		sent(t, h, http.StatusNotFound, http.MethodDelete, at, "")
		history := get(t, h, at+"/revisions").Body.String()
		if n := strings.Count(history, `"actor":"editor"`); n != 4 {
			t.Errorf("%d revisions in the name of the key: %s", n, history)
		}
	})
}

// What was got can be sent back, whole or as any part, and changes nothing.
func TestSendingBackChangesNothing(t *testing.T) {
	t.Parallel()
	features := 30
	if storetest.Raced() {
		features = 6
	}
	editing(t, func(t *testing.T, h http.Handler) {
		for _, c := range []string{"crossings", "bazaars", "transmission-lines", "casa-1000", "power-facilities", "incidents"} {
			for _, f := range getFeatures(t, h, fmt.Sprintf("/api/collections/%s/items?limit=%d", c, features)).Features {
				at := "/api/collections/" + c + "/items/" + f.ID
				got := get(t, h, at)
				back := sent(t, h, http.StatusOK, http.MethodPut, at, got.Body.String(), "If-Match", got.Header().Get("ETag"))
				if !bytes.Equal(back.Body.Bytes(), got.Body.Bytes()) {
					t.Fatalf("%s came back as %s\nwas %s", at, back.Body, got.Body)
				}
			}
		}
	})
}

func TestConditions(t *testing.T) {
	editing(t, func(t *testing.T, h http.Handler) {
		body, days := newBazaar(h, t), `{"properties":{"market_days":"Friday"}}`
		sent(t, h, http.StatusPreconditionRequired, http.MethodPatch, tem, days)
		sent(t, h, http.StatusPreconditionFailed, http.MethodPatch, tem, days, "If-Match", "W/"+get(t, h, tem).Header().Get("ETag"))
		sent(t, h, http.StatusPreconditionFailed, http.MethodPatch, tem, days, "If-Match", get(t, h, bazaars+"/ishkoshim-bazaar").Header().Get("ETag"))
		sent(t, h, http.StatusPreconditionFailed, http.MethodPut, tem, body, "If-None-Match", "*")
		sent(t, h, http.StatusPreconditionFailed, http.MethodPut, bazaars+"/nowhere", body, "If-Match", "*")
		sent(t, h, http.StatusCreated, http.MethodPut, bazaars+"/new-one", body, "If-None-Match", "*")
		// The tag of any representation of the present names the same revision,
		// also when another feature was changed since.
		tag := get(t, h, tem+"?datetime=2022-05-01", "Accept", "text/html").Header().Get("ETag")
		sent(t, h, http.StatusOK, http.MethodPatch, bazaars+"/new-one", days, "If-Match", "*")
		sent(t, h, http.StatusOK, http.MethodPatch, tem, days, "If-Match", tag)
		sent(t, h, http.StatusOK, http.MethodPatch, tem, `{"properties":{"market_days":"Sunday"}}`, "Authorization", "Bearer key-of-qgis")
		if got := stored(t, h, tem).Properties["market_days"]; got != "Sunday" {
			t.Errorf("a key that needs no condition wrote %v", got)
		}
	})
}

// What QGIS sends: every field of the layer where it adds, one field or the
// geometry where it changes, never If-Match, and lines as lists of lines.
func TestWhatQGISSends(t *testing.T) {
	t.Parallel()
	editing(t, func(t *testing.T, h http.Handler) {
		const auth, key = "Authorization", "Bearer key-of-qgis"
		var schema struct {
			Properties map[string]struct {
				Type string
				Seq  int `json:"x-ogc-propertySeq"`
			}
		}
		if err := json.Unmarshal(get(t, h, "/api/collections/bazaars/schema").Body.Bytes(), &schema); err != nil {
			t.Fatalf("a property has more than one type: %v", err)
		}
		var f struct {
			Type       string         `json:"type"`
			Geometry   any            `json:"geometry"`
			Properties map[string]any `json:"properties"`
		}
		if err := json.Unmarshal([]byte(newBazaar(h, t)), &f); err != nil {
			t.Fatal(err)
		}
		for name := range schema.Properties {
			if _, filled := f.Properties[name]; !filled && name != "id" && name != "geometry" {
				f.Properties[name] = nil
			}
		}
		body, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		made := sent(t, h, http.StatusCreated, http.MethodPost, bazaars, string(body), auth, key)
		at := strings.TrimPrefix(made.Header().Get("Location"), "https://oxus.test")
		sent(t, h, http.StatusOK, http.MethodPatch, at, `{"properties":{"market_days":"Friday"}}`, auth, key)
		sent(t, h, http.StatusOK, http.MethodPatch, at, `{"geometry":{"coordinates":[71.25,37.5],"type":"Point"}}`, auth, key)
		if f := stored(t, h, at); f.Properties["market_days"] != "Friday" || string(f.Geometry) != `{"type":"Point","coordinates":[71.25,37.5]}` {
			t.Errorf("edited: %s %v", f.Geometry, f.Properties)
		}
		sent(t, h, http.StatusNoContent, http.MethodDelete, at, "", auth, key)

		lines := "/api/collections/transmission-lines/items"
		for _, line := range getFeatures(t, h, lines).Features {
			if !strings.Contains(string(line.Geometry), `"LineString"`) {
				continue
			}
			multi := strings.TrimSuffix(strings.Replace(strings.Replace(string(line.Geometry), `"LineString"`, `"MultiLineString"`, 1), "[[", "[[[", 1), "}") + "]}"
			back := sent(t, h, http.StatusOK, http.MethodPatch, lines+"/"+line.ID, `{"geometry":`+multi+`}`, auth, key)
			if !strings.Contains(back.Body.String(), string(line.Geometry)) || stored(t, h, lines+"/"+line.ID).Properties["revision"] != line.Properties["revision"] {
				t.Errorf("%s has become another: %.200s", line.ID, back.Body)
			}
		}
	})
}

// QGIS 3.40 takes a field for text that is unknown in the first ten features, and
// sends its numbers so: "5" for the fatalities of an incident.
func TestNumbersInTexts(t *testing.T) {
	t.Parallel()
	const incident = "/api/collections/incidents/items/chah-ab-mine-2026-01"
	cases := []struct {
		at, name, text string
		want           any // nil where it is refused
	}{
		{incident, "fatalities_low", "5", 5.0},
		{tem, "structure_length_m", "120.5", 120.5},
		{tem, "built_year", "2e3", 2000.0},
		{tem, "structure_length_m", "1", 1.0},
		{tem, "structure_length_m", "long", nil},
		{tem, "structure_length_m", "", nil},
		{tem, "structure_length_m", " 5", nil},
		{tem, "structure_length_m", "5\n", nil},
		{tem, "structure_length_m", "0x10", nil},
		{tem, "structure_length_m", "1e400", nil},
		{tem, "structure_length_m", "NaN", nil},
		{tem, "structure_length_m", "1,5", nil},
		{tem, "structure_length_m", strings.Repeat("1", 41), nil},
		{tem, "structure_length_m", "true", nil},
		{tem, "built_year", "2004.5", nil},
		{tem, "built_year", "05", nil},
	}
	editing(t, func(t *testing.T, h http.Handler) {
		const auth, key = "Authorization", "Bearer key-of-qgis"
		for _, tc := range cases {
			body, err := json.Marshal(map[string]any{"properties": map[string]any{tc.name: tc.text}})
			if err != nil {
				t.Fatal(err)
			}
			if tc.want == nil {
				w := sent(t, h, http.StatusBadRequest, http.MethodPatch, tc.at, string(body), auth, key)
				if !strings.Contains(w.Body.String(), `"pointer":"/properties/`+tc.name+`","rule":"property-type"`) {
					t.Errorf("%s %q: %s", tc.name, tc.text, w.Body)
				}
				continue
			}
			sent(t, h, http.StatusOK, http.MethodPatch, tc.at, string(body), auth, key)
			if got := stored(t, h, tc.at).Properties[tc.name]; got != tc.want {
				t.Errorf("%s %q is kept as %v", tc.name, tc.text, got)
			}
		}
	})
}

// Of writers who saw the same revision one wins, and the others are told.
func TestOneOfManyWritersWins(t *testing.T) {
	editing(t, func(t *testing.T, h http.Handler) {
		tag := get(t, h, tem).Header().Get("ETag")
		results := make([]int, 8)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() {
				results[i] = send(h, http.MethodPatch, tem, `{"properties":{"market_days":"day `+string(rune('a'+i))+`"}}`, "If-Match", tag).Code
			})
		}
		all.Wait()
		won, lost := 0, 0
		for i, code := range results {
			switch code {
			case http.StatusOK:
				won++
				if got := stored(t, h, tem).Properties["market_days"]; got != "day "+string(rune('a'+i)) {
					t.Errorf("writer %d won, and %v is there", i, got)
				}
			case http.StatusPreconditionFailed:
				lost++
			}
		}
		if won != 1 || lost != len(results)-1 {
			t.Errorf("the writers were told %v", results)
		}
	})
}

// A feature goes with its own status, and stays while others rest on it.
func TestDeletingWithStatus(t *testing.T) {
	t.Parallel()
	editing(t, func(t *testing.T, h http.Handler) {
		before := len(getFeatures(t, h, "/api/status-periods.geojson").Features)
		sent(t, h, http.StatusNoContent, http.MethodDelete, tem, "", "If-Match", "*")
		if after := len(getFeatures(t, h, "/api/status-periods.geojson").Features); after >= before {
			t.Errorf("%d periods are left of %d", after, before)
		}
	})
}

func TestBodiesHaveACeiling(t *testing.T) {
	atlas := geo.Border()
	store := seeded(t, openFile, atlas)
	withKeys(t, store)
	h := handler(atlas, store, quiet())
	sent(t, h, http.StatusRequestEntityTooLarge, http.MethodPost, bazaars, `{"type":"`+strings.Repeat("a", 5<<20)+`"}`)
	for _, body := range []string{"", "{", "[", "null", "1", `"a"`, "[]", strings.Repeat("[", 1<<20), strings.Repeat(`{"a":`, 5000), "\xff", `{"type":"Feature","properties":{"built_year":1e400}}`, `{"geometry":{"type":"Point","coordinates":[[[1]]]}}`, `{"geometry":{"type":"LineString","coordinates":{}}}`} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch} {
			target := bazaars
			if method != http.MethodPost {
				target = tem
			}
			if w := send(h, method, target, body, "If-Match", "*"); w.Code != http.StatusBadRequest || w.Body.Len() > 20_000 {
				t.Errorf("%s %.40q: %d %.300s", method, body, w.Code, w.Body)
			}
		}
	}
}

// A feature can be sent in every system that answers come in, whole or as a
// patch; sent back in one it came in, it has not moved.
func TestWritingInOtherSystems(t *testing.T) {
	t.Parallel()
	editing(t, func(t *testing.T, h http.Handler) {
		at := func(target string) []float64 {
			t.Helper()
			var g struct{ Coordinates []float64 }
			if err := json.Unmarshal(stored(t, h, target).Geometry, &g); err != nil || len(g.Coordinates) != 2 {
				t.Fatalf("%s lies at %v, %v", target, g.Coordinates, err)
			}
			return g.Coordinates
		}
		body := newBazaar(h, t)
		for _, uri := range []string{
			"http://www.opengis.net/def/crs/EPSG/0/4326", "http://www.opengis.net/def/crs/EPSG/0/3857",
			"http://www.opengis.net/def/crs/EPSG/0/32642", "http://www.opengis.net/def/crs/EPSG/0/28412",
		} {
			address := strings.TrimPrefix(sent(t, h, http.StatusCreated, http.MethodPost, bazaars, body).Header().Get("Location"), "https://oxus.test")
			there := at(address + "?crs=" + uri)
			moved := strings.Replace(body, "[71.5,37.5]", fmt.Sprintf("[%.4f,%.4f]", there[0], there[1]), 1)
			if strings.HasSuffix(uri, "4326") {
				moved = strings.Replace(body, "[71.5,37.5]", "[37.5,71.5]", 1)
			}
			tag := get(t, h, address).Header().Get("ETag")
			tag = sent(t, h, http.StatusOK, http.MethodPut, address, moved, "If-Match", tag, "Content-Crs", "<"+uri+">").Header().Get("ETag")
			if p := at(address); p[0] != 71.5 || p[1] != 37.5 || stored(t, h, address).Properties["revision"] != 1.0 {
				t.Errorf("sent back in %s it lies at %v, revision %v", uri, p, stored(t, h, address).Properties["revision"])
			}
			tag = sent(t, h, http.StatusOK, http.MethodPatch, address, `{"properties":{"market_days":"Friday"}}`, "If-Match", tag, "Content-Crs", "<"+uri+">").Header().Get("ETag")
			step := 50.0 // metres
			if strings.HasSuffix(uri, "4326") {
				step = 0.0005
			}
			patch := fmt.Sprintf(`{"geometry":{"coordinates":[%.4f,%.4f]}}`, there[0]+step, there[1])
			sent(t, h, http.StatusOK, http.MethodPatch, address, patch, "If-Match", tag, "Content-Crs", "<"+uri+">")
			if p := at(address); math.Hypot(p[0]-71.5, p[1]-37.5) > 0.002 || p[0] == 71.5 && p[1] == 37.5 {
				t.Errorf("patched in %s it lies at %v", uri, p)
			}
		}
		for uri, place := range map[string]string{
			"http://www.opengis.net/def/crs/EPSG/0/2154":  "[71.5,37.5]",
			"http://www.opengis.net/def/crs/EPSG/0/32642": "[71.5,-1e9]",
			"http://www.opengis.net/def/crs/EPSG/0/4326":  "[137.5,71.5]",
		} {
			sent(t, h, http.StatusBadRequest, http.MethodPost, bazaars, strings.Replace(body, "[71.5,37.5]", place, 1), "Content-Crs", "<"+uri+">")
		}
	})
}
