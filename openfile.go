package main

import (
	"fmt"

	"oxus/data/ingest"
	"oxus/data/shapefile"
	"oxus/geo"
)

// openFile opens a file that can be imported. encoding overrides what the file says of
// its texts, "" leaves it.
func openFile(path, encoding string) (ingest.File, error) {
	file, err := shapefile.Open(path, shapefile.Options{Encoding: encoding, Limits: shapefile.DefaultLimits()})
	if err != nil {
		return nil, err
	}
	return shapefiles{file}, nil
}

// shapefiles are the layers of a shapefile, or of several in one archive.
type shapefiles struct{ *shapefile.File }

func (f shapefiles) Layers() []geo.Layer {
	layers := f.File.Layers()
	list := make([]geo.Layer, len(layers))
	for i, l := range layers {
		list[i] = told{l}
	}
	return list
}

// told is a layer that says in words how it was read.
type told struct{ *shapefile.Layer }

func (l told) Texts() string { return l.Encoding().String() }

func (l told) Skipped() []string {
	var list []string
	for _, one := range []struct {
		count int
		what  string
	}{
		{l.Tally().Deleted, "records are marked deleted and left out"},
		{l.Tally().FlatRings, "rings without an area were left out"},
		{l.Tally().LooseHoles, "holes outside every ring became areas"},
		{l.Tally().Reversed, "areas wound the wrong way round were turned"},
	} {
		if one.count > 0 {
			list = append(list, fmt.Sprintf("%d %s", one.count, one.what))
		}
	}
	return list
}
