package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/shapefile"
	"oxus/geo"
)

// running starts a server over a file and returns its address and what stops it.
func running(t *testing.T, arguments ...string) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, arguments...), strings.NewReader(""), io.Discard, w)
		w.Close()
	}()
	address, err := listening(r)
	if err != nil {
		cancel()
		t.Fatalf("the server does not listen: %v, %v", err, <-ended)
	}
	return "http://" + address, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ends with %v", err)
		}
	}
}

// askAs sends a request with a key and returns the answer as JSON.
func askAs(t *testing.T, key, method, url, contentType string, body io.Reader) (status int, answer map[string]any) {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s: %s, %v", method, url, response.Status, err)
	}
	return response.StatusCode, answer
}

// uploadForm is a zipped shapefile of one crossing, made up for this test, as a form.
func uploadForm(t *testing.T) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	if err := w.WriteField("collection", "crossings"); err != nil {
		t.Fatal(err)
	}
	file, err := w.CreateFormFile("file", "crossings.zip")
	if err != nil {
		t.Fatal(err)
	}
	layer := &geo.Table{Name: "crossings", Geometry: geo.Point, Columns: []geo.TableColumn{
		{Name: "name_en", Title: "Name", Type: geo.TableText}, {Name: "summary", Title: "Summary", Type: geo.TableText},
	}}
	err = shapefile.WriteLayer(t.Context(), file, layer, func(yield func(geo.TableRow, error) bool) {
		yield(geo.TableRow{ID: "made-up", Geometry: orb.Point{71.6, 37.5}, Values: []any{"Made up", "Made up for this test."}}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	return body, w.FormDataContentType()
}

// What was uploaded before a stop is staged after the next start, from the folder
// beside the file; what nobody needs any more in it is gone.
func TestImportsOverAStop(t *testing.T) {
	t.Setenv("OXUS_UPLOADS", "")
	t.Setenv("DATABASE_URL", "")
	path := filepath.Join(t.TempDir(), "oxus.gpkg")
	url, stop := running(t, "--file", path, "--max-upload", "100KiB")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"key", "add", "keeper", "--role", "maintainer", "--file", path}, strings.NewReader(""), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(out.String())
	large := bytes.Repeat([]byte("x"), 200<<10)
	if status, answer := askAs(t, key, http.MethodPost, url+"/api/imports", "multipart/form-data; boundary=x", bytes.NewReader(append([]byte("--x\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\ncrossings\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n"), large...))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("200 kB: %d %v", status, answer)
	}
	form, contentType := uploadForm(t)
	status, answer := askAs(t, key, http.MethodPost, url+"/api/imports?stage=false", contentType, form)
	id, _ := answer["id"].(string)
	if status != http.StatusCreated || answer["state"] != "uploaded" {
		t.Fatalf("%d %v", status, answer)
	}
	stop()
	stale := filepath.Join(path+".imports", "receiving-1")
	old := time.Now().Add(-2 * time.Hour)
	if err := errors.Join(os.MkdirAll(stale, 0o700), os.Chtimes(stale, old, old)); err != nil {
		t.Fatal(err)
	}
	url, stop = running(t, "--file", path)
	defer stop()
	entries, err := os.ReadDir(path + ".imports")
	if err != nil || len(entries) != 1 || entries[0].Name() != id {
		t.Errorf("beside the file: %v, %v", entries, err)
	}
	for end := time.Now().Add(20 * time.Second); answer["state"] != "staged"; _, answer = askAs(t, key, http.MethodGet, url+"/api/imports/"+id, "", nil) {
		if time.Now().After(end) {
			t.Fatalf("it is not staged: %v", answer)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if status, answer := askAs(t, key, http.MethodPost, url+"/api/imports/"+id+"/apply", "application/json", strings.NewReader(`{"accept_warnings":true}`)); status != http.StatusOK || answer["state"] != "applied" {
		t.Errorf("%d %v", status, answer)
	}
	if status, answer := askAs(t, key, http.MethodGet, url+"/api/collections/crossings/items/made-up", "", nil); status != http.StatusOK {
		t.Errorf("%d %v", status, answer)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "500MiB": 500 << 20, "2GiB": 2 << 30, "1 TiB": 1 << 40, "100KiB": 100 << 10,
		"": 0, "0": 0, "-1": 0, "1.5GiB": 0, "GiB": 0, "2GB": 0, "9223372036854775807": 1<<63 - 1, "9223372036854775807KiB": 0,
	} {
		var got size
		if err := got.UnmarshalText([]byte(text)); int64(got) != want || (err != nil) != (want == 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func TestBudgets(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1": 1, "64MiB": 64 << 20, "-1": -1, "0KiB": -1, "": -1, "none": -1} {
		got := budget(7)
		if err := got.UnmarshalText([]byte(text)); (err != nil) != (want < 0) || err == nil && int64(got) != want {
			t.Errorf("%q is %d (%v), not %d", text, got, err, want)
		}
	}
	s, _, _, err := parse([]string{"--file", "x", "serve", "--cache", "0"}, io.Discard)
	if err != nil || s.Serve.Cache != 0 {
		t.Errorf("--cache 0: %v, %v", s, err)
	}
	if s, _, _, err = parse([]string{"--file", "x", "serve"}, io.Discard); err != nil || s.Serve.Cache != 64<<20 {
		t.Errorf("the default: %v, %v", s, err)
	}
}
