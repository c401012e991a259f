package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"oxus/api"
	"oxus/geo"
)

// export writes a collection as the API would answer it to those of a role. A file appears under
// its name only when it is whole.
func (p *program) export(ctx context.Context) error {
	c, err := p.atlas.Collection(p.settings.Export.Collection)
	if err != nil {
		return err
	}
	if suffix := strings.ToLower(filepath.Ext(p.settings.Export.Output)); suffix != "" && suffix != ".geojson" && suffix != ".json" {
		return fmt.Errorf("what is exported is GeoJSON; name it .geojson instead of %s (a server gives other formats: /api/%s.csv, .gpkg, .fgb …)", suffix, c.ID)
	}
	return p.withStore(ctx, toRead, func(store geo.Store) error {
		write := func(w io.Writer) error {
			buffered := bufio.NewWriter(w)
			return errors.Join(api.Export(ctx, buffered, store.For(geo.Role(p.settings.Export.Role)), c, time.Now()), buffered.Flush())
		}
		if p.settings.Export.Output == "" {
			return write(p.stdout)
		}
		return writeWhole(p.settings.Export.Output, write)
	})
}

func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is left there after the rename
	// A temporary file is its owner's alone; an export is for reading.
	if err := errors.Join(write(f), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
