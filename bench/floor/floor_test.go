package floor_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"oxus/bench/floor"
)

// The bare handler answers with what it was given, typed and packed as it was, and writes as
// many bytes as it is asked for.
func TestEcho(t *testing.T) {
	t.Parallel()
	h := floor.Echo()
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/geo+json")
		r.Header.Set("Content-Encoding", "gzip")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask(http.MethodPut, "/body/A-0", "packed"); w.Code != http.StatusNoContent {
		t.Fatalf("a body was not taken: %d", w.Code)
	}
	w := ask(http.MethodGet, "/body/A-0", "")
	for name, want := range map[string]string{"Content-Type": "application/geo+json", "Content-Encoding": "gzip", "Content-Length": "6"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if w.Body.String() != "packed" {
		t.Errorf("the body is %q", w.Body)
	}
	if w := ask(http.MethodGet, "/stream?bytes=100001", ""); w.Code != http.StatusOK || w.Body.Len() != 100001 {
		t.Errorf("a stream has %d bytes, status %d", w.Body.Len(), w.Code)
	}
	for path, want := range map[string]int{"/body/B": http.StatusNotFound, "/stream?bytes=-1": http.StatusBadRequest, "/stream": http.StatusBadRequest} {
		if w := ask(http.MethodGet, path, ""); w.Code != want {
			t.Errorf("%s answers %d, want %d", path, w.Code, want)
		}
	}
}

// Where there is no database the program says so, and it takes no address that is none.
func TestSQLWithoutDatabase(t *testing.T) {
	t.Parallel()
	if _, _, err := floor.SQL(context.Background(), "postgres://:port/"); err == nil {
		t.Error("an address that is none was taken")
	}
	h, pool, err := floor.SQL(context.Background(), "postgres://nobody@/none?host="+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	server := httptest.NewServer(h)
	defer server.Close()
	for path, want := range map[string]int{"/one?id=a": http.StatusInternalServerError, "/all": http.StatusServiceUnavailable, "/two": http.StatusNotFound} {
		answer, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s answers %s, want %d", path, answer.Status, want)
		}
	}
}
