package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"oxus/data/geopackage"
	"oxus/data/memory"
	"oxus/data/postgis"
	"oxus/data/seed"
	"oxus/geo"
)

// withStore opens the store, hands it over and closes it again.
func (p *program) withStore(ctx context.Context, do func(geo.Store) error) error {
	store, err := p.openStore(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// openStore opens the store the settings name: PostGIS, migrated to this
// version, or the memory engine over the file.
func (p *program) openStore(ctx context.Context) (geo.Store, error) {
	if p.settings.DatabaseURL != "" {
		return p.openDatabase(ctx)
	}
	file, err := geopackage.Open(ctx, p.settings.File, p.atlas)
	if err != nil {
		return nil, err
	}
	store, err := memory.Over(ctx, p.atlas, file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	p.warnOfFaults(store.Dataset())
	return store, nil
}

func (p *program) openDatabase(ctx context.Context) (*postgis.Store, error) {
	store, err := postgis.Open(ctx, string(p.settings.DatabaseURL), p.atlas)
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate the database: %w", err), store.Close())
	}
	return store, nil
}

// warnOfFaults logs what an edit of the file in another program has broken. The
// data is served all the same: a field office must not lose its map over it.
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
	stored, err := p.revisions(ctx, store)
	if err != nil || when == "auto" && len(stored) > 0 {
		return err
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
