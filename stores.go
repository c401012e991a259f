package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"oxus/api"
	"oxus/data/geopackage"
	"oxus/data/memory"
	"oxus/data/postgis"
	"oxus/data/seed"
	"oxus/geo"
)

// purpose says what a command opens the store for.
type purpose int

const (
	// toRead admits only a store that is there, at this version's schema.
	toRead purpose = iota
	// toWrite makes a file that is not there.
	toWrite
	// toMigrate brings a database to this version's schema.
	toMigrate
	// toServe does too, and has what answers from memory.
	toServe
)

// withStore opens the store, hands it over and closes it again.
func (p *program) withStore(ctx context.Context, why purpose, do func(geo.Store) error) error {
	store, err := p.openStore(ctx, why)
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// openStore opens the store the settings name: PostGIS, or the memory engine
// over the file.
func (p *program) openStore(ctx context.Context, why purpose) (geo.Store, error) {
	if p.settings.DatabaseURL != "" {
		return p.openDatabase(ctx, why)
	}
	if _, err := os.Stat(p.settings.File); err != nil && why == toRead {
		return nil, fmt.Errorf("there is no file to read: %w", err)
	}
	file, err := geopackage.Open(ctx, p.settings.File, p.atlas)
	if err != nil {
		return nil, err
	}
	store, err := memory.Over(ctx, p.atlas, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if why != toServe {
		store.WaitToLoad()
	}
	p.warnOfFaults(store.Dataset())
	return store, nil
}

func (p *program) openDatabase(ctx context.Context, why purpose) (geo.Store, error) {
	store, err := postgis.Open(ctx, string(p.settings.DatabaseURL), p.atlas, postgis.Traced(p.traces.Provider()))
	if err != nil {
		return nil, err
	}
	prepare := store.Current
	if why >= toMigrate {
		prepare = store.Migrate
	}
	if err := prepare(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	budget := int64(p.settings.Serve.Memory)
	if why != toServe || budget == 0 {
		return store, nil
	}
	engine, err := memory.NewBeside(ctx, p.atlas, store, memory.Options{Budget: budget, Encode: api.EncodeFeatures, Log: p.log})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return engine, nil
}

// databaseOf returns the database that a store is, or that an engine stands beside.
func databaseOf(store geo.Store) (database *postgis.Store, ok bool) {
	if engine, beside := store.(*memory.Beside); beside {
		database, ok = engine.Base.(*postgis.Store)
		return database, ok
	}
	database, ok = store.(*postgis.Store)
	return database, ok
}

// warnOfFaults logs what an edit of the file in another program has broken. The
// data is served all the same: a field office must not lose its map over it.
// Only what cannot be read as its type at all keeps the file from being opened.
func (p *program) warnOfFaults(ds *geo.Dataset) {
	for _, f := range p.atlas.Check(ds, geo.ByFeature) {
		p.log.Warn("the file breaks a rule", "fault", f.String())
	}
}

// fillWithSeed writes the curated dataset as --seed asks. Over data that is
// there, each feature replaces the one of its id.
func (p *program) fillWithSeed(ctx context.Context, store geo.Store, when string) error {
	if when == "never" {
		return nil
	}
	stored := map[string]int64{}
	if empty, err := p.isEmpty(ctx, store); err != nil || !empty && when == "auto" {
		return err
	} else if !empty {
		if stored, err = p.revisions(ctx, store); err != nil {
			return err
		}
	}
	ds, err := seed.Read(seed.Files(), p.atlas)
	if err != nil {
		return err
	}
	ch := seed.Change(p.atlas, ds)
	for i := range ch.Features {
		ch.Features[i].Expect = stored[ch.Features[i].Collection.ID+"/"+ch.Features[i].Feature.ID]
	}
	if err := store.Apply(ctx, ch); err != nil {
		return fmt.Errorf("fill the store with the seed: %w", err)
	}
	p.log.Info("seeded", "features", len(ch.Features), "periods", len(ch.Periods), "sources", len(ch.Sources))
	return nil
}

// isEmpty reports whether the store holds no feature of any collection.
func (p *program) isEmpty(ctx context.Context, store geo.Reader) (bool, error) {
	for _, c := range p.atlas.Collections {
		for _, err := range store.Items(ctx, geo.Query{Collection: c, Limit: 1}) {
			return false, err
		}
	}
	return true, nil
}

// revisions returns the revision of every stored feature by collection and id.
func (p *program) revisions(ctx context.Context, store geo.Reader) (map[string]int64, error) {
	stored := map[string]int64{}
	for _, c := range p.atlas.Collections {
		for it, err := range store.Items(ctx, geo.Query{Collection: c}) {
			if err != nil {
				return nil, err
			}
			stored[c.ID+"/"+it.ID] = it.Revision
		}
	}
	return stored, nil
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v
}
