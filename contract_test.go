package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"oxus/data/memory"
	"oxus/data/postgis/postgistest"
	"oxus/data/storetest"
	"oxus/geo"
)

// stances are the ways main composes a store.
var stances = map[string]func(t *testing.T) geo.Store{
	"file": func(t *testing.T) geo.Store {
		return composed(t, &settings{File: filepath.Join(t.TempDir(), "oxus.gpkg")})
	},
	"postgis": func(t *testing.T) geo.Store {
		return composed(t, &settings{DatabaseURL: secret(postgistest.Database(t))})
	},
	"postgis with memory": func(t *testing.T) geo.Store {
		s := &settings{DatabaseURL: secret(postgistest.Database(t))}
		s.Serve.Memory = 64 << 20
		return settled{composed(t, s).(*memory.Beside)}
	},
}

func composed(t *testing.T, s *settings) geo.Store {
	t.Helper()
	p := &program{settings: s, log: slog.New(slog.DiscardHandler), atlas: geo.Border()}
	store, err := p.openStore(context.Background(), toServe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// settled is an engine that has taken in each change before it is asked again: its
// answers are from memory then, not from the database.
type settled struct{ *memory.Beside }

// Apply implements geo.Writer.
func (s settled) Apply(ctx context.Context, ch geo.Change) error {
	if err := s.Beside.Apply(ctx, ch); err != nil {
		return err
	}
	return s.Await(ctx)
}

// PostGIS alone is held against the contract in its own room.
func TestContract(t *testing.T) {
	for _, name := range []string{"file", "postgis with memory"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, stances[name])
		})
	}
}

// Both know the state of their data without being asked.
func TestWatch(t *testing.T) {
	for _, name := range []string{"file", "postgis with memory"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Watch(t, func(t *testing.T) storetest.Watched {
				watched, ok := stances[name](t).(storetest.Watched)
				if !ok {
					t.Fatal("the store does not know the state of its data")
				}
				return watched
			})
		})
	}
}

// The stores answer random questions about the curated dataset alike.
func TestStancesAgree(t *testing.T) {
	p := &program{log: slog.New(slog.DiscardHandler), atlas: geo.Border()}
	seeded := map[string]geo.Store{}
	for name, open := range stances {
		seeded[name] = open(t)
		if err := p.fillWithSeed(context.Background(), seeded[name], "auto"); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Same(t, seeded["file"], seeded["postgis"], 600, rand.Uint64())
	storetest.Laws(t, seeded["file"], 150, rand.Uint64())
	storetest.Laws(t, seeded["postgis"], 50, rand.Uint64())
	storetest.Same(t, seeded["file"], seeded["postgis with memory"], 600, rand.Uint64())
}
