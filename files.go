package main

import (
	"oxus/data/ingest"
	"oxus/data/shapefile"
	"oxus/geo"
)

// openFile opens a file to import.
func openFile(path, encoding string) (ingest.File, error) {
	file, err := shapefile.Open(path, shapefile.Options{Encoding: encoding, Limits: shapefile.DefaultLimits()})
	if err != nil {
		return nil, err
	}
	return shapes{file}, nil
}

// shapes are the layers of a shapefile as ingest takes them.
type shapes struct{ *shapefile.File }

// Layers implements ingest.File.
func (s shapes) Layers() []geo.Layer {
	var layers []geo.Layer
	for _, l := range s.File.Layers() {
		layers = append(layers, l)
	}
	return layers
}
