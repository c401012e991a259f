package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"oxus/api"
	"oxus/data/memory"
	"oxus/data/seed"
	"oxus/data/storetest"
	"oxus/geo"
)

// BenchmarkAnswers asks the questions a map page asks of the curated dataset in
// memory: routing, parsing, answering and encoding, without a network.
func BenchmarkAnswers(b *testing.B) {
	atlas := geo.Border()
	store := curated(b, atlas)
	h := uncached(atlas, store)
	for name, target := range map[string]string{
		"page":      "/api/collections/incidents/items?limit=100&bbox=66,35,74,40&datetime=2021-07-01/2022-06-30",
		"one":       "/api/collections/bazaars/items/ishkoshim-bazaar?datetime=2022-05-01",
		"download":  "/api/incidents.geojson",
		"unchanged": "/api/collections/crossings/items",
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			want := http.StatusOK
			if name == "unchanged" {
				r.Header.Set("If-None-Match", w.Header().Get("ETag"))
				want = http.StatusNotModified
			}
			b.SetBytes(int64(w.Body.Len()))
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != want {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// curated is the curated dataset in memory, kept nowhere.
func curated(b *testing.B, atlas *geo.Atlas) *memory.Store {
	b.Helper()
	store, err := memory.Over(context.Background(), atlas, storetest.NewPlain(atlas))
	if err != nil {
		b.Fatal(err)
	}
	ds, err := seed.Read(seed.Files(), atlas)
	if err != nil {
		b.Fatal(err)
	}
	if err := store.Apply(context.Background(), seed.Change(atlas, ds)); err != nil {
		b.Fatal(err)
	}
	return store
}

// uncached answers every question anew: else all but the first would measure the cache.
func uncached(atlas *geo.Atlas, store api.Store) http.Handler {
	return api.New(atlas, store, api.Options{BaseURL: "https://oxus.test", Page: page, Now: noon, Log: quiet()})
}
