package api_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"oxus/geo"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// TestGolden asks every request in testdata/golden of every stance and compares
// the answer byte by byte. A case is a txtar file: a request and its response.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for n, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			atlas := geo.Border()
			store := seeded(t, stance.open, atlas)
			h := handler(atlas, store, quiet())
			withKeys(t, store)
			for _, file := range cases {
				t.Run(filepath.Base(file), func(t *testing.T) { golden(t, h, file, *update && n == 0) })
			}
		})
	}
}

func golden(t *testing.T, h http.Handler, file string, write bool) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) == 0 || archive.Files[0].Name != "request" {
		t.Fatalf("%s does not start with a request", file)
	}
	got := ask(t, h, string(archive.Files[0].Data))
	if write {
		archive.Files = []txtar.File{archive.Files[0], {Name: "response", Data: got}}
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if len(archive.Files) != 2 {
		t.Fatalf("%s has no response; make golden writes it", file)
	}
	if want := archive.Files[1].Data; !bytes.Equal(got, want) {
		t.Error(firstDifference(got, want))
	}
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n  got  %.1500s\n  want %.1500s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// shownHeaders are the headers a case holds an answer to.
var shownHeaders = []string{
	"Content-Type", "Cache-Control", "Content-Disposition", "Link", "OGC-NumberMatched", "Oxus-Count", "Content-Crs", "Access-Control-Allow-Origin", "ETag", "Retry-After",
	"Location", "Allow", "Accept-Patch", "WWW-Authenticate", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
}

// runs are the parts of an answer that differ from run to run and from store to
// store.
var (
	runs    = regexp.MustCompile(`("requestId"|"recorded"|"number"):("[^"]*"|\d+)`)
	cursors = regexp.MustCompile(`([?&;]cursor)=[\w-]+`)
)

// opaque is what an entity tag holds.
var opaque = regexp.MustCompile(`".*"`)

// ask sends a request written as its method and target, then headers, then a
// body after a blank line, and returns the answer the way a case holds it. What
// differs from run to run (ids of requests, tags of versions) is only named.
func ask(t *testing.T, h http.Handler, text string) []byte {
	t.Helper()
	text, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %s\n", w.Code, http.StatusText(w.Code))
	for _, name := range shownHeaders {
		value := w.Header().Get(name)
		if name == "ETag" && value != "" {
			value = opaque.ReplaceAllString(value, `"…"`)
		}
		if name == "Content-Crs" && value == defaultCRS {
			value = "" // on every answer with features; TestContentCRS sees to it
		}
		if value = cursors.ReplaceAllString(value, "$1=…"); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	b.WriteString("\n")
	b.Write(cursors.ReplaceAll(runs.ReplaceAll(w.Body.Bytes(), []byte(`$1:"…"`)), []byte("$1=…")))
	if !bytes.HasSuffix(b.Bytes(), []byte("\n")) {
		b.WriteString("\n")
	}
	return b.Bytes()
}
