package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// arrows says what each room may import of this project, and which libraries
// are known to one room only. Every arrow ends at geo; only main knows all.
var arrows = map[string][]string{
	".":                        {"oxus/..."},
	"geo":                      {"oxus/geo/cql2"},
	"geo/cql2":                 {},
	"geo/cql2/cql2test":        {"oxus/geo/cql2"},
	"geo/crs":                  {},
	"geo/topojson":             {},
	"geo/charset":              {"oxus/geo"},
	"api":                      {"oxus/geo", "oxus/geo/cql2", "oxus/geo/crs"},
	"frontend":                 {},
	"ops":                      {"oxus/geo"},
	"migrations":               {},
	"data/memory":              {"oxus/geo"},
	"data/geopackage":          {"oxus/geo"},
	"data/geoparquet":          {"oxus/geo"},
	"data/postgis":             {"oxus/geo", "oxus/geo/cql2", "oxus/migrations"},
	"data/postgis/postgistest": {"oxus/geo", "oxus/migrations"},
	"data/shapefile":           {"oxus/geo", "oxus/geo/charset", "oxus/data/archive"},
	"data/geojson":             {"oxus/geo", "oxus/geo/charset", "oxus/data/archive"},
	"data/delimited":           {"oxus/geo", "oxus/geo/charset", "oxus/data/archive"},
	"data/kml":                 {"oxus/geo", "oxus/geo/charset", "oxus/data/archive"},
	// How files and zips are opened within limits, shared by the rooms of formats.
	"data/archive": {"oxus/geo", "oxus/geo/charset"},
	"data/events":  {"oxus/geo"},
	// What the tests of the rooms of formats share; no room imports it but for its tests.
	"data/layertest": {"oxus/geo"},
	"data/ingest":    {"oxus/geo", "oxus/geo/charset", "oxus/geo/crs"},
	"data/oidc":      {"oxus/geo"},
	"data/seed":      {"oxus/geo"},
	"data/storetest": {"oxus/geo", "oxus/geo/cql2"},
	// What measures stands beside the product: it sees it from outside, as clients do. Its floors
	// are made of the bare libraries, so they know Echo and pgx. It starts PostgreSQL as tests do.
	"bench":        {"oxus/bench/floor", "oxus/bench/run"},
	"bench/data":   {"oxus/frontend", "oxus/geo/topojson"},
	"bench/floor":  {},
	"bench/report": {},
	"bench/run":    {"oxus/bench/data", "oxus/bench/report", "oxus/data/postgis/postgistest"},
}

// libraries names the one room (and what lies in it) that may import a library.
var libraries = map[string]string{
	"github.com/labstack/echo/":  "api bench/floor",
	"github.com/jackc/pgx/":      "data/postgis bench/data bench/floor bench/run",
	"github.com/tsenart/vegeta":  "bench/run",
	"oxus/bench/":                "bench", // the product is measured, and knows nothing of it
	"github.com/maypok86/otter/": "api",
	"github.com/pressly/goose/":  "data/postgis",
	"modernc.org/sqlite":         "data/geopackage",
	"database/sql":               "data/geopackage data/postgis",
	"github.com/alecthomas/":     ".",
	"github.com/parquet-go/":     "data/geoparquet",
	"github.com/coreos/go-oidc":  "data/oidc",
	"github.com/prometheus/":     "ops",
	// Spans are made where they are, and sent by one room.
	"go.opentelemetry.io/otel/sdk":       "ops",
	"go.opentelemetry.io/otel/exporters": "ops",
	"github.com/exaring/otelpgx":         "data/postgis",
	"github.com/KimMachineGun/":          ".",
	"net/http/pprof":                     "ops",
}

// checkImport returns what is wrong with an import of a room, "" when nothing.
func checkImport(room, imported string) string {
	for library, owner := range libraries {
		if strings.HasPrefix(imported, library) && !inRoom(room, owner) {
			return room + " imports " + imported + ", which only " + owner + " may know"
		}
	}
	if imported != "oxus" && !strings.HasPrefix(imported, "oxus/") {
		return ""
	}
	allowed, known := arrows[room]
	if !known {
		return room + " is not a room of arch_test.go"
	}
	for _, a := range allowed {
		if a == imported || a == "oxus/..." || strings.HasPrefix(imported, "oxus/"+room+"/") {
			return ""
		}
	}
	return room + " must not import " + imported
}

func inRoom(room, owners string) bool {
	for owner := range strings.FieldsSeq(owners) {
		if room == owner || strings.HasPrefix(room, owner+"/") {
			return true
		}
	}
	return false
}

func TestArrows(t *testing.T) {
	rooms := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		room := filepath.ToSlash(filepath.Dir(file))
		rooms[room] = true
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if wrong := checkImport(room, imported); wrong != "" {
				t.Errorf("%s: %s", file, wrong)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range arrows {
		if !rooms[room] {
			t.Errorf("there is no room %s", room)
		}
	}
}

func TestForbiddenArrowsAreSeen(t *testing.T) {
	for _, planted := range []struct{ room, imported string }{
		{"api", "oxus/data/postgis"},
		{"api", "github.com/jackc/pgx/v5"},
		{"geo", "oxus/api"},
		{"geo", "github.com/labstack/echo/v4"},
		{"data/memory", "oxus/data/geopackage"},
		{"data/postgis", "oxus/api"},
		{"data/ingest", "oxus/data/shapefile"},
		{"data/events", "oxus/data/ingest"},
		{"data/seed", "modernc.org/sqlite"},
		{"api", "github.com/parquet-go/parquet-go"},
		{"data/geoparquet", "oxus/data/geopackage"},
		{"api", "github.com/coreos/go-oidc/v3/oidc"},
		{"api", "github.com/prometheus/client_golang/prometheus"},
		{"api", "net/http/pprof"},
		{"ops", "oxus/api"},
		{"api", "github.com/tsenart/vegeta/v12/lib"},
		{"bench/run", "oxus/geo"},
		{".", "oxus/bench/run"},
		{"bench/report", "github.com/jackc/pgx/v5"},
		{"data/nowhere", "oxus/geo"},
	} {
		if checkImport(planted.room, planted.imported) == "" {
			t.Errorf("%s importing %s goes unseen", planted.room, planted.imported)
		}
	}
	for _, fine := range []struct{ room, imported string }{
		{"api", "oxus/geo"},
		{".", "oxus/api"},
		{"data/postgis", "oxus/migrations"},
		{"api", "fmt"},
		{"bench", "oxus/bench/run"},
		{"bench/floor", "github.com/labstack/echo/v4"},
		{"data/postgis/postgistest", "github.com/jackc/pgx/v5"},
	} {
		if wrong := checkImport(fine.room, fine.imported); wrong != "" {
			t.Errorf("%s importing %s: %s", fine.room, fine.imported, wrong)
		}
	}
}
