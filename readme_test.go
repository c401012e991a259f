package main

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"oxus/api"
	"oxus/data/geopackage"
	"oxus/data/geoparquet"
	"oxus/data/shapefile"
	"oxus/geo"
)

var updateDocs = flag.Bool("update-docs", false, "write the answers shown in the documents anew")

const documentedAddress = "http://localhost:8080"

// consoleBlock is a command and what it answers, as the documents show it.
var consoleBlock = regexp.MustCompile("(?s)```console\n\\$ ([^\n]+)\n(.*?)```")

// passing is what an answer has of the moment its store was filled.
var passing = regexp.MustCompile(`([?&]cursor)=[\w-]+`)

// TestDocumentedAnswersAreReal runs every command the documents show with an
// answer and compares it.
func TestDocumentedAnswersAreReal(t *testing.T) {
	server := documentedServer(t)
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(documents, "README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		made := consoleBlock.ReplaceAllStringFunc(string(text), func(block string) string {
			command := consoleBlock.FindStringSubmatch(block)[1]
			return "```console\n$ " + command + "\n" + answer(t, command, server) + "```"
		})
		if *updateDocs {
			if err := os.WriteFile(file, []byte(made), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if made != string(text) {
			t.Errorf("%s shows other answers than these:\n%s", file, made)
		}
	}
}

// documentedServer serves the curated dataset on the day the documents were
// written, with links as a reader of the documents sees them.
func documentedServer(t *testing.T) string {
	t.Helper()
	p := &program{settings: &settings{File: filepath.Join(t.TempDir(), "oxus.gpkg")}, log: slog.New(slog.DiscardHandler), atlas: geo.Border()}
	store, err := p.openStore(context.Background(), toServe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := p.fillWithSeed(context.Background(), store, "auto"); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	server := httptest.NewServer(api.New(p.atlas, store, api.Options{BaseURL: documentedAddress, Now: now, Log: p.log, GeoPackage: geopackage.WriteLayer, GeoParquet: geoparquet.WriteLayer, Shapefile: shapefile.WriteLayer}))
	t.Cleanup(server.Close)
	return server.URL
}

func answer(t *testing.T, command, address string) string {
	t.Helper()
	command = strings.ReplaceAll(command, documentedAddress, address)
	if target, isCurl := strings.CutPrefix(command, "curl -s "); isCurl {
		response, err := http.Get(strings.Trim(target, "'"))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return passing.ReplaceAllString(string(body), "$1=…")
	}
	out, err := exec.Command("sh", "-c", command).Output()
	if err != nil {
		t.Fatalf("%s: %v (the tests need GDAL: apt-get install gdal-bin)", command, err)
	}
	return string(out)
}
