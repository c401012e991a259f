package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"oxus/api"
	"oxus/data/geopackage"
	"oxus/data/geoparquet"
	"oxus/data/ingest"
	"oxus/data/memory"
	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/data/seed"
	"oxus/data/shapefile"
	"oxus/geo"
)

// noon is when every test asks.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// stances are the ways data is kept and answered from. Every test of an answer
// runs on all of them and expects the same bytes.
var stances = []struct {
	name string
	open opener
}{
	{"file", openFile},
	{"postgis", openPostGIS},
	{"postgis with memory", openPostGISWithMemory},
}

// opener opens a store of a test's own, empty or filled with the curated dataset.
type opener func(t *testing.T, atlas *geo.Atlas, filled bool) geo.Store

func openFile(t *testing.T, atlas *geo.Atlas, filled bool) geo.Store {
	path := filepath.Join(t.TempDir(), "oxus.gpkg")
	if filled {
		content, err := seededFile()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := geopackage.Open(context.Background(), path, atlas)
	return inMemory(t, atlas, file, err)
}

// seededFile returns the bytes of a file with the curated dataset: filling one
// takes longer than most tests.
var seededFile = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "oxus-seeded-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path, atlas := filepath.Join(folder, "oxus.gpkg"), geo.Border()
	file, err := geopackage.Open(context.Background(), path, atlas)
	if err != nil {
		return nil, err
	}
	store, err := memory.Over(context.Background(), atlas, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := errors.Join(fill(store, atlas), store.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func openPostGISWithMemory(t *testing.T, atlas *geo.Atlas, filled bool) geo.Store {
	database, err := openDatabase(t, atlas, filled)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := memory.NewBeside(context.Background(), atlas, database, memory.Options{Budget: 64 << 20, Encode: api.EncodeFeatures})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Await(context.Background()); err != nil {
		t.Fatal(err)
	}
	return settled{engine}
}

// settled is an engine that has taken in each change before it is asked again: its
// answers are from memory then, not from the database.
type settled struct{ *memory.Beside }

func (s settled) Apply(ctx context.Context, ch geo.Change) error {
	if err := s.Beside.Apply(ctx, ch); err != nil {
		return err
	}
	return s.Await(ctx)
}

func inMemory(t *testing.T, atlas *geo.Atlas, keeper geo.Keeper, err error) geo.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	store, err := memory.Over(context.Background(), atlas, keeper)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func openPostGIS(t *testing.T, atlas *geo.Atlas, filled bool) geo.Store {
	store, err := openDatabase(t, atlas, filled)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func openDatabase(t *testing.T, atlas *geo.Atlas, filled bool) (*postgis.Store, error) {
	ctx := context.Background()
	if filled {
		return postgis.Open(ctx, postgistest.Copy(t, "seeded", fillDatabase), atlas)
	}
	store, err := postgis.Open(ctx, postgistest.Database(t), atlas)
	if err != nil {
		return nil, err
	}
	return store, store.Migrate(ctx)
}

func fillDatabase(url string) error {
	ctx, atlas := context.Background(), geo.Border()
	store, err := postgis.Open(ctx, url, atlas)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return errors.Join(err, store.Close())
	}
	return errors.Join(fill(store, atlas), store.Close())
}

// fill puts the curated dataset into an empty store.
func fill(store geo.Store, atlas *geo.Atlas) error {
	ds, err := seed.Read(seed.Files(), atlas)
	if err != nil {
		return err
	}
	return store.Apply(context.Background(), seed.Change(atlas, ds))
}

// seeded opens a store with the curated dataset, which ends with the test.
func seeded(t *testing.T, open opener, atlas *geo.Atlas) geo.Store {
	t.Helper()
	store := open(t, atlas, true)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// page stands in for the built map page.
var page = fstest.MapFS{
	"index.html":           {Data: []byte("<!doctype html><title>map</title>")},
	"api/docs.html":        {Data: []byte("<!doctype html><title>docs</title>")},
	"embed.html":           {Data: []byte("<!doctype html><title>embed</title>")},
	"embed/docs.html":      {Data: []byte("<!doctype html><title>embed docs</title>")},
	"embed.js":             {Data: []byte("export {}")},
	"sw.js":                {Data: []byte("export {}")},
	"manifest.webmanifest": {Data: []byte("{}")},
	"maintain.html":        {Data: []byte("<!doctype html><title>maintain</title>")},
	"assets/main-abc.js":   {Data: []byte("export {}")},
	".gitkeep":             {Data: []byte("")},
	"assets/hidden/.keep":  {Data: []byte("")},
}

// handler serves the store at the moment every test asks.
func handler(atlas *geo.Atlas, store api.Store, log *slog.Logger) http.Handler {
	options := api.Options{BaseURL: "https://oxus.test", Cache: 16 << 20, Page: page, Now: noon, Log: log, GeoPackage: geopackage.WriteLayer, GeoParquet: geoparquet.WriteLayer, Shapefile: shapefile.WriteLayer}
	if whole, ok := store.(geo.Store); ok {
		options.Writer, options.Keys, options.Importer, options.Mappings = whole, whole, whole, whole
		options.Jobs = api.NewJobs(context.Background(), quiet())
		options.Imports = &ingest.Service{Atlas: atlas, Store: whole, Open: openUpload} // without a folder: nothing is uploaded here
	}
	return api.New(atlas, store, options)
}

// openUpload opens a shapefile as the program does.
func openUpload(_ context.Context, o ingest.Opening) (ingest.File, error) {
	file, err := shapefile.Open(o.Path, shapefile.Options{Encoding: o.Options.Encoding})
	if err != nil {
		return nil, err
	}
	return openedShapefile{file}, nil
}

type openedShapefile struct{ *shapefile.File }

func (f openedShapefile) Layers() []geo.Layer {
	var list []geo.Layer
	for _, l := range f.File.Layers() {
		list = append(list, l)
	}
	return list
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
